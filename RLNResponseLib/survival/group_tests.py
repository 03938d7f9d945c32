"""Whether groups differ: the log-rank test, and Gray's test of the same cumulative incidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import without_warnings
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.statistics.estimates import chi_square_p
from RLNResponseLib.survival.follow_up import FollowUp, Groups, refuse_one_group


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """The test, and what it is made of.

    Attributes
    ----------
    groups
        (g,), their names.
    rows
        (g,).
    observed
        (g,), events.
    expected
        (g,), events if all groups had one curve.
    chisq, df, p
        χ² with one degree of freedom less than groups.
    """

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
    give them, and so is what they decide: a group of which nobody is followed when the events happen has no degree of
    freedom.

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
            "Only one group is still followed when the events happen, so the groups cannot be compared; check the "
            "times of the others.",
            "no-overlap",
        )
    # Who is gone before the first event is in no risk set.
    kept = followed[groups.codes]
    with without_warnings("lifelines.statistics") as statistics:
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


# The variance of a number of events; less than this is rounding.
_NOTHING = 1e-10


@dataclass(frozen=True)
class GrayTest:
    """χ² with one degree of freedom less than groups.

    Attributes
    ----------
    chisq, df, p
        Of the test.
    """

    chisq: float
    df: int
    p: float

    def as_json(self) -> dict[str, float]:
        """The test as the command line prints it."""
        return {"chisq": self.chisq, "df": self.df, "p": self.p}


@dataclass
class _Sums:
    """What Gray's variance adds up over time, g groups: see `_add_wanted` and `_add_other`."""

    score: Floats
    drift: Floats
    direct: Floats
    crossed: Floats
    spread: Floats

    def variance(self) -> Floats:
        """(g, g) of the scores."""
        crossed = self.drift @ self.crossed.T
        return self.direct + (self.drift * self.spread) @ self.drift.T + crossed + crossed.T


@dataclass(frozen=True, kw_only=True)
class _Moment:
    """One time at which something happens.

    Attributes
    ----------
    wanted, other
        (g,), events of either kind.
    at_risk
        (g,), rows.
    before, after
        (g,), survival just before and just after.
    incidence
        (g,), cumulative incidence just before.
    size
        (g,), at_risk / survival: what the risk set would be had the other event taken nobody.
    pooled
        Cumulative incidence of all groups together, just after.
    earlier
        The same just before.
    """

    wanted: Floats
    other: Floats
    at_risk: Floats
    before: Floats
    after: Floats
    incidence: Floats
    size: Floats
    pooled: float
    earlier: float


def gray_test(follow_up: FollowUp, competing: Bools, groups: Groups) -> GrayTest:
    """Gray 1988 (doi 10.1214/aos/1176350951) with ρ = 0, as R's cmprsk::cuminc; rows are taken as independent.

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    competing
        (n,) True where the other event ended the follow-up instead.
    groups
        The rows by group.

    Returns
    -------
    GrayTest

    Raises
    ------
    DataRefusedError
        one-group; no-gray-test (the groups' events do not overlap enough for a variance).
    """
    refuse_one_group(groups)
    count = len(groups)
    square = (count, count)
    sums = _Sums(
        score=np.zeros(count),
        drift=np.zeros(square),
        direct=np.zeros(square),
        crossed=np.zeros(square),
        spread=np.zeros(count),
    )
    for moment in _moments(follow_up, competing, groups):
        tied = moment.wanted.sum()
        followed = moment.size * (1 - moment.incidence)
        sums.score += moment.wanted - tied * followed / followed.sum()
        weights = np.diag(moment.size) - np.outer(moment.size, moment.size) / moment.size.sum()
        sums.drift += weights * tied / (moment.size.sum() * (1 - moment.earlier))
        if tied > 0:
            _add_wanted(sums, moment, weights)
        _add_other(sums, moment)
    score, variance = sums.score[:-1], sums.variance()[:-1, :-1]
    if not np.isfinite(variance).all() or np.linalg.matrix_rank(variance, tol=_NOTHING) < count - 1:
        raise DataRefusedError(
            "Gray's test has no variance here: too few groups have events while others are still followed; join "
            "groups.",
            "no-gray-test",
        )
    chisq = float(score @ np.linalg.solve(variance, score))
    return GrayTest(chisq, count - 1, chi_square_p(chisq, count - 1))


def _moments(follow_up: FollowUp, competing: Bools, groups: Groups) -> list[_Moment]:
    """Every time at which an event of either kind happens, up to which each group's curves are carried."""
    times, where = np.unique(follow_up.months, return_inverse=True)
    shape = (len(times), len(groups))
    cell = where * len(groups) + groups.codes
    ends, wanted, other = (
        np.bincount(cell[rows], minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        for rows in (np.ones(len(follow_up), dtype=bool), follow_up.event, competing & ~follow_up.event)
    )
    at_risk = groups.counts() - np.vstack([np.zeros(len(groups)), np.cumsum(ends, axis=0)[:-1]])
    survival, incidence, pooled = np.ones(len(groups)), np.zeros(len(groups)), 0.0
    moments = []
    for t in np.flatnonzero((wanted + other).sum(axis=1)):
        followed = at_risk[t] > 0
        size = np.divide(at_risk[t], survival, out=np.zeros(len(groups)), where=followed)
        safe = np.where(followed, at_risk[t], 1)
        after = survival * (1 - (wanted[t] + other[t]) / safe)
        later = pooled + wanted[t].sum() / size.sum()
        moments.append(
            _Moment(
                wanted=wanted[t],
                other=other[t],
                at_risk=at_risk[t],
                before=survival,
                after=after,
                incidence=incidence,
                size=size,
                pooled=later,
                earlier=pooled,
            )
        )
        incidence = incidence + survival * wanted[t] / safe
        survival, pooled = after, later
    return moments


def _add_wanted(sums: _Sums, moment: _Moment, weights: Floats) -> None:
    """The variance that the event of interest brings: under the hypothesis each group has the pooled hazard of it."""
    followed = moment.at_risk > 0
    tied, total = moment.wanted.sum(), moment.size.sum()
    left = np.divide(1 - moment.pooled, moment.after, out=np.zeros_like(moment.after), where=moment.after > 0)
    slope = 1 - left
    replaced = 1 - (tied - 1) / (total * moment.before - 1) if tied > 1 else np.ones(len(followed))
    safe = np.where(followed, moment.at_risk, 1)
    share = np.where(followed, replaced * moment.before * tied / (total * safe), 0)
    effect = weights - slope * sums.drift
    sums.spread += slope**2 * share
    sums.crossed += effect * slope * share
    sums.direct += (effect * share) @ effect.T


def _add_other(sums: _Sums, moment: _Moment) -> None:
    """The variance that the competing event brings, by each group's own hazard of it."""
    happens = (moment.other > 0) & (moment.after > 0)
    slope = np.divide(1 - moment.pooled, moment.after, out=np.zeros_like(moment.after), where=happens)
    replaced = np.where(moment.other > 1, 1 - (moment.other - 1) / np.maximum(moment.at_risk - 1, 1), 1)
    share = np.where(happens, replaced * (moment.before / np.maximum(moment.at_risk, 1)) ** 2 * moment.other, 0)
    effect = slope * sums.drift
    sums.spread += slope**2 * share
    sums.crossed -= effect * slope * share
    sums.direct += (effect * share) @ effect.T
