"""DICOM SEG as other writers leave it: elements missing, frames left out and in any order, oblique, fractions, label
maps, damage. The truth is the mask that went in, and highdicom's own reading where it reads the object."""

from copy import deepcopy
from types import SimpleNamespace

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, RLELossless

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import list_places, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

SHAPE = (6, 9, 10)
SPACING = (0.8, 0.7, 2.5)
SERIES = "1.2.826.0.1.3680043.8.498.3"


def scan(direction=((1, 0, 0), (0, 1, 0), (0, 0, 1)), origin=(-10.0, -20.0, -30.0)):
    """A CT of `SHAPE`, as an image and as the headers that a SEG is written on."""
    image = sitk.Image(SHAPE[::-1], sitk.sitkInt16)
    image.SetSpacing(SPACING)
    image.SetDirection(np.asarray(direction).ravel().tolist())
    image.SetOrigin(origin)
    slices = []
    for k in range(SHAPE[0]):
        file = pydicom.Dataset()
        file.file_meta = pydicom.dataset.FileMetaDataset()
        file.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        file.SOPClassUID, file.SOPInstanceUID = CTImageStorage, f"1.2.826.0.1.3680043.8.498.9.{k + 1}"
        file.StudyInstanceUID, file.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.2", SERIES
        file.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.1"
        for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
            setattr(file, keyword, "")
        file.StudyDate = file.StudyTime = file.ReferringPhysicianName = ""
        file.Modality, file.InstanceNumber = "CT", k + 1
        file.Rows, file.Columns = SHAPE[1:]
        file.PixelSpacing, file.SliceThickness = [SPACING[1], SPACING[0]], SPACING[2]
        file.ImageOrientationPatient = [f"{value:.9f}" for value in np.asarray(direction).T[:2].ravel()]
        file.ImagePositionPatient = [f"{value:.6f}" for value in image.TransformIndexToPhysicalPoint((0, 0, k))]
        slices.append(file)
    ct = CTImage(image=image, name="ct", frame_of_reference=slices[0].FrameOfReferenceUID, series=SERIES)
    return SimpleNamespace(ct=ct, slices=slices)


def seg_of(slices, masks, kind="BINARY", **more):
    """highdicom's SEG of masks [k, j, i, segment]."""
    descriptions = [
        highdicom.seg.SegmentDescription(number, f"LN {number}", codes.SCT.Tissue, codes.SCT.LymphNode, "MANUAL")
        for number in range(1, masks.shape[3] + 1)
    ]
    uid = highdicom.UID
    return highdicom.seg.Segmentation(slices, masks, kind, descriptions, uid(), 1, uid(), 1, "m", "m", "1", "x", **more)


def two_lymph_nodes():
    masks = np.zeros((*SHAPE, 2), dtype=np.uint8)
    masks[1:4, 2:6, 1:5, 0] = 1
    masks[3:5, 3:8, 4:9, 1] = 1
    return masks


@pytest.fixture
def plain():
    return scan()


@pytest.fixture
def made(plain, tmp_path):
    """made(change, …): the two lymph nodes as a SEG that `change` has changed, written to a file."""

    def make(change=None, kind="BINARY", masks=None, **more):
        seg = seg_of(plain.slices, two_lymph_nodes() if masks is None else masks, kind, **more)
        if change is not None:
            change(seg)
        path = tmp_path / "seg.dcm"
        seg.save_as(path)
        return path

    return make


def assert_read(path, ct, masks, findings=()):
    for number in range(1, masks.shape[3] + 1):
        contour = read_contour(path, ct, str(number))
        assert np.array_equal(contour.full_grid(SHAPE), masks[..., number - 1])
        assert tuple(finding.code for finding in contour.findings) == findings


def per_frame(seg, sequence):
    """Move a functional group that all frames share into each of them."""
    shared = seg.SharedFunctionalGroupsSequence[0]
    group = shared[sequence]
    for frame in seg.PerFrameFunctionalGroupsSequence:
        frame[sequence] = deepcopy(group)
    del shared[sequence]


def measures(seg):
    return seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]


