"""One program at a time: a lock beside a file that several write. The system frees it when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_S = 30.0
_PAUSE_S = 0.005
_HELD_BY_ANOTHER = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class LockNotHeldError(Exception):
    """The lock was not got in time, or the file system has no locks."""


@contextmanager
def locked(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the lock of a file, which is a hidden file beside it that goes when the lock is given back.

    Raises LockNotHeldError, and OSError where the folder cannot be written.

    Parameters
    ----------
    path
        The file that the lock is for; it may be missing, and is not opened.
    patience_s
        How long to wait for another holder, seconds.

    Yields
    ------
    None
    """
    beside = path.with_name(f".{path.name}.lock")
    descriptor = _acquired(beside, time.monotonic() + patience_s)
    try:
        yield
    finally:
        # While it is still held: whoever waits for it sees that its name is gone, and begins anew. Windows keeps a file
        # that somebody has open.
        with suppress(OSError):
            beside.unlink()
        os.close(descriptor)


def _acquired(beside: Path, deadline: float) -> int:
    while True:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _lock(descriptor) and _is_still(beside, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise LockNotHeldError
        time.sleep(_PAUSE_S)


def _is_still(beside: Path, descriptor: int) -> bool:
    """Whether the name still leads to the file that was locked: its last holder may have taken it away."""
    try:
        return os.path.samestat(os.fstat(descriptor), beside.stat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    """Whether the whole file is now this program's."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD_BY_ANOTHER:
            return False
        raise LockNotHeldError from None
    return True
