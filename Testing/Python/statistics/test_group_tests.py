"""Tests of a Table 1 against R; the paper's own p-values where its counts are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.analysis.table1_times import compare_times, median_time
from RLNResponseLib.statistics.group_tests import compare_counts, compare_values, fisher_exact, simulated_fisher

TABLES = (
    "paper_response",
    "small_2x2",
    "zero_cell",
    "three_by_two",
    "four_by_three",
    "dose_like",
    "tied_probabilities",
)


@pytest.mark.parametrize("name", TABLES)
def test_counts_equal_r(oracle, name):
    figures = oracle("comparison")[name]
    tests = {test.name: test for test in compare_counts(figures["counts"])}
    assert tests["χ²"].statistic == pytest.approx(figures["chi_square"], rel=1e-12)
    assert tests["χ²"].p == pytest.approx(figures["chi_square_p"], rel=1e-12)
    # R's network algorithm for r × c adds in another order.
    assert tests["Fisher"].p == pytest.approx(figures["fisher_p"], rel=1e-9)
    first = compare_counts(figures["counts"])[0].name
    assert first == ("Fisher" if figures["least_expected"] < 5 else "χ²")


def test_the_papers_response_p_is_not_that_of_its_counts():
    """75 of 102 against 18 of 27: the paper prints 0.148, DESIGN says χ² 0.480 and Fisher 0.478."""
    chi_square, fisher = compare_counts([[75, 18], [27, 9]])
    assert (round(chi_square.p, 3), round(fisher.p, 3)) == (0.480, 0.478)


@pytest.mark.parametrize("name", ["untied", "tied", "doses", "three_groups"])
def test_values_equal_r(oracle, name):
    figures = oracle("comparison")[name]
    for test, which in zip(compare_values(figures["groups"]), ("welch", "student", "rank"), strict=True):
        assert test.statistic == pytest.approx(figures[which], rel=1e-11)
        assert test.p == pytest.approx(figures[f"{which}_p"], rel=1e-11)


@pytest.mark.parametrize("name", ["two", "half", "lung_ecog"])
def test_times_equal_r(oracle, name):
    figures = oracle("comparison")[f"times_{name}"]
    time, event, group = (np.array(figures[part]) for part in ("time", "event", "group"))
    test = compare_times(time, event, group)
    assert test.statistic == pytest.approx(figures["chi_square"], rel=1e-8)
    assert test.p == pytest.approx(figures["p"], rel=1e-8)
    for number, median in enumerate(figures["medians"], start=1):
        found = median_time(time[group == number], event[group == number])
        assert found == (None if median is None else pytest.approx(median, rel=1e-12))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=4))
def test_fisher_is_a_probability_that_ignores_order(rows):
    table = np.array(rows)
    if min(table.sum(axis=0)) == 0 or min(table.sum(axis=1)) == 0:
        return
    p = fisher_exact(table)
    assert 0 < p <= 1
    assert fisher_exact(table[::-1, ::-1]) == pytest.approx(p, rel=1e-9)
    assert fisher_exact(table.T) == pytest.approx(p, rel=1e-9)


def test_fisher_of_a_huge_table_is_simulated_and_says_so():
    counts = np.full((6, 4), 40)
    counts[0, 0] = 20
    tests = compare_counts(counts)
    assert [test.name for test in tests] == ["χ²", "Fisher"]
    # With 940 cases χ² is near to it.
    assert tests[1].p == pytest.approx(tests[0].p, abs=0.03)
    assert tests[1].note.startswith("simulated, ± 0.00")
    assert "more than 2,000,000 tables to count" in tests[1].note
    # The seed is its own.
    assert simulated_fisher(counts, tables=2_000) == simulated_fisher(counts, tables=2_000)


@pytest.mark.parametrize("counts", [[[3, 1], [1, 3]], [[75, 18], [27, 9]], [[5, 1, 2], [0, 6, 3], [2, 2, 7]]])
def test_the_simulated_p_is_the_exact_one_within_its_error(counts):
    p, error = simulated_fisher(np.array(counts), tables=20_000, seed=3)
    assert 0 < error < 0.004
    assert abs(p - fisher_exact(np.array(counts))) < 3 * error


def test_what_cannot_be_compared_says_why():
    for counts in ([[3, 4]], [[3, 0], [4, 0]]):
        assert {test.note for test in compare_counts(counts)} == {"one level or one group only"}
    assert {t.note for t in compare_values([[1.0], [2.0, 3.0]])} == {"a group has fewer than two values"}
    assert {t.note for t in compare_values([[1.0, 1.0], [2.0, 2.0]])} == {"no value differs within a group"}
    assert compare_values([[1, 1, 1], [2, 3, 4], [5, 6, 8]])[0].note == "a group has no variance"
    assert compare_times([1, 2, 3], [True, True, False], [1, 1, 1]).note == "one group only"
    assert compare_times([1, 2, 3], [False, False, False], [1, 1, 2]).note == "no event"
    assert median_time([1, 2, 3], [True, False, False]) is None


def test_equal_groups_do_not_differ():
    assert compare_counts([[5, 5], [7, 7]])[0].p == 1
    assert math.isclose(compare_values([[1, 2, 3], [1, 2, 3]])[0].p, 1)
