"""A crash at any step leaves what is named and cleared up: what was committed is finished, nothing locked is
touched."""

import contextlib

import pytest

from RLNResponseLib.study import audit, store
from RLNResponseLib.study.exclusions import decisions, exclude
from RLNResponseLib.study.readings import lock_reading, open_reading, state_of
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify import recovery
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify

KEY = ReadingKey(lymph_node="LN1", reader="A")
LOCKED = ReadingKey(lymph_node="LN2", reader="A")


class Crash(BaseException):
    """The process dies here: nobody handles it, and nobody cleans up."""


@pytest.fixture
def drawn(small):
    """LN2 is locked, LN1 open with a draft."""
    small.read(LOCKED, content=b"locked")
    open_reading(small.study, KEY, small.on())
    small.draw(KEY, b"drawn")
    return small


def crashing(*_arguments, **_options):
    raise Crash


def crashes(small, monkeypatch, module, step):
    """Lock LN1 in a process that dies at `step` with all that it had written until then."""
    with monkeypatch.context() as patch, contextlib.suppress(Crash):
        patch.setattr(store.Store, "remove", crashing)
        patch.setattr(module, step, crashing)
        lock_reading(small.study, KEY, (), small.on())
    return Study.open(small.folder, "ward")


STEPS = [
    # what crashes, then: what is left over, how the reading stands
    (audit, "compose_line", {"temporary-file"}, "open"),
    (store, "publish_exclusively", {"temporary-file", "unmade-record"}, "open"),
    (store, "publish", {"unplaced-file", "draft-of-locked"}, "locked"),
]


@pytest.mark.parametrize(("module", "step", "left", "state"), STEPS)
def test_a_crash_at_any_step_of_locking_is_named_and_cleared_up(drawn, monkeypatch, module, step, left, state):
    study = crashes(drawn, monkeypatch, module, step)
    before = verify(drawn.folder)
    assert before.is_intact
    assert {each.code for each in before.problems} == left
    assert state_of(study, KEY) == state
    cleared = recover(study, drawn.on(1), settled_seconds=0)
    assert {each.code for each in cleared} == left
    after = verify(drawn.folder)
    assert after.is_intact
    # Only what cannot be moved is still there, noted.
    assert {(each.kind, each.code) for each in after.problems} == {("note", each) for each in left & {"unmade-record"}}
    assert state_of(study, KEY) == state
    if state == "open":
        assert (drawn.folder / "readings/LN1/A-1.draft.seg.nrrd").read_bytes() == b"drawn"
        lock_reading(study, KEY, (), drawn.on(1))
    assert (drawn.folder / "readings/LN1/A-1.seg.nrrd").read_bytes() == b"drawn"
    assert (drawn.folder / "readings/LN2/A-1.seg.nrrd").read_bytes() == b"locked"
    assert recover(study, drawn.on(2), settled_seconds=0) == ()
    assert verify(drawn.folder).is_intact


def test_nothing_is_deleted_what_is_set_aside_keeps_its_bytes(drawn, monkeypatch):
    study = crashes(drawn, monkeypatch, audit, "compose_line")
    before = sorted(drawn.tree().values())
    recover(study, drawn.on(1), settled_seconds=0)
    aside = {name: content for name, content in drawn.tree().items() if name.startswith("set-aside/")}
    assert sorted(name[-9:] for name in aside) == [".seg.nrrd", "mp.sealed"]
    assert b"drawn" in aside.values()
    for content in before:
        assert content in drawn.tree().values()


def test_a_second_leftover_of_the_same_name_does_not_take_the_place_of_the_first(drawn):
    name = "readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd"
    for number in (1, 2):
        (drawn.folder / name).write_bytes(b"%d" % number)
        (found,) = recover(drawn.study, drawn.on(number), settled_seconds=0)
        assert (found.code, found.where) == ("temporary-file", name)
    aside = (drawn.folder / "set-aside/readings/LN1").iterdir()
    assert sorted(path.read_bytes() for path in aside) == [b"1", b"2"]


def test_a_young_leftover_may_be_in_work_and_is_left_alone(drawn):
    path = drawn.folder / "readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd"
    path.write_bytes(b"in work")
    before = drawn.tree()
    assert recover(drawn.study, drawn.on(1)) == ()
    assert drawn.tree() == before


@pytest.mark.parametrize(
    ("name", "content", "code", "where"),
    [
        ("desk-0001.jsonl", b"", "empty-log", "audit/desk-0001.jsonl"),
        ("desk-0001.jsonl", b'{"writer": "desk', "torn-line", "audit/desk-0001.jsonl line 1"),
    ],
)
def test_half_a_log_is_noted_once_and_stays_as_it_is(drawn, name, content, code, where):
    (drawn.folder / "audit" / name).write_bytes(content)
    (found,) = recover(drawn.study, drawn.on(1), settled_seconds=0)
    assert (found.code, found.where) == (code, where)
    assert drawn.logs()[name] == content
    assert [(p.kind, p.code, p.where) for p in verify(drawn.folder).problems] == [("note", code, where)]
    assert recover(drawn.study, drawn.on(2), settled_seconds=0) == ()
    assert [path.name for path in (drawn.folder / "recoveries").iterdir()] == ["1.json"]


def test_half_a_record_of_a_file_system_without_links_is_set_aside_and_the_deed_can_be_done_again(drawn, monkeypatch):
    def half(_temporary, path):
        path.write_bytes(b'{"schema": 1, "ki')
        raise Crash

    with monkeypatch.context() as patch, contextlib.suppress(Crash):
        patch.setattr(store, "publish_exclusively", half)
        exclude(drawn.study, "P2", "not squamous", drawn.on())
    study = Study.open(drawn.folder, "ward")
    assert decisions(study) == ()
    found = {each.code: each.where for each in recover(study, drawn.on(1), settled_seconds=0)}
    assert found["half-written-record"] == "exclusions/patient-P2-1.json"
    assert (drawn.folder / "set-aside/exclusions/patient-P2-1.json").read_bytes() == b'{"schema": 1, "ki'
    assert exclude(study, "P2", "not squamous", drawn.on(1)).number == 1
    assert verify(drawn.folder).is_intact


def test_what_cannot_be_set_aside_is_refused_and_stays(drawn, monkeypatch, refusal):
    path = drawn.folder / "readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd"
    path.write_bytes(b"left")

    def denied(*_arguments):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(recovery, "publish", denied)
        assert refusal(lambda: recover(drawn.study, drawn.on(1), settled_seconds=0)) == "cannot-write"
    assert path.read_bytes() == b"left"
    assert len(recover(drawn.study, drawn.on(1), settled_seconds=0)) == 1


def test_a_file_that_another_program_takes_first_is_no_failure(drawn, monkeypatch):
    path = drawn.folder / "readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd"
    path.write_bytes(b"left")
    real = recovery.publish

    def faster(temporary, target):
        temporary.unlink()
        real(temporary, target)

    monkeypatch.setattr(recovery, "publish", faster)
    assert len(recover(drawn.study, drawn.on(1), settled_seconds=0)) == 1
    assert verify(drawn.folder).is_intact


def test_a_whole_study_has_nothing_to_recover(drawn):
    before = drawn.tree()
    assert recover(drawn.study, drawn.on(1), settled_seconds=0) == ()
    assert drawn.tree() == before


def test_a_folder_that_is_gone_is_refused(drawn, refusal):
    gone = Study(store.Store(drawn.folder / "gone"))
    assert refusal(lambda: recover(gone, drawn.on(1))) == "unreadable-study"
