"""The export of a study on real CT: valid, the same voxels and numbers, nobody's name in it, whole or absent."""

import math
import re

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pyarrow import parquet

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.dicom_export import export
from RLNResponseLib.dicom_export.codes import feature_code
from RLNResponseLib.dicom_export.export import export_dicom
from RLNResponseLib.dicom_export.seg import cielab
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.segments import LYMPH_NODE_CATEGORY, LYMPH_NODE_COLOUR, LYMPH_NODE_TYPE
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.records import ReadingKey

EXAMS = {"LN1": ("PT-1", "CT1"), "LN2": ("PT-2", "CT2")}
READINGS = [ReadingKey(lymph_node=lymph_node, reader=reader) for lymph_node in EXAMS for reader in "AB"]


def exam_folder(folder, key):
    patient, image = EXAMS[key.lymph_node]
    return folder / patient / image


def file_of(folder, key, kind):
    return exam_folder(folder, key) / kind / f"{key.lymph_node}-{key.name}.dcm"


def stored(study, key):
    """CT and contour as the study keeps them."""
    reading = study.reading(key)
    ct = study_ct(study, reading.image)
    return ct, locked_contour(study, reading, ct)


def measured(path):
    """{(scheme, code meaning): value} of the one measurement group, as highdicom reads it."""
    (group,) = highdicom.sr.srread(path).content.get_volumetric_roi_measurement_groups()
    return {(m.name.scheme_designator, m.name.meaning): m.value for m in group.get_measurements()}


def test_every_file_passes_the_validators(real, validate):
    """What remains are four warnings; docs/dicom.md says why."""
    files = sorted(real.folder.rglob("*.dcm"))
    assert len(files) == real.made.slices + 3 * real.made.readings == 16 + 24 + 12
    assert validate(files) == {
        "Warning - Missing attribute or value that would be needed to build DICOMDIR - Study Date",
        "Warning - Missing attribute or value that would be needed to build DICOMDIR - Study Time",
        "Warning - is only permitted to be empty when actually unknown; should be absent (not empty) if an unpaired "
        "body part, and have a value if a paired body part - attribute <Laterality>",
        "Warning - Unrecognized defined term <99RLNRESPONSE> for value 1 of attribute <Coding Scheme Designator>",
        "Warning - Different information entities for attribute - Element=<AccessionNumber> IE <Series> versus <Study>",
    }


@pytest.mark.parametrize(
    "key", [ReadingKey(lymph_node="LN1", reader="A"), ReadingKey(lymph_node="LN2", reader="A")], ids=str
)
def test_the_ct_has_the_same_voxels_and_places(real, key):
    """Read by this project and by SimpleITK alone."""
    ct, _ = stored(real.study, key)
    folder = exam_folder(real.folder, key) / "ct"
    back = read_ct(folder)
    other = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))
    for image in (back.image, other):
        assert np.array_equal(sitk.GetArrayViewFromImage(image), sitk.GetArrayViewFromImage(ct.image))
        # DICOM writes a length with at most 16 characters.
        assert image.GetOrigin() == pytest.approx(ct.image.GetOrigin(), abs=1e-9)
        assert image.GetSpacing() == pytest.approx(ct.image.GetSpacing(), rel=1e-9)
        assert image.GetDirection() == pytest.approx(ct.image.GetDirection(), abs=1e-12)
    assert back.acquisition.kilovoltage_kv == ct.acquisition.kilovoltage_kv
    assert back.acquisition.manufacturer == ct.acquisition.manufacturer
    assert back.acquisition.kernel == ct.acquisition.kernel


@pytest.mark.parametrize("key", READINGS, ids=str)
def test_the_contour_has_the_same_voxels(real, key):
    """By this project's reader on the exported CT, by highdicom, and by the frames' own pixels and positions."""
    ct, contour = stored(real.study, key)
    shape = ct.image.GetSize()[::-1]
    expected = contour.full_grid(shape)
    path = file_of(real.folder, key, "seg")

    exported = read_ct(exam_folder(real.folder, key) / "ct")
    back = read_contour(path, exported, key.lymph_node)
    assert np.array_equal(back.voxels, contour.voxels)
    assert back.corner == contour.corner
    assert back.findings == ()
    assert [entry.name for entry in list_segments(path)] == [key.lymph_node]

    volume = highdicom.seg.segread(path).get_volume(combine_segments=False)
    assert volume.array.sum() == expected.sum()
    raw = pydicom.dcmread(path)
    by_frame = np.zeros(shape, dtype=np.uint8)
    for frame, pixels in zip(raw.PerFrameFunctionalGroupsSequence, raw.pixel_array, strict=True):
        position = [float(mm) for mm in frame.PlanePositionSequence[0].ImagePositionPatient]
        by_frame[ct.image.TransformPhysicalPointToIndex(position)[2]] = pixels
    assert np.array_equal(by_frame, expected)


