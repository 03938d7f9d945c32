"""One reading's features, scores and groups as a DICOM structured report (TID 1500, Comprehensive 3D SR)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.requirements import need
from RLNResponseLib.dicom_export.codes import coded, coding_schemes, feature_code, feature_unit, group_code, score_code
from RLNResponseLib.dicom_export.identity import (
    LONG_STRING,
    MANUFACTURER,
    ExamIdentity,
    TextLimits,
    coded_name,
    one_line,
)
from RLNResponseLib.dicom_export.reported import SETTINGS_WORDS
from RLNResponseLib.dicom_export.seg import lesion_uid
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.imaging.segments import LYMPH_NODE_CATEGORY, LYMPH_NODE_TYPE
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.study.anchor import line_words
from RLNResponseLib.study.records import Reading

_FIRST_SERIES_NUMBER = 1000


@dataclass(frozen=True, kw_only=True)
class ScoredReading:
    """What is reported of one reading.

    Attributes
    ----------
    reading
        Who read what, and when.
    findings
        What the checks said of it when it was locked.
    features
        With the study's settings.
    scores
        One for each model of the study.
    cards
        SHA-256 of each model's card, by the model's ID.
    other_features
        Of models whose cards have other settings than the study, once for each distinct ones.
    """

    reading: Reading
    findings: Sequence[Finding]
    features: FeatureVector
    scores: tuple[ScoreResult, ...]
    cards: Mapping[str, str]
    other_features: tuple[FeatureVector, ...] = ()


def structured_report(
    scored: ScoredReading,
    contour: Any,
    slices: Sequence[Any],
    exam: ExamIdentity,
    number: int,
    limits: TextLimits,
) -> Any:
    """The report as highdicom Comprehensive3DSR, referring to the segment and its CT series.

    Every finite feature is a measurement with all its digits (FloatingPointValue); those that are not defined are named
    in a comment, and so are the warnings that the reading was locked with. The report is not verified by anybody. Its
    date is the day on which the reading was locked.

    Parameters
    ----------
    scored
        The reading with its scores.
    contour
        The reading's Segmentation object.
    slices
        Of the exported CT, without pixel data.
    exam
        Whose and which examination, by codes of the study.
    number
        Of the reading within its image, from 1; makes the series number.
    limits
        What a text of the study may hold.

    Returns
    -------
    object
    """
    sr = need("highdicom.sr")
    reading = scored.reading
    name = f"{reading.key.lymph_node} {reading.key.name}"
    content = _content(scored, contour, exam, limits)
    seed = (name, str(contour.SOPInstanceUID), json.dumps(_numbers(scored), sort_keys=True))
    report = sr.Comprehensive3DSR(
        evidence=[contour, *slices],
        content=content[0],
        series_instance_uid=exam.uid("sr series", *seed),
        series_number=_FIRST_SERIES_NUMBER + number,
        sop_instance_uid=exam.uid("sr", *seed),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=__version__,
        is_complete=True,
        series_description=limits.fit(
            f"Research use only: Rad-scores {name}", LONG_STRING, f"The series description of report '{name}'"
        ),
        content_date=reading.locked_at.date(),
        content_time=reading.locked_at.time(),
    )
    exam.describe(report)
    report.CodingSchemeIdentificationSequence = coding_schemes()
    return report


def _content(scored: ScoredReading, contour: Any, exam: ExamIdentity, limits: TextLimits) -> Any:
    from pydicom.sr.codedict import codes

    sr = need("highdicom.sr")
    reading = scored.reading
    group = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(lesion_uid(exam, reading.key.lymph_node), reading.key.lymph_node),
        referenced_segment=sr.ReferencedSegment(
            contour.SOPClassUID,
            contour.SOPInstanceUID,
            1,
            source_series=sr.SourceSeriesForSegmentation(exam.ct_series_uid),
        ),
        finding_category=coded(LYMPH_NODE_CATEGORY),
        finding_type=coded(LYMPH_NODE_TYPE),
        session=f"Reading {reading.key.name}",
        algorithm_id=_extraction(scored.features),
        measurements=[*_features(scored.features), *_other_features(scored), *_scores(scored, limits)],
        qualitative_evaluations=[
            sr.QualitativeEvaluation(score_code(score.model, limits, "group"), group_code(score, limits))
            for score in scored.scores
        ],
    )
    warnings = [f"Warning: {finding.message}" for finding in scored.findings if finding.severity == "warning"]
    log = f"The line of the study's log that announced this reading: {line_words(reading.audit)}."
    words = (RESEARCH_USE_ONLY, *map(_sentence, scored.scores), *warnings, *_undefined(scored.features), log)
    for sentence in words:
        group[0].ContentSequence.append(_comment(sentence))
    observer = sr.ObservationContext(
        observer_person_context=sr.ObserverContext(
            codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(coded_name(reading.key.reader))
        ),
        observer_device_context=sr.ObserverContext(
            codes.DCM.Device,
            sr.DeviceObserverIdentifyingAttributes(
                exam.uid("device", __version__), name=MANUFACTURER, manufacturer_name=MANUFACTURER
            ),
        ),
    )
    return sr.MeasurementReport(
        observation_context=observer,
        procedure_reported=codes.cid100.CTUnspecifiedBodyRegion,
        imaging_measurements=[group],
    )


def _extraction(features: FeatureVector) -> Any:
    sr = need("highdicom.sr")
    software, settings = features.software, json.dumps(features.settings.as_mapping(), sort_keys=True)
    return sr.AlgorithmIdentification(
        name=software.engine,
        version=software.rlnresponse,
        parameters=[
            f"{SETTINGS_WORDS}{settings}",
            f"software {json.dumps(software.as_json(), sort_keys=True)}",
        ],
    )


def _features(features: FeatureVector) -> list[Any]:
    sr = need("highdicom.sr")
    return [
        sr.Measurement(feature_code(name), float(value), feature_unit(name, features.settings))
        for name, value in features.values.items()
        if math.isfinite(value)
    ]


def _other_features(scored: ScoredReading) -> list[Any]:
    """Features of other settings than the group's, each with its own: a name alone would stand for two."""
    sr = need("highdicom.sr")
    return [
        sr.Measurement(
            feature_code(name), float(value), feature_unit(name, vector.settings), algorithm_id=_extraction(vector)
        )
        for vector in scored.other_features
        for name, value in vector.values.items()
        if math.isfinite(value)
    ]


