"""REDCap exports: which rows are patients and which lymph nodes, joined, refused, and what is left out named."""

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.clinical_files import read_clinical_files

HEADER = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance"


@pytest.fixture
def read(tmp_path):
    """The tables of one export that is given for both."""

    def run(text, instrument=None):
        (tmp_path / "e.csv").write_text(text + "\n", encoding="utf-8")
        return read_clinical_files(tmp_path / "e.csv", tmp_path / "e.csv", instrument=instrument)

    return run


@pytest.fixture
def refused(read):
    """The sentence and the code of a refusal."""

    def run(*given):
        with pytest.raises(DataRefusedError) as caught:
            read(*given)
        return caught.value.at_terminal, caught.value.code

    return run


def lymph_nodes(tables):
    return [(one.id, one.patient, one.image) for one in tables.lymph_nodes]


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("longitudinal.csv", [("P1-1", "P1", "CT1")]),
        ("repeating-event.csv", [("P1-1", "P1", "CT1"), ("P1-2", "P1", "CT1")]),
        ("two-instruments.csv", [("P1-1", "P1", "CT1"), ("P1-2", "P1", "CT1")]),
    ],
)
def test_only_rows_of_the_lymph_nodes_become_lymph_nodes_and_events_are_joined(shared_cases, file, found):
    path = shared_cases / "tables" / "redcap-instruments" / file
    tables = read_clinical_files(path, path)
    assert lymph_nodes(tables) == found
    assert [patient.gender for patient in tables.patients] == ["male"]
    if "event" in file or "long" in file:
        assert vars(tables.patient_outcomes[0]) == {"patient": "P1", "died": True, "follow_up_months": 12.0}


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("row-number.csv", "row-number.csv, row 5, column age_years"),
        ("row-number2.csv", "row-number2.csv, row 5, column recist"),
        ("missing-code.csv", "missing-code.csv, row 2, column age_years"),
        ("missing-code2.csv", "missing-code2.csv, row 3, column recist"),
    ],
)
def test_the_row_is_the_files(shared_cases, file, place):
    path = shared_cases / "tables" / "redcap-instruments" / file
    with pytest.raises(DataRefusedError, match=f"^{place}: "):
        read_clinical_files(path, path)


def test_of_several_instruments_one_is_asked_for(shared_cases):
    path = shared_cases / "tables" / "redcap-instruments" / "scan-instrument.csv"
    with pytest.raises(DataRefusedError) as caught:
        read_clinical_files(path, path)
    assert caught.value.at_terminal == (
        "scan-instrument.csv has several repeating instruments that could be the lymph nodes ('lymph_node', 'scan'); "
        "export only theirs with the base form, or say which it is, as --instrument lymph_node."
    )
    tables = read_clinical_files(path, path, instrument="Lymph node")
    assert lymph_nodes(tables) == [("P1-1", "P1", "CT1"), ("P1-2", "P1", "CT1"), ("P2-1", "P2", "CT3")]
    assert tables.notes == ("The clinical table: 1 row of 'scan' left out as no lymph nodes, with them their image.",)
    with pytest.raises(DataRefusedError, match="no repeating instrument 'nodes'; it has 'lymph_node', 'scan'"):
        read_clinical_files(path, path, instrument="nodes")


def test_the_base_forms_own_name_of_a_patient_holds_for_all_rows_of_the_record(read):
    tables = read(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,patient,image\n"
        "1,,,ESO-001,\n1,lymph_node,1,,CT1\n2,,,,\n2,lymph_node,1,,CT2\n3,,,ESO-003,\n3,lymph_node,1,,CT3"
    )
    assert lymph_nodes(tables) == [("1-1", "ESO-001", "CT1"), ("2-1", "2", "CT2"), ("3-1", "ESO-003", "CT3")]


def test_two_exports_of_one_project_find_each_other_by_the_record(tmp_path):
    (tmp_path / "p.csv").write_text("record_id,patient,gender\n001,ESO-1,Male\n002,ESO-2,Female\n")
    (tmp_path / "n.csv").write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,image\n1,lymph_node,1,CT1\n2,lymph_node,1,CT2\n"
    )
    assert [one.patient for one in read_clinical_files(tmp_path / "p.csv", tmp_path / "n.csv").lymph_nodes] == [
        "ESO-1",
        "ESO-2",
    ]


def test_rows_of_one_record_that_disagree_are_refused_by_their_rows(refused):
    sentence, code = refused(f"{HEADER},died,follow_up_months\nP1,a,,,no,6\nP2,a,,,no,6\nP1,b,,,no,12", None)
    assert code == "rows-disagree"
    assert sentence.startswith("e.csv, rows 2 and 4, column follow_up_months: the rows are of one record")


