"""An existing contour becomes a draft under the lymph node's own name, is checked, locked, and read back as it was."""

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.study.blinding import ReaderView
from RLNResponseLib.study.contouring import (
    check_draft,
    import_reading,
    lock,
    locked_contour,
    refuse_changed_image,
    study_ct,
)
from RLNResponseLib.study.drafts import draft_file
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.readings import lock_reading, open_reading, state_of
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import findings_of
from RLNResponseLib.study.verify.verify import verify

KEY = ReadingKey(lymph_node="LN9", reader="A")
LYMPH_NODES = "lymph_node,patient,image\nLN1,P1,CT1\nLN2,P1,CT1\nLN3,P2,CT2\nLN9,P1,CT9\n"


def write_volume(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


@pytest.fixture
def with_ct(small):
    """The small study with a CT of noise about 40 HU, on which LN9 lies."""
    hu = np.random.default_rng(1).normal(40, 15, (12, 40, 40)).astype(np.int16)
    add_image(small.study, "CT9", "P1", lambda path: write_volume(path, hu), {"kernel": "B30f"}, (), {}, small.on())
    import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on())
    return small


@pytest.fixture
def mask(tmp_path):
    """A ball of radius 6 mm in a label map named after a person, and which voxels it is."""
    k, j, i = np.mgrid[:12, :40, :40]
    ball = (2.5 * (k - 6)) ** 2 + (0.8 * (j - 20)) ** 2 + (0.8 * (i - 20)) ** 2 <= 36
    write_volume(tmp_path / "Kowalski.nrrd", ball.astype(np.uint8))
    return tmp_path / "Kowalski.nrrd", ball


def test_the_studys_ct_carries_its_identifier_and_the_facts_that_were_kept(with_ct, refusal):
    ct = study_ct(with_ct.study, "CT9")
    assert (ct.name, ct.acquisition.kernel, ct.acquisition.kilovoltage_kv) == ("CT9", "B30f", None)
    assert refusal(lambda: study_ct(with_ct.study, "CT8")) == "no-such-image"


def test_an_imported_contour_is_locked_voxel_by_voxel_and_under_the_lymph_nodes_name(with_ct, mask):
    file, ball = mask
    draft = import_reading(with_ct.study, KEY, file, with_ct.on(), minutes=3).draft
    assert (draft.key, draft.minutes, draft.source, state_of(with_ct.study, KEY)) == (
        KEY,
        3,
        "imported contour",
        "open",
    )
    lock(with_ct.study, KEY, with_ct.on())
    reading = with_ct.study.reading(KEY)
    contour = locked_contour(with_ct.study, reading, study_ct(with_ct.study, "CT9"))
    assert contour.name == "LN9"
    assert (np.argwhere(contour.voxels) + contour.corner == np.argwhere(ball)).all()
    assert not any(b"Kowalski" in content for content in with_ct.tree().values())


def test_a_contour_with_a_reason_is_the_draft_of_a_correction(with_ct, mask, refusal):
    assert refusal(lambda: import_reading(with_ct.study, KEY, mask[0], with_ct.on(), reason="a vessel")) == (
        "nothing-to-correct"
    )
    import_reading(with_ct.study, KEY, mask[0], with_ct.on())
    lock(with_ct.study, KEY, with_ct.on())
    assert refusal(lambda: import_reading(with_ct.study, KEY, mask[0], with_ct.on(1))) == "already-locked"
    corrected = import_reading(with_ct.study, KEY, mask[0], with_ct.on(1), reason="a vessel")
    assert corrected.draft.key == KEY.next_revision
    # The file that was locked before, taken again by mistake.
    assert "same-contour" in {finding.code for finding in corrected.findings}


def test_what_cannot_be_locked_is_refused_by_its_own_code(with_ct, mask, refusal):
    open_reading(with_ct.study, KEY, with_ct.on())
    assert refusal(lambda: lock(with_ct.study, KEY, with_ct.on())) == "no-draft"
    import_reading(with_ct.study, KEY, mask[0], with_ct.on())
    lock(with_ct.study, KEY, with_ct.on())
    assert refusal(lambda: lock(with_ct.study, KEY, with_ct.on())) == "already-locked"


def test_a_contour_or_image_changed_after_locking_is_refused(with_ct, mask, refusal):
    import_reading(with_ct.study, KEY, mask[0], with_ct.on())
    lock(with_ct.study, KEY, with_ct.on())
    reading, ct = with_ct.study.reading(KEY), study_ct(with_ct.study, "CT9")
    refuse_changed_image(with_ct.study, reading)
    for name, act, code in (
        ("readings/LN9/A-1.seg.nrrd", lambda: locked_contour(with_ct.study, reading, ct), "contour-changed"),
        ("images/CT9.nrrd", lambda: refuse_changed_image(with_ct.study, reading), "image-changed"),
    ):
        path = with_ct.folder / name
        path.write_bytes(path.read_bytes() + b"x")
        assert refusal(act) == code


def codes(findings):
    return {finding.code for finding in findings}


