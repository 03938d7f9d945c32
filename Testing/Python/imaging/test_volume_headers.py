"""NRRD, NIfTI and MetaImage as strangers write them: read as their writer meant it, or refused for the true reason."""

import bz2
import gzip
import os
import struct
import time
import zlib

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.nifti import NIFTI
from RLNResponseLib.imaging.nrrd import NRRD
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.volume_file import judged_header, read_header
from RLNResponseLib.imaging.volume_header import degrees_off_right_angles

VOXELS = np.random.default_rng(0).integers(-1000, 1000, (6, 5, 4)).astype("<i2")
BYTES = VOXELS.tobytes()
AFFINE = np.array([[-0.8, 0, 0, 10], [0, -0.7, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])


def nrrd(path, data=BYTES, more="", **changed):
    fields = {
        "type": "short", "dimension": "3", "space": "left-posterior-superior", "sizes": "4 5 6",
        "space directions": "(0.8,0,0) (0,0.7,0) (0,0,2.5)", "kinds": "domain domain domain", "endian": "little",
        "encoding": "raw", "space origin": "(10,20,30)",
    } | {key.replace("_", " "): value for key, value in changed.items()}  # fmt: skip
    header = "".join(f"{key}: {value}\n" for key, value in fields.items() if value is not None)
    path.write_bytes(f"NRRD0005\n{header}{more}\n".encode() + data)
    return path


def nifti(path, voxels=VOXELS, qform=(AFFINE, 1), sform=(AFFINE, 1), **patched):
    """A file that nibabel wrote; `patched` are bytes at an offset, as "at_112"."""
    image = nibabel.Nifti1Image(voxels.T, AFFINE)
    image.header.set_data_dtype(voxels.dtype)
    image.set_qform(*qform)
    image.set_sform(*sform)
    plain = path.with_name("plain.nii")
    nibabel.save(image, plain)
    content = bytearray(plain.read_bytes())
    for offset, new in patched.items():
        start = int(offset.removeprefix("at_"))
        content[start : start + len(new)] = new
    path.write_bytes(gzip.compress(content) if path.name.lower().endswith("gz") else content)
    return path


def metaimage(path, data=BYTES, local="LOCAL", **changed):
    keys = {
        "ObjectType": "Image", "NDims": "3", "BinaryData": "True", "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False", "TransformMatrix": "1 0 0 0 1 0 0 0 1", "Offset": "10 20 30",
        "ElementSpacing": "0.8 0.7 2.5", "DimSize": "4 5 6", "ElementType": "MET_SHORT",
    } | changed  # fmt: skip
    header = "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)
    path.write_bytes(f"{header}ElementDataFile = {local}\n".encode() + data)
    return path


def refused(path, code, *words, read=read_ct):
    with pytest.raises(DataRefusedError) as caught:
        read(path)
    assert caught.value.code == code, str(caught.value)
    assert all(word in str(caught.value) for word in (path.name, *words)), str(caught.value)
    assert str(path.parent) not in str(caught.value)
    assert str(caught.value).count(". ") == 0
    assert str(caught.value).endswith(".")


def read_right(path, voxels=VOXELS, *, origin=(10, 20, 30), findings=()):
    ct = read_ct(path)
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), voxels), path.name
    assert ct.image.GetDimension() == 3
    assert ct.image.GetSpacing() == pytest.approx((0.8, 0.7, 2.5), abs=1e-6)
    if origin is not None:
        assert ct.image.GetOrigin() == pytest.approx(origin, abs=1e-5)
    assert tuple(finding.code for finding in ct.findings) == findings
    return ct


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


# --- two positions -----------------------------------------------------------------------------------------------


def moved(millimetres):
    affine = AFFINE.copy()
    affine[0, 3] += millimetres
    return affine


@pytest.mark.parametrize("codes", [(1, 1), (1, 2), (2, 1), (1, 4), (4, 4)])
@pytest.mark.parametrize("read", [read_ct, list_segments])
def test_two_positions_are_refused_with_their_distance(tmp_path, codes, read):
    path = nifti(tmp_path / "m.nii.gz", VOXELS % 3, (AFFINE, codes[0]), (moved(4.5), codes[1]))
    refused(path, "two-positions", "4.5 mm apart", read=read)


