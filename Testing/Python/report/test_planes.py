"""Cuts in three planes: what is drawn lies where the voxels lie, whichever way the image is stored."""

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.agreement.overlap import busiest_voxel
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.report.figures.drawing import Page, drawing_style
from RLNResponseLib.report.figures.planes import (
    PLANES,
    cut,
    draw_coloured,
    draw_cut,
    draw_outline,
    shade,
)

# In which order and direction the axes of a file may run: LPS columns of i, j, k.
DIRECTIONS = {
    "as usual": np.eye(3),
    "feet first": np.diag([1.0, 1.0, -1.0]),
    "turned": np.diag([-1.0, -1.0, 1.0]),
    "sagittal slices": np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]], dtype=float),
    "coronal slices": np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=float),
}


def marked(direction):
    """A CT whose HU say where a voxel lies in the patient: 10 000 · S + 100 · P + L mm; and a contour in it."""
    image = sitk.Image([7, 9, 11], sitk.sitkFloat64)
    image.SetSpacing((1.0, 2.0, 3.0))
    image.SetDirection(direction.ravel().tolist())
    image.SetOrigin((40.0, 30.0, 20.0))
    values = np.empty((11, 9, 7))
    for k, j, i in np.ndindex(values.shape):
        left, posterior, superior = image.TransformIndexToPhysicalPoint((i, j, k))
        values[k, j, i] = 10_000 * superior + 100 * posterior + left
    filled = sitk.GetImageFromArray(values)
    filled.CopyInformation(image)
    mask = np.random.default_rng(1).random(values.shape) < 0.3
    return CTImage(image=filled), Contour.from_full_grid(mask, "random"), mask, values


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("plane", PLANES)
def test_rows_and_columns_run_as_radiologists_look(direction, plane):
    """Axial: left and posterior grow; coronal: left grows, superior falls; sagittal: posterior grows, superior falls."""
    ct, contour, mask, values = marked(direction)
    view = cut(ct, plane, (5, 4, 3))
    down, along = {"axial": (100, 1), "coronal": (-10_000, 1), "sagittal": (-10_000, 100)}[plane]
    rows, columns = np.diff(view.pixels.astype(float), axis=0), np.diff(view.pixels.astype(float), axis=1)
    assert np.allclose(rows, down * view.spacing_mm[0], atol=0.1)
    assert np.allclose(columns, along * view.spacing_mm[1], atol=0.1)
    assert view.index == (5, 4, 3)[view.axes[0]]
    every = np.argwhere(np.ones(view.pixels.shape, dtype=bool)).astype(float)
    k, j, i = view.places(every[:, 0], every[:, 1]).astype(int).T
    assert np.allclose(values[k, j, i], view.pixels.ravel(), atol=0.1)
    assert (mask[k, j, i] == view.mask(contour).ravel()).all()


@pytest.mark.parametrize("plane", PLANES)
def test_the_coloured_boundary_has_an_edge_for_each_face_in_the_plane_and_its_value(plane):
    ct, contour, mask, _ = marked(DIRECTIONS["sagittal slices"])
    view = cut(ct, plane, (5, 4, 3))
    inside = np.pad(view.mask(contour), 1)
    faces = np.count_nonzero(np.diff(inside, axis=0)) + np.count_nonzero(np.diff(inside, axis=1))
    asked = []

    def value_at(places):
        asked.append(places)
        return places.sum(axis=1)

    with drawing_style():
        page = Page.blank(4, 4)
        axes = page.axes(0, 0, 4, 4)
        draw_cut(axes, view, [contour])
        shade(axes, view, contour)
        draw_outline(axes, view, contour, "red")
        drawn = draw_coloured(axes, view, contour, value_at, 10.0, "RdBu")
    (places,) = asked
    assert len(drawn.get_segments()) == len(places) == faces
    assert np.allclose(drawn.get_array(), places.sum(axis=1))
    # Half-way between a voxel inside and one outside, along one axis of the plane.
    halves = places % 1 == 0.5
    assert (halves.sum(axis=1) == 1).all()
    lower, upper = np.floor(places).astype(int), np.ceil(places).astype(int)
    padded = np.pad(mask, 1)
    assert (padded[tuple(lower.T + 1)] != padded[tuple(upper.T + 1)]).all()
    middles = np.array([segment.mean(axis=0) for segment in drawn.get_segments()])
    rows, columns = middles[:, 1] / view.spacing_mm[0] - 0.5, middles[:, 0] / view.spacing_mm[1] - 0.5
    assert np.allclose(view.places(rows, columns), places)


def test_two_contours_are_looked_at_where_both_are_drawn():
    """Five slices, of which one reader drew the first three and the other all, most in the last; apart: the most."""
    every = np.ones((5, 4, 4), dtype=bool)
    every[:4, 0] = False
    one = Contour(name="A", voxels=every[:3, 1:].copy(), corner=(2, 2, 1))
    other = Contour(name="B", voxels=every, corner=(2, 1, 1))
    differing = np.zeros((5, 4, 4), dtype=bool)
    differing[1, 1, 1], differing[3:] = True, every[3:]
    apart = Contour(name="apart", voxels=differing[1:, :, :], corner=(3, 1, 1))
    assert busiest_voxel(apart)[0] == 6
    assert busiest_voxel(apart, (one, other))[0] == 3
    far = Contour(name="far", voxels=np.ones((1, 1, 1), dtype=bool), corner=(40, 40, 40))
    assert busiest_voxel(apart, (one, far)) == busiest_voxel(apart)


def test_a_contour_that_a_plane_misses_draws_nothing():
    ct, _, _, _ = marked(np.eye(3))
    aside = Contour(name="aside", voxels=np.ones((1, 1, 1), dtype=bool), corner=(9, 8, 6))
    view = cut(ct, "axial", (0, 0, 0))
    assert not view.mask(aside).any()
    assert busiest_voxel(aside) == (9, 8, 6)
    with drawing_style():
        axes = Page.blank(2, 2).axes(0, 0, 2, 2)
        draw_outline(axes, view, aside, "red")
        shade(axes, view, aside)
        assert len(draw_coloured(axes, view, aside, lambda places: places[:, 0], 1.0, "RdBu").get_segments()) == 0
