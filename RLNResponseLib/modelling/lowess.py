"""Cleveland's lowess without robustness iterations, as R's `lowess(x, y, iter = 0)`."""

from __future__ import annotations

import numpy as np

from RLNResponseLib.array_types import Floats

_SPAN = 2 / 3
_SKIP = 0.01  # R's delta, as a share of the range of x


def lowess(x: Floats, y: Floats) -> Floats:
    """Smoothed y (n,) at each x (n,), which must ascend.

    Each point is a local line, weighted by the tricube of the distance to it, over the nearest two thirds of the
    points (Cleveland 1979, doi 10.1080/01621459.1979.10481038); between points closer than 1% of the range, straight.
    """
    n = len(x)
    if n < 2:
        return y.astype(float)
    neighbours = max(min(int(_SPAN * n + 1e-7), n), 2)
    skip = _SKIP * (x[-1] - x[0])
    smooth = np.empty(n)
    left, last, here = 0, -1, 0
    while last < n - 1:
        while left + neighbours < n and x[here] - x[left] > x[left + neighbours] - x[here]:
            left += 1
        smooth[here] = _local_line(x, y, here, left, left + neighbours - 1)
        if last < here - 1:
            between = np.arange(last + 1, here)
            share = (x[between] - x[last]) / (x[here] - x[last])
            smooth[between] = share * smooth[here] + (1 - share) * smooth[last]
        last = here
        beyond = last + 1
        while beyond < n and x[beyond] <= x[last] + skip:
            if x[beyond] == x[last]:
                smooth[beyond] = smooth[last]
                last = beyond
            beyond += 1
        here = max(last + 1, beyond - 1)
    return smooth


def _local_line(x: Floats, y: Floats, here: int, left: int, right: int) -> float:
    reach = max(x[here] - x[left], x[right] - x[here])
    distance = np.abs(x - x[here])
    near = distance <= 0.999 * reach
    weight = np.where(distance <= 0.001 * reach, 1.0, (1 - (distance / reach) ** 3) ** 3) if reach > 0 else near * 1.0
    weight = np.where(near, weight, 0.0)
    if weight.sum() <= 0:
        return float(y[here])
    weight /= weight.sum()
    centre = weight @ x
    spread = weight @ (x - centre) ** 2
    if np.sqrt(spread) > 0.001 * (x[-1] - x[0]):
        weight = weight * (1 + (x[here] - centre) / spread * (x - centre))
    return float(weight @ y)
