"""Surface Dice of the 200 pairs by the reference implementation, which is no dependency of this project.

pip install --no-deps --target /tmp/reference surface-distance
PYTHONPATH=/tmp/reference python Testing/oracle/surface_distance_figures.py
"""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path

from mask_pairs import mask_pairs
from surface_distance import metrics

FIGURES = Path(__file__).parent / "figures" / "surface_distance.json"


def main() -> None:
    """Write the figures: a row a pair, surface Dice at 1, 2 and 3 mm."""
    warnings.simplefilter("ignore")
    rows = []
    for first, second, spacing in mask_pairs():
        distances = metrics.compute_surface_distances(first, second, spacing)
        rows.append([float(metrics.compute_surface_dice_at_tolerance(distances, mm)) for mm in (1, 2, 3)])
    of = f"surface-distance {version('surface-distance')} (google-deepmind/surface-distance)"
    FIGURES.write_text(json.dumps({"versions": of, "surface_dice": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"figures/{FIGURES.name}: {len(rows)} pairs")


if __name__ == "__main__":
    main()
