"""The slice views of Slicer's layout, as `scene/score_on_image.py` writes over them."""

from __future__ import annotations

import slicer

from RLNResponseLib.scene.score_on_image import SliceWindow


def slice_windows() -> list[SliceWindow]:
    """Every slice view of the layout.

    Returns
    -------
    list of SliceWindow
        Empty where Slicer runs without a main window.

    """
    manager = slicer.app.layoutManager()
    if manager is None:
        return []
    widgets = [manager.sliceWidget(name) for name in manager.sliceViewNames()]
    return [
        SliceWindow(
            node=widget.mrmlSliceNode(),
            window=widget.sliceView().renderWindow(),
            render=widget.sliceView().scheduleRender,
        )
        for widget in widgets
        if widget is not None
    ]
