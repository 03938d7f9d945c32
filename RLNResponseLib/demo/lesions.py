"""The lesions that `rlnresponse demo` scores: a phantom's lymph nodes, and two real lesions where they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.display import short_repr
from RLNResponseLib.imaging.contours import read_contour
from RLNResponseLib.imaging.ct import read_ct
from RLNResponseLib.imaging.records import Contour, CTImage

FOLDER_VARIABLE = "RLNRESPONSE_PYRADIOMICS_DATA"
REAL_CASES = ("lung1", "lung2")
PHANTOM_SEED = 1
PHANTOM_SIZE = (256, 256, 60)


@dataclass(frozen=True)
class DemoLesions:
    """What to score, and one sentence on what it is."""

    origin: str
    lesions: tuple[tuple[CTImage, Contour], ...]

    __repr__ = short_repr


def real_lesions_folder() -> Path | None:
    """The folder with pyradiomics' lung1 and lung2, which `make demo` fills in a clone; None where there is none."""
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / ".cache" / "pyradiomics-data"
    files = [folder / f"{case}_{part}.nrrd" for case in REAL_CASES for part in ("image", "label")]
    return folder if all(file.is_file() for file in files) else None


def phantom_lymph_nodes() -> DemoLesions:
    """The lymph nodes of a small simulated chest CT."""
    phantom = make_phantom(PHANTOM_SEED, size=PHANTOM_SIZE)
    return DemoLesions(
        "Lymph nodes of a simulated chest CT: the kind of lesion that the scores are made for.",
        tuple((phantom.ct, contour) for contour in phantom.truth),
    )


def real_lesions() -> DemoLesions | None:
    """pyradiomics' two real lung lesions; None where they are not on this machine."""
    folder = real_lesions_folder()
    if folder is None:
        return None
    lesions = []
    for case in REAL_CASES:
        ct = read_ct(folder / f"{case}_image.nrrd")
        contour = read_contour(folder / f"{case}_label.nrrd", ct)
        lesions.append((ct, Contour(case, contour.voxels, contour.corner, contour.findings)))
    return DemoLesions(
        "Two real CT from pyradiomics' source distribution, with lung lesions: tumours, not lymph nodes. A score can be computed for "
        "anything; lung1's lies so far from the paper's lymph nodes that no group is given.",
        tuple(lesions),
    )
