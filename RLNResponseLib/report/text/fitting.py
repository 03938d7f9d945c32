"""What is said of a fitted score: its formula, apparent and corrected figures together, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.wording import (
    NOT_DEFINED,
    counted,
    formatted,
    listed,
    p_words,
    percent,
    text_of_lines,
    with_limits,
)
from RLNResponseLib.modelling.fitting.centres import harmonised_sentence
from RLNResponseLib.modelling.fitting.compare import Compared
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.probabilities import probabilities, probability_sentences, recalibrated
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.report.text.sentences import Sentence, printed, warning_sentences
from RLNResponseLib.report.text.validation import (
    classification_line,
    estimate_words,
    figure_row,
    no_width_lines,
    volume_line,
)

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
    score = fit.score
    figures = [
        Sentence(
            kind="figure",
            text=f"{counted(len(fit.table.outcome), 'lymph node')}, {int(fit.table.outcome.sum())} with the outcome; "
            f"{feature_flow(fit)} ({regression_words(fit)}).",
        ),
        *(
            Sentence(kind="figure", text=f"{value:+12.6g}  {name}", indent=2)
            for name, value in (("intercept", score.intercept), *fit.coefficients.items())
        ),
        Sentence(kind="figure", text=f"cutoff {estimate_words(fit.cutoff.cutoff)}", indent=2),
        *_terms(fit),
        *_harmonised(fit),
        *_left_out(fit),
        *_redundant(fit),
        *_nothing_selected(fit),
        Sentence(kind="figure", text=""),
        figure_row("apparent AUC", estimate_words(fit.apparent.auc)),
        figure_row("corrected AUC", estimate_words(fit.corrected.auc)),
        figure_row("validation AUC", "none yet: rlnresponse validate on other patients"),
        *_corrected_probabilities(fit),
        Sentence(kind="figure", text=fit.corrected.sentence()),
        classification_line(fit.apparent),
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


def feature_flow(fit: Fit) -> str:
    """How many features come to each step, from the candidates to those of the score.

    Parameters
    ----------
    fit
        The fitted score.

    Returns
    -------
    str
    """
    flow, threshold = fit.flow, fit.options.recipe.redundancy
    steps = [f"{flow['candidates']} candidate features"]
    if flow["kept_by_icc"] < flow["candidates"]:
        steps.append(f"{flow['kept_by_icc']} kept by the ICC rule")
    if threshold is not None:
        steps.append(f"{flow['kept_by_redundancy']} without the redundant (|ρ| > {threshold:g})")
    did = "selected" if fit.options.recipe.penalty == "lasso" else "fitted"
    return ", ".join([*steps, f"{flow['selected']} {did}"])


def regression_words(fit: Fit) -> str:
    """Which regression, and how its λ was chosen.

    Parameters
    ----------
    fit
        The fitted score.

    Returns
    -------
    str
        The LASSO, which is usual here, is not named.
    """
    score, recipe = fit.score, fit.options.recipe
    if score.cross_validation is None:
        return f"{REGRESSIONS[recipe.penalty].name}; the intercept gives as many events as there are"
    dealt = "given" if fit.options.foldid is not None else f"by {'patient' if recipe.by_patient else 'lymph node'}"
    which = "" if recipe.penalty == "lasso" else f"{REGRESSIONS[recipe.penalty].name}, by deviance, "
    relaxed = ", fitted again without the penalty" if recipe.relax else ""
    return f"{which}λ.{recipe.rule} = {score.strength:.4g}, {fit.folds} folds {dealt}{relaxed}"


def _redundant(fit: Fit) -> list[Sentence]:
    """Which feature stands for which others."""
    by_kept: dict[str, list[str]] = {}
    for gone, kept in fit.stood_for.items():
        by_kept.setdefault(kept, []).append(feature_label(gone))
    if not by_kept:
        return []
    return [
        Sentence(kind="figure", text=f"{counted(len(fit.stood_for), 'feature')} left out as redundant:"),
        *(
            Sentence(kind="figure", text=f"{feature_label(kept)} stands for {listed(gone, _MOST_FEATURES)}", indent=2)
            for kept, gone in by_kept.items()
        ),
    ]


def _terms(fit: Fit) -> list[Sentence]:
    """The limits of Firth's coefficients; those of a LASSO or a ridge have none."""
    if not fit.terms:
        return []
    return [
        *(
            figure_row(
                feature_label(name),
                f"{with_limits(term.coefficient, term.lower, term.upper, '.4g')}, {p_words(term.p)}",
            )
            for name, term in fit.terms.items()
        ),
        Sentence(
            kind="statement",
            text="Limits and p of the coefficients are those of the profile of the penalised likelihood; they take "
            "lymph nodes as independent, and features that were chosen on these data as given.",
        ),
    ]


