"""The agreement of a study: its feature table, its contours, its scores, written into results/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, Interval, compare_features
from RLNResponseLib.agreement.overlap import ReaderOverlap, compare_readers
from RLNResponseLib.agreement.reading_table import ReadingTable, reading_table
from RLNResponseLib.array_types import Progress
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.findings import Finding
from RLNResponseLib.imaging.contours import read_contour
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.modelling.leakage import enforce, mixed_origins
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.report.score_flips import ModelAgreement, model_agreements
from RLNResponseLib.report.study_cases import feature_table
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.number_tables import read_table
from RLNResponseLib.study.protocol import IccRule, lacking_for_agreement, refuse_readers_beyond_analysis
from RLNResponseLib.study.study import Study

_Series = tuple[str, int]


@dataclass(frozen=True)
class AgreementResult:
    """Everything that agreement says.

    scores    one a score model
    overlaps  "inter" and "intra": the contours themselves; empty where only a table was given
    """

    features: FeatureAgreement
    scores: tuple[ModelAgreement, ...]
    overlaps: Mapping[str, ReaderOverlap]
    warnings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        overlaps = {
            kind: {
                "summary": {measure: found.as_json() for measure, found in each.summary.items()},
                "lymph_nodes": {name: asdict(found) for name, found in each.by_lymph_node.items()},
                "missed": list(each.missed),
                "extra": list(each.extra),
                "apart": list(each.apart),
            }
            for kind, each in self.overlaps.items()
        }
        return {
            **self.features.as_json(),
            "scores": [each.as_json() for each in self.scores],
            **({"overlap": overlaps} if overlaps else {}),
            "warnings": [{"code": finding.code, "message": finding.message} for finding in self.warnings],
        }


def table_agreement(
    file: Path,
    models: Sequence[ScoreModel],
    rule: IccRule,
    interval: Interval = "F",
    features: Sequence[str] | None = None,
    seed: int = 0,
    overrides: Sequence[str] = (),
) -> AgreementResult:
    """The agreement in a table of readings.

    overrides  codes of design errors that may pass and are then printed

    Raises DataRefusedError: mixed-settings, and what reading and comparing the table refuse.
    """
    table = reading_table(read_table(file), features)
    warnings = enforce(mixed_origins(table.origins), overrides)
    found = compare_features(table, rule, interval, seed)
    return AgreementResult(found, model_agreements(found, models, seed), {}, warnings)


def study_agreement(
    study: Study,
    models: Sequence[ScoreModel],
    interval: Interval = "F",
    seed: int = 0,
    report: Progress = lambda done, total: None,
    overrides: Sequence[str] = (),
) -> AgreementResult:
    """The agreement of an unblinded study whose features were extracted, by the rule of its protocol.

    report     is told how many contours are read, out of how many
    overrides  codes of design errors that may pass and are then printed

    Raises DataRefusedError: blinded, not-extracted, bad-threshold, too-many-readers, too-many-repeats, reader-missing, and
    what comparing refuses.
    """
    study.refuse_while_blinded("The agreement")
    file = feature_table(study)
    rule = study.protocol.icc_rule()
    table = reading_table(read_table(file))
    refuse_readers_beyond_analysis(_rounds(study, table))
    if lacking := lacking_for_agreement(study.protocol.readers):
        raise DataRefusedError(lacking, "reader-missing")
    warnings = enforce(mixed_origins(table.origins), overrides)
    found = compare_features(table, rule, interval, seed)
    return AgreementResult(found, model_agreements(found, models, seed), _overlaps(study, seed, report), warnings)


def _rounds(study: Study, table: ReadingTable) -> dict[str, set[int]]:
    """Who reads and who read: a reader whom the protocol named once has readings in the table still."""
    rounds = {reader: set(numbers) for reader, numbers in study.protocol.rounds.items()}
    for reading in table.readings:
        rounds.setdefault(reading.reader, set()).add(reading.round)
    return rounds


def _overlaps(study: Study, seed: int, report: Progress) -> dict[str, ReaderOverlap]:
    contours, spacing = _contours(study, report)
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
    found = {}
    for kind, pair in _pairs(list(contours)).items():
        found[kind] = compare_readers(contours[pair[0]], contours[pair[1]], spacing, patients, seed)
    return found


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
    study: Study, report: Progress
) -> tuple[dict[_Series, dict[str, Contour]], dict[str, tuple[float, float, float]]]:
    """Contours by series and lymph node, and each lymph node's voxel spacing (k, j, i)."""
    readings = sorted(study.current_readings(), key=lambda each: (each.image, each.key))
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
        report(done, len(readings))
    return contours, spacing
