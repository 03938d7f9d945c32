"""Writing simulated patients and readings into a study folder, by the functions that real ones go through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from RLNResponseLib.clock import Now
from RLNResponseLib.demo.cohort_plan import PREFIX, PlannedPatient
from RLNResponseLib.demo.cohort_readings import READER_1, READER_2, ReadPatient
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd_writer import write_seg_nrrd
from RLNResponseLib.imaging.stored_ct import write_stored_ct
from RLNResponseLib.software import current_software
from RLNResponseLib.study.clinical import ClinicalTables
from RLNResponseLib.study.contouring import lock, study_ct
from RLNResponseLib.study.deidentify import bare_image, kept_acquisition
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import WASHOUT_DAYS, Protocol, plan_readers
from RLNResponseLib.study.records import (
    REPEAT_ROUND,
    LymphNode,
    LymphNodeOutcome,
    Patient,
    PatientOutcome,
    ReadingKey,
)
from RLNResponseLib.study.states import open_reading, save_draft
from RLNResponseLib.study.study import Study

TITLE = "SIMULATED cohort of the size of Gu et al. 2021 (phantom CT, no patients)"
SOURCE = "simulated reader, no person"


def create_study(folder: Path, seed: int, now: Now) -> Study:
    """An empty study with the paper's two readers, of whom the first reads twice; its logs are named "simulated"."""
    readers = plan_readers([READER_1.code, READER_2.code], [READER_1.code])
    return Study.create(folder, Protocol(TITLE, readers, WASHOUT_DAYS, seed=seed), now, workstation=PREFIX)


def enrol(study: Study, patients: Sequence[Patient], lymph_nodes: Sequence[LymphNode], now: Now) -> None:
    """Import the clinical tables as they are before treatment: no outcome is known."""
    unknown = tuple(PatientOutcome(patient.id) for patient in patients)
    open_outcomes = tuple(LymphNodeOutcome(lymph_node.id) for lymph_node in lymph_nodes)
    import_clinical(study, ClinicalTables(tuple(patients), unknown, tuple(lymph_nodes), open_outcomes), now)


def add_outcomes(
    study: Study, patients: Sequence[PatientOutcome], lymph_nodes: Sequence[LymphNodeOutcome], now: Now
) -> None:
    """Import the clinical tables again, now with the outcomes; patients without one keep theirs unknown."""
    tables = study.clinical_tables()
    known: Mapping[str, PatientOutcome] = {outcome.patient: outcome for outcome in patients}
    outcomes = tuple(known.get(patient.id, PatientOutcome(patient.id)) for patient in tables.patients)
    import_clinical(study, ClinicalTables(tables.patients, outcomes, tables.lymph_nodes, tuple(lymph_nodes)), now)


def add_patient(study: Study, plan: PlannedPatient, read: ReadPatient, now: Now) -> dict[ReadingKey, Contour]:
    """Store the CT and lock the first readings; returns the repeats, whose washout has yet to pass."""
    bare = bare_image(read.ct.image)
    add_image(
        study,
        plan.image,
        plan.id,
        lambda path: write_stored_ct(path, bare),
        asdict(kept_acquisition(read.ct.acquisition)),
        (),
        current_software().as_json(),
        now,
    )
    repeats = {key: contour for key, contour in read.contours.items() if key.round == REPEAT_ROUND}
    lock_readings(study, {key: read.contours[key] for key in read.contours.keys() - repeats.keys()}, read.ct, now)
    return repeats


def lock_readings(study: Study, contours: Mapping[ReadingKey, Contour], ct: CTImage, now: Now) -> None:
    """Open each reading, keep its contour as the draft, check it and lock it."""
    for key, contour in sorted(contours.items()):
        _lock_reading(study, key, contour, ct, now)


def _lock_reading(study: Study, key: ReadingKey, contour: Contour, ct: CTImage, now: Now) -> None:
    open_reading(study, key, now)
    save_draft(
        study,
        key,
        lambda path: write_seg_nrrd(path, contour, ct),
        minutes=None,
        source=SOURCE,
        software=current_software().as_json(),
    )
    lock(study, key, now)


def lock_repeats(study: Study, plan: PlannedPatient, repeats: Mapping[ReadingKey, Contour], now: Now) -> None:
    """Lock the repeats of a patient on the CT that the study stores."""
    lock_readings(study, repeats, study_ct(study, plan.image), now)
