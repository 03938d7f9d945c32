"""Of a header nothing enters the study but facts in known words and plausible numbers."""

from dataclasses import fields

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.records import Acquisition
from RLNResponseLib.study import deidentify

TEXTS = ("modality", "kernel", "contrast_agent", "contrast_route", "manufacturer", "model_name")


@pytest.mark.parametrize("field", TEXTS)
def test_every_text_of_the_record_is_written_anew(field):
    assert getattr(deidentify.kept_acquisition(Acquisition(**{field: "Kowalski 1958"})), field) == "other"


def test_digits_that_no_scanner_means_are_not_kept():
    kept = deidentify.kept_acquisition(Acquisition(kilovoltage_kv=120.19570417, slice_thickness_mm=3.26999999999998))
    assert (kept.kilovoltage_kv, kept.slice_thickness_mm) == (120.196, 3.27)


def test_numbers_and_what_was_not_stated_stay():
    numbers = Acquisition(kilovoltage_kv=120.0, slice_thickness_mm=2.5, scan_delay_s=60.0)
    assert deidentify.kept_acquisition(numbers) == numbers
    assert {f.name for f in fields(Acquisition) if "str" in str(f.type)} == set(TEXTS)


def test_a_bare_image_has_its_voxels_and_geometry_and_no_word_of_the_header():
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-10, 20, 30.5))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    image.SetMetaData("0010|0010", "Kowalski^Jan")
    bare = deidentify.bare_image(image)
    assert bare.GetMetaDataKeys() == ()
    assert (sitk.GetArrayFromImage(bare) == np.arange(24).reshape(2, 3, 4)).all()
    assert (bare.GetSpacing(), bare.GetOrigin()) == ((0.7, 0.8, 2.5), (-10.0, 20.0, 30.5))
    assert bare.GetDirection() == (0, 1, 0, -1, 0, 0, 0, 0, 1)
    assert bare.GetPixelIDTypeAsString() == image.GetPixelIDTypeAsString()


def test_a_finding_says_the_pseudonym_wherever_it_said_the_name():
    finding = Finding(
        code="gap",
        severity="warning",
        message="Kowalski has a gap; look at Kowalski.",
        numbers={"file": "Kowalski.nrrd", "gaps": 2},
    )
    (said,) = deidentify.without_name([finding], "Kowalski", "CT1")
    assert said.message == "CT1 has a gap; look at CT1."
    assert dict(said.numbers) == {"file": "CT1.nrrd", "gaps": 2}


def test_a_folder_without_a_name_rewords_nothing():
    finding = Finding(code="gap", severity="warning", message="There is a gap.")
    assert deidentify.without_name([finding], "", "CT1") == (finding,)


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        (
            "1",
            "The contour '1' of 1.5 mm became 1 mm³ in 21 slices.",
            "The contour 'LN1' of 1.5 mm became 1 mm³ in 21 slices.",
        ),
        ("C", "The CT of 'C' has gaps.", "The CT of 'LN1' has gaps."),
        ("王小明", "The contour '王小明' and 王小明2 differ.", "The contour 'LN1' and LN12 differ."),
        ("Kowalski\nJan", "The contour 'Kowalski Jan' is small.", "The contour 'LN1' is small."),
        ("Lee", "The sleeves of Lee are off.", "The sleeves of LN1 are off."),
        ("48151623", "In 48151623.nrrd is a gap.", "In LN1.nrrd is a gap."),
        ("a.b*", "The contour 'a.b*' is small.", "The contour 'LN1' is small."),
        (r"\1", r"The contour '\1' is small.", "The contour 'LN1' is small."),
    ],
)
def test_a_short_name_takes_no_number_and_no_word_with_it(name, said, kept):
    (finding,) = deidentify.without_name([Finding(code="x", severity="info", message=said)], name, "LN1")
    assert finding.message == kept
