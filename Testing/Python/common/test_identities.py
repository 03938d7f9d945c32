"""Identifiers are identifiers: what is one for certain is matched, what cannot be told is refused."""

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers, identity, matched, spellings
from RLNResponseLib.common.tables import Table


def column(*cells):
    return Table("t.csv", ("patient",), tuple({"patient": cell} for cell in cells), row_numbers=(4, 7, 9)[: len(cells)])


def test_what_a_program_added_is_taken_off():
    assert identifiers(column("P1\u200b", "P1\xa0", "123.0"), "patient") == ("P1", "P1", "123")


@pytest.mark.parametrize("pair", [("P00", "p00"), ("00123", "123"), ("007.0", "7"), ("P–1", "P-1")])
def test_two_spellings_in_one_table_are_refused_with_their_rows(pair):
    with pytest.raises(DataRefusedError, match=r"t\.csv, rows 4 and 7, column patient") as refused:
        identifiers(column(*pair), "patient")
    assert refused.value.code == "look-alike-identifiers"


@pytest.mark.parametrize("text", ["2.02101E+14", "2,02101E+14", "2E+14", "2.02101e+14"])
def test_a_number_that_a_spreadsheet_shortened_is_refused(text):
    with pytest.raises(DataRefusedError, match=r"t\.csv, row 4, column patient: .* digits are lost"):
        identifiers(column(text), "patient")


def test_lymph_nodes_are_told_apart_within_their_patient():
    table = Table("t.csv", ("n",), ({"n": "LN1"}, {"n": "ln1"}))
    assert identifiers(table, "n", ["P1", "P2"]) == ("LN1", "ln1")
    with pytest.raises(DataRefusedError):
        identifiers(table, "n", ["P1", "P1"])


def test_every_spelling_is_one_identity_and_is_found_from_each_other():
    for one in ("00123", "123", "123.0", "0123"):
        assert {identity(each) for each in spellings(one)} == {"123"}
        assert {"00123", "123", "123.0"} <= set(spellings(one))
    assert matched(["P1", "00007"], ["p1", "7.0", "8"]) == {"P1": "p1", "00007": "7.0"}
    assert matched(["P1"], ["P01"]) == {}
