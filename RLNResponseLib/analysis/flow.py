"""The flow of exclusions: who was enrolled, who was left out and why, who is analysed. Counted from the study, never
typed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.exclusions import Flow, flow
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class FlowStep:
    """One box of the flow chart.

    Attributes
    ----------
    label
        What happened, in words.
    kind
        "remaining", or "left out" for a box beside the stream.
    patients, lymph_nodes
        How many; None where the step does not have the number.
    """

    label: str
    kind: str
    patients: int | None
    lymph_nodes: int | None

    @property
    def is_out(self) -> bool:
        """Whether it stands beside the stream."""
        return self.kind == "left out"

    def words(self) -> str:
        """The step in words: "85 patients, 129 lymph nodes enrolled"."""
        numbers = ((self.patients, "patient"), (self.lymph_nodes, "lymph node"))
        how_many = ", ".join(counted(number, what) for number, what in numbers if number is not None)
        return f"left out: {how_many}, {self.label}" if self.is_out else f"{how_many} {self.label}"


def study_flow(study: Study) -> tuple[FlowStep, ...]:
    """The steps of a study, from its tables and exclusions as they are now.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    tuple of FlowStep
    """
    return flow_steps(flow(study))


def flow_steps(numbers: Flow) -> tuple[FlowStep, ...]:
    """Enrolled; left out by reason, patients before single lymph nodes; analysed.

    How many lymph nodes were enrolled is not known where the table has none of a patient who was left out.

    Parameters
    ----------
    numbers
        How many are left after each exclusion.

    Returns
    -------
    tuple of FlowStep
    """
    enrolled = numbers.enrolled_lymph_nodes if numbers.all_lymph_nodes_known else None
    patients_out = (
        FlowStep(label=reason, kind="left out", patients=patients, lymph_nodes=None)
        for reason, patients in numbers.excluded_patients.items()
    )
    lymph_nodes_out = (
        FlowStep(label=reason, kind="left out", patients=None, lymph_nodes=lymph_nodes)
        for reason, lymph_nodes in numbers.excluded_lymph_nodes.items()
    )
    return (
        FlowStep(label="enrolled", kind="remaining", patients=numbers.enrolled_patients, lymph_nodes=enrolled),
        *patients_out,
        *lymph_nodes_out,
        FlowStep(
            label="analysed",
            kind="remaining",
            patients=numbers.analysed_patients,
            lymph_nodes=numbers.analysed_lymph_nodes,
        ),
    )
