"""Random contours: every feature must equal plain pyradiomics on the uncropped CT to 1e-12, or both must refuse.

python Testing/random_contours/compare.py [--contours N] [--first SEED]

Plain is RadiomicsFeatureExtractor().execute(image, mask) on the whole image. Contours differ in shape and size (from
one voxel), touch the image's borders, have several components and holes; grids are isotropic and not; CT are integer
and floating point, textured, flat and of few values. Each is made from its own number, so that one that fails can be
made again. The worst relative difference of each feature class is printed. Exit 1 where one differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.witness import is_equal
from RLNResponseLib.imaging.records import Contour, CTImage

SHAPES = ("ball", "noise", "blobs", "line", "plane", "voxel", "shell", "box", "two")


@dataclass(frozen=True)
class Case:
    """One random contour on its CT."""

    seed: int
    shape: str
    image: sitk.Image
    mask: np.ndarray


def make_case(seed: int) -> Case:
    """The case of this number."""
    rng = np.random.default_rng(seed)
    size = rng.integers(3, [16, 36, 36])
    shape = SHAPES[seed % len(SHAPES)]
    mask = _mask(shape, size, rng)
    image = sitk.GetImageFromArray(_hu(size, rng))
    step = rng.uniform(0.4, 1.5)
    image.SetSpacing([float(step), float(step), float(rng.choice([step, rng.uniform(0.5, 6.0)]))])
    image.SetOrigin([float(value) for value in rng.normal(0, 200, 3)])
    return Case(seed, shape, image, mask)


def _mask(shape: str, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """At least one voxel, [k, j, i]; centres are drawn from the whole image, so that many touch its border."""
    mask = np.zeros(size, dtype=bool)
    centre = tuple(int(rng.integers(0, n)) for n in size)
    if shape in ("ball", "shell", "two"):
        for _ in range(2 if shape == "two" else 1):
            middle, axes = rng.uniform(0, size), rng.uniform(0.8, np.maximum(size / 2, 1))
            radius = sum(((grid - m) / a) ** 2 for grid, m, a in zip(np.indices(size), middle, axes, strict=True))
            mask |= (radius <= 1) & ((radius >= 0.4) | (shape != "shell"))
    elif shape == "noise":
        mask = rng.random(size) < rng.choice([0.02, 0.3, 0.8])
    elif shape == "blobs":
        smooth = gaussian_filter(rng.random(size), 2.0)
        mask = smooth > np.quantile(smooth, rng.choice([0.5, 0.9]))
    elif shape == "line":
        axis = int(rng.integers(3))
        mask[tuple(slice(None) if a == axis else centre[a] for a in range(3))] = True
    elif shape == "plane":
        axis = int(rng.integers(3))
        plane = tuple(centre[a] if a == axis else slice(None) for a in range(3))
        mask[plane] = rng.random(mask[plane].shape) < 0.7
    elif shape == "box":
        far = [int(rng.integers(c, n)) + 1 for c, n in zip(centre, size, strict=True)]
        mask[tuple(slice(c, f) for c, f in zip(centre, far, strict=True))] = True
    mask[centre] |= not mask.any()
    return mask


def _hu(size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kind = rng.integers(5)
    if kind == 0:
        return np.full(size, int(rng.integers(-200, 200)), dtype=np.int16)
    if kind == 1:
        return rng.choice(np.array([-40, 25, 110], dtype=np.int16), size=size)
    hu = rng.normal(rng.uniform(-500, 150), rng.uniform(3, 150), size)
    return hu if kind == 2 else np.rint(hu).astype(np.int16)


def plain(case: Case) -> dict[str, float] | None:
    """pyradiomics' own values on the uncropped CT, or None where it refuses."""
    mask = sitk.GetImageFromArray(case.mask.astype(np.uint8))
    mask.CopyInformation(case.image)
    try:
        found = RadiomicsFeatureExtractor().execute(case.image, mask)
    except (ValueError, RuntimeError):
        return None
    return {name: float(np.real(found[name])) for name in FEATURES}


def ours(case: Case) -> dict[str, float] | None:
    """This project's values, or None where it refuses."""
    try:
        contour = Contour.from_full_grid(case.mask, "random")
        return dict(extract_features(CTImage(image=case.image), contour).values)
    except DataRefusedError:
        return None


def compare(case: Case) -> str:
    """ "same", "refused by both", or what differs."""
    theirs, own = plain(case), ours(case)
    if theirs is None or own is None:
        return "refused by both" if theirs is own else f"refused by {'pyradiomics' if theirs is None else 'us'} alone"
    different = [name for name in FEATURES if not is_equal(own[name], theirs[name])]
    return ", ".join(f"{name} {own[name]!r} not {theirs[name]!r}" for name in different[:3]) or "same"


def worst_by_class(own: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    """The largest relative difference in each feature class; what neither defines is no difference."""
    worst: dict[str, float] = {}
    for name in FEATURES:
        ours_is, theirs_is = own[name], theirs[name]
        apart = abs(ours_is - theirs_is) / abs(theirs_is) if theirs_is and ours_is != theirs_is else 0.0
        of = name.split("_")[1]
        worst[of] = max(worst.get(of, 0.0), 0.0 if np.isnan(apart) else apart)
    return worst


def main() -> int:
    """Compare, and print what was compared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contours", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    call = parser.parse_args()
    radiomics.setVerbosity(60)
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    sizes: list[int] = []
    worst: dict[str, float] = {}
    for seed in range(call.first, call.first + call.contours):
        case = make_case(seed)
        said = compare(case)
        if said == "same":
            for name, apart in worst_by_class(ours(case) or {}, plain(case) or {}).items():
                worst[name] = max(worst.get(name, 0.0), apart)
        counts[said if said in ("same", "refused by both") else "different"] += 1
        counts[case.shape] += 1
        sizes.append(int(case.mask.sum()))
        touching = any(np.take(case.mask, end, axis=axis).any() for axis in range(3) for end in (0, -1))
        counts["touching a border"] += touching
        if said not in ("same", "refused by both"):
            print(f"contour {seed} ({case.shape}, {sizes[-1]} voxels): {said}")
    print(f"{call.contours} contours of {min(sizes)} to {max(sizes)} voxels, {time.perf_counter() - start:.0f} s")
    print(", ".join(f"{name} {number}" for name, number in counts.items()))
    print("worst relative difference: " + ", ".join(f"{name} {apart:.1e}" for name, apart in worst.items()))
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
