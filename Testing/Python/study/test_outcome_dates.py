"""Outcomes and their dates: what contradicts itself is listed, all of it; a death by its date alone; who is alive."""

from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.clinical_files import read_clinical_files

START = "2020-01-01"


@pytest.fixture
def read(tmp_path):
    """The tables of two files, given their header and rows."""

    def run(patients, lymph_nodes="", *, today=None):
        header, _, rows = patients.partition("\n")
        (tmp_path / "p.csv").write_text(f"patient,{header}\n{rows}\n")
        header, _, rows = lymph_nodes.partition("\n")
        (tmp_path / "n.csv").write_text(f"lymph_node,patient,image{',' * bool(header)}{header}\n{rows}\n")
        return read_clinical_files(tmp_path / "p.csv", tmp_path / "n.csv", today=today)

    return run


@pytest.fixture
def places(read):
    """What a pair of tables is refused for, place by place."""

    def run(*tables):
        with pytest.raises(DataRefusedError) as caught:
            read(*tables)
        assert caught.value.code == "contradictory-outcomes"
        return str(caught.value).removesuffix(".").partition("not known: ")[2].split("; ")

    return run


def test_every_contradiction_of_the_public_threads_is_listed_by_row_and_column(shared_cases):
    folder = shared_cases / "tables" / "event-without-date"
    with pytest.raises(DataRefusedError) as caught:
        read_clinical_files(folder / "patients.csv", folder / "nodes.csv")
    assert str(caught.value) == (
        "The clinical tables contradict themselves in 6 places; correct each, or empty what is not known: "
        "patients.csv, row 7: died is no and death_date is a date; "
        "patients.csv, row 9: died is yes and death_date is empty (last_contact_date is not taken for it); "
        "nodes.csv, row 2: local_recurrence is yes and local_recurrence_date is empty (last_contact_date is not taken "
        "for it); "
        "nodes.csv, row 3: local_recurrence is no and local_recurrence_date is a date; "
        "nodes.csv, row 6: local_recurrence_date is after death_date; "
        "nodes.csv, row 8: local_recurrence_date is after last_contact_date."
    )


@pytest.mark.parametrize(
    ("patient", "lymph_node", "place"),
    [
        (f"{START},2019-12-31,,yes", "no,", "p.csv, row 2: death_date is before radiotherapy_end_date"),
        (f"{START},,2019-12-31,no", ",", "p.csv, row 2: last_contact_date is before radiotherapy_end_date"),
        (f"{START},,2022-01-01,no", "yes,2019-12-31", "n.csv, row 2: local_recurrence_date is before radiotherapy_end"),
        (f"{START},,,yes", ",", "p.csv, row 2: died is yes and death_date is empty"),
        (f"{START},,,no", "yes,", "n.csv, row 2: local_recurrence is yes and local_recurrence_date is empty"),
        (f"{START},,2022-01-01,", "no,2021-01-01", "n.csv, row 2: local_recurrence is no and local_recurrence_date"),
    ],
)
def test_a_flag_and_its_date_or_two_dates_that_cannot_both_be_true(places, patient, lymph_node, place):
    found = places(
        f"radiotherapy_end_date,death_date,last_contact_date,died\nP1,{patient}",
        f"local_recurrence,local_recurrence_date\nLN1,P1,CT1,{lymph_node}",
    )
    assert any(each.startswith(place) for each in found), found


def test_months_that_are_stated_contradict_their_dates_or_the_death(places):
    found = places(
        "radiotherapy_end_date,last_contact_date,died,follow_up_months\n"
        "P1,2020-01-01,2022-01-01,no,330\nP2,,,yes,12\nP3,,,no,12\nP4,2020-01-01,2022-01-01,no,24.4",
        "local_recurrence,local_control_months\nLN1,P1,CT1,no,24\nLN2,P2,CT2,yes,14\nLN3,P3,CT3,no,14\nLN4,P2,CT2,no,12.9",
    )
    assert found == [
        "p.csv, row 2: follow_up_months is not the time from radiotherapy_end_date to last_contact_date",
        "n.csv, row 3: local_control_months is after the death of the patient (follow_up_months)",
        "n.csv, row 4: local_control_months is after the last contact of the patient (follow_up_months)",
    ]


