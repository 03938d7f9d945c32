"""Segment Editor's effects by name; *Split islands to segments* can be done, the others only say what they need."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6 import QtCore

from ..refusal import refuse

EFFECTS = (
    "Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between "
    "slices", "Margin", "Hollow",
    "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume",
)  # fmt: skip
_SPLIT = "SPLIT_ISLANDS_TO_SEGMENTS"


class qSlicerSegmentEditorScriptedEffect(QtCore.QObject):
    """One effect of an editor; `self()` is its Python part, whose `onApply` is its button."""

    def __init__(self, editor: Any, name: str) -> None:
        super().__init__(editor)
        self._editor, self._name = editor, name
        self._parameters: dict[str, str] = {}
        self.setObjectName(name)

    def setParameter(self, name: str, value: Any) -> None:
        self._parameters[name] = str(value)

    def parameter(self, name: str) -> str:
        return self._parameters.get(name, "")

    def self(self) -> PythonPart:
        return PythonPart(self._editor, self._name, self._parameters)


class PythonPart:
    """What an effect's buttons call."""

    def __init__(self, editor: Any, name: str, parameters: dict[str, str]) -> None:
        self._editor, self._name, self._parameters = editor, name, parameters

    def onApply(self) -> None:
        if (self._name, self._parameters.get("Operation")) != ("Islands", _SPLIT):
            raise refuse(f"the host cannot apply {self._name} {self._parameters}")
        split_islands(self._editor.segmentationNode(), self._editor.currentSegmentID(), self._editor.sourceVolumeNode())

    def onPreview(self) -> None:
        if self._name == "Grow from seeds":
            count = self._editor.segmentationNode().GetSegmentation().GetNumberOfSegments()
            if count < 2:
                raise ValueError(f"Grow from seeds takes at least two segments, and there is {count}")
        raise refuse(f"the host has no preview of {self._name}")


def split_islands(segmentation: Any, segment_id: str, volume: Any) -> None:
    """The largest part (by faces) stays in the segment; each other becomes a segment "NAME_2", "NAME_3", …"""
    import slicer
    from scipy.ndimage import label

    util = slicer.util
    labels, count = label(util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume))
    by_size = sorted(range(1, count + 1), key=lambda part: -int((labels == part).sum()))
    core = segmentation.GetSegmentation()
    name = core.GetSegment(segment_id).GetName()
    for number, part in enumerate(by_size[1:], start=2):
        added = core.AddEmptySegment("", f"{name}_{number}")
        util.updateSegmentBinaryLabelmapFromArray((labels == part).astype(np.uint8), segmentation, added, volume)
    if by_size:
        util.updateSegmentBinaryLabelmapFromArray(
            (labels == by_size[0]).astype(np.uint8), segmentation, segment_id, volume
        )
