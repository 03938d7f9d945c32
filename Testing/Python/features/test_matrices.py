"""The texture matrices against pyradiomics' compiled functions: the same whole numbers, and NGTDM's sums bit for
bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.features.engine.matrices import Neighbours

cMatrices = pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed").cMatrices  # noqa: N816


@st.composite
def regions(draw):
    """Grey levels with gaps between them in a box whose every face they touch, distances, and an axis to keep flat
    or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = [draw(st.integers(1, 8)) for _ in range(3)]
    mask = rng.random(shape) < draw(st.sampled_from([0.05, 0.3, 0.6, 0.9, 1.0]))
    mask.flat[rng.integers(mask.size)] = True
    hits = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    mask = np.ascontiguousarray(mask[tuple(slice(hit[0], hit[-1] + 1) for hit in hits)])
    levels = (rng.integers(1, draw(st.sampled_from([2, 3, 6, 13])), mask.shape) * mask).astype(np.int32)
    distances = draw(st.sampled_from([(1,), (2,), (3,), (1, 2), (1, 2, 3)]))
    return levels, mask, distances, draw(st.sampled_from([None, 0, 1, 2]))


def compare(region, theirs, ours):
    """Equal matrices, or pyradiomics refuses: it does where a region has no direction, and then nothing is counted
    here."""
    levels, mask, distances, flat_axis = region
    present = np.unique(levels[mask])
    ranks = (np.searchsorted(present, levels) + 1).astype(np.int32) * mask
    neighbours = Neighbours(ranks, distances, flat_axis)
    found = ours(neighbours, present)
    try:
        expected = theirs(levels, mask.copy(), int(present[-1]), flat_axis is not None, flat_axis or 0)
    except (IndexError, RuntimeError, ValueError):
        assert len(neighbours.offsets) == 0 or len(neighbours.nearest) == 0
        return
    expected = expected[0][present - 1]
    missing = [(0, max(0, wide - narrow)) for wide, narrow in zip(expected.shape, found.shape, strict=True)]
    # pyradiomics keeps room for sizes that do not occur.
    np.testing.assert_array_equal(np.pad(found, missing), expected)


@given(regions())
def test_co_occurrence(region):
    levels, mask, distances, _ = region
    present = np.unique(levels[mask])

    def theirs(levels, mask, highest, flat, axis):
        matrix, angles = cMatrices.calculate_glcm(levels, mask, np.array(distances), highest, flat, axis)
        assert len(angles) > 0
        return matrix[:, :, present - 1]

    compare(region, theirs, lambda neighbours, _: neighbours.cooccurrence())


@given(regions())
def test_directions_come_in_the_order_of_pyradiomics(region):
    levels, mask, distances, flat_axis = region
    neighbours = Neighbours(levels * mask, distances, flat_axis)
    try:
        _, angles = cMatrices.calculate_glcm(
            levels, mask, np.array(distances), int(levels.max()), flat_axis is not None, flat_axis or 0
        )
    except (IndexError, RuntimeError, ValueError):
        assert neighbours.offsets == ()
        return
    assert neighbours.offsets == tuple(map(tuple, angles.tolist()))


@given(regions())
def test_runs(region):
    def theirs(levels, mask, highest, flat, axis):
        return cMatrices.calculate_glrlm(levels, mask, highest, max(mask.shape), flat, axis)[0]

    compare(region, theirs, lambda neighbours, _: neighbours.runs())


@given(regions())
def test_zones(region):
    def theirs(levels, mask, highest, flat, axis):
        return cMatrices.calculate_glszm(levels, mask, highest, int(mask.sum()), flat, axis)

    def ours(neighbours, present):
        ranks, sizes = neighbours.zones()
        matrix = np.zeros((len(present), sizes.max()))
        np.add.at(matrix, (ranks - 1, sizes - 1), 1)
        return matrix

    compare(region, theirs, ours)


@given(regions())
def test_dependences(region):
    distances = np.array(region[2])

    def theirs(levels, mask, highest, flat, axis):
        return cMatrices.calculate_gldm(levels, mask, distances, highest, 0, flat, axis)

    compare(region, theirs, lambda neighbours, _: neighbours.dependences())


@given(regions())
def test_tone_differences(region):
    distances = np.array(region[2])

    def theirs(levels, mask, highest, flat, axis):
        return cMatrices.calculate_ngtdm(levels, mask, distances, highest, flat, axis)[:, :, :2]

    compare(region, theirs, lambda neighbours, present: np.stack(neighbours.tone_differences(present), axis=1))
