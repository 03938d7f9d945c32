"""A disk that fails at any call, at a size that a test run allows (`make crash` tries them all), and the disk itself."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crash"))
from faulty_disk import KINDS, Fault, FaultyDisk, KilledError

from RLNResponseLib.common.files import fill, publish, publish_exclusively, sync_folder

CRASH = Path(__file__).resolve().parents[2] / "crash"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks, and tells files by their inodes"),
]


def test_a_command_on_a_disk_that_fails_at_any_call_loses_nothing_and_leaves_a_study_that_verifies():
    # A process of its own: the one that forks must run no threads.
    done = subprocess.run(
        [sys.executable, str(CRASH / "faults.py"), "--faults", "100"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CRASH.parents[1])},
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "100 faults, 0 lost, 0 unverifiable" in done.stdout


def keep(folder: Path, *, forced: bool) -> None:
    """Write a file as the store does, or as a program that trusts the disk does."""
    temporary = folder / ".a.0123456789abcdef.tmp.txt"
    if forced:
        fill(temporary, lambda target: target.write_bytes(b"whole"))
        publish(temporary, folder / "a.txt")
    else:
        temporary.write_bytes(b"whole")
        temporary.replace(folder / "a.txt")
    (folder / "b.txt").write_bytes(b"the next")


def states(folder: Path, kind: str, *, forced: bool) -> set[bytes | None]:
    """What a.txt holds after the fault, for every call at which it can strike."""
    counting = FaultyDisk(folder)
    with counting.inserted():
        keep(folder, forced=forced)
    found: set[bytes | None] = set()
    for at in range(1, len(counting.calls) + 1):
        for path in folder.iterdir():
            path.unlink()
        (folder / "a.txt").write_bytes(b"before")
        with pytest.raises((KilledError, OSError)), FaultyDisk(folder, Fault(kind, at)).inserted():
            keep(folder, forced=forced)
        found.add((folder / "a.txt").read_bytes() if (folder / "a.txt").is_file() else None)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_forced_before_it_is_named_is_there_whole_or_as_before(tmp_path, kind):
    assert states(tmp_path, kind, forced=True) <= {b"before", b"whole"}


def test_the_harness_finds_a_writer_that_forces_nothing(tmp_path):
    assert states(tmp_path, "power cut", forced=False) == {b"before"}

    def force_the_name_only() -> None:
        (tmp_path / ".c.txt").write_bytes(b"unforced")
        (tmp_path / ".c.txt").replace(tmp_path / "c.txt")
        sync_folder(tmp_path)
        (tmp_path / "b.txt").write_bytes(b"next")

    strike(FaultyDisk(tmp_path, Fault("power cut", 5)), force_the_name_only)
    assert (tmp_path / "c.txt").read_bytes() == b"unfo"


def strike(disk: FaultyDisk, act: Callable[[], None]) -> None:
    """Run a program that dies of the disk's fault."""
    with pytest.raises(KilledError), disk.inserted():
        act()


def test_a_name_whose_folder_was_not_forced_is_gone_after_a_power_cut(tmp_path):
    def publish_and_go_on() -> None:
        fill(tmp_path / "1", lambda target: target.write_bytes(b"whole"))
        publish_exclusively(tmp_path / "1", tmp_path / "record.json")

    disk = FaultyDisk(tmp_path)
    with disk.inserted():
        publish_and_go_on()
    (tmp_path / "record.json").unlink()
    assert disk.calls[-1].startswith("fsync")
    strike(FaultyDisk(tmp_path, Fault("power cut", len(disk.calls))), publish_and_go_on)
    assert not (tmp_path / "record.json").exists()


def test_a_program_that_died_writes_nothing_more_whatever_it_still_does(tmp_path):
    def write_and_clear_up() -> None:
        try:
            (tmp_path / "a").write_bytes(b"x")
        finally:
            (tmp_path / "b").write_bytes(b"x")

    strike(FaultyDisk(tmp_path, Fault("killed", 2)), write_and_clear_up)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b""


def test_a_full_disk_takes_nothing_more_but_still_renames_and_deletes(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    with FaultyDisk(tmp_path, Fault("disk full", 1)).inserted():
        with pytest.raises(OSError, match="No space"):
            (tmp_path / "b").write_bytes(b"x")
        with pytest.raises(OSError, match="No space"):
            (tmp_path / "c").mkdir()
        (tmp_path / "a").replace(tmp_path / "d")
        (tmp_path / "d").unlink()
    assert list(tmp_path.iterdir()) == []
