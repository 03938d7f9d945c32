"""A chart in Slicer's plot views: the layout that it needs, and the one that was there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer

from RLNResponseLib.scene.observers import nodes_of_class


@dataclass(frozen=True)
class LayoutChange:
    """One arrangement of the views in place of another.

    Attributes
    ----------
    before
        The one that was there.
    with_plot
        The one with a plot view.
    """

    before: int
    with_plot: int


def lay_out_with_plot(scene: Any) -> LayoutChange | None:
    """Change a layout without a plot view to its like with one.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    LayoutChange or None
        For `lay_back_from`; None where a plot view was there.
    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout is None or any(view.IsMappedInLayout() for view in nodes_of_class(scene, "vtkMRMLPlotViewNode")):
        return None
    before = int(layout.GetViewArrangement())
    with_plot = int(slicer.modules.plots.logic().GetLayoutWithPlot(before))
    if with_plot == before:
        return None
    layout.SetViewArrangement(with_plot)
    return LayoutChange(before=before, with_plot=with_plot)


def lay_back_from(scene: Any, change: LayoutChange) -> None:
    """Show the arrangement that was there before a chart, unless somebody chose another since.

    Parameters
    ----------
    scene
        The MRML scene.
    change
        Of `lay_out_with_plot`.
    """
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout is not None and layout.GetViewArrangement() == change.with_plot:
        layout.SetViewArrangement(change.before)


def show_chart(chart: Any) -> None:
    """Show a chart in every plot view.

    Parameters
    ----------
    chart
        A vtkMRMLPlotChartNode.
    """
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    logic.PropagatePlotChartSelection()
