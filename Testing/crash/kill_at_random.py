"""Kills a writer at random points and looks at what is left: python Testing/crash/kill_at_random.py [--kills 300]
[--seed 1]

After every kill the study must open, hold every reading whose locking had been reported, and verify; what the crash
left half done must be named as such, and `recover` must clear it up without touching what was locked.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from small_study import NOW, make_study, read_one

from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify

LYMPH_NODES = 40
# Opening, drawing and locking one reading takes some 20 ms; a kill falls into one of the first few.
LONGEST_LIFE_S = 0.15
# Every killed process leaves an audit log of its own; a folder serves so many kills.
KILLS_A_FOLDER = 20


def write(folder: Path, report: int) -> None:
    """The writer: locks what is not locked yet, and reports each reading after its locking returned."""
    study = Study.open(folder)
    for number in range(LYMPH_NODES):
        key = ReadingKey(lymph_node=f"LN{number}", reader="A")
        if study.reading(key) is None and read_one(study, key):
            os.write(report, f"{key.lymph_node}\n".encode())


def kill_once(folder: Path, life_s: float) -> set[str]:
    """Start a writer, kill it after `life_s`, and give the lymph nodes that it reported as locked."""
    reader, writer = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=write, args=(folder, writer))
    process.start()
    os.close(writer)
    time.sleep(life_s)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with os.fdopen(reader, "rb") as pipe:
        return set(pipe.read().decode().split())


def examine(folder: Path, locked: set[str], clear_up: bool) -> Counter[str]:
    """Fail unless the study is whole; count what the crash left over, and clear it up where asked to."""
    study = Study.open(folder)
    there = {reading.key.lymph_node for reading in study.readings()}
    assert locked <= there, f"lost: {sorted(locked - there)}"
    before = verify(folder)
    assert before.is_intact, before.problems
    if clear_up:
        recover(study, NOW, settled_seconds=0)
        after = verify(folder)
        assert after.is_intact, after.problems
        assert {reading.key.lymph_node for reading in study.readings()} == there
    return Counter(problem.code for problem in before.problems if problem.kind == "leftover")


def run(kills: int, seed: int) -> tuple[int, Counter[str]]:
    """So many kills; returns how many readings were reported as locked, and what was left over, by code."""
    rng = random.Random(seed)
    left: Counter[str] = Counter()
    done = reported = 0
    while done < kills:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "study"
            make_study(folder, LYMPH_NODES)
            locked: set[str] = set()
            for _ in range(min(KILLS_A_FOLDER, kills - done)):
                locked |= kill_once(folder, rng.uniform(0, LONGEST_LIFE_S))
                left += examine(folder, locked, clear_up=rng.random() < 0.5)
                done += 1
                if len(locked) == LYMPH_NODES:
                    break
            reported += len(locked)
    return reported, left


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    call = parser.parse_args()
    locked_readings, found = run(call.kills, call.seed)
    print(
        f"{call.kills} kills, {locked_readings} readings locked, none lost, every study verified; left over: "
        f"{dict(found)}"
    )
