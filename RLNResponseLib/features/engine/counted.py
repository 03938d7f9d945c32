"""The texture matrices of a contour that is redrawn at one place after another: only what touches the voxels that
change sides is counted again, and the whole numbers are those of `matrices`.

Voxels are added (`add`) or left out of a copy (`without`). A pair or a run changes only where one of its voxels does; a
zone that voxels are added to grows, or grows together with others. Where voxels are left out, a zone may fall apart
anywhere, so zones alone are joined again, from the links that remain.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.features.engine.matrices import Neighbours, half_offsets
from RLNResponseLib.imaging.connectivity import connected

# Of grey levels: a matrix of their pairs is copied for every redrawing.
MOST_LEVELS = 200


class CountedTexture:
    """Pairs, runs and zones of the grey levels of a contour; neighbours are the next voxels only.

    Parameters
    ----------
    levels
        [k, j, i], the grey level of every voxel of a box with room for all redrawings, from 1 to at most MOST_LEVELS;
        where the lowest begins does not matter.
    inside
        [k, j, i], the contour in that box; it extends in all three dimensions.
    """

    def __init__(self, levels: Ints, inside: Bools) -> None:
        self._shape = inside.shape
        padded = np.pad(levels, 1).astype(np.uint16)
        _, nj, ni = padded.shape
        self._level = padded.ravel()
        self._shifts = np.array([(k * nj + j) * ni + i for k, j, i in half_offsets((2, 2, 2))])
        self._width, self._longest = int(padded.max()) + 1, max(self._shape)
        self._row: NDArray[np.uint16] = self._level * np.pad(inside, 1).ravel()
        self._inside = np.flatnonzero(self._row)
        self._number = np.full(len(self._row), -1)
        self._number[self._inside] = np.arange(len(self._inside))
        occurring, ranks = np.unique(levels[inside], return_inverse=True)
        numbered = np.zeros(self._shape, dtype=np.int32)
        numbered[inside] = ranks + 1
        neighbours = Neighbours(numbered)
        directions = len(self._shifts)
        self._pairs: NDArray[np.int32] = np.zeros((directions, self._width, self._width), dtype=np.int32)
        self._pairs[:, occurring[:, None], occurring[None, :]] = neighbours.cooccurrence().transpose(2, 0, 1)
        self._runs: NDArray[np.int32] = np.zeros((directions, self._width, self._longest + 1), dtype=np.int32)
        runs = neighbours.runs().transpose(2, 0, 1)
        self._runs[:, occurring, 1 : runs.shape[2] + 1] = runs
        self._links = neighbours.links()
        self._join_zones(*self._links)

    @property
    def has_pairs_all_ways(self) -> bool:
        """Whether there are pairs in every direction: where not, `matrices` may leave out a direction's runs."""
        return bool(self._pairs.any(axis=(1, 2)).all())

    def copy(self) -> CountedTexture:
        """Another one with the same counts, to which voxels can be added."""
        other = copy(self)
        for name in ("_row", "_pairs", "_runs", "_zone", "_zone_size", "_zone_level", "_into"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def without(self, places: Ints) -> CountedTexture:
        """Another one that lacks some of the voxels that the contour had at first.

        Parameters
        ----------
        places
            In the raveled box, each once; nothing was added before.

        Returns
        -------
        CountedTexture
        """
        other = copy(self)
        for name in ("_row", "_pairs", "_runs"):
            setattr(other, name, getattr(self, name).copy())
        voxels = self._in_row(places)
        other._count(_Touched.by(voxels, other._row, self._shifts), -1)
        other._row[voxels] = 0
        gone = np.zeros(len(self._inside), dtype=bool)
        gone[self._number[voxels]] = True
        one, end = self._links
        stay = np.flatnonzero(~(gone[one] | gone[end]))
        other._join_zones(one[stay], end[stay])
        other._zone_size[gone] = 0
        return other

    def add(self, places: Ints) -> None:
        """Add voxels.

        Parameters
        ----------
        places
            In the raveled box, each once; none is inside.
        """
        voxels = self._in_row(places)
        self._row[voxels] = self._level[voxels]
        touched = _Touched.by(voxels, self._row, self._shifts)
        self._count(touched, 1)
        self._grow_zones(voxels, touched)

    def cooccurrence(self) -> Floats:
        """GLCM, as `Neighbours.cooccurrence` gives it."""
        occurring = self._occurring()
        matrix = self._pairs[:, occurring[:, None], occurring[None, :]]
        return np.ascontiguousarray(matrix.transpose(1, 2, 0), dtype=np.float64)

    def runs(self) -> Floats:
        """GLRLM, as `Neighbours.runs` gives it."""
        counts = self._runs[:, self._occurring(), 1:]
        last = int(np.flatnonzero(counts.any(axis=(0, 1)))[-1])
        return np.ascontiguousarray(counts[:, :, : last + 1].transpose(1, 2, 0), dtype=np.float64)

    def zones(self) -> tuple[Ints, Ints]:
        """Rank and size of every zone, as `Neighbours.zones` gives them, in any order."""
        zones = np.flatnonzero(self._zone_size)
        rank = np.zeros(self._width, dtype=np.intp)
        occurring = self._occurring()
        rank[occurring] = np.arange(1, len(occurring) + 1)
        return rank[self._zone_level[zones]], self._zone_size[zones]

    def _occurring(self) -> Ints:
        return np.flatnonzero(np.bincount(self._zone_level, weights=self._zone_size))

    def _in_row(self, places: Ints) -> Ints:
        k, j, i = np.unravel_index(places, self._shape)
        _, nj, ni = self._shape
        return np.asarray(((k + 1) * (nj + 2) + j + 1) * (ni + 2) + i + 1)

    def _count(self, touched: _Touched, sign: int) -> None:
        """Pairs and runs with the voxels that were touched, added or taken off."""
        level, before = touched.level, np.where(touched.number_before == 0, touched.level_before, 0)
        ways = np.arange(len(self._shifts))[:, None] * self._width**2
        pairs = np.concatenate(
            [
                (ways + level * self._width + touched.level_after)[touched.level_after > 0],
                (ways + before * self._width + level)[before > 0],
            ]
        )
        np.add.at(self._pairs.ravel(), pairs, np.int32(sign))
        whole, parts = touched.runs(self._shifts)
        for (way, of_level, length), much in ((whole, sign), (parts, -sign)):
            key = (way * self._width + of_level) * (self._longest + 1) + length
            np.add.at(self._runs.ravel(), key, np.int32(much))

    def _join_zones(self, one: Ints, other: Ints) -> None:
        """Zones by the links that there are; a voxel without one is a zone."""
        zone = connected(len(self._inside), one, other)
        self._zone = np.full(len(self._row), -1)
        self._zone[self._inside] = zone
        self._zone_size = np.bincount(zone, minlength=len(zone))
        self._zone_level = self._level[self._inside]
        # Of a zone that grew together with others, into which.
        self._into = np.arange(len(zone))

    def _grow_zones(self, voxels: Ints, touched: _Touched) -> None:
        number = len(voxels)
        same_after, same_before = touched.same_after, touched.same_before & (touched.number_before == 0)
        joined = same_after & (touched.number_after > 0)
        beside_after = np.nonzero(same_after & (touched.number_after == 0))
        beside_before = np.nonzero(same_before)
        beside = np.concatenate([touched.after[beside_after], touched.before[beside_before]])
        zones, which = np.unique(self._last(self._zone[beside]), return_inverse=True)
        component = connected(
            number + len(zones),
            np.concatenate([np.nonzero(joined)[1], beside_after[1], beside_before[1]]),
            np.concatenate([touched.number_after[joined] - 1, number + which]),
        )
        # Every zone is linked to a new voxel, and those come first: the lowest of each component is one of them.
        first = np.flatnonzero(component[:number] == np.arange(number))
        new = np.zeros(number, dtype=np.intp)
        new[first] = len(self._into) + np.arange(len(first))
        sizes = np.concatenate([np.ones(number), self._zone_size[zones]])
        total = np.bincount(component, weights=sizes, minlength=number)[first].astype(np.intp)
        self._zone_size[zones] = 0
        self._into[zones] = new[component[number:]]
        self._into = np.concatenate([self._into, new[first]])
        self._zone[voxels] = new[component[:number]]
        self._zone_size = np.concatenate([self._zone_size, total])
        self._zone_level = np.concatenate([self._zone_level, self._level[voxels[first]]])

    def _last(self, zones: Ints) -> Ints:
        into = self._into[zones]
        while not np.array_equal(into, zones):
            zones, into = into, self._into[into]
        return zones


@dataclass(frozen=True, kw_only=True)
class _Touched:
    """Some voxels of a row and their neighbours [direction, voxel], all of them in the row.

    level                        of each of the voxels
    after, before                the neighbours' places
    level_after, level_before    their levels, 0 outside
    number_after, number_before  from 1, which of these voxels the neighbour is; 0 where it is none
    """

    row: NDArray[np.uint16]
    number: NDArray[np.int32]
    level: Ints
    after: Ints
    before: Ints
    level_after: Ints
    level_before: Ints
    number_after: NDArray[np.int32]
    number_before: NDArray[np.int32]

    @classmethod
    def by(cls, voxels: Ints, row: NDArray[np.uint16], shifts: Ints) -> _Touched:
        number = np.zeros(len(row), dtype=np.int32)
        number[voxels] = np.arange(1, len(voxels) + 1)
        after, before = voxels + shifts[:, None], voxels - shifts[:, None]
        return cls(
            row=row,
            number=number,
            level=row[voxels].astype(np.intp),
            after=after,
            before=before,
            level_after=row[after].astype(np.intp),
            level_before=row[before].astype(np.intp),
            number_after=number[after],
            number_before=number[before],
        )

    @property
    def same_after(self) -> Bools:
        return np.asarray(self.level_after == self.level)

    @property
    def same_before(self) -> Bools:
        return np.asarray(self.level_before == self.level)

    def runs(self, shifts: Ints) -> tuple[tuple[Ints, Ints, Ints], tuple[Ints, Ints, Ints]]:
        """Direction, level and length of the runs that hold one of the voxels, and of what is left of them without.

        Each run is followed from the first of the voxels that it holds.
        """
        way, voxel = (each.ravel() for each in np.indices(self.after.shape))
        way, shift, level = way, shifts[way], self.level[voxel]
        length = np.ones(len(way), dtype=np.intp)
        is_first = np.ones(len(way), dtype=bool)
        going = np.flatnonzero(self.same_before)
        place = self.before.ravel()[going]
        while len(going):
            is_old = self.number[place] == 0
            is_first[going[~is_old]] = False
            going, place = going[is_old], place[is_old]
            length[going] += 1
            place = place - shift[going]
            goes_on = self.row[place] == level[going]
            going, place = going[goes_on], place[goes_on]
        part_of = [np.flatnonzero(is_first & (length > 1))]
        parts = [length[part_of[0]] - 1]
        going = np.flatnonzero(is_first & self.same_after.ravel())
        place = self.after.ravel()[going]
        part = np.zeros(len(way), dtype=np.intp)
        while len(going):
            length[going] += 1
            is_old = self.number[place] == 0
            part[going[is_old]] += 1
            ended = going[~is_old]
            place = place + shift[going]
            goes_on = self.row[place] == level[going]
            # What was left of the run ends at one of the voxels, or with the run.
            ended = np.concatenate([ended, going[is_old & ~goes_on]])
            ended = ended[part[ended] > 0]
            part_of.append(ended)
            parts.append(part[ended])
            part[ended] = 0
            going, place = going[goes_on], place[goes_on]
        first, left = np.flatnonzero(is_first), np.concatenate(part_of)
        return (way[first], level[first], length[first]), (way[left], level[left], np.concatenate(parts))
