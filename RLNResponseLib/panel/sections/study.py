"""The Study section: make or open a study, choose reader and round, see how far everyone is."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from RLNResponseLib.panel.sections.coordinator import CoordinatorDialog
from RLNResponseLib.panel.sections.section import BaseSection, PanelContext, ReaderSession
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.tables import remember
from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import Orphan, recover
from RLNResponseLib.study.verify.unblinding import unblinding_notices
from RLNResponseLib.study.worklist import RoundProgress, progress


class StudySection(BaseSection):
    """Chooses study, reader and round, and tells the other sections by the signal session_changed."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "StudySection")
        self._study: Study | None = None
        self._title = str(self.widget.text)
        guarded = context.status.guarded
        self._ui.folderEdit.connect("currentPathChanged(QString)", guarded(self._open))
        self._ui.openStudyButton.connect("clicked(bool)", guarded(self._open))
        self._ui.readerBox.connect("currentIndexChanged(int)", guarded(self._choose_reader))
        self._ui.roundBox.connect("currentIndexChanged(int)", guarded(self._choose_round))
        self._question = QuestionMark("progress").beside(self._ui.progressLabel)
        self.coordinator = CoordinatorDialog(context, self._made, self._session_changed)
        self._ui.coordinatorButton.connect("clicked(bool)", guarded(self.coordinator.open))
        context.signals.readings_changed.connect(self.show_progress)
        self.show_progress()

    def enter(self) -> None:
        """The folder of last time stands in the edit at once, and no signal tells of it."""
        if self._study is None and self._path():
            self._context.status.say(
                _("The last study was {name}; press Open study to go on with it.").format(name=Path(self._path()).name)
            )

    @property
    def study(self) -> Study | None:
        """The opened study."""
        return self._study

    def show_progress(self) -> None:
        """Read the study again and show how far everyone is."""
        study = self._study
        is_open = study is not None
        self._ui.openStudyButton.enabled = bool(self._path())
        self._ui.openStudyButton.toolTip = (
            _("Open the study in this folder, or read it again") if self._path() else _("Name a study's folder first.")
        )
        ui = self._ui
        for widget in (ui.readerLabel, ui.readerBox, ui.roundLabel, ui.roundBox, ui.progressLabel):
            widget.visible = is_open
        rounds = () if self._study is None else progress(self._study, self._context.now().today)
        log = [] if study is None else [*unblinding_notices(study), log_words(study)]
        self._ui.progressLabel.text = "\n".join([*map(_in_words, rounds), *log])
        reader, number = self._chosen()
        who = "" if number is None else _(" · {reader}, round {round}").format(reader=reader, round=number)
        self.widget.text = self._title + (" ✓" if is_open else "") + who
        mine = next((one for one in rounds if (one.reader, one.round) == (reader, number)), None)
        self._ui.progressBar.visible = mine is not None
        self._ui.progressBar.maximum = max(mine.assigned, 1) if mine else 1
        self._ui.progressBar.value = mine.locked if mine else 0
        self.coordinator.refresh(study)

    @property
    def is_busy(self) -> bool:
        """Whether an import runs."""
        return self.coordinator.is_busy

    def cleanup(self) -> None:
        """The panel goes, and the coordinator's dialog with it."""
        self.coordinator.cleanup()

    def _made(self, folder: str) -> None:
        self._ui.folderEdit.currentPath = folder

    def _open(self) -> None:
        path = self._path()
        before = ("", None) if self._study is None or self._study.folder != Path(path) else self._chosen()
        self._study = None
        self._fill(self._ui.readerBox, [])
        self._fill(self._ui.roundBox, [])
        if path:
            study, recovered = self._read(path)
            self._study = study
            remember(self._ui.folderEdit)
            self._fill(self._ui.readerBox, ["", *(plan.code for plan in study.protocol.readers)], before[0])
            self._fill(self._ui.roundBox, self._rounds(before[0]), str(before[1]))
            words = _("{title}: opened. Choose the reader.")
            if study.unblinding() is not None:
                words = _("{title}: opened; it is unblinded.")
            opened = words.format(title=study.protocol.title)
            self._context.status.say(" ".join([opened, *(orphan.sentence for orphan in recovered)]))
        self._session_changed()

    def _path(self) -> str:
        return str(self._ui.folderEdit.currentPath.strip())

    def _read(self, path: str) -> tuple[Study, tuple[Orphan, ...]]:
        """The study of a folder, and what an interruption had left in it. Where it cannot be opened, none is open."""
        try:
            study = Study.open(Path(path))
            return study, recover(study, self._context.now())
        except Exception:
            self._session_changed()
            raise

    def _choose_reader(self) -> None:
        reader = self._ui.readerBox.currentText
        self._fill(self._ui.roundBox, self._rounds(reader), self._unfinished_round(reader))
        self._session_changed()

    def _unfinished_round(self, reader: str) -> str:
        """The first round in which something is left for a reader, "" where all is locked."""
        rounds = () if self._study is None else progress(self._study, self._context.now().today)
        left = [str(one.round) for one in rounds if one.reader == reader and one.locked < one.assigned]
        return left[0] if left else ""

    def _rounds(self, reader: str) -> list[str]:
        rounds = self._study.protocol.rounds_of(reader) if self._study is not None and reader else ()
        return list(map(str, rounds))

    def _choose_round(self) -> None:
        self._session_changed()

    def _session_changed(self) -> None:
        reader, number = self._chosen()
        self.show_progress()
        session = (
            None
            if self._study is None or number is None
            else ReaderSession(study=self._study, view=ReaderView.of(self._study, reader), round=number)
        )
        self._context.signals.session_changed.emit(self._study, session)

    def _chosen(self) -> tuple[str, int | None]:
        text = self._ui.roundBox.currentText
        return self._ui.readerBox.currentText, int(text) if text else None

    def _fill(self, box: object, entries: list[str], chosen: str = "") -> None:
        blocked = box.blockSignals(True)  # type: ignore[attr-defined]
        box.clear()  # type: ignore[attr-defined]
        for entry in entries:
            box.addItem(entry)  # type: ignore[attr-defined]
        if chosen in entries:
            box.setCurrentIndex(entries.index(chosen))  # type: ignore[attr-defined]
        box.blockSignals(blocked)  # type: ignore[attr-defined]


def _in_words(reading_round: RoundProgress) -> str:
    words = _("{reader}, round {round}: {locked} of {assigned} locked").format(
        reader=reading_round.reader,
        round=reading_round.round,
        locked=reading_round.locked,
        assigned=reading_round.assigned,
    )
    if reading_round.open:
        words += _(", {count} open").format(count=reading_round.open)
    if reading_round.next_available_on is not None:
        words += _(", next from {day}").format(day=reading_round.next_available_on.isoformat())
    return words
