"""What several outlines on one slice mean: areas, holes, overlaps; against matplotlib's point-in-polygon."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging import outlines
from RLNResponseLib.imaging.outlines import fill_outlines, fill_polygons, goes_round_twice, relation

SHAPE = (40, 50)


def disc(i, j, radius, corners=48):
    angle = np.arange(corners) * 2 * np.pi / corners + 0.1
    return np.column_stack([i + radius * np.cos(angle), j + radius * np.sin(angle)])


def box(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=float)


def inside(polygon):
    j, i = np.indices(SHAPE)
    points = np.column_stack([i.ravel(), j.ravel()]).astype(float)
    return Path(np.vstack([polygon, polygon[:1]]), closed=True).contains_points(points).reshape(SHAPE)


def fill(*polygons, **how):
    return fill_outlines(polygons, SHAPE, "the ROI 'LN' of rt.dcm on slice 4 (counted from 0)", **how)


def test_outlines_that_cross_are_their_union():
    lymph_node, stroke, stroke_2 = disc(20.3, 18.1, 9), disc(28.2, 20.4, 4), disc(30.1, 23.3, 4)
    filled = fill(lymph_node, stroke, stroke_2)
    assert np.array_equal(filled.voxels, inside(lymph_node) | inside(stroke) | inside(stroke_2))
    assert filled.overlapping


# Strokes around a lymph node's rim: each crosses it, and they may cross each other.
RIM = st.lists(
    st.tuples(st.floats(0, 6.28), st.floats(-1.5, 1.5), st.floats(2, 5)).map(
        lambda stroke: disc(24.3 + (10 + stroke[1]) * np.cos(stroke[0]), 19.6 + 10 * np.sin(stroke[0]), stroke[2])
    ),
    max_size=4,
)


@settings(max_examples=25)
@given(RIM)
def test_touch_up_strokes_add_their_area(strokes):
    drawn = [disc(24.3, 19.6, 10), *strokes]
    # A stroke that lies wholly inside is a hole by the convention.
    assume("nested" not in [relation(*pair) for pair in combinations(drawn, 2)])
    filled = fill(*drawn)
    assert np.array_equal(filled.voxels, np.logical_or.reduce([inside(each) for each in drawn]))
    assert filled.overlapping == bool(strokes)


@settings(max_examples=25)
@given(st.floats(-0.8, 0.8), st.floats(-0.8, 0.8), st.lists(st.floats(1.9, 5), min_size=1, max_size=4))
def test_nested_outlines_stay_what_even_odd_makes_of_them(i, j, rims):
    """A lymph node with a hole, islands in it, and another lymph node beside it: bit by bit as before."""
    radii = 18.3 - np.cumsum([0, *rims])
    nested = [disc(24 + i * depth, 19 + j * depth, radius) for depth, radius in enumerate(radii) if radius > 0.5]
    everything = [*nested, disc(47, 4, 2.2)]
    filled = fill(*everything)
    assert np.array_equal(filled.voxels, fill_polygons(everything, SHAPE))
    assert not filled.overlapping


def test_a_hole_that_touches_the_outline_from_inside_is_a_hole():
    outer = box(2.5, 2.5, 20.5, 20.5)
    for hole in (box(2.5, 5.5, 8.5, 9.5), box(2.5, 2.5, 8.5, 9.5), box(5.5, 5.5, 8.5, 20.5)):
        filled = fill(outer, hole)
        assert np.array_equal(filled.voxels, inside(outer) & ~inside(hole))
        assert not filled.overlapping


def test_a_hole_on_the_rim_survives_millimetres_of_one_decimal():
    outer = np.array([(2.5, 2.5), (30.5, 9.7), (27.5, 31.5), (4.5, 25.5)])
    on_rim = outer[0] + np.array([0.31, 0.52])[:, None] * (outer[1] - outer[0])
    hole = np.vstack([on_rim, [(16.3, 15.1), (12.2, 14.3)]])
    written = [np.round(each * 0.7, 1) / 0.7 for each in (outer, hole)]
    assert relation(*written) == "nested"
    assert np.array_equal(fill(*written).voxels, fill_polygons(written, SHAPE))


def test_keyhole_contours_are_read_as_ever():
    hole = np.roll(box(4.5, 4.5, 9.5, 9.5), -1, axis=0)[::-1]
    keyhole = np.vstack([box(2.5, 2.5, 20.5, 20.5), [(2.5, 2.5)], hole, [(4.5, 4.5), (2.5, 2.5)]])
    island = box(6.5, 6.5, 8.5, 8.5)
    filled = fill(keyhole, island)
    assert filled.voxels.sum() == 18**2 - 5**2 + 2**2
    assert not filled.overlapping
    assert not goes_round_twice(keyhole)


@pytest.mark.parametrize("digits", [6, 2])
@pytest.mark.parametrize("turned", [lambda outline: outline[::-1], lambda outline: np.roll(outline, 5, axis=0)])
def test_an_outline_that_is_repeated_is_not_nothing(digits, turned):
    """In another order, from another corner, with fewer decimals: today's even-odd left nothing of it."""
    outline = disc(20.313527, 18.198234, 9)
    filled = fill(outline, np.round(turned(outline), digits))
    assert filled.voxels.sum() == pytest.approx(inside(outline).sum(), abs=2)
    assert not filled.overlapping
    hole = disc(20.1, 18.2, 4)
    assert fill(outline, hole, turned(hole)).voxels.sum() == inside(outline).sum() - inside(hole).sum()


