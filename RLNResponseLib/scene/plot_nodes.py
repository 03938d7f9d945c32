"""The nodes of a plot that is ours: marked, said to be of research, never saved with a scene, taken out together."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from RLNResponseLib.common.types import Floats
from RLNResponseLib.scene.observers import nodes_of_class

NOTICE = "research use only"
# Marks the chart of whichever plot, so that it is known whether one of ours is still there.
_CHART = "RLNResponse.Chart"
# At Slicer's own 20 and 16 titles are cut off in a quarter of a small window; beside the plot its legend takes room.
_TITLE_SIZE, _LEGEND_SIZE = 12, 11


def add_chart_node(scene: Any, name: str, mark: str, title: str) -> Any:
    """The chart of a plot of ours; every one of them is made here.

    Parameters
    ----------
    scene
        The MRML scene.
    name
        Of the node: neutral, it is saved with a scene.
    mark
        The attribute that marks the nodes of this plot.
    title
        What is shown. That it is of research stands in a line of its own: a line too long for a view is cut off.

    Returns
    -------
    vtkMRMLPlotChartNode
        With a legend, and without series yet.
    """
    chart = add_plot_node(scene, "vtkMRMLPlotChartNode", name, mark)
    chart.SetAttribute(_CHART, "1")
    chart.SetTitle(f"{title}\n({NOTICE})")
    chart.SetTitleFontSize(_TITLE_SIZE)
    chart.SetAxisTitleFontSize(_TITLE_SIZE)
    chart.SetLegendFontSize(_LEGEND_SIZE)
    chart.SetLegendVisibility(True)
    return chart


def has_chart(scene: Any) -> bool:
    """Whether a chart of ours is in the scene, of whichever plot.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    bool
    """
    return any(chart.GetAttribute(_CHART) for chart in nodes_of_class(scene, "vtkMRMLPlotChartNode"))


def add_plot_node(scene: Any, kind: str, name: str, mark: str) -> Any:
    """A node of a plot, marked so that the next plot takes its place and nobody else's.

    Parameters
    ----------
    scene
        The MRML scene.
    kind
        The class of the node.
    name
        Of the node.
    mark
        The attribute that marks the nodes of this plot.

    Returns
    -------
    vtkMRMLNode
        Not saved with a scene.
    """
    node = scene.AddNewNodeByClass(kind, name)
    node.SetAttribute(mark, "1")
    node.SetSaveWithScene(False)
    return node


def add_column(table: Any, title: str, numbers: Floats) -> None:
    """A column of numbers in a table node.

    Parameters
    ----------
    table
        The table node.
    title
        Of the column.
    numbers
        (n,), copied.
    """
    column = numpy_to_vtk(np.ascontiguousarray(numbers, dtype=np.float64), deep=True, array_type=vtk.VTK_DOUBLE)
    column.SetName(title)
    table.AddColumn(column)


def remove_plot_nodes(scene: Any, mark: str) -> None:
    """Take every node of a plot out of the scene.

    Parameters
    ----------
    scene
        The MRML scene.
    mark
        The attribute that marks them.
    """
    for kind in ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
        for node in nodes_of_class(scene, kind):
            if node.GetAttribute(mark):
                scene.RemoveNode(node)
