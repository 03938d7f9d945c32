"""What is said of a lesion's scores; one lesion as text in full, several as a table for the terminal, the clipboard, a
CSV file and the panel's rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import number, one_line, percent, proper_minus, text_of_lines
from RLNResponseLib.imaging.segment_places import Point
from RLNResponseLib.modelling.components import ScoredPart
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.regressions import regression_name
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.modelling.uncertainty import ScoreUncertainty
from RLNResponseLib.report.text.probability import probability_cell, probability_name, probability_words
from RLNResponseLib.report.text.score_beside import redrawn_limits, redrawn_words, second_reader_words
from RLNResponseLib.report.text.sentences import Sentence, columns, printed

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
    return text_of_lines(printed(lesion_sentences(result), _WIDTH))


def lesion_sentences(result: LesionResult) -> tuple[Sentence, ...]:
    """What is said of one lesion, in order, for every surface.

    Parameters
    ----------
    result
        The scored lymph node.

    Returns
    -------
    tuple of Sentence
    """
    findings = result.findings
    return (
        Sentence(kind="figure", text=f"{_name(result)}: {result.volume_mm3:.0f} mm³"),
        *(sentence for score in result.scores for sentence in score_sentences(result, score)),
        *(Sentence(kind="statement", text=f"withheld: {words}", indent=2) for words in result.withheld),
        *(Sentence(kind="statement", text=words, indent=2) for words in result.applicability_words),
        *(
            Sentence(
                kind="statement",
                text=f"{each.severity}: {each.message}",
                indent=2,
                terminal=f"{each.severity}: {each.at_terminal}",
            )
            for each in findings
        ),
        *_second_contour(result),
        Sentence(kind="notice", text=result.notice, indent=2),
    )


def _second_contour(result: LesionResult) -> list[Sentence]:
    if result.second_contour is None:
        return []
    second = f"second reader's contour '{one_line(result.second_contour.segment, _LONGEST_NAME)}'"
    return [
        Sentence(kind="statement", text=f"{second}: {result.second_contour.volume_mm3:.0f} mm³", indent=2),
        *(
            Sentence(
                kind="statement",
                text=f"{second}: {finding.severity}: {finding.message}",
                indent=2,
                terminal=f"{second}: {finding.severity}: {finding.at_terminal}",
            )
            for finding in result.second_findings
        ),
    ]


def score_sentences(result: LesionResult, score: ScoreResult) -> tuple[Sentence, ...]:
    """What is said of one score of a lesion; why its group is withheld is said once for all, in `lesion_sentences`.

    Parameters
    ----------
    result
        The scored lymph node.
    score
        One of its scores.

    Returns
    -------
    tuple of Sentence
    """
    cutoff, position = score.model.cutoff, result.scores.index(score)
    statements = list(score.probability_warnings)
    terminal = {}
    if by := regression_name(score.model.development):
        statements.append(f"fitted by {by}")
    if settings := result.other_settings(score):
        statements.append(f"features extracted with {settings}")
    if result.uncertainty:
        told = result.uncertainty[position]
        movement = movement_words(told)
        statements += [uncertainty_words(score, told), movement]
        if told.is_assumed:
            terminal[movement] = f"{movement}; {_OF_ONES_OWN}"
    if result.second_reader:
        other = result.second_reader[position]
        statements.append(f"the second reader's contour: {other.score:.3f}, {other.group_said}")
    derived = f"   {probability_words(score)}" if score.probability is not None else ""
    row = f"{score.model.title:<18}{score.score:8.3f}   cutoff {cutoff.orientation} {cutoff.value:g}"
    contributions = {"intercept": score.model.intercept, **score.contributions}
    return (
        Sentence(kind="figure", text=f"{row}   {score.group_said}{derived}", indent=2),
        *(Sentence(kind="statement", text=words, indent=6, terminal=terminal.get(words, "")) for words in statements),
        *(
            Sentence(kind="figure", text=f"{value:+9.4f}  {name}", indent=6)
            for name, value in sorted(contributions.items(), key=lambda item: -abs(item[1]))
        ),
    )


def position_words(score: ScoreResult) -> str:
    """Where a score lies: "0.279 above the cutoff 0.961".

    Parameters
    ----------
    score
        One score of a lymph node.

    Returns
    -------
    str
    """
    cutoff = f"the cutoff {number(score.model.cutoff.value)}"
    if not score.distance_to_cutoff:
        return f"exactly at {cutoff}"
    return f"{number(abs(score.distance_to_cutoff))} {'above' if score.distance_to_cutoff > 0 else 'below'} {cutoff}"


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
            else [f"{score.score:.3f} {score.group_said}" for score in part.result.scores]
        )
        rows.append([str(part.number), str(part.voxels), f"{part.volume_mm3:.0f}", place_words(part.place_mm), *scores])
    full = []
    for part in parts:
        if part.result is not None:
            full.append(score_text(part.result))
        elif part.refusal is not None:
            name = one_line(part.segment, _LONGEST_NAME)
            full.append(f"{name}: refused: {part.refusal.at_terminal}")
    return "\n\n".join(["\n".join(columns(rows, ruled=True)), *full])


# Figures: Testing/simulations/results/contour_interval.txt, docs/uncertainty.md.
_ASSUMED = (
    "0.5 mm is an assumption, what the simulated cohort's two readers have; the interval holds for readers as near as "
    "they are, and no others: of other simulated readers, 0.93 mm apart, it held 82%, of four radiologists' contours "
    "of one lung nodule, 0.98 mm apart, 8 and 9 of 12"
)
_OF_ONES_OWN = "give your readers' own by --study or --sd-mm"
_MEASURED = "for readers as far apart as that, and no others"


def uncertainty_words(score: ScoreResult, uncertainty: ScoreUncertainty) -> str:
    """A score and a redrawn contour's: "1.24; 95% of redrawn contours: 1.05 to 1.41; …"; never an interval alone.

    Parameters
    ----------
    score
        One score of a lymph node.
    uncertainty
        How far redrawn contours move the score.

    Returns
    -------
    str
    """
    middle = proper_minus(f"{score.score:.2f}")
    words = f"{middle}; {redrawn_words(uncertainty)}: {redrawn_limits(uncertainty)}"
    if score.withheld:
        return words
    share = percent(uncertainty.p_other_group, digits=0)
    return f"{words}; a second reader {second_reader_words(uncertainty)} would change the group in {share}"


def movement_words(uncertainty: ScoreUncertainty) -> str:
    """What the interval is made of, and which feature moves the score most.

    Parameters
    ----------
    uncertainty
        How far redrawn contours move the score.

    Returns
    -------
    str
    """
    most = uncertainty.moved_most_by
    varied = "" if most.variation is None else f", itself varying by {percent(most.variation, digits=0)}"
    made = (
        f"{percent(uncertainty.level, digits=0)} from {uncertainty.n} redrawn contours, one reader's boundary "
        f"{uncertainty.sd_mm:.2g} mm SD; moved most by {most.name} (±{most.score_sd:.3f}{varied})"
    )
    return f"{made}; {_ASSUMED if uncertainty.is_assumed else _MEASURED}"


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
        header += [score.model.title, f"{probability_name(score.model)}*", "group"]
    rows = [[*header, "warnings"]]
    for result in results:
        row = [_name(result), f"{result.volume_mm3:.0f}"]
        for score in result.scores:
            row += [f"{score.score:.3f}", probability_cell(score.probability), score.group_said]
        rows.append([*row, str(len(result.warnings))])
    lines = columns(rows, ruled=True)
    lines.append("* derived: the score read as log-odds; the paper gives a score and a cutoff only.")
    warned = {score.model.title: score.probability_warnings for result in results for score in result.scores}
    for title, warnings in warned.items():
        for words in warnings:
            lines += textwrap.wrap(f"{one_line(title)}: {words}", _WIDTH, subsequent_indent="    ")
    for result in results:
        said = [*result.withheld, *(f"warning: {finding.at_terminal}" for finding in result.warnings)]
        for words in said:
            lines += textwrap.wrap(f"{_name(result)}: {words}", _WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def _name(result: LesionResult) -> str:
    return one_line(result.segment, _LONGEST_NAME)


Cell = str | float | None


def score_columns(models: Sequence[ScoreModel]) -> tuple[str, ...]:
    """The table's columns: six for each model, named by its ID.

    Parameters
    ----------
    models
        The score models.

    Returns
    -------
    tuple of str
    """
    parts = ("score", "probability", "probability_warning", "cutoff", "group", "withheld")
    of_models = (f"{model.id}_{part}" for model in models for part in parts)
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
                row[f"{name}_probability_warning"] = "; ".join(score.probability_warnings) or None
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
