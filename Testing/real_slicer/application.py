"""The real application as a person meets it: the panel's pictures, mouse strokes in a slice view, waiting."""

import os
import subprocess
import time
from pathlib import Path

import qt
import slicer

WIDTHS = (350, 440, 600)
PATIENCE_S = 120.0
# How often the event loop is asked to come round while gaps are measured.
_TICK_MS = 5


class Application:
    """Slicer's window with the panel in it.

    Parameters
    ----------
    pictures
        Where the pictures go.

    """

    def __init__(self, pictures: Path) -> None:
        self.pictures = pictures
        self.window = slicer.util.mainWindow()
        # As large as the screen, also where no window manager is there to maximise it.
        self.window.setGeometry(qt.QDesktopWidget().availableGeometry())
        self.layouts = slicer.app.layoutManager()
        self.layouts.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        # As Slicer's own setting of the language does.
        if translation := os.environ.get("RLNRESPONSE_PLAY_TRANSLATION"):
            self._translator = qt.QTranslator()
            assert self._translator.load(translation), f"{translation} is no translation"
            slicer.app.installTranslator(self._translator)
        for probe in slicer.util.findChildren(self.window, "DataProbeCollapsibleWidget"):
            probe.collapsed = True
        slicer.util.selectModule("RLNResponse")
        self.wait(0.5)
        self.panel = slicer.modules.RLNResponseWidget.panel
        if self.panel.tour.is_shown:
            self.draw("tour")
            self.panel.tour.close()

    def draw(self, name: str) -> None:
        """The module panel at each width, and Slicer's whole window."""
        dock = slicer.util.findChildren(self.window, "PanelDockWidget")[0]
        for width in WIDTHS:
            self.window.resizeDocks([dock], [width], qt.Qt.Horizontal)
            self.wait(1.0)
            assert dock.width <= width, f"{name}: the panel cannot be {width} px wide but is {dock.width}"
            dock.grab().save(str(self.pictures / f"{name}-{width}.png"))
            ui = self.panel.score._ui
            if ui.scoreTable.visible:
                end = ui.scoreTable.mapToGlobal(qt.QPoint(0, ui.scoreTable.height)).y()
                below = ui.addButton.mapToGlobal(qt.QPoint(0, 0)).y()
                assert end <= below, (
                    f"{name}: at {width} px the table of lymph nodes ends at {end}, below it begins {below}"
                )
        self.window.resizeDocks([dock], [WIDTHS[1]], qt.Qt.Horizontal)
        self.wait(0.4)
        self.window.grab().save(str(self.pictures / f"{name}-window.png"))

    def draw_dialog(self, name: str, dialog: object) -> None:
        """A window of its own."""
        self.wait(0.3)
        dialog.grab().save(str(self.pictures / f"{name}.png"))

    def wait(self, seconds: float) -> None:
        """Let Slicer go on."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            slicer.app.processEvents()

    def until(self, condition: object, complaint: str, patience_s: float = PATIENCE_S) -> None:
        """Let Slicer go on until something has come about."""
        end = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < end, f"{complaint}: {self.panel.status._label.text}"
            slicer.app.processEvents()

    def stroke(self, places: list, view: str = "Red") -> float:
        """Press the mouse at the first of some places of the patient (RAS, mm), go through the others, let go.

        Returns
        -------
        float
            When it was let go, on the monotonic clock.

        """
        widget = self.layouts.sliceWidget(view)
        if os.environ.get("RLNRESPONSE_PLAY_MOUSE"):
            return self._stroke_by_mouse(widget.sliceView(), [on_screen(widget, place) for place in places])
        interactor = widget.sliceView().interactor()
        for number, place in enumerate(places):
            interactor.SetEventInformation(*on_screen(widget, place), 0, 0, "\0", 0, None)
            interactor.MouseMoveEvent()
            slicer.app.processEvents()
            if number == 0:
                interactor.LeftButtonPressEvent()
                slicer.app.processEvents()
        released = time.monotonic()
        interactor.LeftButtonReleaseEvent()
        slicer.app.processEvents()
        return released

    def _stroke_by_mouse(self, view: object, places: list) -> float:
        """The same with the screen's own mouse, by xdotool: for a screen that nobody sits at."""
        points = [view.mapToGlobal(qt.QPoint(x, view.height - 1 - y)) for x, y in places]
        steps = ["mousemove", str(points[0].x()), str(points[0].y()), "sleep", "0.05", "mousedown", "1"]
        for point in points[1:]:
            steps += ["sleep", "0.03", "mousemove", str(point.x()), str(point.y())]
        mouse = subprocess.Popen(["xdotool", *steps, "sleep", "0.03", "mouseup", "1"])
        while mouse.poll() is None:
            slicer.app.processEvents()
        return time.monotonic()


def on_screen(widget: object, place: tuple) -> tuple:
    """A place of the patient as pixels of a slice view."""
    import vtk

    to_screen = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(widget.sliceLogic().GetSliceNode().GetXYToRAS(), to_screen)
    return tuple(round(each) for each in to_screen.MultiplyPoint((*place, 1))[:2])


class Gaps:
    """How long the event loop did not come round.

    Attributes
    ----------
    milliseconds
        Each gap, in its order.

    """

    def __init__(self) -> None:
        self.milliseconds: list = []
        self._last = time.monotonic()
        self._timer = qt.QTimer()
        self._timer.setInterval(_TICK_MS)
        self._timer.connect("timeout()", self._tick)

    def __enter__(self) -> "Gaps":
        self._last = time.monotonic()
        self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        slicer.app.processEvents()
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now = time.monotonic()
        self.milliseconds.append(1000 * (now - self._last))
        self._last = now

    @property
    def longest(self) -> float:
        """The longest, in milliseconds."""
        return max(self.milliseconds)
