"""How often a second reader's score lies in the interval around the first reader's, before and now.

python Testing/simulations/contour_interval.py [--cohorts 1,2] [--phantoms N] [--lidc FOLDER]
python Testing/simulations/contour_interval.py --choose [--judge SEED]

Three sources of contours, each scored by both published models:

cohort    the 129 simulated lymph nodes of docs/cohort.md: reader A, reader B, and A's repeat. The SD that contours are
          redrawn with is the default, and the readers' own distance on the other half of the patients, each half in
          turn. On cohort 1 the share of the whole contour's displacement was chosen (features/perturbation.py); any
          other cohort is new to it.
phantom   lymph nodes of 5 to 26 mm in the demonstration's phantom, drawn by its two readers, whose errors are others
          (half as large again, and a bias of 0.3 mm between them); the SD is from 40 lymph nodes of other phantoms.
LIDC      one real lesion with four radiologists' contours, where the folder is there (LIDC-IDRI-0001): every reader's
          interval against the other three; the SD from the same contours. One lesion proves nothing; it is no
          simulation either.

--choose: the share is chosen on every other patient of cohort 1 alone, by the mean distance of second readers' coverage
from 95%, A's interval against B and B's against A, both scores; it is judged on the patients left out and on a cohort of
another seed, which nothing was chosen on.

"before" is what was said until now: from the lowest to the highest score of 30 contours whose boundary a random field
of 1 mm SD moved, uncentred. Standard errors are by patient (phantom: by phantom). Simulated, but for LIDC, never a
patient.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.cohort_patients import PUBLISHED_PATIENTS, plan_cohort
from RLNResponseLib.demo.cohort_study import read_patient
from RLNResponseLib.demo.phantom import LYMPH_NODES, LymphNodeSpec, make_phantom
from RLNResponseLib.demo.readers import READERS, draw
from RLNResponseLib.features import perturbation
from RLNResponseLib.features.extraction import extract
from RLNResponseLib.features.perturbation import DEFAULT_SD_MM, neighbourhood, random_fields
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.modelling.uncertainty import reader_sd_mm, score_uncertainty
from RLNResponseLib.study.records import ReadingKey

MODELS = published_models()
SIZE = (128, 128, 44)
BEFORE_SD_MM = 1.0
BEFORE_CONTOURS = 30


@dataclass(frozen=True)
class Read:
    """One lymph node, what two readers drew of it and, where there is one, the first one's repeat."""

    patient: str
    ct: CTImage
    first: Contour
    second: Contour
    repeat: Contour | None = None


@dataclass(frozen=True)
class Told:
    """What is said of one score: its interval and the chance of another group."""

    lower: float
    upper: float
    p_other_group: float


Interval = Callable[[CTImage, Contour], tuple[Told, ...]]


def cohort_reads(seed: int) -> Iterator[Read]:
    """The lymph nodes of the simulated cohort of this seed, as `rlnresponse demo --cohort` makes them."""
    for patient in plan_cohort(PUBLISHED_PATIENTS, np.random.default_rng(seed)):
        read = read_patient(patient, seed)
        for name in patient.lymph_nodes:
            first, second, repeat = (
                read.contours[ReadingKey(lymph_node=name, reader=reader, round=reading_round)]
                for reader, reading_round in (("A", 1), ("B", 1), ("A", 2))
            )
            yield Read(patient.id, read.ct, first, second, repeat)


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


def phantom_reads(phantoms: int, seed: int) -> Iterator[Read]:
    """Two readers' contours of four lymph nodes of each phantom; one that a reader loses is left out."""
    for number in range(phantoms):
        rng = np.random.default_rng([seed, number])
        phantom = make_phantom(seed + number, [scaled(spec, rng) for spec in LYMPH_NODES], SIZE)
        for truth in phantom.truth:
            named = replace(truth, name=f"{number} {truth.name}")
            try:
                first, second = (
                    draw(named, phantom.ct.image.GetSpacing(), SIZE[::-1], reader, 1, seed) for reader in READERS
                )
            except DataRefusedError:
                continue
            yield Read(str(number), phantom.ct, first, second)


def lidc_reads(folder: Path) -> Iterator[Read]:
    """Every ordered pair of the four radiologists' contours of the one lesion."""
    ct = read_ct(folder / "crop_image.nrrd")
    contours = [read_contour(folder / f"crop_mask_reader{number}.nrrd", ct) for number in range(1, 5)]
    for one in contours:
        for other in contours:
            if other is not one:
                yield Read("LIDC-IDRI-0001", ct, one, other)


def now(sd_mm: float) -> Interval:
    """What is said now."""

    def told(ct: CTImage, contour: Contour) -> tuple[Told, ...]:
        return tuple(
            Told(each.lower, each.upper, each.p_other_group)
            for each in score_uncertainty(ct, contour, MODELS, sd_mm=sd_mm)
        )

    return told


