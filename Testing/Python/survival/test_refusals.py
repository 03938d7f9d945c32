"""Every table that cannot be used: one sentence, what is wrong, where, what to do."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.modelling.score_validation import score_difference
from RLNResponseLib.report.text.survival import survival_text
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups, landmark
from RLNResponseLib.survival.group_tests import gray_test, log_rank
from RLNResponseLib.survival.proportional_hazards import proportional_hazards
from RLNResponseLib.survival.results import ScoreColumn
from RLNResponseLib.survival.survival_table import SurvivalTable, survival_table

HEADER = "patient,months,event,x,y"
GOOD = ["A,3,1,1,0.5", "A,5,0,0,1.5", "B,8,1,1,0.2", "C,12,1,0,2.5", "D,14,0,1,0.1", "E,15,1,0,0.9"]


def table(tmp_path, lines=GOOD, header=HEADER):
    path = tmp_path / "nodes.csv"
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return read_table(path)


def spoiled(row, column, value):
    cells = GOOD[row].split(",")
    cells[HEADER.split(",").index(column)] = value
    return [*GOOD[:row], ",".join(cells), *GOOD[row + 1 :]]


@pytest.mark.parametrize(
    ("lines", "sentence", "code"),
    [
        (spoiled(1, "months", "-5"), "nodes.csv, row 3, column months: the time is negative", "bad-time"),
        (
            spoiled(1, "months", "soon"),
            "nodes.csv, row 3, column months: the value is not a finite number",
            "bad-number",
        ),
        (spoiled(2, "months", ""), "nodes.csv, row 4, column months: the value is empty", "bad-number"),
        (
            spoiled(2, "months", "inf"),
            "nodes.csv, row 4, column months: the value is not a finite number",
            "bad-number",
        ),
        (spoiled(0, "event", "2"), "nodes.csv, row 2, column event: the value is neither 0 nor 1", "bad-event"),
        (spoiled(0, "event", "maybe"), "nodes.csv, row 2, column event: the value is neither 0 nor 1", "bad-event"),
        (spoiled(0, "event", ""), "nodes.csv, row 2, column event: the value is neither 0 nor 1", "bad-event"),
        (spoiled(3, "x", "high"), "nodes.csv, row 5, column x: the value is not a finite number", "bad-number"),
        (
            spoiled(3, "x", ""),
            "nodes.csv, row 5, column x: the value is empty; fill it in, or let --incomplete",
            "bad-number",
        ),
        (spoiled(3, "patient", ""), "nodes.csv, row 5, column patient: the patient is empty", "no-patient"),
        ([], "nodes.csv has no rows below its header", "no-rows"),
        ([line.replace(",1,", ",0,") for line in GOOD], "No row has the event", "no-event"),
    ],
)
def test_bad_cells(tmp_path, lines, sentence, code):
    with pytest.raises(DataRefusedError) as refused:
        survival_table(table(tmp_path, lines), "months", "event", ["x", "y"], patient="patient")
    assert sentence in refused.value.at_terminal
    assert refused.value.code == code


def test_yes_and_no_are_one_and_zero(tmp_path):
    words = [line.replace(",1,", ",Yes,").replace(",0,", ",no,") for line in GOOD]
    assert words != GOOD
    read = [survival_table(table(tmp_path, lines), "months", "event") for lines in (GOOD, words)]
    assert (read[0].follow_up.event == read[1].follow_up.event).all()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("time", "event"), "nodes.csv has no column 'time'; it has patient, months, event, x, y."),
        (("months", "event", ["x", "z"]), "nodes.csv has no column 'z'"),
        (("months", "event", ["x"], "died"), "nodes.csv has no column 'died'"),
        (("months", "event", ["x", "x"]), "The column x is asked for twice"),
        (("months", "months"), "The column months is asked for twice"),
    ],
)
def test_bad_columns(tmp_path, arguments, sentence):
    with pytest.raises(DataRefusedError) as refused:
        survival_table(table(tmp_path), *arguments)
    assert sentence in str(refused.value)


MONTHS = np.arange(1.0, 21.0)
EVENT = np.arange(20) % 3 != 0
FOLLOWED = follow_up(MONTHS, EVENT)
NOISE = np.random.default_rng(0).normal(size=20)


@pytest.mark.parametrize(
    ("columns", "sentence", "code"),
    [
        ([NOISE, np.full(20, 7.0)], "b is 7 in every row, so it has no hazard ratio", "constant-covariate"),
        ([NOISE, 3 - 2 * NOISE], "b is a combination of a, so neither has a hazard ratio", "collinear"),
        ([NOISE, NOISE**2, NOISE**2 - 5 * NOISE], "c is a combination of a, b", "collinear"),
        ([NOISE, MONTHS < 1.5], "b is the same in all rows that are still followed", "constant-covariate"),
        (
            [NOISE, np.where(MONTHS < 1.5, 9, 2 * NOISE)],
            "Among the rows still followed when the events happen, a, b",
            "collinear",
        ),
        ([NOISE, -MONTHS], "b orders the events completely, so its hazard ratio is infinite", "infinite-hazard-ratio"),
        ([NOISE, EVENT], "b orders the events completely, so its hazard ratio is infinite", "infinite-hazard-ratio"),
        ([], "A Cox model needs a covariate", "no-covariate"),
    ],
)
def test_covariates_without_a_hazard_ratio(columns, sentence, code):
    x = np.column_stack([*columns, np.empty((20, 0))]).astype(float)
    with pytest.raises(DataRefusedError) as refused:
        cox(FOLLOWED, x, "abc"[: x.shape[1]])
    assert sentence in str(refused.value)
    assert refused.value.code == code


def test_separation_is_refused_whatever_the_size_of_the_covariate():
    for factor in (1e-8, 1.0, 1e8):
        with pytest.raises(DataRefusedError, match="orders the events completely"):
            cox(FOLLOWED, (EVENT * factor + 0.0)[:, None], ["x"])


def test_too_few_patients_for_robust_errors():
    with pytest.raises(DataRefusedError, match="2 patients are too few for robust errors of 2 covariates"):
        cox(FOLLOWED, np.column_stack([NOISE, NOISE**2]), ["a", "b"], np.arange(20) % 2)


def test_one_group_has_nothing_to_compare():
    one = groups(["high"] * 20)
    for test in (lambda: log_rank(FOLLOWED, one), lambda: gray_test(FOLLOWED, ~EVENT, one)):
        with pytest.raises(DataRefusedError, match=r"All rows are in one group \(high\)"):
            test()


def test_groups_that_never_meet():
    early = follow_up(np.array([1.0, 1, 5, 6, 7]), np.array([0, 0, 1, 1, 1]) > 0)
    with pytest.raises(DataRefusedError, match="Only one group is still followed when the events happen"):
        log_rank(early, groups(["a", "a", "b", "b", "b"]))


@pytest.mark.parametrize("months", [[1.0, -1.0], [1.0, np.nan], [np.inf, 1.0]])
def test_times_that_are_none(months):
    with pytest.raises(DataRefusedError, match="is negative or not finite"):
        follow_up(np.array(months), np.array([True, True]))


def test_no_rows_and_no_event():
    with pytest.raises(DataRefusedError, match="There are no rows to follow"):
        follow_up(np.empty(0), np.empty(0, dtype=bool))
    with pytest.raises(DataRefusedError, match="No row has the event"):
        follow_up(np.array([1.0]), np.array([False]))


def test_landmarks_that_leave_nothing():
    with pytest.raises(DataRefusedError, match="No event happens after the landmark at month 30"):
        landmark(FOLLOWED, 30)
    for months in (-1.0, np.nan):
        with pytest.raises(DataRefusedError, match="The landmark is not a number of months from 0 on"):
            landmark(FOLLOWED, months)


def test_scores_that_cannot_be_compared():
    with pytest.raises(DataRefusedError, match="The groups hold 1 and 19 lymph nodes"):
        score_difference(NOISE, np.arange(20) == 0)
    with pytest.raises(DataRefusedError, match="the same throughout each group"):
        score_difference(np.ones(20), EVENT)


def test_a_score_on_one_side_of_its_cutoff_leaves_a_note_and_the_cox_model(tmp_path):
    data = survival_table(table(tmp_path), "months", "event", ["x"])
    found = analyse(
        data, ScoreColumn(name="rad", values=np.array([1, 4, 2, 6, 3, 5.5]), labels=("high",) * 6, cutoff=-9.0)
    )
    assert list(found.cox.terms) == ["x", "rad"]
    assert [split.name for split in found.splits] == ["x"]
    assert any("rad is not split into groups: All rows are in one group (high)" in note for note in found.notes)


def test_events_at_one_time_leave_no_test_of_proportional_hazards():
    followed = follow_up(np.array([3.0] * 12 + [5.0] * 8), np.arange(20) < 12)
    fit = cox(followed, NOISE[:, None], ["x"])
    with pytest.raises(DataRefusedError, match="the events happen at too few different times"):
        proportional_hazards(followed, NOISE[:, None], fit)
    found = analyse(
        SurvivalTable(
            table=None, follow_up=followed, competing=None, patients=None, names=("x",), covariates=NOISE[:, None]
        )
    )
    assert found.ph_tests == {}
    assert any("Proportional hazards cannot be tested" in note for note in found.notes)
    assert "Cox (Efron)" in survival_text(found)


def test_a_group_without_events_has_a_flat_curve():
    curve = kaplan_meier(FollowUp(np.array([1.0, 2, 2]), np.zeros(3, dtype=bool)))
    assert curve.survival.tolist() == [1, 1]
    assert np.isnan(curve.median.value)
    assert curve.at(1.5) == 1
    assert np.isnan(curve.at(3))


@pytest.mark.parametrize("kept", [np.zeros(20, dtype=bool), ~EVENT], ids=["no row", "no row with the event"])
def test_a_cox_model_of_rows_without_the_event_is_refused(kept):
    with pytest.raises(DataRefusedError, match="of which a are known nobody has the event") as refused:
        cox(FollowUp(FOLLOWED.months[kept], FOLLOWED.event[kept]), NOISE[kept, None], ["a"])
    assert refused.value.code == "no-event"
