"""From a CT and a contour to the scores: the one call that the command line, scripts and the panel share."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.display import cut, data_frame, html_lines, html_table, quoted
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import Software
from RLNResponseLib.common.wording import limits_words
from RLNResponseLib.features.checked import checked_features
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import FeatureVector, extract
from RLNResponseLib.features.perturbation import DEFAULT_NUMBER, DEFAULT_SD_MM
from RLNResponseLib.features.settings import ExtractionSettings, differing
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.imaging.grid import centre_of
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import Point
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.modelling.second_contour import SecondContour
from RLNResponseLib.modelling.uncertainty import DEFAULT_LEVEL, ScoreUncertainty, score_uncertainty, uncertainty_steps
from RLNResponseLib.modelling.withholding import withhold

# So many scores stand in a `repr`; a study seldom has more models.
_MOST_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class LesionResult:
    """All that is said of one contour.

    Attributes
    ----------
    segment
        Its name.
    volume_mm3
        Voxel count times voxel volume.
    scores
        One for each model, in the order asked for.
    features
        By full name, what the first score was computed from, with the others' where their settings differ in image
        types alone.
    findings
        What the checks said; no error, or there would be no result.
    software
        What computed it, with versions.
    settings
        What the features were extracted with.
    uncertainty
        Of each score over redrawn contours; empty where it was not asked for or cannot be told.
    second_reader
        The same scores of another reader's contour; empty where there is none.
    other_features
        Those of the scores whose cards have other settings, once for each distinct ones.
    voxels
        How many; None where the result was made without a contour.
    place_mm
        The mean of their centres, LPS; None as before.
    second_contour
        That other reader's contour with its findings; None where there is none.
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
    other_features: tuple[FeatureVector, ...] = ()
    voxels: int | None = None
    place_mm: Point | None = None
    second_contour: SecondContour | None = None

    @property
    def vectors(self) -> tuple[FeatureVector, ...]:
        """Everything that was extracted, once for each distinct settings, the first score's first."""
        return (FeatureVector(self.features, self.settings, self.software), *self.other_features)

    def features_of(self, score: ScoreResult) -> FeatureVector:
        """What one of the scores was computed from, with its own card's settings."""
        return card_vector(score.model, self.vectors)

    def other_settings(self, score: ScoreResult) -> str:
        """In which settings one of the scores differs from the first, in words; "" where in none.

        Returns
        -------
        str
            Such as "bin_width 10.0 (first score: 25.0)".

        """
        own = self.features_of(score).settings.apart_from_images()
        first = self.settings.apart_from_images()
        return ", ".join(
            f"{name} {getattr(own, name)} (first score: {getattr(first, name)})" for name in differing(first, own)
        )

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that a reader must see beside the score."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def second_findings(self) -> tuple[Finding, ...]:
        """What the checks found in the second reader's contour and not in this one."""
        return () if self.second_contour is None else self.second_contour.beside(self.findings)

    @property
    def notice(self) -> str:
        """What the formulas are, by their cards, and what the scores must not be used for."""
        kinds = dict.fromkeys(score.model.status.removesuffix(", research use only") for score in self.scores)
        sentences = [f"{kind[:1].upper()}{kind[1:]}." for kind in kinds]
        return " ".join([*sentences, RESEARCH_USE_ONLY])

    @property
    def withheld(self) -> tuple[str, ...]:
        """Why groups are withheld, each sentence once."""
        return tuple(dict.fromkeys(score.withheld for score in self.scores if score.withheld))

    @property
    def applicability_words(self) -> list[str]:
        """What the cards' training distributions say of this lymph node, each sentence once, with the scores it is
        about.
        """
        titles: dict[str, list[str]] = {}
        for score in self.scores:
            if score.applicability.message != score.withheld:
                titles.setdefault(score.applicability.message, []).append(score.model.title)
        return [f"{', '.join(names)}: {message}" for message, names in titles.items()]

    def as_json(self) -> dict[str, Any]:
        """The result as `rlnresponse score --json` prints it. A feature that is not defined is null."""
        second = {} if self.second_contour is None else {"second_reader": self.second_contour.as_json()}
        return {
            "segment": self.segment,
            "volume_mm3": self.volume_mm3,
            "voxels": self.voxels,
            "place_mm": None if self.place_mm is None else list(self.place_mm),
            "scores": [self._score_json(position) for position in range(len(self.scores))],
            "features": {name: value if math.isfinite(value) else None for name, value in self.features.items()},
            "findings": [finding.as_json() for finding in self.findings],
            **second,
            "settings": self.settings.as_mapping(),
            "software": self.software.as_json(),
            "notice": RESEARCH_USE_ONLY,
        }

    def to_dict(self) -> dict[str, Any]:
        """`as_json()`, by the name that pandas has taught."""
        return self.as_json()

    def to_frame(self) -> Any:
        """A pandas data frame, one row a score model: what `as_json` says of each, in columns of its names.

        The columns `lower` and `upper` are there after `uncertainty=True`, `second_reader_score` with a second reader's
        contour. Raises DataRefusedError (missing-package) where pandas is not installed.
        """
        return data_frame([self._row(position) for position in range(len(self.scores))])

    def __repr__(self) -> str:
        scores = [f"{cut(score.model.title, 60)} {score.score:.3f} ({score.group_said})" for score in self.scores]
        if len(scores) > _MOST_SHOWN:
            scores[_MOST_SHOWN:] = [f"{len(scores) - _MOST_SHOWN} more scores"]
        return cut(
            f"LesionResult({quoted(self.segment)}, {self.volume_mm3:.0f} mm³, {', '.join(scores)}, warnings: "
            f"{len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        """For a notebook: the scores, why a group is withheld, the findings, and what this must not be used for."""
        header = ["score", "value", "cutoff", "group"]
        rows = [
            [
                score.model.title,
                f"{score.score:.3f}",
                f"{score.model.cutoff.orientation} {score.model.cutoff.value:g}",
                score.group_said,
            ]
            for score in self.scores
        ]
        if self.uncertainty:
            header.append(f"a redrawn contour, readers {self.uncertainty[0].reader_distance_mm:.2g} mm apart")
            for row, interval in zip(rows, self.uncertainty, strict=True):
                row.append(limits_words(interval.lower, interval.upper))
        sentences = [
            *(f"withheld: {sentence}" for sentence in self.withheld),
            *self.applicability_words,
            *(f"{finding.severity}: {finding.message}" for finding in self.findings),
            *(f"second reader, {finding.severity}: {finding.message}" for finding in self.second_findings),
            self.notice,
        ]
        title = html_lines([f"{cut(self.segment, 60)}: {self.volume_mm3:.0f} mm³"])
        return f"{title}{html_table(header, rows)}{html_lines(sentences)}"

    def _row(self, position: int) -> dict[str, Any]:
        answer = self._score_json(position)
        row = {"segment": self.segment, "volume_mm3": self.volume_mm3}
        row |= {name: value for name, value in answer.items() if not isinstance(value, dict)}
        if self.uncertainty:
            row |= {limit: answer["uncertainty"][limit] for limit in ("lower", "upper")}
        if self.second_reader:
            row["second_reader_score"] = answer["second_reader"]["score"]
        return row | {"warnings": "; ".join(finding.code for finding in self.warnings), "notice": self.notice}

    def _score_json(self, position: int) -> dict[str, Any]:
        score = self.scores[position]
        answer = score.as_json()
        if self.other_settings(score):
            # One name stands for two features here: what this score was computed from stands beside it.
            vector = self.features_of(score)
            answer["settings"] = vector.settings.as_mapping()
            answer["features"] = {name: vector.values[name] for name in score.contributions}
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

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    models
        The score models; each scores the features that its own card's settings give, extracted once for each
        distinct settings.
    all_features
        Extract all 106 with the settings of the first, beside those that the models use.

    Returns
    -------
    LesionResult

    Raises
    ------
    DataRefusedError
        where a check finds an error, or a model refuses.
    """
    everything = (Extraction(models[0].settings, FEATURES),) if all_features else ()
    first, *others = card_extractions(models, *everything)
    checked = checked_features(ct, contour, first.settings, first.names)
    vectors = (checked.vector, *(extract(ct, contour, extraction) for extraction in others))
    return LesionResult(
        segment=contour.name,
        volume_mm3=contour.voxel_count * math.prod(ct.image.GetSpacing()),
        scores=withhold([apply_model(model, card_vector(model, vectors)) for model in models], checked.findings),
        features=checked.values,
        findings=checked.findings,
        software=checked.vector.software,
        settings=first.settings,
        other_features=vectors[1:],
        voxels=contour.voxel_count,
        place_mm=centre_of(contour, ct),
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
    """`result`, which scores `contour`, with the interval of each score over redrawn contours.

    Where the contour is too small to be moved, a warning says so instead.

    Parameters
    ----------
    result
        The scored lymph node.
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    sd_mm
        SD of one reader's boundary, mm.
    n
        How many redrawn contours.
    level
        Coverage of the interval, between 0 and 1.
    seed
        What every random draw is derived from.

    Returns
    -------
    LesionResult

    Raises
    ------
    DataRefusedError
        bad-perturbation.
    """
    models = [score.model for score in result.scores]
    try:
        uncertainty = score_uncertainty(ct, contour, models, sd_mm=sd_mm, n=n, level=level, seed=seed)
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(
            result, findings=(*result.findings, Finding(code=refusal.code, severity="warning", message=str(refusal)))
        )
    return replace(result, uncertainty=uncertainty)


def uncertainty_in_steps(result: LesionResult, ct: CTImage, contour: Contour) -> Generator[None, None, LesionResult]:
    """`with_uncertainty` at its defaults, a contour a step.

    Parameters
    ----------
    result
        The scored lymph node.
    ct
        The CT.
    contour
        The contour, on the grid of the CT.

    Returns
    -------
    Generator[None, None, LesionResult]
    """
    models = [score.model for score in result.scores]
    try:
        uncertainty = yield from uncertainty_steps(ct, contour, models)
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(
            result, findings=(*result.findings, Finding(code=refusal.code, severity="warning", message=str(refusal)))
        )
    return replace(result, uncertainty=uncertainty)


def with_second_reader(result: LesionResult, ct: CTImage, contour: Contour, other: Contour) -> LesionResult:
    """`result`, which scores `contour`, with the scores of another reader's contour of the same lymph node.

    Parameters
    ----------
    result
        The scored lymph node.
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    other
        The second reader's contour of the same lymph node.

    Returns
    -------
    LesionResult

    Raises
    ------
    DataRefusedError
        as score_contour does, and where the two contours share no voxel (other-lymph-node).
    """
    # First, for its checks: a contour in hand may reach outside this CT.
    scored = score_contour(ct, other, [score.model for score in result.scores])
    i, j, k = ct.image.GetSize()
    if not other.full_grid((k, j, i))[contour.box][contour.voxels].any():
        raise DataRefusedError(
            f"The second reader's contour '{other.name}' shares no voxel with '{contour.name}', so it is not of the "
            f"same lymph node; name its segment or give another mask.",
            "other-lymph-node",
        )
    second = SecondContour(segment=scored.segment, volume_mm3=scored.volume_mm3, findings=scored.findings)
    return replace(result, second_reader=scored.scores, second_contour=second)
