"""The joint rule applied: a feature is kept where inter- and intra-reader agreement are both high enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from RLNResponseLib.agreement.icc import ICC
from RLNResponseLib.study.protocol import IccRule


@dataclass(frozen=True)
class FeatureVerdict:
    """Whether one feature passes, and why not (`reason`, "" where it does)."""

    name: str
    passes: bool
    reason: str


def judge(names: Sequence[str], inter: ICC, intra: ICC, rule: IccRule) -> tuple[FeatureVerdict, ...]:
    """The verdict on each feature, in the order of `names`. An ICC that is not there never passes."""
    verdicts = []
    for position, name in enumerate(names):
        objections = [
            objection
            for kind, icc in (("inter", inter), ("intra", intra))
            if (objection := _objection(kind, icc, position, rule))
        ]
        verdicts.append(FeatureVerdict(name, not objections, "; ".join(objections)))
    return tuple(verdicts)


def _objection(kind: str, icc: ICC, position: int, rule: IccRule) -> str:
    if icc.reasons[position]:
        return f"{kind}: {icc.reasons[position]}"
    value = float((icc.estimate if rule.on == "estimate" else icc.lower)[position])
    what = f"{kind} {icc.form}" if rule.on == "estimate" else f"lower limit of {kind} {icc.form}"
    if math.isnan(value):
        return f"{what} is not defined"
    return "" if value > rule.threshold else f"{what} is {value:.3f}, not above {rule.threshold:g}"
