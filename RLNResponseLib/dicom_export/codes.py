"""Coded names and units of what a structured report measures, with the permanent identifiers of the Image Biomarker
Standardisation Initiative where a feature has one.

Only features whose values agree with IBSI's consensus on its digital phantom (docs/ibsi.md) have one: kurtosis and the
axis lengths are defined otherwise. Source of codes and meanings: DICOM PS3.16 (CID 7466 to 7478, 7500, 7501); for
intensity-based statistics, which PS3.16 does not list, the IBSI reference manual (Zwanenburg et al. 2020,
arXiv:1612.07003).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from RLNResponseLib.common.requirements import need
from RLNResponseLib.dicom_export.identity import LONG_STRING, SHORT_STRING, TextLimits
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.segments import Code
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult

# Feature name: code, meaning.
IBSI_CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "original_shape_Elongation": ("Q3CK", "Elongation"),
        "original_shape_Flatness": ("N17B", "Flatness"),
        "original_shape_Maximum3DDiameter": ("L0JK", "Maximum 3D Diameter of a Mesh"),
        "original_shape_MeshVolume": ("RNU0", "Volume of Mesh"),
        "original_shape_Sphericity": ("QCFX", "Sphericity"),
        "original_shape_SurfaceArea": ("C0JK", "Surface Area of Mesh"),
        "original_shape_SurfaceVolumeRatio": ("2PR5", "Surface to Volume Ratio"),
        "original_firstorder_10Percentile": ("QG58", "10th Intensity Percentile"),
        "original_firstorder_90Percentile": ("8DWT", "90th Intensity Percentile"),
        "original_firstorder_Energy": ("N8CA", "Intensity-based Energy"),
        "original_firstorder_Entropy": ("TLU2", "Intensity Histogram Entropy"),
        "original_firstorder_InterquartileRange": ("SALO", "Intensity Interquartile Range"),
        "original_firstorder_Maximum": ("84IY", "Maximum Intensity"),
        "original_firstorder_MeanAbsoluteDeviation": ("4FUA", "Intensity-based Mean Absolute Deviation"),
        "original_firstorder_Mean": ("Q4LE", "Mean Intensity"),
        "original_firstorder_Median": ("Y12H", "Median Intensity"),
        "original_firstorder_Minimum": ("1GSF", "Minimum Intensity"),
        "original_firstorder_Range": ("2OJQ", "Intensity Range"),
        "original_firstorder_RobustMeanAbsoluteDeviation": ("1128", "Intensity-based Robust Mean Absolute Deviation"),
        "original_firstorder_RootMeanSquared": ("5ZWQ", "Root Mean Square Intensity"),
        "original_firstorder_Skewness": ("KE2A", "Intensity Skewness"),
        "original_firstorder_Uniformity": ("BJ5W", "Intensity Histogram Uniformity"),
        "original_firstorder_Variance": ("ECT3", "Intensity Variance"),
        "original_glcm_Autocorrelation": ("QWB0", "Autocorrelation of GLCM"),
        "original_glcm_ClusterProminence": ("AE86", "Cluster Prominence of GLCM"),
        "original_glcm_ClusterShade": ("7NFM", "Cluster Shade of GLCM"),
        "original_glcm_ClusterTendency": ("DG8W", "Cluster Tendency of GLCM"),
        "original_glcm_Contrast": ("ACUI", "Contrast of GLCM"),
        "original_glcm_Correlation": ("NI2N", "Correlation of GLCM"),
        "original_glcm_DifferenceAverage": ("TF7R", "Difference Average of GLCM"),
        "original_glcm_DifferenceEntropy": ("NTRS", "Difference Entropy of GLCM"),
        "original_glcm_DifferenceVariance": ("D3YU", "Difference Variance of GLCM"),
        "original_glcm_Id": ("IB1Z", "Inverse Difference of GLCM"),
        "original_glcm_Idm": ("WF0Z", "Inverse Difference Moment of GLCM"),
        "original_glcm_Idmn": ("1QCO", "Normalized Inverse Difference Moment of GLCM"),
        "original_glcm_Idn": ("NDRX", "Normalized Inverse Difference of GLCM"),
        "original_glcm_Imc1": ("R8DG", "First Measure of Information Correlation of GLCM"),
        "original_glcm_Imc2": ("JN9H", "Second Measure of Information Correlation of GLCM"),
        "original_glcm_InverseVariance": ("E8JP", "Inverse Variance of GLCM"),
        "original_glcm_JointAverage": ("60VM", "Joint Average of GLCM"),
        "original_glcm_JointEnergy": ("8ZQL", "Angular Second Moment of GLCM"),
        "original_glcm_JointEntropy": ("TU9B", "Joint Entropy of GLCM"),
        "original_glcm_MaximumProbability": ("GYBY", "Joint Maximum of GLCM"),
        "original_glcm_SumAverage": ("ZGXS", "Sum Average of GLCM"),
        "original_glcm_SumEntropy": ("P6QZ", "Sum Entropy of GLCM"),
        "original_glcm_SumSquares": ("UR99", "Joint Variance of GLCM"),
        "original_glrlm_GrayLevelNonUniformity": ("R5YN", "Gray Level Nonuniformity in Runs"),
        "original_glrlm_GrayLevelNonUniformityNormalized": ("OVBL", "Normalized Gray Level Nonuniformity in Runs"),
        "original_glrlm_GrayLevelVariance": ("8CE5", "Gray Level Variance in Runs"),
        "original_glrlm_HighGrayLevelRunEmphasis": ("G3QZ", "High Gray Level Run Emphasis"),
        "original_glrlm_LongRunEmphasis": ("W4KF", "Long Runs Emphasis"),
        "original_glrlm_LongRunHighGrayLevelEmphasis": ("3KUM", "Long Run High Gray Level Emphasis"),
        "original_glrlm_LongRunLowGrayLevelEmphasis": ("IVPO", "Long Run Low Gray Level Emphasis"),
        "original_glrlm_LowGrayLevelRunEmphasis": ("V3SW", "Low Gray Level Run Emphasis"),
        "original_glrlm_RunEntropy": ("HJ9O", "Run Entropy"),
        "original_glrlm_RunLengthNonUniformity": ("W92Y", "Run Length Nonuniformity"),
        "original_glrlm_RunLengthNonUniformityNormalized": ("IC23", "Normalized Run Length Nonuniformity"),
        "original_glrlm_RunPercentage": ("9ZK5", "Run Percentage"),
        "original_glrlm_RunVariance": ("SXLW", "Run Length Variance"),
        "original_glrlm_ShortRunEmphasis": ("22OV", "Short Runs Emphasis"),
        "original_glrlm_ShortRunHighGrayLevelEmphasis": ("GD3A", "Short Run High Gray Level Emphasis"),
        "original_glrlm_ShortRunLowGrayLevelEmphasis": ("HTZT", "Short Run Low Gray Level Emphasis"),
        "original_glszm_GrayLevelNonUniformity": ("JNSA", "Gray Level Nonuniformity of Size Zone Counts"),
        "original_glszm_GrayLevelNonUniformityNormalized": (
            "Y1RO",
            "Normalized Gray Level Nonuniformity of Size Zone Counts",
        ),
        "original_glszm_GrayLevelVariance": ("BYLV", "Gray Level Variance in Size Zones"),
        "original_glszm_HighGrayLevelZoneEmphasis": ("5GN9", "High Gray Level Zone Emphasis"),
        "original_glszm_LargeAreaEmphasis": ("48P8", "Large Zone Emphasis"),
        "original_glszm_LargeAreaHighGrayLevelEmphasis": ("J17V", "Large Zone High Gray Level Emphasis"),
        "original_glszm_LargeAreaLowGrayLevelEmphasis": ("YH51", "Large Zone Low Gray Level Emphasis"),
        "original_glszm_LowGrayLevelZoneEmphasis": ("XMSY", "Low Gray Level Zone Emphasis"),
        "original_glszm_SizeZoneNonUniformity": ("4JP3", "Zone Size Nonuniformity"),
        "original_glszm_SizeZoneNonUniformityNormalized": ("VB3A", "Normalized Zone Size Nonuniformity"),
        "original_glszm_SmallAreaEmphasis": ("5QRC", "Small Zone Emphasis"),
        "original_glszm_SmallAreaHighGrayLevelEmphasis": ("HW1V", "Small Zone High Gray Level Emphasis"),
        "original_glszm_SmallAreaLowGrayLevelEmphasis": ("5RAI", "Small Zone Low Gray Level Emphasis"),
        "original_glszm_ZoneEntropy": ("GU8N", "Zone Size Entropy"),
        "original_glszm_ZonePercentage": ("P30P", "Size Zone Percentage"),
        "original_glszm_ZoneVariance": ("3NSA", "Zone Size Variance"),
        "original_gldm_DependenceEntropy": ("FCBV", "Dependence count entropy"),
        "original_gldm_DependenceNonUniformity": ("Z87G", "Dependence count non-uniformity"),
        "original_gldm_DependenceNonUniformityNormalized": ("OKJI", "Dependence count non-uniformity normalized"),
        "original_gldm_DependenceVariance": ("DNX2", "Dependence count variance"),
        "original_gldm_GrayLevelNonUniformity": ("FP8K", "Grey level non-uniformity of NGLDM"),
        "original_gldm_GrayLevelVariance": ("1PFV", "Grey level variance of NGLDM"),
        "original_gldm_HighGrayLevelEmphasis": ("OAE7", "High grey level count emphasis"),
        "original_gldm_LargeDependenceEmphasis": ("IMOQ", "High dependence emphasis"),
        "original_gldm_LargeDependenceHighGrayLevelEmphasis": ("9QMG", "High dependence high grey level emphasis"),
        "original_gldm_LargeDependenceLowGrayLevelEmphasis": ("NBZI", "High dependence low grey level emphasis"),
        "original_gldm_LowGrayLevelEmphasis": ("TL9H", "Low grey level count emphasis"),
        "original_gldm_SmallDependenceEmphasis": ("SODN", "Low dependence emphasis"),
        "original_gldm_SmallDependenceHighGrayLevelEmphasis": ("JA6D", "Low dependence high grey level emphasis"),
        "original_gldm_SmallDependenceLowGrayLevelEmphasis": ("EQ3F", "Low dependence low grey level emphasis"),
        "original_ngtdm_Busyness": ("NQ30", "Busyness of NGTDM"),
        "original_ngtdm_Coarseness": ("QCDE", "Coarseness of NGTDM"),
        "original_ngtdm_Complexity": ("HDEZ", "Complexity of NGTDM"),
        "original_ngtdm_Contrast": ("65HE", "Contrast of NGTDM"),
        "original_ngtdm_Strength": ("1X9X", "Strength of NGTDM"),
    }
)


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
    """A coded concept of this project as highdicom takes it.

    Parameters
    ----------
    code
        A coded concept of this project.

    Returns
    -------
    object
    """
    from pydicom.sr.coding import Code as DICOMCode

    return DICOMCode(code.value, code.scheme, code.meaning)


def private_code(identifier: str, meaning: str) -> Any:
    """A code of this project's own scheme: `identifier` where it fits a Code Value, else a digest of it.

    DICOM has a Long Code Value too, but readers fail on it (highdicom 0.28's `referenced_segment` among them).

    Parameters
    ----------
    identifier
        The value of the code in this project's own scheme.
    meaning
        What the code means, in words.

    Returns
    -------
    object
    """
    coded_concept = need("highdicom.sr").CodedConcept
    short = identifier.isascii() and len(identifier) <= SHORT_STRING and "\\" not in identifier
    code = identifier if short else hashlib.sha256(identifier.encode("utf-8")).hexdigest()[:SHORT_STRING]
    return coded_concept(code, PRIVATE, meaning)


def feature_code(name: str) -> Any:
    """A feature's coded name: IBSI's permanent identifier where it has one, else a private code that means its own
    name.

    Parameters
    ----------
    name
        pyradiomics' full name of the feature.

    Returns
    -------
    object
    """
    coded_concept = need("highdicom.sr").CodedConcept
    if name in IBSI_CODES:
        code, meaning = IBSI_CODES[name]
        return coded_concept(code, IBSI, meaning)
    return private_code(name, name[:LONG_STRING])


def feature_unit(name: str, settings: ExtractionSettings) -> Any:
    """A feature's UCUM unit; no unit for texture, and for intensities that a filter or normalisation has changed.

    Parameters
    ----------
    name
        pyradiomics' full name of the feature.
    settings
        How the features are extracted.

    Returns
    -------
    object
    """
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
    """The coded name of a score, or of something that belongs to it ("cutoff", "probability, derived", "group").

    Parameters
    ----------
    model
        The score model.
    limits
        What a text of the study may hold.
    what
        Which figure of the score: the score itself, or its probability.

    Returns
    -------
    object
    """
    ending = f": {what}" if what else ""
    title = limits.fit(model.title, _LONGEST_TITLE, f"The title of score model '{model.id}'")
    return private_code(model.id + ending, title + ending)


def group_code(score: ScoreResult, limits: TextLimits) -> Any:
    """The group that a score falls into, by the model card's word, or that it is withheld.

    Parameters
    ----------
    score
        One score of a lymph node.
    limits
        What a text of the study may hold.

    Returns
    -------
    object
    """
    word = limits.fit(score.group_words, LONG_STRING, f"A group of score model '{score.model.id}'")
    return private_code(word, word)


def coding_schemes() -> list[Any]:
    """What says whose codes the report uses beside DICOM's, SNOMED's and UCUM's.

    Returns
    -------
    list of Any
    """
    from pydicom.dataset import Dataset

    ibsi, private = Dataset(), Dataset()
    ibsi.CodingSchemeDesignator, ibsi.CodingSchemeUID = IBSI, _IBSI_UID
    ibsi.CodingSchemeName = "Image Biomarker Standardisation Initiative"
    private.CodingSchemeDesignator = PRIVATE
    private.CodingSchemeName = "RLNResponse: pyradiomics feature names and score model IDs"
    return [ibsi, private]
