"""Sixty of the 2,000 random contours that `make random-contours` compares with plain pyradiomics."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "random_contours" / "compare.py"


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("random_contours", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["random_contours"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    yield module
    del sys.modules["random_contours"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning:radiomics", "ignore::RuntimeWarning:numpy")
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_ten_contours(script, first):
    said = {seed: script.compare(script.make_case(seed)) for seed in range(first, first + 10)}
    assert {seed: words for seed, words in said.items() if words not in ("same", "refused by both")} == {}


def test_some_are_compared_and_some_refused(script):
    """The comparison is not empty, and a single voxel is among what both refuse."""
    assert script.compare(script.make_case(0)) == "same"
    assert script.SHAPES[5] == "voxel"
    assert script.compare(script.make_case(5)) == "refused by both"


def test_a_difference_would_be_seen(script, monkeypatch):
    case = script.make_case(0)
    theirs = script.plain(case)
    changed = {**theirs, "original_glcm_Id": theirs["original_glcm_Id"] * (1 + 2e-12)}
    monkeypatch.setattr(script, "ours", lambda _: changed)
    assert script.compare(case).startswith("original_glcm_Id ")
