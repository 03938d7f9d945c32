"""Where the tests find real data: `shared_data` (../shared/data or RLNRESPONSE_DATA) and `pyradiomics_data` (the set-up's cache)."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# No test is asserted by the clock; the same examples on every machine.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data for tests, or a skip that says where it was looked for."""
    named = os.environ.get("RLNRESPONSE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data: no ../shared/data and RLNRESPONSE_DATA names no folder")
    return folder


@pytest.fixture(scope="session")
def pyradiomics_data() -> Path:
    """pyradiomics' own lung1 and lung2, which `make` unpacks into the cache, or a skip."""
    folder = Path(os.environ.get("RLNRESPONSE_PYRADIOMICS_DATA", ROOT / ".cache" / "pyradiomics-data"))
    if not (folder / "lung1_image.nrrd").is_file():
        pytest.skip("pyradiomics' CT: run make setup, or name their folder in RLNRESPONSE_PYRADIOMICS_DATA")
    return folder
