"""Write the survival tables that R and the tests both read: three simulated ones, and three of lifelines' as CSV.

python Testing/oracle/make_survival_tables.py      (only when a table itself is to change: stored figures depend on
them)

rossi (recidivism, Rossi, Berk and Lenihan 1980), waltons (fruit flies) and breast (load_lymph_node: German Breast
Cancer Study Group, Schumacher et al. 1994) are public teaching data that come with lifelines (MIT licence).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TABLES = Path(__file__).parent / "tables"


def write(name: str, header: list[str], columns: list[NDArray[np.generic]]) -> None:
    with (TABLES / f"survival_{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))


def lymph_nodes(seed: int, patients: int, extra: int) -> None:
    """Lymph nodes of patients in whole months: recurrence, death as the competing event, three groups of unlike
    size."""
    rng = np.random.default_rng(seed)
    patient = np.sort(np.concatenate([np.arange(patients), rng.integers(0, patients, extra)]))
    frailty = rng.normal(0, 0.5, patients)[patient]
    score = np.round(rng.normal(-1, 0.6, len(patient)), 3)
    stage = rng.integers(1, 4, len(patient))
    response = (rng.random(len(patient)) < 1 / (1 + np.exp(-1 - score))).astype(np.int64)
    recurrence = rng.exponential(22 * np.exp(0.6 * score + 0.4 * response - 0.2 * stage - frailty))
    death = rng.exponential(45, patients)[patient]
    censored = rng.uniform(6, 72, patients)[patient]
    months = np.minimum(np.minimum(recurrence, death), censored)
    event = (recurrence <= np.minimum(death, censored)).astype(np.int64)
    died = ((event == 0) & (death <= censored)).astype(np.int64)
    names = ["patient", "months", "recurrence", "death", "score", "stage", "response"]
    write("lymph_nodes", names, [patient, np.ceil(months).astype(np.int64), event, died, score, stage, response])


def few_groups(seed: int) -> None:
    """40 rows, heavy ties, four groups, one of which is followed for a short time only and has one row."""
    rng = np.random.default_rng(seed)
    group = np.concatenate([rng.integers(0, 3, 39), [3]])
    months = np.concatenate([rng.integers(1, 9, 39), [2]])
    cause = np.concatenate([rng.integers(0, 3, 39), [2]])
    write("few", ["months", "event", "competing", "group", "x"],
          [months, (cause == 1).astype(np.int64), (cause == 2).astype(np.int64), group, np.round(rng.normal(size=40), 2)])  # fmt: skip


def random_tables(seed: int, count: int) -> None:
    """Many small tables in one, every second with whole months: medians at exactly a half, empty groups, lone
    events."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(count):
        rows = int(rng.integers(6, 26))
        months = rng.exponential(rng.choice([2, 10]), rows)
        months = np.ceil(months) if number % 2 else np.round(months, 3)
        cause = rng.choice(3, rows, p=rng.dirichlet([1.5, 1, 1]))
        cause[0] = 1
        columns = [np.full(rows, number), months, cause, rng.integers(0, rng.integers(2, 4), rows)]
        parts.append(np.column_stack([*columns, rng.integers(0, 8, rows), np.round(rng.normal(size=rows), 2)]))
    write("random", ["table", "months", "cause", "group", "patient", "x"], list(np.vstack(parts).T))


def from_lifelines() -> None:
    from lifelines.datasets import load_lymph_node, load_rossi, load_waltons

    rossi, waltons = load_rossi(), load_waltons()
    write("rossi", list(rossi.columns), [rossi[name].to_numpy() for name in rossi.columns])
    breast = load_lymph_node()
    names = ["rectime", "censrec", "age", "hormone", "grade", "nodes", "size", "prog_recp"]
    write("breast", names, [breast[name].to_numpy() for name in names])
    control = (waltons["group"] == "control").to_numpy().astype(np.int64)
    write("waltons", ["months", "event", "control"], [waltons["T"].to_numpy(), waltons["E"].to_numpy(), control])


if __name__ == "__main__":
    lymph_nodes(2021, 59, 70)
    few_groups(11)
    random_tables(7, 80)
    from_lifelines()
