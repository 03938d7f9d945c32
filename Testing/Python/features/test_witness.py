"""What is said of a comparison with pyradiomics: equal, different, not there, broken."""

import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features import witness
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.model_card import published_models

EIGHT = tuple(dict.fromkeys(name for model in published_models() for name in model.coefficients))


@pytest.fixture
def lesion():
    hu = np.random.default_rng(3).normal(60, 20, (8, 20, 22)).astype(np.int16)
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((0.7, 0.7, 2.5))
    return CTImage(image=image), Contour(
        name="LN1", voxels=np.random.default_rng(4).random((4, 9, 8)) < 0.8, corner=(2, 5, 6)
    )


def test_equal_values_are_counted(lesion):
    pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed")
    ct, contour = lesion
    report = witness.check_features(ct, contour, extract_features(ct, contour, features=EIGHT))
    assert report.agrees
    assert report.sentence == f"checked against pyradiomics {report.pyradiomics}: 8 of 8 equal"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "settings",
    [
        ExtractionSettings(image_types=("Original", "LoG"), log_sigma_mm=(1.0,)),
        ExtractionSettings(resampled_spacing_mm=(1, 1, 1)),
        ExtractionSettings(normalize=True, normalize_scale=100),
    ],
)
def test_other_settings_are_compared_too(lesion, settings):
    pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed")
    ct, contour = lesion
    report = witness.check_features(ct, contour, extract_features(ct, contour, settings))
    assert (report.equal, report.first) == (report.compared, None)


def test_the_first_that_differs_is_named(lesion):
    pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed")
    ct, contour = lesion
    vector = extract_features(ct, contour, features=EIGHT)
    wrong = vector.values["original_glcm_InverseVariance"] * (1 + 3e-12)
    changed = replace(vector, values=MappingProxyType({**vector.values, "original_glcm_InverseVariance": wrong}))
    report = witness.check_features(ct, contour, changed)
    assert not report.agrees
    assert report.sentence.startswith(
        f"checked against pyradiomics {report.pyradiomics}: 7 of 8 equal; original_glcm_Inv"
    )
    assert report.as_json()["first_difference"]["ours"] == wrong


def test_it_says_that_pyradiomics_is_not_there(lesion, monkeypatch):
    monkeypatch.setitem(sys.modules, "radiomics", None)
    ct, contour = lesion
    report = witness.check_features(ct, contour, extract_features(ct, contour, features=EIGHT))
    assert not report.agrees
    assert report.sentence == "not checked against pyradiomics: it is not installed here"


def test_a_pyradiomics_that_breaks_is_a_sentence(lesion, monkeypatch):
    extractor = pytest.importorskip("radiomics.featureextractor", reason="pyradiomics, the witness, is not installed")

    def breaks(*_arguments):
        raise SystemError("the compiled part is of another Python")

    monkeypatch.setattr(extractor.RadiomicsFeatureExtractor, "execute", breaks)
    ct, contour = lesion
    with pytest.raises(DataRefusedError, match="so they cannot be compared: the compiled part is of another Python"):
        witness.check_features(ct, contour, extract_features(ct, contour, features=EIGHT))


def test_undefined_in_both_is_equal_and_in_one_is_not():
    nan = float("nan")
    assert witness.is_equal(nan, nan)
    assert not witness.is_equal(nan, 1.0)
    assert not witness.is_equal(0.0, nan)
    assert witness.is_equal(0.0, 0.0)
