"""The checks of a CT and a contour before a score is believed; docs/checks.md lists every finding."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.checks.contour import check_border, check_components, check_extent, check_size
from RLNResponseLib.imaging.checks.image import check_hounsfield, check_modality, check_surroundings, check_voxel_size
from RLNResponseLib.imaging.checks.intensity import check_finite, check_intensities
from RLNResponseLib.imaging.checks.protocol import GU2021_PROTOCOL, AcquisitionProtocol, check_protocol
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.dicom_geometry import check_slice_positions
from RLNResponseLib.imaging.grid import check_placement
from RLNResponseLib.imaging.records import Contour, CTImage

__all__ = ["GU2021_PROTOCOL", "AcquisitionProtocol", "check", "check_slice_positions"]

_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(ct: CTImage, contour: Contour, protocol: AcquisitionProtocol = GU2021_PROTOCOL) -> tuple[Finding, ...]:
    """Everything that is noticed about a CT and a contour on its grid: errors first, then warnings, then remarks.

    What the readers noticed (`ct.findings`, `contour.findings`) is part of it. Nothing is raised: `refuse_errors` does.
    Only the contour's box and a sample of the CT are read, so that it can run after every stroke of an editor.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    protocol
        What the CT should have been acquired with: the paper's by default.

    Returns
    -------
    tuple of Finding
    """
    import SimpleITK as sitk

    array = sitk.GetArrayViewFromImage(ct.image)
    spacing_mm = ct.image.GetSpacing()
    of_the_file, not_hounsfield, of_the_scan = _check_image(ct, protocol)
    findings = (
        *of_the_file,
        *contour.findings,
        *not_hounsfield,
        # Limits in HU say nothing of values that are not HU.
        *_check_contour(contour, array, spacing_mm, in_hounsfield=not not_hounsfield),
        *of_the_scan,
    )
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


def check_image(ct: CTImage, protocol: AcquisitionProtocol = GU2021_PROTOCOL) -> tuple[Finding, ...]:
    """Of `check`, what is noticed about the CT alone, before anything is contoured on it.

    Parameters
    ----------
    ct
        The CT.
    protocol
        What the CT should have been acquired with: the paper's by default.

    Returns
    -------
    tuple of Finding
        Errors first.
    """
    findings = (finding for part in _check_image(ct, protocol) for finding in part)
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


def _check_image(ct: CTImage, protocol: AcquisitionProtocol) -> tuple[tuple[Finding, ...], ...]:
    """What is noticed about the CT alone: in its file, in its values, in how it was acquired."""
    import SimpleITK as sitk

    return (
        (*check_modality(ct.acquisition), *ct.findings),
        tuple(check_hounsfield(sitk.GetArrayViewFromImage(ct.image))),
        (
            *check_voxel_size(ct.image.GetSpacing(), ct.acquisition.slice_thickness_mm),
            *check_protocol(ct.acquisition, protocol),
        ),
    )


def _check_contour(
    contour: Contour, array: NDArray[Any], spacing_mm: tuple[float, float, float], *, in_hounsfield: bool
) -> list[Finding]:
    misplaced = check_placement(contour, array.shape)
    if misplaced:
        return list(misplaced)
    values = array[contour.box][contour.voxels]
    not_finite = check_finite(values, contour.name)
    parts = connected_components(contour)
    findings = [
        *check_extent(contour),
        *not_finite,
        *check_components(parts, spacing_mm, contour.name),
        *check_border(contour, array.shape),
    ]
    if in_hounsfield and not not_finite:
        findings += check_intensities(values, contour.name)
        findings += check_surroundings(array, contour, spacing_mm)
    # Separate parts have no short axis in common: the largest stands for the lymph node.
    findings += check_size(parts[0], spacing_mm)
    return findings
