"""What a reader may see before and after unblinding, and that a repeat comes without the first contour."""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.tables import Table
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study import record_files
from RLNResponseLib.study.blinding import ReaderView, unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.corrections import AfterSeeing, corrections_after_seeing
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crash"))
from small_study import NOW, small_contour, small_ct

LATER = Now(NOW.moment + timedelta(days=30))


@pytest.fixture
def study(tmp_path):
    made = Study.create(tmp_path / "study", Protocol(title="Test", readers=plan_readers(["A", "B"], ["A"])), NOW)
    import SimpleITK as sitk

    add_image(
        made, "CT1", "P1", lambda path: sitk.WriteImage(small_ct().image, str(path)), {"modality": "CT"}, (), {}, NOW
    )
    names = (*LYMPH_NODE_HEADER[:3], "recist")
    rows = ({"lymph_node": "LN1", "patient": "P1", "image": "CT1", "recist": "PR"},)
    patients = Table(name="patients.csv", columns=PATIENT_HEADER[:1], rows=({"patient": "P1"},))
    import_clinical(made, parse_clinical(patients, Table(name="lymph_nodes.csv", columns=names, rows=rows)), NOW)
    return made


def read(study, reader, reading_round, now, findings=()):
    view = ReaderView.of(study, reader)
    opening = view.open("LN1", reading_round, now)
    view.save_draft(
        opening, lambda path: write_seg_nrrd(path, small_contour(), small_ct()), minutes=2, source="test", software={}
    )
    return view.lock(opening, findings, now)


def refused(call, *arguments):
    with pytest.raises(DataRefusedError) as refusal:
        call(*arguments)
    return refusal.value.code


def test_others_contours_outcomes_and_scores_are_refused_until_unblinding(study):
    read(study, "A", 1, NOW)
    read(study, "B", 1, NOW)
    a, b = ReaderView.of(study, "A"), ReaderView.of(study, "B")
    for view, other in ((a, "B"), (b, "A")):
        assert refused(view.contour_file, ReadingKey(lymph_node="LN1", reader=other)) == "blinded"
        assert refused(view.outcome, "LN1") == "blinded"
        assert not hasattr(view.lymph_node("LN1"), "recist")
    assert refused(a.contour_file, ReadingKey(lymph_node="LN1", reader="A")) == "first-contour-sealed"
    assert b.contour_file(ReadingKey(lymph_node="LN1", reader="B")).is_file()

    read(study, "A", 2, LATER)
    unblind(study, LATER)
    assert a.contour_file(ReadingKey(lymph_node="LN1", reader="B")).is_file()
    assert a.contour_file(ReadingKey(lymph_node="LN1", reader="A")).is_file()
    assert a.outcome("LN1").recist == "PR"


def test_the_repeat_waits_for_the_washout_to_the_day(study):
    assert refused(read, study, "A", 2, NOW) == "first-reading-not-locked"
    read(study, "A", 1, NOW)
    assert refused(read, study, "A", 2, Now(NOW.moment + timedelta(days=29))) == "washout"
    assert read(study, "A", 2, LATER).key.round == 2
    assert refused(read, study, "B", 2, LATER) == "not-assigned"


def test_a_locked_reading_never_changes_and_a_correction_names_it(study):
    first = read(study, "B", 1, NOW)
    stored = study.contour_file(first.key).read_bytes()
    assert refused(read, study, "B", 1, NOW) == "already-locked"
    view = ReaderView.of(study, "B")
    opening = view.open_correction("LN1", 1, "the upper pole was missed", NOW)
    view.save_draft(
        opening, lambda path: write_seg_nrrd(path, small_contour(), small_ct()), minutes=1, source="test", software={}
    )
    corrected = view.lock(opening, (), NOW)
    assert (corrected.replaces, corrected.reason) == ("B-1", "the upper pole was missed")
    assert view.state("LN1", 1) == "superseded"
    assert study.contour_file(first.key).read_bytes() == stored
    assert [reading.key.revision for reading in study.current_readings()] == [2]


def test_a_correction_that_was_begun_is_gone_on_with_and_holds_the_repeat_back(study):
    first = read(study, "A", 1, NOW)
    view = ReaderView.of(study, "A")
    assert refused(view.contour_file, first.key) == "first-contour-sealed"
    opening = view.open_correction("LN1", 1, "wrong level", LATER)
    # Who corrects sees the contour again, so the repeat waits for the correction, and then for the washout.
    assert view.contour_to_correct(opening) == study.contour_file(first.key)
    assert view.open("LN1", 1, LATER) == opening
    (item,) = view.worklist(1, LATER)
    assert item.state == "open"
    (item,) = view.worklist(2, LATER)
    assert (item.state, item.waits_for) == ("waiting", "the first reading")
    assert refused(view.open, "LN1", 2, LATER) == "first-reading-not-locked"
    corrected = read(study, "A", 1, LATER)
    assert corrected.key.revision == 2
    (item,) = view.worklist(1, LATER)
    assert item.state == "locked"
    assert refused(view.open, "LN1", 2, LATER) == "washout"
    assert view.contour_to_correct(view.open("LN1", 2, Now(LATER.moment + timedelta(days=30)))) is None


