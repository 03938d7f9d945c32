"""The feature table of a study: one row a locked reading, extracted anew only where something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.files import write_atomically, write_text_atomically
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.software import Software, current_software
from RLNResponseLib.study.contouring import locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.records import Reading
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.tables import csv_text

# What a row was computed from: where all of it is the same, so are the features.
_CONTENT = ("image_sha256", "contour_sha256", "settings", "pyradiomics", "simpleitk", "numpy")
_NAMES = ("lymph_node", "patient", "reader", "round", *_CONTENT, "failure")
TABLE_STEM = "readings"

Row = dict[str, Any]


@dataclass(frozen=True)
class CohortExtraction:
    """What an extraction made.

    files      the Parquet and the CSV file, with the same rows
    extracted  rows computed now; the others were kept from the run before
    failures   the sentence for every reading that could not be read, by its name ("LN1/A-1"); its row has no features
    """

    files: tuple[Path, Path]
    rows: int
    extracted: int
    failures: Mapping[str, str]


def extract_study(study: Study, report: Callable[[int, int], object] = lambda done, total: None) -> CohortExtraction:
    """Extract the 106 features of every locked reading that no correction replaces, with the protocol's settings.

    report  is told how many readings are done, out of how many

    Raises DataRefusedError: blinded (a reader could see the features in the folder), bad-settings, no-readings.
    """
    study.refuse_while_blinded("The features")
    readings = study.current_readings()
    if not readings:
        raise DataRefusedError(
            "The study has no locked reading to extract features from; lock one first.", "no-readings"
        )
    settings = ExtractionSettings.from_mapping(study.protocol.extraction)
    software = current_software()
    folder = study.folder / "features"
    folder.mkdir(exist_ok=True)
    files = (folder / f"{TABLE_STEM}.parquet", folder / f"{TABLE_STEM}.csv")
    known = _known_rows(files[0])
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
    rows: list[Row] = []
    extracted = 0
    ct: CTImage | None = None
    # By image, so that each CT is read once.
    for done, reading in enumerate(sorted(readings, key=lambda each: (each.image, each.key)), start=1):
        row = _described(reading, patients[reading.key.lymph_node], settings, software)
        kept = known.get(tuple(row[name] for name in _CONTENT))
        if kept is None:
            extracted += 1
            try:
                if ct is None or ct.name != reading.image:
                    ct = study_ct(study, reading.image)
                kept = _features(study, reading, ct, settings)
            except DataRefusedError as refusal:
                row["failure"] = str(refusal)
        rows.append({**row, **(kept or dict.fromkeys(FEATURES))})
        report(done, len(readings))
    rows.sort(key=lambda row: (row["lymph_node"], row["reader"], row["round"]))
    _write(rows, files)
    failures = {f"{row['lymph_node']}/{row['reader']}-{row['round']}": row["failure"] for row in rows if row["failure"]}
    return CohortExtraction(files, len(rows), extracted, failures)


def _described(reading: Reading, patient: str, settings: ExtractionSettings, software: Software) -> Row:
    return {
        "lymph_node": reading.key.lymph_node,
        "patient": patient,
        "reader": reading.key.reader,
        "round": reading.key.round,
        "image_sha256": reading.image_sha256,
        "contour_sha256": reading.contour.sha256,
        "settings": settings.digest(),
        "pyradiomics": f"{software.pyradiomics_distribution} {software.pyradiomics}",
        "simpleitk": software.simpleitk,
        "numpy": software.numpy,
        "failure": None,
    }


def _features(study: Study, reading: Reading, ct: CTImage, settings: ExtractionSettings) -> Mapping[str, float]:
    contour = locked_contour(study, reading, ct)
    refuse_changed_image(study, reading)
    return extract_features(ct, contour, settings, FEATURES).values


def _known_rows(table: Path) -> dict[tuple[Any, ...], Mapping[str, float]]:
    """The features of an earlier run by what they were computed from; nothing where its file is damaged."""
    import pyarrow
    from pyarrow import parquet

    try:
        rows = parquet.read_table(table).to_pylist()
        return {
            tuple(row[name] for name in _CONTENT): {name: row[name] for name in FEATURES}
            for row in rows
            if row["failure"] is None
        }
    except (OSError, KeyError, pyarrow.ArrowException):
        return {}


def _write(rows: list[Row], files: tuple[Path, Path]) -> None:
    import pyarrow
    from pyarrow import parquet

    types = {name: pyarrow.int64() if name == "round" else pyarrow.string() for name in _NAMES}
    schema = pyarrow.schema([*types.items(), *((name, pyarrow.float64()) for name in FEATURES)])
    table = pyarrow.Table.from_pylist(rows, schema=schema)
    write_atomically(files[0], lambda path: parquet.write_table(table, path))
    write_text_atomically(files[1], csv_text((*_NAMES, *FEATURES), rows))
