"""Figures that a journal takes: letters, widths, what overlaps, what leaves the frame, what grey print and the
colour-blind see."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.modelling.fitting.probabilities import without_unusable_curve
from RLNResponseLib.modelling.validation.validation import decision_curve
from RLNResponseLib.report.figures.agreement import feature_agreement_figure
from RLNResponseLib.report.figures.curves import incidence_figure, kaplan_meier_figure
from RLNResponseLib.report.figures.drawing import drawing_style, text_width, whole_lines
from RLNResponseLib.report.figures.embedding import svg_without_notice
from RLNResponseLib.report.figures.forest import forest_figure
from RLNResponseLib.report.figures.models import performance_figure, score_distribution_figure
from RLNResponseLib.report.figures.study import study_figures, write_study_figures
from RLNResponseLib.report.figures.style import (
    DASHES,
    DOUBLE,
    GROUPS,
    INK,
    LEFT_OF_CUTOFF,
    QUIET,
    RIGHT_OF_CUTOFF,
    SINGLE,
    TEXT_SIZE,
)
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import follow_up

# Machado, Oliveira and Fernandes 2009 (doi 10.1109/TVCG.2009.113), deuteranopia, severity 1.0, on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour):
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in TO_XYZ @ np.clip(rgb, 0, 1) / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast_with_white(colour):
    return 1.05 / (float(TO_XYZ[1] @ linear(colour)) + 0.05)


def texts(figure):
    """What is drawn: matplotlib keeps the labels of ticks outside an axis, and draws none of them."""
    unseen = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            unseen |= {
                label
                for tick in axis.get_major_ticks()
                if not low <= tick.get_loc() <= high
                for label in (tick.label1, tick.label2)
            }
    return [
        text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible() and text not in unseen
    ]


@pytest.fixture(scope="module")
def analysis(small_cohort):
    return analyse_study(Study.open(small_cohort.folder), resamples=20)


@pytest.fixture(scope="module")
def figures(analysis):
    return study_figures(analysis)


def test_no_letter_is_smaller_than_8_points_at_printed_width_and_no_figure_wider_than_a_page(figures):
    assert TEXT_SIZE >= 8
    for name, figure in figures.items():
        assert figure.figure.get_figwidth() in (SINGLE, DOUBLE), name
        assert figure.figure.get_figheight() <= 234 / 25.4, name
        assert min(text.get_fontsize() for text in texts(figure.figure)) >= 8, name


def test_no_text_leaves_its_figure_and_no_name_or_title_is_cut(figures):
    with drawing_style():
        for name, figure in figures.items():
            figure.figure.canvas.draw()
            page = figure.figure.bbox
            for text in texts(figure.figure):
                box = text.get_window_extent()
                assert page.x0 <= box.x0 <= box.x1 <= page.x1, (name, text.get_text())
                assert page.y0 <= box.y0 <= box.y1 <= page.y1, (name, text.get_text())
                assert "…" not in text.get_text(), name
                assert "_" not in text.get_text().replace(small_names(figure), ""), (name, text.get_text())


def small_names(figure):
    """A model's title may hold what a person typed."""
    return figure.title


def test_texts_beside_the_plots_do_not_lie_on_each_other(figures):
    """Those that are placed on the page by inches: names of rows, numbers at risk, figures of a forest, notes."""
    with drawing_style():
        for name, figure in figures.items():
            figure.figure.canvas.draw()
            boxes = [(text.get_text(), text.get_window_extent()) for text in figure.figure.texts]
            for (one, first), (two, second) in itertools.combinations(boxes, 2):
                across = min(first.x1, second.x1) - max(first.x0, second.x0)
                along = min(first.y1, second.y1) - max(first.y0, second.y0)
                # Boxes of neighbouring lines share the room below the letters.
                assert across < 1 or along < 0.35 * min(first.height, second.height), (name, one, two)


def test_the_svg_holds_no_raster_and_the_pdf_no_letters_as_pictures(figures, tmp_path):
    some = {name: figures[name] for name in list(figures)[:3]}
    written = write_study_figures(some, tmp_path)
    assert {path.name for path in written} == {
        f"{name}{suffix}" for name in some for suffix in (".svg", ".pdf", ".png")
    }
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".svg":
            assert b"<image" not in content
            assert b"Research use only" in content
        elif path.suffix == ".pdf":
            assert b"/Subtype /Image" not in content
            assert b"/Type3" not in content
        else:
            width = int.from_bytes(content[16:20], "big")
            assert width in (round(SINGLE * 300), round(DOUBLE * 300), int(SINGLE * 300), int(DOUBLE * 300))