def test_a_contour_with_an_error_cannot_be_locked(study):
    error = Finding(code="few-voxels", severity="error", message="The contour has 3 voxels; draw the whole lymph node.")
    assert refused(read, study, "A", 1, NOW, (error,)) == "few-voxels"
    assert ReaderView.of(study, "A").state("LN1", 1) == "open"


def test_a_changed_protocol_is_refused_after_unblinding(study):
    for reader in "AB":
        read(study, reader, 1, NOW)
    read(study, "A", 2, LATER)
    unblind(study, LATER)
    path = study.folder / "study.toml"
    path.write_text(path.read_text().replace("0.75", "0.5"))
    with pytest.raises(DataRefusedError, match="was changed after it was frozen for unblinding"):
        Study.open(study.folder)


def corrected(study, reader, reading_round, now):
    view = ReaderView.of(study, reader)
    return view.open_correction("LN1", reading_round, "a slip", now)


def test_the_first_contour_stays_sealed_while_a_correction_of_the_repeat_is_open(study):
    first = read(study, "A", 1, NOW)
    read(study, "A", 2, LATER)
    view = ReaderView.of(study, "A")
    assert view.contour_file(first.key).is_file()
    corrected(study, "A", 2, LATER)
    assert refused(view.contour_file, first.key) == "first-contour-sealed"
    assert refused(corrected, study, "A", 1, LATER) == "repeat-is-open"
    view.give_up_correction("LN1", 2, "no slip", LATER)
    assert view.contour_file(first.key).is_file()
    corrected(study, "A", 2, LATER)
    assert refused(view.contour_file, first.key) == "first-contour-sealed"
    assert read(study, "A", 2, LATER).key.revision == 3
    assert view.contour_file(first.key).is_file()


def test_the_corrections_of_both_rounds_are_not_open_at_once_before_unblinding(study):
    for reading_round, now in ((1, NOW), (2, LATER)):
        read(study, "A", reading_round, now)
    read(study, "B", 1, NOW)
    corrected(study, "A", 1, LATER)
    assert refused(corrected, study, "A", 2, LATER) == "first-reading-is-open"
    unblind(study, LATER)
    assert corrected(study, "A", 2, LATER).after_seeing


def test_a_correction_made_after_seeing_another_contour_is_marked_and_no_other(study):
    def both(reader, reading_round):
        opening = corrected(study, reader, reading_round, LATER)
        reading = read(study, reader, reading_round, LATER)
        assert reading.key == opening.key
        return opening.after_seeing, reading.after_seeing

    assert not read(study, "A", 1, NOW).after_seeing
    assert both("A", 1) == (False, False), "only the contour that is corrected could be seen"
    much_later = Now(LATER.moment + timedelta(days=30))
    assert not read(study, "A", 2, much_later).after_seeing
    read(study, "B", 1, NOW)
    assert both("B", 1) == (False, False), "A's contours are sealed"
    assert both("A", 2) == (True, True)
    assert both("A", 1) == (True, True)
    assert corrections_after_seeing(study) == AfterSeeing(other_round=2, unblinded=0)
    begun_blinded = corrected(study, "B", 1, LATER)
    assert not begun_blinded.after_seeing
    unblind(study, much_later)
    assert read(study, "B", 1, much_later).after_seeing, "it was locked when every contour could be seen"
    assert corrections_after_seeing(study) == AfterSeeing(other_round=2, unblinded=1)


def test_records_made_before_this_was_noted_are_read_as_not_marked(study):
    read(study, "B", 1, NOW)
    for name, record in (("B-1.open.json", record_files.opening), ("B-1.json", record_files.reading)):
        stored = study.store.read(f"readings/LN1/{name}")
        old = {field: value for field, value in stored.content.items() if field != "after_seeing"}
        assert not record(replace(stored, content=old)).after_seeing


def test_status_counts_the_corrections_after_seeing(study, monkeypatch, capsys):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-04-01")
    assert main(["study", "status", str(study.folder)]) == 0
    assert "correction" not in capsys.readouterr().out
    for reader, reading_round, now in (("A", 1, NOW), ("B", 1, NOW), ("A", 2, LATER)):
        read(study, reader, reading_round, now)
    corrected(study, "A", 2, LATER)
    read(study, "A", 2, LATER)
    unblind(study, LATER)
    for _time in range(2):
        corrected(study, "B", 1, LATER)
        read(study, "B", 1, LATER)
    assert main(["study", "status", str(study.folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-3:-1] == [
        "1 correction made while blinded, after the reader could see their own contour of the other round.",
        "after unblinding: 2 corrections (LN1/B-1-c2, LN1/B-1-c3)",
    ]
    assert main(["study", "status", str(study.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corrections_after_seeing"] == {"other_round": 1, "unblinded": 2}
