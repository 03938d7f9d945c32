"""The `?` beside a number: a click says what the number means, in a small window that keeps nothing waiting."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.number_help import number_sections

_SIZE = (420, 380)


class QuestionMark(qt.QObject):  # type: ignore[misc]
    """A button that opens sections of docs/numbers.md.

    Parameters
    ----------
    anchors
        Of the sections, in the order in which they are shown.

    Attributes
    ----------
    button
        The QToolButton.
    anchors
        May be set anew: what stands beside it is another number now. Where there are none, there is no button.
    followed
        The widget whose number it is, None where it is there by itself.
    text
        What the window says, in Markdown; "" while none was opened.

    """

    def __init__(self, *anchors: str) -> None:
        qt.QObject.__init__(self)
        self.followed: Any = None
        self._is_there = True
        self._window: Any = None
        self._browser: Any = None
        self.text = ""
        self.button = qt.QToolButton()
        self.button.objectName = "questionMark"
        self.button.text = "?"
        self.button.autoRaise = True
        self.button.toolTip = _("What this number means, and what it does not show")
        self.button.connect("clicked(bool)", self._open)
        self.show(*anchors)

    def show(self, *anchors: str) -> None:
        """Stand beside another number, or beside none."""
        self.anchors = anchors
        self._follow()

    def beside(self, widget: Any, follow: Any = None) -> QuestionMark:
        """Put the button on the right of a widget, and show it where there is something to ask.

        Parameters
        ----------
        widget
            What it is put beside; it stands in its parent's own QBoxLayout.
        follow
            The widget whose number it is, where it is another one: the button is there while that is.

        Returns
        -------
        QuestionMark
            Itself.

        """
        layout = widget.parentWidget().layout()
        place = layout.indexOf(widget)
        is_hidden = widget.isHidden()
        layout.removeWidget(widget)
        row = qt.QHBoxLayout()
        row.addWidget(widget, 1)
        row.addWidget(self.button, 0, qt.Qt.AlignTop)
        layout.insertLayout(place, row)
        widget.visible = not is_hidden
        return self.following(widget if follow is None else follow)

    def following(self, widget: Any) -> QuestionMark:
        """Be there while a widget is.

        Parameters
        ----------
        widget
            Whose number it is.

        Returns
        -------
        QuestionMark
            Itself.

        """
        self.followed = widget
        self._is_there = not widget.isHidden()
        widget.installEventFilter(self)
        self._follow()
        return self

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """See whether the number is shown; no event is kept from it."""
        # Not what the widget says now: a folded section hides it again before others hear that it was shown.
        if event.type() in (qt.QEvent.ShowToParent, qt.QEvent.HideToParent):
            self._is_there = event.type() == qt.QEvent.ShowToParent
            self._follow()
        return False

    def _follow(self) -> None:
        self.button.visible = bool(self.anchors) and self._is_there

    def _open(self) -> None:
        if self._window is None:
            self._window = qt.QDialog(self.button)
            self._browser = qt.QTextBrowser()
            self._browser.openLinks = False
            qt.QVBoxLayout(self._window).addWidget(self._browser)
            self._window.resize(*_SIZE)
        self._window.windowTitle = _("What the number means")
        self.text = _sections(self.anchors)
        self._browser.markdown = self.text
        self._window.show()
        self._window.activateWindow()


def _sections(anchors: tuple[str, ...]) -> str:
    try:
        sections = number_sections()
    except DataRefusedError as refused:
        return str(refused)
    said = [f"## {sections[anchor].title}\n\n{sections[anchor].text}" for anchor in anchors]
    return "\n\n".join([*said, f"*{RESEARCH_USE_ONLY}*"])
