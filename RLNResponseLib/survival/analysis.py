"""One survival analysis: everything the command and the report show, from one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.names import label
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.common.wording import counted
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS, MOST_EVENTS, VERY_FEW_PATIENTS
from RLNResponseLib.survival.comparison import (
    Comparison,
    compare_clusters,
    compare_competing,
    compare_landmark,
    compare_prediction,
    compare_split,
)
from RLNResponseLib.survival.complete_cases import complete_cases
from RLNResponseLib.survival.cox import CoxFit, cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.cutoff_comparison import compare_cutoff, compare_out_of_fold
from RLNResponseLib.survival.endpoint import TWO_YEARS_MONTHS
from RLNResponseLib.survival.follow_up import FollowUp, Groups, Landmark, groups, landmark
from RLNResponseLib.survival.group_figures import GroupFigures, group_figures
from RLNResponseLib.survival.group_tests import GrayTest, LogRank, gray_test, log_rank
from RLNResponseLib.survival.imputed_cox import ImputedCox, imputed_cox
from RLNResponseLib.survival.maximally_selected import selected_cutoff
from RLNResponseLib.survival.prediction import Prediction, judge_prediction
from RLNResponseLib.survival.proportional_hazards import GLOBAL, PHTest, proportional_hazards
from RLNResponseLib.survival.results import ALL_ROWS, OWN_CUTOFFS, Incidence, ScoreColumn, Split, SurvivalAnalysis
from RLNResponseLib.survival.survival_table import SurvivalTable
from RLNResponseLib.survival.survivors import Survivors, judge_survivors
from RLNResponseLib.survival.window import window

# A covariate with more different values than this is continuous: it has no groups without a cutoff.
MOST_GROUPS = 5
# A test of proportional hazards below this speaks against them.
_SPEAKS_AGAINST = 0.05


def analyse(
    data: SurvivalTable,
    score: ScoreColumn | None = None,
    landmark_months: float | None = None,
    seed: int = 0,
    months: float = TWO_YEARS_MONTHS,
    impute: bool = False,
) -> SurvivalAnalysis:
    """Analyse one table.

    Covariates with two to five values split the rows; one with more does not, for it has no cutoff. Raises
    DataRefusedError as `cox`, `log_rank`, `landmark` and `window` do; a split that cannot be tested becomes a note
    instead. A row whose covariate is not known (NaN) is left out of the Cox models and of that covariate's groups.
    Where the rows of which everything is known allow no model, one on imputed sets stands without it.

    Parameters
    ----------
    data
        Times, events, scores and covariates, one row a lymph node.
    score
        A further covariate, and a split at its cutoff.
    landmark_months
        A second Cox model from there on.
    seed
        Of the permutations that correct a cutoff chosen on these rows.
    months
        The time at which probabilities are given and the score is judged.
    impute
        Whether clinical covariates that are not known are multiply imputed for a Cox model beside that of the complete
        rows.

    Returns
    -------
    SurvivalAnalysis
    """
    names, x = data.names, data.covariates
    if score:
        names, x = (*names, score.name), np.column_stack([x, score.values])
    notes: list[str] = []
    known = np.asarray(np.isfinite(x).all(axis=1))
    complete, x = data.of(known), x[known]
    fit, refusal = _of_complete(complete, x, names)
    if refusal is not None and (known.all() or not impute):
        raise refusal
    if not names:
        notes.append("No covariate and no score was named, so there is no Cox model and no split.")
    elif fit is not None:
        notes += _of_few_patients(fit)
        if not known.all():
            notes.append(
                f"The Cox model leaves out {counted(int((~known).sum()), 'row')} of which a covariate is not known; no "
                "curve leaves a row out for a covariate that it does not use."
            )
    splits = _splits(data, score, seed, months, notes)
    at_landmark, tests_there = None, dict[str, PHTest]()
    ph_tests = _ph_tests(complete.follow_up, x, fit, notes)
    if landmark_months is not None and fit:
        at_landmark = _from_landmark(complete, x, names, landmark_months)
        start, later = at_landmark
        tests_there = dict(_ph_tests(start.follow_up, x[start.rows], later, notes, "From the landmark on: "))
    prediction, survivors = _prediction(data, score, months, notes)
    imputed = _imputed(data, score, seed, notes) if impute else None
    if refusal is not None and imputed is None:
        raise refusal
    if refusal is not None and landmark_months is not None:
        notes.append("There is no Cox model from the landmark on, as the complete rows allow none.")
    return SurvivalAnalysis(
        rows=len(data.follow_up),
        events=int(data.follow_up.event.sum()),
        patients=None if data.patients is None else len(np.unique(data.patients)),
        cox=fit,
        ph_tests=ph_tests,
        splits=splits,
        curve=kaplan_meier(data.follow_up),
        incidence=None if data.competing is None else _incidence(data.follow_up, data.competing),
        disease_free=None if data.competing is None else kaplan_meier(_either(data.follow_up, data.competing)),
        months=months,
        figures=_figures(ALL_ROWS, data, months),
        landmark=at_landmark,
        landmark_ph=tests_there,
        prediction=prediction,
        survivors=survivors,
        comparisons=tuple(_comparisons(fit, splits, at_landmark, tests_there, score, (prediction, survivors))),
        notes=tuple(notes),
        complete_cases=complete_cases(data, _named(score)),
        no_complete_model="" if refusal is None else str(refusal),
        imputed=imputed,
    )


def _of_complete(
    complete: SurvivalTable, x: Floats, names: tuple[str, ...]
) -> tuple[CoxFit | None, DataRefusedError | None]:
    """Cox's model of the rows of which everything is known, or why there is none; neither where nothing was named."""
    try:
        return (cox(complete.follow_up, x, names, complete.patients) if names else None), None
    except DataRefusedError as refusal:
        return None, refusal


