"""Connected components against SimpleITK's own."""

import numpy as np
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.records import Contour

SHAPES = array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6)


@given(arrays(bool, SHAPES, elements=st.booleans()).filter(np.any))
def test_sizes_are_those_of_simpleitk(mask):
    parts = connected_components(Contour.from_full_grid(mask, "LN"))
    labelled = sitk.RelabelComponent(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), True))
    sizes = np.bincount(sitk.GetArrayFromImage(labelled).ravel())[1:]
    assert [part.voxel_count for part in parts] == sizes.tolist()


@given(arrays(bool, SHAPES, elements=st.booleans()).filter(np.any))
def test_parts_make_the_whole_and_fill_their_boxes(mask):
    parts = connected_components(Contour.from_full_grid(mask, "LN"))
    total = sum(part.full_grid(mask.shape).astype(int) for part in parts)
    assert np.array_equal(total, mask.astype(int))
    for part in parts:
        again = Contour.from_full_grid(part.full_grid(mask.shape), part.name)
        assert again.corner == part.corner
        assert np.array_equal(again.voxels, part.voxels)


def test_names_order_and_findings():
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[0, 0, 0] = True
    mask[3, 2:5, 2] = True
    finding = Finding(code="resampled-contour", severity="warning", message="Said while reading.")
    parts = connected_components(Contour.from_full_grid(mask, "LN_c40", findings=(finding,)))
    assert [(part.name, part.voxel_count) for part in parts] == [("LN_c40 (1 of 2)", 3), ("LN_c40 (2 of 2)", 1)]
    assert all(part.findings == (finding,) for part in parts)


def test_voxels_that_share_a_corner_are_one():
    mask = np.zeros((2, 2, 2), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True
    contour = Contour.from_full_grid(mask, "LN")
    assert connected_components(contour) == (contour,)
