"""`rlnresponse survival` and `endpoint` as a user calls them."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.software import resources_folder

pytestmark = pytest.mark.long

TABLES = Path(__file__).resolve().parents[2] / "oracle" / "tables"
FIGURES = TABLES.parent / "figures"
ROSSI = [str(TABLES / "survival_rossi.csv"), "--time", "week", "--event", "arrest"]
NODES = [str(TABLES / "survival_lymph_nodes.csv"), "--time", "months", "--event", "recurrence"]
COVARIATES = "fin,age,race,wexp,mar,paro,prio"


def answer(capsys, *arguments):
    assert main(["survival", *map(str, arguments), "--json"]) == 0
    out, _ = capsys.readouterr()
    return json.loads(out)


def figures(name, part):
    return json.loads((FIGURES / f"{name}.json").read_text(encoding="utf-8"))[part]


def refused(capsys, *arguments):
    assert main([*map(str, arguments)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


@pytest.fixture
def scored_table(tmp_path):
    """The simulated lymph nodes with the two features of Rad-score-2-year, so that the score is the table's own +
    0.0001."""
    with (TABLES / "survival_lymph_nodes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "scored.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, [*rows[0], "original_firstorder_InterquartileRange", "original_glrlm_RunPercentage"]
        )
        writer.writeheader()
        for number, row in enumerate(rows):
            spread = 40 + number % 30
            share = (float(row["score"]) + 0.0001 + 3.281461437 - 0.002394247 * spread) / 3.434397106
            writer.writerow(
                row | {"original_firstorder_InterquartileRange": spread, "original_glrlm_RunPercentage": repr(share)}
            )
    return path


def test_the_json_contract_equals_r(capsys):
    found = answer(capsys, *ROSSI, "--covariates", COVARIATES)
    cox = figures("survival", "rossi")["cox"]
    assert list(found["cox"]) == COVARIATES.split(",") == cox["names"]
    for number, term in enumerate(found["cox"].values()):
        assert set(term) == {"coef", "se", "hr", "lower", "upper", "p"}
        for figure in term:
            assert term[figure] == pytest.approx(cox[figure][number], rel=1e-10)
    assert found["log_likelihood"] == pytest.approx(cox["log_likelihood"][1], rel=1e-12)
    assert list(found["ph_test"]) == [*COVARIATES.split(","), "GLOBAL"]
    for test, chisq, p in zip(found["ph_test"].values(), cox["zph_chisq"], cox["zph_p"], strict=True):
        assert (test["chisq"], test["p"]) == (pytest.approx(chisq, rel=1e-9), pytest.approx(p, rel=1e-9))
    assert found["log_rank"]["fin"]["chisq"] == pytest.approx(figures("survival", "rossi")["log_rank"]["chisq"])
    curve = found["kaplan_meier"]["all rows"]
    assert curve["survival"] == pytest.approx(figures("survival", "rossi")["curve"]["survival"], abs=1e-12)
    assert set(found["kaplan_meier"]["mar"]) == {"0", "1"}
    # age and prio have many values and no cutoff: they are in the Cox model and split nothing.
    assert set(found["log_rank"]) == {"fin", "race", "wexp", "mar", "paro"}
    assert [note for note in found["notes"] if note.startswith("age has more than 5 different values")]


def test_patients_add_robust_errors_beside_the_model_based(capsys):
    plain = answer(capsys, *NODES, "--covariates", "score,stage,response")
    clustered = answer(capsys, *NODES, "--covariates", "score,stage,response", "--group", "patient")
    wanted = figures("small_sample", "patients_59")
    assert (plain["patients"], clustered["patients"]) == (None, 59)
    for number, (name, term) in enumerate(clustered["cox"].items()):
        assert plain["cox"][name].items() <= term.items()
        assert term["robust_se"] == pytest.approx(wanted["se"][number], rel=1e-9)
        assert term["robust_p"] == pytest.approx(wanted["p"][number], rel=1e-9)
        assert term["robust_df"] == pytest.approx(wanted["df"][number], rel=1e-9)


def test_a_competing_event_adds_incidence_and_gray(capsys):
    plain = answer(capsys, *NODES, "--covariates", "stage")
    found = answer(capsys, *NODES, "--covariates", "stage", "--competing", "death")
    assert "gray" not in plain
    assert "cumulative_incidence" not in plain
    wanted = figures("competing", "by_stage")
    for kind, chisq in zip(("event", "competing"), wanted["chisq"], strict=True):
        assert found["gray"]["stage"][kind]["chisq"] == pytest.approx(chisq, rel=1e-10)
    either = found["disease_free_survival"]
    with Path(NODES[0]).open(encoding="utf-8") as file:
        ended = sum(row["recurrence"] == "1" or row["death"] == "1" for row in csv.DictReader(file))
    assert sum(either["events"]) == ended > found["events"]
    last = found["cumulative_incidence"]["stage"]["1"]["event"]
    estimates = [value for value in wanted["curves"]["1 1"]["estimate"] if value is not None]
    assert last["estimate"][-1] == pytest.approx(estimates[-1], abs=1e-12)


def test_a_score_is_a_covariate_and_a_split(capsys, scored_table):
    found = answer(
        capsys, scored_table, "--time", "months", "--event", "recurrence", "--score", "gu2021-local-control-2y",
        "--covariates", "stage,response", "--landmark", "3",
    )  # fmt: skip
    reference = answer(capsys, *NODES, "--covariates", "stage,response,score")
    name = "gu2021-local-control-2y"
    assert list(found["cox"]) == ["stage", "response", name]
    assert found["cox"][name]["coef"] == pytest.approx(reference["cox"]["score"]["coef"], rel=1e-9)
    groups = found["log_rank"][name]["groups"]
    assert list(groups) == ["high", "low"]
    with scored_table.open(encoding="utf-8") as file:
        high = sum(float(row["score"]) + 0.0001 > -1.015 for row in csv.DictReader(file))
    assert (groups["high"]["rows"], groups["low"]["rows"]) == (high, 129 - high)
    assert found["cutoff"] == {name: {"cutoff": -1.015, "chosen_on_the_same_data": False}}
    assert found["landmark"]["kept"] + found["landmark"]["left_out_event"] + found["landmark"]["left_out_ended"] == 129
    assert {pair["topic"] for pair in found["published_and_corrected"]} == {"split", "landmark"}


def test_a_card_whose_low_scores_are_the_outcomes_splits_as_the_same_rule_with_every_sign_turned(
    capsys, scored_table, tmp_path
):
    card = json.loads((resources_folder() / "models" / "gu2021-local-control-2y.json").read_text(encoding="utf-8"))
    card["id"] = "turned"
    formula, cutoff = card["formula"], card["cutoff"]
    formula["intercept"] *= -1
    formula["coefficients"] = {name: -value for name, value in formula["coefficients"].items()}
    cutoff["value"] *= -1
    cutoff["orientation"] = "<"
    card.pop("published", None)
    (tmp_path / "turned.json").write_text(json.dumps(card), encoding="utf-8")
    call = [str(scored_table), "--time", "months", "--event", "recurrence", "--score"]
    plain = answer(capsys, *call, "gu2021-local-control-2y")
    turned = answer(capsys, *call, str(tmp_path / "turned.json"))
    (one,), (other,) = (list(found["log_rank"].values()) for found in (plain, turned))
    assert {name: group["rows"] for name, group in one["groups"].items()} == {
        name: group["rows"] for name, group in other["groups"].items()
    }
    assert one["chisq"] == pytest.approx(other["chisq"], rel=1e-12)


def test_the_text_says_research_use_and_both_figures(capsys, scored_table):
    arguments = [str(scored_table), "--time", "months", "--event", "recurrence", "--score", "gu2021-local-control-2y"]
    assert main(["survival", *arguments, "--cutoff-chosen-here", "--competing", "death", "--group", "patient"]) == 0
    text = capsys.readouterr().out
    for part in (
        "129 rows of 59 patients, 97 with the event",
        "SE by patient",
        "alive and controlled",
        "AUC(24)",
        "median follow-up",
        "cutoff chosen on the same data",
        "as published:",
        "corrected:",
        "Gray, event",
        "Research use only, not a medical device.",
    ):
        assert part in text


SCORED = ["--time", "months", "--event", "recurrence", "--score", "gu2021-local-control-2y", "--competing", "death"]


def test_the_json_has_states_figures_by_group_and_the_prediction_that_risk_regression_has(capsys, scored_table):
    """The table's score is the oracle's + 0.0001, which changes no order."""
    found = answer(capsys, scored_table, *SCORED)
    wanted = figures("prediction", "lymph_nodes_24")
    judged = found["prediction"]
    assert [judged["auc"][name] for name in ("value", "se", "lower", "upper")] == pytest.approx(wanted["auc"], rel=1e-9)
    assert [judged["brier"][name] for name in ("value", "se")] == pytest.approx(wanted["brier"][:2], abs=1e-5)
    assert len(judged["calibration"]) == 5
    states = [
        found["states"][name][part] for name in ("event", "competing", "free") for part in ("value", "lower", "upper")
    ]
    assert states == pytest.approx(wanted["states"], rel=1e-9)
    assert set(found["figures"]["gu2021-local-control-2y"]) == {"high", "low"}
    assert found["figures"]["all rows"]["states"]["event"]["value"] == states[0]
    assert found["prediction_published_way"]["left_out"] == 29


def test_what_a_score_predicts_can_be_said(capsys, scored_table):
    control = answer(capsys, scored_table, *SCORED, "--predicts", "control")["prediction"]
    assert answer(capsys, scored_table, *SCORED)["prediction"] == control
    event = answer(capsys, scored_table, *SCORED, "--predicts", "event")["prediction"]
    assert event["auc"]["value"] == pytest.approx(1 - control["auc"]["value"], abs=1e-12)
    assert event["expected"] == pytest.approx(1 - control["expected"], abs=1e-12)
    order = answer(capsys, scored_table, *SCORED, "--predicts", "order")["prediction"]
    assert order["auc"] == control["auc"]
    assert "brier" not in order
    # At another time the card's probability is of something else, and only its order is judged.
    twelve = answer(capsys, scored_table, *SCORED, "--months", "12")["prediction"]
    assert twelve["auc"]["value"] == pytest.approx(figures("prediction", "lymph_nodes_12")["auc"][0], rel=1e-9)
    assert "brier" not in twelve


def test_a_covariate_of_yes_and_no_is_one_of_1_and_0(capsys, tmp_path):
    source = Path(NODES[0]).read_text(encoding="utf-8").splitlines()
    place = source[0].split(",").index("response")
    words = {"1": "yes", "0": "No"}
    rows = [line.split(",") for line in source[1:]]
    assert {row[place] for row in rows} == set(words)
    worded = [",".join([*row[:place], words[row[place]], *row[place + 1 :]]) for row in rows]
    (tmp_path / "worded.csv").write_text("\n".join([source[0], *worded]) + "\n", encoding="utf-8")
    as_numbers = answer(capsys, *NODES, "--covariates", "stage,response")
    as_words = answer(capsys, str(tmp_path / "worded.csv"), *NODES[1:], "--covariates", "stage,response")
    assert as_words["cox"] == as_numbers["cox"]


def test_any_name_of_a_column_and_two_words_in_its_cells(capsys, tmp_path):
    with Path(NODES[0]).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    stages = {"0": "T1-2", "1": "T3-4"}
    with (tmp_path / "named.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["months", "recurrence", "tumour length", "stage, in words"])
        out.writerows([row["months"], row["recurrence"], row["score"], stages[row["response"]]] for row in rows)
    named = answer(capsys, str(tmp_path / "named.csv"), *NODES[1:], "--covariates", 'tumour length,"stage, in words"')
    plain = answer(capsys, *NODES, "--covariates", "score,response")
    assert list(named["cox"]) == ["tumour length", "stage, in words T3-4"]
    for ours, theirs in zip(named["cox"].values(), plain["cox"].values(), strict=True):
        assert ours["p"] == pytest.approx(theirs["p"], rel=1e-9)
        assert ours["hr"] == pytest.approx(theirs["hr"], rel=1e-9)


def test_without_covariates_there_is_a_curve_and_a_note(capsys):
    found = answer(capsys, *NODES)
    assert (found["cox"], found["log_likelihood"], found["log_rank"]) == ({}, None, {})
    assert found["kaplan_meier"]["all rows"]["at_risk"][0] == 129
    assert "no Cox model" in found["notes"][0]


def test_parquet_and_real_features(capsys, shared_data, tmp_path):
    """lung1: T, N and a radiomic feature of 145 patients, as coxph has them; the same table as Parquet."""
    import pyarrow.csv
    from pyarrow import parquet

    path = shared_data / "lung1-radiomics-survival" / "lung1_145_features_survival.csv"
    parquet.write_table(pyarrow.csv.read_csv(path), tmp_path / "lung1.parquet")
    names = figures("survival", "lung1")["cox"]["names"]
    for table in (path, tmp_path / "lung1.parquet"):
        found = answer(
            capsys, table, "--time", "Survival.time", "--event", "deadstatus.event", "--covariates", ",".join(names)
        )
        coefficients = [term["coef"] for term in found["cox"].values()]
        np.testing.assert_allclose(coefficients, figures("survival", "lung1")["cox"]["coef"], rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*NODES, "--covariates", "grade"], "has no column 'grade'; it has patient, months, recurrence"),
        ([*NODES, "--competing", "score"], "row 2, column score: the value is neither 0 nor 1"),
        ([*NODES, "--score", "gu2021-response"], "has no column 'original_shape_Sphericity'"),
        ([*NODES, "--score", "none"], "There is no score model 'none'"),
        ([*NODES, "--covariates", "stage,stage"], "The column stage is asked for twice"),
        ([*NODES, "--covariates", "stage", "--landmark", "90"], "No event happens after the landmark at month 90"),
        (
            [*NODES, "--covariates", "early", "--landmark", "4"],
            "From the landmark at month 4 on: early is 0 in every row",
        ),
        ([*NODES, "--months", "0"], "is not a number of months above 0"),
        (["missing.csv", "--time", "a", "--event", "b"], "missing.csv cannot be read"),
        ([NODES[0], "--time", "score", "--event", "recurrence"], "row 3, column score: the time is negative"),
    ],
)
def test_refusals(capsys, tmp_path, arguments, sentence):
    if "early" in arguments:
        arguments = [with_an_early_covariate(tmp_path), *arguments[1:]]
    assert sentence in refused(capsys, "survival", *arguments)


def with_an_early_covariate(tmp_path):
    """A covariate that only rows up to 4 months have."""
    lines = Path(NODES[0]).read_text(encoding="utf-8").splitlines()
    late = [f"{line},{int(float(line.split(',')[1]) <= 4 and number % 2)}" for number, line in enumerate(lines[1:])]
    path = tmp_path / "early.csv"
    path.write_text("\n".join([lines[0] + ",early", *late]), encoding="utf-8")
    return path


def test_features_of_other_settings_are_refused(capsys, scored_table):
    lines = scored_table.read_text(encoding="utf-8").splitlines()
    other = [lines[0] + ",settings", *(line + ",0123abcd" for line in lines[1:])]
    scored_table.write_text("\n".join(other), encoding="utf-8")
    arguments = [scored_table, "--time", "months", "--event", "recurrence", "--score", "gu2021-local-control-2y"]
    assert "row 2: the features were extracted with other settings" in refused(capsys, "survival", *arguments)


@pytest.mark.parametrize(
    "extra",
    [["--cutoff-chosen-here"], ["--seed", "-1"], ["--landmark", "soon"], ["--landmark", "3"], ["--predicts", "event"]],
)
def test_wrong_calls_exit_2(extra):
    with pytest.raises(SystemExit) as stopped:
        main(["survival", *NODES, *extra])
    assert stopped.value.code == 2


def test_figures_are_written_and_nothing_else(capsys, tmp_path):
    assert main(["survival", *NODES, "--covariates", "response", "--figures", str(tmp_path / "figures")]) == 0
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "forest.pdf", "forest.png", "forest.svg", "kaplan-meier-1-response.pdf", "kaplan-meier-1-response.png",
        "kaplan-meier-1-response.svg", "kaplan-meier.pdf", "kaplan-meier.png",
        "kaplan-meier.svg",
    ]  # fmt: skip
    capsys.readouterr()
    (tmp_path / "file").write_text("")
    assert "for the figures cannot be made" in refused(
        capsys, "survival", *NODES, "--figures", tmp_path / "file" / "below"
    )


ENDPOINT = ["endpoint", *NODES, "--death", "death"]


def test_the_endpoint_writes_every_row_with_its_state(capsys, tmp_path):
    output = tmp_path / "endpoint.csv"
    assert main([*ENDPOINT, "--months", "24", "--output", str(output)]) == 0
    text = capsys.readouterr().out
    with output.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with Path(NODES[0]).open(encoding="utf-8") as file:
        original = list(csv.DictReader(file))
    assert len(rows) == len(original) == 129
    expected = {"controlled": "1", "failed": "0", "left out": "", "censored": ""}
    seen = dict.fromkeys(expected, 0)
    for row, before in zip(rows, original, strict=True):
        assert math.isclose(float(row["score"]), float(before["score"]))
        assert row["months"] == before["months"]
        assert row["two_year_control"] == expected[row["state"]]
        assert row["reason"].endswith(".")
        seen[row["state"]] += 1
    for state, count in seen.items():
        assert f"{count:5d}  {state}" in text
    assert "as published:" in text
    assert "corrected:" in text
    assert "Research use only, not a medical device." in text


def test_other_windows_name_their_column(capsys, tmp_path):
    assert main([*ENDPOINT, "--months", "12", "--output", str(tmp_path / "one.csv")]) == 0
    assert "control_at_12_months" in (tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*ENDPOINT[:-1], "score"], "column score: the value is neither 0 nor 1"),
        ([*ENDPOINT[:-1], "died"], "has no column 'died'"),
        ([*ENDPOINT, "--months", "0"], "The window is not a number of months above 0"),
        ([*ENDPOINT, "--months", "nan"], "The window is not a number of months above 0"),
    ],
)
def test_endpoint_refusals_leave_no_file(capsys, tmp_path, arguments, sentence):
    assert sentence in refused(capsys, *arguments, "--output", tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_an_output_without_a_folder_is_refused(capsys, tmp_path):
    assert "The folder of x.csv does not exist" in refused(capsys, *ENDPOINT, "--output", tmp_path / "none" / "x.csv")


def test_the_table_itself_is_not_overwritten(capsys, tmp_path):
    table = tmp_path / "table.csv"
    table.write_bytes(Path(NODES[0]).read_bytes())
    arguments = ["endpoint", table, *ENDPOINT[2:], "--output", tmp_path / "." / "table.csv"]
    assert "table.csv is the table itself" in refused(capsys, *arguments)
    assert table.read_bytes() == Path(NODES[0]).read_bytes()


def test_an_endpoint_is_not_overwritten_by_a_second_one(capsys, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert main([*ENDPOINT, "--output", str(first)]) == 0
    capsys.readouterr()
    arguments = ["endpoint", first, *ENDPOINT[2:], "--output", second]
    assert "has a column 'state' already" in refused(capsys, *arguments)


def test_a_process_prints_one_json_object_and_no_warning():
    call = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "RLNResponseLib",
            "survival",
            *NODES,
            "--covariates",
            "response",
            "--json",
        ],
        capture_output=True,
        text=True,
    )
    assert (call.returncode, call.stderr) == (0, "")
    assert set(json.loads(call.stdout)) >= {"cox", "log_likelihood", "ph_test", "log_rank", "kaplan_meier"}


def test_a_fitted_score_on_its_own_rows_gets_no_corrected_p(tmp_path, capsys):
    rng = np.random.default_rng(5)
    rows = []
    for number in range(80):
        months = float(np.round(rng.exponential(20), 1)) + 0.1
        names = [f"original_firstorder_{name}" for name in ("Mean", "Median", "Energy", "Entropy")]
        rows.append(
            {"patient": f"P{number}", "months": months, "recurrence": int(months < 40), "control": int(months > 20)}
            | dict(zip(names, rng.normal(size=4) + (months > 20), strict=True))
        )
    table = tmp_path / "t.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    card = tmp_path / "card.json"
    fit = [
        "fit",
        table,
        "--outcome",
        "control",
        "--group",
        "patient",
        "--resamples",
        "20",
        "--folds",
        "3",
        "--output",
        card,
    ]
    assert main([str(word) for word in fit]) == 0
    capsys.readouterr()
    for more in ([], ["--cutoff-chosen-here"], ["--group", "patient"]):
        found = answer(capsys, table, "--time", "months", "--event", "recurrence", "--score", card, *more)
        cutoff = found["cutoff"]["card"]
        assert cutoff["fitted_on_the_same_rows"] is True
        assert "corrected_p" not in cutoff
        assert "its p-values here are apparent" in " ".join(found["notes"])
