"""Every command of a study on a disk that fails: python Testing/crash/faults.py [--faults 3000] [--seed 1]
[--command lock] [--show]

Each command runs through the real command line on a small study, again and again, and each time one of its calls to the
disk fails, at every call in turn and in every way of `faulty_disk.KINDS`; deaths are those of a forked process. After
each fault the study must open and hold, byte for byte, whatever had been reported as done; `verify` must accuse nobody;
the same command again must succeed, or say that it is done; and `recover` must clear up without touching any of it.
Where there are fewer faults than asked for, the rest are two in a row: the command fails, and fails again when repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

# A process that forks must run no threads, and the libraries of numpy and pyarrow begin their own when they are loaded.
os.environ |= {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).parent))
from faulty_disk import DEATHS, KINDS, OF_WRITES, Fault, FaultyDisk
from small_study import small_contour, small_ct

from RLNResponseLib import cli
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import file_digest
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study import layout
from RLNResponseLib.study.store import parse_record
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify

LAST_DAY = "2026-03-01"
PATIENTS = "patient,gender,died,follow_up_months\nP1,male,no,30\nP2,female,yes,12.5\n"
LYMPH_NODES = "lymph_node,patient,image,recist\nLN1,P1,CT1,PR\nLN2,P1,CT1,SD\nLN3,P2,CT1B,CR\n"
MISSING = "lymph_node,reader,round,reason\nLN1,B,1,left\nLN2,A,2,left\nLN3,A,1,no CT\nLN3,B,1,no CT\nLN3,A,2,no CT\n"
# After its last call a command has reported what it did; then only the power can fail.
END = "end"
INTERNAL = "An error in RLNResponse itself"
KILLED_STATUS = 9
# A crash's leftovers are cleared up by the next command once they are that old.
LONG_AGO_S = 7200


@dataclass(frozen=True)
class Command:
    """A command of the study: its name here, its words, and the day on which it is given."""

    name: str
    words: str
    day: str = "2026-01-10"


def reading(lymph_node: str, reader: str, round_number: int = 1) -> str:
    return f"--lymph-node {lymph_node} --reader {reader} --round {round_number}"


# In this order they make a whole study; each is tried on the study that those before it made.
STORY = (
    Command("create", "study create STUDY --readers A,B --repeat A"),
    Command("import-ct", "study import-ct STUDY ct.nrrd --patient P1 --image CT1"),
    Command("import-clinical", "study import-clinical STUDY --patients patients.csv --lymph-nodes lymph_nodes.csv"),
    Command("import-clinical, changed", "study import-clinical STUDY --patients more.csv --lymph-nodes changed.csv"),
    Command("import-reading", f"study import-reading STUDY one.seg.nrrd {reading('LN1', 'A')} --minutes 4"),
    Command("import-reading, another", f"study import-reading STUDY two.seg.nrrd {reading('LN1', 'A')}"),
    Command("lock", f"study lock STUDY {reading('LN1', 'A')}"),
    Command("import-reading, LN2", f"study import-reading STUDY one.seg.nrrd {reading('LN2', 'A')}"),
    Command("lock --all", "study lock STUDY --all --reader A --round 1"),
    Command("import-reading --correction", f"study import-reading STUDY one.seg.nrrd {reading('LN1', 'A')} --correction moved"),
    Command("lock, a correction", f"study lock STUDY {reading('LN1', 'A')}", "2026-01-11"),
    Command("import-reading --correction, again", f"study import-reading STUDY two.seg.nrrd {reading('LN2', 'A')} --correction so"),
    Command("give-up", f"study give-up STUDY {reading('LN2', 'A')} --reason mistaken"),
    Command("exclude", "study exclude STUDY --patient P1 --lymph-node LN2 --reason unreadable"),
    Command("exclude --undo", "study exclude STUDY --patient P1 --lymph-node LN2 --reason readable --undo"),
    Command("exclude, a patient", "study exclude STUDY --patient P3 --reason lost"),
    Command("import-reading, repeat", f"study import-reading STUDY two.seg.nrrd {reading('LN1', 'A', 2)}", LAST_DAY),
    Command("lock, repeat", f"study lock STUDY {reading('LN1', 'A', 2)}", LAST_DAY),
    Command("import-reading, B", f"study import-reading STUDY two.seg.nrrd {reading('LN2', 'B')}", LAST_DAY),
    Command("lock, B", f"study lock STUDY {reading('LN2', 'B')}", LAST_DAY),
    Command("unblind", "study unblind STUDY --missing missing.csv", LAST_DAY),
    Command("extract", "extract STUDY --workers 1", LAST_DAY),
)  # fmt: skip
# On a study full of leftovers: what crashed before is cleared up by the next command, and that may crash too.
RECOVERING = Command("recover, exclude", "study exclude STUDY --patient P2 --reason lost")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A command with the study before it, and what a whole run of it makes.

    before, after  what stands in the study: name → SHA-256
    calls          what a whole run asks of the disk
    """

    command: Command
    template: Path
    before: Mapping[str, str]
    after: Mapping[str, str]
    calls: tuple[str, ...]

    def faults(self) -> Iterator[Fault]:
        """Every fault at every call."""
        for kind, (at, call) in itertools.product(KINDS, enumerate(self.calls, start=1)):
            is_write, is_end = call.startswith("write "), call.startswith(END)
            if kind == "power cut" or (not is_end and (is_write or kind not in OF_WRITES)):
                yield Fault(kind, at)


