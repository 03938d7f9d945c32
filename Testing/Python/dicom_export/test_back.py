"""SEG, RTSTRUCT and SR back into a study: the same voxels, numbers beside those computed anew, strangers refused."""

import shutil
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from RLNResponseLib.cli import main
from RLNResponseLib.dicom_export.codes import feature_code
from RLNResponseLib.dicom_export.report_check import check_report
from RLNResponseLib.dicom_export.reported import (
    ReportedAlgorithm,
    ReportedContour,
    ReportedMeasurement,
    read_report,
)
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.features.witness import pyradiomics_settings
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.drafts import draft_file
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

KEY = ReadingKey(lymph_node="LN2", reader="A")
WORDS = ("--lymph-node", "LN2", "--reader", "A", "--round", "1")
AGAIN = ("--correction", "back from the archive")


@pytest.fixture(scope="module")
def files(real):
    """The exported CT, SEG, RTSTRUCT and SR of one reading, and its contour in the study."""
    exam = real.folder / "PT-2" / "CT2"
    reading = real.study.reading(KEY)
    contour = locked_contour(real.study, reading, study_ct(real.study, reading.image))
    return (exam / "ct", *(exam / kind / "LN2-A-1.dcm" for kind in ("seg", "rtstruct", "sr")), contour)


