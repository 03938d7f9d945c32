"""Score models: the published formulas, their groups, and what refuses a score."""

import math
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import current_software
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling.cutoff import Cutoff
from RLNResponseLib.modelling.model_card import find_model, published_models
from RLNResponseLib.modelling.score_model import apply_model, probability

RESPONSE = find_model("gu2021-response")
LOCAL_CONTROL = find_model("gu2021-local-control-2y")

# DESIGN section 2, from the paper: base rates that the cutoffs' probabilities come close to.
RESPONSE_RATE = 75 / 102
CONTROL_RATE = 23 / 90

finite = st.floats(min_value=-1e6, max_value=1e6)


def vector(values, settings=None):
    return FeatureVector(MappingProxyType(values), settings or ExtractionSettings(), current_software())


def paper_response(f):
    """The paper's formula, typed from the paper and not read from the card."""
    return (
        -3.215941
        - 0.4714669 * f["original_shape_Sphericity"]
        + 1.627270 * f["original_glcm_InverseVariance"]
        + 0.03268378 * f["original_firstorder_InterquartileRange"]
        + 0.01575666 * f["original_firstorder_90Percentile"]
        + 0.003081561 * f["original_firstorder_Kurtosis"]
        + 2.5310139 * f["original_glrlm_ShortRunEmphasis"]
        + 2.987626e-9 * f["original_glszm_LargeAreaHighGrayLevelEmphasis"]
    )


def paper_local_control(f):
    return (
        -3.281461437
        + 0.002394247 * f["original_firstorder_InterquartileRange"]
        + 3.434397106 * f["original_glrlm_RunPercentage"]
    )


@pytest.mark.parametrize(("model", "formula"), [(RESPONSE, paper_response), (LOCAL_CONTROL, paper_local_control)])
@given(data=st.data())
def test_the_published_formulas(model, formula, data):
    features = data.draw(st.fixed_dictionaries(dict.fromkeys(model.coefficients, finite)))
    result = apply_model(model, vector(features))
    size = abs(model.intercept) + sum(abs(value) for value in result.contributions.values())
    assert math.isclose(result.score, formula(features), rel_tol=0, abs_tol=1e-12 * size)
    assert math.isclose(
        model.intercept + sum(result.contributions.values()), result.score, rel_tol=0, abs_tol=1e-12 * size
    )
    assert result.distance_to_cutoff == result.score - model.cutoff.value
    above, below = ("responder", "non-responder") if model is RESPONSE else ("high", "low")
    assert model.cutoff.group(result.score) == (above if result.score > model.cutoff.value else below)
    limits = model.published_range or (-math.inf, math.inf)
    assert result.group == (model.cutoff.group(result.score) if limits[0] <= result.score <= limits[1] else None)


def test_published_cutoffs_and_means():
    assert [(m.id, m.cutoff.value) for m in published_models()] == [
        ("gu2021-response", 0.961),
        ("gu2021-local-control-2y", -1.015),
    ]
    assert {(m.set, m.group): (m.mean, m.sd) for m in RESPONSE.group_means} == {
        ("training", "responder"): (1.243, 0.433),
        ("training", "non-responder"): (0.698, 0.433),
        ("validation", "responder"): (1.303, 0.566),
        ("validation", "non-responder"): (0.816, 0.451),
    }
    for model in published_models():
        assert "replication of a published formula, research use only" in model.status


def test_the_cutoffs_probabilities_are_near_the_base_rates():
    assert abs(probability(RESPONSE.cutoff.value) - RESPONSE_RATE) < 0.015
    assert abs(probability(LOCAL_CONTROL.cutoff.value) - CONTROL_RATE) < 0.015


@pytest.mark.parametrize(
    ("orientation", "score", "group"),
    [(">", 1.0, "no"), (">", math.nextafter(1.0, 2), "yes"), ("<", 1.0, "no"), ("<", math.nextafter(1.0, 0), "yes")],
)
def test_a_score_at_the_cutoff_is_not_beyond_it(orientation, score, group):
    assert (
        Cutoff(value=1.0, orientation=orientation, group_when_true="yes", group_when_false="no").group(score) == group
    )


@given(st.floats(-800, 800))
def test_probability(score):
    p = probability(score)
    assert 0 <= p <= 1
    assert math.isclose(p + probability(-score), 1, rel_tol=1e-12)
    if abs(score) < 30:
        assert math.isclose(math.log(p / (1 - p)), score, rel_tol=1e-2, abs_tol=1e-9)


def values(**changed):
    return dict.fromkeys(RESPONSE.coefficients, 1.0) | changed


def test_a_missing_feature_refuses():
    features = values()
    del features["original_firstorder_Kurtosis"]
    with pytest.raises(
        DataRefusedError, match="needs original_firstorder_Kurtosis, which was not extracted"
    ) as refusal:
        apply_model(RESPONSE, vector(features))
    assert refusal.value.code == "missing-feature"


@pytest.mark.parametrize("undefined", [math.nan, math.inf])
def test_an_undefined_feature_refuses(undefined):
    with pytest.raises(
        DataRefusedError, match="original_firstorder_Kurtosis is not defined for this contour"
    ) as refusal:
        apply_model(RESPONSE, vector(values(original_firstorder_Kurtosis=undefined)))
    assert refusal.value.code == "undefined-feature"


def test_a_score_beyond_floats_refuses():
    from dataclasses import replace

    model = replace(RESPONSE, coefficients=MappingProxyType({"original_glcm_Id": 1e300, "original_glcm_Idm": -1e300}))
    with pytest.raises(DataRefusedError, match="is too large to compute with; check the coefficients") as refusal:
        apply_model(model, vector({"original_glcm_Id": 1e300, "original_glcm_Idm": 1e300}))
    assert refusal.value.code == "undefined-score"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (ExtractionSettings(bin_width=10), "bin_width is 10 where the card has 25.0"),
        (
            ExtractionSettings(resampled_spacing_mm=(1, 1, 1)),
            "resampled_spacing_mm is (1, 1, 1) where the card has None",
        ),
        (ExtractionSettings(normalize=True), "normalize is True where the card has False"),
    ],
)
def test_other_settings_refuse_and_are_named(settings, named):
    with pytest.raises(DataRefusedError) as refusal:
        apply_model(RESPONSE, vector(values(), settings))
    assert named in str(refusal.value)
    assert refusal.value.code == "other-settings"


def test_a_setting_that_changes_nothing_does_not_refuse():
    """The interpolator matters only when resampling, and the card does not state it."""
    apply_model(RESPONSE, vector(values(), ExtractionSettings(interpolator="sitkLinear")))
