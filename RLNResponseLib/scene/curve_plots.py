"""Curves as Slicer plots: a table and a series for each, one chart, shown beside the views."""

from __future__ import annotations

from typing import Any

import slicer

from RLNResponseLib.analysis.plots import Plot, PlotLine
from RLNResponseLib.scene.observers import nodes_of_class
from RLNResponseLib.scene.plot_nodes import add_column, add_plot_node, remove_plot_nodes
from RLNResponseLib.survival.curves import CURVE_COLOURS

# Marks our nodes, so that the next chart takes their place and nobody else's.
ATTRIBUTE = "RLNResponse.Curves"
# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not.
_NAME = "Curves of RLNResponse"
_COLUMNS = ("x", "y")
_STYLES = ("Solid", "Dash", "Dot", "DashDot", "DashDotDot")
_MARKERS = {False: "None", True: "Circle"}
_NOTICE = "research use only"
# At Slicer's own 20 a title is cut off in a quarter of a small window, and the notice with it.
_TITLE_SIZE = 12


def add_chart(scene: Any, plot: Plot) -> Any:
    """A chart of lines, in place of the one made before. It is not saved with a scene: it tells what a study found.

    Parameters
    ----------
    scene
        The MRML scene.
    plot
        What it shows.

    Returns
    -------
    vtkMRMLPlotChartNode
        In the scene, with a table and a series for each line.

    """
    remove_charts(scene)
    chart = add_plot_node(scene, "vtkMRMLPlotChartNode", _NAME, ATTRIBUTE)
    for place, line in enumerate(plot.lines):
        chart.AddAndObservePlotSeriesNodeID(_series(scene, place, line).GetID())
    chart.SetTitle(f"{plot.title} ({_NOTICE})")
    chart.SetTitleFontSize(_TITLE_SIZE)
    chart.SetXAxisTitle(plot.x_title)
    chart.SetYAxisTitle(plot.y_title)
    if plot.y_range is not None:
        chart.SetYAxisRangeAuto(False)
        chart.SetYAxisRange(*plot.y_range)
    chart.SetLegendVisibility(True)
    return chart


def show_chart(scene: Any, chart: Any) -> None:
    """Show a chart in the plot views; a layout without one is changed to its like with one.

    Parameters
    ----------
    scene
        The MRML scene.
    chart
        As `add_chart` makes it.

    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout is not None and not any(view.IsMappedInLayout() for view in nodes_of_class(scene, "vtkMRMLPlotViewNode")):
        with_plot = slicer.modules.plots.logic().GetLayoutWithPlot(layout.GetViewArrangement())
        layout.SetViewArrangement(with_plot)
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    logic.PropagatePlotChartSelection()


def remove_charts(scene: Any) -> None:
    """Take every node that `add_chart` made out of the scene.

    Parameters
    ----------
    scene
        The MRML scene.

    """
    remove_plot_nodes(scene, ATTRIBUTE)


def _series(scene: Any, place: int, line: PlotLine) -> Any:
    table = add_plot_node(scene, "vtkMRMLTableNode", _NAME, ATTRIBUTE)
    table.SetHideFromEditors(True)
    for title, numbers in zip(_COLUMNS, (line.x, line.y), strict=True):
        add_column(table, title, numbers)
    series = add_plot_node(scene, "vtkMRMLPlotSeriesNode", line.name, ATTRIBUTE)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName(_COLUMNS[0])
    series.SetYColumnName(_COLUMNS[1])
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetLineStyle(getattr(slicer.vtkMRMLPlotSeriesNode, f"LineStyle{_STYLES[place % len(_STYLES)]}"))
    series.SetMarkerStyle(getattr(slicer.vtkMRMLPlotSeriesNode, f"MarkerStyle{_MARKERS[line.has_points]}"))
    series.SetLineWidth(2)
    colour = bytes.fromhex(CURVE_COLOURS[place % len(CURVE_COLOURS)].removeprefix("#"))
    series.SetColor(*(part / 255 for part in colour))
    return series
