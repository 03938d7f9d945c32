"""What a study's coordinator asks: which patients, CT and lymph nodes are there, which are missing, and whose CT is it
that lies in a folder or in Slicer's DICOM database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.imaging.formats import volumes_in
from RLNResponseLib.study.exclusions import excluded_lymph_nodes, excluded_patients
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """One CT that the clinical tables name, or a patient for whom they name none.

    Attributes
    ----------
    patient
        Identifier.
    image
        The CT's; "" where the table of lymph nodes names none of this patient.
    lymph_nodes
        Those on this CT, in the table's order.
    is_imported
        Whether the CT is in the study.
    without_site
        Those of the lymph nodes that have no marked site, so that readers' views do not begin there.
    left_out
        Why the patient, or every lymph node on this CT, is left out; "" where not.
    """

    patient: str
    image: str
    lymph_nodes: tuple[str, ...]
    is_imported: bool
    without_site: tuple[str, ...]
    left_out: str

    @property
    def is_complete(self) -> bool:
        """Whether its lymph nodes can be read, or need not be."""
        return self.is_imported or bool(self.left_out)


def import_rows(study: Study) -> tuple[ImportRow, ...]:
    """What of a study's patients, CT and lymph nodes is there.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of ImportRow
        By patient in the order of their table, then by CT in the order in which lymph nodes name it.
    """
    imported = {entry.id for entry in study.images()}
    patients_out, lymph_nodes_out = excluded_patients(study), excluded_lymph_nodes(study)
    by_image: dict[tuple[str, str], list[str]] = {}
    sites = {}
    for lymph_node in study.lymph_nodes():
        by_image.setdefault((lymph_node.patient, lymph_node.image), []).append(lymph_node.id)
        sites[lymph_node.id] = lymph_node.site_mm
    rows = []
    for patient in study.patients():
        images = [image for of, image in by_image if of == patient.id] or [""]
        for image in images:
            names = tuple(by_image.get((patient.id, image), ()))
            all_out = bool(names) and all(name in lymph_nodes_out for name in names)
            reason = patients_out.get(patient.id, lymph_nodes_out[names[0]] if all_out else "")
            rows.append(
                ImportRow(
                    patient=patient.id,
                    image=image,
                    lymph_nodes=names,
                    is_imported=image in imported,
                    without_site=tuple(name for name in names if sites[name] is None),
                    left_out=reason,
                )
            )
    return tuple(rows)


@dataclass(frozen=True, kw_only=True)
class OfferedSeries:
    """An image series that Slicer's DICOM database holds.

    Attributes
    ----------
    patient
        As the database names them: for the coordinator's eyes; it goes into no record.
    date
        Of the examination, as it stands there.
    description
        Of the series.
    modality
        "CT", "MR", …
    uid
        Of the series, for choosing it and nothing else.
    files
        Of its images.
    """

    patient: str
    date: str
    description: str
    modality: str
    uid: str = field(repr=False)
    files: tuple[Path, ...]

    @property
    def missing(self) -> str:
        """What it lacks to be imported; "" where nothing is seen to be missing."""
        if not self.files:
            return "no file"
        if len(self.files) == 1:
            return "a single slice"
        if len({file.parent for file in self.files}) > 1:
            return "its files lie in several folders"
        return ""


@dataclass(frozen=True, kw_only=True)
class PlannedImport:
    """One CT that is to be imported.

    Attributes
    ----------
    patient, image
        The study's codes.
    path
        The folder or file.
    series
        UID of the series in it; "" where it holds one.
    acquisition
        The number of the acquisition; "" where the series holds one.
    """

    patient: str
    image: str
    path: Path
    series: str = field(default="", repr=False)
    acquisition: str = ""


def offered_cts(found: Iterable[OfferedSeries]) -> tuple[OfferedSeries, ...]:
    """The CT among the series of a database, by patient and date, the larger series of one day first.

    Parameters
    ----------
    found
        All that it holds.

    Returns
    -------
    tuple of OfferedSeries
    """
    cts = [series for series in found if series.modality.strip().upper() == "CT"]
    return tuple(sorted(cts, key=lambda series: (series.patient.casefold(), series.date, -len(series.files))))


def planned_series(row: ImportRow | None, series: OfferedSeries) -> PlannedImport:
    """A series of the database as the CT of a row.

    Parameters
    ----------
    row
        Of `import_rows`; None where none is chosen.
    series
        Of `offered_cts`.

    Returns
    -------
    PlannedImport

    Raises
    ------
    DataRefusedError
        no-row, no-ct-named, image-exists, series-incomplete, series-gone.
    """
    wanted = _wanted(row)
    if series.missing:
        raise DataRefusedError(
            f"The chosen series cannot be imported as it is ({series.missing}); drop its folder on the row instead.",
            "series-incomplete",
        )
    if not all(file.is_file() for file in series.files):
        raise DataRefusedError(
            "Files of the chosen series are no longer where Slicer's DICOM database has them; load them into it again.",
            "series-gone",
        )
    return PlannedImport(patient=wanted.patient, image=wanted.image, path=series.files[0].parent, series=series.uid)


def planned_drop(rows: Sequence[ImportRow], onto: ImportRow | None, dropped: Sequence[Path]) -> list[PlannedImport]:
    """Folders and files that were dropped as the CT of rows: a single one is of the row that it was dropped on, several
    go by their names, which are then codes of the study. A folder of several volumes is dropped as its files.

    Parameters
    ----------
    rows
        Of `import_rows`.
    onto
        The row that they were dropped on, None where beside all.
    dropped
        One or more.

    Returns
    -------
    list of PlannedImport
        In the rows' order.

    Raises
    ------
    DataRefusedError
        no-row, no-ct-named, image-exists, not-matched, matched-twice.
    """
    dropped = [each for path in dropped for each in _volumes(path)]
    if len(dropped) == 1 and onto is not None:
        wanted = _wanted(onto)
        return [PlannedImport(patient=wanted.patient, image=wanted.image, path=dropped[0])]
    lacking = [row for row in rows if row.image and not row.is_imported]
    of_image = {row.image.casefold(): row for row in lacking}
    by_patient: dict[str, list[ImportRow]] = {}
    for row in lacking:
        by_patient.setdefault(row.patient.casefold(), []).append(row)
    # A patient's code names a CT where the patient lacks one only.
    of_patient = {patient: theirs[0] for patient, theirs in by_patient.items() if len(theirs) == 1}
    matched: dict[str, Path] = {}
    unmatched = 0
    for path in dropped:
        names = [name.casefold() for name in (path.name, path.name.partition(".")[0])]
        named = next((known[name] for known in (of_image, of_patient) for name in names if name in known), None)
        if named is None:
            unmatched += 1
        elif named.image in matched:
            raise DataRefusedError(
                f"Two of what was dropped are named like the CT '{named.image}'; drop the right one on its row.",
                "matched-twice",
            )
        else:
            matched[named.image] = path
    if unmatched:
        # Their names may be a patient's, so they are not said.
        raise DataRefusedError(
            f"{unmatched} of {len(dropped)} dropped are named like no CT and no patient whose CT is missing; name them "
            "by the study's codes, or drop each on its row.",
            "not-matched",
        )
    return [
        PlannedImport(patient=row.patient, image=row.image, path=matched[row.image])
        for row in lacking
        if row.image in matched
    ]


def _volumes(path: Path) -> tuple[Path, ...]:
    """The files of a folder of several volumes, else what was dropped: its name may be a code."""
    found = volumes_in(path) if path.is_dir() else ()
    return found if len(found) > 1 else (path,)


def import_table(planned: Iterable[PlannedImport]) -> str:
    """The table that `rlnresponse study import-ct --table` takes.

    Parameters
    ----------
    planned
        A CT each.

    Returns
    -------
    str
        CSV.
    """
    rows = [
        {
            "patient": each.patient,
            "image": each.image,
            "path": str(each.path),
            "series": each.series,
            "acquisition": each.acquisition,
        }
        for each in planned
    ]
    return csv_text(("patient", "image", "path", "series", "acquisition"), rows)


def by_code(said: str, table: str, planned: Sequence[PlannedImport]) -> str:
    """What was said of the rows of `import_table`, which nobody sees, by the study's codes of their CT.

    Parameters
    ----------
    said
        What the import printed.
    table
        The name under which the table was written.
    planned
        What is in it.

    Returns
    -------
    str

    Examples
    --------
    >>> planned = [PlannedImport(patient="P1", image="CT1", path=Path("a"))]
    >>> by_code("ct.csv, row 2: The CT has no slices.", "ct.csv", planned)
    'CT1: The CT has no slices.'
    """
    first = 2

    def code(found: re.Match[str]) -> str:
        place = int(found[1]) - first
        return planned[place].image if 0 <= place < len(planned) else found[0]

    return re.sub(rf"\b{re.escape(table)}, row (\d+)", code, said)


def _wanted(row: ImportRow | None) -> ImportRow:
    """The row, where its CT can be imported."""
    if row is None:
        raise DataRefusedError("No row is chosen, so whose CT it is cannot be told; choose the row first.", "no-row")
    if not row.image:
        raise DataRefusedError(
            f"The table of lymph nodes names no CT of patient '{row.patient}'; import the clinical tables first.",
            "no-ct-named",
        )
    if row.is_imported:
        raise DataRefusedError(
            f"The CT '{row.image}' is in the study already; choose a row whose CT is missing.", "image-exists"
        )
    return row
