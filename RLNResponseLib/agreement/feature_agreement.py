"""The agreement of every feature: inter and intra ICC, limits of agreement, and which features pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from RLNResponseLib.agreement.bland_altman import BlandAltman, bland_altman
from RLNResponseLib.agreement.icc import ICC, FeatureVerdict, Form, icc, icc_by_patient, judge
from RLNResponseLib.agreement.readings import PairedReadings, ReadingTable, pair_readings
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.study.protocol import IccRule

Interval = Literal["F", "bootstrap"]


@dataclass(frozen=True)
class FeatureComparison:
    """Two readings of the same lymph nodes, feature by feature.

    Attributes
    ----------
    pairs
        The readings that are compared.
    icc
        Of each feature.
    limits
        Bland–Altman; None where there are more than two readers or fewer than three lymph nodes.
    """

    pairs: PairedReadings
    icc: ICC
    limits: BlandAltman | None


@dataclass(frozen=True, kw_only=True)
class FeatureAgreement:
    """What the readers do to the features.

    Attributes
    ----------
    names
        (p,), in the order of the verdicts.
    inter
        Two readers' first rounds.
    intra
        One reader's two rounds.
    rule
        By which features pass.
    verdicts
        (p,), of the joint rule.
    failed
        Readings whose features could not be extracted.
    """

    names: tuple[str, ...]
    inter: FeatureComparison
    intra: FeatureComparison
    rule: IccRule
    verdicts: tuple[FeatureVerdict, ...]
    failed: tuple[str, ...]

    @property
    def passed(self) -> tuple[str, ...]:
        """The features that may be used."""
        return tuple(verdict.name for verdict in self.verdicts if verdict.passes)

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it; a number that is not defined is null."""
        features = {
            verdict.name: {
                "inter": _as_json(self.inter, position),
                "intra": _as_json(self.intra, position),
                "passes": verdict.passes,
                "reason": verdict.reason,
            }
            for position, verdict in enumerate(self.verdicts)
        }
        return {
            "features": features,
            "passed": list(self.passed),
            "rule": self.rule.as_json(),
            "left_out": {"inter": list(self.inter.pairs.left_out), "intra": list(self.intra.pairs.left_out)},
            "failed": list(self.failed),
        }


def compare_features(table: ReadingTable, rule: IccRule, interval: Interval = "F", seed: int = 0) -> FeatureAgreement:
    """Compare the readings of a table.

    Parameters
    ----------
    table
        The readings with their features, one row a reading.
    rule
        Which features readers agree on well enough.
    interval
        "F" (McGraw and Wong 1996, lymph nodes as independent) or "bootstrap" (resampling patients).
    seed
        What every random draw is derived from.

    Returns
    -------
    FeatureAgreement

    Raises
    ------
    DataRefusedError
        what `pair_readings`, `icc` and `icc_by_patient` refuse.
    """
    inter, intra = (
        _compared(pairs, rule.form, interval, seed) for pairs in pair_readings(table.readings, table.values)
    )
    verdicts = judge(table.names, inter.icc, intra.icc, rule)
    return FeatureAgreement(
        names=table.names, inter=inter, intra=intra, rule=rule, verdicts=verdicts, failed=table.failed
    )


def _compared(pairs: PairedReadings, form: Form, interval: Interval, seed: int) -> FeatureComparison:
    if interval == "bootstrap":
        # Whoever has no reading of this kind must not be drawn.
        patients = np.unique(pairs.patients, return_inverse=True)[1]
        coefficients = icc_by_patient(pairs.values, patients, form, seed=seed)
    else:
        coefficients = icc(pairs.values, form)
    n, k, _ = pairs.values.shape
    return FeatureComparison(pairs, coefficients, bland_altman(pairs.values) if k == 2 and n >= 3 else None)


def _as_json(comparison: FeatureComparison, position: int) -> dict[str, Any]:
    coefficients, limits = comparison.icc, comparison.limits
    answer: dict[str, Any] = {
        "icc": coefficients.estimate[position],
        "lower": coefficients.lower[position],
        "upper": coefficients.upper[position],
        "form": coefficients.form,
        "n": coefficients.n,
        "interval": coefficients.interval,
    }
    if limits is not None:
        answer["limits_of_agreement"] = {
            "bias": limits.bias[position],
            "lower": limits.lower[position],
            "upper": limits.upper[position],
            "smallest_detectable_change": limits.smallest_detectable_change[position],
        }
    return to_json(answer)
