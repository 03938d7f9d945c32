"""The lymph nodes of a study as cases: the first reader's first contour, with the outcomes, for `fit` and `survival`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.cohort import TABLE_NAME
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.report.analysis_tables import lymph_node_table
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.number_tables import ORIGINS, read_table
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.tables import Table, csv_text

CASES_FILE = "lymph_nodes.csv"


def study_cases(study: Study, sets: Mapping[str, str]) -> Table:
    """One row a lymph node that the first reader contoured in round 1: outcomes, its patient's variables, how it was
    extracted, the features. Excluded lymph nodes and patients are not among them.

    sets  patient → "training" or "validation"; patients in neither are left out

    Raises DataRefusedError: blinded, not-extracted.
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
    names = (*(name for name in ORIGINS if name in table.columns), *FEATURES)
    rows = tuple(
        {**row, **{name: extracted[row["lymph_node"]][name] for name in names}}
        for row in clinical.rows
        if row["lymph_node"] in extracted and row["lymph_node"] not in out
    )
    return Table("the study's lymph nodes", (*clinical.columns, *names), rows)


def feature_table(study: Study) -> Path:
    """The file of the study's features. Raises DataRefusedError (not-extracted)."""
    file = study.folder / "features" / TABLE_NAME
    if not file.is_file():
        raise DataRefusedError(
            "The study has no feature table yet; extract its features first.",
            "not-extracted",
            "with `rlnresponse extract`",
        )
    return file


def rows_where(table: Table, wanted: Mapping[str, str]) -> Table:
    """The rows that hold these values, by column."""
    rows = tuple(row for row in table.rows if all(row[name] == value for name, value in wanted.items()))
    return Table(table.name, table.columns, rows)


def known_rows(table: Table, columns: tuple[str, ...]) -> Table:
    """The rows in which none of these columns is empty."""
    return Table(table.name, table.columns, tuple(row for row in table.rows if all(row[name] for name in columns)))


def write_cases(table: Table, study: Study, name: str = CASES_FILE) -> Path:
    """Write the cases into results/ under a name."""
    folder = study.folder / "results"
    folder.mkdir(exist_ok=True)
    write_text_atomically(folder / name, csv_text(table.columns, table.rows))
    return folder / name
