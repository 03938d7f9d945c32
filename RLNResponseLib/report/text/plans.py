"""A plan in words and as JSON: the number first, then what it stands on, then what would change it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, percent
from RLNResponseLib.planning.agreement import MOST_LYMPH_NODES, AgreementPlan, ReadingModel
from RLNResponseLib.planning.development import DevelopmentPlan
from RLNResponseLib.planning.validation import ValidationPlan
from RLNResponseLib.report.text.sentences import Sentence, texts

_NOTICE = Sentence(kind="notice", text=RESEARCH_USE_ONLY)


def agreement_plan_sentences(plan: AgreementPlan) -> tuple[Sentence, ...]:
    """The plan of a reader study.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    tuple of Sentence
    """
    model = plan.model
    aim = (
        f"the lower 95% limit of {plan.form} to exceed {plan.threshold:g} with an assurance of "
        f"{percent(plan.assurance)}, where the true ICC is {model.icc:g}"
    )
    reached = (
        f"Simulated assurance there: {percent(plan.reached)} (Monte Carlo standard error "
        f"{percent(plan.reached_error)}, {plan.simulations} studies, seed {plan.seed}); the limit lay below the true "
        f"ICC in {percent(plan.coverage)}, 97.5% is said."
    )
    if plan.lymph_nodes is None:
        why = (
            "more lymph nodes do not bring back what readers differ by; plan more readers, or agree on how to contour."
            if model.reader_share and plan.by_formula <= MOST_LYMPH_NODES
            else "the true ICC lies too near to the threshold; expect a higher one, or plan for a lower threshold or "
            "more readers."
        )
        first = (
            f"No number of lymph nodes up to {MOST_LYMPH_NODES} is enough with {plan.readers} readers for {aim}: {why}"
        )
    else:
        first = (
            f"{counted(plan.lymph_nodes, 'lymph node')} of about {counted(plan.patients or 0, 'patient')}, "
            f"{plan.readers} readings of each ({plan.lymph_nodes * plan.readers} in all), for {aim}."
        )
    formula = (
        f"By formula (Zou 2012: lymph nodes independent, no reader with a level of his own): {plan.by_formula}; the "
        f"exact assurance of ICC(1) there is {percent(plan.exact)}."
    )
    return (
        Sentence(kind="statement", text=first),
        Sentence(kind="statement", text=reached),
        Sentence(kind="statement", text=formula),
        Sentence(kind="statement", text=_assumed(model)),
        Sentence(
            kind="statement",
            text="The same number serves the repeated readings of one reader, with his true ICC. It plans for one "
            "feature or score; of many features, those whose true ICC is lower pass less often.",
        ),
        _NOTICE,
    )


def development_plan_sentences(plan: DevelopmentPlan) -> tuple[Sentence, ...]:
    """The plan of a development.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    tuple of Sentence
    """
    size = plan.size
    return (
        Sentence(
            kind="statement",
            text=f"{counted(size.needed, 'case')} with {counted(size.events, 'event')}, for {size.parameters} "
            f"candidate features, an AUC of {plan.auc:g} (Cox-Snell R² {size.cox_snell_r2:.3f}) and "
            f"{percent(plan.prevalence)} with the event.",
        ),
        Sentence(
            kind="statement",
            text=f"By criterion (Riley et al. 2020): shrinkage of at least 0.9: {size.shrinkage}; apparent and "
            f"adjusted R² within 0.05: {size.optimism}; overall risk to within 0.05: {size.overall_risk}.",
        ),
        *(
            (
                Sentence(
                    kind="statement",
                    text=f"There will be {size.available}: "
                    + ("enough." if size.suffices else "too few; plan fewer candidates, or more cases."),
                ),
            )
            if size.available
            else ()
        ),
        Sentence(
            kind="statement",
            text="Cases are counted as independent; lymph nodes of one patient are not, so count patients where most "
            "have one, and more lymph nodes otherwise. Candidates are those that selection may choose from, not those "
            "it chose.",
        ),
        _NOTICE,
    )


def validation_plan_sentences(plan: ValidationPlan) -> tuple[Sentence, ...]:
    """The plan of a validation.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    tuple of Sentence
    """
    width = plan.precision
    criteria = [
        f"AUC to within {width.auc / 2:g}: {plan.for_auc}",
        "observed to expected events, an interval "
        f"{width.observed_to_expected:g} wide: {plan.for_observed_to_expected}",
        f"calibration slope, {width.slope:g} wide: {plan.for_slope}",
    ]
    if plan.for_net_benefit is not None and plan.sensitivity is not None and plan.specificity is not None:
        criteria.append(
            f"standardised net benefit at P = {plan.threshold:g}, {width.net_benefit:g} wide: {plan.for_net_benefit} "
            f"(sensitivity {plan.sensitivity:.3f}, specificity {plan.specificity:.3f})"
        )
    return (
        Sentence(
            kind="statement",
            text=f"{counted(plan.cases, 'case')} with {counted(plan.events, 'event')}, for an AUC of {plan.auc:g} and "
            f"{percent(plan.prevalence)} with the event.",
        ),
        Sentence(kind="statement", text=f"By criterion (Riley et al. 2021, as pmvalsampsize): {'; '.join(criteria)}."),
        Sentence(
            kind="statement",
            text=f"Assumed: {plan.predictor}; the score calibrated. Cases are counted as independent; lymph nodes of "
            "one patient are not.",
        ),
        _NOTICE,
    )


def validation_size_sentence(plan: ValidationPlan, available: int) -> Sentence:
    """Whether a validation that was done had lymph nodes enough for figures worth printing.

    Parameters
    ----------
    plan
        For the AUC, the share with the outcome and the log-odds that were found.
    available
        Lymph nodes that it had.

    Returns
    -------
    Sentence
    """
    width = plan.precision
    verdict = "enough" if available >= plan.cases else "too few"
    return Sentence(
        kind="statement",
        text=f"Sample size (Riley et al. 2021, as pmvalsampsize, for what was found here): AUC to within "
        f"{width.auc / 2:g} takes {plan.for_auc} lymph nodes, observed to expected {width.observed_to_expected:g} wide "
        f"{plan.for_observed_to_expected}, calibration slope {width.slope:g} wide {plan.for_slope}; {available} are "
        f"{verdict}.",
    )


def agreement_plan_json(plan: AgreementPlan) -> dict[str, Any]:
    """Every figure, unrounded.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    dict
    """
    return {
        "lymph_nodes": plan.lymph_nodes,
        "patients": plan.patients,
        "readers": plan.readers,
        "form": plan.form,
        "threshold": plan.threshold,
        "assurance": plan.assurance,
        "assurance_simulated": plan.reached,
        "assurance_monte_carlo_error": plan.reached_error,
        "lower_limit_coverage": plan.coverage,
        "by_formula": plan.by_formula,
        "assurance_of_formula": plan.exact,
        "assumed": asdict(plan.model),
        "simulations": plan.simulations,
        "seed": plan.seed,
        "plan": "agreement",
        "sentences": texts(agreement_plan_sentences(plan)),
        "notice": RESEARCH_USE_ONLY,
    }


def development_plan_json(plan: DevelopmentPlan) -> dict[str, Any]:
    """Every figure, unrounded.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    dict
    """
    size = plan.size
    return {
        "cases": size.needed,
        "events": size.events,
        "candidate_features": size.parameters,
        "auc": plan.auc,
        "prevalence": plan.prevalence,
        "cox_snell_r2": size.cox_snell_r2,
        "by_criterion": {"shrinkage": size.shrinkage, "optimism": size.optimism, "overall_risk": size.overall_risk},
        "available": size.available or None,
        "plan": "development",
        "sentences": texts(development_plan_sentences(plan)),
        "notice": RESEARCH_USE_ONLY,
    }


def validation_plan_json(plan: ValidationPlan) -> dict[str, Any]:
    """Every figure, unrounded.

    Parameters
    ----------
    plan
        Its numbers.

    Returns
    -------
    dict
    """
    return {
        "cases": plan.cases,
        "events": plan.events,
        "auc": plan.auc,
        "prevalence": plan.prevalence,
        "by_criterion": {
            "auc": plan.for_auc,
            "observed_to_expected": plan.for_observed_to_expected,
            "slope": plan.for_slope,
            "net_benefit": plan.for_net_benefit,
        },
        "widths": asdict(plan.precision),
        "predictor": plan.predictor,
        "threshold": plan.threshold,
        "sensitivity": plan.sensitivity,
        "specificity": plan.specificity,
        "plan": "validation",
        "sentences": texts(validation_plan_sentences(plan)),
        "notice": RESEARCH_USE_ONLY,
    }


def _assumed(model: ReadingModel) -> str:
    several = (
        f"{percent(model.patients_with_several)} of the patients have {model.lymph_nodes_of_several} lymph nodes and "
        f"the others one, those of one patient correlated by {model.within_patient:g}"
        if model.patients_with_several
        else "one lymph node a patient"
    )
    own = (
        f"{percent(model.reader_share)} of the disagreement is a reader's own level"
        if model.reader_share
        else "no reader contours larger or smaller than another on the whole"
    )
    return f"Assumed: {several}; {own}."
