"""What a section of the panel is: what the module needs of it, what it is given, and how sections hear of one another.

To add a section: a file here with a class that derives from `BaseSection`, its form in RLNResponse/Resources/UI, and a
line in the tuple SECTIONS of `panel/module_panel.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.widgets.plot_place import PlotPlace
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.study import Study

# The doors of the panel, in their order: behind which of them a section is; "" is behind both.
ONE_PATIENT, READER_STUDY = "patient", "study"
DOORS = (ONE_PATIENT, READER_STUDY)


@dataclass(frozen=True)
class ReaderSession:
    """Who reads here: the reader's own view of the opened study, and the round.

    Attributes
    ----------
    study
        The opened study.
    view
        What this reader may see and do in it.
    round
        1 the first reading, 2 the repeat.

    """

    study: Study
    view: ReaderView
    round: int


class Signal:
    """Something that sections tell one another: every listener is called in the order in which it was connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> None:
        """Call `listener` with the signal's arguments each time."""
        self._listeners.append(listener)

    def emit(self, *arguments: Any) -> None:
        """Call every listener; one that fails keeps no other from its turn; the first error is raised last."""
        errors = []
        for listener in self._listeners:
            try:
                listener(*arguments)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]


@dataclass(frozen=True, kw_only=True)
class PanelSignals:
    """What happens in one section and matters to others.

    Attributes
    ----------
    session_changed
        Another study, reader or round, or something of the study was changed: (study or None, ReaderSession or None).
        Every section's `refresh` listens.
    reading_opened
        A reading came into the scene: (its ReadingNodes, or None for a blinded one, whose score nobody may see).
    reading_closed
        Nothing of the study is in the scene any more: ().
    readings_changed
        A reading was locked, or a correction of one begun: ().
    door_opened
        A door of the panel was opened: (its name).
    software_installed
        What was lacking for a purpose is there now: ().

    """

    session_changed: Signal = field(default_factory=Signal)
    reading_opened: Signal = field(default_factory=Signal)
    reading_closed: Signal = field(default_factory=Signal)
    readings_changed: Signal = field(default_factory=Signal)
    door_opened: Signal = field(default_factory=Signal)
    software_installed: Signal = field(default_factory=Signal)


@dataclass(frozen=True, kw_only=True)
class PanelContext:
    """What every section is given: the panel's surroundings.

    Attributes
    ----------
    scene
        The MRML scene.
    load_ui
        A widget from the name of a .ui file in Resources/UI.
    status
        The status line, the one place for sentences.
    now
        The moment, for the study's records.
    seconds
        A clock that does not go back, for the time spent contouring.
    slicer
        Slicer's version, for the record of a reading.
    plots
        Where the plots of all sections are shown.
    signals
        What sections tell one another.

    """

    scene: Any
    load_ui: Callable[[str], Any]
    status: StatusLine
    now: Callable[[], Now]
    seconds: Callable[[], float]
    slicer: str
    plots: PlotPlace
    signals: PanelSignals = field(default_factory=PanelSignals)


class PanelSection(Protocol):
    """What the module needs of a section, and no more. A section derives from `BaseSection`."""

    door: str

    @property
    def widget(self) -> Any:
        """The section's form, a QWidget that the module puts into the panel; it shows it where it can be used."""

    @property
    def is_busy(self) -> bool:
        """Whether a command of it runs or a reading is open in it."""

    def refresh(self, study: Study | None, session: ReaderSession | None) -> None:
        """Another study, reader or round, or the study was changed: show it. None where there is none."""

    def enter(self) -> None:
        """The section's door is opened, or the module shown with it open."""

    def exit(self) -> None:
        """The other door is opened, another module is shown, or Slicer quits."""

    def scene_closing(self) -> None:
        """The scene is about to be emptied: let go of its nodes."""

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied, while the section is entered or not."""

    def cleanup(self) -> None:
        """The panel goes: nothing of the section may stay behind."""


class BaseSection:
    """A section that has nothing to do at any event; each one derives from it and overrides what it needs.

    Parameters
    ----------
    context
        The panel's surroundings.
    form
        The name of the section's form in Resources/UI, without ".ui".

    Attributes
    ----------
    door
        Which door it is behind: ONE_PATIENT, READER_STUDY, or "" for both.

    """

    door = READER_STUDY

    def __init__(self, context: PanelContext, form: str) -> None:
        self._context = context
        self.widget: Any = context.load_ui(form)
        self._ui = slicer.util.childWidgetVariables(self.widget)

    @property
    def is_busy(self) -> bool:
        """Nothing runs."""
        return False

    def refresh(self, study: Study | None, session: ReaderSession | None) -> None:
        """Nothing of the study is shown."""

    def enter(self) -> None:
        """Nothing to begin."""

    def exit(self) -> None:
        """Nothing to stop."""

    def scene_closing(self) -> None:
        """No node is held."""

    def scene_closed(self, is_entered: bool) -> None:
        """Nothing to show anew."""

    def cleanup(self) -> None:
        """Nothing to let go of."""


class StudyCommandSection(BaseSection):
    """A section that runs commands of the library on an unblinded study and shows what they printed and wrote.

    It is there once a study is unblinded. What it offers first is shown by `show_study`, and whether its results are
    there is told by `has_results`, which the section's class defines.

    Parameters
    ----------
    context
        The panel's surroundings.
    form
        The name of the section's form, without ".ui".

    """

    # Made by the section's class, which knows its bar and buttons.
    _command: BackgroundCommand

    def __init__(self, context: PanelContext, form: str) -> None:
        super().__init__(context, form)
        self._study: Study | None = None
        self._title = str(self.widget.text)

    @property
    def is_busy(self) -> bool:
        """Whether a command runs."""
        return self._command.is_running

    def refresh(self, study: Study | None, session: ReaderSession | None) -> None:
        """Another study is open, or it was unblinded: show what was computed of it before."""
        self._study = study
        try:
            self.show_study()
        finally:
            self.show_state()

    def show_state(self) -> None:
        """Be there or not, and say in the heading whether the results are."""
        # A command of the study before can still be cancelled.
        self.widget.visible = self._unblinded_study is not None or self.is_busy
        self.widget.text = f"{self._title} ✓" if self.has_results else self._title

    @property
    def has_results(self) -> bool:
        """Whether what the section computes lies in the opened study's folder."""
        return False

    def show_study(self) -> None:
        """Show what was computed of the opened study before."""
        raise NotImplementedError

    def cleanup(self) -> None:
        """The panel goes, and the command with it."""
        self._command.cleanup()

    @property
    def _unblinded_study(self) -> Study | None:
        """The opened study where its results may be seen."""
        return None if self._study is None or self._study.unblinding() is None else self._study

    @property
    def _results(self) -> Path | None:
        """The folder of the results of the opened study, where they may be seen."""
        return None if self._unblinded_study is None else self._unblinded_study.folder / "results"

    def _opened(self) -> Study:
        return opened(self._study)


def opened(study: Study | None) -> Study:
    """The study, or the refusal of what needs one.

    Parameters
    ----------
    study
        The opened study, None where none is open.

    Returns
    -------
    Study
        The same study.

    Raises
    ------
    DataRefusedError
        no-study.

    """
    if study is None:
        raise DataRefusedError(_("Open a study first."), "no-study")
    return study
