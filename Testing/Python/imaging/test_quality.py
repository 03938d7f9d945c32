"""Each finding of a CT with a contour, on a made-up lymph node that has none until one thing is changed."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage

SHAPE = (32, 72, 64)
SPACING = (0.7, 0.7, 2.5)
CENTRE = (16, 36, 32)
AS_THE_PAPER = Acquisition(
    modality="CT",
    kilovoltage_kv=120.0,
    exposure_mas=160.0,
    kernel="STANDARD",
    slice_thickness_mm=2.5,
    contrast_agent="IV",
    manufacturer="GE MEDICAL SYSTEMS",
    model_name="LightSpeed VCT",
    scan_delay_s=25.0,
)


def ball(radius_mm=8.0, centre=CENTRE, shape=SHAPE, spacing=SPACING):
    """True inside a sphere, [k, j, i]."""
    grid = np.ogrid[tuple(slice(size) for size in shape)]
    return sum(((x - c) * s) ** 2 for x, c, s in zip(grid, centre, spacing[::-1], strict=True)) <= radius_mm**2


def body(mask=None, hounsfield=70.0):
    """Lung, fat and muscle side by side with 15 HU of noise, and `mask` at `hounsfield`."""
    tissue = np.full(SHAPE, -100.0)
    tissue[:, :, :16] = -800.0
    tissue[:, :, 48:] = 50.0
    tissue[ball() if mask is None else mask] = hounsfield
    return np.rint(tissue + np.random.default_rng(1).normal(0, 15, SHAPE))


def ct_of(array, spacing=SPACING, acquisition=AS_THE_PAPER, kind=np.int16, findings=()):
    image = sitk.GetImageFromArray(array.astype(kind))
    image.SetSpacing(spacing)
    return CTImage(image=image, acquisition=acquisition, name="made up", findings=findings)


def contour_of(mask):
    return Contour.from_full_grid(mask, "LN")


def codes(ct, contour):
    return [finding.code for finding in check(ct, contour)]


def only(ct, contour):
    (finding,) = check(ct, contour)
    assert finding.message.endswith(".")
    return finding


def test_a_lymph_node_on_a_ct_like_the_papers_has_no_finding():
    assert check(ct_of(body()), contour_of(ball())) == ()


def test_an_empty_contour():
    finding = only(ct_of(body()), Contour(name="LN", voxels=np.zeros((3, 3, 3), dtype=bool), corner=(4, 4, 4)))
    assert (finding.code, finding.severity) == ("empty-contour", "error")
    assert codes(ct_of(body()), Contour(name="LN", voxels=np.zeros((0, 0, 0), dtype=bool), corner=(0, 0, 0))) == [
        "empty-contour"
    ]


@pytest.mark.parametrize("corner", [(-1, 4, 4), (4, 4, SHAPE[2] - 2), (400, 4, 4)])
def test_a_contour_outside_the_ct(corner):
    finding = only(ct_of(body()), Contour(name="LN", voxels=np.ones((3, 3, 3), dtype=bool), corner=corner))
    assert (finding.code, finding.severity) == ("outside-ct", "error")
    assert finding.numbers["first_k"] == corner[0]
    assert finding.numbers["last_i"] == corner[2] + 2
    assert "64 × 72 × 32 voxels" in finding.message


@pytest.mark.parametrize(("count", "refused"), [(1, True), (15, True), (16, False), (17, False)])
def test_the_limit_is_sixteen_voxels(count, refused):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[10:13, 34:37, 30:32] = np.arange(18).reshape(3, 3, 2) < count
    findings = {finding.code: finding for finding in check(ct_of(body(mask)), contour_of(mask))}
    assert ("few-voxels" in findings) is refused
    if refused:
        assert findings["few-voxels"].severity == "error"
        assert findings["few-voxels"].numbers == {"voxel_count": count, "minimum_voxels": 16}


@pytest.mark.parametrize(
    ("axis", "code"), [(0, "one-slice-only"), (1, "not-three-dimensional"), (2, "not-three-dimensional")]
)
def test_a_flat_contour_is_refused_and_two_layers_are_not(axis, code):
    for layers in (1, 2):
        mask = np.zeros(SHAPE, dtype=bool)
        box = [slice(c - 6, c + 6) for c in CENTRE]
        box[axis] = slice(CENTRE[axis], CENTRE[axis] + layers)
        mask[tuple(box)] = True
        errors = [finding for finding in check(ct_of(body(mask)), contour_of(mask)) if finding.severity == "error"]
        assert [finding.code for finding in errors] == ([code] if layers == 1 else [])


def test_several_components_are_counted_with_their_volumes():
    mask = ball(centre=(10, 36, 32)) | ball(2.0, centre=(24, 36, 32))
    finding = only(ct_of(body(mask)), contour_of(mask))
    assert (finding.code, finding.severity) == ("several-components", "warning")
    assert finding.numbers["component_count"] == 2
    voxel = 0.7 * 0.7 * 2.5
    assert finding.numbers["largest_mm3"] == pytest.approx(np.count_nonzero(ball(centre=(10, 36, 32))) * voxel)
    assert finding.numbers["smallest_mm3"] == pytest.approx(np.count_nonzero(ball(2.0)) * voxel)


def test_the_size_of_several_components_is_the_largest_ones():
    mask = ball(4.5) | ball(4.0, centre=(16, 20, 24)) | ball(4.0, centre=(16, 20, 50))
    assert codes(ct_of(body(mask)), contour_of(mask)) == ["several-components", "small-lymph-node"]


def test_voxels_that_touch_at_a_corner_are_one_component():
    mask = ball()
    k, j, i = np.argwhere(mask)[np.argmax(np.argwhere(mask).sum(axis=1))]
    mask[k + 1, j + 1, i + 1] = True
    assert codes(ct_of(body(mask)), contour_of(mask)) == []


def test_many_components_are_listed_briefly():
    mask = ball()
    mask[:4, ::2, ::4] = True
    findings = {finding.code: finding for finding in check(ct_of(body(mask)), contour_of(mask))}
    assert findings["several-components"].numbers["component_count"] > 100
    assert len(findings["several-components"].message) < 300


@pytest.mark.parametrize(
    ("centre", "faces"),
    [
        ((2, 36, 32), "first slice"),
        ((29, 36, 32), "last slice"),
        ((16, 9, 32), "first row"),
        ((16, 62, 32), "last row"),
        ((16, 36, 9), "first column"),
        ((16, 36, 55), "last column"),
        ((2, 62, 55), "first slice, last row, last column"),
    ],
)
def test_a_contour_at_the_image_border(centre, faces):
    mask = ball(centre=centre)
    finding = only(ct_of(body(mask)), contour_of(mask))
    assert (finding.code, finding.severity) == ("at-image-border", "warning")
    assert finding.numbers["faces"] == faces


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_or_infinite_inside_is_refused(value):
    array = body()
    array[CENTRE] = value
    finding = only(ct_of(array, kind=np.float32), contour_of(ball()))
    assert (finding.code, finding.severity) == ("not-finite-inside", "error")
    assert finding.numbers["voxel_count"] == 1


def test_nan_outside_is_no_finding():
    array = body()
    array[~ball(10.0)] = np.nan
    assert codes(ct_of(array, kind=np.float32), contour_of(ball())) == []
    findings = check(ct_of(array + 1024, kind=np.float32), contour_of(ball()))
    assert [finding.code for finding in findings] == ["values-not-hu"]
    # JSON has no NaN.
    assert all(np.isfinite(value) for value in findings[0].numbers.values())


def test_metal_inside():
    array = body()
    array[16, 36, 30:33] = 3071
    finding = only(ct_of(array), contour_of(ball()))
    assert (finding.code, finding.severity) == ("metal-inside", "warning")
    assert finding.numbers == {"voxel_count": 3, "maximum_hu": 3071.0, "limit_hu": 2000.0}


def test_air_inside_from_one_percent_on():
    inside = np.argwhere(ball())
    for fraction, expected in ((0.009, []), (0.011, ["air-inside"])):
        array = body()
        array[tuple(inside[: round(len(inside) * fraction)].T)] = -600
        assert codes(ct_of(array), contour_of(ball())) == expected


@pytest.mark.parametrize(("hounsfield", "word"), [(-30, "fat or lung"), (200, "vessel")])
def test_a_mean_unlike_a_lymph_nodes(hounsfield, word):
    finding = only(ct_of(body(hounsfield=hounsfield)), contour_of(ball()))
    assert (finding.code, finding.severity) == ("mean-unlike-lymph-node", "warning")
    assert finding.numbers["mean_hu"] == pytest.approx(hounsfield, abs=2)
    assert word in finding.message


def test_an_interquartile_range_unlike_a_lymph_nodes():
    wide, narrow = body(), body()
    wide[ball() & (np.arange(SHAPE[1])[:, None] < 34)] -= 150
    narrow[ball()] = 70
    for array, word in ((wide, "other tissue"), (narrow, "smoothed")):
        finding = only(ct_of(array), contour_of(ball()))
        assert (finding.code, finding.severity) == ("iqr-unlike-lymph-node", "warning")
        quartiles = np.percentile(array[ball()], [25, 75])
        assert finding.numbers["interquartile_range_hu"] == pytest.approx(quartiles[1] - quartiles[0])
        assert word in finding.message


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda hu: hu + 1024, id="stored values"),
        pytest.param(lambda hu: np.clip((hu + 160) / 400 * 255, 0, 255), id="windowed picture"),
        pytest.param(lambda hu: (hu - hu.mean()) / hu.std(), id="z-scores"),
        pytest.param(lambda hu: hu * 0 + 7, id="constant"),
        pytest.param(lambda hu: hu - 1024, id="rescaled twice"),
        pytest.param(lambda hu: np.where(hu < -700, -2000, hu + 1024), id="stored values with padding"),
        pytest.param(lambda hu: hu * np.nan, id="nothing but NaN"),
    ],
)
def test_values_that_are_not_hu(change):
    findings = {finding.code: finding for finding in check(ct_of(change(body()), kind=np.float32), contour_of(ball()))}
    assert findings["values-not-hu"].severity == "warning"
    # No further finding may judge such values by limits in HU.
    assert set(findings) <= {"values-not-hu", "not-finite-inside"}


def test_padding_and_metal_elsewhere_are_hu():
    array = body()
    array[:, :3] = -3024
    array[:2, 20:30] = 3071
    assert codes(ct_of(array), contour_of(ball())) == []


def test_everything_at_once_comes_errors_first_with_what_the_readers_noticed():
    mask = ball(1.0, centre=(0, 36, 32))
    resampled = Finding(code="resampled", severity="info", message="The contour was resampled.")
    uneven = Finding(code="uneven", severity="warning", message="Uneven.")
    ct = ct_of(body(mask) + 1024, (0.7, 0.7, 6.0), Acquisition(modality="MR"), findings=(uneven,))
    findings = check(ct, replace(contour_of(mask), findings=(resampled,)))
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert [finding.code for finding in findings] == [
        "not-ct",
        "few-voxels",
        "one-slice-only",
        "uneven",
        "values-not-hu",
        "at-image-border",
        "small-lymph-node",
        "thick-slices",
        "anisotropic-voxels",
        "resampled",
        "protocol-unknown",
    ]
    with pytest.raises(DataRefusedError, match="modality MR"):
        refuse_errors(findings)


TISSUE = body(np.zeros(SHAPE, dtype=bool))


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 26), st.integers(14, 57), st.integers(14, 49))
def test_a_shifted_lymph_node_has_the_same_findings(k, j, i):
    mask = ball(centre=(k, j, i))
    array = np.where(mask, 70 + np.random.default_rng(k).normal(0, 15, SHAPE), TISSUE)
    assert codes(ct_of(array), contour_of(mask)) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.booleans(), st.booleans(), st.floats(1.0, 9.0), st.sampled_from([-400, 20, 70, 180]))
def test_a_turned_or_mirrored_image_has_the_same_findings(quarters, upside_down, mirrored, radius, hounsfield):
    mask = ball(radius)
    array = body(mask, hounsfield)

    def turned(volume):
        volume = np.rot90(volume, quarters, axes=(1, 2))
        volume = volume[::-1] if upside_down else volume
        return np.ascontiguousarray(volume[:, :, ::-1] if mirrored else volume)

    assert codes(ct_of(turned(array)), contour_of(turned(mask))) == codes(ct_of(array), contour_of(mask))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1.0), st.tuples(*[st.integers(1, 6)] * 3))
def test_any_contour_gets_findings_and_no_exception(seed, density, size):
    random = np.random.default_rng(seed)
    corner = tuple(int(random.integers(0, total - part + 1)) for total, part in zip(SHAPE, size, strict=True))
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(start, start + part) for start, part in zip(corner, size, strict=True))] = (
        random.random(size) < density
    )
    mask[corner] = True
    contour = contour_of(mask)
    found = set(codes(ct_of(TISSUE), contour))
    assert ("several-components" in found) is (component_count(mask) > 1)
    assert ("few-voxels" in found) is bool(np.count_nonzero(mask) < 16)
    assert ("one-slice-only" in found) is (contour.voxels.shape[0] == 1)
    assert ("not-three-dimensional" in found) is (min(contour.voxels.shape[1:]) == 1)


def component_count(mask):
    from scipy import ndimage

    return ndimage.label(mask, structure=np.ones((3, 3, 3)))[1]
