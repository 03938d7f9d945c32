"""The five results of a study as its first page has them: each with its limits, the paper's figure, what it means, and
what it does not show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from RLNResponseLib.analysis.cases import WHOLE
from RLNResponseLib.analysis.models import OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.wording import NOT_DEFINED, counted, p_words, percent, with_limits
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.report.text.model_agreement import flip_cell
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.comparison import share_words
from RLNResponseLib.survival.group_tests import LogRank

KINDS = {"inter": "two readers", "intra": "one reader twice"}
_COIN = 0.5
_SIGNIFICANT = 0.05
# The paper's text: log-rank of local control, high against low.
PUBLISHED_LOG_RANK = {"training": "p < 0.001", "validation": "p = 0.025"}
_NO_OTHER_HOSPITAL = "No patient of another hospital is among these, and an AUC does not say that acting on it helps."


@dataclass(frozen=True)
class Limits:
    """A figure as a picture needs it.

    Attributes
    ----------
    value, lower, upper
        The figure with its 95% limits.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class ResultLine:
    """One figure of a result.

    Attributes
    ----------
    what
        Of which score, on which lymph nodes.
    here
        In this study, with limits, in words.
    paper
        The published figure in words; a dash where there is none.
    limits, paper_limits
        The same as numbers; None where it is no AUC.
    is_flattered
        Whether it is on the lymph nodes that made the score, or on those alone who did not die.
    """

    what: str
    here: str
    paper: str = NOT_DEFINED
    limits: Limits | None = None
    paper_limits: Limits | None = None
    is_flattered: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """One of the five.

    Attributes
    ----------
    name
        Its short name, for files and JSON.
    question
        What is asked.
    lines
        The figures; empty where there are none.
    means
        What they mean, one sentence; where there are none, why.
    not_shown
        What they do not show, one sentence.
    """

    name: str
    question: str
    lines: tuple[ResultLine, ...]
    means: str
    not_shown: str

    def as_json(self) -> dict[str, Any]:
        """As `report --json` prints it."""
        return asdict(self)


def study_results(analysis: StudyAnalysis) -> tuple[Result, ...]:
    """Response, two-year control, control high against low, features that pass, decisions that change with the reader.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    tuple of Result
    """
    return (
        _response(analysis),
        _two_year(analysis),
        _high_against_low(analysis),
        _features(analysis),
        _flips(analysis),
    )


def known_sets(analysis: StudyAnalysis) -> dict[str, tuple[int, int]]:
    """How many patients and lymph nodes each set has; a set without any is not there.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    dict
        Set → (patients, lymph nodes).
    """
    sets: dict[str, tuple[set[str], int]] = {}
    for row in analysis.cases.rows:
        patients, lymph_nodes = sets.get(row["set"], (set(), 0))
        sets[row["set"]] = (patients | {row["patient"]}, lymph_nodes + 1)
    return {name: (len(patients), lymph_nodes) for name, (patients, lymph_nodes) in sets.items()}


def _response(analysis: StudyAnalysis) -> Result:
    models = analysis.response
    lines = _auc_lines(models, analysis.published[0])
    decisive = _decisive(models)
    return Result(
        name="response",
        question="Does the score tell which lymph nodes respond? (AUC)",
        lines=tuple(lines),
        means=_auc_meaning(decisive, "responds", "does not") if decisive else _no_score(models, analysis.notes),
        not_shown=_NO_OTHER_HOSPITAL,
    )


def _auc_lines(models: OutcomeModels, card: ScoreModel) -> list[ResultLine]:
    published = {each["set"]: each for each in card.published.get("performance", ())}
    lines = [
        _auc_line(f"published score, {each.set}", _auc(each.validation.validation), published.get(each.set))
        for each in models.published
        if each.validation is not None
    ]
    if models.fitted is not None:
        lines.append(_auc_line("own score, apparent", _auc(models.fitted.apparent), is_flattered=True))
        lines.append(_auc_line("own score, corrected", models.fitted.corrected.auc))
    if models.validated is not None and models.validated.validation is not None:
        lines.append(_auc_line("own score, validation", _auc(models.validated.validation.validation)))
    return lines


def _auc(validation: Validation) -> Estimate:
    """By patient, where there are enough to be drawn again."""
    return validation.auc if validation.auc_by_patient is None else validation.auc_by_patient