def _named(score: ScoreColumn | None) -> tuple[str, Floats] | None:
    return None if score is None else (score.name, score.values)


def _imputed(data: SurvivalTable, score: ScoreColumn | None, seed: int, notes: list[str]) -> ImputedCox | None:
    try:
        return imputed_cox(data, _named(score), seed)
    except DataRefusedError as refusal:
        notes.append(f"Missing covariates are not imputed. {refusal}")
        return None


def _of_few_patients(fit: CoxFit) -> list[str]:
    """What the limits by patient are worth at this number of patients (docs/simulations.md)."""
    if fit.patients is None or fit.patients >= ENOUGH_PATIENTS:
        return []
    who = f"From {counted(fit.patients, 'patient')}, fewer than {ENOUGH_PATIENTS}"
    if fit.events > MOST_EVENTS:
        return [
            f"{who}, the robust error is too small, and CR2 in its place is computed up to {MOST_EVENTS} events, not "
            f"{fit.events}: there are no errors by patient, and the model-based ones take rows as independent."
        ]
    simulated = (
        "sets of 18 patients and five covariates their 95% limits held the truth in 95 to 98%, the model-based ones in "
        "90 to 92%, and a score of noise had p < 0.05 in 3.4 ± 0.4%, model-based in 9.0 ± 0.6%"
        if fit.patients < VERY_FEW_PATIENTS
        else "sets of 59 patients and five covariates their 95% limits held the truth in 93 to 96%, the model-based "
        "ones in 92 to 95%, and a score of noise had p < 0.05 in 3.8 ± 0.9%, model-based in 5.0 ± 1.1%"
    )
    return [f"{who}, errors by patient are CR2 with Satterthwaite's degrees of freedom: in simulated {simulated}."]


def _figures(name: str, data: SurvivalTable, months: float) -> GroupFigures:
    return group_figures(name, data.follow_up, data.competing, data.patients, months)


