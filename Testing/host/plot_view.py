"""A chart node drawn by VTK's charts with the properties that qMRMLPlotView gives them, to measure and to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vtk

_LINES = {"None": "NO_PEN", "Solid": "SOLID_LINE", "Dash": "DASH_LINE", "Dot": "DOT_LINE", "DashDot": "DASH_DOT_LINE"}


@dataclass(frozen=True)
class DrawnChart:
    """What stands where in the picture, in pixels from its lower left corner.

    Attributes
    ----------
    legend
        Every name in it.
    legend_left, legend_bottom
        Where it begins.
    plot_right
        Where the area of the points ends.
    """

    legend: list[str]
    legend_left: float
    legend_bottom: float
    plot_right: float


def draw_chart(chart: Any, node: Any, size: tuple[int, int], path: Path | None = None) -> DrawnChart:
    """Fill a plot view's vtkChartXY from a vtkMRMLPlotChartNode, and draw it where nobody sees it."""
    view = vtk.vtkContextView()
    window = view.GetRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(*size)
    chart.ClearPlots()
    view.GetScene().AddItem(chart)
    for number in range(node.GetNumberOfPlotSeriesNodes()):
        chart.AddPlot(_plot(node.GetNthPlotSeriesNode(number)))
    chart.SetTitle(node.GetTitle())
    chart.GetTitleProperties().SetFontSize(node.GetTitleFontSize())
    chart.SetShowLegend(node.GetLegendVisibility())
    chart.GetLegend().GetLabelProperties().SetFontSize(node.GetLegendFontSize())
    for place, title, is_auto, ends in (
        (vtk.vtkAxis.BOTTOM, node.GetXAxisTitle(), node.GetXAxisRangeAuto(), node.GetXAxisRange()),
        (vtk.vtkAxis.LEFT, node.GetYAxisTitle(), node.GetYAxisRangeAuto(), node.GetYAxisRange()),
    ):
        axis = chart.GetAxis(place)
        axis.SetTitle(title)
        axis.GetTitleProperties().SetFontSize(node.GetAxisTitleFontSize())
        axis.GetTitleProperties().SetBold(False)
        axis.GetLabelProperties().SetFontSize(node.GetAxisLabelFontSize())
        axis.SetBehavior(vtk.vtkAxis.AUTO if is_auto else vtk.vtkAxis.FIXED)
        if not is_auto:
            axis.SetUnscaledRange(*ends)
    window.Render()
    if path is not None:
        grabbed = vtk.vtkWindowToImageFilter()
        grabbed.SetInput(window)
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grabbed.GetOutputPort())
        writer.Write()
    legend = chart.GetLegend()
    drawn = DrawnChart(
        legend=[chart.GetPlot(number).GetLabel() for number in range(chart.GetNumberOfPlots())],
        legend_left=legend.GetPoint()[0],
        legend_bottom=legend.GetPoint()[1],
        plot_right=chart.GetPoint2()[0],
    )
    view.GetScene().RemoveItem(chart)
    chart.ClearPlots()
    return drawn


def _plot(series: Any) -> Any:
    plot = vtk.vtkPlotLine()
    plot.SetInputData(series.GetTableNode().GetTable(), series.GetXColumnName(), series.GetYColumnName())
    plot.SetLabel(series.GetName())
    plot.SetWidth(series.GetLineWidth())
    plot.SetColorF(*series.GetColor())
    style = series.GetLineStyleAsString(series.GetLineStyle())
    by_name = {name.lower(): line for name, line in _LINES.items()}
    plot.GetPen().SetLineType(getattr(vtk.vtkPen, by_name.get(style.replace("-", "").lower(), "DASH_DOT_DOT_LINE")))
    has_marks = series.GetMarkerStyle() != series.MarkerStyleNone
    plot.SetMarkerStyle(vtk.vtkPlotPoints.CIRCLE if has_marks else vtk.vtkPlotPoints.NONE)
    plot.SetMarkerSize(series.GetMarkerSize())
    return plot
