"""The tables that a paper prints, as XLSX and DOCX: the five results, Tables 1, 2 and S2 with the paper's beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.report.page.html import SIMULATED
from RLNResponseLib.report.page.parts import PageTable, Section, tables_of
from RLNResponseLib.study.protocol import Protocol

# By the names of the page's tables, in the order of a paper.
JOURNAL_TABLES = {
    "results": "Results",
    "table-1": "Table 1",
    "table-2": "Table 2",
    "controlled-against-failed": "Table S2",
}
_INDENT = "  "
_PLAIN_NUMBER = re.compile(r"\d{1,15}(?:\.(\d{1,10}))?")
# Characters of a column of a sheet.
_NARROWEST, _WIDEST = 8, 48
# A table with more columns lies across the page.
_MOST_UPRIGHT = 5
# Signs: longer than a level or a figure.
_LONG = 20


@dataclass(frozen=True, kw_only=True)
class JournalTable:
    """One table under its label.

    Attributes
    ----------
    label
        "Table 1".
    table
        Its title, header, rows and notes.
    """

    label: str
    table: PageTable

    @property
    def caption(self) -> str:
        """Label and title, once where they are the same."""
        title = self.table.title
        return f"{self.label}. {title}" if title else self.label


def journal_tables(sections: Sequence[Section]) -> tuple[JournalTable, ...]:
    """Those tables of a page that a paper prints; what a study does not have is not among them.

    Parameters
    ----------
    sections
        Of the page.

    Returns
    -------
    tuple of JournalTable
    """
    tables = {table.name: table for table in tables_of(sections)}
    return tuple(
        JournalTable(label=label, table=tables[name]) for name, label in JOURNAL_TABLES.items() if name in tables
    )


def write_workbook(tables: Sequence[JournalTable], protocol: Protocol, now: Now, path: Path) -> None:
    """Write a sheet a table, completely or not at all; a cell that is a number is one, and shown as the CSV has it.

    Parameters
    ----------
    tables
        Of `journal_tables`.
    protocol
        Of the study: its title, and whether it is simulated.
    now
        The moment, from the caller's clock.
    path
        The file.

    Raises
    ------
    DataRefusedError
        missing-package (openpyxl), not-written.
    """
    openpyxl = need("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title = one_line(protocol.title, 200)
    book.properties.creator = "RLNResponse"
    book.properties.created = book.properties.modified = now.moment.replace(tzinfo=None)
    for each in tables:
        _sheet(book.create_sheet(each.label), each, _notes(each.table, protocol))
    _write(path, book.save)


def write_document(tables: Sequence[JournalTable], protocol: Protocol, now: Now, path: Path) -> None:
    """Write a page a table for a word processor, completely or not at all.

    Parameters
    ----------
    tables
        Of `journal_tables`.
    protocol
        Of the study: its title, and whether it is simulated.
    now
        The moment, from the caller's clock.
    path
        The file.

    Raises
    ------
    DataRefusedError
        missing-package (python-docx), not-written.
    """
    document = need("docx").Document()
    shared = need("docx.shared")
    document.core_properties.title = one_line(protocol.title, 200)
    document.core_properties.author = "RLNResponse"
    document.core_properties.created = document.core_properties.modified = now.moment.replace(tzinfo=None)
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = shared.Pt(9), "Arial"
    for number, each in enumerate(tables):
        section = document.sections[0] if number == 0 else document.add_section()
        _turn(section, across=len(each.table.header) > _MOST_UPRIGHT)
        caption = document.add_paragraph()
        caption.add_run(one_line(each.caption)).bold = True
        caption.paragraph_format.keep_with_next = True
        _document_table(document, each.table.header, _without_repeats(each.table.rows))
        for note in _notes(each.table, protocol):
            words = document.add_paragraph().add_run(one_line(note))
            words.font.size = shared.Pt(8)
    if document.sections:
        document.sections[0].footer.paragraphs[0].text = RESEARCH_USE_ONLY
    _write(path, document.save)


def refuse_without(workbook: Path | None, document: Path | None) -> None:
    """Refuse before the long work what could not be written after it.

    Parameters
    ----------
    workbook, document : Path or None
        The files that are asked for.

    Raises
    ------
    DataRefusedError
        missing-package, bad-name, not-written.
    """
    for path, suffix, module in ((workbook, ".xlsx", "openpyxl"), (document, ".docx", "docx")):
        if path is None:
            continue
        if path.suffix.lower() != suffix:
            raise DataRefusedError(
                f"The tables are written as {suffix}, which '{path.name}' is not named; rename it.", "bad-name"
            )
        if not path.absolute().parent.is_dir():
            raise DataRefusedError(
                f"The tables '{path.name}' cannot be written: there is no folder {path.parent.name}; make it, or "
                "choose another.",
                "not-written",
            )
        need(module)


def _notes(table: PageTable, protocol: Protocol) -> list[str]:
    return [*table.notes, *([SIMULATED] if protocol.simulated else []), RESEARCH_USE_ONLY]


def _write(path: Path, save: Any) -> None:
    def write(temporary: Path) -> None:
        # By an open file: the libraries judge a name by its suffix.
        with temporary.open("wb") as file:
            save(file)

    try:
        write_atomically(path, write)
    except OSError as error:
        raise DataRefusedError(
            f"The tables '{path.name}' cannot be written ({error.strerror}); choose another folder.", "not-written"
        ) from error


def _sheet(sheet: Any, each: JournalTable, notes: Sequence[str]) -> None:
    styles = need("openpyxl.styles")
    table, width = each.table, len(each.table.header)
    rule = styles.Side(style="thin")
    bold, small = styles.Font(bold=True), styles.Font(size=9, italic=True)
    _text(sheet.cell(1, 1), each.caption).font = bold
    for column, name in enumerate(table.header, start=1):
        cell = _text(sheet.cell(3, column), name)
        cell.font = bold
        cell.alignment = styles.Alignment(wrap_text=True, vertical="bottom")
        cell.border = styles.Border(top=rule, bottom=rule)
    for row, cells in enumerate(table.rows, start=4):
        for column, words in enumerate(cells, start=1):
            is_level = column == 1 and words.startswith(_INDENT)
            cell = _figure(sheet.cell(row, column), one_line(words).strip())
            cell.alignment = styles.Alignment(
                wrap_text=True, vertical="top", horizontal="left", indent=1 if is_level else 0
            )
            if row == len(table.rows) + 3:
                cell.border = styles.Border(bottom=rule)
    for number, note in enumerate(notes, start=len(table.rows) + 5):
        cell = _text(sheet.cell(number, 1), note)
        cell.font, cell.alignment = small, styles.Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=max(width, 2))
    columns = [[name, *(row[column] for row in table.rows)] for column, name in enumerate(table.header)]
    widths = [min(max(max(map(len, cells)) + 2, _NARROWEST), _WIDEST) for cells in columns]
    for column, of in enumerate(widths, start=1):
        sheet.column_dimensions[need("openpyxl.utils").get_column_letter(column)].width = of
    for number, note in enumerate(notes, start=len(table.rows) + 5):
        sheet.row_dimensions[number].height = 13 * (1 + len(note) // max(sum(widths), 1))
    sheet.freeze_panes = "B4"
    sheet.print_title_rows = "3:3"
    sheet.page_setup.orientation = "landscape" if width > _MOST_UPRIGHT else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = need("openpyxl.worksheet.properties").PageSetupProperties(fitToPage=True)


def _text(cell: Any, words: str) -> Any:
    """Text as text: what begins with = is no formula."""
    cell.value = one_line(words)
    cell.data_type = "s"
    return cell


def _figure(cell: Any, words: str) -> Any:
    """A plain number as a number, with as many digits as the CSV has."""
    number = _PLAIN_NUMBER.fullmatch(words)
    if number is None or (words.startswith("0") and len(words) > 1 and number[1] is None):
        return _text(cell, words)
    cell.value = int(words) if number[1] is None else float(words)
    cell.number_format = "0" if number[1] is None else f"0.{'0' * len(number[1])}"
    return cell


def _turn(section: Any, *, across: bool) -> None:
    orient = need("docx.enum.section").WD_ORIENT
    cm = need("docx.shared").Cm
    section.orientation = orient.LANDSCAPE if across else orient.PORTRAIT
    short, long = cm(21.0), cm(29.7)
    section.page_width, section.page_height = (long, short) if across else (short, long)
    section.left_margin = section.right_margin = cm(1.8)
    section.top_margin = section.bottom_margin = cm(1.8)


def _without_repeats(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A sentence that stands in the row above too is printed once: the CSV repeats it."""
    printed: list[list[str]] = []
    for number, row in enumerate(rows):
        above = rows[number - 1] if number else [""] * len(row)
        same = row[0] == above[0] and len(row[0]) > _LONG
        printed.append(
            [
                "" if same and cell == before and len(cell) > _LONG else cell
                for cell, before in zip(row, above, strict=True)
            ]
        )
    return printed


