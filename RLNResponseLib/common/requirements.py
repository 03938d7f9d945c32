"""What the library needs beyond Python, which versions serve, what for, and what of it is missing here.

Everything on the way to a score and a reading is in BASE, and Slicer 5.12 bundles all of it. The rest is needed for a
purpose, and loaded through `need` where that purpose begins.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module, invalidate_caches, metadata
from importlib.util import find_spec
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One distribution.

    name      as pip takes it
    versions  that serve, as pip writes them: ">=0.27"
    module    the name it is imported by
    what      cannot be done without it: the beginning of the sentence "… needs matplotlib"
    instead   what to do where it cannot be had, "" where nothing else serves
    held_back  what comes with it and would come in a version that does not serve, as pip writes those that do
    download_mb, disk_mb  it and what comes with it beyond Slicer's own: the largest of the wheels for Python 3.12 on
    Windows,
              macOS and Linux, and what they take unpacked
    """

    name: str
    versions: str
    module: str
    what: str = "RLNResponse"
    instead: str = ""
    download_mb: float = 0
    disk_mb: float = 0
    held_back: tuple[str, ...] = ()

    @property
    def specifier(self) -> str:
        """Name and versions as pip takes them."""
        return self.name + self.versions

    @property
    def specifiers(self) -> tuple[str, ...]:
        """All that pip is asked for: what is held back too."""
        return (self.specifier, *self.held_back)


@dataclass(frozen=True)
class Purpose:
    """What some packages are needed for.

    title      for people: "agreement, models and report"
    in_slicer  whether Slicer's Set-up offers it
    """

    title: str
    requirements: tuple[Requirement, ...]
    in_slicer: bool = True


@dataclass(frozen=True)
class Lack:
    """A requirement that is not met: `installed` is the version that does not serve, None where there is none."""

    requirement: Requirement
    installed: str | None

    @property
    def sentence(self) -> str:
        """What cannot be done, why, and what to do."""
        requirement = self.requirement
        if self.installed is None:
            fault, order = f"needs {requirement.name}, which is not installed here", "install it"
        else:
            fault = (
                f"needs {requirement.name} {_in_words(requirement.versions)}, and {self.installed} is installed here"
            )
            order = "update it, unless another extension of Slicer holds that version"
        otherwise = f", or {requirement.instead}" if requirement.instead else ""
        offered = any(purpose.in_slicer and requirement in purpose.requirements for purpose in PURPOSES)
        where = "in Slicer: RLNResponse's section Set-up; elsewhere: " if offered else ""
        return f"{requirement.what} {fault}; {order} ({where}pip install '{requirement.specifier}'){otherwise}."


# The same as in pyproject.toml, which a test compares: Slicer does not install the package by pip, so the list is kept
# here.
BASE = Purpose(
    "scores and readings",
    (
        Requirement(name="numpy", versions=">=1.26", module="numpy"),
        Requirement(name="scipy", versions=">=1.11", module="scipy"),
        Requirement(name="SimpleITK", versions=">=2.3", module="SimpleITK"),
        Requirement(name="pydicom", versions=">=3.0", module="pydicom"),
        Requirement(
            name="highdicom",
            versions=">=0.27",
            module="highdicom",
            what="Exporting a DICOM SEG or SR",
            download_mb=3.8,
            disk_mb=37,
        ),
        Requirement(name="packaging", versions=">=23", module="packaging"),
    ),
)
ANALYSIS = Purpose(
    "agreement, models and report",
    (
        Requirement(
            name="matplotlib",
            versions=">=3.8",
            module="matplotlib",
            what="Drawing a figure",
            download_mb=17.7,
            disk_mb=77,
        ),
        Requirement(
            name="jinja2", versions=">=3.1", module="jinja2", what="The study's page", download_mb=0.2, disk_mb=2
        ),
        Requirement(
            name="jsonschema",
            versions=">=4.20",
            module="jsonschema",
            what="A model card of your own",
            download_mb=0.6,
            disk_mb=4,
        ),
        Requirement(
            name="scikit-learn", versions=">=1.6", module="sklearn", what="Judging a score", download_mb=10, disk_mb=35
        ),
        Requirement(
            name="lifelines",
            versions=">=0.30",
            module="lifelines",
            what="A survival analysis",
            download_mb=14.1,
            disk_mb=49,
            held_back=("autograd-gamma<0.5",),
        ),
    ),
)
WORKBOOKS = Purpose(
    "tables as XLSX",
    (
        Requirement(
            name="openpyxl",
            versions=">=3.1",
            module="openpyxl",
            what="An XLSX table",
            instead="save the table as CSV",
            download_mb=0.3,
            disk_mb=4,
        ),
    ),
)
PROCESSES = Purpose(
    "extraction in several processes",
    (
        Requirement(
            name="loky",
            versions=">=3.4",
            module="loky",
            what="Extraction in several processes",
            instead="leave out --workers",
            download_mb=0.1,
            disk_mb=1,
        ),
    ),
)
OLD_STUDIES = Purpose(
    "studies made before study.toml",
    (
        Requirement(
            name="ruamel.yaml",
            versions=">=0.18",
            module="ruamel.yaml",
            what="A YAML file (study.yaml, of a study made before study.toml, or pyradiomics' parameters)",
            download_mb=0.2,
            disk_mb=2,
        ),
    ),
)
WAVELETS = Purpose(
    "model cards with wavelet features",
    (
        Requirement(
            name="PyWavelets", versions=">=1.6", module="pywt", what="A wavelet feature", download_mb=4.5, disk_mb=10
        ),
    ),
)
PARQUET = Purpose(
    "tables as Parquet",
    (
        Requirement(
            name="pyarrow",
            versions=">=15",
            module="pyarrow",
            what="A Parquet table",
            instead="use the CSV with the same rows",
            download_mb=55,
            disk_mb=170,
        ),
    ),
    in_slicer=False,
)
DATA_FRAMES = Purpose(
    "results as pandas data frames",
    (Requirement(name="pandas", versions=">=2.0", module="pandas", what="A data frame", instead="use to_dict()"),),
    in_slicer=False,
)
CLUSTER = Purpose(
    "extraction on a cluster",
    (
        Requirement(
            name="distributed",
            versions=">=2024.1",
            module="distributed",
            what="Extraction on a Dask cluster",
            instead="leave out --dask",
        ),
    ),
    in_slicer=False,
)
# What Pango is to it no pip installs, so that Slicer's Set-up does not offer it.
PRINT = Purpose(
    "the report as PDF",
    (
        Requirement(
            name="weasyprint",
            versions=">=66",
            module="weasyprint",
            what="The report as PDF",
            instead="print the page from a browser",
        ),
    ),
    in_slicer=False,
)
# In the order in which Set-up offers them.
PURPOSES = (BASE, ANALYSIS, WORKBOOKS, PROCESSES, OLD_STUDIES, WAVELETS, PARQUET, DATA_FRAMES, CLUSTER, PRINT)


