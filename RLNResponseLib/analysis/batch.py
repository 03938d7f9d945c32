"""Scores and features of many cases, one refusal not stopping the rest, the same values whatever the processes."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from RLNResponseLib.analysis.batch_cases import CASE_OPTIONS, BatchCase
from RLNResponseLib.api import extract_features, score
from RLNResponseLib.common.errors import DataRefusedError, refusal_of
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.processes import default_workers, in_processes
from RLNResponseLib.common.row_cells import in_a_table
from RLNResponseLib.features.perturbation import DEFAULT_SD_MM
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.connectivity import take_component
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import by_number
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_models

if TYPE_CHECKING:
    from RLNResponseLib.common.types import Progress

Cell = str | float | int | None
REFUSED = "refused"
_FIRST = ("case", "image", "mask", "segment", "component", REFUSED, "warnings")


class Task(Protocol):
    """What is done with each contour. It goes to other processes, so it holds plain values only."""

    def cells(self, ct: CTImage, contour: Contour) -> tuple[dict[str, Cell], tuple[Finding, ...]]:
        """The cells of its row, and what the checks found."""
        ...

    @property
    def threshold(self) -> float | None:
        """Of fractional masks."""
        ...


@dataclass(frozen=True, kw_only=True)
class ScoreTask:
    """Score each contour.

    Attributes
    ----------
    models
        IDs or paths of model cards.
    uncertainty, sd_mm, seed, threshold
        As `score` takes them.
    """

    models: tuple[str, ...] = PUBLISHED_MODELS
    uncertainty: bool = False
    sd_mm: float = DEFAULT_SD_MM
    seed: int = 0
    threshold: float | None = None

    def cells(self, ct: CTImage, contour: Contour) -> tuple[dict[str, Cell], tuple[Finding, ...]]:
        """Of each model its score, group and probability, and why a group is withheld."""
        result = score(
            ct,
            contour,
            models=find_models(self.models),
            all_features=False,
            uncertainty=self.uncertainty,
            sd_mm=self.sd_mm,
            seed=self.seed,
        )
        cells: dict[str, Cell] = {"volume_mm3": result.volume_mm3}
        for position, each in enumerate(result.scores):
            said = each.as_json()
            name = each.model.id
            cells[name] = said["score"]
            cells |= {f"{name}_{what}": said[what] for what in ("group", "probability", "withheld")}
            if self.uncertainty:
                interval = result.uncertainty[position] if result.uncertainty else None
                cells[f"{name}_lower"] = interval.lower if interval else None
                cells[f"{name}_upper"] = interval.upper if interval else None
        return {**cells, "notice": result.notice}, result.warnings


@dataclass(frozen=True, kw_only=True)
class FeatureTask:
    """Extract the features of each contour.

    Attributes
    ----------
    settings
        How; pyradiomics' defaults where None.
    features
        Full names; None for all that the settings give.
    threshold
        As `extract_features` takes it.
    """

    settings: ExtractionSettings | None = None
    features: tuple[str, ...] | None = None
    threshold: float | None = None

    def cells(self, ct: CTImage, contour: Contour) -> tuple[dict[str, Cell], tuple[Finding, ...]]:
        """The columns of `features --output`."""
        found = extract_features(ct, contour, settings=self.settings, features=self.features)
        row = found.row()
        row.pop("segment")
        return row, found.warnings


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One contour of a batch.

    Attributes
    ----------
    where
        As the user finds it: "cases.csv, row 4".
    cells
        Its row in the table, by column.
    refusal
        Why there are no values; None where there are.
    """

    where: str
    cells: Mapping[str, Cell]
    refusal: DataRefusedError | None = None


@dataclass(frozen=True)
class BatchTable:
    """All rows of a batch, in the cases' order.

    Attributes
    ----------
    columns
        Of the table.
    rows
        One a contour; one for a case that could not be read.
    """

    columns: tuple[str, ...]
    rows: tuple[BatchRow, ...]

    @property
    def refused(self) -> tuple[BatchRow, ...]:
        """The rows without values."""
        return tuple(row for row in self.rows if row.refusal is not None)

    def cells(self) -> Iterator[dict[str, Cell]]:
        """Each row with every column."""
        for row in self.rows:
            yield {name: row.cells.get(name) for name in self.columns}


@dataclass(frozen=True)
class _Job:
    """The cases of one CT, which is read once."""

    task: Task
    cases: tuple[BatchCase, ...] = field(default=())


def run_batch(
    cases: Sequence[BatchCase],
    task: Task,
    progress: Progress = lambda done, total: None,
    *,
    workers: int | None = 1,
) -> BatchTable:
    """Do one task with every case.

    Parameters
    ----------
    cases
        From `batch_cases`.
    task
        What is done with each.
    progress
        Is told how many cases are done, out of how many.
    workers
        Processes, each with one CT in memory; None for one a core, or for this one alone where loky is not installed.

    Returns
    -------
    BatchTable
        The same whatever the number of processes.

    Raises
    ------
    DataRefusedError
        bad-workers; missing-package where several processes are asked for and loky is not installed.
    """
    if workers is not None and workers < 1:
        raise DataRefusedError(f"{workers} workers cannot do anything; name 1 or more.", "bad-workers")
    jobs = _jobs(cases, task)
    done: dict[int, list[list[BatchRow]]] = {}
    count = 0
    progress(0, len(cases))
    with closing(_run(jobs, default_workers() if workers is None else workers)) as results:
        for place, rows in results:
            done[place] = rows
            count += len(jobs[place].cases)
            progress(count, len(cases))
    by_case = {
        id(case): rows for place, job in enumerate(jobs) for case, rows in zip(job.cases, done[place], strict=True)
    }
    ordered = [row for case in cases for row in by_case[id(case)]]
    return BatchTable(_columns(ordered), tuple(ordered))