def without_spacing(seg):
    del measures(seg).SpacingBetweenSlices


def no_spacing(seg):
    measures(seg).SpacingBetweenSlices = 0


def wrong_spacing(seg):
    measures(seg).SpacingBetweenSlices = 4


def measures_per_frame(seg):
    without_spacing(seg)
    per_frame(seg, "PixelMeasuresSequence")


def orientation_per_frame(seg):
    per_frame(seg, "PlaneOrientationSequence")


def no_algorithm(seg):
    for item in seg.SegmentSequence:
        del item.SegmentAlgorithmType


def no_category(seg):
    for item in seg.SegmentSequence:
        del item.SegmentedPropertyCategoryCodeSequence, item.SegmentedPropertyTypeCodeSequence


def no_dimensions(seg):
    del seg.DimensionIndexSequence, seg.DimensionOrganizationSequence
    for frame in seg.PerFrameFunctionalGroupsSequence:
        del frame.FrameContentSequence


def no_references(seg):
    del seg.ReferencedSeriesSequence, seg.FrameOfReferenceUID
    for frame in seg.PerFrameFunctionalGroupsSequence:
        frame.pop("DerivationImageSequence", None)


def backwards(seg):
    """The frames in the opposite order, pixels and all."""
    pixels = seg.pixel_array[::-1]
    seg.PerFrameFunctionalGroupsSequence = list(seg.PerFrameFunctionalGroupsSequence)[::-1]
    seg.PixelData = np.packbits(pixels.astype(np.uint8).ravel(), bitorder="little").tobytes() + b"\0"
    seg.PixelData = seg.PixelData[: len(seg.PixelData) // 2 * 2]


def a_byte_a_pixel(seg):
    """As some writers store what they call binary."""
    seg.PixelData, seg.BitsAllocated = (seg.pixel_array * np.uint8(255)).tobytes(), 8


@pytest.mark.parametrize(
    "change",
    [
        None,
        without_spacing,
        no_spacing,
        wrong_spacing,
        measures_per_frame,
        orientation_per_frame,
        no_algorithm,
        no_category,
        no_dimensions,
        no_references,
        backwards,
        a_byte_a_pixel,
    ],
)
@pytest.mark.parametrize("omit_empty", [True, False])
def test_what_the_voxels_do_not_need_may_be_missing(plain, made, change, omit_empty):
    path = made(change, omit_empty_frames=omit_empty)
    assert_read(path, plain.ct, two_lymph_nodes())


def test_a_segment_without_a_label_is_called_by_its_number(plain, made):
    def no_label(seg):
        seg.SegmentSequence[1].SegmentLabel = ""
        del seg.SegmentSequence[0].SegmentLabel

    path = made(no_label)
    assert [read_contour(path, plain.ct, name).voxel_count for name in ("segment 1", "segment 2")] == [48, 50]


def test_one_segment_needs_no_reference_from_its_frames(plain, made):
    def unidentified(seg):
        for group in (*seg.PerFrameFunctionalGroupsSequence, *seg.SharedFunctionalGroupsSequence):
            group.pop("SegmentIdentificationSequence", None)

    masks = two_lymph_nodes()[..., :1]
    assert_read(made(unidentified, masks=masks), plain.ct, masks)
    with pytest.raises(DataRefusedError, match="does not state ReferencedSegmentNumber") as caught:
        read_contour(made(unidentified), plain.ct, "1")
    assert caught.value.code == "incomplete-segmentation"


@pytest.mark.parametrize(
    ("sequence", "keyword"),
    [
        ("PlanePositionSequence", "ImagePositionPatient"),
        ("PlaneOrientationSequence", "ImageOrientationPatient"),
        ("PixelMeasuresSequence", "PixelSpacing"),
    ],
)
def test_what_the_voxels_need_is_named_where_it_is_missing(plain, made, sequence, keyword):
    def without(seg):
        for group in (*seg.PerFrameFunctionalGroupsSequence, *seg.SharedFunctionalGroupsSequence):
            group.pop(sequence, None)

    with pytest.raises(DataRefusedError, match=f"does not state {keyword}") as caught:
        read_contour(made(without), plain.ct, "1")
    assert caught.value.code == "incomplete-segmentation"


def test_an_object_without_frames_says_that_they_are_missing(plain, made):
    def none(seg):
        seg.PerFrameFunctionalGroupsSequence, seg.NumberOfFrames = [], 0

    with pytest.raises(DataRefusedError, match="does not state PerFrameFunctionalGroupsSequence"):
        read_contour(made(none), plain.ct, "1")


def test_a_segment_of_empty_frames_or_of_none_is_empty(plain, made):
    masks = two_lymph_nodes()
    masks[..., 1] = 0
    for omit_empty in (True, False):
        path = made(masks=masks, omit_empty_frames=omit_empty)
        assert read_contour(path, plain.ct, "1").voxel_count == 48
        assert [place.voxels for place in list_places(path)] == [48, 0]
        with pytest.raises(DataRefusedError, match="'LN 2' is empty") as caught:
            read_contour(path, plain.ct, "2")
        assert caught.value.code == "empty-contour"


def second_number(seg):
    seg.SegmentSequence[1].SegmentNumber = 1


def unknown_segment(seg):
    seg.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 9


def half_the_pixels(seg):
    seg.PixelData = seg.PixelData[: len(seg.PixelData) // 4 * 2]


def no_pixels(seg):
    """As a file that was cut there."""
    del seg.PixelData, seg.SegmentationType


def a_frame_too_many(seg):
    seg.NumberOfFrames += 1


def two_values(seg):
    values = seg.pixel_array.astype(np.uint8)
    values[0, 0, 0] = 7
    seg.PixelData, seg.BitsAllocated = values.tobytes(), 8


def twice_the_same_slice(seg):
    groups = seg.PerFrameFunctionalGroupsSequence
    groups[1].PlanePositionSequence = groups[0].PlanePositionSequence


def no_type(seg):
    del seg.SegmentationType


def turned_frame(seg):
    per_frame(seg, "PlaneOrientationSequence")
    item = pydicom.Dataset()
    item.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    seg.PerFrameFunctionalGroupsSequence[0].PlaneOrientationSequence = [item]


def shifted_frame(seg):
    seg.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [-9, -20, -27.5]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (second_number, "damaged-segmentation", "gives two segments the number 1"),
        (unknown_segment, "damaged-segmentation", "a segment 9 that it does not describe"),
        (half_the_pixels, "damaged-segmentation", "its pixel data are cut"),
        (no_pixels, "damaged-segmentation", "it ends before its pixel data"),
        (a_frame_too_many, "damaged-segmentation", "states 6 frames and describes 5"),
        (two_values, "damaged-segmentation", "more than two values"),
        (twice_the_same_slice, "damaged-segmentation", "two frames show segment 1 on the same slice"),
        (no_type, "unknown-segmentation-type", "no SegmentationType"),
        (turned_frame, "frames-not-parallel", "not parallel"),
        (shifted_frame, "frames-not-stacked", "do not lie straight above one another"),
    ],
)
def test_damage_is_refused_for_what_it_is(plain, made, change, code, words):
    masks = two_lymph_nodes()
    if change is twice_the_same_slice:
        masks[2, 2, 1, 0] = 0
    with pytest.raises(DataRefusedError, match=words) as caught:
        read_contour(made(change, masks=masks), plain.ct, "1")
    assert caught.value.code == code
    assert str(caught.value).count("\n") == 0


