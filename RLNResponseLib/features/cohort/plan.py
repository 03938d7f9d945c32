"""What a study's feature table must hold, and which of it has to be computed: rows keyed by their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import current_software
from RLNResponseLib.features.cohort.table import Content, Row, content_of
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction, all_features, feature_columns, together
from RLNResponseLib.study.clinical_columns import OCCASION_HEADER
from RLNResponseLib.study.records import Reading
from RLNResponseLib.study.study import Study


def study_extraction(study: Study) -> Extraction:
    """The features of a study's own: those of every image that its protocol names, the 106 where it names none.

    They are what agreement judges and fits choose from, whatever the study's score models need beside them.

    Parameters
    ----------
    study
        Whose protocol has the settings.

    Returns
    -------
    Extraction
        Its names in the order of the table.

    Raises
    ------
    DataRefusedError
        bad-settings.

    """
    settings = ExtractionSettings.from_mapping(study.protocol.extraction)
    return Extraction(settings, all_features(settings))


def study_extractions(study: Study, cards: Sequence[Extraction] = ()) -> tuple[Extraction, ...]:
    """What the table of a study holds: its own features, first, and what its score models name.

    Parameters
    ----------
    study
        Whose protocol has the settings.
    cards
        `modelling.card_features.card_extractions` of its score models.

    Returns
    -------
    tuple of Extraction

    Raises
    ------
    DataRefusedError
        bad-settings.

    """
    return together([study_extraction(study), *cards])


@dataclass(frozen=True)
class PlannedReading:
    """One reading to extract.

    Attributes
    ----------
    row
        Its row of the table, without the features.
    name
        "A-1", for messages.
    file
        Its contour.
    """

    row: Row
    name: str
    file: Path


@dataclass(frozen=True, kw_only=True)
class PlannedCT:
    """One CT with every reading on it that has to be extracted: the piece of work that a process is given.

    Attributes
    ----------
    image
        Its identifier in the study.
    file
        The stored CT.
    sha256
        Of the file, as it was when it was imported.
    readings
        All on this CT.
    extractions
        What is extracted from each.
    """

    image: str
    file: Path
    sha256: str
    readings: tuple[PlannedReading, ...]
    extractions: tuple[Extraction, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the features of a row."""
        return feature_columns(self.extractions)


@dataclass(frozen=True)
class CohortPlan:
    """What an extraction has to do.

    Attributes
    ----------
    kept
        The rows that are there already, or cannot be made at all.
    cts
        The CT that have to be read, by image.
    """

    kept: tuple[Row, ...]
    cts: tuple[PlannedCT, ...]

    @property
    def readings(self) -> int:
        """How many readings have to be extracted."""
        return sum(len(ct.readings) for ct in self.cts)


def plan_cohort_extraction(
    study: Study,
    readings: tuple[Reading, ...],
    known: Mapping[Content, Mapping[str, float]],
    cards: Sequence[Extraction] = (),
) -> CohortPlan:
    """Sort the readings into those whose features are `known` and those to extract, by `study_extractions`.

    Parameters
    ----------
    study
        The opened study folder.
    readings
        Its locked readings.
    known
        What an earlier table holds, by content.
    cards
        What its score models need beside the protocol's settings.

    Returns
    -------
    CohortPlan

    Raises
    ------
    DataRefusedError
        bad-settings.
    """
    extractions = study_extractions(study, cards)
    columns = feature_columns(extractions)
    shared = _shared_columns(extractions[0])
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
    later = {scan.lymph_node: {"repeat_of": scan.repeat_of, "occasion": scan.occasion} for scan in study.later_scans()}
    first: Row = dict.fromkeys(OCCASION_HEADER) if later else {}
    kept: list[Row] = []
    by_ct: dict[tuple[str, str], list[PlannedReading]] = {}
    for reading in readings:
        name = reading.key.lymph_node
        row = {**_described(reading, patients[name], shared), **later.get(name, first)}
        features = known.get(content_of(row))
        if features is not None:
            kept.append({**row, **features})
            continue
        try:
            planned = PlannedReading(row, reading.key.name, study.contour_file(reading.key, compared=False))
            by_ct.setdefault((reading.image, reading.image_sha256), []).append(planned)
        except DataRefusedError as refusal:
            kept.append(failed_row(row, columns, str(refusal)))
    cts = []
    for (image, sha256), planned_readings in sorted(by_ct.items()):
        try:
            cts.append(
                PlannedCT(
                    image=image,
                    file=study.image_file(image, compared=False),
                    sha256=sha256,
                    readings=tuple(planned_readings),
                    extractions=extractions,
                )
            )
        except DataRefusedError as refusal:
            kept += [failed_row(planned.row, columns, str(refusal)) for planned in planned_readings]
    return CohortPlan(tuple(kept), tuple(cts))


def failed_row(row: Row, columns: Sequence[str], sentence: str) -> Row:
    """The row of a reading that could not be read, with the reason and without features.

    Parameters
    ----------
    row
        What is known of the reading: lymph node, reader, round, hashes.
    columns
        The feature columns, which stay empty.
    sentence
        Why there are no features.

    Returns
    -------
    Row
    """
    return {**row, **dict.fromkeys(columns), "failure": sentence}


def _shared_columns(first: Extraction) -> Row:
    software = current_software()
    return {
        "settings": first.digest,
        "engine": software.engine,
        "simpleitk": software.simpleitk,
        "numpy": software.numpy,
        "failure": None,
    }


def _described(reading: Reading, patient: str, shared: Row) -> Row:
    return {
        "lymph_node": reading.key.lymph_node,
        "patient": patient,
        "reader": reading.key.reader,
        "round": reading.key.round,
        "image_sha256": reading.image_sha256,
        "contour_sha256": reading.contour.sha256,
        **shared,
    }
