"""Agreement as text for the terminal, and as rows of a CSV file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, FeatureComparison
from RLNResponseLib.agreement.icc import SHROUT_FLEISS, Form
from RLNResponseLib.analysis.agreement import AgreementResult, ComparedScores, ModelAgreement
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, text_of_lines

COLUMNS = (
    "feature", "inter_icc", "inter_lower", "inter_upper", "intra_icc", "intra_lower", "intra_upper", "form", "passes",
    "reason", "inter_smallest_detectable_change", "intra_smallest_detectable_change",
)  # fmt: skip
_MOST_FLIPS = 10
_MOST_NAMED = 8


def agreement_text(result: AgreementResult) -> str:
    """What a person reads first: how many features pass, who changes group, how the contours overlap.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    str
    """
    features = result.features
    rule = features.rule
    judged = f"the {rule.judged}"
    lines = [
        f"{len(features.passed)} of {len(features.names)} features pass: inter and intra "
        f"{icc_names(features.inter.icc.form)} above {rule.threshold:g} on {judged}.",
        f"  inter: {_compared(features.inter)}",
        f"  intra: {_compared(features.intra)}",
    ]
    lines += (
        [f"  {counted(len(features.failed), 'reading')} without features: {', '.join(features.failed)}"]
        if features.failed
        else []
    )
    lines += _without_icc(features)
    for each in result.scores:
        lines += _score_lines(each)
    for kind, overlap in result.overlaps.items():
        for measure, name in (("dice", "Dice"), ("hd95_mm", "HD95, mm")):
            if measure in overlap.summary:
                found = overlap.summary[measure]
                lines.append(
                    f"  {kind} {name}: mean {found.mean.value:.3f} ({found.mean.lower:.3f} to {found.mean.upper:.3f}), "
                    f"worst {found.worst:.3f}"
                )
        for what in ("missed", "extra", "apart"):
            if names := getattr(overlap, what):
                lines.append(f"  {kind} {what}: {', '.join(names)}")
    lines += [f"warning: {finding.message}" for finding in result.warnings]
    lines += ["", "Features that pass:", *(f"  {name}" for name in features.passed), "", RESEARCH_USE_ONLY]
    return text_of_lines(lines)


def agreement_rows(result: AgreementResult) -> list[dict[str, Any]]:
    """One row a feature, by COLUMNS.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    list[dict[str, Any]]
    """
    features = result.features
    rows = []
    for position, verdict in enumerate(features.verdicts):
        row: dict[str, Any] = {
            "feature": verdict.name,
            "form": features.inter.icc.form,
            "passes": "yes" if verdict.passes else "no",
            "reason": verdict.reason,
        }
        for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
            found = comparison.icc
            row[f"{kind}_icc"] = _cell(found.estimate[position])
            row[f"{kind}_lower"] = _cell(found.lower[position])
            row[f"{kind}_upper"] = _cell(found.upper[position])
            if comparison.limits is not None:
                change = comparison.limits.smallest_detectable_change[position]
                row[f"{kind}_smallest_detectable_change"] = _cell(change)
        rows.append({name: row.get(name) for name in COLUMNS})
    return rows


def feature_cells(rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """The rows of agreement.csv as the panel's table shows them: feature, inter, intra with limits, passes.

    Parameters
    ----------
    rows
        The rows of agreement.csv.

    Returns
    -------
    list[list[str]]
    """
    return [
        [
            row["feature"].removeprefix("original_").replace("_", " "),
            *(_limits(row, kind) for kind in ("inter", "intra")),
            "✓" if row["passes"] == "yes" else "✗",
        ]
        for row in rows
    ]


def _limits(row: Mapping[str, str], kind: str) -> str:
    if not row[f"{kind}_icc"]:
        return "–"
    value, lower, upper = (float(row[f"{kind}_{name}"] or "nan") for name in ("icc", "lower", "upper"))
    return f"{value:.2f}\n{lower:.2f} to {upper:.2f}"


def icc_names(form: Form) -> str:
    """McGraw and Wong's name with Shrout and Fleiss's: "ICC(A,1) (Shrout and Fleiss's ICC(2,1))".

    Parameters
    ----------
    form
        McGraw and Wong's name of the ICC.

    Returns
    -------
    str
    """
    return f"{form} (Shrout and Fleiss's {SHROUT_FLEISS[form]})"


def _without_icc(features: FeatureAgreement) -> list[str]:
    """Which features have no ICC, and why; they never pass."""
    by_reason: dict[str, list[str]] = {}
    for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
        for name, reason in zip(features.names, comparison.icc.reasons, strict=True):
            if reason:
                by_reason.setdefault(f"{kind} ICC, {reason}", []).append(name)
    return [
        f"  no {reason}: {', '.join(names[:_MOST_NAMED])}"
        + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
        for reason, names in by_reason.items()
    ]


def _compared(comparison: FeatureComparison) -> str:
    pairs = comparison.pairs
    lymph_nodes = counted(comparison.icc.n, "lymph node")
    text = f"{' against '.join(pairs.columns)}, {lymph_nodes}, interval {comparison.icc.interval}"
    return text + (f"; {len(pairs.left_out)} left out, without all readings" if pairs.left_out else "")


def _score_lines(each: ModelAgreement) -> list[str]:
    if each.reason:
        return [f"{each.model.title}: no score-level agreement. {each.reason}"]
    lines = []
    for kind, compared in (("inter", each.inter), ("intra", each.intra)):
        if compared is not None:
            lines += _compared_scores(each, kind, compared)
    return lines


def _compared_scores(each: ModelAgreement, kind: str, compared: ComparedScores) -> list[str]:
    found = compared.agreement
    limits, rate = found.icc_by_patient or found.icc, found.flip_rate
    lines = [
        f"{each.model.title}, {kind}: {found.icc.form} {found.icc.estimate[0]:.3f} ({limits.lower[0]:.3f} to "
        f"{limits.upper[0]:.3f}); {rate.count} of {rate.of} lymph nodes change group "
        f"({rate.value:.1%}, {rate.lower:.1%} to {rate.upper:.1%})"
    ]
    lines += [
        f"    {flip.lymph_node}: {flip.first_score:.3f} and {flip.second_score:.3f}, cutoff {each.model.cutoff.value:g}"
        for flip in found.flips[:_MOST_FLIPS]
    ]
    if len(found.flips) > _MOST_FLIPS:
        lines.append(f"    and {len(found.flips) - _MOST_FLIPS} more")
    return lines


def _cell(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