def test_fractions_that_are_only_none_or_all_are_read(plain, made):
    masks = two_lymph_nodes()
    path = made(kind="FRACTIONAL", masks=masks.astype(np.float32), fractional_type="PROBABILITY")
    assert_read(path, plain.ct, masks)
    path = made(
        kind="FRACTIONAL", masks=masks.astype(np.float32), fractional_type="OCCUPANCY", max_fractional_value=100
    )
    assert_read(path, plain.ct, masks)


@pytest.mark.parametrize("threshold", [0.01, 0.25, 0.5, 0.75, 1])
def test_other_fractions_are_cut_where_the_call_says(plain, made, threshold):
    masks = np.zeros((*SHAPE, 1), dtype=np.float32)
    masks[1:5, 2:7, 2:7, 0] = np.linspace(0, 1, 25, dtype=np.float32).reshape(5, 5)
    path = made(kind="FRACTIONAL", masks=masks, fractional_type="PROBABILITY", max_fractional_value=200)
    stored = np.rint(masks[..., 0].astype(float) * 200)
    contour = read_contour(path, plain.ct, threshold=threshold)
    assert np.array_equal(contour.full_grid(SHAPE), stored >= threshold * 200)
    with pytest.raises(DataRefusedError, match="depends on a threshold"):
        read_contour(path, plain.ct)


