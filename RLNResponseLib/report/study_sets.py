"""Which patients of a study train and which validate: results/split.csv, made once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.modelling.split import split_patients
from RLNResponseLib.study.exclusions import excluded_patients
from RLNResponseLib.study.number_tables import read_table, refuse_missing
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.tables import csv_text

SETS = ("training", "validation")
SPLIT_FILE = "split.csv"


def study_sets(study: Study) -> Mapping[str, str]:
    """Patient → "training" or "validation", for every patient with a lymph node whose response is known.

    Read from results/split.csv (columns patient, set) where it is; else split 10 : 3 by patient, stratified by response, with the
    study's seed, and written there. Raises DataRefusedError: blinded, bad-split, no-outcomes, and what `split_patients` refuses.
    """
    study.refuse_while_blinded("The split into training and validation")
    file = study.folder / "results" / SPLIT_FILE
    if file.is_file():
        table = read_table(file)
        refuse_missing(table, ["patient", "set"])
        for line, row in enumerate(table.rows, start=2):
            if row["set"] not in SETS:
                raise DataRefusedError(
                    f"{SPLIT_FILE}, row {line}: the set is neither training nor validation; correct it.", "bad-split"
                )
        return {row["patient"]: row["set"] for row in table.rows}
    tables, out = study.outcomes(), excluded_patients(study)
    pairs = zip(tables.lymph_nodes, tables.lymph_node_outcomes, strict=True)
    known = [
        (lymph_node.patient, bool(outcome.responded))
        for lymph_node, outcome in pairs
        if outcome.responded is not None and lymph_node.patient not in out
    ]
    if not known:
        raise DataRefusedError(
            "The response of no lymph node is known, so there is nothing to split or to predict; import the outcomes first.",
            "no-outcomes",
        )
    patients = [patient for patient, _ in known]
    trains = split_patients(patients, np.array([responded for _, responded in known], dtype=bool), study.protocol.seed)
    sets = {patient: SETS[0] if is_training else SETS[1] for patient, is_training in zip(patients, trains, strict=True)}
    file.parent.mkdir(exist_ok=True)
    write_text_atomically(
        file, csv_text(("patient", "set"), ({"patient": name, "set": of} for name, of in sets.items()))
    )
    return sets
