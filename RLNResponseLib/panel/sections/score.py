"""The Score section: the Rad-scores of the segments in the scene, following every edit."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.wording import counted
from RLNResponseLib.modelling.live_scores import LiveScore, LiveScores
from RLNResponseLib.modelling.model_card import published_models, read_model_card
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.panel.sections.section import BaseSection, PanelContext
from RLNResponseLib.panel.widgets.score_block import ScoreBlock, score_cell
from RLNResponseLib.panel.widgets.tables import fill, in_words, prepare, remember
from RLNResponseLib.report.text.score import score_csv, score_tsv
from RLNResponseLib.scene.observers import CTCandidates, SceneObservers
from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.scene.segmentations import EDITS, contour_of, is_empty, segments
from RLNResponseLib.scene.volumes import VolumeCT
from RLNResponseLib.study.inside import refuse_inside_blinded_study

# Edits come in bursts; within the 300 ms that a new score may take, this much is waiting for the next one.
SETTLE_MS = 40
# How far redrawn contours move the score is told once the editor rests.
REST_MS = 700


class ScoreSection(BaseSection):
    """Scores what is chosen; while a blinded reading is open it is not there at all."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "ScoreSection")
        self._observers = SceneObservers()
        self._scores: LiveScores | None = None
        self._rows: dict[str, LiveScore] = {}
        self._queue: list[str] = []
        self._blocks: list[ScoreBlock] = []
        self._own_models: tuple[ScoreModel, ...] = ()
        self._work: tuple[str, Generator[None, None, LiveScore | None]] | None = None
        self._ct = VolumeCT()
        self._is_hidden = False
        self._is_shown = True
        for selector in (self._ui.ctSelector, self._ui.segmentationSelector):
            selector.setMRMLScene(context.scene)
        guarded = context.status.guarded
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.connect("timeout()", guarded(self._begin_update))
        self._next = qt.QTimer()
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.connect("timeout()", guarded(self._score_next))
        self._rest = qt.QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.connect("timeout()", guarded(self._begin_uncertainty))
        self._step = qt.QTimer()
        self._step.setInterval(0)
        self._step.connect("timeout()", guarded(self._next_contour))
        for selector in (self._ui.ctSelector, self._ui.segmentationSelector):
            selector.connect("currentNodeChanged(vtkMRMLNode*)", guarded(self.choose))
        self._ui.modelEdit.connect("currentPathChanged(QString)", guarded(self._choose_model))
        self._ui.scoreTable.connect("itemSelectionChanged()", guarded(self._show_detail))
        self._ui.copyButton.connect("clicked(bool)", guarded(self._copy))
        self._ui.exportButton.connect("clicked(bool)", guarded(self._export))
        context.signals.reading_opened.connect(self._reading_opened)
        context.signals.reading_closed.connect(self.show_scores)
        context.signals.software_installed.connect(self.choose)
        self.choose()
        # Last: a section that could not be built must leave nothing behind that watches the scene.
        self._candidates = CTCandidates(context.scene, guarded(self._offer_cts))

    def _offer_cts(self, unfit: list[str]) -> None:
        self._ui.ctSelector.sortFilterProxyModel().hiddenNodeIDs = unfit

    def _choose_model(self) -> None:
        """Score with a card of the user's own too; one that cannot be read leaves everything as it is."""
        path = self._ui.modelEdit.currentPath.strip()
        own = None
        if path:
            refuse_inside_blinded_study(Path(path))
            own = read_model_card(Path(path))
        self._own_models = () if own is None else (own,)
        self._scores = None
        if own is not None:
            remember(self._ui.modelEdit)
            self._context.status.say(_("{title} is shown beside the published scores.").format(title=own.title))
        self.choose()

    def hide_scores(self) -> None:
        """A blinded reading is open: its score would bias the contour, so nothing is computed and nothing shown."""
        self._is_hidden = True
        self.widget.visible = False
        self._let_go()

    def show_scores(self) -> None:
        """No blinded reading is open any more."""
        self._is_hidden = False
        self.widget.visible = True
        self.choose()

    def _reading_opened(self, nodes: ReadingNodes | None) -> None:
        """A reading is open: score it where that may be seen; None where it is blinded."""
        if nodes is None:
            self.hide_scores()
            return
        self.show_scores()
        self._ui.ctSelector.setCurrentNode(nodes.volume)
        self._ui.segmentationSelector.setCurrentNode(nodes.segmentation)

    def choose(self) -> None:
        """Another CT or segmentation is chosen, or the models can be had now."""
        self._let_go()
        if not self._is_hidden:
            self._watch()
            self._show_rows()

    def _watch(self) -> None:
        """Score what is chosen, and again with every edit."""
        if self._is_hidden or not self._is_shown:
            return
        segmentation, volume = self._ui.segmentationSelector.currentNode(), self._ui.ctSelector.currentNode()
        if segmentation is not None and volume is not None:
            edited = self._context.status.guarded(self._edited)
            for name in EDITS:
                self._observers.add(segmentation, getattr(slicer.vtkSegmentation, name), edited)
            self._observers.add(volume, slicer.vtkMRMLScalarVolumeNode.ImageDataModifiedEvent, edited)
            for node in (segmentation, volume):
                self._observers.add(node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent, edited)
            self._timer.start()

    def enter(self) -> None:
        """The module is shown: what has changed meanwhile is scored now."""
        self._is_shown = True
        self._watch()

    def exit(self) -> None:
        """Another module is shown: nothing is computed for nobody, and that module is not held up."""
        self._is_shown = False
        self._rest_from_work()

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self._let_go()

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied: nothing is chosen any more."""
        self.choose()

    def cleanup(self) -> None:
        """The panel goes."""
        self._let_go()
        self._candidates.let_go()
        for selector in (self._ui.ctSelector, self._ui.segmentationSelector):
            selector.setMRMLScene(None)

    def _edited(self) -> None:
        self._stop_uncertainty()
        self._timer.start()

    def _rest_from_work(self) -> None:
        self._timer.stop()
        self._next.stop()
        self._stop_uncertainty()
        self._observers.remove_all()

    def _let_go(self) -> None:
        self._rest_from_work()
        self._ct.forget()
        self._rows, self._queue = {}, []

    def _begin_update(self) -> None:
        """Put every segment in the queue, the chosen one first; the event loop runs between two."""
        segmentation = self._ui.segmentationSelector.currentNode()
        if segmentation is None or self._ui.ctSelector.currentNode() is None:
            return
        if self._scores is None:
            models = (*published_models(), *self._own_models)
            self._scores = LiveScores(models)
            prepare(self._ui.scoreTable, [_("Segment"), *(model.title for model in models)], wide=0)
        identifiers = [segment_id for segment_id, _name in segments(segmentation)]
        self._rows = {segment_id: row for segment_id, row in self._rows.items() if segment_id in identifiers}
        self._scores.forget(keep=identifiers)
        chosen = self._chosen()
        self._queue = sorted(identifiers, key=lambda segment_id: segment_id != chosen)
        self._score_next()

    def _score_next(self) -> None:
        segmentation, volume = self._ui.segmentationSelector.currentNode(), self._ui.ctSelector.currentNode()
        if not self._queue or segmentation is None or volume is None or self._scores is None:
            return
        segment_id = self._queue.pop(0)
        names = dict(segments(segmentation))
        if segment_id in names:
            self._rows[segment_id] = self._scored(segmentation, segment_id, names[segment_id], volume)
        if self._queue:
            self._next.start()
        self._show_rows()

    def _scored(self, segmentation: Any, segment_id: str, name: str, volume: Any) -> LiveScore:
        assert self._scores is not None
        if is_empty(segmentation, segment_id):
            return LiveScore(name=name, refusal=_("'{name}' is empty; draw it.").format(name=name))
        try:
            ct = self._ct.of(volume)
            return self._scores.score(segment_id, ct, contour_of(segmentation, segment_id, ct))
        except DataRefusedError as refused:
            return LiveScore(name=name, refusal=str(refused))

    def _begin_uncertainty(self) -> None:
        """How far redrawn contours move the chosen segment's score: a contour a step, the event loop between two."""
        chosen = self._chosen()
        if self._scores is None or chosen is None or self._queue or not self._is_shown:
            return
        self._work = (chosen, self._scores.uncertainty(chosen))
        self._step.start()

    def _next_contour(self) -> None:
        if self._work is None:
            return
        segment_id, work = self._work
        try:
            next(work)
        except StopIteration as end:
            self._stop_uncertainty()
            if end.value is not None and segment_id in self._rows:
                self._rows[segment_id] = end.value
                self._show_detail()
        except DataRefusedError:
            # The score itself stands; that it cannot be moved is no reason to stop working.
            self._stop_uncertainty()

    def _stop_uncertainty(self) -> None:
        self._rest.stop()
        self._step.stop()
        self._work = None

    def _chosen(self) -> str | None:
        row = self._ui.scoreTable.currentRow()
        identifiers = list(self._rows)
        return identifiers[row] if 0 <= row < len(identifiers) else None

    def _show_rows(self) -> None:
        chosen = self._chosen()
        segmentation = self._ui.segmentationSelector.currentNode()
        order = [] if segmentation is None else [segment_id for segment_id, _name in segments(segmentation)]
        self._rows = {segment_id: self._rows[segment_id] for segment_id in order if segment_id in self._rows}
        identifiers = list(self._rows)
        row = identifiers.index(chosen) if chosen in identifiers else 0
        models = () if self._scores is None else self._scores.models
        fill(self._ui.scoreTable, [_cells(live, models) for live in self._rows.values()], row)
        for widget in (self._ui.scoreTable, self._ui.copyButton, self._ui.exportButton):
            widget.visible = bool(self._rows)
        self._ui.emptyLabel.visible = not self._rows
        self._ui.emptyLabel.text = _("Choose a CT and a segmentation; each segment is scored as one lymph node.")
        self._show_detail()

    def _show_detail(self) -> None:
        chosen = self._chosen()
        live = self._rows.get(chosen) if chosen is not None else None
        result = None if live is None else live.result
        scores = () if result is None else result.scores
        while len(self._blocks) < len(scores):
            self._blocks.append(ScoreBlock(self._ui.detailPlace.layout()))
        for block, score in zip(self._blocks, scores, strict=False):
            block.show(result, score)  # type: ignore[arg-type]
        for block in self._blocks[len(scores) :]:
            block.visible(False)
        refusal = "" if live is None or not live.refusal else f"✗ {live.refusal}"
        self._ui.findingsLabel.text = refusal if result is None else in_words(result.findings)
        if live is not None and result is not None and not live.is_moved and self._work is None:
            self._rest.start()
        self._ui.findingsLabel.visible = bool(self._ui.findingsLabel.text)
        notices = [RESEARCH_USE_ONLY] if live is None or result is None else [live.checked, result.notice]
        self._ui.noticeLabel.text = "\n".join(filter(None, notices))

    def _copy(self) -> None:
        assert self._scores is not None
        slicer.app.clipboard().setText(score_tsv(self._rows.values(), self._scores.models))
        self._context.status.say(
            _("Copied {rows}; paste them into a spreadsheet.").format(rows=counted(len(self._rows), "row"))
        )

    def _export(self) -> None:
        assert self._scores is not None
        named = qt.QFileDialog.getSaveFileName(self.widget, _("Export the scores"), "rad-scores.csv", "CSV (*.csv)")
        if not named:
            return
        path = Path(named)
        try:
            write_text_atomically(path, score_csv(self._rows.values(), self._scores.models))
        except OSError as error:
            raise DataRefusedError(
                _("{name} cannot be written ({reason}); choose another folder.").format(
                    name=path.name, reason=error.strerror
                ),
                "cannot-write",
            ) from None
        self._context.status.say(_("Wrote {name}.").format(name=path.name))


def _cells(live: LiveScore, models: Sequence[ScoreModel]) -> list[str]:
    if live.result is None:
        return [live.name, "✗", *("" for _model in models[1:])]
    warned = " ⚠" if live.result.warnings else ""
    return [
        live.name + warned,
        *(score_cell(score) for score in live.result.scores),
    ]
