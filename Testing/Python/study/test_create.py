"""A study is made whole or not at all, on whatever disk; and what cannot be read of it is not less of it."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from RLNResponseLib.common import files
from RLNResponseLib.study import study as study_module
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

PROTOCOL = Protocol(title="Two readers", readers=plan_readers(["A", "B"], ["A"]))


class KilledError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


@pytest.mark.parametrize("step", range(8))
def test_a_study_whose_making_was_ended_at_any_step_can_be_made_again(small, tmp_path, monkeypatch, step):
    calls = iter(range(100))

    def ending(function):
        def called(*arguments, **options):
            if next(calls) == step:
                raise KilledError
            return function(*arguments, **options)

        return called

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", ending(os.fsync))
        patched.setattr(Path, "rename", ending(Path.rename))
        # A killed process removes nothing.
        patched.setattr(study_module.shutil, "rmtree", lambda *_arguments, **_options: None)
        try:
            Study.create(tmp_path / "new", PROTOCOL, small.on())
        except KilledError:
            assert not (tmp_path / "new" / "study.toml").exists()
        else:
            assert step == 7, "every step before the last was ended"
            return
    Study.create(tmp_path / "new", PROTOCOL, small.on())
    assert verify(tmp_path / "new").problems == ()
    assert Study.open(tmp_path / "new").protocol == PROTOCOL


def test_an_empty_folder_becomes_a_study_and_one_with_anything_in_it_does_not(small, tmp_path, refusal):
    (tmp_path / "empty").mkdir()
    study = Study.create(tmp_path / "empty", PROTOCOL, small.on(), "ward")
    study.store.commit("tested", "recoveries/1.json", {"kind": "a test"}, small.on())
    assert sorted(path.name for path in (tmp_path / "empty" / "audit").iterdir()) == ["ward-0001.jsonl"]
    assert refusal(lambda: Study.create(tmp_path / "empty", PROTOCOL, small.on())) == "folder-not-empty"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_read_is_an_error_and_not_fewer_readings(small, monkeypatch, refusal):
    from RLNResponseLib.study.records import ReadingKey

    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    small.read(ReadingKey(lymph_node="LN2", reader="A"))
    scandir = os.scandir

    def closed(path="."):
        if Path(path).name == "LN2":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    assert len(small.study.readings()) == 2
    monkeypatch.setattr(os, "scandir", closed)
    assert refusal(small.study.readings) == "unreadable-study"
    report = verify(small.folder)
    assert ("unreadable", "readings/LN2") in {(problem.code, problem.where) for problem in report.problems}
    assert not report.is_intact


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_share_without_hard_links_is_recognised_and_left_as_it_was(tmp_path, monkeypatch, number):
    assert files.links_are_exclusive(tmp_path)

    def refused(*_arguments, **_options):
        raise OSError(number, "no links here")

    monkeypatch.setattr(os, "link", refused)
    assert not files.links_are_exclusive(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_a_command_that_is_asked_to_end_leaves_nothing_behind(tmp_path):
    # The command waits in the middle of writing: the signal must find it there.
    script = (
        "import sys, time\n"
        "from RLNResponseLib.common import files\n"
        "from RLNResponseLib.study import study\n"
        "def slow(path, text):\n"
        "    files.write_atomically(path, lambda t: (t.write_text('half'), print('ready', flush=True), time.sleep(60)))\n"
        "study.write_text_atomically = slow\n"
        "from RLNResponseLib.cli import main\n"
        f"sys.argv = ['rlnresponse', 'study', 'create', {str(tmp_path / 'new')!r}, '--readers', 'A']\n"
        "sys.exit(main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (1, "Stopped; nothing was left half-written.\n")
    assert list(tmp_path.iterdir()) == []
