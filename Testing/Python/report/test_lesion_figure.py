"""The picture of a scored lesion: what it shows, that it shows it at the right place, and that nothing breaks it."""

import dataclasses
import subprocess
import sys
from itertools import combinations, pairwise
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.axis import Tick
from matplotlib.text import Text

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import Software
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.cutoff import Cutoff, GroupMean
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import WITHHELD, apply_model
from RLNResponseLib.modelling.uncertainty import FeatureMovement, ScoreUncertainty
from RLNResponseLib.report.figures.drawing import drawing_style
from RLNResponseLib.report.figures.lesion import lesion_figure, write_lesion_figure
from RLNResponseLib.report.figures.score import feature_label, score_bars

pytestmark = pytest.mark.long

SOFTWARE = Software(rlnresponse="0", engine="engine 0", simpleitk="0", numpy="0", python="3")
NOTICE = "Replication of a published formula. Research use only, not a medical device."
RESPONSE, LOCAL_CONTROL = published_models()
# What pyradiomics-bhklab 3.1.4 gives for lung1 and lung2, rounded.
FEATURES = {
    "lung1": {
        "original_shape_Sphericity": 0.748,
        "original_glcm_InverseVariance": 0.2787,
        "original_firstorder_InterquartileRange": 198.0,
        "original_firstorder_90Percentile": 71.0,
        "original_firstorder_Kurtosis": 2.696,
        "original_glrlm_ShortRunEmphasis": 0.92,
        "original_glszm_LargeAreaHighGrayLevelEmphasis": 51140.0,
        "original_glrlm_RunPercentage": 0.8689,
    },
    "lung2": {
        "original_shape_Sphericity": 0.672,
        "original_glcm_InverseVariance": 0.351,
        "original_firstorder_InterquartileRange": 30.0,
        "original_firstorder_90Percentile": 60.7,
        "original_firstorder_Kurtosis": 12.9,
        "original_glrlm_ShortRunEmphasis": 0.733,
        "original_glszm_LargeAreaHighGrayLevelEmphasis": 7.03e7,
        "original_glrlm_RunPercentage": 0.588,
    },
}
WARNINGS = tuple(
    Finding(code=f"warning-{n}", severity="warning", message=message)
    for n, message in enumerate(
        ["short", "a rather long sentence about HU " * 12, "W" * 900, "$x_2$ new\nline", *"abcde"]
    )
)


def result_of(features, models=(RESPONSE, LOCAL_CONTROL), segment="LN_c40", findings=()):
    vector = FeatureVector(features, ExtractionSettings(), SOFTWARE)
    scores = tuple(apply_model(model, vector) for model in models)
    return LesionResult(
        segment=segment,
        volume_mm3=1361.4,
        scores=scores,
        features=features,
        findings=tuple(findings),
        software=SOFTWARE,
        settings=vector.settings,
    )


def with_score(result, score, position=0):
    """`result` with another score, as if its intercept were another; whatever it is, it carries its group."""
    old = result.scores[position]
    model = dataclasses.replace(old.model, intercept=old.model.intercept + score - old.score)
    new = dataclasses.replace(old, model=model, score=score, withheld=None)
    return dataclasses.replace(result, scores=(*result.scores[:position], new, *result.scores[position + 1 :]))


def lesion(mask=None, spacing=(0.8, 0.8, 3.0)):
    if mask is None:
        mask = np.zeros((6, 80, 90), dtype=bool)
        mask[2, 30:34, 40:46] = mask[3, 28:38, 40:52] = mask[4, 30:34, 40:46] = True
    image = SimpleITK.GetImageFromArray(np.where(mask, 60, -80).astype(np.int16))
    image.SetSpacing(spacing)
    return CTImage(image=image, name="ct.nrrd"), Contour.from_full_grid(mask, "LN_c40")


def drawn(ct, contour, result):
    with drawing_style():
        figure = lesion_figure(ct, contour, result)
        figure.draw_without_rendering()
    return figure


def words_of(figure):
    """Every text that is seen; matplotlib keeps tick labels beyond the ends of an axis without drawing them."""
    unseen = set()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        for tick in axes.findobj(Tick):
            if not low <= tick.get_loc() <= high:
                unseen |= {id(tick.label1), id(tick.label2)}
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text() and id(text) not in unseen]
    assert found
    return found


def said(figure):
    return "\n".join(text.get_text() for text in words_of(figure))


