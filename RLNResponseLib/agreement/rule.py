"""The joint rule: a feature is kept where inter- and intra-reader agreement are both high enough.

Gu et al. 2021 keep features with ICC > 0.75 and do not say on what; the estimate is what is usually meant. Koo and Li
2016 (doi 10.1016/j.jcm.2016.02.012) judge by the lower limit of the interval instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from RLNResponseLib.agreement.icc import ICC
from RLNResponseLib.errors import DataRefusedError


@dataclass(frozen=True)
class AgreementRule:
    """A feature passes where both ICC exceed `threshold`: their estimates, or their lower limits."""

    threshold: float = 0.75
    on: Literal["estimate", "lower"] = "estimate"

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise DataRefusedError(
                f"The ICC threshold is {self.threshold:g}; choose one from 0 to below 1, such as 0.75.", "bad-threshold"
            )


@dataclass(frozen=True)
class FeatureVerdict:
    """Whether one feature passes, and why not (`reason`, "" where it does)."""

    name: str
    passes: bool
    reason: str


def judge(names: Sequence[str], inter: ICC, intra: ICC, rule: AgreementRule) -> tuple[FeatureVerdict, ...]:
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


def _objection(kind: str, icc: ICC, position: int, rule: AgreementRule) -> str:
    if icc.reasons[position]:
        return f"{kind}: {icc.reasons[position]}"
    value = float((icc.estimate if rule.on == "estimate" else icc.lower)[position])
    what = f"{kind} {icc.form}" if rule.on == "estimate" else f"lower limit of {kind} {icc.form}"
    if math.isnan(value):
        return f"{what} is not defined"
    return "" if value > rule.threshold else f"{what} is {value:.3f}, not above {rule.threshold:g}"
