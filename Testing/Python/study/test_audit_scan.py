"""What the form of a line says, beside what parsing it says: they never differ on a line that is one."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.clock import Now
from RLNResponseLib.study import audit_index, audit_lines
from RLNResponseLib.study.audit_index import AuditIndex, content_digest
from RLNResponseLib.study.audit_lines import MadeRecord, compose_line, parse_line
from RLNResponseLib.study.audit_scan import scan_line
from RLNResponseLib.study.records import AuditRef, ReadingKey
from RLNResponseLib.study.records_tree import RecordsTree
from RLNResponseLib.study.strict_json import canonical_json, parse_object

APART = frozenset({"unblinded"})
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
COUNTS = st.integers(1, 10**9)
# With all that a line's own form is made of.
TEXTS = st.text(max_size=12) | st.sampled_from(['"},"event":"x', '},"record":"', '{"after":{}', "\\", '\\"', "\n", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
CONTENTS = st.dictionaries(TEXTS, VALUES, max_size=4)
PATHS = st.sampled_from(["readings/LN1/A-1.json", "unblinding.json"]) | TEXTS
REFS = st.builds(AuditRef, st.sampled_from(["ward-0001", "desk-0002"]) | TEXTS, COUNTS, DIGESTS)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda time: time.replace(tzinfo=UTC if time.second % 2 else timezone(timedelta(hours=5, minutes=30)))
)


@st.composite
def lines(draw):
    """A line as this software writes it: a mark, an announcement, or another."""
    marks = st.lists(st.builds(MadeRecord, PATHS, DIGESTS, REFS), max_size=2).map(audit_lines.made_details)
    announced = st.builds(lambda path, content: {"record": path, "content": content}, PATHS, CONTENTS)
    event, details = draw(
        marks.map(lambda made: ("record-made", made))
        | st.tuples(st.sampled_from(["reading-locked", "unblinded"]), announced)
        | st.tuples(st.sampled_from(["anchored", "record-made"]), CONTENTS)
    )
    after = draw(st.dictionaries(st.sampled_from(["a-0001", "b-0002"]) | TEXTS, st.tuples(COUNTS, DIGESTS), max_size=2))
    now = Now(draw(MOMENTS), is_simulated=draw(st.booleans()))
    return compose_line(draw(REFS), event, details, after, now, RecordsTree().root())


def agrees(raw):
    """Whether a scanned line says what the parsed one says; True for one that is not scanned."""
    scanned, parsed = scan_line(raw, APART), parse_line(raw)
    if scanned is None:
        return True
    if parsed is None:  # then what it announces is no JSON, and no record says it
        content = raw[slice(*scanned.content)]
        body = parse_object(content)
        return scanned.made is None and (body is None or canonical_json(body) != content)
    assert parsed.schema == 2
    assert parsed.event not in APART
    assert parsed.protocols == ()
    assert parsed.withdrawn is None
    assert scanned.ref == parsed.ref
    assert (scanned.moment, scanned.simulated) == (parsed.moment, parsed.simulated)
    assert scanned.after == {writer: sequence for writer, (sequence, _) in parsed.after.items()}
    if scanned.made is not None:
        return (scanned.mark,) == parsed.made
    content = raw[slice(*scanned.content)]
    is_canonical = canonical_json(parsed.details["content"]) == content
    same = scanned.content_digest == content_digest(parsed.details["content"])
    return scanned.path == parsed.announces and same is is_canonical


@given(raw=lines())
def test_a_line_that_this_software_wrote_says_by_its_form_what_parsing_it_says(raw):
    assert agrees(raw)


@given(raw=lines(), data=st.data())
def test_a_line_that_somebody_changed_says_by_its_form_no_more_than_parsing_it_says(raw, data):
    place = data.draw(st.integers(0, len(raw) - 1))
    put = data.draw(st.binary(max_size=2) | st.sampled_from([b'"', b"{", b"}", b",", b" ", b"0", b"1e999", b"NaN"]))
    length = data.draw(st.integers(0, 3))
    assert agrees(raw[:place] + put + raw[place + length :])


@given(path=PATHS, content=CONTENTS, ref=REFS)
def test_an_announcement_that_is_scanned_is_that_of_the_record_that_says_the_same(path, content, ref):
    details = {"record": path, "content": content}
    raw = compose_line(ref, "reading-locked", details, {}, Now(datetime(2026, 1, 1, tzinfo=UTC)), RecordsTree().root())
    scanned = scan_line(raw, APART)
    assert scanned is None or scanned.content_digest == hashlib.sha256(canonical_json(content)).digest()


@pytest.mark.parametrize("damaged", [False, True])
def test_a_study_s_logs_say_the_same_whether_their_lines_are_scanned_or_parsed(small, monkeypatch, damaged):
    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    other = type(small)(type(small.study).open(small.folder, "desk"))
    other.read(ReadingKey(lymph_node="LN2", reader="A"))
    small.read(ReadingKey(lymph_node="LN3", reader="B"))
    if damaged:  # the last line of one log is cut, and a line within another is none
        logs = sorted((small.folder / "audit").glob("*.jsonl"))
        logs[0].write_bytes(logs[0].read_bytes()[:-9] + b"\n")
        logs[1].write_bytes(logs[1].read_bytes().replace(b'{"after"', b'("after"', 1))
    scanned = AuditIndex(small.folder)
    scanned.refresh()
    told = [line for each in small.logs().values() for line in each.splitlines() if scan_line(line, APART)]
    monkeypatch.setattr(audit_index, "scan_line", lambda raw, apart: None)
    parsed = AuditIndex(small.folder)
    parsed.refresh()
    assert len(told) > 10
    assert sorted(scanned.made_in("readings")) == sorted(parsed.made_in("readings"))
    assert all(scanned.made(path) == parsed.made(path) for path in parsed.made_in("readings"))
    assert scanned.root() == parsed.root()
    assert scanned.unnamed_heads() == parsed.unnamed_heads()
    assert scanned.unmarked() == parsed.unmarked()
    assert scanned.creation == parsed.creation
    assert scanned.latest_time(simulated=False) == parsed.latest_time(simulated=False)
    for raw in told:
        ref = parse_line(raw).ref
        assert scanned.announcement(ref) == parsed.announcement(ref)
