"""How often the second reader's score falls inside the interval around the first reader's, by size of the lymph node.

python Testing/simulations/uncertainty_coverage.py [--phantoms N] [--seed N]

Lymph nodes of a simulated phantom (demo/phantom.py), scaled to 6 to 30 mm, drawn by the two simulated readers of the
demonstration (demo/readers.py): slice by slice, with a bias of their own and end slices left out or added. The interval
is computed from reader A's contour alone, with the default SD and with the SD found between the two readers on other
lymph nodes. Simulated, never a patient.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import LYMPH_NODES, LymphNodeSpec, make_phantom
from RLNResponseLib.demo.readers import READERS, draw
from RLNResponseLib.features.perturbation import DEFAULT_SD_MM
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.uncertainty import reader_sd_mm, score_uncertainty

SIZE = (128, 128, 44)
SIZES_MM = ((0, 10), (10, 15), (15, 20), (20, 40))


@dataclass(frozen=True)
class Read:
    """One lymph node and what two readers drew of it; the diameter is that of a ball of its volume."""

    ct: CTImage
    first: Contour
    second: Contour
    diameter_mm: float


@dataclass(frozen=True)
class Outcome:
    """What became of one score of one lymph node."""

    diameter_mm: float
    model: str
    inside: bool
    width: float
    difference: float
    p_other_group: float
    other_group: bool


def scaled(spec: LymphNodeSpec, rng: np.random.Generator) -> LymphNodeSpec:
    """The lymph node in another size and density."""
    factor = rng.uniform(0.4, 1.35)
    a, b, c = (factor * axis for axis in spec.semi_axes_mm)
    return replace(
        spec,
        semi_axes_mm=(a, b, c),
        rotation_deg=float(rng.uniform(-40, 40)),
        mean_hu=float(rng.uniform(45, 110)),
        texture_sd_hu=float(rng.uniform(1, 18)),
        core_fraction=float(rng.choice([0.0, 0.5])),
    )


def read_lymph_nodes(phantoms: int, seed: int) -> Iterator[Read]:
    """Two readers' contours of four lymph nodes of each phantom; one that a reader loses is left out."""
    for number in range(phantoms):
        rng = np.random.default_rng([seed, number])
        phantom = make_phantom(seed + number, [scaled(spec, rng) for spec in LYMPH_NODES], SIZE)
        spacing = phantom.ct.image.GetSpacing()
        for truth in phantom.truth:
            named = Contour(name=f"{number} {truth.name}", voxels=truth.voxels, corner=truth.corner)
            try:
                first, second = (draw(named, spacing, SIZE[::-1], reader, 1, seed) for reader in READERS)
            except DataRefusedError:
                continue
            volume = truth.voxel_count * float(np.prod(spacing))
            yield Read(phantom.ct, first, second, (6 * volume / np.pi) ** (1 / 3))


def outcomes(reads: Sequence[Read], sd_mm: float) -> tuple[list[Outcome], int]:
    """The outcomes, and how many lymph nodes are too small for an interval."""
    found, refused = [], 0
    models = published_models()
    for read in reads:
        try:
            told = score_uncertainty(read.ct, read.first, models, sd_mm=sd_mm)
            first = score_contour(read.ct, read.first, models).scores
            second = score_contour(read.ct, read.second, models).scores
        except DataRefusedError:
            refused += 1
            continue
        found += [
            Outcome(
                read.diameter_mm,
                one.model.id,
                interval.lower <= other.score <= interval.upper,
                interval.upper - interval.lower,
                abs(other.score - one.score),
                interval.p_other_group,
                other.group != one.group,
            )
            for interval, one, other in zip(told, first, second, strict=True)
        ]
    return found, refused


def print_table(found: Sequence[Outcome], refused: int, title: str) -> None:
    """Coverage by model and size."""
    print(f"\n{title}; {refused} lymph nodes refused")
    print(
        f"{'score':24} {'diameter':>10} {'n':>4} {'inside':>7} {'width':>7} {'|B − A|':>8} {'p other':>8} {'other':>6}"
    )
    for model in dict.fromkeys(outcome.model for outcome in found):
        for low, high in (*SIZES_MM, (0, 99)):
            rows = [o for o in found if o.model == model and low <= o.diameter_mm < high]
            if not rows:
                continue
            size = "all" if high == 99 else f"{low}–{high} mm"
            print(
                f"{model:24} {size:>10} {len(rows):4} {np.mean([o.inside for o in rows]):7.1%} "
                f"{np.median([o.width for o in rows]):7.3f} {np.median([o.difference for o in rows]):8.3f} "
                f"{np.mean([o.p_other_group for o in rows]):8.1%} {np.mean([o.other_group for o in rows]):6.1%}"
            )


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phantoms", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    call = parser.parse_args()
    start = time.perf_counter()
    reads = list(read_lymph_nodes(call.phantoms, call.seed))
    others = list(read_lymph_nodes(10, call.seed + 10_000))
    sd_mm = reader_sd_mm([(read.ct, read.first, read.second) for read in others])
    print(
        f"{len(reads)} lymph nodes, "
        f"{min(r.diameter_mm for r in reads):.0f} to {max(r.diameter_mm for r in reads):.0f} mm"
    )
    print(
        "inside: second reader's score in the interval (30 contours, 95 %); width and |B − A|: medians, of the score;"
    )
    print("p other: mean stated chance of the other group; other: how often the second reader's group is the other one")
    for sd, origin in ((DEFAULT_SD_MM, "the default"), (sd_mm, f"from two readers of {len(others)} other lymph nodes")):
        print_table(*outcomes(reads, sd), f"SD {sd:.2f} mm, {origin}")
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
