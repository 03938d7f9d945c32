"""Area, volume and diameters against pyradiomics' compiled functions, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from radiomics import cShape

from RLNResponseLib.features import mesh

masks = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)).flatmap(lambda shape: arrays(bool, shape))
millimetres = st.floats(0.1, 6.0)


@given(masks.filter(np.any), st.tuples(millimetres, millimetres, millimetres))
def test_any_mask_on_any_grid(mask, spacing):
    padded, steps = np.pad(mask, 1), np.array(spacing)
    area, volume, diameters = cShape.calculate_coefficients(padded, steps)
    surface = mesh.mesh_surface(padded, steps)
    assert (surface.area, surface.volume) == (area, volume)
    assert mesh.mesh_diameters(mesh.mesh_vertices(padded), steps) == tuple(diameters)


@pytest.mark.parametrize("diameter_mm", [15, 40])
def test_a_ball_whose_every_diameter_is_nearly_the_longest(diameter_mm):
    """No bound can leave out many pairs of a ball in voxels of 0.7 mm: what is left must still hold the longest."""
    k, j, i = np.ogrid[-30:31, -30:31, -30:31]
    ball = (k * k + j * j + i * i) * 0.7**2 <= (diameter_mm / 2) ** 2
    steps = np.array([0.7, 0.7, 0.7])
    area, volume, diameters = cShape.calculate_coefficients(ball, steps)
    surface = mesh.mesh_surface(ball, steps)
    assert (surface.area, surface.volume) == (area, volume)
    assert mesh.mesh_diameters(mesh.mesh_vertices(ball), steps) == tuple(diameters)


def test_every_cube_of_the_table():
    """All 256 ways in which a cube's corners can be inside."""
    steps = np.array([2.5, 0.683, 0.71])
    for cube in range(1, 256):
        mask = np.pad(np.array([cube >> bit & 1 for bit in range(8)], dtype=bool).reshape(2, 2, 2), 1)
        area, volume, _ = cShape.calculate_coefficients(mask, steps)
        surface = mesh.mesh_surface(mask, steps)
        assert (surface.area, surface.volume) == (area, volume)


def test_another_compilation_of_pyradiomics_is_used_as_it_is(monkeypatch):
    """Where the installed function rounds otherwise, its own numbers are given."""

    def fused(mask, spacing):
        area, volume, diameters = original(mask, spacing)
        return np.nextafter(area, np.inf), volume, diameters

    original = cShape.calculate_coefficients
    monkeypatch.setattr(cShape, "calculate_coefficients", fused)
    mesh.same_floats_as_pyradiomics.cache_clear()
    try:
        assert not mesh.same_floats_as_pyradiomics()
        block, steps = np.pad(np.ones((2, 3, 4), dtype=bool), 1), np.array([1.1, 1.2, 1.3])
        area, volume, diameters = original(block, steps)
        surface = mesh.surface_of(block, steps)
        assert (surface.area, surface.volume) == (np.nextafter(area, np.inf), volume)
        assert mesh.diameters_of(block, steps) == tuple(diameters)
    finally:
        mesh.same_floats_as_pyradiomics.cache_clear()
