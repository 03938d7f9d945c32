"""The ridge path and its cross-validation against R glmnet (alpha = 0), and the optimality conditions on any table."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cross_validation import cross_validate
from RLNResponseLib.modelling.fitting.ridge import ridge_path

TABLES = Path(__file__).resolve().parents[2] / "oracle" / "tables"
NAMES = ["paper_size", "correlated_pairs", "constant_feature", "wide"]


@pytest.mark.parametrize("name", NAMES)
def test_path_and_choice_equal_glmnet(oracle, binary_table, name):
    features, outcome, foldid = binary_table(name)
    figures = oracle(f"ridge_{name}")
    assert figures["own_gap"] < 1e-10, "R itself, at 1e-24 and 1e-28"
    ours = cross_validate(features, outcome, foldid, penalty="ridge")
    kept = np.array(figures["kept"], dtype=int)
    beta = np.array(figures["coefficients"]).reshape(features.shape[1], len(kept)).T
    np.testing.assert_allclose(ours.path.lambdas, figures["lambda"], rtol=1e-12)
    difference = np.abs(ours.path.coefficients[kept] - beta) * features.std(axis=0)
    assert difference.max() < 1e-10
    np.testing.assert_allclose(ours.path.intercepts[kept], figures["intercept"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.path.explained_deviance, figures["dev_ratio"], rtol=0, atol=1e-12)
    assert ours.path.kkt_residual < 1e-13
    assert ours.measure == "deviance"
    np.testing.assert_allclose(ours.mean, figures["deviance"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.se, figures["se"], rtol=0, atol=1e-10)
    assert ours.lambda_min == pytest.approx(figures["lambda_min"], rel=1e-12)
    assert ours.lambda_1se == pytest.approx(figures["lambda_1se"], rel=1e-12)


def test_the_first_fit_is_r_s_which_has_no_coefficients(oracle, binary_table):
    features, outcome, _ = binary_table("paper_size")
    assert oracle("ridge_paper_size")["largest_first"] < 1e-30
    path = ridge_path(features, outcome)
    assert not path.coefficients[0].any()
    assert ridge_path(features, outcome, path.lambdas[:1]).coefficients.any(), "a λ that is named is solved"


def test_r_ends_where_features_say_little_and_here_the_path_goes_on(oracle):
    table = np.loadtxt(TABLES / "ridge_weak.csv", delimiter=",", skiprows=1)
    figures = oracle("ridge_weak")
    path = ridge_path(table[:, 1:], table[:, 0] > 0)
    shared = len(figures["lambda"])
    assert shared == 5 < len(path.lambdas) == 100
    beta = np.array(figures["coefficients"]).reshape(2, shared).T
    np.testing.assert_allclose(path.coefficients[1:shared], beta[1:], rtol=0, atol=1e-12)
    assert path.explained_deviance[-1] > 50 * figures["dev_ratio"][-1]


@given(st.integers(0, 10_000), st.integers(12, 40), st.integers(1, 60), st.sampled_from([0.0, 0.999]))
@settings(max_examples=15, deadline=None)
def test_every_solution_is_optimal(seed, n, p, correlation):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, p)) + np.sqrt(correlation / (1 - correlation)) * rng.normal(size=(n, 1))
    outcome = rng.random(n) < 0.6
    if not 2 <= outcome.sum() <= n - 2:
        return
    path = ridge_path(features, outcome)
    z, sd = (features - features.mean(axis=0)) / features.std(axis=0), features.std(axis=0)
    for penalty, intercept, beta in zip(path.lambdas[1:], path.intercepts[1:], path.coefficients[1:], strict=True):
        residual = outcome - 1 / (1 + np.exp(-(intercept + features @ beta)))
        assert abs(residual.mean()) < 1e-12
        assert np.abs(z.T @ residual / n - penalty * beta * sd).max() < 1e-11


def test_copies_share_and_units_do_not_matter(binary_table):
    features, outcome, _ = binary_table("constant_feature")
    assert np.ptp(features[:, 7]) == 0
    alone = ridge_path(features, outcome)
    assert not alone.coefficients[:, 7].any()
    doubled = ridge_path(np.column_stack([features, 1000 * features[:, 0] + 5]), outcome, alone.lambdas[5:8])
    np.testing.assert_allclose(doubled.coefficients[:, 0], 1000 * doubled.coefficients[:, -1], rtol=1e-9)


def test_one_class_is_refused(binary_table):
    features, _, _ = binary_table("correlated_pairs")
    with pytest.raises(DataRefusedError, match="One class of the outcome has 0 of 120 cases"):
        ridge_path(features, np.ones(120, dtype=bool))
