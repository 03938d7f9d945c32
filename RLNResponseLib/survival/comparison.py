"""As published and as corrected, side by side, with one sentence on why the two differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from RLNResponseLib.common.wording import counted, p_words, percent, with_limits
from RLNResponseLib.modelling.score_validation import ScoreDifference
from RLNResponseLib.survival.cox import CoxFit, CoxTerm
from RLNResponseLib.survival.curves import CumulativeIncidence
from RLNResponseLib.survival.endpoint import Endpoint, counts, share_controlled
from RLNResponseLib.survival.follow_up import Landmark
from RLNResponseLib.survival.group_tests import GrayTest, LogRank
from RLNResponseLib.survival.maximally_selected import SelectedCutoff

Topic = Literal["endpoint", "competing", "landmark", "split", "cutoff", "clusters", "groups", "out-of-fold"]

_WHY: dict[Topic, str] = {
    "endpoint": "Leaving out those who died without recurrence keeps the ones whose fate is known only afterwards; "
    "counted as a competing event, a death stays in the denominator.",
    "competing": "The log-rank test takes the dead for censored, as if they could still recur; Gray's test counts "
    "them as those who no longer can.",
    "landmark": "Whoever is assessed has lived to the assessment, and counting that time in favour of the response is "
    "immortal time; from the landmark on all are known from the start.",
    "split": "A cutoff treats all scores on one side as equal; the continuous score uses how far each lies from the "
    "others.",
    "cutoff": "The cutoff was chosen on the same rows, so its p is the smallest of many; the corrected p asks how "
    "often the best cutoff of a score without any relation does as well.",
    "clusters": "The model-based error takes lymph nodes of one patient as independent; the robust one takes patients "
    "as the units.",
    "groups": "Student's t needs normal scores of one spread; Mann and Whitney's test compares ranks and needs "
    "neither.",
    "out-of-fold": "A score is flattered by the rows it was fitted on; out of fold, each row is scored by a model "
    "that has not seen its patient.",
}


@dataclass(frozen=True)
class Comparison:
    """One figure twice, in words.

    Attributes
    ----------
    topic
        What is compared, such as "endpoint".
    published, corrected
        The figure the paper's way, and with its error mended; in words.
    """

    topic: Topic
    published: str
    corrected: str

    @property
    def why(self) -> str:
        """Why the two differ, one sentence."""
        return why_they_differ(self.topic)

    def as_json(self) -> dict[str, str]:
        """The pair as the command line prints it."""
        return {"topic": self.topic, "as_published": self.published, "corrected": self.corrected, "why": self.why}


def why_they_differ(topic: Topic) -> str:
    """One sentence on why the published and the corrected figure differ.

    Parameters
    ----------
    topic
        What is compared.

    Returns
    -------
    str
    """
    return _WHY[topic]


def hazard_ratio_words(hr: float, lower: float, upper: float) -> str:
    """A hazard ratio with its limits: "0.362 (0.211 to 0.62)".

    Parameters
    ----------
    hr
        The hazard ratio.
    lower, upper : float
        Its limits; one that is too large for a number is infinite.

    Returns
    -------
    str

    Examples
    --------
    >>> hazard_ratio_words(0.3617, 0.2114, 0.62), hazard_ratio_words(1e300, 0, math.inf)
    ('0.362 (0.211 to 0.62)', '1e+300 (0 to inf)')
    """
    infinite = any(map(math.isinf, (hr, lower, upper)))
    return with_limits(hr, lower, upper, ".3g", undefined="inf" if infinite else "")


def compare_endpoint(endpoints: Sequence[Endpoint], recurrence: CumulativeIncidence, months: float) -> Comparison:
    """The share controlled without those who died, beside the cumulative incidence with death competing.

    Parameters
    ----------
    endpoints
        The endpoint of each lymph node.
    recurrence
        Of all rows, with death as the competing event.
    months
        The time that is asked for, months.

    Returns
    -------
    Comparison
    """
    number = counts(endpoints)
    known = number["controlled"] + number["failed"]
    published = (
        f"{number['controlled']} of {counted(known, 'lymph node')} controlled at {months:g} months "
        f"({_percent(share_controlled(endpoints))}); {number['left out']} left out, {number['censored']} censored"
    )
    estimate, error = recurrence.at(months), recurrence.variance_at(months) ** 0.5
    corrected = (
        f"{_percent(1 - estimate)} without recurrence at {months:g} months (SE {_percent(error)}), death competing"
    )
    return Comparison("endpoint", published, corrected)


def compare_competing(name: str, test: LogRank, gray: GrayTest) -> Comparison:
    """The log-rank test with the dead censored, beside Gray's.

    Parameters
    ----------
    name
        What is analysed, for the sentence.
    test
        The log-rank test.
    gray
        Gray's test.

    Returns
    -------
    Comparison
    """
    return Comparison("competing", f"{name}: log-rank {p_words(test.p)}", f"{name}: Gray {p_words(gray.p)}")


def compare_landmark(fit: CoxFit, later: CoxFit, landmark: Landmark) -> Comparison:
    """The Cox model from the start, beside the one from the landmark.

    Parameters
    ----------
    fit
        The fitted Cox model.
    later
        The Cox model from the landmark on.
    landmark
        The landmark, with who was left out.

    Returns
    -------
    Comparison
    """
    left_out = landmark.left_out_event + landmark.left_out_ended
    return Comparison(
        "landmark",
        f"from the start, {counted(fit.rows, 'lymph node')}: {_terms(fit)}",
        f"from month {landmark.months:g}, {counted(later.rows, 'lymph node')} ({left_out} left out, "
        f"{landmark.left_out_event} of them with the event): {_terms(later)}",
    )


def compare_split(name: str, at: str, test: LogRank, term: CoxTerm, sd: float) -> Comparison:
    """The two-group split, beside the continuous score.

    Parameters
    ----------
    name
        The score, for the sentence.
    at
        Which cutoff, in words.
    test
        The log-rank test.
    term
        The term of the Cox model.
    sd
        Of the score on these rows.

    Returns
    -------
    Comparison
    """
    with np.errstate(over="ignore"):
        hr, lower, upper = np.float_power([term.hr, term.lower, term.upper], sd)
    return Comparison(
        "split",
        f"{name} at {at}: log-rank {p_words(test.p)}",
        f"{name} continuous: {_hazard_ratio(term)}; per SD of {sd:.3g}, HR {hazard_ratio_words(hr, lower, upper)}",
    )


def compare_cutoff(name: str, test: LogRank, selected: SelectedCutoff, rule: Literal[">", "<"] = ">") -> Comparison:
    """The log-rank p at a cutoff chosen on the same data, beside the corrected one.

    Parameters
    ----------
    name
        The score, for the sentence.
    test
        The log-rank test.
    selected
        The cutoff that was searched, with its corrected p.
    rule
        On which side of it the named group lies.

    Returns
    -------
    Comparison
    """
    return Comparison(
        "cutoff",
        f"{name} {rule} {selected.cutoff:g}: log-rank {p_words(test.p)}",
        f"{p_words(selected.corrected_p)} among {selected.candidates} cutoffs ({selected.permutations} permutations)",
    )


def compare_out_of_fold(name: str, test: LogRank, unseen: LogRank | None) -> Comparison:
    """The log-rank p of a score on the rows that it was fitted on, beside the one by scores that had not seen them.

    Parameters
    ----------
    name
        The score, for the sentence.
    test
        The log-rank test on the rows that made the score.
    unseen
        The log-rank test out of fold; None where there is none.

    Returns
    -------
    Comparison
    """
    corrected = "none on these rows" if unseen is None else f"{name}, out of fold: log-rank {p_words(unseen.p)}"
    return Comparison("out-of-fold", f"{name} on the rows that made it: log-rank {p_words(test.p)}", corrected)


def compare_clusters(fit: CoxFit) -> Comparison:
    """Model-based errors beside those with patients as the units; `fit` was given the patients.

    Parameters
    ----------
    fit
        The fitted Cox model.

    Returns
    -------
    Comparison
    """
    assert fit.patients is not None
    robust = "; ".join(
        f"{name} SE {term.robust.se:.3g}, {p_words(term.robust.p)}" for name, term in fit.terms.items() if term.robust
    )
    model_based = "; ".join(f"{name} SE {term.se:.3g}, {p_words(term.p)}" for name, term in fit.terms.items())
    return Comparison("clusters", model_based, f"{counted(fit.patients, 'patient')}: {robust}")


def compare_groups(name: str, difference: ScoreDifference) -> Comparison:
    """Student's t beside Mann and Whitney's test.

    Parameters
    ----------
    name
        The score, for the sentence.
    difference
        The difference between the groups.

    Returns
    -------
    Comparison
    """
    (first, second), (sd_1, sd_2) = difference.mean, difference.sd
    return Comparison(
        "groups",
        f"{name}: {first:.3f} ± {sd_1:.3f} against {second:.3f} ± {sd_2:.3f}, t-test {p_words(difference.t_p)}",
        f"{name}: Mann-Whitney {p_words(difference.u_p)}",
    )


def _terms(fit: CoxFit) -> str:
    return "; ".join(f"{name} {_hazard_ratio(term)}" for name, term in fit.terms.items())


def _hazard_ratio(term: CoxTerm) -> str:
    return f"HR {hazard_ratio_words(term.hr, term.lower, term.upper)}, {p_words(term.p)}"


def _percent(share: float) -> str:
    return percent(share, undefined="not known")
