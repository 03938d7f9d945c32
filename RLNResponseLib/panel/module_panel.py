"""The panel: its two doors, the sections behind each from top to bottom, and Slicer's events handed to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from RLNResponseLib.common.clock import Now
from RLNResponseLib.panel.doors import Doors, StudySteps
from RLNResponseLib.panel.remembered import remember_door, remembered_door
from RLNResponseLib.panel.sections.agreement import AgreementSection
from RLNResponseLib.panel.sections.disagreement import DisagreementSection
from RLNResponseLib.panel.sections.models import ModelSection
from RLNResponseLib.panel.sections.read import ReadSection
from RLNResponseLib.panel.sections.report import ReportSection
from RLNResponseLib.panel.sections.requirements import RequirementsSection
from RLNResponseLib.panel.sections.score import ScoreSection
from RLNResponseLib.panel.sections.section import DOORS, READER_STUDY, PanelContext, PanelSection
from RLNResponseLib.panel.sections.study import StudySection
from RLNResponseLib.panel.tour import Tour
from RLNResponseLib.panel.tour_steps import tour_steps
from RLNResponseLib.panel.warm_up import WarmUp
from RLNResponseLib.panel.widgets.events import OnEvents
from RLNResponseLib.panel.widgets.plot_place import PlotPlace
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.scene.reading_nodes import ReadingNodes

# From top to bottom; the name is the panel's attribute (`panel.score`), its door stands in the section's class.
SECTIONS: tuple[tuple[str, Callable[[PanelContext], PanelSection]], ...] = (
    ("score", ScoreSection),
    ("study", StudySection),
    ("read", ReadSection),
    ("agreement", AgreementSection),
    ("disagreement", DisagreementSection),
    ("model", ModelSection),
    ("report", ReportSection),
    ("requirements", RequirementsSection),
)
# Of the narrowest module panel that people were seen to have, 350 px: Slicer adds what a horizontal scroll bar would
# like to be wide, 55 px, although it shows none.
MINIMUM_WIDTH = 295
_INDENT = 4


class ModulePanel:
    """Builds the doors and the sections behind them into `layout`, and hands Slicer's events to the sections.

    A section is entered while the module is shown and its door open. What begins (enter, scene closed) goes from the
    first section to the last, what ends (exit, scene closing, cleanup) from the last to the first. A section that
    refuses says so in the status line and keeps no other from its turn.

    Parameters
    ----------
    layout
        The layout of the module's widget.
    scene
        The MRML scene.
    load_ui
        A widget from the name of a .ui file in Resources/UI.
    now
        The moment, for the study's records.
    seconds
        A clock that does not go back.
    slicer_version
        For the record of a reading.

    """

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
        label.indent = _INDENT
        label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.status = StatusLine(label)
        self._sections: list[PanelSection] = []
        self._door = ""
        self._is_entered = False
        self._plots = PlotPlace(scene, self.status)
        self._context = PanelContext(
            scene=scene,
            load_ui=load_ui,
            status=self.status,
            now=now,
            seconds=seconds,
            slicer=slicer_version,
            plots=self._plots,
        )
        signals = self._context.signals
        signals.reading_opened.connect(self._reading_opened)
        try:
            self._build(layout, label)
        except Exception:
            # The sections that stand let go of the scene again.
            self._each(*(section.cleanup for section in reversed(self._sections)), self._plots.cleanup)
            raise

    def _build(self, layout: Any, label: Any) -> None:
        signals = self._context.signals
        for name, section_class in SECTIONS:
            section = section_class(self._context)
            self._sections.append(section)
            setattr(self, name, section)
            signals.session_changed.connect(section.refresh)
        names = [name for name, _section_class in SECTIONS]
        self._steps = StudySteps(dict(zip(names, self._sections, strict=True)))
        signals.session_changed.connect(self._steps.follow)
        # After the sections: a door is open again once nothing is in the scene.
        signals.reading_closed.connect(self._reading_closed)
        # At the top, which is in sight when the panel opens; what is said stands in Slicer's status bar too.
        layout.addWidget(label)
        self.tour = Tour(layout, self.status, lambda door: tour_steps(self, door))
        self.doors = Doors(layout, self.status.guarded(self.show_door), self.status.guarded(self.show_tour))
        for section in self._sections:
            if section.door:
                self.doors.add(section.door, section.widget)
            else:
                layout.addWidget(section.widget)
        layout.addStretch(1)
        # The sections ask for no width of their own, and Slicer's module panel is no wider than it is asked to be.
        layout.parentWidget().minimumWidth = MINIMUM_WIDTH
        self._warm_up = WarmUp(self.status.guarded)
        self._steps.follow(None, None)
        self._open(remembered_door(DOORS))
        # Last: it would stay with the module's widget where anything above fails.
        self._height = follow_height(layout.parentWidget())

    def show_door(self, door: str) -> None:
        """Open a door; what is behind the other rests. It is the first one the next time.

        Parameters
        ----------
        door
            ONE_PATIENT or READER_STUDY; the first stays shut while a blinded reading is open.

        """
        if self.doors.is_patient_shut:
            door = READER_STUDY
        if door != self._door:
            if self._is_entered:
                self._each(*(section.exit for section in reversed(self._behind(self._door)) if section.door))
            self._open(door)
            remember_door(door)
            self.status.say("")
            if self._is_entered:
                self._each(*(section.enter for section in self._behind(door) if section.door))
        self.doors.show(door)
        if self._is_entered and not self.tour.is_shown_of(door):
            self.tour.offer(door)

    def show_tour(self) -> None:
        """The tour of the open door again."""
        self.tour.begin(self._door)

    def _open(self, door: str) -> None:
        self._door = door
        self.doors.show(door)
        self._context.signals.door_opened.emit(door)

    def _behind(self, door: str) -> list[PanelSection]:
        return [section for section in self._sections if section.door in ("", door)]

    def _reading_opened(self, nodes: ReadingNodes | None) -> None:
        """While a reading is blinded, nobody comes to the scores."""
        self.doors.shut_patient(nodes is None)
        self.tour.bar(nodes is None)
        if nodes is None:
            self.show_door(READER_STUDY)

    def _reading_closed(self) -> None:
        self.doors.shut_patient(False)
        self.tour.bar(False)

    @property
    def is_busy(self) -> bool:
        """Whether a command of a section runs or a reading is open."""
        return any(section.is_busy for section in self._sections)

    def enter(self) -> None:
        """The module is shown."""
        self._is_entered = True
        self._each(*(section.enter for section in self._behind(self._door)), self._warm_up.start)
        self.tour.offer(self._door)

    def exit(self) -> None:
        """Another module is shown, or Slicer quits."""
        self._is_entered = False
        self.tour.close()
        self._each(self._warm_up.stop, *(section.exit for section in reversed(self._behind(self._door))))

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self._each(*(section.scene_closing for section in reversed(self._sections)))

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied, while the module is shown or not."""
        for section in self._sections:
            self.status.guarded(section.scene_closed)(is_entered and section.door in ("", self._door))

    def cleanup(self) -> None:
        """The panel goes; drafts are kept, nothing of ours stays behind."""
        self._each(
            self._height.let_go,
            self.tour.let_go,
            self._warm_up.stop,
            *(section.cleanup for section in reversed(self._sections)),
            self._plots.cleanup,
        )

    def _each(self, *steps: Callable[[], Any]) -> None:
        """Every step, each with its own refusal."""
        for step in steps:
            self.status.guarded(step)()


def follow_height(widget: Any) -> OnEvents:
    """Keep a widget's minimum height at what its layout needs for its width.

    When a module is left, Slicer takes its layout item out of the module panel without deleting it; from then on Qt
    asks the deleted entry how high wrapped text is, and widgets are painted over each other until the panel is resized.

    Parameters
    ----------
    widget
        The module's widget.

    Returns
    -------
    OnEvents
        To be kept.

    """

    def follow() -> None:
        widget.minimumHeight = max(widget.layout().heightForWidth(widget.width), 0)

    return OnEvents(widget, (qt.QEvent.LayoutRequest, qt.QEvent.Resize), follow)
