"""Curves as Slicer plots: a table and a series for each, one chart, shown beside the views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from RLNResponseLib.common.types import Floats
from RLNResponseLib.scene.observers import nodes_of_class
from RLNResponseLib.survival.curves import CURVE_COLOURS

# Marks our nodes, so that the next chart takes their place and nobody else's.
ATTRIBUTE = "RLNResponse.Curves"
MONTHS, SURVIVAL = "Months", "Survival"
_STYLES = ("Solid", "Dash", "Dot", "DashDot", "DashDotDot")


def add_chart(scene: Any, title: str, y_title: str, curves: Mapping[str, tuple[Floats, Floats]]) -> Any:
    """A chart of curves, in place of the one made before.

    Parameters
    ----------
    scene
        The MRML scene.
    title
        Of the chart.
    y_title
        Of the y axis, which goes from 0 to 1.02; the x axis is in months.
    curves
        By name: months and values of the corners, (N,) each, joined by straight lines.

    Returns
    -------
    vtkMRMLPlotChartNode
        In the scene, with a table and a series for each curve.

    """
    remove_charts(scene)
    chart = _added(scene, "vtkMRMLPlotChartNode", title)
    for place, (name, (months, values)) in enumerate(curves.items()):
        chart.AddAndObservePlotSeriesNodeID(_series(scene, place, name, months, values).GetID())
    chart.SetTitle(title)
    chart.SetXAxisTitle(MONTHS)
    chart.SetYAxisTitle(y_title)
    chart.SetYAxisRangeAuto(False)
    chart.SetYAxisRange(0.0, 1.02)
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
    for kind in ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
        for node in nodes_of_class(scene, kind):
            if node.GetAttribute(ATTRIBUTE):
                scene.RemoveNode(node)


def _series(scene: Any, place: int, name: str, months: Floats, values: Floats) -> Any:
    table = _added(scene, "vtkMRMLTableNode", name)
    for title, numbers in ((MONTHS, months), (SURVIVAL, values)):
        column = numpy_to_vtk(np.ascontiguousarray(numbers, dtype=np.float64), deep=True, array_type=vtk.VTK_DOUBLE)
        column.SetName(title)
        table.AddColumn(column)
    series = _added(scene, "vtkMRMLPlotSeriesNode", name)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName(MONTHS)
    series.SetYColumnName(SURVIVAL)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetLineStyle(getattr(slicer.vtkMRMLPlotSeriesNode, f"LineStyle{_STYLES[place % len(_STYLES)]}"))
    series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
    series.SetLineWidth(2)
    colour = bytes.fromhex(CURVE_COLOURS[place % len(CURVE_COLOURS)].removeprefix("#"))
    series.SetColor(*(part / 255 for part in colour))
    return series


def _added(scene: Any, kind: str, name: str) -> Any:
    node = scene.AddNewNodeByClass(kind, name)
    node.SetAttribute(ATTRIBUTE, "1")
    return node
