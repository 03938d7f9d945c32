"""A fitted or validated score as text for the terminal: apparent, corrected and validation figures always together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, p_words, text_of_lines
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.score_validation import ScoreValidation
from RLNResponseLib.modelling.validation.roc import AUCDifference
from RLNResponseLib.modelling.validation.validation import Benchmark, Validation
from RLNResponseLib.statistics.estimates import Estimate, Proportion

_MOST_FEATURES = 12


@dataclass(frozen=True)
class Sentence:
    """A line on a result. Its `kind`: "figure" where a page has a table of it, "statement" where none has, "notice"."""

    kind: Literal["figure", "statement", "notice"]
    text: str


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
    return text_of_lines(sentence.text for sentence in fit_sentences(fit))


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
    kept = "" if score.kept.all() else f"{int(score.kept.sum())} kept by the ICC rule, "
    figures = [
        f"{counted(len(fit.table.outcome), 'lymph node')}, {int(fit.table.outcome.sum())} with the outcome; "
        f"{len(fit.names)} candidate features, "
        f"{kept}{len(fit.coefficients)} selected (λ.{recipe.rule} = {score.penalty:.4g}, folds {dealt}).",
        f"  {score.intercept:+12.6g}  intercept",
        *(f"  {value:+12.6g}  {name}" for name, value in fit.coefficients.items()),
        f"  cutoff {_estimate(fit.cutoff.cutoff)}",
        "",
        f"  apparent AUC          {_estimate(fit.apparent.auc)}",
        f"  corrected AUC         {_estimate(fit.corrected.auc)}",
        "  validation AUC        none yet: rlnresponse validate on other patients",
        fit.corrected.sentence(),
        *_classification(fit.apparent),
    ]
    statements = [
        volume_line(fit.apparent.benchmark, "apparent, on the cases that made the score"),
        *no_width_lines(fit.apparent),
        *_stability(fit),
        *_sample(fit),
        *_as_published(fit),
        *(f"warning: {finding.message}" for finding in fit.warnings),
    ]
    return (
        *(Sentence("figure", line) for line in figures),
        *(Sentence("statement", line) for line in statements),
        Sentence("notice", RESEARCH_USE_ONLY),
    )


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
    judged = validation.validation
    lines = [
        f"{validation.model.title} on {counted(judged.n, 'lymph node')} of {counted(judged.patients, 'patient')}, "
        f"{judged.events} with the outcome."
    ]
    for name, words in (("apparent", "apparent AUC"), ("corrected", "corrected AUC")):
        earlier = validation.model.development.get(name)
        if earlier:
            lines.append(f"  {words:<22}{earlier['auc']:.3f} ({earlier['lower']:.3f} to {earlier['upper']:.3f})")
    for each in validation.model.published.get("performance", ()):
        lines.append(f"  {'published, ' + each['set']:<22}{each['auc']:.3f}")
    lines += [
        f"  validation AUC        {_estimate(judged.auc)}",
        f"  the same              {_by_patient(judged)}",
        *_classification(judged),
    ]
    if judged.calibration is None:
        lines.append(f"No calibration: {judged.calibration_reason}")
    else:
        calibration = judged.calibration
        lines += [
            f"  calibration intercept {_estimate(calibration.intercept)}, slope {_estimate(calibration.slope)}",
            f"  calibration in the large {_estimate(calibration.in_the_large)}, Brier {calibration.brier:.3f}",
        ]
    lines += [volume_line(judged.benchmark, reason=validation.no_benchmark), *no_width_lines(judged)]
    if validation.against is not None:
        both = f"{validation.model.title} − {validation.against.model.title}"
        lines.append(f"  {both}: {_difference(validation.against.difference)}")
    lines += [f"warning: {finding.message}" for finding in validation.warnings]
    return text_of_lines([*lines, RESEARCH_USE_ONLY])


def _classification(validation: Validation) -> list[str]:
    found = validation.classification
    shares = (
        ("sensitivity", found.sensitivity),
        ("specificity", found.specificity),
        ("PPV", found.ppv),
        ("NPV", found.npv),
    )
    return [f"At the cutoff {validation.cutoff:.4g}: " + ", ".join(f"{name} {_share(share)}" for name, share in shares)]


def _by_patient(validation: Validation) -> str:
    if validation.auc_by_patient is None:
        return f"no limits by patient: {counted(validation.patients, 'patient')}, which is too few to resample"
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
    often = sorted(zip(found.selection, fit.names, strict=True), reverse=True)[:_MOST_FEATURES]
    chosen = ", ".join(f"{name} {share:.0%}" for share, name in often if share > 0)
    return [
        f"Instability over {fit.corrected.resamples} resamples ({fit.corrected.failed} could not be fitted): a "
        f"probability moves by "
        f"{found.average_change:.3f} on average, {found.group_change.mean():.1%} of lymph nodes change group; with the "
        f"whole development repeated, the cutoff lies between {found.cutoff.lower:.3g} and {found.cutoff.upper:.3g}.",
        f"Selected in: {chosen or 'no feature in any resample'}",
    ]


def _sample(fit: Fit) -> list[str]:
    if fit.sample is None:
        return [f"Sample size (Riley et al. 2020): {fit.sample_reason}"]
    verdict = "enough" if fit.sample.suffices else "too few"
    return [
        f"Sample size (Riley et al. 2020): {fit.sample.parameters} candidates need {fit.sample.needed} lymph nodes "
        f"with {fit.sample.events} events; {fit.sample.available} are {verdict}."
    ]


def _as_published(fit: Fit) -> list[str]:
    if fit.as_published is None:
        return []
    score = fit.as_published.score
    selected = [name for name, value in zip(fit.names, score.coefficients, strict=True) if value != 0]
    why = (
        "Both ways take the same formula here."
        if np.array_equal(score.coefficients, fit.score.coefficients)
        else "Where a patient's lymph nodes resemble each other, folds that deal them apart let one help to predict "
        "the other."
    )
    return [
        f"Published method (folds deal lymph nodes, once): λ = "
        f"{score.penalty:.4g}, {counted(len(selected), 'feature')}, apparent AUC "
        f"{_estimate(fit.as_published.auc)}. {why}"
    ]


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.lower:.3f} to {estimate.upper:.3f}, {estimate.interval})"


def _difference(found: AUCDifference) -> str:
    difference, p = found.difference, found.p
    return f"{difference.value:+.3f} ({difference.lower:+.3f} to {difference.upper:+.3f}), {p_words(p)} (DeLong)"


def _share(share: Proportion) -> str:
    if not share.of:
        return "not defined (0 of 0)"
    return f"{share.value:.3f} ({share.lower:.3f} to {share.upper:.3f}, {share.count} of {share.of})"
