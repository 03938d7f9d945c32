"""Curves as Slicer plots: a table and a series for each, and one chart."""

from __future__ import annotations

from typing import Any

import slicer

from RLNResponseLib.analysis.plots import Plot, PlotLine
from RLNResponseLib.scene.plot_nodes import add_chart_node, add_column, add_plot_node, remove_plot_nodes
from RLNResponseLib.survival.curves import CURVE_COLOURS

# Marks our nodes, so that the next chart takes their place and nobody else's.
ATTRIBUTE = "RLNResponse.Curves"
# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not.
_NAME = "Curves of RLNResponse"
_COLUMNS = ("x", "y")
_STYLES = ("Solid", "Dash", "Dot", "DashDot", "DashDotDot")
_MARKERS = {False: "None", True: "Circle"}


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
    chart = add_chart_node(scene, _NAME, ATTRIBUTE, plot.title)
    for place, line in enumerate(plot.lines):
        chart.AddAndObservePlotSeriesNodeID(_series(scene, place, line).GetID())
    chart.SetXAxisTitle(plot.x_title)
    chart.SetYAxisTitle(plot.y_title)
    if plot.y_range is not None:
        chart.SetYAxisRangeAuto(False)
        chart.SetYAxisRange(*plot.y_range)
    return chart


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
