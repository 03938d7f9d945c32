"""Who is left out of the analysis, why, and what remains: the study's flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.records import ExclusionDecision
from RLNResponseLib.study.study import Study


@dataclass(frozen=True)
class Flow:
    """The numbers of a flow chart, patients and lymph nodes.

    enrolled_lymph_nodes   in the table; `all_lymph_nodes_known` is False where a patient who is left out has none there
    excluded_patients      reason → patients, in the order in which the reasons came up
    excluded_lymph_nodes   reason → lymph nodes excluded on their own, of patients who were not
    analysed_lymph_nodes   those that remain, of patients who remain
    """

    enrolled_patients: int
    excluded_patients: Mapping[str, int]
    analysed_patients: int
    enrolled_lymph_nodes: int
    excluded_lymph_nodes: Mapping[str, int]
    analysed_lymph_nodes: int
    all_lymph_nodes_known: bool


def exclude(
    study: Study, patient: str, reason: str, now: Now, lymph_node: str | None = None, *, excluded: bool = True
) -> ExclusionDecision:
    """Leave a patient (or one lymph node of the patient) out of the analysis, or take it in again with `excluded=False`.

    Each decision is a record of its own; the last on a subject holds, the earlier ones stay readable. Raises
    DataRefusedError: no-such-patient, no-such-lymph-node, no-reason, already-so, record-exists, cannot-write.
    """
    _refuse_unknown(study, patient, lymph_node)
    reason = checked_reason(reason)
    before = [d for d in decisions(study) if (d.patient, d.lymph_node) == (patient, lymph_node)]
    if (bool(before) and before[-1].excluded) is excluded:
        state = "already excluded" if excluded else "not excluded"
        raise DataRefusedError(f"'{lymph_node or patient}' is {state}; nothing to decide.", "already-so")
    number = len(before) + 1
    content = {
        "kind": "exclusion",
        "patient": patient,
        "lymph_node": lymph_node,
        "excluded": excluded,
        "reason": reason,
        "decided_at": now.moment.isoformat(),
        "after_unblinding": study.unblinding() is not None,
        "number": number,
    }
    name = layout.exclusion_path(patient, lymph_node, number)
    record = study.store.commit("excluded" if excluded else "taken-in-again", name, content, now)
    return record_files.decode(record, record_files.exclusion)


def decisions(study: Study) -> tuple[ExclusionDecision, ...]:
    """Every decision, in order of time, subject and number."""
    records = study.store.read_folder(layout.EXCLUSIONS)
    found = (record_files.decode(record, record_files.exclusion) for record in records)
    return tuple(sorted(found, key=lambda d: (d.decided_at, d.patient, d.lymph_node or "", d.number)))


def excluded_patients(study: Study) -> dict[str, str]:
    """Patient → reason, of those left out now."""
    return {d.patient: d.reason for d in _holding(study) if d.lymph_node is None}


def excluded_lymph_nodes(study: Study) -> dict[str, str]:
    """Lymph node → reason, of those left out now on their own or with their patient."""
    patients = excluded_patients(study)
    by_patient = {each.id: patients[each.patient] for each in study.lymph_nodes() if each.patient in patients}
    return {d.lymph_node: d.reason for d in _holding(study) if d.lymph_node is not None} | by_patient


def flow(study: Study) -> Flow:
    """Enrolled, excluded by reason, analysed: counted from the tables and the decisions."""
    tables = study.clinical_tables()
    enrolled = {patient.id for patient in tables.patients}
    patients_out = {patient: reason for patient, reason in excluded_patients(study).items() if patient in enrolled}
    patients_in = enrolled - patients_out.keys()
    lymph_nodes_in = {each.id for each in tables.lymph_nodes if each.patient in patients_in}
    with_lymph_nodes = {each.patient for each in tables.lymph_nodes}
    lymph_nodes_out = {
        d.lymph_node: d.reason for d in _holding(study) if d.lymph_node is not None and d.lymph_node in lymph_nodes_in
    }
    return Flow(
        enrolled_patients=len(enrolled),
        excluded_patients=_counted(patients_out),
        analysed_patients=len(patients_in),
        enrolled_lymph_nodes=len(tables.lymph_nodes),
        excluded_lymph_nodes=_counted(lymph_nodes_out),
        analysed_lymph_nodes=len(lymph_nodes_in) - len(lymph_nodes_out),
        all_lymph_nodes_known=patients_out.keys() <= with_lymph_nodes,
    )


def _holding(study: Study) -> list[ExclusionDecision]:
    last: dict[tuple[str, str | None], ExclusionDecision] = {}
    for decision in decisions(study):
        subject = (decision.patient, decision.lymph_node)
        if subject not in last or last[subject].number < decision.number:
            last[subject] = decision
    return [decision for decision in last.values() if decision.excluded]


def _counted(reasons: Mapping[str, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _refuse_unknown(study: Study, patient: str, lymph_node: str | None) -> None:
    if patient not in {known.id for known in study.patients()}:
        raise DataRefusedError(
            "There is no such patient in patients.csv; check the identifier, or import the clinical tables.",
            "no-such-patient",
        )
    if lymph_node is not None and study.lymph_node(lymph_node).patient != patient:
        raise DataRefusedError(
            f"The lymph node '{lymph_node}' is not this patient's; check both.", "no-such-lymph-node"
        )
