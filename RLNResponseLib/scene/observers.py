"""The scene's nodes by their class, observers that are all removed again, and the volumes that can be a CT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def nodes_of_class(scene: Any, kind: str) -> list[Any]:
    """The scene's nodes of a class. slicer.util's own looks into Slicer's scene whichever it is given.

    Parameters
    ----------
    scene
        A vtkMRMLScene.
    kind
        The class: "vtkMRMLSliceNode".

    Returns
    -------
    list
        In the scene's order; of derived classes too.

    """
    nodes = scene.GetNodesByClass(kind)
    nodes.UnRegister(None)
    return [nodes.GetItemAsObject(number) for number in range(nodes.GetNumberOfItems())]


class SceneObservers:
    """Keeps every observer that it adds, so that none stays behind."""

    def __init__(self) -> None:
        self._added: list[tuple[Any, int]] = []

    def add(self, observed: Any, event: Any, call: Callable[[], Any]) -> None:
        """Watch an event.

        Parameters
        ----------
        observed
            A VTK object: a node, a segmentation, the scene.
        event
            Its number or name.
        call
            Called without arguments each time.

        """
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
    """Watches which scalar volumes can be a CT: those with an image of one value in a voxel.

    A volume gets its image after it came into the scene, so that both are watched.

    Parameters
    ----------
    scene
        The MRML scene.
    on_change
        Called with the IDs of the scalar volumes that can be no CT, at once and whenever these change.

    """

    def __init__(self, scene: Any, on_change: Callable[[list[str]], Any]) -> None:
        self._scene, self._on_change = scene, on_change
        self._unfit: list[str] | None = None
        self._scene_observers, self._volume_observers = SceneObservers(), SceneObservers()
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndImportEvent, scene.EndCloseEvent):
            self._scene_observers.add(scene, event, self._look)
        self._look()

    def let_go(self) -> None:
        """Watch nothing any more."""
        self._scene_observers.remove_all()
        self._volume_observers.remove_all()

    def _look(self) -> None:
        self._volume_observers.remove_all()
        for volume in nodes_of_class(self._scene, "vtkMRMLScalarVolumeNode"):
            self._volume_observers.add(volume, volume.ImageDataModifiedEvent, self._compare)
        self._compare()

    def _compare(self) -> None:
        volumes = nodes_of_class(self._scene, "vtkMRMLScalarVolumeNode")
        unfit = [volume.GetID() for volume in volumes if not _has_one_value_a_voxel(volume)]
        if unfit != self._unfit:
            self._unfit = unfit
            self._on_change(unfit)


def _has_one_value_a_voxel(volume: Any) -> bool:
    image = volume.GetImageData()
    return image is not None and image.GetNumberOfPoints() > 0 and image.GetNumberOfScalarComponents() == 1
