"""Random effects against R's metafor."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.statistics.random_effects import pool

FIGURES = json.loads(
    (Path(__file__).resolve().parents[2] / "oracle" / "figures" / "random_effects.json").read_text("utf-8")
)


@pytest.mark.parametrize("name", ["bcg", "alike", "apart", "three", "uneven"])
def test_every_figure_is_metafors(name):
    theirs = FIGURES[name]
    ours = pool(np.array(theirs["values"]), np.array(theirs["errors"]))
    assert ours.mean.value == pytest.approx(theirs["mean"], abs=1e-12)
    assert [ours.mean.lower, ours.mean.upper] == pytest.approx([theirs["lower"], theirs["upper"]], abs=1e-12)
    assert ours.tau2 == pytest.approx(theirs["tau2"], abs=1e-12)
    assert [ours.tau.lower, ours.tau.upper] == pytest.approx(theirs["tau"], abs=1e-9)
    assert 100 * ours.i2 == pytest.approx(theirs["i2"], abs=1e-9)
    assert (ours.q, ours.p) == (pytest.approx(theirs["q"], rel=1e-12), pytest.approx(theirs["p"], rel=1e-9))
    assert [ours.prediction.lower, ours.prediction.upper] == pytest.approx(theirs["prediction"], abs=1e-12)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(-3, 3), st.floats(0.05, 2)),
        min_size=3,
        max_size=12,
    ),
    st.floats(-5, 5),
    st.floats(0.1, 10),
)
def test_another_origin_and_another_unit_move_every_figure_as_they_should(centres, origin, unit):
    values, errors = np.array(centres).T
    one, other = pool(values, errors), pool(origin + unit * values, unit * errors)
    for part in ("mean", "prediction"):
        for limit in ("value", "lower", "upper"):
            before, after = (getattr(getattr(each, part), limit) for each in (one, other))
            assert after == pytest.approx(origin + unit * before, abs=1e-6 * unit)
    assert other.tau.value == pytest.approx(unit * one.tau.value, abs=1e-5 * unit)
    assert one.tau.lower <= one.tau.upper
    assert 0 <= one.i2 <= 1
    assert one.prediction.lower <= one.mean.lower <= one.mean.value


def test_what_cannot_be_pooled_is_refused():
    for values, errors, code in (
        ([1.0, 2.0], [0.1, 0.1], "few-centres"),
        ([1.0, 2.0, 3.0], [0.1, 0.0, 0.1], "no-error"),
        ([1.0, np.nan, 3.0], [0.1, 0.1, 0.1], "no-error"),
    ):
        with pytest.raises(DataRefusedError) as caught:
            pool(np.array(values), np.array(errors))
        assert caught.value.code == code
