"""What the tour of each door shows, in its order; what is not to be seen at the moment is passed over."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.panel.sections.section import ONE_PATIENT, READER_STUDY
from RLNResponseLib.panel.tour import TourStep


def tour_steps(panel: Any, door: str) -> tuple[TourStep, ...]:
    """The steps of a door's tour.

    Parameters
    ----------
    panel
        The module's panel.
    door
        ONE_PATIENT or READER_STUDY.

    Returns
    -------
    tuple of TourStep

    """
    first = {
        ONE_PATIENT: _("One patient is for a CT of your own: contour its lymph nodes and see their scores."),
        READER_STUDY: _("Reader study is for blinded, repeated readings of many lymph nodes, and their analysis."),
    }
    steps = _patient_steps(panel.score._ui) if door == ONE_PATIENT else _study_steps(panel.study._ui, panel.read._ui)
    return (
        TourStep(panel.doors.buttons[door], first[door]),
        *steps,
        TourStep(panel.doors.tour_button, _("This shows the tour again. A ? beside a number says what it means.")),
    )


def _patient_steps(ui: Any) -> tuple[TourStep, ...]:
    return (
        TourStep(ui.ctSelector, _("The CT: the one in the views is chosen by itself.")),
        TourStep(ui.segmentationSelector, _("Its lymph nodes are the segments of this segmentation; New makes one.")),
        TourStep(ui.emptyLabel, _("What to do next stands here.")),
        TourStep(ui.scoreTable, _("Each lymph node with both scores; choose a row, and the views go there.")),
        TourStep(ui.contourButton, _("Unfold this to paint; the scores follow each stroke.")),
    )


def _study_steps(study: Any, read: Any) -> tuple[TourStep, ...]:
    return (
        TourStep(study.folderEdit, _("A study is a folder. Name it, and press Open study.")),
        TourStep(study.coordinatorButton, _("Making a study, imports, exclusions and unblinding have a window here.")),
        TourStep(study.readerBox, _("Say who you are: you see your own list, and nobody else's contours.")),
        TourStep(read.nextButton, _("The next lymph node on your list opens with this button.")),
        TourStep(read.worklistTable, _("Your list, and what is left of it.")),
    )
