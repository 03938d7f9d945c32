"""Figures as a page holds them: SVG, with the notice or for a page that has it itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from RLNResponseLib.common.requirements import need
from RLNResponseLib.report.figures.drawing import METADATA, drawing_style
from RLNResponseLib.report.figures.style import NOTICE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def svg(figure: Figure) -> bytes:
    """The SVG of a figure.

    Parameters
    ----------
    figure
        A drawn page.

    Returns
    -------
    bytes
    """
    return _svg(figure)


def svg_without_notice(figure: Figure) -> bytes:
    """The SVG of a figure for a page that says itself what it is for: without the strip at its foot.

    Parameters
    ----------
    figure
        One that `Page.notice` was drawn on.

    Returns
    -------
    bytes
    """
    width, height = figure.get_size_inches()
    return _svg(figure, bbox_inches=need("matplotlib.transforms").Bbox([[0, NOTICE], [width, height]]))


def _svg(figure: Figure, **how: Any) -> bytes:
    buffer = io.BytesIO()
    with drawing_style():
        figure.savefig(buffer, format="svg", metadata=METADATA[".svg"], **how)
    return buffer.getvalue()
