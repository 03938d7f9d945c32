"""What is sealed of a reading comes back as it was, is compared with the record, and stands nowhere in plain; studies of
before are read as they are."""

import gzip
import hashlib
import json
import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study import layout, record_files, store
from RLNResponseLib.study.drafts import draft
from RLNResponseLib.study.readings import lock_reading, open_reading, state_of
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import (
    MOST_BYTES,
    SealedPart,
    findings_of,
    seal,
    seal_reading,
    sealed_part,
    unseal,
    unseal_reading,
)
from RLNResponseLib.study.verify.verify import verify

KEY = ReadingKey(lymph_node="LN1", reader="A")
LARGE = Finding(
    code="large-lymph-node",
    severity="warning",
    message="The contour 'LN1' holds 43.2 cm³, more than a lymph node usually has.",
    numbers={"volume_mm3": 43210.5},
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def lock(small, findings=(LARGE,)):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY)
    return lock_reading(small.study, KEY, findings, small.on())


@settings(max_examples=int(os.environ.get("RLNRESPONSE_EXAMPLES", "30")))
@given(st.dictionaries(st.text(), VALUES))
def test_what_is_sealed_comes_back_and_is_gzip_of_json(content):
    packed = seal(content)
    assert unseal(packed) == content == json.loads(gzip.decompress(packed))
    assert seal(content) == packed


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"{}",
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b"{", mtime=0),
        gzip.compress(b"\xff", mtime=0),
        gzip.compress(b"[" * 100_000, mtime=0),
        gzip.compress(b'{"a": 1}', mtime=0)[:-9],
        gzip.compress(b"[" + b" " * (MOST_BYTES + 1), mtime=0),
        zlib.compress(b"{}"),
    ],
)
def test_anything_else_is_no_sealed_part(packed):
    with pytest.raises(ValueError, match=r"no sealed part|codec|Expecting"):
        unseal(packed)


@pytest.mark.parametrize("content", [{}, {"findings": 3, "source": None, "voxels_sha256": None}, {"findings": [{}]}])
def test_a_sealed_part_of_another_form_is_none(content):
    with pytest.raises(ValueError, match="no sealed part"):
        unseal_reading(seal(content))


def test_record_and_log_tell_nothing_of_the_contour_and_vouch_for_what_is_sealed(small):
    reading = lock(small)
    assert findings_of(small.study, reading) == (LARGE,)
    assert sealed_part(small.study, reading) == SealedPart(
        findings=(LARGE,), source="a test", voxels_sha256=None, beginnings=()
    )
    path = small.folder / "readings/LN1/A-1.sealed"
    assert reading.sealed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    record = json.loads((small.folder / "readings/LN1/A-1.json").read_text())
    assert [file["path"] for file in record["files"]] == ["readings/LN1/A-1.seg.nrrd", "readings/LN1/A-1.sealed"]
    assert not {"findings", "source"} & set(record)
    for content in small.tree().values():
        for word in (b"large-lymph-node", b"43.2", b"43210.5", b"holds"):
            assert word not in content
    assert verify(small.folder).problems == ()


@pytest.mark.parametrize("change", ["a byte", "another reading's", "removed"])
def test_a_sealed_file_that_was_not_locked_is_refused_and_named(small, refusal, change):
    reading = lock(small)
    path = small.folder / "readings/LN1/A-1.sealed"
    if change == "removed":
        path.unlink()
    elif change == "a byte":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    else:
        path.write_bytes(seal_reading(SealedPart(findings=(), source="a test", voxels_sha256=None)))
    assert refusal(lambda: findings_of(small.study, reading)) == "sealed-part-changed"
    report = verify(small.folder)
    assert not report.is_intact
    code = "file-removed" if change == "removed" else "sealed-part-changed"
    assert [(each.code, each.where) for each in report.problems] == [(code, "readings/LN1/A-1.sealed")]


def test_a_sealed_file_that_has_not_got_its_name_yet_is_read(small, monkeypatch):
    monkeypatch.setattr(small.store, "place", lambda _record: None)
    reading = lock(small)
    assert not (small.folder / "readings/LN1/A-1.sealed").exists()
    assert findings_of(small.study, reading) == (LARGE,)


def test_a_full_disk_at_the_second_file_leaves_nothing_behind(small, monkeypatch, refusal):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY)
    before = small.tree()
    fill = store.fill

    def full(path, write):
        if path.name.endswith(layout.SEALED_SUFFIX):
            raise OSError(28, "No space left on device")
        return fill(path, write)

    with monkeypatch.context() as patch:
        patch.setattr(store, "fill", full)
        assert refusal(lambda: lock_reading(small.study, KEY, (LARGE,), small.on())) == "cannot-write"
    assert small.tree() == before
    assert state_of(small.study, KEY) == "open"
    assert findings_of(small.study, lock_reading(small.study, KEY, (LARGE,), small.on())) == (LARGE,)


def test_a_reading_of_before_has_its_findings_in_the_record(small, refusal):
    small.lock_as_before(KEY, (LARGE,))
    reading = small.study.reading(KEY)
    assert reading.sealed is None
    assert findings_of(small.study, reading) == reading.findings_in_record == (LARGE,)
    assert verify(small.folder).problems == ()
    path = small.folder / "readings/LN1/A-1.json"
    record = json.loads(path.read_text())
    del record["findings"]
    path.write_text(json.dumps(record))
    assert refusal(lambda: small.study.reading(KEY)) == "record-not-logged"


def test_notes_of_a_draft_of_before_are_read_and_those_of_now_tell_nothing(small, refusal):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY)
    notes = small.folder / "readings/LN1/A-1.draft.json"
    assert set(json.loads(notes.read_text())) == {"minutes", "software", "sealed"}
    old = {"minutes": 7, "source": "Segment Editor", "software": {}, "findings": record_files.findings_json([LARGE])}
    notes.write_text(json.dumps(old))
    assert (draft(small.study, KEY).source, draft(small.study, KEY).findings) == ("Segment Editor", (LARGE,))
    del old["findings"]  # of the first version
    notes.write_text(json.dumps(old))
    assert draft(small.study, KEY).findings == ()
    for sealed in ("", "?", 3, "AAAA"):
        notes.write_text(json.dumps({"minutes": 7, "software": {}, "sealed": sealed}))
        assert refusal(lambda: draft(small.study, KEY)) == "damaged-record"
