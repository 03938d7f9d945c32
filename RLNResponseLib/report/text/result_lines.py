"""The figures of the first page's results as lines, and what its AUCs say in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.wording import NOT_DEFINED, with_limits
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.statistics.estimates import Estimate

BY_PATIENT, BY_LYMPH_NODE = "by patient", "by lymph node"
# The notice above says that the outcomes were drawn from the published scores: what they tell of them was put in.
IN_A_SIMULATION = "In this simulation: "
_COIN = 0.5
# Research Square's registrant: what stands under it was not reviewed by peers.
_PREPRINTS = "10.21203/rs."


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


def auc_meaning(lines: Sequence[ResultLine], simulated: bool = False) -> str:
    """Which AUCs that nothing flatters are told from chance by their limits, by name.

    Parameters
    ----------
    lines
        Of one question.
    simulated
        Whether the study is.

    Returns
    -------
    str
    """
    judged = [line for line in lines if line.limits is not None and not line.is_flattered]
    if not judged:
        return "No AUC can be given for lymph nodes that did not make the score."
    verdicts: dict[str, list[str]] = {}
    for line in judged:
        assert line.limits is not None
        verdicts.setdefault(_verdict(line.limits), []).append(line.what)
    words = " ".join(f"{verdict}: {'; '.join(names)}." for verdict, names in verdicts.items())
    return in_a_simulation(words) if simulated else words


def in_a_simulation(words: str) -> str:
    """The same, said of a simulation.

    Parameters
    ----------
    words
        A sentence.

    Returns
    -------
    str
    """
    return f"{IN_A_SIMULATION}{words[0].lower()}{words[1:]}"


def _verdict(limits: Limits) -> str:
    if not math.isfinite(limits.value):
        return "No AUC can be given"
    if math.isnan(limits.lower):
        return "An AUC without limits, which shows nothing"
    if limits.lower == limits.upper:
        return "So few that limits have no width, which is no certainty"
    if limits.lower <= _COIN <= limits.upper:
        return "Not told from chance (limits include 0.5)"
    return "Worse than chance (limits below 0.5)" if limits.upper < _COIN else "Better than chance (limits above 0.5)"


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
    cutoffs = ", ".join(f"{card.title} {card.cutoff.value:g}" for card in analysis.published)
    sources = "; ".join(dict.fromkeys(_short_source(card) for card in analysis.published))
    return (
        "AUC: share of pairs, one lymph node with and one without the outcome, that the score puts in order; 0.5 is "
        "chance. Death competing: corrects the paper's way, which leaves out who dies early. Group: the side of the "
        f"published cutoff ({cutoffs}). Own score: fitted on this study's training lymph nodes, or on all without a "
        "split. Apparent: on those that made it; corrected: less that optimism. Recurred: Aalen-Johansen, death "
        "competing. Limits take patients or lymph nodes as independent, the paper's lymph nodes. "
        f"The paper: {sources}."
    )


def source_words(card: ScoreModel) -> str:
    """A score's source as what it is, in full: a preprint is called so.

    Parameters
    ----------
    card
        The score model.

    Returns
    -------
    str
    """
    kind = "a preprint, not peer-reviewed: " if _PREPRINTS in card.citation else ""
    return f"The paper is {kind}{card.citation.rstrip('.')}."


def _short_source(card: ScoreModel) -> str:
    """Who, when and where, and that it is a preprint."""
    name, _, address = card.citation.partition(" doi:")
    if not address:
        return card.citation.rstrip(".")
    who, year = name.partition(". ")[0].removesuffix(" et al"), name.rstrip(".").rpartition(" ")[2]
    kind = ", a preprint, not peer-reviewed" if _PREPRINTS in address else ""
    return f"{who} et al. {year}{kind}, doi:{address.partition(' ')[0]}"


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
