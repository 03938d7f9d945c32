"""From a CT and a contour to the scores: the one call that the command line and the panel share.

The scores of contours that are being edited: only what changed is computed again.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.display import cut, data_frame, html_lines, html_table, quoted
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import Software
from RLNResponseLib.features.checked import checked_features
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import FeatureVector, extract
from RLNResponseLib.features.perturbation import DEFAULT_NUMBER, DEFAULT_SD_MM
from RLNResponseLib.features.settings import ExtractionSettings, differing
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.features.witness import check_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.score_model import (
    ScoreModel,
    ScoreResult,
    apply_model,
    card_extractions,
    card_vector,
    withhold,
)
from RLNResponseLib.modelling.uncertainty import DEFAULT_LEVEL, ScoreUncertainty, score_uncertainty, uncertainty_steps

# So many scores stand in a `repr`; a study seldom has more models.
_MOST_SHOWN = 4


@dataclass(frozen=True)
class LesionResult:
    """All that is said of one contour.

    volume_mm3  voxel count times voxel volume
    scores      one for each model, in the order asked for
    findings    what the checks said; no error, or there would be no result
    features, settings  what the first score was computed from, with the others' where their settings differ in image types alone
    uncertainty    of each score over plausible contours; empty where it was not asked for or cannot be told
    second_reader  the same scores of another reader's contour; empty where there is none
    other_features  of the scores whose cards have other settings, once for each distinct ones
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
        """What the cards' training distributions say of this lymph node, each sentence once, with the scores it is about."""
        titles: dict[str, list[str]] = {}
        for score in self.scores:
            if score.applicability.message != score.withheld:
                titles.setdefault(score.applicability.message, []).append(score.model.title)
        return [f"{', '.join(names)}: {message}" for message, names in titles.items()]

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
            "notice": RESEARCH_USE_ONLY,
        }

    def to_dict(self) -> dict[str, Any]:
        """`as_json()`, by the name that pandas has taught."""
        return self.as_json()

    def to_frame(self) -> Any:
        """A pandas data frame, one row a score model: what `as_json` says of each, in columns of its names.

        The columns `lower` and `upper` are there after `uncertainty=True`, `second_reader_score` with a second reader's contour.
        Raises DataRefusedError (missing-package) where pandas is not installed.
        """
        return data_frame([self._row(position) for position in range(len(self.scores))])

    def __repr__(self) -> str:
        scores = [f"{cut(score.model.title, 60)} {score.score:.3f} ({score.group_words})" for score in self.scores]
        if len(scores) > _MOST_SHOWN:
            scores[_MOST_SHOWN:] = [f"{len(scores) - _MOST_SHOWN} more scores"]
        return cut(
            f"LesionResult({quoted(self.segment)}, {self.volume_mm3:.0f} mm³, {', '.join(scores)}, "
            f"warnings: {len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        """For a notebook: the scores, why a group is withheld, the findings, and what this must not be used for."""
        header = ["score", "value", "cutoff", "group"]
        rows = [
            [
                score.model.title,
                f"{score.score:.3f}",
                f"{score.model.cutoff.orientation} {score.model.cutoff.value:g}",
                score.group_words,
            ]
            for score in self.scores
        ]
        if self.uncertainty:
            header.append("over plausible contours")
            for row, interval in zip(rows, self.uncertainty, strict=True):
                row.append(f"{interval.lower:.3f} to {interval.upper:.3f}")
        sentences = [
            *(f"withheld: {sentence}" for sentence in self.withheld),
            *self.applicability_words,
            *(f"{finding.severity}: {finding.message}" for finding in self.findings),
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
    found = checked_features(ct, contour, first.settings, first.names)
    vectors = (found.vector, *(extract(ct, contour, each) for each in others))
    return LesionResult(
        segment=contour.name,
        volume_mm3=contour.voxel_count * math.prod(ct.image.GetSpacing()),
        scores=withhold([apply_model(model, card_vector(model, vectors)) for model in models], found.findings),
        features=found.values,
        findings=found.findings,
        software=found.vector.software,
        settings=first.settings,
        other_features=vectors[1:],
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
        SD of the boundary between readers, mm.
    n
        How many contours or fields.
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
        told = score_uncertainty(ct, contour, models, sd_mm=sd_mm, n=n, level=level, seed=seed)
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(result, findings=(*result.findings, Finding(refusal.code, "warning", str(refusal))))
    return replace(result, uncertainty=told)


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
        told = yield from uncertainty_steps(ct, contour, models)
    except DataRefusedError as refusal:
        if refusal.code != "too-small-to-move":
            raise
        return replace(result, findings=(*result.findings, Finding(refusal.code, "warning", str(refusal))))
    return replace(result, uncertainty=told)


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
        The contour to compare with.

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
            f"The second reader's contour '{other.name}' shares no voxel with '{contour.name}', so it is not of the same lymph "
            "node; name its segment or give another mask.",
            "other-lymph-node",
        )
    return replace(result, second_reader=scored.scores)


# 500 cm³: no lymph node, and seconds of extraction; a whole lung chosen by mistake must not hold up an editor.
LARGEST_MM3 = 500_000.0


@dataclass(frozen=True)
class LiveScore:
    """What is known of one segment now: its result, or the sentence that says why there is none.

    is_moved  whether plausible contours were tried; where the contour is too small for them, a finding says so
    checked   what pyradiomics says of the features, in words; "" where it was not asked yet
    """

    name: str
    result: LesionResult | None = None
    refusal: str = ""
    is_moved: bool = False
    checked: str = ""


@dataclass
class LiveScores:
    """Scores of the segments of one segmentation on one CT, kept by segment ID while contours change."""

    models: Sequence[ScoreModel]
    _ct: CTImage | None = None
    _known: dict[str, tuple[Contour, LiveScore]] = field(default_factory=dict)

    def score(self, segment_id: str, ct: CTImage, contour: Contour) -> LiveScore:
        """The score of a segment's contour; computed only where CT or contour differ from the last call's."""
        if ct is not self._ct:
            self._ct, self._known = ct, {}
        before = self._known.get(segment_id)
        if before is not None and _same(before[0], contour):
            return before[1]
        live = _score(ct, contour, self.models)
        self._known[segment_id] = (contour, live)
        return live

    def uncertainty(self, segment_id: str) -> Generator[None, None, LiveScore | None]:
        """What plausible contours do to the segment's last score, a contour a step, and last what the witness says of its
        features; kept with the score.

        The value is None where the contour has changed meanwhile, or has no score.
        """
        known = self._known.get(segment_id)
        if known is None or known[1].result is None or self._ct is None:
            return None
        contour, live = known
        result = live.result
        assert result is not None
        if not live.is_moved:
            result = yield from uncertainty_in_steps(result, self._ct, contour)
            yield
            live = replace(live, result=result, is_moved=True, checked=_checked(self._ct, contour, result))
        if self._known.get(segment_id) is not known:
            return None
        self._known[segment_id] = (contour, live)
        return live

    def forget(self, keep: Mapping[str, object] | Sequence[str] = ()) -> None:
        """Drop every segment that is not in `keep`."""
        self._known = {segment: known for segment, known in self._known.items() if segment in keep}


def _checked(ct: CTImage, contour: Contour, result: LesionResult) -> str:
    try:
        said = [check_features(ct, contour, vector).sentence for vector in result.vectors]
    except DataRefusedError as refused:
        return str(refused)
    return f"Features by {result.software.engine}, {'; with other settings '.join(said)}."


def _same(before: Contour, now: Contour) -> bool:
    return (
        before.name == now.name
        and before.corner == now.corner
        and before.findings == now.findings
        and np.array_equal(before.voxels, now.voxels)
    )


def _score(ct: CTImage, contour: Contour, models: Sequence[ScoreModel]) -> LiveScore:
    volume_mm3 = contour.voxel_count * float(np.prod(ct.image.GetSpacing()))
    if volume_mm3 > LARGEST_MM3:
        return LiveScore(
            contour.name,
            refusal=f"'{contour.name}' holds {volume_mm3 / 1000:.0f} cm³, which is no lymph node; choose another segment.",
        )
    try:
        return LiveScore(contour.name, score_contour(ct, contour, models))
    except DataRefusedError as refused:
        return LiveScore(contour.name, refusal=str(refused))
