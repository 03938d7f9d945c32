"""A light and a dark palette, as Slicer's styles have them."""

from __future__ import annotations

from PySide6 import QtGui, QtWidgets

_DARK = {
    "Window": "#303030", "WindowText": "#f0f0f0", "Base": "#242424", "AlternateBase": "#2c2c2c", "Text": "#f0f0f0",
    "Button": "#3c3c3c", "ButtonText": "#f0f0f0", "BrightText": "#ffffff", "ToolTipBase": "#3c3c3c", "ToolTipText": "#f0f0f0",
    "Highlight": "#2a6099", "HighlightedText": "#ffffff", "Link": "#6fb1f0", "PlaceholderText": "#909090",
    "Light": "#505050", "Midlight": "#484848", "Mid": "#2a2a2a", "Dark": "#202020", "Shadow": "#101010",
}  # fmt: skip
_DARK_DISABLED = {"WindowText": "#808080", "Text": "#808080", "ButtonText": "#808080"}


def use(name: str) -> None:
    """Draw everything with the "light" or the "dark" palette."""
    application = QtWidgets.QApplication.instance()
    palette = application.style().standardPalette() if name == "light" else _dark()
    application.setPalette(palette)
    application.processEvents()  # the widgets hear of it by an event


def _dark() -> QtGui.QPalette:
    palette = QtGui.QPalette()
    roles, groups = QtGui.QPalette.ColorRole, QtGui.QPalette.ColorGroup
    for role, colour in _DARK.items():
        palette.setColor(roles[role], QtGui.QColor(colour))
    for role, colour in _DARK_DISABLED.items():
        palette.setColor(groups.Disabled, roles[role], QtGui.QColor(colour))
    return palette
