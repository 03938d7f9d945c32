"""The volume alone as a score: what a fitted score is judged beside, in the direction that it has in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.tables import numbers
from RLNResponseLib.modelling.fitting.case_table import CaseTable
from RLNResponseLib.modelling.validation.validation import Benchmark, larger_volume_means_event, volume_benchmark

VOLUME_COLUMNS = ("original_shape_MeshVolume", "original_shape_VoxelVolume")


def volume_column(columns: Sequence[str]) -> str | None:
    """The column that holds the volume, where there is one.

    Parameters
    ----------
    columns
        Names of columns.

    Returns
    -------
    str or None
    """
    return next((name for name in VOLUME_COLUMNS if name in columns), None)


def benchmark_on(
    scores: NDArray[np.float64], table: CaseTable, larger_means_event: bool | None
) -> tuple[Benchmark | None, str]:
    """The volume alone on other cases, in the direction fixed in training; or why it is not judged.

    Parameters
    ----------
    scores
        (n,) scores, log-odds.
    table
        Features, outcome and patient, one row a lymph node.
    larger_means_event
        Whether a larger volume goes with the event; None finds it on these rows.

    Returns
    -------
    tuple[Benchmark or None, str]
    """
    name = volume_column(table.table.columns)
    if name is None:
        return None, "not in the table."
    if larger_means_event is None:
        return None, "not judged; the score's card does not say in which direction it spoke in the training cases."
    volume = numbers(table.table, [name])[:, 0]
    return volume_benchmark(scores, volume, table.outcome, larger_means_event), ""


def volume_of(table: CaseTable) -> tuple[NDArray[np.float64] | None, bool | None]:
    """The volume of training cases, and whether a larger one goes with the event.

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.

    Returns
    -------
    tuple of Floats or None, bool or None
        (n,); nothing where the volume is no feature.
    """
    name = volume_column(table.names)
    if name is None:
        return None, None
    volume = table.features[:, table.names.index(name)]
    return volume, larger_volume_means_event(volume, table.outcome)
