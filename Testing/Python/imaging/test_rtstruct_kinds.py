"""RTSTRUCTs as software really writes them: numbers given twice, long outlines, names in many alphabets, gaps."""

import warnings

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_sequence
from pydicom.tag import Tag

from RLNResponseLib import cli
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_text import decoded
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

SIZE, SPACING, ORIGIN = (40, 30, 10), (0.8, 0.7, 2.5), (-10.0, -20.0, -30.0)


@pytest.fixture
def ct():
    image = sitk.Image(SIZE, sitk.sitkInt16)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    return CTImage(image=image, name="ct")


@pytest.fixture
def write(tmp_path, write_rtstruct):
    """Write an RTSTRUCT, and let `change` alter its dataset."""

    def written(rois, change=lambda structures: None):
        # pydicom warns of what it is asked to write wrongly here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = write_rtstruct(tmp_path / "rt.dcm", rois)
            structures = pydicom.dcmread(path)
            change(structures)
            structures.save_as(path)
        return path

    return written


def put(dataset, keyword, vr, value):
    """An element with these very bytes, which pydicom neither judges nor changes."""
    tag = Tag(keyword)
    value += b" " * (len(value) % 2)
    dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)


def square(low, high, k):
    corners = np.array([(low, low, k), (high, low, k), (high, high, k), (low, high, k)], dtype=float)
    return corners * SPACING + ORIGIN


def refusal(path, ct, segment=None):
    with pytest.raises(DataRefusedError) as caught:
        read_contour(path, ct, segment)
    return caught.value.code, str(caught.value)


def codes(contour):
    return [finding.code for finding in contour.findings]


# --- the collected cases -------------------------------------------------------------------------------------------


def test_two_rois_of_one_number_from_a_real_thread(shared_cases):
    folder = shared_cases / "imaging" / "rt-duplicate-roi-number" / "in"
    ct = read_ct(folder / "ct")
    for segment in ("LN_A", "LN_B"):
        assert refusal(folder / "rs.dcm", ct, segment) == (
            "duplicate-roi-number",
            "rs.dcm gives the number 19 to 2 ROIs (LN_A, LN_B), so it cannot be told whose outlines are whose; give "
            "each a number of its own, and export it again.",
        )
    assert refusal(folder / "rs.dcm", ct, "19")[0] == "several-segments"


def test_the_slices_between_are_named(shared_cases):
    folder = shared_cases / "imaging" / "rt-every-other-slice" / "in"
    (finding,) = read_contour(folder / "rs.dcm", read_ct(folder / "ct")).findings
    assert "encloses nothing on slices 12, 14 and 16 (counted from 0) of the CT" in finding.message
    assert finding.numbers == {"skipped_count": 3, "first_skipped_slice": 12, "last_skipped_slice": 16}


# --- numbers -------------------------------------------------------------------------------------------------------

TWO = {"LN_A": [square(2.5, 6.5, 4)], "LN_B": [square(2.5, 8.5, 4)], "Cord": [square(2.5, 5.5, 4)]}


def test_the_other_rois_of_such_a_file_are_read(write, ct):
    def change(structures):
        structures.StructureSetROISequence[1].ROINumber = 1
        structures.ROIContourSequence[1].ReferencedROINumber = 1

    path = write(TWO, change)
    assert refusal(path, ct, "LN_B")[0] == "duplicate-roi-number"
    assert read_contour(path, ct, "Cord").voxel_count == 9


def test_one_roi_with_two_sets_of_outlines_is_refused(write, ct):
    def change(structures):
        structures.ROIContourSequence[1].ReferencedROINumber = 1

    path = write(TWO, change)
    code, sentence = refusal(path, ct, "LN_A")
    assert code == "duplicate-roi-number"
    assert "holds 2 different sets of outlines under the number 1" in sentence
    # Its outlines went to the other one: it is empty for all that the file says.
    assert refusal(path, ct, "LN_B")[0] == "empty-contour"


