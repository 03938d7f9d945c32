"""Moved contours: that the boundary moves by what is said, and what comes of contours that are hardly larger."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.perturbation import (
    CORRELATION_MM,
    DEFAULT_SD_MM,
    WHOLE_PART,
    boundary_distances_mm,
    neighbourhood,
    perturbed_contours,
    random_fields,
)
from RLNResponseLib.imaging.records import Contour

FINE = (0.5, 0.5, 1.0)
CLINICAL = (0.68, 0.68, 2.5)


def ball(diameter_mm, spacing, room_mm=8.0):
    """A ball in the middle of a grid: contour, the grid's shape, the index of its middle."""
    middle = np.array([int((diameter_mm / 2 + room_mm) / step) + 1 for step in spacing[::-1]])
    grids = np.ogrid[tuple(slice(-m, m + 1) for m in middle)]
    squared = sum((grid * step) ** 2 for grid, step in zip(grids, spacing[::-1], strict=True))
    mask = squared <= (diameter_mm / 2) ** 2
    return Contour.from_full_grid(mask, "ball"), mask.shape, middle


def radial_displacement(contours, shape, middle, spacing, radius_mm):
    """Mean and SD of the boundary's distance from the middle, less the radius, over directions.

    From the faces of voxels alone: each is weighted by the angle that it is seen under from the middle, so that every
    direction counts the same however far out its boundary lies.
    """
    steps = np.array(spacing[::-1])
    moved, angle = [], []
    for contour in contours:
        mask = contour.full_grid(shape).astype(np.int8)
        for axis in range(3):
            face = np.stack(np.nonzero(np.diff(mask, axis=axis)), axis=1) - middle.astype(float)
            face[:, axis] += 0.5
            face *= steps
            distance = np.linalg.norm(face, axis=1)
            moved.append(distance - radius_mm)
            angle.append(np.prod(steps) / steps[axis] * np.abs(face[:, axis]) / distance**3)
    moved, angle = np.concatenate(moved), np.concatenate(angle)
    mean = np.average(moved, weights=angle)
    return mean, np.sqrt(np.average((moved - mean) ** 2, weights=angle))


@pytest.mark.parametrize("sd_mm", [0.5, 1.0])
@pytest.mark.parametrize("diameter_mm", [12, 20])
def test_the_boundary_moves_by_the_stated_sd(diameter_mm, sd_mm):
    """8 % for the sampling error of 120 contours' SD (3 %) and the voxels' steps (up to 4 % at 0.5 mm); 0.2 mm for
    their mean's, whose standard error is below 0.05 mm at 12 mm."""
    contour, shape, middle = ball(diameter_mm, FINE)
    moved = perturbed_contours(contour, FINE, shape, sd_mm=sd_mm, n=120, seed=1)
    mean, sd = radial_displacement(moved, shape, middle, FINE, diameter_mm / 2)
    assert abs(mean) < 0.2
    assert 0.92 * sd_mm < sd < 1.08 * sd_mm


def test_most_of_it_moves_the_contour_as_a_whole():
    """The mean displacement over a ball of radius R has the whole contour's variance, and the local one's times the
    field's mean correlation over the sphere, (c / R)² · (1 − exp(−R² / c²)) with c = CORRELATION_MM (integrated)."""
    contour, shape, middle = ball(20, FINE)
    means = [
        radial_displacement([moved], shape, middle, FINE, 10)[0]
        for moved in perturbed_contours(contour, FINE, shape, sd_mm=1.0, n=120, seed=1)
    ]
    ratio = CORRELATION_MM / 10
    of_local = ratio**2 * (1 - np.exp(-1 / ratio**2))
    # The whole contour's displacements are stratified; the chance of the local ones, and of the two together, is 2.5 %.
    assert np.std(means) == pytest.approx(np.sqrt(WHOLE_PART**2 + (1 - WHOLE_PART**2) * of_local), rel=0.075)


def test_on_a_clinical_grid_the_slices_add_their_own_steps():
    """Faces 2.5 mm apart add to the SD: 5 to 10 % were measured (docs/uncertainty.md)."""
    contour, shape, middle = ball(20, CLINICAL)
    moved = perturbed_contours(contour, CLINICAL, shape, n=60, seed=1)
    mean, sd = radial_displacement(moved, shape, middle, CLINICAL, 10)
    assert abs(mean) < 0.25
    assert 0.95 * DEFAULT_SD_MM < sd < 1.15 * DEFAULT_SD_MM


