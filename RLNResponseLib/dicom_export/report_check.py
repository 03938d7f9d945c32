"""A structured report's numbers beside those computed anew from the contour that it is of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import are, counted, listed, one_line
from RLNResponseLib.dicom_export.codes import feature_code, score_code
from RLNResponseLib.dicom_export.identity import TextLimits
from RLNResponseLib.dicom_export.reported import ReportedContour, ReportedMeasurement, read_report
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.features.extraction import extract
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction, all_features
from RLNResponseLib.imaging.dicom_references import contour_references
from RLNResponseLib.imaging.records import Contour, CTImage

# A Numeric Value alone has 16 characters: ten digits and more of any number.
SAME_RELATIVE = 1e-9
_NAMED_AT_MOST = 5


@dataclass(frozen=True, kw_only=True)
class ReportDifference:
    """A number of a report that is not what the contour gives.

    Attributes
    ----------
    meaning
        In the report's words.
    reported, recomputed
        Both numbers.
    """

    meaning: str
    reported: float
    recomputed: float


@dataclass(frozen=True, kw_only=True)
class ReportCheck:
    """A report's numbers beside those of its contour.

    Attributes
    ----------
    report
        The file's own name.
    agreeing
        How many are the same to `SAME_RELATIVE` of their value.
    differing
        The others that were compared, in the report's order.
    not_compared
        The meanings of numbers that this software does not compute, or not by this card.
    """

    report: str
    agreeing: int
    differing: tuple[ReportDifference, ...]
    not_compared: tuple[str, ...]


def report_of(report: Path, contour: Path) -> ReportedContour:
    """What a report says of the contour in a DICOM SEG.

    Parameters
    ----------
    report
        A DICOM SR of TID 1500.
    contour
        A DICOM SEG.

    Returns
    -------
    ReportedContour

    Raises
    ------
    DataRefusedError
        not-a-report, other-segmentation.
    """
    stated = contour_references(contour)
    for group in read_report(report):
        if stated is not None and stated.instance and group.segmentation == stated.instance:
            return group
    raise DataRefusedError(
        f"The report {one_line(report.name)} measures another segmentation than {one_line(contour.name)}; name the "
        "DICOM SEG that it refers to.",
        "other-segmentation",
    )


def check_report(
    group: ReportedContour, name: str, ct: CTImage, contour: Contour, scoring: StudyScoring
) -> ReportCheck:
    """Compare a report's numbers with the features and scores of a contour.

    Features with the settings that the report states, or the study's where it states none; scores and what belongs to
    them where the report names a card of the study.

    Parameters
    ----------
    group
        From `report_of`.
    name
        The report's own name.
    ct, contour
        The study's image, and the contour on it.
    scoring
        The study's.

    Returns
    -------
    ReportCheck

    Raises
    ------
    DataRefusedError
        What `extract` and `apply_model` raise.
    """
    expected = _Expected(group, ct, contour, scoring)
    agreeing, differing, not_compared = 0, [], []
    for measured in group.measurements:
        value = expected.of(measured)
        if value is None:
            not_compared.append(measured.meaning)
        elif math.isclose(measured.value, value, rel_tol=SAME_RELATIVE, abs_tol=0):
            agreeing += 1
        else:
            differing.append(ReportDifference(meaning=measured.meaning, reported=measured.value, recomputed=value))
    return ReportCheck(
        report=one_line(name), agreeing=agreeing, differing=tuple(differing), not_compared=tuple(not_compared)
    )


def report_sentences(check: ReportCheck) -> tuple[str, ...]:
    """What a comparison says.

    Parameters
    ----------
    check
        From `check_report`.

    Returns
    -------
    tuple of str
        How many agree; then the first that differ, and what was not compared.
    """
    compared = check.agreeing + len(check.differing)
    sentences = [
        f"Of {counted(compared, 'number')} in {check.report} that the contour gives anew, {check.agreeing} "
        f"{are(check.agreeing)} the same (to {SAME_RELATIVE:g} of the value)."
    ]
    if check.differing:
        shown = [
            f"{each.meaning} {each.reported:.10g}, computed {each.recomputed:.10g}"
            for each in check.differing[:_NAMED_AT_MOST]
        ]
        more = len(check.differing) - len(shown)
        sentences.append(
            f"The report is not of this contour, or was computed otherwise: it says {'; '.join(shown)}"
            f"{f'; and {more} more' if more else ''}."
        )
    if check.not_compared:
        sentences.append(
            f"Not compared, as this study does not compute them: {listed(check.not_compared, _NAMED_AT_MOST)}."
        )
    return tuple(sentences)


class _Expected:
    """What a contour gives for a report's codes."""

    def __init__(self, group: ReportedContour, ct: CTImage, contour: Contour, scoring: StudyScoring) -> None:
        self._group, self._ct, self._contour, self._scoring = group, ct, contour, scoring
        scores = scoring.scores(ct, contour)
        self._vectors: dict[str, dict[tuple[str, str], float]] = {}
        cards = {each.algorithm.name: each.algorithm.version for each in group.measurements}
        limits = TextLimits()
        self._scores: dict[tuple[str, str], float] = {}
        for score in scores:
            if cards.get(score.model.id) == f"sha256:{scoring.cards[score.model.id]}":
                self._scores[_key(score_code(score.model, limits))] = score.score
                self._scores[_key(score_code(score.model, limits, "cutoff"))] = score.model.cutoff.value
                if score.probability is not None:
                    self._scores[_key(score_code(score.model, limits, "probability, derived"))] = score.probability

    def of(self, measured: ReportedMeasurement) -> float | None:
        """The number that the contour gives, None where none is known."""
        value = self._scores.get(measured.code)
        return self._values(measured).get(measured.code) if value is None else value

    def _values(self, measured: ReportedMeasurement) -> Mapping[tuple[str, str], float]:
        """By code: the features that the report names, of every image that its settings name."""
        stated = self._stated(measured)
        digest = _digest(stated)
        if digest not in self._vectors:
            settings = ExtractionSettings.from_mapping(stated)
            reported = {each.code for each in self._group.measurements if _digest(self._stated(each)) == digest}
            names = {code: name for name in all_features(settings) if (code := _key(feature_code(name))) in reported}
            wanted = Extraction(settings, tuple(names.values()))
            values = extract(self._ct, self._contour, wanted).values if names else {}
            self._vectors[digest] = {code: values[name] for code, name in names.items() if name in values}
        return self._vectors[digest]

    def _stated(self, measured: ReportedMeasurement) -> Mapping[str, Any]:
        own = self._scoring.own.settings.as_mapping()
        return measured.algorithm.settings or self._group.algorithm.settings or own


def _digest(settings: Mapping[str, Any]) -> str:
    return json.dumps(dict(settings), sort_keys=True)


def _key(code: Any) -> tuple[str, str]:
    return str(code.scheme_designator), str(code.value)
