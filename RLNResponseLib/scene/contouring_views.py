"""How the views stand for contouring: three slice views and no 3D view, close to the marked site; windows to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer

from RLNResponseLib.scene.observers import nodes_of_class

# Ours among the numbers above SlicerLayoutUserView; the axial view takes two thirds of the width.
LAYOUT = 5113
# Where qSlicerMainWindow keeps it.
_STORED = "MainWindow/layout"
# A lymph node and what lies around it, in mm.
FIELD_MM = 120.0
_VIEW = (
    '<item splitSize="{size}"><view class="vtkMRMLSliceNode" singletontag="{name}">'
    '<property name="orientation" action="default">{orientation}</property>'
    '<property name="viewlabel" action="default">{label}</property>'
    '<property name="viewcolor" action="default">{colour}</property></view></item>'
)
_RED = _VIEW.format(size=660, name="Red", orientation="Axial", label="R", colour="#F34A33")
_GREEN = _VIEW.format(size=500, name="Green", orientation="Coronal", label="G", colour="#6EB04B")
_YELLOW = _VIEW.format(size=500, name="Yellow", orientation="Sagittal", label="Y", colour="#EDD54C")
_DESCRIPTION = (
    f'<layout type="horizontal" split="true">{_RED}<item splitSize="340">'
    f'<layout type="vertical" split="true">{_GREEN}{_YELLOW}</layout></item></layout>'
)


@dataclass(frozen=True)
class GreyWindow:
    """How the grey values of a CT are shown.

    Attributes
    ----------
    width, level
        HU.
    """

    width: float
    level: float


# Mediastinum, in which a reading opens; narrow soft tissue; lung; bone.
WINDOWS = (
    GreyWindow(400.0, 40.0),
    GreyWindow(200.0, 60.0),
    GreyWindow(1500.0, -600.0),
    GreyWindow(2000.0, 400.0),
)


def lay_out(scene: Any) -> int | None:
    """Show three slice views and no 3D view.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    int or None
        The arrangement that was there, for `lay_back`; None where it was this one, or there is none.
    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout is None:
        return None
    before = int(layout.GetViewArrangement())
    if not layout.IsLayoutDescription(LAYOUT):
        layout.AddLayoutDescription(LAYOUT, _DESCRIPTION)
        if before == LAYOUT:
            # The number came with a saved scene or Slicer's settings, which hold no description: no view is there.
            before = int(layout.SlicerLayoutFourUpView)
    layout.SetViewArrangement(LAYOUT)
    return None if before == LAYOUT else before


def know_layout(scene: Any, settings: Any) -> None:
    """Give Slicer the description of our arrangement; where it came up with that arrangement, four views instead.

    A Slicer that was killed during a reading, or whose state was kept then, may come up with the number alone, and so
    may a scene that was saved then: without its description not one view would be there.

    Parameters
    ----------
    scene
        The MRML scene.
    settings
        Slicer's QSettings.
    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout is None:
        return
    came_up = layout.GetViewArrangement() == LAYOUT
    layout.AddLayoutDescription(LAYOUT, _DESCRIPTION)
    if came_up:
        layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    forget_stored(settings, int(layout.SlicerLayoutFourUpView))


def lay_back(scene: Any, before: int | None) -> None:
    """Show the arrangement that was there, unless somebody chose another since.

    Parameters
    ----------
    scene
        The MRML scene.
    before
        Of `lay_out`.
    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if before is None or layout is None:
        return
    if layout.GetViewArrangement() == LAYOUT:
        layout.SetViewArrangement(before)
    forget_stored(slicer.app.userSettings(), before)


def forget_stored(settings: Any, instead: int) -> None:
    """Take our arrangement out of what Slicer's window keeps of itself (Application Settings, Appearance, Restore).

    The next start would show no view: its description is there once a reading is open. At the end Slicer leaves the
    module before it keeps its state; a state that is kept by hand meanwhile, or an end without leaving, is mended here.

    Parameters
    ----------
    settings
        Slicer's QSettings.
    instead
        The arrangement that was there before.
    """
    if str(settings.value(_STORED, "")) == str(LAYOUT):
        settings.setValue(_STORED, instead)


def zoom(scene: Any, field_mm: float = FIELD_MM) -> None:
    """Show so many millimetres from left to right in every slice view, as high as its shape makes it.

    Parameters
    ----------
    scene
        The MRML scene.
    field_mm
        Millimetres.
    """
    for view in nodes_of_class(scene, "vtkMRMLSliceNode"):
        width, height, depth = view.GetFieldOfView()
        if width > 0:
            view.SetFieldOfView(field_mm, field_mm * height / width, depth)


def show_window(volume: Any, window: GreyWindow) -> None:
    """Show a volume in a window.

    Parameters
    ----------
    volume
        A volume node with a display node.
    window
        One of WINDOWS.
    """
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(window.width, window.level)