@pytest.mark.parametrize("emptied", [False, True])
def test_an_roi_that_is_written_twice_is_one(write, ct, emptied):
    def change(structures):
        structures.StructureSetROISequence.append(structures.StructureSetROISequence[0])
        again = Dataset()
        again.ReferencedROINumber = 1
        again.ContourSequence = [] if emptied else structures.ROIContourSequence[0].ContourSequence
        structures.ROIContourSequence.append(again)

    path = write({"LN": [square(2.5, 6.5, 4)]}, change)
    assert [entry.name for entry in list_segments(path)] == ["LN"]
    assert read_contour(path, ct).voxel_count == 16


@pytest.mark.parametrize("value", [None, "", "drop"])
def test_an_roi_without_a_number(write, ct, value):
    def change(structures):
        roi = structures.StructureSetROISequence[0]
        if value == "drop":
            del roi.ROINumber
        else:
            roi.ROINumber = value

    path = write(TWO, change)
    assert refusal(path, ct, "LN_A") == (
        "missing-roi-number",
        "The ROI 'LN_A' of rt.dcm has no number, so it cannot be told which outlines are its own; export it again from "
        "the software that drew it.",
    )
    assert read_contour(path, ct, "Cord").voxel_count == 9


@pytest.mark.parametrize("number", [7, None])
def test_outlines_of_a_number_that_no_roi_has(write, ct, number):
    def change(structures):
        if number is None:
            del structures.ROIContourSequence[0].ReferencedROINumber
        else:
            structures.ROIContourSequence[0].ReferencedROINumber = number

    path = write(TWO, change)
    code, sentence = refusal(path, ct, "LN_A")
    assert code == "orphan-outlines"
    assert "(number 1) has no outlines, and the file holds outlines of a number that no ROI has" in sentence
    assert read_contour(path, ct, "3").voxel_count == 9


def test_an_roi_without_outlines_is_empty(write, ct):
    path = write({"LN": [], "Cord": [square(2.5, 5.5, 4)]})
    assert refusal(path, ct, "LN")[0] == "empty-contour"
    path = write({"LN": [], "Cord": []}, lambda structures: delattr(structures, "ROIContourSequence"))
    assert refusal(path, ct, "LN")[0] == "empty-contour"


def test_names_and_numbers_find_an_roi(write, ct):
    path = write({"LN 4R": [square(2.5, 6.5, 4)], "": [square(2.5, 5.5, 4)]})
    for segment, count in (("LN 4R", 16), ("ln 4r", 16), ("1", 16), (2, 9), ("ROI 2", 9)):
        assert read_contour(path, ct, segment).voxel_count == count


# --- outlines ------------------------------------------------------------------------------------------------------


def circle(corners, k):
    angle = np.arange(corners) * 2 * np.pi / corners
    return np.column_stack([15 + 9.3 * np.cos(angle), 15 + 9.3 * np.sin(angle), np.full(corners, k)]) * SPACING + ORIGIN


def test_an_outline_beyond_64_kb(write, ct):
    """Explicit value representation has no room for it as DS, so it is written as UN."""
    path = write({"LN": [circle(4000, 3), circle(4000, 4)]})
    long = pydicom.dcmread(path).ROIContourSequence[0].ContourSequence[0].get_item("ContourData")
    assert (long.VR, len(long.value) > 65535) == ("UN", True)
    contour = read_contour(path, ct)
    assert np.array_equal(contour.voxels[0], read_contour(write({"LN": [circle(1000, 3)]}), ct).voxels[0])
    assert contour.findings == ()


def test_a_length_that_overflows_its_sixteen_bits_is_no_contour(write, ct):
    """The outline loses its end; nothing of it is scored, and the other ROI is read."""
    path = write({"LN": [circle(4000, 3), circle(100, 4)], "Cord": [square(2.5, 6.5, 4)]})
    raw = path.read_bytes()
    header = Tag("ContourData").to_bytes(4, "little")
    header = header[2:] + header[:2]
    start = raw.index(header + b"UN")
    length = int.from_bytes(raw[start + 8 : start + 12], "little")
    value = raw[start + 12 : start + 12 + length] + b"    "
    short = header + b"DS" + (len(value) % 65536).to_bytes(2, "little")
    path.write_bytes(raw[:start] + short + value + raw[start + 12 + length :])
    assert refusal(path, ct, "LN")[0] == "damaged-rtstruct"
    assert read_contour(path, ct, "Cord").voxel_count == 16


