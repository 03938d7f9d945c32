"""Who writes into a reading's segmentation: the hand, by an effect of Segment Editor, or what draws by itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from RLNResponseLib.scene.observers import nodes_of_class

# Slicer's effects that do what the hand does, or change what is drawn already as the reader says. Threshold, Grow from
# seeds, Fill between slices and every effect of an extension find voxels by themselves.
HAND_EFFECTS = frozenset(
    {
        *("Paint", "Draw", "Erase", "Scissors", "Level tracing"),
        *("Islands", "Smoothing", "Margin", "Hollow", "Logical operators"),
    }
)
# A module writes while no effect is active.
NO_EFFECT = ""


def effects_at_work(scene: Any, segmentation: Any) -> frozenset[str]:
    """The effects that are active on a segmentation now, in this panel's editor or any other.

    Parameters
    ----------
    scene
        The MRML scene.
    segmentation
        Its segmentation node.

    Returns
    -------
    frozenset of str
        Their names; `NO_EFFECT` alone where none is.
    """
    editors = nodes_of_class(scene, "vtkMRMLSegmentEditorNode")
    names = {
        editor.GetActiveEffectName() or NO_EFFECT for editor in editors if editor.GetSegmentationNode() is segmentation
    }
    return frozenset(names - {NO_EFFECT} or {NO_EFFECT})


def drawn_by_itself(effects: Collection[str]) -> str:
    """What may have drawn by itself, of the effects that were active while a segmentation changed.

    Parameters
    ----------
    effects
        From `effects_at_work`.

    Returns
    -------
    str
        Names; "" where the hand alone was at work.
    """
    others = sorted(set(effects) - HAND_EFFECTS)
    return ", ".join("a module, no effect was active" if name == NO_EFFECT else name for name in others)
