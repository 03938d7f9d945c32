"""How segments look in the views: a colour for each lymph node, shown or not."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

from RLNResponseLib.imaging.segments import LYMPH_NODE_COLOUR

# Red, green and blue of 255, told apart by most colour-blind eyes too (Okabe and Ito 2008, but for the first).
COLOURS = (
    LYMPH_NODE_COLOUR, (230, 159, 0), (86, 180, 233), (204, 121, 167), (240, 228, 66), (213, 94, 0), (0, 114, 178),
)  # fmt: skip
# The colour wheel in steps of the golden angle never comes back to a hue.
_GOLDEN_TURN = 0.381966


def tell_apart(segmentation: Any) -> None:
    """Give each segment that has the very colour of one before it a colour of its own.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.

    """
    core = segmentation.GetSegmentation()
    seen: list[Any] = []
    for number in range(core.GetNumberOfSegments()):
        segment = core.GetNthSegment(number)
        if any(_is_close(segment.GetColor(), other.GetColor()) for other in seen):
            rest = [core.GetNthSegment(later) for later in range(core.GetNumberOfSegments()) if later != number]
            segment.SetColor(*free_colour(rest))
        seen.append(segment)


def colour_of(segmentation: Any, segment_id: str) -> tuple[float, float, float]:
    """A segment's colour.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of the segment.

    Returns
    -------
    tuple of three floats
        Red, green and blue, from 0 to 1.

    """
    red, green, blue = segmentation.GetSegmentation().GetSegment(segment_id).GetColor()
    return red, green, blue


def is_shown(segmentation: Any, segment_id: str) -> bool:
    """Whether a segment is drawn in the views.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of the segment.

    Returns
    -------
    bool

    """
    display = segmentation.GetDisplayNode()
    return display is None or bool(display.GetSegmentVisibility(segment_id))


def show_segment(segmentation: Any, segment_id: str, shown: bool) -> None:
    """Draw a segment in the views, or not.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of the segment.
    shown
        Whether it is to be drawn.

    """
    if segmentation.GetDisplayNode() is not None:
        segmentation.GetDisplayNode().SetSegmentVisibility(segment_id, shown)


def free_colour(others: Sequence[Any]) -> tuple[float, float, float]:
    """A colour that none of these segments has.

    Parameters
    ----------
    others
        vtkSegment, as many as there are.

    Returns
    -------
    tuple of three floats
        Red, green and blue, from 0 to 1; the first segment's is the one of Slicer's general anatomy list.

    """
    for colour in COLOURS:
        parts = (colour[0] / 255, colour[1] / 255, colour[2] / 255)
        if not any(_is_close(parts, other.GetColor()) for other in others):
            return parts
    return colorsys.hsv_to_rgb(len(others) * _GOLDEN_TURN % 1, 0.75, 0.9)


def _is_close(one: Any, other: Any) -> bool:
    return max(abs(first - second) for first, second in zip(one, other, strict=True)) < 1 / 255
