"""AUC(t), Brier, IPA and calibration with death competing, and CR2: R's figures to 1e-10, and what must hold anyway."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.endpoint import counts, local_control
from RLNResponseLib.survival.follow_up import FollowUp, follow_up
from RLNResponseLib.survival.group_figures import group_figures
from RLNResponseLib.survival.prediction import judge_prediction
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.window import window


def same(found, wanted, tolerance=1e-10):
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def prediction_case(columns, name):
    """Window and risks of one part of prediction.R."""
    table = columns("lymph_nodes")
    event = table["recurrence"] > 0
    died = (table["death"] > 0) & ~event
    months, risk = table["months"], 1 / (1 + np.exp(table["score"]))
    if name.startswith("censored"):
        third = np.arange(1, len(months) + 1) % 3 == 0
        seen = window(FollowUp(months, event & ~third), died & ~third, float(name.split("_")[1]) + 0.5)
        return seen, np.round(risk, 1)
    if name == "no_death":
        return window(FollowUp(months[~died], event[~died]), died[~died], 12), risk[~died]
    return window(FollowUp(months, event), died, float(name.split("_")[-1])), risk


CASES = [*(f"lymph_nodes_{at}" for at in (6, 12, 18, 24)), "censored_5", "censored_11", "no_death"]


@pytest.mark.parametrize("name", CASES)
def test_auc_brier_and_ipa_equal_risk_regression(columns, oracle, name):
    figures = oracle("prediction")[name]
    seen, risk = prediction_case(columns, name)
    found = judge_prediction(seen, risk, risk, None)
    rate, judged = found.auc, found.risk
    same([rate.value, rate.se, rate.by_row.lower, rate.by_row.upper], figures["auc"])
    brier = judged.brier
    same([brier.value, brier.se, brier.by_row.lower, brier.by_row.upper], figures["brier"])
    same([judged.null_brier.value, judged.null_brier.se], figures["null_brier"])
    same([judged.ipa.value, judged.ipa.se], [figures["ipa"], figures["ipa_se"]])
    assert found.auc.by_patient is None


@pytest.mark.parametrize("name", CASES)
def test_calibration_and_the_three_states_equal_prodlim_cmprsk_and_survfit(columns, oracle, name):
    figures = oracle("prediction")[name]
    seen, risk = prediction_case(columns, name)
    found = judge_prediction(seen, risk, risk, None).risk
    states = three_states(seen)
    wanted = [states.event, states.free] if name == "no_death" else [states.event, states.competing, states.free]
    same([figure for each in wanted for figure in (each.value, each.lower, each.upper)], figures["states"])
    same(found.observed_over_expected.value, figures["over"])
    same([found.observed_over_expected.lower * found.expected], [states.event.value / _factor(seen, states)])
    if name != "no_death":  # there R was asked for four groups
        same([group.predicted for group in found.groups], figures["predicted"])
        for group, observed in zip(found.groups, figures["observed"], strict=True):
            if observed is None:  # all are gone before that time: nothing can happen any more, and prodlim says nothing
                assert group.observed.free.value == 0
            else:
                same(group.observed.event.value, observed)
        assert [group.observed.rows for group in found.groups] == figures["rows"]


def _factor(seen, states):
    """exp(1.96·SE(F)/F), SE(F) read back from the printed log-minus-log limits."""
    value = states.event.value
    spread = math.log(math.log(states.event.lower) / math.log(value))
    return math.exp(spread * -math.log(value))


def test_limits_of_calibration_count_patients_and_lymph_nodes_that_are_copies_add_nothing():
    rng = np.random.default_rng(7)
    months, other, risk = rng.exponential(20, 80), rng.random(80) < 0.3, rng.uniform(0.2, 0.9, 80)
    seen = window(FollowUp(months, ~other), other, 24)
    twice = window(FollowUp(np.repeat(months, 3), np.repeat(~other, 3)), np.repeat(other, 3), 24)
    once = judge_prediction(seen, risk, risk, np.arange(80)).risk
    copied = judge_prediction(twice, np.repeat(risk, 3), np.repeat(risk, 3), np.repeat(np.arange(80), 3)).risk
    by_row = judge_prediction(twice, np.repeat(risk, 3), np.repeat(risk, 3), None).risk
    for name in ("value", "lower", "upper"):
        same(
            getattr(copied.observed_over_expected, name),
            getattr(once.observed_over_expected, name),
        )
    width = by_row.observed_over_expected.upper - by_row.observed_over_expected.lower
    assert width < 0.65 * (once.observed_over_expected.upper - once.observed_over_expected.lower)
    assert "by patient" in once.observed_over_expected.interval
    assert all("by patient" in group.observed.event.interval for group in once.groups)


def test_without_deaths_and_censoring_auc_and_brier_are_those_of_the_outcome():
    rng = np.random.default_rng(3)
    months, risk = rng.uniform(1, 48, 60), np.round(rng.random(60), 1)
    seen = window(FollowUp(months, np.ones(60, dtype=bool)), np.zeros(60, dtype=bool), 24)
    found = judge_prediction(seen, risk, risk, None)
    assert found.auc.value == pytest.approx(auc(risk, months <= 24), abs=1e-12)
    assert found.risk.brier.value == pytest.approx(((risk - (months <= 24)) ** 2).mean(), abs=1e-12)
    share = (months <= 24).mean()
    assert found.risk.null_brier.value == pytest.approx(share * (1 - share), abs=1e-12)


@st.composite
def fates(draw):
    rows = draw(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2), st.integers(0, 4)), min_size=6, max_size=40))
    months, cause, risk = (np.array(column) for column in zip(*rows, strict=True))
    return months.astype(float), cause, risk / 5 + 0.1


@settings(max_examples=int(os.environ.get("RLNRESPONSE_EXAMPLES", "30")))
@given(fates())
def test_the_weights_give_aalen_and_johansens_figures_and_the_states_add_up_to_one(table):
    """Σ weight·[event by t] / n is Aalen and Johansen's estimate, ties and all; so is that of the other event."""
    months, cause, risk = table
    seen = window(FollowUp(months, cause == 1), cause == 2, 8)
    states = three_states(seen)
    try:
        judge_prediction(seen, risk, risk, None)
    except DataRefusedError:
        return
    total = states.event.value + states.competing.value + states.free.value
    assert total == pytest.approx(1, abs=1e-12)
    # 1 for everybody with the event and 0 else: the Brier score of predicting nobody is the incidence itself.
    nobody = judge_prediction(seen, risk, np.zeros(len(risk)), None).risk.brier.value
    everybody = judge_prediction(seen, risk, np.ones(len(risk)), None).risk.brier.value
    assert nobody == pytest.approx(states.event.value, abs=1e-12)
    assert everybody == pytest.approx(states.competing.value + states.free.value, abs=1e-12)


