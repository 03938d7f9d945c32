"""What is known of each lymph node at one time, such as 24 months: the event, the other event first, neither, or not
known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.survival.endpoint import STATES, control_codes
from RLNResponseLib.survival.follow_up import FollowUp


@dataclass(frozen=True, kw_only=True)
class Window:
    """Each row's fate by `months`, by the rule of the endpoint (`control_codes`) but for a death on the last day: there
    the endpoint counts the lymph node as controlled, and here its patient is dead.

    Attributes
    ----------
    months
        The window's end.
    end
        (n,), until when the row is watched within the window; `months` for who reached its end.
    event, competing, free
        (n,), exactly one of them True where the fate is known: the event by the window's end, the other event first, or
        neither. None is True where watching ended earlier for another reason.
    """

    months: float
    end: Floats
    event: Bools
    competing: Bools
    free: Bools

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.end)

    @property
    def censored(self) -> Bools:
        """(n,) whose fate is not known."""
        return np.asarray(~(self.event | self.competing | self.free))

    def of(self, rows: Bools) -> Window:
        """Those rows alone."""
        return Window(
            months=self.months,
            end=self.end[rows],
            event=self.event[rows],
            competing=self.competing[rows],
            free=self.free[rows],
        )


def window(follow_up: FollowUp, competing: Bools, months: float) -> Window:
    """The fate of each row at one time.

    Parameters
    ----------
    follow_up
        Time to the event or to the end of watching, months.
    competing
        (n,) True where the other event ended the follow-up instead.
    months
        The time, above 0.

    Returns
    -------
    Window

    Raises
    ------
    DataRefusedError
        bad-window.

    Examples
    --------
    >>> import numpy as np
    >>> watched = FollowUp(np.array([5.0, 9, 30, 12]), np.array([True, False, False, False]))
    >>> seen = window(watched, np.array([False, True, False, False]), 24)
    >>> seen.free.tolist(), seen.censored.tolist()
    ([False, False, True, False], [False, False, False, True])
    """
    if not (math.isfinite(months) and months > 0):
        raise DataRefusedError(
            "The time at which risks are judged is not a number of months above 0; correct it.", "bad-window"
        )
    died = competing & ~follow_up.event
    codes = control_codes(follow_up, died, months)
    other = np.asarray(died & (follow_up.months <= months))
    free = np.asarray((codes == STATES.index("controlled")) & ~other)
    return Window(
        months=months,
        end=np.where(free, months, follow_up.months),
        event=np.asarray(codes == STATES.index("failed")),
        competing=other,
        free=free,
    )
