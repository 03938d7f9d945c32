"""The scores, published and fitted: apparent, corrected and validation figures together for the body, the rest for the
appendix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from RLNResponseLib.analysis.models import Judged, OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.names import feature_label, outcome_classes
from RLNResponseLib.common.wording import NOT_DEFINED, formatted, percent, with_limits
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.out_of_bag import OWN_RULES
from RLNResponseLib.modelling.fitting.probabilities import without_unusable_curve
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.report.page.added_value import added_value_parts
from RLNResponseLib.report.page.parts import (
    PageTable,
    Part,
    Section,
    heading,
    listed,
    panels,
    pictured,
    section,
    tabled,
    text,
)
from RLNResponseLib.report.text.fitting import (
    CHOSEN_BEFORE,
    comparison_rows,
    feature_flow,
    fit_sentences,
    regression_words,
)
from RLNResponseLib.report.text.left_out import left_out_sentences
from RLNResponseLib.report.text.sentences import texts, warning_sentences
from RLNResponseLib.report.text.validation import validation_sentences
from RLNResponseLib.survival.comparison import compare_groups, share_words

_TITLES = {"response": "Treatment response", "two_year_control": "Two-year local control"}


def models_section(analysis: StudyAnalysis) -> Section:
    """Both outcomes.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    parts: list[Part] = [tabled(_published_formulas(analysis.published))]
    for models in (analysis.response, analysis.control):
        parts += _outcome(models, left_out_sentences(analysis.cases, models.outcome))
    parts += added_value_parts(analysis)
    return section("scores", "Rad-scores", tuple(parts), "appendix")


def _outcome(models: OutcomeModels, left_out: Sequence[str]) -> list[Part]:
    name = models.outcome.replace("_", "-")
    title = _TITLES[models.outcome]
    parts: list[Part] = [heading(title)]
    parts += [text(words) for words in left_out]
    parts += [listed(_on_each_set(models.published)), pictured(f"distribution-{name}")]
    if any(each.difference is not None for each in models.published):
        parts.append(tabled(_difference_table(models, name)))
    if models.fitted is None:
        return [*parts, text(f"No score was fitted: {models.fitted_reason}")]
    parts += [
        heading(f"{title}: the score fitted on this study"),
        text(f"{feature_flow(models.fitted)} ({regression_words(models.fitted)})."),
        tabled(_formula(models.fitted, name)),
        *_redundant(models.fitted, name),
        *_regressions(models, name),
    ]
    names = (f"performance-{name}-fitted", f"performance-{name}-fitted-validation")
    caption = "The fitted score, on the lymph nodes that made it (apparent) and on validation"
    parts.append(panels(f"fitted-{name}", caption, names))
    parts.append(pictured(f"instability-{name}"))
    return [*parts, listed([*_lines(models.fitted), *_on_validation(models)])]


def _regressions(models: OutcomeModels, name: str) -> list[Part]:
    """The three regressions beside one another, where that was asked for."""
    if not models.compared:
        return []
    header, *rows = comparison_rows(models.compared)
    reasons = (f"{REGRESSIONS[each.penalty].name}: {each.reason}" for each in models.compared if each.reason)
    table = PageTable(
        name=f"regressions-{name}",
        title=f"{_TITLES[models.outcome]}: the same lymph nodes by each regression",
        header=header,
        rows=tuple(rows),
        notes=("Apparent, and corrected by the same resamples of patients.", CHOSEN_BEFORE, *reasons),
    )
    return [tabled(table)]


def competing_table(analysis: StudyAnalysis) -> PageTable | None:
    """Every score of two-year control on every set, the published way and with death competing.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    PageTable or None
        None where no score could be judged.
    """
    rows = []
    for each in analysis.survival.analyses:
        judged = None if each.analysis is None else each.analysis.prediction
        if each.analysis is None or judged is None or judged.risk is None:
            continue
        survivors, auc = each.analysis.survivors, judged.auc.shown
        brier, ipa, ratio = judged.risk.brier.shown, judged.risk.ipa.shown, judged.risk.observed_over_expected
        of = None if survivors is None else survivors.auc
        rows.append(
            (
                each.score,
                each.set,
                NOT_DEFINED if of is None else with_limits(of.value, of.lower, of.upper),
                NOT_DEFINED if survivors is None else percent(survivors.skill),
                with_limits(auc.value, auc.lower, auc.upper),
                with_limits(brier.value, brier.lower, brier.upper),
                share_words(ipa),
                with_limits(ratio.value, ratio.lower, ratio.upper, ".2f"),
            )
        )
    header = (
        "score",
        "lymph nodes",
        "AUC without who died first (95%, DeLong)",
        "scaled Brier without who died first",
        "AUC(24), death competing (95%, by patient)",
        "Brier(24)",
        "IPA(24)",
        "observed / expected",
    )
    notes = (
        "The published way leaves out who died within two years without recurrence. With death competing all lymph "
        "nodes count, weighted for those censored; IPA is the scaled Brier score, 0% as good as one risk for all; "
        "observed / expected is of recurrences. Calibration by groups stands with each analysis, in the appendix.",
    )
    title = "Scores of two-year control without who died first, and with death competing"
    table = PageTable(name="two-year-competing", title=title, header=header, rows=tuple(rows), notes=notes)
    return table if rows else None


