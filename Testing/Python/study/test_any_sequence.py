"""Any sequence of what three readers and a coordinator may do, with crashes, failing disks, wrong clocks and damaged
files in between: nothing locked is lost, nobody sees what is sealed, no repeat begins before its washout is over, and
`verify` accuses nobody but of what was damaged. A plain model says what must happen.

RLNRESPONSE_SEQUENCES sets how many sequences are tried (`make crash`: 1,000).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crash"))
from faulty_disk import DEATHS, ERRORS, Fault, FaultyDisk, KilledError

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study.blinding import ReaderView, unblind
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.corrections import give_up_correction
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.exclusions import exclude, excluded_lymph_nodes
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify

pytestmark = pytest.mark.long

FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)
WASHOUT = 30
TOLERANCE = timedelta(minutes=10)
# Before, there is too little that could be lost.
EARLIEST_UNBLINDING = 25
ROUNDS = {"A": (1, 2), "B": (1,), "C": ()}
PATIENT_OF = {"LN1": "P1", "LN2": "P1", "LN3": "P2", "LN4": "P2"}
IMAGE_OF = {"LN1": "CT1", "LN2": "CT1", "LN3": "CT2", "LN4": "CT3"}
PATIENTS = "patient,gender,died,follow_up_months\nP1,male,no,30\nP2,female,yes,12.5\n"
# As the hospital delivers them: as they were, an outcome changed, a patient and a lymph node more, one left out.
DELIVERIES = {
    "first": (PATIENTS, "LN1 PR, LN2 SD, LN3 CR"),
    "changed": (PATIENTS, "LN1 PR, LN2 PD, LN3 CR"),
    "more": (f"{PATIENTS}P3,male,no,3\n", "LN1 PR, LN2 SD, LN3 CR, LN4 PR"),
    "fewer": (PATIENTS, "LN2 SD, LN3 CR"),
}
FAULTS = st.sampled_from([False, False, True]).flatmap(
    lambda struck: st.builds(Fault, st.sampled_from([*DEATHS, *ERRORS]), st.integers(1, 30)) if struck else st.none()
)
A_READING = {
    "node": st.sampled_from(["LN1", "LN1", "LN2", "LN3", "LN4"]),
    "reader": st.sampled_from([*"AAAAAABBC"]),
    "round_number": st.sampled_from([1, 2]),
    "fault": FAULTS,
}
# What happens, how often, and with what. One rule for all: where each has its own, hypothesis leaves out so many of
# them in a sequence that hardly any comes to a locked repeat.
STEPS: dict[str, tuple[int, dict[str, st.SearchStrategy]]] = {
    "read_on": (8, A_READING),
    "open": (1, A_READING),
    "draw": (1, A_READING),
    "lock": (1, A_READING),
    "correct": (1, A_READING),
    "correct_on": (3, A_READING),
    "give_up": (1, A_READING),
    "correct_by_mistake": (1, A_READING),
    "leave_out": (
        1,
        {
            "node": A_READING["node"],
            "whole": st.booleans(),
            "undo": st.sampled_from([False, True, True]),
            "fault": FAULTS,
        },
    ),
    "deliver": (1, {"delivery": st.sampled_from(sorted(DELIVERIES)), "fault": FAULTS}),
    "bring_ct": (1, {"image": st.sampled_from(["CT1", "CT3"]), "fault": FAULTS}),
    "unblind": (1, {"with_reasons": st.sampled_from([False, False, True]), "fault": FAULTS}),
    "tidy": (1, {"who": st.sampled_from(["A", "coordinator"]), "settled": st.sampled_from([0, 3600]), "fault": FAULTS}),
    "read_on_with_a_slow_clock": (2, A_READING),
    "time_passes": (3, {"days": st.sampled_from([0, 1, 15, WASHOUT - 1, WASHOUT, WASHOUT])}),
    "a_clock_is_set": (
        1,
        {"who": st.sampled_from(["A", "B", "coordinator"]), "minutes": st.sampled_from([0, 0, 7, 45, 1440, 20 * 1440])},
    ),
    "a_file_is_damaged_and_restored": (
        1,
        {"which": st.integers(0, 20), "at": st.none() | st.integers(0, 2000)},
    ),
}


@functools.cache
def delivered(name: str) -> ClinicalTables:
    patients, lymph_nodes = DELIVERIES[name]
    rows = (each.split() for each in lymph_nodes.split(", "))
    text = "".join(f"{node},{PATIENT_OF[node]},{IMAGE_OF[node]},{recist}\n" for node, recist in rows)
    return parse_clinical(
        parse_csv(patients.encode(), "patients.csv"),
        parse_csv(f"lymph_node,patient,image,recist\n{text}".encode(), "lymph_nodes.csv"),
    )


def add_ct(study: Study, image: str, now: Now) -> None:
    ct = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    patient = next(PATIENT_OF[node] for node, of in IMAGE_OF.items() if of == image)
    add_image(study, image, patient, lambda path: sitk.WriteImage(ct, str(path)), {"modality": "CT"}, (), {}, now)


@functools.cache
def template() -> tempfile.TemporaryDirectory:
    """The study before any reading, made once."""
    kept = tempfile.TemporaryDirectory()
    protocol = Protocol(title="Any", readers=plan_readers(["A", "B"], ["A"]), washout_days=WASHOUT)
    study = Study.create(Path(kept.name) / "study", protocol, Now(FIRST), "ward")
    for image in ("CT1", "CT2"):
        add_ct(study, image, Now(FIRST))
    import_clinical(study, delivered("first"), Now(FIRST))
    return kept


@dataclass(frozen=True)
class Lock:
    """What the model knows of a locked reading: its bytes, the day that its clock showed, that of a log ahead of it,
    and the true day where the clock was right.
    """

    record: bytes
    contour: bytes
    day: date
    behind: date | None
    true_day: date | None


class AnySequence(RuleBasedStateMachine):
    """A, B and the coordinator write from one workstation each, with programs that die and begin again."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = tempfile.TemporaryDirectory()
        self.folder = Path(self.holder.name) / "study"
        shutil.copytree(Path(template().name) / "study", self.folder)
        self.true = FIRST
        self.behind = dict.fromkeys([*ROUNDS, "coordinator"], timedelta(0))
        self.programs = {who: Study.open(self.folder, who) for who in self.behind}
        self.opened: dict[ReadingKey, datetime] = {}
        self.given_up: set[ReadingKey] = set()
        self.locked: dict[ReadingKey, Lock] = {}
        self.out: dict[tuple[str, str | None], int] = {}
        self.images = {"CT1", "CT2"}
        self.delivery = "first"
        self.unblinding: bytes | None = None
        self.contours = self.steps = 0

    def teardown(self) -> None:
        try:
            self.examine()
            recover(Study.open(self.folder), Now(self.true), settled_seconds=0)
            self.everything_stands()
            self.examine()
            left = {problem.code for problem in verify(self.folder).problems if problem.kind == "leftover"}
            assert not left
        finally:
            self.holder.cleanup()

    # What the model says of the readings.

    def revisions(self, node: str, reader: str, round_number: int) -> list[ReadingKey]:
        key = ReadingKey(lymph_node=node, reader=reader, round=round_number)
        found = []
        while key in self.opened:
            found.append(key)
            key = key.next_revision
        return found

    def current(self, node: str, reader: str, round_number: int) -> ReadingKey:
        key = ReadingKey(lymph_node=node, reader=reader, round=round_number)
        return next((k for k in reversed(self.revisions(node, reader, round_number)) if k not in self.given_up), key)

    def is_open(self, key: ReadingKey) -> bool:
        return key in self.opened and key not in self.locked and key not in self.given_up

    @property
    def nodes(self) -> list[str]:
        return [node.id for node in delivered(self.delivery).lymph_nodes]

    def is_out(self, node: str) -> bool:
        subjects = ((PATIENT_OF[node], None), (PATIENT_OF[node], node))
        return any(self.out.get(subject, 0) % 2 for subject in subjects)

    def can_be_read(self, key: ReadingKey) -> bool:
        return (
            key.round in ROUNDS[key.reader]
            and key.lymph_node in self.nodes
            and IMAGE_OF[key.lymph_node] in self.images
            and not self.is_out(key.lymph_node)
            and not (key.revision == 1 and self.unblinding is not None)
        )

    def washout_is_over(self, node: str, today: date) -> bool:
        first = self.locked.get(self.current(node, "A", 1))
        if first is None:
            return False
        day = first.behind if first.behind is not None and first.behind <= today else first.day
        return (today - day).days >= WASHOUT

    def may_open(self, key: ReadingKey, today: date) -> bool:
        if key in self.opened:
            return key not in self.locked
        return self.can_be_read(key) and (key.round == 1 or self.washout_is_over(key.lymph_node, today))

    # Doing it.

    def now(self, who: str) -> Now:
        return Now(self.true - self.behind[who])

    def attempt(self, who: str, deed: Callable[[Study, Now], object], fault: Fault | None) -> str:
        """What became of a deed: "done", "died", or the code of its refusal."""
        self.true += timedelta(minutes=1)
        try:
            with FaultyDisk(self.folder, fault).inserted():
                deed(self.programs[who], self.now(who))
        except KilledError:
            self.programs[who] = Study.open(self.folder, who)
            return "died"
        except DataRefusedError as refusal:
            return refusal.code
        except OSError:  # which the command line says in a sentence
            return "cannot-write"
        return "done"

    def judge(self, became: str, is_there: bool, may: bool, fault: Fault | None) -> None:
        """A deed that may not be is never there; what is reported as done is; without a fault, what may be is done."""
        assert may or not is_there, became
        assert is_there or became != "done"
        if fault is None:
            assert (became == "done") is may, became

    def raw(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def latest_logged(self) -> datetime:
        """The latest time in the logs, read past the library."""
        lines = (line for log in (self.folder / "audit").iterdir() for line in log.read_bytes().split(b"\n")[:-1])
        return max(datetime.fromisoformat(json.loads(line)["time"]) for line in lines)

    @rule(what=st.sampled_from([name for name, (times, _) in STEPS.items() for _ in range(times)]), data=st.data())
    def step(self, what: str, data: st.DataObject) -> None:
        getattr(self, what)(**{name: data.draw(strategy) for name, strategy in STEPS[what][1].items()})

    def read_on(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        """As far as it goes: open, draw and lock; the fault strikes the last of them that is still to do."""
        if self.current(node, reader, round_number) not in self.opened:
            self.open(node, reader, round_number, None)
        self.draw(node, reader, round_number, None)
        self.lock(node, reader, round_number, fault)

    def read_on_with_a_slow_clock(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        before, self.behind[reader] = self.behind[reader], timedelta(days=20)
        self.read_on(node, reader, round_number, fault)
        self.behind[reader] = before
        self.time_passes(15)
        self.open(node, reader, 2, None)

    def correct_on(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        """A correction from its opening to its locking."""
        self.correct(node, reader, round_number, None)
        self.draw(node, reader, round_number, None)
        self.lock(node, reader, round_number, fault)

    def correct_by_mistake(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        self.correct(node, reader, round_number, None)
        self.give_up(node, reader, round_number, fault)

    def open(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        key = self.current(node, reader, round_number)
        self._open(key, lambda study, now: open_reading(study, key, now), fault, self.may_open(key, self.today(reader)))

    def correct(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        last = self.current(node, reader, round_number)
        if last.is_correction and self.is_open(last):
            key, may = last, True
        else:
            key = (self.revisions(node, reader, round_number) or [last])[-1].next_revision
            # Who corrects sees what is corrected: not both rounds at once, the first not beside an open repeat.
            other_is_open = self.is_open(self.current(node, reader, 3 - round_number))
            may = (
                last in self.locked
                and self.can_be_read(key)
                and not (other_is_open and (round_number == 1 or self.unblinding is None))
            )
        self._open(
            key,
            lambda study, now: ReaderView.of(study, reader).open_correction(node, round_number, "moved", now),
            fault,
            may,
        )

    def today(self, who: str) -> date:
        return (self.now(who).moment + timedelta(minutes=1)).date()

    def _open(self, key: ReadingKey, deed: Callable[[Study, Now], object], fault: Fault | None, may: bool) -> None:
        became = self.attempt(key.reader, deed, fault)
        record = self.raw(f"readings/{key.lymph_node}/{key.name}.open.json")
        self.judge(became, record is not None and key not in self.locked, may, fault)
        if record is not None and key not in self.opened:
            self.opened[key] = self.now(key.reader).moment
            first = self.locked.get(self.current(key.lymph_node, "A", 1))
            if key.round == 2 and key.revision == 1 and first is not None and first.true_day is not None:
                assert (self.true.date() - first.true_day).days >= WASHOUT

    def draw(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        key = self.current(node, reader, round_number)
        self.contours += 1
        content = f"contour {self.contours}".encode() * 50
        became = self.attempt(
            reader,
            lambda study, _: save_draft(
                study, key, lambda path: path.write_bytes(content), minutes=1, source="a test", software={}
            ),
            fault,
        )
        is_there = self.raw(f"readings/{node}/{key.name}.draft.seg.nrrd") == content
        self.judge(became, is_there, self.is_open(key) or (key in self.opened and key in self.given_up), fault)

    def lock(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        key = self.current(node, reader, round_number)
        drawn = self.raw(f"readings/{node}/{key.name}.draft.seg.nrrd")
        moment, logged = self.now(reader).moment + timedelta(minutes=1), self.latest_logged()
        may = (
            self.is_open(key)
            and drawn is not None
            and self.can_be_read(key)
            and self.opened[key] - moment <= TOLERANCE
        )  # fmt: skip
        became = self.attempt(reader, lambda study, now: lock_reading(study, key, (), now), fault)
        record = self.raw(f"readings/{node}/{key.name}.json")
        if key in self.locked:
            assert became == "already-locked"
            return
        self.judge(became, record is not None, may, fault)
        if record is not None:
            assert drawn is not None
            behind = logged.date() if logged - moment > TOLERANCE else None
            right = self.true.date() if not self.behind[reader] else None
            self.locked[key] = Lock(record, drawn, moment.date(), behind, right)

    def give_up(self, node: str, reader: str, round_number: int, fault: Fault | None) -> None:
        key = self.current(node, reader, round_number)
        may = key.is_correction and self.is_open(key)
        became = self.attempt(reader, lambda study, now: give_up_correction(study, key, "mistaken", now), fault)
        is_there = self.raw(f"readings/{node}/{key.name}.given-up.json") is not None
        self.judge(became, is_there, may, fault)
        if is_there:
            self.given_up.add(key)

    def leave_out(self, node: str, whole: bool, undo: bool, fault: Fault | None) -> None:
        subject = (PATIENT_OF[node], None if whole else node)
        before = self.out.get(subject, 0)
        may = (before % 2 == 1) is undo and (whole or node in self.nodes)
        became = self.attempt(
            "coordinator",
            lambda study, now: exclude(study, subject[0], "a reason", now, subject[1], excluded=not undo),
            fault,
        )
        name = f"patient-{subject[0]}" if whole else f"lymph-node-{node}"
        is_there = self.raw(f"exclusions/{name}-{before + 1}.json") is not None
        self.judge(became, is_there, may, fault)
        self.out[subject] = before + is_there

    def deliver(self, delivery: str, fault: Fault | None) -> None:
        left = {node.id for node in delivered(delivery).lymph_nodes}
        may = {key.lymph_node for key in self.locked} <= left
        became = self.attempt(
            "coordinator", lambda study, now: import_clinical(study, delivered(delivery), now), fault
        )  # fmt: skip
        is_there = Study.open(self.folder).clinical_tables() == delivered(delivery)
        self.judge(became, is_there, may or delivery == self.delivery, fault)
        if is_there:
            self.delivery = delivery

    def bring_ct(self, image: str, fault: Fault | None) -> None:
        may = image not in self.images
        became = self.attempt("coordinator", lambda study, now: add_ct(study, image, now), fault)
        if may:
            is_there = self.raw(f"images/{image}.json") is not None
            self.judge(became, is_there, may, fault)
            if is_there:
                self.images.add(image)
        else:
            assert became in ("image-exists", "died", "cannot-write")

    def unblind(self, with_reasons: bool, fault: Fault | None) -> None:
        if self.steps < EARLIEST_UNBLINDING:
            return
        assigned = (
            ReadingKey(lymph_node=node, reader=reader, round=round_number)
            for node in self.nodes
            for reader, rounds in ROUNDS.items()
            for round_number in rounds
        )
        missing = [key for key in assigned if key not in self.locked and not self.is_out(key.lymph_node)]
        may = self.unblinding is None and (with_reasons or not missing)
        reasons = dict.fromkeys(missing, "left") if with_reasons else {}
        became = self.attempt("coordinator", lambda study, now: unblind(study, now, reasons), fault)
        record = self.raw("unblinding.json")
        if self.unblinding is None:
            self.judge(became, record is not None, may, fault)
            self.unblinding = record
        else:
            assert became == "already-unblinded"

    def tidy(self, who: str, settled: int, fault: Fault | None) -> None:
        became = self.attempt(who, lambda study, now: recover(study, now, settled_seconds=settled), fault)
        assert became == "done" or fault is not None

    def time_passes(self, days: int) -> None:
        self.true += timedelta(days=days, minutes=5)

    def a_clock_is_set(self, who: str, minutes: int) -> None:
        self.behind[who] = timedelta(minutes=minutes)

    def a_file_is_damaged_and_restored(self, which: int, at: int | None) -> None:
        # Of a committed file; a record may lie in a log's last line, which only a later line vouches for.
        contours = [f"readings/{key.lymph_node}/{key.name}.seg.nrrd" for key in sorted(self.locked)]
        names = [*contours, *(f"images/{image}.nrrd" for image in sorted(self.images)), "lymph_nodes.csv"]
        there = [name for name in names if (self.folder / name).is_file()]
        name = there[which % len(there)]
        path = self.folder / name
        content = path.read_bytes()
        if at is None:
            path.unlink()
        else:
            at %= len(content)
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        found = [problem.where for problem in verify(self.folder).problems if problem.kind not in ("leftover", "note")]
        is_unplaced = any(path.parent.glob(f".{path.name.partition('.')[0]}.*"))  # the whole one has yet to come here
        assert found == [name] or (is_unplaced and not found)
        path.write_bytes(content)
        assert verify(self.folder).is_intact

    # What must hold after each step.

    @invariant()
    def everything_stands(self) -> None:
        """A program that starts now sees all that was reported as done, and nothing else."""
        self.steps += 1
        study = Study.open(self.folder)
        assert {reading.key for reading in study.readings()} == set(self.locked)
        for key, lock in self.locked.items():
            assert self.raw(f"readings/{key.lymph_node}/{key.name}.json") == lock.record
            assert study.contour_file(key).read_bytes() == lock.contour
        assert study.clinical_tables() == delivered(self.delivery)
        assert {image.id for image in study.images()} == self.images
        assert set(excluded_lymph_nodes(study)) & set(self.nodes) == {node for node in self.nodes if self.is_out(node)}
        assert self.raw("unblinding.json") == self.unblinding
        if self.steps % 5 == 0:
            self.examine()

    @invariant()
    def nobody_sees_what_is_sealed(self) -> None:
        study = Study.open(self.folder)
        with pytest.raises(DataRefusedError):
            ReaderView.of(study, "C")
        for reader in ("A", "B"):
            view = ReaderView.of(study, reader)
            assert self.gives(lambda view=view: view.outcome(self.nodes[0])) is (self.unblinding is not None)
            for key in self.locked:
                repeat = self.revisions(key.lymph_node, reader, 2)
                is_sealed = key.reader != reader or (
                    reader == "A" and key.round == 1 and not any(each in self.locked for each in repeat)
                )
                given = self.gives(lambda view=view, key=key: view.contour_file(key))
                if self.unblinding is not None or not any(self.is_open(each) for each in repeat):
                    assert given is (self.unblinding is not None or not is_sealed)
                elif is_sealed:
                    assert not given

    def gives(self, ask: Callable[[], object]) -> bool:
        with suppress(DataRefusedError):
            ask()
            return True
        return False

    def examine(self) -> None:
        report = verify(self.folder)
        assert report.is_intact, report.problems


@pytest.mark.skipif(os.name == "nt", reason="a power cut is told by inodes")
def test_whatever_happens_nothing_locked_is_lost_the_study_stays_blinded_and_verifies():
    sequences = int(os.environ.get("RLNRESPONSE_SEQUENCES", "25"))
    run_state_machine_as_test(AnySequence, settings=settings(max_examples=sequences, stateful_step_count=50))
