"""A plot of ours in Slicer's plot views: its legend beside the points, and the views left as they were."""

import numpy as np
import pytest


@pytest.fixture
def layout(host):
    """Slicer's layout node with all of Slicer's layouts, four views shown."""
    logic = host.slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(host.scene)
    node = host.scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    node.SetViewArrangement(node.SlicerLayoutFourUpView)
    yield node
    logic.SetMRMLScene(None)


def plot(title="ROC: Rad-score", points=2):
    from RLNResponseLib.analysis.plots import Plot, PlotLine

    line = PlotLine(name="AUC 0.857", x=np.linspace(0, 1, points), y=np.linspace(0, 1, points), has_points=True)
    return Plot(title=title, x_title="1 − specificity", y_title="sensitivity", lines=(line,))


def legend(host):
    return host.slicer.app.layoutManager().plotWidget(0).plotView().chart().GetLegend()


def test_the_views_are_as_they_were_once_the_plot_is_gone(host, layout):
    from RLNResponseLib.scene.curve_plots import add_chart, remove_charts

    panel = host.open_module()
    for number in range(2):
        panel._plots.show(add_chart(host.scene, plot(f"plot {number}")))
        host.process()
        assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpPlotView, "another plot in its place"
        assert not legend(host).GetInline()
    remove_charts(host.scene)
    host.process()
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    assert legend(host).GetInline()


def test_a_layout_that_the_user_chose_meanwhile_stays(host, layout):
    from RLNResponseLib.scene.curve_plots import add_chart, remove_charts

    panel = host.open_module()
    panel._plots.show(add_chart(host.scene, plot()))
    layout.SetViewArrangement(layout.SlicerLayoutOneUpRedSliceView)
    remove_charts(host.scene)
    host.process()
    assert layout.GetViewArrangement() == layout.SlicerLayoutOneUpRedSliceView


@pytest.mark.parametrize("end", ["quit", "close_scene", "deleted by hand"])
def test_however_the_plot_goes_the_layout_comes_back(host, layout, end):
    from RLNResponseLib.scene.curve_plots import add_chart

    panel = host.open_module()
    chart = add_chart(host.scene, plot())
    panel._plots.show(chart)
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpPlotView
    if end == "deleted by hand":
        host.delete(chart)
    else:
        getattr(host, end)()
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    if end != "quit":
        assert legend(host).GetInline()


@pytest.mark.parametrize("size", [(330, 260), (600, 420)])
def test_a_legend_names_each_thing_once_and_covers_no_point(host, layout, size):
    from host.objects import unwrap
    from host.plot_view import draw_chart
    from RLNResponseLib.analysis.disagreement import Disagreement, ReadingPair, difference_limits
    from RLNResponseLib.scene.score_plot import add_difference_plot, add_score_plot, remove_score_plot

    pair = ReadingPair(first=("A", 1), second=("B", 1))
    rng = np.random.default_rng(2)
    rows = []
    for number, (first, change) in enumerate(zip(rng.normal(1, 0.5, 20), rng.normal(0, 0.2, 20), strict=True)):
        scores = (float(first), float(first + change))
        groups = tuple("responder" if score > 0.961 else "non-responder" for score in scores)
        rows.append(
            Disagreement(
                lymph_node=f"LN{number}", patient="P1", pair=pair, model="gu2021-response", scores=scores,
                groups=groups, difference=change, overlap=None,
            )
        )  # fmt: skip
    panel = host.open_module()
    chart = unwrap(host.slicer.app.layoutManager().plotWidget(0).plotView()).chart()
    limits = difference_limits(rows)
    for add, given, lines in (
        (add_score_plot, 0.961, ["no difference", "cutoff"]),
        (add_difference_plot, limits, ["no difference", "bias", "95% limits"]),
    ):
        made = add(host.scene, "Rad-score", rows, given)
        covering = draw_chart(chart, made, size)
        panel._plots.show(made)
        drawn = draw_chart(chart, made, size)
        assert drawn.legend == ["same group", "another group", *lines]
        assert drawn.legend_left >= drawn.plot_right
        assert drawn.plot_right > size[0] / 2, "room is left for the points"
        # Slicer's own place is over the points.
        assert covering.legend_left < covering.plot_right
        remove_score_plot(host.scene)
        host.process()
