"""The engine where pyradiomics is not installed: values that compiled pyradiomics gave, kept in
reference_values.json."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.witness import is_equal
from RLNResponseLib.imaging.records import Contour, CTImage

KEPT = json.loads((Path(__file__).parent / "reference_values.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", KEPT["cases"])
def test_all_features_of_kept_images(name):
    case = KEPT["cases"][name]
    image = sitk.GetImageFromArray(np.array(case["hu"]))
    image.SetSpacing(case["spacing_mm"])
    ours = extract_features(
        CTImage(image=image), Contour.from_full_grid(np.array(case["mask"], dtype=np.uint8), name)
    ).values
    theirs = {feature: math.nan if value is None else value for feature, value in case["features"].items()}
    assert tuple(ours) == FEATURES
    assert {f: (ours[f], theirs[f]) for f in FEATURES if not is_equal(ours[f], theirs[f])} == {}
