"""From a CT and a contour to the scores: the one call that the command line and the panel share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.findings import Finding, refuse_errors
from RLNResponseLib.imaging.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.software import Software


@dataclass(frozen=True)
class LesionResult:
    """All that is said of one contour.

    volume_mm3  voxel count times voxel volume
    scores      one for each model, in the order asked for
    findings    what the checks said; no error, or there would be no result
    """

    segment: str
    volume_mm3: float
    scores: tuple[ScoreResult, ...]
    features: Mapping[str, float]
    findings: tuple[Finding, ...]
    software: Software
    settings: ExtractionSettings

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that a reader must see beside the score."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def as_json(self) -> dict[str, Any]:
        """The result as `rlnresponse score --json` prints it. A feature that is not defined is null."""
        return {
            "segment": self.segment,
            "volume_mm3": self.volume_mm3,
            "scores": [score.as_json() for score in self.scores],
            "features": {name: value if math.isfinite(value) else None for name, value in self.features.items()},
            "findings": [finding.as_json() for finding in self.findings],
            "settings": self.settings.as_mapping(),
            "software": self.software.as_json(),
            "notice": "Research use only, not a medical device.",
        }


def score_contour(
    ct: CTImage, contour: Contour, models: Sequence[ScoreModel], *, all_features: bool = False
) -> LesionResult:
    """Check, extract and score one contour.

    models        the score models; features are extracted with the settings of the first, and a model whose card states
                  others refuses
    all_features  extract all 106 instead of only those the models use

    Raises DataRefusedError where a check finds an error, or a model refuses.
    """
    findings = check(ct, contour)
    refuse_errors(findings)
    settings = models[0].settings
    needed = tuple(dict.fromkeys(name for model in models for name in model.coefficients))
    # A card fitted on filtered images needs names beyond the 106 of the original image.
    names = tuple(dict.fromkeys((*FEATURES, *needed))) if all_features else needed
    vector = extract_features(ct, contour, settings, names)
    return LesionResult(
        segment=contour.name,
        volume_mm3=contour.voxel_count * math.prod(ct.image.GetSpacing()),
        scores=tuple(apply_model(model, vector) for model in models),
        features=vector.values,
        findings=findings,
        software=vector.software,
        settings=settings,
    )