@pytest.mark.parametrize(("codes", "taken"), [((1, 1), "sform"), ((1, 2), "qform"), ((2, 1), "sform")])
def test_two_positions_a_third_of_a_millimetre_apart_are_a_warning_that_names_the_one_that_was_taken(
    tmp_path, codes, taken
):
    path = nifti(tmp_path / "m.nii.gz", (VOXELS > 0).astype("<i2"), (AFFINE, codes[0]), (moved(0.3), codes[1]))
    ct = read_ct(path)
    (finding,) = ct.findings
    assert finding.code == "two-positions"
    assert f"0.3 mm apart: the {taken} was taken" in finding.message
    assert ct.image.GetOrigin()[0] == pytest.approx(-10.3 if taken == "sform" else -10, abs=1e-5)
    assert [each.code for each in read_contour(path, ct).findings] == ["two-positions"]


def test_two_ways_of_saying_one_position_are_no_finding(tmp_path):
    read_right(nifti(tmp_path / "a.nii", sform=(moved(0.05), 2)), origin=(-10, -20, 30))
    turn = np.radians(0.02)  # where a quaternion in single precision is at its worst
    oblique = AFFINE.copy()
    oblique[:3, :3] = (
        np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]) @ AFFINE[:3, :3]
    )
    assert read_ct(nifti(tmp_path / "b.nii", qform=(oblique, 1), sform=(oblique, 1))).findings == ()


def test_two_sizes_of_voxels_are_refused(tmp_path):
    double = AFFINE @ np.diag([2, 2, 2, 1])
    refused(nifti(tmp_path / "a.nii", qform=(AFFINE, 0), sform=(double, 1)), "two-positions", "two sizes of its voxels")
    refused(nifti(tmp_path / "b.nii", sform=(double, 1)), "two-positions")


# --- axes off right angles ---------------------------------------------------------------------------------------


def sheared(degrees):
    affine = AFFINE.copy()
    affine[1, 2] = 2.5 * np.tan(np.radians(degrees))
    return affine


def sheared_files(folder, degrees):
    shift = 2.5 * np.tan(np.radians(degrees))
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    yield nifti(folder / "a.nii.gz", VOXELS % 2, (AFFINE, 0), (sheared(degrees), 1))
    yield nrrd(folder / "a.nrrd", (VOXELS % 2).tobytes(), space_directions=f"(0.8,0,0) (0,0.7,0) (0,{shift},2.5)")
    yield metaimage(folder / "a.mha", (VOXELS % 2).tobytes(), TransformMatrix=f"1 0 0 0 1 0 0 {sine} {cosine}")


@pytest.mark.parametrize("degrees", [0.2, -0.2, 1, 22])
def test_axes_off_right_angles_are_refused_alike_in_every_format_as_ct_and_as_mask(tmp_path, degrees):
    for path in sheared_files(tmp_path, degrees):
        for read in (read_ct, list_segments):
            refused(path, "axes-not-at-right-angles", "axes of", f"{abs(degrees):.2g} degrees", read=read)


@pytest.mark.parametrize("degrees", [0.001, 0.01, 0.05, 0.09])
def test_axes_off_by_rounding_are_read_in_every_format(tmp_path, degrees):
    for path in sheared_files(tmp_path, degrees):
        read = sitk.GetArrayFromImage(read_ct(path).image)
        assert np.array_equal(read, VOXELS % 2), path.name
        assert [entry.label for entry in list_segments(path)] == [1]
    assert "ITK_NIFTI_SFORM_PERMISSIVE" not in os.environ


# --- the same volume in every way of writing it -------------------------------------------------------------------


@settings(max_examples=25)
@given(
    angles=st.tuples(*[st.floats(-3, 3)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 5)] * 3),
    origin=st.tuples(*[st.floats(-500, 500)] * 3),
    flip=st.booleans(),
)
def test_our_reading_of_a_header_is_itks_for_any_oblique_grid(tmp_path_factory, angles, spacing, origin, flip):
    """ITK writes and ITK reads; our own reading of its NIfTI, NRRD and MetaImage headers gives the same place."""
    image = sitk.GetImageFromArray(VOXELS)
    x, y, z = angles
    turn = np.eye(3)
    for axis, angle in enumerate((x, y, z)):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[one, one] = step[other, other] = np.cos(angle)
        step[one, other], step[other, one] = -np.sin(angle), np.sin(angle)
        turn = turn @ step
    image.SetDirection((turn * ([1, 1, -1] if flip else [1, 1, 1])).ravel().tolist())
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    folder = tmp_path_factory.mktemp("grid")
    for name in ("a.nii", "a.nrrd", "a.mha"):
        sitk.WriteImage(image, folder / name)
        ct = read_ct(folder / name)
        assert ct.findings == ()
        assert ct.image.GetOrigin() == pytest.approx(origin, abs=1e-3)
        assert ct.image.GetDirection() == pytest.approx(image.GetDirection(), abs=1e-3)
        assert ct.image.GetSpacing() == pytest.approx(spacing, rel=1e-5)


