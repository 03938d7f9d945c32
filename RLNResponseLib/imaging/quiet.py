"""Silence around a library call: what a reader's library has to say comes as an exception, or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings of pydicom, highdicom and ITK (whose C++ writes straight to stderr) away for the time of a call.

    They name files, tags and values of the patient. ITK's output and Python's warnings are set per process, so both are
    put back at the end; the switch reaches other threads for that time.
    """
    import SimpleITK as sitk

    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
