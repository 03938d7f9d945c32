"""Rasterisation against matplotlib's point-in-polygon, and against exact arithmetic where matplotlib is not defined."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from RLNResponseLib.imaging.outlines import fill_polygons

SHAPE = (14, 17)
POINTS = st.tuples(st.floats(-3, 19), st.floats(-3, 16))
POLYGONS = st.lists(POINTS, min_size=3, max_size=9).map(np.array)
# Whole and half coordinates put many corners and edges exactly on voxel centres.
SNAPPED = st.lists(st.tuples(st.integers(-2, 36), st.integers(-2, 30)), min_size=3, max_size=9).map(
    lambda points: np.array(points) / 2
)


def centres():
    j, i = np.indices(SHAPE)
    return np.column_stack([i.ravel(), j.ravel()]).astype(float)


def distance_to_edges(points, polygon):
    start, stop = polygon, np.roll(polygon, -1, axis=0)
    along = stop - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-300)
    part = np.clip(((points[:, None] - start) * along).sum(axis=2) / length2, 0, 1)
    nearest = start + part[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)


def exact_even_odd(polygon):
    """The documented rule in exact arithmetic: an edge counts where it crosses the row at or left of the centre."""
    corners = [(Fraction(float(x)), Fraction(float(y))) for x, y in polygon]
    inside = np.zeros(SHAPE, dtype=bool)
    for j, i in np.ndindex(SHAPE):
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            if (y0 <= j) != (y1 <= j) and x0 + (j - y0) * (x1 - x0) / (y1 - y0) <= i:
                inside[j, i] = not inside[j, i]
    return inside


@given(st.lists(POLYGONS, min_size=1, max_size=3))
def test_equals_matplotlib_away_from_edges(polygons):
    points = centres()
    expected = np.zeros(len(points), dtype=bool)
    clear = np.ones(len(points), dtype=bool)
    for polygon in polygons:
        expected ^= Path(np.vstack([polygon, polygon[:1]]), closed=True).contains_points(points)
        clear &= distance_to_edges(points, polygon) > 1e-5
    assume(clear.any())
    assert np.array_equal(fill_polygons(polygons, SHAPE).ravel()[clear], expected[clear])


# Corners that rise by 8 or 16 rows cross each of them at a fraction that double precision holds exactly.
@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-1, 18), st.integers(0, 2)), min_size=3, max_size=8), st.integers(-8, 4))
def test_centres_on_edges_follow_the_rule(corners, top):
    polygon = np.array([(i, top + 8 * level) for i, level in corners], dtype=float)
    assert np.array_equal(fill_polygons([polygon], SHAPE), exact_even_odd(polygon))


@given(SNAPPED, SNAPPED)
def test_even_odd_of_two_is_exclusive_or(first, second):
    both = fill_polygons([first, second], SHAPE)
    assert np.array_equal(both, fill_polygons([first], SHAPE) ^ fill_polygons([second], SHAPE))


@given(SNAPPED)
def test_direction_and_first_corner_do_not_matter(polygon):
    expected = fill_polygons([polygon], SHAPE)
    assert np.array_equal(fill_polygons([polygon[::-1]], SHAPE), expected)
    assert np.array_equal(fill_polygons([np.roll(polygon, 1, axis=0)], SHAPE), expected)


@given(st.integers(0, 16), st.integers(0, 13), st.data())
def test_neighbours_that_share_an_edge_share_no_voxel_and_leave_none_out(i, j, data):
    left, top = data.draw(st.floats(-1, 18)), data.draw(st.floats(-1, 15))
    whole = np.array([(-1, -1), (18, -1), (18, 15), (-1, 15)], dtype=float)
    upper, lower = (left, -1.0), (top, 15.0)
    west = np.array([whole[0], upper, lower, whole[3]])
    east = np.array([upper, whole[1], whole[2], lower])
    halves = fill_polygons([west], SHAPE).astype(int) + fill_polygons([east], SHAPE)
    assert halves[j, i] == 1


def test_hole_island_and_keyhole():
    def square(low, high):
        return np.array([(low, low), (high, low), (high, high), (low, high)], dtype=float)

    nested = fill_polygons([square(0.5, 12.5), square(2.5, 10.5), square(5.5, 7.5)], SHAPE)
    assert nested.sum() == 12**2 - 8**2 + 2**2
    ring = fill_polygons([square(0.5, 12.5), square(2.5, 10.5)], SHAPE)
    # From the outer outline through a channel to the inner one, round it the other way, and back through the channel.
    inner = np.roll(square(2.5, 10.5), -1, axis=0)[::-1]
    keyhole = np.vstack([square(0.5, 12.5), [(0.5, 0.5)], inner, [(2.5, 2.5), (0.5, 0.5)]])
    assert np.array_equal(fill_polygons([keyhole], SHAPE), ring)
