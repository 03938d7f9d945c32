"""The part of the Read section that belongs to the reading that is open: editor, findings, time, draft, lock."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from RLNResponseLib.common.about import __version__
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.panel.sections.section import PanelContext
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.segment_editor import EmbeddedSegmentEditor
from RLNResponseLib.panel.widgets.tables import in_words
from RLNResponseLib.scene.observers import SceneObservers, nodes_of_class
from RLNResponseLib.scene.readings import OpenReading
from RLNResponseLib.scene.segmentations import EDITS, segments
from RLNResponseLib.scene.writers import effects_at_work
from RLNResponseLib.study.contouring import ContouringTime

AUTOSAVE_MS = 60_000
# After a stroke the checks wait for the next one this long, so that they do not run between two strokes.
SETTLE_MS = 150


class OpenReadingPanel:
    """Shows one open reading at a time.

    Parameters
    ----------
    context
        The panel's surroundings.
    ui
        The form of the Read section.
    on_locked
        Called after locking with the lymph node's identifier, and with what is left of its CT in the scene.

    Attributes
    ----------
    reading
        What is open, None where nothing is.
    why_not_lock
        Why the reading cannot be locked now, "" where it can.

    """

    def __init__(self, context: PanelContext, ui: Any, on_locked: Callable[[str, str], None]) -> None:
        self._context = context
        self._ui = ui
        self._on_locked = on_locked
        self.reading: OpenReading | None = None
        self.why_not_lock = ""
        self._time = ContouringTime()
        self._unsaved: Contour | None = None
        self._effects: set[str] = set()
        self._cannot_save = False
        self._observers = SceneObservers()
        self._editor = EmbeddedSegmentEditor(ui.editorPlace.layout(), context.scene)
        self._questions = (
            QuestionMark("minutes").beside(ui.readingLabel),
            QuestionMark("findings").beside(ui.findingsLabel),
        )
        # The views for contouring have no 3D view.
        self._editor.widget.show3DButtonVisible = False
        self._autosave = qt.QTimer()
        self._autosave.setInterval(AUTOSAVE_MS)
        self._autosave.connect("timeout()", context.status.guarded(self._save_again))
        self._settle = qt.QTimer()
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.connect("timeout()", context.status.guarded(self._settled))
        self.refresh()

    def show(self, reading: OpenReading) -> None:
        """Begin, or go on, with a reading that is in the scene."""
        self.reading = reading
        self._time = ContouringTime(seconds=60 * reading.minutes_before)
        self._begin()

    def save(self) -> None:
        """Keep the draft, and say so; or that there is nothing to keep."""
        reading = self.reading
        if reading is None or not self._save():
            return
        words, kind = _("The draft of '{name}' is kept."), "done"
        if reading.contour() is None:
            kind = "refused"
            words = (
                _("Nothing is drawn of '{name}' now; the draft that was kept before stays as it is.")
                if reading.has_draft
                else _("Nothing is drawn of '{name}', so no draft is kept.")
            )
        self._context.status.say(words.format(name=reading.lymph_node.id), kind)

    def lock(self) -> None:
        """Lock the reading and take it out of the scene."""
        reading = self.reading
        if reading is None:
            return
        self._time.sign_of_life(self._context.seconds())
        self._note_effects()
        reading.lock(self._minutes(), self._software(), self._context.now())
        self._end()
        reading.close()
        self._on_locked(reading.lymph_node.id, said_of_copies(reading))

    def close(self) -> None:
        """Keep the draft and take the reading out of the scene.

        Raises
        ------
        DataRefusedError
            What `OpenReading.save` raises; then the reading stays open.

        """
        reading = self.reading
        if reading is None:
            return
        self._note_effects()
        reading.save(self._minutes(), self._software())
        self._end()
        reading.close()
        left = said_of_copies(reading)
        self._context.status.say(
            (
                _("'{name}' is closed; its draft is kept.").format(name=reading.lymph_node.id)
                if reading.has_draft
                else _("'{name}' is closed; nothing was drawn.").format(name=reading.lymph_node.id)
            )
            + left,
            "refused" if left else "done",
        )

    def discard(self) -> str:
        """Take the reading out of the scene, keep nothing of it (it was given up), and say what is left of its CT."""
        reading = self.reading
        if reading is None:
            return ""
        self._end()
        reading.close()
        return said_of_copies(reading)

    def close_what_is_lost(self) -> str:
        """Close the reading where its CT or its contour was deleted from the scene; the sentence that tells it, or "".

        The draft is kept; where it cannot be, what was drawn is brought back into the scene.
        """
        reading = self.reading
        missing = "" if reading is None else reading.lost()
        if reading is None or not missing:
            return ""
        name = reading.lymph_node.id
        gone = _("The CT of '{name}' was deleted") if missing == "CT" else _("The contour of '{name}' was deleted")
        contour = reading.contour()
        saved = self._save()
        self._observers.remove_all()
        self._editor.release()
        reading.close()
        if not saved and contour is not None:
            reading.put_back(contour)
            self._begin()
            return (gone + _(" and its draft could not be kept, so both are back in the scene.")).format(name=name)
        self._end()
        kept = _("its draft is kept; open it again to go on") if reading.has_draft else _("nothing was drawn")
        closed = (gone + _(" from the scene, so the reading was closed: {kept}.")).format(name=name, kept=kept)
        return closed + said_of_copies(reading)

    def enter(self) -> None:
        """The module is shown."""
        self._editor.enter()

    def exit(self) -> None:
        """Another module is shown: time stops, the draft is kept, the reading stays in the scene."""
        self._editor.exit()
        self._time.pause(self._context.seconds())
        self._save()

    def scene_closing(self) -> None:
        """The scene is about to be emptied: the draft is kept, or the contour itself where that fails."""
        reading = self.reading
        self._unsaved = None
        if reading is not None and not self._save():
            self._unsaved = None if reading.is_saved() else reading.contour()
        self._editor.scene_closing()
        self._observers.remove_all()

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied: a contour that could not be saved is put back."""
        self._editor.scene_closed(is_entered)
        reading, contour = self.reading, self._unsaved
        self._unsaved = None
        if reading is None:
            return
        name = reading.lymph_node.id
        if contour is None:
            self._end()
            self._context.status.say(
                _("The scene was closed; '{name}' is kept as a draft. Open it again to go on.").format(name=name)
            )
        else:
            reading.put_back(contour)
            self._begin()
            self._context.status.say(
                _("The scene was closed, but '{name}' could not be saved and stays open.").format(name=name), "refused"
            )

    def cleanup(self) -> None:
        """The panel goes."""
        self._autosave.stop()
        self._settle.stop()
        self._observers.remove_all()
        self._editor.cleanup()

    def refresh(self) -> None:
        """Show what is open, what the checks say of it, and whether it can be locked."""
        reading = self.reading
        findings = () if reading is None else reading.findings()
        errors = [finding.message for finding in findings if finding.severity == "error"]
        # Read back from the tool tip it would be rich text.
        self.why_not_lock = self._why_not_lock() or next(iter(errors), "")
        reason = self.why_not_lock
        self._ui.findingsLabel.text = in_words(findings)
        self._ui.findingsLabel.visible = bool(findings)
        self._ui.lockButton.enabled = not reason
        self._ui.lockButton.toolTip = reason or _("Check the contour and lock it for good (Ctrl+Shift+L)")
        self._ui.saveButton.enabled = reading is not None
        self._ui.saveButton.toolTip = (
            _("Keep the contour as it is now; this also happens every minute")
            if reading is not None
            else _("Open a lymph node first.")
        )
        self._show_heading()

    def _why_not_lock(self) -> str:
        if self.reading is None:
            return _("Open a lymph node first.")
        return _("Draw the lymph node first.") if self.reading.contour() is None else ""

    def _show_heading(self) -> None:
        self._ui.readingLabel.visible = self.reading is not None
        if self.reading is None:
            self._ui.readingLabel.text = ""
            return
        key = self.reading.opening.key
        words = _("{lymph_node} · reader {reader} · round {round} · {minutes:.1f} min contouring").format(
            lymph_node=key.lymph_node, reader=key.reader, round=key.round, minutes=self._minutes()
        )
        if self.reading.is_correction:
            words += " · " + _("correction: {reason}").format(reason=self.reading.opening.reason)
        self._ui.readingLabel.text = " · ".join(filter(None, [words, _begun_words(self.reading)]))

    def _begin(self) -> None:
        reading = self.reading
        assert reading is not None
        self._editor.edit(reading.nodes)
        self._list_segments(reading)
        changed = self._context.status.guarded(self._changed)
        looked = self._context.status.guarded(self._looked)
        for event in EDITS:
            self._observers.add(reading.nodes.segmentation, getattr(slicer.vtkSegmentation, event), changed)
        for node in nodes_of_class(self._context.scene, "vtkMRMLSliceNode"):
            self._observers.add(node, vtk.vtkCommand.ModifiedEvent, looked)
        self._autosave.start()
        self.refresh()

    def _end(self) -> None:
        self._autosave.stop()
        self._settle.stop()
        self._observers.remove_all()
        self._editor.release()
        self.reading = None
        self._cannot_save = False
        self.refresh()

    def _changed(self) -> None:
        self._time.sign_of_life(self._context.seconds())
        if self.reading is not None:
            self._effects |= effects_at_work(self._context.scene, self.reading.nodes.segmentation)
        self._settle.start()

    def _note_effects(self) -> None:
        effects, self._effects = self._effects, set()
        if self.reading is not None:
            self.reading.written(effects)

    def _settled(self) -> None:
        if self.reading is not None:
            self._note_effects()
            self.reading.segment_to_draw_in()
            self._editor.draw_in(self.reading.nodes)
            self._list_segments(self.reading)
        self.refresh()

    def _list_segments(self, reading: OpenReading) -> None:
        """A table of one segment would push what is needed out of sight; after Split islands there are more."""
        self._editor.list_segments(len(segments(reading.nodes.segmentation)) > 1)

    def _looked(self) -> None:
        self._time.sign_of_life(self._context.seconds())

    def _save_again(self) -> None:
        failed_before = self._cannot_save
        if self._save() and failed_before:
            self._context.status.say(_("The study folder can be written again; the draft is kept."))
        self._show_heading()

    def _save(self) -> bool:
        """Whether the draft is kept. Where it cannot be, one sentence says so and the contour stays as it is."""
        if self.reading is None:
            return False
        self._note_effects()
        try:
            self.reading.save(self._minutes(), self._software())
        except DataRefusedError as refused:
            self._cannot_save = True
            self._context.status.say(
                _(
                    "The draft could not be kept: {reason} The contour stays open here and is saved as soon as that "
                    "works."
                ).format(reason=refused),
                "refused",
            )
            return False
        self._cannot_save = False
        return True

    def _minutes(self) -> float:
        return self._time.minutes(self._context.seconds())

    def _software(self) -> dict[str, str]:
        return {
            "rlnresponse": __version__,
            "slicer": self._context.slicer,
            "python": platform.python_version(),
        }


def _begun_words(reading: OpenReading) -> str:
    """What the reading was begun from, by kind alone: who or what drew a proposal is for after unblinding."""
    said = {
        "own": _("begun from an imported contour of your own"),
        "proposal": _("begun from a proposal"),
        "effect": _("software drew a part"),
    }
    kinds = reading.begun_from
    words = [said[kind] for kind in kinds]
    if any(kind != "own" for kind in kinds):
        words.append(
            _("⚠ the protocol allows no assistance here; this is noted") if reading.refuses_assistance else _("noted")
        )
    elif not reading.refuses_assistance:
        words.append(_("a proposal is allowed here"))
    return ", ".join(words)


def said_of_copies(reading: OpenReading) -> str:
    """The sentence, after a space, that names what lies in the scene of a study's CT and is no part of the reading.

    Parameters
    ----------
    reading
        Opened or closed just now.

    Returns
    -------
    str
        "" where there is nothing.

    """
    copies = reading.copies()
    return "" if copies is None else f" {copies.message}"
