"""A study in which each deed was done by a process of its own, as the command line does it; and its folder as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.corrections import give_up_correction
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.worklist import missing_readings

FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)
WASHOUT = 28
ORPHAN = "readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd"
FIRST_OF_LN1, FIRST_OF_LN2 = (ReadingKey(lymph_node=lymph_node, reader="A") for lymph_node in ("LN1", "LN2"))
REPEAT_OF_LN2 = ReadingKey(lymph_node="LN2", reader="A", round=2)
CORRECTION = ReadingKey(lymph_node="LN2", reader="A", revision=2)
PATIENTS = "patient,gender,died,follow_up_months\nP1,male,no,30\nP2,female,yes,12.5\n"


def on(day: float) -> Now:
    """Noon, so many days after the first."""
    return Now(FIRST + timedelta(days=day))


@dataclass(frozen=True)
class Process:
    """A process of one workstation, which opens the study anew for its one deed."""

    folder: Path
    workstation: str = "ward"
    # Makes a deed another one when it is done again.
    word: str = "first"

    @property
    def study(self) -> Study:
        return Study.open(self.folder, self.workstation)

    def create(self, day: float) -> None:
        protocol = Protocol(title="Whole", readers=plan_readers(["A", "B"], ["A"]), washout_days=WASHOUT)
        Study.create(self.folder, protocol, on(day), self.workstation)

    def image(self, name: str, patient: str, day: float) -> None:
        ct = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
        ct.SetSpacing((1, 1, 1 + len(name + self.word)))
        add_image(
            self.study, name, patient, lambda path: sitk.WriteImage(ct, str(path)), {"modality": "CT"}, (), {}, on(day)
        )

    def tables(self, recist: str, day: float) -> None:
        rows = f"lymph_node,patient,image,recist\nLN1,P1,CT1,{recist}\nLN2,P1,CT1,SD\nLN3,P2,CT2,CR\n"
        tables = parse_clinical(
            parse_csv(PATIENTS.encode(), "patients.csv"), parse_csv(rows.encode(), "lymph_nodes.csv")
        )
        import_clinical(self.study, tables, on(day))

    def open(self, key: ReadingKey, day: float) -> None:
        open_reading(self.study, key, on(day), f"a vessel, {self.word}" if key.is_correction else None)

    def draw(self, key: ReadingKey, content: bytes | None = None) -> None:
        drawn = content or f"{key.name} {self.word}".encode()
        save_draft(self.study, key, lambda path: path.write_bytes(drawn), minutes=4, source="a test", software={})

    def lock(self, key: ReadingKey, day: float) -> None:
        lock_reading(self.study, key, (), on(day))

    def read(self, key: ReadingKey, day: float, content: bytes | None = None) -> None:
        self.open(key, day)
        self.draw(key, content)
        self.lock(key, day)

    def leave_out(self, patient: str, day: float) -> None:
        exclude(self.study, patient, f"poor follow-up, {self.word}", on(day))

    def give_up(self, key: ReadingKey, day: float) -> None:
        give_up_correction(self.study, key, f"by mistake, {self.word}", on(day))

    def recover(self, day: float) -> None:
        recover(self.study, on(day), settled_seconds=-1)

    def unblind(self, day: float) -> None:
        missing = {reading.key: f"not made, {self.word}" for reading in missing_readings(self.study)}
        unblind(self.study, on(day), missing)

    def note(self, day: float) -> None:
        """A line of a later process: any deed writes one."""
        self.study.store.note("anchored", {}, on(day))


def begin(folder: Path) -> None:
    """A study with two CT, its tables, and LN2 read once."""
    Process(folder).create(0)
    Process(folder).image("CT1", "P1", 0)
    Process(folder).image("CT2", "P2", 0)
    Process(folder).tables("PR", 0)
    Process(folder).read(FIRST_OF_LN2, 1)


def play(folder: Path) -> None:
    """Every kind of record: a repeat, corrections locked and given up, an exclusion, a recovery, the unblinding."""
    begin(folder)
    Process(folder, "desk").read(ReadingKey(lymph_node="LN2", reader="B"), 2)
    Process(folder).read(FIRST_OF_LN1, 2)
    Process(folder).read(CORRECTION, 3)
    third = CORRECTION.next_revision
    Process(folder).open(third, 3)
    Process(folder).give_up(third, 3)
    (folder / ORPHAN).write_bytes(b"half a contour")
    Process(folder, "desk").recover(4)
    Process(folder, "desk").leave_out("P2", 5)
    Process(folder).read(REPEAT_OF_LN2, 3 + WASHOUT)
    Process(folder).open(ReadingKey(lymph_node="LN1", reader="A", round=2), 4 + WASHOUT)
    Process(folder).draw(ReadingKey(lymph_node="LN1", reader="A", round=2))
    Process(folder, "desk").unblind(5 + WASHOUT)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def put(folder: Path, files: Mapping[str, bytes], wanted: Callable[[str], bool] = lambda name: True) -> None:
    """Make the files of a folder whose path is wanted those of another tree: write them, and remove the others."""
    for name, content in tree(folder).items():
        if wanted(name) and name not in files:
            (folder / name).unlink()
        elif wanted(name) and files[name] != content:
            (folder / name).write_bytes(files[name])
    for name in files:
        if wanted(name) and not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files[name])