class LostError(Exception):
    """What had been reported as done is not there."""


class UnverifiableError(Exception):
    """The study does not open, does not verify, or cannot go on."""


class Runner:
    """Runs commands on copies of a study, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "run"
        self.inputs = folder / "inputs"
        self.templates = folder / "templates"
        self.templates.mkdir()
        self.inputs.mkdir()
        ct, contour = small_ct(), small_contour()
        sitk.WriteImage(ct.image, str(self.inputs / "ct.nrrd"))
        write_seg_nrrd(self.inputs / "one.seg.nrrd", contour, ct)
        contour.voxels[0, 0] = False
        write_seg_nrrd(self.inputs / "two.seg.nrrd", contour, ct)
        texts = {
            "patients.csv": PATIENTS,
            "more.csv": f"{PATIENTS}P3,male,no,3\n",
            "lymph_nodes.csv": LYMPH_NODES,
            "changed.csv": LYMPH_NODES.replace("SD", "PD"),
            "missing.csv": MISSING,
        }
        for name, text in texts.items():
            (self.inputs / name).write_text(text)

    @property
    def study(self) -> Path:
        return self.root / "study"

    def scenes(self) -> list[Scene]:
        """Every command, with the study that those before it made."""
        scenes = []
        self.root.mkdir()
        for command in STORY:
            scenes.append(self._scene(command))
            if command.name == "import-reading, LN2":
                leaving = scenes[-1]
        self._put(leaving.template)
        self._leave_all_kinds()
        scenes.append(self._scene(RECOVERING))
        return scenes

    def _scene(self, command: Command) -> Scene:
        template = self.templates / str(len(list(self.templates.iterdir())))
        shutil.copytree(self.root, template)
        before, disk = standing(self.study), FaultyDisk(self.root)
        status, said = self.run(command, disk)
        assert status == 0, said
        after = standing(self.study)
        return Scene(command=command, template=template, before=before, after=after, calls=tuple(disk.calls))

    def _leave_all_kinds(self) -> None:
        """Kill writers at different places, so that every kind of leftover lies there, since long ago."""
        opening, locking = STORY[7], Command("", f"study lock STUDY {reading('LN2', 'A')}")
        clinical = Command("", "study import-clinical STUDY --patients patients.csv --lymph-nodes lymph_nodes.csv")
        excluding = Command("", "study exclude STUDY --patient P1 --reason moved")
        self._kill(excluding, "link ", "killed")  # announced and not made
        self._kill(clinical, "write audit", "torn")
        self._kill(clinical, "write audit", "killed")
        self._kill(clinical, "rename patients.csv", "killed")  # made and not placed
        assert self.run(opening)[0] == 0
        self._kill(locking, "unlink readings/LN2/A-1.draft", "killed")
        codes = {problem.code for problem in verify(self.study).problems}
        wanted = {"unmade-record", "torn-line", "empty-log", "temporary-file", "unplaced-file", "draft-of-locked"}
        assert wanted <= codes, wanted - codes
        for path in self.study.rglob("*"):
            os.utime(path, (path.stat().st_mtime - LONG_AGO_S,) * 2)

    def _kill(self, command: Command, beginning: str, kind: str) -> None:
        """Kill a command at the first call that begins so."""
        aside = self.root.with_name("aside")
        shutil.copytree(self.root, aside)
        disk = FaultyDisk(self.root)
        self.run(command, disk)
        shutil.rmtree(self.root)
        aside.rename(self.root)
        at = next(
            n for n, call in enumerate(disk.calls, start=1) if call.replace("study/", "", 1).startswith(beginning)
        )
        assert self.strike(command, Fault(kind, at)) is None

    def run(self, command: Command, disk: FaultyDisk | None = None) -> tuple[int, str]:
        """The command's exit status, and what it said."""
        words = [
            str(self.study) if word == "STUDY" else str(self.inputs / word) if (self.inputs / word).is_file() else word
            for word in command.words.split()
        ]
        said = io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, {"RLNRESPONSE_TODAY": command.day}))
            stack.enter_context(redirect_stdout(said))
            stack.enter_context(redirect_stderr(said))
            inserted = stack.enter_context((disk or FaultyDisk(self.root)).inserted())
            status = cli.main(words)
            # What is no death cannot strike here: after a first fault a command may make fewer calls.
            with suppress(OSError):
                inserted.call(END, "", lambda: None)
            return status, said.getvalue()

    def strike(self, command: Command, fault: Fault) -> tuple[int, str] | None:
        """The command with one fault: its exit status and words, None where it died."""
        if fault.kind not in DEATHS:
            return self.run(command, FaultyDisk(self.root, fault))
        child = os.fork()
        if child == 0:
            try:
                self.run(command, FaultyDisk(self.root, fault, die=lambda: os._exit(KILLED_STATUS)))
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == KILLED_STATUS, f"the call of {fault} did not come"
        return None

    def _put(self, template: Path) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(template, self.root)

    def try_fault(self, scene: Scene, faults: Sequence[Fault]) -> None:
        """The command with these faults one after the other, and then without; LostError or UnverifiableError if it must."""
        self._put(scene.template)
        reported = False
        for fault in faults:
            ended = self.strike(scene.command, fault)
            if ended is not None and (ended[0] not in (0, 1) or INTERNAL in ended[1]):
                raise UnverifiableError(f"it ended with {ended}")
            reported |= scene.calls[fault.at - 1].startswith(END) if ended is None else ended[0] == 0
            self._examine(scene, reported)
        status, said = self.run(scene.command)
        self._examine(scene, reported=True, said=f"again: {status}, {said}")
        with FaultyDisk(self.root).inserted():
            recover(Study.open(self.study), Now(datetime.fromisoformat(LAST_DAY).replace(tzinfo=UTC)), 0)
        self._examine(scene, reported=True, said="after a recovery")
        problems = verify(self.study).problems
        if left := [problem for problem in problems if problem.kind == "leftover"]:
            raise UnverifiableError(f"a recovery leaves {left[0].sentence}")

    def _examine(self, scene: Scene, reported: bool, said: str = "") -> None:
        """What a program that starts now sees."""
        if not scene.before and not self.study.exists() and not reported:
            return
        try:
            there, report = standing(self.study), verify(self.study)
        except DataRefusedError as refusal:
            raise UnverifiableError(f"it does not open: {refusal} {said}") from None
        if not report.is_intact:
            raise UnverifiableError(f"{report.problems[0].sentence} {said}")
        for name in scene.before.keys() | scene.after.keys():
            allowed = {scene.after.get(name)} | (set() if reported else {scene.before.get(name)})
            # What the command makes states the moment, and so has other bytes each time; contours and tables have not.
            is_new_record = scene.before.get(name) is None and name.endswith(".json") and name in there
            if there.get(name) not in allowed and not is_new_record:
                raise LostError(f"{name} {said}")


