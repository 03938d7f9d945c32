"""A folder holds more than one scan: two passes, two patients, pictures beside the CT, files that were cut off."""

import os
from pathlib import Path

import hypothesis
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import SecondaryCaptureImageStorage

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_series import Series
from RLNResponseLib.imaging.load import read_ct


def refusal(folder, *choice):
    with pytest.raises(DataRefusedError) as caught:
        read_ct(folder, *choice)
    return caught.value


def codes(ct):
    return [finding.code for finding in ct.findings]


@pytest.fixture
def two_passes(tmp_path, write_slice):
    """Two passes half a step apart; the tags of each pass are given."""

    def write(first, second):
        for k in range(4):
            write_slice(tmp_path / f"a{k}", k, **first)
            shifted = ["-10", "-20", str(2.5 * k - 28.75)]
            write_slice(
                tmp_path / f"b{k}",
                k,
                pixels=np.full((20, 24), 7, np.int16),
                **{"ImagePositionPatient": shifted, **second},
            )
        return tmp_path

    return write


def test_two_passes_are_listed_and_one_can_be_named(two_passes):
    folder = two_passes({"AcquisitionNumber": "1"}, {"AcquisitionNumber": "2"})
    error = refusal(folder)
    assert error.code == "several-acquisitions"
    assert "(acquisition 1: 4 slices, acquisition 2: 4 slices)" in error.at_terminal
    assert error.at_terminal.endswith("or name one of them with --acquisition.")
    assert (sitk.GetArrayFromImage(read_ct(folder, None, 2).image) == 7 - 1024).all()
    assert not (sitk.GetArrayFromImage(read_ct(folder, None, 1).image) == 7 - 1024).any()
    error = refusal(folder, None, 3)
    assert (error.code, "no acquisition 3; it has acquisition 1: 4 slices" in str(error)) == (
        "no-such-acquisition",
        True,
    )


def test_two_passes_at_the_same_positions_are_no_duplicates(two_passes, tmp_path):
    folder = two_passes({"AcquisitionNumber": "1"}, {"AcquisitionNumber": "2"})
    for k in range(4):
        file = pydicom.dcmread(folder / f"b{k}")
        file.ImagePositionPatient = ["-10", "-20", str(2.5 * k - 30)]
        file.save_as(folder / f"b{k}")
    assert refusal(folder).code == "several-acquisitions"


@pytest.mark.parametrize(
    ("keyword", "values", "words"),
    [
        ("KVP", ("80", "140"), "2 tube voltages"),
        ("ConvolutionKernel", ("B30f", ["B70f", "3"]), "2 reconstruction kernels"),
        ("TemporalPositionIdentifier", ("1", "2"), "2 moments in time"),
    ],
)
def test_what_else_tells_passes_apart(two_passes, keyword, values, words):
    error = refusal(two_passes({keyword: values[0]}, {keyword: values[1]}))
    assert (error.code, words in str(error)) == ("several-acquisitions", True)


def test_passes_that_only_their_times_tell_apart_are_said(two_passes):
    folder = two_passes({"AcquisitionTime": "101500"}, {"AcquisitionTime": "101530"})
    assert codes(read_ct(folder)) == ["mixed-passes"]