@pytest.mark.parametrize("key", READINGS, ids=str)
def test_the_report_has_the_same_numbers(real, key):
    """Every digit of the feature table of the study and of the scores of `rlnresponse score`."""
    found = measured(file_of(real.folder, key, "sr"))
    table = parquet.read_table(extract_study(real.study).files[1]).to_pylist()
    (row,) = [row for row in table if (row["lymph_node"], row["reader"]) == (key.lymph_node, key.reader)]
    for name in FEATURES:
        code = feature_code(name)
        assert found.pop((code.scheme_designator, code.meaning)) == row[name], name
    for score in score_contour(*stored(real.study, key), published_models()).scores:
        title = score.model.title
        assert found.pop(("99RLNRESPONSE", title)) == score.score
        assert found.pop(("99RLNRESPONSE", f"{title}: cutoff")) == score.model.cutoff.value
        assert found.pop(("99RLNRESPONSE", f"{title}: probability, derived"), None) == score.probability
    assert found == {}


def test_segment_and_report_refer_to_what_lies_beside_them(real):
    key = ReadingKey(lymph_node="LN1", reader="B")
    slices = [pydicom.dcmread(path) for path in sorted((exam_folder(real.folder, key) / "ct").iterdir())]
    seg, report = (pydicom.dcmread(file_of(real.folder, key, kind)) for kind in ("seg", "sr"))
    uids = {each.SOPInstanceUID for each in slices}
    assert {i.ReferencedSOPInstanceUID for i in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence} == uids
    assert {seg.FrameOfReferenceUID} == {each.FrameOfReferenceUID for each in slices}
    assert {each.StudyInstanceUID for each in (seg, report, *slices)} == {slices[0].StudyInstanceUID}
    evidence = {
        item.ReferencedSOPInstanceUID
        for study in (
            *report.CurrentRequestedProcedureEvidenceSequence,
            *report.get("PertinentOtherEvidenceSequence", ()),
        )
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert evidence == uids | {seg.SOPInstanceUID}
    other = pydicom.dcmread(file_of(real.folder, ReadingKey(lymph_node="LN1", reader="A"), "seg"))
    assert other.SOPInstanceUID != seg.SOPInstanceUID
    assert other.SeriesInstanceUID != seg.SeriesInstanceUID
    assert other.SegmentSequence[0].TrackingUID == seg.SegmentSequence[0].TrackingUID
    segment = seg.SegmentSequence[0]
    codes = (segment.SegmentedPropertyCategoryCodeSequence[0], segment.SegmentedPropertyTypeCodeSequence[0])
    assert [code.CodeValue for code in codes] == [LYMPH_NODE_CATEGORY.value, LYMPH_NODE_TYPE.value]
    assert segment.RecommendedDisplayCIELabValue == cielab(LYMPH_NODE_COLOUR)


@pytest.mark.parametrize("colour", [LYMPH_NODE_COLOUR, (255, 0, 0), (10, 20, 200), (0, 0, 1), (255, 255, 255)])
def test_a_display_colour_is_littlecms_s_of_srgb(colour):
    from PIL import Image, ImageCms

    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    pixel = ImageCms.applyTransform(
        Image.new("RGB", (1, 1), colour), ImageCms.buildTransform(srgb, lab, "RGB", "LAB")
    ).getpixel((0, 0))
    assert [value / 257 for value in cielab(colour)] == pytest.approx(pixel, abs=1)


def test_nobodys_name_date_or_path_is_in_it(real, texts):
    """No value of the hospital's headers that identifies, and no free text of the study."""
    forbidden = {"Mueller", "Anna", "Hart", "script", "ward", "LIDC", str(real.folder.parent), "dicom_ct", "RTSTRUCT_1"}
    for source in real.sources.values():
        for path in source.iterdir():
            header = pydicom.dcmread(path, stop_before_pixels=True)
            for element in header.iterall():
                names_a_class = element.keyword.endswith("ClassUID") or str(element.value).startswith("1.2.840.10008.")
                if (element.VR in ("PN", "DA", "DT", "UI") and not names_a_class) or element.keyword in (
                    "PatientID",
                    "AccessionNumber",
                    "StudyID",
                    "InstitutionName",
                    "DeviceSerialNumber",
                ):
                    forbidden.add(str(element.value))
    forbidden = {text for text in forbidden if len(text) > 3}
    assert len(forbidden) > 50
    found = {text for path in real.folder.rglob("*.dcm") for text in texts(path)}
    assert {bad for bad in forbidden for text in found if bad in text} == set()
    names = {path.relative_to(real.folder).as_posix() for path in real.folder.rglob("*")}
    assert all(
        re.fullmatch(r"PT-\d(/CT\d(/(ct(/\d{4}\.dcm)?|(seg|sr|rtstruct)(/LN\d-[AB]-1\.dcm)?))?)?", name)
        for name in names
    )
    for path in real.folder.rglob("*.dcm"):
        header = pydicom.dcmread(path)
        assert header.PatientIdentityRemoved == "YES"
        assert (header.PatientBirthDate, header.PatientSex, header.StudyDate) == ("", "", "")
        assert "Research use only" in header.SeriesDescription
        # The one date is the day of the reading.
        dates = {str(e.value) for e in header.iterall() if e.VR in ("DA", "DT") and e.value}
        assert {date[:8] for date in dates} <= {"20260301"}


def test_a_second_export_and_a_single_reading_give_the_same_files(real, tmp_path):
    done = []
    one = export_dicom(
        real.study, tmp_path / "one", ReadingKey(lymph_node="LN1", reader="B"), lambda *step: done.append(step)
    )
    assert (one.readings, one.slices, one.notices, done) == (1, 16, (), [(1, 1)])
    made = sorted(path for path in one.folder.rglob("*") if path.is_file())
    assert len(made) == 16 + 3
    for path in made:
        assert path.read_bytes() == (real.folder / path.relative_to(one.folder)).read_bytes()


def test_refusals_leave_nothing_behind(real, tmp_path, monkeypatch):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder, only, sentence, code in (
        (taken, None, "The folder taken is not empty; name a new or an empty one", "folder-not-empty"),
        (tmp_path / "file", None, "The folder file is not empty", "folder-not-empty"),
        (real.study.folder / "out", None, "would lie inside the study folder", "inside-study"),
        (tmp_path / "none" / "out", None, "The folder out cannot be written (No such file", "cannot-write"),
        (
            tmp_path / "out",
            ReadingKey(lymph_node="LN1", reader="A", round=2),
            "There is no locked reading A-2 of 'LN1'",
            "no-such-reading",
        ),
        (
            tmp_path / "out",
            ReadingKey(lymph_node="LN9", reader="A"),
            "There is no such lymph node",
            "no-such-lymph-node",
        ),
    ):
        with pytest.raises(DataRefusedError, match=re.escape(sentence)) as caught:
            export_dicom(real.study, folder, only)
        assert caught.value.code == code

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "structured_report", stop)
    with pytest.raises(KeyboardInterrupt):
        export_dicom(real.study, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken"]
    assert [path.name for path in taken.iterdir()] == ["notes.txt"]


def test_a_changed_contour_or_image_is_not_exported(real, tmp_path):
    import shutil

    from RLNResponseLib.study.study import Study

    copy = tmp_path / "study"
    shutil.copytree(real.study.folder, copy)
    contour = copy / "readings" / "LN1" / "A-1.seg.nrrd"
    original = contour.read_bytes()
    shutil.copy(copy / "readings" / "LN1" / "B-1.seg.nrrd", contour)
    with pytest.raises(DataRefusedError, match="reading A-1 of 'LN1' is not the one that was locked"):
        export_dicom(Study.open(copy), tmp_path / "out")
    contour.write_bytes(original)
    image = sitk.ReadImage(copy / "images" / "CT2.nrrd")
    sitk.WriteImage(image + 1, copy / "images" / "CT2.nrrd", useCompression=True)
    with pytest.raises(DataRefusedError, match="The image 'CT2' is not the one that was read"):
        export_dicom(Study.open(copy), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_sealed_until_unblinding(shared_data, make_study, tmp_path):
    lidc = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    study = make_study(
        tmp_path / "study", {"CT1": lidc / "dicom"}, {("LN1", "CT1", "A"): (lidc / "mask_reader1.nrrd", None)}
    )
    for only in (None, ReadingKey(lymph_node="LN1", reader="A")):
        with pytest.raises(DataRefusedError, match="stay sealed until the study is unblinded") as caught:
            export_dicom(study, tmp_path / "out", only)
        assert caught.value.code == "blinded"
    assert not (tmp_path / "out").exists()


def test_values_are_finite_and_have_units(real):
    (group,) = highdicom.sr.srread(
        file_of(real.folder, READINGS[0], "sr")
    ).content.get_volumetric_roi_measurement_groups()
    units = {
        m.name.meaning if m.name.scheme_designator == "99RLNRESPONSE" else m.name.value: m.unit.value
        for m in group.get_measurements()
    }
    assert all(math.isfinite(m.value) for m in group.get_measurements())
    expected = {"RNU0": "mm3", "C0JK": "mm2", "2PR5": "/mm", "L0JK": "mm", "Q4LE": "[hnsf'U]", "ECT3": "[hnsf'U]2"}
    expected |= {"QCFX": "1", "E8JP": "1", "KE2A": "1", "original_firstorder_TotalEnergy": "[hnsf'U]2.mm3"}
    assert {code: units[code] for code in expected} == expected
