"""Log-rank test of two or more groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.array_types import Floats, Ints
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.groups import Groups, refuse_one_group
from RLNResponseLib.survival.of_lifelines import of_lifelines


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
    """Mantel's log-rank test of two or more groups, as R's survdiff: rows are taken as independent.

    χ² and p are lifelines' multivariate_logrank_test; the expected events by group are our own, for lifelines does not
    give them, and so is what they decide: a group of which nobody is followed when the events happen has no degree of freedom.

    Parameters
    ----------
    follow_up : FollowUp
        The rows, times in months, made by `follow_up`, which makes nearly equal times equal.
    groups : Groups
        The group of each row.

    Returns
    -------
    LogRank
        The test, with observed and expected events by group.

    Raises
    ------
    DataRefusedError
        one-group; no-overlap (only one group is still followed when the events happen); missing-package (lifelines).

    Source: Mantel 1966 (Cancer Chemotherapy Reports 50:163-170).

    """
    refuse_one_group(groups)
    expected = _expected(follow_up, groups)
    observed = np.bincount(groups.codes[follow_up.event], minlength=len(groups))
    followed = expected > 0
    if followed.sum() < 2:
        raise DataRefusedError(
            "Only one group is still followed when the events happen, so the groups cannot be compared; "
            "check the times of the others.",
            "no-overlap",
        )
    # Who is gone before the first event is in no risk set.
    kept = followed[groups.codes]
    with of_lifelines("lifelines.statistics") as statistics:
        test = statistics.multivariate_logrank_test(
            follow_up.months[kept], groups.codes[kept], follow_up.event[kept].astype(np.intp)
        )
    return LogRank(
        groups=groups.names,
        rows=tuple(groups.counts().tolist()),
        observed=tuple(observed.tolist()),
        expected=tuple(expected.tolist()),
        chisq=float(test.test_statistic),
        df=int(followed.sum()) - 1,
        p=float(test.p_value),
    )


def _expected(follow_up: FollowUp, groups: Groups) -> Floats:
    """(g,) the events expected in each group if all had one curve."""
    times, deaths = np.unique(follow_up.months[follow_up.event], return_counts=True)
    at_risk = np.column_stack(
        [_still_followed(follow_up.months[groups.rows(group)], times) for group in range(len(groups))]
    ).astype(float)
    return np.asarray(deaths @ (at_risk / at_risk.sum(axis=1)[:, None]))


def _still_followed(months: Floats, times: Floats) -> Ints:
    return len(months) - np.searchsorted(np.sort(months), times, side="left")