def test_fractions_above_their_own_maximum_are_no_fractions(plain, made):
    def lower(seg):
        seg.MaximumFractionalValue = 100

    path = made(lower, kind="FRACTIONAL", masks=two_lymph_nodes().astype(np.float32), fractional_type="PROBABILITY")
    with pytest.raises(DataRefusedError, match="holds 255, above its maximum of 100"):
        read_contour(path, plain.ct, "1", threshold=0.5)


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan"), 128])
def test_a_threshold_is_a_fraction(plain, made, threshold):
    with pytest.raises(DataRefusedError, match="above 0 and at most 1") as caught:
        read_contour(made(), plain.ct, "1", threshold=threshold)
    assert caught.value.code == "bad-threshold"


def test_a_threshold_is_refused_where_nothing_has_fractions(plain, tmp_path):
    sitk.WriteImage(sitk.Cast(plain.ct.image + 1, sitk.sitkUInt8), str(tmp_path / "mask.nrrd"))
    with pytest.raises(DataRefusedError, match="leave out --threshold") as caught:
        read_contour(tmp_path / "mask.nrrd", plain.ct, threshold=0.5)
    assert caught.value.code == "no-fractions"


@pytest.mark.parametrize("change", [None, without_spacing, measures_per_frame, no_algorithm, no_type])
def test_a_label_map_object_is_read_by_its_pixels(plain, made, change):
    masks = two_lymph_nodes()
    masks[..., 1] &= ~masks[..., 0] & 1
    path = made(change, kind="LABELMAP", masks=masks)
    assert_read(path, plain.ct, masks)


def test_compressed_and_big_endian_pixels(plain, made):
    masks = two_lymph_nodes()
    masks[..., 1] &= ~masks[..., 0] & 1
    path = made(kind="LABELMAP", masks=masks, transfer_syntax_uid=RLELossless)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == RLELossless
    assert_read(path, plain.ct, masks)

    def unknown(seg):
        seg.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"

    path = made(unknown, kind="LABELMAP", masks=masks, transfer_syntax_uid=RLELossless)
    with pytest.raises(DataRefusedError, match=r"compressed in a way that cannot be read here \(MPEG2") as caught:
        read_contour(path, plain.ct, "1")
    assert caught.value.code == "unreadable-compression"


def test_big_endian_words(plain, made, tmp_path):
    masks = two_lymph_nodes()[..., :1]
    seg = pydicom.dcmread(made(kind="LABELMAP", masks=masks))
    seg.PixelData, seg.BitsAllocated, seg.BitsStored, seg.HighBit = (
        seg.pixel_array.astype(">u2").tobytes(), 16, 16, 15,
    )  # fmt: skip
    seg["PixelData"].VR = "OW"
    seg.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    pydicom.dcmwrite(tmp_path / "big.dcm", seg, little_endian=False, implicit_vr=False)
    assert_read(tmp_path / "big.dcm", plain.ct, masks)


