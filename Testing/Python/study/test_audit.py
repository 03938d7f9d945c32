"""The audit log by its raw bytes: hashlib makes the chain again, and whatever is done to a line is found."""

import errno
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.clock import Now
from RLNResponseLib.study import audit, audit_lines
from RLNResponseLib.study.anchor import Anchor
from RLNResponseLib.study.audit import AuditLog
from RLNResponseLib.study.audit_index import AuditIndex
from RLNResponseLib.study.audit_lines import MadeRecord
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.records_tree import RecordsTree
from RLNResponseLib.study.strict_json import canonical_json
from RLNResponseLib.study.verify.verify import verify

NOW = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
ON_A_COPY = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def logged(small):
    """Logs of three programs: one that made the study, one that read, one that excluded nothing and read on."""
    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    other = type(small)(type(small.study).open(small.folder, "desk"))
    other.read(ReadingKey(lymph_node="LN2", reader="A"))
    small.read(ReadingKey(lymph_node="LN3", reader="B"))
    assert set(small.logs()) == {"ward-0001.jsonl", "ward-0002.jsonl", "desk-0001.jsonl"}
    assert verify(small.folder).problems == ()
    return small


def found(small, name, content):
    """Whether verification finds `content` in place of a log; the log is put back."""
    path = small.folder / "audit" / name
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        return not verify(small.folder).is_intact
    finally:
        path.write_bytes(before)


def test_every_line_holds_the_hash_of_the_line_before_and_of_the_other_logs_last_line(logged):
    hashes = {
        (name.removesuffix(".jsonl"), number): hashlib.sha256(line).hexdigest()
        for name, content in logged.logs().items()
        for number, line in enumerate(content.splitlines(), start=1)
    }
    named = set()
    for name, content in logged.logs().items():
        writer, before = name.removesuffix(".jsonl"), "0" * 64
        for number, line in enumerate(content.splitlines(), start=1):
            data = json.loads(line)
            assert (data["writer"], data["sequence"], data["previous"]) == (writer, number, before)
            before = hashes[writer, number]
            for other, (sequence, sha256) in data["after"].items():
                assert hashes[other, sequence] == sha256
                named.add(other)
    assert named == {"ward-0001", "ward-0002", "desk-0001"}


