"""A CT from NRRD and NIfTI: what is whole is read, what is not is refused before memory is taken."""

import gzip
import struct
import tracemalloc

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.formats import FORMATS, volumes_in
from RLNResponseLib.imaging.load import read_ct
from RLNResponseLib.imaging.records import Acquisition

RNG = np.random.default_rng(0)
NAMES = " nor ".join(sorted((known.name for known in FORMATS), key=lambda name: name == "DICOM"))


@pytest.fixture
def image():
    image = sitk.GetImageFromArray(RNG.integers(-1000, 1000, (12, 20, 30)).astype(np.int16))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-10, 20, -300))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    return image


def refused(path, code, *words, **call):
    with pytest.raises(DataRefusedError) as caught:
        read_ct(path, **call)
    assert caught.value.code == code, str(caught.value)
    assert all(word in str(caught.value) for word in (path.name, *words))
    assert str(path.parent) not in str(caught.value)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.nhdr", "ct.nii", "ct.nii.gz", "ct.hdr"])
def test_read_whole(tmp_path, image, name):
    sitk.WriteImage(image, tmp_path / name, name != "ct.nii")
    ct = read_ct(tmp_path / name)
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), sitk.GetArrayFromImage(image))
    assert ct.image.GetPixelID() == sitk.sitkInt16
    for ours, drawn in (
        (ct.image.GetSpacing(), image.GetSpacing()),
        (ct.image.GetOrigin(), image.GetOrigin()),
        (ct.image.GetDirection(), image.GetDirection()),
    ):
        assert ours == pytest.approx(drawn, abs=1e-5)
    assert (ct.name, ct.acquisition, ct.findings) == (name, Acquisition(), ())


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.nhdr", "ct.nii.gz", "ct.hdr", "ct.mha", "ct.mhd"])
def test_a_folder_with_one_volume_is_read_like_the_file(tmp_path, image, name):
    folder = tmp_path / "export" / "deeper"
    folder.mkdir(parents=True)
    sitk.WriteImage(image, str(folder / name))
    (tmp_path / "export" / "notes.txt").write_text("taken on Monday")
    of_file, of_folder = read_ct(folder / name), read_ct(tmp_path / "export")
    assert np.array_equal(sitk.GetArrayFromImage(of_file.image), sitk.GetArrayFromImage(of_folder.image))
    assert of_folder.name == name
    assert of_folder.image.GetOrigin() == of_file.image.GetOrigin()


def test_of_several_volumes_in_a_folder_none_is_guessed_and_beside_dicom_none_is_looked_for(tmp_path, image):
    folder = tmp_path / "export"
    folder.mkdir()
    refused(folder, "no-images")
    for name in ("ct.nrrd", "Miller.nii.gz"):
        sitk.WriteImage(image, str(folder / name))
    refused(folder, "several-volumes", "2 volumes")
    with pytest.raises(DataRefusedError) as caught:
        read_ct(folder)
    assert "Miller" not in str(caught.value)
    (folder / "0.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 64)
    assert volumes_in(folder) == ()


def test_content_decides_not_the_name(tmp_path, image):
    sitk.WriteImage(image, tmp_path / "ct.nrrd")
    (tmp_path / "ct.nrrd").rename(tmp_path / "ct.dcm")
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "ct.dcm").image), sitk.GetArrayFromImage(image))


def test_values_of_other_writers(tmp_path):
    """pynrrd and nibabel, with the rescale that NIfTI allows."""
    array = RNG.integers(-1000, 1000, (5, 6, 7)).astype(np.int16)
    nrrd.write(str(tmp_path / "a.nrrd"), array)
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "a.nrrd").image), array.transpose(2, 1, 0))
    nifti = nibabel.Nifti1Image(array, np.diag([-0.7, -0.7, 2, 1]))
    nifti.header.set_slope_inter(0.5, -1)
    nibabel.save(nifti, tmp_path / "a.nii.gz")
    expected = np.asarray(nibabel.load(tmp_path / "a.nii.gz").dataobj).transpose(2, 1, 0)
    ct = read_ct(tmp_path / "a.nii.gz")
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), expected)
    assert ct.image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)


@pytest.mark.parametrize("name", ["nan.nrrd", "nan.nii", "nan.nii.gz", "nan.hdr"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_nan_and_infinity_are_kept_for_the_checks(tmp_path, image, name, kind):
    """ITK itself reads those of a NIfTI file as 0."""
    array = sitk.GetArrayFromImage(image).astype(kind)
    array[3, 4, 5], array[3, 4, 6], array[0, 0, 0] = np.nan, np.inf, -np.inf
    ill = sitk.GetImageFromArray(array)
    ill.CopyInformation(image)
    sitk.WriteImage(ill, tmp_path / name)
    ct = read_ct(tmp_path / name)
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), array, equal_nan=True)
    assert ct.image.GetOrigin() == pytest.approx(image.GetOrigin(), abs=1e-5)


def test_nan_in_a_big_endian_nifti(tmp_path):
    array = np.arange(60, dtype=">f4").reshape(3, 4, 5)
    array[1, 2, 3] = np.nan
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(">f4")
    nibabel.save(nibabel.Nifti1Image(array, np.eye(4), header), tmp_path / "a.nii")
    read = sitk.GetArrayFromImage(read_ct(tmp_path / "a.nii").image)
    assert np.array_equal(read, array.T, equal_nan=True)


