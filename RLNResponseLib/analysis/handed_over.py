"""Two readings compared in a process of its own, and handed to the one that shows them.

Reading a whole CT and scoring two contours on it would hold up whoever looks at it. `python -m` this module does that
elsewhere: into a folder of the caller's go the comparison without its CT, and the CT's voxels as a file that can be
mapped into memory and copied a few slices at a time. What is read back is what the caller's own process wrote, from a
folder that nobody else may write in.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.analysis.comparisons import lymph_node_comparison
from RLNResponseLib.analysis.disagreement import ReadingComparison, ReadingPair
from RLNResponseLib.common.errors import DataRefusedError, refusal_of
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.study.study import Study

_COMPARISON, _VOXELS = "comparison.pickle", "voxels.npy"


@dataclass(frozen=True)
class HandedOver:
    """A comparison from another process.

    Attributes
    ----------
    comparison
        Of the two readings; its CT is cut to the first voxel, which keeps its place, spacing, directions and name.
    voxels
        Of the whole CT, HU, [k, j, i], mapped from the file: they are read where they are looked at.
    """

    comparison: ReadingComparison
    voxels: NDArray[np.number]


def comparison_arguments(study: Study, model: str, pair: ReadingPair, lymph_node: str, folder: Path) -> list[str]:
    """What Python is called with to compare two readings elsewhere.

    Parameters
    ----------
    study
        Unblinded.
    model
        ID of the score.
    pair
        Which readings.
    lymph_node
        Its identifier.
    folder
        An empty folder, where the comparison is put.

    Returns
    -------
    list[str]
        From `-m` on.
    """
    readings = [str(part) for reading in (pair.first, pair.second) for part in reading]
    return ["-m", __name__, str(study.folder), model, *readings, lymph_node, str(folder)]


def hand_over(comparison: ReadingComparison, folder: Path) -> None:
    """Put a comparison into a folder.

    Parameters
    ----------
    comparison
        Of two readings.
    folder
        Where it is put.
    """
    import SimpleITK as sitk

    image = comparison.ct.image
    np.save(folder / _VOXELS, sitk.GetArrayViewFromImage(image))
    without = replace(comparison, ct=replace(comparison.ct, image=image[:1, :1, :1]))
    with (folder / _COMPARISON).open("wb") as file:
        _Pickler(file).dump(without)


def take_over(folder: Path) -> HandedOver:
    """The comparison in a folder.

    Parameters
    ----------
    folder
        Of `hand_over`; it must stay for as long as voxels are looked at.

    Returns
    -------
    HandedOver
    """
    comparison = pickle.loads((folder / _COMPARISON).read_bytes())
    return HandedOver(comparison, np.load(folder / _VOXELS, mmap_mode="r"))


class _Pickler(pickle.Pickler):
    """Takes the read-only mappings of a model card too; they come back as what they are a view of."""

    def reducer_override(self, value: Any) -> Any:
        return (dict, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


def main(arguments: Sequence[str]) -> int:
    """Compare two readings of a study and put the comparison into a folder.

    Parameters
    ----------
    arguments
        Of `comparison_arguments`, without `-m` and the module's name.

    Returns
    -------
    int
        0 where it is there, 1 where the study refuses it: the sentence is on standard error.
    """
    study, model, reader, number, other_reader, other_number, lymph_node, folder = arguments
    pair = ReadingPair((reader, int(number)), (other_reader, int(other_number)))
    try:
        compared = lymph_node_comparison(Study.open(Path(study)), [find_model(model)], pair, lymph_node)
        hand_over(compared, Path(folder))
    except DataRefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(refusal_of(error), file=sys.stderr)
        return 1
    except MemoryError:
        print("The comparison needs more memory than there is; close what else is open.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
