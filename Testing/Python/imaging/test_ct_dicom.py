"""A CT from DICOM: values, geometry and acquisition right; every unfit series refused with its sentence."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.uid import (
    BasicTextSRStorage,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    MRImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import list_series, read_ct

SECRETS = ("Secret", "Patient", "1.2.826")


def refused(folder, code, *words, series=None):
    with pytest.raises(DataRefusedError) as caught:
        read_ct(folder, series)
    sentence = caught.value.at_terminal
    assert caught.value.code == code, sentence
    assert sentence.endswith(".")
    for word in words:
        assert word in sentence
    assert not any(secret in sentence for secret in SECRETS)
    assert str(folder.parent) not in sentence
    return sentence


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        ("lidc-4readers/LIDC-IDRI-0001", "dicom"),
        ("4dlung-ln-rtstruct", "dicom_ct"),
        ("sts-ct-rtstruct/STS_019_CT", "image"),
        ("ibsi1-pat1/dicom", "image"),
        ("dcmqi-ct-seg", "ct-3slice"),
    ],
)
def test_real_series_equal_simpleitks_own_reader(shared_data, folder, files):
    """Beside RTSTRUCT, SEG, NRRD, XML and text files, which are passed over."""
    ct = read_ct(shared_data / folder)
    own = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(shared_data / folder / files)))
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), sitk.GetArrayViewFromImage(own))
    assert ct.image.GetPixelID() == own.GetPixelID()
    assert ct.image.GetOrigin() == own.GetOrigin()
    assert ct.image.GetSpacing() == own.GetSpacing()
    assert ct.image.GetDirection() == own.GetDirection()
    assert ct.name == Path(folder).name
    assert ct.findings == ()


def test_real_acquisition_facts(shared_data):
    stated = read_ct(shared_data / "lidc-4readers" / "LIDC-IDRI-0001").acquisition
    assert (stated.modality, stated.kilovoltage_kv, stated.tube_current_ma, stated.kernel) == (
        "CT",
        120,
        400,
        "STANDARD",
    )
    assert (stated.slice_thickness_mm, stated.contrast_agent) == (2.5, "IV")
    assert (stated.manufacturer, stated.model_name) == ("GE MEDICAL SYSTEMS", "LightSpeed Plus")
    assert stated.scan_delay_s is None
    bare = read_ct(shared_data / "4dlung-ln-rtstruct" / "dicom_ct").acquisition
    assert (bare.kilovoltage_kv, bare.tube_current_ma, bare.contrast_agent, bare.kernel) == (None, None, None, None)


def test_five_real_series_are_refused_and_listed_and_one_can_be_named(shared_data):
    folder = shared_data / "headers-enhanced-ct"
    series = list_series(folder)
    assert [(one.modality, one.number, one.slice_count) for one in series] == [
        ("CT", 1, 1),
        ("CT", 2, 3),
        ("CT", 3, 1),
        ("CT", 100, 1),
        ("CT", 3000522, 1),
    ]
    with pytest.raises(DataRefusedError, match=r"holds 5 image series; give a folder that holds one\.$") as caught:
        read_ct(folder)
    told = caught.value.at_terminal
    assert "holds one, or name one of them with --series: " in told
    assert all(one.uid in told and f"{one.slice_count} slice(s)" in told for one in series)
    # Slices 1, 20 and 41 of a series.
    with pytest.raises(DataRefusedError, match="5 mm thick, but 100 mm apart"):
        read_ct(folder, series[1].uid)


def test_values_are_hu_in_order_of_position(ct_folder):
    ct = read_ct(ct_folder)
    files = [pydicom.dcmread(path) for path in ct_folder.iterdir()]
    files.sort(key=lambda file: file.ImagePositionPatient[2])
    expected = np.array([file.pixel_array.astype(int) - 1024 for file in files])
    assert np.array_equal(sitk.GetArrayFromImage(ct.image), expected)
    assert ct.image.GetOrigin() == (-10, -20, -30)
    assert ct.image.GetSpacing() == (0.8, 0.7, 2.5)
    assert "integer" in ct.image.GetPixelIDTypeAsString()


@pytest.mark.parametrize(
    ("rescales", "kind"),
    [
        ([("1", "0"), ("1", "-1024")], "32-bit signed integer"),
        ([("2", "-1024"), ("2", "-1000")], "32-bit signed integer"),
        ([("1.5", "-1024"), ("1.5", "-1000.25")], "64-bit float"),
        ([("0.5", "-1024")], "64-bit float"),
    ],
)
def test_each_slice_has_its_own_rescale(tmp_path, write_slice, rescales, kind):
    expected = []
    for k in range(4):
        slope, intercept = rescales[k % len(rescales)]
        pixels = np.random.default_rng(k).integers(0, 60000, (20, 24)).astype(np.uint16)
        write_slice(tmp_path / f"{k}.dcm", k, pixels=pixels, RescaleSlope=slope, RescaleIntercept=intercept)
        expected.append(pixels * float(slope) + float(intercept))
    image = read_ct(tmp_path).image
    assert np.array_equal(sitk.GetArrayFromImage(image), np.array(expected))
    assert image.GetPixelIDTypeAsString() == kind


def test_compressed_slices(tmp_path, write_slice):
    for k in range(3):
        file = write_slice(tmp_path / f"{k}.dcm", k)
        file.compress(RLELossless)
        file.save_as(tmp_path / f"{k}.dcm")
    array = sitk.GetArrayFromImage(read_ct(tmp_path).image)
    assert np.array_equal(array[1], np.random.default_rng(1).integers(0, 2000, (20, 24)) - 1024)


def test_slices_without_preamble(tmp_path, write_slice):
    for k in range(3):
        path = tmp_path / f"{k}.dcm"
        file = write_slice(path, k, SpecificCharacterSet="ISO_IR 100")
        file.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        file.save_as(path, implicit_vr=True, little_endian=True)
        content = path.read_bytes()
        path.write_bytes(content[content.index(b"\x08\x00\x05\x00") :])
    array = sitk.GetArrayFromImage(read_ct(tmp_path).image)
    assert np.array_equal(array[2], np.random.default_rng(2).integers(0, 2000, (20, 24)) - 1024)


def test_acquisition_facts(tmp_path, write_slice):
    for k, current in enumerate((180, 220, 160, 200)):
        write_slice(
            tmp_path / f"{k}.dcm",
            k,
            KVP="120",
            XRayTubeCurrent=str(current),
            ExposureInuAs="160000",
            ConvolutionKernel=["B30f", "3"],
            ContrastBolusAgent="ULTRAVIST",
            ContrastBolusRoute=" ",
            ContrastBolusStartTime="101500",
            AcquisitionTime=f"1015{30 - k:02}.5",
            ManufacturerModelName="LightSpeed VCT",
        )
    stated = read_ct(tmp_path).acquisition
    assert (stated.kilovoltage_kv, stated.tube_current_ma, stated.exposure_mas) == (120, 190, 160)
    assert (stated.kernel, stated.contrast_agent, stated.contrast_route) == ("B30f\\3", "ULTRAVIST", None)
    assert stated.scan_delay_s == 27.5
    assert stated.manufacturer is None


@pytest.mark.parametrize("times", [("101500", "101400"), ("101500", "113000"), ("", "101500"), ("10", "101500")])
def test_no_scan_delay_from_times_that_cannot_be(tmp_path, write_slice, times):
    for k in range(2):
        write_slice(tmp_path / f"{k}.dcm", k, ContrastBolusStartTime=times[0], AcquisitionTime=times[1])
    assert read_ct(tmp_path).acquisition.scan_delay_s is None


def test_numbers_that_are_none_are_unknown(tmp_path, ct_folder):
    for path in ct_folder.iterdir():
        content = path.read_bytes()
        path.write_bytes(content.replace(b"DS\x04\x002.5 ", b"DS\x04\x002,5 "))
    assert read_ct(ct_folder).acquisition.slice_thickness_mm is None


def test_other_objects_are_passed_over(ct_folder, write_rtstruct, write_slice):
    write_rtstruct(ct_folder / "rt.dcm", {"LN": []})
    write_slice(
        ct_folder / "sr", SOPClassUID=BasicTextSRStorage, Modality="SR", Rows=None, Columns=None, PixelData=None
    )
    write_slice(
        ct_folder / "dose", SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2", Modality="RTDOSE", SeriesInstanceUID="9"
    )
    write_slice(ct_folder / "seg", SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", Modality="SEG", SeriesInstanceUID="8")
    (ct_folder / "notes.txt").write_text("No patient here.")
    (ct_folder / "empty.txt").touch()
    assert read_ct(ct_folder).image.GetSize() == (24, 20, 8)


def test_a_whole_cd_and_its_series(tmp_path, write_slice):
    for number in (2, 1):
        folder = tmp_path / "CD" / "DICOM" / f"S{number}"
        folder.mkdir(parents=True)
        for k in range(2 + number):
            write_slice(folder / f"I{k}", k, SeriesInstanceUID=f"1.{number}", SeriesNumber=str(number))
    write_slice(
        tmp_path / "CD" / "scout", SeriesInstanceUID="1.3", SeriesNumber=None, SOPClassUID=SecondaryCaptureImageStorage
    )
    series = list_series(tmp_path / "CD")
    assert [(one.uid, one.number, one.slice_count, one.rows, one.columns) for one in series] == [
        ("1.1", 1, 3, 20, 24),
        ("1.2", 2, 4, 20, 24),
        ("1.3", None, 1, 20, 24),
    ]
    assert [path.name for path in series[0].files] == ["I0", "I1", "I2"]
    refused(tmp_path / "CD", "several-series", "1) CT, number 1, 3 slice(s), UID 1.1; 2) CT", "without number")
    refused(tmp_path / "CD", "no-such-series", "no image series of that UID; it has 1) CT", series="1.9")
    assert read_ct(tmp_path / "CD", "1.2").image.GetSize() == (24, 20, 4)


def test_many_series_are_not_all_listed(tmp_path, write_slice):
    for number in range(23):
        write_slice(tmp_path / f"{number}", SeriesInstanceUID=f"1.{number}", SeriesNumber=str(number))
    sentence = refused(tmp_path, "several-series", "holds 23 image series", "; and 3 more.")
    assert "number 19" in sentence
    assert "number 20" not in sentence


def test_folders_without_a_ct(tmp_path):
    refused(tmp_path / "nowhere", "missing-file", "There is no file or folder nowhere; check the path of the CT.")
    (tmp_path / "readme.txt").write_text("Nothing.")
    refused(tmp_path, "no-images", "holds no DICOM image; name the folder with the CT series.")
    with pytest.raises(DataRefusedError, match="There is no folder gone; check the path"):
        list_series(tmp_path / "gone")


def test_one_file_is_not_a_series(ct_folder, write_rtstruct, tmp_path):
    refused(ct_folder / "0.dcm", "single-slice-file", "0.dcm is one file of a CT series", "name the folder it lies in")
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": []})
    refused(structures, "not-ct", "rt.dcm is a DICOM file of modality RTSTRUCT, not CT")


def test_one_file_with_all_slices_is_not_said_to_be_one_of_them(tmp_path, write_slice):
    write_slice(tmp_path / "a.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", NumberOfFrames="5")
    refused(tmp_path / "a.dcm", "multi-frame", "The CT in a.dcm is one multi-frame file (enhanced CT)")


def test_the_list_of_a_disc_is_no_scan(tmp_path, write_slice):
    write_slice(tmp_path / "DICOMDIR", Modality=None, DirectoryRecordSequence=[])
    refused(tmp_path / "DICOMDIR", "form-not-read", "DICOMDIR lists what a disc holds", "name the folder of the CT")


def change(folder, count, **tags):
    for path in sorted(folder.iterdir())[:count]:
        file = pydicom.dcmread(path)
        for keyword, value in tags.items():
            if value is None:
                delattr(file, keyword)
            else:
                setattr(file, keyword, value)
        file.save_as(path)


@pytest.mark.parametrize(
    ("count", "tags", "code", "words"),
    [
        (8, {"Modality": "MR", "SOPClassUID": MRImageStorage}, "not-ct", "modality MR, not CT"),
        (1, {"Rows": 10, "Columns": 48}, "mixed-geometry", "differ in size in pixels"),
        (1, {"ImageOrientationPatient": ["0", "1", "0", "0", "0", "-1"]}, "mixed-geometry", "differ in orientation"),
        (1, {"PixelSpacing": ["0.7", "0.801"]}, "mixed-geometry", "differ in pixel spacing"),
        (8, {"ImagePositionPatient": None}, "no-geometry", "does not state where it lies"),
        (1, {"ImagePositionPatient": ["0", "0"]}, "no-geometry", "does not state where it lies"),
        (1, {"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]}, "no-geometry", "cannot lie there"),
        (1, {"PixelSpacing": ["0", "0.8"]}, "no-geometry", "cannot lie there"),
        (1, {"PixelSpacing": None}, "no-geometry", "does not state where it lies"),
        (
            1,
            {"ImagePositionPatient": ["-10", "-20", "-20"]},
            "duplicate-slice-positions",
            "lie where another already lies",
        ),
        (8, {"GantryDetectorTilt": "15"}, "gantry-tilt", "tilted gantry (15 degrees stated"),
        (1, {"RescaleSlope": "0"}, "bad-rescale", "gives no HU"),
        (8, {"SamplesPerPixel": 3}, "not-scalar", "in colour"),
        (8, {"NumberOfFrames": "5"}, "multi-frame", "export it as classic CT"),
        (8, {"Rows": 60000, "Columns": 60000}, "too-many-voxels", "60000 × 60000 × 8 voxels"),
    ],
)
def test_unfit_series(ct_folder, count, tags, code, words):
    change(ct_folder, count, **tags)
    refused(ct_folder, code, words)


def test_a_gap(ct_folder):
    for path in ct_folder.iterdir():
        if pydicom.dcmread(path).InstanceNumber == 4:
            path.unlink()
    refused(
        ct_folder,
        "missing-slices",
        "2.5 mm apart, but 5 mm",
        "slices are missing, or the step changes; export the whole",
    )


@pytest.mark.parametrize(("thickness", "codes"), [("2.5", []), ("1.7", []), ("1.6", ["slices-apart"])])
def test_slices_thinner_than_their_distance(ct_folder, thickness, codes):
    change(ct_folder, 8, SliceThickness=thickness)
    assert [finding.code for finding in read_ct(ct_folder).findings] == codes


def test_every_third_slice_only(ct_folder):
    change(ct_folder, 8, SliceThickness="0.8")
    refused(ct_folder, "missing-slices", "0.8 mm thick, but 2.5 mm apart: the slices between are missing")


def test_a_single_slice(tmp_path, write_slice):
    write_slice(tmp_path / "0")
    refused(tmp_path, "not-three-dimensional", "holds a single slice")


def test_a_sheared_series(tmp_path, write_slice):
    for k in range(8):
        write_slice(tmp_path / f"{k}", k, ImagePositionPatient=["-10", str(-20 + 0.2 * k), str(2.5 * k)])
    refused(tmp_path, "gantry-tilt", "shifted sideways by up to 1.4 mm")


def test_uneven_slices_are_read_and_said(tmp_path, write_slice):
    for k, z in enumerate((0, 2.5, 5.2, 7.5)):
        write_slice(tmp_path / f"{k}", k, ImagePositionPatient=["-10", "-20", str(z)])
    assert [finding.code for finding in read_ct(tmp_path).findings] == ["uneven-slice-spacing"]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"RescaleSlope": None, "RescaleIntercept": None}, "rescale-absent"),
        ({"RescaleType": "US"}, "rescale-not-hu"),
        ({"RescaleType": "HU"}, None),
    ],
)
def test_values_that_may_not_be_hu_are_said(ct_folder, tags, code):
    change(ct_folder, 8, **tags)
    assert [finding.code for finding in read_ct(ct_folder).findings] == ([code] if code else [])


@pytest.mark.parametrize("kept", [300, 700])
def test_a_file_cut_off(ct_folder, kept):
    path = ct_folder / "5.dcm"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataRefusedError, match="export"):
        read_ct(ct_folder)


def test_pixels_that_cannot_be_decompressed_are_refused_and_quietly(ct_folder):
    for path in ct_folder.iterdir():
        file = pydicom.dcmread(path)
        file.PixelData = encapsulate([b"\xff\xd8\xff\xc3" + bytes(200)])
        file["PixelData"].VR = "OB"
        file["PixelData"].is_undefined_length = True
        file.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        file.save_as(path)
    refused(ct_folder, "unreadable-pixels", "compressed in a way that is not supported", "uncompressed")


def test_libraries_say_nothing(ct_folder):
    """GDCM would warn of the odd tag on stderr, pydicom through `warnings`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(ct_folder, 8, RescaleSlope="1.00000000000000000000", AcquisitionTime="noon")
    path = ct_folder / "5.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    code = (
        "import sys; from pathlib import Path; from RLNResponseLib.common.errors import DataRefusedError\n"
        "from RLNResponseLib.imaging.load import read_ct\n"
        "try: read_ct(Path(sys.argv[1]))\n"
        "except DataRefusedError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ct_folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert done.stdout.strip() == "unreadable-pixels"
    assert done.stderr == ""


def test_records_show_no_identifier(ct_folder):
    ct = read_ct(ct_folder)
    assert ct.frame_of_reference
    assert not any(secret in repr(ct) for secret in SECRETS)
