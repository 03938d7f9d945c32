"""What a study's readings were begun from, how much of a proposal was changed, and how readers agree by that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from RLNResponseLib.agreement.overlap import ReaderOverlap
from RLNResponseLib.common.wording import are, counted
from RLNResponseLib.study.beginnings import Provenance, is_against, provenance
from RLNResponseLib.study.records import FIRST_ROUND, ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study

_OF_ASSISTED = ("neither was assisted", "one of the two was", "both were")


@dataclass(frozen=True, kw_only=True)
class ProvenanceGroup:
    """The lymph nodes whose two first readings were alike in this.

    Attributes
    ----------
    assisted
        How many of the two readings were assisted: 0, 1 or 2.
    lymph_nodes
        How many.
    mean_dice
        Between the two readers.
    """

    assisted: int
    lymph_nodes: int
    mean_dice: float


@dataclass(frozen=True, kw_only=True)
class ProvenanceSummary:
    """Of the locked readings that hold.

    Attributes
    ----------
    readings
        How many are of each provenance, those with none left out.
    start_dice
        Of each assisted reading whose start is known, Dice of start and locked contour.
    unchanged
        How many of these were locked as they came.
    against_protocol
        Readings that were assisted though the protocol does not allow it: "LN1/A-1".
    groups
        Agreement of the two first readings, by how many of them were assisted.
    """

    readings: Mapping[Provenance, int]
    start_dice: tuple[float, ...]
    unchanged: int
    against_protocol: tuple[str, ...]
    groups: tuple[ProvenanceGroup, ...]

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "readings": dict(self.readings),
            "start_dice": list(self.start_dice),
            "unchanged": self.unchanged,
            "against_protocol": list(self.against_protocol),
            "between_readers": [vars(group) for group in self.groups],
        }


def provenance_summary(study: Study, between: ReaderOverlap | None) -> ProvenanceSummary:
    """What the readings of an unblinded study were begun from.

    Parameters
    ----------
    study
        An opened study.
    between
        The overlap of both readers' first contours, None where there is none.

    Returns
    -------
    ProvenanceSummary

    Raises
    ------
    DataRefusedError
        blinded, sealed-part-changed.
    """
    study.refuse_while_blinded("What readings were begun from")
    protocol = study.protocol
    counts: dict[Provenance, int] = {}
    dice, against, unchanged = [], [], 0
    assisted: dict[ReadingKey, bool] = {}
    for reading in study.current_readings():
        part = sealed_part(study, reading)
        found = provenance(part.beginnings)
        counts[found] = counts.get(found, 0) + 1
        if found != "not known":
            assisted[ReadingKey(**{**vars(reading.key), "revision": 1})] = found == "assisted"
        if part.change is not None:
            dice.append(part.change.dice)
            unchanged += part.change.dice == 1
        if found == "assisted" and is_against(protocol, reading.key):
            against.append(f"{reading.key.lymph_node}/{reading.key.name}")
    readers = [plan.code for plan in protocol.readers]
    return ProvenanceSummary(
        readings=counts,
        start_dice=tuple(dice),
        unchanged=unchanged,
        against_protocol=tuple(against),
        groups=() if between is None else _groups(between, readers, assisted),
    )


def _groups(
    between: ReaderOverlap, readers: Sequence[str], assisted: Mapping[ReadingKey, bool]
) -> tuple[ProvenanceGroup, ...]:
    dice: dict[int, list[float]] = {}
    for name, overlap in between.by_lymph_node.items():
        keys = [ReadingKey(lymph_node=name, reader=reader, round=FIRST_ROUND) for reader in readers]
        known = [assisted[key] for key in keys if key in assisted]
        if len(known) == 2:
            dice.setdefault(sum(known), []).append(overlap.dice)
    return tuple(
        ProvenanceGroup(assisted=number, lymph_nodes=len(values), mean_dice=fmean(values))
        for number, values in sorted(dice.items())
    )


def provenance_sentences(summary: ProvenanceSummary) -> tuple[str, ...]:
    """What is said of it; nothing where no reading was assisted.

    Parameters
    ----------
    summary
        Of a study.

    Returns
    -------
    tuple of str
    """
    number = summary.readings.get("assisted", 0)
    if not number:
        return ()
    total = sum(summary.readings.values())
    changed = (
        f" (Dice of start and locked contour: median {median(summary.start_dice):.3f}; "
        f"{summary.unchanged} locked as it came)"
        if summary.start_dice
        else ""
    )
    sentences = [
        f"Of {counted(total, 'reading')} {number} {are(number)} assisted, begun from a proposal or written by an "
        f"effect that draws by itself{changed}."
    ]
    if summary.groups:
        each = ", ".join(
            f"{group.mean_dice:.3f} where {_OF_ASSISTED[group.assisted]} ({counted(group.lymph_nodes, 'lymph node')})"
            for group in summary.groups
        )
        sentences.append(
            f"Mean Dice between the readers: {each}. Two readers who begin from one proposal agree with it, which is "
            "no agreement of their own."
        )
    if summary.against_protocol:
        sentences.append(
            f"The protocol does not allow the assistance of {counted(len(summary.against_protocol), 'reading')}: "
            f"{', '.join(summary.against_protocol[:5])}{' …' if len(summary.against_protocol) > 5 else ''}."
        )
    return tuple(sentences)