def test_a_contradiction_of_a_joined_row_names_all_its_rows(refused):
    sentence, code = refused(
        f"{HEADER},radiotherapy_end_date,died,death_date,image\n"
        "P1,a,,,2020-01-01,,,\nP1,a,lymph_node,1,,,,CT1\nP1,b,,,,no,2021-01-01,"
    )
    assert code == "contradictory-outcomes"
    assert sentence.endswith("e.csv, rows 2 and 4: died is no and death_date is a date.")


def test_a_wrong_cell_of_a_joined_row_is_named_by_its_own_row(refused):
    text = f"{HEADER},gender,death_date,image\nP1,a,,,Male,,\nP1,b,,,,{{}},\nP1,a,lymph_node,1,,,CT1"
    assert refused(text.format("soon"))[0].startswith("e.csv, row 3, column death_date: the value is not a date")


def test_one_instance_in_two_events_is_not_made_one_lymph_node(refused, read):
    rows = "P1,{0},,,,\nP1,a,lymph_node,1,CT1,{1}\nP1,b,lymph_node,1,CT1,{2}"
    text = f"{HEADER},image,lymph_node\n{rows}"
    assert refused(text.format("a", "", ""))[1] == "same-instance"
    assert [one.id for one in read(text.format("a", "L1", "L2")).lymph_nodes] == ["L1", "L2"]


def test_rows_of_one_record_that_name_two_lymph_nodes_are_of_two(read):
    tables = read(
        "record_id,lymph_node,gender,image,recist\nP1,LN1,Male,CT1,PR\nP1,LN2,Male,CT1,SD\nP2,LN3,Female,CT2,CR\n"
    )
    assert lymph_nodes(tables) == [("LN1", "P1", "CT1"), ("LN2", "P1", "CT1"), ("LN3", "P2", "CT2")]


def test_without_repeats_a_record_is_a_patient_with_one_lymph_node_over_its_events(read):
    tables = read(
        "record_id,redcap_event_name,gender,image,local_recurrence\n"
        "1,baseline_arm_1,Male,CT1,\n1,followup_arm_1,,,no\n2,baseline_arm_1,Female,,"
    )
    assert lymph_nodes(tables) == [("1-1", "1", "CT1")]
    assert tables.lymph_node_outcomes[0].local_recurrence is False
    assert len(tables.patients) == 2


def test_columns_that_are_not_ours_are_named(read):
    tables = read(
        "study_id,redcap_repeat_instrument,redcap_repeat_instance,gender,weight,image,recist_1m,form_complete\n"
        "P1,,,Male,70,,,2\nP1,lymph_node,1,,,CT1,PR,2"
    )
    assert tables.notes == (
        "The clinical table: 2 columns left out, none of the clinical tables' names: weight, recist_1m.",
    )
    assert tables.lymph_nodes[0].patient == "P1"


def test_what_stands_in_a_row_of_the_other_kind_is_named(read):
    tables = read(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,gender,age_years,station,image\n"
        "P1,,,Male,,4R,\nP1,lymph_node,1,,61,,CT1"
    )
    assert tables.notes == (
        "The clinical table: station in the base form left out.",
        "The clinical table: age_years in the rows of 'lymph_node' left out.",
    )


def test_an_export_with_labels_in_its_header_is_read_where_they_are_our_names(read):
    tables = read(
        "Record ID,Repeat Instrument,Repeat Instance,Gender,Age (years),Image,RECIST\n"
        "P1,,,Female,61,,\nP1,Lymph Node,1,,,CT1,PR"
    )
    assert (tables.patients[0].gender, tables.patients[0].age_years) == ("female", 61.0)
    assert (tables.lymph_nodes[0].id, tables.lymph_node_outcomes[0].recist) == ("P1-1", "PR")


@pytest.mark.parametrize(
    ("column", "patient", "lymph_node"),
    [("gender", "1", ""), ("t_stage", "2", ""), ("recist", "", "1")],
)
def test_raw_codes_are_refused_with_what_to_export(refused, column, patient, lymph_node):
    sentence, code = refused(
        f"record_id,redcap_repeat_instrument,redcap_repeat_instance,{column},image\n"
        f"P1,,,{patient},\nP1,lymph_node,1,{lymph_node},CT1"
    )
    assert code == "raw-codes"
    assert sentence.startswith(f"e.csv, column {column}: the cells hold REDCap's raw codes (")
    assert "export it with the variables' names in the header and the choices' labels in the cells" in sentence


def test_stages_are_no_codes_where_one_says_so(read):
    rows = "record_id,t_stage,image\nP1,1,CT1\nP2,3,CT2"
    assert [patient.t_stage for patient in read(rows).patients] == ["T1-2", "T3-4"]


def test_an_instrument_is_of_an_export(tmp_path):
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    (tmp_path / "n.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    with pytest.raises(DataRefusedError, match=r"n\.csv is no REDCap export, so it has no instruments"):
        read_clinical_files(tmp_path / "p.csv", tmp_path / "n.csv", instrument="x")
