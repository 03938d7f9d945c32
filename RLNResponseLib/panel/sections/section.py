"""What every section of the panel is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.panel.widgets.status import StatusLine


@dataclass(frozen=True)
class PanelContext:
    """The panel's surroundings.

    scene       the MRML scene
    load_ui     a widget from the name of a .ui file in Resources/UI
    status      the status line, the one place for sentences
    now         the moment, for the study's records
    seconds     a clock that does not go back, for the time spent contouring
    slicer      Slicer's version, for the record of a reading
    """

    scene: Any
    load_ui: Callable[[str], Any]
    status: StatusLine
    now: Callable[[], Now]
    seconds: Callable[[], float]
    slicer: str
