"""Figures of a command: a folder, each picture as SVG and as PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.report.drawing import drawing_style, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_folder(folder: Path) -> Path:
    """The folder, made where it is missing. Raises DataRefusedError (not-written)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataRefusedError(
            f"The folder {folder.name} cannot be made ({error.strerror}); choose another.", "not-written"
        ) from None
    return folder


def save_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write each figure under its name; the files."""
    written = []
    with drawing_style():
        for name, figure in figures.items():
            for suffix in (".svg", ".png"):
                written.append(folder / f"{name}{suffix}")
                save_figure(figure, written[-1])
    return written
