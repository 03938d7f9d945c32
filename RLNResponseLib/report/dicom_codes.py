"""Coded names and units of what a structured report measures."""

from __future__ import annotations

import hashlib
from typing import Any

from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.segments import Code
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.report.dicom_identity import LONG_STRING, SHORT_STRING, TextLimits
from RLNResponseLib.report.ibsi_codes import IBSI_CODES
from RLNResponseLib.requirements import need

IBSI = "IBSI"
# Its codes name pyradiomics' features and model cards.
PRIVATE = "99RLNRESPONSE"
_IBSI_UID = "1.2.840.10008.2.16.13"

_LONGEST_TITLE = LONG_STRING - len(": probability, derived")
_HOUNSFIELD = ("[hnsf'U]", "Hounsfield unit")
_UNITS = {
    "MeshVolume": ("mm3", "cubic millimeter"),
    "SurfaceArea": ("mm2", "square millimeter"),
    "SurfaceVolumeRatio": ("/mm", "per millimeter"),
    "Energy": ("[hnsf'U]2", "square Hounsfield unit"),
    "TotalEnergy": ("[hnsf'U]2.mm3", "square Hounsfield unit cubic millimeter"),
    "Variance": ("[hnsf'U]2", "square Hounsfield unit"),
}
_FIRST_ORDER_NUMBERS = ("Entropy", "Kurtosis", "Skewness", "Uniformity")


def coded(code: Code) -> Any:
    """A coded concept of this project as highdicom takes it."""
    from pydicom.sr.coding import Code as DICOMCode

    return DICOMCode(code.value, code.scheme, code.meaning)


def private_code(identifier: str, meaning: str) -> Any:
    """A code of this project's own scheme: `identifier` where it fits a Code Value, else a digest of it.

    DICOM has a Long Code Value too, but readers fail on it (highdicom 0.28's `referenced_segment` among them).
    """
    coded_concept = need("highdicom.sr").CodedConcept
    short = identifier.isascii() and len(identifier) <= SHORT_STRING and "\\" not in identifier
    code = identifier if short else hashlib.sha256(identifier.encode("utf-8")).hexdigest()[:SHORT_STRING]
    return coded_concept(code, PRIVATE, meaning)


def feature_code(name: str) -> Any:
    """A feature's coded name: IBSI's permanent identifier where it has one, else a private code that means its own name."""
    coded_concept = need("highdicom.sr").CodedConcept
    if name in IBSI_CODES:
        code, meaning = IBSI_CODES[name]
        return coded_concept(code, IBSI, meaning)
    return private_code(name, name[:LONG_STRING])


def feature_unit(name: str, settings: ExtractionSettings) -> Any:
    """A feature's UCUM unit; no unit for texture, and for intensities that a filter or normalisation has changed."""
    coded_concept = need("highdicom.sr").CodedConcept
    prefix, class_name, feature = name.split("_")
    unit = None
    if class_name == "shape":
        is_length = feature.endswith(("Length", "DiameterSlice", "DiameterColumn", "DiameterRow", "3DDiameter"))
        unit = ("mm", "millimeter") if is_length else _UNITS.get(feature)
    elif class_name == "firstorder" and prefix == "original" and not settings.normalize:
        unit = None if feature in _FIRST_ORDER_NUMBERS else _UNITS.get(feature, _HOUNSFIELD)
    code, meaning = unit or ("1", "no units")
    return coded_concept(code, "UCUM", meaning)


def score_code(model: ScoreModel, limits: TextLimits, what: str = "") -> Any:
    """The coded name of a score, or of something that belongs to it ("cutoff", "probability, derived", "group")."""
    ending = f": {what}" if what else ""
    title = limits.fit(model.title, _LONGEST_TITLE, f"The title of score model '{model.id}'")
    return private_code(model.id + ending, title + ending)


def group_code(score: ScoreResult, limits: TextLimits) -> Any:
    """The group that a score falls into, by the model card's word, or that it is withheld."""
    word = limits.fit(score.group_words, LONG_STRING, f"A group of score model '{score.model.id}'")
    return private_code(word, word)


def coding_schemes() -> list[Any]:
    """What says whose codes the report uses beside DICOM's, SNOMED's and UCUM's."""
    from pydicom.dataset import Dataset

    ibsi, private = Dataset(), Dataset()
    ibsi.CodingSchemeDesignator, ibsi.CodingSchemeUID = IBSI, _IBSI_UID
    ibsi.CodingSchemeName = "Image Biomarker Standardisation Initiative"
    private.CodingSchemeDesignator = PRIVATE
    private.CodingSchemeName = "RLNResponse: pyradiomics feature names and score model IDs"
    return [ibsi, private]
