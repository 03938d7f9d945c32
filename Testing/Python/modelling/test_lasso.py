"""The LASSO path against R glmnet at thresh = 1e-22, and the optimality conditions on any table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.lasso import lasso_path, near_copies

AT_1E_22 = ["paper_size", "correlated_pairs", "constant_feature", "wide"]
# Here R is not within 5e-9 of its own solution at 1e-22 (features correlated up to 0.99998), so 1e-28 is the reference.
AT_1E_28 = ["nearly_equal_pairs", "lung1_original", "lung1_all"]


def r_coefficients(figures, p):
    beta = np.zeros((len(figures["lambda"]), p))
    beta[np.array(figures["step"], dtype=int), np.array(figures["feature"], dtype=int)] = figures["value"]
    return beta


@pytest.mark.parametrize("name", AT_1E_22 + AT_1E_28)
def test_path_equals_glmnet(oracle, binary_table, name):
    features, outcome, _ = binary_table(name)
    figures = oracle(f"path_{name}")
    path = lasso_path(features, outcome)
    beta = r_coefficients(figures, features.shape[1])
    shared = len(beta)  # lung1_original: the first 55 λ, after which R needs minutes for each
    assert figures["thresh"] == ("1e-22" if name in AT_1E_22 else "1e-28")
    assert len(path.lambdas) == shared or name == "lung1_original"
    np.testing.assert_allclose(path.lambdas[:shared], figures["lambda"], rtol=1e-12)
    difference = np.abs(path.coefficients[:shared] - beta)
    if name in AT_1E_22:
        assert difference.max() < 1e-8
    assert (difference * features.std(axis=0)).max() < 5e-9
    np.testing.assert_allclose(path.intercepts[:shared], figures["intercept"], rtol=0, atol=2e-8)
    np.testing.assert_allclose(path.explained_deviance[:shared], figures["dev_ratio"], rtol=0, atol=1e-9)
    assert path.kkt_residual < 1e-12


def test_r_default_threshold_is_far_from_the_solution(oracle):
    assert oracle("path_paper_size")["default_gap"] > 0.02
    assert oracle("path_paper_size")["gap_1e_14"] > 1e-5


def test_a_constant_feature_and_copies_get_nothing(binary_table):
    features, outcome, _ = binary_table("constant_feature")
    assert np.ptp(features[:, 7]) == 0
    alone = lasso_path(features, outcome)
    copied = np.column_stack([features, 2 * features[:, 0], 1 - features[:, 1] / 3, features[:, 0] * 0.1 + 5])
    together = lasso_path(copied, outcome)
    assert not together.coefficients[:, [7, 30, 31, 32]].any()
    shared = len(together.lambdas)
    np.testing.assert_allclose(together.coefficients[:, :30], alone.coefficients[:shared], atol=1e-11)


def kkt_by_hand(features, outcome, path):
    """Largest violation of the optimality conditions, from the raw-scale coefficients alone."""
    z = (features - features.mean(axis=0)) / features.std(axis=0)
    worst = 0.0
    for penalty, intercept, beta in zip(path.lambdas, path.intercepts, path.coefficients, strict=True):
        fitted = 1 / (1 + np.exp(-(intercept + features @ beta)))
        gradient = z.T @ (outcome - fitted) / len(outcome)
        used = beta != 0
        worst = max(worst, abs((outcome - fitted).mean()), np.abs(gradient[~used]).max(initial=0) - penalty)
        worst = max(worst, np.abs(gradient[used] - penalty * np.sign(beta[used])).max(initial=0))
    return worst


@given(st.integers(0, 10_000), st.integers(12, 60), st.integers(1, 80), st.sampled_from([0.0, 0.9, 0.999]))
@settings(max_examples=25, deadline=None)
def test_every_solution_is_optimal(seed, n, p, correlation):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, p)) + np.sqrt(correlation / (1 - correlation)) * rng.normal(size=(n, 1))
    outcome = rng.random(n) < 0.6
    if 2 <= outcome.sum() <= n - 2:
        path = lasso_path(features, outcome)
        assert kkt_by_hand(features, outcome, path) < 1e-10
        assert path.kkt_residual < 1e-10
        assert not path.coefficients[0].any()
        assert (np.diff(path.explained_deviance) > 0).all()


@given(st.floats(1e-6, 1e6), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_a_feature_does_not_matter(scale, seed):
    rng = np.random.default_rng(seed)
    features, outcome = rng.normal(size=(40, 6)), np.arange(40) % 2 == 0
    one, other = lasso_path(features, outcome), lasso_path(features * scale, outcome)
    shared = min(len(one.lambdas), len(other.lambdas))
    np.testing.assert_allclose(one.coefficients[:shared], other.coefficients[:shared] * scale, atol=1e-8)


def test_between_the_lambdas_it_is_linear_and_beyond_the_ends_constant(binary_table):
    features, outcome, _ = binary_table("correlated_pairs")
    path = lasso_path(features, outcome)
    asked = np.array([2 * path.lambdas[0], 0.25 * path.lambdas[3] + 0.75 * path.lambdas[4], path.lambdas[-1] / 2])
    intercepts, coefficients = path.at(asked)
    np.testing.assert_allclose(coefficients[1], 0.25 * path.coefficients[3] + 0.75 * path.coefficients[4], atol=1e-15)
    assert intercepts[0] == path.intercepts[0]
    assert (coefficients[2] == path.coefficients[-1]).all()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda x, y: (np.where(np.arange(x.size).reshape(x.shape) == 13, np.nan, x), y), "row 4 of feature column 2"),
        (lambda x, y: (np.ones_like(x), y), "No feature varies over the cases"),
        (lambda x, y: (x, np.ones_like(y)), "One class of the outcome has 0 of 20 cases and a fit needs two of each"),
        (lambda x, y: (x, np.arange(20) == 3), "One class of the outcome has 1 of 20 cases"),
    ],
)
def test_what_is_refused(spoil, sentence):
    features, outcome = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3 == 0
    with pytest.raises(DataRefusedError, match=sentence):
        lasso_path(*spoil(features, outcome))


@pytest.mark.parametrize("apart", [1e-10, 1e-9, 1e-8])
def test_features_that_are_nearly_copies_are_named(apart):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(90, 6))
    values[:, 3] = 2 * values[:, 0] + 3 * apart * rng.normal(size=90)
    (pair,) = near_copies(values)
    assert pair[:2] == (0, 3)
    assert apart < pair[2] < 20 * apart
    assert near_copies(np.column_stack([values[:, 0], 2 * values[:, 0]])) == []
