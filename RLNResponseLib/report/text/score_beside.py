"""What stands beside a contour while it is drawn: short words for the panel's lines and for the image itself."""

from __future__ import annotations

from collections.abc import Iterable

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import counted, limits_words, listed, number, one_line, percent, proper_minus
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.modelling.uncertainty import ScoreUncertainty

ON_THE_IMAGE = "research use only"
_SEVEREST_FIRST = ("error", "warning", "info")
_LONGEST_NAME = 40
_FEW = 99


def redrawn_sentence(result: LesionResult) -> str:
    """How far another reader's contour would move all scores of a lesion, in one sentence.

    Parameters
    ----------
    result
        The scored lymph node.

    Returns
    -------
    str
        "" where it is not known. A score whose group is withheld has no share of other groups.
    """
    if not result.uncertainty:
        return ""
    pairs = list(zip(result.scores, result.uncertainty, strict=True))
    limits = [f"{score.model.title} {redrawn_limits(told)}" for score, told in pairs]
    words = f"{redrawn_words(result.uncertainty[0])}: {', '.join(limits)}"
    shares = [
        f"{score.model.title} in {percent(told.p_other_group, digits=0)}" for score, told in pairs if not score.withheld
    ]
    if not shares:
        return f"{words}."
    who = second_reader_words(result.uncertainty[0])
    return f"{words}; a second reader {who} would change the group of {listed(shares, _FEW)}."


def redrawn_words(uncertainty: ScoreUncertainty) -> str:
    """Of what the interval is told: "95% of redrawn contours".

    Parameters
    ----------
    uncertainty
        How far redrawn contours move the score.

    Returns
    -------
    str
        With the level, since the interval and the share of other groups are else taken for two answers to one question.
    """
    return f"{percent(uncertainty.level, digits=0)} of redrawn contours"


def redrawn_limits(uncertainty: ScoreUncertainty) -> str:
    """The interval itself, with a proper minus sign: "−0.09 to 1.43".

    Parameters
    ----------
    uncertainty
        How far redrawn contours move the score.

    Returns
    -------
    str
    """
    return proper_minus(limits_words(uncertainty.lower, uncertainty.upper, ".2f"))


def second_reader_words(uncertainty: ScoreUncertainty) -> str:
    """For which second reader an interval holds: "0.7 mm away (assumed)".

    Parameters
    ----------
    uncertainty
        How far redrawn contours move the score.

    Returns
    -------
    str
    """
    return f"{uncertainty.reader_distance_mm:.2g} mm away{' (assumed)' if uncertainty.is_assumed else ''}"


def image_lines(result: LesionResult) -> tuple[str, ...]:
    """What is written on the image beside a lymph node.

    Parameters
    ----------
    result
        The scored lymph node.

    Returns
    -------
    tuple of str
        Its name, each score with its group, and that it is for research only. A hyphen stands for the minus sign, which
        fonts of 3D views lack.
    """
    lines = [one_line(result.segment, _LONGEST_NAME)]
    for score in result.scores:
        told = (said_of(score), score.group_said)
        # What a group means makes a line of its own, since views are narrow.
        lines += told if score.group_said != score.group_words else ["  ".join(told)]
    lines.append(ON_THE_IMAGE)
    return tuple(line.replace("−", "-") for line in lines)


def severest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by their severity, in their order within each.

    Parameters
    ----------
    findings
        Of the checks.

    Returns
    -------
    tuple of Finding
    """
    return tuple(sorted(findings, key=lambda finding: _SEVEREST_FIRST.index(finding.severity)))


def details_heading(result: LesionResult | None) -> str:
    """What the heading of the details says beside its name: "2 warnings".

    Parameters
    ----------
    result
        The scored lymph node, None where there is none.

    Returns
    -------
    str
        "" where there is no warning.
    """
    return counted(len(result.warnings), "warning") if result is not None and result.warnings else ""


def feature_rows(result: LesionResult) -> list[tuple[str, str]]:
    """The features that the scores of a lesion are made of.

    Parameters
    ----------
    result
        The scored lymph node.

    Returns
    -------
    list of (name, value)
        Each name once for each value that it has: cards of other settings have others.
    """
    rows: dict[tuple[str, str], None] = {}
    for score in result.scores:
        values = result.features_of(score).values
        rows |= dict.fromkeys((name, f"{values[name]:.6g}") for name in score.model.coefficients)
    return list(rows)


def card_words(model: ScoreModel) -> str:
    """Whose formula a score is, in one line.

    Parameters
    ----------
    model
        The score's card.

    Returns
    -------
    str
    """
    return f"{model.title}: {model.outcome} ({model.status}). Card {model.id}. {model.citation}"


def said_of(score: ScoreResult) -> str:
    """One score as it stands first in its line: "Rad-score 1.243".

    Parameters
    ----------
    score
        One score of a lymph node.

    Returns
    -------
    str
    """
    return f"{score.model.title} {number(score.score)}"
