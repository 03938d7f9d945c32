"""Standardised differences: of two levels the formula of a share, of more the same whichever level is left out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.statistics.standardised_differences import difference_of_counts, difference_of_values


def of_share(p, q):
    """Austin 2009, for a variable of two levels."""
    return abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)


@given(st.lists(st.integers(1, 40), min_size=4, max_size=4))
def test_of_two_levels_it_is_the_difference_of_a_share(counts):
    a, b, c, d = counts
    assert difference_of_counts([[a, b], [c, d]]) == pytest.approx(of_share(a / (a + c), b / (b + d)), abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=3, max_size=5), st.randoms())
def test_it_does_not_matter_which_level_is_left_out(counts, random):
    shuffled = random.sample(counts, len(counts))
    assert difference_of_counts(shuffled) == pytest.approx(difference_of_counts(counts), rel=1e-6, abs=1e-6)


def test_by_hand_and_where_there_is_none():
    # Means 2 and 5, both of variance 1.
    assert difference_of_values([1, 2, 3], [4, 5, 6]) == pytest.approx(3.0)
    assert difference_of_values([1, 1], [2, 2]) is None
    assert difference_of_values([1], [2, 3]) is None
    assert difference_of_counts([[5, 0], [0, 7]]) is None
    assert difference_of_counts([[5, 5], [0, 0]]) == 0
    assert difference_of_counts([[5, 0], [3, 0]]) is None
    # A level that one group lacks: shares 1/2, 1/4, 1/4 against 1/2, 1/2, 0.
    p, q = np.array([0.25, 0.25]), np.array([0.5, 0.0])
    s = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    expected = math.sqrt((p - q) @ np.linalg.inv(s) @ (p - q))
    assert difference_of_counts([[2, 2], [1, 2], [1, 0]]) == pytest.approx(expected)
