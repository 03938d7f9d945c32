"""Extraction settings: from JSON and back, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.settings import IMAGE_TYPES, ExtractionSettings, differing
from RLNResponseLib.features.witness import pyradiomics_settings

positive = st.floats(min_value=1e-3, max_value=1e4)
length = st.floats(min_value=0.1, max_value=100)
settings = st.builds(
    ExtractionSettings,
    bin_width=positive,
    bin_count=st.none() | st.integers(2, 512),
    resampled_spacing_mm=st.none() | st.tuples(length, length, st.just(0.0) | length),
    image_types=st.lists(st.sampled_from([t for t in IMAGE_TYPES if t != "LoG"]), min_size=1, unique=True).map(tuple),
    normalize=st.booleans(),
    remove_outliers=st.none() | positive,
    resegment_range=st.none() | st.tuples(st.floats(-1e3, 0), st.floats(1, 1e3)),
    distances=st.lists(st.integers(1, 5), min_size=1).map(tuple),
)


@given(settings)
def test_mapping_and_back(chosen):
    import json

    read = ExtractionSettings.from_mapping(json.loads(json.dumps(chosen.as_mapping())))
    assert read == chosen
    assert read.digest() == chosen.digest()
    assert differing(read, chosen) == ()


@given(settings, settings)
def test_digest_tells_settings_apart(one, other):
    assert (one.digest() == other.digest()) == (one == other)


def test_defaults_are_pyradiomics():
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    theirs = RadiomicsFeatureExtractor()
    ours, image_types = pyradiomics_settings(ExtractionSettings())
    assert image_types == theirs.enabledImagetypes
    # binWidth and resegmentMode are defaults inside pyradiomics' image operations (25, "absolute").
    assert {name: ours[name] for name in ours if name in theirs.settings and name != "additionalInfo"} == {
        name: theirs.settings[name] for name in ours if name in theirs.settings and name != "additionalInfo"
    }
    assert (ours["binWidth"], ours["resegmentMode"], ours["resegmentRange"]) == (25, "absolute", None)


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"binwidth": 25}, "name 'binwidth', which is not one of them"),
        ({"bin_width": "25 HU"}, "'bin_width' is '25 HU'; it must be of type float"),
        ({"bin_width": True}, "'bin_width' is True; it must be of type float"),
        ({"bin_width": 0}, "'bin_width' is 0.0; it must be a number of HU from 0.001"),
        ({"bin_width": float("nan")}, "'bin_width' is nan"),
        ({"bin_count": 2.5}, "'bin_count' is 2.5; it must be of type int"),
        ({"bin_count": 1}, "'bin_count' is 1; it must be from 2 to 10000"),
        ({"resampled_spacing_mm": 1}, "'resampled_spacing_mm' is 1; it must be a list"),
        ({"resampled_spacing_mm": [1, 1]}, "must be three lengths from 0.1 to 100 mm"),
        ({"resampled_spacing_mm": [1, 1, -1]}, "must be three lengths from 0.1 to 100 mm"),
        ({"image_types": ["Fourier"]}, "must be a list out of Original"),
        ({"image_types": []}, "must be a list out of Original"),
        (
            {"image_types": ["LoG"]},
            "'log_sigma_mm' is (); it must be at most 50 lengths from 0.05 to 100 mm, with image type LoG",
        ),
        ({"interpolator": "cubic"}, "must be one of sitkNearestNeighbor"),
        ({"resegment_range": []}, "one or two numbers"),
        ({"resegment_mode": "percent"}, "must be one of absolute"),
        ({"distances": [0]}, "whole numbers of voxels from 1"),
        ({"normalize": 1}, "'normalize' is 1; it must be of type bool"),
    ],
)
def test_refusals(mapping, sentence):
    with pytest.raises(DataRefusedError) as refusal:
        ExtractionSettings.from_mapping(mapping)
    assert sentence in str(refusal.value)
    assert refusal.value.code == "bad-settings"


@pytest.mark.parametrize(
    "settings",
    [
        {"bin_width": 1e-300},
        {"bin_width": 1e300},
        {"bin_width": 10**400},
        {"bin_count": 10**9},
        {"resampled_spacing_mm": [0.001, 0.001, 0.001]},
        {"resampled_spacing_mm": [1e300, 1, 1]},
        {"image_types": ["LoG"], "log_sigma_mm": [1e-9]},
        {"image_types": ["LoG"], "log_sigma_mm": [1.0] * 1000},
        {"normalize_scale": 1e-300},
        {"remove_outliers": float("inf")},
        {"resegment_range": [float("nan"), 1]},
        {"distances": [1000]},
    ],
)
def test_settings_that_no_extraction_would_survive_are_refused(settings):
    with pytest.raises(DataRefusedError, match="it must be") as refused:
        ExtractionSettings.from_mapping(settings)
    assert refused.value.code == "bad-settings"
