"""A volume in the scene as the library's CT, made once for as long as its voxels and place stay the same."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.scene.ct_volume import ct_from_volume


class VolumeCT:
    """Remembers the last volume asked for: scoring after each stroke must not copy the CT each time."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._ct: CTImage | None = None

    def of(self, volume: Any) -> CTImage:
        """The CT of `volume`. Raises DataRefusedError: what `ct_from_volume` raises."""
        key = _state(volume)
        if self._ct is None or key != self._key:
            self._ct, self._key = ct_from_volume(volume), key
        return self._ct

    def forget(self) -> None:
        """Let the CT go."""
        self._key = self._ct = None


def _state(volume: Any) -> tuple[object, ...]:
    """What the CT depends on: which voxels, changed when, lying where."""
    image = volume.GetImageData()
    transform = volume.GetParentTransformNode()
    return (
        volume.GetID(),
        0 if image is None else image.GetMTime(),
        volume.GetOrigin(),
        volume.GetSpacing(),
        _directions(volume),
        0 if transform is None else transform.GetTransformToWorldMTime(),
    )


def _directions(volume: Any) -> tuple[tuple[float, ...], ...]:
    directions = [[0.0] * 3 for _ in range(3)]
    volume.GetIJKToRASDirections(directions)
    return tuple(map(tuple, directions))
