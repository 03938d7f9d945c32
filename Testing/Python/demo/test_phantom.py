"""The phantom: what is stated is what is in it."""

import math

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import binary_erosion

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import (
    LYMPH_NODES,
    NOISE_SD_HU,
    SMALLEST_SIZE,
    SPACING_MM,
    LymphNodeSpec,
    make_phantom,
)
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(1, size=SMALLEST_SIZE)


def pixels(phantom):
    return sitk.GetArrayFromImage(phantom.ct.image)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(phantom):
    again, other = make_phantom(1, size=SMALLEST_SIZE), make_phantom(2, size=SMALLEST_SIZE)
    assert pixels(again).tobytes() == pixels(phantom).tobytes()
    assert pixels(other).tobytes() != pixels(phantom).tobytes()
    # The shapes are the specs', whatever the seed.
    assert [c.voxels.tobytes() for c in other.truth] == [c.voxels.tobytes() for c in phantom.truth]


def test_geometry_and_acquisition(phantom):
    assert phantom.ct.image.GetSize() == SMALLEST_SIZE
    assert phantom.ct.image.GetSpacing() == SPACING_MM
    assert phantom.ct.acquisition.modality == "CT"
    assert "simulated" in phantom.ct.name
    assert phantom.specs == LYMPH_NODES


def test_a_smaller_phantom_is_the_middle_of_a_larger_one():
    small, large = make_phantom(1, size=SMALLEST_SIZE), make_phantom(1, size=(192, 160, 50))
    for one, other in zip(small.truth, large.truth, strict=True):
        assert one.voxels.tobytes() == other.voxels.tobytes()
        first, second = (
            p.ct.image.TransformIndexToPhysicalPoint(c.corner[::-1]) for p, c in ((small, one), (large, other))
        )
        assert np.allclose(first, second, atol=1e-4)


@pytest.mark.parametrize("number", range(len(LYMPH_NODES)))
def test_volume_and_hu_of_each_lymph_node_are_the_specs(phantom, number):
    spec, contour = LYMPH_NODES[number], phantom.truth[number]
    volume = contour.voxel_count * math.prod(SPACING_MM)
    ellipsoid = 4 / 3 * math.pi * math.prod(spec.semi_axes_mm)
    # Slices of 2.5 mm sample the poles coarsely, and the lobes go 6 % of the radius in and out.
    assert volume == pytest.approx(ellipsoid, rel=0.08)
    inner = np.stack([binary_erosion(plane, iterations=2) for plane in contour.voxels])
    if not spec.core_fraction:
        values = pixels(phantom)[contour.box][inner]
        assert values.mean() == pytest.approx(spec.mean_hu, abs=0.25 * math.hypot(NOISE_SD_HU, spec.texture_sd_hu))
    else:
        middle = tuple(length // 2 for length in contour.voxels.shape)
        # The core's edge is soft, and the scanner's blur brings some of the solid part in.
        core = pixels(phantom)[contour.box][middle[0], middle[1] - 2 : middle[1] + 3, middle[2] - 2 : middle[2] + 3]
        assert core.mean() == pytest.approx(spec.core_hu, abs=9)


def test_the_noise_has_the_stated_sd():
    """Two seeds without lymph nodes differ by noise only: SD of the difference is √2 times the noise's."""
    one, other = (pixels(make_phantom(seed, (), SMALLEST_SIZE)).astype(float) for seed in (5, 6))
    assert (one - other)[:, 40:90, 40:90].std() / math.sqrt(2) == pytest.approx(NOISE_SD_HU, rel=0.02)


def test_what_a_mediastinum_holds_is_there():
    """Airway, fat, soft tissue, enhanced vessels and bone, by the HU that textbooks give them."""
    values = pixels(make_phantom(1, size=(200, 200, 40)))
    for low, high, share in [
        (-1024, -900, 0.005),
        (-140, -50, 0.05),
        (20, 100, 0.01),
        (150, 320, 0.02),
        (400, 3071, 0.002),
    ]:
        assert np.mean((values >= low) & (values <= high)) > share


def test_every_lymph_node_scores_without_warning_about_its_hu(phantom):
    groups = set()
    for contour in phantom.truth:
        result = score_contour(phantom.ct, contour, published_models())
        assert not {"iqr-unlike-lymph-node", "mean-unlike-lymph-node", "air-inside", "values-not-hu"} & {
            finding.code for finding in result.findings
        }
        assert -1 < result.scores[0].score < 3
        groups |= {score.group for score in result.scores}
    assert groups == {"responder", "non-responder", "high", "low"}


def test_too_small_and_outside_are_refused():
    with pytest.raises(DataRefusedError, match="64 × 64 × 20 voxels is too small; make it at least 128 × 128 × 40"):
        make_phantom(1, size=(64, 64, 20))
    for centre in [(43, 0, 20), (900, 0, 0)]:
        with pytest.raises(DataRefusedError, match="'LN1 4L' is not wholly inside the phantom"):
            make_phantom(1, [LymphNodeSpec(station="4L", centre_mm=centre, semi_axes_mm=(5, 5, 5))], SMALLEST_SIZE)
