"""What is said of covariates that are not known: whom complete cases leave out, and the model on imputed sets."""

from __future__ import annotations

import math

from RLNResponseLib.common.names import contrast, group_label, label
from RLNResponseLib.common.wording import NOT_DEFINED, counted, limits_words, p_cell, percent
from RLNResponseLib.report.text.sentences import Sentence
from RLNResponseLib.statistics.multiple_imputation import PooledEstimate
from RLNResponseLib.survival.complete_cases import EVENT, UNLIKE, CasesApart, CompleteCases
from RLNResponseLib.survival.imputed_cox import ImputedCox, ImputedTerm
from RLNResponseLib.survival.results import SurvivalAnalysis


def missing_sentences(analysis: SurvivalAnalysis, of: str = "row") -> tuple[Sentence, ...]:
    """What is said of missing covariates, for every surface.

    Parameters
    ----------
    analysis
        The survival analysis of a table.
    of
        What one row is.

    Returns
    -------
    tuple of Sentence
        None where every covariate is known.
    """
    sentences: list[Sentence] = []
    if analysis.complete_cases is not None:
        sentences += _of_complete_cases(analysis.complete_cases, of, has_model=analysis.cox is not None)
    if analysis.no_complete_model:
        words = f"Imputed and complete {of}s cannot be compared, as the complete ones allow no Cox model: "
        sentences.append(Sentence(kind="statement", text=words + analysis.no_complete_model))
    if analysis.imputed is not None:
        sentences += _of_imputed(analysis.imputed, of, "A" if analysis.cox is None else "The same")
    return tuple(sentences)


def complete_case_rows(found: CompleteCases, of: str = "row") -> list[tuple[str, ...]]:
    """Complete rows beside the others as cells, the header first.

    Parameters
    ----------
    found
        The comparison.
    of
        What one row is.

    Returns
    -------
    list of tuple of str
    """
    header = (
        "column",
        f"complete ({counted(found.complete, of)})",
        f"others ({counted(found.rows - found.complete, of)})",
        "standardised difference",
    )
    return [header, *(_apart_cells(each) for each in found.columns)]


def imputed_rows(found: ImputedCox) -> list[tuple[str, ...]]:
    """The pooled model as cells, the header first.

    Parameters
    ----------
    found
        The pooled model.

    Returns
    -------
    list of tuple of str
    """
    by_patient = any(term.by_patient is not None for term in found.terms.values())
    own = ("hazard ratio by patient (95%)", "p by patient", "df") if by_patient else ()
    header = ("covariate", "per", "hazard ratio (95%)", "p", "df", *own, "variance from what is missing")
    return [header, *(_term_cells(name, term, by_patient) for name, term in found.terms.items())]


def _of_complete_cases(found: CompleteCases, of: str, *, has_model: bool) -> list[Sentence]:
    unknown = ", ".join(f"{label(name, unit=False)} in {count}" for name, count in found.unknown.items())
    unlike = [
        label(each.name, unit=False)
        for each in found.columns
        if each.difference is not None and each.difference > UNLIKE and each.name not in found.unknown
    ]
    words = (
        f"{found.complete} of {counted(found.rows, of)} are complete; not known: {unknown}."
        f"{' The Cox model above is of the complete ones.' if has_model else ''}"
    )
    words += (
        f" The others differ from them by more than {UNLIKE:g} standard deviations in {', '.join(unlike)}: the "
        "complete ones may not stand for all."
        if unlike
        else f" The others differ from them by no more than {UNLIKE:g} standard deviations in the columns known of all."
    )
    return [Sentence(kind="statement", text=words)]


def _of_imputed(found: ImputedCox, of: str, which: str) -> list[Sentence]:
    who = "patient" if found.patients is not None else of
    imputed = ", ".join(f"{label(name, unit=False)} of {counted(count, who)}" for name, count in found.imputed.items())
    worst = max((term.by_patient or term.own).from_missing for term in found.terms.values())
    sentences = [
        f"{which} Cox model on {found.sets} imputed sets ({counted(found.rows, of)}, {found.events} with the event; "
        f"{percent(found.incomplete)} were incomplete): imputed were {imputed}, by chained equations (logistic "
        "regression for two values, else predictive mean matching) from the other covariates, the score, the event and "
        f"the cumulative hazard, seed {found.seed}; pooled by Rubin's rules with Barnard and Rubin's degrees of "
        f"freedom. Up to {percent(worst)} of a coefficient's variance comes from what is missing.",
        "It holds where values are missing for reasons that these columns tell (at random); no table can show that. No "
        "outcome and no feature is imputed.",
    ]
    left = "; ".join(f"{label(name, unit=False)}: {why}" for name, why in found.not_imputed.items())
    if left:
        sentences.append(f"Not imputed, and rows without it left out: {left}.")
    return [Sentence(kind="statement", text=each) for each in sentences]


def _apart_cells(each: CasesApart) -> tuple[str, ...]:
    shares = each.two_values is not None
    name = label(each.name)
    if each.two_values is not None and each.name != EVENT:
        name = group_label(each.name, f"{each.two_values[1]:g}")
    sides = [_side(*side, shares) for side in (each.complete, each.others)]
    return (name, *sides, NOT_DEFINED if each.difference is None else f"{each.difference:.3f}")


def _side(figure: float, deviation: float, known: int, is_share: bool) -> str:
    if not known:
        return f"{NOT_DEFINED} (0 known)"
    spread = "" if is_share or math.isnan(deviation) else f" ± {deviation:.3g}"
    return f"{percent(figure) if is_share else f'{figure:.3g}'}{spread} ({known} known)"


def _term_cells(name: str, term: ImputedTerm, by_patient: bool) -> tuple[str, ...]:
    cells = [label(name, unit=False), contrast(name, term.difference, term.two_values), *_pooled_cells(term, term.own)]
    if by_patient:
        cells += [NOT_DEFINED] * 3 if term.by_patient is None else _pooled_cells(term, term.by_patient)
    return (*cells, percent((term.by_patient or term.own).from_missing))


def _pooled_cells(term: ImputedTerm, pooled: PooledEstimate) -> list[str]:
    ratio = term.per(pooled)
    limits = limits_words(ratio.lower, ratio.upper, "#.3g")
    return [f"{ratio.value:#.3g} ({limits})", p_cell(pooled.p), f"{pooled.df:.1f}"]
