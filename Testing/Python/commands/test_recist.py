"""`rlnresponse recist`: the size of one contour, the response of two, and what is refused."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.analysis.size_response import size_response
from RLNResponseLib.cli import main
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes


@pytest.fixture
def files(tmp_path):
    """written(name, radii): a CT and a label map of an ellipse of such radii (voxels of 1 mm) on five slices."""

    def written(name, radii):
        k, j, i = np.ogrid[:20, :60, :60]
        inside = ((i - 30.2) / radii[0]) ** 2 + ((j - 29.7) / radii[1]) ** 2 + 0 * k <= 1
        inside = inside & (k > 5) & (k < 15)
        values = np.where(inside, 80, -90) + np.random.default_rng(1).normal(0, 5, inside.shape).round()
        paths = [tmp_path / f"{name}-{what}.nrrd" for what in ("ct", "mask")]
        for path, array in zip(paths, (values.astype(np.int16), inside.astype(np.uint8)), strict=True):
            sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
        return [str(path) for path in paths]

    return written


def test_one_contour_is_measured(files, capsys):
    assert main(["recist", *files("one", (14, 9)), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["long_axis_mm"] == pytest.approx(28, abs=1)
    assert answer["short_axis_mm"] == pytest.approx(18, abs=1)
    assert "research use only" in answer["notice"].lower()


def test_two_contours_give_a_category_with_its_rule_and_weakness(files, capsys):
    assert main(["recist", *files("before", (14, 10)), "--after", *files("after", (9, 6.5))]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "label 1: PR (short axis -3" in said
    assert "RECIST 1.1 for one lymph node by itself" in said
    assert "near a limit the category says little" in said
    assert "not a medical device" in said


def test_a_segment_of_a_later_contour_that_is_not_given_is_a_wrong_call(files):
    with pytest.raises(SystemExit) as stopped:
        main(["recist", *files("one", (14, 9)), "--after-segment", "LN"])
    assert stopped.value.code == 2


def axes(short_mm):
    return InPlaneAxes(60.0, short_mm, 0)


@pytest.mark.parametrize(
    ("before", "after", "category"),
    [
        # Eisenhauer et al. 2009, 4.3.1: below 10 mm; 30 % less; 20 % and 5 mm more.
        (20.0, 9.9, "CR"), (20.0, 10.0, "PR"), (20.0, 14.0, "PR"), (20.0, 14.1, "SD"), (20.0, 24.9, "SD"),
        (20.0, 25.0, "PD"), (40.0, 46.0, "SD"), (40.0, 48.0, "PD"), (15.0, 9.0, "CR"), (12.0, 9.0, "CR"),
        (12.0, 18.0, None), (9.0, 20.0, None),
    ],
)  # fmt: skip
def test_the_categories_are_those_of_recist(before, after, category):
    response = size_response(axes(before), axes(after))
    assert response.category == category
    assert bool(response.reason) is (category is None)


@given(before=st.floats(15, 80), after=st.floats(10, 80), scale=st.floats(1.0, 1.5))
def test_a_longer_short_axis_is_never_a_better_response(before, after, scale):
    order = ["CR", "PR", "SD", "PD"]
    one, longer = (size_response(axes(before), axes(each)).category for each in (after, after * scale))
    assert order.index(one) <= order.index(longer)
