"""One patient: the lymph nodes of a segmentation, their contours and their Rad-scores, beside one another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import qt
import vtk
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.model_card import published_models, read_model_card
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.panel.live_scoring import LiveScoring
from RLNResponseLib.panel.remembered import remember_on_image, remembered_on_image
from RLNResponseLib.panel.sections.section import ONE_PATIENT, BaseSection, PanelContext
from RLNResponseLib.panel.widgets.chosen_score import ChosenScore
from RLNResponseLib.panel.widgets.lymph_node_table import LymphNodeTable, Row
from RLNResponseLib.panel.widgets.score_export import copy_scores, export_scores
from RLNResponseLib.panel.widgets.segment_editor import EmbeddedSegmentEditor
from RLNResponseLib.panel.widgets.slice_windows import slice_windows
from RLNResponseLib.panel.widgets.tables import remember
from RLNResponseLib.panel.widgets.what_would_change import WhatWouldChange
from RLNResponseLib.report.text.score_beside import image_lines
from RLNResponseLib.scene.observers import CTCandidates, SceneObservers
from RLNResponseLib.scene.preselection import BackgroundWatch, FirstLook, background_ct, is_of_a_study, segmentation_on
from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.scene.score_on_image import ScoreOnImage
from RLNResponseLib.scene.segment_looks import colour_of, is_shown, show_segment, tell_apart
from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, is_empty, segments
from RLNResponseLib.scene.views import centre_on
from RLNResponseLib.study.inside import refuse_inside_blinded_study

# Apart from the Read section's: two editors must not choose for one another.
EDITOR_TAG = "RLNResponse.OnePatient"
CORNER, BESIDE = "corner", "beside"


class ScoreSection(BaseSection):
    """The door One patient; while a blinded reading is open nothing of it is there at all."""

    door = ONE_PATIENT

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "ScoreSection")
        guarded = context.status.guarded
        self._own_models: tuple[ScoreModel, ...] = ()
        self._unfit: list[str] = []
        self._is_hidden = False
        self._is_shown = False
        self._said = ""
        self._scoring = LiveScoring(context.status, self._models, self._show)
        self._table = LymphNodeTable(self._ui.scoreTable, context.status, self._choose_by_hand, self._turn_eye)
        self._detail = ChosenScore(self._ui)
        self._change = WhatWouldChange(self._ui.changePlace.layout(), context.scene, context.status)
        self._on_image = ScoreOnImage(slice_windows)
        self._editor = EmbeddedSegmentEditor(
            self._ui.editorPlace.layout(),
            context.scene,
            EDITOR_TAG,
            lists_segments=False,
            on_choice=guarded(self._edited_another),
        )
        self._display_observers = SceneObservers()
        self._first_look = FirstLook(partial(centre_on, context.scene))
        for selector in (self._ui.ctSelector, self._ui.segmentationSelector):
            selector.setMRMLScene(context.scene)
            selector.connect("currentNodeChanged(vtkMRMLNode*)", guarded(self.choose))
        self._ui.newButton.connect("clicked(bool)", guarded(self._new))
        self._ui.addButton.connect("clicked(bool)", guarded(self._add))
        places = remembered_on_image((CORNER, BESIDE))
        for box, place in ((self._ui.cornerBox, CORNER), (self._ui.besideBox, BESIDE)):
            box.checked = place in places
            box.connect("toggled(bool)", guarded(self._choose_on_image))
        self._ui.contourButton.connect("contentsCollapsed(bool)", guarded(self._contour_folded))
        self._ui.modelEdit.connect("currentPathChanged(QString)", guarded(self._choose_model))
        self._ui.copyButton.connect("clicked(bool)", guarded(self._copy))
        self._ui.exportButton.connect("clicked(bool)", guarded(self._export))
        self._ui.detailsButton.collapsed = True
        context.signals.reading_opened.connect(self._reading_opened)
        context.signals.reading_closed.connect(self.show_scores)
        context.signals.software_installed.connect(self.choose)
        # A sample or a series comes into the scene in several steps, its volume before its voxels.
        self._settle = qt.QTimer()
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.connect("timeout()", guarded(self._preselect))
        self.choose()
        # Last: a section that could not be built must leave nothing behind that watches the scene.
        self._candidates = CTCandidates(context.scene, guarded(self._offer_cts))
        self._background = BackgroundWatch(context.scene, self._settle.start)

    @property
    def scores(self) -> Mapping[str, LiveScore]:
        """What is known by segment ID, in the order of the segmentation."""
        return self._scoring.rows

    @property
    def on_image(self) -> list[str]:
        """What stands on the slice views now."""
        return self._on_image.texts

    def enter(self) -> None:
        """The door is open and the module shown: what has changed meanwhile is scored now."""
        self._is_shown = True
        self._editor.enter()
        self._preselect()
        volume, segmentation = self._ui.ctSelector.currentNode(), self._ui.segmentationSelector.currentNode()
        if volume is not None and segmentation is not None and not self._is_hidden:
            self._watch(volume, segmentation)
        self._show()

    def exit(self) -> None:
        """Another door or module: nothing is computed for nobody, and nothing stays on the image."""
        self._is_shown = False
        self._editor.exit()
        self._scoring.rest()
        self._change.let_go()
        self._display_observers.remove_all()
        self._on_image.clear()

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self._let_go()
        self._editor.scene_closing()

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied: nothing is chosen any more."""
        self._editor.scene_closed(is_entered)
        self._first_look.forget()
        self.choose()

    def cleanup(self) -> None:
        """The panel goes."""
        self._settle.stop()
        self._let_go()
        self._table.let_go()
        self._candidates.let_go()
        self._background.let_go()
        self._editor.cleanup()
        for selector in (self._ui.ctSelector, self._ui.segmentationSelector):
            selector.setMRMLScene(None)

    def hide_scores(self) -> None:
        """A blinded reading is open: its score would bias the contour, so nothing is computed and nothing shown."""
        self._is_hidden = True
        self.widget.visible = False
        self._let_go()
        self._show()

    def show_scores(self) -> None:
        """No blinded reading is open any more."""
        self._is_hidden = False
        self.widget.visible = True
        self.choose()

    def choose(self) -> None:
        """Another CT or segmentation is chosen, or the models can be had now."""
        self._let_go()
        volume, segmentation = self._ui.ctSelector.currentNode(), self._ui.segmentationSelector.currentNode()
        if not self._is_hidden and segmentation is not None:
            if not is_of_a_study(segmentation):
                tell_apart(segmentation)
            if volume is not None and self._is_shown:
                self._watch(volume, segmentation)
        self._show()

    def _reading_opened(self, nodes: ReadingNodes | None) -> None:
        """A reading is open: score it where that may be seen; None where it is blinded."""
        if nodes is None:
            self.hide_scores()
            return
        self.show_scores()
        self._ui.ctSelector.setCurrentNode(nodes.volume)
        self._ui.segmentationSelector.setCurrentNode(nodes.segmentation)

    def _watch(self, volume: Any, segmentation: Any) -> None:
        there = [segment_id for segment_id, _name in segments(segmentation)]
        if self._scoring.chosen not in there:
            self._scoring.choose(there[0] if there else None)
            self._ui.contourButton.collapsed = not self._is_to_be_drawn()
        self._first_look.begin(segmentation, self._scoring.chosen)
        self._scoring.watch(volume, segmentation)
        self._display_observers.remove_all()
        display = segmentation.GetDisplayNode()
        if display is not None:
            self._display_observers.add(
                display, vtk.vtkCommand.ModifiedEvent, self._context.status.guarded(self._show_rows)
            )
        self._edit_chosen()

    def _let_go(self) -> None:
        self._display_observers.remove_all()
        self._change.let_go()
        self._scoring.let_go()
        self._editor.release()
        self._on_image.clear()

    def _offer_cts(self, unfit: list[str]) -> None:
        self._unfit = unfit
        self._ui.ctSelector.sortFilterProxyModel().hiddenNodeIDs = unfit
        self._settle.start()

    def _preselect(self) -> None:
        """The CT of the views and the segmentation on it, where nothing is chosen."""
        if not self._is_shown or self._is_hidden:
            return
        scene = self._context.scene
        if self._ui.ctSelector.currentNode() is None:
            volume = background_ct(scene, self._unfit)
            if volume is not None:
                self._ui.ctSelector.setCurrentNode(volume)
        volume = self._ui.ctSelector.currentNode()
        if volume is not None and self._ui.segmentationSelector.currentNode() is None:
            segmentation = segmentation_on(scene, volume)
            if segmentation is not None:
                self._ui.segmentationSelector.setCurrentNode(segmentation)

    def _new(self) -> None:
        volume = self._ui.ctSelector.currentNode()
        if volume is None:
            raise DataRefusedError(_("Choose a CT first."), "no-ct")
        segmentation, segment_id = add_segmentation(self._context.scene, volume, _("Lymph nodes"))
        segmentation.GetSegmentation().GetSegment(segment_id).SetName("LN1")
        self._ui.segmentationSelector.setCurrentNode(segmentation)
        self._draw(segment_id)

    def _add(self) -> None:
        segmentation = self._ui.segmentationSelector.currentNode()
        assert segmentation is not None
        names = {name for _segment_id, name in segments(segmentation)}
        number = len(names) + 1
        while f"LN{number}" in names:
            number += 1
        self._draw(add_segment(segmentation, f"LN{number}"))

    def _draw(self, segment_id: str) -> None:
        """An empty lymph node is there to be drawn: the brush is in hand."""
        self._choose_segment(segment_id)
        self._editor.widget.setActiveEffectByName("Paint")
        self._context.status.say(_("Draw the lymph node; its scores follow each stroke."))

    def _choose_by_hand(self, segment_id: str) -> None:
        self._choose_segment(segment_id)
        place = self._scoring.places.get(segment_id)
        if place is not None:
            centre_on(self._context.scene, place.centre)

    def _choose_segment(self, segment_id: str) -> None:
        self._first_look.give_up()
        self._scoring.choose(segment_id)
        if self._is_to_be_drawn():
            self._ui.contourButton.collapsed = False
        self._edit_chosen()
        self._show()

    def _is_to_be_drawn(self) -> bool:
        segmentation, chosen = self._ui.segmentationSelector.currentNode(), self._scoring.chosen
        return (
            segmentation is not None
            and chosen is not None
            and not is_of_a_study(segmentation)
            and is_empty(segmentation, chosen)
        )

    def _edit_chosen(self) -> None:
        """Segment Editor on the chosen segment; a study's contour is looked at only."""
        volume, segmentation = self._ui.ctSelector.currentNode(), self._ui.segmentationSelector.currentNode()
        chosen = self._scoring.chosen
        editable = volume is not None and segmentation is not None and not is_of_a_study(segmentation)
        if not editable or chosen is None or not self._is_shown:
            return
        self._editor.edit(ReadingNodes(volume=volume, segmentation=segmentation, segment_id=chosen))

    def _edited_another(self, segment_id: str) -> None:
        """Segment Editor's own keys choose another segment."""
        segmentation = self._ui.segmentationSelector.currentNode()
        there = [] if segmentation is None else [each for each, _name in segments(segmentation)]
        if segment_id in there and segment_id != self._scoring.chosen and not self._is_hidden:
            self._choose_segment(segment_id)

    def _contour_folded(self) -> None:
        if self._ui.contourButton.collapsed:
            # Nobody paints with an editor that is out of sight.
            self._editor.widget.setActiveEffect(None)

    def _turn_eye(self, segment_id: str) -> None:
        segmentation = self._ui.segmentationSelector.currentNode()
        if segmentation is not None:
            show_segment(segmentation, segment_id, not is_shown(segmentation, segment_id))
            self._show_rows()

    def _models(self) -> tuple[ScoreModel, ...]:
        return (*published_models(), *self._own_models)

    def _choose_model(self) -> None:
        """Score with a card of the user's own too; one that cannot be read leaves everything as it is."""
        path = self._ui.modelEdit.currentPath.strip()
        own = None
        if path:
            refuse_inside_blinded_study(Path(path))
            own = read_model_card(Path(path))
        self._own_models = () if own is None else (own,)
        self._scoring.forget_models()
        if own is not None:
            remember(self._ui.modelEdit)
            self._context.status.say(_("{title} is shown beside the published scores.").format(title=own.title))
        self.choose()

    def _show(self) -> None:
        if self._is_shown and not self._is_hidden:
            self._first_look.take(self._scoring.places)
        self._show_rows()
        live = self._scoring.rows.get(self._scoring.chosen or "")
        self._say_why_not(live)
        self._detail.show(live, is_moving=self._scoring.is_moving)
        nodes = (self._ui.ctSelector.currentNode(), self._ui.segmentationSelector.currentNode())
        self._change.follow(nodes, self._scoring.chosen_scored if self._is_shown and not self._is_hidden else None)
        self._write_on_image()

    def _say_why_not(self, live: LiveScore | None) -> None:
        """Why what is painted has no score yet, in sight while the details below the editor are not."""
        segmentation, chosen = self._ui.segmentationSelector.currentNode(), self._scoring.chosen
        refusal = ""
        if live is not None and chosen and segmentation is not None and self._is_shown and not self._is_hidden:
            # What is not begun yet says itself what to do.
            refusal = "" if is_empty(segmentation, chosen) else live.refusal
        if refusal != self._said:
            self._said = refusal
            self._context.status.say(refusal, "refused")

    def _show_rows(self) -> None:
        volume, segmentation = self._ui.ctSelector.currentNode(), self._ui.segmentationSelector.currentNode()
        is_chosen = volume is not None and segmentation is not None and not self._is_hidden
        there = segments(segmentation) if is_chosen else ()
        if there and self._scoring.chosen not in dict(there):
            self._scoring.choose(there[0][0])
            self._edit_chosen()
        rows = [
            Row(
                segment_id=segment_id,
                name=name,
                colour=colour_of(segmentation, segment_id),
                is_shown=is_shown(segmentation, segment_id),
                live=self._scoring.rows.get(segment_id),
            )
            for segment_id, name in there
        ]
        self._table.show(rows, self._scoring.models if rows else (), self._scoring.chosen)
        for widget in (self._ui.scoreTable, self._ui.copyButton, self._ui.exportButton):
            widget.visible = bool(rows)
        self._ui.rowActions.visible = is_chosen and not is_of_a_study(segmentation)
        self._ui.contourButton.visible = bool(rows) and not is_of_a_study(segmentation)
        self._ui.newButton.visible = volume is not None and not is_of_a_study(volume)
        self._ui.newButton.toolTip = _("A new segmentation on this CT, with one lymph node to draw")
        self._ui.emptyLabel.text = _what_next(volume, segmentation)
        self._ui.emptyLabel.visible = not rows

    def _choose_on_image(self) -> None:
        boxes = ((self._ui.cornerBox, CORNER), (self._ui.besideBox, BESIDE))
        remember_on_image(tuple(place for box, place in boxes if box.checked))
        self._write_on_image()

    def _write_on_image(self) -> None:
        live = self._scoring.rows.get(self._scoring.chosen or "")
        if live is None or live.result is None or not self._is_shown or self._is_hidden:
            self._on_image.clear()
            return
        self._on_image.show(
            image_lines(live.result),
            self._scoring.places.get(self._scoring.chosen or ""),
            in_corner=bool(self._ui.cornerBox.checked),
            beside=bool(self._ui.besideBox.checked),
        )

    def _copy(self) -> None:
        copy_scores(self._scoring.rows.values(), self._scoring.models, self._context.status)

    def _export(self) -> None:
        export_scores(self.widget, self._scoring.rows.values(), self._scoring.models, self._context.status)


def _what_next(volume: Any, segmentation: Any) -> str:
    if volume is None:
        return _("Load a contrast CT (or File, Download Sample Data, RLNResponse); it is chosen by itself.")
    if segmentation is None:
        return _("Press New to draw a lymph node on this CT, or choose a segmentation.")
    return _("This segmentation is empty; press Add to draw a lymph node.")
