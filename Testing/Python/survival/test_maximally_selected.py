"""The corrected p of a cutoff chosen on the same data."""

from itertools import permutations

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff


def table(seed=0, rows=60, effect=0.0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=rows)
    return follow_up(rng.exponential(12 * np.exp(-effect * score)), rng.random(rows) < 0.8), score


def log_rank_scores(followed):
    """δ − Λ(t), written out row by row."""
    found = []
    for months, event in zip(followed.months, followed.event, strict=True):
        hazard = sum(
            1 / (followed.months >= time).sum()
            for time, died in zip(followed.months, followed.event, strict=True)
            if died and time <= months
        )
        found.append(event - hazard)
    return np.array(found)


def largest(scores, order, ends):
    """max |z| over the cutoffs, written out cutoff by cutoff."""
    n, best = len(scores), 0.0
    for end in ends:
        variance = end * (n - end) / (n * (n - 1)) * (scores**2).sum()
        best = max(best, abs(sum(scores[row] for row in order[:end])) / variance**0.5)
    return best


def test_equals_all_permutations_of_a_small_table():
    """6 rows: the p of all 720 orders; 20,000 draws come within four standard errors of it."""
    followed, score = (
        follow_up(np.array([2.0, 3, 5, 7, 8, 9]), np.array([1, 1, 0, 1, 1, 0]) > 0),
        np.array([1.0, 2, 4, 3, 6, 5]),
    )
    found = selected_cutoff(followed, score, 1, permutations=20_000)
    scores, ends = log_rank_scores(followed), range(1, 6)
    observed = largest(scores, np.argsort(score), ends)
    assert abs(found.z) == pytest.approx(observed, abs=1e-12)
    exact = np.mean([largest(scores, order, ends) >= observed - 1e-12 for order in permutations(range(6))])
    assert found.corrected_p == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_the_statistic_is_observed_less_expected_of_the_log_rank_test(seed):
    """The same difference; its variance is that of permutations instead of the groups at risk."""
    followed, score = table(seed, rows=200)
    found = selected_cutoff(followed, score, 0, permutations=99)
    above = score > found.cutoff
    test = log_rank(followed, groups(["above" if one else "below" for one in above]))
    scores = log_rank_scores(followed)
    variance = above.sum() * (~above).sum() / (200 * 199) * (scores**2).sum()
    assert found.z * variance**0.5 == pytest.approx(test.observed[0] - test.expected[0], abs=1e-9)


def test_z_is_positive_where_more_events_happen_above():
    followed, score = table(3, rows=200, effect=0.8)
    assert selected_cutoff(followed, score, 0, permutations=99).z > 4
    assert selected_cutoff(followed, -score, 0, permutations=99).z < -4


def test_patients_of_one_lymph_node_each_are_rows():
    followed, score = table(6)
    alone = selected_cutoff(followed, score, 2, patients=np.arange(len(score)), permutations=199)
    assert alone == selected_cutoff(followed, score, 2, permutations=199)


def test_a_given_cutoff_is_judged_within_the_search():
    followed, score = table(1)
    best = selected_cutoff(followed, score, 5, permutations=499)
    again = selected_cutoff(followed, score, 5, best.cutoff, permutations=499)
    assert (again.z, again.corrected_p) == (best.z, best.corrected_p)
    middle = selected_cutoff(followed, score, 5, float(np.median(score)), permutations=499)
    assert middle.corrected_p >= best.corrected_p
    assert middle.corrected_p > middle.p


def test_a_cutoff_beyond_the_search_widens_it():
    followed, score = table(1)
    far = float(np.sort(score)[1])
    assert selected_cutoff(followed, score, 5, far, permutations=99).candidates == 57  # two rows at least on both sides
    assert selected_cutoff(followed, score, 5, permutations=99).candidates == 49  # six at least


def test_the_seed_decides():
    followed, score = table(2)
    first, same, other = (selected_cutoff(followed, score, seed, permutations=299) for seed in (0, 0, 1))
    assert first == same
    assert first.corrected_p != other.corrected_p


def test_patients_swap_their_lymph_nodes_together():
    """Twice the same row for each patient: 30 patients, and the p is that of the 30, not of the 60."""
    followed, score = table(4, rows=30, effect=0.7)
    twice = FollowUp(np.repeat(followed.months, 2), np.repeat(followed.event, 2))
    patients = np.repeat(np.arange(30), 2)
    alone = selected_cutoff(followed, score, 0)
    clustered = selected_cutoff(twice, np.repeat(score, 2), 0, patients=patients)
    naive = selected_cutoff(twice, np.repeat(score, 2), 0)
    assert clustered.corrected_p == pytest.approx(alone.corrected_p, rel=0.35)
    assert naive.corrected_p < 0.5 * clustered.corrected_p


@pytest.mark.parametrize(("score", "cutoff"), [(np.zeros(20), None), (np.arange(20.0), 50.0), (np.arange(20.0), -1.0)])
def test_no_cutoff(score, cutoff):
    followed = follow_up(np.arange(20.0), np.ones(20, dtype=bool))
    with pytest.raises(DataRefusedError, match="No cutoff of the score leaves two groups"):
        selected_cutoff(followed, score, 0, cutoff)
