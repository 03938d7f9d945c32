"""Locked readings as DICOM: for every image a CT series, for every reading a SEG, an RTSTRUCT and a structured report.
Docs: docs/dicom.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Progress
from RLNResponseLib.common.whole_folder import refuse_filled_folder, whole_folder
from RLNResponseLib.dicom_export.ct import ct_slices
from RLNResponseLib.dicom_export.identity import ExamIdentity, TextLimits
from RLNResponseLib.dicom_export.rtstruct import structure_set
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.dicom_export.seg import segmentation
from RLNResponseLib.dicom_export.sr import ScoredReading, structured_report
from RLNResponseLib.study.beginnings import last_assistance
from RLNResponseLib.study.contouring import locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.records import Reading, ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class DicomExport:
    """What was written.

    Attributes
    ----------
    folder
        Where it lies.
    slices
        CT files.
    readings
        Each with one SEG, one RTSTRUCT and one SR file.
    notices
        A sentence for every text that was cut to its DICOM element's length.
    """

    folder: Path
    slices: int
    readings: int
    notices: tuple[str, ...]


def export_dicom(
    study: Study,
    folder: Path,
    only: ReadingKey | None = None,
    progress: Progress = lambda done, total: None,
) -> DicomExport:
    """Write every locked reading that no correction replaces, or one of them, with its CT, into a new or empty folder.

    The folder appears whole or not at all, and the same study gives the same files.

    Parameters
    ----------
    study
        The opened study folder.
    folder
        The folder.
    only
        The lymph node, reader and round of one reading; its last correction is taken.
    progress
        Is told how many readings are done, out of how many.

    Returns
    -------
    DicomExport

    Raises
    ------
    DataRefusedError
        blinded, no-readings, no-such-reading, folder-not-empty, inside-study, not-whole-hu, contour-changed,
        image-changed, cannot-write, missing-package, and what extraction and score models raise.
    """
    study.refuse_while_blinded("Contours, features and scores")
    need("highdicom")  # before the long work, not after it
    readings = _chosen(study, only)
    _refuse_folder(folder, study)
    scoring = StudyScoring.of_study(study)
    limits = TextLimits()
    slices = done = 0
    with whole_folder(folder) as partial:
        for image in dict.fromkeys(reading.image for reading in readings):
            exporter = _ImageExport(study, image, partial, scoring, limits)
            slices += len(exporter.slices)
            for reading in (candidate for candidate in readings if candidate.image == image):
                exporter.write(reading)
                done += 1
                progress(done, len(readings))
    return DicomExport(folder=folder, slices=slices, readings=done, notices=tuple(limits.notices))


class _ImageExport:
    """One image of the study on its way out: its CT is written when this is made, then one reading after the other."""

    def __init__(self, study: Study, image: str, folder: Path, scoring: StudyScoring, limits: TextLimits) -> None:
        entry = study.image(image)
        self._study, self._scoring, self._limits = study, scoring, limits
        self._exam = ExamIdentity.of_image(entry)
        self._folder = folder / entry.patient / entry.id
        self._ct = study_ct(study, image)
        # Numbers depend on all readings of the image, so that one exported alone is the same as among the others.
        keys = [reading.key for reading in study.current_readings() if reading.image == image]
        self._numbers = {key: number for number, key in enumerate(sorted(keys), start=1)}
        self.slices = self._write_ct()

    def _write_ct(self) -> list[Any]:
        """Write the slices; what is kept of them are the headers, which contours and reports refer to."""
        headers = []
        for dataset in ct_slices(self._ct, self._exam, self._limits):
            _save(dataset, self._folder / "ct" / f"{dataset.InstanceNumber:04d}.dcm")
            del dataset.PixelData
            headers.append(dataset)
        return headers

    def write(self, reading: Reading) -> None:
        """Write a reading's SEG, RTSTRUCT and SR."""
        refuse_changed_image(self._study, reading)
        contour = locked_contour(self._study, reading, self._ct)
        part = sealed_part(self._study, reading)
        (features, *others), scores = self._scoring.measure(self._ct, contour)
        scored = ScoredReading(
            reading=reading,
            findings=part.findings,
            features=features,
            scores=scores,
            cards=self._scoring.cards,
            other_features=tuple(others),
        )
        number, begun = self._numbers[reading.key], last_assistance(part.beginnings or ())
        assistance = "" if begun is None else begun.what
        seg = segmentation(self.slices, contour, reading, self._exam, number, self._limits, assistance)
        report = structured_report(scored, seg, self.slices, self._exam, number, self._limits)
        outlines = structure_set(self.slices, self._ct, contour, reading, self._exam, number, self._limits, assistance)
        name = f"{reading.key.lymph_node}-{reading.key.name}.dcm"
        _save(seg, self._folder / "seg" / name)
        _save(outlines, self._folder / "rtstruct" / name)
        _save(report, self._folder / "sr" / name)


def _chosen(study: Study, only: ReadingKey | None) -> Sequence[Reading]:
    readings = sorted(study.current_readings(), key=lambda reading: (reading.image, reading.key))
    if only is not None:
        study.lymph_node(only.lymph_node)
        wanted = (only.lymph_node, only.reader, only.round)
        readings = [
            reading for reading in readings if (reading.key.lymph_node, reading.key.reader, reading.key.round) == wanted
        ]
        if not readings:
            raise DataRefusedError(
                f"There is no locked reading {only.name} of '{only.lymph_node}'; name one that is locked.",
                "no-such-reading",
            )
    if not readings:
        raise DataRefusedError("The study has no locked reading to export; lock one first.", "no-readings")
    return readings


def _refuse_folder(folder: Path, study: Study) -> None:
    if folder.resolve().is_relative_to(study.folder.resolve()):
        raise DataRefusedError(
            "The DICOM export would lie inside the study folder, where study verify would report it; name a folder "
            "elsewhere.",
            "inside-study",
        )
    refuse_filled_folder(folder, "the export")


def _save(dataset: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
