"""Crashes and crowds, at a size that a test run allows; `make stress` runs them in full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CRASH = Path(__file__).resolve().parents[2] / "crash"


def run(script, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(CRASH.parents[1])}
    return subprocess.run(
        [sys.executable, str(CRASH / script), *arguments], capture_output=True, text=True, env=environment, timeout=300
    )


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_writer_killed_at_random_points_loses_nothing_locked():
    call = run("kill_at_random.py", "--kills", "20")
    assert call.returncode == 0, call.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the writers fork")
def test_eight_processes_in_one_folder_lose_nothing_and_who_asks_meanwhile_accuses_nobody():
    call = run("many_writers.py", "--readings", "64", "--looks", "3")
    assert call.returncode == 0, call.stderr
    assert "8 processes locked 64 readings" in call.stdout
    assert "nobody accused" in call.stdout
