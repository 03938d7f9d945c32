"""The whole analysis of an unblinded study, from its files to everything that the report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from RLNResponseLib.agreement.readings import reading_table
from RLNResponseLib.analysis.added_value import StudyAddedValue, study_added_value
from RLNResponseLib.analysis.agreement import AgreementResult, study_agreement
from RLNResponseLib.analysis.cases import (
    WHOLE,
    feature_table,
    patient_table,
    sets_are_dealt,
    study_cases,
    study_sets,
    without_what_defines_control,
    write_cases,
)
from RLNResponseLib.analysis.flow import FlowStep, analysed_flow
from RLNResponseLib.analysis.models import (
    PAPER_CHOICE,
    OutcomeModels,
    ScoreChoice,
    outcome_models,
    scores_by_lymph_node,
)
from RLNResponseLib.analysis.partial_agreement import PartialAgreement, partial_agreement
from RLNResponseLib.analysis.rescans import Rescans, study_rescans
from RLNResponseLib.analysis.survival import StudySurvival, study_survival
from RLNResponseLib.analysis.table1 import Table1, table1
from RLNResponseLib.analysis.table1_comparison import Cohort, ComparisonRow, table1_beside_published
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.types import Progress
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.features.definitions import is_feature_column
from RLNResponseLib.modelling.fitting.compare import USUAL_RULE
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

# What a study may lack and still be reported: a second reader, a repeat, lymph nodes that both have.
_NO_AGREEMENT = frozenset({"reader-missing", "no-pairs", "few-targets"})


@dataclass(frozen=True, kw_only=True)
class StudyAnalysis:
    """What a study's analysis gives.

    Attributes
    ----------
    sets
        Patient → "training" or "validation", of those who are analysed; "all" where nobody split them.
    cases
        One row a lymph node, of the first reader's first contours.
    flow
        Enrolled, left out by reason, analysed.
    by_set
        Table 1; None with a note where it cannot be made, as the next.
    by_control
        Controlled against failed lymph nodes (the paper's S2).
    beside
        Table 1's margins beside the paper's.
    agreement
        Of the readers; None where there is one reader, or no repeat.
    no_agreement
        Why there is none; "" where there is.
    icc_threshold
        Above which a feature passes, by the protocol.
    partial
        What was read twice all the same, where there is no agreement.
    published
        The paper's two score models.
    response, control
        Scores for response, and for two-year local control.
    survival
        Local control over time.
    added
        What the scores add to clinical variables.
    notes
        One sentence each: what could not be made, and why.
    simulated
        Whether its patients are: the protocol says so.
    rescans
        What the second CT of its lymph nodes says; None where there is none.
    """

    sets: Mapping[str, str]
    cases: Table
    flow: tuple[FlowStep, ...]
    by_set: Table1 | None
    by_control: Table1 | None
    beside: tuple[ComparisonRow, ...]
    agreement: AgreementResult | None
    no_agreement: str
    icc_threshold: float
    partial: tuple[PartialAgreement, ...]
    published: tuple[ScoreModel, ...]
    response: OutcomeModels
    control: OutcomeModels
    survival: StudySurvival
    added: tuple[StudyAddedValue, ...]
    notes: tuple[str, ...]
    simulated: bool
    rescans: Rescans | None = None


def analyse_study(
    study: Study,
    progress: Progress = lambda done, total: None,
    resamples: int = CORRECTION_RESAMPLES,
    split: bool = True,
    impute: bool = False,
    choice: ScoreChoice = PAPER_CHOICE,
) -> StudyAnalysis:
    """Analyse a study that was unblinded and extracted.

    Parameters
    ----------
    study
        The opened study folder.
    progress
        Called with how many steps are done, and of how many.
    resamples
        For correcting each fitted score.
    split
        Whether training and validation are split where nobody did; without, all are analysed together.
    impute
        Whether missing clinical covariates are multiply imputed, beside the complete rows, in Cox's models.
    choice
        By which regression the study's own scores are fitted, and whether redundant features are left out before it.

    Returns
    -------
    StudyAnalysis

    Raises
    ------
    DataRefusedError
        blinded, not-extracted, and what the agreement refuses; what else cannot be made is a note.
    """
    regressions = len(USUAL_RULE) if choice.compare else 1
    seed, steps = study.protocol.seed, _Steps(progress, 2 * regressions * resamples + 20)
    study.refuse_while_blinded("The figures of the report")
    features = feature_table(study)
    sets = study_sets(study, split)
    cases = _with_control(study_cases(study, sets))
    write_cases(cases, study)
    models = tuple(find_model(name) for name in study.protocol.score_models)
    published = tuple(find_model(name) for name in ("gu2021-response", "gu2021-local-control-2y"))
    agreement, no_agreement = _agreement(study, models, seed)
    steps.add(10)
    readings = reading_table(read_table(features))
    rule = study.protocol.icc_rule()
    folder, own = study.folder / "results", study_extraction(study)
    fitted = []
    for outcome, model in zip(("response", TWO_YEAR_CONTROL), published, strict=True):
        fitted.append(
            outcome_models(cases, outcome, model, readings, rule, own, folder, seed, steps.within, resamples, choice)
        )
        steps.add(regressions * resamples)
    survival = study_survival(cases, published[1], fitted[1], seed, impute)
    notes: list[str] = []
    scores = scores_by_lymph_node(published[0], cases)
    tables = study.outcomes().of_cases(cases)
    analysed = {patient.id: sets[patient.id] for patient in tables.patients}
    by_set = None
    if WHOLE in analysed.values():
        notes.append("The patients are not split into training and validation: nobody asked for it.")
    else:
        by_set = _table1(patient_table(tables, analysed, study.protocol.title), "set", notes, dealt=True)
        by_set = by_set and replace(by_set, unrecorded=not sets_are_dealt(study))
    by_control = _table1(_clinical(cases), TWO_YEAR_CONTROL, notes)
    steps.add(10)
    rescans = _rescans(study, notes)
    return StudyAnalysis(
        sets=analysed,
        cases=cases,
        flow=analysed_flow(study, sets, cases),
        by_set=by_set,
        by_control=by_control,
        beside=table1_beside_published(Cohort(tables, analysed), scores),
        agreement=agreement,
        no_agreement=no_agreement,
        icc_threshold=rule.threshold,
        partial=() if agreement else partial_agreement(study, models, seed),
        published=published,
        response=fitted[0],
        control=fitted[1],
        survival=survival,
        added=study_added_value(cases, published, fitted[0], fitted[1], seed),
        notes=tuple(notes),
        simulated=study.protocol.simulated,
        rescans=rescans,
    )


def _rescans(study: Study, notes: list[str]) -> Rescans | None:
    if not study.later_scans():
        return None
    try:
        return study_rescans(study)
    except DataRefusedError as refusal:
        notes.append(f"No comparison with the second CT: {refusal}")
        return None


def _agreement(study: Study, models: Sequence[ScoreModel], seed: int) -> tuple[AgreementResult | None, str]:
    """Without a second reader or a repeat there is none; anything else that is refused is a fault of the study."""
    try:
        return study_agreement(study, models, seed=seed), ""
    except DataRefusedError as refusal:
        if refusal.code not in _NO_AGREEMENT:
            raise
        return None, str(refusal)


def _with_control(cases: Table) -> Table:
    """The two-year endpoint as yes and no, as the other outcomes are."""
    words = {"controlled": "yes", "failed": "no"}
    rows = tuple({**row, TWO_YEAR_CONTROL: words.get(row[TWO_YEAR_CONTROL], "")} for row in cases.rows)
    return Table(name=cases.name, columns=cases.columns, rows=rows)


def _clinical(cases: Table) -> Table:
    """The cases without their features and what defines the endpoint, and the endpoint in words."""
    words = {"yes": "controlled", "no": "failed"}
    columns = tuple(name for name in without_what_defines_control(cases).columns if not is_feature_column(name))
    rows = tuple(
        {**{name: row[name] for name in columns}, TWO_YEAR_CONTROL: words.get(row[TWO_YEAR_CONTROL], "")}
        for row in cases.rows
    )
    return Table(name=cases.name, columns=columns, rows=rows)


def _table1(table: Table, by: str, notes: list[str], dealt: bool = False) -> Table1 | None:
    try:
        return table1(table, by, dealt=dealt)
    except DataRefusedError as refusal:
        notes.append(f"No table by {by}: {refusal}")
        return None


class _Steps:
    """One bar over several parts."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)

    def within(self, done: int, _total: int) -> None:
        self._progress(self._done + done, self._total)