def _prediction(
    data: SurvivalTable, score: ScoreColumn | None, months: float, notes: list[str]
) -> tuple[Prediction | None, Survivors | None]:
    if score is None or data.competing is None:
        return None, None
    seen = window(data.follow_up, data.competing, months)
    try:
        found = judge_prediction(seen, score.order, score.risk, data.patients)
    except DataRefusedError as refusal:
        notes.append(str(refusal))
        return None, None
    return found, judge_survivors(seen, score.order, score.risk)


def _splits(
    data: SurvivalTable, score: ScoreColumn | None, seed: int, months: float, notes: list[str]
) -> tuple[Split, ...]:
    """Every split that can be tested; the others leave a note."""
    wanted: list[tuple[str, tuple[str, ...], ScoreColumn | None, Bools]] = []
    everybody = np.ones(len(data.follow_up), dtype=bool)
    for name, column in zip(data.names, data.covariates.T, strict=True):
        known = np.isfinite(column)
        if not known.any():
            notes.append(f"{name} is not known of any row, so it is not split into groups.")
        elif len(np.unique(column[known])) > MOST_GROUPS:
            notes.append(f"{name} has more than {MOST_GROUPS} different values, so it is not split into groups.")
        else:
            wanted.append((name, tuple(f"{value:.15g}" for value in column[known]), None, known))
    if score:
        wanted.append((score.name, score.labels, score, everybody))
    splits = []
    for name, labels, scored, known in wanted:
        try:
            split = _split(data.of(known), name, groups(labels), scored, seed, months, notes)
            splits.append(replace(split, left_out=int((~known).sum())))
        except DataRefusedError as refusal:
            notes.append(f"{name} is not split into groups: {refusal}")
    return tuple(splits)


def _split(
    data: SurvivalTable,
    name: str,
    divided: Groups,
    score: ScoreColumn | None,
    seed: int,
    months: float,
    notes: list[str],
) -> Split:
    test = log_rank(data.follow_up, divided)
    members = {label: divided.rows(number) for number, label in enumerate(divided.names)}
    incidence, gray = {}, {}
    if data.competing is not None:
        incidence = {
            label: _incidence(data.follow_up.of(rows), data.competing[rows]) for label, rows in members.items()
        }
        gray = _gray_tests(data.follow_up, data.competing, divided, name, notes)
    selected, unseen = None, None
    if score and score.fitted_here:
        unseen = _out_of_fold(data, score, notes)
    elif score and score.chosen_here and score.cutoff is not None:
        # Its rule is "score > cutoff", and "−score > −cutoff" is "score < cutoff".
        sign = -1 if score.below else 1
        selected = selected_cutoff(data.follow_up, sign * score.values, seed, sign * score.cutoff, data.patients)
        selected = replace(selected, cutoff=score.cutoff)
    return Split(
        name=name,
        groups=divided,
        log_rank=test,
        curves={label: kaplan_meier(data.follow_up.of(rows)) for label, rows in members.items()},
        incidence=incidence,
        gray=gray,
        of_score=score is not None,
        meanings=score.meanings if score else {},
        cutoff=score.cutoff if score else None,
        selected=selected,
        fitted_here=bool(score and score.fitted_here),
        out_of_fold=unseen,
        figures=tuple(_figures(label, data.of(rows), months) for label, rows in members.items()),
    )


def _out_of_fold(data: SurvivalTable, score: ScoreColumn, notes: list[str]) -> LogRank | None:
    """The test between the groups of scores that had not seen the patients: the only sound one of these rows."""
    if not score.unseen_labels:
        notes.append(
            f"{score.name} was fitted on these rows, so its p-values here are apparent: a permutation of the cutoff "
            "alone would leave out the choice of the features and corrects nothing; judge the score on other patients."
        )
        return None
    try:
        return log_rank(data.follow_up, groups(score.unseen_labels))
    except DataRefusedError as refusal:
        notes.append(f"{score.name}, out of fold: {refusal}")
        return None


