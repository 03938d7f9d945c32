"""The one function that knows where the Resources folder is."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.errors import DataRefusedError


def resources_folder() -> Path:
    """The Resources folder, wherever this package was put.

    Inside the package after `pip install`; beside it in a clone and in the folder where Slicer installs the extension.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "Resources", package.parent / "Resources"):
        if (folder / "models").is_dir():
            return folder
    raise DataRefusedError(
        f"The folder Resources/models is neither in {package.name} nor beside it; install RLNResponse again.",
        "no-resources",
    )
