"""Surface Dice against the reference implementation, added path length against SimpleITK, on the same 200 pairs."""

import sys
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.agreement.overlap import overlap
from RLNResponseLib.agreement.surface import added_path_length, on_one_grid, surface_dice_at
from RLNResponseLib.imaging.records import Contour

ORACLE = Path(__file__).resolve().parents[2] / "oracle"


@pytest.fixture(scope="module")
def pairs():
    sys.path.insert(0, str(ORACLE))
    try:
        from mask_pairs import mask_pairs
    finally:
        sys.path.remove(str(ORACLE))
    return list(mask_pairs())


def test_surface_dice_by_area_equals_the_reference_on_200_pairs(oracle, pairs):
    expected = oracle("surface_distance")["surface_dice"]
    assert len(expected) == len(pairs) == 200
    for (first, second, spacing), theirs in zip(pairs, expected, strict=True):
        assert surface_dice_at(first, second, spacing, (1, 2, 3)) == pytest.approx(theirs, abs=1e-12)
    # Most pairs tell the tolerances apart, and hardly one is whole.
    assert np.mean(np.array(expected) < 1) > 0.4


def test_added_path_length_equals_simpleitk_slice_by_slice(pairs):
    sitk = pytest.importorskip("SimpleITK")

    def outline(mask):
        return sitk.GetArrayFromImage(sitk.LabelContour(sitk.GetImageFromArray(mask.astype(np.uint8)))).astype(bool)

    for first, second, spacing in pairs:
        pixels = sum(int((outline(second[k]) & ~outline(first[k])).sum()) for k in range(len(first)))
        assert added_path_length(first, second, spacing) == pytest.approx(pixels * (spacing[1] + spacing[2]) / 2)


def test_where_a_contour_lies_in_the_ct_and_how_it_is_cut_out_do_not_matter(pairs):
    for first, second, spacing in pairs[:20]:
        shifted = [np.pad(mask, [(3, 1), (0, 2), (5, 0)]) for mask in (first, second)]
        one, other = (Contour.from_full_grid(mask, "LN1") for mask in shifted)
        found = overlap(one, other, spacing)
        expected = surface_dice_at(first, second, spacing, (1, 2, 3))
        assert [found.surface_dice_1mm, found.surface_dice_2mm, found.surface_dice_3mm] == pytest.approx(expected)
        assert found.added_path_length_mm == pytest.approx(added_path_length(first, second, spacing))


def test_the_same_contour_has_surface_dice_1_and_nothing_added(pairs):
    first, _, spacing = pairs[1]
    one = Contour.from_full_grid(first, "LN1")
    assert surface_dice_at(*on_one_grid(one, one), spacing, [0.0]) == [1.0]
    assert added_path_length(*on_one_grid(one, one), spacing) == 0


def test_contours_far_apart_share_no_surface():
    masks = np.zeros((2, 5, 5, 40), dtype=bool)
    masks[0, 2, 2, 2] = masks[1, 2, 2, 37] = True
    assert surface_dice_at(masks[0], masks[1], (1.0, 1.0, 1.0), [3.0]) == [0.0]
    assert added_path_length(masks[0], masks[1], (1.0, 0.5, 0.5)) == 0.5