def _ph_tests(
    follow_up: FollowUp, x: Floats, fit: CoxFit | None, notes: list[str], where: str = ""
) -> Mapping[str, PHTest]:
    """The tests, and a note where they speak against what the model assumes."""
    try:
        tests = proportional_hazards(follow_up, x, fit) if fit else {}
    except DataRefusedError as refusal:
        notes.append(f"{where}{refusal}")
        return {}
    against = [name for name, test in tests.items() if test.p < _SPEAKS_AGAINST and name != GLOBAL]
    if against or (GLOBAL in tests and tests[GLOBAL].p < _SPEAKS_AGAINST):
        whose = f" of {', '.join(label(name, unit=False) for name in against)}" if against else ""
        notes.append(
            f"{where}Proportional hazards{whose} are rejected (p below {_SPEAKS_AGAINST:g}): where they do not hold, a "
            "hazard ratio is an average over the time watched, and its p-value and limits are those of a wrong model."
        )
    return tests


def _from_landmark(data: SurvivalTable, x: Floats, names: Sequence[str], months: float) -> tuple[Landmark, CoxFit]:
    start = landmark(data.follow_up, months)
    patients = None if data.patients is None else data.patients[start.rows]
    try:
        return start, cox(start.follow_up, x[start.rows], names, patients)
    except DataRefusedError as refusal:
        raise DataRefusedError(f"From the landmark at month {months:g} on: {refusal}", refusal.code) from None


def _either(follow_up: FollowUp, competing: Bools) -> FollowUp:
    return FollowUp(follow_up.months, follow_up.event | competing)


def _incidence(follow_up: FollowUp, competing: Bools) -> Incidence:
    other = FollowUp(follow_up.months, competing)
    return Incidence(cumulative_incidence(follow_up, competing), cumulative_incidence(other, follow_up.event))


def _gray_tests(
    follow_up: FollowUp, competing: Bools, divided: Groups, name: str, notes: list[str]
) -> dict[str, GrayTest]:
    kinds = {"event": (follow_up, competing), "competing": (FollowUp(follow_up.months, competing), follow_up.event)}
    tests = {}
    for kind, (wanted, other) in kinds.items():
        try:
            tests[kind] = gray_test(wanted, other, divided)
        except DataRefusedError as refusal:
            of = "the event" if kind == "event" else "the other event first"
            notes.append(f"{label(name, unit=False)}, Gray's test of {of}: {refusal}")
    return tests


def _comparisons(
    fit: CoxFit | None,
    splits: tuple[Split, ...],
    at_landmark: tuple[Landmark, CoxFit] | None,
    tests_there: Mapping[str, PHTest],
    score: ScoreColumn | None,
    judged: tuple[Prediction | None, Survivors | None],
) -> list[Comparison]:
    comparisons = []
    prediction, survivors = judged
    if score and prediction and survivors:
        comparisons.append(compare_prediction(score.name, survivors, prediction))
    if fit and fit.patients is not None:
        comparisons.append(compare_clusters(fit))
    for split in splits:
        # Of a score fitted on these rows the continuous one is no nearer to the truth than its groups; out of fold
        # there are groups alone.
        if fit and score and split.of_score and not split.fitted_here and len(np.unique(score.values)) > 2:
            at = "its cutoff" if split.cutoff is not None else OWN_CUTOFFS
            comparisons.append(compare_split(split.name, at, split.log_rank, fit.terms[split.name]))
        if split.selected:
            comparisons.append(
                compare_cutoff(split.name, split.log_rank, split.selected, "<" if score and score.below else ">")
            )
        if split.fitted_here:
            comparisons.append(compare_out_of_fold(split.name, split.log_rank, split.out_of_fold))
        if "event" in split.gray:
            comparisons.append(compare_competing(split.name, split.log_rank, split.gray["event"]))
    if fit and at_landmark:
        comparisons.append(compare_landmark(fit, at_landmark[1], at_landmark[0], tests_there))
    return comparisons