def assert_legible(figure):
    """No text leaves the page, touches another one, or reaches into a picture that it does not belong to."""
    page = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in words_of(figure)]
    for words, box in boxes:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, words
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, words
    boxes += [("picture", axes.get_window_extent()) for axes in figure.axes if axes.get_images()]
    for (one, box), (other, beside) in combinations(boxes, 2):
        if other == "picture" and beside.x0 <= box.x0 <= box.x1 <= beside.x1 and beside.y0 <= box.y0 <= beside.y1:
            continue  # the picture's own letters
        overlap_x = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        overlap_y = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert overlap_x <= 1 or overlap_y <= 1, (one, other)


def by_gid(figure, gid):
    return list(figure.findobj(lambda artist: artist.get_gid() == gid))


def assert_outlines_enclose(figure, inside, spacing):
    """Exactly the contour's voxel centres lie within the outline (even-odd), and the pixels under them are its
    pixels."""
    outlines = by_gid(figure, "outline")
    assert len(outlines) == 2  # enlarged and whole
    rows, columns = np.indices(inside.shape)
    centres = np.column_stack([(columns.ravel() + 0.5) * spacing[0], (rows.ravel() + 0.5) * spacing[1]])
    for outline in outlines:
        enclosed = np.zeros(len(centres), dtype=bool)
        for path in outline.get_paths():
            for polygon in path.to_polygons():
                enclosed ^= matplotlib.path.Path(polygon).contains_points(centres)
        np.testing.assert_array_equal(enclosed.reshape(inside.shape), inside)
        (image,) = outline.axes.get_images()
        height, width = inside.shape[0] * spacing[1], inside.shape[1] * spacing[0]
        assert image.get_extent() == pytest.approx([0, width, height, 0])
        assert outline.axes.get_aspect() == 1


# What is shown


def test_the_picture_says_what_a_reader_must_know():
    words = said(drawn(*lesion(), result_of(FEATURES["lung2"], findings=WARNINGS[:1])))

    for expected in (
        "LN_c40",
        "volume 1,361 mm³ on ct.nrrd",
        "Axial slice k = 3",
        "largest contour area, 77 mm²",
        "window 350 HU, level 40 HU",
        "▶ responder",
        "◀ low: shorter local control",
        "high: longer local control ▶",
        "P(local control) 0.23 (derived)",
        "P(response) 0.75 (derived)",
        "above the cutoff 0.961",
        "below the cutoff −1.015",
        "training, responder  1.243 ± 0.433",
        "validation, non-responder  0.816 ± 0.451",
        "glszm LargeAreaHighGrayLevelEmphasis",
        "intercept",
        "2.99e−9 × 7.03e7",
        "1 warning",
        "⚠  short",
        NOTICE,
    ):
        assert expected in words, expected


def test_a_card_without_group_means_shows_only_the_cutoff():
    words = said(drawn(*lesion(), result_of(FEATURES["lung2"], [LOCAL_CONTROL])))
    assert "cutoff −1.015" in words
    assert "±" not in words
    assert "training" not in words


def test_infos_are_no_warnings_and_none_is_said():
    words = said(
        drawn(
            *lesion(), result_of(FEATURES["lung2"], findings=[Finding(code="x", severity="info", message="an aside")])
        )
    )
    assert "No warnings" in words
    assert "an aside" not in words


def test_more_warnings_than_fit_are_counted():
    words = said(drawn(*lesion(), result_of(FEATURES["lung2"], findings=WARNINGS)))
    assert "9 warnings" in words
    assert "and 4 more" in words
    assert words.count("⚠") == 5


def test_a_formula_fitted_elsewhere_is_not_called_a_replication():
    own = dataclasses.replace(LOCAL_CONTROL, status="fitted on this study, research use only")
    words = said(drawn(*lesion(), result_of(FEATURES["lung2"], [own])))
    assert "Fitted on this study. Research use only, not a medical device." in words
    assert "Replication" not in words


@pytest.mark.parametrize(
    ("score", "words"),
    [(60.0, "P(response) above 0.99"), (-60.0, "P(response) below 0.01"), (0.0, "P(response) 0.50")],
)
def test_a_probability_is_never_rounded_to_certainty(score, words):
    assert words in said(drawn(*lesion(), with_score(result_of(FEATURES["lung2"]), score)))


