"""How results show themselves in a Python session: a `repr` of one line, an HTML table, a pandas data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from typing import Any

from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.wording import one_line

# A line or four of a terminal: what a session prints of a result must not scroll away what was asked before.
LONGEST_REPR = 500
_LONGEST_TEXT = 60
_MOST_ITEMS = 4


def short_repr(record: Any) -> str:
    """The `repr` of a frozen record whose fields may hold arrays or many values: those are counted, not printed.

    Parameters
    ----------
    record
        A dataclass instance. A field declared with `repr=False` is left out.

    Returns
    -------
    str
        At most `LONGEST_REPR` characters: `CaseTable(names=<106 values>, features=<float64 array 102 × 106>, …)`.

    """
    shown = (f"{field.name}={_short(getattr(record, field.name))}" for field in fields(record) if field.repr)
    return cut(f"{type(record).__name__}({', '.join(shown)})")


def cut(text: str, longest: int = LONGEST_REPR) -> str:
    """`text` on one line, of at most `longest` characters; an ellipsis stands for what is left out.

    Parameters
    ----------
    text
        What is shown.
    longest
        How many characters at most.

    Returns
    -------
    str
    """
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def quoted(name: str) -> str:
    """A name from a file, in quotation marks, as `repr` shows it: on one line and of bounded length.

    Parameters
    ----------
    name
        A name that a person typed.

    Returns
    -------
    str
    """
    return repr(cut(name, _LONGEST_TEXT))


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a notebook; every cell is escaped.

    Parameters
    ----------
    header
        The heads of the columns.
    rows
        The cells, one sequence a row.

    Returns
    -------
    str
    """
    lines = [_html_row("th", header), *(_html_row("td", row) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def html_lines(sentences: Sequence[str]) -> str:
    """Sentences below a table, a line each; every one is escaped.

    Parameters
    ----------
    sentences
        The sentences.

    Returns
    -------
    str
    """
    return "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)


def data_frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """The rows as a pandas data frame.

    Parameters
    ----------
    rows
        One mapping a row, column names to values.

    Returns
    -------
    object

    Raises
    ------
    DataRefusedError
        missing-package where pandas is not installed.
    """
    return need("pandas").DataFrame.from_records([dict(row) for row in rows])


def _html_row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _short(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    shape = getattr(value, "shape", ())
    if shape and hasattr(value, "dtype"):
        return f"<{value.dtype} array {' × '.join(map(str, shape))}>"
    if isinstance(value, float):
        return f"{value:.6g}"
    if is_dataclass(value):
        return f"{type(value).__name__}(…)"
    if isinstance(value, Mapping):
        return f"<{len(value)} values>"
    if isinstance(value, tuple | list | frozenset):
        return f"<{len(value)} values>" if len(value) > _MOST_ITEMS else f"({', '.join(map(_short, value))})"
    return cut(repr(value), _LONGEST_TEXT)