def test_a_contour_that_overlaps_another_lymph_nodes_is_noticed_before_the_lock(with_ct, mask):
    rows = "lymph_node,patient,image\nLN9,P1,CT9\nLN8,P1,CT9\n"
    import_clinical(with_ct.study, with_ct.tables(lymph_nodes=rows), with_ct.on())
    first = import_reading(with_ct.study, KEY, mask[0], with_ct.on())
    assert "overlaps-another" not in codes(first.findings)
    other = ReadingKey(lymph_node="LN8", reader="A")
    file, ball = mask
    moved = np.roll(ball, 3, axis=2)
    write_volume(file.with_name("moved.nrrd"), moved.astype(np.uint8))
    checked = import_reading(with_ct.study, other, file.with_name("moved.nrrd"), with_ct.on())
    (finding,) = [finding for finding in checked.findings if finding.code == "overlaps-another"]
    assert finding.severity == "warning"
    assert finding.numbers["voxels"] == np.count_nonzero(ball & moved)
    assert "'LN9'" in finding.message
    # Another reader's contour of it is nobody's business before unblinding.
    by_b = import_reading(with_ct.study, ReadingKey(lymph_node="LN8", reader="B"), file, with_ct.on())
    assert "overlaps-another" not in codes(by_b.findings)
    reading = (lock(with_ct.study, other, with_ct.on()), with_ct.study.reading(other))[1]
    assert "overlaps-another" in codes(findings_of(with_ct.study, reading))


@pytest.mark.parametrize(("superior_mm", "is_far"), [(15.0, False), (15.0 + 30.9, False), (15.0 + 31.1, True)])
def test_a_contour_far_from_its_marked_site_is_noticed(with_ct, mask, superior_mm, is_far):
    # The ball's centre is voxel (20, 20, 6) of 0.8 x 0.8 x 2.5 mm, its topmost voxel 5 mm (two slices) above.
    rows = (
        "lymph_node,patient,image,site_left_mm,site_posterior_mm,site_superior_mm\n"
        f"LN9,P1,CT9,16,16,{superior_mm - 1.0}\n"
    )
    import_clinical(with_ct.study, with_ct.tables(lymph_nodes=rows), with_ct.on())
    checked = import_reading(with_ct.study, KEY, mask[0], with_ct.on())
    assert ("far-from-site" in codes(checked.findings)) is is_far


def test_what_was_noticed_at_import_is_kept_with_the_reading(with_ct, mask):
    file, ball = mask
    half = sitk.GetImageFromArray(ball[:, ::2, ::2].astype(np.uint8))
    half.SetSpacing((1.6, 1.6, 2.5))
    sitk.WriteImage(half, str(file.with_name("coarse.nrrd")))
    checked = import_reading(with_ct.study, KEY, file.with_name("coarse.nrrd"), with_ct.on())
    resampled = codes(checked.draft.findings)
    assert resampled
    assert resampled <= codes(checked.findings)
    lock(with_ct.study, KEY, with_ct.on())
    assert resampled <= codes(findings_of(with_ct.study, with_ct.study.reading(KEY)))


def test_the_draft_of_a_second_session_is_set_aside_and_never_overwritten(with_ct, mask):
    file, ball = mask
    import_reading(with_ct.study, KEY, file, with_ct.on())
    first = draft_file(with_ct.study, KEY).read_bytes()
    write_volume(file.with_name("other.nrrd"), np.roll(ball, 1, axis=1).astype(np.uint8))
    assert import_reading(with_ct.study, KEY, file.with_name("other.nrrd"), with_ct.on()).keeps_another
    (kept,) = (with_ct.folder / "set-aside").iterdir()
    assert kept.read_bytes() == first
    view = ReaderView.of(with_ct.study, "A")
    opening = view.open("LN9", 1, with_ct.on())
    known = view.draft(opening).sha256
    # A session that goes on with what it knows leaves nothing aside; one that does not, does.
    save = lambda seen, text: view.save_draft(  # noqa: E731
        opening, lambda path: path.write_bytes(text), minutes=1, source="t", software={}, seen=seen
    )
    save(known, b"third")
    assert len(list((with_ct.folder / "set-aside").iterdir())) == 1
    save(known, b"of another session")
    assert {path.read_bytes() for path in (with_ct.folder / "set-aside").iterdir()} == {first, b"third"}
    assert verify(with_ct.folder).is_intact


def test_the_draft_that_is_locked_is_the_one_that_was_checked(with_ct, mask, refusal):
    file, ball = mask
    import_reading(with_ct.study, KEY, file, with_ct.on())
    checked = check_draft(with_ct.study, KEY)
    write_volume(file.with_name("other.nrrd"), np.roll(ball, 1, axis=1).astype(np.uint8))
    import_reading(with_ct.study, KEY, file.with_name("other.nrrd"), with_ct.on())
    late = lambda: lock_reading(  # noqa: E731
        with_ct.study, KEY, checked.findings, with_ct.on(), draft_sha256=checked.draft.sha256
    )
    assert refusal(late) == "draft-changed"
    assert with_ct.study.reading(KEY) is None
