"""The feature table as typed files: one Parquet and one CSV for the study, and a part of JSON lines for each CT while a run lasts.

A row is found again by its content: what its features were computed from. Where all of that is the same, so are they.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.files import write_atomically, write_text_atomically
from RLNResponseLib.study.tables import csv_text

TABLE_STEM = "readings"
_PARTS = "parts"
_CONTENT = ("image_sha256", "contour_sha256", "settings", "pyradiomics", "simpleitk", "numpy")
_NAMES = ("lymph_node", "patient", "reader", "round", *_CONTENT, "failure")

Row = dict[str, Any]
Content = tuple[Any, ...]


def content_of(row: Mapping[str, Any]) -> Content:
    """What the features of a row were computed from: image, contour, settings and libraries."""
    return tuple(row[name] for name in _CONTENT)


class FeatureStore:
    """The `features` folder of a study, made where it is not there."""

    def __init__(self, study_folder: Path) -> None:
        self._folder = study_folder / "features"
        self._folder.mkdir(exist_ok=True)

    @property
    def files(self) -> tuple[Path, Path]:
        """The Parquet and the CSV file."""
        return self._folder / f"{TABLE_STEM}.parquet", self._folder / f"{TABLE_STEM}.csv"

    def known(self) -> dict[Content, Mapping[str, float]]:
        """The features of earlier runs by their content, of an interrupted one too; nothing where a file is damaged."""
        found: dict[Content, Mapping[str, float]] = {}
        for row in (*_table_rows(self.files[0]), *(row for part in self._parts() for row in _part_rows(part))):
            if row["failure"] is None:
                found[content_of(row)] = {name: row[name] for name in FEATURES}
        return found

    def keep(self, name: str, rows: Sequence[Row]) -> None:
        """Make the rows of one CT outlast a crash, until `write` takes them into the table."""
        (self._folder / _PARTS).mkdir(exist_ok=True)
        write_text_atomically(self._folder / _PARTS / f"{name}.jsonl", _json_lines(rows))

    def write(self, rows: Iterable[Row]) -> None:
        """Put the table in place of the last one, by lymph node, reader and round, and let go of the parts."""
        ordered = sorted(rows, key=lambda row: (row["lymph_node"], row["reader"], row["round"]))
        _write_parquet(self.files[0], ordered)
        write_text_atomically(self.files[1], csv_text((*_NAMES, *FEATURES), ordered))
        for part in self._parts():
            part.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or another run is at work in it
            (self._folder / _PARTS).rmdir()

    def _parts(self) -> list[Path]:
        return sorted((self._folder / _PARTS).glob("*.jsonl"))


def _json_lines(rows: Sequence[Row]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _part_rows(file: Path) -> list[Row]:
    try:
        return [row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()) if _is_whole(row)]
    except (OSError, ValueError):
        return []


def _table_rows(file: Path) -> list[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        # Not read_table: that imports pandas.
        with parquet.ParquetFile(file) as opened:
            return [row for row in opened.read().to_pylist() if _is_whole(row)]
    except (OSError, pyarrow.ArrowException):
        return []


def _is_whole(row: Any) -> bool:
    return isinstance(row, dict) and {*_NAMES, *FEATURES} <= row.keys()


def _write_parquet(file: Path, rows: Sequence[Row]) -> None:
    import pyarrow
    import pyarrow.json
    from pyarrow import parquet

    types = {name: pyarrow.int64() if name == "round" else pyarrow.string() for name in _NAMES}
    schema = pyarrow.schema([*types.items(), *((name, pyarrow.float64()) for name in FEATURES)])
    # Not Table.from_pylist: that imports pandas where it is installed. Numbers keep every digit in JSON.
    options = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    table = pyarrow.json.read_json(BytesIO(_json_lines(rows).encode()), parse_options=options)
    write_atomically(file, lambda path: parquet.write_table(table, path))
