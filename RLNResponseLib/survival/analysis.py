"""One survival analysis: everything the command and the report show, from one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.survival.comparison import (
    Comparison,
    compare_clusters,
    compare_competing,
    compare_cutoff,
    compare_landmark,
    compare_out_of_fold,
    compare_split,
)
from RLNResponseLib.survival.cox import CoxFit, cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp, Groups, Landmark, groups, landmark
from RLNResponseLib.survival.group_tests import GrayTest, LogRank, gray_test, log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff
from RLNResponseLib.survival.proportional_hazards import PHTest, proportional_hazards
from RLNResponseLib.survival.results import OWN_CUTOFFS, Incidence, ScoreColumn, Split, SurvivalAnalysis
from RLNResponseLib.survival.survival_table import SurvivalTable

# A covariate with more different values than this is continuous: it has no groups without a cutoff.
MOST_GROUPS = 5
# The usual rule for errors clustered by group (Cameron and Miller 2015, J Human Resources 50:317).
ENOUGH_PATIENTS = 40


def analyse(
    data: SurvivalTable, score: ScoreColumn | None = None, landmark_months: float | None = None, seed: int = 0
) -> SurvivalAnalysis:
    """Analyse one table.

    Covariates with two to five values split the rows; one with more does not, for it has no cutoff. Raises
    DataRefusedError as `cox`, `log_rank` and `landmark` do; a split that cannot be tested becomes a note instead.

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

    Returns
    -------
    SurvivalAnalysis
    """
    names, x = data.names, data.covariates
    if score:
        names, x = (*names, score.name), np.column_stack([x, score.values])
    notes: list[str] = []
    fit = cox(data.follow_up, x, names, data.patients) if names else None
    if fit is None:
        notes.append("No covariate and no score was named, so there is no Cox model and no split.")
    elif fit.patients is not None and fit.patients < ENOUGH_PATIENTS:
        notes.append(
            f"Robust errors need some {ENOUGH_PATIENTS} patients; from {fit.patients} they are too small on average, "
            f"and their p-values with them."
        )
    splits = _splits(data, score, seed, notes)
    at_landmark = None
    if landmark_months is not None and fit:
        at_landmark = _from_landmark(data, x, names, landmark_months)
    return SurvivalAnalysis(
        rows=len(data.follow_up),
        events=int(data.follow_up.event.sum()),
        patients=None if data.patients is None else len(np.unique(data.patients)),
        cox=fit,
        ph_tests=_ph_tests(data.follow_up, x, fit, notes),
        splits=splits,
        curve=kaplan_meier(data.follow_up),
        incidence=None if data.competing is None else _incidence(data.follow_up, data.competing),
        disease_free=None if data.competing is None else kaplan_meier(_either(data.follow_up, data.competing)),
        landmark=at_landmark,
        comparisons=tuple(_comparisons(fit, splits, at_landmark, score)),
        notes=tuple(notes),
    )


def _splits(data: SurvivalTable, score: ScoreColumn | None, seed: int, notes: list[str]) -> tuple[Split, ...]:
    """Every split that can be tested; the others leave a note."""
    wanted: list[tuple[str, tuple[str, ...], ScoreColumn | None]] = []
    for name, column in zip(data.names, data.covariates.T, strict=True):
        if len(np.unique(column)) > MOST_GROUPS:
            notes.append(f"{name} has more than {MOST_GROUPS} different values, so it is not split into groups.")
        else:
            wanted.append((name, tuple(f"{value:.15g}" for value in column), None))
    if score:
        wanted.append((score.name, score.labels, score))
    splits = []
    for name, labels, scored in wanted:
        try:
            splits.append(_split(data, name, groups(labels), scored, seed, notes))
        except DataRefusedError as refusal:
            notes.append(f"{name} is not split into groups: {refusal}")
    return tuple(splits)


def _split(
    data: SurvivalTable, name: str, divided: Groups, score: ScoreColumn | None, seed: int, notes: list[str]
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
        cutoff=score.cutoff if score else None,
        selected=selected,
        fitted_here=bool(score and score.fitted_here),
        out_of_fold=unseen,
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


def _ph_tests(follow_up: FollowUp, x: Floats, fit: CoxFit | None, notes: list[str]) -> Mapping[str, PHTest]:
    try:
        return proportional_hazards(follow_up, x, fit) if fit else {}
    except DataRefusedError as refusal:
        notes.append(str(refusal))
        return {}


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
            notes.append(f"{name}, {kind}: {refusal}")
    return tests


def _comparisons(
    fit: CoxFit | None,
    splits: tuple[Split, ...],
    at_landmark: tuple[Landmark, CoxFit] | None,
    score: ScoreColumn | None,
) -> list[Comparison]:
    comparisons = []
    if fit and fit.patients is not None:
        comparisons.append(compare_clusters(fit))
    for split in splits:
        # Of a score fitted on these rows the continuous one is no nearer to the truth than its groups; out of fold
        # there are groups alone.
        if fit and score and split.of_score and not split.fitted_here and len(np.unique(score.values)) > 2:
            at = "its cutoff" if split.cutoff is not None else OWN_CUTOFFS
            sd = float(score.values.std(ddof=1))
            comparisons.append(compare_split(split.name, at, split.log_rank, fit.terms[split.name], sd))
        if split.selected:
            comparisons.append(
                compare_cutoff(split.name, split.log_rank, split.selected, "<" if score and score.below else ">")
            )
        if split.fitted_here:
            comparisons.append(compare_out_of_fold(split.name, split.log_rank, split.out_of_fold))
        if "event" in split.gray:
            comparisons.append(compare_competing(split.name, split.log_rank, split.gray["event"]))
    if fit and at_landmark:
        comparisons.append(compare_landmark(fit, at_landmark[1], at_landmark[0]))
    return comparisons
