"""Observers that are all removed again.

Which volumes of the scene can be a CT at all: those with an image of one value in a voxel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SceneObservers:
    """Keeps every observer that it adds, so that none stays behind."""

    def __init__(self) -> None:
        self._added: list[tuple[Any, int]] = []

    def add(self, observed: Any, event: Any, call: Callable[[], Any]) -> None:
        """Call `call` without arguments at each `event` of `observed`."""
        self._added.append((observed, observed.AddObserver(event, lambda _caller, _event: call())))

    def remove_all(self) -> None:
        """Remove every observer."""
        for observed, tag in self._added:
            observed.RemoveObserver(tag)
        self._added = []

    @property
    def count(self) -> int:
        """How many are there now."""
        return len(self._added)


class CTCandidates:
    """Watches the scene's scalar volumes; a volume gets its image after it came into the scene.

    tell  called with the IDs of the scalar volumes that can be no CT, whenever they may have changed
    """

    def __init__(self, scene: Any, tell: Callable[[list[str]], Any]) -> None:
        self._scene, self._tell = scene, tell
        self._told: list[str] | None = None
        self._of_scene, self._of_volumes = SceneObservers(), SceneObservers()
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndImportEvent, scene.EndCloseEvent):
            self._of_scene.add(scene, event, self._look)
        self._look()

    def let_go(self) -> None:
        """Watch nothing any more."""
        self._of_scene.remove_all()
        self._of_volumes.remove_all()

    def _look(self) -> None:
        self._of_volumes.remove_all()
        for volume in self._volumes():
            self._of_volumes.add(volume, volume.ImageDataModifiedEvent, self._tell_changes)
        self._tell_changes()

    def _volumes(self) -> list[Any]:
        found = self._scene.GetNodesByClass("vtkMRMLScalarVolumeNode")
        found.UnRegister(None)
        return [found.GetItemAsObject(number) for number in range(found.GetNumberOfItems())]

    def _tell_changes(self) -> None:
        unfit = [volume.GetID() for volume in self._volumes() if not _has_one_value_a_voxel(volume)]
        if unfit != self._told:
            self._told = unfit
            self._tell(unfit)


def _has_one_value_a_voxel(volume: Any) -> bool:
    image = volume.GetImageData()
    return image is not None and image.GetNumberOfPoints() > 0 and image.GetNumberOfScalarComponents() == 1
