"""Scores as text: one lesion in full, several as a table for the terminal, the clipboard, a CSV file and the panel's
rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.segment_places import Point
from RLNResponseLib.modelling.components import ScoredPart
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.modelling.uncertainty import ScoreUncertainty

_LONGEST_NAME = 60
_WIDTH = 100


def score_text(result: LesionResult) -> str:
    """One lesion: scores, what each feature contributes, findings, and what the numbers are not.

    Parameters
    ----------
    result
        The scored lymph node.

    Returns
    -------
    str
    """
    lines = [f"{one_line(result.segment, _LONGEST_NAME)}: {result.volume_mm3:.0f} mm³"]
    for position, score in enumerate(result.scores):
        cutoff = score.model.cutoff
        lines.append(
            f"  {score.model.title:<18}{score.score:8.3f}   cutoff {cutoff.orientation} {cutoff.value:g}"
            f"   {score.group_words}{_derived(score.probability)}"
        )
        if settings := result.other_settings(score):
            lines += _wrapped(f"features extracted with {settings}")
        if result.uncertainty:
            told = result.uncertainty[position]
            lines += [f"      {uncertainty_words(score, told)}", *_wrapped(movement_words(told))]
        if result.second_reader:
            other = result.second_reader[position]
            lines.append(f"      the second reader's contour: {other.score:.3f}, {other.group_words}")
        contributions = {"intercept": score.model.intercept, **score.contributions}
        for name, value in sorted(contributions.items(), key=lambda item: -abs(item[1])):
            lines.append(f"      {value:+9.4f}  {name}")
    for sentence in result.withheld:
        lines += _wrapped(f"withheld: {sentence}", "  ")
    for sentence in result.applicability_words:
        lines += _wrapped(sentence, "  ")
    for finding in result.findings:
        lines += _wrapped(f"{finding.severity}: {finding.at_terminal}", "  ")
    if result.second_contour is not None:
        second = f"second reader's contour '{one_line(result.second_contour.segment, _LONGEST_NAME)}'"
        lines += _wrapped(f"{second}: {result.second_contour.volume_mm3:.0f} mm³", "  ")
        for finding in result.second_findings:
            lines += _wrapped(f"{second}: {finding.severity}: {finding.at_terminal}", "  ")
    lines.append(f"  {result.notice}")
    return "\n".join(lines)


def place_words(place_mm: Point | None) -> str:
    """A place as a table shows it.

    Parameters
    ----------
    place_mm
        LPS; None where it is not known.

    Returns
    -------
    str

    Examples
    --------
    >>> place_words((12.34, -5.0, 1030.0))
    '(12.3, -5.0, 1030.0)'
    """
    return "–" if place_mm is None else f"({', '.join(f'{axis:.1f}' for axis in place_mm)})"


def parts_text(parts: Sequence[ScoredPart]) -> str:
    """The parts of a contour: a table of them all, and each in full.

    Parameters
    ----------
    parts
        The scored components, one of them with a result at least.

    Returns
    -------
    str
    """
    models = next(part.result for part in parts if part.result is not None).scores
    rows = [["part", "voxels", "volume mm³", "place (mm, LPS)", *(score.model.title for score in models)]]
    for part in parts:
        scores = (
            ["refused" for _ in models]
            if part.result is None
            else [f"{score.score:.3f} {score.group_words}" for score in part.result.scores]
        )
        rows.append([str(part.number), str(part.voxels), f"{part.volume_mm3:.0f}", place_words(part.place_mm), *scores])
    full = []
    for part in parts:
        if part.result is not None:
            full.append(score_text(part.result))
        elif part.refusal is not None:
            name = one_line(part.segment, _LONGEST_NAME)
            full.append("\n".join(_wrapped(f"{name}: refused: {part.refusal.at_terminal}", "")))
    return "\n\n".join(["\n".join(table_lines(rows)), *full])


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows below their heads, in columns as wide as they need.

    Parameters
    ----------
    rows
        The heads, and then the rows.

    Returns
    -------
    list of str
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def uncertainty_words(score: ScoreResult, uncertainty: ScoreUncertainty) -> str:
    """A score over plausible contours in one line: "1.24, 0.97 to 1.41 over plausible contours; 4% would change group".

    Parameters
    ----------
    score
        One score of a lymph node.
    uncertainty
        How far plausible contours move the score.

    Returns
    -------
    str
    """
    words = f"{score.score:.2f}, {uncertainty.lower:.2f} to {uncertainty.upper:.2f} over plausible contours"
    return words if score.withheld else f"{words}; {uncertainty.p_other_group:.0%} would change group"


def movement_words(uncertainty: ScoreUncertainty) -> str:
    """What the interval is made of, and which feature moves the score most.

    Parameters
    ----------
    uncertainty
        How far plausible contours move the score.

    Returns
    -------
    str
    """
    most = uncertainty.moved_most_by
    varied = "" if most.variation is None else f", itself varying by {most.variation:.0%}"
    return (
        f"{uncertainty.level:.0%} of {uncertainty.n} contours, boundary moved by {uncertainty.sd_mm:.2g} mm SD; moved "
        f"most by {most.name} (±{most.score_sd:.3f}{varied})"
    )


def score_table(results: Sequence[LesionResult]) -> str:
    """Several lesions, a row each, then their warnings in full below the table.

    Parameters
    ----------
    results
        The scored lymph nodes.

    Returns
    -------
    str
    """
    header = ["lesion", "volume mm³"]
    for score in results[0].scores:
        header += [score.model.title, "prob.*", "group"]
    rows = [[*header, "warnings"]]
    for result in results:
        row = [one_line(result.segment, _LONGEST_NAME), f"{result.volume_mm3:.0f}"]
        for score in result.scores:
            row += [f"{score.score:.3f}", _probability(score.probability), score.group_words]
        rows.append([*row, str(len(result.warnings))])
    lines = table_lines(rows)
    lines.append("* derived: the score read as log-odds; the paper gives a score and a cutoff only.")
    for result in results:
        for sentence in result.withheld:
            lines += textwrap.wrap(
                f"{one_line(result.segment, _LONGEST_NAME)}: {sentence}", _WIDTH, subsequent_indent="    "
            )
        for finding in result.warnings:
            text = f"{one_line(result.segment, _LONGEST_NAME)}: warning: {finding.at_terminal}"
            lines += textwrap.wrap(text, _WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def _wrapped(words: str, indent: str = "      ") -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")


def _derived(probability: float | None) -> str:
    return "" if probability is None else f"   (probability {_probability(probability)}, derived)"


def _probability(value: float | None) -> str:
    """Three digits, and never 1 or 0: a logistic probability is neither. Nothing where the group is withheld."""
    return "" if value is None else f"{min(max(value, 0.001), 0.999):.3f}"


Cell = str | float | None


def score_columns(models: Sequence[ScoreModel]) -> tuple[str, ...]:
    """The table's columns: five for each model, named by its ID.

    Parameters
    ----------
    models
        The score models.

    Returns
    -------
    tuple of str
    """
    of_models = (
        f"{model.id}_{part}" for model in models for part in ("score", "probability", "cutoff", "group", "withheld")
    )
    return ("segment", "volume_mm3", *of_models, "warnings", "refused", "notice")


def score_rows(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> list[dict[str, Cell]]:
    """One row a segment. A segment without a score says why under "refused"; its numbers stay empty.

    Parameters
    ----------
    scores
        The live scores of the contours.
    models
        The score models.

    Returns
    -------
    list[dict[str, Cell]]
    """
    rows = []
    for live in scores:
        row: dict[str, Cell] = dict.fromkeys(score_columns(models))
        row |= {"segment": live.name, "refused": live.refusal or None, "notice": RESEARCH_USE_ONLY}
        if live.result is not None:
            row |= {
                "volume_mm3": live.result.volume_mm3,
                "warnings": " ".join(finding.message for finding in live.result.warnings) or None,
                "notice": live.result.notice,
            }
            for score in live.result.scores:
                name = score.model.id
                row[f"{name}_score"] = score.score
                row[f"{name}_probability"] = score.probability
                row[f"{name}_cutoff"] = score.model.cutoff.value
                row[f"{name}_group"] = score.group
                row[f"{name}_withheld"] = score.withheld
        rows.append(row)
    return rows


def score_csv(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> str:
    """The table as CSV, numbers with every digit.

    Parameters
    ----------
    scores
        The live scores of the contours.
    models
        The score models.

    Returns
    -------
    str
    """
    return csv_text(score_columns(models), score_rows(scores, models))


def score_tsv(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> str:
    """The table for the clipboard: tab-separated, as spreadsheets paste it; text never begins a formula.

    Parameters
    ----------
    scores
        The live scores of the contours.
    models
        The score models.

    Returns
    -------
    str
    """
    columns = score_columns(models)
    lines = ["\t".join(columns)]
    for row in score_rows(scores, models):
        lines.append("\t".join(_pasted(row[column]) for column in columns))
    return "\n".join(lines) + "\n"


def _pasted(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return repr(cell)
    text = " ".join(cell.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
