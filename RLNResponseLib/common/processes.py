"""Work handed to processes piece by piece: here in turn, or on this computer by loky.

No more is handed out at a time than is worked on, so that memory does not grow with the work; a process that is killed
costs the others nothing. No engine of our own.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager, suppress
from typing import TypeVar

from RLNResponseLib.common.requirements import PROCESSES, lacking, need

Item = TypeVar("Item")
Result = TypeVar("Result")

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
# Seconds; it takes some thousandths.
_UNTIL_HANDED_OVER = 2.0


def default_workers() -> int:
    """One process a core; this one alone where loky is not installed.

    Returns
    -------
    int
    """
    return 1 if lacking(PROCESSES.requirements) else int(need("loky").cpu_count())


def in_processes(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[tuple[Item, Future[Result]]]:
    """Each item with the future of its result, as they get done.

    When a process is killed, loky gives up all that the others had in hand; each of those is tried once more, alone. A
    future whose exception is a `BrokenExecutor` is of an item whose process was killed twice.

    Parameters
    ----------
    work
        What is done with one item: a function of a module, as processes find it by its name.
    items
        What it is done with.
    workers
        Processes.

    Yields
    ------
    tuple of Item and Future

    Raises
    ------
    DataRefusedError
        missing-package where loky is not installed.
    """
    left = deque(items)
    while left:
        in_hand = []
        with _processes(min(workers, len(left))) as executor:
            for item, future in as_done(executor, work, left, 2 * workers):
                if isinstance(future.exception(), BrokenExecutor):
                    in_hand.append(item)
                else:
                    yield item, future
        for item in in_hand:
            with _processes(1) as executor:
                yield from as_done(executor, work, deque([item]), 1)


def as_done(
    executor: Executor, work: Callable[[Item], Result], left: deque[Item], in_flight: int
) -> Iterator[tuple[Item, Future[Result]]]:
    """Each item with its future, as an executor gets done; no more than `in_flight` are handed out at a time.

    Parameters
    ----------
    executor
        Of any kind.
    work
        What is done with one item.
    left
        The items; what could not be handed out, because processes were killed, stays in it.
    in_flight
        How many are handed out at a time.

    Yields
    ------
    tuple of Item and Future
    """
    waiting: dict[Future[Result], Item] = {}

    def hand_out() -> None:
        while left and len(waiting) < in_flight:
            try:
                future = executor.submit(work, left[0])
            except BrokenExecutor:
                return
            waiting[future] = left.popleft()

    hand_out()
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            item = waiting.pop(future)
            hand_out()
            yield item, future


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