def test_a_sequence_of_unknown_representation(write, ct):
    """Written by software that does not know the element: UN, and implicit inside."""

    def change(structures):
        buffer = DicomBytesIO()
        buffer.is_little_endian = buffer.is_implicit_VR = True
        write_sequence(buffer, structures["ROIContourSequence"], ["iso8859"])
        put(structures, "ROIContourSequence", "UN", buffer.getvalue())

    outlines = [circle(1200, 3), circle(1200, 4)]
    plain = read_contour(write({"LN": outlines}), ct)
    path = write({"LN": outlines}, change)
    assert pydicom.dcmread(path)["ROIContourSequence"].VR == "UN"
    assert np.array_equal(read_contour(path, ct).voxels, plain.voxels)


def test_coordinates_longer_than_sixteen_characters(write, ct):
    def change(structures):
        numbers = b"\\".join(b"%.20f" % value for value in square(2.5, 6.5, 4).ravel())
        put(structures.ROIContourSequence[0].ContourSequence[0], "ContourData", "DS", numbers)

    assert read_contour(write({"LN": [square(2.5, 9.5, 4)]}, change), ct).voxel_count == 16


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"1\\2\\3\\4 ", "an outline of the ROI 'LN' holds 4 numbers, not three for a point"),
        (b"1,5\\2\\3\\4\\5\\6 ", "an outline of the ROI 'LN' has decimal commas, where DICOM has points"),
        (b"1\\2\\nan\\4\\5\\6 ", "holds a coordinate that is no number"),
        (b"1\\2\\\\4\\5\\6 ", "holds a coordinate that is no number"),
        (b"1\\2\\1_0\\4\\5\\6 ", "holds a coordinate that is no number"),
        (b"1\\2\\inf\\4\\5\\6 ", "holds a coordinate that is no number"),
        (b"1\\2\\1e999\\4\\5\\6 ", "holds a coordinate beyond all numbers"),
        (b"1\\2\\3\\4\\5\\6\\7\\8\\9 ", "states 4 points and holds 3: it is cut off"),
    ],
)
def test_coordinates_that_are_none(write, ct, data, words):
    def change(structures):
        put(structures.ROIContourSequence[0].ContourSequence[0], "ContourData", "DS", data)

    code, sentence = refusal(write({"LN": [square(2.5, 6.5, 4)]}, change), ct)
    assert code == "damaged-rtstruct"
    assert words in sentence


@pytest.mark.parametrize("stated", [12, 3, None])
def test_a_count_that_differs_without_loss_is_let_through(write, ct, stated):
    """The number of numbers for that of points, or none at all: SlicerRT's readers count, and we do."""

    def change(structures):
        outline = structures.ROIContourSequence[0].ContourSequence[0]
        if stated is None:
            del outline.NumberOfContourPoints
        else:
            outline.NumberOfContourPoints = stated

    assert read_contour(write({"LN": [square(2.5, 6.5, 4)]}, change), ct).voxel_count == 16


def test_a_file_whose_end_is_missing_says_so(write, ct, tmp_path):
    raw = write({"LN": [square(2.5, 6.5, k) for k in range(3, 7)]}).read_bytes()
    for kept in range(len(raw) - 2, 700, -97):
        path = tmp_path / "cut.dcm"
        path.write_bytes(raw[:kept])
        code, sentence = refusal(path, ct)
        assert code in ("damaged-rtstruct", "damaged-dicom")
        assert "damaged" in sentence


