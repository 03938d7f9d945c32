"""A lymph node on a second CT: a row of its own in lymph_nodes.csv, which names the row that it repeats.

The row has a code and an image of its own, so that it is assigned, contoured, locked and verified as any other, and its
reader is not told what it repeats: both columns are sealed until unblinding, as outcomes are. In the analysis it is no
further lymph node: it is compared with the row that it repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.study.patients import LymphNode, LymphNodeOutcome, Occasion

# "retest": nothing happened between the two CT. "after": treatment did.
OCCASIONS: tuple[Occasion, ...] = ("retest", "after")


@dataclass(frozen=True)
class LaterScan:
    """A lymph node on a later CT.

    Attributes
    ----------
    lymph_node
        The code of its row.
    repeat_of
        The code of the row of its first CT.
    occasion
        What the later CT is.

    """

    lymph_node: str
    repeat_of: str
    occasion: Occasion


def later_scans_of(outcomes: Sequence[LymphNodeOutcome]) -> tuple[LaterScan, ...]:
    """The rows that repeat another, in their order.

    Parameters
    ----------
    outcomes
        The sealed half of lymph_nodes.csv.

    Returns
    -------
    tuple of LaterScan
    """
    return tuple(
        LaterScan(each.lymph_node, each.repeat_of, each.occasion)
        for each in outcomes
        if each.repeat_of is not None and each.occasion is not None
    )


def refuse_bad_occasions(table: Table, lymph_nodes: Sequence[LymphNode], outcomes: Sequence[LymphNodeOutcome]) -> None:
    """Refuse a row that does not say whole and once which row it repeats.

    Parameters
    ----------
    table
        lymph_nodes.csv, for places in sentences.
    lymph_nodes, outcomes
        Its rows, both halves.

    Raises
    ------
    DataRefusedError
        bad-occasion.
    """
    if not any(each.repeat_of or each.occasion for each in outcomes):
        return
    known = {lymph_node.id: lymph_node for lymph_node in lymph_nodes}
    repeats = {outcome.lymph_node for outcome in outcomes if outcome.repeat_of}
    seen: set[tuple[str | None, str | None]] = set()
    for line, outcome in enumerate(outcomes):
        own, first = known[outcome.lymph_node], known.get(outcome.repeat_of or "")
        if not outcome.repeat_of and not outcome.occasion:
            continue
        fault = ""
        if not outcome.repeat_of or not outcome.occasion:
            fault = "has one of repeat_of and occasion; fill in both, or neither"
        elif first is None or first.id == own.id or first.id in repeats:
            fault = "repeats a row that is not the first CT of a lymph node; name in repeat_of the code of such a row"
        elif first.patient != own.patient or first.image == own.image:
            fault = "repeats a row of another patient, or of the same image; a repeat is on another CT of the patient"
        elif (outcome.repeat_of, outcome.occasion) in seen:
            fault = "repeats a row that another row repeats on the same occasion; keep one of them"
        elif (outcome.recist, outcome.local_control_months, outcome.local_recurrence) != (None, None, None):
            fault = "repeats another and has an outcome; the outcome stands in the row of the first CT"
        if fault:
            raise DataRefusedError(f"{table.where(line)} {fault}.", "bad-occasion")
        seen.add((outcome.repeat_of, outcome.occasion))
