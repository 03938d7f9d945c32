"""Pictures that a command wrote: one at a time, as wide as the panel; a click opens it in full size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.panel.widgets.status import StatusLine

_LEAST_WIDTH = 200
# A tall picture brings the panel's scroll bar, which takes this much of the width.
_SCROLL_BAR = 16
_LARGE = (1100, 720)


class PictureView:
    """Shows PNG files, one at a time, as wide as the panel.

    Parameters
    ----------
    box
        The QComboBox that chooses.
    label
        The QLabel that shows.
    button
        The QPushButton that opens the folder.
    status
        The status line.

    """

    def __init__(self, box: Any, label: Any, button: Any, status: StatusLine) -> None:
        self._box, self._label, self._button = box, label, button
        self._files: tuple[Path, ...] = ()
        self._large: Any = None
        self._clicks = _Clicks(label, status.guarded(self.open_large))
        box.connect("currentIndexChanged(int)", status.guarded(self._show))
        button.connect("clicked(bool)", status.guarded(self._open_folder))
        self.fill(())

    def fill(self, files: Sequence[Path]) -> None:
        """Offer these PNG files; those that are not there are left out."""
        self._close_large()
        self._files = tuple(file for file in files if file.is_file())
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for file in self._files:
            self._box.addItem(_short_name(file, self._files))
        self._box.blockSignals(blocked)
        for widget in (self._label, self._button):
            widget.visible = bool(self._files)
        self._box.visible = len(self._files) > 1
        self._show()

    def open_large(self) -> None:
        """Show the chosen picture in a window of its own, every pixel of it."""
        file = self._chosen()
        if file is None:
            return
        self._close_large()
        picture = qt.QLabel()
        picture.setPixmap(qt.QPixmap(str(file)))
        area = qt.QScrollArea()
        area.setWidget(picture)
        self._large = qt.QDialog(slicer.util.mainWindow())
        self._large.windowTitle = file.stem.replace("-", " ")
        self._large.setAttribute(qt.Qt.WA_DeleteOnClose, False)
        qt.QVBoxLayout(self._large).addWidget(area)
        self._large.resize(*_LARGE)
        self._large.show()

    def cleanup(self) -> None:
        """The panel goes."""
        self._close_large()
        self._clicks.let_go()

    def _close_large(self) -> None:
        large, self._large = self._large, None
        if large is not None:
            # Slicer's main window, which owns it, may have gone before: PythonQt raises ValueError.
            with suppress(ValueError):
                large.hide()
                large.deleteLater()

    def _chosen(self) -> Path | None:
        index = self._box.currentIndex
        return self._files[index] if 0 <= index < len(self._files) else None

    def _show(self) -> None:
        file = self._chosen()
        self._label.clear()
        self._label.toolTip = ""
        if file is None:
            return
        picture = qt.QPixmap(str(file))
        width = max(self._label.width - _SCROLL_BAR, _LEAST_WIDTH)
        self._label.setPixmap(picture.scaledToWidth(width, qt.Qt.SmoothTransformation))
        self._label.toolTip = _("{file}; click for the full size").format(file=file.name)

    def _open_folder(self) -> None:
        if self._files:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._files[0].parent)))


class _Clicks(qt.QObject):  # type: ignore[misc]
    """Hears of clicks on a widget that has no signal for them."""

    def __init__(self, widget: Any, clicked: Callable[[], Any]) -> None:
        qt.QObject.__init__(self)
        self._widget, self._clicked = widget, clicked
        widget.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """See the widget's events; none is kept from it."""
        if event.type() == qt.QEvent.MouseButtonRelease:
            self._clicked()
        return False

    def let_go(self) -> None:
        """See nothing any more."""
        self._widget.removeEventFilter(self)


def _short_name(file: Path, files: Sequence[Path]) -> str:
    """What the box offers: "agreement-x" beside "agreement" is "x", as the panel is narrow."""
    for other in files:
        if file.stem.startswith(f"{other.stem}-"):
            return file.stem.removeprefix(f"{other.stem}-").replace("-", " ")
    return file.stem.replace("-", " ")
