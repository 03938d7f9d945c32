"""Slice views: what they show, and where."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.scene.geometry import lps_to_ras


def show_in_slices(scene: Any, volume: Any) -> None:
    """Show `volume` in every slice view, and nothing on top of it but segmentations."""
    for composite in _nodes(scene, "vtkMRMLSliceCompositeNode"):
        composite.SetBackgroundVolumeID(volume.GetID())
        composite.SetForegroundVolumeID(None)
        composite.SetLabelVolumeID(None)


def jump_to(scene: Any, position_mm: tuple[float, float, float]) -> None:
    """Centre every slice view on a point in LPS."""
    for view in _nodes(scene, "vtkMRMLSliceNode"):
        view.JumpSliceByCentering(*lps_to_ras(position_mm))


def _nodes(scene: Any, kind: str) -> list[Any]:
    found = scene.GetNodesByClass(kind)
    found.UnRegister(None)
    return [found.GetItemAsObject(number) for number in range(found.GetNumberOfItems())]
