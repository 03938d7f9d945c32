"""The features of one contour that was checked first: what a score starts from, and what `rlnresponse features`
gives.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.display import cut, data_frame, html_lines, html_table, quoted
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.features.extraction import FeatureVector, extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage


@dataclass(frozen=True)
class CheckedFeatures:
    """The features of one contour, and what the checks found.

    Attributes
    ----------
    segment
        The contour's name.
    vector
        The values, what they were extracted with and by.
    findings
        What the checks said; no error, or there would be no features.
    """

    segment: str
    vector: FeatureVector
    findings: tuple[Finding, ...]

    @property
    def values(self) -> Mapping[str, float]:
        """The values by full name; NaN where pyradiomics cannot define one."""
        return self.vector.values

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that must be seen beside the values."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def as_json(self) -> dict[str, Any]:
        """The features as `rlnresponse features --json` prints them. A feature that is not defined is null."""
        return {
            "segment": self.segment,
            "features": {name: value if math.isfinite(value) else None for name, value in self.values.items()},
            "findings": [finding.as_json() for finding in self.findings],
            "settings": self.vector.settings.as_mapping(),
            "software": self.vector.software.as_json(),
        }

    def to_dict(self) -> dict[str, Any]:
        """`as_json()`, by the name that pandas has taught."""
        return self.as_json()

    def row(self) -> dict[str, Any]:
        """One row of a feature table: the segment, what it was extracted with, then the features with every digit."""
        return {
            "segment": self.segment,
            "settings": self.vector.settings.apart_from_images().digest(),
            "engine": self.vector.software.engine,
            **self.values,
        }

    def to_frame(self) -> Any:
        """A pandas data frame of one row, the columns of `rlnresponse features --output`.

        Raises DataRefusedError (missing-package) where pandas is not installed.
        """
        return data_frame([self.row()])

    def __repr__(self) -> str:
        return cut(
            f"CheckedFeatures({quoted(self.segment)}, features: {len(self.values)}, warnings: {len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        """For a notebook: the values folded away, the findings, and what this must not be used for."""
        rows = [(name, f"{value:.6g}") for name, value in self.values.items()]
        sentences = [*(f"{finding.severity}: {finding.message}" for finding in self.findings), RESEARCH_USE_ONLY]
        table = html_table(("feature", "value"), rows)
        return f"<details><summary>{escape(repr(self))}</summary>{table}</details>{html_lines(sentences)}"


def checked_features(
    ct: CTImage,
    contour: Contour,
    settings: ExtractionSettings | None = None,
    features: Sequence[str] | None = None,
) -> CheckedFeatures:
    """Check one contour, and extract its features where no check finds an error.

    Parameters
    ----------
    ct, contour
        The CT, and the contour on its grid.
    settings, features
        As `extraction.extract_features` takes them.

    Returns
    -------
    CheckedFeatures

    Raises
    ------
    DataRefusedError
        With the first finding of severity "error"; and what `extraction.extract_features` refuses.

    """
    findings = check(ct, contour)
    refuse_errors(findings)
    return CheckedFeatures(contour.name, extract_features(ct, contour, settings, features), findings)
