"""The size of a contour and of its voxels, on ellipses whose axes are known."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.imaging.checks.contour import check_size
from RLNResponseLib.imaging.checks.image import check_voxel_size
from RLNResponseLib.imaging.in_plane_axes import axes_in_slices, in_plane_axes
from RLNResponseLib.imaging.records import Contour, CTImage

SPACING = (0.7, 0.7, 2.5)


def ellipsoid(axes_mm, angle=0.0, spacing=SPACING):
    """An ellipsoid of full `axes_mm` (first and second in the slice, third across), turned by `angle` in the slice."""
    half = [int(max(axes_mm) / 2 / step) + 2 for step in spacing]
    k, j, i = (np.arange(-n, n + 1) * step for n, step in zip(half[::-1], spacing[::-1], strict=True))
    k, j, i = np.meshgrid(k, j, i, indexing="ij")
    along, across = i * np.cos(angle) + j * np.sin(angle), j * np.cos(angle) - i * np.sin(angle)
    first, second, third = (axis / 2 for axis in axes_mm)
    return Contour.from_full_grid((along / first) ** 2 + (across / second) ** 2 + (k / third) ** 2 <= 1, "LN")


axes = st.floats(8.0, 40.0)


@settings(max_examples=80, deadline=None)
@given(axes, axes, st.floats(0, np.pi), st.sampled_from([SPACING, (0.98, 0.98, 3.0), (0.5, 0.5, 1.0)]))
def test_the_short_axis_of_a_turned_ellipse_is_right_to_about_a_voxel(first, second, angle, spacing):
    contour = ellipsoid((first, second, 20.0), angle, spacing)
    # A voxel belongs with its centre, which tilts the long axis of a nearly round outline (docs/recist.md).
    assert axes_in_slices(contour, spacing).short_mm == pytest.approx(min(first, second), abs=1.3 * spacing[0])


def test_the_checks_short_axis_is_the_one_that_recist_measures():
    """One definition: at right angles to the long axis, on the slice where that is longest."""
    contour = ellipsoid((20.0, 9.0, 12.0), 0.4)
    (finding,) = check_size(contour, SPACING)
    shape = np.add(contour.corner, contour.voxels.shape)
    image = sitk.GetImageFromArray(np.zeros(shape, dtype=np.int16))
    image.SetSpacing(SPACING)
    assert finding.numbers["short_axis_mm"] == pytest.approx(in_plane_axes(contour, CTImage(image=image)).short_mm)


def test_a_short_axis_just_below_the_limit_is_not_printed_at_it():
    box = np.zeros((1, 40, 40), dtype=bool)
    box[0, 10:20, 5:35] = True
    contour = Contour.from_full_grid(box, "LN")
    step = 9.96 / axes_in_slices(contour, (1.0, 1.0, 1.0)).short_mm
    (finding,) = check_size(contour, (step, step, 1.0))
    assert "is 9.96 mm; RECIST 1.1 counts a lymph node under 10 mm" in finding.message


@pytest.mark.parametrize(
    ("axes_mm", "codes"),
    [
        ((20.0, 9.0, 12.0), ["small-lymph-node"]),
        ((20.0, 11.0, 12.0), []),
        ((39.0, 39.0, 39.0), []),
        ((41.0, 41.0, 41.0), ["large-lymph-node"]),
        ((110.0, 8.0, 90.0), ["small-lymph-node", "large-lymph-node"]),
    ],
)
def test_sizes_unlike_a_lymph_nodes(axes_mm, codes):
    findings = check_size(ellipsoid(axes_mm), SPACING)
    assert [finding.code for finding in findings] == codes
    assert all(finding.severity == "warning" for finding in findings)


def test_the_numbers_of_a_large_contour():
    (finding,) = check_size(ellipsoid((50.0, 50.0, 50.0)), SPACING)
    assert finding.numbers["equivalent_diameter_mm"] == pytest.approx(50.0, rel=0.01)
    assert finding.numbers["volume_mm3"] == pytest.approx(np.pi / 6 * 50**3, rel=0.02)
    assert "65." in finding.message
    assert "50 mm" in finding.message


@pytest.mark.parametrize(
    ("spacing", "thickness", "codes"),
    [
        (SPACING, 2.5, []),
        ((0.7, 0.7, 3.5), 3.5, []),
        ((0.7, 0.7, 3.6), 3.6, ["anisotropic-voxels"]),
        ((1.0, 1.0, 5.0), None, []),
        ((1.1, 1.1, 5.1), None, ["thick-slices"]),
        (SPACING, 7.5, ["thick-slices"]),
        ((0.7, 0.7, 8.0), 8.0, ["thick-slices", "anisotropic-voxels"]),
        ((5.6, 0.7, 0.7), None, ["thick-slices", "anisotropic-voxels"]),
    ],
)
def test_thick_slices_and_anisotropic_voxels(spacing, thickness, codes):
    findings = check_voxel_size(spacing, thickness)
    assert [finding.code for finding in findings] == codes
    assert all(finding.severity == "warning" for finding in findings)