def test_itk_is_not_believed_where_it_reads_another_volume(tmp_path):
    from dataclasses import replace

    path = nrrd(tmp_path / "a.nrrd")
    header = judged_header(path, NRRD)
    for other in (
        replace(header, size=(4, 6, 5)),
        replace(header, components=2),
        replace(header, places=(header.places[0] + np.eye(4, k=3) * 0.2,)),
        replace(header, places=(header.places[0] @ np.diag([1, -1, 1, 1]),)),
    ):
        kind = replace(NRRD, parse=lambda _path, other=other: other)
        with pytest.raises(DataRefusedError, match="is read otherwise by the reading library"):
            read_header(path, kind)


def test_forms_that_are_read(tmp_path):
    at = {"origin": (-10, -20, 30)}
    read_right(nifti(tmp_path / "a.nii"), **at)
    read_right(nifti(tmp_path / "A.NII"), **at)
    read_right(nifti(tmp_path / "A.NII.GZ"), **at)
    (tmp_path / "plain.nii.gz").write_bytes((tmp_path / "a.nii").read_bytes())  # not gzip, whatever its name says
    read_right(tmp_path / "plain.nii.gz", **at)
    read_right(nifti(tmp_path / "four.nii", VOXELS[None]), **at)
    read_right(nifti(tmp_path / "five.nii", VOXELS[None, None]), **at)
    for kind in ("<i4", "<f4", "<f8"):
        read_right(nifti(tmp_path / "b.nii", VOXELS.astype(kind)), **at)
    read_right(nifti(tmp_path / "s.nii", VOXELS, at_112=floats(0, 0)), **at)
    read_right(nifti(tmp_path / "s.nii", VOXELS, at_112=floats(np.nan, np.nan)), **at)
    unsigned = (VOXELS + 1024).astype("<u2")
    read_right(nifti(tmp_path / "s.nii", unsigned, at_112=floats(1, -1024)), **at)
    read_right(nifti(tmp_path / "s.nii", unsigned, at_112=floats(0.5, -1024)), unsigned * 0.5 - 1024, **at)
    metres = AFFINE / [[1000], [1000], [1000], [1]]
    in_metres = nifti(
        tmp_path / "m.nii", qform=(metres, 1), sform=(metres, 1), at_123=b"\1", at_80=floats(8e-4, 7e-4, 2.5e-3)
    )
    read_right(in_metres, **at)

    read_right(nrrd(tmp_path / "A.NRRD"))
    for space in ("LPS", "Left-Posterior-Superior", "left-posterior-superior"):
        read_right(nrrd(tmp_path / "a.nrrd", space=space))
    read_right(nrrd(tmp_path / "a.nrrd", space="RAS"), origin=(-10, -20, 30))
    anterior = nrrd(tmp_path / "a.nrrd", space="left-anterior-superior")
    if sitk.ReadImage(anterior).GetOrigin() == (10, -20, 30):
        read_right(anterior, origin=(10, -20, 30))
    else:  # the ITK of SimpleITK 2.5.5, which Slicer 5.12 bundles, mirrors it left to right
        refused(anterior, "misread-header", "is read otherwise by the reading library than its header states")
    time_axis = {"dimension": "4", "sizes": "4 5 6 1", "space": "left-posterior-superior-time",
        "kinds": "domain domain domain time", "space_directions": "(0.8,0,0,0) (0,0.7,0,0) (0,0,2.5,0) (0,0,0,1)",
        "space_origin": "(10,20,30,0)"}  # fmt: skip
    read_right(nrrd(tmp_path / "t.nrrd", **time_axis))
    for first in (True, False):
        directions = ["(0.8,0,0)", "(0,0.7,0)", "(0,0,2.5)"]
        directions.insert(0 if first else 3, "none")
        one = {"dimension": "4", "sizes": "1 4 5 6" if first else "4 5 6 1", "space_directions": " ".join(directions),
            "kinds": "list domain domain domain" if first else "domain domain domain list"}  # fmt: skip
        read_right(nrrd(tmp_path / "one.nrrd", **one))
    read_right(nrrd(tmp_path / "m.nrrd", measurement_frame="(1,0,0) (0,1,0) (0,0,1)", space_units='"mm" "mm" "mm"'))
    read_right(nrrd(tmp_path / "b.nrrd", VOXELS.astype(">i2").tobytes(), endian="big"))
    read_right(nrrd(tmp_path / "g.nrrd", gzip.compress(BYTES), encoding="gz"))
    read_right(nrrd(tmp_path / "x.nrrd", BYTES.hex().encode(), encoding="hex"))
    read_right(nrrd(tmp_path / "c.nrrd", " ".join(map(str, VOXELS.ravel())).encode(), encoding="ascii"))
    read_right(nrrd(tmp_path / "s.nrrd", b"xy" + BYTES, byte_skip="2"))
    read_right(nrrd(tmp_path / "s.nrrd", b"anything" + BYTES, byte_skip="-1"))
    read_right(nrrd(tmp_path / "s.nrrd", b"a line\n" + BYTES, line_skip="1"))
    read_right(nrrd(tmp_path / "s.nrrd", gzip.compress(b"xy" + BYTES), encoding="gzip", byte_skip="2"))
    read_right(nrrd(tmp_path / "l.nrrd", more="a key:=" + "x" * 5000 + "\n# " + "y" * 5000 + "\n"))

    read_right(metaimage(tmp_path / "a.mha"))
    four = {"NDims": "4", "DimSize": "4 5 6 1", "Offset": "10 20 30 0", "ElementSpacing": "0.8 0.7 2.5 1"}
    read_right(metaimage(tmp_path / "4.mha", **four, TransformMatrix=" ".join(map(str, np.eye(4, dtype=int).ravel()))))
    read_right(metaimage(tmp_path / "p.mha", Offset=None, Position="10 20 30"))
    read_right(metaimage(tmp_path / "b.mha", BinaryDataByteOrderMSB=None, ElementByteOrderMSB="False"))


