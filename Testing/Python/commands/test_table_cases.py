"""Tables that people had trouble with in public threads (../shared/cases/tables), through the commands."""

import csv
import json

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.modelling.fitting.case_table import case_table, icc_filter_sentence, ratings_of
from RLNResponseLib.modelling.fitting.fingerprints import fingerprints, recognised
from RLNResponseLib.survival.survival_table import survival_table


@pytest.fixture
def case(shared_cases):
    return lambda name: shared_cases / "tables" / name


@pytest.fixture
def imported(tmp_path, capfd):
    """What `study import-clinical` says, and its exit code, in a study of its own."""
    main(["study", "create", str(tmp_path / "s"), "--readers", "A,B", "--repeat", "A"])

    def run(patients, lymph_nodes, *options):
        call = ["study", "import-clinical", str(tmp_path / "s"), "--patients", str(patients)]
        code = main([*call, "--lymph-nodes", str(lymph_nodes), *options])
        said = capfd.readouterr()
        table = tmp_path / "s" / "patients.csv"
        return code, said.out + said.err, table.read_text() if table.is_file() else ""

    return run


@pytest.mark.parametrize("file", ["p.csv", "p.xlsx"])
def test_blank_rows_are_counted_by_import_clinical(case, imported, file):
    code, said, _ = imported(case("blank-rows") / file, case("blank-rows") / "nodes.csv")
    assert (code, f"{file}, row 7, column age_years" in said) == (1, True)


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (["fit", "fit.csv", "--outcome", "response", "--group", "patient", "--output", "m.json"], "fit.csv, row 6"),
        (["survival", "surv.csv", "--time", "months", "--event", "event"], "surv.csv, row 7, column months"),
        (["agreement", "--table", "readings.csv"], "Rows 5 and 6 are the same reading"),
    ],
)
def test_blank_rows_are_counted_by_every_command(case, monkeypatch, capsys, call, place):
    monkeypatch.chdir(case("blank-rows"))
    assert main(call) == 1
    assert place in capsys.readouterr().err


def test_decimal_commas_give_the_cases_that_points_give(case):
    comma, point = (
        case_table(read_table(case("decimal-comma") / name), "response", "patient_id", None)
        for name in ("comma.csv", "point.csv")
    )
    assert comma.names == point.names
    assert comma.features.tobytes() == point.features.tobytes()
    assert (comma.outcome == point.outcome).all()


def test_decimal_commas_give_the_table_1_and_the_times_that_points_give(case, monkeypatch, capsys):
    monkeypatch.chdir(case("decimal-comma"))
    found = []
    for name in ("t1.csv", "t1p.csv"):
        assert main(["table1", name, "--by", "response", "--json"]) == 0
        found.append({**json.loads(capsys.readouterr().out), "source": ""})
    assert found[0] == found[1]
    months = survival_table(read_table("surv.csv"), "months", "event").follow_up.months
    assert sorted(months)[:4] == [1.0, 2.5, 4.0, 5.5]


def test_commas_before_three_digits_are_refused_until_somebody_says_what_they_are(case, monkeypatch, capsys):
    monkeypatch.chdir(case("decimal-comma"))
    call = ["agreement", "--table", "readings.csv", "--json"]
    assert main(call) == 1
    assert "readings.csv, row 2, column volume: the number cannot be told" in capsys.readouterr().err
    assert main([*call, "--decimal", "comma"]) == 0