@pytest.mark.parametrize("name", ["ct.nrrd", "raw.nrrd", "ct.nii", "ct.nii.gz"])
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_truncated(tmp_path, image, name, kept):
    path = tmp_path / name
    sitk.WriteImage(image, path, name != "raw.nrrd")
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    refused(path, "truncated-image", "is damaged", "copy or export it again")


def test_damaged_in_the_middle(tmp_path, image):
    for name in ("ct.nrrd", "ct.nii.gz"):
        path = tmp_path / name
        sitk.WriteImage(image, path, True)
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 40] = bytes(40)
        path.write_bytes(content)
        refused(path, "truncated-image", "is damaged", "export it again")


def nrrd_header(sizes, encoding="raw"):
    return (
        f"NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes}\n"
        f"space directions: (1,0,0) (0,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\n"
        f"encoding: {encoding}\nspace origin: (0,0,0)\n\n"
    ).encode()


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_a_header_that_claims_a_million_million_voxels(tmp_path, encoding):
    path = tmp_path / "huge.nrrd"
    path.write_bytes(nrrd_header("10000 10000 10000", encoding) + bytes(1000))
    tracemalloc.start()
    refused(path, "too-many-voxels", "10000 × 10000 × 10000 voxels", "2147483648")
    assert tracemalloc.get_traced_memory()[1] < 1e7
    tracemalloc.stop()


def test_a_header_whose_voxels_cannot_be_counted(tmp_path):
    path = tmp_path / "huge.nrrd"
    path.write_bytes(nrrd_header("10000000000 10000000000 10000000000") + bytes(1000))
    refused(path, "too-many-voxels", "export it again")


def test_a_header_that_claims_more_than_its_file_can_hold(tmp_path):
    path = tmp_path / "large.nrrd"
    path.write_bytes(nrrd_header("1000 1000 1000", "gzip") + gzip.compress(bytes(1000)))
    refused(path, "truncated-image", "ends before the voxels that its header claims")


@pytest.mark.parametrize("compressed", [False, True])
def test_nifti_headers_that_claim_too_much(tmp_path, image, compressed):
    sitk.WriteImage(image, tmp_path / "a.nii")
    for sizes, code in (((30000, 30000, 30000), "too-many-voxels"), ((1200, 1200, 1200), "truncated-image")):
        content = bytearray((tmp_path / "a.nii").read_bytes())
        struct.pack_into("<4h", content, 40, 3, *sizes)
        path = tmp_path / ("b.nii.gz" if compressed else "b.nii")
        path.write_bytes(gzip.compress(content) if compressed else content)
        refused(path, code)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "truncated-image", "a.nrrd is empty (0 bytes); copy or export it again."),
        (b"PK\3\4" + bytes(60), "form-not-read", "a.nrrd is a ZIP archive, as a .mrb is"),
    ],
)
def test_an_empty_and_a_packed_file_are_said_to_be_so(tmp_path, content, code, words):
    (tmp_path / "a.nrrd").write_bytes(content)
    refused(tmp_path / "a.nrrd", code, words)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.nii", "ct.nii.gz", "ct.dcm"])
@pytest.mark.parametrize("content", [b"This is no image.\n" * 40, gzip.compress(b"Nor is this one.", mtime=0)])
def test_files_of_another_kind(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, "unknown-format", f"neither {NAMES}, whatever its name says")


def test_a_nrrd_with_a_broken_header(tmp_path):
    path = tmp_path / "ct.nrrd"
    path.write_bytes(b"NRRD0004\ntype: short\nsizes: three\n\n")
    refused(path, "unreadable-image", "cannot be read as")


def test_missing_file_and_a_series_of_a_file(tmp_path, image):
    refused(tmp_path / "gone.nrrd", "missing-file", "There is no file or folder gone.nrrd; check the path of the CT.")
    sitk.WriteImage(image, tmp_path / "ct.nrrd")
    refused(tmp_path / "ct.nrrd", "no-such-series", "leave out --series", series="1.2.3")


@pytest.mark.parametrize(
    ("array", "vector", "code", "words"),
    [
        (np.zeros((4, 5, 6, 7), np.int16), False, "not-three-dimensional", "7 × 6 × 5 × 4 voxels"),
        (np.zeros((5, 6), np.int16), False, "not-three-dimensional", "6 × 5 voxels"),
        (np.zeros((1, 5, 6), np.int16), False, "not-three-dimensional", "6 × 5 × 1 voxels"),
        (np.zeros((4, 5, 6, 3), np.uint8), True, "not-scalar", "several numbers a voxel"),
        (np.zeros((4, 5, 6), np.complex64), False, "not-scalar", "several numbers a voxel"),
    ],
)
def test_not_a_grey_scale_volume(tmp_path, array, vector, code, words):
    path = tmp_path / "a.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(array, isVector=vector), path)
    refused(path, code, words)


@pytest.mark.parametrize("directions", ["(nan,0,0) (0,1,0) (0,0,1)", "(0,0,0) (0,1,0) (0,0,1)"])
def test_impossible_geometry(tmp_path, directions):
    path = tmp_path / "ct.nrrd"
    header = nrrd_header("4 5 6").replace(b"(1,0,0) (0,1,0) (0,0,1)", directions.encode())
    path.write_bytes(header + bytes(240))
    with pytest.raises(DataRefusedError, match=r"ct\.nrrd .* export it again"):
        read_ct(path)
