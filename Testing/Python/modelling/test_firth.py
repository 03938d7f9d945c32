"""Firth's regression against R's logistf and brglm2, on logistf's published example, and where classes are apart."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.firth import firth, firth_terms

TABLES = Path(__file__).resolve().parents[2] / "oracle" / "tables"


def table(name):
    if name == "apart":
        return np.array([[0, 0], [0, 1], [0, 0], [1, 1], [1, 0], [1, 1]], dtype=float), np.arange(6) > 2
    values = np.loadtxt(TABLES / f"firth_{name}.csv", delimiter=",", skiprows=1)
    if name == "sex2":
        values = np.repeat(values[:, :-1], values[:, -1].astype(int), axis=0)
    return values[:, 1:], values[:, 0] > 0


@pytest.mark.parametrize("name", ["sex2", "small", "apart"])
def test_coefficients_limits_and_tests_equal_logistf_and_brglm2(oracle, name):
    features, outcome = table(name)
    figures, sd = oracle("firth")[name], features.std(axis=0)
    fit, terms = firth(features, outcome), firth_terms(features, outcome)
    for theirs in ("coefficients", "brglm2"):
        expected = np.array(figures[theirs])
        assert np.abs((fit.coefficients - expected[1:]) * sd).max() < 1e-9
        assert fit.intercept == pytest.approx(expected[0], abs=1e-8)
    assert fit.balanced_intercept == pytest.approx(figures["balanced_intercept"], abs=1e-7)
    for which in ("lower", "upper", "p"):
        ours = [getattr(term, which) for term in terms]
        np.testing.assert_allclose(ours, figures[which][1:], rtol=1e-7)


def test_logistf_s_published_example():
    """summary(fit) of ?logistf, as Heinze's documentation prints it."""
    features, outcome = table("sex2")
    assert (len(outcome), int(outcome.sum())) == (239, 130)
    dia = firth_terms(features, outcome)[-1]
    assert (round(dia.coefficient, 5), round(dia.lower, 5), round(dia.upper, 5)) == (3.09601, 0.77457, 8.03029)


def test_as_many_events_are_expected_as_there_are():
    features, outcome = table("small")
    fit = firth(features, outcome)
    expected = 1 / (1 + np.exp(-(fit.balanced_intercept + features @ fit.coefficients)))
    assert expected.sum() == pytest.approx(outcome.sum(), abs=1e-9)


def penalised(design, outcome, beta):
    eta = design @ beta
    fitted = 1 / (1 + np.exp(-eta))
    information = design.T @ (design * (fitted * (1 - fitted))[:, None])
    return (outcome * eta - np.logaddexp(0, eta)).sum() + np.linalg.slogdet(information)[1] / 2


@given(st.integers(0, 10_000), st.integers(8, 30), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_nothing_near_the_answer_has_a_higher_penalised_likelihood(seed, n, p):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, p))
    outcome = features[:, 0] + 0.3 * rng.normal(size=n) > 0  # often apart
    if not 2 <= outcome.sum() <= n - 2:
        return
    fit = firth(features, outcome)
    design, beta = np.column_stack([np.ones(n), features]), np.array([fit.intercept, *fit.coefficients])
    best = penalised(design, outcome, beta)
    for _ in range(20):
        assert penalised(design, outcome, beta + 1e-3 * rng.normal(size=p + 1)) <= best + 1e-9


@pytest.mark.parametrize(
    ("features", "why"),
    [
        (lambda x: np.column_stack([x, x[:, 0] + x[:, 1]]), "of 4 in 20 lymph nodes some are combinations of others"),
        (lambda x: np.column_stack([x, np.ones(20)]), "one of them is the same in every lymph node"),
        (lambda x: np.random.default_rng(1).normal(size=(20, 20)), "of 20 in 20 lymph nodes some are combinations"),
    ],
)
def test_features_that_cannot_all_be_estimated_are_refused(features, why):
    x = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(DataRefusedError, match=why) as error:
        firth(features(x), np.arange(20) % 2 == 0)
    assert error.value.code == "dependent-features"
