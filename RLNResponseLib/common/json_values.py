"""Results as JSON holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def to_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays as lists, mappings as dictionaries, and what is not finite as None.

    Parameters
    ----------
    values
        The values.

    Returns
    -------
    dict[str, Any]

    Examples
    --------
    >>> to_json({"auc": np.array([0.5, np.nan]), "limits": (0.0, float("inf"))})
    {'auc': [0.5, None], 'limits': [0.0, None]}
    """
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return to_json(value)
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