def test_the_group_is_shown_by_shape_too():
    figure = drawn(*lesion(), result_of(FEATURES["lung2"]))
    assert [marker.get_marker() for marker in by_gid(figure, "lesion")] == [">", "<"]  # responder, low


def test_where_small_scores_are_the_named_group_the_arrow_still_points_to_its_side():
    below = dataclasses.replace(
        LOCAL_CONTROL,
        cutoff=Cutoff(
            value=-1.015, orientation="<", group_when_true="early recurrence", group_when_false="late recurrence"
        ),
    )
    result = with_score(result_of(FEATURES["lung2"], [below]), -1.5)
    figure = drawn(*lesion(), result)
    assert "−1.500  ◀ early recurrence" in said(figure)
    assert [marker.get_marker() for marker in by_gid(figure, "lesion")] == ["<"]


def test_a_score_at_the_cutoff_says_so():
    result = with_score(result_of(FEATURES["lung2"]), 0.961)
    assert "exactly at the cutoff 0.961" in said(drawn(*lesion(), result))


# The score's scale


@settings(max_examples=12, deadline=None)
@given(st.one_of(st.floats(-30, 30), st.floats(-1e12, 1e12)))
def test_a_score_however_far_out_stays_inside_its_axes(score):
    figure = drawn(*lesion(), with_score(result_of(FEATURES["lung1"], [RESPONSE]), score))
    (marker,) = by_gid(figure, "lesion")
    box = marker.axes.get_window_extent()
    x, y = marker.get_transform().transform(marker.get_xydata()[0])
    assert box.x0 < x < box.x1
    assert box.y0 < y < box.y1
    (cutoff,) = by_gid(figure, "cutoff")
    low, high = marker.axes.get_xlim()
    assert low < cutoff.get_xdata()[0] < high
    is_shown_at_its_value = marker.get_xdata()[0] == pytest.approx(score)
    assert is_shown_at_its_value != ("off this scale" in said(figure))
    assert_legible(figure)


def test_lung1_is_on_the_scale_with_the_published_means_beside_it():
    figure = drawn(*lesion(), result_of(FEATURES["lung1"], [RESPONSE]))
    (marker,) = by_gid(figure, "lesion")
    assert marker.get_xdata()[0] == pytest.approx(6.812, abs=0.01)
    assert "off this scale" not in said(figure)


# What each feature adds


@pytest.mark.parametrize("name", FEATURES)
def test_the_bars_are_ordered_by_size_and_add_up_to_the_score(name):
    result = result_of(FEATURES[name])
    for score in result.scores:
        bars = score_bars(result, score)
        assert len(bars) == len(score.contributions) + 1
        assert sum(bar.value for bar in bars) == pytest.approx(score.score)
        assert all(abs(one.value) >= abs(other.value) for one, other in pairwise(bars))


def test_a_long_formula_shows_its_largest_terms_and_the_sum_of_the_rest():
    names = [f"original_firstorder_{n}Percentile" for n in range(30)]
    long = dataclasses.replace(RESPONSE, coefficients={name: 0.1 * (n + 1) for n, name in enumerate(names)})
    result = result_of(dict.fromkeys(names, 2.0), [long])
    bars = score_bars(result, result.scores[0])
    assert len(bars) == 12
    assert bars[-1].label == "20 smaller terms together"
    assert sum(bar.value for bar in bars) == pytest.approx(result.scores[0].score)
    assert_legible(drawn(*lesion(), result))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("original_glcm_InverseVariance", "glcm InverseVariance"),
        ("original_firstorder_90Percentile", "firstorder 90Percentile"),
        ("wavelet-LLH_glszm_ZoneEntropy", "glszm ZoneEntropy (wavelet-LLH)"),
    ],
)
def test_a_label_keeps_class_name_and_filter(name, label):
    assert feature_label(name) == label


def test_the_longest_name_of_a_filtered_feature_stays_whole_and_in_its_column():
    name = "log-sigma-3-0-mm-3D_glszm_LargeAreaHighGrayLevelEmphasis"
    filtered = dataclasses.replace(RESPONSE, coefficients={name: -1e-8})
    figure = drawn(*lesion(), result_of({name: 1e6}, [filtered]))
    assert "glszm LargeAreaHighGrayLevelEmphasis (log-sigma-3-0-mm-3D)" in said(figure)
    assert_legible(figure)


# The outline


