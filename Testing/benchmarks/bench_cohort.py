"""Cohort extraction against pyradiomics' own batch command, in one run.

python Testing/benchmarks/bench_cohort.py             42 segmentations in 14 CT of 512×512×120: wall time and peak
memory
                                                      of `pyradiomics batch.csv --jobs 2` and of `rlnresponse extract
                                                      --workers 2`, and of the second, unchanged run
python Testing/benchmarks/bench_cohort.py --growth    42, 129 and 387 segmentations (or three other numbers; every
                                                      reading is locked through the study's log, which of 3,870 takes
                                                      about an hour before anything is measured): does time grow with
                                                      them, does memory?

Both commands get the same CT files (raw NRRD, which spares pyradiomics its unpacking too) and are timed from the start
of their process to its end. Extraction runs before and after pyradiomics, and the medians are compared. Memory is the
sum over the command's processes. Needs psutil (pip install .[test]); makes some 2 GB of files in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from cohort_data import OWN_CT, PER_CT, make_study, write_batch

ROOT = Path(__file__).resolve().parents[2]
GROWTH = [42, 129, 387]
BATCH = "from radiomics.scripts import parse_args; import sys; sys.exit(parse_args())"


@dataclass(frozen=True)
class Run:
    """One command: seconds from its start to its end, its peak memory, and the load of the computer when it ended."""

    seconds: float
    peak_mb: float
    load: float


def run(command: Sequence[object], folder: Path) -> Run:
    """Run a command of this Python, looking at the memory of it and its children twenty times a second.

    The looking is a thread's, so that the end is seen when it comes: the shortest run takes three looks.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    peaks, ended = [0.0], threading.Event()
    with (folder / "said.txt").open("w") as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        looking = threading.Thread(target=_look, args=(process.pid, peaks, ended))
        looking.start()
        code = process.wait()
        seconds = time.perf_counter() - start
    ended.set()
    looking.join()
    if code:
        sys.exit((folder / "said.txt").read_text())
    return Run(seconds, max(peaks) / 1e6, os.getloadavg()[0])


def _look(pid: int, peaks: list[float], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        with suppress(psutil.NoSuchProcess):
            peaks.append(_memory(psutil.Process(pid)))


def _memory(process: psutil.Process) -> float:
    total = 0.0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def extract(study: Path, workers: int, anew: bool) -> Run:
    """One `rlnresponse extract`, from nothing where `anew`."""
    if anew:
        shutil.rmtree(study / "features", ignore_errors=True)
    return run(("-m", "RLNResponseLib", "extract", study, "--workers", workers), study.parent)


def said(name: str, done: Run) -> None:
    """One line of the table."""
    print(f"{name:38} {done.seconds:8.2f} s {done.peak_mb:8.0f} MB   load {done.load:.1f}", flush=True)


def compare(folder: Path, workers: int, runs: int) -> None:
    """The ratios against pyradiomics' batch command."""
    study = make_study(folder / "study", OWN_CT)
    batch = write_batch(study, folder / "batch", OWN_CT * PER_CT)
    firsts, seconds = [], []
    for _ in range(runs):
        firsts.append(extract(study.folder, workers, True))
        seconds.append(extract(study.folder, workers, False))
    command = ("-c", BATCH, batch, "--jobs", 2, "--format", "csv", "--out", folder / "values.csv")
    plain = run(command, folder)
    for _ in range(runs):
        firsts.append(extract(study.folder, workers, True))
        seconds.append(extract(study.folder, workers, False))
    said("pyradiomics batch, 2 jobs", plain)
    for first, second in zip(firsts, seconds, strict=True):
        said(f"extract, {workers} workers, first run", first)
        said("extract, second run", second)
    ours = statistics.median(each.seconds for each in firsts)
    again = statistics.median(each.seconds for each in seconds)
    print(f"wall time: pyradiomics / first run    {plain.seconds / ours:6.1f}×   (goal 60)")
    print(f"peak memory: first run / pyradiomics  {max(f.peak_mb for f in firsts) / plain.peak_mb:6.2f}    (goal 0.5)")
    print(f"wall time: first run / second         {ours / again:6.1f}×   (goal 20; both with the start of Python)")
    within = _within_one_process(study.folder)
    print(
        f"the same within one process           {within[0] / within[1]:6.1f}×   ({within[0]:.2f} s, {within[1]:.3f} s)"
    )


def _within_one_process(study: Path) -> tuple[float, float]:
    """First and second run without the start of Python and its libraries."""
    from RLNResponseLib.features.cohort.run import extract_study
    from RLNResponseLib.study.study import Study

    extract_study(Study.open(study))
    shutil.rmtree(study / "features")
    times = []
    for _ in range(2):
        start = time.perf_counter()
        extract_study(Study.open(study), workers=2)
        times.append(time.perf_counter() - start)
    return times[0], times[1]


def growth(folder: Path, sizes: Sequence[int], workers: int) -> None:
    """Time and memory of a small, a middle and a large cohort."""
    found = []
    for segmentations in sizes:
        home = folder / str(segmentations)
        home.mkdir()
        study = make_study(home / "study", segmentations // PER_CT)
        first, second = extract(study.folder, workers, True), extract(study.folder, workers, False)
        said(f"{segmentations} segmentations, first run", first)
        said(f"{segmentations} segmentations, second run", second)
        found.append((segmentations, first))
        table = sum(file.stat().st_size for file in (study.folder / "features").iterdir())
        print(
            f"{'':38} {1e3 * first.seconds / segmentations:8.1f} ms and {table / segmentations:.0f} bytes of table each"
        )
        shutil.rmtree(home)
    (small, start), *rest = found
    (middle, between), (large, end) = rest
    slopes = [
        (b.seconds - a.seconds) / (n - m)
        for (m, a), (n, b) in (((small, start), (middle, between)), ((middle, between), (large, end)))
    ]
    print(
        f"time for one more: {slopes[0] * 1e3:.1f} ms, then "
        f"{slopes[1] * 1e3:.1f} ms: {slopes[1] / slopes[0] - 1:+.0%} (goal ±15 %)"
    )
    print(f"peak memory, {large} / {small}: {end.peak_mb / start.peak_mb:.2f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--growth", nargs="*", type=int, metavar="N")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3, help="extractions before and after pyradiomics")
    call = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as name:
        if call.growth is not None:
            growth(Path(name), call.growth or GROWTH, call.workers)
        else:
            compare(Path(name), call.workers, call.runs)


if __name__ == "__main__":
    main()
