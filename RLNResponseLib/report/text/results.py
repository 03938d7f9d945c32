"""The five results of a study as its first page has them: each with its limits, the paper's figure, what it means, and
what it does not show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from RLNResponseLib.analysis.cases import WHOLE
from RLNResponseLib.analysis.model_agreement import ComparedScores
from RLNResponseLib.analysis.models import Judged, OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.wording import NOT_DEFINED, counted, hazard_ratio_words, p_words, percent
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.report.text.model_agreement import flip_cell
from RLNResponseLib.report.text.result_lines import (
    BY_LYMPH_NODE,
    BY_PATIENT,
    Result,
    ResultLine,
    auc_line,
    auc_meaning,
    in_a_simulation,
    units_of,
)
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.comparison import share_words
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.group_tests import LogRank

KINDS = {"inter": "two readers", "intra": "one reader twice"}
# The paper's text: log-rank of local control, high against low.
PUBLISHED_LOG_RANK = {"training": "p < 0.001", "validation": "p = 0.025"}
_NO_OTHER_HOSPITAL = "Other hospitals; whether acting on it helps."
_WITHOUT_DEATHS = ", without early deaths"
_SIGNIFICANT = 0.05


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
    return Result(
        name="response",
        question="Does the score tell which lymph nodes respond, CR or PR? (AUC)",
        lines=tuple(lines),
        means=auc_meaning(lines, analysis.simulated) if lines else _no_score(models, analysis.notes),
        not_shown=_NO_OTHER_HOSPITAL,
    )


def _auc_lines(models: OutcomeModels, card: ScoreModel) -> list[ResultLine]:
    published = {each["set"]: each for each in card.published.get("performance", ())}
    lines = [
        auc_line(f"published score, {each.set}", _auc(each.validation.validation), published.get(each.set))
        for each in models.published
        if each.validation is not None
    ]
    lines += _of_own_training(models, "")
    if models.validated is not None and models.validated.validation is not None:
        lines.append(auc_line("own score, validation", _auc(models.validated.validation.validation)))
    return lines


def _of_own_training(models: OutcomeModels, on: str) -> list[ResultLine]:
    """`on` are those who did not die: without them nobody is flattered by the correction."""
    if models.fitted is None:
        return []
    return [
        auc_line(f"own score, apparent{on}", _auc(models.fitted.apparent), is_flattered=True),
        auc_line(f"own score, corrected{on}", models.fitted.corrected.auc, is_flattered=bool(on)),
    ]


def _auc(validation: Validation) -> Estimate:
    """By patient, where there are enough to be drawn again."""
    return validation.auc if validation.auc_by_patient is None else validation.auc_by_patient


def _no_score(models: OutcomeModels, notes: Sequence[str]) -> str:
    reasons = dict.fromkeys(each.reason for each in models.published if each.reason)
    return " ".join(reasons) or models.fitted_reason or " ".join(notes) or "It was not analysed."


def _two_year(analysis: StudyAnalysis) -> Result:
    performance = analysis.published[1].published.get("performance", ())
    lines = []
    for each in _judged_control(analysis):
        assert each.analysis is not None
        assert each.analysis.prediction is not None
        is_published = each.score == "published"
        whose = "published score" if is_published else "own score"
        paper = performance[0] if is_published and performance and each.set == "training" else None
        if each.analysis.survivors is not None and paper is not None:
            auc = _without_deaths(analysis.control, each, each.analysis.survivors.auc)
            lines.append(auc_line(f"{whose}, {each.set}{_WITHOUT_DEATHS}", auc, paper, is_flattered=True))
        lines.append(auc_line(f"{whose}, {each.set}, death competing", each.analysis.prediction.auc.shown))
    if lines:
        of_published = sum(line.what.startswith("published") for line in lines)
        lines[of_published:of_published] = _of_own_training(analysis.control, _WITHOUT_DEATHS)[1:]
    return Result(
        name="two-year-control",
        question="Does the score tell which lymph nodes recur within two years? (AUC)",
        lines=tuple(lines),
        means=auc_meaning(lines, analysis.simulated)
        if lines
        else _no_control(analysis, "No score of two-year control could be judged."),
        not_shown="Whether acting on the score helps who may die first.",
    )


def _without_deaths(models: OutcomeModels, each: SetSurvival, otherwise: Estimate) -> Estimate:
    """By patient, where the score is judged on the same lymph nodes as the outcome of a score; DeLong's elsewhere."""
    of: tuple[Judged | None, ...] = models.published if each.score == "published" else (models.validated,)
    for judged in of:
        if judged is not None and judged.set == each.set and judged.validation is not None:
            found = _auc(judged.validation.validation)
            if math.isclose(found.value, otherwise.value, rel_tol=0, abs_tol=1e-9):
                return found
    return otherwise


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
    lines, said = [], []
    for each in analysis.survival.analyses:
        if each.score == "published" and each.split is not None and each.analysis is not None:
            lines += _of_groups(each)
            said.append(_control_words(each))
    means = " ".join(said) if said else _no_control(analysis, "Local control could not be compared.")
    return Result(
        name="high-against-low",
        question="Is local control longer above the cutoff of Rad-score-2-year (high) than below (low)?",
        lines=tuple(lines),
        means=in_a_simulation(means) if said and analysis.simulated else means,
        not_shown="A cause. The log-rank test censors deaths, and takes one patient's lymph nodes as independent.",
    )


