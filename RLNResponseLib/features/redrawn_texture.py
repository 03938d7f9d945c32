"""The texture of a contour's redrawings, counted from the contour's own: a redrawing changes few of its voxels."""

from __future__ import annotations

import numpy as np

from RLNResponseLib.common.types import Ints
from RLNResponseLib.features.boundary_moves import BoundaryMove, BoundaryMoves
from RLNResponseLib.features.engine.counted import MOST_LEVELS, CountedTexture
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction, needed_settings
from RLNResponseLib.imaging.records import Contour, CTImage

# Where a larger part of the voxels changes sides, counting them all takes less time.
_MOST_CHANGED = 0.2


class RedrawnTexture:
    """Counts the texture of one contour's redrawings.

    Parameters
    ----------
    ct
        The CT.
    moves
        The redrawings.
    wanted
        Which features are extracted, and how. Grey levels that are not the same whole numbers wherever the contour
        ends, and anything that is done to the image before, leave nothing to start from.
    """

    def __init__(self, ct: CTImage, moves: BoundaryMoves, wanted: Extraction) -> None:
        self._moves = moves
        self._most = _MOST_CHANGED * np.count_nonzero(moves.inside)
        self._own = _counted(ct, moves, needed_settings(wanted.settings, wanted.names))
        self._lacking: dict[int, tuple[Ints, CountedTexture]] = {}

    def of(self, move: BoundaryMove, redrawn: Contour) -> CountedTexture | None:
        """The texture of a redrawing; None where it has to be counted from its voxels.

        Parameters
        ----------
        move
            One of the moves.
        redrawn
            The contour after it.

        Returns
        -------
        CountedTexture or None
        """
        if self._own is None or len(move.changed) > self._most or min(redrawn.voxels.shape) < 2:
            return None
        texture = self._grown(move) if move.is_outward else self._shrunk(self._own, move)
        return texture if texture.has_pairs_all_ways else None

    def _grown(self, move: BoundaryMove) -> CountedTexture:
        assert self._own is not None
        texture = self._own.copy()
        texture.add(move.changed)
        return texture

    def _shrunk(self, own: CountedTexture, move: BoundaryMove) -> CountedTexture:
        """Zones that lack voxels are joined anew: once a place, without all that any of its moves takes off."""
        if move.place not in self._lacking:
            every = [each.changed for each in self._moves.moves if each.place == move.place and not each.is_outward]
            lacking = np.unique(np.concatenate(every))
            if len(lacking) > self._most:
                return own.without(move.changed)
            self._lacking[move.place] = lacking, own.without(lacking)
        lacking, texture = self._lacking[move.place]
        texture = texture.copy()
        texture.add(np.setdiff1d(lacking, move.changed, assume_unique=True))
        return texture


def _counted(ct: CTImage, moves: BoundaryMoves, settings: ExtractionSettings) -> CountedTexture | None:
    import SimpleITK as sitk

    if not settings.leave_voxels or settings.distances != (1,) or settings.bin_count is not None:
        return None
    box = tuple(slice(start, start + size) for start, size in zip(moves.corner, moves.inside.shape, strict=True))
    values = sitk.GetArrayViewFromImage(ct.image)[box]
    if values.dtype.kind not in "iu" or not float(settings.bin_width).is_integer():
        return None
    # The contour's lowest grey level is 1 wherever that begins: the same levels, but for a number added to all.
    levels = values.astype(np.intp) // int(settings.bin_width)
    levels -= levels.min() - 1
    if levels.max() > MOST_LEVELS or min(moves.contour.voxels.shape) < 2:
        return None
    texture = CountedTexture(levels, moves.inside)
    return texture if texture.has_pairs_all_ways else None
