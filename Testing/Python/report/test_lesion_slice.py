"""The slice that is shown, and which way round: against SimpleITK's own reorientation and the physical points of
voxels."""

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.report.figures.lesion import largest_slice

# The 48 ways of storing a volume, by the body side that each axis (i, j, k) points to.
ORIENTATIONS = [
    "".join(letters) for axes in permutations((("L", "R"), ("P", "A"), ("S", "I"))) for letters in product(*axes)
]


@pytest.fixture(scope="module")
def body():
    """A CT stored as LPS with its mask: every voxel differs, spacing differs by axis, slice 3 has the largest area."""
    values = np.arange(5 * 6 * 7, dtype=np.float32).reshape(5, 6, 7)
    mask = np.zeros(values.shape, dtype=np.uint8)
    mask[2, 1:3, 1:3] = mask[3, 1:4, 1:5] = mask[4, 1, 1] = 1
    images = []
    for array in (values, mask):
        image = SimpleITK.GetImageFromArray(array)
        image.SetSpacing((0.7, 0.9, 3.0))
        image.SetOrigin((-20.0, -30.0, 40.0))
        images.append(image)
    return images


def stored_as(body, orientation):
    image, mask = (SimpleITK.DICOMOrient(volume, orientation) for volume in body)
    return CTImage(image=image), Contour.from_full_grid(SimpleITK.GetArrayFromImage(mask), "lymph node")


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_however_the_volume_is_stored_the_picture_is_the_same(body, orientation):
    view = largest_slice(*stored_as(body, orientation))

    values, mask = (SimpleITK.GetArrayFromImage(volume) for volume in body)
    np.testing.assert_array_equal(view.pixels, values[3])
    np.testing.assert_array_equal(view.inside, mask[3].astype(bool))
    assert view.spacing_mm == pytest.approx((0.9, 0.7))
    assert view.area_mm2 == pytest.approx(12 * 0.9 * 0.7)
    across = "ijk"[next(axis for axis, letter in enumerate(orientation) if letter in "SI")]
    assert view.axis == across
    assert view.index == (3 if "S" in orientation else 1)


@pytest.mark.parametrize("orientation", ["LPS", "RAI", "LAS", "PSL"])
def test_the_patients_right_is_on_the_left_and_the_front_at_the_top(body, orientation):
    ct, contour = stored_as(body, orientation)
    view = largest_slice(ct, contour)

    values = SimpleITK.GetArrayFromImage(ct.image)

    def point(value):
        index = np.argwhere(values == value)[0][::-1]
        return ct.image.TransformIndexToPhysicalPoint([int(n) for n in index])  # LPS: left, posterior, superior

    left_pixel, right_pixel, bottom_pixel = view.pixels[0, 0], view.pixels[0, -1], view.pixels[-1, 0]
    assert point(left_pixel)[0] < point(right_pixel)[0]  # towards the patient's left
    assert point(left_pixel)[1] < point(bottom_pixel)[1]  # towards the back


def test_a_tilted_volume_is_shown_in_its_nearest_plane(body):
    ct, contour = stored_as(body, "RAS")
    angle = np.deg2rad(20)
    tilt = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    direction = tilt @ np.array(ct.image.GetDirection()).reshape(3, 3)
    ct.image.SetDirection(direction.ravel().tolist())

    np.testing.assert_array_equal(largest_slice(ct, contour).pixels, SimpleITK.GetArrayFromImage(body[0])[3])


@settings(max_examples=60, deadline=None)
@given(mask=hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, max_side=7)).filter(np.any))
def test_no_slice_has_a_larger_area_than_the_one_shown(mask):
    view = largest_slice(
        CTImage(image=SimpleITK.GetImageFromArray(mask.astype(np.int16))), Contour.from_full_grid(mask, "x")
    )

    counts = [np.count_nonzero(plane) for plane in mask]
    assert counts[view.index] == max(counts) == np.count_nonzero(view.inside)
    assert view.index == counts.index(max(counts))  # the first of equals
    np.testing.assert_array_equal(view.inside, mask[view.index])


@settings(max_examples=60, deadline=None)
@given(
    start=st.tuples(st.integers(0, 90), st.integers(0, 90)),
    length=st.tuples(st.integers(1, 10), st.integers(1, 10)),
    spacing=st.tuples(st.floats(0.4, 2), st.floats(0.4, 2)),
)
def test_the_enlarged_square_holds_the_contour_and_stays_inside_a_slice_that_is_large_enough(start, length, spacing):
    mask = np.zeros((1, 100, 100), dtype=bool)
    mask[0, start[0] : start[0] + length[0], start[1] : start[1] + length[1]] = True
    image = SimpleITK.GetImageFromArray(mask.astype(np.int16))
    image.SetSpacing((spacing[1], spacing[0], 1.0))

    view = largest_slice(CTImage(image=image), Contour.from_full_grid(mask, "x"))
    left, top, side = view.zoom_mm()

    for first, count, step, low, size in zip(start, length, spacing, (top, left), view.size_mm, strict=True):
        assert low <= first * step + 1e-9
        assert (first + count) * step <= low + side + 1e-9
        if side <= size:
            assert low >= 0
            assert low + side <= size + 1e-9
