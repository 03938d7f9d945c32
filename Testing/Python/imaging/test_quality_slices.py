"""Duplicate, missing and uneven slices, found from the positions alone."""

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.imaging.checks.quality import check_slice_positions

steps = st.floats(0.3, 10.0)
starts = st.floats(-2000.0, 2000.0)


def codes(positions):
    return [finding.code for finding in check_slice_positions(positions)]


@given(starts, steps, st.integers(0, 200))
def test_a_regular_series_has_no_finding(start, step, count):
    assert codes([start + step * index for index in range(count)]) == []


@given(starts, steps, st.integers(3, 60), st.data())
def test_a_missing_slice_is_found_and_counted(start, step, count, data):
    gone = data.draw(st.integers(1, count - 2))
    positions = [start + step * index for index in range(count) if index != gone]
    if count == 3:
        # Two slices are left: nothing says that there was a third.
        assert codes(positions) == []
        return
    (finding,) = check_slice_positions(positions)
    assert (finding.code, finding.severity) == ("missing-slices", "error")
    assert finding.numbers["missing_count"] == 1
    assert finding.numbers["slice_before_gap"] == gone - 1
    assert finding.numbers["largest_gap_mm"] == pytest.approx(2 * step, abs=1e-6)


@given(starts, steps, st.integers(1, 60), st.data())
def test_a_position_used_twice_is_found(start, step, count, data):
    twice = data.draw(st.integers(0, count - 1))
    positions = [start + step * index for index in range(count)]
    (finding,) = check_slice_positions([*positions, positions[twice]])
    assert (finding.code, finding.severity) == ("duplicate-slice-positions", "error")
    assert finding.numbers == {"duplicate_count": 1, "first_slice": twice + 1}


@given(st.lists(st.floats(-500, 500), max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(positions, random):
    shuffled = list(positions)
    random.shuffle(shuffled)
    assert check_slice_positions(shuffled) == check_slice_positions(positions)


@given(starts, st.floats(0.5, 10.0), st.integers(2, 100))
def test_positions_rounded_to_two_decimals_are_even(start, step, count):
    assert codes([round(start + step * index, 2) for index in range(count)]) == []


def test_nearly_the_same_position_is_the_same():
    assert codes([0, 2.5, 2.505, 5, 7.5]) == ["duplicate-slice-positions"]
    assert codes([0, 0.3, 0.6, 0.9]) == []


def test_uneven_spacing_is_a_warning_with_its_numbers():
    (finding,) = check_slice_positions([0, 2.5, 5, 7.9, 10.4])
    assert (finding.code, finding.severity) == ("uneven-slice-spacing", "warning")
    assert finding.numbers["smallest_gap_mm"] == pytest.approx(2.5)
    assert finding.numbers["largest_gap_mm"] == pytest.approx(2.9)
    assert "2.5 to 2.9 mm" in finding.message


def test_a_change_of_increment_within_the_series_is_refused():
    (finding,) = check_slice_positions([0, 5, 10, 15, 17.5, 20, 22.5])
    assert finding.code == "missing-slices"
    assert finding.numbers["missing_count"] == 3


def test_duplicates_do_not_hide_a_gap():
    assert codes([0, 1, 1, 2, 5, 6]) == ["duplicate-slice-positions", "missing-slices"]


def test_the_gap_sentence_says_where():
    (finding,) = check_slice_positions([0, 3, 6, 12, 15])
    assert finding.message == (
        "The slices of the CT are 3 mm apart, but 6 mm between slices 2 and 3 of the sorted series: slices are "
        "missing, or the step changes; export the whole series again, at one step."
    )


@pytest.mark.parametrize(
    "folder", ["lidc-4readers/LIDC-IDRI-0001/dicom", "4dlung-ln-rtstruct/dicom_ct", "ibsi1-pat1/dicom/image"]
)
def test_real_series_are_even_and_lack_what_is_taken_out(shared_data, folder):
    files = sorted((shared_data / folder).glob("*.dcm"))
    positions = sorted(
        float(pydicom.dcmread(file, specific_tags=["ImagePositionPatient"]).ImagePositionPatient[2]) for file in files
    )
    assert len(positions) >= 16
    assert codes(positions) == []
    assert codes([*positions[:5], *positions[7:]]) == ["missing-slices"]
    assert codes([*positions, positions[3]]) == ["duplicate-slice-positions"]
