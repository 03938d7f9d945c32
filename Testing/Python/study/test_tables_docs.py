"""docs/tables.md against the source: every column with what it holds, the example files, the templates."""

import re
from pathlib import Path

import pytest

from RLNResponseLib.cli import build_parser, main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.study.clinical_columns import (
    LYMPH_NODE_COLUMNS,
    LYMPH_NODE_HEADER,
    OCCASION_COLUMNS,
    OCCASION_HEADER,
    PATIENT_COLUMNS,
    PATIENT_HEADER,
)
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.outcome_dates import DATE_COLUMNS

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)


def section(title):
    """The rows of the table below a heading: column → its other cells."""
    text = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in ROW.findall(text)}


@pytest.mark.parametrize(
    ("title", "header", "columns"),
    [
        ("Patients", PATIENT_HEADER, PATIENT_COLUMNS),
        ("Lymph nodes", LYMPH_NODE_HEADER, LYMPH_NODE_COLUMNS),
        ("A lymph node on a second CT", OCCASION_HEADER, OCCASION_COLUMNS),
    ],
)
def test_the_page_has_every_column_in_order_with_what_it_holds_and_whether_it_is_sealed(title, header, columns):
    rows = section(title)
    assert tuple(rows) == header
    for column in columns:
        assert rows[column.name][:2] == [column.wanted, "sealed" if column.outcome else ""]


def test_the_page_has_every_column_of_dates():
    assert set(section("Dates in place of months")) == DATE_COLUMNS


def test_the_three_forms_of_the_example_are_read_to_the_same_and_nothing_is_said_of_them():
    csv = read_clinical_files(EXAMPLES / "patients.csv", EXAMPLES / "lymph_nodes.csv")
    book = EXAMPLES / "clinical.xlsx"
    workbook = read_clinical_files(book, book, TableOptions(sheet="patients"), TableOptions(sheet="lymph_nodes"))
    redcap = read_clinical_files(EXAMPLES / "redcap.csv", EXAMPLES / "redcap.csv")
    assert csv == workbook == redcap
    assert (len(csv.patients), csv.notes, workbook.notes, redcap.notes) == (6, (), (), ())
    assert tuple(read_table(EXAMPLES / "patients.csv").columns) == PATIENT_HEADER
    assert tuple(read_table(EXAMPLES / "lymph_nodes.csv").columns) == LYMPH_NODE_HEADER


def test_the_imports_of_the_page_are_as_it_says(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(EXAMPLES)
    for line in re.findall(r"^    rlnresponse (study import-clinical .*)$", PAGE, re.MULTILINE):
        study = str(tmp_path / f"s{len(list(tmp_path.iterdir()))}")
        assert main(["study", "create", study, "--readers", "A,B", "--repeat", "A"]) == 0
        words = re.sub(r"\[.*?\]", "", line).replace("STUDY", study).split()
        assert main(words) == 0, capfd.readouterr().err
        assert "Imported 6 patients, 7 lymph nodes." in capfd.readouterr().out
    assert len(list(tmp_path.iterdir())) == 3


def test_every_call_on_the_page_is_one_of_the_command_line():
    calls = re.findall(r"^    rlnresponse (.*)$", PAGE, re.MULTILINE)
    assert len(calls) == 16
    for call in calls:
        words = call.replace("[", "").replace("]", "").split()
        assert build_parser(words[0]).parse_args(words).run


def test_a_template_that_is_imported_as_it_is_is_refused_by_its_example(tmp_path, capfd):
    study = tmp_path / "s"
    assert main(["study", "create", str(study), "--readers", "A,B", "--repeat", "A"]) == 0
    patients, lymph_nodes = (study / "templates" / f"{name}.csv" for name in ("patients", "lymph_nodes"))
    call = ["study", "import-clinical", str(study), "--patients", str(patients), "--lymph-nodes", str(lymph_nodes)]
    capfd.readouterr()
    assert main(call) == 1
    assert capfd.readouterr().err == (
        "patients.csv, row 2 is the example of the template, no patient; remove the row.\n"
    )
    assert not (study / "patients.csv").exists()


@pytest.mark.parametrize("name", ["EXAMPLE", "example", " Example "])
def test_the_example_is_known_in_any_spelling_and_place(tmp_path, name):
    header = (tmp_path / "n.csv", "lymph_node,patient,image\n")
    header[0].write_text(f"{header[1]}LN1,P1,CT1\nLN2,{name},CT2\n")
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    with pytest.raises(DataRefusedError) as caught:
        read_clinical_files(tmp_path / "p.csv", tmp_path / "n.csv")
    assert (caught.value.code, str(caught.value)[:12]) == ("example-row", "n.csv, row 3")


def test_but_for_its_name_the_example_row_would_be_read(tmp_path):
    from RLNResponseLib.study.templates import template_csv

    for name, header in (("p.csv", PATIENT_HEADER), ("n.csv", LYMPH_NODE_HEADER)):
        (tmp_path / name).write_text(template_csv(header).replace("EXAMPLE", "P1"))
    tables = read_clinical_files(tmp_path / "p.csv", tmp_path / "n.csv")
    assert None not in {*vars(tables.patients[0]).values(), *vars(tables.lymph_nodes[0]).values()}
    of_lymph_node = vars(tables.lymph_node_outcomes[0])
    # The example is no second CT.
    assert {name for name, value in of_lymph_node.items() if value is None} == set(OCCASION_HEADER)
    assert None not in vars(tables.patient_outcomes[0]).values()
    assert tables.notes == ()