def standing(folder: Path) -> dict[str, str]:
    """Whatever in a study had been reported as done, and the features; {} where there is no study."""
    if not folder.exists():
        return {}
    study = Study.open(folder)
    kept = {study.protocol_file: file_digest(folder / study.protocol_file)}
    kept |= {f"{entry.id}, voxels": file_digest(study.image_file(entry.id)) for entry in study.images()}
    for locked in study.readings():
        kept[f"{locked.key.lymph_node}/{locked.key.name}, contour"] = file_digest(study.contour_file(locked.key))
    for path in folder.rglob("*.json"):
        name = path.relative_to(folder).as_posix()
        is_record = not name.startswith((layout.RECOVERIES, *layout.DERIVED, layout.SET_ASIDE)) and path.name[0] != "."
        if is_record and not name.endswith(layout.DRAFT_NOTES_SUFFIX) and parse_record(name, path.read_bytes()):
            kept[name] = file_digest(path)
    for pattern in (f"readings/*/*{layout.DRAFT_CONTOUR_SUFFIX}", "features/*.csv", "features/*.parquet"):
        kept |= {path.relative_to(folder).as_posix(): file_digest(path) for path in folder.glob(pattern)}
    for name in [name for name in kept if name.endswith(layout.DRAFT_CONTOUR_SUFFIX)]:
        ends = (layout.RECORD_SUFFIX, layout.GIVEN_UP_SUFFIX)
        if any(name.replace(layout.DRAFT_CONTOUR_SUFFIX, end) in kept for end in ends):
            del kept[name]
    tables = study.clinical_tables()
    for name, text in (("patients", tables.patients_csv()), ("lymph nodes", tables.lymph_nodes_csv())):
        kept[name] = hashlib.sha256(text.encode()).hexdigest()
    return kept


