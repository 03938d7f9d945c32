"""Every figure of the study's page, by name, with title and caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from RLNResponseLib.analysis.models import OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.report.figures.agreement import feature_agreement_figure, score_flip_figure
from RLNResponseLib.report.figures.drawing import drawing_style
from RLNResponseLib.report.figures.models import performance_figure, score_distribution_figure, selection_figure
from RLNResponseLib.report.figures.risk_calibration import risk_calibration_figure
from RLNResponseLib.report.figures.survival import (
    forest_figure,
    incidence_figure,
    kaplan_meier_figure,
    log_rank_words,
)
from RLNResponseLib.report.text.survival import gray_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class StudyFigure:
    """One figure.

    Attributes
    ----------
    title
        Above it.
    caption
        What it cannot say itself.
    figure
        Matplotlib's.
    """

    title: str
    caption: str
    figure: Figure


def study_figures(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    """All figures; what could not be analysed has none.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    dict[str, StudyFigure]
    """
    with drawing_style():
        return {
            **_agreement(analysis),
            **_models(analysis.response),
            **_models(analysis.control),
            **_survival(analysis),
        }


def _agreement(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    figure = feature_agreement_figure(analysis.agreement.features)
    figures = {
        "agreement": StudyFigure(
            "Inter- and intra-reader agreement of every feature", "Blue and filled passes.", figure
        )
    }
    for model_agreement in analysis.agreement.scores:
        for kind, compared in (("inter", model_agreement.inter), ("intra", model_agreement.intra)):
            if compared is not None:
                columns = (
                    analysis.agreement.features.inter if kind == "inter" else analysis.agreement.features.intra
                ).pairs.columns
                figure = score_flip_figure(model_agreement, compared, kind, (columns[0], columns[1]))
                title = f"{model_agreement.model.title}, {kind}: who changes group"
                figures[f"flips-{model_agreement.model.id}-{kind}"] = StudyFigure(
                    title, "Right: Bland and Altman's limits.", figure
                )
    return figures


def _models(models: OutcomeModels) -> dict[str, StudyFigure]:
    name = models.outcome.replace("_", "-")
    figures = {}
    judgements = [judgement for judgement in models.published if judgement.validation is not None]
    if judgements:
        assert judgements[0].validation is not None
        model = judgements[0].validation.model
        title = f"{model.title}, published formula, by {models.outcome.replace('_', ' ')}"
        figures[f"distribution-{name}"] = StudyFigure(title, "", score_distribution_figure(model, judgements))
    for judgement in judgements:
        assert judgement.validation is not None
        title = f"Published score for {models.outcome.replace('_', ' ')} on the {judgement.set} lymph nodes"
        figure = performance_figure(judgement.validation.validation, title, {})
        figures[f"performance-{name}-published-{judgement.set}"] = StudyFigure(title, "", figure)
    fitted = models.fitted
    if fitted is not None:
        title = f"Selection path for {models.outcome.replace('_', ' ')}"
        figures[f"selection-{name}"] = StudyFigure(title, "As the paper's figure 1a and b.", selection_figure(fitted))
        title = f"Fitted score for {models.outcome.replace('_', ' ')}, apparent: on the lymph nodes that made it"
        figure = performance_figure(fitted.apparent, title, {"corrected": fitted.corrected.auc.value})
        figures[f"performance-{name}-fitted"] = StudyFigure(title, "", figure)
    if models.validated is not None and models.validated.validation is not None and fitted is not None:
        title = f"Fitted score for {models.outcome.replace('_', ' ')} on the validation lymph nodes"
        earlier = {"apparent": fitted.apparent.auc.value, "corrected": fitted.corrected.auc.value}
        figure = performance_figure(models.validated.validation.validation, title, earlier)
        figures[f"performance-{name}-fitted-validation"] = StudyFigure(title, "", figure)
    return figures


def _survival(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    figures = {}
    for set_survival in analysis.survival.analyses:
        figures.update(_of_set(set_survival.stem, set_survival))
    return figures


def _of_set(stem: str, set_survival: SetSurvival) -> dict[str, StudyFigure]:
    result = set_survival.analysis
    if result is None:
        return {}
    figures = {}
    split = set_survival.split
    title = f"{set_survival.set.capitalize()}: {set_survival.title}"
    if split is not None:
        figure = kaplan_meier_figure(title, split.curves, log_rank_words(split))
        figures[f"{stem}-kaplan-meier"] = StudyFigure(
            f"Local control. {title}", "Death is censored, as published.", figure
        )
        if split.incidence:
            pairs = {name: (split.incidence[name], split.curves[name]) for name in split.groups.names}
            figure = incidence_figure(title, pairs, gray_words(split))
            figures[f"{stem}-incidence"] = StudyFigure(f"Recurrence. {title}", "Death competes.", figure)
    judged = result.prediction
    if judged is not None and judged.risk is not None:
        figures[f"{stem}-calibration-picture"] = StudyFigure(
            f"Calibration with death competing. {title}",
            "The table above holds the same figures.",
            risk_calibration_figure(title, judged, judged.risk),
        )
    if result.cox is not None:
        figures[f"{stem}-forest"] = StudyFigure(f"Cox model. {title}", "", forest_figure(result.cox, title))
    return figures
