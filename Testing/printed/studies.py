"""The report of every kind of study, made, printed and measured: pages, blanks, the smallest letter, time, memory.

    python Testing/printed/studies.py FOLDER [KIND ...]

Kinds: six (six patients), no-repeat, one-reader, no-outcomes, no-validation (everybody in training), pooled (a published
score on patients that nobody split), large (600 lymph nodes and more). Each is simulated by the demonstration's own
functions; of the large one twelve patients are drawn and the others are theirs again, by hard links and with feature
values of their own. Pages are measured with poppler (Debian: poppler-utils).
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import numpy as np

from RLNResponseLib.cli import main as rlnresponse
from RLNResponseLib.common.clock import Now
from RLNResponseLib.demo import cohort, cohort_study
from RLNResponseLib.demo.cohort_outcomes import simulated_outcomes
from RLNResponseLib.demo.cohort_patients import PlannedPatient
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.patients import LymphNode, Patient
from RLNResponseLib.study.protocol import WASHOUT_DAYS, Protocol, plan_readers
from RLNResponseLib.study.store import Store
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
SEED, PATIENTS = 3, 16
# Of the large study: patients who are drawn, and how often each is there.
DRAWN, COPIES = 12, 32
# Of a page's text: what lies below the last ink, as a share of it.
_TOP, _FOOT, _HEIGHT = 14.0, 284.0, 297.0
_READERS = (cohort_study.READER_1, cohort_study.READER_2)


def with_readings(readings: Sequence[tuple[object, int]], folder: Path, patients: int = PATIENTS) -> Study:
    """A cohort with these readings of every lymph node alone."""
    codes = list(dict.fromkeys(reader.code for reader, _ in readings))
    repeating = [reader.code for reader, number in readings if number > 1]

    def create(path: Path, seed: int, now: Now) -> Study:
        plans = plan_readers(codes, repeating)
        title = "SIMULATED study (phantom CT, no patients)"
        protocol = Protocol(title=title, readers=plans, washout_days=WASHOUT_DAYS, seed=seed, simulated=True)
        return Study.create(path, protocol, now, workstation=cohort.PREFIX)

    with patch.object(cohort_study, "READINGS", tuple(readings)), patch.object(cohort, "create_study", create):
        made = cohort.simulate_cohort(folder, SEED, NOW, patients=patients)
    extract_study(made.study)
    return made.study


def six(folder: Path) -> Study:
    return with_readings(cohort_study.READINGS, folder, patients=6)


def no_repeat(folder: Path) -> Study:
    return with_readings([(reader, 1) for reader in _READERS], folder)


def one_reader(folder: Path) -> Study:
    return with_readings([(_READERS[0], 1)], folder)


def no_outcomes(folder: Path) -> Study:
    with patch.object(cohort, "add_outcomes", lambda *_: None):
        return with_readings(cohort_study.READINGS, folder)


def pooled(folder: Path) -> Study:
    return with_readings(cohort_study.READINGS, folder)


def no_validation(folder: Path) -> Study:
    study = pooled(folder)
    patients = sorted({each.patient for each in study.lymph_nodes()})
    lines = ["patient,set", *(f"{patient},training" for patient in patients)]
    (study.folder / "results").mkdir(exist_ok=True)
    (study.folder / "results" / "split.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return study


def large(folder: Path) -> Study:
    """The drawn patients again and again: CT, contours and records by link under other names, outcomes of their own."""
    plans: list[PlannedPatient] = []
    scores: dict[str, tuple[float, float]] = {}

    def read(*call: object) -> dict[str, tuple[float, float]]:
        scores.update(_READ(*call))
        return scores

    def enrol(study: Study, patients: Sequence[Patient], lymph_nodes: Sequence[LymphNode], now: Now) -> None:
        more = [replace(each, id=_again(each.id, of)) for of in range(1, COPIES) for each in patients[:DRAWN]]
        again = [
            replace(each, id=_again(each.id, of), patient=_again(each.patient, of), image=_again(each.image, of))
            for of in range(1, COPIES)
            for each in lymph_nodes
        ]
        cohort_study.enrol(study, [*patients, *more], [*lymph_nodes, *again], now)

    plan_of, nothing = cohort.plan_cohort, lambda *_: None
    # No line of the log announces a linked record, which the software would rightly refuse.
    patch.object(Store, "_refuse_unless_logged", nothing).start()
    if (folder / "study").is_dir():
        # Begun before: what was extracted is there.
        extract_study(Study.open(folder / "study"))
        return Study.open(folder / "study")
    with (
        patch.object(cohort, "plan_cohort", lambda *call: plans.extend(plan_of(*call)) or tuple(plans)),
        patch.object(cohort, "_read_everyone", read),
        patch.object(cohort, "enrol", enrol),
        patch.object(cohort, "add_outcomes", nothing),
        patch.object(cohort, "unblind", nothing),
    ):
        study = cohort.simulate_cohort(folder, SEED, NOW, patients=DRAWN).study
    everyone, all_scores = list(plans), dict(scores)
    for of in range(1, COPIES):
        for each in plans:
            names = tuple(_again(name, of) for name in each.lymph_nodes)
            everyone.append(replace(each, id=_again(each.id, of), lymph_nodes=names))
            all_scores |= {_again(name, of): scores[name] for name in each.lymph_nodes}
            _link(study.folder, each, of)
    rng = np.random.default_rng(SEED)
    cohort_study.add_outcomes(study, *simulated_outcomes(everyone, all_scores, rng), NOW)
    unblind(study, NOW)
    extract_study(study)
    return study


def _again(name: str, of: int) -> str:
    return re.sub(r"-P(\d+)", lambda found: f"-P{int(found[1]) + 100 * of}", name)


def _link(folder: Path, patient: PlannedPatient, of: int) -> None:
    """The patient's CT and readings under another name."""
    files = [folder / "images" / f"{patient.image}{suffix}" for suffix in (".json", ".nrrd")]
    for name in patient.lymph_nodes:
        files += [path for path in (folder / "readings" / name).iterdir() if path.name[0] != "."]
    for file in files:
        target = folder / _again(str(file.relative_to(folder)), of)
        target.parent.mkdir(exist_ok=True)
        if file.suffix == ".json":
            target.write_text(_again(file.read_text(encoding="utf-8"), of), encoding="utf-8")
        else:
            os.link(file, target)


