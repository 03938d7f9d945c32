"""The features against IBSI-1's digital phantom: computes the comparison and writes it as docs/ibsi.md.

python Testing/ibsi/digital_phantom.py DATA_FOLDER      DATA_FOLDER holds ibsi1-digital

Reference: Zwanenburg et al. 2020, Radiology 295:328 (consensus values and tolerances). The digital phantom needs no
discretisation: its grey levels are 1, 3, 4 and 6. Texture features are "3D, averaged over directions" as pyradiomics
does.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.load import read_contour, read_ct

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ibsi.md"

# pyradiomics' feature: IBSI's tag in the reference table.
IBSI_TAGS = {
    "original_shape_MeshVolume": "morph_volume",
    "original_shape_SurfaceArea": "morph_area_mesh",
    "original_shape_SurfaceVolumeRatio": "morph_av",
    "original_shape_Sphericity": "morph_sphericity",
    "original_shape_Maximum3DDiameter": "morph_diam",
    "original_shape_MajorAxisLength": "morph_pca_maj_axis",
    "original_shape_MinorAxisLength": "morph_pca_min_axis",
    "original_shape_LeastAxisLength": "morph_pca_least_axis",
    "original_shape_Elongation": "morph_pca_elongation",
    "original_shape_Flatness": "morph_pca_flatness",
    "original_firstorder_Mean": "stat_mean",
    "original_firstorder_Variance": "stat_var",
    "original_firstorder_Skewness": "stat_skew",
    "original_firstorder_Kurtosis": "stat_kurt",
    "original_firstorder_Median": "stat_median",
    "original_firstorder_Minimum": "stat_min",
    "original_firstorder_10Percentile": "stat_p10",
    "original_firstorder_90Percentile": "stat_p90",
    "original_firstorder_Maximum": "stat_max",
    "original_firstorder_InterquartileRange": "stat_iqr",
    "original_firstorder_Range": "stat_range",
    "original_firstorder_MeanAbsoluteDeviation": "stat_mad",
    "original_firstorder_RobustMeanAbsoluteDeviation": "stat_rmad",
    "original_firstorder_Energy": "stat_energy",
    "original_firstorder_RootMeanSquared": "stat_rms",
    "original_firstorder_Entropy": "ih_entropy",
    "original_firstorder_Uniformity": "ih_uniformity",
    "original_glcm_MaximumProbability": "cm_joint_max_3D_avg",
    "original_glcm_JointAverage": "cm_joint_avg_3D_avg",
    "original_glcm_SumSquares": "cm_joint_var_3D_avg",
    "original_glcm_JointEntropy": "cm_joint_entr_3D_avg",
    "original_glcm_DifferenceAverage": "cm_diff_avg_3D_avg",
    "original_glcm_DifferenceVariance": "cm_diff_var_3D_avg",
    "original_glcm_DifferenceEntropy": "cm_diff_entr_3D_avg",
    "original_glcm_SumAverage": "cm_sum_avg_3D_avg",
    "original_glcm_SumEntropy": "cm_sum_entr_3D_avg",
    "original_glcm_JointEnergy": "cm_energy_3D_avg",
    "original_glcm_Contrast": "cm_contrast_3D_avg",
    "original_glcm_Id": "cm_inv_diff_3D_avg",
    "original_glcm_Idn": "cm_inv_diff_norm_3D_avg",
    "original_glcm_Idm": "cm_inv_diff_mom_3D_avg",
    "original_glcm_Idmn": "cm_inv_diff_mom_norm_3D_avg",
    "original_glcm_InverseVariance": "cm_inv_var_3D_avg",
    "original_glcm_Correlation": "cm_corr_3D_avg",
    "original_glcm_Autocorrelation": "cm_auto_corr_3D_avg",
    "original_glcm_ClusterTendency": "cm_clust_tend_3D_avg",
    "original_glcm_ClusterShade": "cm_clust_shade_3D_avg",
    "original_glcm_ClusterProminence": "cm_clust_prom_3D_avg",
    "original_glcm_Imc1": "cm_info_corr1_3D_avg",
    "original_glcm_Imc2": "cm_info_corr2_3D_avg",
    "original_glrlm_ShortRunEmphasis": "rlm_sre_3D_avg",
    "original_glrlm_LongRunEmphasis": "rlm_lre_3D_avg",
    "original_glrlm_LowGrayLevelRunEmphasis": "rlm_lgre_3D_avg",
    "original_glrlm_HighGrayLevelRunEmphasis": "rlm_hgre_3D_avg",
    "original_glrlm_ShortRunLowGrayLevelEmphasis": "rlm_srlge_3D_avg",
    "original_glrlm_ShortRunHighGrayLevelEmphasis": "rlm_srhge_3D_avg",
    "original_glrlm_LongRunLowGrayLevelEmphasis": "rlm_lrlge_3D_avg",
    "original_glrlm_LongRunHighGrayLevelEmphasis": "rlm_lrhge_3D_avg",
    "original_glrlm_GrayLevelNonUniformity": "rlm_glnu_3D_avg",
    "original_glrlm_GrayLevelNonUniformityNormalized": "rlm_glnu_norm_3D_avg",
    "original_glrlm_RunLengthNonUniformity": "rlm_rlnu_3D_avg",
    "original_glrlm_RunLengthNonUniformityNormalized": "rlm_rlnu_norm_3D_avg",
    "original_glrlm_RunPercentage": "rlm_r_perc_3D_avg",
    "original_glrlm_GrayLevelVariance": "rlm_gl_var_3D_avg",
    "original_glrlm_RunVariance": "rlm_rl_var_3D_avg",
    "original_glrlm_RunEntropy": "rlm_rl_entr_3D_avg",
    "original_glszm_SmallAreaEmphasis": "szm_sze_3D",
    "original_glszm_LargeAreaEmphasis": "szm_lze_3D",
    "original_glszm_LowGrayLevelZoneEmphasis": "szm_lgze_3D",
    "original_glszm_HighGrayLevelZoneEmphasis": "szm_hgze_3D",
    "original_glszm_SmallAreaLowGrayLevelEmphasis": "szm_szlge_3D",
    "original_glszm_SmallAreaHighGrayLevelEmphasis": "szm_szhge_3D",
    "original_glszm_LargeAreaLowGrayLevelEmphasis": "szm_lzlge_3D",
    "original_glszm_LargeAreaHighGrayLevelEmphasis": "szm_lzhge_3D",
    "original_glszm_GrayLevelNonUniformity": "szm_glnu_3D",
    "original_glszm_GrayLevelNonUniformityNormalized": "szm_glnu_norm_3D",
    "original_glszm_SizeZoneNonUniformity": "szm_zsnu_3D",
    "original_glszm_SizeZoneNonUniformityNormalized": "szm_zsnu_norm_3D",
    "original_glszm_ZonePercentage": "szm_z_perc_3D",
    "original_glszm_GrayLevelVariance": "szm_gl_var_3D",
    "original_glszm_ZoneVariance": "szm_zs_var_3D",
    "original_glszm_ZoneEntropy": "szm_zs_entr_3D",
    "original_ngtdm_Coarseness": "ngt_coarseness_3D",
    "original_ngtdm_Contrast": "ngt_contrast_3D",
    "original_ngtdm_Busyness": "ngt_busyness_3D",
    "original_ngtdm_Complexity": "ngt_complexity_3D",
    "original_ngtdm_Strength": "ngt_strength_3D",
    "original_gldm_SmallDependenceEmphasis": "ngl_lde_3D",
    "original_gldm_LargeDependenceEmphasis": "ngl_hde_3D",
    "original_gldm_LowGrayLevelEmphasis": "ngl_lgce_3D",
    "original_gldm_HighGrayLevelEmphasis": "ngl_hgce_3D",
    "original_gldm_SmallDependenceLowGrayLevelEmphasis": "ngl_ldlge_3D",
    "original_gldm_SmallDependenceHighGrayLevelEmphasis": "ngl_ldhge_3D",
    "original_gldm_LargeDependenceLowGrayLevelEmphasis": "ngl_hdlge_3D",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": "ngl_hdhge_3D",
    "original_gldm_GrayLevelNonUniformity": "ngl_glnu_3D",
    "original_gldm_DependenceNonUniformity": "ngl_dcnu_3D",
    "original_gldm_DependenceNonUniformityNormalized": "ngl_dcnu_norm_3D",
    "original_gldm_GrayLevelVariance": "ngl_gl_var_3D",
    "original_gldm_DependenceVariance": "ngl_dc_var_3D",
    "original_gldm_DependenceEntropy": "ngl_dc_entr_3D",
}

VOXELS = 74


@dataclass(frozen=True)
class OtherDefinition:
    """Why a feature with IBSI's name differs, and how to get from pyradiomics' value to IBSI's."""

    reason: str
    to_ibsi: Callable[[float], float]


