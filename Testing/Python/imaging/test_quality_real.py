"""The checks on real CT and contours: what each must be told, and nothing else."""

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage

# None of these files says how the CT was acquired.
UNSAID = {"modality-unknown", "protocol-unknown"}


def findings_of(image_file, mask_file, part=None):
    contour = Contour.from_full_grid(sitk.GetArrayFromImage(sitk.ReadImage(mask_file)), "lesion")
    if part is not None:
        contour = connected_components(contour)[part]
    findings = check(CTImage(image=sitk.ReadImage(image_file)), contour)
    assert len({finding.code for finding in findings}) == len(findings)
    return {finding.code: finding for finding in findings}


def test_lung1_is_told_that_no_lymph_node_is_so_uneven(pyradiomics_data):
    findings = findings_of(pyradiomics_data / "lung1_image.nrrd", pyradiomics_data / "lung1_label.nrrd")
    assert set(findings) == UNSAID | {
        "iqr-unlike-lymph-node",
        "mean-unlike-lymph-node",
        "air-inside",
        "anisotropic-voxels",
    }
    spread = findings["iqr-unlike-lymph-node"]
    assert spread.severity == "warning"
    assert next(iter(findings.values())) is spread
    # pyradiomics' own baseline of original_firstorder_InterquartileRange
    assert spread.numbers["interquartile_range_hu"] == 198.0
    assert "198 HU" in spread.message


def test_lung2_is_told_that_it_is_large(pyradiomics_data):
    findings = findings_of(pyradiomics_data / "lung2_image.nrrd", pyradiomics_data / "lung2_label.nrrd")
    assert set(findings) == UNSAID | {"large-lymph-node", "air-inside", "anisotropic-voxels"}
    assert findings["large-lymph-node"].numbers["volume_mm3"] == pytest.approx(48434, rel=1e-3)


@pytest.mark.parametrize("reader", [1, 2, 3, 4])
def test_a_lung_mass_is_told_apart_from_a_lymph_node(shared_data, reader):
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    findings = findings_of(folder / "crop_image.nrrd", folder / f"crop_mask_reader{reader}.nrrd")
    assert set(findings) == UNSAID | {"iqr-unlike-lymph-node", "mean-unlike-lymph-node", "air-inside"}


def test_three_lymph_nodes_in_one_contour(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    findings = findings_of(folder / "crop_image.nrrd", folder / "crop_mask_LN.nrrd")
    assert set(findings) == UNSAID | {"several-components"}
    assert findings["several-components"].numbers["component_count"] == 3
    assert findings["several-components"].numbers["volumes_mm3"] == "2589, 2232, 1585"


@pytest.mark.parametrize(
    ("part", "beyond"), [(0, set()), (1, set()), (2, {"mean-unlike-lymph-node", "small-lymph-node"})]
)
def test_each_of_them_is_a_lymph_node(shared_data, part, beyond):
    """The CT is not enhanced and the third, the smallest, is drawn with fat: its mean is -5 HU, its short axis 9 mm."""
    folder = shared_data / "4dlung-ln-rtstruct"
    assert set(findings_of(folder / "crop_image.nrrd", folder / "crop_mask_LN.nrrd", part)) == UNSAID | beyond


def test_a_tumour_of_the_same_ct_is_told_apart(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    findings = findings_of(folder / "crop_image.nrrd", folder / "crop_mask_Tumor.nrrd")
    assert set(findings) == UNSAID | {"large-lymph-node", "air-inside", "mean-unlike-lymph-node"}


def test_a_large_lung_tumour(shared_data):
    folder = shared_data / "ibsi1-pat1" / "nifti"
    findings = findings_of(folder / "image" / "phantom.nii.gz", folder / "mask" / "mask.nii.gz")
    assert {"large-lymph-node", "air-inside", "mean-unlike-lymph-node"} <= set(findings)
    assert all(finding.severity != "error" for finding in findings.values())


def test_a_digital_phantom_is_not_in_hu(shared_data):
    folder = shared_data / "ibsi1-digital" / "nifti"
    findings = findings_of(folder / "image" / "phantom.nii.gz", folder / "mask" / "mask.nii.gz")
    assert set(findings) == UNSAID | {"values-not-hu", "at-image-border", "small-lymph-node"}
    assert findings["values-not-hu"].numbers["highest"] == 9


def test_a_liver_on_a_diagnostic_ct_is_in_hu(shared_data):
    folder = shared_data / "dcmqi-ct-seg"
    image = sitk.ReadImage([str(file) for file in sorted((folder / "ct-3slice").glob("*.dcm"))])
    mask = np.zeros(image.GetSize()[::-1], dtype=bool)
    mask[:, 250:270, 150:170] = True
    ct = CTImage(image=image, acquisition=Acquisition(modality="CT"))
    codes = {finding.code for finding in check(ct, Contour.from_full_grid(mask, "liver"))}
    assert "values-not-hu" not in codes
    assert "at-image-border" in codes
