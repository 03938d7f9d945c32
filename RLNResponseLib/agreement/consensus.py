"""One contour from several readers' contours of one lymph node: by majority, or by STAPLE.

STAPLE (Warfield, Zou and Wells 2004, doi 10.1109/TMI.2004.828354) estimates each reader's sensitivity and specificity
and the probability of every voxel together, by expectation maximisation. Voxels that the same readers drew are alike,
so it is computed once for each such set of voxels, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.surface import in_one_box
from RLNResponseLib.common.about import __version__
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.imaging.records import Contour

ConsensusRule = Literal["majority", "staple"]
CONSENSUS_RULES: tuple[ConsensusRule, ...] = get_args(ConsensusRule)
# More than half; a probability above one half.
CONSENSUS_THRESHOLD = 0.5
MOST_CONTOURS = 50
# The square step of all figures together at which it ends: far below what moves a voxel.
_SMALLEST_STEP = 1e-20
_MOST_ITERATIONS = 100_000
_IDENTIFIED = 3
# What a contour is beside without its own part; of two contours only the pair is left.
_OTHERS = {
    False: "the consensus of the others",
    True: "the other contour, which of two is the Dice of the pair",
}


@dataclass(frozen=True, kw_only=True)
class ReaderPerformance:
    """One contour beside the consensus.

    Attributes
    ----------
    name
        Whose contour.
    dice
        With the consensus, in which it has its part.
    dice_with_others
        With the consensus of the other contours, made by the same rule; of two contours that of the pair. None where
        the others agree on no voxel.
    sensitivity, specificity
        As STAPLE estimates them, specificity within the box around all contours; None of a majority.
    """

    name: str
    dice: float
    dice_with_others: float | None
    sensitivity: float | None = None
    specificity: float | None = None


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """One contour from several, and how it came about.

    Attributes
    ----------
    contour
        The consensus.
    rule
        "majority" or "staple".
    threshold
        A voxel is inside where more than this share of the contours hold it, or its probability is above this.
    readers
        Each contour that went in, in its order.
    iterations
        Of STAPLE; 0 of a majority.
    """

    contour: Contour
    rule: ConsensusRule
    threshold: float
    readers: tuple[ReaderPerformance, ...]
    iterations: int = 0

    @property
    def provenance(self) -> str:
        """What it is made of and how, on one line: it stands in the file and accompanies the score."""
        names = ", ".join(reader.name for reader in self.readers)
        how = (
            f"STAPLE, probability above {self.threshold:g} (Warfield 2004, in the box around all contours)"
            if self.rule == "staple"
            else f"majority, voxels that more than {self.threshold:g} of the contours hold"
        )
        return f"consensus of {len(self.readers)} contours ({names}) by {how}; RLNResponse {__version__}"


def consensus(
    contours: Sequence[Contour],
    names: Sequence[str],
    rule: ConsensusRule,
    *,
    name: str,
    threshold: float = CONSENSUS_THRESHOLD,
) -> Consensus:
    """One contour from several of one CT.

    Parameters
    ----------
    contours
        Two or more, each of another reader.
    names
        Whose each is.
    rule
        "majority" or "staple".
    name
        Of the consensus.
    threshold
        From 0 to below 1. A voxel is inside where more than this share of the contours hold it (0: their union), or
        where its probability is above this.

    Returns
    -------
    Consensus

    Raises
    ------
    DataRefusedError
        few-contours, many-contours, bad-threshold, empty-consensus.

    Examples
    --------
    Of three readers, the second drew one voxel more and the third one less:

    >>> import numpy as np
    >>> rows = np.array([[0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 0, 0]], dtype=bool)
    >>> drawn = [Contour.from_full_grid(row[None, None], "LN1") for row in rows]
    >>> made = consensus(drawn, "ABC", "majority", name="LN1")
    >>> made.contour.voxel_count, [round(reader.dice, 2) for reader in made.readers]
    (2, [1.0, 0.8, 0.67])
    >>> [round(reader.dice_with_others, 2) for reader in made.readers]  # B's others are A and C, who share one voxel
    [0.67, 0.5, 0.67]
    """
    _refuse_unusable(len(contours), threshold)
    corner, masks = in_one_box(contours)
    figures: Sequence[tuple[float | None, float | None]] = [(None, None)] * len(contours)
    iterations = 0
    if rule == "staple":
        found = staple(masks)
        inside, iterations = found.probability > threshold, found.iterations
        figures = list(zip(found.sensitivity.tolist(), found.specificity.tolist(), strict=True))
    else:
        inside = masks.mean(axis=0) > threshold
    if not inside.any():
        raise DataRefusedError(
            f"The {len(contours)} contours of '{name}' agree on no voxel above the threshold of {threshold:g}: they "
            "may be of different lesions; look at them together.",
            "empty-consensus",
        )
    made = Contour.from_full_grid(inside, name)
    k, j, i = (int(at + start) for at, start in zip(made.corner, corner, strict=True))
    return Consensus(
        contour=Contour(name=name, voxels=made.voxels, corner=(k, j, i)),
        rule=rule,
        threshold=threshold,
        readers=tuple(
            ReaderPerformance(
                name=whose,
                dice=_dice(masks[number], inside) or 0.0,
                dice_with_others=_dice(masks[number], _of_others(masks, number, rule, threshold)),
                sensitivity=p,
                specificity=q,
            )
            for number, (whose, (p, q)) in enumerate(zip(names, figures, strict=True))
        ),
        iterations=iterations,
    )


def _of_others(masks: Bools, own: int, rule: ConsensusRule, threshold: float) -> Bools:
    """What the other contours agree on, in the same box."""
    others = np.delete(masks, own, axis=0)
    if len(others) == 1:
        return np.asarray(others[0])
    values = staple(others).probability if rule == "staple" else others.mean(axis=0)
    return np.asarray(values > threshold)


def _dice(mask: Bools, other: Bools) -> float | None:
    return 2 * float((mask & other).sum()) / float(mask.sum() + other.sum()) if other.any() else None


def consensus_sentences(made: Consensus) -> tuple[str, ...]:
    """What a consensus is, and what it is not.

    Parameters
    ----------
    made
        The consensus.

    Returns
    -------
    tuple of str
        What it is made of; each contour beside it; where two contours decide, that they do so badly.
    """
    each = "; ".join(_words(reader) for reader in made.readers)
    sentences = [
        f"{made.contour.name}: {made.provenance}; {made.contour.voxel_count} voxels.",
        f"{made.contour.name}: {each}. Each contour has its part in the consensus, which flatters its Dice; beside it "
        f"that with {_OTHERS[len(made.readers) < _IDENTIFIED]}.",
    ]
    if len(made.readers) == _IDENTIFIED and made.rule == "staple":
        sentences.append(
            f"{made.contour.name}: the others of three are two contours, whose STAPLE depends on where the iteration "
            "begins."
        )
    if len(made.readers) < _IDENTIFIED and made.rule == "staple":
        sentences.append(
            f"{made.contour.name}: two contours do not identify STAPLE's figures; what it gives depends on where the "
            "iteration begins (the share of the contours that hold a voxel)."
        )
    elif len(made.readers) < _IDENTIFIED and made.threshold == CONSENSUS_THRESHOLD:
        sentences.append(f"{made.contour.name}: the majority of two contours is what both hold.")
    return tuple(sentences)


def _words(reader: ReaderPerformance) -> str:
    alone = (
        "none (the others agree on no voxel)" if reader.dice_with_others is None else f"{reader.dice_with_others:.3f}"
    )
    words = f"{reader.name} Dice {reader.dice:.3f}, without its part {alone}"
    if reader.sensitivity is None or reader.specificity is None:
        return words
    return f"{words}, sensitivity {reader.sensitivity:.3f}, specificity {reader.specificity:.3f}"


@dataclass(frozen=True, kw_only=True)
class StapleEstimate:
    """What STAPLE estimates of several masks.

    Attributes
    ----------
    probability
        Of each voxel to be inside, of the masks' shape.
    sensitivity, specificity
        Of each mask.
    iterations
        Until both no longer moved.
    """

    probability: Floats
    sensitivity: Floats
    specificity: Floats
    iterations: int

    __repr__ = short_repr


def staple(masks: NDArray[np.bool_], most_iterations: int = _MOST_ITERATIONS) -> StapleEstimate:
    """Warfield, Zou and Wells's estimate for binary masks (2004, equations 14 to 18), begun as ITK begins: with the
    share of the masks that hold a voxel.

    The prior is the mean share of voxels inside, so it depends on the field: masks of a whole CT, nearly all of it
    outside, give another answer than their box alone.

    Parameters
    ----------
    masks
        [reader, …].
    most_iterations
        Where it ends though the figures still move.

    Returns
    -------
    StapleEstimate
    """
    drawn = masks.reshape(len(masks), -1)
    # Voxels that the same readers drew are one row, weighed by how many they are.
    packed = np.packbits(drawn, axis=0)
    _, first, which, count = np.unique(packed, axis=1, return_index=True, return_inverse=True, return_counts=True)
    votes = drawn[:, first]
    prior = float((votes * count).sum() / (count.sum() * len(votes)))
    inside = votes.mean(axis=0)
    sensitivity = specificity = np.zeros(len(votes))
    iterations = 0
    while iterations < most_iterations:
        iterations += 1
        before = sensitivity, specificity
        sensitivity, specificity = _share(votes, inside * count), _share(~votes, (1 - inside) * count)
        of_inside = prior * np.where(votes, sensitivity[:, None], 1 - sensitivity[:, None]).prod(axis=0)
        of_outside = (1 - prior) * np.where(votes, 1 - specificity[:, None], specificity[:, None]).prod(axis=0)
        both = of_inside + of_outside
        inside = np.divide(of_inside, both, out=np.zeros_like(both), where=both > 0)
        step = sum(
            float(((now - then) ** 2).sum()) for now, then in zip((sensitivity, specificity), before, strict=True)
        )
        if step < _SMALLEST_STEP:
            break
    return StapleEstimate(
        probability=inside[which.reshape(-1)].reshape(masks.shape[1:]),
        sensitivity=sensitivity,
        specificity=specificity,
        iterations=iterations,
    )


def _share(votes: NDArray[np.bool_], weight: Floats) -> Floats:
    total = weight.sum()
    return np.asarray(votes @ weight / total) if total > 0 else np.ones(len(votes))


def _refuse_unusable(contours: int, threshold: float) -> None:
    if contours < 2:
        raise DataRefusedError("A consensus is made of two contours or more; name another reader's.", "few-contours")
    if contours > MOST_CONTOURS:
        raise DataRefusedError(
            f"A consensus is made of {MOST_CONTOURS} contours at most, not of {contours}; name fewer.", "many-contours"
        )
    if not 0 <= threshold < 1:
        raise DataRefusedError(
            f"The threshold of a consensus is from 0 to below 1, not {threshold:g}; 0.5 is a majority.", "bad-threshold"
        )