def test_a_lymph_node_with_two_rows_is_refused_by_survival_and_endpoint(case, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(case("duplicated-rows"))
    assert main(["survival", "twice.csv", "--time", "months", "--event", "event"]) == 1
    assert "twice.csv: rows 5 and 62 are the same lymph node" in capsys.readouterr().err
    call = ["--time", "months", "--event", "event", "--death", "died", "--output", str(tmp_path / "e.csv")]
    assert main(["endpoint", "twice.csv", *call]) == 1
    assert main(["survival", "once.csv", "--time", "months", "--event", "event"]) == 0


@pytest.mark.parametrize("file", ["excel.csv", "pandas.csv", "same.csv"])
def test_training_patients_are_known_among_validation_patients_whatever_became_of_their_zeros(case, file):
    training, other = (
        case_table(read_table(case("leading-zeros") / name), "response", "patient_id", None).patient_names
        for name in ("training.csv", file)
    )
    kept = fingerprints("m", training)
    assert recognised("m", other, kept) == kept
    assert not set(recognised("m", [f"9{name}" for name in other], kept)) & set(kept)


def test_the_icc_filter_says_how_many_it_rests_on_and_who_lacks(case, tmp_path):
    from RLNResponseLib.agreement.readings import reading_table

    folder = case("leading-zeros")
    table = case_table(read_table(folder / "training.csv"), "response", "patient_id", None)
    lines = (folder / "readings.csv").read_text().splitlines()
    some = [line for line in lines if not line.startswith(("101,", "102,"))]
    (tmp_path / "readings.csv").write_text("\n".join([*some, "999,LN99,A,1,1,1,1", ""]))
    readings = reading_table(read_table(tmp_path / "readings.csv"), table.names)
    ratings, patients = ratings_of(readings, table)
    assert set(patients) <= set(table.patient_names)
    assert icc_filter_sentence(ratings, readings, table) == (
        "The ICC filter rests on 58 of 60 patients (58 lymph nodes between readers, 58 within one); 2 without any "
        "reading; 1 patient of the readings not in the table and left out; 58 patients spelled otherwise in the "
        "readings, as 123 for 00123."
    )


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("error.xlsx", "error.xlsx, row 2, column age_years: the cell holds the spreadsheet's error #DIV/0!"),
        ("flag.xlsx", "flag.xlsx, cell B2: the cell holds a formula whose value is not stored"),
        ("id.xlsx", "id.xlsx, cell A2: the cell holds a formula whose value is not stored"),
    ],
)
def test_formulas_without_a_value_and_errors_are_refused_by_their_cell(case, imported, file, said):
    code, found, _ = imported(case("xlsx-formulas") / file, case("xlsx-formulas") / "nodes.csv")
    assert (code, said in found) == (1, True)


def test_a_formula_is_its_stored_value_and_a_merged_patient_is_refused(case, imported):
    folder = case("xlsx-formulas")
    code, _, patients = imported(folder / "formula.xlsx", folder / "nodes.csv")
    assert (code, "11.99" in patients) == (0, True)
    code, said, _ = imported(folder / "p.csv", folder / "nodes.xlsx")
    assert (code, "the cells B2:B3 are merged" in said) == (1, True)


def test_the_visible_sheet_is_imported_and_several_are_named(case, imported):
    folder = case("xlsx-hidden-sheet")
    code, said, patients = imported(folder / "hidden.xlsx", folder / "nodes.csv")
    assert (code, patients.count('"P')) == (0, 6)
    assert "5 patients of hidden.xlsx without a row in the lymph-node table" in said
    for file in ("two.xlsx", "readme.xlsx"):
        code, said, _ = imported(folder / file, folder / "nodes.csv")
        assert (code, "several visible sheets" in said, "--sheet" in said) == (1, True, True)
        assert imported(folder / file, folder / "nodes.csv", "--sheet", "patients")[0] == 0


def test_a_workbook_may_hold_both_tables(tmp_path, imported):
    import openpyxl

    made = openpyxl.Workbook()
    made.active.title = "patients"
    for line in (["patient"], ["00123"]):
        made.active.append(line)
    nodes = made.create_sheet("nodes")
    for line in (["lymph_node", "patient", "image"], ["LN1", "00123", "CT1"]):
        nodes.append(line)
    path = tmp_path / "book.xlsx"
    made.save(path)
    code, said, _ = imported(path, path, "--sheet", "patients", "nodes")
    assert (code, "1 patient, 1 lymph node" in said) == (0, True)
    nodes["B2"] = "123"
    made.save(path)
    code, said, _ = imported(path, path, "--sheet", "patients", "nodes")
    assert (code, "patient '123' is not among the patients of book.xlsx, which has '00123'" in said) == (1, True)


def test_clinical_tables_of_a_hospital_with_commas_and_codes(tmp_path, imported):
    (tmp_path / "p.csv").write_text("patient;age_years;follow_up_months\nP1;61;12,5\nP2;-99;7\n")
    (tmp_path / "l.csv").write_text("lymph_node;patient;image;station\nLN1;P1;CT1;3,5\n")
    code, said, patients = imported(tmp_path / "p.csv", tmp_path / "l.csv")
    assert (code, "p.csv, row 3, column age_years" in said) == (1, True)
    code, said, patients = imported(tmp_path / "p.csv", tmp_path / "l.csv", "--missing", "-99")
    assert (code, "12.5" in patients, "-99" in patients) == (0, True, False)
    assert '"3,5"' in (tmp_path / "s" / "lymph_nodes.csv").read_text()


