"""Scores between readers: ICC, and who changes group."""

import numpy as np
import pytest

from RLNResponseLib.agreement.icc import icc
from RLNResponseLib.agreement.score_agreement import score_agreement
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.statistics.estimates import proportion

CUTOFF = 0.961
SCORES = np.array([[1.2, 1.1], [0.5, 0.7], [0.95, 0.97], [1.5, 0.2], [0.961, 0.962], [2.0, 2.1], [0.961, 0.1]])
NAMES = ["LN1", "LN2", "LN3", "LN4", "LN5", "LN6", "LN7"]


def test_who_changes_group_largest_change_first():
    result = score_agreement(SCORES, NAMES, np.array([0, 1, 2, 2, 2, 3, 4]), CUTOFF)
    assert [flip.lymph_node for flip in result.flips] == ["LN4", "LN3", "LN5"]
    assert (result.flips[0].first_score, result.flips[0].second_score) == (1.5, 0.2)
    assert (result.flip_rate.count, result.flip_rate.of) == (3, 7)
    assert (result.patient_flip_rate.count, result.patient_flip_rate.of) == (1, 5)
    assert result.icc.estimate[0] == icc(SCORES[:, :, None]).estimate[0]
    assert result.icc_by_patient is not None
    assert result.limits.bias[0] == pytest.approx(np.diff(SCORES, axis=1).mean())


def test_few_patients_get_no_bootstrap_and_a_missing_score_is_refused():
    assert score_agreement(SCORES, NAMES, np.array([0, 0, 0, 1, 1, 2, 2]), CUTOFF).icc_by_patient is None
    broken = SCORES.copy()
    broken[2, 1] = np.nan
    with pytest.raises(DataRefusedError, match="Lymph node LN3 has no score from one of its readings"):
        score_agreement(broken, NAMES, np.arange(7), CUTOFF)


def test_exact_limits_equal_r(oracle):
    for name, limits in oracle("roc").items():
        if name.startswith("exact_"):
            count, of = (int(part) for part in name.removeprefix("exact_").split("_of_"))
            result = proportion(count, of)
            assert [result.lower, result.upper] == pytest.approx(limits, abs=1e-12)
            assert result.value == count / of


def test_nothing_to_count():
    nothing = proportion(0, 0)
    assert np.isnan([nothing.value, nothing.lower, nothing.upper]).all()
