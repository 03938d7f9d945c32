"""Slicer's segmentations: real ones (slicerio carries two), and the keys of old and new versions written by hand."""

from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

SHAPE = (9, 11, 12)


@pytest.fixture
def ct():
    image = sitk.Image(SHAPE[::-1], sitk.sitkInt16)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-31, 17, -812))
    return CTImage(image=image, name="ct")


def write(path, layers, keys, first=(0, 0, 0), space="left-posterior-superior"):
    """`layers` [layer, k, j, i] or [k, j, i] as Slicer lays them out, its corner at index `first` (i, j, k) of the
    CT."""
    sign = np.array([-1, -1, 1] if space.startswith("right") else [1, 1, 1])
    origin = (np.array([-31, 17, -812]) + np.array(first) * (0.7, 0.8, 2.5)) * sign
    directions = np.diag([0.7, 0.8, 2.5]) * sign
    array = layers.transpose(0, 3, 2, 1) if layers.ndim == 4 else layers.transpose(2, 1, 0)
    header = {
        "space": space,
        "kinds": ["domain"] * 3,
        "space directions": directions.tolist(),
        "space origin": origin.tolist(),
        "encoding": "gzip",
        **keys,
    }
    if layers.ndim == 4:
        header["kinds"] = ["list", *header["kinds"]]
        header["space directions"] = [[np.nan] * 3, *header["space directions"]]
    nrrd.write(str(path), array, header)
    return path


def segment_keys(index, **values):
    return {f"Segment{index}_{key}": str(value) for key, value in values.items()}


@pytest.fixture
def masks():
    one, two, three = (np.zeros(SHAPE, dtype=np.uint8) for _ in range(3))
    one[2:6, 3:8, 2:7] = 1
    two[4:8, 5:10, 4:9] = 1
    three[1:3, 1:3, 1:3] = 1
    return one, two, three


@pytest.mark.parametrize("space", ["left-posterior-superior", "right-anterior-superior"])
def test_overlapping_segments_in_layers(tmp_path, ct, masks, space):
    """Slicer 4.11 to 5.x: one and three share a layer, two overlaps one and has its own."""
    one, two, three = masks
    keys = {
        **segment_keys(0, ID="Segment_1", Name="LN 4R", LabelValue=1, Layer=0, Extent="2 6 3 7 2 5"),
        **segment_keys(1, ID="Segment_2", Name="LN 7", LabelValue=1, Layer=1),
        **segment_keys(2, ID="2.25.256098", Name="LN 4R part", LabelValue=5, Layer=0),
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
        "Segmentation_MasterRepresentation": "Binary labelmap",
    }
    path = write(tmp_path / "a.seg.nrrd", np.stack([one + 5 * three, two]), keys, space=space)
    assert [(entry.name, entry.id, entry.label, entry.layer) for entry in list_segments(path)] == [
        ("LN 4R", "Segment_1", 1, 0),
        ("LN 7", "Segment_2", 1, 1),
        ("LN 4R part", "2.25.256098", 5, 0),
    ]
    for wanted, mask in (("LN 4R", one), ("Segment_2", two), ("5", three), ("ln 7", two)):
        contour = read_contour(path, ct, wanted)
        assert np.array_equal(contour.full_grid(SHAPE), mask)
        assert contour.findings == ()
    with pytest.raises(DataRefusedError, match=r"a\.seg\.nrrd holds 3 segments; name one .* LN 4R, LN 7, LN 4R part\."):
        read_contour(path, ct)
    with pytest.raises(DataRefusedError, match=r"holds 2 segments named '1'; name one by its number .* Segment_1"):
        read_contour(path, ct, "1")
    with pytest.raises(DataRefusedError, match=r"Label 7 does not exist in a\.seg\.nrrd; the file has LN 4R, LN 7"):
        read_contour(path, ct, "7")


def test_cropped_to_the_segment(tmp_path, ct, masks):
    """Slicer crops a saved segmentation to its segments; the origin says where."""
    one = masks[0]
    keys = segment_keys(0, ID="Segment_1", Name="LN", LabelValue=1, Layer=0)
    path = write(tmp_path / "a.seg.nrrd", one[2:6, 3:8, 2:7], keys, first=(2, 3, 2))
    contour = read_contour(path, ct)
    assert np.array_equal(contour.full_grid(SHAPE), one)
    assert contour.name == "LN"
    assert contour.findings == ()


def test_slicer_4_10_without_label_and_layer(tmp_path, ct, masks):
    keys = {
        key: value
        for index in range(3)
        for key, value in segment_keys(index, ID=f"S{index}", Name=f"LN {index}").items()
    }
    path = write(tmp_path / "a.seg.nrrd", np.stack(masks), keys)
    for index, mask in enumerate(masks):
        assert np.array_equal(read_contour(path, ct, f"LN {index}").full_grid(SHAPE), mask)
    single = write(tmp_path / "b.seg.nrrd", masks[0][None], segment_keys(0, ID="S0", Name="LN"))
    assert np.array_equal(read_contour(single, ct).full_grid(SHAPE), masks[0])


