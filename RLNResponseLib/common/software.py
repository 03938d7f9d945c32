"""Which software computed a number, recorded with every score and every feature table; and where its Resources are."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from RLNResponseLib.common.about import __version__
from RLNResponseLib.common.errors import DataRefusedError

# What computes the features (features/engine). The number is raised when a value can change, and only then: rows of one
# number may stand in one table.
ENGINE = "RLNResponse engine 1"


@dataclass(frozen=True, kw_only=True)
class Software:
    """What a feature value depends on.

    Attributes
    ----------
    rlnresponse
        The library's version.
    engine
        What computed the features, with its version.
    simpleitk, numpy, python
        Versions.
    """

    rlnresponse: str
    engine: str
    simpleitk: str
    numpy: str
    python: str

    def as_json(self) -> dict[str, str]:
        """The versions by name."""
        return asdict(self)


@cache
def current_software() -> Software:
    """The software of this process, looked up once.

    Returns
    -------
    Software
    """
    import numpy
    import SimpleITK

    return Software(
        rlnresponse=__version__,
        engine=ENGINE,
        simpleitk=str(SimpleITK.Version_VersionString()),
        numpy=numpy.__version__,
        python=platform.python_version(),
    )


def installed_versions() -> dict[str, str] | None:
    """The engine and the installed distributions that a feature value depends on, with nothing imported; None where one
    is not known to pip.

    Returns
    -------
    dict[str, str] or None
    """
    # A score does not ask this, and loading pip's records takes a tenth of its time.
    from importlib import metadata

    try:
        return {"engine": ENGINE} | {name: metadata.version(name) for name in ("SimpleITK", "numpy")}
    except metadata.PackageNotFoundError:
        return None


def resources_folder() -> Path:
    """The Resources folder, wherever this package was put.

    Inside the package after `pip install`; beside it in a clone and in the folder where Slicer installs the extension.

    Returns
    -------
    Path

    Raises
    ------
    DataRefusedError
        no-resources.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "Resources", package.parent / "Resources"):
        if (folder / "models").is_dir():
            return folder
    raise DataRefusedError(
        f"The folder Resources/models is neither in {package.name} nor beside it; install RLNResponse again.",
        "no-resources",
    )
