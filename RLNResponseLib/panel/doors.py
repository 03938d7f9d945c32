"""The panel's two doors, and the step at which a study stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.panel.sections.section import DOORS, ONE_PATIENT, READER_STUDY, ReaderSession, StudyCommandSection
from RLNResponseLib.study.study import Study

_ANALYSES = ("agreement", "model", "report")


class Doors:
    """Two buttons in a row, one of them down, and what is behind each.

    Parameters
    ----------
    layout
        Where the row and the places behind the doors are put.
    on_door
        Called with the name of a door when its button is clicked.
    on_tour
        Called when the tour of the open door is asked for.

    Attributes
    ----------
    buttons
        By the door's name.
    tour_button
        Shows the tour of the open door again.
    is_patient_shut
        Whether a blinded reading is open: one's own score would bias it.

    """

    def __init__(self, layout: Any, on_door: Callable[[str], Any], on_tour: Callable[[], Any]) -> None:
        titles = {
            ONE_PATIENT: (_("One patient"), _("Contour lymph nodes on a CT and see their scores beside them")),
            READER_STUDY: (_("Reader study"), _("Blinded, repeated readings of many lymph nodes, and their analysis")),
        }
        self.is_patient_shut = False
        self._purposes = {door: purpose for door, (_title, purpose) in titles.items()}
        self.buttons: dict[str, Any] = {}
        self.places: dict[str, Any] = {}
        row = qt.QHBoxLayout()
        for door in DOORS:
            button = qt.QPushButton(titles[door][0])
            button.objectName = f"{door}Door"
            button.checkable = True
            button.toolTip = self._purposes[door]
            button.connect("clicked(bool)", partial(on_door, door))
            row.addWidget(button)
            self.buttons[door] = button
        self.tour_button = qt.QToolButton()
        self.tour_button.objectName = "tourButton"
        self.tour_button.text = _("Tour")
        self.tour_button.autoRaise = True
        self.tour_button.toolTip = _("What is where behind this door, in a minute")
        self.tour_button.connect("clicked(bool)", on_tour)
        row.addWidget(self.tour_button)
        layout.addLayout(row)
        for door in DOORS:
            place = qt.QWidget()
            inside = qt.QVBoxLayout(place)
            inside.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(place)
            self.places[door] = place

    def add(self, door: str, widget: Any) -> None:
        """Put a section's form behind a door."""
        # A widget that gets another parent forgets whether it was to be seen.
        is_hidden = widget.isHidden()
        self.places[door].layout().addWidget(widget)
        widget.visible = not is_hidden

    def show(self, opened: str) -> None:
        """Show what is behind a door, and nothing that is behind the other."""
        for door in DOORS:
            button = self.buttons[door]
            button.checked = door == opened
            # A pressed button looks much like another in the dark style.
            font = button.font
            font.setBold(door == opened)
            button.font = font
            self.places[door].visible = door == opened

    def shut_patient(self, is_shut: bool) -> None:
        """Lock the door One patient, or open it again; its tool tip says why."""
        self.is_patient_shut = is_shut
        button = self.buttons[ONE_PATIENT]
        button.enabled = not is_shut
        button.toolTip = (
            _("A blinded reading is open, and a score would bias it; lock or leave it first.")
            if is_shut
            else self._purposes[ONE_PATIENT]
        )


class StudySteps:
    """Unfolds the step at which a study stands and folds the others, whenever that is another one.

    Parameters
    ----------
    sections
        The panel's sections by name.

    """

    def __init__(self, sections: Mapping[str, Any]) -> None:
        self._sections = sections
        self._current = ""

    def follow(self, study: Study | None, session: ReaderSession | None) -> None:
        """Another study, reader or round is chosen, or the study was unblinded."""
        current = self._step(study, session)
        if current == self._current:
            return
        self._current = current
        for name in ("study", "read", *_ANALYSES):
            self._sections[name].widget.collapsed = name != current

    def _step(self, study: Study | None, session: ReaderSession | None) -> str:
        if study is not None and study.unblinding() is not None:
            return next((name for name in _ANALYSES if not self._has_results(name)), _ANALYSES[-1])
        return "study" if session is None else "read"

    def _has_results(self, name: str) -> bool:
        section = self._sections[name]
        return isinstance(section, StudyCommandSection) and section.has_results