@pytest.fixture
def study(real, tmp_path):
    """A copy of the unblinded study."""
    shutil.copytree(real.study.folder, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def run(capsys):
    """Take a contour into the study as a correction; the exit code, the lines, the error."""

    def command(study, mask, *words):
        capsys.readouterr()
        code = main(["study", "import-reading", str(study), str(mask), *WORDS, *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err

    return command


@pytest.mark.parametrize("kind", [1, 2], ids=["SEG", "RTSTRUCT"])
def test_an_exported_contour_comes_into_another_study_with_its_ct(make_study, files, tmp_path, kind):
    ct, contour = files[0], files[-1]
    other = make_study(tmp_path / "other", {"CT7": ct}, {("LN7", "CT7", "B"): (files[kind], None)})
    reading = other.reading(ReadingKey(lymph_node="LN7", reader="B"))
    back = locked_contour(other, reading, study_ct(other, "CT7"))
    assert (back.corner, back.voxel_count) == (contour.corner, contour.voxel_count)
    assert np.array_equal(back.voxels, contour.voxels)


def test_segmentation_and_report_come_back_as_a_correction(study, files, run):
    ct, seg, _, report, contour = files
    code, lines, errors = run(study, seg, *AGAIN, "--ct", ct, "--report", report)
    assert (code, errors) == (0, "")
    assert lines[0] == "The contour is the draft of reading A-1-c2 of 'LN2'; lock it with study lock."
    assert lines[-1] == (
        "Of 112 numbers in LN2-A-1.dcm that the contour gives anew, 112 are the same (to 1e-09 of the value)."
    )
    opened = Study.open(study)
    back = read_contour(draft_file(opened, KEY.next_revision), study_ct(opened, "CT2"))
    assert np.array_equal(back.voxels, contour.voxels)
    assert run(study, files[2], *AGAIN, "--ct", ct)[0] == 0


def test_a_report_is_read_as_highdicom_reads_it(files):
    (mine,) = read_report(files[3])
    (group,) = highdicom.sr.srread(files[3]).content.get_volumetric_roi_measurement_groups()
    assert [(each.code, each.meaning, each.value) for each in mine.measurements] == [
        ((each.name.scheme_designator, each.name.value), each.name.meaning, each.value)
        for each in group.get_measurements()
    ]
    assert mine.lymph_node == group.tracking_identifier
    assert mine.segmentation == group.referenced_segment.referenced_sop_instance_uid
    assert mine.algorithm.settings["bin_width"] == 25.0


def test_another_number_is_named_and_what_is_not_computed_too(study, files, run, tmp_path):
    report = pydicom.dcmread(files[3])
    (measurements,) = (item for item in report.ContentSequence if item.ValueType == "CONTAINER")
    numbers = [item for item in measurements.ContentSequence[0].ContentSequence if item.ValueType == "NUM"]
    numbers[0].MeasuredValueSequence[0].FloatingPointValue *= 1.001
    numbers[1].ConceptNameCodeSequence[0].CodeMeaning = "Brand-new figure"
    numbers[1].ConceptNameCodeSequence[0].CodeValue = "NEW1"
    del numbers[2].MeasuredValueSequence[0].FloatingPointValue  # as dcmqi writes it
    numbers[2].MeasuredValueSequence[0].NumericValue = str(numbers[2].MeasuredValueSequence[0].NumericValue)[:13]
    report.save_as(tmp_path / "changed.dcm")
    _, lines, _ = run(study, files[1], *AGAIN, "--report", tmp_path / "changed.dcm")
    assert lines[-3].startswith("Of 111 numbers in changed.dcm that the contour gives anew, 110 are the same")
    assert lines[-2].startswith("The report is not of this contour, or was computed otherwise: it says Elongation 0.")
    assert lines[-1] == "Not compared, as this study does not compute them: Brand-new figure."


def test_another_card_of_a_model_is_not_compared(study, files, run, tmp_path):
    report = pydicom.dcmread(files[3])
    for item in report.iterall():
        if item.keyword == "TextValue" and str(item.value).startswith("sha256:"):
            item.value = "sha256:0"
    report.save_as(tmp_path / "changed.dcm")
    _, lines, _ = run(study, files[1], *AGAIN, "--report", tmp_path / "changed.dcm")
    assert lines[-2].startswith("Of 106 numbers in changed.dcm that the contour gives anew, 106 are the same")
    assert lines[-1].startswith("Not compared, as this study does not compute them: Rad-score, Rad-score: cutoff,")


def test_numbers_of_filtered_and_resampled_images_are_compared_too():
    """A report whose settings name a LoG and a grid of their own, in a study of the paper's; the values pyradiomics'."""
    mask = np.zeros((12, 24, 26), dtype=np.uint8)
    mask[4:9, 8:17, 7:18] = 1
    image = sitk.GetImageFromArray(np.random.default_rng(3).normal(60, 15, mask.shape).astype(np.int16))
    label = sitk.GetImageFromArray(mask)
    for each in (image, label):
        each.SetSpacing((0.9, 0.9, 2.0))
    stated = ExtractionSettings(
        image_types=("Original", "LoG"), log_sigma_mm=(2.0,), resampled_spacing_mm=(1.0, 1.0, 2.0)
    )
    names = [
        f"{where}_{name}" for where in ("original", "log-sigma-2-0-mm-3D") for name in ("firstorder_Mean", "glcm_Idn")
    ]
    settings, images = pyradiomics_settings(stated)
    theirs = RadiomicsFeatureExtractor(**settings)
    theirs.disableAllFeatures()
    theirs.disableAllImageTypes()
    theirs.enableFeaturesByName(firstorder=["Mean"], glcm=["Idn"])
    for kind, options in images.items():
        theirs.enableImageTypeByName(kind, customArgs=options)
    values = theirs.execute(image, label)
    measured = tuple(
        ReportedMeasurement(
            code=(str(feature_code(name).scheme_designator), str(feature_code(name).value)),
            meaning=name,
            value=float(values[name]),
            algorithm=ReportedAlgorithm(),
        )
        for name in names
    )
    group = ReportedContour(
        lymph_node="LN1",
        segmentation="1.2",
        series="",
        algorithm=ReportedAlgorithm(settings=stated.as_mapping()),
        measurements=measured,
    )
    scoring = StudyScoring(own=Extraction(ExtractionSettings(), FEATURES), models=(), cards={})
    contour = Contour.from_full_grid(mask > 0, "LN1")
    checked = check_report(group, "LN1.dcm", CTImage(image=image), contour, scoring)
    assert (checked.agreeing, checked.differing, checked.not_compared) == (4, (), ())
    other = replace(group, measurements=(*measured[:3], replace(measured[3], value=measured[3].value * 1.001)))
    assert [each.meaning for each in check_report(other, "x", CTImage(image=image), contour, scoring).differing] == [
        names[3]
    ]


def test_strangers_are_refused_and_nothing_is_opened(study, real, files, run, shared_data, tmp_path):
    ct, seg, rtstruct, report, _ = files
    lung = shared_data / "4dlung-ln-rtstruct"
    other_exam = real.folder / "PT-1" / "CT1"
    edited = pydicom.dcmread(seg)
    edited.FrameOfReferenceUID = "2.25.77"
    edited.save_as(tmp_path / "frame.dcm")
    for mask, words, sentence in (
        (seg, ("--ct", other_exam / "ct"), "The contour LN2-A-1.dcm refers to another DICOM series or frame"),
        (rtstruct, ("--ct", other_exam / "ct"), "The contour LN2-A-1.dcm refers to another DICOM series or frame"),
        (seg, ("--ct", lung / "dicom_ct"), "The contour LN2-A-1.dcm refers to another DICOM series or frame"),
        (tmp_path / "frame.dcm", ("--ct", ct), "The contour frame.dcm refers to another DICOM series or frame"),
        (other_exam / "seg" / "LN1-A-1.dcm", ("--ct", other_exam / "ct"), "The voxels of the CT ct are not those of"),
        (lung / "mask_LN_fullgrid.nrrd", ("--ct", ct), "mask_LN_fullgrid.nrrd states no DICOM series, so"),
        (seg, ("--report", other_exam / "sr" / "LN1-A-1.dcm"), "The report LN1-A-1.dcm measures another segmentation"),
        (lung / "mask_LN_fullgrid.nrrd", ("--report", report), "The report LN2-A-1.dcm measures another segmentation"),
        (seg, ("--report", seg), "LN2-A-1.dcm is no structured report with measurements"),
        (seg, ("--report", lung / "README.txt"), "README.txt is no structured report with measurements"),
    ):
        code, lines, error = run(study, mask, *AGAIN, *words)
        assert (code, lines, error.count("\n")) == (1, [], 1), sentence
        assert error.startswith(sentence)
    assert Study.open(study).opening(KEY.next_revision) is None


def test_no_report_while_blinded(make_study, files, run, tmp_path):
    blinded = make_study(tmp_path / "blinded", {"CT2": files[0]}, {("LN2", "CT2", "B"): (files[1], None)})
    code, lines, error = run(blinded.folder, files[1], "--report", files[3])
    assert (code, lines) == (1, [])
    assert error == "Features and scores stay sealed until the study is unblinded (study unblind).\n"
