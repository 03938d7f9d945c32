"""What is noticed about a reading's contour beyond the contour itself: whether it lies where it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import counted
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study.corrections import last_locked, latest
from RLNResponseLib.study.drafts import draft_file
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

# The marked site is a point in the lymph node; recurrent ones are seldom longer than 5 cm.
FAR_FROM_SITE_MM = 25.0


def check_reading(
    ct: CTImage, contour: Contour, site_mm: tuple[float, float, float] | None, neighbours: Sequence[Contour]
) -> tuple[Finding, ...]:
    """The checks of image and contour, and whether it lies at its site and in no other lymph node's contour.

    Parameters
    ----------
    ct
        The image.
    contour
        Of the reading, under the lymph node's identifier.
    site_mm
        The marked point of the lymph node in LPS, None where none is marked.
    neighbours
        The same reader's contours of other lymph nodes in the same round, from `neighbours_of`.

    Returns
    -------
    tuple of Finding
        Errors first.

    """
    return (*check(ct, contour), *_far_from_site(ct, contour, site_mm), *_overlaps(contour, neighbours))


def neighbours_of(study: Study, key: ReadingKey, ct: CTImage) -> tuple[Contour, ...]:
    """The contours that the same reader has drawn or locked of other lymph nodes of the image in the same round.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.
    ct
        Its image.

    Returns
    -------
    tuple of Contour
        Named by their lymph nodes; one that cannot be read is left out: `verify` names it.

    """
    image = study.lymph_node(key.lymph_node).image
    contours = []
    for lymph_node in study.lymph_nodes():
        if lymph_node.image != image or lymph_node.id == key.lymph_node:
            continue
        other = replace(key, lymph_node=lymph_node.id, revision=1)
        locked = last_locked(study, other)
        file = draft_file(study, latest(study, other)) or (study.contour_file(locked) if locked is not None else None)
        if file is not None:
            try:
                contours.append(replace(read_contour(file, ct), name=lymph_node.id))
            except DataRefusedError:
                continue
    return tuple(contours)


def _far_from_site(ct: CTImage, contour: Contour, site_mm: tuple[float, float, float] | None) -> list[Finding]:
    if site_mm is None:
        return []
    site = np.array(ct.image.TransformPhysicalPointToContinuousIndex(site_mm))[::-1]
    voxels = np.argwhere(contour.voxels) + contour.corner
    steps_mm = (voxels - site) * np.array(ct.image.GetSpacing())[::-1]
    distance_mm = float(np.sqrt((steps_mm**2).sum(axis=1).min()))
    if distance_mm <= FAR_FROM_SITE_MM:
        return []
    return [
        Finding(
            code="far-from-site",
            severity="warning",
            message=f"The contour of '{contour.name}' lies {distance_mm:.0f} mm from the site that lymph_nodes.csv "
            "marks; check that it is this lymph node's.",
            numbers={"distance_mm": distance_mm, "limit_mm": FAR_FROM_SITE_MM},
        )
    ]


def _overlaps(contour: Contour, neighbours: Sequence[Contour]) -> list[Finding]:
    findings = []
    for other in neighbours:
        shared = _shared_voxels(contour, other)
        if shared:
            findings.append(
                Finding(
                    code="overlaps-another",
                    severity="warning",
                    message=f"The contour of '{contour.name}' and this reader's contour of '{other.name}' have "
                    f"{counted(shared, 'voxel')} of {contour.voxel_count} in common; check that neither holds the "
                    "other's lymph node.",
                    numbers={"voxels": shared, "voxel_count": contour.voxel_count},
                )
            )
    return findings


def _shared_voxels(one: Contour, other: Contour) -> int:
    corner = np.maximum(one.corner, other.corner)
    end = np.minimum(np.add(one.corner, one.voxels.shape), np.add(other.corner, other.voxels.shape))
    if (end <= corner).any():
        return 0
    boxes = (
        contour.voxels[tuple(slice(*ends) for ends in zip(corner - contour.corner, end - contour.corner, strict=True))]
        for contour in (one, other)
    )
    first, second = boxes
    return int(np.count_nonzero(first & second))
