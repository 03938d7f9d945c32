"""What the library needs beyond Python, and what of it is missing here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True)
class Requirement:
    """One distribution.

    distribution  as pip takes it, with the oldest version that serves
    module        the name it is imported by
    """

    distribution: str
    module: str


# The same as in pyproject.toml, which a test compares: Slicer does not install the package by pip, so the list is kept here.
REQUIREMENTS = (
    Requirement("highdicom>=0.28", "highdicom"),
    Requirement("jinja2>=3.1", "jinja2"),
    Requirement("jsonschema>=4.20", "jsonschema"),
    Requirement("loky>=3.4", "loky"),
    Requirement("matplotlib>=3.8", "matplotlib"),
    Requirement("numpy>=1.26", "numpy"),
    Requirement("openpyxl>=3.1", "openpyxl"),
    Requirement("pyarrow>=15", "pyarrow"),
    Requirement("pydicom>=3.0", "pydicom"),
    Requirement("pyradiomics-bhklab>=3.1.4", "radiomics"),
    Requirement("ruamel.yaml>=0.18", "ruamel.yaml"),
    Requirement("scipy>=1.11", "scipy"),
    Requirement("SimpleITK>=2.3", "SimpleITK"),
)


def missing(requirements: Iterable[Requirement] = REQUIREMENTS) -> tuple[Requirement, ...]:
    """Those whose module cannot be found. Nothing is imported, so this may be asked while an application starts."""
    return tuple(requirement for requirement in requirements if not _is_there(requirement.module))


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it lies in is missing
        return False
