"""Every figure of the study's page, by name, with title and caption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.analysis.cases import WHOLE
from RLNResponseLib.analysis.models import OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import p_words
from RLNResponseLib.modelling.fitting.probabilities import without_unusable_curve
from RLNResponseLib.report.figures import overview
from RLNResponseLib.report.figures.agreement import feature_agreement_figure, score_flip_figure
from RLNResponseLib.report.figures.curves import CurveWords, incidence_figure, kaplan_meier_figure
from RLNResponseLib.report.figures.drawing import drawing_style, save_figure
from RLNResponseLib.report.figures.forest import forest_figure
from RLNResponseLib.report.figures.instability import instability_figure
from RLNResponseLib.report.figures.models import performance_figure, score_distribution_figure
from RLNResponseLib.report.figures.overview import overview_figure
from RLNResponseLib.report.figures.risk_calibration import risk_calibration_figure
from RLNResponseLib.report.figures.selection import selection_figure
from RLNResponseLib.report.figures.style import JOURNAL_DPI
from RLNResponseLib.report.figures.survival import gray_words, split_words
from RLNResponseLib.report.text.results import study_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# What a journal takes.
SUFFIXES = (".svg", ".pdf", ".png")
_OUTCOMES = {"response": "response", "two_year_control": "two-year local control"}


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
            **_overview(analysis),
            **_agreement(analysis),
            **_models(analysis.response),
            **_models(analysis.control),
            **_survival(analysis),
        }


def write_study_figures(figures: Mapping[str, StudyFigure], folder: Path) -> tuple[Path, ...]:
    """Each figure as a journal takes it: SVG, PDF, and PNG at 300 dpi.

    Parameters
    ----------
    figures
        Of `study_figures`.
    folder
        Where they go, and where nothing else lies: what an earlier report left there goes.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    DataRefusedError
        not-written.
    """
    paths = {folder / f"{name}{suffix}": figure for name, figure in figures.items() for suffix in SUFFIXES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            if file.suffix in SUFFIXES and file not in paths:
                file.unlink()
    except OSError as error:
        raise DataRefusedError(
            f"The folder '{folder.name}' for the figures cannot be made ({error.strerror}); name another.",
            "not-written",
        ) from error
    with drawing_style():
        for path, figure in paths.items():
            save_figure(figure.figure, path, JOURNAL_DPI)
    return tuple(paths)


def _overview(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    figure = overview_figure(study_results(analysis))
    return {} if figure is None else {"overview": StudyFigure(overview.TITLE, overview.CAPTION, figure)}


def _agreement(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    if analysis.agreement is None:
        return {}
    features = analysis.agreement.features
    figures = {
        "agreement": StudyFigure(
            "Inter- and intra-reader agreement of the features",
            f"{len(features.passed)} of {len(features.names)} features pass.",
            feature_agreement_figure(features, titled=False),
        )
    }
    for model_agreement in analysis.agreement.scores:
        for kind, compared in (("inter", model_agreement.inter), ("intra", model_agreement.intra)):
            if compared is not None:
                columns = (features.inter if kind == "inter" else features.intra).pairs.columns
                figure = score_flip_figure(model_agreement, compared, kind, (columns[0], columns[1]), titled=False)
                title = f"{model_agreement.model.title}, {kind}: who changes group"
                figures[f"flips-{model_agreement.model.id}-{kind}"] = StudyFigure(
                    title, "Left: one reading against the other. Right: Bland and Altman's limits.", figure
                )
    return figures


def _models(models: OutcomeModels) -> dict[str, StudyFigure]:
    name, outcome = models.outcome.replace("_", "-"), _OUTCOMES.get(models.outcome, label(models.outcome))
    figures = {}
    judgements = [judgement for judgement in models.published if judgement.validation is not None]
    if judgements:
        assert judgements[0].validation is not None
        model = judgements[0].validation.model
        title = f"{model.title}, published formula, by {outcome}"
        figure = score_distribution_figure(model, judgements, models.outcome, titled=False)
        figures[f"distribution-{name}"] = StudyFigure(title, "", figure)
    for judgement in judgements:
        assert judgement.validation is not None
        on = "all" if judgement.set == WHOLE else f"the {judgement.set}"
        title = f"Published score for {outcome} on {on} lymph nodes"
        figure = performance_figure(judgement.validation.validation, "", {})
        figures[f"performance-{name}-published-{judgement.set}"] = StudyFigure(title, "", figure)
    fitted = models.fitted
    if fitted is not None:
        if fitted.score.cross_validation is not None:
            title = f"Selection path for {outcome}"
            figure = selection_figure(fitted, titled=False)
            figures[f"selection-{name}"] = StudyFigure(title, "As the paper's figure 1a and b.", figure)
        title = f"Fitted score for {outcome}, apparent: on the lymph nodes that made it"
        figure = performance_figure(
            without_unusable_curve(fitted, fitted.apparent), "", {"corrected": fitted.corrected.auc.value}
        )
        figures[f"performance-{name}-fitted"] = StudyFigure(title, "", figure)
        title = f"Instability of the fitted score for {outcome}"
        caption = f"Over {fitted.corrected.resamples} resamples of the patients, each with the whole development."
        figure = instability_figure(fitted, titled=False)
        figures[f"instability-{name}"] = StudyFigure(title, caption, figure)
    if models.validated is not None and models.validated.validation is not None and fitted is not None:
        title = f"Fitted score for {outcome} on the validation lymph nodes"
        earlier = {"apparent": fitted.apparent.auc.value, "corrected": fitted.corrected.auc.value}
        judged = models.validated.validation.validation
        if fitted.recalibration is None:
            judged = without_unusable_curve(fitted, judged)
        figure = performance_figure(judged, "", earlier)
        figures[f"performance-{name}-fitted-validation"] = StudyFigure(title, "", figure)
    return figures


def _survival(analysis: StudyAnalysis) -> dict[str, StudyFigure]:
    figures = {}
    for set_survival in analysis.survival.analyses:
        figures.update(_of_set(set_survival.stem, set_survival))
    return figures


LOCAL_CONTROL = CurveWords(
    time="Months since the end of radiotherapy",
    free="Locally controlled, %",
    event="Second recurrence, %",
    competing="death",
)
RECURRENCE_EARLIER = "Hazard ratio (above 1: recurrence comes earlier)"


def _of_set(stem: str, set_survival: SetSurvival) -> dict[str, StudyFigure]:
    result = set_survival.analysis
    if result is None:
        return {}
    figures = {}
    split = set_survival.split
    title = f"{set_survival.set.capitalize()}: {set_survival.title}"
    if split is not None:
        names = {name: _group_words(name) for name in split.groups.names}
        words, test = split_words(split), f"Log-rank {p_words(split.log_rank.p)}"
        curves = {names[name]: curve for name, curve in split.curves.items()}
        figure = kaplan_meier_figure("", curves, words, test=test, axes_words=LOCAL_CONTROL)
        figures[f"{stem}-kaplan-meier"] = StudyFigure(
            f"Local control. {title}", "Death is censored, as published.", figure
        )
        if split.incidence:
            pairs = {names[name]: (split.incidence[name], split.curves[name]) for name in split.groups.names}
            figure = incidence_figure("", pairs, words, test=gray_words(split), axes_words=LOCAL_CONTROL)
            figures[f"{stem}-incidence"] = StudyFigure(f"Recurrence. {title}", "Death competes.", figure)
    judged = result.prediction
    if judged is not None and judged.risk is not None:
        figures[f"{stem}-calibration-picture"] = StudyFigure(
            f"Calibration with death competing. {title}",
            "The table above holds the same figures.",
            risk_calibration_figure("", judged, judged.risk),
        )
    if result.cox is not None:
        figure = forest_figure(result.cox, axis=RECURRENCE_EARLIER, counts=("lymph node", "recurrence"))
        figures[f"{stem}-forest"] = StudyFigure(f"Cox model. {title}", "", figure)
    return figures


_OF_A_SCORE = frozenset({"high", "low"})


def _group_words(name: str) -> str:
    """high and low are of a score, and not of a risk."""
    return f"{name.capitalize()} score" if name in _OF_A_SCORE else label(name)
