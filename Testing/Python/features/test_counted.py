"""Texture counted from where voxels change sides: the same whole numbers, and features, as counted from all voxels."""

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from RLNResponseLib.features.boundary_moves import boundary_moves
from RLNResponseLib.features.engine.counted import CountedTexture
from RLNResponseLib.features.engine.matrices import Neighbours
from RLNResponseLib.features.extraction import extract
from RLNResponseLib.features.near_boundary import near_boundary
from RLNResponseLib.features.redrawn_texture import RedrawnTexture
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction, all_features
from RLNResponseLib.imaging.records import Contour, CTImage


def box(seed, levels, smooth):
    """Grey levels, and a contour in the middle of them."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=(12, 16, 14)), smooth)
    ranked = np.digitize(field, np.quantile(field, np.linspace(0, 1, levels + 1)[1:-1])) + 3
    inside = np.zeros(field.shape, dtype=bool)
    inside[3:-3, 3:-3, 3:-3] = gaussian_filter(rng.normal(size=(6, 10, 8)), 1) > -0.1
    return rng, ranked, inside


def assert_counted_alike(texture, levels, inside):
    occurring = np.unique(levels[inside])
    ranks = np.zeros(inside.shape, dtype=np.int32)
    ranks[inside] = np.searchsorted(occurring, levels[inside]) + 1
    plain = Neighbours(ranks)
    assert (texture.cooccurrence() == plain.cooccurrence()).all()
    assert (texture.runs() == plain.runs()).all()
    assert sorted(zip(*texture.zones(), strict=True)) == sorted(zip(*plain.zones(), strict=True))


@pytest.mark.parametrize(("levels", "smooth"), [(2, 0), (3, 1.5), (9, 0.7), (40, 0)])
def test_voxels_added_and_left_out_again_and_again(levels, smooth):
    for seed in range(3):
        rng, ranked, inside = box(seed, levels, smooth)
        own = CountedTexture(ranked, inside)
        assert_counted_alike(own, ranked, inside)
        places = np.flatnonzero(inside)
        gone = rng.choice(places, len(places) // 4, replace=False)
        now = inside.copy()
        now.ravel()[gone] = False
        texture = own.without(gone)
        assert_counted_alike(texture, ranked, now)
        for part in np.array_split(gone, 4):
            new = np.concatenate([part, rng.choice(np.flatnonzero(~(now | inside)), 20, replace=False)])
            texture = texture.copy()
            texture.add(new)
            now.ravel()[new] = True
            assert_counted_alike(texture, ranked, now)
        # Whoever was copied is as it was.
        assert_counted_alike(own, ranked, inside)


def ct_and_contour(kind=np.int16):
    rng = np.random.default_rng(5)
    values = gaussian_filter(rng.normal(size=(22, 34, 34)), (0.4, 1, 1)) * 190
    places = (np.indices(values.shape).T - np.array(values.shape) / 2) * (2.0, 0.8, 0.8)
    apart = np.linalg.norm(places, axis=3).T + gaussian_filter(rng.normal(size=values.shape), 2) * 4
    image = sitk.GetImageFromArray((values + np.where(apart < 11, 70, -80)).astype(kind))
    image.SetSpacing((0.8, 0.8, 2.0))
    return CTImage(image=image), Contour.from_full_grid(apart < 10, "LN")


def test_every_redrawing_has_the_features_that_its_voxels_have_to_the_last_bit():
    ct, contour = ct_and_contour()
    moves = boundary_moves(ct, contour)
    wanted = Extraction(ExtractionSettings(), all_features(ExtractionSettings()))
    few = dataclasses.replace(wanted, names=tuple(n for n in wanted.names if "_gl" in n and "dm" not in n))
    texture = RedrawnTexture(ct, moves, few)
    ways = set()
    for move in moves.moves[::3]:
        redrawn = moves.redrawn(move)
        if redrawn is None:
            continue
        counted = texture.of(move, redrawn)
        ways.add((move.is_outward, counted is not None))
        values = extract(ct, redrawn, few, counted).values
        np.testing.assert_array_equal(list(values.values()), list(extract(ct, redrawn, few).values.values()))
    assert {(True, True), (False, True)} <= ways


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (ExtractionSettings(bin_count=16), np.int16),
        (ExtractionSettings(bin_width=7.5), np.int16),
        (ExtractionSettings(distances=(1, 2)), np.int16),
        (ExtractionSettings(normalize=True), np.int16),
        (ExtractionSettings(resegment_range=(-50.0, 200.0)), np.int16),
        (ExtractionSettings(), np.float32),
    ],
)
def test_levels_that_follow_the_contour_are_counted_as_ever(settings, kind):
    ct, contour = ct_and_contour(kind)
    moves = boundary_moves(ct, contour)
    texture = RedrawnTexture(ct, moves, Extraction(settings, ("original_glcm_InverseVariance",)))
    assert texture.of(moves.moves[0], moves.redrawn(moves.moves[0])) is None


def test_the_voxels_near_a_boundary_are_all_of_them():
    rng = np.random.default_rng(2)
    steps, shape = np.array([2.5, 0.7, 0.9]), (12, 40, 30)
    points = rng.uniform(-1, 1, (60, 3)) * 3 + np.array([27.0, -0.5, 13.0])
    centres = np.indices(shape).reshape(3, -1).T * steps
    apart, nearest = cKDTree(points).query(centres)
    voxels, found, which = (
        np.concatenate(parts) for parts in zip(*near_boundary(points, shape, steps, 3.0), strict=True)
    )
    assert voxels.tolist() == np.flatnonzero(apart < 3.0).tolist()
    np.testing.assert_allclose(found, apart[voxels], rtol=1e-12)
    assert (which == nearest[voxels]).all()