def need(module: str) -> Any:
    """The module, or the refusal of what it is needed for: the one way to load what is not always there.

    Parameters
    ----------
    module
        "matplotlib.ticker": the package it lies in is one of the requirements above.

    Returns
    -------
    object

    Raises
    ------
    DataRefusedError
        missing-package where it is not installed, in a version that does not serve, or broken.
    """
    loaded = sys.modules.get(module)
    return _load(module) if loaded is None else _judged(module, loaded)


@cache  # figures ask thousands of times
def _judged(module: str, loaded: Any) -> Any:
    _refuse_lack(_requirement_of(module))
    return loaded


def _load(module: str) -> Any:
    requirement = _requirement_of(module)
    _refuse_lack(requirement)
    try:
        return import_module(module)
    except ImportError as error:
        raise DataRefusedError(
            f"{requirement.what} needs {requirement.name}, which is installed here but cannot be loaded "
            f"({str(error)[:100]}); install it again (pip install --force-reinstall '{requirement.specifier}').",
            "missing-package",
        ) from error


def _refuse_lack(requirement: Requirement) -> None:
    for lack in lacking((requirement,)):
        raise DataRefusedError(lack.sentence, "missing-package")


def lacking(requirements: Iterable[Requirement]) -> tuple[Lack, ...]:
    """Those that are missing or in a version that does not serve. Nothing of them is imported: it may be asked at a
    start.

    Parameters
    ----------
    requirements
        The packages that are asked for.

    Returns
    -------
    tuple of Lack
    """
    found = []
    for requirement in requirements:
        if not _is_there(requirement.module):
            found.append(Lack(requirement, None))
            continue
        version = _version(requirement.name)
        # What pip does not know (a source tree, some conda builds) states no version that could be judged.
        if version is not None and not _serves(version, requirement.versions):
            found.append(Lack(requirement, version))
    return tuple(found)


def missing_package(module: str) -> Lack:
    """What is lacking where Python does not find a module; its `sentence` is the one that `need` refuses with.

    Parameters
    ----------
    module
        "ruamel.yaml", or a package of it, as ModuleNotFoundError names it; one that is in no requirement has a sentence
        too.

    Returns
    -------
    Lack
        Of the requirement that it belongs to.

    """
    for purpose in PURPOSES:
        for requirement in purpose.requirements:
            if f"{module}.".startswith(f"{requirement.module}.") or requirement.module.startswith(f"{module}."):
                return Lack(requirement, None)
    package = module.partition(".")[0]
    return Lack(Requirement(name=package, versions="", module=package, what="This"), None)


def look_again() -> None:
    """Packages were installed since this process began: let Python find them."""
    invalidate_caches()


def _requirement_of(module: str) -> Requirement:
    for purpose in PURPOSES:
        for requirement in purpose.requirements:
            if f"{module}.".startswith(f"{requirement.module}."):
                return requirement
    raise ValueError(f"{module} is in no requirement of RLNResponseLib.common.requirements")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it lies in is missing
        return False


def _version(name: str) -> str | None:

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _serves(version: str, versions: str) -> bool:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(versions).contains(version, prereleases=True)
    except InvalidVersion:
        return False


def _in_words(versions: str) -> str:
    return f"{versions.removeprefix('>=')} or newer"


@contextmanager
def without_warnings(module: str) -> Iterator[Any]:
    """A module of lifelines, whose warnings (its own and pandas') do not escape while it works.

    Parameters
    ----------
    module : str
        Its full name, "lifelines.statistics". The first load takes seconds, so it is asked for inside functions only.

    Yields
    ------
    Any
        The module.

    Raises
    ------
    DataRefusedError
        missing-package: lifelines is not installed here, or in a version that does not serve.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield need(module)
