"""As published and beside it another figure, with one sentence on why the two differ: a correction of an error, or the
answer to another question.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import counted, formatted, hazard_ratio_words, p_words, percent, with_limits
from RLNResponseLib.modelling.score_validation import ScoreDifference
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.cox import CoxFit, CoxTerm, RobustError
from RLNResponseLib.survival.endpoint import Endpoint, counts, share_controlled
from RLNResponseLib.survival.follow_up import Landmark
from RLNResponseLib.survival.group_tests import GrayTest, LogRank
from RLNResponseLib.survival.prediction import Prediction
from RLNResponseLib.survival.proportional_hazards import GLOBAL, PHTest
from RLNResponseLib.survival.states import ThreeStates
from RLNResponseLib.survival.survivors import Survivors

Topic = Literal[
    "endpoint", "prediction", "competing", "landmark", "split", "cutoff", "clusters", "groups", "out-of-fold"
]
# Where the second figure mends an error of the first; the others answer another question.
CORRECTIONS: frozenset[Topic] = frozenset({"endpoint", "prediction", "cutoff", "clusters", "out-of-fold"})

_WHY: dict[Topic, str] = {
    "endpoint": "Who dies first is known only afterwards, so that leaving them out takes the share of lymph nodes "
    "chosen by their fate; counted as a competing event, a death stays in the denominator and is a state of its own.",
    "prediction": "Without those who died first a score is judged on lymph nodes chosen by what happened later; with "
    "death competing all count, and who is censored before is stood for by those still watched.",
    "competing": "The log-rank test compares the rates of recurrence among those alive, Gray's test the shares that "
    "have recurred among all, in which the dead no longer can: two questions, and neither corrects the other.",
    "landmark": "Whoever is assessed has lived to the assessment, and counting that time in favour of the response is "
    "immortal time; from the landmark on all are known from the start, but it is asked of those only who reach it, and "
    "still of hazards that are proportional.",
    "split": "A cutoff treats all scores on one side as equal; the continuous score uses how far each lies from the "
    "others.",
    "cutoff": "The cutoff was chosen on the same rows, so its p is the smallest of many; the corrected p asks how "
    "often the best cutoff of a score without any relation does as well.",
    "clusters": "The model-based error takes lymph nodes of one patient as independent; the robust one takes patients "
    "as the units, and is itself an estimate from as many patients as there are.",
    "groups": "Student's t compares means and needs normal scores of one spread, Mann and Whitney's test compares "
    "ranks and needs neither: two questions, neither corrects the other, and both take lymph nodes of one patient as "
    "independent.",
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
        The figure the paper's way, and the one beside it, in words: with its error mended where `is_correction`.
    """

    topic: Topic
    published: str
    corrected: str

    @property
    def why(self) -> str:
        """Why the two differ, one sentence."""
        return why_they_differ(self.topic)

    @property
    def is_correction(self) -> bool:
        """Whether the second figure mends an error of the first."""
        return self.topic in CORRECTIONS

    @property
    def kind(self) -> str:
        """What the second figure is called: "corrected" over a correction alone."""
        return "corrected" if self.is_correction else "beside it"

    def as_json(self) -> dict[str, str | bool]:
        """The pair as the command line prints it."""
        return {
            "topic": self.topic,
            "as_published": self.published,
            "corrected": self.corrected,
            "why": self.why,
            "is_correction": self.is_correction,
        }


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


def which_is_a(topic: Topic) -> str:
    """What the second figure of a topic is, wherever it is shown.

    Parameters
    ----------
    topic
        What is compared.

    Returns
    -------
    str

    Examples
    --------
    >>> which_is_a("clusters"), which_is_a("competing")
    ('correction', 'another question')
    """
    return "correction" if topic in CORRECTIONS else "another question"


def compare_endpoint(endpoints: Sequence[Endpoint], states: ThreeStates) -> Comparison:
    """The share controlled without those who died, beside the three states with death competing.

    Parameters
    ----------
    endpoints
        The endpoint of each lymph node.
    states
        Of all lymph nodes, at the same time.

    Returns
    -------
    Comparison
    """
    number = counts(endpoints)
    known = number["controlled"] + number["failed"]
    published = (
        f"{number['controlled']} of {counted(known, 'lymph node')} controlled at {states.months:g} months "
        f"({_percent(share_controlled(endpoints))}); {number['left out']} left out, {number['censored']} censored"
    )
    return Comparison("endpoint", published, f"at {states.months:g} months {states_words(states)}")


def states_words(
    states: ThreeStates, names: tuple[str, str, str] = ("recurred", "died first", "alive and controlled")
) -> str:
    """The three states in words.

    Parameters
    ----------
    states
        The event, the other event first, neither.
    names
        What the three are called.

    Returns
    -------
    str

    Examples
    --------
    >>> from RLNResponseLib.statistics.estimates import Estimate
    >>> each = [Estimate(value=v, lower=v - 0.1, upper=v + 0.1, interval="") for v in (0.5, 0.2, 0.3)]
    >>> states_words(ThreeStates(months=24, rows=9, event=each[0], competing=each[1], free=each[2]))
    'recurred 50.0% (40.0% to 60.0%), died first 20.0% (10.0% to 30.0%), alive and controlled 30.0% (20.0% to 40.0%)'
    """
    of = (states.event, states.competing, states.free)
    return ", ".join(f"{name} {share_words(estimate)}" for name, estimate in zip(names, of, strict=True))