def test_the_name_of_the_file_does_not_matter(tmp_path, ct, masks):
    path = write(tmp_path / "mask.nrrd", masks[0], segment_keys(0, ID="Segment_1", Name="LN", LabelValue=1, Layer=0))
    assert read_contour(path, ct, "LN").voxel_count == 100


def test_a_name_beyond_ascii(tmp_path, ct, masks):
    path = write(tmp_path / "a.seg.nrrd", masks[0], segment_keys(0, ID="S", Name="NAME", LabelValue=1, Layer=0))
    path.write_bytes(path.read_bytes().replace(b"NAME", "Lymphknoten Ärmel 左".encode()))
    assert read_contour(path, ct, "Lymphknoten Ärmel 左").name == "Lymphknoten Ärmel 左"


def test_an_empty_segment(tmp_path, ct, masks):
    keys = {
        **segment_keys(0, ID="S1", Name="LN", LabelValue=1),
        **segment_keys(1, ID="S2", Name="not drawn", LabelValue=2),
    }
    path = write(tmp_path / "a.seg.nrrd", masks[0], keys)
    with pytest.raises(DataRefusedError, match="The contour 'not drawn' is empty: not one voxel of it is set; draw it"):
        read_contour(path, ct, "not drawn")


def test_two_segments_of_one_name(tmp_path, ct, masks):
    keys = {**segment_keys(0, ID="S1", Name="LN", LabelValue=1), **segment_keys(1, ID="S2", Name="LN", LabelValue=2)}
    path = write(tmp_path / "a.seg.nrrd", masks[0] + 2 * masks[2], keys)
    with pytest.raises(
        DataRefusedError, match=r"holds 2 segments named 'LN'; name one by its number .*: S1 \(LN\), S2 \(LN\)\."
    ):
        read_contour(path, ct, "LN")
    assert read_contour(path, ct, "S2").voxel_count == 8


@pytest.mark.parametrize(
    "keys",
    [
        segment_keys(0, ID="S1", Name="LN", LabelValue="one"),
        segment_keys(0, ID="S1", Name="LN", LabelValue=1, Layer=2),
        segment_keys(0, ID="S1", Name="LN", LabelValue=1, Layer=-1),
        {**segment_keys(0, ID="S1", LabelValue=1, Layer=0), **segment_keys(1, ID="S2", LabelValue=1, Layer=0)},
    ],
)
def test_damaged_keys(tmp_path, ct, masks, keys):
    path = write(tmp_path / "a.seg.nrrd", np.stack(masks[:2]), keys)
    with pytest.raises(
        DataRefusedError, match=r"The header of a\.seg\.nrrd does not say which voxels .* save the segmentation"
    ):
        read_contour(path, ct)


def test_an_array_of_two_axes(tmp_path, ct):
    nrrd.write(str(tmp_path / "a.seg.nrrd"), np.ones((3, 4), np.uint8), segment_keys(0, ID="S1", Name="LN"))
    with pytest.raises(DataRefusedError, match=r"a\.seg\.nrrd is not a volume"):
        read_contour(tmp_path / "a.seg.nrrd", ct)


@pytest.mark.parametrize("name", ["Segmentation.seg.nrrd", "SegmentationOverlapping.seg.nrrd"])
def test_files_that_slicer_wrote(name):
    """Against slicerio, which the Slicer developers keep."""
    slicerio = pytest.importorskip("slicerio", reason="slicerio is not installed: pip install slicerio")
    folder = Path(slicerio.__file__).parent / "data"
    ct = read_ct(folder / "CTChest4.nrrd")
    theirs = slicerio.read_segmentation(str(folder / name))
    entries = list_segments(folder / name)
    assert [entry.id for entry in entries] == [segment["id"] for segment in theirs["segments"]]
    for entry, segment in zip(entries, theirs["segments"], strict=True):
        assert entry.name == segment["name"]
        voxels = theirs["voxels"] if theirs["voxels"].ndim == 3 else theirs["voxels"][segment["layer"]]
        # Slicer's axes here run to the patient's right and front, the CT's to the left and back.
        expected = voxels == segment["labelValue"]
        contour = read_contour(folder / name, ct, entry.id)
        assert contour.voxel_count == expected.sum()
        i, j, k = np.argwhere(expected)[0]
        ijk_to_lps = theirs["ijkToLPS"]
        point = (ijk_to_lps @ [i, j, k, 1])[:3]
        at = ct.image.TransformPhysicalPointToIndex(point.tolist())
        assert contour.full_grid(ct.image.GetSize()[::-1])[at[::-1]] == 1
