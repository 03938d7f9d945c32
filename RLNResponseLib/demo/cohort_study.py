"""Writing simulated patients, their CT, contours and outcomes into a study folder, by the functions that real ones go
through.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.software import current_software
from RLNResponseLib.demo.cohort_patients import PREFIX, PlannedPatient, simulated_lymph_nodes
from RLNResponseLib.demo.phantom import SPACING_MM, LymphNodeSpec, make_phantom
from RLNResponseLib.demo.readers import ReaderModel, draw
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.stored import write_stored_ct
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.study.clinical import ClinicalTables
from RLNResponseLib.study.contouring import lock, study_ct
from RLNResponseLib.study.deidentify import bare_image, kept_acquisition
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.patients import LymphNode, LymphNodeOutcome, Patient, PatientOutcome
from RLNResponseLib.study.protocol import WASHOUT_DAYS, Protocol, plan_readers
from RLNResponseLib.study.readings import open_reading
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, ReadingKey
from RLNResponseLib.study.study import Study

# 131 × 131 × 140 mm: the mediastinum and the root of the neck, where the lymph nodes lie.
CT_SIZE = (192, 192, 56)
# Steadier than the phantom's default readers, and both a little inside the border: the lymph nodes are smaller, and fat
# at the rim would drown their texture. Dice is about 0.93 with oneself and 0.89 with the other.
READER_1 = ReaderModel(code="A", bias_mm=-0.45, error_sd_mm=0.4, repeat_sd_mm=0.35)
READER_2 = ReaderModel(code="B", bias_mm=-0.4, error_sd_mm=0.45, repeat_sd_mm=0.4)
READINGS = ((READER_1, FIRST_ROUND), (READER_2, FIRST_ROUND), (READER_1, REPEAT_ROUND))


@dataclass(frozen=True)
class ReadPatient:
    """What is made of one planned patient.

    Attributes
    ----------
    ct
        With all lymph nodes of the patient.
    contours
        The three readings of every lymph node.
    scores
        Lymph node → (Rad-score, Rad-score-2-year) of reader 1's first contour.
    """

    ct: CTImage
    contours: Mapping[ReadingKey, Contour]
    scores: Mapping[str, tuple[float, float]]


def planned_lymph_nodes(plan: PlannedPatient, seed: int) -> tuple[LymphNode, ...]:
    """The lymph nodes of a patient as the study's table has them.

    Parameters
    ----------
    plan
        What was drawn for the patient before anything is simulated.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple of LymphNode
    """
    specs = _specs(plan, seed)
    return tuple(
        LymphNode(id=name, patient=plan.id, image=plan.image, station=spec.station)
        for name, spec in zip(plan.lymph_nodes, specs, strict=True)
    )


def read_patient(plan: PlannedPatient, seed: int) -> ReadPatient:
    """The phantom CT of a patient, the readings of each lymph node on it, and the published scores.

    The random numbers come from the seed and the patient's identifier, so patients may be made in any order.

    Parameters
    ----------
    plan
        What was drawn for the patient before anything is simulated.
    seed
        What every random draw is derived from.

    Returns
    -------
    ReadPatient
    """
    own_seed = _own_seed(plan, seed)
    phantom = make_phantom(own_seed, _specs(plan, seed), CT_SIZE)
    shape = (CT_SIZE[2], CT_SIZE[1], CT_SIZE[0])
    contours = {}
    for name, truth in zip(plan.lymph_nodes, phantom.truth, strict=True):
        for reader, reading_round in READINGS:
            drawn = draw(replace(truth, name=name), SPACING_MM, shape, reader, reading_round, own_seed)
            contours[ReadingKey(lymph_node=name, reader=reader.code, round=reading_round)] = drawn
    ct = replace(phantom.ct, name=plan.image)
    scores = {
        name: _scores(ct, contours[ReadingKey(lymph_node=name, reader=READER_1.code)]) for name in plan.lymph_nodes
    }
    return ReadPatient(ct, contours, scores)


def _own_seed(plan: PlannedPatient, seed: int) -> int:
    return zlib.crc32(f"{seed}/{plan.id}".encode())


def _specs(plan: PlannedPatient, seed: int) -> tuple[LymphNodeSpec, ...]:
    return simulated_lymph_nodes(len(plan.lymph_nodes), np.random.default_rng(_own_seed(plan, seed)))


def _scores(ct: CTImage, contour: Contour) -> tuple[float, float]:
    response, control = published_models()
    names = tuple(dict.fromkeys((*response.coefficients, *control.coefficients)))
    features = extract_features(ct, contour, response.settings, names)
    return apply_model(response, features).score, apply_model(control, features).score


TITLE = "SIMULATED cohort of the size of Gu et al. 2021 (phantom CT, no patients)"
SOURCE = "simulated reader, no person"


def create_study(folder: Path, seed: int, now: Now) -> Study:
    """An empty study with the paper's two readers, of whom the first reads twice; its logs are named "simulated".

    Parameters
    ----------
    folder
        The folder.
    seed
        What every random draw is derived from.
    now
        The moment, from the caller's clock.

    Returns
    -------
    Study
    """
    readers = plan_readers([READER_1.code, READER_2.code], [READER_1.code])
    protocol = Protocol(title=TITLE, readers=readers, washout_days=WASHOUT_DAYS, seed=seed, simulated=True)
    return Study.create(folder, protocol, now, workstation=PREFIX)


def enrol(study: Study, patients: Sequence[Patient], lymph_nodes: Sequence[LymphNode], now: Now) -> None:
    """Import the clinical tables as they are before treatment: no outcome is known.

    Parameters
    ----------
    study
        The opened study folder.
    patients
        The patients.
    lymph_nodes
        The rows of lymph_nodes.csv, without outcomes.
    now
        The moment, from the caller's clock.
    """
    unknown = tuple(PatientOutcome(patient.id) for patient in patients)
    open_outcomes = tuple(LymphNodeOutcome(lymph_node=lymph_node.id) for lymph_node in lymph_nodes)
    import_clinical(
        study,
        ClinicalTables(
            patients=tuple(patients),
            patient_outcomes=unknown,
            lymph_nodes=tuple(lymph_nodes),
            lymph_node_outcomes=open_outcomes,
        ),
        now,
        _salts(study),
    )


def add_outcomes(
    study: Study, patients: Sequence[PatientOutcome], lymph_nodes: Sequence[LymphNodeOutcome], now: Now
) -> None:
    """Import the clinical tables again, now with the outcomes; patients without one keep theirs unknown.

    Parameters
    ----------
    study
        The opened study folder.
    patients
        The patients.
    lymph_nodes
        The outcomes of each lymph node.
    now
        The moment, from the caller's clock.
    """
    tables = study.clinical_tables()
    known: Mapping[str, PatientOutcome] = {outcome.patient: outcome for outcome in patients}
    outcomes = tuple(known.get(patient.id, PatientOutcome(patient.id)) for patient in tables.patients)
    import_clinical(
        study,
        ClinicalTables(
            patients=tables.patients,
            patient_outcomes=outcomes,
            lymph_nodes=tables.lymph_nodes,
            lymph_node_outcomes=tuple(lymph_nodes),
        ),
        now,
        _salts(study),
    )


def _salts(study: Study) -> Callable[[], str]:
    """Salts that the seed decides, so that it decides the tables' bytes: no person is behind what they would keep."""
    rng = np.random.default_rng(study.protocol.seed)
    return lambda: rng.bytes(16).hex()


def add_patient(study: Study, plan: PlannedPatient, read: ReadPatient, now: Now) -> dict[ReadingKey, Contour]:
    """Store the CT and lock the first readings; returns the repeats, whose washout has yet to pass.

    Parameters
    ----------
    study
        The opened study folder.
    plan
        What was drawn for the patient before anything is simulated.
    read
        The patient with CT and readings.
    now
        The moment, from the caller's clock.

    Returns
    -------
    dict[ReadingKey, Contour]
    """
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
    """Open each reading, keep its contour as the draft, check it and lock it.

    Parameters
    ----------
    study
        The opened study folder.
    contours
        The contours by lymph node, reader and round.
    ct
        The CT.
    now
        The moment, from the caller's clock.
    """
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
    """Lock the repeats of a patient on the CT that the study stores.

    Parameters
    ----------
    study
        The opened study folder.
    plan
        What was drawn for the patient before anything is simulated.
    repeats
        The second contours by lymph node and reader.
    now
        The moment, from the caller's clock.
    """
    lock_readings(study, repeats, study_ct(study, plan.image), now)
