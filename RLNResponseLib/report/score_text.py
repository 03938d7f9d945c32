"""Scores as text: one lesion in full, several as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.lesion import LesionResult

_WIDTH = 100


def score_text(result: LesionResult) -> str:
    """One lesion: scores, what each feature contributes, findings, and what the numbers are not."""
    lines = [f"{_one_line(result.segment)}: {result.volume_mm3:.0f} mm³"]
    for score in result.scores:
        cutoff = score.model.cutoff
        lines.append(
            f"  {score.model.title:<18}{score.score:8.3f}   cutoff {cutoff.orientation} {cutoff.value:g}"
            f"   {score.group}   (probability {_probability(score.probability)}, derived)"
        )
        contributions = {"intercept": score.model.intercept, **score.contributions}
        for name, value in sorted(contributions.items(), key=lambda item: -abs(item[1])):
            lines.append(f"      {value:+9.4f}  {name}")
    for finding in result.findings:
        lines += textwrap.wrap(
            f"{finding.severity}: {finding.message}", _WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    lines.append(f"  {notice(result)}")
    return "\n".join(lines)


def score_table(results: Sequence[LesionResult]) -> str:
    """Several lesions, a row each, then their warnings in full below the table."""
    header = ["lesion", "volume mm³"]
    for score in results[0].scores:
        header += [score.model.title, "prob.*", "group"]
    rows = [[*header, "warnings"]]
    for result in results:
        row = [_one_line(result.segment), f"{result.volume_mm3:.0f}"]
        for score in result.scores:
            row += [f"{score.score:.3f}", _probability(score.probability), score.group]
        rows.append([*row, str(len(result.warnings))])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines.append("* derived: the score read as log-odds; the paper gives a score and a cutoff only.")
    for result in results:
        for finding in result.warnings:
            text = f"{_one_line(result.segment)}: warning: {finding.message}"
            lines += textwrap.wrap(text, _WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def notice(result: LesionResult) -> str:
    """What the formulas are, by their cards, and what this must not be used for."""
    kinds = dict.fromkeys(score.model.status.removesuffix(", research use only") for score in result.scores)
    sentences = [f"{kind[:1].upper()}{kind[1:]}." for kind in kinds]
    return " ".join([*sentences, RESEARCH_USE_ONLY])


def _probability(value: float) -> str:
    """Three digits, and never 1 or 0: a logistic probability is neither."""
    return f"{min(max(value, 0.001), 0.999):.3f}"


def _one_line(name: str) -> str:
    """A segment's name without line breaks or control signs, which would break the table or the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:60]
