"""Another reader's contour of the same lymph node, as it stands beside the scores of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.findings import Finding


@dataclass(frozen=True)
class SecondContour:
    """What is said of another reader's contour beside its scores.

    Attributes
    ----------
    segment
        Its name.
    volume_mm3
        Voxel count times voxel volume.
    findings
        What the checks said of it.
    """

    segment: str
    volume_mm3: float
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The contour as `rlnresponse score --json` prints it."""
        return {
            "segment": self.segment,
            "volume_mm3": self.volume_mm3,
            "findings": [finding.as_json() for finding in self.findings],
        }

    def beside(self, first: Sequence[Finding]) -> tuple[Finding, ...]:
        """Its findings without those that were said of the first reader's contour, or of the CT."""
        return tuple(finding for finding in self.findings if finding not in first)
