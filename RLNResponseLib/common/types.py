"""The types of arrays and of progress callbacks, by the names that every room uses for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Indices and codes of patients, readers, groups: whole numbers from 0.
Ints = NDArray[np.intp]
# Called with how many steps are done, and of how many; what it raises ends the work.
Progress = Callable[[int, int], object]