def chosen(scenes: Sequence[Scene], number: int, rng: random.Random) -> list[tuple[Scene, tuple[Fault, ...]]]:
    """So many faults: all single ones, then pairs; or a part of the single ones."""
    single = [(scene, (fault,)) for scene in scenes for fault in scene.faults()]
    if number <= len(single):
        return rng.sample(single, number)
    pairs = []
    for scene, (first,) in rng.choices(single, k=number - len(single)):
        # Among the first calls, which come again whatever the first fault left.
        second = rng.choice([fault for fault in scene.faults() if fault.kind not in DEATHS])
        pairs.append((scene, (first, second)))
    return [*single, *pairs]


def table(tried: Mapping[tuple[str, str], Counter[str]]) -> Iterator[str]:
    """Tried, lost and unverifiable, by command and kind of fault."""
    commands = list(dict.fromkeys(command for command, _ in tried))
    width = max(len(name) for name in commands)
    yield f"{'tried/lost/unverifiable':<{width}}  " + "  ".join(f"{kind:>11}" for kind in KINDS)
    for command in commands:
        counts = (tried.get((command, kind), Counter()) for kind in KINDS)
        cells = (f"{each['tried']}/{each['lost']}/{each['unverifiable']}" for each in counts)
        yield f"{command:<{width}}  " + "  ".join(f"{cell:>11}" for cell in cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", help="only this one of the story")
    parser.add_argument("--show", action="store_true", help="what each command asks of the disk")
    call = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    tried: dict[tuple[str, str], Counter[str]] = {}
    wrong = []
    with tempfile.TemporaryDirectory() as temporary:
        runner = Runner(Path(temporary))
        scenes = [scene for scene in runner.scenes() if call.command in (None, scene.command.name)]
        if call.show:
            print("\n".join(f"{scene.command.name}: {one}" for scene in scenes for one in scene.calls))
        for scene, faults in chosen(scenes, call.faults, random.Random(call.seed)):
            counts = tried.setdefault((scene.command.name, faults[0].kind), Counter())
            counts["tried"] += 1
            try:
                runner.try_fault(scene, faults)
            except (LostError, UnverifiableError) as fault:
                what = "lost" if isinstance(fault, LostError) else "unverifiable"
                counts[what] += 1
                where = "; ".join(f"{each.kind} at {each.at} ({scene.calls[each.at - 1]})" for each in faults)
                wrong.append(f"{scene.command.name}: {where}: {what}: {fault}")
    print("\n".join(table(tried)))
    total = sum(tried.values(), Counter())
    print(f"{total['tried']} faults, {total['lost']} lost, {total['unverifiable']} unverifiable")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
