"""Spoilt files through the real command: python Testing/fuzz/fuzz.py [--cases 300] [--seed 1] [--reader NAME ...]
[--keep DIR]

Every call must end within 20 s and 4 GB with exit 0, 1 or 2; a refusal is one line on stderr, in our own words; no file
is left half-written, no input changed, and a study still verifies. What fails is kept with the seed that makes it again:
`--reader NAME --seed N --first I --cases 1`.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
from child import MEMORY_MB, SECONDS, Outcome, load_libraries, run  # noqa: E402
from readers import READERS, Reader  # noqa: E402
from seeds import make_seeds  # noqa: E402

# What only a library, or Python itself, would say.
_FOREIGN = re.compile(
    r"Traceback|Warning:|site-packages|\.py\b.*line \d|itk::|ITK|vtk|libtiff|\bgdcm|pydicom|openpyxl|pyarrow|Thrift|"
    r"An error in RLNResponse itself|object at 0x|<class '|NoneType|\bexpected .* got\b|lxml|zlib|errno",
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Lock files lie beside what they lock; the audit log and what a command makes on success are meant.
_MEANT = re.compile(r"(^|/)(\.[^/]*\.lock|new\.csv)$")


@dataclass
class Tally:
    """What came of the cases of one reader.

    exits     how many ended with each code
    slowest   seconds
    largest   MB
    failures  one sentence each
    """

    exits: Counter[int | None] = field(default_factory=Counter)
    slowest: float = 0.0
    largest: float = 0.0
    failures: list[str] = field(default_factory=list)


def faults(outcome: Outcome) -> list[str]:
    """What is wrong with how a call ended."""
    found = []
    if outcome.code is None:
        found.append(f"still running after {SECONDS:g} s")
    elif outcome.code < 0:
        found.append(f"ended by signal {-outcome.code}")
    elif outcome.code not in (0, 1, 2):
        found.append(f"exit {outcome.code}")
    if outcome.mb > MEMORY_MB:
        found.append(f"{outcome.mb:.0f} MB")
    lines = outcome.err.splitlines()
    if outcome.code == 1 and (len(lines) != 1 or not outcome.err.endswith("\n") or len(lines[0]) > 2000):
        found.append(f"{len(lines)} lines on stderr with exit 1: {outcome.err[:300]!r}")
    for stream in (outcome.out, outcome.err):
        if foreign := _FOREIGN.search(stream):
            found.append(
                f"foreign words ({foreign[0]}): {stream[max(0, foreign.start() - 100) : foreign.end() + 100]!r}"
            )
        if sign := _CONTROL.search(stream):
            found.append(f"a control sign {sign[0]!r} at the terminal")
    return found


def digests(folder: Path) -> dict[str, str]:
    """Every file of a folder by its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def left_behind(reader: Reader, before: dict[str, str], after: dict[str, str], code: int | None) -> list[str]:
    """What a call changed that it should not have."""
    changed = {name for name in before if after.get(name) != before[name]}
    new = {name for name in after if name not in before and not _MEANT.search(name)}
    temporary = {name for name in after if ".tmp" in name and name not in before}
    ours = ("study/", "empty-study/", "key.csv")
    outside = {name for name in changed | new if not name.startswith(ours)}
    found = [f"left behind or changed: {', '.join(sorted(outside))}"] if outside else []
    if temporary:
        found.append(f"half-written: {', '.join(sorted(temporary))}")
    # A study that refuses has taken nothing: at most its audit log says so.
    kept = {name for name in changed | new if "/audit/" not in name and name.startswith(ours)} if code == 1 else set()
    # A reading that was opened stays open, and is on the log.
    kept = {name for name in kept if not name.endswith((".open.json", ".lock"))}
    if kept:
        found.append(f"refused, and yet wrote {', '.join(sorted(kept))}")
    return found


def one_case(reader: Reader, seeds: Path, seed: str, keep: Path | None) -> tuple[Outcome, list[str]]:
    """Spoil, call, judge; what failed is kept."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder = Path(temporary) / "case"
        reader.prepare(seeds, folder)
        path, how = reader.spoil(rng, folder)
        words = rng.choice(reader.calls)
        before = digests(folder)
        outcome = run(words, folder)
        if outcome.code is None:  # another program's load may have been the reason; what hangs hangs again
            outcome = run(words, folder)
        found = [*faults(outcome), *left_behind(reader, before, digests(folder), outcome.code)]
        if reader.study is not None:
            checked = run(["study", "verify", reader.study], folder)
            if checked.code != 0:
                found.append(f"the study no longer verifies: {(checked.err or checked.out)[:200]!r}")
        if found and keep is not None:
            place = keep / seed.replace(" ", "-").replace("/", "-")
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder, place, symlinks=True)
        where = path.relative_to(folder)
        return outcome, [f"{seed}: {where} {how[:80]}, rlnresponse {' '.join(words)}: {each}" for each in found]


def fuzz(reader: Reader, seeds: Path, numbers: range, seed: int, keep: Path | None) -> Tally:
    """So many cases of one reader."""
    tally = Tally()
    for number in numbers:
        outcome, found = one_case(reader, seeds, f"{reader.name}-{seed}-{number}", keep)
        tally.exits[outcome.code] += 1
        tally.slowest = max(tally.slowest, outcome.seconds)
        tally.largest = max(tally.largest, outcome.mb)
        tally.failures += found
    return tally


def main() -> int:
    """Fuzz the readers, print the table, and say what failed; 1 where anything did."""
    # The threads of the loaded libraries wait for work, and the child takes none over (Python 3.12 warns).
    warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300, help="of each reader")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", nargs="+", choices=[reader.name for reader in READERS], metavar="NAME")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where failing inputs go")
    call = parser.parse_args()
    load_libraries()
    call.keep.mkdir(parents=True, exist_ok=True)
    failures = []
    print(f"{'reader':22}{'cases':>7}{'exit 0':>8}{'1':>6}{'2':>6}{'slowest s':>11}{'largest MB':>12}{'failures':>10}")
    with tempfile.TemporaryDirectory() as temporary:
        seeds = Path(temporary) / "seeds"
        seeds.mkdir()
        _make_apart(seeds)
        for reader in READERS:
            if call.reader and reader.name not in call.reader:
                continue
            tally = fuzz(reader, seeds, range(call.first, call.first + call.cases), call.seed, call.keep)
            codes = "".join(f"{tally.exits[code]:>{width}}" for code, width in ((0, 8), (1, 6), (2, 6)))
            row = f"{reader.name:22}{call.cases:>7}{codes}{tally.slowest:>11.1f}{tally.largest:>12.0f}{len(tally.failures):>10}"
            print(row, flush=True)
            failures += tally.failures
    print("\n".join(failures))
    return 1 if failures else 0


def _make_apart(seeds: Path) -> None:
    """Make the seeds in a process of their own: the one that forks must have run no threads."""
    import os

    child = os.fork()
    if child == 0:
        try:
            with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
                sys.stdout = nowhere
                make_seeds(seeds)
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the seeds cannot be made")


if __name__ == "__main__":
    sys.exit(main())
