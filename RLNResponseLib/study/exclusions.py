"""Who is left out of the analysis, why, and what remains: the study's flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.records import ExclusionDecision
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The numbers of a flow chart, patients and lymph nodes.

    Attributes
    ----------
    enrolled_patients, enrolled_lymph_nodes
        In the tables.
    excluded_patients
        Reason → patients, in the order in which the reasons came up.
    excluded_lymph_nodes
        Reason → lymph nodes excluded on their own, of patients who were not.
    analysed_patients, analysed_lymph_nodes
        Those that remain; lymph nodes of patients who remain.
    all_lymph_nodes_known
        False where a patient who is left out has no lymph node in the table.

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
    """Leave a patient or one lymph node out of the analysis, or take it in again.

    Each decision is a record of its own; the last on a patient or lymph node holds, the earlier ones stay readable.

    Parameters
    ----------
    study
        Whose folder gets the record.
    patient
        Identifier in patients.csv.
    reason
        Why, on one line.
    now
        The moment, for the record and the log.
    lymph_node
        One of this patient's; None for the patient with all lymph nodes.
    excluded
        False takes in again.

    Returns
    -------
    ExclusionDecision
        The new decision.

    Raises
    ------
    DataRefusedError
        no-such-patient, no-such-lymph-node, no-reason, already-so, record-exists, cannot-write.

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
    """Every decision of a study.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of ExclusionDecision
        In order of their numbers: a clock that was wrong changes nothing. Equal numbers by time, patient, lymph node.

    """
    records = study.store.read_folder(layout.EXCLUSIONS)
    made = (record_files.decode(record, record_files.exclusion) for record in records)
    return tuple(sorted(made, key=lambda d: (d.number, d.decided_at, d.patient, d.lymph_node or "")))


def excluded_patients(study: Study) -> dict[str, str]:
    """The patients left out now.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    dict
        Patient → reason.

    """
    return _patients_of(_holding(study))


def excluded_lymph_nodes(study: Study) -> dict[str, str]:
    """The lymph nodes left out now, on their own or with their patient.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    dict
        Lymph node → reason.

    """
    holding = _holding(study)
    if not holding:
        return {}
    patients = _patients_of(holding)
    by_patient = {
        lymph_node.id: patients[lymph_node.patient]
        for lymph_node in study.lymph_nodes()
        if lymph_node.patient in patients
    }
    return {d.lymph_node: d.reason for d in holding if d.lymph_node is not None} | by_patient


def flow(study: Study) -> Flow:
    r"""Enrolled, excluded by reason, analysed: counted from the tables and the decisions.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    Flow
        All zero before the first clinical import.

    Examples
    --------
    A study of two patients, one of whom is left out:

    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from RLNResponseLib.common.table_file import parse_csv
    >>> from RLNResponseLib.study.clinical import parse_clinical
    >>> from RLNResponseLib.study.imports import import_clinical
    >>> from RLNResponseLib.study.protocol import Protocol, plan_readers
    >>> now = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
    >>> with TemporaryDirectory() as folder:
    ...     protocol = Protocol(title="Two", readers=plan_readers(["A"], []))
    ...     study = Study.create(Path(folder) / "study", protocol, now)
    ...     patients = parse_csv(b"patient\nP1\nP2\n", "patients.csv")
    ...     lymph_nodes = parse_csv(b"lymph_node,patient,image\nLN1,P1,CT1\nLN2,P2,CT2\n", "lymph_nodes.csv")
    ...     _ = import_clinical(study, parse_clinical(patients, lymph_nodes), now)
    ...     _ = exclude(study, "P2", "poor follow-up", now)
    ...     numbers = flow(study)
    >>> numbers.enrolled_patients, numbers.excluded_patients, numbers.analysed_lymph_nodes
    (2, {'poor follow-up': 1}, 1)

    """
    tables = study.clinical_tables().first_scans()
    enrolled = {patient.id for patient in tables.patients}
    holding = _holding(study)
    patients_out = {patient: reason for patient, reason in _patients_of(holding).items() if patient in enrolled}
    patients_in = enrolled - patients_out.keys()
    lymph_nodes_in = {lymph_node.id for lymph_node in tables.lymph_nodes if lymph_node.patient in patients_in}
    with_lymph_nodes = {lymph_node.patient for lymph_node in tables.lymph_nodes}
    lymph_nodes_out = {
        d.lymph_node: d.reason for d in holding if d.lymph_node is not None and d.lymph_node in lymph_nodes_in
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


def _patients_of(holding: Iterable[ExclusionDecision]) -> dict[str, str]:
    return {d.patient: d.reason for d in holding if d.lymph_node is None}


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