def before(ct: CTImage, contour: Contour) -> tuple[Told, ...]:
    """What was said before: lowest and highest score of contours that one random field of 1 mm SD moved."""
    i, j, k = ct.image.GetSize()
    spacing = ct.image.GetSpacing()
    around = neighbourhood(contour, spacing, (k, j, i), 4 * BEFORE_SD_MM)
    moved = []
    for field in random_fields(around.distance_mm.shape, spacing, BEFORE_CONTOURS, np.random.default_rng(0)):
        inside = around.distance_mm < BEFORE_SD_MM * field
        local = Contour.from_full_grid(inside, contour.name)
        corner = [start + offset for start, offset in zip(around.corner, local.corner, strict=True)]
        moved.append(scores(ct, replace(local, corner=(corner[0], corner[1], corner[2]))))
    own, drawn = scores(ct, contour), np.array(moved)
    return tuple(
        Told(float(drawn[:, m].min()), float(drawn[:, m].max()), float(np.mean(elsewhere(m, drawn[:, m], own[m]))))
        for m in range(len(MODELS))
    )


def scores(ct: CTImage, contour: Contour) -> NDArray[np.float64]:
    """Both scores of a contour."""
    vectors = [extract(ct, contour, extraction) for extraction in card_extractions(MODELS)]
    return np.array([apply_model(model, card_vector(model, vectors)).score for model in MODELS])


def elsewhere(model: int, values: NDArray[np.float64], own: float) -> NDArray[np.bool_]:
    """Whose group is not that of `own`."""
    cutoff = MODELS[model].cutoff
    return np.array([cutoff.group(float(value)) != cutoff.group(float(own)) for value in values])


def by_patient(values: Sequence[float], patients: Sequence[str]) -> tuple[float, float]:
    """The mean and its standard error, lymph nodes of a patient together; not a number from one patient."""
    clusters = np.unique(patients, return_inverse=True)[1]
    each = np.asarray(values, dtype=float)
    sums = np.bincount(clusters, each - each.mean())
    groups = len(sums)
    error = np.sqrt(groups / (groups - 1) * (sums**2).sum()) / len(each) if groups > 1 else np.nan
    return float(each.mean()), float(error)


def _or_none(value: float, form: str) -> str:
    return "–" if np.isnan(value) else format(value, form)


def print_rows(title: str, reads: Sequence[Read], intervals: Sequence[Interval]) -> None:
    """A row a model: the interval of each read's first contour against its own, the second's and the repeat's score."""
    told, own, second, repeat, patients = [], [], [], [], []
    for read, interval in zip(reads, intervals, strict=True):
        try:
            said = interval(read.ct, read.first)
        except DataRefusedError:
            continue
        told.append(said)
        own.append(scores(read.ct, read.first))
        second.append(scores(read.ct, read.second))
        repeat.append(scores(read.ct, read.repeat) if read.repeat is not None else own[-1] * np.nan)
        patients.append(read.patient)
    owns, seconds, repeats = np.array(own), np.array(second), np.array(repeat)
    for m, model in enumerate(MODELS):
        lower = np.array([each[m].lower for each in told])
        upper = np.array([each[m].upper for each in told])
        chance = np.array([each[m].p_other_group for each in told])
        cutoff = model.cutoff
        happened = np.array(
            [cutoff.group(float(a)) != cutoff.group(float(b)) for a, b in zip(owns[:, m], seconds[:, m], strict=True)]
        )
        outside = int(((owns[:, m] < lower) | (owns[:, m] > upper)).sum())
        inside, error = by_patient((seconds[:, m] >= lower) & (seconds[:, m] <= upper), patients)
        again = float(np.mean((repeats[:, m] >= lower) & (repeats[:, m] <= upper)))
        again_words = "–" if np.isnan(repeats).all() else f"{again:.1%}"
        difference, difference_error = by_patient(chance - happened, patients)
        print(
            f"{title:36} {model.title:17} {len(told):4} {outside:4}   {inside:6.1%} ± {_or_none(error, '.1%'):>4}  {again_words:>6}  "
            f"{np.median(upper - lower):6.2f}   {chance.mean():6.1%} {happened.mean():6.1%}  "
            f"{100 * difference:+5.1f} ± {_or_none(100 * difference_error, '.1f')}",
            flush=True,
        )


def other_half(reads: Sequence[Read]) -> list[Interval]:
    """For each lymph node the interval with the SD of the other half of the patients."""
    patients = list(dict.fromkeys(read.patient for read in reads))
    halves = [set(patients[::2]), set(patients[1::2])]
    made = [
        reader_sd_mm([(read.ct, read.first, read.second) for read in reads if read.patient in half]) for half in halves
    ]
    print(f"SD of one reader's boundary, by half of the patients: {made[0]:.3f} and {made[1]:.3f} mm")
    return [now(made[1] if read.patient in halves[0] else made[0]) for read in reads]


