"""What the scores add to clinical variables: a table of the appendix."""

from __future__ import annotations

import math

from RLNResponseLib.analysis.added_value import CLINICAL, StudyAddedValue
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import NOT_DEFINED, hazard_ratio_words, p_words, percent, with_limits
from RLNResponseLib.modelling.validation.added_value import Gain
from RLNResponseLib.report.page.parts import PageTable, Part, heading, tabled
from RLNResponseLib.report.text.added_value import BY_PATIENT, OUT_OF_FOLD
from RLNResponseLib.statistics.cluster_robust import ClusteredTest

_SCORES = {"published": "published score", "own": "own score, out of fold"}


def added_value_parts(analysis: StudyAnalysis) -> list[Part]:
    """Each score and outcome as a row.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    list of Part
    """
    if not analysis.added:
        return []
    names = ", ".join(label(name, unit=False) for name in CLINICAL)
    table = PageTable(
        name="added-value",
        title="What the scores add to clinical variables",
        header=(
            "outcome",
            "score",
            "lymph nodes (events)",
            "p by patient",
            "likelihood ratio, lymph nodes as independent",
            "new information",
            "AUC without, with",
            "difference, corrected",
            "scaled Brier, difference corrected",
            "hazard ratio of the score",
        ),
        rows=tuple(_row(each) for each in analysis.added),
        notes=(
            f"Clinical variables: {names}; logistic models of response, Cox models of local control. New information: "
            "the share of what clinical variables and score say together that the variables alone do not.",
            f"The published score is there as it is. {OUT_OF_FOLD}",
            BY_PATIENT,
            "AUC and scaled Brier are apparent: both models were fitted on these lymph nodes. The differences are "
            "corrected by resampling patients.",
            *dict.fromkeys(f"{each.outcome.capitalize()}: {each.reason}" for each in analysis.added if each.reason),
        ),
    )
    return [heading("What the scores add to clinical variables"), tabled(table)]


def _row(each: StudyAddedValue) -> tuple[str, ...]:
    first = (each.outcome, f"{_SCORES[each.score]}, {each.set}")
    if each.response is not None:
        found = each.response
        return (
            *first,
            f"{found.n} ({found.events})",
            _clustered(found.by_patient),
            _ratio(found.chisq, found.p),
            percent(found.new_information),
            f"{found.auc.baseline:.3f}, {found.auc.together:.3f}",
            _difference(found.auc),
            _difference(found.accuracy),
            NOT_DEFINED,
        )
    if each.control is not None:
        cox = each.control
        term = tuple(cox.together.terms.values())[-1]
        ratio = term.per(term.by_patient or term)
        return (
            *first,
            f"{cox.together.rows} ({cox.together.events})",
            _clustered(cox.by_patient),
            _ratio(cox.chisq, cox.p),
            percent(cox.new_information),
            *(NOT_DEFINED,) * 3,
            f"{hazard_ratio_words(ratio.value, ratio.lower, ratio.upper)} ({term.step})",
        )
    return (*first, *(NOT_DEFINED,) * 8)


def _clustered(test: ClusteredTest | None) -> str:
    return NOT_DEFINED if test is None or math.isnan(test.p) else f"{p_words(test.p)} ({test.patients} patients)"


def _ratio(chisq: float, p: float) -> str:
    return f"χ² {chisq:.2f}, {p_words(p)}"


def _difference(gain: Gain) -> str:
    return with_limits(gain.difference.value, gain.difference.lower, gain.difference.upper)
