"""The 106 features against the paper's counts and the installed pyradiomics."""

import pytest

from RLNResponseLib.features.definitions import (
    FEATURE_CLASSES,
    FEATURES,
    LEFT_OUT,
    is_known,
)
from RLNResponseLib.modelling.model_card import find_model

# Gu et al. 2021: "106 features, 13 shape, 18 first-order, 24 GLCM, 16 GLSZM, 5 NGTDM, 14 GLDM, 16 GLRLM".
PAPER_COUNTS = {"shape": 13, "firstorder": 18, "glcm": 24, "glszm": 16, "ngtdm": 5, "gldm": 14, "glrlm": 16}
# The features of the two formulas, transcribed from the paper apart from the model cards.
PAPER_RESPONSE_FEATURES = (
    "original_shape_Sphericity",
    "original_glcm_InverseVariance",
    "original_firstorder_InterquartileRange",
    "original_firstorder_90Percentile",
    "original_firstorder_Kurtosis",
    "original_glrlm_ShortRunEmphasis",
    "original_glszm_LargeAreaHighGrayLevelEmphasis",
)
PAPER_LOCAL_CONTROL_FEATURES = (
    "original_firstorder_InterquartileRange",
    "original_glrlm_RunPercentage",
)


def test_counts_are_the_papers():
    assert {c.name: len(c.features) for c in FEATURE_CLASSES} == PAPER_COUNTS
    assert len(FEATURES) == len(set(FEATURES)) == 106


def test_features_and_the_one_left_out_are_all_of_pyradiomics():
    from radiomics import getFeatureClasses

    classes = getFeatureClasses()
    installed = {
        f"original_{name}_{feature}"
        for name in PAPER_COUNTS
        for feature, deprecated in classes[name].getFeatureNames().items()
        if not deprecated
    }
    assert set(FEATURES) | {left.name for left in LEFT_OUT} == installed
    assert not set(FEATURES) & {left.name for left in LEFT_OUT}
    assert all(left.reason for left in LEFT_OUT)


@pytest.mark.parametrize(
    ("model", "features"),
    [("gu2021-response", PAPER_RESPONSE_FEATURES), ("gu2021-local-control-2y", PAPER_LOCAL_CONTROL_FEATURES)],
)
def test_the_papers_formulas_use_features_of_the_list(model, features):
    assert set(features) <= set(FEATURES)
    assert tuple(find_model(model).coefficients) == features


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("original_glcm_InverseVariance", True),
        ("wavelet-LLH_glcm_InverseVariance", True),
        ("wavelet-LLH_shape_Sphericity", False),
        ("original_shape_VoxelVolume", False),
        ("glcm_InverseVariance", False),
        ("_glcm_InverseVariance", False),
        ("", False),
    ],
)
def test_is_known(name, known):
    assert is_known(name) is known
