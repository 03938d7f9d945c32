"""A minute's tour of a door, when it is opened for the first time: a sentence above the panel, a frame around what it
speaks of.

Nothing waits for it: it takes no focus, everything stays usable, and it goes with a click or with a blinded reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.panel.remembered import is_tour_seen, remember_tour
from RLNResponseLib.panel.widgets.events import OnEvents
from RLNResponseLib.panel.widgets.sight import bring_into_sight
from RLNResponseLib.panel.widgets.status import StatusLine

_MARGIN = 3
_BORDER = "QFrame#tourFrame { border: 2px solid palette(highlight); background: transparent; }"


@dataclass(frozen=True)
class TourStep:
    """One thing that is shown.

    Attributes
    ----------
    widget
        Where it is.
    words
        What is said of it.
    """

    widget: Any
    words: str


class Tour:
    """Goes from one thing that is there to the next.

    Parameters
    ----------
    layout
        The layout of the module's widget, where the sentence is put.
    status
        The status line.
    steps
        Of a door, in their order; those whose widget is not to be seen are passed over.

    Attributes
    ----------
    box
        What holds the sentence and its buttons.
    frame
        What is drawn around the widget that the sentence is of; None before the first step.

    """

    def __init__(self, layout: Any, status: StatusLine, steps: Callable[[str], Sequence[TourStep]]) -> None:
        self._panel = layout.parentWidget()
        self._steps_of = steps
        self._left: list[TourStep] = []
        self._shown: TourStep | None = None
        self._count = 0
        self._door = ""
        self._is_barred = False
        self._label = qt.QLabel()
        self._label.wordWrap = True
        self.next_button = qt.QPushButton()
        self.close_button = qt.QPushButton(_("Close the tour"))
        self.box = qt.QFrame()
        self.box.objectName = "tourBox"
        self.box.frameShape = qt.QFrame.StyledPanel
        inside = qt.QVBoxLayout(self.box)
        inside.addWidget(self._label)
        buttons = qt.QHBoxLayout()
        for button, step in ((self.next_button, self.go_on), (self.close_button, self.close)):
            button.focusPolicy = qt.Qt.NoFocus
            button.connect("clicked(bool)", status.guarded(step))
            buttons.addWidget(button)
        inside.addLayout(buttons)
        layout.addWidget(self.box)
        self.frame: Any = None
        self._place = OnEvents(self._panel, (qt.QEvent.LayoutRequest, qt.QEvent.Resize), self._put_frame)
        self.close()

    @property
    def is_shown(self) -> bool:
        """Whether it goes on."""
        return self._shown is not None

    def is_shown_of(self, door: str) -> bool:
        """Whether the tour of a door goes on.

        Parameters
        ----------
        door
            Its name.

        Returns
        -------
        bool

        """
        return self.is_shown and door == self._door

    def offer(self, door: str) -> None:
        """Show the tour of a door, where it was never shown before.

        Parameters
        ----------
        door
            Its name.

        """
        self.close()
        if not is_tour_seen(door):
            self.begin(door)

    def begin(self, door: str) -> None:
        """Show the tour of a door from its first step on.

        Parameters
        ----------
        door
            Its name.

        """
        if self._is_barred:
            return
        self._left = [step for step in self._steps_of(door) if _is_there(step.widget, self._panel)]
        self._count, self._door = len(self._left), door
        remember_tour(door)
        if self.frame is None:
            # Now, so that it lies above everything that the panel is made of.
            self.frame = qt.QFrame(self._panel)
            self.frame.objectName = "tourFrame"
            self.frame.styleSheet = _BORDER
            self.frame.setAttribute(qt.Qt.WA_TransparentForMouseEvents)
        self.go_on()

    def go_on(self) -> None:
        """The next step whose widget is still there; after the last one the tour is over."""
        while self._left and not _is_there(self._left[0].widget, self._panel):
            self._left.pop(0)
        if not self._left:
            self.close()
            return
        self._shown = self._left.pop(0)
        self._label.text = f"{self._count - len(self._left)}/{self._count}  {self._shown.words}"
        self.next_button.text = _("Next") if self._left else _("Done")
        self.box.visible = True
        self.close_button.visible = bool(self._left)
        self._put_frame()
        # The buttons last: where a small window has no room for both, the tour can still be gone on with.
        for widget in (self._shown.widget, self.box):
            bring_into_sight(widget)

    def close(self) -> None:
        """End it."""
        self._left, self._shown = [], None
        self.box.visible = False
        if self.frame is not None:
            self.frame.visible = False

    def bar(self, is_barred: bool) -> None:
        """While a blinded reading is open there is no tour, and none can be called."""
        self._is_barred = is_barred
        if is_barred:
            self.close()

    def let_go(self) -> None:
        """The panel goes."""
        self.close()
        self._place.let_go()

    def _put_frame(self) -> None:
        if self._shown is None:
            return
        widget = self._shown.widget
        if not _is_there(widget, self._panel):
            self.frame.visible = False
            return
        corner = widget.mapTo(self._panel, qt.QPoint(0, 0))
        # Beyond the panel's edge, where many widgets begin, nothing of it would be seen.
        left, top = max(corner.x() - _MARGIN, 0), max(corner.y() - _MARGIN, 0)
        right = min(corner.x() + widget.width + _MARGIN, self._panel.width)
        bottom = min(corner.y() + widget.height + _MARGIN, self._panel.height)
        self.frame.setGeometry(left, top, right - left, bottom - top)
        self.frame.visible = True


def _is_there(widget: Any, panel: Any) -> bool:
    """Whether a widget is to be seen in the panel, which itself may not be shown yet."""
    while widget is not None and widget != panel:
        if widget.isHidden():
            return False
        widget = widget.parentWidget()
    return widget is not None
