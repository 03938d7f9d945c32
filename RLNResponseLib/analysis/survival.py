"""Local control of a study: the published two-year score and the study's own, in training and validation, with its
Kaplan–Meier curves as CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from RLNResponseLib.analysis.cases import known_rows, rows_where
from RLNResponseLib.analysis.models import OutcomeModels, scores_by_lymph_node, sets_of
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.cells import is_missing
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import Table, csv_text, refuse_missing
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.modelling.fitting.fitted_card import ABOVE, BELOW
from RLNResponseLib.modelling.fitting.out_of_fold import OutOfFold
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.comparison import Comparison, compare_endpoint
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.endpoint import TWO_YEARS_MONTHS, Endpoint, deaths_at_the_end, local_control
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.prediction import no_control
from RLNResponseLib.survival.results import ScoreColumn, Split, SurvivalAnalysis
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.survival_table import SurvivalTable, survival_table, times, zero_or_one
from RLNResponseLib.survival.window import window

# local-control-published-training-curves.csv: whose score, which lymph nodes.
CURVES_PREFIX, CURVES_SUFFIX = "local-control-", "-curves.csv"
COLUMNS = ("group", "months", "survival", "lower", "upper")
_Analyse = Callable[[SurvivalTable, ScoreColumn | None, float | None], SurvivalAnalysis]


@dataclass(frozen=True)
class StepCurve:
    """The corners of one curve: level until the next time, then down.

    Attributes
    ----------
    months, survival
        (2T − 1,).
    """

    months: Floats
    survival: Floats


def curves_csv(curves: Mapping[str, KaplanMeier]) -> str:
    """Months, survival just after them and its log-log limits, by group, from (0, 1); a limit not defined is empty.

    Parameters
    ----------
    curves
        The Kaplan–Meier curves by name.

    Returns
    -------
    str
    """
    rows: list[dict[str, str | float | None]] = []
    for group, curve in curves.items():
        rows.append({"group": group, "months": 0.0, "survival": 1.0, "lower": None, "upper": None})
        steps = zip(curve.months, curve.survival, curve.log_log.lower, curve.log_log.upper, strict=True)
        rows += [
            dict(zip(COLUMNS, (group, float(month), float(value), _or_none(low), _or_none(high)), strict=True))
            for month, value, low, high in steps
        ]
    return csv_text(COLUMNS, (*rows, {**dict.fromkeys(COLUMNS), "group": RESEARCH_USE_ONLY}))


def read_curves(file: Path) -> dict[str, StepCurve]:
    """The curves of a file that `curves_csv` made, by group.

    Parameters
    ----------
    file
        A CSV that `curves_csv` wrote.

    Returns
    -------
    dict[str, StepCurve]

    Raises
    ------
    DataRefusedError
        bad-curves, and what reading refuses.
    """
    table = read_table(file)
    refuse_missing(table, COLUMNS)
    points: dict[str, list[tuple[float, float]]] = {}
    for line, row in enumerate(table.rows):
        if not row["months"] and not row["survival"]:
            continue  # the notice
        try:
            point = (float(row["months"]), float(row["survival"]))
        except ValueError:
            raise _refused(file, f"row {table.row_number(line)} holds no number") from None
        if not np.isfinite(point).all():
            raise _refused(file, f"row {table.row_number(line)} holds no finite number")
        points.setdefault(row["group"], []).append(point)
    if not points:
        raise _refused(file, "it holds no curve")
    return {group: _corners(np.array(group_points)) for group, group_points in points.items()}


def curves_title(file: Path) -> str:
    """Whose curves a file holds, by the name that the report gave it: `SetSurvival.stem` with `CURVES_SUFFIX`.

    Parameters
    ----------
    file
        A CSV of curves.

    Returns
    -------
    str

    Examples
    --------
    >>> curves_title(Path("local-control-out-of-fold-training-curves.csv"))
    'out-of-fold, training'
    """
    score, _, lymph_nodes = file.name.removeprefix(CURVES_PREFIX).removesuffix(CURVES_SUFFIX).rpartition("-")
    return f"{score}, {lymph_nodes}"


def _corners(points: Floats) -> StepCurve:
    """Each month twice but the first, each survival twice but the last."""
    return StepCurve(np.repeat(points[:, 0], 2)[1:], np.repeat(points[:, 1], 2)[:-1])


def _refused(file: Path, fault: str) -> DataRefusedError:
    return DataRefusedError(
        f"The curves in '{file.name}' cannot be shown: {fault}; make the report again.", "bad-curves"
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# The paper's response is judged one month after treatment: what comes before is immortal time.
LANDMARK_MONTHS = 1.0
COVARIATES = ("t_stage_3_4", "dose_gy", "concurrent_chemotherapy", "response")
# What is tried in turn: a set too small for the whole Cox model still has its Kaplan–Meier curves.
_ATTEMPTS = (
    (COVARIATES, LANDMARK_MONTHS, "Without the landmark"),
    (COVARIATES, None, "With the score as the only covariate, and without the landmark"),
    ((), None, "Not analysed"),
)


@dataclass(frozen=True, kw_only=True)
class SetSurvival:
    """One analysis of one set of lymph nodes.

    Attributes
    ----------
    score
        "published", "fitted" or "out-of-fold".
    title
        Whose score, on which lymph nodes.
    set
        "training" or "validation"; "all" where nobody split them.
    analysis
        None where there is a reason.
    left_out
        Lymph nodes without follow-up; one without a covariate is left out of the Cox model alone.
    reason
        Why there is none; "" where there is.
    notes
        What a set too small for the whole analysis had to do without.
    """

    score: str
    title: str
    set: str
    analysis: SurvivalAnalysis | None
    left_out: int
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """What its figures and tables are called."""
        return f"{CURVES_PREFIX}{self.score}-{self.set}"

    @property
    def split(self) -> Split | None:
        """The lymph nodes divided by the score; None where they were not."""
        splits = () if self.analysis is None else self.analysis.splits
        return next((split for split in splits if split.of_score), None)


@dataclass(frozen=True)
class StudySurvival:
    """The analyses, and the two-year endpoint beside the competing risk of death.

    Attributes
    ----------
    analyses
        Each score on each set.
    endpoints
        Of the training lymph nodes; empty where they cannot be analysed.
    endpoint
        The share controlled, published and corrected; None where there is nothing to count.
    """

    analyses: tuple[SetSurvival, ...]
    endpoints: tuple[Endpoint, ...]
    endpoint: Comparison | None


def study_survival(
    cases: Table, published: ScoreModel, own: OutcomeModels, seed: int, impute: bool = False
) -> StudySurvival:
    """Analyse local control.

    Parameters
    ----------
    cases
        Of `study_cases`.
    published
        The published score model.
    own
        The models of two-year control.
    seed
        What every random draw is derived from.
    impute
        Whether missing clinical covariates are multiply imputed, beside the complete rows.

    Returns
    -------
    StudySurvival
    """
    analyses, sets, run = [], sets_of(cases), partial(analyse, seed=seed, impute=impute)
    for name in sets:
        analyses.append(_with_model(cases, published, name, ("published", "the published score"), None, run))
    if own.card is not None:
        title = "this study's own score, fitted on these lymph nodes"
        analyses.append(_with_model(cases, own.card, sets[0], ("fitted", title), own.unseen, run))
        analyses.append(_out_of_fold(cases, own, run))
        for name in sets[1:]:
            analyses.append(_with_model(cases, own.card, name, ("fitted", "this study's own score"), None, run))
    endpoints, comparison = _endpoint(rows_where(cases, {"set": sets[0]}))
    return StudySurvival(tuple(analyses), endpoints, comparison)


def _with_model(
    cases: Table, model: ScoreModel, name: str, words: tuple[str, str], unseen: OutOfFold | None, run: _Analyse
) -> SetSurvival:
    """`unseen` judges the same lymph nodes, where the model was fitted on them."""
    rows = rows_where(cases, {"set": name})
    scores = scores_by_lymph_node(model, rows)
    called = {lymph_node: model.cutoff.group(value) for lymph_node, value in scores.items()}
    unseen_called = None if unseen is None else _groups(rows, unseen)
    meanings = model.cutoff.meanings
    return _analysed(rows, model.id, scores, called, model.cutoff.value, unseen_called, (name, *words), run, meanings)


def _groups(rows: Table, unseen: OutOfFold) -> dict[str, str]:
    """Each lymph node's group by scores that had not seen its patient, as a fitted card calls it."""
    return _by_lymph_node(rows, [ABOVE if above else BELOW for above in unseen.above.tolist()])


