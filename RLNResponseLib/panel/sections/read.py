"""The Read section: the reader's worklist, and the reading that is open."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.panel.sections.open_reading import OpenReadingPanel, said_of_copies
from RLNResponseLib.panel.sections.section import BaseSection, PanelContext, ReaderSession
from RLNResponseLib.panel.sections.window_choice import WindowChoice
from RLNResponseLib.panel.widgets.keys import shortcut
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.tables import fill, prepare
from RLNResponseLib.scene.contouring_views import lay_back, lay_out, zoom
from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.reading_nodes import ReadingNodes, close_reading_nodes, missing_part
from RLNResponseLib.scene.readings import OpenReading, show_locked_reading
from RLNResponseLib.scene.views import jump_to, show_in_slices
from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.reading_day import WHICH, of_list
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import WorklistItem, next_item

NEXT_KEY, LOCK_KEY = "Ctrl+Shift+N", "Ctrl+Shift+L"
# The worklist's greatest height, and that beside an open reading: three rows.
_HEIGHT, _HEIGHT_OPEN = 180, 96


class ReadSection(BaseSection):
    """Opens, shows and locks readings; the other sections hear of it by the panel's signals."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "ReadSection")
        self._signals = context.signals
        self._session: ReaderSession | None = None
        self._items: tuple[WorklistItem, ...] = ()
        self._listed: tuple[WorklistItem, ...] = ()
        self._shown: ReadingNodes | None = None
        self._layout_before: int | None = None
        self._title = str(self.widget.text)
        self._reading = OpenReadingPanel(context, self._ui, self._reading_locked)
        for which in (_("All"), _("Left to read"), _("Locked")):
            self._ui.filterBox.addItem(which)
        prepare(self._ui.worklistTable, [_("Lymph node"), _("Station"), _("Status")], wide=1)
        self._question = QuestionMark("the-days-count").beside(self._ui.dayLabel)
        guarded = context.status.guarded
        self._ui.worklistTable.connect("itemSelectionChanged()", guarded(self._show_choice))
        self._ui.worklistTable.connect("cellDoubleClicked(int,int)", guarded(self._open_chosen))
        self._ui.filterBox.connect("currentIndexChanged(int)", guarded(self._show_worklist))
        self._ui.openButton.connect("clicked(bool)", guarded(self._open_chosen))
        self._ui.nextButton.connect("clicked(bool)", guarded(self._open_next))
        self._ui.reasonEdit.connect("textChanged(QString)", guarded(self._show_choice))
        self._ui.correctButton.connect("clicked(bool)", guarded(self._correct_or_give_up))
        self._ui.lockButton.connect("clicked(bool)", guarded(self._reading.lock))
        self._ui.saveButton.connect("clicked(bool)", guarded(self._reading.save))
        # Taking apart what is left of a reading waits until the scene has done with the removal.
        self._lost = qt.QTimer()
        self._lost.setSingleShot(True)
        self._lost.setInterval(0)
        self._lost.connect("timeout()", guarded(self._close_what_is_lost))
        self._shortcuts = [
            shortcut(self.widget, NEXT_KEY, guarded(self._open_next)),
            shortcut(self.widget, LOCK_KEY, guarded(self._lock_by_key)),
        ]
        self._windows = WindowChoice(self._ui.windowBox, context, self._volume)
        self._show_worklist()
        # Last: a section that could not be built must leave nothing behind that watches the scene.
        self._observers = SceneObservers()
        self._observers.add(context.scene, context.scene.NodeRemovedEvent, self._lost.start)

    @property
    def is_open(self) -> bool:
        """Whether a reading is open in the scene."""
        return self._reading.reading is not None

    @property
    def is_busy(self) -> bool:
        """Whether a reading is open."""
        return self.is_open

    def refresh(self, study: Study | None, session: ReaderSession | None) -> None:
        """Another study, reader or round: what is open is kept as a draft and leaves the scene first."""
        if session != self._session:
            self.leave_reading()
            self._lay_back()
        self._session = session
        self._show_worklist()

    def _show_worklist(self) -> None:
        """Read the worklist again."""
        chosen = self._chosen()
        self._items = (
            () if self._session is None else self._session.view.worklist(self._session.round, self._context.now())
        )
        self._listed = of_list(self._items, WHICH[max(self._ui.filterBox.currentIndex, 0)])
        names = [item.lymph_node for item in self._listed]
        row = names.index(chosen.lymph_node) if chosen is not None and chosen.lymph_node in names else -1
        fill(
            self._ui.worklistTable,
            [(item.lymph_node, item.station or "", _status_words(item)) for item in self._listed],
            row,
        )
        # What is drawn with must be in sight beside it.
        self._ui.worklistTable.maximumHeight = _HEIGHT_OPEN if self.is_open else _HEIGHT
        self._show_day()
        locked = sum(item.state == "locked" for item in self._items)
        state = _(" · {locked} of {count}").format(locked=locked, count=len(self._items)) if self._items else ""
        self.widget.text = self._title + state + (" ✓" if self._items and locked == len(self._items) else "")
        self.widget.visible = self._session is not None
        self._ui.nextButton.enabled = next_item(self._items) is not None
        self._ui.nextButton.toolTip = (
            _("Open the next one on your list ({key})").format(key=NEXT_KEY)
            if self._ui.nextButton.enabled
            else _("Nothing can be read today.")
            if self._session
            else _("Open a study and choose a reader first.")
        )
        self._show_choice()

    def _show_day(self) -> None:
        """What is left for today, and what was done."""
        self._ui.dayLabel.visible = self._session is not None
        if self._session is None:
            return
        day, left = self._session.view.day(self._context.now()), len(of_list(self._items, "left"))
        words = _("{left} left to read · today {count} locked").format(left=left, count=day.readings)
        if day.timed:
            words += _(" in {minutes:.0f} min").format(minutes=day.minutes)
        self._ui.dayLabel.text = words

    def _volume(self) -> Any:
        """The CT that is read, None where none is."""
        reading = self._reading.reading
        return None if reading is None else reading.nodes.volume

    def leave_reading(self) -> None:
        """Keep the draft, and take everything of the study out of the scene."""
        self._reading.close()
        if self._shown is not None:
            close_reading_nodes(self._context.scene, self._shown)
            self._shown = None
        self._windows.show()
        self._signals.reading_closed.emit()

    def _lay_out(self) -> None:
        before = lay_out(self._context.scene)
        self._layout_before = self._layout_before if before is None else before

    def _lay_back(self) -> None:
        lay_back(self._context.scene, self._layout_before)
        self._layout_before = None

    def enter(self) -> None:
        """The module is shown."""
        self._reading.enter()
        if self.is_open or self._shown is not None:
            self._lay_out()
        self._windows.keys(True)
        for key in self._shortcuts:
            key.enabled = True

    def exit(self) -> None:
        """Another module is shown."""
        self._windows.keys(False)
        for key in self._shortcuts:
            key.enabled = False
        self._reading.exit()
        self._lay_back()

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self._shown = None
        self._reading.scene_closing()

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied."""
        self._reading.scene_closed(is_entered)
        if not self.is_open:
            self._signals.reading_closed.emit()
        self._show_worklist()

    def cleanup(self) -> None:
        """The panel goes: the draft is kept."""
        self._lost.stop()
        self._observers.remove_all()
        self._reading.close()
        self._reading.cleanup()

    def _close_what_is_lost(self) -> None:
        """The CT or the contour of what is open or shown was deleted: the rest goes too, and a sentence says so."""
        sentence = self._reading.close_what_is_lost()
        if self._shown is not None and missing_part(self._context.scene, self._shown):
            close_reading_nodes(self._context.scene, self._shown)
            self._shown = None
            sentence = _("What was shown was deleted from the scene; choose it again to see it.")
        if sentence:
            if not self.is_open:
                self._signals.reading_closed.emit()
                self._show_worklist()
            self._context.status.say(sentence, "refused")

    def _chosen(self) -> WorklistItem | None:
        row = self._ui.worklistTable.currentRow()
        return self._listed[row] if 0 <= row < len(self._listed) else None

    def _show_choice(self) -> None:
        item = self._chosen()
        is_locked = item is not None and item.state == "locked"
        self._ui.openButton.text = _("Show") if is_locked else _("Open")
        reason = self._why_not(item)
        self._ui.openButton.enabled = not reason
        self._ui.openButton.toolTip = reason or (
            _("Show the locked contour") if is_locked else _("Open the chosen lymph node")
        )
        self._show_correction(item)

    def _show_correction(self, item: WorklistItem | None) -> None:
        """What is locked never changes; a correction stands beside it, with its reason, or is given up with one."""
        is_open, button = self._is_open_correction(item), self._ui.correctButton
        self._ui.reasonEdit.visible = button.visible = is_open or (item is not None and item.state == "locked")
        self._ui.reasonEdit.placeholderText = _("Why it is given up") if is_open else _("Why it must be corrected")
        button.text = _("Give up") if is_open else _("Correct")
        button.enabled = bool(self._ui.reasonEdit.text.strip())
        if is_open:
            button.toolTip = (
                _("End the correction; the locked contour holds as before, and what was drawn since is gone")
                if button.enabled
                else _("Say first why the correction is given up.")
            )
            return
        button.toolTip = (
            _("Begin a correction with the locked contour; both are kept, and the washout of a repeat begins again")
            if button.enabled
            else _("Say first why the locked reading must be corrected.")
        )

    def _is_open_correction(self, item: WorklistItem | None) -> bool:
        reading = self._reading.reading
        return item is not None and reading is not None and self._is_open_here(item) and reading.is_correction

    def _correct_or_give_up(self) -> None:
        item = self._chosen()
        assert item is not None
        if self._is_open_correction(item):
            self._give_up(item)
        else:
            self._correct(item)

    def _give_up(self, item: WorklistItem) -> None:
        assert self._session is not None
        self._session.view.give_up_correction(
            item.lymph_node, self._session.round, self._ui.reasonEdit.text, self._context.now()
        )
        left = self._reading.discard()
        self._windows.show()
        self._ui.reasonEdit.clear()
        self._signals.readings_changed.emit()
        self._signals.reading_closed.emit()
        self._show_worklist()
        self._context.status.say(
            _("The correction of '{name}' is given up; the locked contour holds.").format(name=item.lymph_node) + left,
            "refused" if left else "done",
        )

    def _correct(self, item: WorklistItem) -> None:
        assert self._session is not None
        self._reading.close()
        self._session.view.open_correction(
            item.lymph_node, self._session.round, self._ui.reasonEdit.text, self._context.now()
        )
        self._ui.reasonEdit.clear()
        self._signals.readings_changed.emit()
        self._show_worklist()
        opened = self._chosen()
        assert opened is not None
        self._open(opened)

    def _why_not(self, item: WorklistItem | None) -> str:
        if self._session is None:
            return _("Open a study and choose a reader first.")
        if item is None:
            return _("Choose a lymph node in the list first.")
        if item.state == "waiting":
            return _("'{name}' waits for {what}.").format(name=item.lymph_node, what=_status_words(item))
        if item.state == "locked" and self._session.view.is_blinded:
            return _("The contour of '{name}' is locked; it can be seen after unblinding.").format(name=item.lymph_node)
        return ""

    def _open_chosen(self) -> None:
        item = self._chosen()
        reason = self._why_not(item)
        if reason:
            self._context.status.say(reason, "refused")
        elif item is not None:
            self._open(item)

    def _open_next(self) -> None:
        self._show_worklist()
        item = next_item([item for item in self._items if not self._is_open_here(item)])
        if item is None:
            self._context.status.say(_("Nothing is left to read today."), "refused")
        else:
            self._open(item)

    def _is_open_here(self, item: WorklistItem) -> bool:
        reading = self._reading.reading
        return reading is not None and reading.lymph_node.id == item.lymph_node

    def _open(self, item: WorklistItem) -> None:
        assert self._session is not None
        session, scene = self._session, self._context.scene
        if self._is_open_here(item):
            return
        self.leave_reading()
        self._context.status.say(_("Loading '{name}'.").format(name=item.lymph_node), "working")
        slicer.app.processEvents()
        if item.state == "locked":
            self._shown = show_locked_reading(scene, session.study, session.view, item.lymph_node, session.round)
            nodes = self._shown
            self._signals.reading_opened.emit(nodes)
        else:
            opened = OpenReading.open(
                scene, session.study, session.view, item.lymph_node, session.round, self._context.now()
            )
            nodes = opened.nodes
            try:
                self._reading.show(opened)
            finally:
                # Whatever fails from here on, a blinded reading has no score beside it.
                self._signals.reading_opened.emit(None if session.view.is_blinded else nodes)
        self._lay_out()
        self._windows.show()
        show_in_slices(scene, nodes.volume)
        site = session.view.lymph_node(item.lymph_node).site_mm
        if site is not None:
            zoom(scene)
            jump_to(scene, site)
        self._show_worklist()
        self._choose(item.lymph_node)
        reading = self._reading.reading
        there = "" if reading is None else said_of_copies(reading)
        self._context.status.say(self._opened_sentence(item) + there, "refused" if there else "done")

    def _opened_sentence(self, item: WorklistItem) -> str:
        reading = self._reading.reading
        if reading is None:
            return _("'{name}' is shown as it was locked.").format(name=item.lymph_node)
        if reading.has_draft:
            return _("'{name}' is open with its draft; go on contouring.").format(name=item.lymph_node)
        if reading.is_correction:
            return _("'{name}' is open with the contour that was locked; correct it, and lock it again.").format(
                name=item.lymph_node
            )
        return _("'{name}' is open; draw it with Segment Editor.").format(name=item.lymph_node)

    def _choose(self, lymph_node: str) -> None:
        if lymph_node not in [item.lymph_node for item in self._listed]:
            # What is open is seen, whatever the filter.
            self._ui.filterBox.setCurrentIndex(0)
        for row, item in enumerate(self._listed):
            if item.lymph_node == lymph_node:
                self._ui.worklistTable.setCurrentCell(row, 0)

    def _lock_by_key(self) -> None:
        if not self._reading.why_not_lock:
            self._reading.lock()
        else:
            self._context.status.say(self._reading.why_not_lock, "refused")

    def _reading_locked(self, lymph_node: str, left: str) -> None:
        self._windows.show()
        self._signals.reading_closed.emit()
        self._show_worklist()
        self._signals.readings_changed.emit()
        following = next_item(self._items)
        words = _("Locked '{name}'.").format(name=lymph_node)
        if following is not None:
            words += " " + _("Next is '{name}' ({key}).").format(name=following.lymph_node, key=NEXT_KEY)
        log = "" if self._session is None else f" {log_words(self._session.study)}"
        self._context.status.say(words + log + left, "refused" if left else "done")


def _status_words(item: WorklistItem) -> str:
    if item.state == "waiting":
        if item.available_on is not None:
            return _("from {day}").format(day=item.available_on.isoformat())
        return _("waits for {what}").format(what=item.waits_for)
    return {"available": _("to read"), "open": _("open"), "locked": _("locked")}[item.state]
