"""Which plot of a result stands in Slicer's plot view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.analysis.plots import Plot
from RLNResponseLib.panel.widgets.plot_place import PlotPlace
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.scene.curve_plots import add_chart, remove_charts


class PlotChoice:
    """Offers plots, and shows the chosen one at a press; nothing is to be seen where there is none.

    Parameters
    ----------
    box
        The QComboBox that chooses.
    button
        The QPushButton that shows.
    scene
        The MRML scene.
    status
        The status line.
    place
        Where it is shown.

    """

    def __init__(self, box: Any, button: Any, scene: Any, status: StatusLine, place: PlotPlace) -> None:
        self._box, self._button, self._scene, self._status, self._place = box, button, scene, status, place
        self._plots: tuple[Plot, ...] = ()
        button.connect("clicked(bool)", status.guarded(self._show))
        self.fill(())

    def fill(self, plots: Sequence[Plot]) -> None:
        """Offer these plots; one of others leaves the plot view."""
        remove_charts(self._scene)
        self._plots = tuple(plots)
        self._box.clear()
        for plot in self._plots:
            self._box.addItem(plot.title)
        self._box.visible = self._button.visible = bool(self._plots)

    def _show(self) -> None:
        plot = self._plots[self._box.currentIndex]
        self._place.show(add_chart(self._scene, plot))
        self._status.say(_("{plot}: shown in the plot view.").format(plot=plot.title))
