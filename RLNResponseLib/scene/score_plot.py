"""Two readings' scores as Slicer plots, a point a lymph node: one against the other with both cutoffs, and their
difference against their mean with the limits of agreement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import slicer
import vtk

from RLNResponseLib.agreement.bland_altman import BlandAltman
from RLNResponseLib.analysis.disagreement import Disagreement
from RLNResponseLib.common.types import Floats
from RLNResponseLib.scene.observers import nodes_of_class
from RLNResponseLib.scene.plot_nodes import add_chart_node, add_column, add_plot_node, remove_plot_nodes

# Marks our nodes, so that the next chart takes their place and nobody else's.
ATTRIBUTE = "RLNResponse.ScorePlot"
# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not.
_CHART, _TABLE = "Chart of RLNResponse", "Points of RLNResponse"
_COLUMNS = ("First", "Second")
_NAMES = "Lymph node"
_INK, _QUIET = (0.1, 0.1, 0.1), (0.5, 0.5, 0.5)
_BLUE, _ORANGE = (0.0, 0.45, 0.7), (0.84, 0.37, 0.0)
# Name, x, y, colour, style.
_Line = tuple[str, Floats, Floats, tuple[float, float, float], str]


def add_score_plot(scene: Any, title: str, rows: Sequence[Disagreement], cutoff: float) -> Any:
    """A chart of two readings' scores, in place of the one made before.

    Parameters
    ----------
    scene
        The MRML scene.
    title
        Of the score.
    rows
        Of one score and one pair of readings, one or more.
    cutoff
        Of the score.

    Returns
    -------
    vtkMRMLPlotChartNode
        Not saved with a scene: it tells what a study found.
    """
    scores = np.array([row.scores for row in rows])
    low, high = float(min(scores.min(), cutoff)), float(max(scores.max(), cutoff))
    room = 0.05 * (high - low) or 0.5
    ends = np.array([low - room, high + room])
    flat = np.full(2, cutoff)
    lines = (
        ("no difference", ends, ends, _QUIET, "Solid"),
        ("cutoff", *_apart((flat, ends), (ends, flat)), _INK, "Dash"),
    )
    return _chart(scene, title, rows, (scores[:, 0], scores[:, 1]), lines, rows[0].pair.words)


def add_difference_plot(scene: Any, title: str, rows: Sequence[Disagreement], limits: BlandAltman) -> Any:
    """A chart of two readings' differences against their means (Bland and Altman), in place of the one made before.

    Parameters
    ----------
    scene
        The MRML scene.
    title
        Of the score.
    rows
        Of one score and one pair of readings, three or more.
    limits
        Theirs: of `difference_limits`.

    Returns
    -------
    vtkMRMLPlotChartNode
        Not saved with a scene.
    """
    scores = np.array([row.scores for row in rows])
    mean, difference = scores.mean(axis=1), scores[:, 1] - scores[:, 0]
    room = 0.05 * float(np.ptp(mean)) or 0.5
    ends = np.array([mean.min() - room, mean.max() + room])
    bias, lower, upper = ((ends, np.full(2, float(line[0]))) for line in (limits.bias, limits.lower, limits.upper))
    lines = (
        ("no difference", ends, np.zeros(2), _QUIET, "Solid"),
        ("bias", *bias, _INK, "Dash"),
        ("95% limits", *_apart(lower, upper), _INK, "Dot"),
    )
    first, second = rows[0].pair.words
    chart = _chart(scene, title, rows, (mean, difference), lines, ("mean of both", f"{second} less {first}"))
    low = float(min(difference.min(), limits.lower[0], 0.0))
    high = float(max(difference.max(), limits.upper[0], 0.0))
    # By itself the axis may end where a limit lies, which is then not to be seen.
    room = 0.05 * (high - low) or 0.5
    chart.SetYAxisRangeAuto(False)
    chart.SetYAxisRange(low - room, high + room)
    return chart


def _apart(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Two lines as one series, which the legend names once: a point without a height keeps them apart.

    It has a place: where a point is clicked, VTK sorts them by x.
    """
    return np.concatenate([first[0], second[0][:1], second[0]]), np.concatenate([first[1], [np.nan], second[1]])


def _chart(
    scene: Any,
    title: str,
    rows: Sequence[Disagreement],
    points: tuple[Floats, Floats],
    lines: Iterable[_Line],
    axes: tuple[str, str],
) -> Any:
    """Points by whether the two readings have one group, above lines."""
    remove_score_plot(scene)
    chart = add_chart_node(scene, _CHART, ATTRIBUTE, title)
    changed = np.array([row.changes_group for row in rows])
    for name, of_series, colour in (("same group", ~changed, _BLUE), ("another group", changed, _ORANGE)):
        if of_series.any():
            names = [row.lymph_node for row, wanted in zip(rows, of_series, strict=True) if wanted]
            drawn = np.array(points)[:, of_series]
            if len(names) == 1:
                # Of a series of one point VTK complains in Slicer's log whenever it is drawn.
                drawn, names = np.repeat(drawn, 2, axis=1), names * 2
            series = _series(scene, name, drawn, names)
            series.SetLineStyle(slicer.vtkMRMLPlotSeriesNode.LineStyleNone)
            series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)
            series.SetMarkerSize(8)
            series.SetColor(*colour)
            chart.AddAndObservePlotSeriesNodeID(series.GetID())
    for name, x, y, colour, style in lines:
        series = _series(scene, name, np.array([x, y]), [""] * len(x))
        series.SetLineStyle(getattr(slicer.vtkMRMLPlotSeriesNode, f"LineStyle{style}"))
        series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
        series.SetColor(*colour)
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    chart.SetXAxisTitle(axes[0])
    chart.SetYAxisTitle(axes[1])
    return chart


def lymph_node_of_point(scene: Any, series_id: str, point: int) -> str:
    """Which lymph node a point of the plot is of.

    Parameters
    ----------
    scene
        The MRML scene.
    series_id
        The ID of the plot series node.
    point
        Its number in the series.

    Returns
    -------
    str
        "" where it is none of ours, or a line's.
    """
    series = scene.GetNodeByID(series_id)
    if series is None or not series.GetAttribute(ATTRIBUTE):
        return ""
    names = series.GetTableNode().GetTable().GetColumnByName(_NAMES)
    return str(names.GetValue(point)) if names is not None and 0 <= point < names.GetNumberOfValues() else ""


def has_score_plot(scene: Any) -> bool:
    """Whether a chart of ours is in the scene.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    bool
    """
    return any(chart.GetAttribute(ATTRIBUTE) for chart in nodes_of_class(scene, "vtkMRMLPlotChartNode"))


def remove_score_plot(scene: Any) -> None:
    """Take every node that `add_score_plot` made out of the scene.

    Parameters
    ----------
    scene
        The MRML scene.
    """
    remove_plot_nodes(scene, ATTRIBUTE)


def _series(scene: Any, name: str, values: Floats, names: Sequence[str]) -> Any:
    table = add_plot_node(scene, "vtkMRMLTableNode", _TABLE, ATTRIBUTE)
    table.SetHideFromEditors(True)
    for title, numbers in zip(_COLUMNS, values, strict=True):
        add_column(table, title, numbers)
    labels = vtk.vtkStringArray()
    labels.SetName(_NAMES)
    for label in names:
        labels.InsertNextValue(label)
    table.AddColumn(labels)
    series = add_plot_node(scene, "vtkMRMLPlotSeriesNode", name, ATTRIBUTE)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName(_COLUMNS[0])
    series.SetYColumnName(_COLUMNS[1])
    series.SetLabelColumnName(_NAMES)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetLineWidth(1)
    return series
