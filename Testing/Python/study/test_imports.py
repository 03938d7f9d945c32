"""What may not become an image of the study, and what is no study."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging import stored
from RLNResponseLib.study.imports import add_image, import_clinical, import_ct
from RLNResponseLib.study.study import Study

ERROR = Finding(code="not-a-ct", severity="error", message="This is no CT; choose another.")


@pytest.mark.parametrize(
    ("image", "patient", "findings", "code"),
    [
        ("CT1", "P1", (), "image-exists"),
        ("ct1", "P1", (), "look-alike-identifiers"),
        ("C T", "P1", (), "bad-identifier"),
        ("CT3", "Jan Kowalski", (), "bad-identifier"),
        ("CT3", "P1", (ERROR,), "not-a-ct"),
        ("CT3", "P9", (), "no-such-patient"),
    ],
)
def test_an_image_that_may_not_come_in_is_refused_and_nothing_is_written(
    small, refusal, image, patient, findings, code
):
    before = small.tree()
    write = lambda path: path.write_bytes(b"x")  # noqa: E731
    assert refusal(lambda: add_image(small.study, image, patient, write, {}, findings, {}, small.on())) == code
    assert small.tree() == before


def test_what_is_not_in_the_study_is_refused_by_name(small, refusal):
    assert refusal(lambda: small.study.image("CT9")) == "no-such-image"
    assert refusal(lambda: small.study.lymph_node("LN9")) == "no-such-lymph-node"
    assert refusal(small.study.outcomes) == "blinded"


def test_a_study_is_made_once_and_only_a_study_is_opened(small, tmp_path, refusal):
    before = small.tree()
    assert refusal(lambda: Study.create(small.folder, small.study.protocol, small.on())) == "folder-not-empty"
    assert small.tree() == before
    (tmp_path / "empty").mkdir()
    assert refusal(lambda: Study.open(tmp_path / "empty")) == "no-protocol"


def test_of_two_programs_that_import_tables_at_once_the_second_is_refused_and_leaves_nothing(
    small, refusal, monkeypatch
):
    tables = small.tables(patients="patient\nP1\nP2\n")
    before = small.tree()
    monkeypatch.setattr(Study, "last_clinical_import", lambda self: None)  # it looked before the first was made
    assert refusal(lambda: import_clinical(small.study, tables, small.on())) == "record-exists"
    assert small.tree() == before


def write_ct(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))
    return path


def codes(imported):
    return {finding.code for finding in imported.findings}


def test_the_same_ct_is_known_again_however_it_is_stored(small, tmp_path):
    hu = np.random.default_rng(1).normal(40, 15, (6, 20, 20)).round().astype(np.int16)
    first = import_ct(small.study, write_ct(tmp_path / "a.nrrd", hu), "P1", "CT3", small.on())
    assert "same-voxels" not in codes(first)
    again = import_ct(small.study, write_ct(tmp_path / "b.nii.gz", hu.astype(np.float64)), "P2", "CT4", small.on())
    (finding,) = [finding for finding in again.findings if finding.code == "same-voxels"]
    assert (finding.severity, "'CT3' of patient 'P1'" in finding.message) == ("warning", True)
    other = hu.copy()
    other[0, 0, 0] += 1
    assert "same-voxels" not in codes(
        import_ct(small.study, write_ct(tmp_path / "c.nrrd", other), "P1", "CT5", small.on())
    )
    # It is said at the import, and is no finding of the image itself.
    assert "same-voxels" not in {each.code for each in small.study.image("CT4").findings}


def test_an_import_says_what_a_score_would_warn_of(small, tmp_path):
    fractions = np.random.default_rng(1).uniform(0, 1, (6, 20, 20)).astype(np.float32)
    imported = import_ct(small.study, write_ct(tmp_path / "a.nrrd", fractions), "P1", "CT3", small.on())
    assert "values-not-hu" in codes(imported)


@pytest.mark.parametrize("kind", [np.int16, np.float32])
@pytest.mark.parametrize("cut", [1, 700])
def test_a_ct_that_a_full_disk_cut_at_its_end_is_not_imported(small, tmp_path, refusal, monkeypatch, kind, cut):
    file = write_ct(tmp_path / "a.nrrd", np.arange(6 * 20 * 20, dtype=kind).reshape(6, 20, 20))
    before = small.tree()
    write = sitk.WriteImage

    def cut_off(image, name, **options):
        write(image, name, **options)
        with Path(name).open("rb+") as written:
            written.truncate(written.seek(0, 2) - cut)

    monkeypatch.setattr(sitk, "WriteImage", cut_off)
    assert refusal(lambda: import_ct(small.study, file, "P1", "CT3", small.on())) == "cannot-write"
    assert small.tree() == before


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.int64, np.float32, np.float64])
def test_every_type_of_voxels_is_stored_and_read_back(tmp_path, kind):
    image = sitk.GetImageFromArray(np.arange(60, dtype=kind).reshape(3, 4, 5))
    stored.write_stored_ct(tmp_path / "a.nrrd", image)
    assert (sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "a.nrrd"))) == sitk.GetArrayFromImage(image)).all()