_AXIS = OtherDefinition(
    "pyradiomics' covariance of the voxel positions divides by N, the consensus values by N − 1 (here 73): IBSI's "
    "length is √(N / (N − 1)) times longer. Elongation and flatness are ratios and agree.",
    lambda length: length * math.sqrt(VOXELS / (VOXELS - 1)),
)
DIFFERENT_DEFINITION = {
    "original_firstorder_Kurtosis": OtherDefinition(
        "pyradiomics does not subtract 3 (excess kurtosis): IBSI's value + 3.", lambda kurtosis: kurtosis - 3
    ),
    "original_shape_MajorAxisLength": _AXIS,
    "original_shape_MinorAxisLength": _AXIS,
    "original_shape_LeastAxisLength": _AXIS,
}

# Features of pyradiomics that IBSI does not define.
NOT_IN_IBSI = {
    "original_shape_Maximum2DDiameterSlice": "IBSI defines the three-dimensional diameter only.",
    "original_shape_Maximum2DDiameterColumn": "IBSI defines the three-dimensional diameter only.",
    "original_shape_Maximum2DDiameterRow": "IBSI defines the three-dimensional diameter only.",
    "original_firstorder_TotalEnergy": "Energy times the voxel volume; IBSI has energy only.",
    "original_glcm_MCC": "Maximal correlation coefficient (Haralick 1973); not in IBSI.",
}


