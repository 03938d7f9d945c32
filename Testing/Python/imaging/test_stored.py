"""The short ways into a study's own files: the same as the long ones, or none."""

import gzip
import re
import struct
import zlib
from dataclasses import replace

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.hidden_place import place_in
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.nrrd import NRRD
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.stored import (
    contour_digest,
    read_stored_slices,
    stored_contour,
    stored_contour_digest,
    write_stored_ct,
)
from RLNResponseLib.imaging.volume_file import read_header


def ct_of(kind=np.int16):
    image = sitk.GetImageFromArray(np.random.default_rng(3).normal(60, 20, (9, 30, 25)).astype(kind))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-10.5, 3.25, 900.1))
    image.SetDirection((0, -1, 0, 1, 0, 0, 0, 0, 1))
    return image


@pytest.mark.parametrize("kind", [np.int16, np.uint8, np.float32, np.float64, np.int32])
@pytest.mark.parametrize(("first", "stop"), [(0, 9), (2, 5), (8, 9)])
def test_slices_are_those_of_simpleitk(tmp_path, kind, first, stop):
    write_stored_ct(tmp_path / "ct.nrrd", ct_of(kind))
    found = read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), first, stop)
    expected = sitk.ReadImage(str(tmp_path / "ct.nrrd"))[:, :, first:stop]
    assert found.GetPixelID() == expected.GetPixelID()
    assert (sitk.GetArrayFromImage(found) == sitk.GetArrayFromImage(expected)).all()
    assert found.GetSpacing() == expected.GetSpacing()
    assert found.GetDirection() == expected.GetDirection()
    assert found.GetOrigin() == pytest.approx(expected.GetOrigin(), abs=1e-9)


def test_big_endian_voxels_of_another_writer(tmp_path):
    voxels = np.arange(4 * 3 * 5, dtype=">i2").reshape(5, 3, 4)
    header = {"encoding": "raw", "space": "left-posterior-superior", "space directions": np.eye(3)}
    nrrd.write(str(tmp_path / "ct.nrrd"), voxels, {**header, "space origin": [0, 0, 0]}, index_order="C")
    content = (tmp_path / "ct.nrrd").read_bytes()
    assert b"endian: big" in content
    (tmp_path / "ct.nrrd").write_bytes(content.replace(b"type: int16", b"type: short"))
    found = read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), 1, 3)
    assert sitk.GetArrayFromImage(found).tolist() == voxels[1:3].tolist()


def test_gzip_and_detached_voxels_are_left_to_simpleitk(tmp_path):
    sitk.WriteImage(ct_of(), str(tmp_path / "gz.nrrd"), useCompression=True)
    sitk.WriteImage(ct_of(), str(tmp_path / "detached.nhdr"), useCompression=False)
    for name in ("gz.nrrd", "detached.nhdr"):
        assert read_stored_slices(tmp_path / name, read_header(tmp_path / name, NRRD), 0, 2) is None


def test_a_cut_off_ct_is_refused(tmp_path):
    write_stored_ct(tmp_path / "ct.nrrd", ct_of())
    with (tmp_path / "ct.nrrd").open("r+b") as file:
        file.truncate(9000)
    with pytest.raises(DataRefusedError, match=r"ct\.nrrd is damaged: it ends before the voxels"):
        read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), 0, 1)


def drawn(seed):
    rng = np.random.default_rng(seed)
    low = [int(rng.integers(0, size)) for size in (9, 30, 25)]
    high = [int(rng.integers(start, size)) + 1 for start, size in zip(low, (9, 30, 25), strict=True)]
    mask = np.zeros((9, 30, 25), bool)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    mask[box] = rng.random(mask[box].shape) < 0.4
    mask[tuple(low)] = True
    return Contour.from_full_grid(mask, "LN 1: upper")


@pytest.fixture(params=["of now", "of the version before"])
def write(request, tmp_path, as_written_before):
    """write(contour, ct): a file of this version or of the one before."""

    def written(contour, ct):
        file = tmp_path / "c.seg.nrrd"
        write_seg_nrrd(file, contour, ct)
        if request.param == "of the version before":
            file.write_bytes(as_written_before(file.read_bytes(), contour, ct))
        return file

    return written


