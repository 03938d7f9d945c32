"""Writes figures/combat.json: ComBat by others, fitted on all data.

usage: combat_figures.py CLONE

CLONE is github.com/Jfortin1/ComBatHarmonization (commit of figures/combat.json's "versions"), whose Testing/ holds the
made-up data of neuroCombat's own comparison (200 features of 10 images at two sites, createTestData.R) and what its R
programme made of them, with the covariate kept and without. Beside them neuroCombat 0.2.12 of PyPI (MIT licence, as the
data) on three uneven sites of tables/paper_size.csv, with a covariate of whole numbers.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from neuroCombat import neuroCombat

HERE = Path(__file__).resolve().parent
# Of three sites: all features are fitted together, so many are written down.
SHOWN = 6


def numbers(path: Path) -> list[list[float]]:
    """The rows of a CSV file below its header."""
    return np.loadtxt(path, delimiter=",", skiprows=1).tolist()


def short(values: np.ndarray) -> list[list[float]]:
    """Twelve digits of each."""
    return [[float(f"{value:.12g}") for value in row] for row in np.asarray(values).tolist()]


def main(clone: Path) -> None:
    """Write the file."""
    testing = clone / "Testing"
    version = subprocess.run(["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    (HERE / "tables" / "combat.csv").write_bytes((testing / "inputData" / "testdata.csv").read_bytes())
    published = {
        name: short(np.array(numbers(testing / "outputData" / f"testdata_combat_parametric_{name}_r.csv")))
        for name in ("adjusted", "unadjusted")
    }
    with (HERE / "tables" / "paper_size.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    table = np.array(rows, dtype=float)
    # Sites of 10, 20 and 72 lymph nodes.
    site = np.where(table[:, 1] == 1, "one", np.where(table[:, 1] <= 3, "two", "three"))
    covariates = pd.DataFrame({"site": site, "kept": np.arange(len(table)) % 5})
    three = {
        name: short(
            neuroCombat(dat=table[:, 2:].T, covars=covariates, batch_col="site", continuous_cols=kept)["data"][:SHOWN]
        )
        for name, kept in (("adjusted", ["kept"]), ("unadjusted", []))
    }
    found = {
        "versions": f"Jfortin1/ComBatHarmonization {version}; neuroCombat 0.2.12",
        "published": published,
        "three_sites": three,
    }
    (HERE / "figures" / "combat.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
