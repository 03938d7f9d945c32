"""Whether the image is a CT in HU, with voxels fit for three-dimensional features and slices that follow one another
evenly, none twice and none missing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import apart
from RLNResponseLib.imaging.records import Acquisition, Contour

# RECIST 1.1 asks for slices of 5 mm or less (Eisenhauer 2009, doi 10.1016/j.ejca.2008.10.026).
THICK_SLICE_MM = 5.0

# At the paper's pixel (350 mm / 512 = 0.68 mm) five to one is 3.4 mm: with thicker slices a lymph node of 10 mm, the
# smallest that RECIST 1.1 calls enlarged, is seen on fewer than three. Texture counts a neighbour five pixels away as
# next door; features at 5 mm do not replace those at 1.25 or 2.5 mm (Zhao 2014, PMC4000020).
ANISOTROPY = 5.0

# Every CT of a body shows fat, lung or air, all below -50 HU; below -1100 HU are only scanners' padding values.
FAT_AND_LIGHTER_HU = (-1100.0, -50.0)
# Fat, muscle, organs and blood without its contrast agent.
SOFT_TISSUE_HU = (-150.0, 150.0)
# Far below what either takes of a chest CT, or of a crop around a lymph node; far above a few outliers of resampling.
TISSUE_FRACTION = 0.001
# A lymph node of neck or mediastinum lies in fat, beside lung or airways. Within this distance of the contours' boxes
# 27 to 47 % of the voxels are that light in the lymph nodes of 4D-Lung, 70 % around LIDC's lesion, 48 and 80 % around
# lung1 and lung2; none in pyradiomics' MR of brain and breast.
NEAR_MM = 20.0
NEAR_FRACTION = 0.01
# A chest CT gives some 100,000 samples from this many per axis, 1 ms; smaller images are read whole.
_SAMPLES_PER_AXIS = (8, 128, 128)


def check_modality(acquisition: Acquisition) -> tuple[Finding, ...]:
    """An error where the file says that it is not CT, a remark where it does not say.

    Parameters
    ----------
    acquisition
        What the file says of the scan.

    Returns
    -------
    tuple of Finding
        not-ct (error) or modality-unknown (info).
    """
    modality = acquisition.modality
    if modality is None:
        return (
            Finding(
                code="modality-unknown",
                severity="info",
                message="The file does not say that it is a CT; the scores are for CT only, so make sure that it is "
                "one.",
            ),
        )
    if modality.strip().upper() == "CT":
        return ()
    return (
        Finding(
            code="not-ct",
            severity="error",
            message=f"The image is of modality {modality[:16]}, not CT; the scores are for CT only.",
            numbers={"modality": modality[:16]},
        ),
    )


def check_hounsfield(array: NDArray[Any]) -> tuple[Finding, ...]:
    """A warning where the values [k, j, i] cannot be HU: raw, windowed, normalised, shifted, or another modality's.

    In HU a CT of a body has both fat, lung or air (below -50 HU) and soft tissue (-150 to 150 HU). Values from 0 up, as
    stored before the rescale, as a windowed picture or as MR and PET have them, lack the first; shifted ones lack one.
    Decided on an even sample of the image, NaN and infinite values left out.

    Parameters
    ----------
    array
        [k, j, i], HU.

    Returns
    -------
    tuple of Finding
    """
    steps = (max(1, size // samples) for size, samples in zip(array.shape, _SAMPLES_PER_AXIS, strict=True))
    sample = array[tuple(slice(None, None, step) for step in steps)]
    if np.issubdtype(sample.dtype, np.floating):
        sample = sample[np.isfinite(sample)]
    light = _fraction(sample, *FAT_AND_LIGHTER_HU)
    soft = _fraction(sample, *SOFT_TISSUE_HU)
    if light >= TISSUE_FRACTION and soft >= TISSUE_FRACTION:
        return ()
    lowest, highest = (float(sample.min()), float(sample.max())) if sample.size else (0.0, 0.0)
    missing = "fat, lung or air" if light < TISSUE_FRACTION else "soft tissue"
    return (
        Finding(
            code="values-not-hu",
            severity="warning",
            message=f"The values of the CT ({lowest:.4g} to {highest:.4g}) show no {missing}, so they are probably "
            f"not HU; export it with its rescale slope and intercept applied, not as a windowed or normalised picture.",
            numbers={"lowest": lowest, "highest": highest, "light_fraction": light, "soft_tissue_fraction": soft},
        ),
    )


def check_surroundings(
    array: NDArray[Any], contour: Contour, spacing_mm: tuple[float, float, float]
) -> tuple[Finding, ...]:
    """A warning where next to nothing within 20 mm of the contour's box is as light as fat, lung or air.

    Parameters
    ----------
    array
        The CT [k, j, i], HU; beyond its border nothing is known, and nothing is asked.
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z), mm.

    Returns
    -------
    tuple of Finding
    """
    margins = [math.ceil(NEAR_MM / step) for step in spacing_mm[::-1]]
    around = array[tuple(slice(max(0, p.start - m), p.stop + m) for p, m in zip(contour.box, margins, strict=True))]
    light = _fraction(around, *FAT_AND_LIGHTER_HU)
    if light >= NEAR_FRACTION:
        return ()
    return (
        Finding(
            code="no-light-tissue-near",
            severity="warning",
            message=f"Within {NEAR_MM:g} mm of the contour '{contour.name}' {light:.1%} of the voxels are fat, lung or "
            "air, where every lymph node of neck and mediastinum has some; check that the contour lies on this CT and "
            "that its values are HU.",
            numbers={"light_fraction": light, "limit_fraction": NEAR_FRACTION, "within_mm": NEAR_MM},
        ),
    )


def check_voxel_size(spacing_mm: tuple[float, float, float], slice_thickness_mm: float | None) -> tuple[Finding, ...]:
    """Warnings for slices thicker than 5 mm, or voxels more than five times longer than wide (spacing x, y, z).

    A slice is as thick as its stated thickness or its distance to the next, whichever is more.

    Parameters
    ----------
    spacing_mm
        (x, y, z), mm.
    slice_thickness_mm
        What the file states; None where it does not.

    Returns
    -------
    tuple of Finding
    """
    findings = []
    longest, shortest = max(spacing_mm), min(spacing_mm)
    thickness = max(longest, slice_thickness_mm or 0.0)
    if thickness > THICK_SLICE_MM:
        findings.append(
            Finding(
                code="thick-slices",
                severity="warning",
                message=f"The slices of the CT are {apart(thickness, THICK_SLICE_MM, digits=1)} mm thick; RECIST 1.1 "
                f"asks for {THICK_SLICE_MM:g} mm or less: use a thinner reconstruction.",
                numbers={"slice_mm": thickness, "limit_mm": THICK_SLICE_MM},
            )
        )
    if longest > ANISOTROPY * shortest:
        findings.append(
            Finding(
                code="anisotropic-voxels",
                severity="warning",
                message=f"The voxels of the CT are {longest / shortest:.1f} times longer than wide "
                f"({shortest:.3g} and {longest:.3g} mm), which changes shape and texture; use a thinner "
                "reconstruction.",
                numbers={"longest_mm": longest, "shortest_mm": shortest, "limit_ratio": ANISOTROPY},
            )
        )
    return tuple(findings)


def _fraction(sample: NDArray[Any], low: float, high: float) -> float:
    if not sample.size:
        return 0.0
    if np.issubdtype(sample.dtype, np.integer):
        # Whole numbers compared as such: as floats they would all be converted first.
        low, high = math.ceil(low), math.floor(high)
    return int(np.count_nonzero((sample >= low) & (sample <= high))) / sample.size