def test_a_place_that_is_not_stated_is_a_warning(tmp_path):
    none = {"findings": ("place-not-stated",), "origin": (0, 0, 0)}
    read_right(nifti(tmp_path / "a.nii", qform=(AFFINE, 0), sform=(AFFINE, 0)), **none)
    upright = {"space": None, "space_directions": None, "space_origin": None}
    read_right(nrrd(tmp_path / "a.nrrd", **upright, spacings="0.8 0.7 2.5"), **none)
    read_right(nrrd(tmp_path / "b.nrrd", space_origin=None), **none)
    mins = {**upright, "spacings": "0.8 0.7 2.5", "axis_mins": "10 20 30"}
    for centers, origin, words in (
        ("node node node", (10, 20, 30), "axis mins are taken for its origin"),
        (None, (10.4, 20.35, 31.25), "axis mins for the outer edge of the first voxel"),
    ):
        path = nrrd(tmp_path / "b.nrrd", **mins, centers=centers)
        read_right(path, findings=("place-not-stated",), origin=origin)
        assert f"states no orientation (upright is taken, and its {words})" in read_ct(path).findings[0].message
    read_right(nrrd(tmp_path / "b.nrrd", space="scanner-xyz"), findings=("place-not-stated",))
    read_right(metaimage(tmp_path / "a.mha", Offset=None), **none)
    read_right(metaimage(tmp_path / "b.mha", TransformMatrix=None), findings=("place-not-stated",))
    for keys in ("", "Segment0_ID:=Segment_1\nSegment0_LabelValue:=1\n"):
        path = nrrd(tmp_path / "m.nrrd", (VOXELS > 0).astype("<i2").tobytes(), keys, space_origin=None)
        assert [each.code for each in read_contour(path, read_ct(path)).findings] == ["place-not-stated"]


# --- what is not read, for its true reason ------------------------------------------------------------------------


