"""Locked readings whose contours are one and the same: a file taken twice, by mistake or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations

from RLNResponseLib.common.files import read_regular
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.same_contour import fingerprints
from RLNResponseLib.study.sealed import MOST_BYTES, unseal_reading
from RLNResponseLib.study.stored_records import StagedFile, StoredRecord
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem


def same_contours(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Name each locked reading whose contour agrees to the last voxel with one of another reader or round.

    Two drawings hardly ever do. A correction that is like the reading it corrects is not named. Contours that are not
    as they were locked are left to the other checks.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        A note of code same-contour for each pair, at the later one by name.

    """
    readings: dict[str, list[tuple[ReadingKey, StoredRecord]]] = {}
    for record in inventory.whole_records:
        if (key := _reading_of(record)) is not None:
            readings.setdefault(key.lymph_node, []).append((key, record))
    for _, of_one in sorted(readings.items()):
        seen = [(key, record.path, _fingerprints(inventory, record)) for key, record in of_one]
        for (one, _, first), (other, path, second) in combinations(sorted(seen, key=lambda each: each[0]), 2):
            if (one.reader, one.round) != (other.reader, other.round) and first & second:
                yield VerifyProblem(
                    kind="note",
                    code="same-contour",
                    where=path,
                    sentence=f"{path} has the contour of reading {one.name}, voxel for voxel: a file may have been "
                    "taken twice.",
                )


def _reading_of(record: StoredRecord) -> ReadingKey | None:
    parts = record.path.split("/")
    if len(parts) != 3 or parts[0] != layout.READINGS or not record.files:
        return None
    key = layout.reading_key(parts[1], parts[2].removesuffix(layout.RECORD_SUFFIX))
    # A copy of another reading's record is no second reading.
    is_its_own = key is not None and record_files.key_json(key).items() <= record.content.items()
    return key if is_its_own else None


def _fingerprints(inventory: Inventory, record: StoredRecord) -> frozenset[str]:
    voxels_sha256 = None
    for file in record.files[1:]:
        try:
            voxels_sha256 = unseal_reading(_content(inventory, file)).voxels_sha256
        except ValueError:
            continue
    return fingerprints(record.files[0].sha256, voxels_sha256, lambda: _content(inventory, record.files[0]))


def _content(inventory: Inventory, file: StagedFile) -> bytes:
    """The bytes that the record vouches for; none where they are not there, or are others."""
    for name in (file.path, file.temporary):
        path = inventory.folder / name
        try:
            content = read_regular(path) if name in inventory.files and path.stat().st_size <= MOST_BYTES else b""
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == file.sha256:
            return content
    return b""
