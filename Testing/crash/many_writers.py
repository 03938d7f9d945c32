"""Many writers in one folder: python Testing/crash/many_writers.py [--processes 8] [--readings 400] [--looks 0]

Every process locks its share, leaves patients out and takes them in again, and imports clinical tables; every fortieth
reading is fought over by all. None may be lost or made twice, and the chains hold.

Meanwhile `study verify`, `status` and `worklist` are asked again and again, and go on with the writers until each was
asked `--looks` times: verify accuses nobody, ever, and nothing that was locked is counted as less.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.synchronize import Event
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))
from small_study import BEATEN, NOW, clinical_tables, make_study, read_one

from RLNResponseLib import cli
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

CONTESTED_EVERY = 40
# A writer leaves somebody out after so many readings, and imports tables after so many.
EXCLUDES_EVERY, IMPORTS_EVERY = 3, 5
# A program on each workstation stays open; the others are the command line, of which each deed is a process of its own.
STAYS_OPEN_EVERY = 2
# What losing a race leaves: the loser had announced its record, or saved its draft after the winner's lock.
LOSERS = {"unmade-record", "draft-of-locked"}
# Longer than any run: writers that wait for questions which nobody asks any more go on.
PATIENCE_S = 3600


def write(folder: Path, number: int, processes: int, readings: int) -> list[str]:
    """One writer: the readings that it locked itself."""
    opened = Study.open(folder, workstation=f"ward{number}")
    mine = [n for n in range(readings) if n % processes == number or n % CONTESTED_EVERY == 0]
    locked = []
    for count, n in enumerate(mine):
        study = opened if number % STAYS_OPEN_EVERY == 0 else Study.open(folder, workstation=f"ward{number}")
        if read_one(study, ReadingKey(lymph_node=f"LN{n}", reader="A")):
            locked.append(f"LN{n}")
        if count % EXCLUDES_EVERY == 0:
            decide(study, number, count)
        if count % IMPORTS_EVERY == 0:
            unless_beaten(
                lambda study=study, n=n: import_clinical(study, clinical_tables(readings, processes, 40 + n % 40), NOW)
            )
    return locked


def decide(study: Study, number: int, count: int) -> None:
    """Leave out a patient of one's own or take them in again, and the same with one that all decide on."""
    out = count // EXCLUDES_EVERY % 2 == 0
    for patient in (f"X{number}", "X0"):
        unless_beaten(lambda patient=patient: exclude(study, patient, "a reason", NOW, excluded=out))


def unless_beaten(deed: Callable[[], object]) -> None:
    """A deed at which another writer may be faster."""
    try:
        deed()
    except DataRefusedError as refusal:
        if refusal.code not in BEATEN:
            raise


def ask(folder: Path, what: str, looks: int, over: Event) -> tuple[int, int]:
    """Ask a command until the writers are done, and so often at the least; returns how often, and how often meanwhile."""
    asked, meanwhile, locked = 0, 0, 0
    while asked < looks or not over.is_set():
        status, said, complaint = answer(what, folder)
        assert (status, complaint) == (0, ""), (what, asked, status, complaint, said)
        asked += 1
        meanwhile += not over.is_set()
        found = json.loads(said)
        if what == "verify":
            accused = [each for each in found["problems"] if each["kind"] not in ("leftover", "note")]
            assert found["intact"], accused
            assert not accused
        else:
            counted = found["progress"][0]["locked"] if what == "status" else locked_of(found)
            assert counted >= locked, f"{what} counted {locked} locked readings, then {counted}"
            locked = counted
    return asked, meanwhile


def locked_of(worklist: dict) -> int:
    return sum(item["state"] in ("locked", "superseded") for item in worklist["items"])


def answer(what: str, folder: Path) -> tuple[int, str, str]:
    """What the real command line says: its exit status, stdout and stderr."""
    words = ["study", what, str(folder), "--json", *(["--reader", "A", "--round", "1"] if what == "worklist" else [])]
    said, complaint = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"RLNRESPONSE_TODAY": NOW.today.isoformat()}),
        redirect_stdout(said),
        redirect_stderr(complaint),
    ):
        return cli.main(words), said.getvalue(), complaint.getvalue()


def run(processes: int, readings: int, looks: int) -> tuple[float, dict[str, tuple[int, int]]]:
    """Let them write while others ask, and fail unless every reading was locked exactly once and the study verifies;
    returns the writers' seconds, and how often each command was asked (`ask`).
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        study = make_study(folder, readings, processes)
        context = multiprocessing.get_context("fork")
        with context.Manager() as manager, context.Pool(processes + len(ASKED)) as pool:
            over = manager.Event()
            asking = {what: pool.apply_async(ask, (folder, what, looks, over)) for what in ASKED}
            start = time.perf_counter()
            writing = [pool.apply_async(write, (folder, number, processes, readings)) for number in range(processes)]
            made = [each.get(PATIENCE_S) for each in writing]
            seconds = time.perf_counter() - start
            over.set()
            asked = {what: each.get(PATIENCE_S) for what, each in asking.items()}
        locked = [name for names in made for name in names]
        assert len(locked) == len(set(locked)) == readings, f"{len(locked)} locked, {len(set(locked))} different"
        assert {reading.key.lymph_node for reading in study.readings()} == set(locked)
        report = verify(folder)
        assert report.is_intact, report.problems
        assert {problem.code for problem in report.problems if problem.kind == "leftover"} <= LOSERS
        return seconds, asked


ASKED = ("verify", "status", "worklist")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--readings", type=int, default=400)
    parser.add_argument("--looks", type=int, default=0)
    call = parser.parse_args()
    taken, questions = run(call.processes, call.readings, call.looks)
    print(
        f"{call.processes} processes locked {call.readings} readings in {taken:.1f} s; none lost, none twice, every "
        f"chain holds; asked, and asked while they wrote: "
        f"{', '.join(f'{what} {asked}, {meanwhile}' for what, (asked, meanwhile) in questions.items())}; nobody accused"
    )