def _undefined(features: FeatureVector) -> list[str]:
    names = [name for name, value in features.values.items() if not math.isfinite(value)]
    return [f"Not defined for this contour: {', '.join(names)}."] if names else []


def _scores(scored: ScoredReading, limits: TextLimits) -> list[Any]:
    """Score, cutoff and derived probability of each model, the score with the model's identity."""
    from pydicom.sr.codedict import codes

    sr = need("highdicom.sr")
    measurements = []
    for score in scored.scores:
        model = score.model
        identity = sr.AlgorithmIdentification(
            name=model.id,
            version=f"sha256:{scored.cards[model.id]}",
            parameters=[
                one_line(f"citation: {model.citation}"),
                one_line(f"outcome: {model.outcome}"),
                one_line(f"status: {model.status}"),
                f"formula: {json.dumps(_formula(model), sort_keys=True)}",
                one_line(f"definitions: {model.definitions}"),
            ],
        )
        values = [("", score.score), ("cutoff", model.cutoff.value)]
        if score.probability is not None:
            values.append(("probability, derived", score.probability))
        for what, value in values:
            measurements.append(
                sr.Measurement(
                    score_code(model, limits, what),
                    float(value),
                    codes.UCUM.NoUnits,
                    algorithm_id=identity if not what else None,
                )
            )
    return measurements


def _formula(model: ScoreModel) -> dict[str, Any]:
    return {"intercept": model.intercept, "coefficients": dict(model.coefficients)}


def _sentence(score: ScoreResult) -> str:
    """What the codes say, in words: the code meanings may be cut, this is not."""
    cutoff = score.model.cutoff
    beyond = cutoff.sign * math.inf
    return (
        f"{score.model.title} {score.score:.6g}, {_group_words(score)} ({cutoff.said(beyond)} where the score is "
        f"{cutoff.orientation} {cutoff.value:g}, else {cutoff.said(-beyond)}); {score.model.status}."
        + (f" {score.withheld}" if score.withheld else "")
    )


def _group_words(score: ScoreResult) -> str:
    return score.group_words if score.withheld else f"group {score.group}"


def _comment(sentence: str) -> Any:
    from pydicom.sr.codedict import codes

    sr = need("highdicom.sr")
    return sr.TextContentItem(codes.DCM.Comment, one_line(sentence), sr.RelationshipTypeValues.CONTAINS)


def _numbers(scored: ScoredReading) -> dict[str, Any]:
    """What decides whether two reports are the same."""
    others = [
        {
            "settings": vector.settings.as_mapping(),
            "features": {name: repr(value) for name, value in vector.values.items()},
        }
        for vector in scored.other_features
    ]
    return {
        **({"other_features": others} if others else {}),
        "features": {name: repr(value) for name, value in scored.features.values.items()},
        "settings": scored.features.settings.as_mapping(),
        "software": scored.features.software.as_json(),
        "cards": dict(scored.cards),
    }