def test_a_page_that_says_itself_what_it_is_for_gets_the_figure_without_the_notice(figures):
    figure = figures["agreement"].figure
    height = figure.get_figheight() * 72
    shown = svg_without_notice(figure)
    box = [float(value) for value in shown.split(b'viewBox="')[1].split(b'"')[0].split()]
    assert box[3] == pytest.approx(height - 0.2 * 72, abs=0.1)
    assert b"<image" not in shown


def test_figures_leave_nothing_open(figures):
    import matplotlib.pyplot as plt

    assert figures
    assert plt.get_fignums() == []
    assert matplotlib.rcParams["font.size"] == matplotlib.rcParamsDefault["font.size"]


def test_lines_stand_out_from_paper_and_groups_from_each_other_for_the_colour_blind():
    for colour in (*GROUPS, RIGHT_OF_CUTOFF, LEFT_OF_CUTOFF, INK, QUIET):
        assert contrast_with_white(colour) >= 3, colour  # WCAG 1.4.11, graphics
    assert contrast_with_white(QUIET) >= 4.5  # 1.4.3, text
    pairs = [*itertools.combinations(GROUPS, 2), (RIGHT_OF_CUTOFF, LEFT_OF_CUTOFF)]
    for one, two in pairs:
        # A difference of 2.3 is just noticeable (Mahy 1994); ten times it is another colour.
        assert np.linalg.norm(lab(linear(one)) - lab(linear(two))) > 23
        assert np.linalg.norm(lab(DEUTERANOPIA @ linear(one)) - lab(DEUTERANOPIA @ linear(two))) > 15, (one, two)


def test_grey_print_keeps_the_groups_of_a_figure_apart_by_dashes():
    """Blue and orange are much the same grey: what grey print shows is the line style."""
    curve = kaplan_meier(follow_up(np.array([3.0, 5, 8, 13]), np.array([True, True, False, True])))
    with drawing_style():
        figure = kaplan_meier_figure("", {f"group {n}": curve for n in range(len(GROUPS))}, "")
    lines = [line for line in figure.axes[0].get_lines() if line.get_linestyle() != "None"]
    looks = {(line._unscaled_dash_pattern[0], str(line._unscaled_dash_pattern[1])) for line in lines}
    assert len(looks) == len(GROUPS) == len(DASHES)


def test_limits_that_leave_the_frame_end_in_an_arrow(analysis):
    fit = next(each.analysis.cox for each in analysis.survival.analyses if each.analysis and each.analysis.cox)
    name, term = next(iter(fit.terms.items()))
    wide = Estimate(value=2.0, lower=0.001, upper=5000.0, interval="Wald")
    inside = Estimate(value=2.0, lower=1.5, upper=2.5, interval="Wald")
    for ratio, arrows in ((wide, {"<", ">"}), (inside, set())):
        changed = replace(term, hazard_ratio=ratio, difference=1.0, robust=None, small_sample=None)
        with drawing_style():
            figure = forest_figure(replace(fit, terms={name: changed}))
        axes = figure.axes[0]
        low, high = axes.get_xlim()
        markers = [line for line in axes.get_lines() if line.get_marker() in ("<", ">")]
        assert {line.get_marker() for line in markers} == arrows
        assert all(low <= line.get_xdata()[0] <= high for line in markers)
        assert 1 / 12 < low < 1 < high < 12


def test_every_interval_of_the_forest_is_drawn_and_written_with_its_own_number(analysis):
    fit = next(each.analysis.cox for each in analysis.survival.analyses if each.analysis and each.analysis.cox)
    with drawing_style():
        figure = forest_figure(fit)
    centres = [line.get_xdata()[0] for line in figure.axes[0].get_lines() if line.get_marker() in ("s", "o")]
    wanted = [term.per(error).value for term in fit.terms.values() for error in (term, term.by_patient) if error]
    low, high = figure.axes[0].get_xlim()
    assert sorted(centres) == pytest.approx(sorted(value for value in wanted if low <= value <= high))


