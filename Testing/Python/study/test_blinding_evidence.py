"""What the report says of blinding is what the study's log shows, of imported contours too."""

import re
import shutil
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.report.page.checklists import _of_cohort
from RLNResponseLib.report.page.methods import _of_readers, _provenance
from RLNResponseLib.report.text.blinding import blinding_sentences
from RLNResponseLib.study.anchor import anchor_now, make_anchor, read_anchor
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.blinding_evidence import blinding_evidence
from RLNResponseLib.study.contouring import import_reading, lock
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.unblinding import unblind_verified
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import missing_readings

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
A1, B1 = (ReadingKey(lymph_node="LN1", reader=reader) for reader in "AB")


def draw_here(small, key):
    from RLNResponseLib.study.drafts import save_draft
    from RLNResponseLib.study.readings import lock_reading, open_reading

    open_reading(small.study, key, small.on())
    save_draft(small.study, key, lambda path: path.write_bytes(b"x"), minutes=4, source="Segment Editor", software={})
    return lock_reading(small.study, key, (), small.on())


def finish(small):
    unblind(small.study, small.on(1), {missing.key: "no time" for missing in missing_readings(small.study)})
    return blinding_sentences(blinding_evidence(small.study))


def test_contours_drawn_here_were_drawn_blinded(small):
    draw_here(small, A1)
    draw_here(small, B1)
    said = finish(small)
    assert any(text.startswith("2 contours were drawn in this software and locked before unblinding") for text in said)
    assert not any("imported" in text and "contour" in text for text in said)
    assert any(text.startswith("After unblinding nothing was corrected") for text in said)


def test_contours_of_unknown_origin_are_not_called_blinded(small):
    draw_here(small, A1)
    small.read(B1)
    said = finish(small)
    assert any(text.startswith("1 contour was drawn in this software") for text in said)
    (other,) = [text for text in said if "with the source 'a test'" in text]
    assert "blinding is not shown here" in other


def test_contours_taken_from_files_are_not_called_blinded(small, tmp_path):
    from RLNResponseLib.study.imports import add_image, import_clinical
    from RLNResponseLib.study.protocol import Protocol, plan_readers

    phantom = make_phantom(1, size=(128, 128, 40))
    protocol = Protocol(title="T", readers=plan_readers(["A", "B"], []))
    small = type(small)(Study.create(tmp_path / "files" / "study", protocol, small.on()))
    add_image(
        small.study, "CT1", "P1", lambda path: sitk.WriteImage(phantom.ct.image, str(path)), {}, (), {}, small.on()
    )
    import_clinical(small.study, small.tables("patient\nP1\n", "lymph_node,patient,image\nLN1,P1,CT1\n"), small.on())
    write_seg_nrrd(tmp_path / "a.seg.nrrd", phantom.truth[0], phantom.ct)
    import_reading(small.study, A1, tmp_path / "a.seg.nrrd", small.on())
    lock(small.study, A1, small.on())
    said = finish(small)
    (imported,) = [text for text in said if text.startswith("1 contour was imported from files")]
    assert "blinding is not shown here" in imported
    assert not any("was drawn in this software" in text for text in said)


def test_readings_that_an_earlier_version_locked_have_the_source_of_their_record(small):
    small.lock_as_before(A1)
    assert any("with the source 'a test'" in text for text in finish(small))


def test_what_came_after_is_said_with_these_words(small):
    draw_here(small, A1)
    finish(small)
    exclude(small.study, "P2", "second thoughts", small.on(2))
    said = blinding_sentences(blinding_evidence(small.study))
    assert "After unblinding: 1 exclusion (P2)." in said
    assert not any("nothing was" in text for text in said)


def test_readings_under_another_text_of_the_protocol_are_counted(small):
    draw_here(small, A1)
    file = small.folder / "study.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("washout_days = 30", "washout_days = 31"), encoding="utf-8"
    )
    assert any(text.startswith("1 reading was locked under another text of the protocol") for text in finish(small))


def test_an_anchor_is_said_to_be_compared_or_not(small):
    draw_here(small, A1)
    make_anchor(small.study, small.on())
    anchor = anchor_now(small.study)
    missing = {missing.key: "no time" for missing in missing_readings(small.study)}
    shutil.copytree(small.folder, small.folder.with_name("other"))
    unblind_verified(small.study, small.on(1), missing, expected=read_anchor(anchor.words))
    said = blinding_sentences(blinding_evidence(small.study))
    assert f"Before unblinding the log was compared with the anchor {anchor.words}." in said
    other = Study.open(small.folder.with_name("other"))
    unblind_verified(other, small.on(1), missing)
    said = blinding_sentences(blinding_evidence(other))
    assert "An anchor was taken on 2026-01-10 and was not compared before unblinding." in said


@pytest.fixture
def cohort(small_cohort, tmp_path):
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    return Study.open(tmp_path / "study")


def test_the_methods_and_the_checklist_claim_no_blinding_that_the_log_does_not_show(cohort):
    rule = SimpleNamespace(form="ICC(A,1)", threshold=0.75, judged="lower limit")
    features = SimpleNamespace(rule=rule, names=("a",), passed=())
    cases = SimpleNamespace(rows=())
    analysis = SimpleNamespace(
        agreement=SimpleNamespace(features=features, scores=()), sets={}, cases=cases, by_set=None, by_control=None,
        survival=SimpleNamespace(analyses=()),
    )  # fmt: skip
    exclude(cohort, cohort.patients()[0].id, "second thoughts", NOW)
    for said in (" ".join(_of_readers(cohort)), _of_cohort(cohort, analysis)["blinding"]):
        assert "drawn in this software" not in said
        assert "showed no reader" not in said
        assert "simulated reader, no person" in said
        assert f"After unblinding: 1 exclusion ({cohort.patients()[0].id})." in said


def test_the_log_when_the_page_was_made_is_on_it_and_verify_takes_it(cohort):
    (words,) = [value for name, value in _provenance(cohort).rows if name.startswith("the study's log")]
    assert re.fullmatch(r"[a-z0-9-]+:\d+:[0-9a-f]{16}(, [a-z0-9-]+:\d+:[0-9a-f]{16})*", words)
    exclude(cohort, cohort.patients()[0].id, "later", NOW)
    assert verify(cohort.folder, read_anchor(words)).is_intact