def test_nifti_that_is_not_read_says_why(tmp_path):
    refused_as = [
        ("form-not-read", "is NIfTI-2", {"at_0": struct.pack("<i", 540)}),
        ("no-geometry", "Analyze 7.5, which does not say which side is left", {"at_344": bytes(4)}),
        ("bad-rescale", "slope 0, intercept -1024", {"at_112": floats(0, -1024)}),
        ("bad-rescale", "slope inf", {"at_112": floats(np.inf, 0)}),
        ("bad-rescale", "intercept nan", {"at_112": floats(1, np.nan)}),
        ("form-not-read", "type 1536", {"at_70": struct.pack("<h", 1536)}),
        ("unreadable-image", "impossible numbers of voxels", {"at_40": struct.pack("<h", 9)}),
        ("unreadable-image", "impossible numbers of voxels", {"at_42": struct.pack("<h", -4)}),
        ("unreadable-image", "where the voxels begin", {"at_108": floats(20)}),
        ("unreadable-image", "where the voxels begin", {"at_108": floats(np.nan)}),
        ("no-geometry", "which no CT has", {"at_123": b"\3"}),
        ("no-geometry", "no usable", {"at_280": floats(np.nan)}),
        ("no-geometry", "no usable", {"at_256": floats(np.nan)}),
        *[("no-geometry", "no usable", {"at_80": floats(size)}) for size in (0, np.nan, np.inf, -0.8)],
    ]
    for code, words, patched in refused_as:
        refused(nifti(tmp_path / "a.nii", **patched), code, words)
    refused(nifti(tmp_path / "a.Nii"), "wrong-ending", "must end in .nii or .hdr")
    refused(nifti(tmp_path / "ct.dcm"), "wrong-ending", "rename it")
    nifti(tmp_path / "b.nii.gz").rename(tmp_path / "b.nii")
    refused(tmp_path / "b.nii", "wrong-ending", "compressed with gzip", ".nii.gz")
    refused(nifti(tmp_path / "c.nii", np.stack([VOXELS, VOXELS])), "not-three-dimensional", "4 × 5 × 6 × 2 voxels")


def test_analyze_is_refused_and_a_pair_of_files_is_read(tmp_path):
    image = sitk.GetImageFromArray(VOXELS)
    sitk.WriteImage(image, tmp_path / "a.hdr")
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "a.hdr").image), VOXELS)
    (tmp_path / "a.img").rename(tmp_path / "elsewhere.img")
    refused(tmp_path / "a.hdr", "missing-voxel-file", "a.img, is missing")
    (tmp_path / "a.img").write_bytes(BYTES[:-2])
    refused(tmp_path / "a.hdr", "truncated-image")
    (tmp_path / "a.img").write_bytes(BYTES + b"xy")
    refused(tmp_path / "a.hdr", "surplus-bytes")
    (tmp_path / "a.img").write_bytes(BYTES)
    header = (tmp_path / "a.hdr").read_bytes()
    (tmp_path / "a.hdr").write_bytes(header[:344] + bytes(4))
    refused(tmp_path / "a.hdr", "no-geometry", "Analyze 7.5")


def test_nrrd_that_is_not_read_says_why(tmp_path):
    path = tmp_path / "a.nrrd"
    refused(nrrd(path, bz2.compress(BYTES), encoding="bzip2"), "form-not-read", "compressed with bzip2")
    refused(nrrd(path, type="block", block_size="2"), "form-not-read", "blocks of bytes")
    upright = {"space": None, "space_directions": None, "space_origin": None}
    for spacing in ("0", "nan", "-2.5", "inf"):
        refused(nrrd(path, **upright, spacings=f"0.8 0.7 {spacing}"), "no-geometry")
    for directions in ("none (0,0.7,0) (0,0,2.5)", "none none none", "(nan,0,0) (0,0.7,0) (0,0,2.5)"):
        refused(nrrd(path, space_directions=directions), "no-geometry")
    refused(nrrd(path, space_origin="(nan,nan,nan)"), "no-geometry")
    refused(nrrd(path, space_units='"m" "m" "m"'), "no-geometry", "another unit than mm")
    refused(nrrd(path, **upright, spacings="0.8 0.7 2.5", units='"cm" "cm" "cm"'), "no-geometry", "another unit")
    refused(nrrd(path, space_directions="(8e-4,0,0) (0,7e-4,0) (0,0,2.5e-3)"), "no-geometry", "which no CT has")
    refused(nrrd(path, space="inside-out"), "unreadable-image", "names a space that the format does not have")
    refused(nrrd(path, sizes="4 5"), "unreadable-image", "dimension and sizes")
    refused(nrrd(path, endian=None), "unreadable-image", "endian")
    refused(nrrd(path, more="sizes: 4 5 6\n"), "unreadable-image", "states 'sizes' twice")
    colour = {"dimension": "4", "kinds": "vector domain domain domain", "sizes": "3 4 5 6",
        "space_directions": "none (0.8,0,0) (0,0.7,0) (0,0,2.5)"}  # fmt: skip
    refused(nrrd(path, BYTES * 3, **colour), "not-scalar")
    last = {"kinds": "domain domain domain RGB-color", "sizes": "4 5 6 3",
        "space_directions": "(0.8,0,0) (0,0.7,0) (0,0,2.5) none"}  # fmt: skip
    refused(nrrd(path, BYTES * 3, **colour | last), "not-scalar")


