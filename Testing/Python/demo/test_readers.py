"""Simulated readers: the errors that are stated are the errors that are drawn."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.readers import READERS, ReaderModel, draw
from RLNResponseLib.imaging.records import Contour

pytestmark = pytest.mark.long

FINE_MM = (0.25, 0.25, 2.5)
CT_MM = (0.68, 0.68, 2.5)
# In millimetre tests the ends stay put: an end slice more or less is not a displacement of the outline.
STEADY = ReaderModel(code="A", bias_mm=0.0, error_sd_mm=1.0, repeat_sd_mm=0.8, end_slice_chance=0)


def cylinder(radius_mm, spacing_mm, slices=40, shape=(48, 260, 260)):
    """A lymph node with the same disc on every slice, whose radius can be read off the area."""
    _, j, i = np.ogrid[: shape[0], : shape[1], : shape[2]]
    middle_j, middle_i = shape[1] / 2, shape[2] / 2
    disc = ((j - middle_j) * spacing_mm[1]) ** 2 + ((i - middle_i) * spacing_mm[0]) ** 2 <= radius_mm**2
    mask = np.zeros(shape, dtype=bool)
    mask[4 : 4 + slices] = np.broadcast_to(disc, (1, *shape[1:]))
    return Contour.from_full_grid(mask, "LN1"), shape


def mean_radii(contour, spacing_mm):
    """The radius of the disc of equal area, slice by slice."""
    return np.sqrt(contour.voxels.sum(axis=(1, 2)) * spacing_mm[0] * spacing_mm[1] / math.pi)


def radial(contour, shape, spacing_mm, directions=16):
    """The outline's distance from the middle in several directions, [slice, direction], in mm."""
    mask = contour.full_grid(shape).astype(bool)
    steps = np.arange(0, min(shape[1:]) / 2 - 1, 0.5)
    rays = []
    for angle in np.linspace(0, 2 * np.pi, directions, endpoint=False):
        j = np.rint(shape[1] / 2 + steps * np.sin(angle)).astype(int)
        i = np.rint(shape[2] / 2 + steps * np.cos(angle)).astype(int)
        rays.append(mask[contour.box[0], j, i].sum(axis=1) * 0.5 * spacing_mm[0])
    return np.array(rays).T


def dice(one, other, shape):
    a, b = one.full_grid(shape).astype(bool), other.full_grid(shape).astype(bool)
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.5])
def test_the_bias_is_drawn(bias):
    """To a quarter of a pixel: the outline is only known as the pixels inside it."""
    truth, shape = cylinder(12, FINE_MM)
    drawn = draw(
        truth,
        FINE_MM,
        shape,
        ReaderModel(code="A", bias_mm=bias, error_sd_mm=0, repeat_sd_mm=0, end_slice_chance=0),
        1,
        1,
    )
    assert mean_radii(drawn, FINE_MM).mean() - mean_radii(truth, FINE_MM).mean() == pytest.approx(
        bias, abs=FINE_MM[0] / 4
    )


def test_the_error_and_the_repeat_error_are_drawn():
    """Over 12 seeds, 16 directions and 20 slices, of which some 350 are independent: 8 % is two standard errors of
    an SD."""
    truth, shape = cylinder(12, FINE_MM, slices=20, shape=(28, 128, 128))
    base = radial(truth, shape, FINE_MM)
    first, second = (
        np.array([radial(draw(truth, FINE_MM, shape, STEADY, n, seed), shape, FINE_MM) for seed in range(12)])
        for n in (1, 2)
    )
    assert (first - base).std() == pytest.approx(STEADY.error_sd_mm, rel=0.08)
    assert (first - second).std() == pytest.approx(STEADY.repeat_sd_mm, rel=0.08)
    assert abs((first - base).mean()) < 0.1


def test_the_same_seed_draws_the_same_bytes_and_everything_else_differs():
    truth, shape = cylinder(8, CT_MM, 8, (16, 60, 60))
    drawings = {
        (reader.code, number, seed): draw(truth, CT_MM, shape, reader, number, seed)
        for reader in READERS
        for number in (1, 2)
        for seed in (1, 2)
    }
    assert len({(c.corner, c.voxels.tobytes()) for c in drawings.values()}) == len(drawings)
    again = draw(truth, CT_MM, shape, READERS[0], 1, 1)
    assert (again.corner, again.voxels.tobytes()) == (drawings["A", 1, 1].corner, drawings["A", 1, 1].voxels.tobytes())


def test_two_readers_agree_as_real_ones_do_and_one_with_himself_better():
    """LIDC's four readers of one lesion: pairwise Dice 0.839 to 0.903 (a larger lesion, so a little less is expected
    here)."""
    truth, shape = cylinder(8, CT_MM, 8, (16, 60, 60))
    inter, intra = [], []
    for seed in range(30):
        first, again = (draw(truth, CT_MM, shape, READERS[0], n, seed) for n in (1, 2))
        inter.append(dice(first, draw(truth, CT_MM, shape, READERS[1], 1, seed), shape))
        intra.append(dice(first, again, shape))
    assert 0.78 < np.mean(inter) < 0.92
    assert np.mean(inter) + 0.02 < np.mean(intra) < 0.97


@given(
    data=st.data(),
    corner=st.tuples(st.integers(0, 3), st.integers(0, 10), st.integers(0, 10)),
    box=st.tuples(st.integers(2, 6), st.integers(5, 14), st.integers(5, 14)),
)
@settings(max_examples=30)
def test_a_drawing_is_one_solid_piece_inside_the_ct(data, corner, box):
    shape = (10, 26, 26)
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(slice(c, c + n) for c, n in zip(corner, box, strict=True))] = True
    truth = Contour.from_full_grid(mask, "LN1")
    reader = replace(READERS[1], end_slice_chance=1.0)
    drawn = draw(truth, CT_MM, shape, reader, 1, data.draw(st.integers(0, 2**32)))
    assert all(part.start >= 0 and part.stop <= length for part, length in zip(drawn.box, shape, strict=True))
    assert label(drawn.voxels)[1] == 1
    for plane in drawn.voxels:
        assert label(plane)[1] == 1


def test_what_cannot_be_is_refused():
    for wrong in (
        {"error_sd_mm": -1},
        {"repeat_sd_mm": 2},
        {"correlation_mm": 0},
        {"slice_coherence": 1},
        {"end_slice_chance": 2},
    ):
        with pytest.raises(DataRefusedError, match="The reader model 'A' is not possible"):
            replace(STEADY, **wrong)
    truth, shape = cylinder(0.7, CT_MM, 2, (8, 20, 20))
    with pytest.raises(DataRefusedError, match="draws nothing of 'LN1': it is too small for an error of 0 mm"):
        draw(truth, CT_MM, shape, ReaderModel(code="A", bias_mm=-3.0, error_sd_mm=0, repeat_sd_mm=0), 1, 1)
