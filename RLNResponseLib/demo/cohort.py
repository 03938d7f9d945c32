"""A simulated cohort of the paper's size, written as a real study folder by the study's own functions.
docs/cohort.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.types import Progress
from RLNResponseLib.demo.cohort_outcomes import simulated_outcomes
from RLNResponseLib.demo.cohort_patients import (
    PREFIX,
    PUBLISHED_PATIENTS,
    PlannedPatient,
    plan_cohort,
    simulated_patients,
)
from RLNResponseLib.demo.cohort_study import (
    TITLE,
    add_outcomes,
    add_patient,
    create_study,
    enrol,
    lock_repeats,
    planned_lymph_nodes,
    read_patient,
)
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.protocol import WASHOUT_DAYS
from RLNResponseLib.study.study import Study

# Whom the paper left out of its 85 patients, and why. Here they are enrolled without lymph nodes or CT.
LEFT_OUT = {"poor follow-up": 5, "irradiated after the esophagectomy": 2, "not squamous-cell": 1}


@dataclass(frozen=True, kw_only=True)
class SimulatedCohort:
    """A study that was made, and what is known of it beyond the study folder.

    Attributes
    ----------
    study
        Its folder, opened.
    sets
        Patient → "training" or "validation".
    split_file
        The same as CSV (columns patient, set), beside the study folder.
    true_scores
        Lymph node → (Rad-score, Rad-score-2-year) that the outcomes were drawn from.
    """

    study: Study
    sets: Mapping[str, str]
    split_file: Path
    true_scores: Mapping[str, tuple[float, float]]


def simulate_cohort(
    folder: Path,
    seed: int,
    now: Now,
    patients: int = PUBLISHED_PATIENTS,
    progress: Progress = lambda done, total: None,
    before: Callable[[Study, Now], None] = lambda study, moment: None,
) -> SimulatedCohort:
    """Make the cohort in `folder`: the study (study/), the split (split.csv) and a notice (SIMULATED.txt).

    patients 77 for the paper's cohort, fewer (from 4) for tests

    The same seed gives the same CT, contours, tables and protocol, byte for byte; records and the audit log hold random
    temporary names.

    Parameters
    ----------
    folder
        The folder.
    seed
        What every random draw is derived from.
    now
        The day of the repeats and of unblinding; the first readings are a washout earlier. Both are logged as
        simulated.
    patients
        How many patients.
    progress
        Is told how many steps are done, out of how many.
    before
        What is done to the study before anybody is enrolled, and when: its registration.

    Returns
    -------
    SimulatedCohort

    Raises
    ------
    DataRefusedError
        bad-seed, bad-cohort-size, folder-not-empty, cannot-write.
    """
    if seed < 0:
        raise DataRefusedError("The seed of a simulated cohort is a whole number from 0; name another.", "bad-seed")
    rng = np.random.default_rng(seed)
    plan = plan_cohort(patients, rng)
    first, last = (Now(moment, is_simulated=True) for moment in (now.moment - timedelta(days=WASHOUT_DAYS), now.moment))
    study = create_study(folder / "study", seed, first)
    before(study, first)
    write_text_atomically(folder / "SIMULATED.txt", _notice(seed))
    reasons = [reason for reason, count in LEFT_OUT.items() for _ in range(count)]
    left_out = {f"{PREFIX}-P{patients + number:02d}": reason for number, reason in enumerate(reasons, start=1)}
    enrolled = simulated_patients(
        [*(patient.id for patient in plan), *left_out], rng, [patient.set for patient in plan]
    )
    enrol(study, enrolled, [lymph_node for patient in plan for lymph_node in planned_lymph_nodes(patient, seed)], first)
    for patient, reason in left_out.items():
        exclude(study, patient, reason, first)

    scores = _read_everyone(study, plan, seed, (first, last), progress)
    add_outcomes(study, *simulated_outcomes(plan, scores, rng), last)
    unblind(study, last)
    split_file = folder / "split.csv"
    write_text_atomically(split_file, csv_text(("patient", "set"), ({"patient": p.id, "set": p.set} for p in plan)))
    return SimulatedCohort(
        study=study, sets={patient.id: patient.set for patient in plan}, split_file=split_file, true_scores=scores
    )


def _read_everyone(
    study: Study, plan: Sequence[PlannedPatient], seed: int, rounds: tuple[Now, Now], progress: Progress
) -> dict[str, tuple[float, float]]:
    """Both rounds of reading, each patient's CT in memory only while it is read."""
    scores: dict[str, tuple[float, float]] = {}
    repeats = []
    for done, patient in enumerate(plan, start=1):
        read = read_patient(patient, seed)
        scores.update(read.scores)
        repeats.append(add_patient(study, patient, read, rounds[0]))
        progress(done, 2 * len(plan))
    for done, (patient, contours) in enumerate(zip(plan, repeats, strict=True), start=len(plan) + 1):
        lock_repeats(study, patient, contours, rounds[1])
        progress(done, 2 * len(plan))
    return scores


def _notice(seed: int) -> str:
    return (
        f"{TITLE}.\n\n"
        f"Every patient, CT, contour and outcome in this folder is simulated with the seed {seed}. No person is behind "
        f"any of it. The outcomes were drawn from the published scores, so that no result on it says anything about "
        f"patients or about the worth of these scores. RLNResponse's docs/cohort.md says how it is "
        f"made.\n\n{RESEARCH_USE_ONLY}\n"
    )