def test_metaimage_that_is_not_read_says_why(tmp_path):
    path = tmp_path / "a.mha"
    refused(metaimage(path, TransformMatrix="2 0 0 0 2 0 0 0 2"), "no-geometry")
    refused(metaimage(path, TransformMatrix="0 0 0 0 0 0 0 0 0"), "no-geometry")
    refused(metaimage(path, Offset="nan 0 0"), "no-geometry")
    refused(metaimage(path, DistanceUnits="m"), "no-geometry", "another unit than mm")
    refused(metaimage(path, NDims="100"), "form-not-read", "100 axes")
    refused(metaimage(path, DimSize="4.7 5 6"), "unreadable-image", "DimSize")
    refused(metaimage(path, DimSize="-4 5 -6"), "unreadable-image", "DimSize")
    refused(metaimage(path, DimSize="4 5 6\nDimSize = 2 2 2"), "unreadable-image", "dimsize twice")
    refused(metaimage(path, ElementType="MET_FOO"), "form-not-read")
    refused(metaimage(path, Comment="x\nBinaryDat" + "1 " * 300), "unreadable-image", "no 'Key = value'")
    for key in ("Comment", "Name", "ObjectType", "BinaryData", "TransformMatrix"):  # some of them end the process
        refused(metaimage(path, **{key: "x" * 1000}), "unreadable-image", "longer than the format allows")
    read_right(metaimage(path, Segment0_Tags="x" * 1000))
    for spacing in ("0", "nan", "-2.5"):
        refused(metaimage(path, ElementSpacing=f"0.8 0.7 {spacing}"), "no-geometry")


# --- where the voxels lie -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elsewhere", ["/etc/hostname", "../voxels.raw", "sub/../../voxels.raw", "C:\\voxels.raw", "..\\voxels.raw"]
)
def test_a_header_does_not_choose_among_the_files_of_this_machine(tmp_path, elsewhere):
    refused(nrrd(tmp_path / "a.nhdr", b"", data_file=elsewhere), "file-elsewhere", "outside its own folder")
    listed = nrrd(tmp_path / "l.nhdr", b"", more=f"data file: LIST 3\n{elsewhere}\n")
    refused(listed, "file-elsewhere")
    refused(metaimage(tmp_path / "a.mhd", b"", elsewhere), "file-elsewhere")


def test_voxels_beside_their_header_are_read_and_their_absence_is_said(tmp_path):
    (tmp_path / "voxels.raw").write_bytes(BYTES)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "voxels.raw").write_bytes(BYTES)
    for k, part in enumerate(VOXELS):
        (tmp_path / f"slice{k}.raw").write_bytes(part.tobytes())
    for name in ("voxels.raw", "./voxels.raw", "sub/voxels.raw", "slice%d.raw 0 5 1"):
        read_right(nrrd(tmp_path / "a.nhdr", b"", data_file=name))
    slices = "\n".join(f"slice{k}.raw" for k in range(6))
    listed = nrrd(tmp_path / "l.nhdr", b"", more=f"data file: LIST\n{slices}\n")
    listed.write_bytes(listed.read_bytes().rstrip() + b"\n")
    read_right(listed)
    read_right(metaimage(tmp_path / "a.mhd", b"", "voxels.raw"))
    for path in (nrrd(tmp_path / "b.nhdr", b"", data_file="gone.raw"), metaimage(tmp_path / "b.mhd", b"", "gone.raw")):
        refused(path, "missing-voxel-file", "the file with its voxels, gone.raw, is missing")
    refused(nrrd(tmp_path / "l.nhdr", b"", more="data file: LIST\nslice0.raw\ngone.raw\n"), "missing-voxel-file")
    refused(metaimage(tmp_path / "l.mhd", b"slice0.raw\n", "LIST"), "unreadable-image", "several files")
    refused(nrrd(tmp_path / "t.nhdr", b"", data_file="-"), "unreadable-image", "names no file")


