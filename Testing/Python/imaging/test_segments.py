"""What a contour is coded as: one definition for Slicer's files and scene and for DICOM."""

from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

import RLNResponseLib
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.segments import LYMPH_NODE_CATEGORY, LYMPH_NODE_TYPE, lymph_node_terminology

LIBRARY = Path(RLNResponseLib.__file__).parent


def test_the_tag_is_slicer_s_own_entry_of_a_lymph_node():
    """As in Slicer's SegmentationCategoryTypeModifier-SlicerGeneralAnatomy.json: the type lies in the category
    Tissue."""
    assert lymph_node_terminology() == (
        "Segmentation category and type - 3D Slicer General Anatomy list~SCT^85756007^Tissue~SCT^59441001^Lymph "
        "node~^^~Anatomic codes - DICOM master list~^^~^^"
    )


def test_category_and_type_are_those_of_dicom():
    from pydicom.sr.codedict import codes

    assert LYMPH_NODE_CATEGORY.value in {code.value for code in codes.cid7150.concepts.values()}
    assert LYMPH_NODE_TYPE.value in {code.value for code in codes.cid7166.concepts.values()}


def test_a_written_contour_carries_the_tag(tmp_path):
    voxels = np.zeros((4, 5, 6), dtype=bool)
    voxels[1:3, 2:4, 2:4] = True
    ct = CTImage(image=sitk.GetImageFromArray(np.zeros((4, 5, 6), np.int16)), name="ct")
    write_seg_nrrd(tmp_path / "c.seg.nrrd", Contour.from_full_grid(voxels, "LN"), ct)
    header = nrrd.read_header(str(tmp_path / "c.seg.nrrd"))
    assert header["Segment0_Tags"] == f"TerminologyEntry:{lymph_node_terminology()}|"
    assert header["Segment0_Color"] == "0.266667 0.67451 0.392157"


@pytest.mark.parametrize(
    "code", ["59441001", "85756007", "123037004", "codes.SCT.LymphNode", "codes.SCT.AnatomicalStructure"]
)
def test_no_other_file_states_a_code(code):
    files = [path.name for path in LIBRARY.rglob("*.py") if code in path.read_text(encoding="utf-8")]
    assert set(files) <= {"segments.py"}
