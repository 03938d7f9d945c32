"""Write the tables that R and the tests both read: simulated, rounded to three decimals, no file above 300 kB.

python Testing/oracle/make_tables.py      (only when a table itself is to change: every stored figure depends on them)
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TABLES = Path(__file__).parent / "tables"


def write(name: str, header: list[str], columns: list[NDArray[np.generic]]) -> None:
    with (TABLES / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))


def balanced_folds(outcome: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    foldid = np.empty(len(outcome), dtype=np.int64)
    dealt = 0
    for label in (0, 1):
        members = np.flatnonzero(outcome == label)
        foldid[members] = (np.arange(len(members)) + dealt) % folds + 1
        dealt += len(members)
    return foldid


def write_binary(name: str, x: NDArray[np.float64], outcome: NDArray[np.int64], folds: int) -> None:
    columns = [outcome, balanced_folds(outcome, folds), *np.round(x, 3).T]
    write(name, ["outcome", "foldid", *(f"x{j}" for j in range(x.shape[1]))], columns)


def lasso_tables() -> None:
    rng = np.random.default_rng(2021)
    blocks = rng.normal(size=(102, 12)) @ rng.normal(size=(12, 106))
    x = blocks + rng.normal(size=(102, 106)) * rng.uniform(0.5, 3, 106)
    write_binary("paper_size", x * 10.0 ** rng.integers(-1, 4, 106), _outcome(rng, x[:, 0] - x[:, 50], 1.0), 10)

    for name, noise in (("correlated_pairs", 0.2), ("nearly_equal_pairs", 0.05)):
        base = rng.normal(size=(120, 20))
        x = np.repeat(base, 2, axis=1)
        x[:, 1::2] += noise * rng.normal(size=(120, 20))
        write_binary(name, x, _outcome(rng, base[:, 0] + base[:, 1], 0.0), 10)

    x = rng.integers(0, 4, size=(90, 30)).astype(float)
    x[:, 7] = 3.0
    x[:, 8] = rng.random(90) < 0.1
    write_binary("constant_feature", x, _outcome(rng, x[:, 0] - x[:, 1], 0.3), 5)

    x = rng.normal(size=(60, 300))
    write_binary("wide", x, _outcome(rng, x[:, :4].sum(axis=1), 0.2), 5)


def _outcome(rng: np.random.Generator, signal: NDArray[np.float64], shift: float) -> NDArray[np.int64]:
    scaled = (signal - signal.mean()) / signal.std()
    return (rng.random(len(signal)) < 1 / (1 + np.exp(-shift - scaled))).astype(np.int64)


def icc_tables() -> None:
    """Each table is subjects × raters; "odd" ones bend one assumption each."""
    rng = np.random.default_rng(1996)
    truth = rng.normal(50, 10, 25)[:, None]
    ratings = {
        "two_raters": truth + rng.normal(0, 3, (25, 2)),
        "five_raters": truth + rng.normal(0, 8, (25, 5)) + np.array([0.0, 2, -3, 5, 1]),
        "biased_rater": truth + rng.normal(0, 1, (25, 3)) + np.array([0.0, 30, -20]),
        "no_agreement": rng.normal(0, 1, (25, 3)),
        "opposed": np.column_stack([truth, 100 - truth]) + rng.normal(0, 1, (25, 2)),
        "three_subjects": truth[:3] + rng.normal(0, 2, (3, 2)),
        "large_values": 1e6 * (truth + rng.normal(0, 1, (25, 2))),
        "whole_numbers": np.round((truth - 50) / 10 + 3 + rng.normal(0, 0.6, (25, 4))),
    }
    for name, table in ratings.items():
        write(f"icc_{name}", [f"r{j}" for j in range(table.shape[1])], list(np.round(table, 3).T))


def roc_tables() -> None:
    rng = np.random.default_rng(1988)
    for name, n, share, step in (("training", 102, 0.735, 0.001), ("ties", 60, 0.5, 0.5), ("few", 27, 0.667, 0.1)):
        outcome = (rng.random(n) < share).astype(np.int64)
        score = np.round((rng.normal(1.0, 0.5, n) + 0.5 * outcome) / step) * step
        other = np.round((0.5 * score + rng.normal(0.5, 0.6, n)) / step) * step
        columns = [outcome, np.round(score, 3), np.round(other, 3)]
        write(f"roc_{name}", ["outcome", "score", "other"], columns)


def component_tables() -> None:
    """Readings of several readers: the paper's plan, an incomplete one, one lymph node a patient, few of each."""
    plans = {
        "paper": (
            77,
            129,
            "AAB",
            0.0,
            [(0.3, 1.0, 0.3, 0.2, 0.3), (0.0, 1.0, 0.0, 0.3, 0.3), (1.0, 0.2, 1.0, 0.0, 0.5)],
        ),
        "incomplete": (30, 60, "AABBCD", 0.35, [(0.7, 1.0, 0.4, 0.3, 0.4), (0.2, 0.5, 0.0, 0.0, 1.0)]),
        "alone": (40, 40, "ABC", 0.1, [(0.0, 1.0, 0.3, 0.0, 0.3), (0.0, 0.2, 0.1, 0.0, 1.0)]),
        "few": (5, 12, "ABCDE", 0.2, [(1.0, 1.0, 0.5, 0.0, 0.3), (0.0, 1.0, 0.2, 0.0, 0.5)]),
    }
    for number, (name, (patients, lymph_nodes, series, missing, features)) in enumerate(plans.items()):
        rng = np.random.default_rng([1971, number])
        patient = np.concatenate([np.arange(patients), rng.integers(0, patients, lymph_nodes - patients)])
        rows = []
        drawn = [
            [
                rng.normal(0, sd, size)
                for sd, size in zip(sds, (patients, lymph_nodes, 5, (lymph_nodes, 5)), strict=False)
            ]
            for sds in features
        ]
        for lymph_node, whose in enumerate(patient):
            for place, reader in enumerate(series):
                if rng.random() < missing:
                    continue
                at = "ABCDE".index(reader)
                values = [
                    round(10 + p[whose] + n[lymph_node] + r[at] + c[lymph_node, at] + float(rng.normal(0, sds[4])), 3)
                    for (p, n, r, c), sds in zip(drawn, features, strict=True)
                ]
                rows.append([whose, lymph_node, reader, 1 + series[:place].count(reader), *values])
        header = ["patient_id", "lymph_node", "reader", "round", *(f"x{j}" for j in range(len(features)))]
        write(f"components_{name}", header, [np.array(column, dtype=object) for column in zip(*rows, strict=True)])