@pytest.mark.parametrize("seed", range(20))
def test_a_contour_is_that_of_the_general_reader(write, seed):
    ct, contour = CTImage(image=ct_of()), drawn(seed)
    file = write(contour, ct)
    found, expected = stored_contour(file.read_bytes(), Grid.of_image(ct.image)), read_contour(file, ct)
    assert (found.name, found.corner, found.findings) == (expected.name, expected.corner, expected.findings)
    assert (found.voxels == expected.voxels).all()
    assert stored_contour_digest(file.read_bytes()) == contour_digest(contour, ct.image.GetSize())


def test_other_readers_of_gzip_and_nrrd_pass_over_the_hidden_place(tmp_path):
    ct, contour, file = CTImage(image=ct_of()), drawn(4), tmp_path / "c.seg.nrrd"
    write_seg_nrrd(file, contour, ct)
    expected = contour.full_grid((9, 30, 25))
    _, _, packed = file.read_bytes().partition(b"\n\n")
    assert gzip.decompress(packed) == expected.tobytes()
    voxels, header = nrrd.read(str(file), index_order="C")
    assert (voxels == expected).all()
    assert header["Segment0_Extent"] == "0 24 0 29 0 8"
    assert (sitk.GetArrayFromImage(sitk.ReadImage(str(file))) == expected).all()


def test_the_same_contour_gives_the_same_bytes_and_another_name_the_same_digest(tmp_path):
    ct, contour = CTImage(image=ct_of()), drawn(5)
    named = replace(contour, name="another")
    for name, each in (("a", contour), ("b", contour), ("c", named)):
        write_seg_nrrd(tmp_path / f"{name}.seg.nrrd", each, ct)
    a, b, c = ((tmp_path / f"{name}.seg.nrrd").read_bytes() for name in "abc")
    assert a == b != c
    assert stored_contour_digest(a) == stored_contour_digest(c)


def test_the_digest_is_of_the_voxels_where_they_lie_and_of_the_grid():
    contour = drawn(6)
    other = contour.voxels.copy()
    other[0, 0, 0] = not other[0, 0, 0]
    k, j, i = contour.corner
    digests = {
        contour_digest(contour, (25, 30, 9)),
        contour_digest(contour, (25, 30, 10)),
        contour_digest(replace(contour, voxels=other), (25, 30, 9)),
        contour_digest(replace(contour, corner=(k + 1, j, i)), (25, 30, 9)),
        contour_digest(replace(contour, voxels=contour.voxels[:, :, :-1]), (25, 30, 9)),
    }
    assert len(digests) == 5


def test_nothing_of_the_place_can_be_read_in_a_text_editor(tmp_path):
    """Every number of the place is a letter of ASCII where it stands as it is: 65 to 90."""
    image = sitk.Image([100, 101, 102], sitk.sitkInt16)
    mask = np.zeros((102, 101, 100), bool)
    mask[65:70, 71:77, 78:90] = True
    contour = Contour.from_full_grid(mask, "LN")
    write_seg_nrrd(tmp_path / "c.seg.nrrd", contour, CTImage(image=image))
    header, _, packed = (tmp_path / "c.seg.nrrd").read_bytes().partition(b"\n\n")
    numbers = {int(number) for line in header.splitlines()[3:] for number in re.findall(rb"\d+", line.split(b"=")[-1])}
    assert not numbers & {65, 69, 70, 71, 76, 77, 78, 89, 90, 360}
    for number in (65, 70, 71, 77, 78, 90):
        assert number.to_bytes(4, "little") not in packed
        assert number.to_bytes(4, "big") not in packed


SAID_BY_BOTH = [
    (b"Segment0_Extent:=", b"Segment0_Extent:=1 "),
    (b"Segment0_LabelValue:=1", b"Segment0_LabelValue:=2"),
    (b"Segment0_Layer:=0", b"Segment0_Layer:=1"),
    (b"Segment0_ID:=Segment_1", b"Segment0_ID:=Segment_1\nSegment1_ID:=Segment_2"),
    (b"left-posterior-superior", b"right-anterior-superior"),
    (b"space origin: (-10.5", b"space origin: (-10.6"),
    (b"sizes: 25", b"sizes: 26"),
    (b"sizes: 25", b"sizes: " + b"9" * 5000),
    (b"Segment0_Extent:=", b"Segment0_Extent:=" + b"9" * 5000),
    (b"encoding: gzip", b"encoding: raw"),
]


