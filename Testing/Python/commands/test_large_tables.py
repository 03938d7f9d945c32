"""Tables of thousands of rows: no command makes an array of rows × rows, whose memory a table of 100,000 would not have.

`validate` on 100,000 rows and the others on 20,000 are measured in docs/scale.md.
"""

import csv
import tracemalloc

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.statistics import estimates

pytestmark = pytest.mark.long

ROWS = 5000
MODEL = "gu2021-local-control-2y"


def cases(path, rows):
    """Lymph nodes, two a patient, with features, response, follow-up and a set."""
    rng = np.random.default_rng(3)
    texture, runs = rng.normal(60, 30, rows), rng.normal(0.65, 0.08, rows)
    log_odds = -3.28 + 0.0024 * texture + 3.43 * runs
    recurrence, death, watched = rng.exponential(20, rows), rng.exponential(60, rows), rng.uniform(6, 60, rows)
    months = np.minimum(np.minimum(recurrence, death), watched)
    columns = {
        "patient": [f"P{row // 2}" for row in range(rows)],
        "lymph_node": [f"LN{row}" for row in range(rows)],
        "set": rng.choice(["training", "validation"], rows),
        "stage": rng.integers(0, 2, rows),
        "dose": rng.normal(60, 4, rows).round(2),
        "response": (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int),
        "months": months.round(3),
        "recurrence": (recurrence == months).astype(int),
        "death": (death == months).astype(int),
        "original_firstorder_InterquartileRange": texture.round(5),
        "original_glrlm_RunPercentage": runs.round(6),
    }
    return written(path, list(columns), zip(*columns.values(), strict=True))


def readings(path, rows):
    """Three readings of each lymph node."""
    rng = np.random.default_rng(4)
    lines = []
    for number in range(rows // 3):
        truth = rng.normal([60, 0.65], [30, 0.08])
        for reader, turn in (("A", 1), ("A", 2), ("B", 1)):
            values = rng.normal(truth, [2, 0.01]).round(6).tolist()
            lines.append([f"P{number // 2}", f"LN{number}", reader, turn, *values])
    names = ["original_firstorder_InterquartileRange", "original_glrlm_RunPercentage"]
    return written(path, ["patient_id", "lymph_node", "reader", "round", *names], lines)


def written(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


CALLS = {
    "validate": (cases, lambda table: ["validate", table, "--model", MODEL, "--outcome", "response", "--group", "patient"]),
    "agreement": (readings, lambda table: ["agreement", "--table", table]),
    "survival": (
        cases,
        lambda table: ["survival", table, "--time", "months", "--event", "recurrence", "--competing", "death",
                       "--group", "patient", "--score", MODEL],
    ),
    "table1": (cases, lambda table: ["table1", table, "--by", "set"]),
}  # fmt: skip


@pytest.mark.parametrize("command", CALLS)
def test_no_command_holds_an_array_of_rows_by_rows(capsys, tmp_path, monkeypatch, command):
    """Peak memory stays below one byte for each pair of rows; of the survival, whose curves it prints, below two."""
    monkeypatch.setattr(estimates, "_LARGEST_PART", 100_000)  # resamples at a time: a constant that would hide it
    make, arguments = CALLS[command]
    small, large = (make(tmp_path / f"{rows}.csv", rows) for rows in (60, ROWS))
    assert main([str(part) for part in [*arguments(small), "--json"]]) == 0  # what is loaded once is not counted
    tracemalloc.start()
    assert main([str(part) for part in [*arguments(large), "--json"]]) == 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    capsys.readouterr()
    assert peak < ROWS**2 * (2 if command == "survival" else 1)
