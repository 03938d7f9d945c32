"""The clinical tables cell by cell: what is read, what is refused and where, and that order carries no meaning."""

import csv
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import Table
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.patients import Patient
from RLNResponseLib.study.protocol import plan_readers
from RLNResponseLib.study.records import ReadingKey

P = {"patient": "P1"}
LN = {"lymph_node": "LN1", "patient": "P1", "image": "CT1"}


def table(name, *rows):
    columns = dict.fromkeys(column for row in rows for column in row)
    return Table(
        name=name,
        columns=tuple(columns),
        rows=tuple({column: row.get(column, "") for column in columns} for row in rows),
    )


def read(patients=(P,), lymph_nodes=(LN,)):
    return parse_clinical(table("patients.csv", *patients), table("lymph_nodes.csv", *lymph_nodes))


def optional(values):
    return st.sampled_from(["", *values])


PATIENT_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "patient": st.from_regex(r"P[0-9]{1,4}", fullmatch=True),
            "gender": optional(["male", "F"]),
            "age_years": optional(["61", "58.5", "0"]),
            "t_stage": optional(["T1-2", "4", "T3-4"]),
            "n_involved": optional(["yes", "0"]),
            "died": optional(["no", "Y"]),
            "follow_up_months": optional(["12.5", "600"]),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row["patient"],
)


@settings(max_examples=int(os.environ.get("RLNRESPONSE_EXAMPLES", "30")))
@given(PATIENT_ROWS, st.data())
def test_any_order_of_rows_and_columns_reads_the_same(rows, data):
    columns = data.draw(st.permutations(list(rows[0])))
    shuffled = [{column: row[column] for column in columns} for row in data.draw(st.permutations(rows))]
    nodes = [{"lymph_node": f"LN-{row['patient']}", "patient": row["patient"], "image": "CT1"} for row in rows]
    one, other = read(rows, nodes), read(shuffled, data.draw(st.permutations(nodes)))
    for name in ("patients", "patient_outcomes", "lymph_nodes", "lymph_node_outcomes"):
        assert sorted(map(repr, getattr(one, name))) == sorted(map(repr, getattr(other, name)))


@given(PATIENT_ROWS)
def test_what_is_written_pythons_csv_and_this_library_read_the_same(rows):
    tables = read(rows, [{**LN, "patient": rows[0]["patient"]}])
    text = tables.patients_csv()
    lines = list(csv.reader(io.StringIO(text)))
    assert tuple(lines[0]) == PATIENT_HEADER
    assert [line[0] for line in lines[1:]] == [row["patient"] for row in rows]
    again = parse_clinical(
        parse_csv(text.encode(), "patients.csv"), parse_csv(tables.lymph_nodes_csv().encode(), "lymph_nodes.csv")
    )
    assert again == tables


def test_an_empty_cell_and_a_column_that_lacks_are_unknown():
    tables = read()
    assert tables.patients == (Patient(id="P1"),)
    assert vars(tables.patient_outcomes[0]) == {"patient": "P1", "died": None, "follow_up_months": None}
    assert tables.lymph_nodes[0].site_mm is None
    assert tables.lymph_node_outcomes[0].responded is None


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("gender", "F", "female"),
        ("gender", "Male", "male"),
        ("age_years", "89", 89.0),
        ("age_years", "89.5", 90.0),
        ("age_years", "120", 90.0),
        ("age_years", "0", 0.0),
        ("t_stage", "T2b", "T1-2"),
        ("t_stage", "1–2", "T1-2"),
        ("t_stage", "t3 / T4a", "T3-4"),
        ("n_involved", "YES", True),
        ("n_involved", "0", False),
        ("dose_gy", "50.4", 50.4),
        ("dose_gy", "1e2", 100.0),
    ],
)
def test_a_patients_cell_is_read(column, cell, value):
    assert getattr(read([{**P, column: cell}]).patients[0], column) == value


@pytest.mark.parametrize(("category", "responded"), [("CR", True), ("pr", True), ("SD", False), ("Pd", False)])
def test_complete_and_partial_response_respond(category, responded):
    assert read(lymph_nodes=[{**LN, "recist": category}]).lymph_node_outcomes[0].responded is responded


def test_a_site_needs_all_three_coordinates():
    site = {"site_left_mm": "-1.5", "site_posterior_mm": "20", "site_superior_mm": "-300"}
    assert read(lymph_nodes=[{**LN, **site}]).lymph_nodes[0].site_mm == (-1.5, 20.0, -300.0)
    for column in site:
        assert read(lymph_nodes=[{**LN, **site, column: ""}]).lymph_nodes[0].site_mm is None


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("gender", "x"),
        ("age_years", "120.1"),
        ("age_years", "-1"),
        ("age_years", "nan"),
        ("age_years", "inf"),
        ("age_years", "sixty"),
        ("t_stage", "T2-3"),
        ("t_stage", "T5"),
        ("t_stage", "2-Jan"),
        ("died", "maybe"),
        ("follow_up_months", "600.5"),
        ("dose_gy", "5 040"),
    ],
)
def test_a_wrong_cell_is_named_by_the_row_that_a_spreadsheet_counts_and_never_repeated(refused_by, column, cell):
    sentence, code = refused_by(lambda: read([{**P}, {"patient": "P2", column: cell}]))
    assert code == "bad-cell"
    assert sentence.startswith(f"patients.csv, row 3, column {column}: the value is not ")
    assert cell not in sentence.partition("is not ")[2].split()