def group_tables() -> None:
    """Scores of two readings, the cutoff at 0: patients with several lymph nodes, with one each, and few of them."""
    for number, (name, patients, n, shift) in enumerate(
        (("paper", 77, 129, 0.2), ("alone", 40, 40, 0.5), ("few", 6, 14, 0.4))
    ):
        rng = np.random.default_rng([1960, number])
        owner = np.concatenate([np.arange(patients), rng.integers(0, patients, n - patients)])
        truth = 0.6 * rng.normal(size=patients)[owner] + 0.8 * rng.normal(size=n) + 0.4
        first, second = (np.round(truth + bias + 0.5 * rng.normal(size=n), 3) for bias in (0.0, shift))
        write(f"groups_{name}", ["patient_id", "first", "second"], [owner, first, second])


def penalty_tables() -> None:
    """Two features that say nothing; six of which one alone parts the classes but for a few, for 36 lymph nodes."""
    rng = np.random.default_rng(1976)
    outcome = rng.integers(0, 2, 100)
    write("ridge_weak", ["outcome", "a", "b"], [outcome, *np.round(rng.normal(size=(2, 100)), 3)])
    rng = np.random.default_rng(1993)
    outcome = rng.integers(0, 2, 36)
    x = np.round(rng.normal(size=(36, 4)) * [1, 100, 0.01, 5] + [0, 900, 0, -3], 3)
    rare = np.where(outcome == 1, rng.integers(0, 2, 36), 0)
    write("firth_small", ["outcome", "a", "b", "c", "d", "rare"], [outcome, *x.T, rare])
    rng = np.random.default_rng(2023)
    scores = rng.normal(0.8, 1.1, 40)
    resampled = 0.7 * scores + rng.normal(0.2, 0.3, (25, 1)) + rng.normal(0, 0.5, (25, 40))
    outcome = (rng.random(40) < 1 / (1 + np.exp(-scores))).astype(np.int64)
    names = ["outcome", "own", *(f"b{number}" for number in range(25))]
    write("instability", names, [outcome, *np.round(np.vstack([scores, resampled]), 3)])


if __name__ == "__main__":
    TABLES.mkdir(exist_ok=True)
    lasso_tables()
    icc_tables()
    roc_tables()
    component_tables()
    group_tables()
    penalty_tables()
