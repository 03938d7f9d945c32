"""Connected components against scipy's labelling: the same numbers in the same order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from RLNResponseLib.imaging.connectivity import components

shapes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))


@given(shapes.flatmap(lambda shape: arrays(bool, shape)).filter(np.any))
def test_any_mask(mask):
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    component, sizes = components(mask)
    np.testing.assert_array_equal(component, labels[mask] - 1)
    np.testing.assert_array_equal(sizes, np.bincount(labels.ravel())[1:])


def test_voxels_that_share_a_corner_are_one_and_a_step_apart_are_two():
    corner = np.zeros((2, 2, 2), dtype=bool)
    corner[0, 0, 0] = corner[1, 1, 1] = True
    assert components(corner)[1].tolist() == [2]
    row = np.array([[[True, False, True]]])
    assert components(row)[1].tolist() == [1, 1]