def test_a_patient_each_has_the_limits_of_rows_but_for_students_t_and_copies_of_a_patient_add_nothing(columns):
    seen, risk = prediction_case(columns, "lymph_nodes_24")
    alone = judge_prediction(seen, risk, risk, np.arange(len(risk)))
    for measure in (alone.auc, alone.risk.brier, alone.risk.ipa):
        half = measure.by_patient.upper - measure.value
        assert half / measure.se == pytest.approx(1.97867, abs=1e-4)  # Student's t, 128 degrees of freedom
    twice = np.tile(np.arange(len(risk)), 2)
    doubled = judge_prediction(seen.of(twice), risk[twice], risk[twice], twice)
    for once, copied in ((alone.auc, doubled.auc), (alone.risk.brier, doubled.risk.brier)):
        assert copied.value == pytest.approx(once.value, abs=1e-12)
        assert copied.by_patient.upper == pytest.approx(once.by_patient.upper, abs=1e-9)
        assert copied.se < 0.75 * once.se


def test_the_window_follows_the_rule_of_the_endpoint_but_counts_a_death_on_the_last_day_as_one():
    """A day short of two years is two years; who is watched to it is free; a recurrence at it is one."""
    months = np.array([24.0, 23.98, 24.0, 23.9, 5, 30, 24.0])
    event = np.array([True, False, False, False, False, True, False])
    died = np.array([False, False, True, False, True, False, False])
    seen = window(FollowUp(months, event), died, 24)
    endpoints = local_control(FollowUp(months, event), died, 24)
    states = {"failed": seen.event, "controlled": seen.free, "left out": seen.competing, "censored": seen.censored}
    found = {state: int(rows.sum()) for state, rows in states.items()}
    assert dict(counts(endpoints)) == found | {"controlled": found["controlled"] + 1, "left out": 1}
    assert seen.competing.tolist() == [False, False, True, False, True, False, False]
    assert seen.free.tolist() == [False, True, False, False, False, True, True]


@pytest.mark.parametrize(
    ("event", "months"), [([1, 1, 1], [3, 4, 5]), ([0, 0, 1], [30, 30, 40]), ([1, 0, 0], [2, 9, 9])]
)
def test_what_cannot_be_judged_is_refused(event, months):
    seen = window(FollowUp(np.array(months, dtype=float), np.array(event) > 0), np.zeros(3, dtype=bool), 24)
    with pytest.raises(DataRefusedError, match="cannot be judged at 24 months") as refused:
        judge_prediction(seen, np.arange(3.0), None, None)
    assert refused.value.code == "no-prediction"


