"""`host`: the test host with an empty scene; what was refused or logged as an error and not taken fails the test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def host(tmp_path):
    pytest.importorskip("slicer_core", reason="slicer-core is not installed")
    pytest.importorskip("PySide6", reason="PySide6 is not installed")
    from host.drive import running

    with running(tmp_path) as host:
        yield host


@pytest.fixture
def qt(host):
    import qt

    return qt