def _out_of_fold(cases: Table, own: OutcomeModels, run: _Analyse) -> SetSurvival:
    assert own.unseen is not None
    assert own.card is not None
    name = sets_of(cases)[0]
    rows = rows_where(cases, {"set": name})
    title = (
        "this study's own score, out of fold: each lymph node by scores that had not seen its patient; in the Cox "
        "model by its group, as every fold has a formula of its own"
    )
    return _analysed(
        rows,
        f"{own.card.id}-out-of-fold",
        # Pooled, or ranked within its fold, the score calls noise significant in one table of ten
        # (docs/simulations.md): the folds' formulas are made from each other's lymph nodes.
        _by_lymph_node(rows, own.unseen.above.astype(float).tolist()),
        _groups(rows, own.unseen),
        None,
        None,
        (name, "out-of-fold", title),
        run,
    )


def _analysed(
    rows: Table,
    name: str,
    scores: dict[str, float],
    called: dict[str, str],
    cutoff: float | None,
    unseen_called: dict[str, str] | None,
    words: tuple[str, str, str],
    run: _Analyse,
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> SetSurvival:
    set_name, score_name, title = words
    usable = _usable(rows)
    left_out = len(rows.rows) - len(usable.rows)
    values = np.array([scores[row["lymph_node"]] for row in usable.rows])
    score = ScoreColumn(
        name=name,
        values=values,
        labels=_labels(usable, called),
        cutoff=cutoff,
        chosen_here=unseen_called is not None,
        fitted_here=unseen_called is not None,
        unseen_labels=() if unseen_called is None else _labels(usable, unseen_called),
        # Out of fold the values are groups, of which none is a probability.
        risk=None if cutoff is None else no_control(values),
        meanings=meanings,
    )
    notes: list[str] = []
    for covariates, landmark, instead in _ATTEMPTS:
        try:
            analysis = run(_survival_table(usable, covariates), score, landmark)
            return SetSurvival(
                score=score_name,
                title=title,
                set=set_name,
                analysis=analysis,
                left_out=left_out,
                notes=tuple(notes[-1:]),
            )
        except DataRefusedError as refusal:
            reason = str(refusal)
            notes.append(f"{instead}: {reason}")
    reason = reason if usable.rows else "Local control over time is not known of any lymph node here."
    return SetSurvival(score=score_name, title=title, set=set_name, analysis=None, left_out=left_out, reason=reason)


def _by_lymph_node(rows: Table, values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip((row["lymph_node"] for row in rows.rows), values, strict=True))


def _labels(rows: Table, called: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(called[row["lymph_node"]] for row in rows.rows)


def _usable(rows: Table) -> Table:
    """Those with follow-up: no curve leaves out a lymph node for a covariate that it does not use."""
    return known_rows(rows, ("local_control_months", "local_recurrence", "died"))


def _survival_table(rows: Table, covariates: Sequence[str] = COVARIATES) -> SurvivalTable:
    columns = (*rows.columns, "t_stage_3_4", "death")
    numbers = tuple(
        {
            **row,
            "t_stage_3_4": "" if is_missing(row["t_stage"]) else str(int(row["t_stage"] == "T3-4")),
            "death": "1" if dead else "0",
            **{name: _one(row[name]) for name in ("local_recurrence", "concurrent_chemotherapy", "response")},
        }
        for row, dead in zip(rows.rows, _deaths(rows), strict=True)
    )
    table = Table(name=rows.name, columns=columns, rows=numbers)
    return survival_table(
        table, "local_control_months", "local_recurrence", covariates, "death", "patient", may_be_unknown=True
    )


def _deaths(rows: Table) -> Bools:
    """Which lymph nodes the death stopped watching. What contradicts itself was refused at the import."""
    died = np.array([row["died"] == "yes" for row in rows.rows], dtype=bool)
    months, death_months = (
        np.array([float(row[name] or "nan") for row in rows.rows])
        for name in ("local_control_months", "follow_up_months")
    )
    return deaths_at_the_end(months, died, death_months)


def _endpoint(training: Table) -> tuple[tuple[Endpoint, ...], Comparison | None]:
    rows = known_rows(training, ("local_control_months", "local_recurrence", "died"))
    try:
        data = _survival_table(rows, ())
        # The months as the table states them: `data` has nearly equal ones made equal, which may carry a recurrence
        # over the window's end.
        watched = FollowUp(times(data.table, "local_control_months"), data.follow_up.event)
        endpoints = local_control(watched, zero_or_one(data.table, "death"), TWO_YEARS_MONTHS)
        states = three_states(window(watched, _deaths(rows), TWO_YEARS_MONTHS), patients=data.patients)
        return endpoints, compare_endpoint(endpoints, states)
    except DataRefusedError:
        return (), None


def _one(text: str) -> str:
    return "" if is_missing(text) else str(int(text == "yes"))
