"""Handing one CT after another to processes: here one after the other, on this computer by loky, on a cluster by Dask.

loky and Dask give the same kind of executor, so the loop is the same for both. No engine of our own.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from itertools import islice
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.cohort_plan import PlannedCT, failed_row
from RLNResponseLib.features.cohort_work import extract_ct
from RLNResponseLib.features.feature_store import Row

# Two processes with one thread each share two cores; two with two each fight for them.
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    ),
    "1",
)
# Enough that a cluster which grows by its queue does grow; a piece of work is some 2 kB.
_ON_CLUSTER = 1000
# A CT whose process dies this often is given up, and the others go on.
_RETRIES = 3
# For a scheduler to answer.
_PATIENCE = "10s"

Done = tuple[PlannedCT, list[Row]]


def run_cts(cts: Sequence[PlannedCT], workers: int, dask: str | None = None) -> Generator[Done, None, None]:
    """Each CT with its rows, as they get done.

    workers  processes on this computer; 1 stays in this one
    dask     address of a Dask scheduler ("tcp://host:8786") whose workers see the study folder under the same path

    Raises DataRefusedError: no-dask, no-cluster, worker-lost where a process of this computer was killed.
    """
    if dask is not None:
        with _cluster(dask) as executor:
            yield from _as_done(executor, cts, _ON_CLUSTER)
    elif workers == 1 or len(cts) == 1:
        yield from ((ct, extract_ct(ct)) for ct in cts)
    elif cts:
        with _processes(min(workers, len(cts))) as executor:
            yield from _as_done(executor, cts, 2 * workers)


def _as_done(executor: Executor, cts: Iterable[PlannedCT], in_flight: int) -> Iterator[Done]:
    """No more than `in_flight` CT are handed out at a time, so that memory does not grow with the cohort."""
    left = iter(cts)
    waiting: dict[Future[list[Row]], PlannedCT] = {}

    def hand_out(count: int) -> None:
        waiting.update({executor.submit(extract_ct, ct): ct for ct in islice(left, count)})

    hand_out(in_flight)
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            ct = waiting.pop(future)
            hand_out(1)
            yield ct, _rows(future, ct)


def _rows(future: Future[list[Row]], ct: PlannedCT) -> list[Row]:
    try:
        return future.result()
    except BrokenExecutor:
        raise DataRefusedError(
            "A process of the extraction was killed, as a computer does that runs out of memory; run the command again with "
            "fewer --workers: what was finished is kept.",
            "worker-lost",
        ) from None
    except Exception as error:
        sentence = (
            f"Extraction from the image '{ct.image}' was stopped by an error in RLNResponse itself or by the death of its "
            f"process ({type(error).__name__}); run it again, and report it if it stays."
        )
        return [failed_row(reading.row, sentence) for reading in ct.readings]


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(workers, env=_ONE_THREAD, initializer=_leave_interrupts_to_the_parent, reuse=False)
    try:
        yield executor
    finally:
        executor.shutdown(kill_workers=True)


def _leave_interrupts_to_the_parent() -> None:
    """A terminal sends Ctrl-C to every process; the one that was started there ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise DataRefusedError(
            "Dask is not installed here; install it (pip install 'rlnresponse[dask]') or leave out --dask.", "no-dask"
        ) from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError):
        raise DataRefusedError(
            f"No Dask scheduler answers at {address}; check the address, and that it runs.", "no-cluster"
        ) from None
    with client:
        executor = client.get_executor(pure=False, retries=_RETRIES)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
