"""Folds by patient, stratified."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.splits import deal_folds, group_codes


@given(st.integers(0, 10_000), st.integers(20, 90), st.integers(3, 10))
@settings(max_examples=50, deadline=None)
def test_a_patient_stays_together_and_classes_are_spread(seed, count, folds):
    rng = np.random.default_rng(seed)
    patients = group_codes(np.concatenate([np.arange(count), rng.integers(0, count, count // 2)]).tolist())
    outcome = rng.random(len(patients)) < 0.7
    outcome[:2] = [True, False]
    foldid = deal_folds(patients, outcome, folds, seed)
    assert set(foldid) <= set(range(1, folds + 1))
    for patient in range(count):
        assert len(set(foldid[patients == patient])) == 1
    most = np.bincount(patients).max()
    for label in (True, False):
        counts = np.bincount(foldid[outcome == label], minlength=folds + 1)[1:]
        assert np.ptp(counts) <= 2 * most
    assert (foldid == deal_folds(patients, outcome, folds, seed)).all()


def test_one_number_each_deals_lymph_nodes_evenly():
    outcome = np.arange(102) < 75
    foldid = deal_folds(np.arange(102), outcome, 10, 3)
    assert sorted(np.bincount(foldid[outcome])[1:]) == [7] * 5 + [8] * 5
    assert sorted(np.bincount(foldid[~outcome])[1:]) == [2] * 3 + [3] * 7
    assert (foldid != deal_folds(np.arange(102), outcome, 10, 4)).any()


def test_group_codes_follow_first_appearance():
    assert group_codes(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]


def test_three_patients_are_refused():
    with pytest.raises(
        DataRefusedError, match=r"3 patients cannot fill 10 folds.*take at most 3 folds or add patients"
    ):
        deal_folds(np.array([0, 1, 2, 2]), np.array([True, False, True, False]), 10, 0)
