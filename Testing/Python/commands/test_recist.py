"""`rlnresponse recist`: the size of one contour, the response of two, and what is refused."""

import json
import re

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.analysis.patient_size_response import patient_size_response
from RLNResponseLib.analysis.size_response import category_of_lengths, size_response
from RLNResponseLib.cli import main
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes
from RLNResponseLib.report.text.size import patient_size_response_sentences, size_response_sentences


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


@pytest.mark.parametrize(
    ("before", "after", "target", "non_target", "category"),
    [
        # Eisenhauer et al. 2009: two targets of an organ, sums (4.3.1), tables 1 and 2 (4.5).
        ({"A": 20, "B": 16}, {"A": 9, "B": 9.9}, "CR", None, "CR"),
        ({"A": 20, "B": 16, "C": 12}, {"A": 9, "B": 9, "C": 10}, "CR", "non-CR/non-PD", "PR"),
        ({"A": 20, "B": 16, "C": 12}, {"A": 9, "B": None, "C": 9}, "CR", "CR", "CR"),
        # One that is normal beside one that is not: 9 + 16.2 of 36 is 30 % less.
        ({"A": 20, "B": 16}, {"A": 9, "B": 16.2}, "PR", None, "PR"),
        ({"A": 20, "B": 16}, {"A": 9, "B": 16.3}, "SD", None, "SD"),
        # 20 % and 5 mm: 43.2 of 36; of 30, 35.9 is 19.7 %.
        ({"A": 20, "B": 16}, {"A": 27, "B": 16.2}, "PD", None, "PD"),
        ({"A": 15, "B": 15}, {"A": 20.9, "B": 15}, "SD", None, "SD"),
        # The third of 15 mm and more is no target, however it grows; a reader says whether it progressed (4.3.4), and
        # nothing is said against it before. 12 to 16.9 mm is less than 5 mm, 30 to 35 mm less than 20 %.
        ({"A": 20, "B": 16, "C": 15}, {"A": 20, "B": 16, "C": 30}, "SD", None, None),
        ({"A": 30, "B": 20, "C": 16}, {"A": 20, "B": 15, "C": 60}, "PR", None, None),
        ({"C": 12}, {"C": 40}, None, None, None),
        ({"C": 12}, {"C": 17}, None, None, None),
        ({"C": 12}, {"C": 16.9}, None, "non-CR/non-PD", "non-CR/non-PD"),
        ({"A": 40, "B": 40, "C": 30}, {"A": 40, "B": 40, "C": 35}, "SD", "non-CR/non-PD", "SD"),
        # What is progression without it stays so.
        ({"A": 20, "C": 12}, {"A": 30, "C": 40}, "PD", None, "PD"),
        ({"C": 12}, {"C": 40, "N": 11}, None, None, "PD"),
        ({"A": 12, "B": 8}, {"A": 9, "B": 8}, None, "CR", "CR"),
        ({"A": 12}, {"A": 13}, None, "non-CR/non-PD", "non-CR/non-PD"),
        ({"A": 20}, {"A": 9, "N": 11}, "CR", None, "PD"),
        ({"A": 20}, {"A": 9, "N": 8}, "CR", None, "CR"),
        ({"A": 20, "B": 9}, {"A": 12, "B": 10}, "PR", None, None),
        ({"A": 20, "B": 16}, {"A": 9}, None, None, None),
        ({"A": 20, "C": 12}, {"A": 9}, "CR", None, "PR"),
        ({"A": 9}, {"A": 9}, None, None, None),
    ],
)
def test_a_patients_lymph_nodes_are_added_up_as_recist_does(before, after, target, non_target, category):
    found = patient_size_response(
        {name: axes(float(mm)) for name, mm in before.items()},
        {name: None if mm is None else axes(float(mm)) for name, mm in after.items()},
    )
    assert (found.target, found.non_target, found.category) == (target, non_target, category)
    assert found.category or found.reason
    words = " ".join(each.text for each in patient_size_response_sentences("P1", found))
    assert f"P1: {category or 'no category'}" in words
    assert "Whether lymph nodes that are no targets have progressed is for a reader to say" in words


