"""Estimates and what makes their limits: equal to scipy's own tests and distributions, and to the textbook's
formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.statistics.estimates import (
    Estimate,
    chi_square_p,
    normal_p,
    normal_quantile,
    proportion,
    t_quantile,
)
from RLNResponseLib.statistics.group_tests import compare_counts, compare_values

ROUNDING = 2e-15


def test_an_estimate_is_made_by_the_names_of_its_parts():
    with pytest.raises(TypeError):
        Estimate(*(0.7, 0.6, 0.8, "DeLong"))


@given(st.integers(1, 200), st.floats(0, 1))
def test_an_exact_interval_is_scipys(of, share):
    from scipy.stats import binomtest

    count = round(share * of)
    found, expected = proportion(count, of), binomtest(count, of).proportion_ci(0.95, "exact")
    # binomtest searches for its limits.
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-10)
    assert found.value == count / of


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_quantiles_and_tails_are_scipys(confidence):
    from scipy.stats import chi2, norm, t

    z = normal_quantile(confidence)
    assert z == pytest.approx(norm.ppf(0.5 + confidence / 2), rel=ROUNDING)
    assert normal_p(z) == pytest.approx(2 * norm.sf(z), rel=ROUNDING)
    assert normal_p(-z) == normal_p(z)
    assert normal_p(z) == pytest.approx(math.erfc(z / math.sqrt(2)), abs=ROUNDING)
    assert t_quantile(confidence, 17) == pytest.approx(t.ppf(0.5 + confidence / 2, 17), rel=ROUNDING)
    assert chi_square_p(z * z, 3) == pytest.approx(chi2.sf(z * z, 3), rel=ROUNDING)


def test_welch_and_student_are_the_textbooks():
    from scipy.stats import t

    rng = np.random.default_rng(4)
    a, b = rng.normal(1.24, 0.43, 75), rng.normal(0.70, 0.51, 27)
    variances = a.var(ddof=1) / 75, b.var(ddof=1) / 27
    freedom = sum(variances) ** 2 / (variances[0] ** 2 / 74 + variances[1] ** 2 / 26)
    welch = (a.mean() - b.mean()) / math.sqrt(sum(variances))
    pooled = (74 * a.var(ddof=1) + 26 * b.var(ddof=1)) / 100
    student = (a.mean() - b.mean()) / math.sqrt(pooled * (1 / 75 + 1 / 27))
    found = compare_values([a, b])
    assert (found[0].statistic, found[1].statistic) == pytest.approx((welch, student), rel=ROUNDING)
    assert (found[0].p, found[1].p) == pytest.approx((2 * t.sf(welch, freedom), 2 * t.sf(student, 100)), abs=ROUNDING)


def test_nearly_equal_values_in_a_group_give_no_warning():
    """scipy's ttest_ind warns of cancellation there, and a warning would stand on the command's stderr."""
    assert compare_values([[1.0, 1.0, 1.0], [2.0, 3.0, 4.0]])[0].p is not None


def test_chi_square_is_without_yates():
    table = np.array([[12, 5], [3, 9]])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    (found,) = [test for test in compare_counts(table) if test.name == "χ²"]
    assert found.statistic == pytest.approx(((table - expected) ** 2 / expected).sum(), rel=ROUNDING)