@settings(max_examples=15, deadline=None)
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6)).filter(np.any))
def test_the_outline_encloses_the_contours_voxels_and_no_other(inside):
    ct, contour = lesion(inside[np.newaxis], spacing=(0.7, 0.9, 2.0))
    assert_outlines_enclose(drawn(ct, contour, result_of(FEATURES["lung2"])), inside, (0.7, 0.9))


def test_a_contour_with_a_hole_at_the_images_border_is_closed():
    inside = np.zeros((40, 50), dtype=bool)
    inside[0:9, 0:8] = True
    inside[3:5, 3:5] = False
    ct, contour = lesion(inside[np.newaxis])
    assert_outlines_enclose(drawn(ct, contour, result_of(FEATURES["lung2"])), inside, (0.8, 0.8))


@pytest.mark.parametrize("spacing", [0.3, 0.7, 2.0])
def test_the_scale_bar_is_as_long_as_it_says(spacing):
    figure = drawn(*lesion(spacing=(spacing, spacing, 3.0)), result_of(FEATURES["lung2"]))
    (bar,) = by_gid(figure, "scale bar")
    start, end = bar.axes.transData.inverted().transform(bar.get_transform().transform(bar.get_xydata()))
    assert f"{end[0] - start[0]:.0f} mm" in said(figure)


# Names and bytes


@pytest.mark.parametrize(
    "name",
    [
        "W" * 500,
        r"$\frac{1}{$ 50% #1 _a^b",
        "right\nhilar\r\n\tlymph node\x00",
        "צומת לימפה العقدة",
        "\u202etfel \u2066x",
        "淋巴结 🩻 \U000e0001 \udc80",
        "<b>&amp; --> ]]>",
        "e" + "\u0301" * 400,
        "",
    ],
)
def test_a_hostile_name_breaks_nothing(tmp_path, name):
    ct, contour = lesion()
    ct = dataclasses.replace(ct, name=name)
    result = result_of(FEATURES["lung2"], segment=name, findings=[Finding(code="x", severity="warning", message=name)])
    write_lesion_figure(tmp_path / "lesion.png", ct, contour, result)
    write_lesion_figure(tmp_path / "lesion.svg", ct, contour, result)
    ElementTree.parse(tmp_path / "lesion.svg")
    assert_legible(drawn(ct, contour, result))


def test_a_card_with_long_names_stays_legible_and_its_group_whole():
    group = "long local control of the disease in the irradiated field.."
    card = dataclasses.replace(
        RESPONSE,
        title="A title of one hundred and twenty signs " * 3,
        outcome="an outcome " * 40,
        cutoff=Cutoff(value=0.961, orientation=">", group_when_true=group, group_when_false="short $control$"),
        group_means=(
            # Lung1 is within 4 SD of the first, so that it carries the long group.
            GroupMean(set="a set with a long name " * 5, group=group, mean=1.2, sd=1.5),
            GroupMean(set="s", group="a third group", mean=0.4, sd=0.1),
        ),
    )
    figure = drawn(*lesion(), result_of(FEATURES["lung1"], [card]))
    assert f"▶ {group}" in said(figure)
    assert_legible(figure)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_bytes_are_the_same_each_time_whatever_the_users_matplotlib_is_set_to(tmp_path, suffix):
    arguments = (*lesion(), result_of(FEATURES["lung1"], findings=WARNINGS))
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    write_lesion_figure(first, *arguments)
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": None, "axes.grid": True, "savefig.dpi": 20}):
        write_lesion_figure(second, *arguments)
    assert first.read_bytes() == second.read_bytes()


def test_the_users_matplotlib_is_left_as_it_was(tmp_path):
    before = matplotlib.rcParams.copy()
    write_lesion_figure(tmp_path / "lesion.png", *lesion(), result_of(FEATURES["lung1"]))
    assert matplotlib.rcParams.copy() == before