@pytest.mark.parametrize("months", [0.0, -1.0, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(months):
    with pytest.raises(DataRefusedError, match="not a number of months above 0"):
        window(FollowUp(np.array([1.0]), np.array([True])), np.array([False]), months)


def test_where_nobody_is_watched_to_the_time_the_states_are_not_known():
    seen = window(FollowUp(np.array([3.0, 9, 12]), np.array([True, True, False])), np.zeros(3, dtype=bool), 24)
    states = three_states(seen)
    assert all(math.isnan(each.value) for each in (states.event, states.competing, states.free))


def test_follow_up_equals_the_reverse_survfit(columns, oracle):
    figures = oracle("prediction")["follow_up"]
    table = columns("lymph_nodes")
    event = table["recurrence"] > 0
    died = (table["death"] > 0) & ~event
    third = np.arange(1, len(event) + 1) % 3 == 0
    for name, kept in (("lymph_nodes", np.ones(len(event), dtype=bool)), ("heavy", ~third)):
        found = group_figures("all", follow_up(table["months"], event & kept), died & kept, None, 24).follow_up
        wanted = [math.nan if value is None else value for value in figures[name]]
        np.testing.assert_allclose([found.value, found.lower, found.upper], wanted, rtol=1e-12)


SMALL = {
    "patients_10": ("lymph_nodes", ("score", "stage", "response"), 10),
    "patients_18": ("lymph_nodes", ("score", "stage", "response"), 18),
    "patients_39": ("lymph_nodes", ("score", "stage", "response"), 39),
    "patients_59": ("lymph_nodes", ("score", "stage", "response"), 59),
    "one_covariate": ("lymph_nodes", ("score",), 18),
    "rossi": ("rossi", ("age", "prio"), None),
}


@pytest.mark.parametrize("name", SMALL)
def test_cr2_and_its_degrees_of_freedom_equal_club_sandwich(columns, oracle, name):
    figures = oracle("small_sample")[name]
    source, names, patients = SMALL[name]
    table = columns(source)
    if source == "rossi":
        rows = np.arange(len(table["week"])) < 60
        time, event, whose = "week", "arrest", np.arange(1, len(rows) + 1) % 12
    else:
        rows = table["patient"] < patients
        time, event, whose = "months", "recurrence", table["patient"].astype(int)
    x = np.column_stack([table[column] for column in names])[rows]
    fit = cox(follow_up(table[time][rows], table[event][rows] > 0), x, names, whose[rows])
    assert fit.patients == figures["patients"]
    for figure in ("se", "df", "p"):
        # R's linear regression stands at a maximum that Poisson's iterations found to 1e-8.
        same([getattr(term.small_sample, figure) for term in fit.terms.values()], figures[figure], 1e-9)
    same([term.robust.se for term in fit.terms.values()], figures["cr0"], 1e-9)
    assert all(term.small_sample.se > term.robust.se for term in fit.terms.values())


def lymph_nodes_of(patients, each, seed=5):
    """Rows, half of their score's variance the patient's, nine of ten with the event."""
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(patients), each)
    score = rng.normal(size=patients)[whose] + rng.normal(size=len(whose))
    return follow_up(rng.exponential(10, len(whose)), rng.random(len(whose)) < 0.9), score[:, None], whose


def test_at_the_size_of_the_training_set_and_up_to_150_patients_errors_by_patient_are_cr2():
    """The sandwich's test at 5% was positive in 9.2% of 59 patients, and stood."""
    for patients, kind in ((59, "CR2"), (149, "CR2"), (150, "Wald")):
        followed, score, whose = lymph_nodes_of(patients, 1)
        term = cox(followed, score, ["score"], whose).terms["score"]
        assert term.by_patient.hazard_ratio.interval.startswith(kind)


def test_many_events_of_few_patients_have_no_error_by_patient_rather_than_one_too_small():
    followed, score, whose = lymph_nodes_of(30, 20)
    assert followed.event.sum() > 300
    error = cox(followed, score, ["score"], whose).terms["score"].by_patient
    assert math.isnan(error.p)
    assert math.isnan(error.lower)


def test_a_probability_next_to_one_has_no_limits_and_breaks_nothing():
    """Found by simulation: three of three recurred, added up to 1 − 1e-16."""
    months = np.array([3.0, 7, 11, 13, 17, 19, 23])
    seen = window(FollowUp(months, np.ones(7, dtype=bool)), np.zeros(7, dtype=bool), 24)
    states = three_states(seen)
    assert states.event.value == pytest.approx(1, abs=1e-12)
    assert math.isnan(states.event.lower)
