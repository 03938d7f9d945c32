"""The jackknife after bootstrap, against doing what it says in loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.modelling.fitting.out_of_bag import jackknife_after_bootstrap


def auc(scores, outcome):
    pairs = [(one > other) + 0.5 * (one == other) for one in scores[outcome] for other in scores[~outcome]]
    return np.mean(pairs) if pairs else np.nan


def in_loops(scores, drawn, outcome, patients):
    columns = []
    for patient in range(patients.max() + 1):
        values = []
        for row, made in zip(scores, drawn, strict=True):
            if not made[patients == patient].any():
                judged = ~made & (patients != patient)
                value = auc(row[judged], outcome[judged])
                values.append(value)
        values = np.array(values)[np.isfinite(values)] if values else np.array([])
        if len(values) > 1:
            columns.append(values)
    means = np.array([column.mean() for column in columns])
    share = (len(means) - 1) / len(means)
    noise = sum(column.var(ddof=1) * (1 / len(column) - 1 / len(scores)) for column in columns)
    return share * (((means - means.mean()) ** 2).sum() - share * noise)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_equals_leaving_each_patient_out_in_turn(seed, ties):
    rng = np.random.default_rng(seed)
    patients = np.sort(np.concatenate([np.arange(8), rng.integers(0, 8, 6)]))
    outcome = rng.random(14) < 0.5
    outcome[:2] = [True, False]
    scores = rng.normal(size=(12, 14)).round(0 if ties else 6)
    drawn = (rng.random((12, 8)) < 0.6)[:, patients]
    found, expected = (one(scores, drawn, outcome, patients) for one in (jackknife_after_bootstrap, in_loops))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_nothing_can_be_left_out_where_every_resample_drew_everybody():
    outcome = np.array([True, False, True, False])
    assert np.isnan(jackknife_after_bootstrap(np.ones((3, 4)), np.ones((3, 4), bool), outcome, np.arange(4)))