def test_a_hundred_contradictions_are_counted_and_the_first_thirty_named(places):
    rows = "\n".join(f"P{number},2020-01-01,2021-01-01,no" for number in range(100))
    found = places(f"radiotherapy_end_date,death_date,died\n{rows}")
    assert (len(found), found[-1]) == (31, "and 70 more")


def test_a_death_known_only_by_its_date_is_a_death_and_is_said(read):
    for columns, cells in (("death_date,died", "2021-01-01,"), ("death_date", "2021-01-01")):
        tables = read(f"radiotherapy_end_date,{columns}\nP1,{START},{cells}", "local_recurrence\nLN1,P1,CT1,no")
        assert vars(tables.patient_outcomes[0]) == {"patient": "P1", "died": True, "follow_up_months": 12.0}
        assert tables.lymph_node_outcomes[0].local_control_months == 12.0
        assert tables.notes == ("The patients' table, row 2: death_date without died: taken as yes.",)


def test_beside_deaths_known_by_their_dates_who_was_seen_alive_is_alive(read):
    """Else only the dead would be in the curves."""
    tables = read(f"radiotherapy_end_date,death_date,last_contact_date\nP1,{START},2021-01-01,\nP2,{START},,2022-01-01")
    assert [outcome.died for outcome in tables.patient_outcomes] == [True, False]
    assert tables.notes[1] == (
        "The patients' table, row 3: last_contact_date without death_date, and no column died: taken as alive then."
    )
    unknown = read(f"radiotherapy_end_date,death_date,last_contact_date,died\nP2,{START},,2022-01-01,")
    assert unknown.patient_outcomes[0].died is None
    assert unknown.notes == (
        "The patients' table, row 2: follow_up_months without died; left out where death competes.",
    )


def test_recurrences_known_only_by_their_dates(read):
    patients = f"radiotherapy_end_date,last_contact_date\nP1,{START},2023-01-01\nP2,{START},2022-01-01"
    tables = read(patients, "local_recurrence_date\nLN1,P1,CT1,2021-01-01\nLN2,P2,CT2,")
    assert [(one.local_recurrence, one.local_control_months) for one in tables.lymph_node_outcomes] == [
        (True, 12.0),
        (False, 24.0),
    ]
    flagged = read(patients, "local_recurrence,local_recurrence_date\nLN1,P1,CT1,,2021-01-01\nLN2,P2,CT2,,")
    assert [one.local_recurrence for one in flagged.lymph_node_outcomes] == [True, None]


@pytest.mark.parametrize(
    ("death", "contact", "months"),
    [("2021-01-01", "2023-01-01", 12.0), ("2021-01-01", "", 12.0), ("2022-01-01", "2021-01-01", 12.0)],
)
def test_a_lymph_node_is_watched_to_the_death_or_to_the_last_contact_before_it(read, death, contact, months):
    tables = read(
        f"radiotherapy_end_date,death_date,last_contact_date,died\nP1,{START},{death},{contact},yes",
        "local_recurrence\nLN1,P1,CT1,no",
    )
    assert tables.lymph_node_outcomes[0].local_control_months == months
    follow_up = relativedelta(date.fromisoformat(death), date.fromisoformat(START)).years * 12
    assert tables.patient_outcomes[0].follow_up_months == follow_up
    assert any("watching ends with the death" in note for note in tables.notes) == (contact > death)


def test_a_patients_recurrence_date_is_of_the_lymph_node_that_is_flagged(read, places):
    patients = f"radiotherapy_end_date,last_contact_date,local_recurrence_date\nP1,{START},2023-01-01,2021-01-01"
    tables = read(patients, "local_recurrence\nLN1,P1,CT1,yes\nLN2,P1,CT1,no")
    assert [one.local_control_months for one in tables.lymph_node_outcomes] == [12.0, 36.0]
    assert read(patients, "\nLN1,P1,CT1").lymph_node_outcomes[0].local_recurrence is True
    assert len(places(patients, "local_recurrence\nLN1,P1,CT1,yes\nLN2,P1,CT1,")) == 1


