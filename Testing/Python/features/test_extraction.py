"""Extraction on the crop against plain, compiled pyradiomics on the whole CT: every value equal to 1e-12 of it."""

import math
from functools import cache

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import ENGINE
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.engine.crop import prepare
from RLNResponseLib.features.engine.filters import filtered_images
from RLNResponseLib.features.engine.matrices import Neighbours
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.witness import is_equal, pyradiomics_settings
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage

pytestmark = pytest.mark.long

LEFT_OUT = {"original_shape_VoxelVolume"}
SETTINGS = {
    "default": ExtractionSettings(),
    "bin-width": ExtractionSettings(bin_width=10),
    "bin-count": ExtractionSettings(bin_count=16),
    "distances": ExtractionSettings(distances=(1, 2)),
    "resegmented": ExtractionSettings(resegment_range=(-100, 200)),
    "resegmented-sigma": ExtractionSettings(resegment_range=(-2, 2), resegment_mode="sigma"),
    "gradient": ExtractionSettings(image_types=("Original", "Gradient")),
    "wavelet": ExtractionSettings(image_types=("Wavelet",)),
    "whole-image-filters": ExtractionSettings(image_types=("Square", "SquareRoot", "Logarithm", "Exponential")),
    "log": ExtractionSettings(image_types=("LoG",), log_sigma_mm=(2.5,)),
    "normalised": ExtractionSettings(normalize=True, normalize_scale=100, remove_outliers=3),
    "resampled": ExtractionSettings(resampled_spacing_mm=(1, 1, 1)),
    "resampled-coarser": ExtractionSettings(resampled_spacing_mm=(3, 3, 3)),
    "resampled-in-plane": ExtractionSettings(resampled_spacing_mm=(1, 1, 0)),
    "resampled-to-itself": ExtractionSettings(resampled_spacing_mm=(0, 0, 0)),
    "resampled-linear": ExtractionSettings(resampled_spacing_mm=(1, 1, 2), interpolator="sitkLinear"),
    "resampled-filtered": ExtractionSettings(
        resampled_spacing_mm=(2, 2, 2), image_types=("Wavelet", "LoG"), log_sigma_mm=(3,)
    ),
    "resampled-normalised": ExtractionSettings(resampled_spacing_mm=(2, 2, 2), normalize=True, normalize_scale=100),
}


def plain_pyradiomics(image, mask, settings):
    """Every feature that pyradiomics gives for the uncropped pair, computed its own way."""
    import radiomics
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    radiomics.setVerbosity(60)
    own, image_types = pyradiomics_settings(settings)
    own["additionalInfo"] = True
    extractor = RadiomicsFeatureExtractor(**own)
    extractor.enabledImagetypes = image_types
    found = extractor.execute(image, mask)
    return {name: float(np.real(value)) for name, value in found.items() if not name.startswith("diagnostics")}


def assert_equal(ours, theirs):
    assert set(ours) == set(theirs) - LEFT_OUT
    assert {name: (ours[name], theirs[name]) for name in ours if not is_equal(ours[name], theirs[name])} == {}


def mask_of(contour, ct):
    mask = sitk.GetImageFromArray(contour.full_grid(ct.image.GetSize()[::-1]))
    mask.CopyInformation(ct.image)
    return mask


@cache
def lesion(folder, case):
    ct = read_ct(folder / f"{case}_image.nrrd")
    return ct, read_contour(folder / f"{case}_label.nrrd", ct)


@pytest.mark.parametrize("case", ["lung1", "lung2"])
def test_all_features_at_default_settings(pyradiomics_data, case):
    ct, contour = lesion(pyradiomics_data, case)
    theirs = plain_pyradiomics(ct.image, sitk.ReadImage(pyradiomics_data / f"{case}_label.nrrd"), ExtractionSettings())
    ours = extract_features(ct, contour)
    assert tuple(ours.values) == FEATURES
    assert_equal(ours.values, theirs)


@pytest.mark.parametrize("pixels", ["integer", "float"])
@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "default"])
def test_every_setting_on_a_slab_of_real_ct(pyradiomics_data, name, pixels):
    """A slab of lung1 around the lesion is "the whole CT" here, small enough to filter it uncropped."""
    ct, contour = lesion(pyradiomics_data, "lung1")
    k, j, i = contour.corner
    slab = sitk.RegionOfInterest(ct.image, (160, 150, 25), (i - 66, j - 70, k - 10))
    if pixels == "float":
        slab = sitk.Cast(slab, sitk.sitkFloat64) + 0.123
    moved = Contour(name="lung1", voxels=contour.voxels, corner=(10, 70, 66))
    small = CTImage(image=slab)
    theirs = plain_pyradiomics(slab, mask_of(moved, small), SETTINGS[name])
    assert_equal(extract_features(small, moved, SETTINGS[name]).values, theirs)


