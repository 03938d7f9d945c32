"""What in a DICOM series says whose it is: looked at before a CT enters a study, and never kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from RLNResponseLib.imaging.dicom_header import read_tags
from RLNResponseLib.imaging.dicom_series import choose_series
from RLNResponseLib.imaging.formats import only_volume
from RLNResponseLib.imaging.quiet import silenced_itk

_IDENTITY_TAGS = ("PatientID", "PatientName", "OtherPatientIDs", "OtherPatientNames", "OtherPatientIDsSequence")
# A shorter one may stand in a code by chance.
_SHORTEST_CONTAINED = 5
_SHORTEST_NAME = 3
# The parts of longer names are not tried in every order.
_MOST_PARTS = 4


@dataclass(frozen=True, kw_only=True)
class SourceIdentity:
    """Whose a CT is by its own headers. Never shown, logged or kept.

    Attributes
    ----------
    patient_id
        The hospital's; None where the source states none.
    others
        What else identifies: names, other IDs.

    """

    patient_id: str | None = None
    others: tuple[str, ...] = ()

    def is_said_by(self, code: str) -> bool:
        """Whether a code is the patient's ID or name, however it is spelled, or holds the ID."""
        said = _signs(code)
        identifiers = [_signs(each) for each in (self.patient_id or "", *self.others)]
        if any(each and each.lstrip("0") == said.lstrip("0") for each in identifiers):
            return True
        if any(len(each) >= _SHORTEST_CONTAINED and each in said for each in identifiers):
            return True
        return any(said in _spellings(each) for each in self.others)


def source_identity(source: Path, series: str | None) -> SourceIdentity:
    """Whose the CT in a folder is, by its own headers.

    Parameters
    ----------
    source
        What `read_ct` reads.
    series
        UID of the series, of a folder with several.

    Returns
    -------
    SourceIdentity
        Empty for a file of one volume.

    Raises
    ------
    DataRefusedError
        several-volumes, and what `choose_series` raises.
    """
    source = only_volume(source)
    if not source.is_dir():
        return SourceIdentity()
    # Of one slice: a series whose slices state several patients is not read (`dicom_scan`).
    first = choose_series(source, series).files[0]
    with silenced_itk():
        tags = read_tags(first, _IDENTITY_TAGS, f"A file in {source.name}")
        others = {text for tag in _IDENTITY_TAGS[1:-1] for text in _texts(tags, tag)}
        others |= {text for item in tags.get("OtherPatientIDsSequence") or () for text in _texts(item, "PatientID")}
        return SourceIdentity(patient_id=next(_texts(tags, "PatientID"), None), others=tuple(sorted(others)))


def _texts(tags: Any, keyword: str) -> Iterator[str]:
    value = tags.get(keyword)
    # A person's name is no sequence, though it gives its signs one by one.
    values = value if isinstance(value, MutableSequence) else [value]
    yield from (text for each in values if each is not None and (text := str(each).strip()))


def _signs(text: str) -> str:
    """Letters and digits of a text, in small letters: what two spellings of one name share."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _spellings(name: str) -> set[str]:
    """How a code may spell a person's name: one of its parts, or all of them in any order."""
    found = set()
    for group in name.split("="):
        parts = [signs for part in re.split(r"[\^\s,.-]+", group) if (signs := _signs(part))]
        found |= {part for part in parts if len(part) >= _SHORTEST_NAME}
        found |= {"".join(order) for order in permutations(parts[:_MOST_PARTS])}
    return found - {""}
