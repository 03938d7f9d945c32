"""A locked reading brought into the scene to be looked at."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.imaging.contours import read_contour
from RLNResponseLib.scene.reading_nodes import ReadingNodes, open_reading_nodes
from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study


def show_locked_reading(scene: Any, study: Study, view: ReaderView, lymph_node: str, round_number: int) -> ReadingNodes:
    """The CT and the contour of this reader's locked reading, its last correction where there is one.

    Raises DataRefusedError: first-contour-sealed, no-record, what `study_ct` and `read_contour` raise.
    """
    key = ReadingKey(lymph_node, view.reader, round_number)
    while view.state(lymph_node, round_number, key.revision) == "superseded":
        key = key.next_revision
    file = view.contour_file(key)
    ct = study_ct(study, view.lymph_node(lymph_node).image)
    return open_reading_nodes(scene, ct, lymph_node, read_contour(file, ct))
