"""The nodes of a plot that is ours: marked, never saved with a scene, and taken out together."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from RLNResponseLib.common.types import Floats
from RLNResponseLib.scene.observers import nodes_of_class


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
