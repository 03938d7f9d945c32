"""The pictures of several centres draw what the table beside them says, and nothing of it is cut."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text

from RLNResponseLib.modelling.fitting.centres import Centres
from RLNResponseLib.modelling.validation.centres import CentreFigures, centre_figures, pool_centres
from RLNResponseLib.report.figures.centres import centres_figure
from RLNResponseLib.report.figures.drawing import drawing_style
from RLNResponseLib.report.figures.harmonisation import combat_figure
from RLNResponseLib.report.text.centres import measure_words

NAMES = ("original_firstorder_Mean", "original_glcm_Contrast")


def centre(seed, name, n=60):
    rng = np.random.default_rng(seed)
    outcome = rng.random(n) < 0.5
    return centre_figures(name, rng.normal(size=n) + outcome, outcome, np.arange(n))


def words_of(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def within_the_page(figure):
    with drawing_style():
        figure.canvas.draw()
        page = figure.bbox
        # Ticks beyond an axis are kept, and not drawn.
        unseen = {
            tick.label1
            for axes in figure.axes
            for tick in axes.xaxis.get_major_ticks()
            if not axes.get_xlim()[0] <= tick.get_loc() <= axes.get_xlim()[1]
        }
        for text in figure.findobj(Text):
            if text.get_text().strip() and text.get_visible() and text not in unseen:
                assert text.get_fontsize() >= 8
                box = text.get_window_extent()
                assert page.x0 <= box.x0 <= box.x1 <= page.x1, text.get_text()


def test_every_centres_figure_stands_beside_its_interval_and_the_mean_below_them():
    found = [centre(seed, f"Centre {seed}") for seed in range(1, 5)]
    pooled = pool_centres(found)
    figure = centres_figure("A score", found, pooled)
    words = words_of(figure)
    for name in ("auc", "slope", "intercept"):
        for each in found:
            assert measure_words(name, each.estimate(name)) in words
        assert measure_words(name, pooled[name].mean) in words
    assert "A new centre" in words
    assert "Research use only, not a medical device." in words
    squares = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert squares == pytest.approx([each.estimate("auc").value for each in found])
    within_the_page(figure)


def test_what_a_centre_cannot_tell_is_said_and_two_centres_are_not_pooled():
    perfect = centre_figures("Perfect", np.arange(20.0), np.arange(20) > 9, np.arange(20))
    assert set(perfect.reasons) == {"auc", "slope"}
    found: list[CentreFigures] = [perfect, centre(2, "A very long name of a centre that does not fit")]
    assert not pool_centres(found)
    figure = centres_figure("", found, {})
    words = words_of(figure)
    assert "not told" in words
    assert "Not pooled: fewer than three centres tell a figure." in words
    assert "A new centre" not in words
    within_the_page(figure)


@pytest.mark.parametrize("count", [3, 15])
def test_combat_draws_each_feature_of_the_formula_at_each_centre_before_and_after(count):
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(count), 25)
    measured, after = rng.normal(size=(2, len(codes), 2))
    fit = SimpleNamespace(
        names=NAMES, coefficients=dict(zip(NAMES, (0.5, -2.0), strict=True)), features=after,
        table=SimpleNamespace(features=measured),
    )  # fmt: skip
    centres = Centres(column="site", names=tuple(f"C{number}" for number in range(count)), codes=codes)
    figure = combat_figure("ComBat", fit, centres)
    shown = min(count, 12)
    # The feature that moves the score most comes first: left as measured, right harmonised.
    medians = [[line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"] for axes in figure.axes]
    expected = [
        [np.median(of[codes == code, at]) for code in range(shown)] for at in (1, 0) for of in (measured, after)
    ]
    for drawn, median in zip(medians, expected, strict=True):
        assert drawn == pytest.approx(median)
    words = words_of(figure)
    assert ("3 more centres are not shown" in words) is (count == 15)
    within_the_page(figure)
    assert combat_figure("", SimpleNamespace(**{**vars(fit), "coefficients": {}}), centres) is None
