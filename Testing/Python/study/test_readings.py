"""A reading goes assigned, open, locked, superseded; every other step is refused by a code of its own."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study import readings, store
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.corrections import correction, give_up_correction, latest
from RLNResponseLib.study.drafts import draft, draft_file
from RLNResponseLib.study.exclusions import exclude, excluded_lymph_nodes
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.readings import lock_reading, open_reading, state_of
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import findings_of
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import missing_readings

KEY = ReadingKey(lymph_node="LN1", reader="A")


def test_a_reading_goes_from_assigned_to_superseded_and_both_are_kept(small):
    seen = [state_of(small.study, KEY)]
    open_reading(small.study, KEY, small.on())
    seen.append(state_of(small.study, KEY))
    small.draw(KEY, b"first")
    locked = lock_reading(small.study, KEY, (), small.on())
    seen.append(state_of(small.study, KEY))
    corrected = small.read(KEY.next_revision, day=1, reason="  a vessel was in it ", content=b"second")
    seen.append(state_of(small.study, KEY))
    assert seen == ["assigned", "open", "locked", "superseded"]
    assert locked.contour.sha256 == hashlib.sha256(b"first").hexdigest()
    assert (corrected.replaces, corrected.reason, locked.reason) == ("A-1", "a vessel was in it", None)
    lying = {path.name: path.read_bytes() for path in (small.folder / "readings/LN1").glob("*.seg.nrrd")}
    assert lying == {"A-1.seg.nrrd": b"first", "A-1-c2.seg.nrrd": b"second"}
    assert small.study.current_readings() == (corrected,)
    assert small.study.readings() == (locked, corrected)


def test_opening_twice_keeps_the_first_opening(small):
    first = open_reading(small.study, KEY, small.on())
    assert open_reading(small.study, KEY, small.on(3)) == first
    assert first.opened_at == small.on().moment


def test_the_image_is_pinned_by_its_bytes(small, refusal):
    assert small.read(KEY).image_sha256 == hashlib.sha256((small.folder / "images/CT1.nrrd").read_bytes()).hexdigest()
    open_reading(small.study, ReadingKey(lymph_node="LN2", reader="A"), small.on())
    small.draw(ReadingKey(lymph_node="LN2", reader="A"))
    with (small.folder / "images/CT1.nrrd").open("ab") as file:
        file.write(b"x")
    assert (
        refusal(lambda: lock_reading(small.study, ReadingKey(lymph_node="LN2", reader="A"), (), small.on()))
        == "image-changed"
    )


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (ReadingKey(lymph_node="LN1", reader="C"), "no-such-reader"),
        (ReadingKey(lymph_node="LN1", reader="B", round=2), "not-assigned"),
        (ReadingKey(lymph_node="LN9", reader="A"), "no-such-lymph-node"),
        (ReadingKey(lymph_node="LN1", reader="A", round=2), "first-reading-not-locked"),
    ],
)
def test_what_is_not_to_be_read_is_not_opened(small, refusal, key, code):
    before = small.tree()
    assert refusal(lambda: open_reading(small.study, key, small.on())) == code
    assert small.tree() == before


@pytest.mark.parametrize("arguments", [{"round": 3}, {"round": 0}, {"round": 1, "revision": 0}])
def test_there_is_no_third_round(refusal, arguments):
    assert refusal(lambda: ReadingKey(lymph_node="LN1", reader="A", **arguments)) == "no-such-round"


def test_a_lymph_node_without_image_or_left_out_is_not_opened(small, refusal):
    rows = "lymph_node,patient,image\nLN1,P1,CT1\nLN2,P1,CT1\nLN3,P2,CT2\nLN4,P2,CT9\n"
    import_clinical(small.study, small.tables(lymph_nodes=rows), small.on())
    assert (
        refusal(lambda: open_reading(small.study, ReadingKey(lymph_node="LN4", reader="A"), small.on()))
        == "no-such-image"
    )
    open_reading(small.study, KEY, small.on())
    small.draw(KEY)
    exclude(small.study, "P1", "not squamous", small.on(), "LN1")
    assert refusal(lambda: lock_reading(small.study, KEY, (), small.on())) == "excluded"
    exclude(small.study, "P1", "not squamous", small.on())
    assert (
        refusal(lambda: open_reading(small.study, ReadingKey(lymph_node="LN2", reader="A"), small.on())) == "excluded"
    )


def test_the_repeat_opens_on_the_day_after_the_washout_and_not_before(small, refusal):
    small.read(KEY, day=1)
    repeat = ReadingKey(lymph_node="LN1", reader="A", round=2)
    assert readings.repeat_day(small.study, "LN1", "A", date(2026, 1, 12)) == date(
        2026, 2, 10
    )  # 11 January and 30 days
    assert refusal(lambda: open_reading(small.study, repeat, small.on(30))) == "washout"
    open_reading(small.study, repeat, small.on(31))
    correct = lambda: open_reading(small.study, KEY.next_revision, small.on(31), "a vessel")  # noqa: E731
    assert refusal(correct) == "repeat-is-open"
    small.draw(repeat)
    lock_reading(small.study, repeat, (), small.on(31))
    correct()
    assert state_of(small.study, KEY.next_revision) == "open"


def test_a_correction_needs_a_locked_reading_and_a_reason(small, refusal):
    second = KEY.next_revision
    assert refusal(lambda: open_reading(small.study, second, small.on(), "why")) == "nothing-to-correct"
    open_reading(small.study, KEY, small.on())
    assert refusal(lambda: open_reading(small.study, second, small.on(), "why")) == "nothing-to-correct"
    small.draw(KEY)
    lock_reading(small.study, KEY, (), small.on())
    for reason in (None, "", "  ", "two\nlines", "x" * 201):
        assert refusal(lambda given=reason: open_reading(small.study, second, small.on(), given)) == "no-reason"
    assert open_reading(small.study, second, small.on(), "x" * 200).reason == "x" * 200
    third = second.next_revision
    assert refusal(lambda: open_reading(small.study, third, small.on(), "why")) == "nothing-to-correct"
    assert latest(small.study, KEY) == correction(small.study, KEY) == second


def test_a_locked_reading_is_neither_opened_drawn_nor_locked_again(small, refusal):
    small.read(KEY)
    before = small.tree()
    assert refusal(lambda: open_reading(small.study, KEY, small.on(1))) == "already-locked"
    assert refusal(lambda: small.draw(KEY)) == "already-locked"
    assert refusal(lambda: lock_reading(small.study, KEY, (), small.on(1))) == "already-locked"
    assert small.tree() == before


def test_what_is_not_open_has_no_draft_and_what_has_no_draft_is_not_locked(small, refusal):
    assert refusal(lambda: small.draw(KEY)) == "not-open"
    assert refusal(lambda: lock_reading(small.study, KEY, (), small.on())) == "not-open"
    open_reading(small.study, KEY, small.on())
    assert draft(small.study, KEY) is None
    assert refusal(lambda: lock_reading(small.study, KEY, (), small.on())) == "no-draft"
    for minutes in (-1.0, float("nan"), float("inf")):
        assert refusal(lambda given=minutes: small.draw(KEY, minutes=given)) == "bad-minutes"
    assert draft_file(small.study, KEY) is None


def test_an_error_of_the_checks_refuses_and_a_warning_is_kept(small, refusal):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY)
    error = Finding(code="empty-contour", severity="error", message="The contour is empty; draw it.")
    warning = Finding(
        code="several-components",
        severity="warning",
        message="It has two parts.",
        numbers={"parts": 2, "share": float("nan")},
    )
    assert refusal(lambda: lock_reading(small.study, KEY, (warning, error), small.on())) == "empty-contour"
    assert state_of(small.study, KEY) == "open"
    (kept,) = findings_of(small.study, lock_reading(small.study, KEY, (warning,), small.on()))
    assert (kept.code, dict(kept.numbers)) == ("several-components", {"parts": 2, "share": "nan"})


def test_a_draft_keeps_its_notes_and_survives_without_them(small, refusal):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY, b"one", minutes=None)
    small.draw(KEY, b"two", minutes=7.5)
    drawn = draft(small.study, KEY)
    assert (drawn.minutes, drawn.source, drawn.sha256) == (7.5, "a test", hashlib.sha256(b"two").hexdigest())
    notes = small.folder / "readings/LN1/A-1.draft.json"
    notes.write_text('{"minutes": "many"}')
    assert refusal(lambda: draft(small.study, KEY)) == "damaged-record"
    notes.unlink()
    assert (draft(small.study, KEY).minutes, draft(small.study, KEY).source) == (None, "unknown")
    assert lock_reading(small.study, KEY, (), small.on()).minutes is None


def test_locking_that_fails_leaves_the_reading_open_with_its_draft(small, monkeypatch, refusal):
    open_reading(small.study, KEY, small.on())
    small.draw(KEY, b"drawn")

    def broken(*_arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "fill", broken)
        assert refusal(lambda: lock_reading(small.study, KEY, (), small.on())) == "cannot-write"
    assert state_of(small.study, KEY) == "open"
    assert draft_file(small.study, KEY).read_bytes() == b"drawn"
    assert lock_reading(small.study, KEY, (), small.on()).contour.sha256 == hashlib.sha256(b"drawn").hexdigest()


def test_after_unblinding_only_corrections_are_made_and_they_say_so(small, refusal):
    small.read(KEY)
    other = ReadingKey(lymph_node="LN2", reader="A")
    open_reading(small.study, other, small.on())
    small.draw(other)
    missing = {each.key: "reader left" for each in missing_readings(small.study)}
    unblind(small.study, small.on(), missing)
    assert (
        refusal(lambda: open_reading(small.study, ReadingKey(lymph_node="LN3", reader="A"), small.on()))
        == "already-unblinded"
    )
    assert refusal(lambda: lock_reading(small.study, other, (), small.on())) == "already-unblinded"
    assert small.read(KEY.next_revision, reason="a vessel").after_unblinding
    assert not small.study.reading(KEY).after_unblinding


def test_a_clock_set_back_neither_locks_before_the_opening_nor_shortens_the_washout(small, refusal):
    open_reading(small.study, KEY, small.on(40))
    small.draw(KEY)
    assert refusal(lambda: lock_reading(small.study, KEY, (), small.on(39))) == "clock-before-opening"
    # A dead clock at opening and at locking: the log knows that it is later.
    other = ReadingKey(lymph_node="LN2", reader="A")
    open_reading(small.study, other, small.on(-3000))
    small.draw(other)
    reading = lock_reading(small.study, other, (), small.on(-3000))
    assert reading.clock_behind == small.on(40).moment
    repeat = ReadingKey(lymph_node="LN2", reader="A", round=2)
    assert refusal(lambda: open_reading(small.study, repeat, small.on(69))) == "washout"
    open_reading(small.study, repeat, small.on(70))
    kinds = {problem.code: problem.kind for problem in verify(small.folder).problems}
    assert kinds["clock-went-back"] == "note"


def test_a_clock_a_few_minutes_behind_another_is_no_fault(small):
    open_reading(small.study, KEY, small.on(1))
    small.draw(KEY)
    reading = lock_reading(small.study, KEY, (), Now(small.on(1).moment - timedelta(minutes=9)))
    assert reading.clock_behind is None
    assert verify(small.folder).problems == ()


def test_one_line_of_the_year_9999_stops_nothing(small):
    far = Now(datetime(9999, 12, 31, 12, tzinfo=UTC))
    exclude(small.study, "P2", "a test", far)
    small.read(KEY, day=1)
    open_reading(small.study, ReadingKey(lymph_node="LN1", reader="A", round=2), small.on(31))
    small.read(ReadingKey(lymph_node="LN2", reader="A"), day=31)
    exclude(small.study, "P2", "taken in again", small.on(32), excluded=False)
    assert "LN3" not in excluded_lymph_nodes(small.study)
    open_reading(small.study, ReadingKey(lymph_node="LN3", reader="A"), far)
    small.draw(ReadingKey(lymph_node="LN3", reader="A"))
    lock_reading(small.study, ReadingKey(lymph_node="LN3", reader="A"), (), far)
    assert readings.repeat_day(small.study, "LN3", "A", date(2026, 3, 1)) == date.max


def test_a_correction_begun_by_mistake_is_given_up_and_the_locked_reading_holds(small, refusal):
    locked = small.read(KEY)
    give_up = lambda: give_up_correction(small.study, KEY, "begun by mistake", small.on(2))  # noqa: E731
    assert refusal(give_up) == "no-correction-open"
    open_reading(small.study, KEY.next_revision, small.on(1), "a vessel")
    small.draw(KEY.next_revision, b"half a contour")
    assert give_up() == KEY.next_revision
    assert refusal(give_up) == "no-correction-open"
    assert state_of(small.study, KEY) == "locked"
    assert state_of(small.study, KEY.next_revision) == "given up"
    assert latest(small.study, KEY) == KEY
    # The washout runs from the reading that holds, and its repeat may be opened again.
    assert readings.repeat_day(small.study, "LN1", "A", date(2026, 1, 12)) == date(2026, 2, 9)
    third = correction(small.study, KEY)
    assert third.revision == 3
    small.read(third, day=3, reason="a real one")
    assert small.study.reading(third).replaces == locked.key.name
    assert state_of(small.study, KEY) == "superseded"
    assert verify(small.folder).is_intact
