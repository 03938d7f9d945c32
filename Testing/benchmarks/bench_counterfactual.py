"""How long it takes to say what would change a group, beside one score of the same contour, in one run.

usage: bench_counterfactual.py [ROUNDS]

The contours: the phantom's four lymph nodes, the cohort's largest kind among them, and pyradiomics' lung2 (48 cm³, 5 mm
slices) where `make test` has unpacked it; of lung1 the groups are withheld, so nothing is computed. One score is
`score_contour`, checks included, of the paper's two scores. Both run in turn; times are of the processor, and the ratio
is the median over the rounds. The longest step is what an editor can be held up by.
"""

from __future__ import annotations

import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path

from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.counterfactual import counterfactual_steps
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models

REAL = Path(__file__).resolve().parents[2] / ".cache" / "pyradiomics-data"


def cases() -> list[tuple[str, CTImage, Contour]]:
    """Name, CT and contour of each lymph node."""
    phantom = make_phantom(3)
    found = [(contour.name, phantom.ct, contour) for contour in phantom.truth]
    if (REAL / "lung2_image.nrrd").is_file():
        ct = read_ct(REAL / "lung2_image.nrrd")
        found.append(("lung2", ct, read_contour(REAL / "lung2_label.nrrd", ct)))
    return found


def main(rounds: int) -> None:
    """Print the table."""
    models = published_models()
    print(f"medians of {rounds} rounds, processor time; two scores, every check in one score")
    print(
        f"{'contour':<28} {'voxels':>7} {'tried':>6} {'one score ms':>13} {'all ms':>7} {'ratio':>6} {'longest step ms':>16}"
    )
    for name, ct, contour in cases():
        result = score_contour(ct, contour, models)
        ones, alls, longest, tried = [], [], [], 0
        for _ in range(rounds + 1):
            begin = time.process_time()
            score_contour(ct, contour, models)
            ones.append(time.process_time() - begin)
            steps, marks = counterfactual_steps(result, ct, contour), [time.process_time()]
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    tried = max(each.tried for each in end.value)
                    break
                marks.append(time.process_time())
            alls.append(time.process_time() - marks[0])
            longest.append(max(after - before for before, after in pairwise(marks)))
        # The first round loads what computes.
        ones, alls, longest = ones[1:], alls[1:], longest[1:]
        ratio = statistics.median(whole / one for whole, one in zip(alls, ones, strict=True))
        print(
            f"{name:<28} {contour.voxel_count:7} {tried:6} {1e3 * statistics.median(ones):13.1f} "
            f"{1e3 * statistics.median(alls):7.0f} {ratio:6.0f} {1e3 * max(longest):16.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
