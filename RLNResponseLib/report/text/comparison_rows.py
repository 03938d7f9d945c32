"""The published way and the figure beside it, a row for each figure: a page has columns, and no prose in cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import NOT_DEFINED, counted, formatted, hazard_ratio_words, p_words, percent
from RLNResponseLib.common.wording import with_limits as limited
from RLNResponseLib.survival.comparison import share_words, which_is_a
from RLNResponseLib.survival.cox import CoxFit, CoxTerm
from RLNResponseLib.survival.endpoint import Endpoint, counts, share_controlled
from RLNResponseLib.survival.proportional_hazards import GLOBAL
from RLNResponseLib.survival.results import Split, SurvivalAnalysis
from RLNResponseLib.survival.states import ThreeStates

HEADER = ("topic", "of what", "published way", "beside it", "which is a")
Row = tuple[str, str, str, str, str]


def comparison_rows(analysis: SurvivalAnalysis) -> tuple[Row, ...]:
    """What `analysis.comparisons` says, a row for each figure.

    Parameters
    ----------
    analysis
        One analysis of local control.

    Returns
    -------
    tuple of (topic, of what, published way, beside it, which is a)
    """
    topics = [each.topic for each in analysis.comparisons]
    rows: list[Row] = []
    if "prediction" in topics:
        rows += _prediction(analysis)
    if "clusters" in topics and analysis.cox is not None:
        rows += [_cluster(name, term) for name, term in analysis.cox.terms.items()]
    for split in analysis.splits:
        rows += _split(split, analysis.cox if "split" in topics else None)
    if "landmark" in topics and analysis.cox is not None:
        rows += _landmark(analysis, analysis.cox)
    return tuple(rows)


def endpoint_rows(endpoints: Sequence[Endpoint], states: ThreeStates | None) -> tuple[Row, ...]:
    """The states of the two-year endpoint, as published and with death competing.

    Parameters
    ----------
    endpoints
        The endpoint of each lymph node.
    states
        Of the same lymph nodes; None where they are not known.

    Returns
    -------
    tuple of (topic, of what, published way, beside it, which is a)
    """
    number = counts(endpoints)
    known = number["controlled"] + number["failed"]
    free, event, death = (
        (NOT_DEFINED,) * 3 if states is None else map(share_words, (states.free, states.event, states.competing))
    )
    kind = which_is_a("endpoint")
    share = share_controlled(endpoints)
    return (
        ("endpoint", "controlled, and alive beside it", _of(number["controlled"], known, share), free, kind),
        ("endpoint", "recurred", _of(number["failed"], known, 1 - share), event, kind),
        ("endpoint", "died first", f"{number['left out']} left out", death, kind),
        ("endpoint", "watched for less", f"{number['censored']} left out", "counted while watched", kind),
    )


def ratio_cell(fit: CoxFit, name: str, *, by_patient: bool) -> str:
    """A hazard ratio with its limits and p.

    Parameters
    ----------
    fit
        A Cox model.
    name
        The covariate.
    by_patient
        Whether its error takes patients as the units.

    Returns
    -------
    str
        A dash where there is no such error.
    """
    term = fit.terms[name]
    error = term.by_patient if by_patient else term
    if error is None or math.isnan(error.p):
        return NOT_DEFINED
    ratio = term.per(error)
    return f"{hazard_ratio_words(ratio.value, ratio.lower, ratio.upper)}, {p_words(error.p)}"


def _of(number: int, whole: int, share: float) -> str:
    return f"{number} of {whole} ({percent(share, undefined='not known')})"


def _prediction(analysis: SurvivalAnalysis) -> Iterator[Row]:
    survivors, judged = analysis.survivors, analysis.prediction
    assert survivors is not None
    assert judged is not None
    kind, old, new = which_is_a("prediction"), survivors.auc, judged.auc.shown
    yield "prediction", "lymph nodes", f"{survivors.rows} ({survivors.left_out} left out)", str(judged.rows), kind
    yield (
        "prediction",
        f"AUC at {judged.months:g} months",
        limited(old.value, old.lower, old.upper),
        limited(new.value, new.lower, new.upper),
        kind,
    )
    if survivors.brier is not None and judged.risk is not None:
        brier, ipa = judged.risk.brier.shown, judged.risk.ipa.shown
        beside = limited(brier.value, brier.lower, brier.upper)
        yield "prediction", "Brier score", formatted(survivors.brier), beside, kind
        yield "prediction", "scaled Brier score, IPA", percent(survivors.skill), share_words(ipa), kind


def _cluster(name: str, term: CoxTerm) -> Row:
    what = f"{label(name, unit=False)}: SE of the log HR ({term.step})"
    robust = term.by_patient
    step = abs(term.difference)
    if robust is None or math.isnan(robust.p):
        beside = "no error at this number of patients and events"
    else:
        freedom = "" if robust.df is None else f" (CR2, {robust.df:.1f} df)"
        beside = f"{formatted(robust.se * step, '#.3g')}{freedom}, {p_words(robust.p)}"
    return (
        "clusters",
        what,
        f"{formatted(term.se * step, '#.3g')}, {p_words(term.p)}",
        beside,
        which_is_a("clusters"),
    )


def _split(split: Split, fit: CoxFit | None) -> Iterator[Row]:
    name, log_rank = label(split.name, unit=False), f"log-rank {p_words(split.log_rank.p)}"
    if fit is not None and split.of_score and not split.fitted_here:
        beside = ratio_cell(fit, split.name, by_patient=True)
        what = f"{name}: in two groups | continuous, HR ({fit.terms[split.name].step}) by patient"
        yield "split", what, log_rank, beside, which_is_a("split")
    if split.selected:
        what = f"{name}: cutoff {split.selected.cutoff:g}, the best of {split.selected.candidates}"
        yield "cutoff", what, log_rank, f"corrected {p_words(split.selected.corrected_p)}", which_is_a("cutoff")
    if split.fitted_here:
        unseen = "none" if split.out_of_fold is None else f"log-rank {p_words(split.out_of_fold.p)}"
        what = f"{name}: on the lymph nodes that made it | out of fold"
        yield "out-of-fold", what, log_rank, unseen, which_is_a("out-of-fold")
    if "event" in split.gray:
        gray = f"Gray, of recurrence, {p_words(split.gray['event'].p)}"
        yield "competing", name, log_rank, gray, which_is_a("competing")


def _landmark(analysis: SurvivalAnalysis, fit: CoxFit) -> Iterator[Row]:
    assert analysis.landmark is not None
    landmark, later = analysis.landmark
    kind, left_out = which_is_a("landmark"), landmark.left_out_event + landmark.left_out_ended
    yield (
        "landmark",
        f"from the start | from month {landmark.months:g}",
        counted(fit.rows, "lymph node"),
        f"{later.rows} ({left_out} left out, {landmark.left_out_event} of them recurred)",
        kind,
    )
    for name in fit.terms:
        beside = ratio_cell(later, name, by_patient=True) if name in later.terms else NOT_DEFINED
        step = fit.terms[name].step
        what = f"{label(name, unit=False)}: HR ({step}) | by patient"
        yield "landmark", what, ratio_cell(fit, name, by_patient=False), beside, kind
    tests = (analysis.ph_tests.get(GLOBAL), analysis.landmark_ph.get(GLOBAL))
    start, after = ("not tested" if test is None else p_words(test.p) for test in tests)
    yield "landmark", "proportional hazards, all covariates", start, after, kind
