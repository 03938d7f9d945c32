"""Records of the store: announced, then made, whole or not at all; one winner; nothing outside the folder."""

import errno
import hashlib
import json
import os

import pytest

from RLNResponseLib.common import files
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import store
from RLNResponseLib.study.store import Store
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

NAME = "recoveries/7.json"
CONTENT = {"kind": "a test", "value": 1.5}


def broken(*_arguments, **_options):
    raise OSError(errno.ENOSPC, "No space left on device")


def staged(small, name="recoveries/7.bin", content=b"seven"):
    return small.store.stage(name, lambda target: target.write_bytes(content))


def test_a_record_is_read_back_as_it_was_committed_with_its_files_and_its_line(small):
    file = staged(small)
    made = small.store.commit("tested", NAME, CONTENT, small.on(), [file])
    back = Store(small.folder, "other").read(NAME)
    assert back == made
    assert {name: back.content[name] for name in CONTENT} == CONTENT
    assert (small.folder / "recoveries/7.bin").read_bytes() == b"seven"
    assert back.files[0].sha256 == hashlib.sha256(b"seven").hexdigest()
    line = (small.folder / f"audit/{back.audit.writer}.jsonl").read_bytes().split(b"\n")[back.audit.sequence - 1]
    assert hashlib.sha256(line).hexdigest() == back.audit.sha256
    assert json.loads(line)["details"] == {"record": NAME, "content": dict(back.content)}


def test_of_two_programs_the_second_is_told_and_leaves_no_file(small, refusal):
    small.store.commit("tested", NAME, CONTENT, small.on())
    before = small.tree()
    file = staged(small)
    other = Store(small.folder, "other")
    assert refusal(lambda: other.commit("tested", NAME, {"kind": "late"}, small.on(), [file])) == "record-exists"
    assert small.tree() == before


def test_a_race_that_is_lost_after_the_announcement_keeps_the_winners_record(small, monkeypatch, refusal):
    real = store.publish_exclusively

    def beaten(temporary, path):
        path.write_bytes(b"the winner's")
        real(temporary, path)

    monkeypatch.setattr(store, "publish_exclusively", beaten)
    file = staged(small)
    assert refusal(lambda: small.store.commit("tested", NAME, CONTENT, small.on(), [file])) == "record-exists"
    assert (small.folder / NAME).read_bytes() == b"the winner's"
    assert [path.name for path in (small.folder / "recoveries").iterdir()] == ["7.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows renames, without a link")
@pytest.mark.parametrize(("module", "step"), [(store, "fill"), (files.os, "link")])
def test_a_disk_that_fails_before_the_record_stands_leaves_no_record(small, monkeypatch, refusal, module, step):
    file = staged(small)
    with monkeypatch.context() as patch:
        patch.setattr(module, step, broken)
        assert refusal(lambda: small.store.commit("tested", NAME, CONTENT, small.on(), [file])) == "cannot-write"
    assert not small.store.exists(NAME)
    assert list((small.folder / "recoveries").iterdir()) == []
    # The line after the one that announced it says so, and the next record goes on in the same log.
    again = small.store.commit("tested", NAME, CONTENT, small.on())
    assert again.audit.sequence == 3
    assert verify(small.folder).is_intact


def test_a_log_that_cannot_be_written_makes_no_record(small, monkeypatch, refusal):
    file = staged(small)
    monkeypatch.setattr(os, "fsync", broken)
    assert refusal(lambda: small.store.commit("tested", NAME, CONTENT, small.on(), [file])) == "cannot-write"
    assert list((small.folder / "recoveries").iterdir()) == []


def test_a_record_stands_though_its_file_could_not_be_renamed_and_anyone_places_it_later(small, monkeypatch):
    file = staged(small)
    with monkeypatch.context() as patch:
        patch.setattr(store, "publish", broken)
        record = small.store.commit("tested", NAME, CONTENT, small.on(), [file])
    assert not (small.folder / "recoveries/7.bin").exists()
    assert small.store.locate(file).read_bytes() == small.store.content(file) == b"seven"
    for _ in range(2):
        Store(small.folder, "other").place(record)
        assert (small.folder / "recoveries/7.bin").read_bytes() == b"seven"
        assert small.store.content(file) == b"seven"


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folder")
def test_a_folder_that_could_not_be_synced_after_the_record_was_made_does_not_undo_it(small, monkeypatch):
    file = staged(small)
    (small.folder / "audit").mkdir(exist_ok=True)
    small.store.log.append("before", {}, small.on())
    with monkeypatch.context() as patch:
        patch.setattr(files, "sync_folder", broken)
        record = small.store.commit("tested", NAME, CONTENT, small.on(), [file])
    assert small.store.read(NAME) == record
    assert (small.folder / "recoveries/7.bin").read_bytes() == b"seven"


