"""`rlnresponse agreement` on tables and on a study."""

import csv
import json

import numpy as np
import pytest

from RLNResponseLib.agreement.icc import icc
from RLNResponseLib.cli import main

HEADER = ["patient_id", "lymph_node", "reader", "round", "steady", "loose", "original_firstorder_InterquartileRange",
          "original_glrlm_RunPercentage", "constant"]  # fmt: skip


def call(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def rows_of(seed=1, count=30):
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        truth = rng.normal(size=4) * [1, 1, 30, 0.08] + [0, 0, 60, 0.65]
        for reader, turn in (("A", 1), ("A", 2), ("B", 1)):
            values = truth + rng.normal(size=4) * [0.1, 1.0, 2, 0.01]
            rows.append([f"P{number // 2}", f"LN{number}", reader, turn, *map(float, values), 3.0])
    return rows


def write(path, rows, header=HEADER):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_the_contract_and_the_numbers(capsys, tmp_path):
    rows = rows_of()
    code, out, err = call(capsys, "agreement", "--table", write(tmp_path / "t.csv", rows), "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["passed"] == ["steady", "original_firstorder_InterquartileRange", "original_glrlm_RunPercentage"]
    values = np.array([row[4:] for row in rows]).reshape(30, 3, 5)
    for kind, columns in (("inter", [0, 2]), ("intra", [0, 1])):
        expected = icc(values[:, columns])
        for position, name in enumerate(HEADER[4:8]):
            found = answer["features"][name][kind]
            assert (found["icc"], found["lower"], found["upper"]) == pytest.approx(
                (expected.estimate[position], expected.lower[position], expected.upper[position]), rel=1e-12
            )
            assert (found["form"], found["n"]) == ("ICC(A,1)", 30)
    constant = answer["features"]["constant"]
    assert constant["inter"]["icc"] is None
    assert not constant["passes"]
    assert constant["reason"]
    scores = {each["model"]: each for each in answer["scores"]}
    assert scores["gu2021-response"]["inter"] is None
    flips = scores["gu2021-local-control-2y"]["inter"]
    score = -3.281461437 + 0.002394247 * values[:, :, 2] + 3.434397106 * values[:, :, 3]
    assert flips["flip_rate"]["count"] == int(((score[:, 0] > -1.015) != (score[:, 2] > -1.015)).sum())


def test_the_bootstrap_is_by_patient_and_seeded(capsys, tmp_path):
    table = write(tmp_path / "t.csv", rows_of())
    first, again, other = (
        json.loads(call(capsys, "agreement", "--table", table, "--ci", "bootstrap", "--seed", seed, "--json")[1])
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first["features"]["steady"]["inter"]["interval"] == "bootstrap by patient"
    assert first["features"]["steady"]["inter"]["lower"] != other["features"]["steady"]["inter"]["lower"]


def many_readers(count=30):
    """Three readers, of whom A reads up to three times and B twice; a fifth of the readings is missing."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(count):
        truth = rng.normal(size=4) * [1, 1, 30, 0.08] + [0, 0, 60, 0.65]
        series = [("A", 1), ("A", 2), ("B", 1), ("B", 2), ("C", 1)] + ([("A", 3)] if number < 3 else [])
        for reader, turn in series:
            if number < 8 or rng.random() > 0.2:
                values = truth + rng.normal(size=4) * [0.1, 1.0, 2, 0.01]
                rows.append([f"P{number // 2}", f"LN{number}", reader, turn, *map(float, values), 3.0])
    return rows


def test_any_number_of_readers_and_repeats_and_lymph_nodes_that_lack_readings(capsys, tmp_path):
    rows = many_readers()
    code, out, err = call(capsys, "agreement", "--table", write(tmp_path / "t.csv", rows), "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    by_lymph_node = {}
    for row in rows:
        by_lymph_node.setdefault(row[1], set()).add((row[2], row[3]))
    complete = [of for of in by_lymph_node.values() if {("A", 1), ("B", 1), ("C", 1)} <= of]
    steady = answer["features"]["steady"]
    assert steady["inter"]["n"] == len(complete) < 30
    assert len(answer["left_out"]["inter"]) == 30 - len(complete)
    assert set(steady["intra_by_reader"]) == {"reader A round 1", "reader B round 1"}
    assert steady["intra"] == steady["intra_by_reader"]["reader A round 1"]
    components = steady["variance_components"]
    assert (components["readings"], components["readers"], components["lymph_nodes"]) == (len(rows), 3, 30)
    assert list(components["variances"]) == ["patient", "lymph_node", "reader", "reader_by_lymph_node", "residual"]
    assert components["variances"]["reader"]["df"] == 2
    assert components["variances"]["residual"]["value"] == pytest.approx(0.01, rel=0.5)
    assert answer["features"]["constant"]["variance_components"]["reason"] == "all ratings are the same"
    # Every reader who repeats must agree with themselves.
    loose = answer["features"]["loose"]
    assert not loose["passes"]
    assert "inter" in loose["reason"]
    score = {each["model"]: each for each in answer["scores"]}["gu2021-local-control-2y"]
    assert (score["inter"], score["intra"]["n"]) == (None, steady["intra"]["n"])
    assert "compare two readings" in score["reason"]
    assert score["variance_components"]["icc_inter"]["value"] > 0.9


def test_a_repeater_who_disagrees_with_themselves_fails_a_feature(capsys, tmp_path):
    rows = rows_of(count=20)
    rng = np.random.default_rng(3)
    again = [[*row[:3], 2, float(rng.normal()), *row[5:]] for row in rows if row[2] == "B"]
    passed = [
        json.loads(call(capsys, "agreement", "--table", write(tmp_path / "t.csv", table), "--json")[1])["passed"]
        for table in (rows, [*rows, *again])
    ]
    assert "steady" in passed[0]
    assert "steady" not in passed[1]


def test_each_interval_says_what_it_takes_as_random_and_f_is_the_scores_default(capsys, tmp_path):
    table = write(tmp_path / "t.csv", rows_of())
    answer = json.loads(call(capsys, "agreement", "--table", table, "--json")[1])
    inter = answer["features"]["steady"]["inter"]
    assert inter["random"] == "readers (or rounds) and lymph nodes random, lymph nodes of one patient as independent"
    score = {each["model"]: each for each in answer["scores"]}["gu2021-local-control-2y"]["inter"]
    assert score["interval"] == "F (McGraw & Wong 1996)"
    assert score["by_patient"]["random"] == "patients random, readers (or rounds) fixed, these and no others"
    text = call(capsys, "agreement", "--table", table)[1]
    assert "interval F (McGraw & Wong 1996), which takes readers (or rounds) and lymph nodes random" in text
    assert "count 2 readers as 1 degree of freedom" in text
    assert "intra (re-contouring of the same CT)" in text


def test_groups_and_equivalence_of_the_scores(capsys, tmp_path):
    rows = rows_of()
    table = write(tmp_path / "t.csv", rows)
    found = json.loads(call(capsys, "agreement", "--table", table, "--margin", "0.05", "--json")[1])
    score = {each["model"]: each for each in found["scores"]}["gu2021-local-control-2y"]["inter"]
    values = np.array([row[4:] for row in rows]).reshape(30, 3, 5)
    log_odds = -3.281461437 + 0.002394247 * values[:, :, 2] + 3.434397106 * values[:, :, 3]
    first, second = log_odds[:, 0] > -1.015, log_odds[:, 2] > -1.015
    assert score["direction"]["up"] == int((~first & second).sum())
    assert score["direction"]["down"] == int((first & ~second).sum())
    assert 0 < score["kappa"]["lower"] <= score["kappa"]["value"] <= score["kappa"]["upper"]
    assert score["ac1"]["value"] > 0
    assert score["equivalence"]["margin"] == 0.05
    assert score["equivalence"]["value"] == pytest.approx((log_odds[:, 2] - log_odds[:, 0]).mean())
    assert (
        "within the stated margin of ±0.05 is shown" in call(capsys, "agreement", "--table", table, "--margin", 0.05)[1]
    )
    assert "stated margin" not in call(capsys, "agreement", "--table", table)[1]
    code, _, err = call(capsys, "agreement", "--table", table, "--margin", "-1")
    assert (code, err.count("\n")) == (1, 1)
    assert "The margin of equivalence is -1; state one above 0" in err


def test_the_lower_limit_is_stricter(capsys, tmp_path):
    table = write(tmp_path / "t.csv", rows_of(count=12))
    passed = [
        json.loads(call(capsys, "agreement", "--table", table, "--on", on, "--threshold", 0.95, "--json")[1])["passed"]
        for on in ("estimate", "lower")
    ]
    assert set(passed[1]) < set(passed[0])


def test_figures_and_files(capsys, tmp_path):
    code, out, _ = call(
        capsys, "agreement", "--table", write(tmp_path / "t.csv", rows_of()), "--figures", tmp_path / "f"
    )
    assert code == 0
    assert "3 of 5 features pass" in out
    assert "Research use only, not a medical device." in out
    names = {file.name for file in (tmp_path / "f").iterdir()}
    assert {"agreement.csv", "agreement.json", "agreement.svg", "agreement.pdf", "agreement.png"} <= names
    assert "agreement-gu2021-local-control-2y-inter.png" in names
    with (tmp_path / "f" / "agreement.csv").open() as file:
        row = next(csv.DictReader(file))
    found = json.loads((tmp_path / "f" / "agreement.json").read_text())["features"][row["feature"]]
    assert float(row["reml_icc_inter_lower"]) == found["variance_components"]["icc_inter"]["lower"]
    assert float(row["variance_residual"]) == found["variance_components"]["variances"]["residual"]["value"]
    assert "Research use only" in (tmp_path / "f" / "agreement.svg").read_text()


BAD = {
    "missing column": (lambda rows: rows, [*HEADER[:3], "turn", *HEADER[4:]], "has no column 'round'"),
    "text": (lambda rows: [[*rows[0][:4], "high", *rows[0][5:]], *rows[1:]], HEADER, "row 2, column steady: the value "
    "is not a number"),
    "duplicate": (lambda rows: [*rows, rows[0]], HEADER, "are the same reading"),
    "a reader missing": (lambda rows: [row for row in rows if row[2] == "A"], HEADER, "Round 1 has 1 reader"),
    "no repeat": (lambda rows: [row for row in rows if row[3] == 1], HEADER, "0 readers have a round 2"),
    "round nought": (lambda rows: [[*rows[0][:3], 0, *rows[0][4:]], *rows[1:]], HEADER, "neither 1 (first) nor 2 "
    "and so on (repeats)"),
    "empty": (lambda rows: [], HEADER, "has no readings below its header"),
    "one lymph node": (lambda rows: rows[:3], HEADER, "at least"),
    "no patient": (lambda rows: [["", *rows[0][1:]], *rows[1:]], HEADER, "row 2: the column patient_id is empty"),
    "no feature": (lambda rows: [row[:4] for row in rows], HEADER[:4], "has no feature beside"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_table_gets_one_sentence(capsys, tmp_path, fault):
    spoil, header, sentence = BAD[fault]
    code, out, err = call(capsys, "agreement", "--table", write(tmp_path / "bad.csv", spoil(rows_of()), header))
    assert (code, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_three_patients_have_no_bootstrap(capsys, tmp_path):
    rows = [row for row in rows_of() if row[0] in ("P0", "P1", "P2")]
    table = write(tmp_path / "t.csv", rows)
    code, _, err = call(capsys, "agreement", "--table", table, "--ci", "bootstrap")
    assert code == 1
    assert "3 patients are too few to resample" in err
    assert call(capsys, "agreement", "--table", table)[0] == 0


def test_mixed_extraction_is_refused_unless_allowed(capsys, tmp_path):
    rows = [[*row, "a" if number % 2 else "b"] for number, row in enumerate(rows_of())]
    table = write(tmp_path / "t.csv", rows, [*HEADER, "settings"])
    code, _, err = call(capsys, "agreement", "--table", table)
    assert code == 1
    assert "2 different values of 'settings'" in err
    code, out, _ = call(capsys, "agreement", "--table", table, "--allow", "mixed-settings")
    assert code == 0
    assert "warning: Overridden:" in out


@pytest.mark.usefixtures("any_feature_table")
def test_mixed_extraction_of_a_study_is_allowed_too(capsys, tmp_path, monkeypatch):
    study = tmp_path / "study"
    assert call(capsys, "study", "create", study, "--readers", "A,B", "--repeat", "A", "--form", "ICC(C,1)")[0] == 0
    (study / "features").mkdir()
    rows = [[*row, "a" if number % 2 else "b", ""] for number, row in enumerate(rows_of())]
    write(study / "features" / "readings.csv", rows, [*HEADER, "settings", "failure"])
    monkeypatch.setattr("RLNResponseLib.study.study.Study.refuse_while_blinded", lambda self, what: None)
    code, _, err = call(capsys, "agreement", study)
    assert code == 1
    assert "2 different values of 'settings'" in err
    code, out, _ = call(capsys, "agreement", study, "--allow", "mixed-settings", "--json")
    assert code == 0
    answer = json.loads(out)
    assert [warning["code"] for warning in answer["warnings"]] == ["mixed-settings"]
    assert answer["rule"] == {"threshold": 0.75, "on": "estimate", "form": "ICC(C,1)"}


@pytest.mark.parametrize("width", ["40", "80", "300"])
def test_the_help_of_the_form_says_what_it_may_be(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    for command in ("agreement", "fit"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert "names: ICC(1), ICC(A,1), ICC(C,1), ICC(k), ICC(A,k), ICC(C,k); ICC(A,1) by default" in said


def test_the_interval_that_counts_the_readers_is_said_first_and_with_its_coverage(capsys, tmp_path):
    """Of simulated studies it holds the truth nearest to 95%; F was said first, and holds 69 to 78% where readers differ."""
    _, out, _ = call(capsys, "agreement", "--table", write(tmp_path / "t.csv", rows_of()))
    counted, by_f = out.index("ICC of one reading by any reader"), out.index("F (McGraw & Wong 1996)")
    assert counted < by_f
    assert "where two readers differ these limits in 98%, F in 69 to 78%" in out
    of_score = out.index("Rad-score-2-year: ICC of one reading by any reader")
    assert of_score < out.index("Rad-score-2-year, inter: ICC(A,1)")


def test_a_mean_of_readings_whose_lower_limit_is_minus_infinity_says_so_and_why(capsys, tmp_path):
    first, second = [1.0, -1.2, 0.9, -0.8, 1.1, -1.0], [0.5, 0.4, -0.9, 0.8, -0.6, 1.0]
    rows = [
        [f"P{number}", f"LN{number}", reader, turn, values[number], number, 50.0 + number, 0.6, 3.0]
        for number in range(6)
        for reader, turn, values in (("A", 1, first), ("A", 2, [1.1 * one for one in first]), ("B", 1, second))
    ]
    table = write(tmp_path / "t.csv", rows)
    _, out, _ = call(capsys, "agreement", "--table", table, "--form", "ICC(A,k)")
    assert "inter ICC(A,k) without a lower limit (minus infinity, left empty): steady. The limit of one reading" in out
    _, out, _ = call(capsys, "agreement", "--table", table, "--form", "ICC(A,k)", "--json")
    assert json.loads(out)["features"]["steady"]["inter"]["lower"] is None
