"""The agreement of a study: features, contours and scores of its readers, written into results/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, Interval, compare_features
from RLNResponseLib.agreement.groups import refuse_margin
from RLNResponseLib.agreement.overlap import ReaderOverlap, compare_readers
from RLNResponseLib.agreement.readings import ReadingTable, reading_table
from RLNResponseLib.analysis.cases import feature_table
from RLNResponseLib.analysis.model_agreement import ModelAgreement, model_agreements
from RLNResponseLib.analysis.provenance import ProvenanceSummary, provenance_summary
from RLNResponseLib.analysis.reader_accuracy import ScoreAccuracy, study_reader_accuracy
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.types import Progress
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.modelling.fitting.leakage import enforce, mixed_origins
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.protocol import IccRule, lacking_for_agreement, refuse_readers_beyond_analysis
from RLNResponseLib.study.study import Study

_Series = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class AgreementResult:
    """Everything that agreement says.

    Attributes
    ----------
    features
        Of each feature, and of the rule that they pass.
    scores
        One a score model.
    overlaps
        "inter" and "intra": the contours themselves; empty where only a table was given.
    warnings
        Design errors that were let pass.
    accuracy
        The AUC of each published score by reader; empty where only a table was given.
    provenance
        What the readings were begun from; None where only a table was given.
    """

    features: FeatureAgreement
    scores: tuple[ModelAgreement, ...]
    overlaps: Mapping[str, ReaderOverlap]
    warnings: tuple[Finding, ...] = ()
    accuracy: tuple[ScoreAccuracy, ...] = ()
    provenance: ProvenanceSummary | None = None

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        overlaps = {
            kind: {
                "summary": {measure: summary.as_json() for measure, summary in overlap.summary.items()},
                "lymph_nodes": {name: asdict(measures) for name, measures in overlap.by_lymph_node.items()},
                "missed": list(overlap.missed),
                "extra": list(overlap.extra),
                "apart": list(overlap.apart),
            }
            for kind, overlap in self.overlaps.items()
        }
        return {
            **self.features.as_json(),
            "scores": [model.as_json() for model in self.scores],
            **({"accuracy": [score.as_json() for score in self.accuracy]} if self.accuracy else {}),
            **({"overlap": overlaps} if overlaps else {}),
            **({} if self.provenance is None else {"provenance": self.provenance.as_json()}),
            "warnings": [{"code": finding.code, "message": finding.message} for finding in self.warnings],
        }


def table_agreement(
    file: Path | Table,
    models: Sequence[ScoreModel],
    rule: IccRule,
    interval: Interval = "F",
    features: Sequence[str] | None = None,
    seed: int = 0,
    overrides: Sequence[str] = (),
    margin: float | None = None,
) -> AgreementResult:
    """The agreement in a table of readings.

    Parameters
    ----------
    file
        The table of readings, or its file.
    models
        The score models.
    rule
        Which features readers agree on well enough.
    interval
        How the limits are made: F, or bootstrap by patient.
    features
        Names of features; None takes every one that is there.
    seed
        What every random draw is derived from.
    overrides
        Codes of design errors that may pass and are then printed.
    margin
        Of equivalence of the scores, log-odds, stated beforehand; None tests none.

    Returns
    -------
    AgreementResult

    Raises
    ------
    DataRefusedError
        mixed-settings, bad-margin, and what reading and comparing the table refuse.
    """
    _refuse_margin(margin)
    whole = file if isinstance(file, Table) else read_table(file)
    table = reading_table(whole, features)
    warnings = enforce(mixed_origins(table.origins), overrides)
    by_feature = compare_features(table, rule, interval, seed)
    return AgreementResult(
        features=by_feature,
        scores=model_agreements(by_feature, models, whole, seed, margin),
        overlaps={},
        warnings=warnings,
    )


def study_agreement(
    study: Study,
    models: Sequence[ScoreModel],
    interval: Interval = "F",
    seed: int = 0,
    progress: Progress = lambda done, total: None,
    overrides: Sequence[str] = (),
    margin: float | None = None,
) -> AgreementResult:
    """The agreement of an unblinded study whose features were extracted, by the rule of its protocol.

    Parameters
    ----------
    study
        The opened study folder.
    models
        The score models.
    interval
        How the limits are made: F, or bootstrap by patient.
    seed
        What every random draw is derived from.
    progress
        Is told how many contours are read, out of how many.
    overrides
        Codes of design errors that may pass and are then printed.
    margin
        Of equivalence of the scores, log-odds, stated beforehand; None tests none.

    Returns
    -------
    AgreementResult

    Raises
    ------
    DataRefusedError
        blinded, not-extracted, bad-threshold, too-many-readers, too-many-repeats, reader-missing, bad-margin, and
        what comparing refuses.
    """
    _refuse_margin(margin)
    study.refuse_while_blinded("The figures of agreement")
    file = feature_table(study)
    rule = study.protocol.icc_rule()
    whole = read_table(file)
    # Its own alone, whatever the study's score models need beside them: who adds a score changes no other figure.
    table = reading_table(whole, [name for name in study_extraction(study).names if name in whole.columns])
    refuse_readers_beyond_analysis(_rounds(study, table))
    if lacking := lacking_for_agreement(study.protocol.readers):
        raise DataRefusedError(lacking, "reader-missing")
    warnings = enforce(mixed_origins(table.origins), overrides)
    by_feature = compare_features(table, rule, interval, seed)
    overlaps = contour_overlaps(study, seed, progress)
    return AgreementResult(
        features=by_feature,
        scores=model_agreements(by_feature, models, whole, seed, margin),
        overlaps=overlaps,
        provenance=provenance_summary(study, overlaps.get("inter")),
        warnings=warnings,
        accuracy=study_reader_accuracy(study, models, whole),
    )


def _refuse_margin(margin: float | None) -> None:
    """Before anything is compared: a refusal inside a model's comparison would be its reason alone."""
    if margin is not None:
        refuse_margin(margin)