@given(first=st.floats(15, 80), second=st.floats(15, 80), later=st.tuples(st.floats(10, 80), st.floats(10, 80)))
def test_one_lymph_node_is_its_own_patient_and_two_are_judged_by_their_sum(first, second, later):
    alone = patient_size_response({"A": axes(first)}, {"A": axes(later[0])})
    assert alone.category == size_response(axes(first), axes(later[0])).category
    both = patient_size_response({"A": axes(first), "B": axes(second)}, {"A": axes(later[0]), "B": axes(later[1])})
    judged = [size_response(axes(one), axes(two)).category for one, two in ((first, later[0]), (second, later[1]))]
    if judged in (["PR", "PR"], ["PD", "PD"]):
        assert both.category == judged[0]


def test_every_segment_of_two_files_is_a_lymph_node_of_one_patient(files, tmp_path, capsys):
    ct, one = files("before", (14, 10))
    mask = sitk.GetArrayFromImage(sitk.ReadImage(one))
    other, later = mask.copy(), files("after", (9, 5.5))
    other[:, :23, :] = np.where(mask[:, :23, :] > 0, 2, 0)
    sitk.WriteImage(sitk.GetImageFromArray(other), str(tmp_path / "two.nrrd"))
    call = ["recist", ct, str(tmp_path / "two.nrrd"), "--after", *later, "--patient"]
    assert main(call) == 1
    assert "The later file has no segment label 2; contour it there under the same name" in capsys.readouterr().err
    assert main([*call, "--vanished", "label 2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [each["lymph_node"] for each in answer["lymph_nodes"]] == ["label 1", "label 2"]
    assert answer["target"] == answer["category"] == "PR"
    assert main([*call, "--vanished", "label 3"]) == 1
    assert "cannot have vanished: it is not on the first CT" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["recist", ct, one, "--patient"])


def test_a_reader_is_asked_by_name_what_no_contour_tells():
    found = patient_size_response(
        {"A": axes(30.0), "B": axes(9.0), "C": axes(12.0)}, {"A": axes(20.0), "B": axes(10.5), "C": axes(40.0)}
    )
    assert found.reason == (
        "B was normal by size and is not any more; a reader decides whether it is new; a reader must judge whether the "
        "growth of C (12.0 to 40.0 mm), no target, is unequivocal progression"
    )
    words = " ".join(each.text for each in patient_size_response_sentences("P1", found))
    assert "targets PR, other lymph nodes for a reader to judge" in words
    assert "non-CR/non-PD" not in words


def category_of_figures(words, what):
    first, later = map(float, re.search(what, words).groups())
    return category_of_lengths(first, later, all_normal=later < 10)


@given(first=st.floats(15, 80), grown=st.floats(-1e-4, 1e-4) | st.floats(-0.06, 0.06), limit=st.sampled_from([5, 0.2]))
def test_printed_lengths_have_the_category_that_is_printed_beside_them(first, grown, limit):
    """Near both limits of progression: 20.0 to 25.0 mm is PD, and no SD is printed so."""
    before, after = {"A": axes(first)}, {"A": axes(first + (limit if limit == 5 else limit * first) + grown)}
    patient = patient_size_response(before, after)
    words = " ".join(each.text for each in patient_size_response_sentences("P1", patient))
    for what in (r"sum of short axes ([0-9.]+) to ([0-9.]+) mm", r"target, short axis ([0-9.]+) mm to ([0-9.]+) mm"):
        assert category_of_figures(words, what) == patient.category
    one = size_response(before["A"], after["A"])
    words = " ".join(each.text for each in size_response_sentences("LN", one))
    assert category_of_figures(words, r"before: short axis ([0-9.]+) .*after: short axis ([0-9.]+) ") == one.category


@given(st.floats(9, 16), st.floats(5, 40))
def test_no_figure_contradicts_its_sentence(first, later):
    response = size_response(axes(first), axes(later))
    words = " ".join(each.text for each in size_response_sentences("LN", response))
    for shown in re.findall(r"short axis of ([0-9.]+) mm is below 15 mm", words):
        assert 10 <= float(shown) < 15
    change = float(re.search(r"\(short axis ([-+0-9.]+) %\)", words).group(1))
    assert (change <= -30, change >= 20) == (round(response.change, 8) <= -0.3, round(response.change, 8) >= 0.2)
    assert (float(re.search(r"before: short axis ([0-9.]+)", words).group(1)) < 15) == (round(first, 9) < 15)


@given(before=st.floats(15, 80), after=st.floats(10, 80), scale=st.floats(1.0, 1.5))
def test_a_longer_short_axis_is_never_a_better_response(before, after, scale):
    order = ["CR", "PR", "SD", "PD"]
    one, longer = (size_response(axes(before), axes(each)).category for each in (after, after * scale))
    assert order.index(one) <= order.index(longer)