def _of_groups(each: SetSurvival) -> list[ResultLine]:
    assert each.analysis is not None
    assert each.split is not None
    months, split = each.analysis.months, each.split
    lines = []
    for group in split.figures:
        states, curve = group.states, split.curves[group.name]
        if states is None:
            what, share = f"controlled at {months:g} months", group.without_event
        else:
            what, share = f"recurred by {months:g} months", states.event
        here = _share(share, curve, months)
        lines.append(ResultLine(what=f"{each.set}, {group.name}: {what}", here=here, units=units_of(share)))
    paper = PUBLISHED_LOG_RANK.get(each.set, NOT_DEFINED)
    of_groups = ResultLine(
        what=f"{each.set}: log-rank", here=p_words(split.log_rank.p), units=BY_LYMPH_NODE, paper=paper
    )
    tested = _by_patient(each)
    return [*lines, of_groups, *([] if tested is None else [tested[0]])]


def _share(share: Estimate, curve: KaplanMeier, months: float) -> str:
    """Where no lymph node is left at risk there are no limits, and it is said why."""
    if math.isnan(share.value) or not math.isnan(share.lower):
        return share_words(share)
    later = [int(number) for month, number in zip(curve.months, curve.at_risk, strict=True) if month >= months]
    return f"{percent(share.value)} ({max(later, default=0)} of {int(curve.at_risk[0])} at risk; no limits)"


def _by_patient(each: SetSurvival) -> tuple[ResultLine, float, float] | None:
    """The score's term of the Cox model, with its hazard ratio and p; None where it has no error by patient."""
    assert each.analysis is not None
    fit = each.analysis.cox
    # The score is the last covariate.
    term = None if fit is None else fit.terms[tuple(fit.terms)[-1]]
    if term is None or term.by_patient is None or math.isnan(term.by_patient.p):
        return None
    ratio = term.per(term.by_patient)
    words = f"{hazard_ratio_words(ratio.value, ratio.lower, ratio.upper)}, {p_words(term.by_patient.p)}"
    what = f"{each.set}: hazard ratio, Cox, per {term.step}"
    return ResultLine(what=what, here=words, units=BY_PATIENT), ratio.value, term.by_patient.p


