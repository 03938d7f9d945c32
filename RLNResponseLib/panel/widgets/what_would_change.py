"""What would change the chosen lymph node's group: asked for by a button, computed a redrawn contour at a time between
two events, and given up at the next stroke.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.counterfactual import Counterfactual, counterfactual_steps
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.panel.widgets.events import is_mouse_pressed
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.sight import bring_into_sight
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer
from RLNResponseLib.report.text.counterfactual import counterfactual_sentences
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.scene.boundary_effect import hide_boundary_effect, show_boundary_effect
from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.segmentations import EDITS

# The editor has rested that long: the scores stand, and redrawn contours have begun.
REST_MS = 900

Scored = tuple[CTImage, Contour, LesionResult]


class WhatWouldChange:
    """A button and what it found.

    Parameters
    ----------
    layout
        Where they are put.
    scene
        The MRML scene.
    status
        The status line.

    Attributes
    ----------
    button
        Down while what would change the group is to be known.
    label
        What was found, in sentences.
    box
        Of which score the boundary is coloured.

    """

    def __init__(self, layout: Any, scene: Any, status: StatusLine) -> None:
        self._scene = scene
        self._status = status
        self._observers = SceneObservers()
        self._scored: Scored | None = None
        self._nodes: tuple[Any, Any] | None = None
        self._found: tuple[Counterfactual, ...] = ()
        self._sentences: list[str] = []
        self._work: Generator[None, None, tuple[Counterfactual, ...]] | None = None
        self.button = qt.QPushButton(_("What would change the group"))
        self.button.checkable = True
        self.button.toolTip = _(
            "The least redrawing that would change it, and the boundary coloured by what moving it there does"
        )
        self.label = qt.QLabel()
        self.label.wordWrap = True
        self.label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.box = qt.QComboBox()
        self.box.toolTip = _("Of which score the boundary is coloured")
        for widget in (self.button, self.label, self.box):
            layout.addWidget(widget)
        self._question = QuestionMark("what-would-change-the-group", "volume").beside(self.label)
        self._rest = timer(REST_MS, status.guarded(self._begin))
        self._step = timer(0, status.guarded(self._next), repeated=True)
        self._found_soon = timer(0, status.guarded(lambda: bring_into_sight(self.label)))
        self.button.connect("toggled(bool)", status.guarded(self._toggled))
        self.box.connect("currentIndexChanged(int)", status.guarded(self._colour))
        self.follow(None, None)

    @property
    def is_working(self) -> bool:
        """Whether it computes, or is about to."""
        return self._work is not None or bool(self._rest.active)

    def follow(self, nodes: tuple[Any, Any] | None, scored: Scored | None) -> None:
        """The chosen lymph node was scored, or there is none.

        Parameters
        ----------
        nodes
            The CT's volume node and the segmentation, None where none are chosen.
        scored
            The CT, the contour and its result; None where there is no score, and while none may be seen.

        """
        is_same = scored is not None and self._scored is not None and scored[1] is self._scored[1]
        if not is_same:
            self._give_up()
        self._scored, self._nodes = scored, nodes
        self.button.visible = scored is not None
        if scored is not None and self.button.checked and not is_same:
            self._rest.start()

    def let_go(self) -> None:
        """Compute nothing and leave nothing in the scene."""
        self._give_up()
        self._scored = self._nodes = None
        self.button.visible = False

    def _toggled(self) -> None:
        self._give_up()
        if self.button.checked:
            self._begin()

    def _give_up(self) -> None:
        """A stroke, another lymph node, or the button is up: what was said holds no longer."""
        self._rest.stop()
        self._step.stop()
        self._found_soon.stop()
        if self._work is not None:
            self._work.close()
        self._work = None
        self._found = ()
        self._observers.remove_all()
        self.label.text = ""
        self.label.visible = self.box.visible = False
        hide_boundary_effect(self._scene)

    def _edited(self) -> None:
        self._give_up()
        # Whatever is scored next is another contour, or this one again.
        self._scored = None

    def _begin(self) -> None:
        if self._scored is None or self._nodes is None:
            return
        if self._work is not None:
            self._step.start()
            return
        ct, contour, result = self._scored
        edited = self._status.guarded(self._edited)
        for name in EDITS:
            self._observers.add(self._nodes[1], getattr(slicer.vtkSegmentation, name), edited)
        self._work = counterfactual_steps(result, ct, contour)
        self.label.text = _("Trying redrawn contours …")
        self.label.visible = True
        self._step.start()

    def _next(self) -> None:
        if self._work is None:
            return
        if is_mouse_pressed():
            self._step.stop()
            self._rest.start()
            return
        try:
            next(self._work)
        except StopIteration as end:
            self._step.stop()
            self._work = None
            self._show(end.value)
        except DataRefusedError as refused:
            self._give_up()
            self.label.text = str(refused)
            self.label.visible = True

    def _show(self, found: tuple[Counterfactual, ...]) -> None:
        assert self._scored is not None
        scores = self._scored[2].scores
        sentences = [
            words
            for score, each in zip(scores, found, strict=True)
            for words in texts(counterfactual_sentences(score, each))
        ]
        self._sentences = sentences
        self.label.text = "\n".join(sentences)
        self._found = tuple(each for each in found if each.withheld is None)
        titles = {score.model.id: score.model.title for score in scores}
        blocked = self.box.blockSignals(True)
        self.box.clear()
        for each in self._found:
            self.box.addItem(_("Boundary coloured by {score}").format(score=titles[each.model]))
        self.box.blockSignals(blocked)
        self.box.visible = len(self._found) > 1
        self._colour()
        # Once the label has its new height.
        self._found_soon.start()

    def _colour(self) -> None:
        index = self.box.currentIndex
        if self._scored is None or self._nodes is None or not 0 <= index < len(self._found):
            return
        ct, contour, result = self._scored
        show_boundary_effect(self._scene, self._nodes[0], ct, contour, self._found[index])
        legend = _("Boundary: blue where moving it outwards raises {score}, orange where it lowers it; white, neither.")
        title = next(score.model.title for score in result.scores if score.model.id == self._found[index].model)
        self.label.text = "\n".join([*self._sentences, legend.format(score=title)])