def test_days_given_as_months_and_dates_to_come_are_said(read):
    tables = read("follow_up_months,died\nP1,365,no\nP2,540,no")
    assert tables.notes == (
        "The patients' table: The times of follow_up_months are up to 540 with a median of 452.5, long for months; if they are days, "
        "divide them by 30.4375.",
    )
    later = read(f"radiotherapy_end_date,last_contact_date,died\nP1,{START},2026-06-01,no", today=date(2026, 3, 1))
    assert later.notes == ("The patients' table, row 2: last_contact_date is after today; check it.",)


@pytest.mark.parametrize("cell", ["2020-13-01", "01.06.2020", "9999-12-31", "0001-01-01", "soon"])
def test_what_is_no_date_is_refused_by_its_cell(read, cell):
    with pytest.raises(DataRefusedError, match=r"p\.csv, row 2, column death_date: the value is not a date"):
        read(f"radiotherapy_end_date,death_date\nP1,{START},{cell}")


def test_a_time_of_day_is_no_part_of_a_date_and_na_is_an_empty_cell(read):
    tables = read(
        "radiotherapy_end_date,death_date,last_contact_date,died,gender\n"
        "P1,2020-01-01 00:00:00,NA,2022-01-01T14:30,no,NA\nP2,NaN,null,,n/a,f",
        "local_recurrence,station\nLN1,P1,CT1,NA,NA",
    )
    assert [outcome.follow_up_months for outcome in tables.patient_outcomes] == [24.0, None]
    assert [patient.gender for patient in tables.patients] == [None, "female"]
    assert tables.lymph_nodes[0].station is None


def test_tables_without_dates_are_read_as_before_and_nothing_is_said(read):
    tables = read(
        "died,follow_up_months\nP1,yes,12\nP2,,",
        "local_recurrence,local_control_months\nLN1,P1,CT1,no,12\nLN2,P2,CT2,,",
    )
    assert tables.notes == ()
    assert [outcome.died for outcome in tables.patient_outcomes] == [True, None]


def test_two_years_to_the_day_are_twenty_four_months(shared_cases):
    folder = shared_cases / "tables" / "two-year-visit"
    tables = read_clinical_files(folder / "patients.csv", folder / "nodes.csv")
    assert {one.local_control_months for one in tables.lymph_node_outcomes} == {24.0}
    assert {one.follow_up_months for one in tables.patient_outcomes} == {24.0}


DAYS = st.one_of(st.just(""), st.dates(date(2019, 1, 1), date(2024, 1, 1)).map(date.isoformat))
FLAGS = st.sampled_from(["", "yes", "no"])


@given(DAYS, DAYS, DAYS, FLAGS, FLAGS)
def test_any_dates_are_refused_or_give_a_time_that_some_date_gives(tmp_path_factory, death, contact, again, died, flag):
    folder = tmp_path_factory.mktemp("any")
    (folder / "p.csv").write_text(
        f"patient,radiotherapy_end_date,death_date,last_contact_date,died\nP1,{START},{death},{contact},{died}\n"
    )
    (folder / "n.csv").write_text(
        f"lymph_node,patient,image,local_recurrence,local_recurrence_date\nLN1,P1,CT1,{flag},{again}\n"
    )
    try:
        tables = read_clinical_files(folder / "p.csv", folder / "n.csv")
    except DataRefusedError as refusal:
        assert refusal.code == "contradictory-outcomes"  # noqa: PT017 - most draws are refused
        return
    patient, lymph_node = tables.patient_outcomes[0], tables.lymph_node_outcomes[0]
    assert (patient.died is True) == bool(death)
    assert (lymph_node.local_recurrence is True) == bool(again)
    ends = [again] if again else [each for each in (death, contact) if each]
    assert (lymph_node.local_control_months is None) == (not ends)
    if ends:
        found = relativedelta(date.fromisoformat(min(ends)), date.fromisoformat(START))
        assert int(lymph_node.local_control_months) == found.years * 12 + found.months


@pytest.mark.parametrize("dates", ["2020-01-01,2099-12-31", "1900-01-01,2020-01-01"])
def test_a_date_that_stands_for_not_known_is_named_itself_and_not_months_that_nobody_wrote(places, dates):
    found = places(f"radiotherapy_end_date,last_contact_date,died\nP1,{dates},no")
    assert found == ["p.csv, row 2: last_contact_date is more than 50 years after radiotherapy_end_date"]
