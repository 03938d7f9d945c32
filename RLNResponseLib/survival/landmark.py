"""A landmark: covariates that are known only later may not explain what happened before."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.array_types import Bools
from RLNResponseLib.display import short_repr
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.survival.follow_up import FollowUp


@dataclass(frozen=True)
class Landmark:
    """Those still followed without event after `months`, their time counted from there.

    rows             (n,) True for those kept
    follow_up        of those kept
    left_out_event   had the event up to the landmark
    left_out_ended   were not watched beyond it
    """

    months: float
    rows: Bools
    follow_up: FollowUp
    left_out_event: int
    left_out_ended: int

    __repr__ = short_repr


def landmark(follow_up: FollowUp, months: float) -> Landmark:
    """Start the clock at `months`, when the response is assessed (Anderson, Cain and Gelber 1983, doi 10.1200/JCO.1983.1.11.710).

    Who responds must have lived to be assessed; counting that time as theirs makes responders look better (immortal time).

    Raises DataRefusedError: bad-landmark, empty-landmark (no event after it).
    """
    if not (math.isfinite(months) and months >= 0):
        raise DataRefusedError("The landmark is not a number of months from 0 on; correct it.", "bad-landmark")
    kept = np.asarray(follow_up.months > months)
    if not follow_up.event[kept].any():
        raise DataRefusedError(
            f"No event happens after the landmark at month {months:g}; choose an earlier one.", "empty-landmark"
        )
    later = FollowUp(follow_up.months[kept] - months, follow_up.event[kept])
    return Landmark(months, kept, later, int((follow_up.event & ~kept).sum()), int((~follow_up.event & ~kept).sum()))
