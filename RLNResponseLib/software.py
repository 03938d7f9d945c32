"""Which software computed a number: recorded with every score and every feature table."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from functools import cache

import RLNResponseLib

# What computes the features (features/engine). The number is raised when a value can change, and only then: rows of one
# number may stand in one table.
ENGINE = "RLNResponse engine 1"


@dataclass(frozen=True)
class Software:
    """What a feature value depends on.

    engine  computed the features, with its version
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
    """The software of this process, looked up once."""
    import numpy
    import SimpleITK

    return Software(
        rlnresponse=RLNResponseLib.__version__,
        engine=ENGINE,
        simpleitk=str(SimpleITK.Version_VersionString()),
        numpy=numpy.__version__,
        python=platform.python_version(),
    )


def installed_versions() -> dict[str, str] | None:
    """The engine and the installed distributions that a feature value depends on, with nothing imported; None where one is
    not known to pip.
    """
    # A score does not ask this, and loading pip's records takes a tenth of its time.
    from importlib import metadata

    try:
        return {"engine": ENGINE} | {name: metadata.version(name) for name in ("SimpleITK", "numpy")}
    except metadata.PackageNotFoundError:
        return None
