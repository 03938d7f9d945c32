"""The lymph nodes of a study as cases: the first reader's first contour, with the outcomes, for `fit` and `survival`."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.cohort import TABLE_STEM
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.study.number_tables import ORIGINS, read_table
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.tables import csv_text

_OUTCOMES = ("response", "local_control_months", "local_recurrence")
CASE_COLUMNS = ("lymph_node", "patient", *_OUTCOMES, *ORIGINS, *FEATURES)
CASES_FILE = "lymph_nodes.csv"


def write_study_cases(study: Study) -> Path:
    """Write results/lymph_nodes.csv: one row a lymph node that the first reader contoured in round 1.

    response is yes for CR and PR (RECIST 1.1), no for SD and PD, empty where it is unknown. Raises DataRefusedError:
    blinded, not-extracted.
    """
    study.refuse_while_blinded("The outcomes")
    file = study.folder / "features" / f"{TABLE_STEM}.parquet"
    if not file.is_file():
        raise DataRefusedError(
            "The study has no feature table yet; run `rlnresponse extract` on it first.", "not-extracted"
        )
    reader = study.protocol.readers[0].code
    outcomes = {each.lymph_node: each for each in study.outcomes().lymph_node_outcomes}
    rows = []
    for row in read_table(file).rows:
        if (row["reader"], row["round"]) != (reader, "1") or row["failure"]:
            continue
        outcome = outcomes.get(row["lymph_node"])
        months = None if outcome is None else outcome.local_control_months
        rows.append(
            {
                **{name: row[name] for name in CASE_COLUMNS if name in row},
                "response": _yes_no(None if outcome is None else outcome.responded),
                "local_control_months": None if months is None else repr(months),
                "local_recurrence": _yes_no(None if outcome is None else outcome.local_recurrence),
            }
        )
    folder = study.folder / "results"
    folder.mkdir(exist_ok=True)
    write_text_atomically(folder / CASES_FILE, csv_text(CASE_COLUMNS, rows))
    return folder / CASES_FILE


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