def _rounds(study: Study, table: ReadingTable) -> dict[str, set[int]]:
    """Who reads and who read: a reader whom the protocol named once has readings in the table still."""
    rounds = {reader: set(numbers) for reader, numbers in study.protocol.rounds.items()}
    for reading in table.readings:
        rounds.setdefault(reading.reader, set()).add(reading.round)
    return rounds


def contour_overlaps(
    study: Study, seed: int, progress: Progress = lambda done, total: None
) -> dict[str, ReaderOverlap]:
    """How the contours themselves overlap, between readers and between the rounds of one.

    Parameters
    ----------
    study
        The opened study folder.
    seed
        What every random draw is derived from.
    progress
        Is told how many contours are read, out of how many.

    Returns
    -------
    dict[str, ReaderOverlap]
        By "inter" and "intra"; what nobody read twice is not there.
    """
    contours, spacing = _contours(study, progress)
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
    overlaps = {}
    for kind, pair in _pairs(list(contours)).items():
        overlaps[kind] = compare_readers(contours[pair[0]], contours[pair[1]], spacing, patients, seed)
    return overlaps


def _pairs(series: Sequence[_Series]) -> dict[str, tuple[_Series, _Series]]:
    """Which two series are compared: the two readers of round 1, and the rounds of the one who has two."""
    pairs = {}
    firsts = sorted(one for one in series if one[1] == 1)
    if len(firsts) == 2:
        pairs["inter"] = (firsts[0], firsts[1])
    for reader, round_number in sorted(series):
        if round_number == 2 and (reader, 1) in series:
            pairs["intra"] = ((reader, 1), (reader, 2))
    return pairs


def _contours(
    study: Study, progress: Progress
) -> tuple[dict[_Series, dict[str, Contour]], dict[str, tuple[float, float, float]]]:
    """Contours by series and lymph node, and each lymph node's voxel spacing (k, j, i)."""
    later = {scan.lymph_node for scan in study.later_scans()}
    own = (reading for reading in study.current_readings() if reading.key.lymph_node not in later)
    readings = sorted(own, key=lambda reading: (reading.image, reading.key))
    contours: dict[_Series, dict[str, Contour]] = {}
    spacing: dict[str, tuple[float, float, float]] = {}
    ct = None
    for done, reading in enumerate(readings, start=1):
        if ct is None or ct.name != reading.image:
            ct = study_ct(study, reading.image)
        key = reading.key
        contours.setdefault((key.reader, key.round), {})[key.lymph_node] = read_contour(study.contour_file(key), ct)
        i, j, k = ct.image.GetSpacing()
        spacing[key.lymph_node] = (k, j, i)
        progress(done, len(readings))
    return contours, spacing
