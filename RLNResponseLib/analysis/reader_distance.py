"""How far apart the readers of a study draw: the SD that another contour of theirs is redrawn with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Progress
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.uncertainty import reader_sd_mm
from RLNResponseLib.study.contouring import study_ct
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.study import Study

# The distance of one lymph node varies by some 30 %: the root mean square of ten is known to about 10 %.
LEAST_PAIRS = 10


@dataclass(frozen=True)
class ReaderDistance:
    """The readers' distance in a study.

    Attributes
    ----------
    sd_mm
        SD of one reader's boundary, mm: the root mean square distance of two readers' contours / √2.
    pairs
        How many pairs of contours it is from.
    """

    sd_mm: float
    pairs: int


def study_reader_distance(study: Study, progress: Progress = lambda done, total: None) -> ReaderDistance:
    """The SD of one reader's boundary, from the first readings of an unblinded study's readers.

    Contours that share no voxel are perhaps not of the same lymph node, and are left out, as are excluded lymph nodes.

    Parameters
    ----------
    study
        The opened study folder.
    progress
        Is told how many contours are read, out of how many.

    Returns
    -------
    ReaderDistance

    Raises
    ------
    DataRefusedError
        blinded; few-pairs below ten pairs; no-distance, and what reading the study refuses.
    """
    study.refuse_while_blinded("The readers' distances")
    pairs = 0

    def counted() -> Iterator[tuple[CTImage, Contour, Contour]]:
        nonlocal pairs
        for pair in _pairs(study, progress):
            pairs += 1
            yield pair

    try:
        sd_mm = reader_sd_mm(counted())
    except DataRefusedError as refusal:
        if refusal.code != "no-pairs":
            raise
    if pairs < LEAST_PAIRS:
        raise DataRefusedError(
            f"The study holds {pairs} pairs of two readers' contours of one lymph node, and their distance is known "
            f"from {LEAST_PAIRS} on; leave out --study, or give an SD with --sd-mm.",
            "few-pairs",
        )
    return ReaderDistance(sd_mm, pairs)


def _pairs(study: Study, progress: Progress) -> Iterator[tuple[CTImage, Contour, Contour]]:
    left_out = excluded_lymph_nodes(study)
    readings = sorted(
        (
            reading
            for reading in study.current_readings()
            if reading.key.round == FIRST_ROUND and reading.key.lymph_node not in left_out
        ),
        key=lambda reading: (reading.image, reading.key),
    )
    ct, done = None, 0
    for (image, _), same in groupby(readings, key=lambda reading: (reading.image, reading.key.lymph_node)):
        if ct is None or ct.name != image:
            ct = study_ct(study, image)
        contours = [read_contour(study.contour_file(reading.key), ct) for reading in same]
        done += len(contours)
        progress(done, len(readings))
        for one, other in combinations(contours, 2):
            if _share_a_voxel(one, other, ct):
                yield ct, one, other


def _share_a_voxel(one: Contour, other: Contour, ct: CTImage) -> bool:
    i, j, k = ct.image.GetSize()
    return bool(np.any(one.full_grid((k, j, i))[other.box][other.voxels]))
