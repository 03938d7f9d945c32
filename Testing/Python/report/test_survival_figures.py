"""The survival figures: what they say, that it is right, and that nothing breaks them."""

from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.report.figures.curves import kaplan_meier_figure
from RLNResponseLib.report.figures.drawing import drawing_style
from RLNResponseLib.report.figures.survival import CHOSEN_HERE, survival_figures, write_survival_figures
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import follow_up
from RLNResponseLib.survival.results import ScoreColumn
from RLNResponseLib.survival.survival_table import SurvivalTable

NOTICE = "Research use only, not a medical device."


def data(seed=0, rows=60, names=("response",), competing=True, patients=True):
    rng = np.random.default_rng(seed)
    months = np.ceil(rng.exponential(14, rows))
    event = rng.random(rows) < 0.7
    event[0] = True
    x = rng.integers(0, 2, (rows, len(names))).astype(float)
    other = ~event & (rng.random(rows) < 0.5)
    whose = np.arange(rows) // 2
    return SurvivalTable(
        table=None,
        follow_up=follow_up(months, event),
        competing=other if competing else None,
        patients=whose if patients else None,
        names=tuple(names),
        covariates=x,
    )


def score(rows=60, chosen_here=True):
    values = np.random.default_rng(9).normal(-1, 0.6, rows)
    labels = tuple("high" if value > -1.015 else "low" for value in values)
    return ScoreColumn(name="rad-score", values=values, labels=labels, cutoff=-1.015, chosen_here=chosen_here)


def drawn(found):
    with drawing_style():
        return survival_figures(found)


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_every_figure_says_research_use_and_marks_a_cutoff_chosen_here():
    figures = drawn(analyse(data(), score(), seed=1))
    assert set(figures) == {
        "kaplan-meier", "kaplan-meier-1-response", "kaplan-meier-2-rad-score", "cumulative-incidence",
        "cumulative-incidence-1-response", "cumulative-incidence-2-rad-score", "forest",
    }  # fmt: skip
    for name, figure in figures.items():
        assert NOTICE in words(figure)
        assert any(CHOSEN_HERE in line for line in words(figure)) == (name == "kaplan-meier-2-rad-score")
    fixed = drawn(analyse(data(), score(chosen_here=False)))
    assert not any(CHOSEN_HERE in line for figure in fixed.values() for line in words(figure))


def test_the_numbers_at_risk_are_those_of_the_data():
    table = data(competing=False)
    found = analyse(table)
    figure = drawn(found)["kaplan-meier-1-response"]
    axes = figure.axes[0]
    ticks = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
    for value, label in ((0, "0"), (1, "1")):
        months = table.follow_up.months[table.covariates[:, 0] == value]
        wanted = [str(int((months >= tick).sum())) for tick in ticks]
        row = words(figure)
        start = next(place for place, word in enumerate(row) if word == label and row[place + 1] == wanted[0])
        assert row[start + 1 : start + 1 + len(ticks)] == wanted


def test_the_curve_drawn_is_the_curve_computed():
    found = analyse(data())
    line = drawn(found)["kaplan-meier"].axes[0].get_lines()[0]
    np.testing.assert_array_equal(line.get_xdata()[1:], found.curve.months)
    np.testing.assert_array_equal(line.get_ydata()[1:], 100 * found.curve.survival)


def test_the_forest_stays_readable_with_a_hazard_ratio_far_out():
    table = data(names=("a", "b"), competing=False)
    table.covariates[:, 1] *= 1e-6
    figure = drawn(analyse(table))["forest"]
    low, high = figure.axes[0].get_xlim()
    assert 0.005 < low < high < 200
    assert any("e+" in word or "inf" in word for word in words(figure))


