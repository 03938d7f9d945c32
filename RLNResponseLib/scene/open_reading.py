"""An open reading in the scene: its CT and contour as MRML nodes, kept as a draft, locked, taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from RLNResponseLib.clock import Now
from RLNResponseLib.findings import Finding, refuse_errors
from RLNResponseLib.imaging.contours import read_contour
from RLNResponseLib.imaging.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd_writer import write_seg_nrrd
from RLNResponseLib.scene.reading_nodes import ReadingNodes, close_reading_nodes, open_reading_nodes
from RLNResponseLib.scene.segmentations import contour_of, is_empty
from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.records import LymphNode, Opening, Reading
from RLNResponseLib.study.study import Study


class OpenReading:
    """One reading while its reader contours it. Everything goes through the reader's view; no other contour is loaded."""

    def __init__(
        self, scene: Any, view: ReaderView, opening: Opening, lymph_node: LymphNode, ct: CTImage, nodes: ReadingNodes
    ) -> None:
        self._scene = scene
        self._view = view
        self.opening = opening
        self.lymph_node = lymph_node
        self.ct = ct
        self.nodes = nodes
        drawn = view.draft(opening)
        self.has_draft = drawn is not None
        self.minutes_before = 0.0 if drawn is None else drawn.minutes or 0.0
        self._saved = self.contour()

    @property
    def is_correction(self) -> bool:
        """Whether it is to replace a locked reading."""
        return self.opening.key.corrects is not None

    @classmethod
    def open(
        cls, scene: Any, study: Study, view: ReaderView, lymph_node: str, round_number: int, now: Now
    ) -> OpenReading:
        """Open a reading, or go on with it where its draft left off. A correction begins with the contour that it corrects.

        Raises DataRefusedError: what `ReaderView.open`, `study_ct` and `read_contour` raise; then the scene is as it was.
        """
        record = view.lymph_node(lymph_node)
        opening = view.open(lymph_node, round_number, now)
        ct = study_ct(study, record.image)
        drawn = view.draft_file(opening) or view.contour_to_correct(opening)
        contour = None if drawn is None else read_contour(drawn, ct)
        nodes = open_reading_nodes(scene, ct, lymph_node, contour)
        return cls(scene, view, opening, record, ct, nodes)

    def contour(self) -> Contour | None:
        """The contour as it is in the scene now, under the lymph node's own name; None while nothing is drawn."""
        if is_empty(self.nodes.segmentation, self.nodes.segment_id):
            return None
        drawn = contour_of(self.nodes.segmentation, self.nodes.segment_id, self.ct)
        return replace(drawn, name=self.lymph_node.id)

    def findings(self) -> tuple[Finding, ...]:
        """What the checks say of the contour now; nothing while nothing is drawn."""
        contour = self.contour()
        return () if contour is None else check(self.ct, contour)

    def is_saved(self) -> bool:
        """Whether the draft holds what is drawn."""
        contour = self.contour()
        return contour is None or (self.has_draft and _same(contour, self._saved))

    def save(self, minutes: float, software: Mapping[str, str]) -> bool:
        """Keep what is drawn as the draft; False where that was not needed. An empty contour never replaces a draft.

        Raises DataRefusedError: not-open, already-locked, cannot-write; the contour stays in the scene.
        """
        if self.is_saved():
            return False
        contour = self.contour()
        assert contour is not None
        self._write(contour, minutes, software)
        return True

    def lock(self, minutes: float, software: Mapping[str, str], now: Now) -> Reading:
        """Check what is drawn, keep it, lock it. Raises DataRefusedError: empty-contour, an error of the checks, what
        `ReaderView.lock` raises; then the reading stays open.
        """
        contour = contour_of(self.nodes.segmentation, self.nodes.segment_id, self.ct)
        contour = replace(contour, name=self.lymph_node.id)
        findings = check(self.ct, contour)
        refuse_errors(findings)
        self._write(contour, minutes, software)
        return self._view.lock(self.opening, findings, now)

    def put_back(self, contour: Contour) -> None:
        """Bring CT and contour into the scene again, after it was emptied before the contour could be saved."""
        self.nodes = open_reading_nodes(self._scene, self.ct, self.lymph_node.id, contour)

    def close(self) -> None:
        """Take the reading's nodes out of the scene. What was not saved is gone: save first."""
        close_reading_nodes(self._scene, self.nodes)

    def _write(self, contour: Contour, minutes: float, software: Mapping[str, str]) -> None:
        self._view.save_draft(
            self.opening,
            lambda path: write_seg_nrrd(path, contour, self.ct),
            minutes=minutes,
            source="Segment Editor",
            software=software,
        )
        self.has_draft, self._saved = True, contour


def _same(contour: Contour, saved: Contour | None) -> bool:
    return saved is not None and contour.corner == saved.corner and np.array_equal(contour.voxels, saved.voxels)
