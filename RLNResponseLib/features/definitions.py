"""The 106 features by name, the one that is left out, and those that the paper's formulas use.

Source: Gu et al. 2021 (doi 10.21203/rs.3.rs-174078/v1): 106 pyradiomics features, 13 shape, 18 first-order, 24 GLCM,
16 GLSZM, 5 NGTDM, 14 GLDM, 16 GLRLM. pyradiomics 2.1 and later defines 107 (14 shape); the paper does not say which
one is missing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FeatureClass:
    """One class of features.

    Attributes
    ----------
    name
        pyradiomics' name of the class (`"glcm"`).
    title
        The class in words.
    features
        The features' names within the class (`"InverseVariance"`), as pyradiomics spells them.
    """

    name: str
    title: str
    features: tuple[str, ...]

    @property
    def full_names(self) -> tuple[str, ...]:
        """The features' full names on the original image (`"original_glcm_InverseVariance"`)."""
        return tuple(f"original_{self.name}_{feature}" for feature in self.features)


@dataclass(frozen=True)
class LeftOut:
    """A feature that pyradiomics has and this project does not use.

    Attributes
    ----------
    name
        In full.
    reason
        Why.
    """

    name: str
    reason: str


FEATURE_CLASSES: tuple[FeatureClass, ...] = (
    FeatureClass(
        "shape",
        "shape, three-dimensional, from a mesh",
        (
            "Elongation",
            "Flatness",
            "LeastAxisLength",
            "MajorAxisLength",
            "Maximum2DDiameterColumn",
            "Maximum2DDiameterRow",
            "Maximum2DDiameterSlice",
            "Maximum3DDiameter",
            "MeshVolume",
            "MinorAxisLength",
            "Sphericity",
            "SurfaceArea",
            "SurfaceVolumeRatio",
        ),
    ),
    FeatureClass(
        "firstorder",
        "first-order statistics of HU",
        (
            "10Percentile",
            "90Percentile",
            "Energy",
            "Entropy",
            "InterquartileRange",
            "Kurtosis",
            "Maximum",
            "MeanAbsoluteDeviation",
            "Mean",
            "Median",
            "Minimum",
            "Range",
            "RobustMeanAbsoluteDeviation",
            "RootMeanSquared",
            "Skewness",
            "TotalEnergy",
            "Uniformity",
            "Variance",
        ),
    ),
    FeatureClass(
        "glcm",
        "grey level co-occurrence matrix",
        (
            "Autocorrelation",
            "ClusterProminence",
            "ClusterShade",
            "ClusterTendency",
            "Contrast",
            "Correlation",
            "DifferenceAverage",
            "DifferenceEntropy",
            "DifferenceVariance",
            "Id",
            "Idm",
            "Idmn",
            "Idn",
            "Imc1",
            "Imc2",
            "InverseVariance",
            "JointAverage",
            "JointEnergy",
            "JointEntropy",
            "MCC",
            "MaximumProbability",
            "SumAverage",
            "SumEntropy",
            "SumSquares",
        ),
    ),
    FeatureClass(
        "glrlm",
        "grey level run length matrix",
        (
            "GrayLevelNonUniformity",
            "GrayLevelNonUniformityNormalized",
            "GrayLevelVariance",
            "HighGrayLevelRunEmphasis",
            "LongRunEmphasis",
            "LongRunHighGrayLevelEmphasis",
            "LongRunLowGrayLevelEmphasis",
            "LowGrayLevelRunEmphasis",
            "RunEntropy",
            "RunLengthNonUniformity",
            "RunLengthNonUniformityNormalized",
            "RunPercentage",
            "RunVariance",
            "ShortRunEmphasis",
            "ShortRunHighGrayLevelEmphasis",
            "ShortRunLowGrayLevelEmphasis",
        ),
    ),
    FeatureClass(
        "glszm",
        "grey level size zone matrix",
        (
            "GrayLevelNonUniformity",
            "GrayLevelNonUniformityNormalized",
            "GrayLevelVariance",
            "HighGrayLevelZoneEmphasis",
            "LargeAreaEmphasis",
            "LargeAreaHighGrayLevelEmphasis",
            "LargeAreaLowGrayLevelEmphasis",
            "LowGrayLevelZoneEmphasis",
            "SizeZoneNonUniformity",
            "SizeZoneNonUniformityNormalized",
            "SmallAreaEmphasis",
            "SmallAreaHighGrayLevelEmphasis",
            "SmallAreaLowGrayLevelEmphasis",
            "ZoneEntropy",
            "ZonePercentage",
            "ZoneVariance",
        ),
    ),
    FeatureClass(
        "gldm",
        "grey level dependence matrix",
        (
            "DependenceEntropy",
            "DependenceNonUniformity",
            "DependenceNonUniformityNormalized",
            "DependenceVariance",
            "GrayLevelNonUniformity",
            "GrayLevelVariance",
            "HighGrayLevelEmphasis",
            "LargeDependenceEmphasis",
            "LargeDependenceHighGrayLevelEmphasis",
            "LargeDependenceLowGrayLevelEmphasis",
            "LowGrayLevelEmphasis",
            "SmallDependenceEmphasis",
            "SmallDependenceHighGrayLevelEmphasis",
            "SmallDependenceLowGrayLevelEmphasis",
        ),
    ),
    FeatureClass(
        "ngtdm",
        "neighbouring grey tone difference matrix",
        (
            "Busyness",
            "Coarseness",
            "Complexity",
            "Contrast",
            "Strength",
        ),
    ),
)

FEATURES: tuple[str, ...] = tuple(name for feature_class in FEATURE_CLASSES for name in feature_class.full_names)

LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut(
        "original_shape_VoxelVolume",
        "The paper counts 13 shape features where pyradiomics 2.1 and later has 14. VoxelVolume is the one added to "
        "2.1 beside MeshVolume and nearly equal to it; Sphericity, which the paper's score uses, needs the mesh-based "
        "shape.",
    ),
)


def is_known(name: str) -> bool:
    """Whether `name` is one of the 106 features, on the original or a filtered image (`wavelet-LLH_glcm_Id`).

    Parameters
    ----------
    name
        The full name of a feature.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_known("original_glcm_InverseVariance"), is_known("original_glcm_Beauty")
    (True, False)
    """
    image_type, _, rest = name.partition("_")
    if image_type == "original":
        return name in _KNOWN
    return bool(image_type) and f"original_{rest}" in _KNOWN and not rest.startswith("shape_")


def is_feature_column(name: str) -> bool:
    """Whether a table's column of this name holds a feature, of the table's settings or of others.

    Parameters
    ----------
    name
        "original_glcm_Id", or "original_glcm_Id@" and the digest of the other settings that it was extracted with.

    Returns
    -------
    bool
    """
    return is_known(name.partition("@")[0])


def is_of_other_settings(name: str) -> bool:
    """Whether a column holds a feature that was extracted with other settings than its table's rows name.

    Parameters
    ----------
    name
        The name of a column.

    Returns
    -------
    bool
    """
    return "@" in name and is_feature_column(name)


_KNOWN = frozenset(FEATURES)
