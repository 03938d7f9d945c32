"""What a contour file holds, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.imaging.segment_places import SegmentPlace
from RLNResponseLib.report.text.score import place_words
from RLNResponseLib.report.text.sentences import columns

_LONGEST_NAME = 60


def segments_text(file_name: str, places: Sequence[SegmentPlace]) -> str:
    """A row a segment; the IDs where they are not the numbers, no control sign of a name anywhere.

    Parameters
    ----------
    file_name
        The file's own name.
    places
        Its segments.

    Returns
    -------
    str
    """
    title = f"{one_line(file_name)}: {counted(len(places), 'segment')}"
    if not places:
        return title
    with_id = any(place.id != str(place.number) for place in places)
    rows = [["number", "name", *(["ID"] if with_id else []), "type", "voxels", "place (mm, LPS)"]]
    for place in places:
        kind = place.type if place.meaning is None else f"{place.type}, {one_line(place.meaning, _LONGEST_NAME)}"
        rows.append(
            [
                str(place.number),
                one_line(place.name, _LONGEST_NAME),
                *([one_line(place.id, _LONGEST_NAME)] if with_id else []),
                kind,
                _extent(place),
                place_words(place.place_mm),
            ]
        )
    return "\n".join([title, *columns(rows, ruled=True)])


def _extent(place: SegmentPlace) -> str:
    """The voxels, or what there is where they depend on the CT or on a threshold."""
    if place.voxels is not None:
        return str(place.voxels)
    if place.outlines is not None and place.slices is not None:
        return f"{counted(place.outlines, 'outline')} on {counted(place.slices, 'slice')}"
    return "by --threshold"
