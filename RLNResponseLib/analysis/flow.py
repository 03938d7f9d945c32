"""The flow of exclusions: who was enrolled, who was left out and why, who is analysed. Counted from the study, never
typed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.exclusions import Flow, excluded_lymph_nodes, excluded_patients, flow
from RLNResponseLib.study.records import FIRST_ROUND
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


def analysed_flow(study: Study, sets: Mapping[str, str], cases: Table) -> tuple[FlowStep, ...]:
    """The steps of a study down to the lymph nodes that its analysis takes: no other number is called analysed.

    Parameters
    ----------
    study
        The opened study folder, unblinded.
    sets
        Patient → "training" or "validation".
    cases
        One row a lymph node that is analysed.

    Returns
    -------
    tuple of FlowStep
        As `study_flow`; before the last step also who is left out because of no set, no first contour, no features, and
        which patients no lymph node is left of.
    """
    *before, _ = flow_steps(flow(study))
    patients = {row["patient"] for row in cases.rows}
    last = FlowStep(label="analysed", kind="remaining", patients=len(patients), lymph_nodes=len(cases.rows))
    return (*before, *_left_out_by_analysis(study, sets, cases), last)


def _left_out_by_analysis(study: Study, sets: Mapping[str, str], cases: Table) -> Iterator[FlowStep]:
    lymph_nodes_out = excluded_lymph_nodes(study)
    remaining = {patient.id for patient in study.patients()} - excluded_patients(study).keys()
    lymph_nodes = [
        ln for ln in study.outcomes().lymph_nodes if ln.id not in lymph_nodes_out and ln.patient in remaining
    ]
    setless = remaining - sets.keys()
    if setless:
        yield FlowStep(
            label="in no set when patients were split (results/split.csv)",
            kind="left out",
            patients=len(setless),
            lymph_nodes=sum(ln.patient in setless for ln in lymph_nodes),
        )
    reader = study.protocol.readers[0].code
    keys = (reading.key for reading in study.current_readings())
    read = {key.lymph_node for key in keys if (key.reader, key.round) == (reader, FIRST_ROUND)}
    analysed = {row["lymph_node"] for row in cases.rows}
    lacking = [ln.id for ln in lymph_nodes if ln.patient in sets and ln.id not in analysed]
    unread = sum(name not in read for name in lacking)
    for count, label in (
        (unread, f"no first contour of reader {reader}"),
        (len(lacking) - unread, f"no features of the first contour of reader {reader}"),
    ):
        if count:
            yield FlowStep(label=label, kind="left out", patients=None, lymph_nodes=count)
    bare = remaining - setless - {row["patient"] for row in cases.rows}
    if bare:
        yield FlowStep(label="of whom no lymph node is left", kind="left out", patients=len(bare), lymph_nodes=None)