def performance_table(models: OutcomeModels) -> PageTable:
    """Every score on every set: apparent, corrected and validation figures together.

    Parameters
    ----------
    models
        Of one outcome.

    Returns
    -------
    PageTable
    """
    name = models.outcome.replace("_", "-")
    rows = [("published", each.set, *_judged(each)) for each in models.published]
    if models.fitted is not None:
        apparent, corrected = models.fitted.apparent, models.fitted.corrected
        rows.append(("fitted", "training, apparent", *_figures(apparent)))
        shares = corrected.figures
        rows.append(
            (
                "fitted",
                "training, corrected",
                NOT_DEFINED,
                with_limits(corrected.auc.value, corrected.auc.lower, corrected.auc.upper),
                formatted(shares["sensitivity"].corrected),
                formatted(shares["specificity"].corrected),
                formatted(shares["calibration_slope"].corrected, ".2f"),
                formatted(shares["brier"].corrected),
                formatted(models.fitted.scaled_brier, ".2f"),
                NOT_DEFINED,
                NOT_DEFINED,
            )
        )
        if models.validated is not None:
            rows.append(("fitted", "validation", *_judged(models.validated)))
    header = (
        "score",
        "lymph nodes",
        "AUC (95%, DeLong)",
        "AUC (95%, by patient)",
        "sensitivity",
        "specificity",
        "calibration slope",
        "Brier",
        "scaled Brier",
        "Eavg, E90",
        "AUC of the volume alone",
    )
    notes = [
        each.reason for each in (*models.published, *((models.validated,) if models.validated else ())) if each.reason
    ]
    if models.fitted is not None:
        notes += [models.fitted.corrected.sentence(), OWN_RULES]
    notes += [
        f"{each.set.capitalize()}: {words}"
        for each in (*models.published, *((models.validated,) if models.validated else ()))
        if each.validation is not None
        for words in texts(warning_sentences(each.validation.warnings))
    ]
    positive, negative = outcome_classes(models.outcome)
    notes += [
        f"Sensitivity is the share found among lymph nodes {positive}, specificity that among those {negative}.",
        "By patient: percentile limits of resampled patients; of the corrected AUC, the jackknife after bootstrap. "
        "DeLong's limits, and the exact ones of sensitivity and specificity, take lymph nodes of one patient as "
        "independent.",
        "Scaled Brier: 1 − Brier / that of giving everyone the share with the outcome; 0 is no better than that, "
        "below 0 worse. Eavg and E90: mean and 90th percentile of |predicted − observed|, observed smoothed.",
    ]
    return PageTable(
        name=f"performance-{name}",
        title=f"{_TITLES[models.outcome]}: the scores on each set",
        header=header,
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _judged(each: Judged) -> tuple[str, ...]:
    return (NOT_DEFINED,) * 9 if each.validation is None else _figures(each.validation.validation)


def _figures(validation: Validation) -> tuple[str, ...]:
    auc, classes, calibration, benchmark = (
        validation.auc,
        validation.classification,
        validation.calibration,
        validation.benchmark,
    )
    by_patient = validation.auc_by_patient
    return (
        with_limits(auc.value, auc.lower, auc.upper),
        NOT_DEFINED if by_patient is None else with_limits(by_patient.value, by_patient.lower, by_patient.upper),
        *(with_limits(share.value, share.lower, share.upper) for share in (classes.sensitivity, classes.specificity)),
        NOT_DEFINED
        if calibration is None
        else with_limits(calibration.slope.value, calibration.slope.lower, calibration.slope.upper, ".2f"),
        NOT_DEFINED if calibration is None else formatted(calibration.brier),
        NOT_DEFINED if calibration is None else formatted(calibration.scaled_brier, ".2f"),
        NOT_DEFINED if calibration is None else f"{calibration.mean_error:.3f}, {calibration.error_90:.3f}",
        NOT_DEFINED
        if benchmark is None
        else with_limits(benchmark.auc.value, benchmark.auc.lower, benchmark.auc.upper),
    )


def _difference_table(models: OutcomeModels, name: str) -> PageTable:
    rows, why = [], ""
    for each in models.published:
        if each.difference is not None and each.validation is not None:
            both = compare_groups(each.validation.model.title, each.difference)
            rows.append((each.set, both.published, both.corrected))
            why = both.why
    return PageTable(
        name=f"score-differences-{name}",
        title=f"{_TITLES[models.outcome]}: the published score with and without it",
        header=("lymph nodes", "published method", "another question"),
        rows=tuple(rows),
        notes=(why,) if why else (),
    )


def _formula(fit: Fit, name: str) -> PageTable:
    selection = dict(zip(fit.names, fit.corrected.instability.selection, strict=True))
    rows = [("intercept", f"{fit.score.intercept:.7g}", "")]
    rows += [
        (feature_label(feature), f"{value:.7g}", percent(selection[feature], digits=0))
        for feature, value in fit.coefficients.items()
    ]
    used = "selected" if fit.options.recipe.penalty == "lasso" else "fitted"
    cutoff = fit.cutoff.cutoff
    words = with_limits(cutoff.value, cutoff.lower, cutoff.upper)
    notes = (
        f"Cutoff {words}: Youden's, chosen on these lymph nodes; limits: 95% of resampled patients, the formula held.",
    )
    return PageTable(
        name=f"formula-{name}",
        title="The fitted formula",
        header=("term", "coefficient", f"{used} in resamples"),
        rows=tuple(rows),
        notes=notes,
    )


def _published_formulas(cards: Sequence[ScoreModel]) -> PageTable:
    """Each published score as it is computed, a column each."""
    names = dict.fromkeys(name for card in cards for name in card.coefficients)

    def row(words: str, values: Sequence[float | None]) -> tuple[str, ...]:
        return (words, *(NOT_DEFINED if value is None else f"{value:.10g}" for value in values))

    return PageTable(
        name="published-formulas",
        title="The published formulas: the score is the constant and the sum of each coefficient times its feature",
        header=("term", *(card.title for card in cards)),
        rows=(
            row("constant", [card.intercept for card in cards]),
            *(row(feature_label(name), [card.coefficients.get(name) for card in cards]) for name in names),
            row("cutoff", [card.cutoff.value for card in cards]),
            ("group", *(f"{_side(card)} it {card.cutoff.group_when_true}" for card in cards)),
            ("otherwise", *(card.cutoff.group_when_false for card in cards)),
        ),
        notes=(
            "Read as log-odds, a score gives the derived probability 1 / (1 + exp(−score)). Features as pyradiomics "
            "defines them, on the contour that the models use.",
        ),
    )


def _side(card: ScoreModel) -> str:
    return "above" if card.cutoff.sign == 1 else "below"


def _redundant(fit: Fit, name: str) -> list[Part]:
    """Which feature stands for which; nothing where none was left out."""
    rows = tuple((feature_label(gone), feature_label(kept)) for gone, kept in fit.stood_for.items())
    if not rows:
        return []
    note = "Kept is the one with most others above the threshold, whatever the outcome; each resample chooses anew."
    return [
        tabled(
            PageTable(
                name=f"redundant-{name}",
                title="Features left out as redundant, and which stands for each",
                header=("left out", "stood for by"),
                rows=rows,
                notes=(note,),
            )
        )
    ]


def _lines(fit: Fit) -> Sequence[str]:
    """The sentences of the fit that no table holds."""
    return texts(fit_sentences(fit))


def _on_validation(models: OutcomeModels) -> list[str]:
    """The fitted score on lymph nodes that did not make it."""
    if models.validated is None or models.validated.validation is None:
        return ["Volume alone on the validation lymph nodes: not judged, as the score is not."]
    validated, fit = models.validated, models.fitted
    if fit is not None and fit.recalibration is None and validated.validation is not None:
        shown = without_unusable_curve(fit, validated.validation.validation)
        validated = replace(validated, validation=replace(validated.validation, validation=shown))
    return _on_each_set([validated])


def _on_each_set(judged: Sequence[Judged]) -> list[str]:
    """The sentences of each validation that no table holds, with the set that they are on."""
    return [
        f"{each.set.capitalize()}: {words}"
        for each in judged
        if each.validation is not None
        for words in texts(validation_sentences(each.validation))
    ]
