"""From a table of readings to inter and intra, and what is refused on the way."""

import numpy as np
import pytest

from RLNResponseLib.agreement.readings import ReadingRow, compare_all_readings, pair_readings
from RLNResponseLib.common.errors import DataRefusedError

COMPLETE = [
    ReadingRow(patient=patient, lymph_node=name, reader=reader, round=number)
    for patient, name in (("p1", "LN1"), ("p1", "LN2"), ("p2", "LN1"))
    for reader, number in (("A", 1), ("A", 2), ("B", 1))
]


def values(readings):
    """One feature that tells the row apart."""
    return np.arange(len(readings), dtype=float)[:, None]


def test_the_two_comparisons():
    inter, intra = pair_readings(COMPLETE, values(COMPLETE))
    assert inter.columns == ("reader A round 1", "reader B round 1")
    assert intra.columns == ("reader A round 1", "reader A round 2")
    assert inter.values[:, :, 0].tolist() == [[0, 2], [3, 5], [6, 8]]
    assert intra.values[:, :, 0].tolist() == [[0, 1], [3, 4], [6, 7]]
    assert inter.lymph_nodes == ("LN1", "LN2", "LN1")
    assert inter.patients.tolist() == intra.patients.tolist() == [0, 0, 1]
    assert inter.left_out == intra.left_out == ()


def test_order_of_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(len(COMPLETE))
    shuffled = [COMPLETE[row] for row in order]
    inter, _ = pair_readings(shuffled, values(COMPLETE)[order])
    assert sorted(inter.values[:, :, 0].tolist()) == [[0, 2], [3, 5], [6, 8]]


def test_incomplete_lymph_nodes_are_left_out_and_named():
    some = [reading for reading in COMPLETE if (reading.lymph_node, reading.reader) != ("LN2", "B")]
    inter, intra = pair_readings(some, values(some))
    assert inter.left_out == ("LN2",)
    assert len(inter.values) == 2
    assert len(intra.values) == 3


@pytest.mark.parametrize(
    ("readings", "sentence"),
    [
        ([one for one in COMPLETE if one.reader == "A"], "Round 1 has 1 reader, and inter-reader agreement needs two"),
        ([one for one in COMPLETE if one.round == 1], "0 readers have a round 2"),
        ([*COMPLETE, ReadingRow(patient="p1", lymph_node="LN1", reader="B", round=2)], "2 readers have a round 2"),
        ([*COMPLETE, COMPLETE[4]], "Rows 5 and 10 are the same reading .lymph node LN2, reader A, round 2.; keep one"),
        (
            [*COMPLETE, ReadingRow(patient="p3", lymph_node="LN1", reader="A", round=3)],
            "Row 10 has round 3; write 1 for the first and 2 for the repeat",
        ),
        (
            [
                ReadingRow(patient="p1", lymph_node="LN1", reader="A", round=1),
                ReadingRow(patient="p1", lymph_node="LN2", reader="B", round=1),
                ReadingRow(patient="p1", lymph_node="LN1", reader="A", round=2),
            ],
            "No lymph node has all of reader A round 1, reader B round 1",
        ),
    ],
)
def test_what_is_refused(readings, sentence):
    with pytest.raises(DataRefusedError, match=sentence):
        pair_readings(readings, values(readings))


def rows(*series):
    return [
        ReadingRow(patient=f"p{number}", lymph_node="LN1", reader=reader, round=turn)
        for number in range(4)
        for reader, turn in series
    ]


def test_every_reader_who_repeats_is_compared_with_themselves():
    readings = rows(("A", 1), ("A", 2), ("B", 1), ("B", 2), ("C", 1))
    inter, intras = compare_all_readings(readings, values(readings))
    assert inter.columns == ("reader A round 1", "reader B round 1", "reader C round 1")
    assert [intra.columns for intra in intras] == [
        ("reader A round 1", "reader A round 2"),
        ("reader B round 1", "reader B round 2"),
    ]
    assert intras[1].values[:, :, 0].tolist() == [[2, 3], [7, 8], [12, 13], [17, 18]]


def test_a_third_round_is_compared_where_that_compares_more_readings():
    all_thrice = rows(("A", 1), ("A", 2), ("A", 3), ("B", 1))
    assert compare_all_readings(all_thrice, values(all_thrice))[1][0].values.shape == (4, 3, 1)
    one_thrice = [one for one in all_thrice if one.round < 3 or one.patient == "p0"]
    assert compare_all_readings(one_thrice, values(one_thrice))[1][0].values.shape == (4, 2, 1)


def test_a_round_below_one_and_nobody_who_repeats_are_refused():
    readings = rows(("A", 1), ("A", 0), ("B", 1))
    with pytest.raises(DataRefusedError, match="Row 2 has round 0; write 1 for the first, 2 and so on for repeats"):
        compare_all_readings(readings, values(readings))
    once = rows(("A", 1), ("B", 1))
    with pytest.raises(DataRefusedError, match="0 readers have a round 2"):
        compare_all_readings(once, values(once))
