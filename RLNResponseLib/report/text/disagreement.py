"""Where two readings of a lymph node disagree, in words."""

from __future__ import annotations

from RLNResponseLib.agreement.overlap import Overlap
from RLNResponseLib.analysis.disagreement import Disagreement, Disagreements, ReadingComparison
from RLNResponseLib.common.wording import counted, number, signed
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.report.text.sentences import Sentence, columns

_WITHHELD = "withheld"
_MOST_ROWS = 10


def comparison_sentences(comparison: ReadingComparison) -> tuple[Sentence, ...]:
    """What is said of two readings of one lymph node, for every surface.

    Parameters
    ----------
    comparison
        Of the two readings.

    Returns
    -------
    tuple of Sentence
    """
    sentences = [Sentence(kind="statement", text=overlap_words(comparison.overlap))]
    for score in comparison.scores:
        sentences.append(Sentence(kind="statement", text=difference_words(comparison, score)))
        sentences += [
            Sentence(kind="figure", text=f"{signed(each.contribution)}  {each.name}", indent=2)
            for each in score.features
        ]
        # A card without training distribution says the same of both.
        said = dict.fromkeys((score.first.applicability.message, score.second.applicability.message))
        if len(said) == 1:
            sentences.append(Sentence(kind="statement", text=f"{score.model.title}, both readings: {next(iter(said))}"))
        else:
            sentences += [
                Sentence(kind="statement", text=f"{score.model.title}, {words}: {result.applicability.message}")
                for words, result in zip(comparison.pair.words, (score.first, score.second), strict=True)
            ]
    return tuple(sentences)


def difference_words(comparison: ReadingComparison, score: ScoreChange) -> str:
    """Both scores and their groups: "Rad-score: reader A round 1 1.240 responder, … −0.370, another group".

    Parameters
    ----------
    comparison
        Of the two readings.
    score
        One of its scores.

    Returns
    -------
    str
    """
    both = ", ".join(
        f"{words} {number(result.score)} ({result.group_words})"
        for words, result in zip(comparison.pair.words, (score.first, score.second), strict=True)
    )
    changed = ", another group" if score.changes_group else ""
    return f"{score.model.title}: {both}; difference {signed(score.difference)}{changed}"


def overlap_words(overlap: Overlap) -> str:
    """How alike two contours are: "Dice 0.87, HD95 2.1 mm, surface Dice 0.94 within 2 mm; …".

    Parameters
    ----------
    overlap
        Of the two contours.

    Returns
    -------
    str
    """
    return (
        f"Dice {overlap.dice:.2f}, HD95 {overlap.hd95_mm:.1f} mm, surface Dice {overlap.surface_dice_1mm:.2f}, "
        f"{overlap.surface_dice_2mm:.2f} and {overlap.surface_dice_3mm:.2f} within 1, 2 and 3 mm, volume "
        f"{'+' if overlap.volume_difference_mm3 >= 0 else '−'}{abs(overlap.volume_difference_mm3):.0f} mm³"
    )


def disagreement_cells(row: Disagreement) -> list[str]:
    """One lymph node as a row of a table: name, both scores, both groups, difference, Dice, HD95, surface Dice.

    Parameters
    ----------
    row
        One score of one lymph node in two readings.

    Returns
    -------
    list of str
        In the order of TABLE_HEADER.
    """
    return [
        row.lymph_node,
        *(number(score) for score in row.scores),
        *(group or _WITHHELD for group in row.groups),
        signed(row.difference),
        f"{row.overlap.dice:.2f}",
        f"{row.overlap.hd95_mm:.1f}",
        f"{row.overlap.surface_dice_2mm:.2f}",
    ]


TABLE_HEADER = ("lymph node", "first", "second", "group", "group", "difference", "Dice", "HD95 mm", "surface Dice")


def disagreements_text(listed: Disagreements) -> str:
    """The lymph nodes whose readings lie furthest apart, as a table of the terminal.

    Parameters
    ----------
    listed
        Of one score and one pair of readings.

    Returns
    -------
    str
    """
    rows = listed.rows
    shown = rows[:_MOST_ROWS]
    changed = sum(row.changes_group for row in rows)
    first, second = listed.pair.words
    return "\n".join(
        [
            f"{listed.model.title}, {first} against {second}: {counted(len(rows), 'lymph node')}, {changed} in another "
            f"group{'; furthest apart (surface Dice within 2 mm):' if rows else '.'}",
            *(f"  {line}" for line in columns([TABLE_HEADER, *map(disagreement_cells, shown)], ruled=True) if rows),
            *(f"  left out: {name}: {reason}" for name, reason in listed.left_out),
        ]
    )
