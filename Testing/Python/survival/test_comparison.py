"""Published and corrected stand together, and each corrected figure follows what it corrects for."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from RLNResponseLib.common.wording import p_words
from RLNResponseLib.modelling.score_validation import score_difference
from RLNResponseLib.report.figures.survival import log_rank_words
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.comparison import Topic, compare_endpoint, compare_groups, why_they_differ
from RLNResponseLib.survival.curves import cumulative_incidence
from RLNResponseLib.survival.endpoint import local_control
from RLNResponseLib.survival.follow_up import follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank
from RLNResponseLib.survival.results import ScoreColumn
from RLNResponseLib.survival.survival_table import SurvivalTable


def data(columns, death=None, patients=True):
    table = columns("lymph_nodes")
    event = table["recurrence"] > 0
    died = (table["death"] > 0 if death is None else death) & ~event
    whose = np.unique(table["patient"], return_inverse=True)[1] if patients else None
    return SurvivalTable(
        table=None,
        follow_up=follow_up(table["months"], event),
        competing=died,
        patients=whose,
        names=("response",),
        covariates=table["response"][:, None],
    )


def analysed(columns, data, chosen_here=True, landmark=3.0):
    score = columns("lymph_nodes")["score"]
    labels = tuple("high" if value > -1.015 else "low" for value in score)
    found = analyse(
        data,
        ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015, chosen_here=chosen_here),
        landmark,
        seed=1,
    )
    return {
        (comparison.topic, comparison.published.split(":")[0]): comparison for comparison in found.comparisons
    }, found


def test_every_pair_has_one_sentence_on_why(columns):
    pairs, _ = analysed(columns, data(columns))
    assert {topic for topic, _ in pairs} == {"clusters", "competing", "split", "cutoff", "landmark"}
    for topic in get_args(Topic):
        assert why_they_differ(topic).endswith(".")
        assert ". " not in why_they_differ(topic)
    for pair in pairs.values():
        assert pair.published != pair.corrected
        assert pair.as_json() == {
            "topic": pair.topic, "as_published": pair.published, "corrected": pair.corrected, "why": pair.why,
        }  # fmt: skip


def test_gray_s_test_follows_the_deaths_and_the_log_rank_test_does_not(columns):
    _, before = analysed(columns, data(columns))
    _, after = analysed(columns, data(columns, death=np.zeros(129, dtype=bool)))
    for first, second in zip(before.splits, after.splits, strict=True):
        assert first.log_rank == second.log_rank
        assert abs(first.gray["event"].chisq - second.gray["event"].chisq) > 0.1


def test_the_robust_error_follows_the_patients_and_the_model_based_does_not(columns):
    _, before = analysed(columns, data(columns))
    _, after = analysed(columns, data(columns, patients=False))
    assert after.patients is None
    for name, term in before.cox.terms.items():
        assert (after.cox.terms[name].se, after.cox.terms[name].robust) == (term.se, None)
        assert term.robust.se != pytest.approx(term.se, rel=1e-3)


def test_the_landmark_follows_its_time(columns):
    published, found = analysed(columns, data(columns))
    _, later = analysed(columns, data(columns), landmark=6.0)
    assert found.cox.coefficients.tolist() == later.cox.coefficients.tolist()
    assert found.landmark[1].coefficients.tolist() != later.landmark[1].coefficients.tolist()
    assert (
        "45 left out, 40 of them with the event" in published["landmark", "from the start, 129 lymph nodes"].corrected
    )


def test_the_corrected_p_is_there_only_where_the_cutoff_was_chosen_here(columns):
    _, chosen = analysed(columns, data(columns))
    _, fixed = analysed(columns, data(columns), chosen_here=False)
    assert fixed.splits[-1].selected is None
    assert chosen.splits[-1].log_rank == fixed.splits[-1].log_rank
    assert chosen.splits[-1].selected.corrected_p > 5 * chosen.splits[-1].log_rank.p
    assert fixed.as_json()["cutoff"] == {"rad": {"cutoff": -1.015, "chosen_on_the_same_data": False}}


def test_the_endpoint_beside_the_cumulative_incidence():
    months = np.array([3.0, 20, 30, 30, 10, 12])
    event, died = np.array([1, 1, 0, 0, 0, 0]) > 0, np.array([0, 0, 0, 0, 1, 1]) > 0
    followed = follow_up(months, event)
    pair = compare_endpoint(local_control(followed, died, 24), cumulative_incidence(followed, died), 24)
    assert pair.published == "2 of 4 lymph nodes controlled at 24 months (50.0%); 2 left out, 0 censored"
    # Nobody is censored before 24 months, so the incidence is a plain share: 2 of 6 recurred.
    assert pair.corrected.startswith("66.7% without recurrence at 24 months")
    # Were the two not dead but lost, they would count as if they could still recur: 5/6 · 2/3 = 55.6%.
    nobody = np.zeros(6, dtype=bool)
    lost = compare_endpoint(local_control(followed, nobody, 24), cumulative_incidence(followed, nobody), 24)
    assert lost.published == "2 of 4 lymph nodes controlled at 24 months (50.0%); 0 left out, 2 censored"
    assert lost.corrected.startswith("55.6% without recurrence at 24 months")


def test_the_incidence_beyond_the_follow_up_is_not_known():
    followed = follow_up(np.array([3.0, 10]), np.array([True, False]))
    died = np.zeros(2, dtype=bool)
    pair = compare_endpoint(local_control(followed, died, 24), cumulative_incidence(followed, died), 24)
    assert pair.corrected.startswith("not known without recurrence at 24 months")


def test_groups(columns):
    table = columns("lymph_nodes")
    pair = compare_groups("score", score_difference(table["score"], table["response"] == 1))
    assert pair.topic == "groups"
    assert "±" in pair.published
    assert "Mann-Whitney p" in pair.corrected


def test_a_score_out_of_fold_has_no_one_cutoff_and_none_is_printed(columns):
    score = columns("lymph_nodes")["score"]
    labels = tuple("high" if place % 3 else "low" for place in range(129))
    found = analyse(data(columns), ScoreColumn(name="rad", values=score, labels=labels, cutoff=None), seed=1)
    split = found.splits[-1]
    assert (split.of_score, split.cutoff, split.selected) == (True, None, None)
    pair = next(each for each in found.comparisons if each.topic == "split")
    assert pair.published.startswith("rad at each fold's own cutoff: log-rank")
    assert log_rank_words(split).endswith(", each fold's own cutoff; high is a high score, not a high risk")
    assert "cutoff" not in found.as_json()
    assert log_rank_words(found.splits[0]).count("cutoff") == 0


def test_a_hazard_ratio_per_sd_is_that_of_the_standardised_score(columns):
    score = columns("lymph_nodes")["score"]
    labels = tuple("high" if value > -1.015 else "low" for value in score)
    found = analyse(data(columns), ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015), seed=1)
    scaled = analyse(
        data(columns), ScoreColumn(name="rad", values=score / score.std(ddof=1), labels=labels, cutoff=-1.015), seed=1
    )
    term = scaled.cox.terms["rad"]
    pair = next(each for each in found.comparisons if each.topic == "split")
    assert pair.corrected.endswith(f"HR {term.hr:.3g} ({term.lower:.3g} to {term.upper:.3g})")


def test_robust_errors_of_few_patients_are_not_called_a_correction(columns):
    table = data(columns)
    words = "Robust errors need some 40 patients; from 20 they are too small on average"
    few = replace(table, patients=table.patients % 20)
    assert any(note.startswith(words) for note in analyse(few).notes)
    assert not any(note.startswith("Robust errors") for note in analyse(table).notes)


def test_of_a_score_fitted_on_these_rows_no_permutation_of_its_cutoff_gives_a_p(columns):
    score = columns("lymph_nodes")["score"]
    labels = tuple("high" if value > -1.015 else "low" for value in score)
    unseen = tuple("high" if place % 3 else "low" for place in range(129))

    def found(**more):
        column = ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015, chosen_here=True, **more)
        return analyse(data(columns), column, seed=1)

    judged = found(fitted_here=True, unseen_labels=unseen)
    split = judged.splits[-1]
    assert split.selected is None
    assert split.out_of_fold == log_rank(data(columns).follow_up, groups(unseen))
    pair = next(each for each in judged.comparisons if each.topic == "out-of-fold")
    assert pair.corrected == f"rad, out of fold: log-rank {p_words(split.out_of_fold.p)}"
    assert {"cutoff", "split"}.isdisjoint(each.topic for each in judged.comparisons)
    cutoff = judged.as_json()["cutoff"]["rad"]
    assert cutoff["chosen_on_the_same_data"] is True
    assert cutoff["out_of_fold"]["p"] == split.out_of_fold.p
    assert "corrected_p" not in cutoff
    alone = found(fitted_here=True)
    assert next(each for each in alone.comparisons if each.topic == "out-of-fold").corrected == "none on these rows"
    assert any("its p-values here are apparent" in note for note in alone.notes)


def test_a_score_of_two_values_is_not_compared_with_its_own_groups(columns):
    score = (columns("lymph_nodes")["score"] > -1).astype(float)
    labels = tuple("high" if value else "low" for value in score)
    found = analyse(data(columns), ScoreColumn(name="rad", values=score, labels=labels, cutoff=None), seed=1)
    assert "split" not in {each.topic for each in found.comparisons}