def test_text_stays_within_the_page():
    table = data(names=("a column whose name goes on and on " * 3, "<script>alert(1)</script>", "$x^2$", "ردود"))
    with drawing_style():
        for figure in survival_figures(analyse(table, score())).values():
            figure.canvas.draw()  # places the labels
            page = figure.bbox
            labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
            legends = [text for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
            for text in [*figure.texts, *labels, *legends]:
                box = text.get_window_extent()
                assert page.x0 <= box.x0 <= box.x1 <= page.x1
                assert page.y0 <= box.y0 <= box.y1 <= page.y1


def test_files_are_valid_and_the_same_each_time(tmp_path):
    found = analyse(data(competing=False))
    first, second = write_survival_figures(found, tmp_path / "a"), write_survival_figures(found, tmp_path / "b")
    assert len(first) == 9
    for path, again in zip(first, second, strict=True):
        assert path.read_bytes() == again.read_bytes()
        if path.suffix == ".svg":
            tags = {part.tag.split("}")[1] for part in ElementTree.parse(path).iter()}
            assert tags & {"script", "image"} == set()
        elif path.suffix == ".pdf":
            content = path.read_bytes()
            assert content.startswith(b"%PDF-")
            assert b"/Type3" not in content  # letters stay letters
            assert b"/Subtype /Image" not in content
        else:
            assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataRefusedError, match="The folder 'figures' for the figures cannot be made"):
        write_survival_figures(analyse(data()), tmp_path / "file" / "figures")


@settings(max_examples=15)
@example([(34, False, 1), (25, True, 0), (0, True, 3), (0, True, 3)])  # Gray's variance is not finite here
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 3)), min_size=2, max_size=30))
def test_any_curve_can_be_drawn(rows):
    months, event, stage = (np.array(column) for column in zip(*rows, strict=True))
    event[0] = True
    table = SurvivalTable(
        table=None,
        follow_up=follow_up(months.astype(float), event),
        competing=~event,
        patients=None,
        names=(),
        covariates=np.empty((len(rows), 0)),
    )
    labels = tuple("high" if value > 1 else "low" for value in stage)
    column = ScoreColumn(name="stage", values=stage.astype(float), labels=labels, cutoff=1.0)
    try:
        found = analyse(table, column)
    except DataRefusedError:
        found = analyse(table)
    figures = drawn(found)
    assert all(NOTICE in words(figure) for figure in figures.values())
    assert matplotlib.rcParams["font.size"] == matplotlib.rcParamsDefault["font.size"]


def test_what_the_groups_mean_stands_in_every_picture_of_them_and_whom_the_bands_take_for_independent():
    meant = {"high": "longer local control", "low": "shorter local control"}
    figures = drawn(analyse(data(), replace(score(), meanings=meant), seed=1))
    for name in ("kaplan-meier-2-rad-score", "cumulative-incidence-2-rad-score"):
        assert "igh: longer local control; low: shorter local control" in " ".join(words(figures[name]))
    assert "rows as independent" in " ".join(words(figures["kaplan-meier"]))
    assert not any("local control" in line for line in words(figures["cumulative-incidence-1-response"]))


def test_names_stand_in_the_order_of_the_curves_though_the_last_at_risk_of_the_better_group_fails():
    low = kaplan_meier(follow_up(np.arange(1.0, 11.0), np.arange(10) < 8))
    high = kaplan_meier(follow_up(np.array([20.0, 25, 30, 40, 50]), np.array([False, False, True, False, True])))
    assert (high.survival[-1], low.survival[-1] > 0) == (0, True)
    with drawing_style():
        figure = kaplan_meier_figure("", {"high": high, "low": low}, "", test="Log-rank p < 0.001")
        figure.canvas.draw()
        axes = figure.axes[0]
        names = {each.get_text(): each for each in axes.texts}
        assert names["high"].xy[1] > names["low"].xy[1]
        # A line leads to the name of the curve that has ended long before.
        (line,) = [each for each in axes.texts if not each.get_text()]
        assert line.xyann == (10, 100 * low.survival[-1])
        box = names["Log-rank p < 0.001"].get_window_extent()
        for name in (high, low):
            months = np.repeat(np.concatenate([[0], name.months]), 2)[1:]
            percent = np.repeat(100 * np.concatenate([[1], name.survival]), 2)[:-1]
            fine = np.linspace(0, len(months) - 1, 2000)
            corners = np.arange(len(months))
            drawn_at = np.column_stack([np.interp(fine, corners, months), np.interp(fine, corners, percent)])
            assert not any(box.contains(*point) for point in axes.transData.transform(drawn_at))
