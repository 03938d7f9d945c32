"""Area and volume against pyradiomics' compiled functions to 1e-12, diameters bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from RLNResponseLib.features.engine.shape import cube_kinds, mesh_area_and_volume, mesh_diameters, mesh_vertices

cShape = pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed").cShape  # noqa: N816

masks = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)).flatmap(lambda shape: arrays(bool, shape))
millimetres = st.floats(0.1, 6.0)


def assert_same(padded, spacing):
    area, volume, diameters = cShape.calculate_coefficients(padded, np.array(spacing))
    assert mesh_area_and_volume(padded, spacing) == pytest.approx((area, volume), rel=1e-12)
    assert mesh_diameters(mesh_vertices(padded), np.array(spacing)) == tuple(diameters)


@given(masks.filter(np.any), st.tuples(millimetres, millimetres, millimetres))
def test_any_mask_on_any_grid(mask, spacing):
    assert_same(np.pad(mask, 1), spacing)


@pytest.mark.parametrize("diameter_mm", [15, 40])
def test_a_ball_whose_every_diameter_is_nearly_the_longest(diameter_mm):
    """No bound can leave out many pairs of a ball in voxels of 0.7 mm: what is left must still hold the longest."""
    k, j, i = np.ogrid[-30:31, -30:31, -30:31]
    assert_same((k * k + j * j + i * i) * 0.7**2 <= (diameter_mm / 2) ** 2, (0.7, 0.7, 0.7))


def test_every_cube_of_the_table():
    """All 256 ways in which a cube's corners can be inside, and the number that each has."""
    seen = set()
    for cube in range(1, 256):
        mask = np.pad(np.array([cube >> bit & 1 for bit in range(8)], dtype=bool).reshape(2, 2, 2), 1)
        assert_same(mask, (2.5, 0.683, 0.71))
        seen.add(int(cube_kinds(mask)[1, 1, 1]))
    assert seen == set(range(1, 256))