def _document_table(document: Any, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    shared = need("docx.shared")
    made = document.add_table(rows=1 + len(rows), cols=len(header))
    made.autofit = True
    for place, (row, cells) in enumerate(zip(made.rows, (header, *rows), strict=True)):
        _mark(row, "w:cantSplit")
        if place == 0:
            _mark(row, "w:tblHeader")
        edges = (["top", "bottom"] if place == 0 else []) + (["bottom"] if place == len(rows) else [])
        for column, (cell, words) in enumerate(zip(row.cells, cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = shared.Pt(1)
            paragraph.add_run(one_line(words).strip()).bold = place == 0
            if column == 0 and words.startswith(_INDENT):
                paragraph.paragraph_format.left_indent = shared.Cm(0.4)
            _rule(cell, dict.fromkeys(edges))


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(need("docx.oxml").OxmlElement(name))


def _rule(cell: Any, edges: Any) -> None:
    """Lines above and below the header and below the last row, as a journal prints a table."""
    if not edges:
        return
    make, name = need("docx.oxml").OxmlElement, need("docx.oxml.ns").qn
    borders = make("w:tcBorders")
    for edge in edges:
        line = make(f"w:{edge}")
        for key, value in (("val", "single"), ("sz", "6"), ("color", "000000")):
            line.set(name(f"w:{key}"), value)
        borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)
