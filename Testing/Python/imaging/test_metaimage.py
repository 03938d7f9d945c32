"""MetaImage as CT and as label map: what is whole is read as its writer meant it, what would be misread is refused."""

import zlib

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.api import score
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging import formats
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

RNG = np.random.default_rng(0)
VOXELS = RNG.integers(-1000, 1000, (4, 5, 6)).astype("<i2")
BYTES = VOXELS.tobytes()


@pytest.fixture
def image():
    image = sitk.GetImageFromArray(RNG.integers(-1000, 1000, (12, 20, 30)).astype(np.int16))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-10, 20, -300))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    return image


def by_hand(path, voxels=BYTES, data="LOCAL", **changed):
    """A file as the documentation of MetaIO has it, written without ITK; a key that is None is left out."""
    keys = {
        "ObjectType": "Image", "NDims": "3", "BinaryData": "True", "BinaryDataByteOrderMSB": "False", "CompressedData": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 "
        "1", "Offset": "-10 20 -300", "ElementSpacing": "0.7 0.8 2.5", "DimSize": "6 5 4",
        "ElementType": "MET_SHORT",
    } | changed  # fmt: skip
    header = "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)
    path.write_bytes(f"{header}ElementDataFile = {data}\n".encode() + (voxels if data == "LOCAL" else b""))
    return path


def refused(path, code):
    with pytest.raises(DataRefusedError) as caught:
        read_ct(path)
    assert caught.value.code == code, str(caught.value)
    assert path.name in str(caught.value)
    assert str(path.parent) not in str(caught.value)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["ct.mha", "ct.mhd"])
def test_what_itk_wrote_is_read_as_its_nrrd(tmp_path, image, name, compressed):
    sitk.WriteImage(image, tmp_path / name, compressed)
    sitk.WriteImage(image, tmp_path / "ct.nrrd")
    ours, same = read_ct(tmp_path / name).image, read_ct(tmp_path / "ct.nrrd").image
    assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(same))
    assert ours.GetPixelID() == same.GetPixelID() == sitk.sitkInt16
    for geometry in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(ours, geometry)() == pytest.approx(getattr(same, geometry)(), abs=1e-9)


def test_what_was_written_by_hand_is_read(tmp_path):
    ct = read_ct(by_hand(tmp_path / "ct.mha"))
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), VOXELS)
    assert ct.image.GetSpacing() == (0.7, 0.8, 2.5)
    assert ct.image.GetOrigin() == (-10, 20, -300)


def test_other_writers_ways_are_read(tmp_path):
    big_endian = by_hand(tmp_path / "big.mha", VOXELS.astype(">i2").tobytes(), BinaryDataByteOrderMSB="True")
    deflated = zlib.compress(VOXELS.tobytes())
    packed = by_hand(tmp_path / "packed.mha", deflated, CompressedData="True", CompressedDataSize=str(len(deflated)))
    text = by_hand(tmp_path / "text.mha", (" ".join(map(str, VOXELS.ravel())) + "\n").encode(), BinaryData="False")
    (tmp_path / "voxels.raw").write_bytes(b"a header of its own" + VOXELS.tobytes())
    beside = by_hand(tmp_path / "beside.mhd", data="voxels.raw", HeaderSize="-1")
    commented = by_hand(tmp_path / "commented.dcm", Comment="first")
    for path in (big_endian, packed, text, beside, commented):
        assert np.array_equal(sitk.GetArrayFromImage(read_ct(path).image), VOXELS), path.name


def test_nan_and_infinite_voxels_stay(tmp_path):
    values = VOXELS.astype("<f4")
    values[1, 2, 3], values[0, 0, 0] = np.nan, np.inf
    path = by_hand(tmp_path / "ct.mha", values.tobytes(), ElementType="MET_FLOAT")
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(path).image), values, equal_nan=True)


def test_what_is_cut_off_is_refused(tmp_path):
    packed = zlib.compress(VOXELS.tobytes())
    refused(by_hand(tmp_path / "short.mha", VOXELS.tobytes()[:-2]), "truncated-image")
    size = {"CompressedData": "True", "CompressedDataSize": str(len(packed))}
    refused(by_hand(tmp_path / "packed.mha", packed[:-6], **size), "truncated-image")
    # ITK gives other voxels without a word where the number of bytes is missing or wrong.
    refused(by_hand(tmp_path / "unsaid.mha", packed, CompressedData="True"), "truncated-image")
    refused(by_hand(tmp_path / "wrong.mha", packed, CompressedData="True", CompressedDataSize="9"), "truncated-image")
    refused(by_hand(tmp_path / "text.mha", b"1 2 3", BinaryData="False"), "truncated-image")
    refused(by_hand(tmp_path / "alone.mhd", data="gone.raw"), "missing-voxel-file")
    refused(by_hand(tmp_path / "bomb.mha", packed, **size, DimSize="2000 2000 500"), "truncated-image")


def test_what_would_be_misread_is_refused(tmp_path):
    refused(by_hand(tmp_path / "spacing.mha", ElementSpacing=None), "no-geometry")
    refused(by_hand(tmp_path / "zero.mha", ElementSpacing="0.7 0 2.5"), "no-geometry")
    refused(by_hand(tmp_path / "list.mhd", data="LIST\na.raw\nb.raw"), "unreadable-image")
    refused(by_hand(tmp_path / "pattern.mhd", data="slice%03d.raw 1 4 1"), "unreadable-image")
    refused(by_hand(tmp_path / "rescale.mha", ElementToIntensityFunctionOffset="-1024"), "bad-rescale")
    refused(by_hand(tmp_path / "huge.mha", DimSize="100000 100000 1000"), "too-many-voxels")
    flat = {"NDims": "2", "DimSize": "6 20", "Offset": "0 0", "ElementSpacing": "1 1", "TransformMatrix": "1 0 0 1"}
    refused(by_hand(tmp_path / "flat.mha", **flat), "not-three-dimensional")
    refused(by_hand(tmp_path / "colour.mha", VOXELS.tobytes() * 3, ElementNumberOfChannels="3"), "not-scalar")


def test_a_label_map_is_read_with_its_labels(tmp_path):
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1:3, 1:3, 1:3], labels[1:3, 3:5, 3:6] = 1, 7
    path = by_hand(tmp_path / "mask.mha", labels.tobytes(), ElementType="MET_UCHAR")
    ct = read_ct(by_hand(tmp_path / "ct.mha"))
    assert [entry.name for entry in list_segments(path)] == ["label 1", "label 7"]
    assert read_contour(path, ct, 7).voxel_count == 12


def test_scores_are_those_of_the_nrrd(tmp_path, pyradiomics_data):
    nrrd = [pyradiomics_data / f"lung2_{kind}.nrrd" for kind in ("image", "label")]
    mha = [tmp_path / f"{path.stem}.mha" for path in nrrd]
    for source, copy in zip(nrrd, mha, strict=True):
        sitk.WriteImage(sitk.ReadImage(str(source)), str(copy), True)
    same, ours = (score(*files, all_features=False).scores for files in (nrrd, mha))
    assert [each.score for each in ours] == [each.score for each in same]


def test_a_format_that_is_added_to_the_registry_is_read(tmp_path, monkeypatch):
    ours = formats.Format(
        name="Ours",
        recognises=lambda path: path.read_bytes() == b"ours",
        read_ct=lambda path: CTImage(image=sitk.GetImageFromArray(VOXELS), name=path.name),
        open_contours=lambda path: pytest.fail("not asked for"),
    )
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, ours))
    (tmp_path / "ct.ours").write_bytes(b"ours")
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "ct.ours").image), VOXELS)
