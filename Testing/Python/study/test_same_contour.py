"""A contour that is another reading's is named, by its voxels: whatever its segment is called and however its file is
packed, also where an earlier version locked it; and nothing else is told."""

import gzip
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study import sealed
from RLNResponseLib.study.contouring import check_draft, lock, study_ct
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.readings import open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.verify.inventory import take_inventory
from RLNResponseLib.study.verify.same_contours import same_contours

LYMPH_NODES = "lymph_node,patient,image\nLN1,P1,CT9\nLN2,P1,CT9\n"
A, A2, B = (ReadingKey(lymph_node="LN1", reader=code, round=number) for code, number in (("A", 1), ("A", 2), ("B", 1)))
SAME = "is another reader's, voxel for voxel; check that the right file was taken."


@pytest.fixture
def drawn(small):
    """The study with a CT to draw on, and a contour."""
    hu = np.random.default_rng(1).normal(40, 15, (12, 40, 40)).astype(np.int16)
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((0.8, 0.8, 2.5))
    add_image(small.study, "CT9", "P1", lambda path: sitk.WriteImage(image, str(path)), {}, (), {}, small.on())
    import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on())
    k, j, i = np.mgrid[:12, :40, :40]
    ball = (2.5 * (k - 6)) ** 2 + (0.8 * (j - 20)) ** 2 + (0.8 * (i - 20)) ** 2 <= 36
    return small, Contour.from_full_grid(ball, "LN1")


def renamed(path, contour, ct):
    write_seg_nrrd(path, replace(contour, name="another name"), ct)


def packed_anew(path, contour, ct):
    """By another program, in another compression: no place that could be read fast."""
    write_seg_nrrd(path, contour, ct)
    header, blank, content = path.read_bytes().partition(b"\n\n")
    path.write_bytes(header + blank + gzip.compress(gzip.decompress(content), 1, mtime=0))


def cropped(path, contour, ct):
    """As Slicer writes it: the segment's own box, at its place."""
    write_seg_nrrd(path, contour, ct)
    k, j, i = (slice(part.start, part.stop) for part in contour.box)
    image = sitk.ReadImage(str(path))[i, j, k]
    sitk.WriteImage(image, str(path), useCompression=True)


def draw(small, key, contour, day=0, write=write_seg_nrrd):
    open_reading(small.study, key, small.on(day))
    ct = study_ct(small.study, "CT9")
    save_draft(small.study, key, lambda path: write(path, contour, ct), minutes=1, source="a test", software={})
    return [finding for finding in check_draft(small.study, key).findings if finding.code == "same-contour"]


def noted(small):
    return [(each.kind, each.code, each.where, each.sentence) for each in same_contours(take_inventory(small.folder))]


def moved(contour, voxel=False):
    if voxel:
        voxels = contour.voxels.copy()
        voxels[tuple(size // 2 for size in voxels.shape)] = False
        return replace(contour, voxels=voxels)
    return replace(contour, corner=(contour.corner[0] + 1, *contour.corner[1:]))


@pytest.mark.parametrize("write", [write_seg_nrrd, renamed, packed_anew, cropped])
def test_the_same_voxels_are_the_same_contour_whatever_the_file(drawn, write):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    (finding,) = draw(small, B, contour, write=write)
    assert finding.message == f"The contour of 'LN1' {SAME}"
    assert (finding.severity, dict(finding.numbers)) == ("warning", {})


@pytest.mark.parametrize("write", [renamed, packed_anew, cropped])
def test_so_are_those_of_a_locked_file_of_any_form(drawn, write):
    small, contour = drawn
    draw(small, A, contour, write=write)
    lock(small.study, A, small.on())
    (finding,) = draw(small, B, contour)
    assert finding.message == f"The contour of 'LN1' {SAME}"


@pytest.mark.parametrize("voxel", [False, True])
def test_a_contour_of_one_voxel_less_or_a_slice_further_is_another(drawn, voxel):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    assert draw(small, B, moved(contour, voxel)) == []
    lock(small.study, B, small.on())
    assert noted(small) == []


def test_another_lymph_node_s_contour_is_not_asked_after(drawn):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    assert draw(small, replace(B, lymph_node="LN2"), contour) == []


def test_verify_names_the_readings_of_another_reader_and_of_another_round(drawn):
    small, contour = drawn
    for key, day, write in ((A, 0, write_seg_nrrd), (B, 1, renamed), (A2, 40, renamed)):
        draw(small, key, contour, day, write)
        lock(small.study, key, small.on(day))
    end = "voxel for voxel: a file may have been taken twice."
    assert sorted(noted(small)) == [
        (
            "note",
            "same-contour",
            f"readings/LN1/{other}.json",
            f"readings/LN1/{other}.json has the contour of reading {one}, {end}",
        )
        for one, other in (("A-1", "A-2"), ("A-1", "B-1"), ("A-2", "B-1"))
    ]


def test_a_copy_of_a_record_is_no_second_reading(drawn):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    shutil.copy(small.folder / "readings/LN1/A-1.json", small.folder / "readings/LN1/B-1.json")
    assert noted(small) == []


def test_a_correction_like_what_it_corrects_is_named_before_the_lock_and_not_by_verify(drawn):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    open_reading(small.study, A.next_revision, small.on(1), "looked again")
    (finding,) = draw(small, A.next_revision, contour, 1)
    assert finding.code == "same-contour"
    lock(small.study, A.next_revision, small.on(1))
    assert noted(small) == []


def test_contours_that_an_earlier_version_locked_are_compared_by_their_voxels(drawn, as_written_before):
    """Its place in the header, no sealed file."""
    small, contour = drawn
    path = small.folder.parent / "old.seg.nrrd"
    ct = study_ct(small.study, "CT9")
    write_seg_nrrd(path, replace(contour, name="as it was called"), ct)
    small.lock_as_before(A, content=as_written_before(path.read_bytes(), contour, ct))
    (finding,) = draw(small, B, contour)
    assert finding.code == "same-contour"
    lock(small.study, B, small.on())
    assert [where for _, _, where, _ in noted(small)] == ["readings/LN1/B-1.json"]


def test_another_s_damaged_files_hinder_nobody_and_are_compared_as_far_as_they_can_be(drawn):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    (small.folder / "readings/LN1/A-1.sealed").write_bytes(b"")
    assert len(draw(small, B, contour)) == 1
    (small.folder / "readings/LN1/A-1.seg.nrrd").write_bytes(b"")
    assert len(draw(small, B, contour)) == 1, "the record still says which file it was"
    assert draw(small, B, contour, write=renamed) == []
    assert noted(small) == []
    (small.folder / "readings/LN1/A-1.seg.nrrd").unlink()
    assert draw(small, B, contour, write=renamed) == []


def test_what_is_kept_of_the_voxels_is_sealed(drawn):
    small, contour = drawn
    draw(small, A, contour)
    lock(small.study, A, small.on())
    digest = sealed.sealed_part(small.study, small.study.reading(A)).voxels_sha256
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert not any(digest.encode() in content for content in small.tree().values())