@pytest.mark.parametrize("kind", ["INTERPOLATED_PLANAR", "closed_planar ", "CLOSEDPLANAR_XOR"])
def test_closed_outlines_by_other_names(write, ct, kind):
    assert read_contour(write({"LN": [(kind, square(2.5, 6.5, 4))]}), ct).voxel_count == 16


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("OPEN_PLANAR", "open-contour", "holds an open line (OPEN_PLANAR)"),
        ("OPEN_NONPLANAR", "open-contour", "holds an open line (OPEN_NONPLANAR)"),
        ("SPLINE", "unknown-contour-type", "an outline of the type SPLINE, which is not known"),
        ("", "unknown-contour-type", "an outline of no stated type"),
    ],
)
def test_the_type_is_named(write, ct, kind, code, words):
    got, sentence = refusal(write({"LN": [square(2.5, 9.5, 4), (kind, square(2.5, 6.5, 4))]}), ct)
    assert got == code
    assert words in sentence


def test_what_encloses_nothing_is_named(write, ct):
    point, sliver = ("POINT", square(1, 2, 9)[:1]), square(2, 2, 7)[:2]
    (finding,) = read_contour(write({"LN": [point, sliver, point, square(2.5, 6.5, 4)]}), ct).findings
    assert finding.code == "outlines-left-out"
    assert "3 outlines of the contour 'LN' cannot enclose anything" in finding.message
    assert "(2 POINT, 1 of 2 points)" in finding.message
    assert "no closed contour (1 POINT)" in refusal(write({"LN": [point]}), ct)[1]


def test_overlapping_outlines_are_joined_and_said(write, ct):
    path = write({"LN": [square(2.5, 9.5, 4), square(6.5, 12.5, 4), square(2.5, 9.5, 5)]})
    contour = read_contour(path, ct)
    assert contour.voxels.sum(axis=(1, 2)).tolist() == [49 + 36 - 9, 49]
    (finding,) = contour.findings
    assert finding.code == "overlapping-outlines"
    assert "overlap on slice 4 (counted from 0) of the CT, and what they share was counted once" in finding.message


def test_a_stroke_inside_is_a_hole_and_said_where_others_overlap(write, ct):
    outlines = [square(2.5, 9.5, 4), square(6.5, 12.5, 4), square(2.5, 9.5, 5), square(4.5, 6.5, 5)]
    contour = read_contour(write({"LN": outlines}), ct)
    assert contour.voxels.sum(axis=(1, 2)).tolist() == [49 + 36 - 9, 49 - 4]
    (finding,) = contour.findings
    assert "an outline inside another one was read as a hole, on slice 5 (counted from 0)" in finding.message
    assert read_contour(write({"LN": outlines[2:]}), ct).findings == ()


def test_overlaps_of_the_xor_type_are_left_out_and_said(write, ct):
    outlines = [("CLOSEDPLANAR_XOR", square(2.5, 9.5, 4)), ("CLOSEDPLANAR_XOR", square(6.5, 12.5, 4))]
    contour = read_contour(write({"LN": outlines}), ct)
    assert contour.voxel_count == 49 + 36 - 2 * 9
    assert "left out, as the file states (CLOSEDPLANAR_XOR)" in contour.findings[0].message


def test_outlines_through_the_centres_of_voxels(write, ct):
    """As software writes them that traces a mask: of 7 × 7 voxels, 6 × 6 are left."""
    contour = read_contour(write({"LN": [square(3, 9, 4)]}), ct)
    assert (contour.voxel_count, contour.corner) == (36, (4, 3, 3))
    (finding,) = contour.findings
    assert finding.code == "outlines-through-centres"
    assert finding.numbers == {"centred_corners_percent": 100.0}


@pytest.mark.parametrize(
    ("slices", "found", "words"),
    [
        ((1, 3, 5, 7), ["resampled-contour"], "drawn on slices 1, 3, 5 and 7 (counted from 0) of the CT and not on"),
        ((1, 2, 4, 6), ["skipped-slices"], "encloses nothing on slices 3 and 5"),
        ((1, 3), ["skipped-slices"], "encloses nothing on slice 2"),
        ((1, 2, 6), ["skipped-slices"], "encloses nothing on slices 3, 4 and 5"),
        ((1, 2, 7), [], ""),
        ((1, 2, 3), [], ""),
    ],
)
def test_slices_without_an_outline(write, ct, slices, found, words):
    contour = read_contour(write({"LN": [square(2.5, 9.5, k) for k in slices]}), ct)
    assert codes(contour) == found
    assert all(words in finding.message for finding in contour.findings)