def _auc_line(
    what: str, auc: Estimate, published: Mapping[str, Any] | None = None, is_flattered: bool = False
) -> ResultLine:
    paper = None if published is None else Limits(published["auc"], published["auc_lower"], published["auc_upper"])
    return ResultLine(
        what=what,
        here=with_limits(auc.value, auc.lower, auc.upper),
        paper=NOT_DEFINED if paper is None else with_limits(paper.value, paper.lower, paper.upper),
        limits=Limits(auc.value, auc.lower, auc.upper),
        paper_limits=paper,
        is_flattered=is_flattered,
    )


def _decisive(models: OutcomeModels) -> Estimate | None:
    """What the study says of new patients: the corrected AUC; without a fitted score, the last set's of the published
    one.
    """
    if models.fitted is not None:
        return models.fitted.corrected.auc
    judged = [each.validation.validation for each in models.published if each.validation is not None]
    return _auc(judged[-1]) if judged else None


def _auc_meaning(auc: Estimate, positive: str, negative: str) -> str:
    if not math.isfinite(auc.value):
        return "No AUC can be given for new patients."
    if auc.lower == auc.upper:
        return (
            "The score separates these few lymph nodes completely or not at all; limits without width are no certainty."
        )
    pairs = f"in {percent(auc.value, digits=0)} of pairs the lymph node that {positive} scores higher than one that "
    words = f"{pairs}{negative}"
    if auc.lower > _COIN:
        return f"In patients like these, {words}; chance alone, 50%, lies outside the limits."
    if auc.upper < _COIN:
        return f"In patients like these, {words}: fewer than by chance alone, whose 50% lies outside the limits."
    if not (math.isfinite(auc.lower) and math.isfinite(auc.upper)):
        return f"In patients like these, {words}; no limits can be given, so chance alone is not ruled out."
    return f"In patients like these, {words}; the limits include 50%, which is chance alone."


def _no_score(models: OutcomeModels, notes: Sequence[str]) -> str:
    reasons = dict.fromkeys(each.reason for each in models.published if each.reason)
    return " ".join(reasons) or models.fitted_reason or " ".join(notes) or "It was not analysed."


def _two_year(analysis: StudyAnalysis) -> Result:
    performance = analysis.published[1].published.get("performance", ())
    lines, decisive = [], None
    for each in _judged_control(analysis):
        assert each.analysis is not None
        assert each.analysis.prediction is not None
        survivors, auc = each.analysis.survivors, each.analysis.prediction.auc.shown
        is_published = each.score == "published"
        whose = "published score" if is_published else "own score"
        if is_published and survivors is not None:
            paper = performance[0] if performance and each.set == "training" else None
            lines.append(
                _auc_line(f"{whose}, {each.set}, without early deaths", survivors.auc, paper, is_flattered=True)
            )
        lines.append(_auc_line(f"{whose}, {each.set}, death competing", auc))
        # The last is the one on the lymph nodes that the score has seen least of.
        decisive = auc
    return Result(
        name="two-year-control",
        question="Does the score tell which lymph nodes recur within two years? (AUC)",
        lines=tuple(lines),
        means=_auc_meaning(decisive, "stays controlled", "recurs")
        if decisive
        else _no_control(analysis, "No score of two-year control could be judged."),
        not_shown="The paper left out patients who died early; which of the two is right for a patient who may die "
        "first, an AUC does not say.",
    )


def _judged_control(analysis: StudyAnalysis) -> list[SetSurvival]:
    """The analyses that have an AUC with death competing; none of lymph nodes that made the score."""
    shown = {("published", "training"), ("published", "validation"), ("published", WHOLE), ("fitted", "validation")}
    return [
        each
        for each in analysis.survival.analyses
        if (each.score, each.set) in shown and each.analysis is not None and each.analysis.prediction is not None
    ]


def _no_control(analysis: StudyAnalysis, otherwise: str) -> str:
    reasons = dict.fromkeys(each.reason for each in analysis.survival.analyses if each.reason)
    return " ".join(reasons) or otherwise