@pytest.mark.parametrize("name", ["default", "gradient", "wavelet", "resampled", "resampled-linear"])
@pytest.mark.parametrize("size", [(28, 25, 9), (29, 24, 10)])
def test_a_contour_in_the_corner_of_the_image(name, size):
    """At the border filters see a mirror or the opposite side, so the crop must not bring a border of its own."""
    rng = np.random.default_rng(7)
    image = sitk.GetImageFromArray(rng.normal(40, 60, size[::-1]).astype(np.int16))
    image.SetSpacing((0.7, 0.7, 2.5))
    voxels = np.ones((4, 6, 5), dtype=bool)
    voxels[0, 0, 0] = voxels[-1, -1, 2:] = False
    for corner in [(0, 0, 0), (size[2] - 4, size[1] - 6, size[0] - 5), (3, 9, 11)]:
        contour, ct = Contour(name="corner", voxels=voxels, corner=corner), CTImage(image=image)
        theirs = plain_pyradiomics(image, mask_of(contour, ct), SETTINGS[name])
        assert_equal(extract_features(ct, contour, SETTINGS[name]).values, theirs)


@pytest.mark.parametrize("reader", [1, 2, 3, 4])
def test_four_readers_of_one_lesion(shared_data, reader):
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder / "dicom")
    contour = read_contour(folder / f"mask_reader{reader}.nrrd", ct)
    theirs = plain_pyradiomics(ct.image, sitk.ReadImage(folder / f"mask_reader{reader}.nrrd"), ExtractionSettings())
    assert_equal(extract_features(ct, contour).values, theirs)