def test_two_lymph_nodes_beside_each_other_skip_nothing(write, ct):
    """On slices 2 and 4, but at different places."""
    assert read_contour(write({"LN": [square(2.5, 6.5, 2), square(9.5, 14.5, 4)]}), ct).findings == ()


def test_an_outline_of_a_sagittal_plane(write, ct):
    corners = np.array([(5, 3, 2), (5, 9, 2), (5, 9, 6), (5, 3, 6)], dtype=float) * SPACING + ORIGIN
    assert refusal(write({"LN": [corners]}), ct)[0] == "contour-not-in-slices"


def test_a_loop_is_said(write, ct):
    loop = np.array([(2, 2), (20, 2), (20, 20), (8, 20), (8, 8), (14, 8), (14, 14), (2, 14)], dtype=float) + 0.5
    points = np.column_stack([loop, np.full(len(loop), 4)]) * SPACING + ORIGIN
    contour = read_contour(write({"LN": [points]}), ct)
    assert codes(contour) == ["outline-crosses-itself"]


@pytest.mark.parametrize(("stated", "found"), [("1.2.3", ["other-series"]), ("of the CT", []), ("", [])])
def test_the_series_that_it_was_drawn_on(tmp_path, ct_folder, write_rtstruct, stated, found):
    """Two phases of one scan share their frame of reference; only this tells that the other one was drawn on."""
    ct = read_ct(ct_folder)
    path = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2.5, 6.5, 4)]})
    structures = pydicom.dcmread(path)
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = ct.series if stated == "of the CT" else stated
    study.RTReferencedSeriesSequence, frame.FrameOfReferenceUID = [series], ct.frame_of_reference
    frame.RTReferencedStudySequence = [study]
    structures.ReferencedFrameOfReferenceSequence = [frame]
    structures.save_as(path)
    assert codes(read_contour(path, ct)) == found


def test_the_frame_of_reference_of_the_whole_file(tmp_path, ct_folder, write_rtstruct):
    ct = read_ct(ct_folder)
    outline = np.array([(-8, -18, -20), (0, -18, -20), (0, -10, -20)], dtype=float)
    path = write_rtstruct(tmp_path / "rt.dcm", {"LN": [outline]}, frame_of_reference=None)
    for uid, found in (("1.2.3", ["other-frame-of-reference"]), (ct.frame_of_reference, [])):
        structures = pydicom.dcmread(path)
        frame = Dataset()
        frame.FrameOfReferenceUID = uid
        structures.ReferencedFrameOfReferenceSequence = [frame]
        structures.save_as(path)
        assert codes(read_contour(path, ct)) == found


# --- names ---------------------------------------------------------------------------------------------------------

CHINESE, KOREAN, JAPANESE = "食管旁淋巴结", "림프절", "縦隔リンパ節"
JIS = JAPANESE.encode("iso2022_jp")


