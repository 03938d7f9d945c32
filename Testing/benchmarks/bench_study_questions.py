"""How long a study's questions take as its table grows: status, worklist and lock, beside reading the same files plainly.

python Testing/benchmarks/bench_study_questions.py [--cpu] [LYMPH_NODES ...]         100, 1,000 and 5,000 by default

--cpu takes the processor's time and not the wall's, for a computer that has other work; what waits for the disk (lock)
is then left out. Each figure is the least of the repeats: other work only adds.

Two readers of whom one repeats, two lymph nodes a patient, three a CT. Once only the table is there, once both readers
have locked a third of their first readings. "cold" is a Study that has just been opened, as a command does (the process
itself and its imports are not counted), "warm" the same Study asked again, as the panel does. "plain" reads and parses
the same tables and records once with the standard library (csv, json), the logs not, and compares nothing. "locked" is
how many readings are locked: each was opened, drawn and locked, with its four lines of the log.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.tables import Table
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.exclusions import flow
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import missing_readings, progress, worklist

NOW = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
LATER = Now(NOW.moment + timedelta(days=10))
GOAL_MS = 100
REPEATS = 5
PER_PATIENT, PER_CT = 2, 3
# Lymph nodes that both readers read before the program is closed.
PER_SITTING = 10
READERS = ("A", "B")


def milliseconds(step: Callable[[], object]) -> float:
    """How long one call takes."""
    clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
    begin = clock()
    step()
    return 1000 * (clock() - begin)


def patient(number: int) -> str:
    """Whose a lymph node is; a CT is of one patient, so there are as many CT as patients need."""
    return f"P{number // (PER_PATIENT * PER_CT):05d}"


def image(number: int) -> str:
    """On which CT a lymph node lies."""
    return f"CT{number // PER_CT:05d}"


def lymph_node(number: int) -> str:
    """The identifier of a lymph node."""
    return f"LN{number:05d}"


def make_study(folder: Path, lymph_nodes: int, *, locked: int) -> Study:
    """A blinded study with so many lymph nodes, of which both readers have locked so many first readings."""
    study = Study.create(folder, Protocol(title="Benchmark", readers=plan_readers([*READERS], ["A"])), NOW)
    patients = tuple(
        _row(PATIENT_HEADER, (name, "A", "male", "61.5", "T3-4", "yes", "14.25", "no", "yes", "50.4", "no", "30.5"))
        for name in dict.fromkeys(map(patient, range(lymph_nodes)))
    )
    rows = tuple(
        _row(
            LYMPH_NODE_HEADER,
            (lymph_node(n), patient(n), image(n), "A-1", "4L", "-1.5", "20.25", "300", "PR", "9.5", "no"),
        )
        for n in range(lymph_nodes)
    )
    tables = parse_clinical(
        Table(name="patients.csv", columns=PATIENT_HEADER, rows=patients),
        Table(name="lymph_nodes.csv", columns=LYMPH_NODE_HEADER, rows=rows),
    )
    import_clinical(study, tables, NOW)
    to_read = range(lymph_nodes - 2 * REPEATS, lymph_nodes)
    read = range(locked)
    with _without_waiting_for_the_disk():
        for name, owner in {image(number): patient(number) for number in (0, *read, *to_read)}.items():
            add_image(study, name, owner, lambda path: path.write_bytes(b"CT"), {}, (), {}, NOW)
        for number in read:
            for reader in READERS:
                lock(study, number, reader)
            if (number + 1) % PER_SITTING == 0:
                study.store.log.abandon()  # the next sitting is another process, with a log of its own
    return study


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Thousands of readings are locked as readers lock them, but for waiting: that would take an hour."""
    sync = os.fsync
    os.fsync = lambda descriptor: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = sync


def lock(study: Study, number: int, reader: str) -> None:
    """Open, draw and lock one reading."""
    key = ReadingKey(lymph_node=lymph_node(number), reader=reader)
    open_reading(study, key, NOW)
    save_draft(study, key, lambda path: path.write_bytes(b"contour"), minutes=1, source="benchmark", software={})
    lock_reading(study, key, (), NOW)


def plain(folder: Path) -> None:
    """The same files once, as a script would read them."""
    for name in ("patients.csv", "lymph_nodes.csv"):
        list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))
    for part in ("clinical", "images", "readings"):
        for path in (folder / part).rglob("*.json"):
            json.loads(path.read_bytes())


def status(study: Study) -> None:
    """What `study status` asks, after opening."""
    progress(study, LATER.today)
    flow(study)


def main(sizes: list[int]) -> None:
    """Print every question of every study, and how much longer it takes than reading the files plainly."""
    questions: dict[str, Callable[[Study, int], object]] = {
        "status": lambda study, _: status(study),
        "worklist": lambda study, _: worklist(study, "A", 1, LATER.today),
        "worklist, repeat": lambda study, _: worklist(study, "A", 2, LATER.today),
        "missing readings": lambda study, _: missing_readings(study),
    }
    names = ("lymph nodes", "locked", "question", "cold ms", "warm ms", "plain ms", "cold/plain")
    print("{:>11} {:>7}  {:17} {:>9} {:>9} {:>9} {:>10}".format(*names))
    for lymph_nodes in sizes:
        for locked in (0, lymph_nodes // 3):
            with tempfile.TemporaryDirectory() as folder:
                study = make_study(Path(folder) / "study", lymph_nodes, locked=locked)
                for name, ask in questions.items():
                    times = [_once(study.folder, ask, turn) for turn in range(REPEATS)]
                    _print(lymph_nodes, locked, name, times)
                times = [_locking(study.folder, lymph_nodes, turn) for turn in range(REPEATS)]
                _print(lymph_nodes, locked, "open, draw, lock", times)
    print(f"goal: under {GOAL_MS} ms")


def _once(folder: Path, ask: Callable[[Study, int], object], turn: int) -> tuple[float, float, float]:
    opened: list[Study] = []

    def cold() -> None:
        opened.append(Study.open(folder, "bench"))
        ask(opened[0], turn)

    return milliseconds(cold), milliseconds(lambda: ask(opened[0], turn)), milliseconds(lambda: plain(folder))


def _locking(folder: Path, lymph_nodes: int, turn: int) -> tuple[float, float, float]:
    """One reading by a study just opened, one more by the same: two of the last lymph nodes at each turn."""
    opened: list[Study] = []

    def cold() -> None:
        opened.append(Study.open(folder, "bench"))
        lock(opened[0], lymph_nodes - 1 - 2 * turn, "A")

    def warm() -> None:
        lock(opened[0], lymph_nodes - 2 - 2 * turn, "A")

    return milliseconds(cold), milliseconds(warm), milliseconds(lambda: plain(folder))


def _print(lymph_nodes: int, locked: int, question: str, times: list[tuple[float, float, float]]) -> None:
    cold, warm, plainly = (min(each) for each in zip(*times, strict=True))
    ratio = cold / plainly
    print(
        f"{lymph_nodes:11,} {len(READERS) * locked:7,}  {question:17} {cold:9.1f} {warm:9.1f} {plainly:9.1f} "
        f"{ratio:10.2f}",
        flush=True,
    )


def _row(header: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(header, cells, strict=True))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:] if size != "--cpu"] or [100, 1000, 5000])
