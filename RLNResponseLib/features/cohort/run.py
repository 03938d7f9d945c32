"""The feature table of a study: one row a locked reading, extracted anew only where something changed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.common.clock import Now, now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.processes import default_workers
from RLNResponseLib.features.cohort.plan import PlannedCT, plan_cohort_extraction, study_extractions
from RLNResponseLib.features.cohort.table import (
    TABLE_NAME,
    FeatureStore,
    Row,
    is_noted,
    is_vouched,
    note,
    table_contents,
    vouch,
)
from RLNResponseLib.features.wanted import Extraction, feature_columns
from RLNResponseLib.study.study import Study

if TYPE_CHECKING:
    from RLNResponseLib.common.types import Progress


__all__ = ["TABLE_NAME", "CohortExtraction", "extract_study"]


@dataclass(frozen=True, kw_only=True)
class CohortExtraction:
    """What an extraction made.

    Attributes
    ----------
    files
        The CSV file, and where pyarrow is, the same rows as Parquet.
    rows
        How many the table has.
    extracted
        Rows computed now; the others were kept from the run before.
    failures
        The sentence for every reading that could not be read, by its name ("LN1/A-1"); its row has no features.
    """

    files: tuple[Path, ...]
    rows: int
    extracted: int
    failures: Mapping[str, str]


def extract_study(
    study: Study,
    progress: Progress = lambda done, total: None,
    *,
    workers: int | None = 1,
    dask: str | None = None,
    cards: Sequence[Extraction] = (),
    clock: Callable[[], Now] = now,
) -> CohortExtraction:
    """Extract the features of every locked reading that no correction replaces, of the images and with the settings
    that the protocol names, and what its score models need beside them.

    The table has the same bytes whoever computed it. What a stopped run had finished is kept for the next. Raises
    DataRefusedError: blinded (a reader could see the features in the folder), bad-settings, no-readings, bad-workers,
    and what `run_cts` raises.

    Parameters
    ----------
    study
        The opened study folder.
    progress
        Is told how many readings are done, out of how many.
    workers
        Processes, each with one CT in memory; None for one a core, or for this one alone where loky is not
        installed.
    dask
        Address of a Dask scheduler, instead of processes here.
    cards
        What the study's score models need (`modelling.card_features.card_extractions`); what the study's own features
        do not give has columns of its own, with the digest of the settings in their name where those are not the
        protocol's.
    clock
        Gives the moments for the log, which notes the digest of what was written.

    Returns
    -------
    CohortExtraction

    Raises
    ------
    DataRefusedError
        bad-workers, no-readings.
    """
    study.refuse_while_blinded("The features")
    if workers is not None and workers < 1:
        raise DataRefusedError(f"{workers} workers cannot do anything; name 1 or more.", "bad-workers")
    readings = study.current_readings()
    if not readings:
        raise DataRefusedError(
            "The study has no locked reading to extract features from; lock one first.", "no-readings"
        )
    columns = feature_columns(study_extractions(study, cards))
    store = FeatureStore(study, columns)
    contents = table_contents(study, readings, columns)
    if is_noted(contents, store.files) and all(is_vouched(study, file) for file in store.files):
        progress(len(readings), len(readings))
        return CohortExtraction(files=store.files, rows=len(readings), extracted=0, failures={})
    plan = plan_cohort_extraction(study, readings, store.known(), cards)
    rows = list(plan.kept)
    progress(len(rows), len(readings))
    if plan.cts:
        with closing(_run(plan.cts, workers, dask)) as done:
            for ct, extracted in done:
                store.keep(f"{ct.image}-{ct.sha256[:8]}", extracted, clock())
                rows += extracted
                progress(len(rows), len(readings))
    store.write(rows)
    vouch(study, "features-extracted", store.files, clock())
    failures = {f"{row['lymph_node']}/{row['reader']}-{row['round']}": row["failure"] for row in rows if row["failure"]}
    # What failed is tried again by the next run.
    note(None if failures else contents, store.files)
    return CohortExtraction(
        files=store.files, rows=len(rows), extracted=plan.readings, failures=dict(sorted(failures.items()))
    )


def _run(
    cts: Sequence[PlannedCT], workers: int | None, dask: str | None
) -> Generator[tuple[PlannedCT, list[Row]], None, None]:
    """With what computes features and runs processes loaded only now: an unchanged study needs neither."""
    from RLNResponseLib.features.cohort.work import run_cts

    if workers is None:
        workers = 1 if dask is not None else default_workers()
    return run_cts(cts, workers, dask)
