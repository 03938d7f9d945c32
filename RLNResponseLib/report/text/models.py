"""What is said of a fitted or validated score: apparent, corrected and validation figures always together."""

from __future__ import annotations

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.wording import counted, listed, p_words, percent, text_of_lines, with_limits
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.probabilities import probabilities, probability_sentences, recalibrated
from RLNResponseLib.modelling.score_validation import ScoreValidation
from RLNResponseLib.modelling.validation.calibration import Calibration
from RLNResponseLib.modelling.validation.roc import AUCDifference
from RLNResponseLib.modelling.validation.validation import Benchmark, Validation
from RLNResponseLib.report.text.sentences import Sentence, printed, warning_sentences
from RLNResponseLib.statistics.estimates import Estimate, Proportion

_MOST_FEATURES = 12


def fit_text(fit: Fit) -> str:
    """The formula, its performance, what would have been published, and what speaks against it.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    str
    """
    return text_of_lines(printed(fit_sentences(fit)))


def fit_sentences(fit: Fit) -> tuple[Sentence, ...]:
    """What is said of a fit, in order, for every surface; the terminal prints all of it.

    Parameters
    ----------
    fit
        The fitted score.

    Returns
    -------
    The sentences, each with its kind, so that no surface guesses from the words what a sentence is.

    """
    score, recipe = fit.score, fit.options.recipe
    dealt = "given" if fit.options.foldid is not None else f"by {'patient' if recipe.by_patient else 'lymph node'}"
    folds = f"{fit.folds} folds {dealt}{', fitted again without the penalty' if recipe.relax else ''}"
    kept = "" if score.kept.all() else f"{int(score.kept.sum())} kept by the ICC rule, "
    figures = [
        Sentence(
            kind="figure",
            text=f"{counted(len(fit.table.outcome), 'lymph node')}, {int(fit.table.outcome.sum())} with the outcome; "
            f"{len(fit.names)} candidate features, "
            f"{kept}{len(fit.coefficients)} selected (λ.{recipe.rule} = {score.penalty:.4g}, {folds}).",
        ),
        *(
            Sentence(kind="figure", text=f"{value:+12.6g}  {name}", indent=2)
            for name, value in (("intercept", score.intercept), *fit.coefficients.items())
        ),
        Sentence(kind="figure", text=f"cutoff {_estimate(fit.cutoff.cutoff)}", indent=2),
        *_left_out(fit),
        *_nothing_selected(fit),
        Sentence(kind="figure", text=""),
        _row("apparent AUC", _estimate(fit.apparent.auc)),
        _row("corrected AUC", _estimate(fit.corrected.auc)),
        _row("validation AUC", "none yet: rlnresponse validate on other patients"),
        *_corrected_probabilities(fit),
        Sentence(kind="figure", text=fit.corrected.sentence()),
        _classification(fit.apparent),
    ]
    statements = [
        volume_line(fit.apparent.benchmark, "apparent, on the cases that made the score"),
        *no_width_lines(fit.apparent),
        *_stability(fit),
        *_sample(fit),
        *_as_published(fit),
    ]
    return (
        *figures,
        *(Sentence(kind="statement", text=line) for line in statements),
        *warning_sentences(fit.warnings),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _corrected_probabilities(fit: Fit) -> list[Sentence]:
    """What the probabilities are worth on new patients, and the formula that mends them."""
    found = probabilities(fit)
    if found["brier"] is None or not fit.coefficients:
        return []
    slope = "" if found["calibration_slope"] is None else f", calibration slope {found['calibration_slope']:.2f}"
    said = [_row("corrected Brier", f"{found['brier']:.3f}, scaled {fit.scaled_brier:.3f}{slope}")]
    sentences = probability_sentences(fit)
    hint = "" if fit.recalibration else " --recalibrate slope or --relax mends probabilities that do not come true."
    said += [
        Sentence(kind="statement", text=each, terminal=each + hint if each == sentences[-1] else "")
        for each in sentences
    ]
    if fit.recalibration is not None:
        again = recalibrated(fit)
        said += [
            Sentence(kind="figure", text=f"{value:+12.6g}  {name}, recalibrated", indent=2)
            for name, value in (("intercept", again["intercept"]), *again["coefficients"].items())
        ]
        cutoff = fit.recalibration.of(fit.score.cutoff)
        said.append(Sentence(kind="figure", text=f"cutoff {cutoff:.3f}, recalibrated", indent=2))
    return said


def _left_out(fit: Fit) -> list[Sentence]:
    """The columns that are no candidates, by their reason."""
    by_reason: dict[str, list[str]] = {}
    for each in fit.table.left_out:
        by_reason.setdefault(each.reason, []).append(_shown_name(each.name))
    heading = f"{counted(len(fit.table.left_out), 'column')} left out of the features:"
    return [
        *([Sentence(kind="figure", text=heading)] if by_reason else []),
        *(
            Sentence(kind="figure", text=f"{reason}: {listed(names, _MOST_FEATURES)}", indent=2)
            for reason, names in by_reason.items()
        ),
    ]


def _shown_name(name: str) -> str:
    """A column's name as a sentence can hold it."""
    return name[:80] or "(without a name)"


def _nothing_selected(fit: Fit) -> list[Sentence]:
    if fit.coefficients:
        return []
    return [
        Sentence(
            kind="statement",
            text=f"No feature was selected: cross-validation prefers none of the {len(fit.names)} candidates, so the "
            "score is the same for every lymph node and says nothing.",
        )
    ]


def validation_text(validation: ScoreValidation) -> str:
    """A score on other cases, beside what it showed on its own.

    Parameters
    ----------
    validation
        A score on other cases.

    Returns
    -------
    str
    """
    return text_of_lines(printed(validation_sentences(validation)))


def validation_sentences(validation: ScoreValidation) -> tuple[Sentence, ...]:
    """What is said of a score on other cases, in order, for every surface.

    Parameters
    ----------
    validation
        A score on other cases.

    Returns
    -------
    tuple of Sentence
    """
    judged = validation.validation
    on = f"{counted(judged.n, 'lymph node')} of {counted(judged.patients, 'patient')}"
    if not validation.has_patients:
        on = f"{counted(judged.n, 'row')} whose patients are not named"
    statements = [volume_line(judged.benchmark, reason=validation.no_benchmark), *no_width_lines(judged)]
    if validation.against is not None:
        both = f"{validation.model.title} − {validation.against.model.title}"
        statements.append(f"{both}: {_difference(validation.against.difference)}")
    return (
        Sentence(kind="statement", text=f"{validation.model.title} on {on}, {judged.events} with the outcome."),
        *_earlier(validation),
        _row("validation AUC", _estimate(judged.auc)),
        _row("the same", _by_patient(judged, "patient" if validation.has_patients else "row")),
        _classification(judged),
        *_below(validation),
        *_calibration(judged),
        *(Sentence(kind="statement", text=line) for line in statements),
        *warning_sentences(validation.warnings),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _row(name: str, figure: str) -> Sentence:
    """A figure in the column of its like; a long name does not run into it."""
    return Sentence(kind="figure", text=f"{name:<21} {figure}", indent=2)


def _earlier(validation: ScoreValidation) -> list[Sentence]:
    """The AUCs that the card states."""
    card = validation.model
    # A refitted formula is not the one that they were of.
    refitted = card.updated.get("method") == "refit"
    known = [
        (name, card.development[name])
        for name in ("apparent", "corrected")
        if card.development.get(name) and not refitted
    ]
    return [
        *(_row(f"{name} AUC", with_limits(of["auc"], of["lower"], of["upper"])) for name, of in known),
        *(_row(f"published AUC, {of['set']}", f"{of['auc']:.3f}") for of in card.published.get("performance", ())),
    ]


def _calibration(judged: Validation) -> list[Sentence]:
    found = judged.calibration
    if found is None:
        return [Sentence(kind="statement", text=f"No calibration: {judged.calibration_reason}")]
    large = _estimate(found.in_the_large)
    return [
        Sentence(
            kind="figure",
            text=f"calibration intercept {_estimate(found.intercept)}, slope {_estimate(found.slope)}",
            indent=2,
        ),
        Sentence(
            kind="figure",
            text=f"calibration in the large {large}, Brier {found.brier:.3f}, scaled {found.scaled_brier:.3f}, "
            f"Eavg {found.mean_error:.3f}, E90 {found.error_90:.3f}",
            indent=2,
        ),
        *_probabilities(judged, found),
        *_decision_curve(judged),
    ]


def _probabilities(judged: Validation, found: Calibration) -> list[Sentence]:
    """What the probabilities are worth on these cases, where that is little."""
    said = []
    if found.contradicted:
        said.append(
            f"The outcomes contradict the score's probabilities (intercept 0 and slope 1: {p_words(found.p)}): they do "
            "not come true here."
        )
    if found.scaled_brier <= 0:
        said.append(
            "The score's probabilities are no better here than giving everyone the share with the outcome, "
            f"{percent(judged.events, judged.n)}, as far as these data tell."
        )
    hint = " rlnresponse validate --update auto writes a card that is recalibrated to such lymph nodes."
    return [Sentence(kind="statement", text=each, terminal=each + hint if each == said[-1] else "") for each in said]


def _decision_curve(judged: Validation) -> list[Sentence]:
    curve = judged.decision_curve
    if curve is None:
        return [Sentence(kind="statement", text=f"No decision curve: {judged.decision_curve_reason}.")]
    if not len(curve.thresholds):
        return [Sentence(kind="statement", text="No decision curve: all predicted probabilities are within 1%.")]
    over = f"threshold probabilities of {curve.thresholds[0]:.2f} to {curve.thresholds[-1]:.2f}"
    return [Sentence(kind="statement", text=f"Decision curve: over {over}; outside them it says nothing.")]


def _classification(validation: Validation) -> Sentence:
    found = validation.classification
    shares = (
        ("sensitivity", found.sensitivity),
        ("specificity", found.specificity),
        ("PPV", found.ppv),
        ("NPV", found.npv),
    )
    words = ", ".join(f"{name} {_share(share)}" for name, share in shares)
    return Sentence(kind="figure", text=f"At the cutoff {validation.cutoff:.4g}: {words}")


def _below(validation: ScoreValidation) -> list[Sentence]:
    """Which scores are taken for the outcome's, where the card turns them round."""
    cutoff = validation.model.cutoff
    if cutoff.sign > 0:
        return []
    words = (
        f"The card's rule is \"<\": scores below the cutoff, '{cutoff.group_when_true}', are judged as the outcome's."
    )
    return [Sentence(kind="statement", text=words)]


def _by_patient(validation: Validation, unit: str) -> str:
    if validation.auc_by_patient is None:
        return f"no limits by {unit}: {counted(validation.patients, unit)}, which is too few to resample"
    return _estimate(validation.auc_by_patient)


def volume_line(benchmark: Benchmark | None, where: str = "", reason: str = "not in the table.") -> str:
    """The volume alone and score − volume; `where` says on which cases, `reason` why there is none.

    Parameters
    ----------
    benchmark
        The volume alone as a score; None where there is none.
    where
        On which lymph nodes.
    reason
        Why there is no figure.

    Returns
    -------
    str
    """
    if benchmark is None:
        return f"Volume alone: {reason}"
    on = f" ({where})" if where else ""
    return f"Volume alone{on}: AUC {_estimate(benchmark.auc)}; score − volume {_difference(benchmark.difference)}"


def no_width_lines(validation: Validation) -> list[str]:
    """Why DeLong's limits have no width, where they have none; else nothing.

    Parameters
    ----------
    validation
        How a score does on its cases.

    Returns
    -------
    list of str
    """
    if validation.auc.lower < validation.auc.upper:
        return []
    separates = validation.auc.value in (0, 1)
    why = "the score separates the classes completely" if separates else "the score tells no lymph node from another"
    return [f"Limits without width are no certainty: {why}, and then DeLong's formula has none."]


def _stability(fit: Fit) -> list[str]:
    found = fit.corrected.instability
    often = sorted(zip(found.selection, fit.names, strict=True), reverse=True)
    chosen = listed(
        [f"{feature_label(name)} {percent(share, digits=0)}" for share, name in often if share > 0], _MOST_FEATURES
    )
    return [
        f"Instability over {fit.corrected.resamples} resamples ({fit.corrected.failed} could not be fitted): a "
        f"probability moves by {found.average_change:.3f} on average, {percent(found.group_change.mean())} of lymph "
        "nodes change group; with the whole development repeated, 95% of cutoffs lie between "
        f"{found.cutoff.lower:.3g} and {found.cutoff.upper:.3g}.",
        f"Selected in: {chosen or 'no feature in any resample'}",
    ]


def _sample(fit: Fit) -> list[str]:
    if fit.sample is None:
        return [f"Sample size (Riley et al. 2020): {fit.sample_reason}"]
    verdict = "enough" if fit.sample.suffices else "too few"
    return [
        f"Sample size (Riley et al. 2020): {fit.sample.parameters} candidates need {fit.sample.needed} lymph nodes "
        f"with {counted(fit.sample.events, 'event')}; {fit.sample.available} are {verdict}."
    ]


def _as_published(fit: Fit) -> list[str]:
    if fit.as_published is None:
        reason = fit.as_published_reason
        return [f"Published method: it gives no score here. {reason}"] if reason else []
    score = fit.as_published.score
    selected = [name for name, value in zip(fit.names, score.coefficients, strict=True) if value != 0]
    why = (
        "Both ways take the same formula here."
        if np.array_equal(score.coefficients, fit.score.coefficients)
        else "Where a patient's lymph nodes resemble each other, folds that deal them apart let one help to predict "
        "the other."
    )
    return [
        f"Published method ({min(score.cross_validation.folds)} folds, which deal lymph nodes, once; λ.1se): λ = "
        f"{score.penalty:.4g}, {counted(len(selected), 'feature')}, apparent AUC "
        f"{_estimate(fit.as_published.auc)}. {why}"
    ]


def _estimate(estimate: Estimate) -> str:
    return with_limits(estimate.value, estimate.lower, estimate.upper, beside=estimate.interval)


def _difference(found: AUCDifference) -> str:
    difference = found.difference
    return f"{with_limits(difference.value, difference.lower, difference.upper, '+.3f')}, {p_words(found.p)} (DeLong)"


def _share(share: Proportion) -> str:
    if not share.of:
        return "not defined (0 of 0)"
    return with_limits(share.value, share.lower, share.upper, beside=f"{share.count} of {share.of}")
