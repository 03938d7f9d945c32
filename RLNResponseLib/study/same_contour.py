"""Whether two readings' contours are the same to the last voxel, whatever the segments are called and however the files
are packed; nothing else is told of either.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.stored import contour_digest, stored_contour_digest
from RLNResponseLib.study.records import Reading, ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study


def fingerprints(file_sha256: str, voxels_sha256: str | None, content: Callable[[], bytes]) -> frozenset[str]:
    """What a contour can be recognised by; two are the same where they share one of these.

    Parameters
    ----------
    file_sha256
        Of its file.
    voxels_sha256
        `imaging.stored.contour_digest`, None where it is not known.
    content
        Gives the bytes of its file, asked only where `voxels_sha256` is None.

    Returns
    -------
    frozenset of str
        The file's digest, and that of the voxels where they can be known.

    """
    if voxels_sha256 is None:
        with suppress(OSError):
            voxels_sha256 = stored_contour_digest(content())
    return frozenset(digest for digest in (file_sha256, voxels_sha256) if digest is not None)


def same_as(study: Study, key: ReadingKey, file_sha256: str, voxels_sha256: str, ct: CTImage) -> tuple[ReadingKey, ...]:
    """The locked readings of a lymph node, of whomever, whose contour is this one.

    Parameters
    ----------
    study
        An opened study.
    key
        Whose contour it is; the other readings of its lymph node are looked at.
    file_sha256, voxels_sha256
        Of the contour: of its file, and `imaging.stored.contour_digest`.
    ct
        The lymph node's image.

    Returns
    -------
    tuple of ReadingKey
        Nearly always none.

    Raises
    ------
    DataRefusedError
        damaged-record, record-not-logged, record-removed, unreadable-study.

    """
    mine = {file_sha256, voxels_sha256}
    return tuple(
        reading.key
        for reading in study.readings_of(key.lymph_node)
        if reading.key != key and mine & _fingerprints_of(study, reading, ct)
    )


def _fingerprints_of(study: Study, reading: Reading, ct: CTImage) -> frozenset[str]:
    """Of a locked reading; damage of another reading hinders nobody, and is for `verify` to name."""
    voxels_sha256 = None
    with suppress(DataRefusedError):
        voxels_sha256 = sealed_part(study, reading).voxels_sha256
    with suppress(DataRefusedError, OSError):
        file = study.contour_file(reading.key)
        found = fingerprints(reading.contour.sha256, voxels_sha256, lambda: read_regular(file))
        if len(found) > 1:
            return found
        voxels_sha256 = contour_digest(read_contour(file, ct), ct.image.GetSize())
    return fingerprints(reading.contour.sha256, voxels_sha256, lambda: b"")
