"""lifelines, loaded where it is used and kept quiet."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from RLNResponseLib.requirements import need


@contextmanager
def of_lifelines(module: str) -> Iterator[Any]:
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