def test_an_outline_and_its_simplified_copy_are_one():
    """The copy lies wholly inside, but leaves no wall between them that voxels could show."""
    outline = disc(20.3, 18.2, 12, corners=96)
    filled = fill(outline, outline[::4])
    assert np.array_equal(filled.voxels, inside(outline))
    assert filled.overlapping


def test_neighbours_that_touch_are_both_whole():
    left, right = box(2.5, 2.5, 10, 12.5), box(10, 2.5, 20.5, 12.5)
    assert fill(left, right).voxels.sum() == 18 * 10
    # Rounded millimetres: both reach over the centres of column 10.
    left[1:3, 0], right[[0, 3], 0] = 10.004, 9.996
    filled = fill(left, right)
    assert filled.voxels.sum() == 18 * 10
    assert not filled.overlapping


def test_two_holes_that_cross_are_one_hole():
    outer, one, other = box(0.5, 0.5, 30.5, 30.5), box(4.5, 4.5, 12.5, 12.5), box(8.5, 8.5, 16.5, 16.5)
    filled = fill(outer, one, other)
    assert np.array_equal(filled.voxels, inside(outer) & ~(inside(one) | inside(other)))
    assert filled.overlapping


def test_a_stroke_through_a_rim_into_a_hole_is_refused():
    """It may fill the hole or be a part of the rim: two different lymph nodes."""
    outer, hole, stroke = box(2.5, 2.5, 30.5, 30.5), box(8.5, 8.5, 20.5, 20.5), box(0.5, 10.5, 12.5, 14.5)
    with pytest.raises(DataRefusedError) as caught:
        fill(outer, hole, stroke)
    assert caught.value.code == "ambiguous-outlines"
    assert str(caught.value) == (
        "The outlines of the ROI 'LN' of rt.dcm on slice 4 (counted from 0) overlap, and one of them lies inside "
        "another, so it cannot be told whether that is a hole; redraw the contour there."
    )


def test_overlaps_that_the_file_states_are_left_out():
    one, other = box(2.5, 2.5, 12.5, 12.5), box(8.5, 8.5, 18.5, 18.5)
    filled = fill(one, other, exclusive=True)
    assert np.array_equal(filled.voxels, inside(one) ^ inside(other))
    assert filled.overlapping


def test_bars_that_cross_without_a_corner_in_each_other():
    assert relation(box(2, 10, 30, 14), box(10, 2, 14, 30)) == "crossing"
    assert fill(box(2.5, 10.5, 30.5, 14.5), box(10.5, 2.5, 14.5, 30.5)).voxels.sum() == 2 * 28 * 4 - 16


def test_a_loop_in_an_outline_is_noticed():
    loop = np.array([(2, 2), (30, 2), (30, 30), (10, 30), (10, 10), (20, 10), (20, 20), (2, 20)], dtype=float) + 0.5
    assert goes_round_twice(loop)
    assert goes_round_twice(loop[::-1])
    assert not goes_round_twice(disc(20, 18, 9))
    assert not goes_round_twice(box(3, 3, 3, 9))


def test_too_many_outlines_are_refused_in_time():
    speckles = [disc(20 + place % 7, 20, 5, corners=6) for place in range(300)]
    with pytest.raises(DataRefusedError, match=r"are too many \(300\)") as caught:
        fill(*speckles)
    assert caught.value.code == "too-many-outlines"


def test_outlines_of_very_many_corners_are_compared_in_time(monkeypatch):
    monkeypatch.setattr(outlines, "_AT_MOST", 200_000)
    assert relation(disc(20, 18, 9, corners=3_000), disc(24, 18, 9, corners=3_000)) == "crossing"
    assert relation(disc(20, 18, 9, corners=3_000), disc(20, 18, 5, corners=3_000)) == "nested"
