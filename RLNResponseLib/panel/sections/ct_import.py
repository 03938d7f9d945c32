"""The coordinator's imports of CT: a folder or file, a table, what is dropped, a series of Slicer's DICOM database; and
of contours by a table.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.commands.study import import_ct_arguments, import_ct_table_arguments
from RLNResponseLib.commands.study_bulk import import_readings_arguments
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.panel.background_command import BackgroundCommand, last_lines
from RLNResponseLib.panel.dicom_database import database_series
from RLNResponseLib.panel.sections.section import opened
from RLNResponseLib.panel.widgets.folder_drop import FolderDrop
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.tables import fill, prepare
from RLNResponseLib.study.coordination import (
    ImportRow,
    OfferedSeries,
    PlannedImport,
    by_code,
    import_rows,
    import_table,
    offered_cts,
    planned_drop,
    planned_series,
)
from RLNResponseLib.study.inside import refuse_inside_blinded_study
from RLNResponseLib.study.study import Study


class CTImport:
    """Shows whose CT is there and whose is missing, and takes CT from wherever they are.

    Parameters
    ----------
    ui
        The coordinator's form.
    dialog
        The coordinator's window.
    status
        Its status line.
    command
        What runs an import beside Slicer.
    imported
        Called when an import is done, with what it printed.

    """

    def __init__(
        self, ui: Any, dialog: Any, status: StatusLine, command: BackgroundCommand, imported: Callable[[str], None]
    ) -> None:
        self._ui, self._dialog, self._command, self._imported = ui, dialog, command, imported
        self._study: Study | None = None
        self._rows: tuple[ImportRow, ...] = ()
        self._offered: tuple[OfferedSeries, ...] = ()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        prepare(ui.importTable, [_("Patient"), _("CT"), _("Lymph nodes"), _("There"), _("Missing")], wide=4)
        headers = [_("Patient in Slicer"), _("Date"), _("Series"), _("Slices"), _("Missing")]
        prepare(ui.databaseTable, headers, wide=2)
        guarded = status.guarded
        ui.importTable.connect("itemSelectionChanged()", guarded(self._choose))
        ui.importCTButton.connect("clicked(bool)", guarded(self._import_one))
        ui.ctTableButton.connect("clicked(bool)", guarded(self._import_table))
        ui.databaseButton.connect("clicked(bool)", guarded(self._import_series))
        ui.readingTableButton.connect("clicked(bool)", guarded(self._import_readings))
        self._drop = FolderDrop(ui.importTable, guarded(self._dropped))
        self.offer_database()

    def refresh(self, study: Study | None) -> None:
        """Another study, or it was changed: what of it is there."""
        self._study = study
        self._rows = () if study is None else import_rows(study)
        fill(self._ui.importTable, [_import_cells(row) for row in self._rows])

    def offer_database(self) -> None:
        """What Slicer's DICOM database holds now; nothing of it is to be seen where there is none."""
        self._offered = offered_cts(database_series())
        fill(
            self._ui.databaseTable,
            [
                (series.patient, series.date, series.description, str(len(series.files)), series.missing)
                for series in self._offered
            ],
        )
        for widget in (self._ui.databaseLabel, self._ui.databaseTable, self._ui.databaseButton):
            widget.visible = bool(self._offered)

    def cleanup(self) -> None:
        """The panel goes, and the table of what is imported."""
        self._forget_table()

    def _chosen(self) -> ImportRow | None:
        row = self._ui.importTable.currentRow()
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def _choose(self) -> None:
        """The codes of the chosen row, for the CT that is imported next."""
        row = self._chosen()
        if row is not None:
            self._ui.patientIdEdit.text = row.patient
            self._ui.imageIdEdit.text = row.image

    def _import_one(self) -> None:
        path = self._ui.ctEdit.currentPath.strip()
        if not path:
            raise DataRefusedError(_("Name the folder with the CT first."), "no-path")
        patient, image = self._ui.patientIdEdit.text.strip(), self._ui.imageIdEdit.text.strip()
        series, acquisition = self._ui.seriesEdit.text.strip(), self._ui.acquisitionEdit.text.strip()
        if series or acquisition:
            planned = PlannedImport(
                patient=patient, image=image, path=Path(path), series=series, acquisition=acquisition
            )
            self._import([planned])
            return
        arguments = import_ct_arguments(opened(self._study), self._readable(path), patient, image, self._key_file())
        self._command.start(arguments, self._imported, _("Importing the CT."))

    def _import_table(self) -> None:
        chosen = qt.QFileDialog.getOpenFileName(self._dialog, _("A table with a row a CT: patient, image, path"))
        if chosen:
            arguments = import_ct_table_arguments(opened(self._study), self._readable(chosen), self._key_file())
            sentence = _("Importing every CT of the table.")
            self._command.start(arguments, self._imported, sentence, refusal=last_lines)

    def _import_readings(self) -> None:
        chosen = qt.QFileDialog.getOpenFileName(
            self._dialog, _("A table with a row a contour: lymph_node, reader, round, path")
        )
        if chosen:
            arguments = import_readings_arguments(opened(self._study), self._readable(chosen))
            sentence = _("Importing every contour of the table.")
            self._command.start(arguments, self._imported, sentence, refusal=last_lines)

    def _key_file(self) -> Path | None:
        named = self._ui.keyFileEdit.currentPath.strip()
        return self._readable(named) if named else None

    def _import_series(self) -> None:
        row = self._ui.databaseTable.currentRow()
        if not 0 <= row < len(self._offered):
            raise DataRefusedError(_("Choose a series of Slicer's DICOM database first."), "no-series")
        self._import([planned_series(self._chosen(), self._offered[row])])

    def _dropped(self, row: int, paths: list[Path]) -> None:
        onto = self._rows[row] if 0 <= row < len(self._rows) else None
        self._import(planned_drop(self._rows, onto, paths))

    def _import(self, planned: Sequence[PlannedImport]) -> None:
        """By a table of our own: paths and the series of a patient stand on no command line."""
        for each in planned:
            self._readable(str(each.path))
        if self._command.is_running:
            raise DataRefusedError(_("Something is still being computed; wait for it or cancel it."), "busy")
        self._forget_table()
        self._folder = tempfile.TemporaryDirectory(prefix="rlnresponse-", ignore_cleanup_errors=True)
        table = Path(self._folder.name) / "ct.csv"
        table.write_text(import_table(planned), encoding="utf-8")
        self._command.start(
            import_ct_table_arguments(opened(self._study), table, self._key_file()),
            lambda printed: self._done(by_code(printed, table.name, planned)),
            _("Importing {count} CT.").format(count=len(planned)),
            refusal=lambda printed, said: by_code(last_lines(printed, said), table.name, planned),
            on_failure=self._forget_table,
        )

    def _done(self, printed: str) -> None:
        self._forget_table()
        self._imported(printed)

    def _forget_table(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def _readable(self, path: str) -> Path:
        named = Path(path.strip())
        refuse_inside_blinded_study(named, None if self._study is None else self._study.folder)
        return named


def _import_cells(row: ImportRow) -> tuple[str, ...]:
    missing = []
    if not row.image:
        missing.append(_("lymph nodes"))
    elif not row.is_imported:
        missing.append(_("the CT"))
    if row.without_site:
        missing.append(_("site of {names}").format(names=", ".join(row.without_site)))
    words = _("left out: {reason}").format(reason=row.left_out) if row.left_out else "; ".join(missing)
    there = "✓" if row.is_complete else "✗"
    return row.patient, row.image, ", ".join(row.lymph_nodes), there, words
