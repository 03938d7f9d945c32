"""How much faster extraction on the crop is than plain pyradiomics, in one run.

python Testing/benchmarks/bench_extraction.py [--pairs N] [--data FOLDER]

Plain is RadiomicsFeatureExtractor().execute(image, mask) on the full CT with defaults, as pyradiomics' users call it.
Ours is extract_features from the same full mask: finding the contour's box is counted. The two run in turn, and the
ratio is the median over the pairs. lung1 and lung2 are pyradiomics' CT; the 12, 20 and 30 mm lymph nodes lie in a
noise CT of 512×512×120.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "pyradiomics-data"
SPACING_MM = (0.68, 0.68, 2.5)
EIGHT = tuple(dict.fromkeys(name for model in PUBLISHED_MODELS for name in find_model(model).coefficients))


def cases(folder: Path) -> Iterator[tuple[str, sitk.Image, sitk.Image]]:
    """Name, CT and mask of each case."""
    for name in ("lung1", "lung2"):
        if (folder / f"{name}_image.nrrd").is_file():
            yield name, sitk.ReadImage(folder / f"{name}_image.nrrd"), sitk.ReadImage(folder / f"{name}_label.nrrd")
    image = sitk.GetImageFromArray(np.random.default_rng(1).normal(60, 20, (120, 512, 512)).astype(np.int16))
    image.SetSpacing(SPACING_MM)
    k, j, i = np.ogrid[:120, :512, :512]
    for diameter in (12, 20, 30):
        squared = ((k - 60) * SPACING_MM[2]) ** 2 + ((j - 250) * SPACING_MM[1]) ** 2 + ((i - 260) * SPACING_MM[0]) ** 2
        mask = sitk.GetImageFromArray((squared <= (diameter / 2) ** 2).astype(np.uint8))
        mask.CopyInformation(image)
        yield f"{diameter} mm", image, mask


def ours(image: sitk.Image, mask: sitk.Image, features: tuple[str, ...] | None) -> None:
    """Extraction as a caller with a full mask does it."""
    contour = Contour.from_full_grid(sitk.GetArrayViewFromImage(mask), "lesion")
    extract_features(CTImage(image=image), contour, features=features)


def seconds(work: object, *arguments: object) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work(*arguments)  # type: ignore[operator]
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("RLNRESPONSE_PYRADIOMICS_DATA", CACHE)))
    call = parser.parse_args()
    radiomics.setVerbosity(60)
    print(f"median of {call.pairs} interleaved pairs; ms are medians")
    print(f"{'case':8} {'plain ms':>9} {'106 ms':>8} {'ratio':>7} {'eight ms':>9} {'ratio':>7}")
    for name, image, mask in cases(call.data):
        plain = RadiomicsFeatureExtractor()
        plain.execute(image, mask)
        rows = []
        for _ in range(call.pairs):
            rows.append(
                (
                    seconds(plain.execute, image, mask),
                    seconds(ours, image, mask, None),
                    seconds(ours, image, mask, EIGHT),
                )
            )
        whole, all_features, eight = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio_all = statistics.median(p / a for p, a, _ in rows)
        ratio_eight = statistics.median(p / e for p, _, e in rows)
        print(
            f"{name:8} {whole * 1e3:9.0f} {all_features * 1e3:8.1f} {ratio_all:6.0f}× {eight * 1e3:9.1f} {ratio_eight:6.0f}×"
        )


if __name__ == "__main__":
    main()