def _harmonised(fit: Fit) -> list[Sentence]:
    centres = fit.options.centres
    return [] if centres is None else [Sentence(kind="statement", text=harmonised_sentence(centres))]


def _corrected_probabilities(fit: Fit) -> list[Sentence]:
    """What the probabilities are worth on new patients, and the formula that mends them."""
    found = probabilities(fit)
    if found["brier"] is None or not fit.coefficients:
        return []
    slope = "" if found["calibration_slope"] is None else f", calibration slope {found['calibration_slope']:.2f}"
    said = [figure_row("corrected Brier", f"{found['brier']:.3f}, scaled {fit.scaled_brier:.3f}{slope}")]
    sentences = probability_sentences(fit)
    ways = "--recalibrate slope or --relax" if fit.options.recipe.penalty == "lasso" else "--recalibrate slope"
    hint = "" if fit.recalibration else f" {ways} mends probabilities that do not come true."
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


def _stability(fit: Fit) -> list[str]:
    found = fit.corrected.instability
    often = sorted(zip(found.selection, fit.names, strict=True), reverse=True)
    chosen = listed(
        [f"{feature_label(name)} {percent(share, digits=0)}" for share, name in often if share > 0], _MOST_FEATURES
    )
    verb = "Selected" if fit.options.recipe.penalty == "lasso" else "Fitted"
    return [
        f"Instability over {fit.corrected.resamples} resamples ({fit.corrected.failed} could not be fitted): a "
        f"probability moves by {found.average_change:.3f} on average, the least stable by "
        f"{found.mean_change.max():.3f}; {percent(found.group_change.mean())} of lymph nodes change group, "
        f"{percent(found.classification.mean())} with the cutoff held. With the whole development repeated, 95% of "
        f"cutoffs lie between {found.cutoff.lower:.3g} and {found.cutoff.upper:.3g}.",
        f"{verb} in: {chosen or 'no feature in any resample'}",
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
    assert score.cross_validation is not None
    selected = [name for name, value in zip(fit.names, score.coefficients, strict=True) if value != 0]
    why = (
        "Both ways take the same formula here."
        if np.array_equal(score.coefficients, fit.score.coefficients)
        else "Where a patient's lymph nodes resemble each other, folds that deal them apart let one help to predict "
        "the other."
    )
    return [
        f"Published method ({min(score.cross_validation.folds)} folds, which deal lymph nodes, once; λ.1se): λ = "
        f"{score.strength:.4g}, {counted(len(selected), 'feature')}, apparent AUC "
        f"{estimate_words(fit.as_published.auc)}. {why}"
    ]


CHOSEN_BEFORE = (
    "The regression is to be chosen before this is seen: the best of three is the luckiest too, and its corrected "
    "figures leave that out."
)


def comparison_lines(compared: Sequence[Compared]) -> list[str]:
    """The three regressions beside one another, and what may be read from that.

    Parameters
    ----------
    compared
        Of `compare`.

    Returns
    -------
    list of str
    """
    lines = ["The same lymph nodes by each regression, apparent and corrected by the same resamples:"]
    for each in compared:
        name = REGRESSIONS[each.penalty].name.removesuffix(" logistic regression")
        if each.corrected is None:
            lines.append(f"  {name:<8} none. {each.reason}")
            continue
        figures, auc = each.corrected.figures, each.corrected.auc
        lines.append(
            f"  {name:<8} {counted(each.features, 'feature')}; AUC apparent {figures['auc'].apparent:.3f}, corrected "
            f"{with_limits(auc.value, auc.lower, auc.upper)}; calibration slope corrected "
            f"{formatted(figures['calibration_slope'].corrected, '.2f')}; Brier corrected "
            f"{figures['brier'].corrected:.3f}"
        )
    return [*lines, CHOSEN_BEFORE]


def comparison_rows(compared: Sequence[Compared]) -> list[tuple[str, ...]]:
    """The same as cells, the header first.

    Parameters
    ----------
    compared
        Of `compare`.

    Returns
    -------
    list of tuple of str
    """
    header = (
        "regression",
        "features",
        "AUC, apparent",
        "AUC, corrected (95%)",
        "calibration slope, corrected",
        "Brier, corrected",
    )
    return [header, *(_compared_cells(each) for each in compared)]


def _compared_cells(each: Compared) -> tuple[str, ...]:
    name = REGRESSIONS[each.penalty].name
    if each.corrected is None:
        return (name, *(NOT_DEFINED,) * 5)
    figures, auc = each.corrected.figures, each.corrected.auc
    return (
        name,
        str(each.features),
        f"{figures['auc'].apparent:.3f}",
        with_limits(auc.value, auc.lower, auc.upper),
        formatted(figures["calibration_slope"].corrected, ".2f"),
        f"{figures['brier'].corrected:.3f}",
    )
