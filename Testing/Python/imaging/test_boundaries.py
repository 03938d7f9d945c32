"""Voxels to outlines and back, against matplotlib's point-in-polygon: joined or taken in turns, the same voxels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.path import Path

from RLNResponseLib.imaging.boundaries import voxel_outlines
from RLNResponseLib.imaging.outlines import fill_outlines, goes_round_twice

SLICES = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9), elements=st.booleans())


def inside(outline, shape):
    j, i = np.indices(shape)
    points = np.column_stack([i.ravel(), j.ravel()]).astype(float)
    return Path(np.vstack([outline, outline[:1]]), closed=True).contains_points(points).reshape(shape)


@settings(max_examples=200)
@given(SLICES)
def test_any_slice_comes_back_voxel_by_voxel(voxels):
    outlines = voxel_outlines(voxels)
    filled = fill_outlines(outlines, voxels.shape, "a slice")
    assert np.array_equal(filled.voxels, voxels)
    assert (filled.overlapping, filled.nested) == (False, False)
    assert not any(map(goes_round_twice, outlines))
    each = [inside(outline, voxels.shape) for outline in outlines] or [np.zeros(voxels.shape, bool)]
    assert np.array_equal(np.logical_or.reduce(each), voxels)
    assert np.array_equal(np.logical_xor.reduce(each), voxels)


@settings(max_examples=50)
@given(SLICES)
def test_outlines_run_on_the_edges_of_voxels_and_hold_no_corner_too_many(voxels):
    for outline in voxel_outlines(voxels):
        steps = np.roll(outline, -1, axis=0) - outline
        assert (outline % 1 == 0.5).all()
        assert ((steps == 0).sum(axis=1) == 1).all()
        turns = np.sign(steps)
        assert (turns != np.roll(turns, 1, axis=0)).any(axis=1).all()


def test_a_hole_with_an_island_is_a_keyhole_and_an_outline():
    voxels = np.ones((9, 9), dtype=bool)
    voxels[2:7, 2:7] = False
    voxels[4, 4] = True
    outer, island = voxel_outlines(voxels)
    assert len(outer) == 10  # four corners each, and the two ends of the channel
    assert island.tolist() == [[3.5, 3.5], [4.5, 3.5], [4.5, 4.5], [3.5, 4.5]]


@pytest.mark.parametrize("shape", [(0, 0), (3, 4)])
def test_an_empty_slice_has_no_outline(shape):
    assert voxel_outlines(np.zeros(shape, dtype=bool)) == []
