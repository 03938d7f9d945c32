"""The agreement of every feature: inter and intra ICC, limits of agreement, and which features pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from RLNResponseLib.agreement.bland_altman import BlandAltman, bland_altman
from RLNResponseLib.agreement.components import METHOD, VarianceComponents, variance_components
from RLNResponseLib.agreement.icc import ICC, RANDOM, FeatureVerdict, Form, icc, icc_by_patient, judge
from RLNResponseLib.agreement.readings import PairedReadings, ReadingTable, compare_all_readings
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.study.protocol import IccRule

Interval = Literal["F", "bootstrap"]
_COUNTS = ("readings", "patients", "lymph_nodes", "readers", "repeats")


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
        The readers' first rounds.
    intra
        One reader's re-contouring of the same CTs: that reader's rounds.
    rule
        By which features pass.
    verdicts
        (p,), of the joint rule.
    failed
        Readings whose features could not be extracted.
    other_intra
        The same of every other reader who repeats; a feature passes where it does for each of them.
    components
        (p,), of all readings, complete or not.
    """

    names: tuple[str, ...]
    inter: FeatureComparison
    intra: FeatureComparison
    rule: IccRule
    verdicts: tuple[FeatureVerdict, ...]
    failed: tuple[str, ...]
    other_intra: tuple[FeatureComparison, ...]
    components: tuple[VarianceComponents, ...]

    @property
    def passed(self) -> tuple[str, ...]:
        """The features that may be used."""
        return tuple(verdict.name for verdict in self.verdicts if verdict.passes)

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it; a number that is not defined is null."""
        features: dict[str, dict[str, Any]] = {
            verdict.name: {
                "inter": _as_json(self.inter, position),
                "intra": _as_json(self.intra, position),
                "passes": verdict.passes,
                "reason": verdict.reason,
                "variance_components": components_as_json(self.components[position]),
            }
            for position, verdict in enumerate(self.verdicts)
        }
        for intra in (self.intra, *self.other_intra) if self.other_intra else ():
            for position, verdict in enumerate(self.verdicts):
                of_readers = features[verdict.name].setdefault("intra_by_reader", {})
                of_readers[intra.pairs.columns[0]] = _as_json(intra, position)
        return {
            "features": features,
            "passed": list(self.passed),
            "rule": self.rule.as_json(),
            "left_out": {"inter": list(self.inter.pairs.left_out), "intra": list(self.intra.pairs.left_out)},
            "failed": list(self.failed),
        }


def components_as_json(found: VarianceComponents) -> dict[str, Any]:
    """Variance components as the command line prints them.

    Parameters
    ----------
    found
        Of one feature or score.

    Returns
    -------
    dict[str, Any]
    """
    names = ("value", "lower", "upper")
    limits = {
        kind: None if share is None else {name: getattr(share, name) for name in names}
        for kind, share in (("icc_inter", found.icc_inter), ("icc_intra", found.icc_intra))
    }
    variances = {
        component: {**{name: getattr(each, name) for name in names}, "df": found.design.df[component]}
        for component, each in found.variances.items()
        if found.design is not None
    }
    design = found.design
    counts = {} if design is None else {name: getattr(design, name) for name in _COUNTS}
    return to_json({"method": METHOD, **counts, "variances": variances, **limits, "reason": found.reason})


def compare_features(table: ReadingTable, rule: IccRule, interval: Interval = "F", seed: int = 0) -> FeatureAgreement:
    """Compare the readings of a table.

    Parameters
    ----------
    table
        The readings with their features, one row a reading.
    rule
        Which features readers agree on well enough.
    interval
        "F" (McGraw and Wong 1996; readers random, lymph nodes as independent) or "bootstrap" (patients drawn again,
        these readers and no others).
    seed
        What every random draw is derived from.

    Returns
    -------
    FeatureAgreement

    Raises
    ------
    DataRefusedError
        what `compare_all_readings`, `icc` and `icc_by_patient` refuse.
    """
    first, again = compare_all_readings(table.readings, table.values)
    inter, *intras = (_compared(pairs, rule.form, interval, seed) for pairs in (first, *again))
    verdicts = [judge(table.names, inter.icc, intra.icc, rule) for intra in intras]
    return FeatureAgreement(
        names=table.names,
        inter=inter,
        intra=intras[0],
        rule=rule,
        verdicts=tuple(_of_all_readers(each) for each in zip(*verdicts, strict=True)),
        failed=table.failed,
        other_intra=tuple(intras[1:]),
        components=variance_components(table.readings, table.values, seed),
    )


def _of_all_readers(verdicts: Sequence[FeatureVerdict]) -> FeatureVerdict:
    """One feature's verdicts, a reader who repeats each: it passes where all say so."""
    objections = dict.fromkeys(part for verdict in verdicts for part in verdict.reason.split("; ") if part)
    return FeatureVerdict(verdicts[0].name, all(verdict.passes for verdict in verdicts), "; ".join(objections))


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
        "random": RANDOM[coefficients.interval],
    }
    if limits is not None:
        answer["limits_of_agreement"] = {
            "bias": limits.bias[position],
            "lower": limits.lower[position],
            "upper": limits.upper[position],
            "margin": limits.margin[position],
            "smallest_detectable_change": limits.smallest_detectable_change[position],
        }
    return to_json(answer)
