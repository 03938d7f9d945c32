"""What R printed (`oracle`) and the table it printed it for (`icc_table`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

ORACLE = Path(__file__).resolve().parents[2] / "oracle"


@pytest.fixture(scope="session")
def oracle():
    """figures(name): the stored figures of one R script."""
    return lambda name: json.loads((ORACLE / "figures" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def icc_table():
    """table(name): subjects × raters."""
    return lambda name: np.loadtxt(ORACLE / "tables" / f"icc_{name}.csv", delimiter=",", skiprows=1)
