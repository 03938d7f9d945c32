"""The window in which a CT is read, by a choice or a key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.panel.sections.section import PanelContext
from RLNResponseLib.panel.widgets.keys import shortcut
from RLNResponseLib.scene.contouring_views import WINDOWS, show_window


class WindowChoice:
    """Offers the windows while a CT is read.

    Parameters
    ----------
    box
        The QComboBox that chooses; hidden while nothing is read.
    context
        The panel's surroundings.
    volume
        The volume node of the CT that is read, None where none is.

    """

    def __init__(self, box: Any, context: PanelContext, volume: Callable[[], Any]) -> None:
        self._box, self._volume = box, volume
        self._shortcuts = []
        names = (_("Mediastinum"), _("Narrow soft tissue"), _("Lung"), _("Bone"))
        for number, (name, window) in enumerate(zip(names, WINDOWS, strict=True)):
            key = f"Alt+{number + 1}"
            box.addItem(
                _("{window}: width {width:.0f}, level {level:.0f} ({key})").format(
                    window=name, width=window.width, level=window.level, key=key
                )
            )
            press = context.status.guarded(partial(self._press, number))
            self._shortcuts.append(shortcut(box.parentWidget(), key, press))
        box.connect("currentIndexChanged(int)", context.status.guarded(self._choose))
        self.show()

    def show(self) -> None:
        """Another CT is read, or none: it opens in the first window."""
        self._box.visible = self._volume() is not None
        blocked = self._box.blockSignals(True)
        self._box.setCurrentIndex(0)
        self._box.blockSignals(blocked)

    def keys(self, are_on: bool) -> None:
        """Hear the keys, or leave them to others."""
        for key in self._shortcuts:
            key.enabled = are_on

    def _press(self, number: int) -> None:
        self._box.setCurrentIndex(number)

    def _choose(self) -> None:
        volume = self._volume()
        if volume is not None:
            show_window(volume, WINDOWS[self._box.currentIndex])
