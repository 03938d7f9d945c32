"""Files are whole or not there, and of two writers one is first; looked at by the raw file system."""

import errno
import hashlib
import os

import pytest

from RLNResponseLib.common import files


def broken(*_arguments, **_options):
    raise OSError(errno.EIO, "the disk failed")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["study.toml", "A-1.seg.nrrd", "A-1-c2.draft.json", "A-1-c2.given-up.json"])
def test_a_temporary_name_is_recognised_keeps_the_suffix_and_is_never_given_twice(tmp_path, name):
    made = {files.temporary_beside(tmp_path / name) for _ in range(50)}
    assert len(made) == 50
    for path in made:
        match = files.TEMPORARY_NAME.fullmatch(path.name)
        assert match is not None
        assert match["stem"] + match["suffix"] == name


@pytest.mark.parametrize("content", [b"", b"x", b"\x00\xff" * 100_000])
def test_filling_gives_the_hash_of_the_bytes(tmp_path, content):
    path = tmp_path / "x.bin"
    assert files.fill(path, lambda target: target.write_bytes(content)) == hashlib.sha256(content).hexdigest()
    assert files.file_digest(path) == hashlib.sha256(content).hexdigest()


def test_a_writer_that_fails_halfway_leaves_no_file(tmp_path):
    def half(target):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.fill(tmp_path / "x.bin", half)
    assert names(tmp_path) == []


def test_a_disk_that_does_not_sync_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="the disk failed"):
        files.fill(tmp_path / "x.bin", lambda target: target.write_bytes(b"whole"))
    assert names(tmp_path) == []


def test_a_second_writer_is_refused_and_the_first_ones_bytes_stay(tmp_path):
    first, second, name = tmp_path / "1", tmp_path / "2", tmp_path / "record.json"
    first.write_bytes(b"first")
    second.write_bytes(b"second")
    files.publish_exclusively(first, name)
    with pytest.raises(FileExistsError):
        files.publish_exclusively(second, name)
    assert names(tmp_path) == ["record.json"]
    assert name.read_bytes() == b"first"


@pytest.mark.skipif(os.name == "nt", reason="Windows renames")
@pytest.mark.parametrize("answer", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_without_hard_links_the_first_writer_still_wins(tmp_path, monkeypatch, answer):
    def no_links(*_arguments):
        raise OSError(answer, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    test_a_second_writer_is_refused_and_the_first_ones_bytes_stay(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows renames")
def test_a_lost_answer_to_a_link_that_was_made_counts_as_made(tmp_path, monkeypatch):
    real = os.link

    def answer_lost(source, target):
        real(source, target)
        raise FileExistsError

    monkeypatch.setattr(os, "link", answer_lost)
    (tmp_path / "1").write_bytes(b"first")
    files.publish_exclusively(tmp_path / "1", tmp_path / "record.json")
    assert names(tmp_path) == ["record.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows renames")
def test_a_failing_disk_publishes_nothing_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", broken)
    (tmp_path / "1").write_bytes(b"first")
    with pytest.raises(OSError, match="the disk failed"):
        files.publish_exclusively(tmp_path / "1", tmp_path / "record.json")
    assert names(tmp_path) == []


def test_publishing_takes_the_place_of_what_was_there(tmp_path):
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "table.csv").write_bytes(b"old")
    files.publish(tmp_path / "new", tmp_path / "table.csv")
    assert names(tmp_path) == ["table.csv"]
    assert (tmp_path / "table.csv").read_bytes() == b"new"