def test_a_file_that_is_no_volume_by_itself_is_refused_for_what_it_is(tmp_path):
    (tmp_path / "a.nrrd.gz").write_bytes(gzip.compress(nrrd(tmp_path / "a.nrrd").read_bytes()))
    refused(tmp_path / "a.nrrd.gz", "form-not-read", "compressed as a whole")
    content = bytearray(nifti(tmp_path / "b.nii.gz").read_bytes())
    content[10] = 0xFF  # no block of deflate begins so
    (tmp_path / "b.nii.gz").write_bytes(content)
    refused(tmp_path / "b.nii.gz", "truncated-image", "is damaged")
    sitk.WriteImage(sitk.GetImageFromArray(VOXELS), tmp_path / "pair.hdr")
    metaimage(tmp_path / "voxels.mhd", b"", "voxels.raw")
    (tmp_path / "voxels.raw").write_bytes(BYTES)
    for name, header in (("pair.img", "pair.hdr"), ("voxels.raw", "voxels.mhd")):
        for read in (read_ct, list_segments):
            refused(tmp_path / name, "header-elsewhere", f"name its header, {header}", read=read)


def raw_files(folder, data):
    beside = folder / "voxels.raw"
    beside.write_bytes(data)
    packed = zlib.compress(data)
    yield nrrd(folder / "a.nrrd", data)
    yield nrrd(folder / "a.nhdr", b"", data_file="voxels.raw")
    yield nrrd(folder / "g.nrrd", gzip.compress(data), encoding="gzip")
    yield metaimage(folder / "a.mha", data)
    yield metaimage(folder / "a.mhd", b"", "voxels.raw")
    yield metaimage(folder / "c.mha", packed, CompressedData="True", CompressedDataSize=str(len(packed)))
    for name in ("a.nii", "a.nii.gz"):
        whole = nifti(folder / "whole.nii").read_bytes()[:352]
        (folder / name).write_bytes(gzip.compress(whole + data) if name.endswith("gz") else whole + data)
        yield folder / name


def test_missing_and_surplus_bytes_are_refused_in_every_format(tmp_path):
    for path in raw_files(tmp_path, BYTES):
        assert np.array_equal(sitk.GetArrayFromImage(read_ct(path).image), VOXELS), path.name
    for path in raw_files(tmp_path, BYTES[:-1]):
        refused(path, "truncated-image", "is damaged")
    for path in raw_files(tmp_path, BYTES + b"\0\0"):
        refused(path, "surplus-bytes", "more bytes lie there than its header claims")


# --- limits -------------------------------------------------------------------------------------------------------

NUMBERS, QUOTES = "1 " * 500, '"yyyyyyyyy" ' * 90


@pytest.mark.parametrize("field", ["type", "space", "kinds", "units", "labels", "data file", "sizes", "axis mins"])
@pytest.mark.parametrize("value", ["x" * 1000, NUMBERS, QUOTES], ids=["letters", "numbers", "quotes"])
def test_a_long_field_reaches_no_library(tmp_path, field, value):
    """Each of these ends the process with a segmentation fault where ITK reads it."""
    path = nrrd(tmp_path / "a.nrrd", **{field: value})
    refused(path, "unreadable-image", "characters")
    refused(nrrd(path, more="x" * 1000 + ": 1\n"), "unreadable-image", "no field of the format")
    refused(nrrd(path, more="x" * 1000 + "\n"), "unreadable-image", "no field of the format")


