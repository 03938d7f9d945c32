"""What a contour in DICOM says of itself: whose it is, of what, from when, and what made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from RLNResponseLib.study.records import Reading


@dataclass(frozen=True, kw_only=True)
class DrawnContour:
    """A contour on its way out.

    Attributes
    ----------
    lymph_node
        Identifier.
    name
        Of the contour within its lymph node: a reading's ("A-1"), or "consensus".
    author
        The reader's code, or what stands in its place.
    digest
        Of its voxels or file: another contour has another one, and other UIDs.
    moment
        Its date: when the reading was locked, the last of those that a consensus is made of.
    said
        What it is, in a sentence.
    assistance
        What it was begun from or made by; "" where the reader's hand alone drew it.
    """

    lymph_node: str
    name: str
    author: str
    digest: str
    moment: datetime
    said: str
    assistance: str = ""

    @classmethod
    def of_reading(cls, reading: Reading, assistance: str = "") -> DrawnContour:
        """A locked reading's."""
        key = reading.key
        return cls(
            lymph_node=key.lymph_node,
            name=key.name,
            author=key.reader,
            digest=reading.contour.sha256,
            moment=reading.locked_at,
            said=f"Reading {key.lymph_node} {key.name}.",
            assistance=assistance,
        )
