"""An existing contour becomes a draft under the lymph node's own name, is checked, locked, and read back as it was."""

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.study.contouring import import_reading, lock, locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.readings import open_reading, state_of
from RLNResponseLib.study.records import ReadingKey

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
    draft = import_reading(with_ct.study, KEY, file, with_ct.on(), minutes=3)
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
    draft = import_reading(with_ct.study, KEY, mask[0], with_ct.on(1), reason="a vessel")
    assert draft.key == KEY.next_revision


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
