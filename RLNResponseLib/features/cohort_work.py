"""One CT with all its contours: the piece of work that any process, here or on a cluster, does alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.cohort_plan import PlannedCT, PlannedReading, failed_row
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.engine.crop import slices_needed
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.feature_store import Row
from RLNResponseLib.imaging.contours import read_contour
from RLNResponseLib.imaging.ct import read_ct
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.stored_contour import stored_contour
from RLNResponseLib.imaging.stored_ct import read_stored_slices
from RLNResponseLib.imaging.volume_file import read_header
from RLNResponseLib.study.contouring import contour_changed, image_changed
from RLNResponseLib.study.durable import file_digest

# Memory is bounded by one CT a process, also where a Dask worker has several threads.
_ONE_AT_A_TIME = Lock()


def extract_ct(planned: PlannedCT) -> list[Row]:
    """The rows of every reading planned on one CT, in their order; one that cannot be read has the reason in `failure`.

    The image's hash is compared once, then only the slices that the contours need are read (where the file lies raw).
    """
    with _ONE_AT_A_TIME:
        try:
            if _digest(planned) != planned.sha256:
                raise image_changed(planned.image)
            ct = _StoredCT(planned)
        except DataRefusedError as refusal:
            return [failed_row(reading.row, str(refusal)) for reading in planned.readings]
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
        return {**reading.row, **extract_features(around, moved, planned.settings, FEATURES).values}
    except DataRefusedError as refusal:
        return failed_row(reading.row, str(refusal))
    except OSError as error:
        return failed_row(reading.row, f"A file could not be read ({error.strerror}); check the disk and the share.")


class _StoredCT:
    """A CT of the study, of which no more is read than is asked for."""

    def __init__(self, planned: PlannedCT) -> None:
        self._planned = planned
        self._header: Any = read_header(planned.file)
        self._grid = Grid.of_image(self._header)

    @cached_property
    def whole(self) -> CTImage:
        return CTImage(read_ct(self._planned.file).image, name=self._planned.image)

    def contour(self, reading: PlannedReading) -> Contour:
        """The locked contour, after comparing its file with the record."""
        content = reading.file.read_bytes() if reading.file.is_file() else b""
        if hashlib.sha256(content).hexdigest() != reading.row["contour_sha256"]:
            raise contour_changed(reading.row["lymph_node"], reading.name)
        found = stored_contour(content, self._grid)
        return found if found is not None else read_contour(reading.file, self.whole)

    def around(self, contour: Contour, planned: PlannedCT) -> tuple[CTImage, Contour]:
        """The part of the CT that the settings need for this contour, and the contour in its index."""
        needed = slices_needed(contour, planned.settings, self._grid.size[2])
        if needed is None or "whole" in vars(self):
            return self.whole, contour
        first, stop = needed
        part = read_stored_slices(planned.file, self._header, first, stop)
        if part is None:
            return self.whole, contour
        k, j, i = contour.corner
        return CTImage(part, name=planned.image), replace(contour, corner=(k - first, j, i))
