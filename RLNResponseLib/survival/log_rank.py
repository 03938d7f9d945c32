"""Log-rank test of two or more groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.array_types import Floats, Ints
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.estimates import chi_square_p
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.groups import Groups, refuse_one_group


@dataclass(frozen=True)
class LogRank:
    """The test; by group the rows, the events and the events expected if all groups had one curve."""

    groups: tuple[str, ...]
    rows: tuple[int, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    chisq: float
    df: int
    p: float

    def as_json(self) -> dict[str, Any]:
        """The test as the command line prints it."""
        groups = zip(self.groups, self.rows, self.observed, self.expected, strict=True)
        return {
            "chisq": self.chisq,
            "df": self.df,
            "p": self.p,
            "groups": {
                name: {"rows": rows, "observed": observed, "expected": expected}
                for name, rows, observed, expected in groups
            },
        }


def log_rank(follow_up: FollowUp, groups: Groups) -> LogRank:
    """Mantel 1966, as R's survdiff: rows are taken as independent.

    Raises DataRefusedError: one-group; no-overlap (only one group is still followed when the events happen).
    """
    refuse_one_group(groups)
    expected, variance = _expected(follow_up, groups)
    observed = np.bincount(groups.codes[follow_up.event], minlength=len(groups))
    followed = expected > 0
    if followed.sum() < 2:
        raise DataRefusedError(
            "Only one group is still followed when the events happen, so the groups cannot be compared; "
            "check the times of the others.",
            "no-overlap",
        )
    kept = np.flatnonzero(followed)[1:]
    difference = (observed - expected)[kept]
    chisq = float(difference @ np.linalg.lstsq(variance[np.ix_(kept, kept)], difference, rcond=None)[0])
    return LogRank(
        groups.names,
        tuple(groups.counts().tolist()),
        tuple(observed.tolist()),
        tuple(expected.tolist()),
        chisq,
        len(kept),
        chi_square_p(chisq, len(kept)),
    )


def _expected(follow_up: FollowUp, groups: Groups) -> tuple[Floats, Floats]:
    """Expected events by group, (g,), and the hypergeometric covariance of observed − expected, (g, g)."""
    times, deaths = np.unique(follow_up.months[follow_up.event], return_counts=True)
    at_risk = np.column_stack(
        [_still_followed(follow_up.months[groups.rows(group)], times) for group in range(len(groups))]
    ).astype(float)
    total = at_risk.sum(axis=1)
    share = at_risk / total[:, None]
    spread = deaths * (total - deaths) / np.maximum(total - 1, 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return deaths @ share, covariance


def _still_followed(months: Floats, times: Floats) -> Ints:
    return len(months) - np.searchsorted(np.sort(months), times, side="left")
