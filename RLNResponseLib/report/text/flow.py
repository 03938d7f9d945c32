"""The flow of patients as text and as CSV."""

from __future__ import annotations

from RLNResponseLib.analysis.flow import FlowStep
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import text_of_lines


def flow_text(steps: tuple[FlowStep, ...]) -> str:
    """A line a step: "85 patients, 129 lymph nodes enrolled".

    Parameters
    ----------
    steps
        The steps of the flow, in order.

    Returns
    -------
    str
    """
    lines = (f"{'  ' if step.is_out else ''}{step.words()}" for step in steps)
    return text_of_lines([*lines, RESEARCH_USE_ONLY])


def flow_csv(steps: tuple[FlowStep, ...], title: str) -> str:
    """The steps as CSV: step, kind, patients, lymph_nodes; the study's title and the notice are the last rows.

    Parameters
    ----------
    steps
        The steps of the flow, in order.
    title
        What it is of, as the reader sees it.

    Returns
    -------
    str
    """
    rows = (
        {"step": step.label, "kind": step.kind, "patients": step.patients, "lymph_nodes": step.lymph_nodes}
        for step in steps
    )
    notes = ({"step": note, "kind": None, "patients": None, "lymph_nodes": None} for note in (title, RESEARCH_USE_ONLY))
    return csv_text(("step", "kind", "patients", "lymph_nodes"), (*rows, *notes))