@pytest.mark.parametrize("cell", ["x" * 201, "two\nlines", "a\x00b"])
def test_a_station_is_one_line_of_text(refused_by, cell):
    assert refused_by(lambda: read(lymph_nodes=[{**LN, "station": cell}]))[1] == "bad-cell"
    assert read(lymph_nodes=[{**LN, "station": "x" * 200}]).lymph_nodes[0].station == "x" * 200


@pytest.mark.parametrize(
    ("patients", "lymph_nodes", "code"),
    [
        ([{**P, "name": "x"}], [LN], "bad-table"),
        ([{"gender": "male"}], [LN], "bad-table"),
        ([P], [{"lymph_node": "LN1", "patient": "P1"}], "bad-table"),
        ([{"patient": "Jan Kowalski"}], [LN], "bad-identifier"),
        ([{"patient": ""}, P], [LN], "bad-identifier"),
        ([P], [{**LN, "image": "../CT1"}], "bad-identifier"),
        ([P], [{**LN, "lymph_node": "con"}], "bad-identifier"),
        ([P, {"patient": "p1"}], [LN], "look-alike-identifiers"),
        ([P], [LN, LN], "look-alike-identifiers"),
        ([P], [{**LN, "patient": "P2"}], "no-such-patient"),
        ([{**P, "site": "Bern"}, {"patient": "P2", "site": "BERN"}], [LN], "look-alike-identifiers"),
        ([P], [{**LN, "scanner": "S1"}, {**LN, "lymph_node": "LN2", "scanner": "S2"}], "two-scanners"),
        ([{**P, "site": "x" * 65}], [LN], "bad-cell"),
        ([P], [{**LN, "scanner": "two\nlines"}], "bad-cell"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(refused_by, patients, lymph_nodes, code):
    sentence, found = refused_by(lambda: read(patients, lymph_nodes))
    assert found == code
    assert "Kowalski" not in sentence


def test_a_site_and_a_scanner_are_codes_that_may_lack_and_come_back_as_they_were():
    tables = read(
        [{**P, "site": "Bern"}, {"patient": "P2", "site": ""}],
        [{**LN, "scanner": "B-1"}, {**LN, "lymph_node": "LN2"}, {"lymph_node": "LN3", "patient": "P2", "image": "CT2"}],
    )
    assert [patient.site for patient in tables.patients] == ["Bern", None]
    assert [lymph_node.scanner for lymph_node in tables.lymph_nodes] == ["B-1", None, None]
    again = parse_clinical(
        parse_csv(tables.patients_csv().encode(), "p.csv"), parse_csv(tables.lymph_nodes_csv().encode(), "n.csv")
    )
    assert again == tables


@pytest.mark.parametrize("name", ["1", "P", "P1"])
def test_an_identifier_that_is_there_twice_is_refused_however_short(refused_by, name):
    patients = parse_csv(f"patient\n{name}\n{name}\n".encode(), "patients.csv")
    nodes = table("lymph_nodes.csv", {**LN, "patient": name})
    sentence, code = refused_by(lambda: parse_clinical(patients, nodes))
    said = f"patients.csv, rows 2 and 3: the patient '{name}' is there twice; keep the right row, or rename one."
    assert (sentence, code) == (said, "look-alike-identifiers")
    assert refused_by(lambda: plan_readers([name, name], []))[1] == "look-alike-identifiers"


def test_outcomes_are_apart_from_what_may_be_known():
    tables = read([{**P, "died": "yes", "follow_up_months": "7"}], [{**LN, "recist": "CR"}])
    assert not {"died", "follow_up_months"} & set(vars(tables.patients[0]))
    assert not {"recist", "local_control_months", "local_recurrence"} & set(vars(tables.lymph_nodes[0]))
    assert tables.lymph_nodes_csv().splitlines()[0] == ",".join(f'"{name}"' for name in LYMPH_NODE_HEADER)


def test_importing_the_same_tables_again_changes_nothing(small):
    before = small.tree()
    assert not import_clinical(small.study, small.tables(), small.on(1))
    assert small.tree() == before
    edited = small.tables(patients="patient,age_years\nP1,62\nP2,58\n")
    assert import_clinical(small.study, edited, small.on(1))
    assert small.study.clinical_tables() == edited
    assert small.study.last_clinical_import().content["number"] == 2


def test_a_lymph_node_that_was_read_stays_with_its_patient_and_image(small, refusal):
    small.read(ReadingKey(lymph_node="LN3", reader="A"))
    header = "lymph_node,patient,image\nLN1,P1,CT1\n"
    for rest in ("", "LN3,P2,CT3\n", "LN3,P1,CT1\n"):
        tables = small.tables(lymph_nodes=header + rest)
        assert refusal(lambda given=tables: import_clinical(small.study, given, small.on(1))) == "lymph-node-was-read"
    assert import_clinical(small.study, small.tables(lymph_nodes=f"{header}LN3,P2,CT2\n"), small.on(1))


def test_an_image_and_a_lymph_node_on_it_are_of_one_patient(small, refusal):
    tables = small.tables(lymph_nodes="lymph_node,patient,image\nLN1,P1,CT2\n")
    assert refusal(lambda: import_clinical(small.study, tables, small.on(1))) == "image-of-another-patient"


@pytest.fixture
def refused_by():
    """The sentence and the code with which something is refused."""

    def catch(act):
        with pytest.raises(DataRefusedError) as caught:
            act()
        return str(caught.value), caught.value.code

    return catch