def test_claims_of_a_hundred_bytes_are_refused_before_memory_is_taken(tmp_path):
    started = time.process_time()
    huge = str(10**15)
    for path in (
        nrrd(tmp_path / "a.nrrd", sizes=f"{huge} {huge} {huge}"),
        nrrd(tmp_path / "b.nrrd", sizes=f"{huge} {huge} {huge}", encoding="gzip"),
        metaimage(tmp_path / "a.mha", DimSize=f"{huge} {huge} {huge}"),
        nifti(tmp_path / "a.nii", at_42=struct.pack("<3h", 32767, 32767, 32767)),
    ):
        refused(path, "too-many-voxels")
    for path in (
        nrrd(tmp_path / "c.nrrd", sizes="2000 1000 1000", type="double"),
        nrrd(tmp_path / "d.nrrd", sizes="1000 1000 1000"),
        nrrd(tmp_path / "e.nrrd", sizes="1000 1000 1000", encoding="ascii"),
        nrrd(tmp_path / "f.nrrd", gzip.compress(bytes(1000)), sizes="1000 1000 1000", encoding="gzip"),
    ):
        refused(path, "truncated-image")
    with (tmp_path / "g.raw").open("wb") as sparse:
        sparse.truncate(2**31 + 2**21)
    path = nrrd(tmp_path / "g.nhdr", b"", data_file="g.raw", sizes="1024 1024 2048", type="uchar")
    refused(path, "too-many-voxels", "4 GB of memory")
    path = nrrd(tmp_path / "h.nhdr", b"", data_file="g.raw", sizes="1024 1024 257", type="double")
    refused(path, "truncated-image")
    assert time.process_time() - started < 2


def test_gzip_that_never_ends_is_left_where_the_voxels_end(tmp_path):
    empty = gzip.compress(b"") * 40_000
    for data, code in ((gzip.compress(bytes(50_000_000)), "surplus-bytes"), (empty, "truncated-image")):
        refused(nrrd(tmp_path / "a.nrrd", data, encoding="gzip"), code)
    (tmp_path / "a.nii.gz").write_bytes(empty)
    refused(tmp_path / "a.nii.gz", "truncated-image")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of the file system")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.nrrd")
    for read in (read_ct, list_segments):
        refused(tmp_path / "pipe.nrrd", "not-a-regular-file", "no regular file", read=read)
    os.mkfifo(tmp_path / "voxels.raw")
    for path in (
        nrrd(tmp_path / "a.nhdr", b"", data_file="voxels.raw"),
        metaimage(tmp_path / "a.mhd", b"", "voxels.raw"),
    ):
        with pytest.raises(DataRefusedError, match="no regular file"):
            read_ct(path)


# --- labels -------------------------------------------------------------------------------------------------------


def test_labels_off_by_rounding_are_the_labels(tmp_path):
    ct = CTImage(image=read_ct(nrrd(tmp_path / "ct.nrrd")).image)
    labels = np.zeros(VOXELS.shape, "<f4")
    labels[1:3, 1:3, 1:3], labels[3:5, 1:3, 1:3] = 7.00002, 11
    labels[2, 2, 2], labels[0, 0, 0] = 6.99998, 1e-6
    path = nrrd(tmp_path / "m.nrrd", labels.tobytes(), type="float")
    assert [entry.label for entry in list_segments(path)] == [7, 11]
    assert read_contour(path, ct, 7).voxel_count == 8
    labels[1, 1, 1] = 7.3
    refused(nrrd(path, labels.tobytes(), type="float"), "not-a-label-map", read=list_segments)


def test_a_fractional_segmentation_is_refused(tmp_path):
    keys = "Segment0_ID:=Segment_1\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n"
    parts = (VOXELS % 109).astype("u1")
    for key in ("Segmentation_MasterRepresentation", "Segmentation_SourceRepresentation"):
        path = nrrd(tmp_path / "m.seg.nrrd", parts.tobytes(), keys + f"{key}:=Fractional labelmap\n", type="uchar")
        refused(path, "fractional-segmentation", "fractional labelmap", read=list_segments)
    path = nrrd(tmp_path / "m.seg.nrrd", parts.tobytes(), keys, type="uchar")
    ct = CTImage(image=read_ct(nrrd(tmp_path / "ct.nrrd")).image)
    refused(path, "fractional-segmentation", read=lambda file: read_contour(file, ct))


def test_right_angles_are_measured_on_the_worst_pair():
    assert degrees_off_right_angles(np.diag([0.5, 2, 3, 1.0])) == 0
    assert degrees_off_right_angles(sheared(0.2)) == pytest.approx(0.2)
    assert NIFTI.second_try is not None
