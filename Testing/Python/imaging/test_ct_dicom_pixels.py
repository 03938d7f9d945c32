"""DICOM pixels become the HU that the headers say, or are refused: the header is tried in every way that it misleads a
library."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, SecondaryCaptureImageStorage

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import read_ct


def pixels(k, low=0, high=2000, dtype=np.uint16):
    return np.random.default_rng(k).integers(low, high, (20, 24)).astype(dtype)


@pytest.fixture
def series(tmp_path, write_slice):
    """Write three slices of `pixels(k)` with these tags; `change(file)` alters each before it is written again."""

    def write(values=pixels, change=None, **tags):
        for k in range(3):
            path = tmp_path / f"{k}.dcm"
            file = write_slice(path, k, pixels=values(k), **tags)
            if change is not None:
                change(file)
                file.save_as(path)
        return tmp_path

    return write


def hu(folder):
    return sitk.GetArrayFromImage(read_ct(folder).image)


def expected(values=pixels, slope=1, intercept=-1024):
    return np.array([values(k).astype(float) * slope + intercept for k in range(3)])


def refusal(folder):
    with pytest.raises(DataRefusedError) as caught:
        read_ct(folder)
    return caught.value


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
@pytest.mark.parametrize("compress", [False, True])
def test_monochrome1_concerns_the_display_only(series, bits, dtype, compress):
    """GDCM turns such values upside down (SimpleITK 1795, Slicer 6773)."""

    def values(k):
        return pixels(k, -900 if dtype == np.int16 else 0, 2000, dtype)

    folder = series(
        values,
        (lambda file: file.compress(RLELossless)) if compress else None,
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=bits,
        HighBit=bits - 1,
    )
    assert np.array_equal(hu(folder), expected(values))


def test_a_palette_is_colour(series):
    assert "in colour" in str(refusal(series(PhotometricInterpretation="PALETTE COLOR")))
    assert refusal(series(PhotometricInterpretation="RGB", SamplesPerPixel=3)).code == "not-scalar"


@pytest.mark.parametrize("spacing", ["0", "-2.5", "7"])
def test_positions_decide_and_not_the_stated_distance(series, spacing):
    """ITK refuses the distance 0 with words of its own (ITK 4794)."""
    image = read_ct(series(SpacingBetweenSlices=spacing)).image
    assert image.GetSpacing() == (0.8, 0.7, 2.5)
    assert np.array_equal(sitk.GetArrayFromImage(image), expected())


def test_a_class_for_which_itk_knows_no_geometry(series):
    image = read_ct(series(SOPClassUID=SecondaryCaptureImageStorage)).image
    assert (image.GetOrigin(), image.GetSpacing()) == ((-10, -20, -30), (0.8, 0.7, 2.5))


@pytest.mark.parametrize("direction", ["oblique", "flipped"])
def test_geometry_equals_itks(tmp_path, write_slice, direction):
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0] if direction == "oblique" else -np.eye(3)
    row, column = turn[0], turn[1]
    normal = np.cross(row, column)
    paths = []
    for k in range(4):
        paths.append(tmp_path / f"{k}.dcm")
        position = [f"{value:.10f}" for value in np.array([3.5, -7.25, 11]) + 2.75 * k * normal]
        cosines = [f"{value:.10f}" for value in (*row, *column)]
        write_slice(paths[-1], k, ImagePositionPatient=position, ImageOrientationPatient=cosines)
    own = sitk.ReadImage([str(path) for path in paths])
    image = read_ct(tmp_path).image
    assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(own))
    assert image.GetOrigin() == own.GetOrigin()
    assert image.GetSpacing() == pytest.approx(own.GetSpacing(), rel=1e-9)
    assert image.GetDirection() == pytest.approx(own.GetDirection(), abs=1e-9)


@pytest.mark.parametrize(
    ("dtype", "bits", "kind"),
    [
        (np.uint8, 8, "16-bit signed integer"),
        (np.int16, 16, "32-bit signed integer"),
        (np.uint16, 12, "16-bit signed integer"),
        (np.uint32, 32, "64-bit float"),
        (np.int32, 20, "32-bit signed integer"),
    ],
)
def test_every_width_of_pixels_gives_the_values_and_the_type_of_itk(series, dtype, bits, kind):
    def values(k):
        return pixels(k, 0, 200, dtype)

    allocated = np.dtype(dtype).itemsize * 8
    folder = series(values, BitsAllocated=allocated, BitsStored=bits, HighBit=bits - 1)
    image = read_ct(folder).image
    assert np.array_equal(sitk.GetArrayFromImage(image), expected(values))
    assert image.GetPixelIDTypeAsString() == kind
    own = sitk.ReadImage([str(folder / f"{k}.dcm") for k in range(3)])
    assert own.GetPixelIDTypeAsString() == kind


@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_those_stored_are_cut_off_where_an_overlay_is_stated(series, signed):
    def change(file):
        file.add_new((0x6000, 0x0100), "US", 16)
        file.add_new((0x6000, 0x0102), "US", 15)

    def values(k):
        return pixels(k, -900 if signed else 0, 1800, np.int16 if signed else np.uint16)

    def drawn(k):
        return (values(k) ^ np.array(-32768, np.int16)) if signed else values(k) | np.uint16(0x8000)

    folder = series(drawn, change, BitsStored=12, HighBit=11)
    assert np.array_equal(hu(folder), expected(values))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"BitsStored": 12, "HighBit": 15}, "stored 12, high bit 15"),
        ({"BitsStored": 17, "HighBit": 16}, "stored 17"),
        ({"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11}, "bits allocated 12"),
        ({"PixelRepresentation": 2}, "pixel representation 2"),
        ({"PixelRepresentation": None}, "pixel representation None"),
        ({"BitsStored": 8, "HighBit": 7}, "do not fit the 8 bits"),
    ],
)
def test_headers_that_contradict_themselves(series, tags, words):
    """Values left-justified, signed or unsigned: nobody can know."""
    error = refusal(series(**tags))
    assert (error.code, words in str(error)) == ("bad-pixel-format", True), error


def test_slices_of_which_one_is_signed(tmp_path, write_slice):
    for k in range(3):
        write_slice(tmp_path / f"{k}.dcm", k, pixels=pixels(k, -900 if k else 0, 900, np.int16 if k else np.uint16))
    assert np.array_equal(hu(tmp_path)[2], pixels(2, -900, 900, np.int16) - 1024)


@pytest.mark.parametrize(
    "tags", [{"RescaleSlope": "2"}, {"RescaleSlope": None}, {"RescaleSlope": None, "RescaleIntercept": None}]
)
def test_slices_that_do_not_agree_on_the_rescale(series, write_slice, tags):
    folder = series()
    write_slice(folder / "1.dcm", 1, **tags)
    error = refusal(folder)
    assert error.code == "mixed-rescale"
    assert "never do" in str(error)


def test_a_table_in_the_place_of_the_rescale(series):
    assert refusal(series(ModalityLUTSequence=[Dataset()])).code == "bad-rescale"


def test_a_rescale_type_that_holds_a_name_is_not_repeated(series):
    (finding,) = read_ct(series(RescaleType="Smith^John")).findings
    assert finding.code == "rescale-not-hu"
    assert "Smith" not in finding.message.title()
    assert "another text" in finding.message


def test_several_window_centres_concern_the_display_only(series):
    assert np.array_equal(hu(series(WindowCenter=["40", "400"], WindowWidth=["400", "2000"])), expected())


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
def test_transfer_syntaxes(series, syntax):
    def change(file):
        if syntax == RLELossless:
            file.compress(syntax)
        elif syntax == ExplicitVRBigEndian:
            file.PixelData = np.frombuffer(file.PixelData, "<u2").astype(">u2").tobytes()
        file.file_meta.TransferSyntaxUID = syntax

    folder = series(change=None)
    for k in range(3):
        file = pydicom.dcmread(folder / f"{k}.dcm")
        change(file)
        big = syntax == ExplicitVRBigEndian
        pydicom.dcmwrite(folder / f"{k}.dcm", file, implicit_vr=False, little_endian=not big, force_encoding=True)
    assert np.array_equal(hu(folder), expected())


@pytest.mark.parametrize("kept", [0, 100, 958])
def test_fewer_pixels_than_rows_and_columns(series, kept):
    error = refusal(series(change=lambda file: setattr(file, "PixelData", file.PixelData[:kept])))
    assert error.code == "unreadable-pixels"


def test_more_pixels_than_rows_and_columns(series):
    folder = series(change=lambda file: setattr(file, "PixelData", file.PixelData + b"\1\0"))
    assert refusal(folder).code == "surplus-pixels"
    folder = series(change=lambda file: setattr(file, "PixelData", file.PixelData + bytes(64)))
    assert np.array_equal(hu(folder), expected())


def test_pixels_that_are_no_whole_numbers(series):
    def change(file):
        del file.PixelData
        file.FloatPixelData = bytes(4 * 20 * 24)

    error = refusal(series(change=change))
    assert (error.code, "no whole-number pixels" in str(error)) == ("unreadable-pixels", True)


def test_a_series_that_claims_more_than_any_ct_takes_no_memory(series):
    error = refusal(series(Rows=40000, Columns=40000))
    assert (error.code, "40000 × 40000" in str(error)) == ("too-many-voxels", True)
    error = refusal(series(Rows=9000, Columns=9000))
    assert error.code == "unreadable-pixels"


def test_loss_is_said(series):
    assert [finding.code for finding in read_ct(series(LossyImageCompression="01")).findings] == ["lossy-compression"]
