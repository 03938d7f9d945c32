"""A reading in the scene, while its reader contours it or, locked, to be looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.stored import contour_digest
from RLNResponseLib.scene.reading_nodes import ReadingNodes, close_reading_nodes, missing_part, open_reading_nodes
from RLNResponseLib.scene.segmentations import (
    SEGMENT_NAME,
    add_segment,
    is_empty,
    segments,
    whole_contour,
)
from RLNResponseLib.scene.study_copies import copies_finding, copies_in_scene
from RLNResponseLib.scene.writers import drawn_by_itself
from RLNResponseLib.study.beginnings import Beginning, BeginningKind
from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.patients import LymphNode
from RLNResponseLib.study.reading_checks import check_reading
from RLNResponseLib.study.records import Opening, Reading
from RLNResponseLib.study.study import Study


class OpenReading:
    """One reading while its reader contours it; `OpenReading.open` makes it.

    Everything goes through the reader's view of the study; no other contour is loaded.

    Attributes
    ----------
    opening
        The study's record that the reading is open.
    lymph_node
        What is read.
    ct
        The study's CT.
    nodes
        The reading in the scene.
    has_draft
        Whether the study holds a draft of it.
    minutes_before
        Minutes of contouring before this session.
    refuses_assistance
        Whether the protocol allows none in it.

    """

    def __init__(
        self, scene: Any, view: ReaderView, opening: Opening, lymph_node: LymphNode, ct: CTImage, nodes: ReadingNodes
    ) -> None:
        self._scene = scene
        self._view = view
        self.opening = opening
        self.lymph_node = lymph_node
        self.ct = ct
        self.nodes = nodes
        draft = view.draft(opening)
        self._draft_sha256 = None if draft is None else draft.sha256
        self._neighbours = view.neighbours(opening, ct)
        self.minutes_before = 0.0 if draft is None else draft.minutes or 0.0
        self._saved = self.contour()
        # Voxels that are no news: undoing what an effect drew brings them back.
        self._known = {self._digest(self._saved)}
        self._begun: Beginning | None = None
        self._kept_kinds = view.begun_from(opening)
        self.refuses_assistance = view.refuses_assistance(opening)
        self._copies = copies_in_scene(scene, ct, nodes)

    @property
    def has_draft(self) -> bool:
        """Whether a draft of it is kept."""
        return self._draft_sha256 is not None

    @property
    def begun_from(self) -> tuple[BeginningKind, ...]:
        """The kinds of what it was begun from, as far as its draft and what is drawn now tell; none where by hand."""
        now = () if self._begun is None else (self._begun.kind,)
        return tuple(dict.fromkeys((*self._kept_kinds, *now)))

    @property
    def is_correction(self) -> bool:
        """Whether it is to replace a locked reading."""
        return self.opening.key.is_correction

    @classmethod
    def open(
        cls, scene: Any, study: Study, view: ReaderView, lymph_node: str, round_number: int, now: Now
    ) -> OpenReading:
        """Open a reading, or go on with it where its draft left off.

        A correction begins with the contour that it corrects.

        Parameters
        ----------
        scene
            The MRML scene.
        study
            The opened study.
        view
            The reader's view of it.
        lymph_node
            The lymph node's identifier.
        round_number
            1 the first reading, 2 the repeat.
        now
            The moment.

        Returns
        -------
        OpenReading

        Raises
        ------
        DataRefusedError
            What `ReaderView.open`, `study_ct` and `read_contour` raise; then the scene is as it was.

        """
        record = view.lymph_node(lymph_node)
        opening = view.open(lymph_node, round_number, now)
        ct = study_ct(study, record.image)
        file = view.draft_file(opening) or view.contour_to_correct(opening)
        contour = None if file is None else read_contour(file, ct)
        nodes = open_reading_nodes(scene, ct, lymph_node, contour)
        return cls(scene, view, opening, record, ct, nodes)

    def contour(self) -> Contour | None:
        """The contour as it is in the scene now, under the lymph node's own name; None while nothing is drawn.

        All segments of the reading's segmentation together: an effect that splits a segment takes nothing away from it.
        """
        return whole_contour(self.nodes.segmentation, self.ct, self.lymph_node.id)

    def findings(self) -> tuple[Finding, ...]:
        """What the checks say of the contour now, and which copies of the CT were in the scene and still are."""
        contour = self.contour()
        copies = self.copies()
        checked = () if contour is None else (*self._spread(), *self._check(contour))
        return checked if copies is None else (*checked, copies)

    def copies(self) -> Finding | None:
        """What of the study's CT lay in the scene beside the reading when it was opened, or closed, and still does."""
        return copies_finding(node for node in self._copies if self._scene.IsNodePresent(node))

    def _check(self, contour: Contour) -> tuple[Finding, ...]:
        return check_reading(self.ct, contour, self.lymph_node.site_mm, self._neighbours)

    def _spread(self) -> tuple[Finding, ...]:
        names = [
            name
            for identifier, name in segments(self.nodes.segmentation)
            if not is_empty(self.nodes.segmentation, identifier)
        ]
        if len(names) < 2:
            return ()
        listed = ", ".join(f"'{name}'" for name in names)
        return (
            Finding(
                code="several-segments",
                severity="info",
                message=f"The contour of '{self.lymph_node.id}' lies in {len(names)} segments ({listed}); all of "
                f"them together are kept and locked: erase what does not belong to this lymph node.",
                numbers={"segment_count": len(names)},
            ),
        )

    def written(self, effects: Collection[str]) -> None:
        """The contour was changed while these effects were active (`writers.effects_at_work`).

        What an effect or a module drew by itself is noted with the next draft, unless it was taken back before.
        """
        if not effects:
            return
        contour, what = self.contour(), drawn_by_itself(effects)
        voxels = self._digest(contour)
        if voxels in self._known:
            self._begun = None
        elif what and contour is not None:
            self._begun = Beginning(kind="effect", what=what, start=contour)
        if self._begun is None:
            self._known.add(voxels)

    def segment_to_draw_in(self) -> str:
        """The ID of the reading's segment; where it was removed that of another, which is made where none is left."""
        there = [identifier for identifier, _name in segments(self.nodes.segmentation)]
        if self.nodes.segment_id not in there:
            identifier = there[0] if there else add_segment(self.nodes.segmentation, SEGMENT_NAME)
            self.nodes = replace(self.nodes, segment_id=identifier)
        return self.nodes.segment_id

    def lost(self) -> str:
        """What of the reading was deleted from the scene: "CT", "contour", or ""."""
        return missing_part(self._scene, self.nodes)

    def is_saved(self) -> bool:
        """Whether the draft holds what is drawn."""
        contour = self.contour()
        return contour is None or (self.has_draft and _same(contour, self._saved))

    def save(self, minutes: float, software: Mapping[str, str]) -> bool:
        """Keep what is drawn as the draft. An empty contour never replaces a draft.

        Parameters
        ----------
        minutes
            Of contouring, all sessions together.
        software
            Version by name, for the record.

        Returns
        -------
        bool
            False where that was not needed.

        Raises
        ------
        DataRefusedError
            not-open, already-locked, cannot-write; the contour stays in the scene.

        """
        if self.is_saved():
            return False
        contour = self.contour()
        assert contour is not None
        self._write(contour, minutes, software)
        return True

    def lock(self, minutes: float, software: Mapping[str, str], now: Now) -> Reading:
        """Check what is drawn, keep it, lock it.

        Parameters
        ----------
        minutes
            Of contouring, all sessions together.
        software
            Version by name, for the record.
        now
            The moment.

        Returns
        -------
        Reading
            As the study keeps it.

        Raises
        ------
        DataRefusedError
            empty-contour, an error of the checks, what `ReaderView.lock` raises; then the reading stays open.

        """
        contour = self.contour()
        if contour is None:
            raise DataRefusedError(
                f"Nothing is drawn of '{self.lymph_node.id}'; draw it before it is locked.", "empty-contour"
            )
        findings = self._check(contour)
        refuse_errors(findings)
        sha256 = self._write(contour, minutes, software)
        return self._view.lock(self.opening, findings, now, draft_sha256=sha256)

    def put_back(self, contour: Contour) -> None:
        """Bring CT and contour into the scene again, after it was emptied before the contour could be saved."""
        self.nodes = open_reading_nodes(self._scene, self.ct, self.lymph_node.id, contour)

    def close(self) -> None:
        """Take the reading's nodes out of the scene. What was not saved is gone: save first."""
        close_reading_nodes(self._scene, self.nodes)
        self._copies = copies_in_scene(self._scene, self.ct)

    def _digest(self, contour: Contour | None) -> str:
        return "" if contour is None else contour_digest(contour, self.ct.image.GetSize())

    def _write(self, contour: Contour, minutes: float, software: Mapping[str, str]) -> str:
        draft = self._view.save_draft(
            self.opening,
            lambda path: write_seg_nrrd(path, contour, self.ct),
            minutes=minutes,
            source="Segment Editor",
            software=software,
            seen=self._draft_sha256,
            begun=self._begun,
        )
        self._kept_kinds, self._begun = self.begun_from, None
        self._known.add(self._digest(contour))
        self._draft_sha256, self._saved = draft.sha256, contour
        return draft.sha256


def _same(contour: Contour, saved: Contour | None) -> bool:
    return saved is not None and contour.corner == saved.corner and np.array_equal(contour.voxels, saved.voxels)


def show_locked_reading(scene: Any, study: Study, view: ReaderView, lymph_node: str, round_number: int) -> ReadingNodes:
    """Bring a reader's locked reading into the scene, its last correction where there is one.

    Parameters
    ----------
    scene
        The MRML scene.
    study
        The opened study.
    view
        The reader's view of it.
    lymph_node
        The lymph node's identifier.
    round_number
        1 the first reading, 2 the repeat.

    Returns
    -------
    ReadingNodes

    Raises
    ------
    DataRefusedError
        first-contour-sealed, no-record, what `study_ct` and `read_contour` raise.

    """
    file = view.contour_file(view.last_locked(lymph_node, round_number))
    ct = study_ct(study, view.lymph_node(lymph_node).image)
    return open_reading_nodes(scene, ct, lymph_node, read_contour(file, ct))