def test_the_features_are_all_named_or_counted(analysis):
    features = analysis.agreement.features
    figure = feature_agreement_figure(features)
    words = [text.get_text() for text in figure.texts]
    heads = [word for word in words if word.endswith(" pass") and ": " in word]
    passing, of = (sum(int(head.split(": ")[1].split()[place]) for head in heads) for place in (0, 2))
    assert (passing, of) == (len(features.passed), len(features.names))
    others = sum(
        int(word.split()[0])
        for word in words
        if word.split()[1:2] in (["other"], ["others"]) or " other," in word or " others," in word
    )
    drawn = [line for axes in figure.axes for line in axes.get_lines() if line.get_marker() == "o"]
    assert len(drawn) + others == len(features.names)
    for name in features.passed:
        assert any(word == name.split("_", 2)[2] for word in words), name


def test_bands_of_the_cumulative_incidence_are_those_of_lifelines():
    from lifelines import AalenJohansenFitter

    from RLNResponseLib.survival.curves import cumulative_incidence
    from RLNResponseLib.survival.results import Incidence

    rng = np.random.default_rng(3)
    months = np.round(rng.exponential(12, 80), 6)
    kinds = rng.integers(0, 3, 80)
    event = cumulative_incidence(follow_up(months, kinds == 1), kinds == 2)
    competing = cumulative_incidence(follow_up(months, kinds == 2), kinds == 1)
    curve = kaplan_meier(follow_up(months, kinds == 1))
    with drawing_style():
        figure = incidence_figure("", {"all": (Incidence(event=event, competing=competing), curve)}, "")
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    theirs = AalenJohansenFitter(calculate_variance=True).fit(months, kinds, event_of_interest=1)
    limits = theirs.confidence_interval_
    for month in (5.0, 10.0, 20.0):
        low, high = limits.loc[:month].iloc[-1]
        at = event.months[event.months <= month][-1]
        drawn = band[np.isclose(band[:, 0], at)][:, 1] / 100
        # lifelines takes Aalen's variance, we Gray's, which R's cuminc prints.
        assert min(abs(drawn - low)) < 0.01
        assert min(abs(drawn - high)) < 0.01


def test_nothing_of_a_title_is_left_out_however_long_its_words():
    title = "Recurrence-free " * 10 + "W" * 100
    lines = whole_lines(title, 2.0, 9.0, "bold")
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")
    assert all(text_width(line, 9.0, "bold") <= 2.0 for line in lines)


def test_names_of_groups_are_at_the_ends_of_their_curves_and_apart(figures):
    name = next(name for name in figures if name.endswith("-kaplan-meier"))
    figure = figures[name].figure
    with drawing_style():
        figure.canvas.draw()
    labels = [text for text in figure.axes[0].texts if text.get_text() in ("High score", "Low score")]
    assert len(labels) == 2
    first, second = (label.get_window_extent() for label in labels)
    assert not first.overlaps(second)
    lines = [line for line in figure.axes[0].get_lines() if isinstance(line, Line2D) and line.get_linestyle() != "None"]
    assert {label.get_color() for label in labels} == {line.get_color() for line in lines}


@pytest.mark.parametrize(
    ("outcome", "classes"),
    [
        ("response", ("responding", "not responding")),
        ("two_year_control", ("controlled", "failed")),
        ("mine", ("with the outcome", "without the outcome")),
    ],
)
def test_rows_by_outcome_are_named_after_it_and_not_after_the_groups_of_the_cutoff(analysis, outcome, classes):
    judged = next(each for each in analysis.response.published if each.validation is not None)
    model, has = judged.validation.model, judged.validation.table_outcome == 1
    with drawing_style():
        figure = score_distribution_figure(model, [judged], outcome)
    drawn = " ".join(text.get_text() for text in texts(figure))
    for name, count in zip(classes, (has.sum(), (~has).sum()), strict=True):
        assert f"{name} (n = {count})" in drawn
    assert f"{model.cutoff.group_when_true} (n" not in drawn
    assert f"{model.cutoff.group_when_false} (n" not in drawn


@pytest.mark.parametrize(("scaled_brier", "drawn"), [(-0.02, False), (0.2, True), (float("nan"), False)])
def test_no_decision_curve_is_drawn_of_a_probability_that_is_not_to_be_used(analysis, scaled_brier, drawn):
    judged = next(each for each in analysis.response.published if each.validation is not None)
    curve = decision_curve(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True]))
    curved = replace(judged.validation.validation, decision_curve=curve, decision_curve_reason="")
    shown = without_unusable_curve(SimpleNamespace(scaled_brier=scaled_brier), curved)
    assert (shown.decision_curve is not None) == drawn
    with drawing_style():
        words = " ".join(text.get_text() for text in texts(performance_figure(shown, "", {})))
    assert ("C: not drawn. The score's probability is not to be used." in words) != drawn
