"""The table R printed its figures for (`icc_table`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

ORACLE = Path(__file__).resolve().parents[2] / "oracle"


@pytest.fixture(scope="session")
def icc_table():
    """table(name): subjects × raters."""
    return lambda name: np.loadtxt(ORACLE / "tables" / f"icc_{name}.csv", delimiter=",", skiprows=1)
