"""What is said of a score on other cases; and how a score's figures are worded, wherever it was judged."""

from __future__ import annotations

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, p_words, percent, with_limits
from RLNResponseLib.modelling.regressions import regression_name
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import ScoreValidation
from RLNResponseLib.modelling.validation.calibration import Calibration
from RLNResponseLib.modelling.validation.delong import AUCDifference
from RLNResponseLib.modelling.validation.validation import Benchmark, Validation
from RLNResponseLib.report.text.sentences import Sentence, warning_sentences
from RLNResponseLib.statistics.estimates import Estimate, Proportion


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
        Sentence(kind="statement", text=f"{_whose(validation.model)} on {on}, {judged.events} with the outcome."),
        *_earlier(validation),
        figure_row("validation AUC", estimate_words(judged.auc)),
        figure_row("the same", _by_patient(judged, "patient" if validation.has_patients else "row")),
        classification_line(judged),
        *_below(validation),
        *_calibration(judged),
        *(Sentence(kind="statement", text=line) for line in statements),
        *warning_sentences(validation.warnings),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _whose(model: ScoreModel) -> str:
    """The score, and what it was fitted by where that is known."""
    by = regression_name(model.development)
    return f"{model.title} ({by})" if by else model.title


def figure_row(name: str, figure: str) -> Sentence:
    """A figure in the column of its like; a long name does not run into it.

    Parameters
    ----------
    name
        What it is.
    figure
        In words.

    Returns
    -------
    Sentence
    """
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
        *(figure_row(f"{name} AUC", with_limits(of["auc"], of["lower"], of["upper"])) for name, of in known),
        *(
            figure_row(f"published AUC, {of['set']}", f"{of['auc']:.3f}")
            for of in card.published.get("performance", ())
        ),
    ]


def _calibration(judged: Validation) -> list[Sentence]:
    found = judged.calibration
    if found is None:
        return [Sentence(kind="statement", text=f"No calibration: {judged.calibration_reason}")]
    large = estimate_words(found.in_the_large)
    ratio = found.observed_over_expected
    return [
        Sentence(
            kind="figure",
            text=f"calibration intercept {estimate_words(found.intercept)}, slope {estimate_words(found.slope)}",
            indent=2,
        ),
        Sentence(
            kind="figure",
            text=f"calibration in the large {large}, Brier {found.brier:.3f}, scaled {found.scaled_brier:.3f}, "
            f"Eavg {found.mean_error:.3f}, E90 {found.error_90:.3f}",
            indent=2,
        ),
        Sentence(
            kind="figure",
            text="observed / expected "
            + with_limits(ratio.value, ratio.lower, ratio.upper, ".2f", beside=ratio.interval),
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
    hint = " rlnresponse validate --update auto tests whether to recalibrate the score to such lymph nodes."
    return [Sentence(kind="statement", text=each, terminal=each + hint if each == said[-1] else "") for each in said]


def _decision_curve(judged: Validation) -> list[Sentence]:
    curve = judged.decision_curve
    if curve is None:
        return [Sentence(kind="statement", text=f"No decision curve: {judged.decision_curve_reason}.")]
    if not len(curve.thresholds):
        return [Sentence(kind="statement", text="No decision curve: all predicted probabilities are within 1%.")]
    over = f"threshold probabilities of {curve.thresholds[0]:.2f} to {curve.thresholds[-1]:.2f}"
    return [Sentence(kind="statement", text=f"Decision curve: over {over}; outside them it says nothing.")]


def classification_line(validation: Validation) -> Sentence:
    """Sensitivity and its kin at the cutoff.

    Parameters
    ----------
    validation
        How a score does on its cases.

    Returns
    -------
    Sentence
    """
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
    return estimate_words(validation.auc_by_patient)


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
    return f"Volume alone{on}: AUC {estimate_words(benchmark.auc)}; score − volume {_difference(benchmark.difference)}"


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


def estimate_words(estimate: Estimate) -> str:
    """An estimate with its limits and how they were made.

    Parameters
    ----------
    estimate
        The estimate.

    Returns
    -------
    str
    """
    return with_limits(estimate.value, estimate.lower, estimate.upper, beside=estimate.interval)


def _difference(found: AUCDifference) -> str:
    difference = found.difference
    return f"{with_limits(difference.value, difference.lower, difference.upper, '+.3f')}, {p_words(found.p)} (DeLong)"


def _share(share: Proportion) -> str:
    if not share.of:
        return "not defined (0 of 0)"
    return with_limits(share.value, share.lower, share.upper, beside=f"{share.count} of {share.of}")
