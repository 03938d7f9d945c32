"""The scores of a segmentation's segments, computed a step at a time between two events, and again with every edit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Any

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.live_scores import LiveScore, LiveScores
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.panel.widgets.events import is_mouse_pressed
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer
from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.score_on_image import Place, place_of
from RLNResponseLib.scene.segmentations import EDITS, contour_of, is_empty, segments
from RLNResponseLib.scene.volumes import VolumeCT

# Edits come in bursts; within the 150 ms that a new score may take, this much is waiting for the next one.
SETTLE_MS = 40
# How far redrawn contours move the score is told once the editor rests.
REST_MS = 700


class LiveScoring:
    """Keeps the scores of what it was told to watch.

    Parameters
    ----------
    status
        The status line.
    get_models
        Gives what is scored with; it is asked when the first score is needed.
    on_change
        Called when a score or the list of segments is another.

    Attributes
    ----------
    rows
        What is known by segment ID, in the order of the segmentation; what waits for its turn is not there.
    places
        Where each scored contour lies.
    chosen
        The ID of the segment that is looked at: it is scored first, and redrawn contours are tried of it alone.

    """

    def __init__(
        self, status: StatusLine, get_models: Callable[[], Sequence[ScoreModel]], on_change: Callable[[], Any]
    ) -> None:
        self._get_models, self._on_change = get_models, on_change
        self._edited = status.guarded(self._begin_again)
        self.rows: dict[str, LiveScore] = {}
        self.places: dict[str, Place] = {}
        self.chosen: str | None = None
        self._scores: LiveScores | None = None
        self._ct = VolumeCT()
        self._volume: Any = None
        self._segmentation: Any = None
        self._queue: list[str] = []
        self._work: tuple[str, Generator[None, None, LiveScore | None]] | None = None
        self._observers = SceneObservers()
        self._timer = timer(SETTLE_MS, status.guarded(self._begin_update))
        self._next = timer(0, status.guarded(self._score_next))
        self._rest = timer(REST_MS, status.guarded(self._begin_uncertainty))
        self._step = timer(0, status.guarded(self._next_contour), repeated=True)

    @property
    def models(self) -> Sequence[ScoreModel]:
        """What is scored with."""
        if self._scores is None:
            self._scores = LiveScores(self._get_models())
        return self._scores.models

    @property
    def observer_count(self) -> int:
        """How many observers it has in the scene now."""
        return self._observers.count

    @property
    def is_moving(self) -> bool:
        """Whether redrawn contours of the chosen segment are tried, or will be."""
        return self._work is not None or bool(self._rest.active)

    @property
    def chosen_scored(self) -> tuple[CTImage, Contour, LesionResult] | None:
        """The CT, the contour and the result of the chosen segment; None where it has no score."""
        return None if self._scores is None or self.chosen not in self.rows else self._scores.scored(self.chosen)

    def forget_models(self) -> None:
        """Ask for the models again."""
        self._scores = None

    def watch(self, volume: Any, segmentation: Any) -> None:
        """Score the segments of a segmentation on a CT, now and with every edit.

        Parameters
        ----------
        volume
            The CT's vtkMRMLScalarVolumeNode.
        segmentation
            The vtkMRMLSegmentationNode.

        """
        self.rest()
        self._volume, self._segmentation = volume, segmentation
        for name in EDITS:
            self._observers.add(segmentation, getattr(slicer.vtkSegmentation, name), self._edited)
        self._observers.add(volume, slicer.vtkMRMLScalarVolumeNode.ImageDataModifiedEvent, self._edited)
        for node in (segmentation, volume):
            self._observers.add(node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent, self._edited)
        self._timer.start()

    def rest(self) -> None:
        """Compute nothing and watch nothing; what is known stays."""
        self._timer.stop()
        self._next.stop()
        self._stop_uncertainty()
        self._observers.remove_all()

    def let_go(self) -> None:
        """Know nothing any more."""
        self.rest()
        self._ct.forget()
        self._volume = self._segmentation = None
        self.rows, self.places, self._queue = {}, {}, []

    def choose(self, segment_id: str | None) -> None:
        """Another segment is looked at."""
        if segment_id != self.chosen:
            self.chosen = segment_id
            self._stop_uncertainty()
        self._want_uncertainty()

    def _begin_again(self) -> None:
        self._stop_uncertainty()
        self._timer.start()

    def _begin_update(self) -> None:
        """Put every segment in the queue, the chosen one first; the event loop runs between two."""
        if self._segmentation is None:
            return
        identifiers = [segment_id for segment_id, _name in segments(self._segmentation)]
        self.rows = {segment_id: self.rows[segment_id] for segment_id in identifiers if segment_id in self.rows}
        assert len(self.models) > 0
        assert self._scores is not None
        self._scores.forget(keep=identifiers)
        # A whole CT is copied once; not first when somebody has begun to paint.
        with suppress(DataRefusedError):
            self._ct.of(self._volume)
        self._queue = sorted(identifiers, key=lambda segment_id: segment_id != self.chosen)
        if not self._queue:
            self._on_change()
        self._score_next()

    def _score_next(self) -> None:
        if not self._queue or self._segmentation is None:
            return
        segment_id = self._queue.pop(0)
        names = dict(segments(self._segmentation))
        if segment_id in names:
            self.rows[segment_id] = self._scored(segment_id, names[segment_id])
            self.rows = {each: self.rows[each] for each in names if each in self.rows}
        if self._queue:
            self._next.start()
        self._want_uncertainty()
        self._on_change()

    def _scored(self, segment_id: str, name: str) -> LiveScore:
        assert self._scores is not None
        self.places.pop(segment_id, None)
        if is_empty(self._segmentation, segment_id):
            return LiveScore(name=name, refusal=_("'{name}' is empty; draw it.").format(name=name))
        try:
            ct = self._ct.of(self._volume)
            contour = contour_of(self._segmentation, segment_id, ct)
            self.places[segment_id] = place_of(contour, ct)
            return self._scores.score(segment_id, ct, contour)
        except DataRefusedError as refused:
            return LiveScore(name=name, refusal=str(refused))

    def _want_uncertainty(self) -> None:
        live = self.rows.get(self.chosen or "")
        if live is not None and live.result is not None and not live.is_moved and self._work is None:
            self._rest.start()

    def _begin_uncertainty(self) -> None:
        """How far redrawn contours move the chosen segment's score: a contour a step, the event loop between two."""
        if self._scores is None or self.chosen is None or self._queue or not self._observers.count:
            return
        if self._work is None:
            self._work = (self.chosen, self._scores.uncertainty(self.chosen))
        self._step.start()

    def _next_contour(self) -> None:
        if self._work is None:
            return
        if is_mouse_pressed():
            # The hand first; what is begun goes on when it rests, or is given up with its stroke.
            self._step.stop()
            self._rest.start()
            return
        segment_id, work = self._work
        try:
            next(work)
        except StopIteration as end:
            self._stop_uncertainty()
            if end.value is not None and segment_id in self.rows:
                self.rows[segment_id] = end.value
                self._on_change()
        except DataRefusedError:
            # The score itself stands; that it cannot be moved is no reason to stop working.
            self._stop_uncertainty()
            self._on_change()

    def _stop_uncertainty(self) -> None:
        self._rest.stop()
        self._step.stop()
        self._work = None