def test_a_draft_is_the_old_one_or_the_new_one(small, monkeypatch, refusal):
    small.store.save("readings/LN1/x.bin", lambda target: target.write_bytes(b"old"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        save = lambda: small.store.save("readings/LN1/x.bin", lambda target: target.write_bytes(b"new"))  # noqa: E731
        assert refusal(save) == "cannot-write"
    assert {path.name: path.read_bytes() for path in (small.folder / "readings/LN1").iterdir()} == {"x.bin": b"old"}
    assert save() == hashlib.sha256(b"new").hexdigest()
    assert (small.folder / "readings/LN1/x.bin").read_bytes() == b"new"


def test_what_is_not_there_and_what_is_damaged_are_refused_by_their_own_codes(small, refusal):
    assert refusal(lambda: small.store.read(NAME)) == "no-record"
    small.store.commit("tested", NAME, CONTENT, small.on())
    whole = (small.folder / NAME).read_bytes()
    (small.folder / NAME).write_bytes(whole[:-3])
    assert refusal(lambda: small.store.read(NAME)) == "damaged-record"
    assert refusal(lambda: small.store.exists(NAME)) == "damaged-record"
    assert refusal(lambda: small.store.read_folder("recoveries")) == "damaged-record"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"files": []}',
        b'{"files": [], "audit": {"writer": "w", "sequence": 1}}',
        b'{"files": 3, "audit": {"writer": "w", "sequence": 1, "sha256": "0"}}',
        b'{"x": NaN, "files": [], "audit": {"writer": "w", "sequence": 1, "sha256": "0"}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_whole_record_are_none(content):
    assert store.parse_record("x.json", content) is None


@pytest.mark.parametrize(
    ("path", "temporary"),
    [
        ("readings/LN1/A-1.seg.nrrd", "images/.A-1.0123456789abcdef.tmp.seg.nrrd"),
        ("study.toml", "lymph_nodes.csv"),
        ("study.toml", "../.study.0123456789abcdef.tmp.toml"),
        ("../study.toml", ".study.0123456789abcdef.tmp.toml"),
    ],
)
def test_a_record_that_would_move_anything_but_a_temporary_file_beside_its_place_is_none(path, temporary):
    body = {
        "files": [{"path": path, "staged": temporary, "sha256": "0" * 64}],
        "audit": {"writer": "ward-0001", "sequence": 1, "sha256": "0" * 64},
    }
    assert store.parse_record("x.json", json.dumps(body).encode()) is None


def test_a_link_out_of_the_folder_is_refused_for_reading_and_writing(small, tmp_path, refusal):
    outside = tmp_path / "outside"
    outside.mkdir()
    try:
        (small.folder / "recoveries").symlink_to(outside)
    except OSError:
        pytest.skip("no symbolic links here")
    (outside / "7.json").write_text("{}")
    assert refusal(lambda: small.store.read(NAME)) == "link-out-of-study"
    assert refusal(lambda: small.store.read_folder("recoveries")) == "link-out-of-study"
    assert refusal(lambda: small.store.commit("tested", NAME, CONTENT, small.on())) == "link-out-of-study"
    assert refusal(lambda: staged(small)) == "link-out-of-study"
    assert refusal(lambda: small.store.path("../outside")) == "link-out-of-study"
    assert [path.name for path in outside.iterdir()] == ["7.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
@pytest.mark.parametrize("name", ["study.toml", "patients.csv", "images/CT1.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(small, name):
    (small.folder / name).unlink()
    os.mkfifo(small.folder / name)
    if name == "patients.csv":
        with pytest.raises((DataRefusedError, OSError), match="it is a pipe, a socket or a device"):
            Study.open(small.folder).patients()
    report = verify(small.folder)
    assert ("unreadable", name) in {(problem.code, problem.where) for problem in report.problems}
