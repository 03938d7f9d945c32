"""The feature table of a study as files: a CSV, which this software reads, the same rows as Parquet where pyarrow is, a
part of JSON lines for each CT while a run lasts, and a note of what a finished table was made from.

A row is found again by its content: what its features were computed from. Where all of that is the same, so are they.
An unchanged study is known as such by comparing hashes, before any library is loaded that computes features or reads
tables.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from RLNResponseLib.common.about import __version__
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import file_digest, make_folder, write_atomically, write_text_atomically
from RLNResponseLib.common.requirements import PARQUET, lacking, need
from RLNResponseLib.common.software import installed_versions
from RLNResponseLib.common.table_file import MAXIMUM_NUMBERS_BYTES, parse_csv
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.study.clinical_columns import OCCASION_HEADER
from RLNResponseLib.study.records import Reading
from RLNResponseLib.study.study import Study

CONTENTS = "contents.json"


def table_contents(
    study: Study, readings: Iterable[Reading], columns: Sequence[str] = FEATURES
) -> dict[str, Any] | None:
    """Everything that the table of these readings follows from; None where a library's version cannot be told.

    Parameters
    ----------
    study
        The opened study folder.
    readings
        The study's locked readings.
    columns
        Of the features.

    Returns
    -------
    dict[str, Any] or None

    Raises
    ------
    DataRefusedError
        bad-settings.
    """
    settings = ExtractionSettings.from_mapping(study.protocol.extraction).apart_from_images().digest()
    versions = installed_versions()
    if versions is None:
        return None
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
    rows = [
        [
            reading.key.lymph_node,
            patients[reading.key.lymph_node],
            reading.key.reader,
            reading.key.round,
            reading.image_sha256,
            reading.contour.sha256,
        ]
        for reading in readings
    ]
    # Another version of ours may have another table.
    return {
        "rlnresponse": __version__,
        **_columns(columns),
        "settings": settings,
        "installed": versions,
        "readings": sorted(rows),
        **occasions(study),
    }


def occasions(study: Study) -> dict[str, dict[str, list[str]]]:
    """What stands in the table of rows that are a second CT, by lymph node; nothing in a study that has none.

    Parameters
    ----------
    study
        The opened study folder, unblinded.

    Returns
    -------
    dict
        "occasions": lymph node → the row that it repeats, and the occasion.
    """
    later = {scan.lymph_node: [scan.repeat_of, scan.occasion] for scan in study.later_scans()}
    return {"occasions": later} if later else {}


def _columns(columns: Sequence[str]) -> dict[str, Any]:
    """The columns where they are not the 106, under their own key: the note of a table of those stays what it was."""
    return {} if tuple(columns) == FEATURES else {"columns": list(columns)}


def note(contents: Mapping[str, Any] | None, files: Sequence[Path]) -> None:
    """Note beside `files` what they were made from; with None, that it is not known.

    Parameters
    ----------
    contents
        What the finished table was made from; None where it is not finished.
    files
        The files of the table.
    """
    if contents is None:
        _place(files).unlink(missing_ok=True)
        return
    noted = {**contents, "files": _digests(files)}
    write_text_atomically(_place(files), json.dumps(noted, indent=1) + "\n")


def is_noted(contents: Mapping[str, Any] | None, files: Sequence[Path]) -> bool:
    """Whether `files` are as they were made, and from this.

    Parameters
    ----------
    contents
        What a finished table would be made from now.
    files
        The files of the table.

    Returns
    -------
    bool
    """
    if contents is None:
        return False
    try:
        noted = json.loads(_place(files).read_text(encoding="utf-8"))
        return bool(noted == {**contents, "files": _digests(files)})
    except (OSError, ValueError):
        return False


def _place(files: Sequence[Path]) -> Path:
    return files[0].with_name(CONTENTS)


def _digests(files: Sequence[Path]) -> dict[str, str]:
    return {file.name: file_digest(file) for file in files}


def vouch(study: Study, event: str, files: Sequence[Path], now: Now) -> None:
    """Note in the study's log which bytes this software wrote into derived files.

    Parameters
    ----------
    study
        The opened study folder.
    event
        The deed.
    files
        In the study folder.
    now
        The moment, for the log.

    Raises
    ------
    DataRefusedError
        cannot-write.
    """
    digests = {file.relative_to(study.folder).as_posix(): file_digest(file) for file in files}
    study.store.note(event, {"derived": digests}, now)


def is_vouched(study: Study, file: Path) -> bool:
    """Whether a derived file holds what this software wrote there, by the study's log.

    Parameters
    ----------
    study
        The opened study folder.
    file
        In the study folder.

    Returns
    -------
    bool
        False where it is not there.

    """
    try:
        digest = file_digest(file)
    except OSError:
        return False
    return study.store.index_now().vouches(file.relative_to(study.folder).as_posix(), digest)


def checked_table(study: Study) -> Path:
    """The feature table of a study, if it is as it was written, and of the readings that hold now.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    Path
        The CSV file.

    Raises
    ------
    DataRefusedError
        not-extracted, features-changed, features-stale.

    """
    file = study.folder / FEATURES_FOLDER / TABLE_NAME
    if not file.is_file():
        raise _extract_again("The study has no feature table yet; extract its features first.", "not-extracted")
    if not is_vouched(study, file):
        raise _extract_again(
            f"{FEATURES_FOLDER}/{TABLE_NAME} is not what an extraction wrote by the study's log (or was extracted "
            "before the log said so); extract the features again.",
            "features-changed",
        )
    made_of = {(row["lymph_node"], row["reader"], row["round"], row["contour_sha256"]) for row in _names_of(file)}
    readings = study.current_readings()
    current = {(r.key.lymph_node, r.key.reader, str(r.key.round), r.contour.sha256) for r in readings}
    if made_of != current:
        raise _extract_again(
            f"{FEATURES_FOLDER}/{TABLE_NAME} is of other readings than those that hold now (a correction came after "
            "it); extract the features again.",
            "features-stale",
        )
    return file


def _names_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def _extract_again(sentence: str, code: str) -> DataRefusedError:
    return DataRefusedError(sentence, code, "with `rlnresponse extract`")


FEATURES_FOLDER = "features"
TABLE_NAME = "readings.csv"
_PARQUET_NAME = "readings.parquet"
_PARTS = "parts"
_CONTENT = ("image_sha256", "contour_sha256", "settings", "engine", "simpleitk", "numpy")
_NAMES = ("lymph_node", "patient", "reader", "round", *_CONTENT, "failure")

Row = dict[str, Any]
Content = tuple[Any, ...]


def content_of(row: Mapping[str, Any]) -> Content:
    """What the features of a row were computed from: image, contour, settings and libraries.

    Parameters
    ----------
    row
        A row of the feature table.

    Returns
    -------
    Content
    """
    return tuple(row[name] for name in _CONTENT)


class FeatureStore:
    """The `features` folder of a study, made where it is not there; `columns` are those of the features."""

    def __init__(self, study: Study, columns: Sequence[str] = FEATURES) -> None:
        self._columns = tuple(columns)
        self._study = study
        self._folder = study.folder / FEATURES_FOLDER
        self._names = (*_NAMES, *(OCCASION_HEADER if study.later_scans() else ()))
        make_folder(self._folder)

    @property
    def files(self) -> tuple[Path, ...]:
        """The CSV file, and the Parquet file where there is or can be one."""
        parquet = self._folder / _PARQUET_NAME
        has_parquet = parquet.is_file() or not lacking(PARQUET.requirements)
        return (self._folder / TABLE_NAME, parquet) if has_parquet else (self._folder / TABLE_NAME,)

    def known(self) -> dict[Content, Mapping[str, float]]:
        """The features of earlier runs by their content, of an interrupted one too.

        Only of files whose digest stands in the study's log: anything else in their place was not written here.
        """
        features: dict[Content, Mapping[str, float]] = {}
        of_parts = (row for part in filter(self._is_ours, self._parts()) for row in _part_rows(part, self._columns))
        of_table = _table_rows(self.files[0], self._columns) if self._is_ours(self.files[0]) else []
        for row in (*of_table, *of_parts):
            if row["failure"] is None:
                features[content_of(row)] = {name: row[name] for name in self._columns}
        return features

    def _is_ours(self, file: Path) -> bool:
        return is_vouched(self._study, file)

    def keep(self, name: str, rows: Sequence[Row], now: Now) -> None:
        """Make the rows of one CT outlast a crash, until `write` takes them into the table."""
        make_folder(self._folder / _PARTS)
        part = self._folder / _PARTS / f"{name}.jsonl"
        write_text_atomically(part, _json_lines(rows))
        vouch(self._study, "features-kept", [part], now)

    def write(self, rows: Iterable[Row]) -> None:
        """Put the table in place of the last one, by lymph node, reader and round, and let go of the parts."""
        ordered = sorted(rows, key=lambda row: (row["lymph_node"], row["reader"], row["round"]))
        # One left from where pyarrow was would hold other rows.
        (self._folder / _PARQUET_NAME).unlink(missing_ok=True)
        write_text_atomically(self._folder / TABLE_NAME, csv_text((*self._names, *self._columns), ordered))
        if not lacking(PARQUET.requirements):
            _write_parquet(self._folder / _PARQUET_NAME, ordered, self._names, self._columns)
        for part in self._parts():
            part.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or another run is at work in it
            (self._folder / _PARTS).rmdir()

    def _parts(self) -> list[Path]:
        return sorted((self._folder / _PARTS).glob("*.jsonl"))


def _json_lines(rows: Sequence[Row]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _part_rows(file: Path, columns: Sequence[str]) -> list[Row]:
    try:
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        return [row for row in rows if _is_whole(row, columns)]
    except (OSError, ValueError):
        return []


def _table_rows(file: Path, columns: Sequence[str]) -> list[Row]:
    try:
        table = parse_csv(file.read_bytes(), file.name, MAXIMUM_NUMBERS_BYTES)
        return [_typed(row, columns) for row in table.rows if _is_whole(row, columns)]
    except (OSError, DataRefusedError, ValueError):
        return []


def _typed(row: Mapping[str, str], columns: Sequence[str]) -> Row:
    """A row of the CSV as it was written. Raises ValueError."""
    values: Row = {name: float(row[name]) if row[name] else None for name in columns}
    return {
        **{name: row[name] for name in _NAMES},
        "round": int(row["round"]),
        "failure": row["failure"] or None,
        **values,
    }


def _is_whole(row: Any, columns: Sequence[str]) -> bool:
    return isinstance(row, dict) and {*_NAMES, *columns} <= row.keys()


def _write_parquet(file: Path, rows: Sequence[Row], names: Sequence[str], columns: Sequence[str]) -> None:
    pyarrow, json_reader, parquet = need("pyarrow"), need("pyarrow.json"), need("pyarrow.parquet")
    types = {name: pyarrow.int64() if name == "round" else pyarrow.string() for name in names}
    schema = pyarrow.schema([*types.items(), *((name, pyarrow.float64()) for name in columns)])
    # Not Table.from_pylist: that imports pandas where it is installed. Numbers keep every digit in JSON.
    options = json_reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    # A row a reading: threads gain nothing there, and would stay.
    plain = json_reader.ReadOptions(use_threads=False)
    table = json_reader.read_json(BytesIO(_json_lines(rows).encode()), read_options=plain, parse_options=options)
    write_atomically(file, lambda path: parquet.write_table(table, path, write_page_checksum=True))
