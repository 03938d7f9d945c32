"""Which software computed a number: recorded with every score and every feature table."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata

import RLNResponseLib
from RLNResponseLib.errors import DataRefusedError

# The distributions that provide `import radiomics`; the code asks for the module, not for one of them.
_PYRADIOMICS_DISTRIBUTIONS = ("pyradiomics", "pyradiomics-bhklab")


@dataclass(frozen=True)
class Software:
    """The versions that a feature value depends on."""

    rlnresponse: str
    pyradiomics: str
    pyradiomics_distribution: str
    simpleitk: str
    numpy: str
    python: str

    def as_json(self) -> dict[str, str]:
        """The versions by name."""
        return asdict(self)


@cache
def current_software() -> Software:
    """The software of this process, looked up once.

    Raises DataRefusedError (no-pyradiomics) where `import radiomics` fails, with what to do.
    """
    import numpy
    import SimpleITK

    distribution, version = _pyradiomics()
    return Software(
        rlnresponse=RLNResponseLib.__version__,
        pyradiomics=version,
        pyradiomics_distribution=distribution,
        simpleitk=str(SimpleITK.Version_VersionString()),
        numpy=numpy.__version__,
        python=platform.python_version(),
    )


def installed_versions() -> dict[str, str] | None:
    """The installed distributions that a feature value depends on, with nothing imported; None where one is not known to pip."""
    found = {}
    for names in (_PYRADIOMICS_DISTRIBUTIONS, ("SimpleITK",), ("numpy",)):
        installed = _first_installed(names)
        if installed is None:
            return None
        found[installed[0]] = installed[1]
    return found


def _first_installed(names: Iterable[str]) -> tuple[str, str] | None:
    for name in names:
        try:
            return name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _pyradiomics() -> tuple[str, str]:
    try:
        import radiomics
    except ImportError:
        raise DataRefusedError(
            "pyradiomics cannot be imported, so no feature can be extracted; install it (pip install pyradiomics-bhklab).",
            "no-pyradiomics",
        ) from None
    # A build that pip does not know (conda, a source tree): its module still tells its version.
    return _first_installed(_PYRADIOMICS_DISTRIBUTIONS) or (
        "radiomics",
        str(getattr(radiomics, "__version__", "unknown")),
    )
