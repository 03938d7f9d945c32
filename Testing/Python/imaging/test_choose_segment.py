"""Which segment a call means: a number, a name or a pattern; never one of several by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.segments import SegmentEntry, by_number, choose_segment

FILE = "rs.dcm"


def rois(*names):
    return tuple(SegmentEntry(name=name, id=str(number), label=number) for number, name in enumerate(names, start=1))


def chosen(segments, wanted):
    return choose_segment(segments, wanted, FILE).label


def refused(segments, wanted):
    with pytest.raises(DataRefusedError) as caught:
        choose_segment(segments, wanted, FILE)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("LN1", 1),
        ("3", 3),
        ("ln1", 1),
        ("heart", 3),
        (" Heart  ", 3),
        ("H*", 3),
        ("h*", 3),
        ("LN?", 1),
        ("*4R", 2),
        ("[!L]*", 3),
        ("name:Heart", 3),
        ("number:2", 2),
    ],
)
def test_a_number_a_name_or_a_pattern(wanted, number):
    assert chosen(rois("LN1", "LN 4R", "Heart"), wanted) == number


def test_a_pattern_that_fits_several_is_refused_and_lists_them():
    code, sentence = refused(rois("LN1", "LN2", "Heart"), "LN*")
    assert code == "several-segments"
    assert "holds 2 segments that fit 'LN*'" in sentence
    assert sentence.endswith("1 (LN1), 2 (LN2).")


def test_a_pattern_that_fits_none_is_refused_and_lists_all():
    code, sentence = refused(rois("LN1", "Heart"), "X*")
    assert code == "no-such-segment"
    assert "Segment 'X*' does not exist in rs.dcm; the file has LN1, Heart." in sentence


def test_a_name_that_looks_like_a_pattern_wins_over_the_pattern():
    assert chosen(rois("LN*", "LN1", "LN2"), "LN*") == 1
    assert chosen(rois("ln*", "LN1", "LN2"), "LN*") == 1
    assert chosen(rois("LN[1]", "LN1"), "LN[1]") == 1


def test_a_name_that_is_another_segments_number_is_refused():
    segments = rois("LN", "1", "Heart")
    code, sentence = refused(segments, "1")
    assert code == "ambiguous-segment"
    assert "--segment name:1 or --segment number:1: 2 (1), 1 (LN)." in sentence
    assert (chosen(segments, "name:1"), chosen(segments, "number:1"), chosen(segments, by_number(1))) == (2, 1, 1)


def test_a_name_that_is_its_own_number_is_no_ambiguity():
    assert chosen(rois("1", "2"), "2") == 2


def test_two_segments_of_one_name_are_told_apart_by_their_numbers():
    code, sentence = refused(rois("LN", "LN"), "LN")
    assert (code, sentence.endswith("name one by its number with --segment: 1 (LN), 2 (LN).")) == (
        "several-segments",
        True,
    )
    assert chosen(rois("LN", "LN"), "2") == 2


def test_two_segments_of_one_number_are_not_offered_by_it():
    """As an RTSTRUCT with two ROIs numbered 19."""
    segments = tuple(SegmentEntry(name=name, id="19", label=19) for name in ("LN_A", "LN_B"))
    code, sentence = refused(segments, "19")
    assert code == "several-segments"
    assert "not every one has a number of its own" in sentence
    assert choose_segment(segments, "LN_B", FILE) is segments[1]


def test_layers_of_a_slicer_segmentation_share_a_label_and_not_an_id():
    segments = tuple(
        SegmentEntry(name=name, id=f"Segment_{layer + 1}", label=1, layer=layer) for layer, name in enumerate("AB")
    )
    assert refused(segments, "1")[1].endswith("Segment_1 (A), Segment_2 (B).")
    assert choose_segment(segments, "Segment_2", FILE) is segments[1]


def test_a_name_composed_otherwise_is_the_same_name():
    assert chosen(rois("Lymphknoten parao\u0308sophageal", "Heart"), "lymphknoten para\u00f6sophageal") == 1


def test_control_signs_of_names_never_reach_a_sentence():
    evil = rois("LN\x1b[31m\x07", "B\r\nC\u202e")
    for wanted in (None, "X\x1b[2J", "*"):
        sentence = refused(evil, wanted)[1]
        assert all(sign.isprintable() for sign in sentence)
    assert chosen(evil, "LN [31m ") == chosen(evil, "LN\x1b[31m\x07") == 1
    assert all(entry.name.isprintable() for entry in evil)


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6), st.data())
def test_a_full_name_gives_its_own_segment_or_a_refusal_that_names_why(names, data):
    segments = rois(*names)
    meant = data.draw(st.sampled_from(segments))
    others = [entry for entry in segments if entry is not meant]
    if any(entry.name == meant.name for entry in others):
        assert refused(segments, meant.name)[0] in ("several-segments", "ambiguous-segment")
    elif any(meant.name in (entry.id, str(entry.label)) for entry in others):
        assert refused(segments, meant.name)[0] == "ambiguous-segment"
    else:
        assert choose_segment(segments, meant.name, FILE) == meant
    assert choose_segment(segments, f"number:{meant.label}", FILE) == meant or f"number:{meant.label}" in names
