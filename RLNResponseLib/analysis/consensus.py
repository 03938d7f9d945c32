"""The consensus of a study's readers: of every lymph node that two or more contoured, with its scores. After unblinding
only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from RLNResponseLib.agreement.consensus import CONSENSUS_THRESHOLD, Consensus, ConsensusRule, consensus
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.whole_folder import whole_folder
from RLNResponseLib.dicom_export.drawn import DrawnContour
from RLNResponseLib.dicom_export.export import ImageExport, refuse_export_folder
from RLNResponseLib.dicom_export.identity import TextLimits
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.stored import contour_digest
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.study.contouring import locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.records import FIRST_ROUND, Reading
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ScoredConsensus:
    """A lymph node's consensus and its scores.

    Attributes
    ----------
    lymph_node, image
        Identifiers.
    locked_at
        When the last of its readings was locked.
    ct
        The study's image.
    made
        The consensus; its contours are called as their readings ("A-1").
    scores
        One for each model of the study.
    """

    lymph_node: str
    image: str
    locked_at: datetime
    ct: CTImage
    made: Consensus
    scores: tuple[ScoreResult, ...]

    @property
    def volume_mm3(self) -> float:
        """Of its voxels."""
        x, y, z = self.ct.image.GetSpacing()
        return float(self.made.contour.voxel_count * x * y * z)


def readings_for_consensus(study: Study, lymph_node: str | None = None) -> dict[str, list[Reading]]:
    """The locked first readings of the lymph nodes that two readers or more contoured.

    Parameters
    ----------
    study
        An opened study, unblinded.
    lymph_node
        Only this one; None takes all.

    Returns
    -------
    dict
        Lymph node → its readings, by reader.

    Raises
    ------
    DataRefusedError
        blinded, no-such-lymph-node, few-contours.
    """
    study.refuse_while_blinded("Other readers' contours")
    if lymph_node is not None:
        study.lymph_node(lymph_node)
    found: dict[str, list[Reading]] = {}
    for reading in sorted(study.current_readings(), key=lambda reading: reading.key):
        if reading.key.round == FIRST_ROUND and lymph_node in (None, reading.key.lymph_node):
            found.setdefault(reading.key.lymph_node, []).append(reading)
    several = {name: readings for name, readings in found.items() if len(readings) > 1}
    if not several:
        what = "The study has no lymph node" if lymph_node is None else f"'{lymph_node}' is no lymph node"
        raise DataRefusedError(
            f"{what} whose first reading two readers have locked; a consensus needs two contours.", "few-contours"
        )
    return several


def reader_consensus(
    study: Study,
    readings: Sequence[Reading],
    scoring: StudyScoring,
    rule: ConsensusRule,
    threshold: float = CONSENSUS_THRESHOLD,
) -> ScoredConsensus:
    """The consensus of a lymph node's readings, scored.

    Parameters
    ----------
    study
        An opened study, unblinded.
    readings
        Of one lymph node, from `readings_for_consensus`.
    scoring
        The study's.
    rule, threshold
        As `consensus` takes them.

    Returns
    -------
    ScoredConsensus

    Raises
    ------
    DataRefusedError
        contour-changed, image-changed, and what `consensus` and scoring refuse.
    """
    lymph_node = readings[0].key.lymph_node
    ct = study_ct(study, readings[0].image)
    for reading in readings:
        refuse_changed_image(study, reading)
    contours = [locked_contour(study, reading, ct) for reading in readings]
    names = [reading.key.name for reading in readings]
    made = consensus(contours, names, rule, name=lymph_node, threshold=threshold)
    return ScoredConsensus(
        lymph_node=lymph_node,
        image=readings[0].image,
        locked_at=max(reading.locked_at for reading in readings),
        ct=ct,
        made=made,
        scores=scoring.scores(ct, made.contour),
    )


def export_consensus(
    study: Study, found: Sequence[ScoredConsensus], scoring: StudyScoring, folder: Path
) -> tuple[str, ...]:
    """Write each consensus as SEG and RTSTRUCT beside its CT, as `dicom_export` writes a reading; no report.

    Parameters
    ----------
    study
        An opened study, unblinded.
    found
        From `reader_consensus`.
    scoring
        The study's.
    folder
        New or empty, outside the study.

    Returns
    -------
    tuple of str
        A sentence for every text that was cut to its DICOM element's length.

    Raises
    ------
    DataRefusedError
        folder-not-empty, inside-study, not-whole-hu, cannot-write, missing-package.
    """
    limits = TextLimits()
    refuse_export_folder(folder, study)
    with whole_folder(folder) as partial:
        for image in dict.fromkeys(each.image for each in found):
            exporter = ImageExport(study, image, partial, scoring, limits)
            of_image = [each for each in found if each.image == image]
            for number, each in enumerate(of_image, start=1):
                exporter.write_contour(each.made.contour, _drawn(each), number)
    return tuple(limits.notices)


def _drawn(each: ScoredConsensus) -> DrawnContour:
    said = each.made.provenance
    voxels = contour_digest(each.made.contour, each.ct.image.GetSize())
    return DrawnContour(
        lymph_node=each.lymph_node,
        name="consensus",
        author="consensus",
        digest=hashlib.sha256(f"{said} {voxels}".encode()).hexdigest(),
        moment=each.locked_at,
        said=f"{said[0].upper()}{said[1:]}.",
        assistance=f"consensus of {len(each.made.readers)} contours by {each.made.rule}",
    )


def consensus_table(found: Sequence[ScoredConsensus]) -> Table:
    """A row for each lymph node: what the consensus is made of, its volume, its scores and groups, each contour beside
    it.

    Parameters
    ----------
    found
        Scored.

    Returns
    -------
    Table
    """
    rows = [dict(_cells(each)) for each in found]
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Table(
        name="consensus.csv",
        columns=columns,
        rows=tuple({column: row.get(column, "") for column in columns} for row in rows),
    )


def _cells(each: ScoredConsensus) -> Iterator[tuple[str, str]]:
    made = each.made
    yield "lymph_node", each.lymph_node
    yield "contours", " ".join(reader.name for reader in made.readers)
    yield "rule", made.rule
    yield "threshold", f"{made.threshold:g}"
    yield "voxels", str(made.contour.voxel_count)
    yield "volume_mm3", f"{each.volume_mm3:.6g}"
    for score in each.scores:
        yield score.model.id, repr(score.score)
        yield f"{score.model.id}_group", score.group or ""
    for reader in made.readers:
        yield f"dice_{reader.name}", f"{reader.dice:.6f}"
        yield f"dice_with_others_{reader.name}", _or_empty(reader.dice_with_others)
        if reader.sensitivity is not None and reader.specificity is not None:
            yield f"sensitivity_{reader.name}", f"{reader.sensitivity:.6f}"
            yield f"specificity_{reader.name}", f"{reader.specificity:.6f}"


def _or_empty(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
