"""The axes of a contour against ellipses of known axes, pyradiomics' slice diameter, and LIDC's diameters of one lesion."""

import csv
import math

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.imaging.in_plane_axes import _across, _hull, in_plane_axes
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage

DIAMETER = "original_shape_Maximum2DDiameterSlice"


def on_grid(mask, spacing=(1.0, 1.0, 1.0), direction=None):
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(spacing)
    if direction is not None:
        image.SetDirection(direction)
    return Contour.from_full_grid(mask.astype(np.uint8), "LN"), CTImage(image=image)


def ellipsoid(radii, turned, spacing, shift=(0.0, 0.0)):
    """Voxels whose centres lie in an ellipsoid, turned in the plane; radii along its axes, mm."""
    k, j, i = np.ogrid[7:14, :90, :90]
    x, y, z = (i - 45 - shift[0]) * spacing[0], (j - 45 - shift[1]) * spacing[1], (k - 10) * spacing[2]
    u, v = x * math.cos(turned) + y * math.sin(turned), y * math.cos(turned) - x * math.sin(turned)
    return (u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (z / radii[2]) ** 2 <= 1


@settings(max_examples=25)
@given(
    long=st.floats(6, 20),
    share=st.floats(0.35, 0.95),
    turned=st.floats(0, math.pi),
    pixel=st.floats(0.5, 0.9),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_an_ellipsoid_has_its_axes_to_a_voxel_or_so_on_its_middle_slice(long, share, turned, pixel, shift):
    contour, ct = on_grid(ellipsoid((long, share * long, 2.5), turned, (pixel, pixel, 1.0), shift), (pixel, pixel, 1.0))
    axes = in_plane_axes(contour, ct)
    assert axes.slice_index == 3
    # Half a voxel at either end; the short axis also has the direction of the long one, which the voxels tilt.
    assert axes.long_mm == pytest.approx(2 * long, abs=pixel)
    assert axes.short_mm == pytest.approx(2 * share * long, abs=1.25 * pixel)


def test_voxels_that_are_longer_than_wide_are_measured_in_mm():
    contour, ct = on_grid(ellipsoid((15.0, 7.0, 8.0), 0.0, (0.4, 1.2, 1.0)), (0.4, 1.2, 1.0))
    axes = in_plane_axes(contour, ct)
    assert (axes.long_mm, axes.short_mm) == (pytest.approx(30, abs=0.8), pytest.approx(14, abs=1.2))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_the_long_axis_is_pyradiomics_slice_diameter_where_no_slice_is_in_parts(seed):
    rng = np.random.default_rng(seed)
    k, j, i = np.ogrid[:5, :24, :24]
    far = ((k - 2) / 2.5) ** 2 + ((j - 12) / rng.uniform(3, 9)) ** 2 + ((i - 12) / rng.uniform(3, 9)) ** 2
    mask = far + rng.uniform(0, 0.05, far.shape) <= 1
    spacing = (rng.uniform(0.5, 1), rng.uniform(0.5, 1), 2.5)
    contour, ct = on_grid(mask, spacing)
    assert in_plane_axes(contour, ct).long_mm == pytest.approx(
        extract_features(ct, contour, None, [DIAMETER]).values[DIAMETER], rel=1e-12
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_hull_and_width_are_those_of_scipy_and_of_many_lines(seed):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 12, (30, 2)) / 2
    hull = _hull(points)
    assert {tuple(corner) for corner in hull} == {tuple(points[corner]) for corner in ConvexHull(points).vertices}
    angle = rng.uniform(0, math.pi)
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    widest = 0.0
    for start in np.linspace((points @ along).min(), (points @ along).max(), 400)[1:-1]:
        # Where the line at right angles through `start` crosses the sides.
        crossed = []
        for one, other in zip(hull, np.roll(hull, -1, axis=0), strict=True):
            before, after = one @ along - start, other @ along - start
            if before * after < 0:
                crossed.append((one + (other - one) * before / (before - after)) @ across)
        widest = max(widest, max(crossed) - min(crossed)) if crossed else widest
    found = _across(hull, along)
    assert widest <= found + 1e-9
    assert found == pytest.approx(widest, rel=0.02)


def test_a_part_that_lies_apart_lengthens_nothing():
    mask = np.zeros((3, 12, 30), dtype=bool)
    mask[1, 4:8, 1:11] = True
    alone = in_plane_axes(*on_grid(mask))
    mask[1, 5, 27] = True
    assert in_plane_axes(*on_grid(mask)) == alone


def test_slices_that_are_not_axial_are_refused():
    mask = np.ones((3, 4, 5), dtype=bool)
    coronal = (1, 0, 0, 0, 0, 1, 0, -1, 0)
    with pytest.raises(DataRefusedError) as refused:
        in_plane_axes(*on_grid(mask, direction=coronal))
    assert refused.value.code == "not-axial"


@pytest.mark.parametrize("reader", [1, 2, 3, 4])
def test_the_diameters_of_four_radiologists_are_lidcs(shared_data, reader):
    """pylidc measures between outline points, which are LIDC's first voxels outside: up to a voxel's diagonal longer."""
    with (shared_data / "lidc-reader-table" / "lidc_four_readings.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [
            row
            for row in csv.DictReader(file)
            if (row["patient_id"], row["reading"]) == ("LIDC-IDRI-0001", str(reader))
        ]
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder / "dicom")
    axes = in_plane_axes(read_contour(folder / f"mask_reader{reader}.nrrd", ct), ct)
    longer = float(row["max_axial_diameter_mm"]) - axes.long_mm
    assert 0 < longer < math.sqrt(2) * 2 * float(row["pixel_spacing_mm"]) / math.sqrt(2)
    assert axes.short_mm < axes.long_mm
