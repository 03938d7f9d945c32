"""How long the uncertainty of a score takes, and how much faster it is than the naive way, in one run.

python Testing/benchmarks/bench_uncertainty.py [--pairs N]

Ours is score_uncertainty: 30 redrawn contours, made and scored by both published models (eight features). The naive
way is pyradiomics on the whole CT for each of the same contours: RadiomicsFeatureExtractor().execute(image, mask) with
defaults. Three of the 30 are executed and counted ten times; making the contours is not counted there. The CT is noise
of 512×512×120 at 0.68 × 0.68 × 2.5 mm; the two run in turn, and the ratio is the median over the pairs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.perturbation import perturbed_contours
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.uncertainty import score_uncertainty

SHAPE = (120, 512, 512)
SPACING_MM = (0.68, 0.68, 2.5)
CONTOURS = 30
EXECUTED = 3


def noise_ct() -> CTImage:
    """A CT of soft tissue and noise."""
    image = sitk.GetImageFromArray(np.random.default_rng(1).normal(60, 20, SHAPE).astype(np.int16))
    image.SetSpacing(SPACING_MM)
    return CTImage(image=image)


def ball(diameter_mm: float) -> Contour:
    """A lymph node of this diameter."""
    k, j, i = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    squared = ((k - 60) * SPACING_MM[2]) ** 2 + ((j - 250) * SPACING_MM[1]) ** 2 + ((i - 260) * SPACING_MM[0]) ** 2
    return Contour.from_full_grid(squared <= (diameter_mm / 2) ** 2, "ball")


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    call = parser.parse_args()
    radiomics.setVerbosity(60)
    ct, models = noise_ct(), published_models()
    eight = tuple(dict.fromkeys(name for model in models for name in model.coefficients))
    print(f"medians of {call.pairs} interleaved pairs; {CONTOURS} contours, SD 0.5 mm, eight features, two scores")
    print(
        f"{'diameter':>9} {'voxels':>7} {'eight ms':>9} {'uncertainty ms':>15} {'one plain ms':>13} {'naive s':>8} {'ratio':>6}"
    )
    for diameter in (12, 20, 30):
        contour = ball(diameter)
        masks = []
        for moved in list(perturbed_contours(contour, SPACING_MM, SHAPE, n=CONTOURS))[:EXECUTED]:
            masks.append(sitk.GetImageFromArray(moved.full_grid(SHAPE)))
            masks[-1].CopyInformation(ct.image)
        score_uncertainty(ct, contour, models)
        rows = []
        for _ in range(call.pairs):
            plain = seconds(lambda: [RadiomicsFeatureExtractor().execute(ct.image, mask) for mask in masks]) / EXECUTED  # noqa: B023
            ours = seconds(lambda: score_uncertainty(ct, contour, models))  # noqa: B023
            one = statistics.median(
                seconds(lambda: extract_features(ct, contour, features=eight))  # noqa: B023
                for _ in range(9)
            )
            rows.append((plain, ours, one))
        plain, ours, one = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(CONTOURS * p / o for p, o, _ in rows)
        print(
            f"{diameter:6} mm {contour.voxel_count:7} {one * 1e3:9.1f} {ours * 1e3:15.0f} {plain * 1e3:13.0f} "
            f"{CONTOURS * plain:8.1f} {ratio:5.0f}×"
        )


if __name__ == "__main__":
    main()
