"""A few spoilt files of every reader, so that the harness of Testing/fuzz stays alive; `make fuzz` tries hundreds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks")
def test_spoilt_files_of_every_reader_end_in_a_sentence(tmp_path):
    pytest.importorskip("pyarrow")
    harness = [sys.executable, str(ROOT / "Testing" / "fuzz" / "fuzz.py"), "--cases", "2", "--seed", "3"]
    # A process of its own: the one that forks must run no threads.
    done = subprocess.run([*harness, "--keep", str(tmp_path)], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:] if line]
    assert len(rows) == 16
    assert all(row[-1] == "0" for row in rows)
