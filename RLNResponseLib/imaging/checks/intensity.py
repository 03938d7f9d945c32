"""Whether the values inside the contour are those of a lymph node on CT."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import apart

# Cortical bone ends near 2000 HU; only tooth enamel and metal (clips, ports, wires) lie above.
METAL_HU = 2000.0

# Fat lies between -120 and -50 HU; noise and blurring do not carry it below -200. Lung and airways are far below.
AIR_HU = -200.0
# At the edge to a lung single voxels are half air; the three lymph nodes of 4D-Lung hold 0 to 0.11% of them.
AIR_FRACTION = 0.01

# Metastatic lymph nodes of esophageal carcinoma on enhanced CT: median 71 HU, quartiles 63 to 87 (Sun 2022, early
# phase, doi 10.1177/0284185120980144). Necrosis and missing contrast bring the mean down to water's 0 HU, not below; a
# mean above 150 HU is a vessel's or bone's.
LYMPH_NODE_MEAN_HU = (0.0, 150.0)

# An interquartile range is 1.35 SD of noise. Under 5 HU the SD is under 3.7 HU, less than a head CT at 500 mAs has (4.0
# HU, Nakamura 2019, doi 10.4236/act.2019.82003): smoothed or made up. Over 100 HU a quarter of the contour is another
# tissue: 48 to 51 HU in the lymph nodes of 4D-Lung, 198 HU in a lung nodule drawn with its rim of lung.
LYMPH_NODE_IQR_HU = (5.0, 100.0)


def check_finite(values: NDArray[Any], name: str) -> tuple[Finding, ...]:
    """An error where a voxel inside the contour is NaN or infinite; outside of it they do no harm.

    Parameters
    ----------
    values
        HU of the voxels inside the contour, any order.
    name
        The contour's name, for the message.

    Returns
    -------
    tuple of Finding
        not-finite-inside, with the number of such voxels.

    Examples
    --------
    >>> import numpy as np
    >>> check_finite(np.array([40.0, np.nan, np.inf]), "LN")[0].numbers
    {'voxel_count': 2}
    """
    if not np.issubdtype(values.dtype, np.floating):
        return ()
    count = int(values.size - np.count_nonzero(np.isfinite(values)))
    if not count:
        return ()
    return (
        Finding(
            code="not-finite-inside",
            severity="error",
            message=f"The contour '{name}' holds {count} voxel(s) whose value is NaN or infinite; leave them out of "
            f"it, or export the CT again.",
            numbers={"voxel_count": count},
        ),
    )


def check_intensities(values: NDArray[Any], name: str) -> tuple[Finding, ...]:
    """Warnings for HU inside the contour that a lymph node does not give.

    Parameters
    ----------
    values
        HU of the voxels inside the contour, finite, any order.
    name
        The contour's name, for the message.

    Returns
    -------
    tuple of Finding
        iqr-unlike-lymph-node, mean-unlike-lymph-node, air-inside, metal-inside.

    Examples
    --------
    >>> import numpy as np
    >>> [finding.code for finding in check_intensities(np.array([-900.0, 60.0, 70.0, 80.0, 90.0]), "LN")]
    ['mean-unlike-lymph-node', 'air-inside']
    """
    hounsfield = values.astype(np.float64)
    checks = (_check_spread, _check_mean, _check_air, _check_metal)
    return tuple(finding for check in checks if (finding := check(hounsfield, name)))


def _check_spread(values: NDArray[np.float64], name: str) -> Finding | None:
    first, third = np.percentile(values, [25, 75])
    spread = float(third - first)
    low, high = LYMPH_NODE_IQR_HU
    if low <= spread <= high:
        return None
    reason = "the CT was smoothed or is not real" if spread < low else "other tissue is inside"
    return Finding(
        code="iqr-unlike-lymph-node",
        severity="warning",
        message=f"The interquartile range inside the contour '{name}' is "
        f"{apart(spread, low, high, digits=0)} HU, far from a lymph node's ({low:g} to {high:g} HU): "
        f"check whether {reason}.",
        numbers={"interquartile_range_hu": spread, "minimum_hu": low, "maximum_hu": high},
    )


def _check_mean(values: NDArray[np.float64], name: str) -> Finding | None:
    mean = float(values.mean())
    low, high = LYMPH_NODE_MEAN_HU
    if low <= mean <= high:
        return None
    reason = "fat or lung is inside" if mean < low else "a vessel, calcification or bone is inside"
    return Finding(
        code="mean-unlike-lymph-node",
        severity="warning",
        message=f"The mean inside the contour '{name}' is {apart(mean, low, high, digits=0)} HU; a lymph node has "
        f"{low:g} to {high:g} HU: check whether {reason}.",
        numbers={"mean_hu": mean, "minimum_hu": low, "maximum_hu": high},
    )


def _check_air(values: NDArray[np.float64], name: str) -> Finding | None:
    fraction = float(np.mean(values < AIR_HU))
    if fraction < AIR_FRACTION:
        return None
    return Finding(
        code="air-inside",
        severity="warning",
        message=f"{fraction:.1%} of the contour '{name}' is below {AIR_HU:g} HU, which is lung or airway; draw it "
        f"tighter.",
        numbers={"fraction": fraction, "limit_fraction": AIR_FRACTION, "limit_hu": AIR_HU},
    )


def _check_metal(values: NDArray[np.float64], name: str) -> Finding | None:
    count = int(np.count_nonzero(values > METAL_HU))
    if not count:
        return None
    largest = float(values.max())
    return Finding(
        code="metal-inside",
        severity="warning",
        message=f"The contour '{name}' holds {count} voxel(s) above {METAL_HU:g} HU (up to {largest:.0f} HU), which "
        f"is metal or its streaks; leave them out, or use a CT without them.",
        numbers={"voxel_count": count, "maximum_hu": largest, "limit_hu": METAL_HU},
    )
