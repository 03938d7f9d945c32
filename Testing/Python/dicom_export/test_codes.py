"""Feature codes against DICOM's own dictionary and against the features that agree with IBSI."""

import re
from pathlib import Path

import pytest
from pydicom.sr.codedict import codes

from RLNResponseLib.dicom_export.codes import IBSI_CODES, feature_code, feature_unit
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.settings import ExtractionSettings

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_ibsi_codes_are_those_of_the_features_that_agree_with_ibsi():
    page = (DOCS / "ibsi.md").read_text(encoding="utf-8").partition("## Same definition")[2]
    agreeing = re.findall(r"^\| (original_\w+) \|.*\| yes \|$", page, re.MULTILINE)
    assert set(IBSI_CODES) == set(agreeing)
    assert len(agreeing) == len({code for code, _ in IBSI_CODES.values()}) == 97


def test_texture_and_shape_codes_are_dicoms():
    """PS3.16 by pydicom; it does not list intensity-based statistics."""
    dicom = {getattr(codes.IBSI, keyword).value: getattr(codes.IBSI, keyword).meaning for keyword in codes.IBSI.dir()}
    for name, (code, meaning) in IBSI_CODES.items():
        if "_firstorder_" not in name or code in ("TLU2", "BJ5W"):
            assert dicom[code] == meaning, name
        else:
            assert code not in dicom


@pytest.mark.parametrize(
    ("name", "keyword"),
    [
        ("original_shape_Sphericity", "Sphericity"),
        ("original_glcm_InverseVariance", "InverseVarianceOfGLCM"),
        ("original_glcm_Idm", "InverseDifferenceMomentOfGLCM"),
        ("original_glcm_Idmn", "NormalizedInverseDifferenceMomentOfGLCM"),
        ("original_glcm_Id", "InverseDifferenceOfGLCM"),
        ("original_glcm_Idn", "NormalizedInverseDifferenceOfGLCM"),
        ("original_glcm_Contrast", "ContrastOfGLCM"),
        ("original_ngtdm_Contrast", "ContrastOfNGTDM"),
        ("original_glrlm_ShortRunEmphasis", "ShortRunsEmphasis"),
        ("original_glrlm_RunPercentage", "RunPercentage"),
        ("original_glszm_LargeAreaHighGrayLevelEmphasis", "LargeZoneHighGrayLevelEmphasis"),
        ("original_gldm_SmallDependenceEmphasis", "LowDependenceEmphasis"),
    ],
)
def test_a_feature_has_the_code_of_its_own_definition(name, keyword):
    assert feature_code(name) == getattr(codes.IBSI, keyword)


@pytest.mark.parametrize(
    "name",
    [
        "original_firstorder_Kurtosis",
        "original_shape_MajorAxisLength",
        "original_glcm_MCC",
        "wavelet-LLH_glcm_Contrast",
    ],
)
def test_a_feature_that_ibsi_defines_otherwise_or_not_is_private(name):
    code = feature_code(name)
    assert (code.scheme_designator, code.meaning) == ("99RLNRESPONSE", name)
    assert "CodeValue" in code  # not the long one, which readers fail on


def test_every_feature_has_a_code_of_its_own():
    assert len({(feature_code(name).scheme_designator, feature_code(name).value) for name in FEATURES}) == len(FEATURES)


def test_filtered_or_normalised_intensities_have_no_unit():
    plain = ExtractionSettings()
    assert feature_unit("original_firstorder_90Percentile", plain).value == "[hnsf'U]"
    assert feature_unit("original_firstorder_90Percentile", ExtractionSettings(normalize=True)).value == "1"
    assert feature_unit("wavelet-LLH_firstorder_90Percentile", plain).value == "1"
    for name in ("Maximum2DDiameterSlice", "Maximum3DDiameter", "LeastAxisLength"):
        assert feature_unit(f"original_shape_{name}", plain).value == "mm"
    assert feature_unit("original_shape_Elongation", plain).value == "1"