def _jobs(cases: Sequence[BatchCase], task: Task) -> list[_Job]:
    by_ct: dict[Any, list[BatchCase]] = {}
    for number, case in enumerate(cases):
        key: Any = number if case.refusal is not None else (case.image, case.series, case.acquisition)
        by_ct.setdefault(key, []).append(case)
    return [_Job(task, tuple(of_one)) for of_one in by_ct.values()]


def _run(jobs: Sequence[_Job], workers: int) -> Generator[tuple[int, list[list[BatchRow]]], None, None]:
    if workers == 1 or len(jobs) == 1:
        for place, job in enumerate(jobs):
            yield place, do_job(job)
        return
    places = {id(job): place for place, job in enumerate(jobs)}
    for job, future in in_processes(do_job, jobs, workers):
        yield places[id(job)], _rows_of(future, job)


def _rows_of(future: Future[list[list[BatchRow]]], job: _Job) -> list[list[BatchRow]]:
    try:
        return future.result()
    except BrokenExecutor:
        refusal = DataRefusedError(
            "The process that read the CT was killed, and killed again alone, as a computer does that runs out of "
            "memory; run it again where there is more.",
            "process-killed",
        )
    except Exception as error:
        refusal = refusal_of(error)
    return [[_refused_row(case, refusal)] for case in job.cases]


def do_job(job: _Job) -> list[list[BatchRow]]:
    """The rows of every case of one CT.

    Parameters
    ----------
    job
        The CT's cases, and what is done with them.

    Returns
    -------
    list of list of BatchRow
        The rows of each case.
    """
    first = job.cases[0]
    if first.refusal is not None or first.image is None:
        return [[_refused_row(case, case.refusal or _unsaid())] for case in job.cases]
    try:
        ct = read_ct(first.image, first.series, first.acquisition)
    except Exception as error:
        return [[_refused_row(case, refusal_of(error))] for case in job.cases]
    return [_case_rows(case, ct, job.task) for case in job.cases]


def _unsaid() -> DataRefusedError:
    return DataRefusedError("The case names no image; name one.", "incomplete-case")


def _case_rows(case: BatchCase, ct: CTImage, task: Task) -> list[BatchRow]:
    if case.mask is None:
        return [_refused_row(case, _unsaid())]
    if not case.all_labels:
        return [_contour_row(case, ct, task, case.segment, None)]
    try:
        labels = [entry for entry in list_segments(case.mask) if case.label_names.get(entry.label) != ""]
        if not labels:
            raise DataRefusedError(
                f"{case.mask.name} holds no label but the background; leave the case out.", "empty-contour"
            )
    except Exception as error:
        return [_refused_row(case, refusal_of(error))]
    return [
        _contour_row(case, ct, task, by_number(entry.label), case.label_names.get(entry.label, entry.name))
        for entry in labels
    ]


def _contour_row(case: BatchCase, ct: CTImage, task: Task, segment: str | None, name: str | None) -> BatchRow:
    known = _known(case, name or case.segment)
    try:
        assert case.mask is not None
        threshold = task.threshold if case.threshold is None else case.threshold
        contour = read_contour(case.mask, ct, segment, threshold=threshold)
        if name is not None:
            contour = replace(contour, name=name)
        known["segment"] = contour.name
        if case.component is not None:
            contour = take_component(contour, case.component)
        cells, warnings = task.cells(ct, contour)
    except Exception as error:
        refusal = refusal_of(error)
        return BatchRow(
            where=case.where, cells={**known, REFUSED: in_a_table(str(refusal), CASE_OPTIONS)}, refusal=refusal
        )
    said = "; ".join(finding.message for finding in warnings)
    return BatchRow(where=case.where, cells={**known, REFUSED: None, "warnings": said or None, **cells})


def _known(case: BatchCase, segment: str | None) -> dict[str, Cell]:
    image, mask = case.shown
    return {"case": case.name, "image": image, "mask": mask, "segment": segment, "component": case.component}


def _refused_row(case: BatchCase, refusal: DataRefusedError) -> BatchRow:
    return BatchRow(
        where=case.where,
        cells={**_known(case, case.segment), REFUSED: in_a_table(str(refusal), CASE_OPTIONS)},
        refusal=refusal,
    )


def _columns(rows: Sequence[BatchRow]) -> tuple[str, ...]:
    """Those of the first rows, then every task's own in the order in which they come."""
    named = dict.fromkeys(_FIRST)
    for row in rows:
        named |= dict.fromkeys(row.cells)
    if all(row.cells.get("component") is None for row in rows):
        named.pop("component")
    return tuple(named)
