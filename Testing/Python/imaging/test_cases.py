"""CT and contours that people had trouble with in public threads (../shared/cases/imaging): each right, by the numbers
that lie beside it, or refused for its true reason. What else is of these kinds is in the other files of this room."""

import json

import pytest

from RLNResponseLib.cli import main

STATISTICS = ("Mean", "Minimum", "Maximum", "10Percentile", "90Percentile", "InterquartileRange")
# The voxels of the outlines as they are drawn: on every other slice, which `skipped-slices` says.
DRAWN_ON_EVERY_OTHER_SLICE = {"voxels": 1126}

# Each command of each case: (case, number of the command) → the file of its numbers, or the numbers, and the finding
# that must be beside them …
READ = {
    # OnkoDICOM #328, matRad #273
    ("cd-stray-image", 0): ("expected.json", "stray-image"),
    ("cd-stray-image", 1): ("expected.json", "stray-image"),
    # SimpleITK #1795, scifio #311, Slicer #6773
    ("ct-monochrome1", 0): ("expected.json", None),
    # ITK #4794, VolView #949
    ("ct-spacing-between-zero", 0): ("expected.json", None),
    # platipy #314, Dicom_RT_and_Images_to_Mask #44, rt-utils #97
    ("ct-uneven-rtstruct", 0): ("expected.json", "uneven-slice-spacing"),
    ("ct-uneven-rtstruct", 1): ("expected_high.json", "uneven-slice-spacing"),
    # nibabel #1001, spinalcordtoolbox #3232, torchio #220
    ("nifti-label-slope", 0): ("expected.json", None),
    # Viewers #5848
    ("rt-every-other-slice", 0): (DRAWN_ON_EVERY_OTHER_SLICE, "skipped-slices"),
    # dcmrtstruct2nii #2
    ("rt-interpolated-planar", 0): ("expected.json", None),
    # fo-dicom #1805, ClearCanvas #147
    ("rt-iso2022-ir58", 0): ("expected.json", None),
    # z-rad #181
    ("rt-overlapping-outlines", 0): ("expected.json", "overlapping-outlines"),
    # Viewers #1346, dcmjs #309, med-imagetools #263
    ("seg-fractional-binary", 0): ("expected.json", None),
    # dcmqi #509
    ("seg-no-algorithm-type", 0): ("expected.json", None),
    # highdicom #344, dcmqi #89
    ("seg-perframe-measures", 0): ("expected.json", None),
}
# … or what the one sentence says.
REFUSED = {
    # Viewers #4775, Slicer #4454
    ("ct-palette-colour", 0): ("ct is in colour", "choose another"),
    ("ct-palette-colour", 2): ("ct is in colour", "choose another"),
    # vtk-dicom #220, Slicer #4801, dcm2niix #590, rt-utils #97
    ("ct-two-passes", 0): ("several acquisitions", "acquisition 1: 24 slices, acquisition 2: 24", "--acquisition"),
    # spinalcordtoolbox #2106, MONAILabel #211, ANTs #1804, torchio #567
    ("nifti-sform-qform", 0): ("mask.nii.gz states two positions", "4.52 mm apart", "save it again with one"),
    # ITK #3994, nnDetection #24, TotalSegmentator #461, MOOSE #99
    ("nifti-sheared-mask", 0): ("axes of mask.nii.gz are not at right angles", "0.2 degrees", "resample"),
    # Slicer #4409, SlicerGitSVNArchive #812
    ("nrrd-sheared-ct", 0): ("axes of ct.nrrd are not at right angles", "22 degrees", "gantry tilt"),
    # rt-utils #66 and #137
    ("rt-duplicate-roi-number", 0): ("number 19 to 2 ROIs (LN_A, LN_B)", "give each a number of its own"),
}


@pytest.fixture
def run(shared_cases, tmp_path, monkeypatch, capfd):
    """One command of a case, run in a folder where `in` is the case's files: exit code, output, errors."""

    def called(case, number):
        folder = shared_cases / "imaging" / case
        (tmp_path / "in").mkdir()
        for file in (folder / "in").iterdir():
            (tmp_path / "in" / file.name).symlink_to(file)
        monkeypatch.chdir(tmp_path)
        for command in json.loads((folder / "case.json").read_text(encoding="utf-8"))["command"][: number + 1]:
            capfd.readouterr()
            code = main(command[1:])
        return code, *capfd.readouterr()

    return called


def test_every_case_has_its_line(shared_cases):
    cases = {folder.name for folder in (shared_cases / "imaging").iterdir()}
    assert cases == {case for case, _ in (*READ, *REFUSED)}


@pytest.mark.parametrize(("case", "number"), READ, ids=lambda value: str(value))
def test_what_is_read_is_read_right(shared_cases, run, case, number):
    truth, finding = READ[case, number]
    if isinstance(truth, str):
        truth = json.loads((shared_cases / "imaging" / case / "in" / truth).read_text(encoding="utf-8"))
    code, printed, errors = run(case, number)
    assert (code, errors) == (0, "")
    result = json.loads(printed)
    found = {"voxels": result["voxels"], "volume_mm3": result["volume_mm3"]}
    found |= {name: result["features"][f"original_firstorder_{name}"] for name in STATISTICS}
    assert {name: found[name] for name in truth} == pytest.approx(truth, rel=1e-9)
    assert finding in (None, *(each["code"] for each in result["findings"]))


@pytest.mark.parametrize(("case", "number"), REFUSED, ids=lambda value: str(value))
def test_what_is_refused_is_refused_for_its_reason(run, case, number):
    code, printed, errors = run(case, number)
    assert (code, printed, errors.count("\n")) == (1, "", 1)
    assert [words for words in REFUSED[case, number] if words not in errors] == []
