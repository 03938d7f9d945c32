"""One CT with all its contours, the piece of work that a process does alone; and handing one after another to
processes: here in turn, on this computer by loky, on a cluster by Dask.

loky and Dask give the same kind of executor, so the loop is the same for both. No engine of our own.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import file_digest
from RLNResponseLib.common.processes import as_done, in_processes
from RLNResponseLib.common.requirements import need
from RLNResponseLib.features.cohort.plan import PlannedCT, PlannedReading, failed_row
from RLNResponseLib.features.cohort.table import Row
from RLNResponseLib.features.engine.crop import slices_needed
from RLNResponseLib.features.extraction import extract
from RLNResponseLib.features.wanted import needed_settings
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.nrrd import NRRD
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.stored import read_stored_slices, stored_contour
from RLNResponseLib.imaging.volume_file import read_header
from RLNResponseLib.study.changed_files import contour_changed, image_changed

# Memory is bounded by one CT a process, also where a Dask worker has several threads.
_ONE_AT_A_TIME = Lock()


def extract_ct(planned: PlannedCT) -> list[Row]:
    """The rows of every reading planned on one CT, in their order; one that cannot be read has the reason in `failure`.

    The image's hash is compared once, then only the slices that the contours need are read (where the file lies raw).

    Parameters
    ----------
    planned
        The CT with the readings that are to be extracted.

    Returns
    -------
    list of Row
    """
    with _ONE_AT_A_TIME:
        try:
            if _digest(planned) != planned.sha256:
                raise image_changed(planned.image)
            ct = _StoredCT(planned)
        except DataRefusedError as refusal:
            return [failed_row(reading.row, planned.columns, str(refusal)) for reading in planned.readings]
        return [_row(reading, ct, planned) for reading in planned.readings]


def _digest(planned: PlannedCT) -> str:
    try:
        return file_digest(planned.file)
    except FileNotFoundError:
        raise image_changed(planned.image) from None
    except OSError as error:
        raise DataRefusedError(
            f"The image '{planned.image}' cannot be read ({error.strerror}); check the disk and the share.",
            "unreadable-image",
        ) from None


def _row(reading: PlannedReading, ct: _StoredCT, planned: PlannedCT) -> Row:
    try:
        contour = ct.contour(reading)
        around, moved = ct.around(contour, planned)
        values = [
            value for extraction in planned.extractions for value in extract(around, moved, extraction).values.values()
        ]
        return {**reading.row, **dict(zip(planned.columns, values, strict=True))}
    except DataRefusedError as refusal:
        return failed_row(reading.row, planned.columns, str(refusal))
    except OSError as error:
        sentence = f"A file could not be read ({error.strerror}); check the disk and the share."
        return failed_row(reading.row, planned.columns, sentence)


class _StoredCT:
    """A CT of the study, of which no more is read than is asked for."""

    def __init__(self, planned: PlannedCT) -> None:
        self._planned = planned
        self._header: Any = read_header(planned.file, NRRD)
        self._grid = Grid.of_image(self._header)

    @cached_property
    def whole(self) -> CTImage:
        return CTImage(image=read_ct(self._planned.file).image, name=self._planned.image)

    def contour(self, reading: PlannedReading) -> Contour:
        """The locked contour, after comparing its file with the record."""
        content = reading.file.read_bytes() if reading.file.is_file() else b""
        if hashlib.sha256(content).hexdigest() != reading.row["contour_sha256"]:
            raise contour_changed(reading.row["lymph_node"], reading.name)
        contour = stored_contour(content, self._grid)
        return contour if contour is not None else read_contour(reading.file, self.whole)

    def around(self, contour: Contour, planned: PlannedCT) -> tuple[CTImage, Contour]:
        """The part of the CT that the settings need for this contour, and the contour in its index."""
        slices = self._grid.size[2]
        needed = [
            slices_needed(contour, needed_settings(extraction.settings, extraction.names), slices)
            for extraction in planned.extractions
        ]
        known = [span for span in needed if span is not None]
        if len(known) < len(needed) or "whole" in vars(self):
            return self.whole, contour
        first, stop = min(span[0] for span in known), max(span[1] for span in known)
        part = read_stored_slices(planned.file, self._header, first, stop)
        if part is None:
            return self.whole, contour
        k, j, i = contour.corner
        return CTImage(image=part, name=planned.image), replace(contour, corner=(k - first, j, i))


# Enough that a cluster which grows by its queue does grow; a piece of work is some 2 kB.
_ON_CLUSTER = 1000
# A CT whose process dies this often is given up, and the others go on.
_RETRIES = 3
# For a scheduler to answer.
_PATIENCE = "10s"

Done = tuple[PlannedCT, list[Row]]


def run_cts(cts: Sequence[PlannedCT], workers: int, dask: str | None = None) -> Generator[Done, None, None]:
    """Each CT with its rows, as they get done.

    A CT whose process is killed gets rows that say so, and the others go on.

    Parameters
    ----------
    cts
        The CTs with the readings that are to be extracted.
    workers
        Processes on this computer, by loky; 1 stays in this one.
    dask
        Address of a Dask scheduler ("tcp://host:8786") whose workers see the study folder under the same path.

    Returns
    -------
    Generator[Done, None, None]

    Raises
    ------
    DataRefusedError
        missing-package, no-cluster.
    """
    if dask is not None:
        with _cluster(dask) as executor:
            done = as_done(executor, extract_ct, deque(cts), _ON_CLUSTER)
            yield from ((ct, _rows(future, ct)) for ct, future in done)
    elif workers == 1 or len(cts) == 1:
        yield from ((ct, extract_ct(ct)) for ct in cts)
    else:
        yield from ((ct, _rows(future, ct)) for ct, future in in_processes(extract_ct, cts, workers))


def _rows(future: Future[list[Row]], ct: PlannedCT) -> list[Row]:
    try:
        return future.result()
    except BrokenExecutor:
        sentence = (
            f"The process that read the image '{ct.image}' was killed, and killed again alone, as a computer does that "
            f"runs out of memory; run it again where there is more."
        )
    except Exception as error:
        sentence = (
            f"Extraction from the image '{ct.image}' was stopped by an error in RLNResponse itself or by the death of "
            f"its process ({type(error).__name__}); run it again, and report it if it stays."
        )
    return [failed_row(reading.row, ct.columns, sentence) for reading in ct.readings]


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
