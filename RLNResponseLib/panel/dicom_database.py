"""What Slicer's DICOM database holds, as a coordinator chooses from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

from RLNResponseLib.study.coordination import OfferedSeries


def database_series() -> tuple[OfferedSeries, ...]:
    """Every series of Slicer's DICOM database.

    Returns
    -------
    tuple of OfferedSeries
        None where Slicer has no database, or it is not open.

    """
    # The DICOM module puts it there; a Slicer without that module has none.
    database: Any = getattr(slicer, "dicomDatabase", None)
    if database is None or not database.isOpen:
        return ()
    return tuple(
        OfferedSeries(
            patient=_named(database, patient),
            date=str(database.fieldForStudy("StudyDate", study)),
            description=str(database.fieldForSeries("SeriesDescription", series)),
            modality=str(database.fieldForSeries("Modality", series)),
            uid=str(series),
            files=tuple(Path(str(file)) for file in database.filesForSeries(series)),
        )
        for patient in database.patients()
        for study in database.studiesForPatient(patient)
        for series in database.seriesForStudy(study)
    )


def _named(database: Any, patient: str) -> str:
    """Name and ID, as Slicer's DICOM module shows both."""
    parts = (str(database.fieldForPatient(field, patient)) for field in ("PatientsName", "PatientID"))
    return " · ".join(part for part in parts if part)