@pytest.mark.parametrize(
    ("charset", "raw", "name"),
    [
        (["", "ISO 2022 IR 58"], b"\x1b$)A" + CHINESE.encode("gb2312"), CHINESE),
        (["ISO 2022 IR 6", "ISO 2022 IR 58"], b"LN \x1b$)A" + CHINESE.encode("gb2312") + b" 4R", f"LN {CHINESE} 4R"),
        (None, b"\x1b$)A" + CHINESE.encode("gb2312"), CHINESE),
        (["", "ISO 2022 IR 149"], b"\x1b$)C" + KOREAN.encode("euc_kr"), KOREAN),
        (None, b"\x1b$)C" + KOREAN.encode("euc_kr"), KOREAN),
        (["", "ISO 2022 IR 87"], JIS, JAPANESE),
        (["ISO 2022 IR 13", "ISO 2022 IR 87"], b"LN " + JIS, f"LN {JAPANESE}"),
        (["ISO_IR 100", "ISO 2022 IR 58"], b"\x1b$)A" + CHINESE.encode("gb2312"), CHINESE),
        ("GBK", CHINESE.encode("gbk"), CHINESE),
        ("GB18030", "淋巴结𠮷".encode("gb18030"), "淋巴结𠮷"),
        ("ISO_IR 192", CHINESE.encode(), CHINESE),
        ("ISO_IR 100", "Lymphknoten für Äthiopien".encode("latin-1"), "Lymphknoten für Äthiopien"),
        ("ISO_IR 144", "лимфоузел".encode("iso8859_5"), "лимфоузел"),
        (None, CHINESE.encode(), CHINESE),
        (None, CHINESE.encode("gbk"), CHINESE),
        ("ISO_IR 6", b"LN " + CHINESE.encode("gbk"), f"LN {CHINESE}"),
        (None, "Lymphknoten für".encode("latin-1"), "Lymphknoten für"),
        # Declared as UTF-8, written by a program that does not know it.
        ("ISO_IR 192", CHINESE.encode("gbk"), CHINESE),
        ("no such set", b"LN 4R", "LN 4R"),
    ],
)
def test_names_in_the_alphabets_of_the_world(write, ct, charset, raw, name):
    def change(structures):
        if charset is not None:
            structures.SpecificCharacterSet = charset
        put(structures.StructureSetROISequence[0], "ROIName", "LO", raw)

    path = write({"LN": [square(2.5, 6.5, 4)], "Cord": [square(2.5, 5.5, 4)]}, change)
    assert list_segments(path)[0].name == name
    assert read_contour(path, ct, name).voxel_count == 16


def test_backslashes_in_the_second_byte_of_gbk_are_no_separators():
    assert decoded("乗".encode("gbk"), ["GBK"]) == "乗"


def test_control_signs_of_a_name_never_reach_a_terminal(write, tmp_path, write_slice, capsys):
    folder = tmp_path / "ct"
    folder.mkdir()
    for k in range(4):
        write_slice(folder / f"{k}.dcm", k)
    hostile = b"LN\x1b[31m\x1b]0;title\x07\x08\r\n\x9b2J\xe2\x80\xaeevil"

    def change(structures):
        structures.SpecificCharacterSet = "ISO_IR 192"
        for roi in structures.StructureSetROISequence:
            put(roi, "ROIName", "LO", hostile)

    path = write({"A": [square(2.5, 6.5, 0)], "B": [("OPEN_PLANAR", square(2.5, 6.5, 0))]}, change)
    for words in ([], ["--segment", "2"], ["--segment", "none"]):
        assert cli.main(["score", str(folder), str(path), *words]) == 1
        said = capsys.readouterr().err
        assert "LN" in said
        assert said.removesuffix("\n").isprintable()
    path = write({"\x07\x08": [square(2.5, 6.5, 4)]})
    assert list_segments(path)[0].name == "ROI 1"


def test_sequences_nested_without_end_in_an_outline_are_refused(ct, write):
    """pydicom reads them when the outline is looked at, and runs out of stack."""
    item, end_of_item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\x0d\xe0\0\0\0\0"
    sequence, end = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\xdd\xe0\0\0\0\0"
    nested = (item + sequence) * 20_000 + (end + end_of_item) * 20_000

    def nest(structures):
        put(structures.ROIContourSequence[0].ContourSequence[0], "ContourGeometricType", "SQ", nested)

    assert refusal(write({"LN1": [square(4, 9, 3)]}, nest), ct)[0] == "damaged-rtstruct"


def test_a_damaged_header_does_not_print_what_it_holds_as_the_modality(ct, write):
    def damage(structures):
        put(structures, "Modality", "CS", b"RTSTRUCT Kowalski^Anna")

    code, sentence = refusal(write({"LN1": [square(4, 9, 3)]}, damage), ct)
    assert code == "unknown-format"
    assert "Kowalski" not in sentence