def test_table_1_takes_every_yes_for_one_and_counts_the_codes(case, monkeypatch, capsys):
    monkeypatch.chdir(case("table1-patient-id"))
    assert main(["table1", "case.csv", "--by", "response", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["groups"], found["sizes"]) == (["no", "yes"], [20, 20])
    assert [variable["levels"] for variable in found["variables"]] == [["female", "male"]]
    assert main(["table1", "missing.csv", "--by", "response"]) == 0
    said = capsys.readouterr()
    assert "cea has 8 × -99; stage has 7 × UNK" in said.err
    assert main(["table1", "missing.csv", "--by", "response", "--missing", "-99", "UNK"]) == 0
    said = capsys.readouterr()
    assert "Missing by the declared codes: cea 8 × -99; stage 7 × UNK." in said.out
    assert "-99" not in said.out.replace("8 × -99", "")
    assert said.err == ""
    assert main(["table1", "missing2.csv", "--by", "response", "--missing=unknown"]) == 0


@pytest.mark.parametrize("file", ["patient.csv", "patient_id.csv"])
def test_table_1_knows_a_patient_by_either_name(case, monkeypatch, capsys, file):
    monkeypatch.chdir(case("table1-patient-id"))
    assert main(["table1", file, "--by", "response", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["repeated"], [variable["name"] for variable in found["variables"]]) == (True, ["age_years"])


@pytest.mark.parametrize("file", ["r.csv", "pandas.csv"])
def test_row_names_are_no_feature(case, file):
    table = case_table(read_table(case("row-names") / file), "response", "patient_id", None)
    clean = case_table(read_table(case("row-names") / "clean.csv"), "response", "patient_id", None)
    assert table.names == clean.names


def test_a_patient_without_a_name_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("patient,response,a\nP1,1,3\n\nUNK,0,4\n")
    with pytest.raises(DataRefusedError, match=r"t\.csv, row 4, column patient: the patient is empty"):
        case_table(read_table(path, TableOptions(missing=("UNK",))).kept([0, 1]), "response", "patient", None)


@pytest.mark.parametrize(
    "text",
    [
        '"","patient","age_years","died"\n"1","P1",61,"yes"\n"2","P2",NA,"no"\n',
        '"";"patient";"age_years";"died"\n"1";"P1";61,0;"ja"\n"2";"P2";NA;"nein"\n',
        "Unnamed: 0,patient,age_years,died\n0,P1,61.0,True\n1,P2,,False\n",
        "\ufeffpatient;age_years;died\nP1;61;WAHR\nP2;<NA>;FALSCH\n",
        "patient\tage_years\tdied\nP1\t61\tVRAI\nP2\tnan\tFAUX\n",
    ],
    ids=["write.csv", "write.csv2", "to_csv", "German Excel", "French Excel"],
)
def test_a_table_as_a_program_writes_it_is_imported_as_its_plain_truth(tmp_path, imported, text):
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    code, _, patients = imported(tmp_path / "p.csv", tmp_path / "l.csv")
    rows = list(csv.DictReader(patients.splitlines()))
    assert (code, [(row["patient"], row["age_years"], row["died"]) for row in rows]) == (
        0,
        [("P1", "61.0", "yes"), ("P2", "", "no")],
    )


def test_dates_with_a_time_of_the_day_are_those_days(tmp_path, imported):
    (tmp_path / "p.csv").write_text(
        "patient,died,radiotherapy_end_date,death_date\n"
        "P1,yes,2020-01-31 00:00:00,2020-02-29T12:30\nP2,no,2020-02-29,NaT\n"
    )
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    code, _, patients = imported(tmp_path / "p.csv", tmp_path / "l.csv")
    assert (code, '"yes",1.0' in patients) == (0, True)


def test_a_code_that_nobody_declared_and_a_sheet_that_was_hidden_are_said_at_the_import(tmp_path, case, imported):
    (tmp_path / "p.csv").write_text("patient,follow_up_months,died\nP1,99,no\nP2,12,no\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    said = imported(tmp_path / "p.csv", tmp_path / "l.csv")[1]
    assert "follow_up_months has 1 × 99, which looks like a code" in said
    folder = case("xlsx-hidden-sheet")
    assert "hidden and not read" in imported(folder / "hidden.xlsx", folder / "nodes.csv")[1]


def test_a_line_break_in_a_cell_is_refused_in_the_row_of_the_spreadsheet(case, imported):
    code, said, _ = imported(case("blank-rows") / "pp.csv", case("blank-rows") / "quoted.csv")
    assert (code, "quoted.csv, row 2, column station: the value is not text" in said) == (1, True)


def _icc_of_absolute_agreement(pairs):
    """McGraw and Wong's ICC(A,1) of two ratings, from its mean squares."""
    import numpy as np

    ratings = np.array(pairs)
    n, k = ratings.shape
    rows, columns, grand = ratings.mean(axis=1), ratings.mean(axis=0), ratings.mean()
    between = k * ((rows - grand) ** 2).sum() / (n - 1)
    readers = n * ((columns - grand) ** 2).sum() / (k - 1)
    rest = ((ratings - rows[:, None] - columns + grand) ** 2).sum() / ((n - 1) * (k - 1))
    return (between - rest) / (between + (k - 1) * rest + k * (readers - rest) / n)


@pytest.mark.parametrize(("file", "lymph_nodes"), [("full.csv", 14), ("row.csv", 13)])
def test_missing_ratings_leave_out_the_lymph_node_or_the_feature_with_its_reason(
    case, monkeypatch, capsys, file, lymph_nodes
):
    monkeypatch.chdir(case("icc-missing"))
    assert main(["agreement", "--table", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["features"]
    rows = read_table(file).rows
    for name in ("good", "negative"):
        first, second = (
            {
                (row["patient_id"], row["lymph_node"]): float(row[name])
                for row in rows
                if (row["reader"], row["round"]) == (reader, "1")
            }
            for reader in "AB"
        )
        inter = found[name]["inter"]
        truth = _icc_of_absolute_agreement([(first[key], second[key]) for key in first if key in second])
        assert (inter["n"], inter["icc"]) == (lymph_nodes, pytest.approx(truth, abs=1e-12))
        assert inter["lower"] <= inter["icc"] <= inter["upper"]
    assert (found["one_missing"]["inter"]["icc"] is None) == (file == "full.csv")
    assert found["constant"]["passes"] is False


@pytest.mark.parametrize("file", ["small.csv", "middle.csv", "large.csv"])
def test_fisher_stands_also_where_the_tables_are_too_many_to_count(case, monkeypatch, capsys, file):
    from scipy.stats import chi2_contingency, contingency

    monkeypatch.chdir(case("fisher-large"))
    assert main(["table1", file, "--by", "centre", "--json"]) == 0
    station = json.loads(capsys.readouterr().out)["variables"][0]
    rows = read_table(file).rows
    counts = contingency.crosstab([row["station"] for row in rows], [row["centre"] for row in rows]).count
    tests = {test["name"]: test["p"] for test in station["tests"]}
    assert tests["χ²"] == pytest.approx(chi2_contingency(counts, correction=False).pvalue, rel=1e-9)
    assert 0 < tests["Fisher"] <= 1


def test_deaths_recurrences_and_anniversaries_are_told_apart_at_two_years(case, tmp_path, capsys):
    found = {}
    for folder, file, event in (
        ("event-without-date", "t.csv", "recurred"),
        ("two-year-visit", "endpoint-in.csv", "event"),
    ):
        call = ["endpoint", str(case(folder) / file), "--time", "months", "--event", event, "--death", "died"]
        assert main([*call, "--months", "24", "--output", str(tmp_path / file)]) == 0
        table = read_table(tmp_path / file)
        found |= {row[table.columns[0]]: row["state"] for row in table.rows}
    assert [found[f"LN{number}"] for number in (1, 2, 5, 6, 7, 8, 9)] == [
        "controlled", "censored", "failed", "controlled", "failed", "left out", "controlled",
    ]  # fmt: skip
    assert {found[f"P{number}"] for number in range(1, 9)} == {"controlled"}
    assert [found[f"Q{number}"] for number in range(4)] == ["failed", "failed", "controlled", "controlled"]


def test_codes_of_a_redcap_export_are_refused_by_their_cell_until_they_are_declared(case, imported):
    folder = case("redcap-instruments")
    for file, place in (("missing-code.csv", "row 2, column age_years"), ("missing-code2.csv", "row 3, column recist")):
        code, said, _ = imported(folder / file, folder / file)
        assert (code, f"{file}, {place}" in said) == (1, True)
        code, _, patients = imported(folder / file, folder / file, "--missing", "-99", "99", "UNK")
        without_salts = "".join(line.rpartition(",")[0] for line in patients.splitlines())
        assert (code, "99" in without_salts.replace("-99", "")) == (0, False)