@ON_A_COPY
@given(data=st.data())
def test_any_byte_that_is_changed_is_found(logged, data):
    name = data.draw(st.sampled_from(sorted(logged.logs())))
    content = bytearray(logged.logs()[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert found(logged, name, bytes(content))


def test_any_line_that_is_removed_doubled_or_swapped_with_the_next_is_found(logged):
    for name, content in logged.logs().items():
        lines = content.splitlines(keepends=True)
        for at in range(len(lines)):
            changes = {
                "removed": lines[:at] + lines[at + 1 :],
                "doubled": lines[: at + 1] + lines[at:],
                "swapped": [*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]],
            }
            for what, changed in changes.items():
                if changed != lines:
                    assert found(logged, name, b"".join(changed)), (name, at, what)


def test_a_log_that_is_removed_as_a_whole_is_found(logged):
    for name, content in logged.logs().items():
        (logged.folder / "audit" / name).unlink()
        assert not verify(logged.folder).is_intact, name
        (logged.folder / "audit" / name).write_bytes(content)


def test_a_line_rewritten_with_a_chain_that_fits_is_found_by_the_heads_kept_outside(logged):
    kept = verify(logged.folder).heads
    writer, _, sequence = next(iter(kept)).rpartition(":")
    path = logged.folder / "audit" / f"{writer}.jsonl"
    lines = path.read_bytes().splitlines()
    assert hashlib.sha256(lines[int(sequence) - 1]).hexdigest() == kept[f"{writer}:{sequence}"]
    forged = json.loads(lines[-1])
    forged["time"] = "2020-01-01T00:00:00+00:00"
    path.write_bytes(b"\n".join([*lines[:-1], canonical_json(forged)]) + b"\n")
    codes = {
        problem.code
        for problem in verify(logged.folder, Anchor(study=None, heads=kept)).problems
        if "kept outside" in problem.sentence
    }
    assert codes == {"line-changed"}


def test_a_log_that_someone_else_wrote_to_is_refused_and_the_next_line_begins_another(small, refusal):
    log = AuditLog(small.folder, "desk")
    first = log.append("one", {}, small.on())
    with (small.folder / "audit" / f"{first.writer}.jsonl").open("ab") as file:
        file.write(b"{}\n")
    assert refusal(lambda: log.append("two", {}, small.on())) == "audit-log-changed"
    second = log.append("two", {}, small.on())
    assert (first.writer, second.writer, second.sequence) == ("desk-0001", "desk-0002", 1)


def test_a_disk_that_takes_half_a_line_leaves_a_torn_line_and_the_log_is_left_alone(small, monkeypatch):
    log = AuditLog(small.folder, "desk")
    log.append("one", {}, small.on())
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(audit.os, "write", lambda descriptor, content: real(descriptor, content[: len(content) // 2]))
        with pytest.raises(OSError, match="only part of a line"):
            log.append("two", {}, small.on())
    torn = small.logs()["desk-0001.jsonl"]
    assert log.append("three", {}, small.on()).writer == "desk-0002"
    assert small.logs()["desk-0001.jsonl"] == torn
    report = verify(small.folder)
    assert report.is_intact
    assert [(problem.code, problem.where) for problem in report.problems] == [
        ("torn-line", "audit/desk-0001.jsonl line 2")
    ]


def test_a_forked_process_begins_a_log_of_its_own(small, monkeypatch):
    log = AuditLog(small.folder, "desk")
    assert log.append("one", {}, small.on()).writer == "desk-0001"
    parent = os.getpid()
    monkeypatch.setattr(audit.os, "getpid", lambda: parent + 1)
    assert log.append("two", {}, small.on()).writer == "desk-0002"
    assert len(small.logs()["desk-0001.jsonl"].splitlines()) == 1


def test_a_full_disk_is_passed_on_as_it_is(small, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(audit.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        AuditLog(small.folder, "desk").append("one", {}, small.on())


@given(st.text(max_size=80))
def test_any_computers_name_becomes_a_name_that_a_log_can_have(name):
    writer = audit._plain_name(name)
    assert audit_lines.LOG_NAME.fullmatch(f"{writer}-0001.jsonl")
    assert len(writer) <= 32


DETAILS = st.dictionaries(
    st.text(max_size=10), st.none() | st.booleans() | st.integers() | st.text(max_size=20), max_size=4
)


@given(event=st.text(max_size=20), details=DETAILS)
def test_a_line_reads_back_as_it_was_written_and_never_holds_a_newline(event, details):
    raw = audit_lines.compose_line(
        audit_lines.AuditRef("w-0001", 4, "ab" * 32), event, details, {}, NOW, RecordsTree().root()
    )
    line = audit_lines.parse_line(raw)
    assert b"\n" not in raw
    assert line is not None
    assert (line.event, dict(line.details), line.sequence, line.previous) == (event, details, 5, "ab" * 32)
    assert line.sha256 == hashlib.sha256(raw).hexdigest()
    assert canonical_json(json.loads(raw)) == raw


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_refused_before_anything_is_written(number):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": number})


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_a_line_fail(raw):
    assert audit_lines.parse_line(raw) is None


def test_what_stands_after_the_last_newline_is_torn():
    assert audit_lines.split_log(b"a\nb\nc") == ([b"a", b"b"], b"c")
    assert audit_lines.split_log(b"a\n") == ([b"a"], b"")
    assert audit_lines.split_log(b"") == ([], b"")


def test_a_study_put_back_to_an_older_state_is_found_by_the_heads_kept_outside(small, tmp_path):
    shutil.copytree(small.folder, tmp_path / "older")
    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    kept = verify(small.folder).heads
    assert verify(tmp_path / "older").is_intact
    codes = [problem.code for problem in verify(tmp_path / "older", Anchor(study=None, heads=kept)).problems]
    assert codes == ["line-removed"]


@pytest.mark.parametrize("newcomer", [False, True])
def test_what_is_written_while_the_logs_are_read_one_after_the_other_is_read_with_all_that_came_before_it(
    small, monkeypatch, newcomer
):
    """A line of the log that is read last names one of a log that was read before, or was not there yet."""
    first, last = AuditLog(small.folder, "aa"), AuditLog(small.folder, "zz")
    first.append("one", {}, small.on())
    last.append("one", {}, small.on())
    other = AuditLog(small.folder, "mm") if newcomer else first
    real, written = AuditIndex._read_on, []

    def read_on(self, path):
        real(self, path)
        if self is reading and not written:
            made = MadeRecord("recoveries/1.json", "ab" * 32, first.append("two", {}, small.on()))
            written.append(other.mark_made([made], small.on()))
            last.append("three", {}, small.on())

    reading = AuditIndex(small.folder)
    monkeypatch.setattr(AuditIndex, "_read_on", read_on)
    reading.refresh()
    monkeypatch.undo()
    assert written
    whole = AuditIndex(small.folder)
    whole.refresh()
    assert reading.root() == whole.root()
    assert reading.unnamed_heads() == whole.unnamed_heads()