def _control_words(each: SetSurvival) -> str:
    """Yes or no by the test by patient; the log-rank test beside it."""
    assert each.split is not None
    log_rank, tested = p_words(each.split.log_rank.p), _by_patient(each)
    name = each.set.capitalize()
    if tested is None:
        found = _split_meaning(each.split.log_rank)
        return (
            f"{name}: no test by patient; by the log-rank test ({log_rank}), which counts lymph nodes as independent, "
            f"{found[0].lower()}{found[1:]}"
        )
    _, ratio, p = tested
    if p >= _SIGNIFICANT:
        answer = "not shown, no more than chance would explain"
    else:
        answer = (
            f"{'yes' if ratio < 1 else 'no'}, control is {'longer' if ratio < 1 else 'shorter'} with a higher score"
        )
    hazards = rejected_hazards(each, short=True)
    return f"{name}: {answer} (Cox model, {p_words(p)} by patient; log-rank {log_rank}){hazards}."


def rejected_hazards(each: SetSurvival, *, short: bool = False) -> str:
    """That the hazards of the score are not proportional, wherever its hazard ratio stands; "" where that is not shown.

    Parameters
    ----------
    each
        One analysis of local control.
    short
        As the end of a sentence, and not as one.

    Returns
    -------
    str
    """
    fit = None if each.analysis is None else each.analysis.cox
    name = "" if fit is None else tuple(fit.terms)[-1]
    test = None if each.analysis is None else each.analysis.ph_tests.get(name)
    if test is None or not test.p < _SIGNIFICANT:
        return ""
    if short:
        return f"; proportional hazards are rejected ({p_words(test.p)}): an average over time"
    return (
        f"{each.set.capitalize()}: proportional hazards of the score are rejected ({p_words(test.p)}): its hazard "
        "ratio is an average over the time watched, and its p-value and limits are those of a model that does not hold."
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
    not_shown = "Other readers and lymph nodes; a second scan."
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
    rule, total = features.rule, len(features.names)
    lines = (
        ResultLine(
            what=f"pass: {rule.judged} of ICC above {rule.threshold:g}, inter and intra",
            here=f"{len(features.passed)} of {total}",
        ),
    )
    shares = [found.icc_inter for found in features.components if found.icc_inter is not None]
    if shares:
        over = sum(share.lower > rule.threshold for share in shares)
        counting = f"lower limit by REML, readers counted, above {rule.threshold:g}"
        lines = (*lines, ResultLine(what=counting, here=f"{over} of {len(shares)}"))
    return Result(name="features", question=question, lines=lines, means=_features_words(analysis), not_shown=not_shown)


def _features_words(analysis: StudyAnalysis) -> str:
    """A fit judges features on its own training lymph nodes, so that validation takes no part in it."""
    assert analysis.agreement is not None
    features = analysis.agreement.features
    on = counted(len(features.inter.pairs.lymph_nodes), "lymph node")
    words = f"{counted(len(features.passed), 'feature')} pass on all {on} that were read twice"
    drew = [
        f"{name} {int(models.fitted.score.kept.sum())}"
        for name, models in (("response", analysis.response), ("two-year control", analysis.control))
        if models.fitted is not None
    ]
    if not drew:
        return f"{words}; no score was fitted."
    return f"{words}; the own scores drew on those that passed on their own lymph nodes: {', '.join(drew)}."


def _flips(analysis: StudyAnalysis) -> Result:
    lines = []
    for each in () if analysis.agreement is None else analysis.agreement.scores:
        for kind, compared in (("inter", each.inter), ("intra", each.intra)):
            if compared is not None:
                lines.append(_flip_line(each.model, kind, compared))
    for partial in analysis.partial:
        lines += [_flip_line(model, partial.kind, compared) for model, compared in partial.scores]
    means = "So many are in another group when the contour is drawn anew."
    if not lines:
        reasons = dict.fromkeys(each.reason for each in (analysis.agreement.scores if analysis.agreement else ()))
        means = analysis.no_agreement or " ".join(reasons) or "No score was read twice."
    return Result(
        name="decisions",
        question="How many lymph nodes change group with the reader?",
        lines=tuple(lines),
        means=means,
        not_shown="Which reading is right; other readers.",
    )


def _flip_line(model: ScoreModel, kind: str, compared: ComparedScores) -> ResultLine:
    here = flip_cell(compared.agreement.flip_rate)
    return ResultLine(what=f"{model.title}, {KINDS[kind]}", here=here, units=BY_LYMPH_NODE)