def test_three_lymph_nodes_of_one_roi(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    ct = read_ct(folder / "dicom_ct")
    parts = connected_components(read_contour(folder / "RTSTRUCT_1-1.dcm", ct, "LN_c40"))
    assert len(parts) == 3
    for part in parts:
        theirs = plain_pyradiomics(ct.image, mask_of(part, ct), ExtractionSettings())
        assert_equal(extract_features(ct, part).values, theirs)


def test_only_what_is_asked_for_is_computed(pyradiomics_data, monkeypatch):
    def never(*_arguments, **_settings):
        raise AssertionError("a matrix that nobody asked for was computed")

    monkeypatch.setattr(Neighbours, "zones", never)
    monkeypatch.setattr(Neighbours, "runs", never)
    ct, contour = lesion(pyradiomics_data, "lung1")
    names = ("original_glcm_Id", "original_firstorder_Mean")
    assert tuple(extract_features(ct, contour, features=names).values) == names


def test_an_unknown_feature_is_refused(pyradiomics_data):
    ct, contour = lesion(pyradiomics_data, "lung1")
    for name in ("original_glcm_Sharpness", "wavelet-LLH_glcm_Id", "Sphericity"):
        with pytest.raises(DataRefusedError, match=f"'{name}' is not a feature that these settings give"):
            extract_features(ct, contour, features=[name])


def test_what_pyradiomics_refuses_becomes_a_sentence():
    ct = CTImage(image=sitk.Image([20, 20, 20], sitk.sitkInt16), name="flat.nrrd")
    single = Contour(name="dot", voxels=np.ones((1, 1, 1), dtype=bool), corner=(3, 3, 3))
    with pytest.raises(
        DataRefusedError,
        match=r"No features can be extracted from the contour 'dot' on flat\.nrrd: it extends in 0 of three",
    ):
        extract_features(ct, single)


def test_a_flat_contour_gives_nan_where_a_feature_is_undefined():
    ct = CTImage(image=sitk.Image([20, 20, 20], sitk.sitkInt16))
    block = Contour(name="block", voxels=np.ones((3, 4, 5), dtype=bool), corner=(3, 3, 3))
    theirs = plain_pyradiomics(ct.image, mask_of(block, ct), ExtractionSettings())
    ours = extract_features(ct, block).values
    assert [n for n in ours if math.isnan(ours[n])] == [n for n in ours if math.isnan(theirs[n])]
    assert_equal(ours, theirs)


def test_a_filter_that_the_ct_is_too_small_for_is_refused():
    image = sitk.GetImageFromArray(np.arange(8 * 9 * 3, dtype=np.int16).reshape(3, 9, 8))
    contour = Contour(name="thin", voxels=np.ones((3, 4, 4), dtype=bool), corner=(0, 2, 2))
    settings = ExtractionSettings(image_types=("LoG",), log_sigma_mm=(2.0,))
    with pytest.raises(DataRefusedError, match=r"the image of 8×9×3 voxels is too small for a LoG of 2 mm"):
        extract_features(CTImage(image=image), contour, settings)


def test_a_resegmentation_that_leaves_nothing_is_refused():
    ct = CTImage(image=sitk.Image([20, 20, 20], sitk.sitkInt16))
    block = Contour(name="block", voxels=np.ones((3, 4, 5), dtype=bool), corner=(3, 3, 3))
    with pytest.raises(DataRefusedError, match="the resegmentation range leaves 0 of its 60 voxels"):
        extract_features(ct, block, ExtractionSettings(resegment_range=(100, 200)))


def test_the_software_is_recorded(pyradiomics_data):
    ct, contour = lesion(pyradiomics_data, "lung1")
    software = extract_features(ct, contour, features=["original_firstorder_Mean"]).software
    assert software.engine == ENGINE
    assert software.simpleitk == sitk.Version_VersionString()
    assert software.numpy == np.__version__


def test_more_voxels_or_grey_levels_than_fit_into_memory_are_refused():
    values = np.random.default_rng(1).normal(60, 20, (40, 60, 60))
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((5, 5, 5))
    mask = np.zeros(values.shape, dtype=np.uint8)
    mask[2:38, 2:58, 2:58] = 1
    ct, contour = CTImage(image=image), Contour.from_full_grid(mask, "LN1")
    for settings, code in (
        (ExtractionSettings(resampled_spacing_mm=(0.1, 0.1, 0.1)), "too-many-voxels"),
        (ExtractionSettings(bin_width=0.001), "too-many-grey-levels"),
    ):
        with pytest.raises(DataRefusedError) as refused:
            extract_features(ct, contour, settings, ["original_glcm_InverseVariance"])
        assert refused.value.code == code
    far = CTImage(image=sitk.GetImageFromArray(values * 1e12))
    with pytest.raises(DataRefusedError) as refused:
        extract_features(far, contour, features=["original_firstorder_Entropy"])
    assert refused.value.code == "too-many-grey-levels"


@pytest.mark.parametrize("pixels", [np.int16, np.float64])
@pytest.mark.parametrize("corner", [(0, 0, 0), (14, 70, 60), (34, 130, 140)])
def test_a_log_of_a_part_of_the_ct_is_that_of_the_whole_bit_for_bit(pixels, corner):
    """The part is 34 σ more on each side; σ in steps from half a voxel on."""
    image = sitk.GetImageFromArray(np.random.default_rng(3).normal(0, 500, (40, 140, 150)).astype(pixels))
    image.SetSpacing((0.7, 0.8, 2.5))
    contour = Contour(name="part", voxels=np.ones((6, 10, 10), dtype=bool), corner=corner)
    for sigma in (0.35, 0.9):
        settings = ExtractionSettings(image_types=("LoG",), log_sigma_mm=(sigma,))
        part, mask = prepare(image, contour, settings)
        assert np.prod(part.GetSize()) < 0.7 * np.prod(image.GetSize())
        (_, whole), (_, own) = next(filtered_images(image, settings)), next(filtered_images(part, settings))
        assert np.array_equal(own[sitk.GetArrayFromImage(mask) == 1], whole[contour.box].ravel())


def test_a_log_that_the_ct_is_too_small_for_is_refused_by_the_size_of_the_ct():
    ct = CTImage(image=sitk.GetImageFromArray(np.zeros((30, 30, 3), dtype=np.int16) + np.arange(3, dtype=np.int16)))
    contour = Contour(name="small", voxels=np.ones((2, 2, 2), dtype=bool), corner=(1, 1, 1))
    with pytest.raises(DataRefusedError, match="the image of 3×30×30 voxels is too small for a LoG of 2 mm") as refused:
        extract_features(ct, contour, ExtractionSettings(image_types=("LoG",), log_sigma_mm=(2.0,)))
    assert refused.value.code == "not-extracted"