@pytest.mark.parametrize("in_turns", [True, False])
def test_passes_that_only_their_numbers_tell_apart_are_said(tmp_path, write_slice, in_turns):
    for k in range(16):
        write_slice(tmp_path / f"{k}", k, InstanceNumber=str(k // 2 + 8 * (k % 2) + 1 if in_turns else 16 - k))
    assert codes(read_ct(tmp_path)) == (["mixed-passes"] if in_turns else [])


def test_acquisitions_that_follow_one_another_are_one_volume(tmp_path, write_slice):
    for k in range(6):
        write_slice(tmp_path / f"{k}", k, AcquisitionNumber=str(1 + k // 3), AcquisitionTime=f"1015{k:02}")
    assert codes(read_ct(tmp_path)) == []
    assert read_ct(tmp_path).image.GetSize()[2] == 6
    assert read_ct(tmp_path, None, 2).image.GetSize()[2] == 3


@pytest.mark.parametrize(
    "tags", [{"PatientID": "Q"}, {"PatientName": "Other^Person"}, {"PatientBirthDate": "19500101"}]
)
def test_slices_of_another_patient(ct_folder, write_slice, tags):
    for path in ct_folder.iterdir():
        file = pydicom.dcmread(path)
        file.PatientBirthDate = "19490101"
        file.save_as(path)
    file = pydicom.dcmread(ct_folder / "3.dcm")
    for keyword, value in tags.items():
        setattr(file, keyword, value)
    file.save_as(ct_folder / "3.dcm")
    error = refusal(ct_folder)
    assert (error.code, "2 patients" in str(error)) == ("several-patients", True)
    assert not any(value in str(error) for value in (*tags.values(), "Secret"))


def test_files_that_were_copied_twice_are_said_to_be_copies(ct_folder):
    for path in sorted(ct_folder.iterdir())[:3]:
        (ct_folder / f"{path.stem} (1).dcm").write_bytes(path.read_bytes())
    assert "3 file(s) of the series in ct are copies of others" in str(refusal(ct_folder))
    assert refusal(ct_folder).code == "duplicate-slice-positions"


def test_a_name_written_in_another_way_is_the_same_patient(ct_folder):
    file = pydicom.dcmread(ct_folder / "3.dcm")
    file.PatientName = "SECRET^PATIENT^^"
    file.save_as(ct_folder / "3.dcm")
    assert codes(read_ct(ct_folder)) == []


@pytest.mark.parametrize("keyword", ["BurnedInAnnotation", "RecognizableVisualFeatures"])
def test_pixels_that_may_show_who_it_is_are_said(tmp_path, write_slice, keyword):
    for k in range(3):
        write_slice(tmp_path / f"{k}", k, **{keyword: "YES" if k == 1 else "NO"})
    assert codes(read_ct(tmp_path)) == ["identifying-pixels"]


@pytest.mark.parametrize("content", [b"", bytes(4096)])
def test_an_empty_file_among_the_slices_may_be_the_last(ct_folder, content):
    (ct_folder / "8.dcm").write_bytes(content)
    error = refusal(ct_folder)
    assert (error.code, "1 file(s) in ct may be slices, but are empty or damaged" in str(error)) == (
        "damaged-dicom",
        True,
    )


@pytest.mark.parametrize("name", [".hidden", "notes.txt", "VIEWER/config.dcm"])
def test_an_empty_file_that_is_none_of_the_slices(ct_folder, name):
    (ct_folder / name).parent.mkdir(exist_ok=True)
    (ct_folder / name).touch()
    assert codes(read_ct(ct_folder)) == []


def test_a_slice_without_its_series_is_missed(ct_folder, write_slice):
    """It is the last: no gap tells of it."""
    write_slice(ct_folder / "8.dcm", 8, SeriesInstanceUID=None)
    error = refusal(ct_folder)
    assert error.code == "damaged-dicom"
    assert "1 file(s) in ct may be slices, but do not say which series they belong to (no Series" in str(error)


@pytest.mark.parametrize("kept", [140, 300])
def test_a_slice_cut_off_in_its_header_is_missed(ct_folder, write_slice, kept):
    write_slice(ct_folder / "8.dcm", 8)
    (ct_folder / "8.dcm").write_bytes((ct_folder / "8.dcm").read_bytes()[:kept])
    assert refusal(ct_folder).code == "damaged-dicom"


def test_a_broken_file_elsewhere_needs_the_series_by_name(ct_folder, write_slice):
    viewer = ct_folder / "VIEWER"
    viewer.mkdir()
    uid = write_slice(viewer / "LOGO", 0).SeriesInstanceUID
    (viewer / "LOGO").write_bytes((viewer / "LOGO").read_bytes()[:140])
    error = refusal(ct_folder)
    assert error.code == "damaged-dicom"
    assert "--series: 1) CT, number 4, 8 slice(s), UID" in error.at_terminal
    assert codes(read_ct(ct_folder, uid)) == ["stray-image"]


def test_a_picture_among_the_slices_is_no_slice(ct_folder, write_slice):
    tags = {"Modality": "OT", "SOPClassUID": SecondaryCaptureImageStorage}
    write_slice(ct_folder / "LOGO.dcm", 0, SeriesInstanceUID=None, **tags)
    assert codes(read_ct(ct_folder)) == ["stray-image"]


def test_only_regular_files_are_read(ct_folder):
    """A pipe would wait for ever."""
    os.mkfifo(ct_folder / "9.dcm")
    assert codes(read_ct(ct_folder)) == []
    assert refusal(ct_folder / "9.dcm").code == "not-a-regular-file"


def test_a_folder_that_cannot_be_read_is_not_passed_over(ct_folder, monkeypatch):
    """As root a folder can always be read, so the system's answer is put in its place."""
    (ct_folder / "more").mkdir()
    scan = os.scandir

    def scandir(path):
        if Path(path).name == "more":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert refusal(ct_folder).code == "unreadable-folder"


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("first", ["SpecificCharacterSet", "SOPClassUID", "ImageType", "StudyDate"])
def test_files_without_preamble_and_without_meta_information(tmp_path, write_slice, implicit, first):
    """pydicom writes such with `force`, and reads them with it."""
    for k in range(3):
        file = write_slice(
            tmp_path / f"{k}.dcm", k, SpecificCharacterSet="ISO_IR 100", ImageType=["ORIGINAL", "PRIMARY"]
        )
        for keyword in ("SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID"):
            if keyword != first:
                delattr(file, keyword)
        bare = pydicom.Dataset(file)
        with (tmp_path / f"{k}.dcm").open("wb") as opened:
            pydicom.dcmwrite(opened, bare, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    array = sitk.GetArrayFromImage(read_ct(tmp_path).image)
    assert np.array_equal(array[1], np.random.default_rng(1).integers(0, 2000, (20, 24)) - 1024)


def test_a_folder_of_other_files(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"\x08\x00 is how a text may begin, or so")
    (tmp_path / "b").write_text("Nothing.", encoding="utf-8")
    assert refusal(tmp_path).code == "no-images"


def test_an_enhanced_ct_of_one_frame_is_called_so(ct_folder):
    for path in ct_folder.iterdir():
        file = pydicom.dcmread(path)
        file.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
        del file.ImagePositionPatient
        file.save_as(path)
    assert refusal(ct_folder).code == "multi-frame"


def test_another_modality_among_the_slices(ct_folder):
    file = pydicom.dcmread(ct_folder / "5.dcm")
    file.Modality = "PT"
    file.save_as(ct_folder / "5.dcm")
    assert "images of another modality" in str(refusal(ct_folder))


def test_slices_of_another_coordinate_system(ct_folder):
    file = pydicom.dcmread(ct_folder / "5.dcm")
    file.FrameOfReferenceUID = "1.2.3"
    file.save_as(ct_folder / "5.dcm")
    error = refusal(ct_folder)
    assert (error.code, "2 coordinate systems" in str(error)) == ("several-coordinate-systems", True)


def test_coordinate_systems_made_up_slice_by_slice_say_nothing(ct_folder):
    for k, path in enumerate(sorted(ct_folder.iterdir())):
        file = pydicom.dcmread(path)
        file.FrameOfReferenceUID = f"1.2.3.{k + 1}"
        file.save_as(path)
    assert codes(read_ct(ct_folder)) == []


def test_a_cd_with_dicomdir_and_nested_folders(tmp_path, write_slice):
    for k in range(4):
        folder = tmp_path / "DICOM" / f"D{k % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        write_slice(folder / f"IM{k}", k)
    directory = pydicom.dcmread(tmp_path / "DICOM" / "D0" / "IM0", stop_before_pixels=True)
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    for keyword in ("SOPClassUID", "SeriesInstanceUID", "Modality", "Rows", "Columns"):
        delattr(directory, keyword)
    directory.save_as(tmp_path / "DICOMDIR")
    ct = read_ct(tmp_path)
    assert (ct.image.GetSize(), codes(ct)) == ((24, 20, 4), [])


def test_the_position_of_one_slice_is_missing(ct_folder):
    file = pydicom.dcmread(ct_folder / "5.dcm")
    del file.ImagePositionPatient
    file.save_as(ct_folder / "5.dcm")
    assert refusal(ct_folder).code == "no-geometry"


@hypothesis.settings(max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(2, 5),
    step=st.floats(0.5, 8),
    slope=st.sampled_from(["1", "0.5", "2"]),
)
def test_any_oblique_series_in_any_order_has_its_voxels_at_their_places(
    seed, count, step, slope, tmp_path_factory, write_slice
):
    """Every voxel is asked for at the millimetres that its own header gives."""
    random = np.random.default_rng(seed)
    row, column, _ = np.linalg.qr(random.normal(size=(3, 3)))[0].T
    normal = np.cross(row, column)
    folder = tmp_path_factory.mktemp("series")
    origin = random.uniform(-300, 300, 3)
    files = []
    for k in random.permutation(count):
        position = [f"{value:.8f}" for value in origin + step * k * normal]
        cosines = [f"{value:.12f}" for value in (*row, *column)]
        written = random.integers(-500, 500, (20, 24)).astype(np.int16)
        files.append(
            write_slice(
                folder / f"{len(files)}.dcm",
                k,
                pixels=written,
                ImagePositionPatient=position,
                ImageOrientationPatient=cosines,
                RescaleSlope=slope,
                SliceThickness=f"{step:.6f}",
            )
        )
    image = read_ct(folder).image
    for file in files:
        j, i = random.integers(20), random.integers(24)
        stated = np.array(file.ImagePositionPatient, float) + 0.8 * i * row + 0.7 * j * column
        index = image.TransformPhysicalPointToIndex(stated.tolist())
        assert image[index] == file.pixel_array[j, i] * float(slope) - 1024
        assert image.TransformIndexToPhysicalPoint(index) == pytest.approx(stated, abs=1e-5)


def test_a_damaged_uid_is_listed_no_longer_than_one_may_be():
    series = Series(uid="nan\\" * 500, modality="CT", number=2, slice_count=3, rows=4, columns=4, files=())
    assert len(series.describe()) < 100