_READ = cohort._read_everyone

KINDS: dict[str, Callable[[Path], Study]] = {
    "six": six,
    "no-repeat": no_repeat,
    "one-reader": one_reader,
    "no-outcomes": no_outcomes,
    "no-validation": no_validation,
    "pooled": pooled,
    "large": large,
}


def measured(pdf: Path) -> dict[str, object]:
    """Pages, those more than half blank, and the smallest letter that is a letter, in points.

    Letters of figures are outlines: 8 pt at the width that they are drawn for, which print never narrows.
    """
    xml = subprocess.run(
        ["pdftohtml", "-xml", "-i", "-stdout", "-zoom", "3", str(pdf)], check=True, capture_output=True, text=True
    ).stdout
    sizes = [int(each) / 3 for each in re.findall(r'<fontspec [^>]*size="(\d+)"', xml)]
    blanks = {}
    grey = subprocess.run(["pdftoppm", "-gray", "-r", "25.4", str(pdf)], check=True, capture_output=True).stdout
    pages = _pages(grey)
    for number, page in enumerate(pages, start=1):
        ink = np.flatnonzero((page[int(_TOP) : int(_FOOT)] < 200).any(axis=1))
        blanks[number] = round(1 - (ink[-1] + 1 if len(ink) else 0) / (_FOOT - _TOP), 2)
    # The last page ends where the report does.
    half = [number for number, share in blanks.items() if share > 0.5 and number < len(pages)]
    worst = float(max(list(blanks.values())[:-1], default=0.0))
    return {"pages": len(pages), "half_blank": half, "worst_blank": worst, "smallest_pt": min(sizes)}


def _pages(grey: bytes) -> list[np.ndarray]:
    """Portable greymaps one after the other, a millimetre a pixel."""
    pages, at = [], 0
    while at < len(grey):
        found = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", grey[at : at + 40])
        assert found, grey[at : at + 20]
        width, height = int(found[1]), int(found[2])
        at += found.end()
        pages.append(np.frombuffer(grey, np.uint8, width * height, at).reshape(height, width))
        at += width * height
    return pages


def main(arguments: Sequence[str]) -> None:
    folder, kinds = Path(arguments[0]), list(arguments[1:]) or list(KINDS)
    for kind in kinds:
        study = folder / kind / "study"
        if not study.is_dir() or kind == "large":
            study = KINDS[kind](folder / kind).folder
        pdf = folder / kind / "report.pdf"
        began, of_children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        page = str(folder / kind / "report.html")
        assert not rlnresponse(["report", str(study), "--output", page, "--pdf", str(pdf)])
        spent = time.process_time() - began + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - of_children
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"kind": kind, **measured(pdf), "cpu_s": round(spent), "peak_MB": peak}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