@given(
    turn=st.tuples(*[st.floats(-3, 3)] * 3),
    origin=st.tuples(*[st.floats(-300, 300)] * 3),
    seed=st.integers(0, 2**16),
    kind=st.sampled_from(["BINARY", "LABELMAP"]),
    stated=st.booleans(),
)
@hypothesis_settings(max_examples=12)
def test_any_orientation_gives_the_voxels_that_went_in_as_highdicom_has_them(
    tmp_path_factory, turn, origin, seed, kind, stated
):
    direction = np.array(sitk.Euler3DTransform((0, 0, 0), *turn).GetMatrix()).reshape(3, 3)
    made = scan(direction, origin)
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, SHAPE)
    labels[random.integers(0, SHAPE[0], 2)] = 0
    masks = np.stack([labels == 1, labels == 2], axis=-1).astype(np.uint8)
    # Two slices may be empty, and the order of the frames is any.
    order = random.permutation(SHAPE[0])
    seg = seg_of([made.slices[k] for k in order], masks[order], kind)
    if stated:
        volume = seg.get_volume(segment_numbers=[1])
        assert volume.array[..., 0].sum() == masks[..., 0].sum()
    else:
        without_spacing(seg)
    path = tmp_path_factory.mktemp("seg") / "seg.dcm"
    seg.save_as(path)
    assert_read(path, made.ct, masks)


def test_a_part_of_the_picture_is_put_in_its_place(plain, tmp_path):
    """A SEG of fewer rows, columns and slices, as cropping writers make it."""
    masks = two_lymph_nodes()
    part = plain.slices[1:5]
    for k, file in enumerate(part, start=1):
        file.Rows, file.Columns = 6, 8
        file.ImagePositionPatient = list(plain.ct.image.TransformIndexToPhysicalPoint((1, 2, k)))
    path = tmp_path / "part.dcm"
    seg_of(part, masks[1:5, 2:8, 1:9]).save_as(path)
    assert_read(path, plain.ct, masks)


def test_frames_between_the_slices_are_resampled_with_a_finding(plain, tmp_path):
    masks = two_lymph_nodes()
    for file in plain.slices:
        file.ImagePositionPatient[2] += 0.8
    path = tmp_path / "between.dcm"
    seg_of(plain.slices, masks).save_as(path)
    assert_read(path, plain.ct, masks, findings=("resampled-contour",))


def test_frames_on_other_slices_without_a_distance_are_not_guessed(plain, tmp_path):
    """The first and the third of slices 1 mm apart: a step of 2 mm would be a guess."""
    masks = two_lymph_nodes()
    masks[3] = 0
    for k, file in enumerate(plain.slices):
        file.ImagePositionPatient[2] = -25 + 1.0 * k
        file.SliceThickness = 1.5
    seg = seg_of(plain.slices, masks[..., :1])
    without_spacing(seg)
    path = tmp_path / "other.dcm"
    seg.save_as(path)
    with pytest.raises(DataRefusedError, match=r"does not state the distance of its slices") as caught:
        read_contour(path, plain.ct)
    assert caught.value.code == "frames-not-even"


def test_another_series_in_the_same_frame_of_reference_is_said(plain, made):
    def elsewhere(seg):
        seg.ReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.3.4.5"

    assert_read(made(elsewhere), plain.ct, two_lymph_nodes(), findings=("other-series",))
    assert "1.2.3.4.5" not in read_contour(made(elsewhere), plain.ct, "1").findings[0].message


def test_the_series_of_a_ct_is_known_from_its_files(ct_folder):
    assert read_ct(ct_folder).series == SERIES


def test_places_without_the_ct(plain, made):
    masks = two_lymph_nodes()
    places = list_places(made(measures_per_frame))
    assert [(place.number, place.type, place.meaning, place.voxels) for place in places] == [
        (1, "segment", "Lymph Node", 48),
        (2, "segment", "Lymph Node", 50),
    ]
    for number, place in enumerate(places):
        k, j, i = np.argwhere(masks[..., number]).mean(axis=0)
        assert place.place_mm == pytest.approx(
            plain.ct.image.TransformContinuousIndexToPhysicalPoint((i, j, k)), abs=1e-3
        )


def test_places_of_fractions_are_not_known_without_a_threshold(made):
    path = made(kind="FRACTIONAL", masks=two_lymph_nodes() * np.float32(0.6), fractional_type="PROBABILITY")
    assert [(place.type, place.voxels, place.place_mm) for place in list_places(path)] == [
        ("fractional segment", None, None)
    ] * 2
