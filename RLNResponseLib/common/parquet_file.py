"""A Parquet table as lines of text. A few kilobytes of it can stand for gigabytes, so it is measured before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.table_size import refuse_too_many_cells


def read_parquet(path: Path, maximum_bytes: int, decimal: str = ".") -> Iterator[list[str]]:
    """The lines of a Parquet table, the names of its columns first.

    Parameters
    ----------
    path
        The file.
    maximum_bytes
        The most that it may unpack to.
    decimal
        The decimal sign with which stored numbers are written, so that they are read as what they are.

    Returns
    -------
    Iterator of list[str]

    Raises
    ------
    DataRefusedError
        bad-table for what is no Parquet table or unpacks to more, too-many-cells, missing-package.
    """
    parquet = need("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as opened:
            texts = _measured(opened, path.name, maximum_bytes)
        # Not read_table: that imports pandas. A text that stands there once and is meant a million times stays one.
        with parquet.ParquetFile(path, read_dictionary=texts) as opened:
            read = opened.read()
        _refuse_long(read, path.name, maximum_bytes)
        columns = [column.to_pylist() for column in read.columns]
        names = list(read.schema.names)
    except DataRefusedError:
        raise
    # A damaged file can fail in pyarrow in as many ways as it can be damaged.
    except Exception:
        raise _refused(path.name, "is no Parquet table, whatever its name says, or damaged; write it again") from None
    return iter([names, *([_cell(value, decimal) for value in values] for values in zip(*columns, strict=True))])


def _measured(opened: Any, name: str, maximum_bytes: int) -> list[str]:
    """Refuse what is too large by its own account; else the columns of texts."""
    metadata = opened.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    values = sum(group.column(place).num_values for group in groups for place in range(group.num_columns))
    rows, columns = max(metadata.num_rows, sum(group.num_rows for group in groups)), metadata.num_columns
    refuse_too_many_cells(name, rows=rows, columns=columns, cells=max(values, rows * columns))
    if sum(group.total_byte_size for group in groups) > maximum_bytes:
        raise _too_long(name, maximum_bytes)
    types = need("pyarrow").types
    return [
        field.name
        for field in opened.schema_arrow
        if types.is_string(field.type) or types.is_large_string(field.type) or types.is_binary(field.type)
    ]


def _refuse_long(read: Any, name: str, maximum_bytes: int) -> None:
    types, compute = need("pyarrow").types, need("pyarrow.compute")
    length = 0
    for column in read.columns:
        for chunk in column.chunks if types.is_dictionary(column.type) else ():
            lengths = compute.binary_length(chunk.dictionary).take(chunk.indices)
            length += compute.sum(lengths).as_py() or 0
    if length > maximum_bytes:
        raise _too_long(name, maximum_bytes)


def _too_long(name: str, maximum_bytes: int) -> DataRefusedError:
    return _refused(
        name, f"unpacks to more than the {maximum_bytes // 1_000_000} MB that are read; check that it is the right file"
    )


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-table")


def _cell(value: object, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).replace(".", decimal)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
