"""Where everything lies in a study folder. Paths are relative to it, with '/'."""

from __future__ import annotations

import re

from RLNResponseLib.study.records import ReadingKey

IMAGES = "images"
READINGS = "readings"
EXCLUSIONS = "exclusions"
CLINICAL = "clinical"
SET_ASIDE = "set-aside"
RECOVERIES = "recoveries"
# Derived from the rest; nothing in them is vouched for.
DERIVED = ("features", "results")
TEMPLATES = "templates"

PATIENTS_TABLE = "patients.csv"
LYMPH_NODES_TABLE = "lymph_nodes.csv"
FROZEN_PROTOCOL = "protocol-frozen.json"
UNBLINDING = "unblinding.json"

CONTOUR_SUFFIX = ".seg.nrrd"
SEALED_SUFFIX = ".sealed"
RECORD_SUFFIX = ".json"
OPENING_SUFFIX = ".open.json"
GIVEN_UP_SUFFIX = ".given-up.json"
DRAFT_CONTOUR_SUFFIX = ".draft.seg.nrrd"
DRAFT_NOTES_SUFFIX = ".draft.json"

_READING_NAME = re.compile(r"(?P<reader>[A-Za-z0-9][A-Za-z0-9_-]*)-(?P<round>[12])(?:-c(?P<revision>[1-9][0-9]*))?")


def reading_path(key: ReadingKey, suffix: str) -> str:
    """A file of a reading.

    Parameters
    ----------
    key
        Which reading.
    suffix
        Which of its files: CONTOUR_SUFFIX, SEALED_SUFFIX, RECORD_SUFFIX, OPENING_SUFFIX, GIVEN_UP_SUFFIX or one of the
        draft's two.

    Returns
    -------
    str
        Such as "readings/LN1/A-1.seg.nrrd".

    """
    return f"{READINGS}/{key.lymph_node}/{key.name}{suffix}"


def reading_key(lymph_node: str, stem: str) -> ReadingKey | None:
    """The reading that a file's name stands for.

    Parameters
    ----------
    lymph_node
        The folder's name in `readings`.
    stem
        The file's name without its suffix: "A-1-c2".

    Returns
    -------
    ReadingKey or None
        None where `stem` is no reading's name.

    Examples
    --------
    >>> key = reading_key("LN1", "A-1-c2")
    >>> key
    ReadingKey(lymph_node='LN1', reader='A', round=1, revision=2)
    >>> reading_path(key, RECORD_SUFFIX)
    'readings/LN1/A-1-c2.json'

    """
    match = _READING_NAME.fullmatch(stem)
    if match is None:
        return None
    key = ReadingKey(
        lymph_node=lymph_node, reader=match["reader"], round=int(match["round"]), revision=int(match["revision"] or 1)
    )
    return key if key.name == stem else None


def image_path(image: str, suffix: str) -> str:
    """A file of an image.

    Parameters
    ----------
    image
        Identifier of the image.
    suffix
        ".nrrd" for the voxels, ".json" for the record.

    Returns
    -------
    str
        Such as "images/CT1.nrrd".

    """
    return f"{IMAGES}/{image}{suffix}"


def exclusion_path(patient: str, lymph_node: str | None, number: int) -> str:
    """The record of a decision to exclude or to take in again.

    Parameters
    ----------
    patient
        Whom the decision is about.
    lymph_node
        None where the whole patient is meant.
    number
        From 1, among the decisions on this patient or lymph node.

    Returns
    -------
    str
        Such as "exclusions/lymph-node-LN1-2.json".

    """
    subject = f"patient-{patient}" if lymph_node is None else f"lymph-node-{lymph_node}"
    return f"{EXCLUSIONS}/{subject}-{number}{RECORD_SUFFIX}"


def clinical_path(number: int) -> str:
    """The record of a clinical import.

    Parameters
    ----------
    number
        From 1, among the clinical imports.

    Returns
    -------
    str
        Such as "clinical/2.json".

    """
    return f"{CLINICAL}/{number}{RECORD_SUFFIX}"


def recovery_path(number: int) -> str:
    """The record of a recovery that found something.

    Parameters
    ----------
    number
        From 1, among these recoveries.

    Returns
    -------
    str
        Such as "recoveries/1.json".

    """
    return f"{RECOVERIES}/{number}{RECORD_SUFFIX}"