def test_pyplot_is_not_imported_nor_matplotlib_before_it_is_needed():
    program = (
        "import sys, RLNResponseLib.report.figures.lesion as f; assert 'matplotlib' not in sys.modules\n"
        "from RLNResponseLib.report.figures.drawing import Page, drawing_style\n"
        "with drawing_style(): Page.blank(1, 1).figure.canvas.draw()\nassert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_png_is_150_dots_an_inch(tmp_path):
    write_lesion_figure(tmp_path / "lesion.png", *lesion(), result_of(FEATURES["lung1"]))
    assert SimpleITK.ReadImage(str(tmp_path / "lesion.png")).GetSize()[0] == int(11.69 * 150)


def test_a_failure_while_drawing_leaves_no_file(tmp_path):
    result = result_of(FEATURES["lung1"])
    with pytest.raises(DataRefusedError):
        write_lesion_figure(tmp_path / "lesion.tiff", *lesion(), result)
    assert list(tmp_path.iterdir()) == []


# Real lesions


@pytest.mark.parametrize("name", ["lung1", "lung2"])
def test_lung1_and_lung2_are_drawn_legibly_with_the_outline_on_their_voxels(pyradiomics_data, name):
    image, label = (SimpleITK.ReadImage(str(pyradiomics_data / f"{name}_{kind}.nrrd")) for kind in ("image", "label"))
    assert_real_lesion(image, SimpleITK.GetArrayFromImage(label) == 1, name)


def test_a_readers_contour_of_lidc_is_drawn(shared_data):
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    image, label = (SimpleITK.ReadImage(str(folder / name)) for name in ("crop_image.nrrd", "crop_mask_reader1.nrrd"))
    assert_real_lesion(image, SimpleITK.GetArrayFromImage(label) != 0, "lung1")


@pytest.mark.parametrize("component", [1, 2, 3])
def test_each_lymph_node_of_the_rtstruct_is_drawn(shared_data, component):
    folder = shared_data / "4dlung-ln-rtstruct"
    image, label = (SimpleITK.ReadImage(str(folder / name)) for name in ("crop_image.nrrd", "crop_mask_LN.nrrd"))
    components = SimpleITK.GetArrayFromImage(SimpleITK.ConnectedComponent(label))
    assert_real_lesion(image, components == component, "lung2")


def assert_real_lesion(image, mask, name):
    figure = drawn(
        CTImage(image=image, name=name),
        Contour.from_full_grid(mask, name),
        result_of(FEATURES[name], findings=WARNINGS),
    )
    assert_legible(figure)
    counts = mask.sum(axis=(1, 2))
    assert f"Axial slice k = {int(counts.argmax())}" in said(figure)
    assert_outlines_enclose(figure, mask[counts.argmax()], image.GetSpacing()[:2])


def test_redrawn_contours_and_a_second_reader_stand_on_the_scale():
    ct, contour = lesion()
    plain = result_of(FEATURES["lung2"])
    told = tuple(
        ScoreUncertainty(
            model=score.model.id, lower=score.score - 0.2, upper=score.score + 0.1, level=0.95, n=3, sd_mm=1.0, p_other_group=1 / 3,
            scores=(score.score - 0.2, score.score, score.score + 0.1),
            features=(FeatureMovement("original_glcm_InverseVariance", 0.1, 0.2),),
        )
        for score in plain.scores
    )  # fmt: skip
    others = with_score(with_score(plain, 0.7), -1.0, 1).scores
    result = dataclasses.replace(plain, uncertainty=told, second_reader=others)
    figure = drawn(ct, contour, result)
    for score, uncertainty, other in zip(plain.scores, told, others, strict=True):
        lines = {
            line.get_gid(): line
            for axes in figure.axes
            for line in axes.lines
            if line.get_gid() and _holds(axes, score)
        }
        assert list(lines["interval"].get_xdata()) == [uncertainty.lower, uncertainty.upper]
        assert list(lines["redrawn"].get_xdata()) == list(uncertainty.scores)
        assert list(lines["second-reader"].get_xdata()) == [other.score]
    words = " ".join(text.get_text() for text in words_of(figure))
    assert "33% another group" in words
    assert "second reader" in words
    assert figure.get_figheight() >= drawn(ct, contour, plain).get_figheight()


def _holds(axes, score):
    """Whether these are the axes of this score's scale."""
    return any(line.get_gid() == "lesion" and line.get_xdata()[0] == score.score for line in axes.lines)


def test_a_withheld_group_is_drawn_without_a_side():
    ct, contour = lesion()
    plain = result_of(FEATURES["lung2"])
    scores = tuple(dataclasses.replace(score, withheld="No group is given.") for score in plain.scores)
    words = " ".join(
        text.get_text() for text in words_of(drawn(ct, contour, dataclasses.replace(plain, scores=scores)))
    )
    assert WITHHELD in words
    assert "no probability is derived" in words
    assert "⚠  No group is given." in words
