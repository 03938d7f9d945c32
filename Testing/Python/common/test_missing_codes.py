"""Codes that mean "not known": declared ones are empty and counted, others that look like one are said."""

import pytest

from RLNResponseLib.common.cells import one_level
from RLNResponseLib.common.missing_codes import suspicious_codes, with_declared
from RLNResponseLib.common.tables import Table


def column(*cells, name="cea"):
    return Table("t.csv", (name,), tuple({name: cell} for cell in cells))


def test_declared_codes_are_empty_and_counted_whatever_their_spelling():
    found = with_declared(column("-99", "-99.0", "-99,0", "unk", "UNK", "3"), ["-99", "Unk"])
    assert [row["cea"] for row in found.rows] == ["", "", "-99,0", "", "", "3"]
    assert found.declared == {"cea": {"-99": 2, "Unk": 2}}


def test_a_patient_may_be_called_as_a_code():
    assert with_declared(column("999", name="patient"), ["999"]).rows[0]["patient"] == "999"


@pytest.mark.parametrize(
    "cells",
    [
        ("3", "4", "-99"),
        ("3", "4.5", "999"),
        ("0", "1", "-9"),
        ("0.3", "-1.2", "-99"),
        ("3", "UNK", "4"),
        ("I", "II", "unknown"),
        ("3", "?", "4"),
        (".", "3"),
    ],
)
def test_what_looks_like_a_code_is_said_once(cells):
    (finding,) = suspicious_codes(column(*cells))
    assert finding.code == "undeclared-missing"
    assert finding.at_terminal.endswith("is taken as a value, or declare it with --missing.")


@pytest.mark.parametrize(
    "cells", [("-99", "-120", "30"), ("61", "99", "70"), ("999", "812"), ("none", "cisplatin"), ("-99.5", "3"), ("99",)]
)
def test_what_may_well_be_measured_is_not(cells):
    assert suspicious_codes(column(*cells)) == ()


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        (("yes", "Yes", "YES", "no"), {"yes", "no"}),
        (("Y", "yes", "n"), {"yes", "no"}),
        (("M", "male", "F"), {"male", "female"}),
        (("M", "F"), {"M", "F"}),
        (("M", "male", "N"), {"M", "male", "N"}),
        (("1", "1.0", "2"), {"1", "2"}),
        (("CR", "cr", "cr", "PR"), {"cr", "PR"}),
        (("T1", "T 1"), {"T1", "T 1"}),
        (("NA", "x", ""), {"x"}),
    ],
)
def test_one_level_has_one_name(cells, levels):
    assert set(one_level(cells).values()) == levels
