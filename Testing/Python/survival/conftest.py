"""The tables R printed its figures for (`case`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.survival.follow_up import follow_up, groups

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Case:
    """Follow-up, covariates with names, groups, and patients, as Testing/oracle/survival.R had them."""

    follow_up: object
    x: np.ndarray
    names: tuple[str, ...]
    groups: object
    patients: np.ndarray


# table: time, event, covariates, group, and the column of patients or how many there are in turn
LAYOUT = {
    "rossi": ("week", "arrest", "fin age race wexp mar paro prio", "fin", "age"),
    "waltons": ("months", "event", "control", "control", 20),
    "breast": ("rectime", "censrec", "age hormone grade nodes size prog_recp", "grade", "age"),
    "lymph_nodes": ("months", "recurrence", "score stage response", "stage", "patient"),
    "few": ("months", "event", "x", "group", 9),
    "lung1": (
        "Survival.time",
        "deadstatus.event",
        "clinical.T.Stage Clinical.N.Stage original_firstorder_InterquartileRange original_glrlm_RunPercentage "
        "original_shape_Sphericity",
        "Clinical.N.Stage",
        70,
    ),
}
ROUNDING = (
    np.array([0.1 + 0.2, 0.3, 0.7 - 0.4, 1, 2, 3, 3, 4, 5]),
    np.array([1, 1, 0, 1, 0, 1, 1, 1, 0]) > 0,
    np.array([[1.0, 2, 4, 3, 1, 5, 2, 2, 1]]).T,
    np.array([1, 2, 1, 2, 1, 2, 1, 2, 1]),
    np.array([0, 0, 1, 1, 2, 2, 3, 3, 4]),
)


@pytest.fixture(scope="session")
def columns(request):
    """columns(name): the numbers of one table by column; lung1 skips where the real data are not there."""

    def read(name):
        path = ORACLE / "tables" / f"survival_{name}.csv"
        if name == "lung1":
            folder = request.getfixturevalue("shared_data")
            path = folder / "lung1-radiomics-survival" / "lung1_145_features_survival.csv"
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        wanted = LAYOUT["lung1"] if name == "lung1" else None
        names = [wanted[0], wanted[1], *wanted[2].split()] if wanted else list(rows[0])
        return {column: np.array([float(row[column]) for row in rows]) for column in names}

    return read


@pytest.fixture(scope="session")
def case(columns):
    """case(name): one of the tables of survival.R, `…_months` with its days in whole months."""

    def read(name):
        if name == "rounding":
            months, event, x, labels, patients = ROUNDING
            return Case(follow_up(months, event), x, ("x",), named(labels), patients)
        table = columns(name.removesuffix("_months"))
        time, event, covariates, group, patient = LAYOUT[name.removesuffix("_months")]
        months = np.ceil(table[time] / DAYS_A_MONTH) if name.endswith("_months") else table[time]
        whose = np.arange(1, len(months) + 1) % patient if isinstance(patient, int) else table[patient]
        return Case(
            follow_up(months, table[event] > 0),
            np.column_stack([table[column] for column in covariates.split()]),
            tuple(covariates.split()),
            named(table[group]),
            np.unique(whose, return_inverse=True)[1],
        )

    return read


def named(values):
    return groups([f"{value:g}" for value in values])
