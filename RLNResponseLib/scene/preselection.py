"""What a user most likely means: the CT that the views show, and the segmentation that was drawn on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import slicer
import vtk

from RLNResponseLib.scene.boundary_effect import MARK as BOUNDARY_MARK
from RLNResponseLib.scene.disagreement import MARK as DISAGREEMENT_MARK
from RLNResponseLib.scene.observers import SceneObservers, nodes_of_class
from RLNResponseLib.scene.reading_nodes import MARK
from RLNResponseLib.scene.score_on_image import Place
from RLNResponseLib.scene.segmentations import is_empty


def is_of_a_study(node: Any) -> bool:
    """Whether a node is a part of a study's reading.

    Parameters
    ----------
    node
        A MRML node.

    Returns
    -------
    bool
        By its mark.

    """
    return any(node.GetAttribute(mark) for mark in (MARK, DISAGREEMENT_MARK))


def background_ct(scene: Any, unfit: Collection[str]) -> Any:
    """The volume that slice views show in the background.

    Parameters
    ----------
    scene
        The MRML scene.
    unfit
        The IDs of the scalar volumes that can be no CT.

    Returns
    -------
    vtkMRMLScalarVolumeNode or None
        The first view's that can be a CT and is no part of a study; None where there is none.

    """
    for composite in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        volume = scene.GetNodeByID(composite.GetBackgroundVolumeID() or "")
        if (
            volume is not None
            and volume.GetClassName() == "vtkMRMLScalarVolumeNode"
            and volume.GetID() not in unfit
            and not is_of_a_study(volume)
        ):
            return volume
    return None


def segmentation_on(scene: Any, volume: Any) -> Any:
    """The segmentation that refers to a volume.

    Parameters
    ----------
    scene
        The MRML scene.
    volume
        The CT's vtkMRMLScalarVolumeNode.

    Returns
    -------
    vtkMRMLSegmentationNode or None
        The last one that was drawn on it; where none refers to anything and there is one only, that one. None of a
        study.

    """
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    there = [
        node
        for node in nodes_of_class(scene, "vtkMRMLSegmentationNode")
        if not is_of_a_study(node) and not node.GetAttribute(BOUNDARY_MARK)
    ]
    drawn_on = [node.GetNodeReferenceID(role) for node in there]
    fitting = [node for node, drawn in zip(there, drawn_on, strict=True) if drawn == volume.GetID()]
    if fitting:
        return fitting[-1]
    return there[0] if len(there) == 1 and not drawn_on[0] else None


class BackgroundWatch:
    """Tells that there may be something to choose now: a node came, or a view shows another volume.

    Parameters
    ----------
    scene
        The MRML scene.
    on_change
        Called without arguments each time.

    """

    def __init__(self, scene: Any, on_change: Callable[[], Any]) -> None:
        self._scene, self._on_change = scene, on_change
        self._scene_observers, self._view_observers = SceneObservers(), SceneObservers()
        for event in (scene.NodeAddedEvent, scene.EndImportEvent):
            self._scene_observers.add(scene, event, self._look)
        self._look()

    def let_go(self) -> None:
        """Watch nothing any more."""
        self._scene_observers.remove_all()
        self._view_observers.remove_all()

    def _look(self) -> None:
        self._view_observers.remove_all()
        for composite in nodes_of_class(self._scene, "vtkMRMLSliceCompositeNode"):
            self._view_observers.add(composite, vtk.vtkCommand.ModifiedEvent, self._on_change)
        self._on_change()


class FirstLook:
    """Centres the views on the lymph node that is chosen by itself in a segmentation: once, then they are the user's.

    Parameters
    ----------
    centre
        Centres every slice view on a point, RAS in mm.

    """

    def __init__(self, centre: Callable[[tuple[float, float, float]], Any]) -> None:
        self._centre = centre
        self._seen = ""
        self._waiting = ""

    def begin(self, segmentation: Any, segment_id: str | None) -> None:
        """A segmentation is looked at; nothing begins where it was before, or is a study's, or still to be drawn.

        Parameters
        ----------
        segmentation
            The vtkMRMLSegmentationNode.
        segment_id
            The segment that is chosen by itself, None where there is none.

        """
        if segmentation.GetID() == self._seen:
            return
        self._seen, self._waiting = segmentation.GetID(), ""
        if segment_id is not None and not is_of_a_study(segmentation) and not is_empty(segmentation, segment_id):
            self._waiting = segment_id

    def take(self, places: Mapping[str, Place]) -> None:
        """Centre the views as soon as the place is known.

        Parameters
        ----------
        places
            By segment ID.

        """
        if self._waiting in places:
            self._centre(places[self._waiting].centre)
            self._waiting = ""

    def give_up(self) -> None:
        """The user chose a lymph node before."""
        self._waiting = ""

    def forget(self) -> None:
        """The scene is another: its segmentations were not looked at."""
        self._seen = self._waiting = ""
