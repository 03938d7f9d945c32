"""Of a header only known words and numbers come through, whatever stands around them."""

import re
from dataclasses import fields

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.records import Acquisition
from RLNResponseLib.study import deidentify

TEXTS = ("modality", "kernel", "contrast_agent", "contrast_route", "manufacturer", "model_name")


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("kernel", "B30f", "B30f"),
        ("kernel", "STANDARD", "STANDARD"),
        ("kernel", "Kowalski", "other"),
        ("kernel", "B30f Kowalski 1958", "B f"),
        ("model_name", "SOMATOM Definition AS+", "SOMATOM Definition AS+"),
        ("model_name", "Sensation 64", "Sensation 64"),
        ("model_name", "Sensation 19580112", "Sensation"),
        ("manufacturer", "GE MEDICAL SYSTEMS", "GE MEDICAL SYSTEMS"),
        ("manufacturer", "SIEMENS " + "x" * 60, "other"),
        ("contrast_agent", "Omnipaque 350 ml", "Omnipaque 350 ml"),
        ("modality", "MR", "other"),
        ("modality", "", "other"),
    ],
)
def test_a_text_keeps_its_known_words(field, text, kept):
    assert getattr(deidentify.kept_acquisition(Acquisition(**{field: text})), field) == kept


@given(st.sampled_from(TEXTS), st.text(max_size=80))
def test_no_word_that_is_not_on_the_list_comes_through(field, text):
    kept = getattr(deidentify.kept_acquisition(Acquisition(**{field: text})), field)
    known = set(deidentify._WORDS[field].split())
    assert kept == "other" or {word.lower() for word in re.findall("[A-Za-z]+", kept)} <= known
    assert all(len(number) <= 4 for number in re.findall("[0-9]+", kept))


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