def _high_against_low(analysis: StudyAnalysis) -> Result:
    lines: list[ResultLine] = []
    decisive: LogRank | None = None
    for each in analysis.survival.analyses:
        split = each.split
        if each.score != "published" or split is None or each.analysis is None:
            continue
        at = f"controlled at {each.analysis.months:g} months"
        lines += [
            ResultLine(what=f"{each.set}, {group.name}: {at}", here=share_words(group.without_event))
            for group in split.figures
        ]
        paper = PUBLISHED_LOG_RANK.get(each.set, NOT_DEFINED)
        lines.append(ResultLine(what=f"{each.set}: log-rank", here=p_words(split.log_rank.p), paper=paper))
        if each.set != "validation" or decisive is None or math.isnan(decisive.p):
            decisive = split.log_rank
    means = (
        _no_control(analysis, "Local control could not be compared.") if decisive is None else _split_meaning(decisive)
    )
    return Result(
        name="high-against-low",
        question="Is local control longer above the cutoff of Rad-score-2-year (high) than below (low)?",
        lines=tuple(lines),
        means=means,
        not_shown="Death ends the watching here, as published, and lymph nodes of one patient count as independent in "
        "the log-rank test.",
    )


def _split_meaning(log_rank: LogRank) -> str:
    if not math.isfinite(log_rank.p):
        return "The two groups of the published cutoff cannot be tested against each other here."
    if log_rank.p >= _SIGNIFICANT:
        return "The two groups of the published cutoff differ by no more than chance would explain."
    above = log_rank.groups.index("high")
    if log_rank.observed[above] < log_rank.expected[above]:
        return "Lymph nodes above the published cutoff stay controlled longer than chance would explain."
    return "Lymph nodes above the published cutoff recur sooner than chance would explain: against what was published."


def _features(analysis: StudyAnalysis) -> Result:
    agreement = analysis.agreement
    not_shown = (
        "An ICC is of these readers and this spread of lymph nodes; one reader twice on the same CT is no second scan."
    )
    question = "How many features do readers agree on?"
    if agreement is None:
        lines = tuple(
            ResultLine(
                what=f"ICC above {analysis.icc_threshold:g}, {KINDS[each.kind]}",
                here=f"{sum(bool(value > analysis.icc_threshold) for value in each.icc.estimate)} of {len(each.names)}",
            )
            for each in analysis.partial
        )
        return Result(name="features", question=question, lines=lines, means=analysis.no_agreement, not_shown=not_shown)
    features = agreement.features
    rule = features.rule
    above = [
        sum(bool(i > rule.threshold and j > rule.threshold) for i, j in zip(*of, strict=True))
        for of in (
            (features.inter.icc.estimate, features.intra.icc.estimate),
            (features.inter.icc.lower, features.intra.icc.lower),
        )
    ]
    total = len(features.names)
    return Result(
        name="features",
        question=question,
        lines=(
            ResultLine(what=f"pass by the study's rule ({rule.judged})", here=f"{len(features.passed)} of {total}"),
            ResultLine(what=f"ICC above {rule.threshold:g}, inter and intra", here=f"{above[0]} of {total}"),
            ResultLine(what=f"lower 95% limit above {rule.threshold:g}, both", here=f"{above[1]} of {total}"),
        ),
        means=f"A score of this study may use {counted(len(features.passed), 'feature')}; of any other it is not shown "
        "that it changes little enough with the hand that drew the contour.",
        not_shown=not_shown,
    )


def _flips(analysis: StudyAnalysis) -> Result:
    lines = []
    for each in () if analysis.agreement is None else analysis.agreement.scores:
        for kind, compared in (("inter", each.inter), ("intra", each.intra)):
            if compared is not None:
                lines.append(
                    ResultLine(what=f"{each.model.title}, {KINDS[kind]}", here=flip_cell(compared.agreement.flip_rate))
                )
    for partial in analysis.partial:
        lines += [
            ResultLine(what=f"{model.title}, {KINDS[partial.kind]}", here=flip_cell(compared.agreement.flip_rate))
            for model, compared in partial.scores
        ]
    means = "So many lymph nodes are in another group when somebody else draws the contour, or the same reader again."
    if not lines:
        reasons = dict.fromkeys(each.reason for each in (analysis.agreement.scores if analysis.agreement else ()))
        means = analysis.no_agreement or " ".join(reasons) or "No score was read twice."
    return Result(
        name="decisions",
        question="How many lymph nodes change group with the reader?",
        lines=tuple(lines),
        means=means,
        not_shown="Which of the two readings is right, and how other readers than these would draw.",
    )
