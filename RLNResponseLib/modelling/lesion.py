"""From a CT and a contour to the scores: the one call that the command line and the panel share."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.perturbation import DEFAULT_NUMBER, DEFAULT_SD_MM
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.findings import Finding, refuse_errors
from RLNResponseLib.imaging.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.modelling.uncertainty import DEFAULT_LEVEL, ScoreUncertainty, score_uncertainty, uncertainty_steps
from RLNResponseLib.modelling.withholding import withhold
from RLNResponseLib.software import Software


@dataclass(frozen=True)
class LesionResult:
    """All that is said of one contour.

    volume_mm3  voxel count times voxel volume
    scores      one for each model, in the order asked for
    findings    what the checks said; no error, or there would be no result
    uncertainty    of each score over plausible contours; empty where it was not asked for or cannot be told
    second_reader  the same scores of another reader's contour; empty where there is none
    """

    segment: str
    volume_mm3: float
    scores: tuple[ScoreResult, ...]
    features: Mapping[str, float]
    findings: tuple[Finding, ...]
    software: Software
    settings: ExtractionSettings
    uncertainty: tuple[ScoreUncertainty, ...] = ()
    second_reader: tuple[ScoreResult, ...] = ()

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that a reader must see beside the score."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def withheld(self) -> tuple[str, ...]:
        """Why groups are withheld, each sentence once."""
        return tuple(dict.fromkeys(score.withheld for score in self.scores if score.withheld))

    def as_json(self) -> dict[str, Any]:
        """The result as `rlnresponse score --json` prints it. A feature that is not defined is null."""
        return {
            "segment": self.segment,
            "volume_mm3": self.volume_mm3,
            "scores": [self._score_json(position) for position in range(len(self.scores))],
            "features": {name: value if math.isfinite(value) else None for name, value in self.features.items()},
            "findings": [finding.as_json() for finding in self.findings],
            "settings": self.settings.as_mapping(),
            "software": self.software.as_json(),
            "notice": "Research use only, not a medical device.",
        }

    def _score_json(self, position: int) -> dict[str, Any]:
        score = self.scores[position]
        answer = score.as_json()
        if self.uncertainty:
            most = self.uncertainty[position].moved_most_by
            answer["uncertainty"] = self.uncertainty[position].as_json()
            if score.withheld:
                answer["uncertainty"]["p_other_group"] = None
            answer["moved_most_by"] = {
                "feature": most.name, "score_sd": most.score_sd, "variation": most.variation,
            }  # fmt: skip
        if self.second_reader:
            other = self.second_reader[position].as_json()
            answer["second_reader"] = {name: other[name] for name in ("score", "group", "withheld")}
        return answer


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
        scores=withhold([apply_model(model, vector) for model in models], findings),
        features=vector.values,
        findings=findings,
        software=vector.software,
        settings=settings,
    )


def with_uncertainty(
    result: LesionResult,
    ct: CTImage,
    contour: Contour,
    *,
    sd_mm: float = DEFAULT_SD_MM,
    n: int = DEFAULT_NUMBER,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> LesionResult:
    """`result`, which scores `contour`, with the interval of each score over plausible contours.

    Where the contour is too small to be moved, a warning says so instead. Raises DataRefusedError (bad-perturbation).
    """
    models = [score.model for score in result.scores]
    try:
        told = score_uncertainty(
            ct, contour, models, settings=result.settings, sd_mm=sd_mm, n=n, level=level, seed=seed
        )
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(result, findings=(*result.findings, Finding(refusal.code, "warning", str(refusal))))
    return replace(result, uncertainty=told)


def uncertainty_in_steps(result: LesionResult, ct: CTImage, contour: Contour) -> Generator[None, None, LesionResult]:
    """`with_uncertainty` at its defaults, a contour a step."""
    models = [score.model for score in result.scores]
    try:
        told = yield from uncertainty_steps(ct, contour, models, settings=result.settings)
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(result, findings=(*result.findings, Finding(refusal.code, "warning", str(refusal))))
    return replace(result, uncertainty=told)


def with_second_reader(result: LesionResult, ct: CTImage, contour: Contour, other: Contour) -> LesionResult:
    """`result`, which scores `contour`, with the scores of another reader's contour of the same lymph node.

    Raises DataRefusedError as score_contour does, and where the two contours share no voxel (other-lymph-node).
    """
    i, j, k = ct.image.GetSize()
    if not other.full_grid((k, j, i))[contour.box][contour.voxels].any():
        raise DataRefusedError(
            f"The second reader's contour '{other.name}' shares no voxel with '{contour.name}', so it is not of the same lymph "
            "node; name its segment or give another mask.",
            "other-lymph-node",
        )
    scored = score_contour(ct, other, [score.model for score in result.scores])
    return replace(result, second_reader=scored.scores)
