"""The coordinator's dialog: make a study, import into it, see its readers, leave out, unblind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import counted
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.ct_import import CTImport
from RLNResponseLib.panel.sections.new_study import NewStudyForm
from RLNResponseLib.panel.sections.section import PanelContext, opened
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.tables import fill, prepare
from RLNResponseLib.planning.registered import note_registration
from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.exclusions import decisions, exclude, flow
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.inside import refuse_inside_blinded_study
from RLNResponseLib.study.protocol import lacking_for_agreement
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.unblinding import unblind_verified, unblinding_notices
from RLNResponseLib.study.worklist import MissingReading, missing_readings, progress

_SIZE = (640, 620)
# Of what is said; a warning of each of many CT would push the tabs together.
_MOST_SAID = 96


class CoordinatorDialog:
    """A window of its own beside Slicer's; what it says stands in it and in the panel's status line.

    Parameters
    ----------
    context
        The panel's surroundings.
    made
        Called with the folder of a study that was made.
    changed
        Called when the study was changed.

    """

    def __init__(self, context: PanelContext, made: Callable[[str], None], changed: Callable[[], None]) -> None:
        self._context, self._made, self._changed = context, made, changed
        self._study: Study | None = None
        self.dialog = qt.QDialog(slicer.util.mainWindow())
        self.dialog.windowTitle = _("RLNResponse: coordinator")
        form = context.load_ui("CoordinatorForm")
        inside = qt.QVBoxLayout(self.dialog)
        inside.addWidget(form)
        self.dialog.resize(*_SIZE)
        self.ui = slicer.util.childWidgetVariables(form)
        self._status = _BothLines(self.ui.coordinatorStatus, inside, context.status)
        buttons = (
            self.ui.importCTButton,
            self.ui.ctTableButton,
            self.ui.databaseButton,
            self.ui.readingTableButton,
            self.ui.importTablesButton,
            self.ui.unblindButton,
        )
        self._command = BackgroundCommand(
            self.ui.coordinatorBar, self.ui.coordinatorCancelButton, buttons, self._status, self._enable
        )
        self._questions = (
            QuestionMark("progress").beside(self.ui.readersTable),
            QuestionMark("patients-and-lymph-nodes-analysed").beside(self.ui.flowLabel),
            QuestionMark("progress").beside(self.ui.missingLabel),
        )
        self._prepare_tables()
        guarded = self._status.guarded
        for button, step in (
            (self.ui.makeButton, self._make),
            (self.ui.importTablesButton, self._import_tables),
            (self.ui.leaveOutButton, lambda: self._exclude(True)),
            (self.ui.takeInButton, lambda: self._exclude(False)),
            (self.ui.unblindButton, self._unblind),
        ):
            button.connect("clicked(bool)", guarded(step))
        self._new = NewStudyForm(self.ui, guarded)
        self._cts = CTImport(self.ui, self.dialog, self._status, self._command, self._imported)
        self.refresh(None)

    @property
    def is_busy(self) -> bool:
        """Whether an import runs."""
        return self._command.is_running

    def open(self) -> None:
        """Show the dialog; Slicer stays usable beside it."""
        self.ui.coordinatorTabs.setCurrentIndex(1 if self._study is not None else 0)
        self._cts.offer_database()
        self.dialog.show()
        self.dialog.activateWindow()
        (self.ui.patientsEdit if self._study is not None else self.ui.titleEdit).setFocus()

    def cleanup(self) -> None:
        """The panel goes, and an import with it: what is imported whole stays."""
        self._command.cleanup()
        self._cts.cleanup()
        # Slicer's main window, which owns it, may have gone before: PythonQt raises ValueError.
        with suppress(ValueError):
            self.dialog.hide()
            self.dialog.deleteLater()

    def refresh(self, study: Study | None) -> None:
        """Another study, or it was changed: what of it is there."""
        self._study = study
        tabs = self.ui.coordinatorTabs
        for number in range(1, tabs.count):
            tabs.setTabEnabled(number, study is not None)
        tabs.setTabEnabled(4, study is not None and study.unblinding() is None)
        self._cts.refresh(study)
        self._show_readers()
        self._show_exclusions()
        self._show_missing()
        self._enable()

    def _prepare_tables(self) -> None:
        ui = self.ui
        headers = [_("Reader"), _("Round"), _("Locked"), _("Open"), _("To read"), _("Waiting"), _("Next from")]
        prepare(ui.readersTable, headers, wide=6)
        headers = [_("Lymph node"), _("Reader"), _("Round"), _("Correction"), _("Why")]
        prepare(ui.correctionsTable, headers, wide=4)
        prepare(ui.exclusionsTable, [_("Patient"), _("Lymph node"), _("Decision"), _("Why")], wide=3)
        prepare(ui.missingTable, [_("Lymph node"), _("Reader"), _("Round"), _("State")], wide=3)

    def _enable(self) -> None:
        """What can be done now."""
        ui = self.ui
        is_free = self._study is not None and not self.is_busy
        for button in (
            ui.importTablesButton, ui.importCTButton, ui.ctTableButton, ui.databaseButton, ui.readingTableButton,
        ):  # fmt: skip
            button.enabled = is_free
        self.ui.unblindButton.enabled = is_free and self._study is not None and self._study.unblinding() is None

    def _show_readers(self) -> None:
        study = self._study
        rounds = () if study is None else progress(study, self._context.now().today)
        fill(
            self.ui.readersTable,
            [
                (
                    each.reader,
                    str(each.round),
                    _("{locked} of {assigned}").format(locked=each.locked, assigned=each.assigned),
                    *map(str, (each.open, each.available, each.waiting)),
                    "" if each.next_available_on is None else each.next_available_on.isoformat(),
                )
                for each in rounds
            ],
        )
        made = [] if study is None else [one for one in study.readings() if one.key.is_correction]
        fill(
            self.ui.correctionsTable,
            [
                (one.key.lymph_node, one.key.reader, str(one.key.round), str(one.key.revision - 1), one.reason or "")
                for one in made
            ],
        )
        self.ui.correctionsLabel.visible = self.ui.correctionsTable.visible = bool(made)

    def _show_exclusions(self) -> None:
        study = self._study
        made = () if study is None else decisions(study)
        fill(
            self.ui.exclusionsTable,
            [
                (one.patient, one.lymph_node or _("all"), _("left out") if one.excluded else _("taken in"), one.reason)
                for one in made
            ],
        )
        if study is None:
            self.ui.flowLabel.text = ""
            return
        numbers = flow(study)
        self.ui.flowLabel.text = _("{patients} of {all_patients} and {nodes} of {all_nodes} are analysed.").format(
            patients=numbers.analysed_patients,
            all_patients=counted(numbers.enrolled_patients, "patient"),
            nodes=numbers.analysed_lymph_nodes,
            all_nodes=counted(numbers.enrolled_lymph_nodes, "lymph node"),
        )

    def _show_missing(self) -> None:
        missing = self._missing()
        fill(
            self.ui.missingTable,
            [
                (
                    one.key.lymph_node,
                    one.key.reader,
                    str(one.key.round),
                    _("open, not locked") if one.is_open else _("not begun"),
                )
                for one in missing
            ],
        )
        self.ui.missingTable.visible = self.ui.missingReasonEdit.visible = bool(missing)
        self.ui.missingLabel.text = (
            _("{count} missing; they can never be made blinded after unblinding.").format(
                count=counted(len(missing), "reading")
            )
            if missing
            else _("No reading is missing.")
        )

    def _missing(self) -> tuple[MissingReading, ...]:
        study = self._study
        return () if study is None or study.unblinding() is not None else missing_readings(study)

    def _make(self) -> None:
        folder = self.ui.newFolderEdit.currentPath.strip()
        if not folder:
            raise DataRefusedError(_("Name a new folder for the study first."), "no-folder")
        registration, now = self._new.registration(), self._context.now()
        protocol = self._new.protocol() if registration is None else registration.protocol
        study = Study.create(Path(folder), protocol, now)
        if registration is not None:
            note_registration(study, registration, now)
        self._made(folder)
        self.ui.coordinatorTabs.setCurrentIndex(1)
        made = _("Made the study. Import the clinical tables and the CT next.")
        self._status.say(" ".join(filter(None, [made, lacking_for_agreement(protocol.readers)])))

    def _import_tables(self) -> None:
        patients, lymph_nodes = (
            self._named(edit.currentPath, _("Name both clinical tables first."))
            for edit in (self.ui.patientsEdit, self.ui.lymphNodesEdit)
        )
        now = self._context.now()
        instrument = self.ui.instrumentEdit.text.strip() or None
        tables = read_clinical_files(patients, lymph_nodes, instrument=instrument, today=now.today)
        import_clinical(opened(self._study), tables, now)
        self._changed()
        imported = _("Imported {patients} and {lymph_nodes}.").format(
            patients=counted(len(tables.patients), "patient"),
            lymph_nodes=counted(len(tables.lymph_nodes), "lymph node"),
        )
        self._status.say(" ".join([imported, *tables.notes]))

    def _imported(self, printed: str) -> None:
        self._changed()
        self._status.say(" ".join(printed.split("\n")).strip())

    def _exclude(self, excluded: bool) -> None:
        ui = self.ui
        patient, lymph_node = ui.exclusionPatientEdit.text.strip(), ui.exclusionLymphNodeEdit.text.strip()
        reason = ui.exclusionReasonEdit.text.strip()
        exclude(opened(self._study), patient, reason, self._context.now(), lymph_node or None, excluded=excluded)
        ui.exclusionReasonEdit.clear()
        self._changed()
        words = _("Left out: {name}.") if excluded else _("Taken in again: {name}.")
        self._status.say(words.format(name=lymph_node or patient))

    def _unblind(self) -> None:
        study, missing = opened(self._study), self._missing()
        reason = self.ui.missingReasonEdit.text.strip()
        if missing and not reason:
            raise DataRefusedError(
                _("{count} missing; say first why, or wait until all are locked.").format(
                    count=counted(len(missing), "reading")
                ),
                "readings-missing",
            )
        question = _(
            "Unblind the study? The protocol is frozen and no blinded reading can be made any more. This cannot be "
            "undone."
        )
        if missing:
            question = _("{count} missing. ").format(count=counted(len(missing), "reading")) + question
        # Return must not do what cannot be undone; slicer.util's own dialogs cannot be told their default button.
        ok, cancel = qt.QMessageBox.Ok, qt.QMessageBox.Cancel
        if qt.QMessageBox.question(self.dialog, _("Unblind"), question, ok | cancel, cancel) == ok:
            reasons: dict[ReadingKey, str] = {one.key: reason for one in missing}
            unblind_verified(study, self._context.now(), reasons)
            self._changed()
            said = [_("Unblinded; the protocol is frozen."), *unblinding_notices(study), log_words(study)]
            self._status.say(" ".join(said))

    def _named(self, path: str, sentence: str) -> Path:
        """What a form names to be read; `sentence` where it names nothing."""
        if not path.strip():
            raise DataRefusedError(sentence, "no-path")
        named = Path(path.strip())
        refuse_inside_blinded_study(named, None if self._study is None else self._study.folder)
        return named


class _BothLines(StatusLine):
    """The dialog's own line, scrolled where it is long, and the panel's."""

    def __init__(self, label: Any, layout: Any, panel: StatusLine) -> None:
        super().__init__(label)
        self._panel = panel
        self._own, self._area = label, qt.QScrollArea()
        self._area.frameShape = qt.QFrame.NoFrame
        self._area.widgetResizable = True
        self._area.setWidget(label)
        layout.addWidget(self._area)
        self._area.visible = False

    def say(self, sentence: str, kind: str = "done") -> None:
        super().say(sentence, kind)
        self._area.visible = bool(sentence)
        self._area.setFixedHeight(min(int(self._own.heightForWidth(self._area.width)) + 2, _MOST_SAID))
        self._panel.say(sentence, kind)
