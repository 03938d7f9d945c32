"""The tables R printed its figures for (`binary_table`, `roc_table`)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
COPIES = {"original_firstorder_TotalEnergy", "original_shape_VoxelVolume"}  # left out by Testing/oracle/common.R too


@pytest.fixture(scope="session")
def roc_table():
    """table(name): outcome, score and another score."""

    def read(name):
        table = np.loadtxt(ORACLE / "tables" / f"roc_{name}.csv", delimiter=",", skiprows=1)
        return table[:, 0] > 0, table[:, 1], table[:, 2]

    return read


@pytest.fixture(scope="session")
def binary_table(request):
    """table(name): features, outcome, foldid; the lung1 ones skip where the real data are not there."""

    def read(name):
        if name.startswith("lung1"):
            folder = request.getfixturevalue("shared_data")
            return lung1(folder, ("original_",) if name == "lung1_original" else ("original_", "wavelet", "log"))
        table = np.loadtxt(ORACLE / "tables" / f"{name}.csv", delimiter=",", skiprows=1)
        return table[:, 2:], table[:, 0] > 0, table[:, 1].astype(int)

    return read


def lung1(folder, prefixes):
    with (folder / "lung1-radiomics-survival" / "lung1_145_features_survival.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith(prefixes) and name not in COPIES]
    features = np.array([[float(row[name]) for name in names] for row in rows])
    outcome = np.array([float(row["Clinical.N.Stage"]) > 0 for row in rows])
    return features, outcome, np.arange(len(rows)) % 10 + 1