def assert_left_to_the_general_reader(content, changed, ct):
    assert changed[0] in content
    assert stored_contour(content.replace(*changed, 1), Grid.of_image(ct.image)) is None
    assert stored_contour(content[:-40], Grid.of_image(ct.image)) is None
    assert stored_contour(b"", Grid.of_image(ct.image)) is None


@pytest.mark.parametrize("changed", SAID_BY_BOTH)
def test_any_other_file_is_left_to_the_general_reader(write, changed):
    ct = CTImage(image=ct_of())
    assert_left_to_the_general_reader(write(drawn(1), ct).read_bytes(), changed, ct)


@pytest.mark.parametrize(
    "changed",
    [
        (b"ContourPlace:=", b"ContourPlace:=1"),
        (b"ContourPlace:=", b"Elsewhere:="),
        (b"ContourPlace:=", b"ContourPlace:=-"),
    ],
)
def test_a_wrong_place_in_the_header_is_not_believed(tmp_path, changed, as_written_before):
    ct, file = CTImage(image=ct_of()), tmp_path / "c.seg.nrrd"
    write_seg_nrrd(file, drawn(1), ct)
    assert_left_to_the_general_reader(as_written_before(file.read_bytes(), drawn(1), ct), changed, ct)


def test_a_wrong_hidden_place_is_not_believed_nor_read_beyond_reason(tmp_path):
    ct, contour, file = CTImage(image=ct_of()), drawn(1), tmp_path / "c.seg.nrrd"
    write_seg_nrrd(file, contour, ct)
    header, blank, packed = file.read_bytes().partition(b"\n\n")
    place = place_in(packed)
    right = [place.start, place.drawn, *(bound for part in place.box for bound in (part.start, part.stop))]
    length = int.from_bytes(packed[14:16], "little")
    right[0] -= 16 + length  # as it stands there: counted from the first compressed voxel
    rewritten = _with_place(packed, right, length)
    assert (
        stored_contour(header + blank + rewritten, Grid.of_image(ct.image)).voxels.tolist() == contour.voxels.tolist()
    )
    for index in range(len(right)):
        for step in (-1, 1, 1 << 20):
            wrong = [number + step * (position == index) for position, number in enumerate(right)]
            if min(wrong) >= 0:
                content = header + blank + _with_place(packed, wrong, length)
                assert stored_contour(content, Grid.of_image(ct.image)) is None
    huge = re.sub(rb"sizes: .*", b"sizes: 40000 40000 40000", header)
    huge = re.sub(rb"Segment0_Extent:=.*", b"Segment0_Extent:=0 39999 0 39999 0 39999", huge)
    everything = [0, place.drawn, 0, 40000, 0, 40000, 0, 40000]
    assert stored_contour_digest(huge + blank + _with_place(packed, everything, length)) is None


def _with_place(packed, numbers, length):
    place = zlib.compress(struct.pack("<QQ6I", *numbers))
    field = struct.pack("<H2sH", len(place) + 4, b"RL", len(place)) + place
    return packed[:10] + field + packed[16 + length :]


def test_an_extent_that_does_not_hold_the_contour_is_not_believed(tmp_path, as_written_before):
    ct, file = CTImage(image=ct_of()), tmp_path / "c.seg.nrrd"
    mask = np.zeros((9, 30, 25), bool)
    mask[2:6, 10:20, 5:15] = True
    contour = Contour.from_full_grid(mask, "LN")
    write_seg_nrrd(file, contour, ct)
    content, right = as_written_before(file.read_bytes(), contour, ct), b"Segment0_Extent:=5 14 10 19 2 5"
    assert right in content
    for wrong in (b"5 13 10 19 2 5", b"4 14 10 19 2 5", b"5 14 10 19 3 5", b"5 14 10 19 2 6", b"5 14 10 19 2 9"):
        changed = content.replace(right, b"Segment0_Extent:=" + wrong)
        assert stored_contour(changed, Grid.of_image(ct.image)) is None
