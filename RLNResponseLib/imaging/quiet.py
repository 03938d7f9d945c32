"""Silence around a library call: what a reader's library has to say comes as an exception, or not at all."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

_LOGGERS = ("pydicom", "highdicom")
_STDOUT_AND_STDERR = (1, 2)


@contextmanager
def silenced_itk() -> Iterator[None]:
    """Keep the words of pydicom, highdicom and ITK away for the time of a call, those of the C and C++ libraries below
    it (GDCM, OpenJPEG, libjpeg) too, which write straight to the terminal.

    They name files, tags and values of the patient. What is switched off belongs to the process, other threads
    included, and is put back when the last of the calls that overlap has ended.
    """
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()


class _Silence:
    """The silence of the process: calls in several threads, or within one another, share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._undo = ExitStack()

    def begin(self) -> None:
        with self._lock:
            self._calls += 1
            if self._calls == 1:
                self._undo.enter_context(_quiet_libraries())
                for descriptor in _STDOUT_AND_STDERR:
                    self._undo.enter_context(_to_nowhere(descriptor))

    def end(self) -> None:
        with self._lock:
            self._calls -= 1
            if self._calls == 0:
                self._undo.close()


_SILENCE = _Silence()


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    import SimpleITK as sitk

    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    levels = {logger: logger.level for logger in map(logging.getLogger, _LOGGERS)}
    try:
        sitk.ProcessObject.SetGlobalWarningDisplay(False)
        for logger in levels:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
        for logger, level in levels.items():
            logger.setLevel(level)


@contextmanager
def _to_nowhere(descriptor: int) -> Iterator[None]:
    """A file descriptor of the process leads to nowhere; where there is none, as in a program with windows, nothing
    can be written to it.
    """
    try:
        kept = os.dup(descriptor)
    except OSError:
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
        yield
    finally:
        _flush_c()
        os.dup2(kept, descriptor)
        os.close(kept)


def _flush_c() -> None:
    """What C has been told to print and holds back would come out later."""
    # Windows has no handle of the program itself; there the text of a buffer may still come.
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).fflush(None)
