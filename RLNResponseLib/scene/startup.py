"""What the module does once Slicer has started, before anybody opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

from RLNResponseLib.scene.contouring_views import know_layout
from RLNResponseLib.scene.sample import offer_phantom


def prepare(scene: Any, icon: Path) -> None:
    """Know our arrangement of the views, and offer the phantom in the Sample Data module.

    Parameters
    ----------
    scene
        The MRML scene.
    icon
        The phantom's, in that module.
    """
    know_layout(scene, slicer.app.userSettings())
    offer_phantom(scene, icon)
