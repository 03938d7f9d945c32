"""What is said of a score at several centres: left out one by one, or told in their summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.wording import counted, listed, p_words, percent, with_limits
from RLNResponseLib.modelling.fitting.internal_external import InternalExternal
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.centre_summary import MOST_ROUNDS
from RLNResponseLib.modelling.validation.centres import MEASURES, CentreFigures, MeasureName, PooledMeasure
from RLNResponseLib.modelling.validation.combined import Combined
from RLNResponseLib.report.text.sentences import Sentence, columns, warning_sentences
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.statistics.random_effects import FEWEST_POOLED
from RLNResponseLib.study.self_verifying import DIGEST, SHORT_DIGEST

MEASURE_WORDS: Mapping[MeasureName, str] = {
    "auc": "AUC",
    "slope": "calibration slope",
    "intercept": "calibration in the large",
    "observed_over_expected": "observed / expected",
}
MEASURE_FORMS: Mapping[MeasureName, str] = {
    "auc": ".3f",
    "slope": ".2f",
    "intercept": "+.2f",
    "observed_over_expected": ".2f",
}
_TAU_OF: Mapping[MeasureName, str] = {
    "auc": " of its logit",
    "slope": "",
    "intercept": "",
    "observed_over_expected": " of its logarithm",
}
_MOST_FEATURES = 12
_MOST_NAMED = 6
_BY_PATIENT = "limits count patients, not lymph nodes (Obuchowski 1997 for the AUC, CR2 for slope and intercept)"


def measure_words(name: MeasureName, estimate: Estimate | None) -> str:
    """A figure of a centre with its limits.

    Parameters
    ----------
    name
        Which figure.
    estimate
        None where it cannot be told.

    Returns
    -------
    str
    """
    if estimate is None:
        return "not told"
    return with_limits(estimate.value, estimate.lower, estimate.upper, MEASURE_FORMS[name])


def frozen_sentences(model: ScoreModel) -> tuple[Sentence, ...]:
    """That a card is frozen, and its digest, to be compared with what the sender tells by another way.

    Parameters
    ----------
    model
        Of the card.

    Returns
    -------
    tuple of Sentence
        Empty for a card that is not frozen.
    """
    if not model.frozen:
        return ()
    words = (
        f"The card was frozen on {model.frozen['day']}, digest {model.frozen[DIGEST][:SHORT_DIGEST]}; it is unaltered."
    )
    return (Sentence(kind="statement", text=words),)


def internal_external_sentences(found: InternalExternal) -> tuple[Sentence, ...]:
    """A way of making a score at each centre that had no part in it.

    Parameters
    ----------
    found
        By centre.

    Returns
    -------
    tuple of Sentence
    """
    figures = [each.figures for each in found.centres]
    return (
        Sentence(
            kind="statement",
            text=f"Internal-external cross-validation: {counted(len(figures), 'centre')}, each judged by a score "
            f"that was made anew on the others; {_BY_PATIENT}.",
        ),
        *_table(figures),
        *(
            Sentence(
                kind="figure",
                text=f"without {each.figures.centre}: {counted(each.trained_on, 'lymph node')}, features "
                + (listed([feature_label(name) for name in each.features], _MOST_FEATURES) or "none"),
                indent=2,
            )
            for each in found.centres
        ),
        *(
            Sentence(kind="statement", text=f"Without {name} no score could be made: {reason}")
            for name, reason in found.failed.items()
        ),
        *_reasons(figures),
        *_pooled(figures, found.pooled),
        *warning_sentences(found.warnings),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def combined_sentences(found: Combined) -> tuple[Sentence, ...]:
    """A frozen score at several centres, from their summaries.

    Parameters
    ----------
    found
        Of the summaries.

    Returns
    -------
    tuple of Sentence
    """
    figures = [each.figures for each in found.centres]
    lymph_nodes, events = sum(each.lymph_nodes for each in figures), sum(each.events for each in figures)
    return (
        Sentence(
            kind="statement",
            text=f"{found.card.id} (digest {found.card.sha256[:SHORT_DIGEST]}) at {counted(len(figures), 'centre')}: "
            f"{counted(lymph_nodes, 'lymph node')}, {events} with the outcome; no row of a patient was seen.",
        ),
        *(_figure(f"{each.figures.centre}: digest {each.digest[:SHORT_DIGEST]}") for each in found.centres),
        Sentence(kind="statement", text="Compare the digests with what the centres tell by another way."),
        *_table(figures),
        *_reasons(figures),
        _figure(
            f"AUC within centres {_estimate(found.within)}: each lymph node with the outcome beside those without of "
            "its own centre; that of the pooled lymph nodes, exactly"
        ),
        _figure(
            f"AUC over all pairs, scores in classes of {found.classes.step:g}: {_range(found.in_classes)}"
            + ("" if _is_one(found.in_classes) else " (classes of fewer than five patients were told together)")
        ),
        _figure(f"AUC over all pairs, scores as they are: {_range(found.unrounded)}"),
        _figure(
            "observed / expected of all "
            + with_limits(*_three(found.observed_over_expected), ".2f", beside=found.observed_over_expected.interval)
        ),
        *_at_cutoff(found),
        *_calibration(found),
        *_pooled(figures, found.pooled),
        *_unit(found),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _figure(text: str) -> Sentence:
    return Sentence(kind="figure", text=text, indent=2)


def _three(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.lower, estimate.upper


def _estimate(estimate: Estimate) -> str:
    without_width = ", whose limits without width are no certainty" if estimate.lower == estimate.upper else ""
    return with_limits(*_three(estimate), beside=estimate.interval + without_width)


def _is_one(limits: tuple[float, float]) -> bool:
    return limits[1] - limits[0] < 1e-12


def _range(limits: tuple[float, float]) -> str:
    return f"{limits[0]:.4f}" if _is_one(limits) else f"between {limits[0]:.3f} and {limits[1]:.3f}"


def _table(figures: Sequence[CentreFigures]) -> list[Sentence]:
    rows = [["centre", "lymph nodes", "with it", "patients", *(MEASURE_WORDS[name] for name in MEASURES)]]
    rows += [
        [
            each.centre,
            str(each.lymph_nodes),
            str(each.events),
            str(each.patients),
            *(measure_words(name, each.estimate(name)) for name in MEASURES),
        ]
        for each in figures
    ]
    return [Sentence(kind="figure", text=line, indent=2) for line in columns(rows, ruled=True)]


def _reasons(figures: Sequence[CentreFigures]) -> list[Sentence]:
    return [
        Sentence(kind="statement", text=f"{each.centre}, no {MEASURE_WORDS[name]}: {reason}")
        for each in figures
        for name, reason in each.reasons.items()
    ]


def _pooled(figures: Sequence[CentreFigures], pooled: Mapping[MeasureName, PooledMeasure]) -> list[Sentence]:
    said = [
        Sentence(
            kind="figure",
            text=f"{MEASURE_WORDS[name]}, pooled over {of.effects.count}: {measure_words(name, of.mean)}, "
            f"Hartung–Knapp; a new centre's, 95%: "
            f"{of.prediction.lower:{MEASURE_FORMS[name]}} to {of.prediction.upper:{MEASURE_FORMS[name]}}; "
            f"τ{_TAU_OF[name]} {with_limits(*_three(of.effects.tau), '.2f')}, I² {percent(of.effects.i2, digits=0)}, "
            f"Q {of.effects.q:.2f}, {p_words(of.effects.p)}",
            indent=2,
        )
        for name, of in pooled.items()
    ]
    if not said:
        return [
            Sentence(
                kind="statement",
                text=f"Nothing is pooled by random effects: no figure is told by {FEWEST_POOLED} centres.",
            )
        ]
    count = max(of.effects.count for of in pooled.values())
    return [
        *said,
        *_left_out(figures, pooled),
        Sentence(
            kind="statement",
            text=f"Random effects (REML) over {count} centres of {len(figures)}: how much centres differ is hardly "
            "known from so few, as the limits of τ show; where τ is 0, the prediction has the width of the mean's "
            "limits, and that is no proof that centres do not differ. Hartung and Knapp's limits of centres that agree "
            "by chance are narrower than their errors allow.",
        ),
    ]


def _left_out(figures: Sequence[CentreFigures], pooled: Mapping[MeasureName, PooledMeasure]) -> list[Sentence]:
    """Who has no part in a pooled figure, and which way that moves it: a perfect AUC has no error to be weighed by."""
    said = []
    for name in pooled:
        without = [each for each in figures if name not in each.measures]
        if not without:
            continue
        words = f"The pooled {MEASURE_WORDS[name]} is without {listed([each.centre for each in without], _MOST_NAMED)}"
        ends = {each.auc for each in without} if name == "auc" else set()
        if ends in ({1.0}, {0.0}):
            (end,) = ends
            words += (
                f", where the AUC is {end:g} and has no standard error to be weighed by: the mean is too "
                f"{'low' if end else 'high'} for that, and the centres look more alike than they are."
            )
        else:
            words += ": it tells of the others alone, and what is left out for its own figure biases the mean."
        said.append(Sentence(kind="statement", text=words))
    return said


def _at_cutoff(found: Combined) -> list[Sentence]:
    if found.sensitivity is None or found.specificity is None:
        return [Sentence(kind="statement", text="At the cutoff: no centre tells, as fewer than five would be told of.")]
    telling = sum(each.beyond is not None for each in found.centres)
    both = [
        f"{name} {with_limits(*_three(share), beside=f'{share.count} of {share.of}')}"
        for name, share in (("sensitivity", found.sensitivity), ("specificity", found.specificity))
    ]
    return [_figure(f"at the cutoff, over {telling} of {counted(len(found.centres), 'centre')}: {', '.join(both)}")]


def _unit(found: Combined) -> list[Sentence]:
    said = f"{_BY_PATIENT.capitalize()}" + (
        "; sensitivity's and specificity's take lymph nodes as independent, which of one patient they are not."
        if found.sensitivity is not None
        else "."
    )
    if found.by_lymph_node:
        said = (
            f"What {listed(found.by_lymph_node, _MOST_NAMED)} told is of before errors were counted by patient: its "
            "limits, and all limits of the pooled lymph nodes, take lymph nodes as independent and are too narrow "
            "where patients have several; ask for new summaries."
        )
    return [Sentence(kind="statement", text=said)]


def _calibration(found: Combined) -> list[Sentence]:
    calibration = found.calibration
    if calibration is None:
        return [
            Sentence(
                kind="statement",
                text="No calibration of the pooled lymph nodes: their likelihood does not tell intercept and "
                "slope apart.",
            )
        ]
    number = found.centres[0].round.number
    words = (
        f"intercept {with_limits(*_three(calibration.intercept), '+.3f')}, slope "
        f"{with_limits(*_three(calibration.slope), '.3f')} ({calibration.slope.interval})"
    )
    if calibration.converged:
        return [_figure(f"calibration of the pooled lymph nodes, round {number}, exactly: {words}")]
    after = (
        f"no more rounds are taken than {MOST_ROUNDS}"
        if calibration.next_round is None
        else f"for round {number + 1} the centres export again with --round and the file of --output"
    )
    return [
        _figure(f"calibration of the pooled lymph nodes, one step from round {number}: {words}"),
        Sentence(
            kind="statement",
            text=f"That is not yet the pooled lymph nodes' own (the step was {calibration.moved:.2g} long): {after}.",
        ),
    ]