@dataclass(frozen=True)
class Comparison:
    """One feature: our value beside the consensus and its tolerance (0: to the digits that the table gives)."""

    feature: str
    tag: str
    value: float
    reference: str
    tolerance: float

    @property
    def in_ibsis_definition(self) -> float:
        """Our value, converted where the definitions differ."""
        other = DIFFERENT_DEFINITION.get(self.feature)
        return other.to_ibsi(self.value) if other else self.value

    @property
    def agrees(self) -> bool:
        """Within the consensus tolerance, after rounding to the three digits of the reference."""
        reference = float(self.reference)
        digits = 3 - 1 - math.floor(math.log10(abs(reference)))
        return abs(round(self.in_ibsis_definition, digits) - reference) <= self.tolerance + 1e-9 * abs(reference)


def compare(folder: Path) -> tuple[Comparison, ...]:
    """Every one of the 106 features that IBSI names, on the phantom in `folder` (ibsi1-digital)."""
    ct = read_ct(folder / "nifti" / "image" / "phantom.nii.gz")
    contour = read_contour(folder / "nifti" / "mask" / "mask.nii.gz", ct)
    values = extract_features(ct, contour, ExtractionSettings(bin_width=1)).values
    with (folder / "reference" / "ibsi_1_dig_phantom.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["tag"]: row for row in csv.DictReader(file, delimiter=";")}
    return tuple(
        Comparison(name, tag, values[name], rows[tag]["reference value"], float(rows[tag]["tolerance"]))
        for name, tag in ((name, IBSI_TAGS[name]) for name in FEATURES if name in IBSI_TAGS)
    )


def page(comparisons: tuple[Comparison, ...]) -> str:
    """docs/ibsi.md."""
    same = [c for c in comparisons if c.feature not in DIFFERENT_DEFINITION]
    lines = [
        "# The features against IBSI's digital phantom",
        "",
        "Research use only, not a medical device.",
        "",
        "Written by `Testing/ibsi/digital_phantom.py`; a test computes it anew and compares. The reference is the "
        "consensus of the",
        "Image Biomarker Standardisation Initiative (Zwanenburg et al. 2020, Radiology 295:328; data CC BY 4.0) on its "
        "digital",
        "phantom of 74 voxels with grey levels 1, 3, 4 and 6. Texture is three-dimensional and averaged over the "
        "directions. Bin",
        "width 1, so that the grey levels stay as they are. A tolerance of 0 means: to the three digits of the "
        "reference.",
        "",
        f"Of the 106 features IBSI names {len(comparisons)}. {sum(c.agrees for c in same)} of the {len(same)} with the "
        f"same definition agree within the tolerance; the others are listed with the reason, and agree once converted.",
        "",
        "## Defined otherwise",
        "",
        "| feature | here | converted | IBSI | tolerance | why |",
        "|---|---|---|---|---|---|",
        *(
            f"| {c.feature} | {c.value:.4g} | {c.in_ibsis_definition:.4g} | {c.reference} | {c.tolerance:g} | "
            f"{DIFFERENT_DEFINITION[c.feature].reason} |"
            for c in comparisons
            if c.feature in DIFFERENT_DEFINITION
        ),
        "| first-order entropy and uniformity, all texture, on a CT | | | | | pyradiomics' bins of fixed width start "
        "at a multiple of the width, IBSI's at the lowest HU (or the range's lower end): on a CT the bins differ, on "
        "this phantom they do not. |",
        "",
        "## Not named by IBSI",
        "",
        "| feature | what it is |",
        "|---|---|",
        *(f"| {name} | {what} |" for name, what in NOT_IN_IBSI.items()),
        "",
        "## Same definition",
        "",
        "| feature | IBSI's tag | here | IBSI | tolerance | agrees |",
        "|---|---|---|---|---|---|",
        *(
            f"| {c.feature} | {c.tag} | {c.value:.4g} | {c.reference} | {c.tolerance:g} | {'yes' if c.agrees else 'NO'} |"
            for c in same
        ),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sitk.ProcessObject.GlobalWarningDisplayOff()
    PAGE.write_text(page(compare(Path(sys.argv[1]) / "ibsi1-digital")), encoding="utf-8")
    print(f"Wrote {PAGE.name}")
