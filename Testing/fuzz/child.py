"""One call of the real command in a process of its own, with limits on memory and time; forked, so that a thousand
calls need the libraries loaded once."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

SECONDS = 20.0
MEMORY_MB = 4096
# Mapped libraries take address space, no memory; what a command really takes is measured.
_ADDRESS_SPACE_MB = MEMORY_MB + 2048
_LONGEST_OUTPUT = 1_000_000
_LIBRARIES = (
    "numpy", "scipy.ndimage", "scipy.stats", "scipy.optimize", "SimpleITK", "pydicom", "highdicom", "openpyxl", "pyarrow.parquet", "jsonschema",
    "RLNResponseLib.cli", "RLNResponseLib.modelling.lesion", "RLNResponseLib.imaging.load", "RLNResponseLib.study.verify.verify",
    *(f"RLNResponseLib.commands.{name}" for name in ("score", "segments", "study", "table1", "endpoint", "agreement", "validate", "survival")),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    code     its exit code; negative: the signal that ended it; None: it was ended after `SECONDS`
    out      what it printed, the beginning of it
    err      what it said on stderr
    seconds  how long it took
    mb       the most memory that it held
    """

    code: int | None
    out: str
    err: str
    seconds: float
    mb: float


def load_libraries() -> None:
    """Load what the commands use before the first fork. Whoever forks must run no thread of theirs."""
    for name in _LIBRARIES:
        import_module(name)


def run(words: list[str], folder: Path, seconds: float = SECONDS) -> Outcome:
    """Run `rlnresponse` with these words in `folder`; its stdout and stderr are files beside the folder."""
    out, err = folder.with_name(f"{folder.name}.out"), folder.with_name(f"{folder.name}.err")
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become_the_command(words, folder, out, err)
    status, usage = _wait(child, began + seconds)
    taken = time.monotonic() - began
    code = None if status is None else os.waitstatus_to_exitcode(status)
    texts = [_beginning(path) for path in (out, err)]
    return Outcome(code, texts[0], texts[1], taken, usage.ru_maxrss / 1024)


def _become_the_command(words: list[str], folder: Path, out: Path, err: Path) -> None:
    try:
        os.setsid()
        os.chdir(folder)
        megabyte = 2**20
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_MB * megabyte, _ADDRESS_SPACE_MB * megabyte))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for descriptor, path in ((1, out), (2, err)):
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(opened, descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = (
            open(0, closefd=False),  # noqa: SIM115
            open(1, "w", encoding="utf-8", closefd=False),  # noqa: SIM115
            open(2, "w", encoding="utf-8", closefd=False),  # noqa: SIM115
        )
        faulthandler.disable()
        from RLNResponseLib.cli import main

        sys.argv = ["rlnresponse", *words]
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 2
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        os._exit(70)
    os._exit(code)


def _wait(child: int, until: float) -> tuple[int | None, resource.struct_rusage]:
    pause = 0.002
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return status, usage
        if time.monotonic() > until:
            # Its own workers too; it leads its session.
            os.killpg(child, signal.SIGKILL)
            return None, os.wait4(child, 0)[2]
        time.sleep(pause)
        pause = min(0.05, 1.5 * pause)


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(_LONGEST_OUTPUT).decode("utf-8", "replace")
    path.unlink()
    return text
