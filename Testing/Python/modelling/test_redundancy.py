"""Redundant features: correlations against R, what the rule promises on any table, and that it sees no outcome."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases, kept_features
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.optimism import resample_development
from RLNResponseLib.modelling.fitting.redundancy import correlations, without_redundant
from RLNResponseLib.study.protocol import IccRule


def test_correlations_equal_r(oracle, binary_table):
    features, _, _ = binary_table("constant_feature")  # whole numbers: ranks with ties
    figures = oracle("spearman")
    expected = np.array([0.0 if value is None else value for value in figures["rho"]]).reshape(30, 30)
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(correlations(features), np.abs(expected), rtol=0, atol=1e-12)


def blocks(seed, p):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(40, 5))
    return base[:, rng.integers(0, 5, p)] + rng.choice([0.0, 0.1, 0.5], p) * rng.normal(size=(40, p))


@given(st.integers(0, 10_000), st.integers(1, 25), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
@settings(max_examples=40, deadline=None)
def test_no_two_kept_correlate_and_each_that_goes_is_stood_for(seed, p, threshold):
    features = blocks(seed, p)
    names = [f"f{number}" for number in np.random.default_rng(seed).permutation(p)]
    found, rho = without_redundant(features, threshold, names), correlations(features)
    kept = np.flatnonzero(found.kept)
    assert (rho[np.ix_(kept, kept)][~np.eye(len(kept), dtype=bool)] <= threshold + 1e-9).all()
    for feature, other in enumerate(found.stands_for):
        assert found.kept[other]
        assert feature == other or rho[feature, other] > threshold - 1e-9
    order = np.random.default_rng(seed + 1).permutation(p)
    again = without_redundant(np.exp(features[:, order]), threshold, [names[column] for column in order])
    assert {names[column] for column in kept} == {names[order[column]] for column in np.flatnonzero(again.kept)}


def test_the_one_with_most_others_stays():
    rng = np.random.default_rng(3)
    middle = rng.normal(size=400)
    left, right = (middle + 0.32 * rng.normal(size=400) for _ in range(2))
    rho = correlations(np.column_stack([left, middle, right]))
    assert rho[0, 1] > 0.9
    assert rho[1, 2] > 0.9 > rho[0, 2]
    assert without_redundant(np.column_stack([left, middle, right]), 0.9).stands_for.tolist() == [1, 1, 1]


@pytest.mark.parametrize("threshold", [0.0, 1.0, 90.0, float("nan")])
def test_a_threshold_that_is_no_correlation_is_refused(threshold):
    with pytest.raises(DataRefusedError, match="makes no two features redundant") as error:
        without_redundant(np.eye(4), threshold)
    assert error.value.code == "bad-redundancy"


def cases(seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(70, 4))
    features = np.column_stack([base, base[:, 0] + 0.15 * rng.normal(size=70), 2 * base[:, 1]])
    outcome = rng.random(70) < 1 / (1 + np.exp(-1.5 * base[:, 0]))
    return Cases(features=features, outcome=outcome, patients=np.arange(70), names=("c", "b", "d", "e", "f", "a"))


def test_it_is_part_of_the_development_and_of_every_resample_and_sees_no_outcome():
    of, recipe = cases(1), Recipe(folds=3, redundancy=0.9)
    score = develop(of, recipe, 1)
    assert score.candidates.reliable.all()
    assert score.candidates.stands_for[[1, 5]].tolist() == [5, 5], "copies: by name, 'a' before 'b'"
    assert len({0, 4} & set(np.flatnonzero(score.kept))) == 1
    np.testing.assert_array_equal(score.kept, develop(replace(of, outcome=~of.outcome), recipe, 1).kept)
    drawn = resample_development(of, replace(recipe, penalty="ridge", rule="min"), 8, 1, lambda done, total: None)
    assert (drawn.selected.sum(axis=1) == 4).all()
    assert not drawn.selected[:, 1].any()
    assert {tuple(row) for row in drawn.selected[:, [0, 4]].tolist()} == {(True, False), (False, True)}, (
        "which of two that are alike stays is decided in each resample anew"
    )


def test_without_a_threshold_all_that_is_reliable_stays():
    found = kept_features(cases(1), IccRule())
    assert found.kept.all()
    assert found.stands_for.tolist() == list(range(6))
