"""slicer.dicomDatabase over DICOM files: the questions of ctkDICOMDatabase that Slicer 5.12 answers, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import manifest

_COLUMNS = {
    "patient": {"PatientsName": "PatientName", "PatientID": "PatientID"},
    "study": {"StudyDate": "StudyDate"},
    "series": {"SeriesDescription": "SeriesDescription", "Modality": "Modality"},
}


class DicomDatabase:
    """What an import of DICOM files into Slicer's database lets one ask; a name that Slicer lacks is refused."""

    def __init__(self, files: Iterable[Path], is_open: bool = True) -> None:
        import pydicom

        self._headers = {Path(file): pydicom.dcmread(file, stop_before_pixels=True) for file in files}
        self._is_open = is_open

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and manifest.member("ctkDICOMDatabase", name) is None:
            raise AttributeError(f"ctkDICOMDatabase of Slicer 5.12 has no {name}")
        return super().__getattribute__(name)

    @property
    def isOpen(self) -> bool:
        return self._is_open

    def patients(self) -> tuple[str, ...]:
        return tuple(str(number) for number, _id in enumerate(self._ids()))

    def studiesForPatient(self, patient: str) -> tuple[str, ...]:
        of = self._ids()[int(patient)]
        return self._different("StudyInstanceUID", lambda header: header.PatientID == of)

    def seriesForStudy(self, study: str) -> tuple[str, ...]:
        return self._different("SeriesInstanceUID", lambda header: study == header.StudyInstanceUID)

    def filesForSeries(self, series: str, hits: int = -1) -> tuple[str, ...]:
        files = tuple(str(file) for file, header in self._headers.items() if series == header.SeriesInstanceUID)
        return files if hits < 0 else files[:hits]

    def fieldForPatient(self, field: str, patient: str) -> str:
        of = self._ids()[int(patient)]
        return self._field("patient", field, lambda header: header.PatientID == of)

    def fieldForStudy(self, field: str, study: str) -> str:
        return self._field("study", field, lambda header: study == header.StudyInstanceUID)

    def fieldForSeries(self, field: str, series: str) -> str:
        return self._field("series", field, lambda header: series == header.SeriesInstanceUID)

    def _ids(self) -> tuple[str, ...]:
        return self._different("PatientID", lambda _header: True)

    def _different(self, keyword: str, wanted: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(getattr(each, keyword)) for each in self._headers.values() if wanted(each)))

    def _field(self, table: str, field: str, wanted: Any) -> str:
        # As CTK: a column that its table lacks has an empty text.
        keyword = _COLUMNS[table].get(field, "")
        return next((str(each.get(keyword, "")) for each in self._headers.values() if wanted(each)), "")
