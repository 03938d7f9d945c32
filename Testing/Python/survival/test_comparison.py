"""Published and corrected stand together, and each corrected figure follows what it corrects for."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from RLNResponseLib.common.wording import p_words
from RLNResponseLib.modelling.score_validation import score_difference
from RLNResponseLib.report.figures.survival import split_words
from RLNResponseLib.report.text.survival import survival_text
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.comparison import Topic, compare_endpoint, compare_groups, why_they_differ
from RLNResponseLib.survival.endpoint import local_control
from RLNResponseLib.survival.follow_up import follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank
from RLNResponseLib.survival.results import ScoreColumn
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.survival_table import SurvivalTable
from RLNResponseLib.survival.window import window


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


@pytest.fixture(scope="module")
def plain(columns):
    """`analysed` of the table as it is, asked again and again."""
    return analysed(columns, data(columns))


@pytest.fixture(scope="module")
def scored(columns):
    """The same with a fixed cutoff and a probability beside the score."""
    return analyse(data(columns), score_of(columns), seed=1)


def test_every_pair_has_one_sentence_on_why(plain):
    pairs, _ = plain
    assert {topic for topic, _ in pairs} == {"clusters", "competing", "split", "cutoff", "landmark", "prediction"}
    for topic in get_args(Topic):
        assert why_they_differ(topic).endswith(".")
        assert ". " not in why_they_differ(topic)
    for pair in pairs.values():
        assert pair.published != pair.corrected
        assert pair.as_json() == {
            "topic": pair.topic, "as_published": pair.published, "corrected": pair.corrected, "why": pair.why,
            "is_correction": pair.is_correction,
        }  # fmt: skip


def test_gray_s_test_follows_the_deaths_and_the_log_rank_test_does_not(columns, plain):
    _, before = plain
    _, after = analysed(columns, data(columns, death=np.zeros(129, dtype=bool)))
    for first, second in zip(before.splits, after.splits, strict=True):
        assert first.log_rank == second.log_rank
        assert abs(first.gray["event"].chisq - second.gray["event"].chisq) > 0.1


def test_the_robust_error_follows_the_patients_and_the_model_based_does_not(columns, plain):
    _, before = plain
    _, after = analysed(columns, data(columns, patients=False))
    assert after.patients is None
    for name, term in before.cox.terms.items():
        assert (after.cox.terms[name].se, after.cox.terms[name].robust) == (term.se, None)
        assert term.robust.se != pytest.approx(term.se, rel=1e-3)


def test_the_landmark_follows_its_time(columns, plain):
    published, found = plain
    _, later = analysed(columns, data(columns), landmark=6.0)
    assert found.cox.coefficients.tolist() == later.cox.coefficients.tolist()
    assert found.landmark[1].coefficients.tolist() != later.landmark[1].coefficients.tolist()
    assert (
        "45 left out, 40 of them with the event" in published["landmark", "from the start, 129 lymph nodes"].corrected
    )


def test_the_corrected_p_is_there_only_where_the_cutoff_was_chosen_here(columns, plain):
    _, chosen = plain
    _, fixed = analysed(columns, data(columns), chosen_here=False)
    assert fixed.splits[-1].selected is None
    assert chosen.splits[-1].log_rank == fixed.splits[-1].log_rank
    assert chosen.splits[-1].selected.corrected_p > 5 * chosen.splits[-1].log_rank.p
    assert fixed.as_json()["cutoff"] == {"rad": {"cutoff": -1.015, "chosen_on_the_same_data": False}}


def test_the_endpoint_beside_the_cumulative_incidence():
    months = np.array([3.0, 20, 30, 30, 10, 12])
    event, died = np.array([1, 1, 0, 0, 0, 0]) > 0, np.array([0, 0, 0, 0, 1, 1]) > 0
    followed = follow_up(months, event)
    pair = compare_endpoint(local_control(followed, died, 24), three_states(window(followed, died, 24)))
    assert pair.published == "2 of 4 lymph nodes controlled at 24 months (50.0%); 2 left out, 0 censored"
    # Nobody is censored before 24 months, so each state is a plain share: 2 of 6.
    for state in ("recurred", "died first", "alive and controlled"):
        assert f"{state} 33.3% (" in pair.corrected
    # Were the two not dead but lost, they would count as if they could still recur: 5/6 · 2/3 = 55.6%.
    nobody = np.zeros(6, dtype=bool)
    lost = compare_endpoint(local_control(followed, nobody, 24), three_states(window(followed, nobody, 24)))
    assert lost.published == "2 of 4 lymph nodes controlled at 24 months (50.0%); 0 left out, 2 censored"
    assert "recurred 44.4% (" in lost.corrected
    assert "died first 0.0% (no limits), alive and controlled 55.6% (" in lost.corrected


def test_the_incidence_beyond_the_follow_up_is_not_known():
    followed = follow_up(np.array([3.0, 10]), np.array([True, False]))
    died = np.zeros(2, dtype=bool)
    pair = compare_endpoint(local_control(followed, died, 24), three_states(window(followed, died, 24)))
    assert pair.corrected == "at 24 months recurred not known, died first not known, alive and controlled not known"


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
    assert split_words(split) == "each fold's own cutoff"
    assert "cutoff" not in found.as_json()
    assert split_words(found.splits[0]) == ""


def test_a_score_that_is_judged_by_its_group_says_whose_auc_that_is(columns):
    score = columns("lymph_nodes")["score"]
    above = score > -1.015
    labels = tuple("above the cutoff" if each else "below the cutoff" for each in above)
    continuous, grouped = (
        analyse(data(columns), ScoreColumn(name="rad", values=values, labels=labels, cutoff=None), seed=1)
        for values in (score, above.astype(float))
    )
    said = "it is not the AUC of the score"
    assert said in " ".join(survival_text(grouped).split())
    assert said not in " ".join(survival_text(continuous).split())


def test_what_high_means_is_the_card_s_to_say_wherever_the_groups_stand(columns):
    meant = {"high": "longer local control", "low": "shorter local control"}
    column = score_of(columns)
    said, silent = (analyse(data(columns), replace(column, meanings=each), seed=1) for each in (meant, {}))
    words = "high: longer local control; low: shorter local control"
    assert survival_text(said).count(words) == 2  # at the test, and below the figures of the groups
    assert words in split_words(said.splits[-1])
    assert words not in split_words(said.splits[0])
    assert "longer local control" not in survival_text(silent)


def test_errors_beside_each_other_are_of_the_step_that_the_hazard_ratios_are_of(columns):
    table = data(columns)
    pairs = []
    for unit in (1.0, 100.0):
        score = columns("lymph_nodes")["score"] * unit
        labels = tuple("high" if value > -1.015 * unit else "low" for value in score)
        found = analyse(table, ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015 * unit), seed=1)
        term, pair = found.cox.terms["rad"], next(each for each in found.comparisons if each.topic == "clusters")
        error = f"{term.se * score.std(ddof=1):#.3g}"
        assert f"rad ({term.step}) {error}, p" in pair.published
        pairs.append(pair.published.split(") ")[-1])
    assert pairs[0] == pairs[1]


def test_no_row_is_stood_for_where_none_is_censored(scored):
    found = scored
    assert found.prediction.censored > 0
    assert f"{found.prediction.censored} rows censored before are stood for" in " ".join(survival_text(found).split())
    none = replace(found, prediction=replace(found.prediction, censored=0))
    text = " ".join(survival_text(none).split())
    assert "no row is censored before" in text
    assert "stood for by weights" not in text


def test_a_hazard_ratio_per_sd_is_that_of_the_standardised_score(columns):
    score = columns("lymph_nodes")["score"]
    labels = tuple("high" if value > -1.015 else "low" for value in score)
    found = analyse(data(columns), ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015), seed=1)
    scaled = analyse(
        data(columns), ScoreColumn(name="rad", values=score / score.std(ddof=1), labels=labels, cutoff=-1.015), seed=1
    )
    term, robust = scaled.cox.terms["rad"], scaled.cox.terms["rad"].by_patient
    pair = next(each for each in found.comparisons if each.topic == "split")
    words = f"{term.hr:.3g} ({robust.lower:.3g} to {robust.upper:.3g})"
    assert f"HR (SD {score.std(ddof=1):.3g}) {words}" in pair.corrected
    step = found.as_json()["cox_per_step"]["rad"]
    assert [step["hr"], step["lower"]] == pytest.approx([term.hr, term.lower], rel=1e-9)
    assert step["robust_upper"] == pytest.approx(robust.upper, rel=1e-9)
    assert found.as_json()["cox_per_step"]["response"]["per"] == "1 against 0"


def test_few_patients_have_no_robust_p_but_a_small_sample_one_and_a_sentence_on_it(columns):
    table = data(columns)
    few = analyse(replace(table, patients=table.patients % 20))
    assert any("From 20 patients, fewer than 150, errors by patient are CR2" in note for note in few.notes)
    term = few.cox.terms["response"]
    shown = few.as_json()["cox"]["response"]
    assert (shown["robust_se"], shown["robust_p"]) == (term.small_sample.se, term.small_sample.p)
    assert shown["robust_df"] < 20
    words = next(pair.corrected for pair in few.comparisons if pair.topic == "clusters")
    assert "(CR2), t with" in words
    sandwich = term.robust.p
    assert f"{sandwich:.3f}" not in survival_text(few)
    paper_size = next(note for note in analyse(table).notes if "errors by patient are CR2" in note)
    assert "in simulated sets of 59 patients" in paper_size


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


def test_only_a_correction_is_called_one(plain):
    pairs, found = plain
    kinds = {topic: pair.kind for (topic, _), pair in pairs.items()}
    assert kinds == {
        "prediction": "corrected",
        "cutoff": "corrected",
        "clusters": "corrected",
        "competing": "beside it",
        "split": "beside it",
        "landmark": "beside it",
    }
    text = survival_text(found)
    assert text.count("corrected: ") == sum(pair.is_correction for pair in found.comparisons)


def test_the_landmark_has_errors_by_patient_and_its_proportional_hazards_tested(columns, plain):
    pairs, found = plain
    words = next(pair.corrected for (topic, _), pair in pairs.items() if topic == "landmark")
    assert words.count("by patient") == 2
    assert "proportional hazards p" in words
    assert set(found.landmark_ph) == {"response", "rad", "GLOBAL"}
    # In the first months the response works otherwise than later: what fails is said.
    late = np.where(data(columns).follow_up.months > 8, 1.0, 0.0) * np.arange(129) % 2
    broken = analyse(replace(data(columns), names=("late",), covariates=late[:, None]))
    assert broken.ph_tests["late"].p < 0.05
    assert any("Proportional hazards of late are rejected" in note for note in broken.notes)


def test_a_row_without_a_covariate_is_left_out_of_the_cox_model_and_of_no_curve_but_by_it(columns, scored):
    whole = data(columns)
    holes = whole.covariates.copy()
    holes[:30] = np.nan
    found = analyse(replace(whole, covariates=holes), score_of(columns), seed=1)
    reference = scored
    assert (found.rows, found.cox.rows) == (129, 99)
    by_response, by_score = found.splits
    assert sum(by_response.log_rank.rows) == 99
    assert by_score.log_rank == reference.splits[1].log_rank
    np.testing.assert_array_equal(found.curve.survival, reference.curve.survival)
    assert found.as_json()["prediction"] == reference.as_json()["prediction"]
    assert any("leaves out 30 rows of which a covariate is not known" in note for note in found.notes)
    assert (
        found.cox.terms["rad"].coef
        == analyse(whole.of(np.arange(129) >= 30), score_rows(columns)).cox.terms["rad"].coef
    )


def score_of(columns, rows=slice(None)):
    score = columns("lymph_nodes")["score"][rows]
    labels = tuple("high" if value > -1.015 else "low" for value in score)
    return ScoreColumn(name="rad", values=score, labels=labels, cutoff=-1.015, risk=1 / (1 + np.exp(score)))


def score_rows(columns):
    return score_of(columns, slice(30, None))


def test_the_published_way_stands_beside_the_prediction_with_death_competing(scored):
    found = scored
    pair = next(each for each in found.comparisons if each.topic == "prediction")
    assert "29 of 129 lymph nodes left out: AUC 0.786" in pair.published
    assert "all 129: AUC(24) 0.636" in pair.corrected
    assert "IPA (scaled) 4.8%" in pair.corrected
    answer = found.as_json()
    assert answer["prediction_published_way"]["rows"] == 100
    assert answer["prediction"]["auc"]["value"] == pytest.approx(0.636134819, abs=1e-8)
    states = answer["states"]
    assert sum(states[name]["value"] for name in ("event", "competing", "free")) == pytest.approx(1, abs=1e-12)
    assert set(answer["figures"]) == {"all rows", "response", "rad"}


def test_how_many_hypotheses_are_tested_is_said_where_the_p_values_are(plain):
    _, found = plain
    # Two terms, three tests of proportional hazards, the same from the landmark, two splits of a log-rank and two Gray.
    assert "16 hypotheses are tested here, and no p-value is adjusted" in " ".join(survival_text(found).split())
