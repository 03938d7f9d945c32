"""The feature table as files: a CSV, which this software reads, and the same rows as Parquet where pyarrow is; a part of JSON lines
for each CT while a run lasts.

A row is found again by its content: what its features were computed from. Where all of that is the same, so are they.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.files import write_atomically, write_text_atomically
from RLNResponseLib.requirements import PARQUET, lacking, need
from RLNResponseLib.study.tables import MAXIMUM_NUMBERS_BYTES, csv_text, parse_csv

TABLE_NAME = "readings.csv"
_PARQUET_NAME = "readings.parquet"
_PARTS = "parts"
_CONTENT = ("image_sha256", "contour_sha256", "settings", "engine", "simpleitk", "numpy")
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
    def files(self) -> tuple[Path, ...]:
        """The CSV file, and the Parquet file where there is or can be one."""
        parquet = self._folder / _PARQUET_NAME
        has_parquet = parquet.is_file() or not lacking(PARQUET.requirements)
        return (self._folder / TABLE_NAME, parquet) if has_parquet else (self._folder / TABLE_NAME,)

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
        # One left from where pyarrow was would hold other rows.
        (self._folder / _PARQUET_NAME).unlink(missing_ok=True)
        write_text_atomically(self._folder / TABLE_NAME, csv_text((*_NAMES, *FEATURES), ordered))
        if not lacking(PARQUET.requirements):
            _write_parquet(self._folder / _PARQUET_NAME, ordered)
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
    try:
        table = parse_csv(file.read_bytes(), file.name, MAXIMUM_NUMBERS_BYTES)
        return [_typed(row) for row in table.rows if _is_whole(row)]
    except (OSError, DataRefusedError, ValueError):
        return []


def _typed(row: Mapping[str, str]) -> Row:
    """A row of the CSV as it was written. Raises ValueError."""
    values: Row = {name: float(row[name]) if row[name] else None for name in FEATURES}
    return {
        **{name: row[name] for name in _NAMES},
        "round": int(row["round"]),
        "failure": row["failure"] or None,
        **values,
    }


def _is_whole(row: Any) -> bool:
    return isinstance(row, dict) and {*_NAMES, *FEATURES} <= row.keys()


def _write_parquet(file: Path, rows: Sequence[Row]) -> None:
    pyarrow, json_reader, parquet = need("pyarrow"), need("pyarrow.json"), need("pyarrow.parquet")
    types = {name: pyarrow.int64() if name == "round" else pyarrow.string() for name in _NAMES}
    schema = pyarrow.schema([*types.items(), *((name, pyarrow.float64()) for name in FEATURES)])
    # Not Table.from_pylist: that imports pandas where it is installed. Numbers keep every digit in JSON.
    options = json_reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    table = json_reader.read_json(BytesIO(_json_lines(rows).encode()), parse_options=options)
    write_atomically(file, lambda path: parquet.write_table(table, path))