def coverage(reads: Sequence[Read], part: float) -> tuple[list[float], list[float], list[str]]:
    """How often B lies in A's interval and A in B's, by score, each with its standard error; and whose they are."""
    perturbation.WHOLE_PART = part
    held: list[list[bool]] = []
    patients = []
    for read in reads:
        a, b = scores(read.ct, read.first), scores(read.ct, read.second)
        row = []
        for contour, other in ((read.first, b), (read.second, a)):
            told = score_uncertainty(read.ct, contour, MODELS)
            row += [bool(each.lower <= value <= each.upper) for each, value in zip(told, other, strict=True)]
        held.append(row)
        patients.append(read.patient)
    found = [by_patient(column, patients) for column in np.array(held, dtype=float).T]
    return [share for share, _ in found], [error for _, error in found], patients


def choose(parts: Sequence[float], judge: int) -> None:
    """Choose the whole contour's share on half of cohort 1, judge it on the rest and on another cohort."""
    reads = list(cohort_reads(1))
    patients = list(dict.fromkeys(read.patient for read in reads))
    chosen_on = set(patients[::2])
    half = [read for read in reads if read.patient in chosen_on]
    rest = [read for read in reads if read.patient not in chosen_on]
    columns = [f"{who}, {model.title}" for who in ("A's interval", "B's interval") for model in MODELS]
    print(f"{'':44}{'n':>4}  " + "  ".join(f"{name:>30}" for name in columns))

    def row(title: str, reads: Sequence[Read], part: float) -> float:
        shares, errors, _ = coverage(reads, part)
        cells = (f"{share:.1%} ± {error:.1%}" for share, error in zip(shares, errors, strict=True))
        print(f"{title:44}{len(reads):4}  " + "  ".join(f"{cell:>30}" for cell in cells), flush=True)
        return float(np.mean(np.abs(np.array(shares) - 0.95)))

    missed = {part: row(f"share {part:g}, the half that it is chosen on", half, part) for part in parts}
    best = min(missed, key=lambda part: missed[part])
    print("mean distance from 95%: " + ", ".join(f"{part:g} {100 * off:.1f}" for part, off in missed.items()))
    row(f"share {best:g}, chosen: the other half", rest, best)
    if judge:
        row(f"share {best:g}, chosen: cohort {judge}", list(cohort_reads(judge)), best)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", default="1,2", help="seeds")
    parser.add_argument("--phantoms", type=int, default=40)
    parser.add_argument("--lidc", type=Path)
    parser.add_argument(
        "--choose", action="store_true", help="choose the whole contour's share, and judge it elsewhere"
    )
    parser.add_argument("--judge", type=int, default=3, help="seed of the cohort to judge on; 0: none")
    parser.add_argument("--parts", default="0.6,0.71,0.82,0.9", help="shares to choose among")
    call = parser.parse_args()
    start = time.perf_counter()
    if call.choose:
        choose([float(part) for part in call.parts.split(",")], call.judge)
        return
    print(
        "own: drawn contours whose own score is outside their interval; inside: second readers' scores; repeat: those "
        "of the first\nreader's repeat; width: median; said, did: mean chance of another group, and how often the "
        "second reader's was another\n"
    )
    print(
        f"{'contours, SD':36} {'score':17} {'n':>4} {'own':>4}   {'inside ± SE':>14}  {'repeat':>6}  {'width':>6}   "
        f"{'said':>6} {'did':>6}  said − did"
    )
    for seed in (int(part) for part in call.cohorts.split(",") if part):
        reads = list(cohort_reads(seed))
        everyone = len(reads)
        print_rows(f"cohort {seed}, before", reads, [before] * everyone)
        print_rows(f"cohort {seed}, {DEFAULT_SD_MM:g} mm", reads, [now(DEFAULT_SD_MM)] * everyone)
        print_rows(f"cohort {seed}, from the other half", reads, other_half(reads))
        swapped = [replace(read, first=read.second, second=read.first, repeat=None) for read in reads]
        print_rows(f"cohort {seed}, {DEFAULT_SD_MM:g} mm, B's interval", swapped, [now(DEFAULT_SD_MM)] * everyone)
    if call.phantoms:
        others = list(phantom_reads(10, 10_001))
        sd_mm = reader_sd_mm([(read.ct, read.first, read.second) for read in others])
        reads = list(phantom_reads(call.phantoms, 1))
        print_rows("phantom, before", reads, [before] * len(reads))
        print_rows(f"phantom, {DEFAULT_SD_MM:g} mm", reads, [now(DEFAULT_SD_MM)] * len(reads))
        print_rows(f"phantom, {sd_mm:.2f} mm from others", reads, [now(sd_mm)] * len(reads))
    if call.lidc is not None:
        reads = list(lidc_reads(call.lidc))
        sd_mm = reader_sd_mm([(read.ct, read.first, read.second) for read in reads])
        print_rows("LIDC lesion, before", reads, [before] * len(reads))
        print_rows(f"LIDC lesion, {DEFAULT_SD_MM:g} mm", reads, [now(DEFAULT_SD_MM)] * len(reads))
        print_rows(f"LIDC lesion, {sd_mm:.2f} mm", reads, [now(sd_mm)] * len(reads))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
