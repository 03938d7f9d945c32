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
RECORD_SUFFIX = ".json"
OPENING_SUFFIX = ".open.json"
DRAFT_CONTOUR_SUFFIX = ".draft.seg.nrrd"
DRAFT_NOTES_SUFFIX = ".draft.json"

_READING_NAME = re.compile(r"(?P<reader>[A-Za-z0-9][A-Za-z0-9_-]*)-(?P<round>[12])(?:-c(?P<revision>[1-9][0-9]*))?")


def reading_path(key: ReadingKey, suffix: str) -> str:
    """A reading's file; `suffix` says which: contour, record, opening, or one of the draft's two."""
    return f"{READINGS}/{key.lymph_node}/{key.name}{suffix}"


def reading_key(lymph_node: str, stem: str) -> ReadingKey | None:
    """The reading that `stem` ("A-1-c2") names in its lymph node's folder, or None."""
    match = _READING_NAME.fullmatch(stem)
    if match is None:
        return None
    key = ReadingKey(lymph_node, match["reader"], int(match["round"]), int(match["revision"] or 1))
    return key if key.name == stem else None


def image_path(image: str, suffix: str) -> str:
    """An image's file: suffix ".nrrd" or ".json"."""
    return f"{IMAGES}/{image}{suffix}"


def exclusion_path(patient: str, lymph_node: str | None, number: int) -> str:
    """A decision's record: its subject's kind, identifier, and the how-manieth decision on it this is."""
    subject = f"patient-{patient}" if lymph_node is None else f"lymph-node-{lymph_node}"
    return f"{EXCLUSIONS}/{subject}-{number}{RECORD_SUFFIX}"


def clinical_path(number: int) -> str:
    """The record of the how-manieth clinical import."""
    return f"{CLINICAL}/{number}{RECORD_SUFFIX}"


def recovery_path(number: int) -> str:
    """The record of the how-manieth recovery that found something."""
    return f"{RECOVERIES}/{number}{RECORD_SUFFIX}"