def test_the_fields_have_unit_variance_and_the_stated_correlation():
    fields = random_fields((4, 5, 40), CLINICAL, 4000, np.random.default_rng(5))
    # 4,000 fields: an SD is known to 1.1 %, a correlation to 0.016; five of these.
    assert np.abs(fields[:, ::3, ::4, ::20].std(axis=0) - 1).max() < 0.055
    for steps, distance_mm in ((6, 6 * 0.68), (12, 12 * 0.68)):
        found = np.corrcoef(fields[:, 2, 2, 10], fields[:, 2, 2, 10 + steps])[0, 1]
        assert abs(found - np.exp(-(distance_mm**2) / (4 * CORRELATION_MM**2))) < 0.08


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 8), st.integers(1, 8))
    .flatmap(lambda s: arrays(bool, s))
    .filter(np.any),
    st.sampled_from([FINE, CLINICAL]),
)
@settings(max_examples=40)
def test_no_displacement_is_the_contour_itself(mask, spacing):
    contour = Contour.from_full_grid(np.pad(mask, 3), "any")
    shape = tuple(size + 6 for size in mask.shape)
    around = neighbourhood(contour, spacing, shape, 4.0)
    inside = np.zeros(shape, dtype=bool)
    inside[tuple(slice(c, c + n) for c, n in zip(around.corner, around.distance_mm.shape, strict=True))] = (
        around.distance_mm < 0
    )
    assert np.array_equal(inside, contour.full_grid(shape) > 0)


def test_the_distance_of_a_ball_is_its_radius():
    """Within a seventh of the 0.68 mm pixel in the plane through the middle."""
    contour, shape, middle = ball(20, CLINICAL)
    around = neighbourhood(contour, CLINICAL, shape, 4.0)
    plane = around.distance_mm[middle[0] - around.corner[0]]
    j, i = np.indices(plane.shape)
    radius = np.hypot((j + around.corner[1] - middle[1]) * 0.68, (i + around.corner[2] - middle[2]) * 0.68)
    near = np.abs(radius - 10) < 2.5
    assert abs(float((plane - (radius - 10))[near].mean())) < 0.1
    assert float((plane - (radius - 10))[near].std()) < 0.15


def test_the_same_seed_gives_the_same_contours_and_another_others():
    contour, shape, _ = ball(14, CLINICAL)

    def masks(seed):
        return [moved.full_grid(shape) for moved in perturbed_contours(contour, CLINICAL, shape, n=5, seed=seed)]

    one, again, other = masks(4), masks(4), masks(5)
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_contour_in_the_corner_stays_in_the_image():
    mask = np.zeros((6, 20, 20), dtype=bool)
    mask[:3, :9, :9] = True
    contour = Contour.from_full_grid(mask, "corner")
    moved = list(perturbed_contours(contour, CLINICAL, mask.shape, n=20, seed=0))
    assert len(moved) == 20
    assert all(np.all(np.array(m.corner) + m.voxels.shape <= mask.shape) for m in moved)
    assert any(m.voxel_count > contour.voxel_count for m in moved)


def test_one_piece_stays_one_and_two_may_be_two():
    from scipy.ndimage import label

    mask = np.zeros((8, 40, 60), dtype=bool)
    mask[2:6, 10:30, 8:26] = True
    one = Contour.from_full_grid(mask, "one")
    mask[2:6, 10:30, 34:52] = True
    two = Contour.from_full_grid(mask, "two")
    assert {label(moved.voxels)[1] for moved in perturbed_contours(one, CLINICAL, mask.shape, sd_mm=2, n=20)} == {1}
    assert 2 in {label(moved.voxels)[1] for moved in perturbed_contours(two, CLINICAL, mask.shape, sd_mm=1, n=5)}


def test_a_single_voxel_loses_some():
    contour = Contour(name="dot", voxels=np.ones((1, 1, 1), dtype=bool), corner=(5, 20, 20))
    assert len(list(perturbed_contours(contour, CLINICAL, (11, 41, 41), n=30, seed=0))) < 30


@pytest.mark.parametrize("by", [-1, 1])
def test_distances_between_two_readers(by):
    """Balls of 16 and 20 mm: the second boundary lies 2 mm outside the first, or inside."""
    small, shape, middle = ball(16, FINE)
    grids = np.ogrid[tuple(slice(-m, m + 1) for m in middle)]
    squared = sum((grid * step) ** 2 for grid, step in zip(grids, FINE[::-1], strict=True))
    large = Contour.from_full_grid(squared <= 100, "large")
    one, other = (small, large) if by > 0 else (large, small)
    distances = boundary_distances_mm(one, other, FINE)
    assert abs(distances.mean() - 2 * by) < 0.1
    assert distances.std() < 0.2
    assert shape == squared.shape


@pytest.mark.parametrize("arguments", [{"sd_mm": 0}, {"sd_mm": float("nan")}, {"sd_mm": 21}, {"n": 0}, {"seed": -1}])
def test_what_cannot_be_moved(arguments):
    contour, shape, _ = ball(8, CLINICAL)
    with pytest.raises(DataRefusedError, match=r"Contours cannot be moved by .* use an SD above 0 and up to 20 mm"):
        list(perturbed_contours(contour, CLINICAL, shape, **arguments))
