"""Many writers in one folder: python Testing/crash/many_writers.py [--processes 8] [--readings 400]

Every process locks its share; every fortieth reading is fought over by all. None may be lost or made twice, and the
chains hold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from small_study import make_study, read_one

from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

CONTESTED_EVERY = 40
# What losing a race leaves: the loser had announced its record, or saved its draft after the winner's lock.
LOSERS = {"unmade-record", "draft-of-locked"}


def write(folder: Path, number: int, processes: int, readings: int) -> list[str]:
    """One writer: the readings that it locked itself."""
    study = Study.open(folder, workstation=f"ward{number}")
    mine = [n for n in range(readings) if n % processes == number or n % CONTESTED_EVERY == 0]
    return [f"LN{n}" for n in mine if read_one(study, ReadingKey(lymph_node=f"LN{n}", reader="A"))]


def run(processes: int, readings: int) -> float:
    """Let them write, fail unless every reading was locked exactly once and the study verifies; returns seconds."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        study = make_study(folder, readings)
        start = time.perf_counter()
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            made = pool.starmap(write, [(folder, number, processes, readings) for number in range(processes)])
        seconds = time.perf_counter() - start
        locked = [name for names in made for name in names]
        assert len(locked) == len(set(locked)) == readings, f"{len(locked)} locked, {len(set(locked))} different"
        assert {reading.key.lymph_node for reading in study.readings()} == set(locked)
        report = verify(folder)
        assert report.is_intact, report.problems
        assert {problem.code for problem in report.problems if problem.kind == "leftover"} <= LOSERS
        return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--readings", type=int, default=400)
    call = parser.parse_args()
    taken = run(call.processes, call.readings)
    print(
        f"{call.processes} processes locked {call.readings} readings in {taken:.1f} s; none lost, none twice, every "
        f"chain holds"
    )