def share_words(estimate: Estimate) -> str:
    """A share in percent with its limits: "50.0% (40.0% to 60.0%)".

    Parameters
    ----------
    estimate
        A share, 0 to 1.

    Returns
    -------
    str
    """
    if math.isnan(estimate.value):
        return "not known"
    if math.isnan(estimate.lower):
        return f"{_percent(estimate.value)} (no limits)"
    return with_limits(estimate.value, estimate.lower, estimate.upper, ".1%")


def compare_prediction(name: str, survivors: Survivors, prediction: Prediction) -> Comparison:
    """AUC and Brier score without those who died first, beside AUC(t), Brier score and IPA with death competing.

    Parameters
    ----------
    name
        The score, for the sentence.
    survivors
        The score the published way.
    prediction
        The score with death competing.

    Returns
    -------
    Comparison
    """
    rate, judged, of = survivors.auc, prediction.risk, label(name, unit=False)
    published = (
        f"{of}, {survivors.left_out} of {counted(prediction.rows, 'lymph node')} left out: AUC "
        f"{with_limits(rate.value, rate.lower, rate.upper, beside='DeLong')}"
    )
    corrected = f"{of}, all {prediction.rows}: AUC({prediction.months:g}) {_measure(prediction.auc.shown)}"
    if survivors.brier is not None and judged is not None:
        published += f", Brier {survivors.brier:.3f}, scaled {_percent(survivors.skill)}"
        ipa = judged.ipa.shown
        corrected += f", Brier {_measure(judged.brier.shown)}, IPA (scaled) {share_words(ipa)}"
    return Comparison("prediction", published, corrected)


def _measure(estimate: Estimate) -> str:
    return with_limits(estimate.value, estimate.lower, estimate.upper, beside=estimate.interval.removeprefix("95%, "))


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
    of = label(name, unit=False)
    return Comparison("competing", f"{of}: log-rank {p_words(test.p)}", f"{of}: Gray, of the event, {p_words(gray.p)}")


def compare_landmark(
    fit: CoxFit, later: CoxFit, landmark: Landmark, tests: Mapping[str, PHTest] | None = None
) -> Comparison:
    """The Cox model from the start, beside the one from the landmark.

    Parameters
    ----------
    fit
        The fitted Cox model.
    later
        The Cox model from the landmark on.
    landmark
        The landmark, with who was left out.
    tests
        Of the later model's proportional hazards; None or empty where they cannot be tested.

    Returns
    -------
    Comparison
    """
    left_out = landmark.left_out_event + landmark.left_out_ended
    hazards = f"proportional hazards {p_words(tests[GLOBAL].p)}" if tests else "proportional hazards not tested"
    return Comparison(
        "landmark",
        f"from the start, {counted(fit.rows, 'lymph node')}: {_terms(fit, by_patient=False)}",
        f"from month {landmark.months:g}, {counted(later.rows, 'lymph node')} ({left_out} left out, "
        f"{landmark.left_out_event} of them with the event): {_terms(later, by_patient=True)}; {hazards}",
    )


def compare_split(name: str, at: str, test: LogRank, term: CoxTerm) -> Comparison:
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

    Returns
    -------
    Comparison
    """
    return Comparison(
        "split",
        f"{label(name, unit=False)} at {at}: log-rank {p_words(test.p)}",
        f"{label(name, unit=False)} continuous: {_hazard_ratio(term, by_patient=True)}",
    )


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
        f"{label(name, unit=False)} {_robust_words(term, term.by_patient)}"
        for name, term in fit.terms.items()
        if term.by_patient
    )
    model_based = "; ".join(
        f"{label(name, unit=False)} {_error_words(term, term.se)}, {p_words(term.p)}"
        for name, term in fit.terms.items()
    )
    return Comparison("clusters", f"SE of the log HR: {model_based}", f"{counted(fit.patients, 'patient')}: {robust}")


def _error_words(term: CoxTerm, error: float) -> str:
    """Of the step that the hazard ratios are of, never of a unit."""
    return f"({term.step}) {formatted(error * abs(term.difference), '#.3g')}"


def _robust_words(term: CoxTerm, error: RobustError) -> str:
    if error.df is None:
        return f"{_error_words(term, error.se)}, {p_words(error.p)}"
    if math.isnan(error.p):
        return "no error at this number of patients and events"
    return f"{_error_words(term, error.se)} (CR2), t with {error.df:.1f} df, {p_words(error.p)}"


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
        f"{name}: with the outcome {first:.3f} ± {sd_1:.3f}, without {second:.3f} ± {sd_2:.3f}, t-test "
        f"{p_words(difference.t_p)}",
        f"{name}: Mann-Whitney {p_words(difference.u_p)}",
    )


def _terms(fit: CoxFit, by_patient: bool) -> str:
    return "; ".join(f"{label(name, unit=False)} {_hazard_ratio(term, by_patient)}" for name, term in fit.terms.items())


def _hazard_ratio(term: CoxTerm, by_patient: bool) -> str:
    """Of a step that means something, by patient where that is asked for and known."""
    error = (term.by_patient if by_patient else None) or term
    ratio, whose = term.per(error), "" if error is term else " by patient"
    return f"HR ({term.step}) {hazard_ratio_words(ratio.value, ratio.lower, ratio.upper)}, {p_words(error.p)}{whose}"


def _percent(share: float) -> str:
    return percent(share, undefined="not known")
