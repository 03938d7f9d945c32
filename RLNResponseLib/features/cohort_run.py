"""Handing one CT after another to processes: here one after the other, on this computer by loky, on a cluster by Dask.

loky and Dask give the same kind of executor, so the loop is the same for both. No engine of our own.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager, suppress
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.cohort_plan import PlannedCT, failed_row
from RLNResponseLib.features.cohort_work import extract_ct
from RLNResponseLib.features.feature_store import Row
from RLNResponseLib.requirements import need

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
# Seconds; it takes some thousandths.
_UNTIL_HANDED_OVER = 2.0
# For a scheduler to answer.
_PATIENCE = "10s"

Done = tuple[PlannedCT, list[Row]]


def run_cts(cts: Sequence[PlannedCT], workers: int, dask: str | None = None) -> Generator[Done, None, None]:
    """Each CT with its rows, as they get done.

    workers  processes on this computer, by loky; 1 stays in this one
    dask     address of a Dask scheduler ("tcp://host:8786") whose workers see the study folder under the same path

    A CT whose process is killed gets rows that say so, and the others go on. Raises DataRefusedError: missing-package, no-cluster.
    """
    if dask is not None:
        with _cluster(dask) as executor:
            yield from ((ct, _rows(future, ct)) for ct, future in _as_done(executor, deque(cts), _ON_CLUSTER))
    elif workers == 1 or len(cts) == 1:
        yield from ((ct, extract_ct(ct)) for ct in cts)
    else:
        yield from _on_this_computer(deque(cts), workers)


def _on_this_computer(left: deque[PlannedCT], workers: int) -> Iterator[Done]:
    """When a process is killed, loky gives up all that the others had in hand; each of those is tried once more, alone."""
    while left:
        in_hand = []
        with _processes(min(workers, len(left))) as executor:
            for ct, future in _as_done(executor, left, 2 * workers):
                if isinstance(future.exception(), BrokenExecutor):
                    in_hand.append(ct)
                else:
                    yield ct, _rows(future, ct)
        for ct in in_hand:
            with _processes(1) as executor:
                yield from ((ct, _rows(future, ct)) for ct, future in _as_done(executor, deque([ct]), 1))


def _as_done(
    executor: Executor, left: deque[PlannedCT], in_flight: int
) -> Iterator[tuple[PlannedCT, Future[list[Row]]]]:
    """No more than `in_flight` CT are handed out at a time, so that memory does not grow with the cohort.

    What could not be handed out, because processes were killed, stays in `left`.
    """
    waiting: dict[Future[list[Row]], PlannedCT] = {}

    def hand_out() -> None:
        while left and len(waiting) < in_flight:
            try:
                future = executor.submit(extract_ct, left[0])
            except BrokenExecutor:
                return
            waiting[future] = left.popleft()

    hand_out()
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            ct = waiting.pop(future)
            hand_out()
            yield ct, future


def _rows(future: Future[list[Row]], ct: PlannedCT) -> list[Row]:
    try:
        return future.result()
    except BrokenExecutor:
        sentence = (
            f"The process that read the image '{ct.image}' was killed, and killed again alone, as a computer does that runs out "
            "of memory; run it again where there is more."
        )
    except Exception as error:
        sentence = (
            f"Extraction from the image '{ct.image}' was stopped by an error in RLNResponse itself or by the death of its "
            f"process ({type(error).__name__}); run it again, and report it if it stays."
        )
    return [failed_row(reading.row, sentence) for reading in ct.readings]


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    executor = need("loky").get_reusable_executor(
        workers, env=_ONE_THREAD, initializer=_leave_interrupts_to_the_parent, reuse=False
    )
    try:
        yield executor
    finally:
        _hand_over(executor)
        executor.shutdown(kill_workers=True)


def _hand_over(executor: Executor) -> None:
    """Wait until all work is with a process: ended before, loky 3.6 prints a traceback. It hands over in order."""
    deadline = time.monotonic() + _UNTIL_HANDED_OVER
    with suppress(BrokenExecutor):
        last = executor.submit(int)
        while not (last.running() or last.done()) and time.monotonic() < deadline:
            time.sleep(0.005)


def _leave_interrupts_to_the_parent() -> None:
    """A terminal sends Ctrl-C to every process; the one that was started there ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    distributed = need("distributed")
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
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
