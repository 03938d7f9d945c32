"""Words over the slice views, in a corner and beside a lymph node; no part of the scene, so that nothing saves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import vtk

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.volumes import as_array, ijk_to_ras

_FONT_SIZE = 14
# Pixels between a lymph node and the words beside it.
_GAP = 8
# From this share of the view's width on, the words stand on the left of the lymph node.
_TOO_FAR_RIGHT = 0.65
# The share of the view that the corner stays away from its edges.
_EDGE = 0.015


@dataclass(frozen=True)
class Place:
    """Where a contour lies in the scene.

    Attributes
    ----------
    corners
        Of its box, (8, 3), RAS in mm.

    """

    corners: Any

    @property
    def centre(self) -> tuple[float, float, float]:
        """The middle of the box, RAS in mm."""
        right, anterior, superior = map(float, self.corners.mean(axis=0))
        return right, anterior, superior


@dataclass(frozen=True)
class SliceWindow:
    """One slice view.

    Attributes
    ----------
    node
        Its vtkMRMLSliceNode.
    window
        Its vtkRenderWindow.
    render
        Asks for the window to be drawn again.

    """

    node: Any
    window: Any
    render: Callable[[], Any]


def place_of(contour: Contour, ct: CTImage) -> Place:
    """The box of a contour in the scene.

    Parameters
    ----------
    contour
        On the grid of the CT.
    ct
        The CT, in world coordinates.

    Returns
    -------
    Place
        From the outer faces of its outermost voxels.

    """
    sides = [(side.start - 0.5, side.stop - 0.5) for side in contour.box]
    corners = np.array([(i, j, k, 1.0) for k, j, i in product(*sides)])
    return Place(corners=(corners @ ijk_to_ras(ct).T)[:, :3])


class ScoreOnImage:
    """Writes over the slice views, and takes everything away again.

    Parameters
    ----------
    windows
        Gives the slice views that there are now.

    """

    def __init__(self, windows: Callable[[], Sequence[SliceWindow]]) -> None:
        self._windows = windows
        self._observers = SceneObservers()
        self._shown: list[tuple[SliceWindow, Any, Any]] = []
        self._gone: list[SliceWindow] = []
        self._wanted: tuple[Any, ...] = ()

    def show(self, lines: Sequence[str], place: Place | None, *, in_corner: bool, beside: bool) -> None:
        """Write, in place of what was written before.

        Parameters
        ----------
        lines
            From top to bottom.
        place
            Of the lymph node, None where it is not known.
        in_corner
            Whether they stand in the lower right corner of every view.
        beside
            Whether they stand beside the lymph node, in the views that cut it.

        """
        windows = self._windows()
        where = b"" if place is None else place.corners.tobytes()
        wanted = (tuple(lines), where, in_corner, beside, tuple(window.node.GetID() for window in windows))
        if wanted == self._wanted:
            return
        self._take_away()
        self._wanted = wanted
        for window in windows if lines else ():
            if in_corner:
                self._put(window, _in_corner(lines))
            if beside and place is not None:
                self._follow(window, _text(lines), place)
        self._draw()

    def clear(self) -> None:
        """Nothing is written any more."""
        self._take_away()
        self._draw()

    @property
    def texts(self) -> list[str]:
        """What is seen now, view by view."""
        return [actor.GetInput() for _window, _renderer, actor in self._shown if actor.GetVisibility()]

    def _take_away(self) -> None:
        self._observers.remove_all()
        self._wanted = ()
        for _window, renderer, actor in self._shown:
            renderer.RemoveViewProp(actor)
        self._gone = [window for window, _renderer, _actor in self._shown]
        self._shown = []

    def _draw(self) -> None:
        for window in {
            id(window.node): window for window in (*self._gone, *(shown[0] for shown in self._shown))
        }.values():
            # A view that a change of the layout destroyed needs no drawing: PythonQt raises ValueError.
            with suppress(ValueError):
                window.render()
        # Nor is its window kept alive.
        self._gone = []

    def _put(self, window: SliceWindow, actor: Any) -> None:
        renderers = window.window.GetRenderers()
        layers = [renderers.GetItemAsObject(number) for number in range(renderers.GetNumberOfItems())]
        if layers:
            # The uppermost layer, where Slicer draws contours and markups.
            renderer = max(layers, key=lambda layer: layer.GetLayer())
            renderer.AddViewProp(actor)
            self._shown.append((window, renderer, actor))

    def _follow(self, window: SliceWindow, actor: Any, place: Place) -> None:
        def move() -> None:
            _place_beside(actor, window.node, place)

        move()
        self._put(window, actor)
        self._observers.add(window.node, vtk.vtkCommand.ModifiedEvent, move)


def _text(lines: Sequence[str]) -> Any:
    actor = vtk.vtkTextActor()
    actor.SetInput("\n".join(lines))
    look = actor.GetTextProperty()
    look.SetFontSize(_FONT_SIZE)
    look.SetColor(1.0, 1.0, 0.75)
    look.ShadowOn()
    # Legible on bone and contrast too.
    look.SetBackgroundColor(0.0, 0.0, 0.0)
    look.SetBackgroundOpacity(0.45)
    return actor


def _in_corner(lines: Sequence[str]) -> Any:
    actor = _text(lines)
    actor.GetTextProperty().SetJustificationToRight()
    actor.GetTextProperty().SetVerticalJustificationToBottom()
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(1 - _EDGE, _EDGE)
    return actor


def _place_beside(actor: Any, node: Any, place: Place) -> None:
    to_view = np.linalg.inv(as_array(node.GetXYToRAS()))
    corners = (np.c_[place.corners, np.ones(len(place.corners))] @ to_view.T)[:, :3]
    low, high = corners.min(axis=0), corners.max(axis=0)
    actor.SetVisibility(bool(low[2] <= 0 <= high[2]))
    look = actor.GetTextProperty()
    look.SetVerticalJustificationToCentered()
    is_far_right = high[0] > _TOO_FAR_RIGHT * node.GetDimensions()[0]
    (look.SetJustificationToRight if is_far_right else look.SetJustificationToLeft)()
    side = float(low[0]) - _GAP if is_far_right else float(high[0]) + _GAP
    actor.SetPosition(side, float(low[1] + high[1]) / 2)
