"""What a reading was begun from: nothing, the reader's own contour of elsewhere, a proposal, or an effect or module
that draws by itself; and how much of it was changed until the lock.

It tells of the contour, so it stands in the sealed part alone (`sealed.py`), and no other reader learns it before
unblinding.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.records import REPEAT_ROUND, ReadingKey

if TYPE_CHECKING:
    from RLNResponseLib.imaging.records import Contour

# "own": drawn elsewhere by the reader, as whoever imports it says; "proposal": made by others or by software, from
# which the reader begins; "effect": written here by an effect or a module that draws by itself.
BeginningKind = Literal["own", "proposal", "effect"]
_ASSISTED: tuple[BeginningKind, ...] = ("proposal", "effect")
# What a reading is by all its beginnings.
Provenance = Literal["drawn", "imported", "assisted", "not known"]
_LONGEST_NAME = 100
# Of the box of a start that is kept, a megabyte of bits: no lymph node's has as many, a threshold over a whole CT has.
_MOST_VOXELS = 1 << 23


@dataclass(frozen=True, kw_only=True)
class ContourChange:
    """What was done to a start until the lock.

    Attributes
    ----------
    added, removed
        Voxels that the start lacks, and that it alone has.
    dice
        Of the start and the locked contour.
    """

    added: int
    removed: int
    dice: float

    @classmethod
    def between(cls, start: Contour, locked: Contour) -> ContourChange:
        """From a start to the contour that was locked, both on one CT."""
        shared = _shared_voxels(start, locked)
        before, after = start.voxel_count, locked.voxel_count
        return cls(added=after - shared, removed=before - shared, dice=2 * shared / (before + after))


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """One time that a contour came into a reading otherwise than by the reader's hand.

    Attributes
    ----------
    kind
        What it was.
    what
        Who or what made it, as whoever imported it says, or the effect's name.
    start
        The contour as it came, of what is assistance; None of the reader's own, of one that fills more than a box of
        eight million voxels, and of what came before the last assistance.
    """

    kind: BeginningKind
    what: str
    start: Contour | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", one_line(self.what, _LONGEST_NAME))
        if self.start is not None and self.start.voxels.size > _MOST_VOXELS:
            object.__setattr__(self, "start", None)

    @property
    def is_assistance(self) -> bool:
        """Whether others, or software, drew it."""
        return self.kind in _ASSISTED


def provenance(beginnings: Sequence[Beginning] | None) -> Provenance:
    """What a reading is by its beginnings.

    Parameters
    ----------
    beginnings
        In their order; None of a reading that was locked before they were noted.

    Returns
    -------
    str
        "drawn" where there is none, "imported" where the reader's own contours alone came in, "assisted", "not known".
    """
    if beginnings is None:
        return "not known"
    if any(each.is_assistance for each in beginnings):
        return "assisted"
    return "imported" if beginnings else "drawn"


def with_beginning(before: Sequence[Beginning], begun: Beginning) -> tuple[Beginning, ...]:
    """The beginnings of a reading with one more. Only the last assistance keeps its start; one like the last takes its
    place, so that an effect that is used again and again is noted once.

    Parameters
    ----------
    before
        In their order.
    begun
        What came now.

    Returns
    -------
    tuple of Beginning
    """
    kept = list(before)
    if kept and (kept[-1].kind, kept[-1].what) == (begun.kind, begun.what):
        kept.pop()
    if begun.is_assistance:
        kept = [replace(each, start=None) for each in kept]
    return (*kept, begun)


def last_assistance(beginnings: Iterable[Beginning]) -> Beginning | None:
    """The last start that was no hand's, None where there is none: how much was changed counts from it.

    Parameters
    ----------
    beginnings
        In their order.

    Returns
    -------
    Beginning or None
    """
    return next((each for each in reversed(tuple(beginnings)) if each.is_assistance), None)


def is_against(protocol: Protocol, key: ReadingKey) -> bool:
    """Whether the protocol allows no assistance in a reading.

    Parameters
    ----------
    protocol
        The study's.
    key
        The reading.

    Returns
    -------
    bool
    """
    return protocol.assistance == "none" or (protocol.assistance == "first" and key.round == REPEAT_ROUND)


def refuse_assistance(protocol: Protocol, key: ReadingKey) -> None:
    """Refuse a proposal where the protocol does not allow it.

    Parameters
    ----------
    protocol
        The study's.
    key
        The reading that is to begin from it.

    Raises
    ------
    DataRefusedError
        assistance-not-allowed.
    """
    if is_against(protocol, key):
        where = "no assistance" if protocol.assistance == "none" else "assistance in first readings alone"
        raise DataRefusedError(
            f"The protocol of this study allows {where} (assistance: {protocol.assistance}), so the reading {key.name} "
            "begins from no proposal; draw the lymph node.",
            "assistance-not-allowed",
        )


def beginnings_json(beginnings: Iterable[Beginning]) -> list[dict[str, Any]]:
    """Beginnings as JSON, each start as the bits of its box.

    Parameters
    ----------
    beginnings
        In their order.

    Returns
    -------
    list
    """
    return [{"kind": each.kind, "what": each.what, "start": _start_json(each.start)} for each in beginnings]


def beginnings_from_json(items: Iterable[Mapping[str, Any]]) -> tuple[Beginning, ...]:
    """What `beginnings_json` wrote.

    Parameters
    ----------
    items
        A mapping for each.

    Returns
    -------
    tuple of Beginning

    Raises
    ------
    KeyError, TypeError, ValueError
        They are none.
    """
    found = []
    for item in items:
        if item["kind"] not in get_args(BeginningKind):
            raise ValueError("no kind of beginning")
        found.append(Beginning(kind=item["kind"], what=str(item["what"]), start=_start_from_json(item["start"])))
    return tuple(found)


def change_json(change: ContourChange | None) -> dict[str, float | int] | None:
    """A change as JSON.

    Parameters
    ----------
    change
        None where nothing was changed.

    Returns
    -------
    dict or None
    """
    return None if change is None else {"added": change.added, "removed": change.removed, "dice": change.dice}


def change_from_json(item: Mapping[str, Any] | None) -> ContourChange | None:
    """What `change_json` wrote.

    Parameters
    ----------
    item
        None where there is none.

    Returns
    -------
    ContourChange or None

    Raises
    ------
    KeyError, TypeError, ValueError
        It is none.
    """
    if item is None:
        return None
    return ContourChange(added=int(item["added"]), removed=int(item["removed"]), dice=float(item["dice"]))


def _start_json(start: Contour | None) -> dict[str, Any] | None:
    import numpy as np

    if start is None:
        return None
    return {
        "corner": list(map(int, start.corner)),
        "shape": list(start.voxels.shape),
        "voxels": base64.b64encode(np.packbits(start.voxels).tobytes()).decode("ascii"),
    }


def _start_from_json(item: Mapping[str, Any] | None) -> Contour | None:
    import numpy as np

    from RLNResponseLib.imaging.records import Contour

    if item is None:
        return None
    k, j, i = map(int, item["corner"])
    shape = tuple(map(int, item["shape"]))
    packed = np.frombuffer(base64.b64decode(item["voxels"], validate=True), dtype=np.uint8)
    if len(shape) != 3 or min(shape) < 1 or prod(shape) > _MOST_VOXELS or packed.size != -(-prod(shape) // 8):
        raise ValueError("no contour")
    voxels = np.unpackbits(packed, count=prod(shape)).astype(bool).reshape(shape)
    return Contour(name="start", voxels=voxels, corner=(k, j, i))


def _shared_voxels(one: Contour, other: Contour) -> int:
    import numpy as np

    low = np.maximum(one.corner, other.corner)
    high = np.minimum(np.add(one.corner, one.voxels.shape), np.add(other.corner, other.voxels.shape))
    if (low >= high).any():
        return 0
    parts = [
        contour.voxels[tuple(slice(a - at, b - at) for a, b, at in zip(low, high, contour.corner, strict=True))]
        for contour in (one, other)
    ]
    return int(np.count_nonzero(parts[0] & parts[1]))
