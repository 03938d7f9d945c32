"""What must hold whatever the numbers are; lifelines as a witness that is neither R nor we."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups
from RLNResponseLib.survival.group_tests import gray_test, log_rank
from RLNResponseLib.survival.partial_likelihood import moments, risk_sets
from RLNResponseLib.survival.proportional_hazards import proportional_hazards


@st.composite
def followed(draw, least=1):
    """Whole months with many ties, an event at least."""
    rows = draw(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=least, max_size=40))
    months = np.array([row[0] for row in rows], dtype=float)
    event = np.array([row[1] for row in rows])
    event[draw(st.integers(0, len(rows) - 1))] = True
    return months, event


@given(followed())
def test_kaplan_meier_is_lifelines(table):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines', of its own dependencies
        from lifelines import KaplanMeierFitter

        other = KaplanMeierFitter().fit(*table)
        theirs = other.survival_function_at_times
        band = other.confidence_interval_
    curve = kaplan_meier(follow_up(*table))
    np.testing.assert_allclose(curve.survival, theirs(curve.months).to_numpy(), atol=1e-12)
    shown = (curve.survival > 0) & (curve.survival < 1)
    np.testing.assert_allclose(curve.log_log.lower[shown], band.iloc[:, 0].loc[curve.months[shown]], atol=1e-9)
    np.testing.assert_allclose(curve.log_log.upper[shown], band.iloc[:, 1].loc[curve.months[shown]], atol=1e-9)


@given(followed(), st.randoms(use_true_random=False))
def test_the_two_incidences_and_survival_add_up_to_one(table, random):
    months, event = table
    competing = np.array([random.random() < 0.5 for _ in event]) & ~event
    either = kaplan_meier(follow_up(months, event | competing))
    first = cumulative_incidence(FollowUp(months, event), competing)
    second = cumulative_incidence(FollowUp(months, competing), event)
    for month, survival in zip(either.months, either.survival, strict=True):
        assert first.at(month) + second.at(month) + survival == pytest.approx(1, abs=1e-12)
    assert (first.variance >= -1e-15).all()


@given(followed())
def test_without_a_competing_event_the_incidence_is_one_less_kaplan_meier(table):
    curve = kaplan_meier(follow_up(*table))
    incidence = cumulative_incidence(follow_up(*table), np.zeros(len(table[0]), dtype=bool))
    np.testing.assert_allclose([incidence.at(month) for month in curve.months], 1 - curve.survival, atol=1e-12)


def simulated(seed, rows=60, ties=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    months = rng.exponential(10 * np.exp(-0.4 * x[:, 0]))
    event = rng.random(rows) < 0.7
    competing = (rng.random(rows) < 0.5) & ~event
    labels = rng.integers(0, 3, rows)
    patients = rng.integers(0, 20, rows)
    return (np.ceil(months) if ties else months), event, competing, x, labels, patients


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_changes_nothing(seed):
    months, event, competing, x, labels, patients = simulated(seed)
    order = np.random.default_rng(seed + 100).permutation(len(months))

    def everything(rows):
        table = follow_up(months[rows], event[rows])
        divided = groups([str(label) for label in labels[rows]])
        fit = cox(table, x[rows], ("a", "b", "c"), patients[rows])
        tests = proportional_hazards(table, x[rows], fit).values()
        terms = [(term.coef, term.se, term.robust.se) for term in fit.terms.values()]
        gray = gray_test(table, competing[rows], divided)
        return [*np.ravel(terms), *(test.chisq for test in tests), log_rank(table, divided).chisq, gray.chisq]

    np.testing.assert_allclose(everything(order), everything(np.arange(len(months))), rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_units_change_what_they_must_and_nothing_else(seed):
    months, event, _, x, _, patients = simulated(seed)
    plain = cox(follow_up(months, event), x, ("a", "b", "c"), patients)
    scaled = cox(follow_up(30.4375 * months, event), x * [1e-6, 1e5, 1] + [1, -1e5, 0], ("a", "b", "c"), patients)
    np.testing.assert_allclose(scaled.coefficients * [1e-6, 1e5, 1], plain.coefficients, rtol=1e-8)
    assert scaled.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_rank_test_is_the_score_test_of_cox(seed):
    """Without ties χ² of the log-rank test is U² / I of Cox's model at no effect; by finite differences of its
    likelihood."""
    months, event, _, _, labels, _ = simulated(seed, ties=False)
    table, high = follow_up(months, event), (labels > 0).astype(float)[:, None]
    sets, step = risk_sets(table), 1e-3
    below, at, above = (moments(sets, high, np.array([b])).log_likelihood for b in (-step, 0, step))
    score, information = (above - below) / (2 * step), -(above - 2 * at + below) / step**2
    test = log_rank(table, groups([str(label > 0) for label in labels]))
    assert test.chisq == pytest.approx(score**2 / information, rel=1e-4)


def test_a_strong_effect_of_a_skewed_covariate_is_found():
    """A first Newton step that overshoots is shortened; the score is 0 where it ends (by the likelihood's own
    differences)."""
    rng = np.random.default_rng(8)
    x = np.exp(rng.normal(0, 2.5, 400))
    months = rng.exponential(np.exp(-np.minimum(0.6 * x, 27)))
    table = follow_up(months, np.ones(400, dtype=bool))
    fit = cox(table, x[:, None], ["x"])
    sets, best = risk_sets(table), fit.coefficients
    here = moments(sets, x[:, None], best).log_likelihood
    for factor in (0.999, 1.001):
        assert moments(sets, x[:, None], best * factor).log_likelihood < here
    assert fit.log_likelihood == pytest.approx(here, rel=1e-12)
