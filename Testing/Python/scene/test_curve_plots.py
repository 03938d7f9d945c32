"""Curves as plots in Slicer's own MRML: what the chart holds, where it is shown, what is left behind."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")

CURVES = {
    "high": (np.array([0.0, 6.0, 6.0, 30.0]), np.array([1.0, 1.0, 0.75, 0.75])),
    "low": (np.array([0.0, 4.5, 4.5]), np.array([1.0, 1.0, 0.0])),
}
KINDS = ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode")


@pytest.fixture
def application(monkeypatch):
    """A scene with the logics that Slicer has for plots."""
    from types import SimpleNamespace

    scene = slicer.vtkMRMLScene()
    logic, layout, plots = slicer.vtkMRMLApplicationLogic(), slicer.vtkMRMLLayoutLogic(), slicer.vtkSlicerPlotsLogic()
    for each in (logic, layout, plots):
        each.SetMRMLScene(scene)
    modules = SimpleNamespace(plots=SimpleNamespace(logic=lambda: plots))
    monkeypatch.setattr(slicer, "app", SimpleNamespace(applicationLogic=lambda: logic), raising=False)
    monkeypatch.setattr(slicer, "modules", modules, raising=False)
    layout_node = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    layout_node.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    yield SimpleNamespace(scene=scene, logic=logic, layout=layout_node)
    layout.SetMRMLScene(None)
    scene.Clear(True)


def plot(title):
    from RLNResponseLib.analysis.plots import SHARE, Plot, PlotLine

    lines = tuple(PlotLine(name=name, x=x, y=y) for name, (x, y) in CURVES.items())
    return Plot(title=title, x_title="Months", y_title="Without recurrence", lines=lines, y_range=SHARE)


def test_the_chart_holds_the_curves_as_they_are(application):
    from RLNResponseLib.scene.curve_plots import add_chart

    chart = add_chart(application.scene, plot("Training"))
    assert (chart.GetTitle(), chart.GetXAxisTitle(), chart.GetYAxisTitle()) == (
        "Training\n(research use only)",
        "Months",
        "Without recurrence",
    )
    assert chart.GetNumberOfPlotSeriesNodes() == 2
    styles = set()
    for number, (name, expected) in enumerate(CURVES.items()):
        series = chart.GetNthPlotSeriesNode(number)
        assert series.GetName() == name
        styles.add((series.GetLineStyle(), series.GetColor()))
        table = series.GetTableNode().GetTable()
        for column, values in zip((series.GetXColumnName(), series.GetYColumnName()), expected, strict=True):
            array = table.GetColumnByName(column)
            assert [array.GetValue(row) for row in range(array.GetNumberOfTuples())] == values.tolist()
    assert len({style for style, _ in styles}) == len({colour for _, colour in styles}) == 2


def test_another_chart_takes_the_place_and_nothing_else(application):
    from RLNResponseLib.scene.curve_plots import add_chart, remove_charts

    scene = application.scene
    other = scene.AddNewNodeByClass("vtkMRMLTableNode", "the user's own")
    add_chart(scene, plot("first"))
    add_chart(scene, plot("second"))
    assert [scene.GetNumberOfNodesByClass(kind) for kind in KINDS] == [1, 2, 3]
    remove_charts(scene)
    assert [scene.GetNumberOfNodesByClass(kind) for kind in KINDS] == [0, 0, 1]
    assert scene.IsNodePresent(other)


def test_a_layout_without_plots_is_changed_to_one_with(application):
    from RLNResponseLib.scene.curve_plots import add_chart
    from RLNResponseLib.scene.plot_layout import lay_back_from, lay_out_with_plot, show_chart

    before = application.layout.GetViewArrangement()
    chart = add_chart(application.scene, plot("Training"))
    change = lay_out_with_plot(application.scene)
    show_chart(chart)
    # Slicer's own choice for the four-up layout.
    assert before != application.layout.GetViewArrangement()
    assert application.layout.GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView
    assert application.logic.GetSelectionNode().GetActivePlotChartID() == chart.GetID()
    lay_back_from(application.scene, change)
    assert application.layout.GetViewArrangement() == before


def test_a_plot_view_that_is_there_shows_it_and_the_layout_stays(application):
    from RLNResponseLib.scene.curve_plots import add_chart
    from RLNResponseLib.scene.plot_layout import lay_out_with_plot, show_chart

    view = slicer.vtkMRMLPlotViewNode()
    view.SetLayoutName("PlotView1")
    view = application.scene.AddNode(view)
    view.SetMappedInLayout(1)
    before = application.layout.GetViewArrangement()
    chart = add_chart(application.scene, plot("Training"))
    assert lay_out_with_plot(application.scene) is None
    show_chart(chart)
    assert view.GetPlotChartNodeID() == chart.GetID()
    assert application.layout.GetViewArrangement() == before


def test_a_saved_scene_holds_neither_the_curves_nor_their_names(application, tmp_path):
    from RLNResponseLib.scene.curve_plots import add_chart

    add_chart(application.scene, plot("Training"))
    application.scene.SetURL(str(tmp_path / "scene.mrml"))
    application.scene.Commit()
    saved = (tmp_path / "scene.mrml").read_text()
    assert not any(f'"{word}' in saved for word in ("Training", "Without recurrence", *CURVES))
    assert "PlotSeries" not in saved


def test_every_chart_is_made_in_the_one_place_that_says_research_use_only():
    from pathlib import Path

    from RLNResponseLib.scene import plot_nodes

    library = Path(plot_nodes.__file__).parents[1]
    makers = [
        file.name
        for file in library.rglob("*.py")
        if any(
            "PlotChartNode" in line and ("add_plot_node(" in line or "AddN" in line or "CreateNode" in line)
            for line in file.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert makers == ["plot_nodes.py"]
