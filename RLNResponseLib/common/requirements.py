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
from RLNResponseLib.common.purposes import ANALYSIS as ANALYSIS
from RLNResponseLib.common.purposes import BASE as BASE
from RLNResponseLib.common.purposes import CLUSTER as CLUSTER
from RLNResponseLib.common.purposes import DATA_FRAMES as DATA_FRAMES
from RLNResponseLib.common.purposes import DOCUMENTS as DOCUMENTS
from RLNResponseLib.common.purposes import OLD_STUDIES as OLD_STUDIES
from RLNResponseLib.common.purposes import PARQUET as PARQUET
from RLNResponseLib.common.purposes import PRINT as PRINT
from RLNResponseLib.common.purposes import PROCESSES as PROCESSES
from RLNResponseLib.common.purposes import PURPOSES as PURPOSES
from RLNResponseLib.common.purposes import WAVELETS as WAVELETS
from RLNResponseLib.common.purposes import WORKBOOKS as WORKBOOKS
from RLNResponseLib.common.purposes import Purpose as Purpose
from RLNResponseLib.common.purposes import Requirement as Requirement


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
