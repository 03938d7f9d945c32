"""Silence around a library call: what a reader's library has to say comes as an exception, or not at all."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("pydicom", "highdicom")


@contextmanager
def silenced_itk() -> Iterator[None]:
    """Keep the warnings of pydicom, highdicom and ITK (whose C++ writes straight to stderr) away for the time of a
    call.

    They name files, tags and values of the patient. What is switched off belongs to the process, other threads
    included, and is put back at the end.
    """
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
