"""Where a plot of ours is shown: Slicer's plot views, which are left as they were once the plot is gone."""

from __future__ import annotations

from typing import Any

import slicer

from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer
from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.plot_layout import LayoutChange, lay_back_from, lay_out_with_plot, show_chart
from RLNResponseLib.scene.plot_nodes import has_chart


class PlotPlace:
    """Shows a chart, its legend beside the plot and not over its points.

    Whoever takes the last chart of ours out of the scene, the layout that was there before comes back, unless somebody
    chose another since; so does the legend's place, which is the plot view's and no chart's.

    Parameters
    ----------
    scene
        The MRML scene.
    status
        The status line.

    """

    def __init__(self, scene: Any, status: StatusLine) -> None:
        self._scene = scene
        self._change: LayoutChange | None = None
        self._legends: list[Any] = []
        # A chart that takes another's place comes after the removal of that one.
        self._settle = timer(0, status.guarded(self._leave))
        self._observers = SceneObservers()
        self._observers.add(scene, scene.NodeRemovedEvent, self._node_removed)

    def show(self, chart: Any) -> None:
        """Show a chart in the plot views.

        Parameters
        ----------
        chart
            A vtkMRMLPlotChartNode of ours.

        """
        change = lay_out_with_plot(self._scene)
        self._change = self._change if change is None else change
        for view in plot_views():
            legend = view.chart().GetLegend()
            if legend.GetInline():
                legend.SetInline(False)
                self._legends.append(legend)
        show_chart(chart)

    def cleanup(self) -> None:
        """The panel goes, and its plots have gone."""
        self._settle.stop()
        self._observers.remove_all()
        self._leave()

    def _node_removed(self) -> None:
        if self._change is not None or self._legends:
            self._settle.start()

    def _leave(self) -> None:
        if has_chart(self._scene):
            return
        legends, self._legends = self._legends, []
        for legend in legends:
            legend.SetInline(True)
        change, self._change = self._change, None
        if change is not None:
            lay_back_from(self._scene, change)


def plot_views() -> list[Any]:
    """The plot views of the layout.

    Returns
    -------
    list of qMRMLPlotView
        Empty where Slicer runs without a main window.

    """
    manager = slicer.app.layoutManager()
    return [manager.plotWidget(number).plotView() for number in range(0 if manager is None else manager.plotViewCount)]
