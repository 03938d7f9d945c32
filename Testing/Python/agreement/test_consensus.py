"""STAPLE against SimpleITK's filter, at each iteration and at its end; majorities by counting; four radiologists."""

import contextlib

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from RLNResponseLib.agreement.consensus import consensus, consensus_sentences, staple
from RLNResponseLib.agreement.surface import in_one_box
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd

READERS = "ABCD"


def of_itk(masks, most_iterations=None):
    staple_filter = sitk.STAPLEImageFilter()
    staple_filter.SetForegroundValue(1)
    if most_iterations is not None:
        staple_filter.SetMaximumIterations(most_iterations)
    found = staple_filter.Execute([sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in masks])
    return sitk.GetArrayFromImage(found), staple_filter.GetSensitivity(), staple_filter.GetSpecificity()


@pytest.fixture(scope="module")
def radiologists(shared_data):
    """LIDC's lesion: the CT and its four contours."""
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder / "dicom")
    return ct, [read_contour(folder / f"mask_reader{number}.nrrd", ct) for number in (1, 2, 3, 4)]


@st.composite
def several_masks(draw):
    """A lesion as two to five readers drew it, each with errors of their own."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = rng.random((3, 6, 7)) < draw(st.floats(0.1, 0.5))
    missed, added = (draw(st.lists(st.floats(0.02, 0.4), min_size=2, max_size=5)) for _ in range(2))
    return np.stack(
        [
            np.where(truth, rng.random(truth.shape) > miss, rng.random(truth.shape) < add)
            for miss, add in zip(missed, added, strict=False)
        ]
    )


@settings(max_examples=30)
@given(several_masks(), st.integers(1, 12))
def test_each_iteration_is_simpleitks(masks, iterations):
    mine = staple(masks, iterations)
    probability, sensitivity, specificity = of_itk(masks, iterations)
    assert mine.probability == pytest.approx(probability, abs=1e-10)
    assert mine.sensitivity == pytest.approx(sensitivity, abs=1e-10)
    assert mine.specificity == pytest.approx(specificity, abs=1e-10)


def test_four_radiologists_as_simpleitk_has_them(radiologists):
    _, contours = radiologists
    _, masks = in_one_box(contours)
    mine = staple(masks)
    probability, sensitivity, specificity = of_itk(masks)  # ends at a step of 1e-7
    assert mine.probability == pytest.approx(probability, abs=1e-6)
    assert mine.sensitivity == pytest.approx(sensitivity, abs=1e-6)
    assert mine.specificity == pytest.approx(specificity, abs=1e-6)
    made = consensus(contours, READERS, "staple", name="LN1")
    assert made.contour.voxel_count == np.count_nonzero(probability > 0.5) == 5428
    by_majority = consensus(contours, READERS, "majority", name="LN1")
    assert by_majority.contour.voxel_count == np.count_nonzero(masks.sum(axis=0) >= 3) == 4812


@settings(max_examples=50)
@given(arrays(bool, (3, 2, 4, 5), elements=st.booleans()).filter(lambda masks: masks.any(axis=(1, 2, 3)).all()))
def test_majorities_by_counting(masks):
    contours = [Contour.from_full_grid(mask, "LN1") for mask in masks]
    votes = masks.sum(axis=0)
    for threshold, least in ((0, 1), (0.5, 2), (0.67, 3)):
        expected = votes >= least
        if expected.any():
            made = consensus(contours, "ABC", "majority", name="LN1", threshold=threshold)
            assert np.array_equal(made.contour.full_grid(votes.shape), expected)
            dice = [2 * (mask & expected).sum() / (mask.sum() + expected.sum()) for mask in masks]
            assert [reader.dice for reader in made.readers] == pytest.approx(dice, abs=1e-15)
        else:
            with pytest.raises(DataRefusedError, match=r"The 3 contours of 'LN1' agree on no voxel above"):
                consensus(contours, "ABC", "majority", name="LN1", threshold=threshold)


def test_where_the_others_agree_on_nothing_there_is_no_dice_with_them_and_the_words_say_why():
    """A holds what B and C drew apart: without A no voxel has two of two, without B they are those of C."""
    rows = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    made = consensus([Contour.from_full_grid(row[None, None], "LN1") for row in rows], "ABC", "majority", name="LN1")
    assert [reader.dice_with_others for reader in made.readers] == [None, 0, 0]
    assert "A Dice 1.000, without its part none (the others agree on no voxel);" in consensus_sentences(made)[1]


def test_contours_at_the_edge_of_the_ct_and_all_alike():
    whole = Contour.from_full_grid(np.ones((2, 3, 4)), "LN1")
    for rule in ("majority", "staple"):
        made = consensus([whole] * 3, "ABC", rule, name="LN1")
        assert (made.contour.voxel_count, made.contour.corner) == (24, (0, 0, 0))
        assert [reader.dice for reader in made.readers] == [1, 1, 1]


def test_the_words_and_the_file_say_what_it_is_made_of(radiologists, tmp_path):
    ct, contours = radiologists
    made = consensus(contours[:2], "AB", "staple", name="LN1", threshold=0.4)
    first, second, third = consensus_sentences(made)
    assert first.startswith(
        "LN1: consensus of 2 contours (A, B) by STAPLE, probability above 0.4 (Warfield 2004, in the"
    )
    assert second.startswith("LN1: A Dice 0.")
    assert "two contours do not identify STAPLE's figures" in third
    write_seg_nrrd(tmp_path / "LN1.seg.nrrd", made.contour, ct, made.provenance)
    back = read_contour(tmp_path / "LN1.seg.nrrd", ct)
    assert np.array_equal(back.voxels, made.contour.voxels)
    (finding,) = back.findings
    assert (finding.code, finding.severity) == ("not-one-readers", "info")
    assert finding.message == f"The contour 'LN1' was not drawn by one reader; its file says: {made.provenance}."


@pytest.mark.parametrize(
    ("number", "threshold", "sentence"),
    [
        (1, 0.5, "A consensus is made of two contours or more"),
        (51, 0.5, "A consensus is made of 50 contours at most, not of 51"),
        (2, 1, "The threshold of a consensus is from 0 to below 1, not 1"),
        (2, float("nan"), "The threshold of a consensus is from 0 to below 1, not nan"),
    ],
)
def test_what_cannot_be_is_refused(number, threshold, sentence):
    contours = [Contour.from_full_grid(np.ones((1, 1, 1)), "LN1")] * number
    with pytest.raises(DataRefusedError, match=sentence):
        consensus(contours, ["A"] * number, "majority", name="LN1", threshold=threshold)


@settings(max_examples=15, deadline=None)
@given(several_masks(), st.sampled_from(["majority", "staple"]))
def test_each_reader_is_also_compared_with_a_consensus_without_a_part_of_the_reader(masks, rule):
    """As the consensus of the others' files alone would be, by SimpleITK for STAPLE; of two it is the pair."""
    contours = [Contour.from_full_grid(mask, "LN1") for mask in masks]
    with contextlib.suppress(DataRefusedError):  # no voxel is agreed on
        made = consensus(contours, "ABCDE"[: len(masks)], rule, name="LN1")
        compare_with_others(made, contours, masks, rule)


def compare_with_others(made, contours, masks, rule):
    box = in_one_box(contours)[1]
    for number, reader in enumerate(made.readers):
        others = np.delete(box, number, axis=0)
        if len(others) == 1:
            inside = others[0]
        elif rule == "majority":
            inside = others.sum(axis=0) > len(others) / 2
        else:
            values = of_itk(others)[0]
            if (np.abs(values - 0.5) < 1e-3).any():
                continue
            inside = values > 0.5
        if not inside.any():
            assert reader.dice_with_others is None
            continue
        measured = sitk.LabelOverlapMeasuresImageFilter()
        measured.Execute(*(sitk.GetImageFromArray(each.astype(np.uint8)) for each in (box[number], inside)))
        assert reader.dice_with_others == pytest.approx(measured.GetDiceCoefficient(), abs=1e-12)
    if len(masks) == 2:
        assert made.readers[0].dice_with_others == made.readers[1].dice_with_others
        assert "which of two is the Dice of the pair" in " ".join(consensus_sentences(made))
