"""The panel: its sections from top to bottom, and what one tells another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from RLNResponseLib.common.clock import Now
from RLNResponseLib.panel.sections.agreement import AgreementSection
from RLNResponseLib.panel.sections.models import ModelSection
from RLNResponseLib.panel.sections.read import ReadSection
from RLNResponseLib.panel.sections.report import ReportSection
from RLNResponseLib.panel.sections.requirements import RequirementsSection
from RLNResponseLib.panel.sections.score import ScoreSection
from RLNResponseLib.panel.sections.section import PanelContext
from RLNResponseLib.panel.sections.study import ReaderSession, StudySection
from RLNResponseLib.panel.warm_up import WarmUp
from RLNResponseLib.panel.widgets.sizes import FollowHeight
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.scene.readings import ReadingNodes

MINIMUM_WIDTH = 370


class ModulePanel:
    """Builds the sections into `layout` and passes on what Slicer tells the module."""

    def __init__(
        self,
        layout: Any,
        scene: Any,
        load_ui: Callable[[str], Any],
        now: Callable[[], Now],
        seconds: Callable[[], float],
        slicer_version: str,
    ) -> None:
        label = qt.QLabel()
        label.wordWrap = True
        label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.status = StatusLine(label)
        context = PanelContext(scene, load_ui, self.status, now, seconds, slicer_version)
        self._cleanups: list[Callable[[], None]] = []
        try:
            self._build(context)
        except Exception:
            self.cleanup()
            raise
        # At the top, which is in sight when the panel opens; what is said stands in Slicer's status bar too.
        layout.addWidget(label)
        for section in (self.requirements, self.study, self.read, self.score, self.agreement, self.model, self.report):
            layout.addWidget(section.widget)
        layout.addStretch(1)
        # The sections ask for no width of their own, and Slicer's module panel is no wider than it is asked to be.
        layout.parentWidget().minimumWidth = MINIMUM_WIDTH
        self._warm_up = WarmUp(self.status.guarded)
        self._height = FollowHeight(layout.parentWidget())
        self._cleanups += [self._warm_up.stop, self._height.let_go]

    def _build(self, context: PanelContext) -> None:
        """The sections; each that stands is cleaned up again where a later one cannot be built."""
        self.score = ScoreSection(context)
        self._cleanups.append(self.score.cleanup)
        self.requirements = RequirementsSection(context, on_complete=self.score.choose)
        self._cleanups.append(self.requirements.cleanup)
        self.read = ReadSection(context, on_open=self._opened, on_close=self._closed, on_progress=self._progressed)
        self._cleanups.append(self.read.cleanup)
        self.study = StudySection(context, on_session=self._session_changed)
        self.agreement = AgreementSection(context, lambda: self.study.study)
        self._cleanups.append(self.agreement.cleanup)
        self.model = ModelSection(context, lambda: self.study.study)
        self._cleanups.append(self.model.cleanup)
        self.report = ReportSection(context, lambda: self.study.study)
        self._cleanups.append(self.report.cleanup)

    def enter(self) -> None:
        """The module is shown."""
        self._each(self.requirements.refresh, self.read.enter, self.score.enter, self._warm_up.start)

    def exit(self) -> None:
        """Another module is shown, or Slicer quits."""
        self._each(self._warm_up.stop, self.score.exit, self.read.exit)

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self._each(self.score.scene_closing, self.read.scene_closing)

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied."""
        self._each(lambda: self.read.scene_closed(is_entered), self.score.choose)

    def cleanup(self) -> None:
        """The panel goes; drafts are kept, nothing of ours stays behind."""
        self._each(*reversed(self._cleanups))

    def _session_changed(self, seat: ReaderSession | None) -> None:
        self.read.open_session(seat)
        self.agreement.refresh()
        self.model.refresh()
        self.report.refresh()

    def _opened(self, nodes: ReadingNodes | None) -> None:
        if nodes is None:
            self.score.hide_scores()
        else:
            self.score.show(nodes)

    def _closed(self) -> None:
        self.score.show_scores()

    def _progressed(self) -> None:
        self.study.show_progress()

    def _each(self, *steps: Callable[[], Any]) -> None:
        """Every step, each with its own refusal: one that fails must not keep the next from being done."""
        for step in steps:
            self.status.guarded(step)()
