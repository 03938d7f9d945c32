"""The lymph nodes of an unblinded study as cases for every analysis: the first reader's first contour with the
outcomes, the clinical tables joined by patient or by lymph node, and which patients train and which validate
(results/split.csv, made once).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import ORIGINS, Table, csv_text
from RLNResponseLib.features.cohort.table import checked_table
from RLNResponseLib.features.definitions import is_feature_column
from RLNResponseLib.modelling.fitting.splits import split_patients
from RLNResponseLib.study.clinical import ClinicalTables
from RLNResponseLib.study.clinical_columns import PATIENT_COLUMNS
from RLNResponseLib.study.exclusions import excluded_lymph_nodes, excluded_patients
from RLNResponseLib.study.places import without_unknown_places
from RLNResponseLib.study.split import SETS, SPLIT_FILE, recorded_split
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL, two_year_state

_PATIENT_NAMES = tuple(column.name for column in PATIENT_COLUMNS)
_LYMPH_NODE_NAMES = (
    "scanner",
    "station",
    "recist",
    "response",
    "local_control_months",
    "local_recurrence",
    TWO_YEAR_CONTROL,
)
# What says which group a lymph node is in, or follows from it: a test of it between the groups would go in a circle.
# Who is controlled was watched for two years and lived through them, so that the follow-up is no comparison either.
_DEFINING = ("set", "local_control_months", "local_recurrence", "died", "follow_up_months")


def patient_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """One row a patient who is in a set: `patient`, `set`, `lymph_nodes` ("one", "two or more"), the clinical
    variables.

    Parameters
    ----------
    tables
        The clinical tables.
    sets
        The set of each patient: training or validation.
    title
        The study's; the table is named by it.

    Returns
    -------
    Table
    """
    counts: dict[str, int] = {}
    for lymph_node in tables.lymph_nodes:
        counts[lymph_node.patient] = counts.get(lymph_node.patient, 0) + 1
    rows = [
        {
            "patient": name,
            "set": sets[name],
            "lymph_nodes": "one" if counts.get(name) == 1 else "two or more",
            **variables,
        }
        for name, variables in _patient_variables(tables).items()
        if name in sets
    ]
    columns = ("patient", "set", "lymph_nodes", *_PATIENT_NAMES)
    return without_unknown_places(Table(name=f"{title}, patients", columns=columns, rows=tuple(rows)))


def lymph_node_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """One row a lymph node whose patient is in a set: `lymph_node`, `patient`, `set`, its outcome, its patient's
    variables.

    response          yes for CR and PR
    two_year_control  "controlled", "failed", or empty where neither is known (early death, lost before two years)

    Parameters
    ----------
    tables
        The clinical tables.
    sets
        The set of each patient: training or validation.
    title
        The study's; the table is named by it.

    Returns
    -------
    Table
    """
    patients = _patient_variables(tables)
    of_patient = {outcome.patient: outcome for outcome in tables.patient_outcomes}
    rows = []
    for lymph_node, outcome in zip(tables.lymph_nodes, tables.lymph_node_outcomes, strict=True):
        if lymph_node.patient in sets:
            state = two_year_state(outcome, of_patient[lymph_node.patient])
            values = {
                "lymph_node": lymph_node.id,
                "patient": lymph_node.patient,
                "set": sets[lymph_node.patient],
                "scanner": lymph_node.scanner,
                "station": lymph_node.station,
                "recist": outcome.recist,
                "response": outcome.responded,
                "local_control_months": outcome.local_control_months,
                "local_recurrence": outcome.local_recurrence,
                TWO_YEAR_CONTROL: state if state in ("controlled", "failed") else None,
            }
            rows.append({**{name: _cell(value) for name, value in values.items()}, **patients[lymph_node.patient]})
    columns = ("lymph_node", "patient", "set", *_LYMPH_NODE_NAMES, *_PATIENT_NAMES)
    return without_unknown_places(Table(name=f"{title}, lymph nodes", columns=columns, rows=tuple(rows)))


def control_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """`lymph_node_table` for the comparison by `two_year_control`, without the set and the times that define the
    groups.

    Parameters
    ----------
    tables
        The clinical tables.
    sets
        The set of each patient: training or validation.
    title
        What it is of, as the reader sees it.

    Returns
    -------
    Table
    """
    return without_what_defines_control(lymph_node_table(tables, sets, title))


def without_what_defines_control(table: Table) -> Table:
    """A table of lymph nodes without the columns that say which are controlled, or follow from it.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    Table
    """
    return replace(table, columns=tuple(name for name in table.columns if name not in _DEFINING))


def _patient_variables(tables: ClinicalTables) -> dict[str, dict[str, str]]:
    pairs = zip(tables.patients, tables.patient_outcomes, strict=True)
    return {
        patient.id: {name: _cell({**vars(outcome), **vars(patient)}[name]) for name in _PATIENT_NAMES}
        for patient, outcome in pairs
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)


WHOLE = "all"  # of a study that nobody split


def study_sets(study: Study, split: bool = True) -> Mapping[str, str]:
    """Patient → "training" or "validation", for every patient with a lymph node whose response is known.

    Read from results/split.csv (columns patient, set) where it is; else split 10 : 3 by patient, stratified by
    response, with the study's seed, and written there.

    Parameters
    ----------
    study
        The opened study folder.
    split
        Whether a split is made where there is none; without, all are in the one set "all", and nothing is written.

    Returns
    -------
    Mapping[str, str]

    Raises
    ------
    DataRefusedError
        blinded, bad-split, no-outcomes, and what `split_patients` refuses.
    """
    study.refuse_while_blinded("The sets of training and validation")
    recorded = recorded_split(study)
    if recorded is not None:
        return recorded
    if not split:
        out = excluded_patients(study)
        return {each.patient: WHOLE for each in study.outcomes().lymph_nodes if each.patient not in out}
    sets = _dealt(study)
    file = study.folder / "results" / SPLIT_FILE
    file.parent.mkdir(exist_ok=True)
    write_text_atomically(
        file, csv_text(("patient", "set"), ({"patient": name, "set": set_name} for name, set_name in sets.items()))
    )
    return sets


def sets_are_dealt(study: Study) -> bool:
    """Whether the sets of a study are those that its seed deals, and not a division that somebody wrote.

    Parameters
    ----------
    study
        Unblinded.

    Returns
    -------
    bool
        False, too, where the outcomes or the exclusions have changed since the sets were dealt.

    Raises
    ------
    DataRefusedError
        As `study_sets`.
    """
    sets = study_sets(study)
    try:
        return sets == _dealt(study)
    except DataRefusedError:
        return False


def _dealt(study: Study) -> dict[str, str]:
    tables, out = study.outcomes(), excluded_patients(study)
    pairs = zip(tables.lymph_nodes, tables.lymph_node_outcomes, strict=True)
    known = [
        (lymph_node.patient, bool(outcome.responded))
        for lymph_node, outcome in pairs
        if outcome.responded is not None and lymph_node.patient not in out
    ]
    if not known:
        raise DataRefusedError(
            "The response of no lymph node is known, so there is nothing to split or to predict; import the outcomes "
            "first.",
            "no-outcomes",
        )
    patients = [patient for patient, _ in known]
    trains = split_patients(patients, np.array([responded for _, responded in known], dtype=bool), study.protocol.seed)
    return {patient: SETS[0] if is_training else SETS[1] for patient, is_training in zip(patients, trains, strict=True)}


CASES_FILE = "lymph_nodes.csv"


def study_cases(study: Study, sets: Mapping[str, str]) -> Table:
    """One row a lymph node that the first reader contoured in round 1: outcomes, its patient's variables, how it was
    extracted, the features. Excluded lymph nodes and patients are not among them.

    Parameters
    ----------
    study
        The opened study folder.
    sets
        Patient → "training" or "validation"; patients in neither are left out.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        blinded, not-extracted, features-changed, features-stale.
    """
    study.refuse_while_blinded("The outcomes")
    file = feature_table(study)
    reader = study.protocol.readers[0].code
    table = read_table(file)
    extracted = {
        row["lymph_node"]: row
        for row in table.rows
        if (row["reader"], row["round"]) == (reader, "1") and not row["failure"]
    }
    out = excluded_lymph_nodes(study)
    clinical = lymph_node_table(study.outcomes(), sets, study.protocol.title)
    # What the study's score models need stands there too: scores are judged on it, and no fit takes it among its
    # candidates.
    names = [*(name for name in ORIGINS if name in table.columns), *filter(is_feature_column, table.columns)]
    rows = tuple(
        {**row, **{name: extracted[row["lymph_node"]][name] for name in names}}
        for row in clinical.rows
        if row["lymph_node"] in extracted and row["lymph_node"] not in out
    )
    return Table(name="the study's lymph nodes", columns=(*clinical.columns, *names), rows=rows)


def feature_table(study: Study) -> Path:
    """The file of the study's features, if it is as it was written and of the readings that hold now.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    Path

    Raises
    ------
    DataRefusedError
        not-extracted, features-changed, features-stale.
    """
    return checked_table(study)


def rows_where(table: Table, wanted: Mapping[str, str]) -> Table:
    """The rows that hold these values, by column.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    wanted
        The value that each named column must have.

    Returns
    -------
    Table
    """
    return table.kept(
        line for line, row in enumerate(table.rows) if all(row[name] == value for name, value in wanted.items())
    )


def known_rows(table: Table, columns: tuple[str, ...]) -> Table:
    """The rows in which none of these columns is empty.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    columns
        Columns whose cells must be known.

    Returns
    -------
    Table
    """
    return table.kept(line for line, row in enumerate(table.rows) if all(row[name] for name in columns))


def write_cases(table: Table, study: Study, name: str = CASES_FILE) -> Path:
    """Write the cases into results/ under a name.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    study
        The opened study folder.
    name
        Name of the file in results/.

    Returns
    -------
    Path
    """
    folder = study.folder / "results"
    folder.mkdir(exist_ok=True)
    write_text_atomically(folder / name, csv_text(table.columns, table.rows, figures=True))
    return folder / name
