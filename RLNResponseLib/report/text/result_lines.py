"""The figures of the first page's results as lines, and what its AUCs say in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.wording import NOT_DEFINED, percent, with_limits
from RLNResponseLib.statistics.estimates import Estimate

BY_PATIENT, BY_LYMPH_NODE = "by patient", "by lymph node"
# The outcomes are drawn from the published scores (docs/cohort.md), so that what they tell of them is what was put in.
IN_A_SIMULATION = (
    "In this simulation, whose outcomes were drawn from the published scores, so that it says nothing of their worth: "
)
_COIN = 0.5


@dataclass(frozen=True)
class Limits:
    """A figure as a picture needs it.

    Attributes
    ----------
    value, lower, upper
        The figure with its 95% limits.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class ResultLine:
    """One figure of a result.

    Attributes
    ----------
    what
        Of which score, on which lymph nodes.
    here
        In this study, with limits, in words.
    units
        What its limits take as independent: "by patient" or "by lymph node"; "" where it has none.
    paper
        The published figure in words; a dash where there is none.
    limits, paper_limits
        The same as numbers; None where it is no AUC.
    is_flattered
        Whether it is on the lymph nodes that made the score, or on those alone who did not die.
    """

    what: str
    here: str
    units: str = ""
    paper: str = NOT_DEFINED
    limits: Limits | None = None
    paper_limits: Limits | None = None
    is_flattered: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """One of the five.

    Attributes
    ----------
    name
        Its short name, for files and JSON.
    question
        What is asked.
    lines
        The figures; empty where there are none.
    means
        What they mean; where there are none, why.
    not_shown
        What they do not show, one sentence.
    """

    name: str
    question: str
    lines: tuple[ResultLine, ...]
    means: str
    not_shown: str

    def as_json(self) -> dict[str, Any]:
        """As `report --json` prints it."""
        return asdict(self)


def units_of(estimate: Estimate) -> str:
    """What an estimate's limits take as independent.

    Parameters
    ----------
    estimate
        With how its limits were made.

    Returns
    -------
    str
        "" where it has no limits.

    Examples
    --------
    >>> of = Estimate(value=0.7, lower=0.6, upper=0.8, interval="DeLong")
    >>> units_of(of), units_of(Estimate(value=0.7, lower=0.6, upper=0.8, interval="bootstrap by patient"))
    ('by lymph node', 'by patient')
    """
    if math.isnan(estimate.lower):
        return ""
    # The jackknife after bootstrap is of the resampled patients.
    is_by_patient = any(word in estimate.interval for word in ("patient", "jackknife"))
    return BY_PATIENT if is_by_patient else BY_LYMPH_NODE


def auc_line(
    what: str, auc: Estimate, published: Mapping[str, Any] | None = None, is_flattered: bool = False
) -> ResultLine:
    """An AUC as a line.

    Parameters
    ----------
    what
        Of which score, on which lymph nodes.
    auc
        With its limits.
    published
        The paper's of a score card, with "auc", "auc_lower" and "auc_upper"; None where it has none.
    is_flattered
        As of `ResultLine`.

    Returns
    -------
    ResultLine
    """
    paper = None if published is None else Limits(published["auc"], published["auc_lower"], published["auc_upper"])
    return ResultLine(
        what=what,
        here=with_limits(auc.value, auc.lower, auc.upper),
        units=units_of(auc),
        paper=NOT_DEFINED if paper is None else with_limits(paper.value, paper.lower, paper.upper),
        limits=Limits(auc.value, auc.lower, auc.upper),
        paper_limits=paper,
        is_flattered=is_flattered,
    )


def auc_meaning(lines: Sequence[ResultLine], pairs: str, simulated: bool = False) -> str:
    """What each AUC that nothing flatters says, by its name, and whether its limits include chance.

    Parameters
    ----------
    lines
        Of one question.
    pairs
        Which of two lymph nodes scores higher, in words.
    simulated
        Whether the study is.

    Returns
    -------
    str
    """
    judged = [line for line in lines if line.limits is not None and not line.is_flattered]
    said = [_of_line(line.what, line.limits) for line in judged if line.limits is not None]
    said = [f"{words[0].upper()}{words[1:]}." for words in said]
    first = f"Share of pairs in which {pairs}; by chance alone 50%."
    if simulated:
        first = f"{IN_A_SIMULATION}{first[0].lower()}{first[1:]}"
    return " ".join([first, *said]) if said else "No AUC can be given for lymph nodes that did not make the score."


def _of_line(what: str, limits: Limits) -> str:
    if not math.isfinite(limits.value):
        return f"{what}: no AUC can be given"
    share = f"{what}: {percent(limits.value, digits=0)}"
    if math.isnan(limits.lower):
        return f"{share}, without limits"
    if limits.lower == limits.upper:
        return f"{share}; these few are separated completely or not at all, and limits without width are no certainty"
    if limits.lower <= _COIN <= limits.upper:
        return f"{share}; the limits include 50%"
    return f"{share}; the limits exclude 50%" + (", and lie below it" if limits.upper < _COIN else "")


def result_words(analysis: StudyAnalysis) -> str:
    """The words of the five results, as below their table: groups with their cutoffs, scores, figures, limits.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    str
    """
    groups = "; ".join(
        f"{card.title}, {card.cutoff.group_when_true} {'above' if card.cutoff.sign == 1 else 'below'} "
        f"{card.cutoff.value:g}, else {card.cutoff.group_when_false}"
        for card in analysis.published
    )
    return (
        f"Group: the side of the published score's cutoff, log-odds ({groups}). Own score: fitted on this study's "
        "training lymph nodes, or on all where nobody split them. Apparent: on those that made it; corrected: less the "
        "optimism of that, by repeating the development on resampled patients. Limits by patient take patients as "
        "independent, by lymph node lymph nodes; the paper's are by lymph node."
    )


def enrolled_and_analysed(analysis: StudyAnalysis) -> tuple[str, str]:
    """The first and the last step of the flow in words, which call simulated patients so.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    tuple of str
    """
    first, last = (analysis.flow[at].words() for at in (0, -1))
    if analysis.simulated:
        return first.replace("patient", "simulated patient", 1), last.replace("patient", "simulated patient", 1)
    return first, last
