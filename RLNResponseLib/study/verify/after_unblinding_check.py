"""What was done after unblinding, as notes: it changes nothing that was written, and is not to pass unmentioned."""

from __future__ import annotations

from collections.abc import Iterator

from RLNResponseLib.study import layout
from RLNResponseLib.study.after_unblinding import deeds_after_unblinding
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem


def check_after_unblinding(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Name corrections, exclusions, imports and edits of the protocol that came after unblinding, by the log's order.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        A note of code after-unblinding for each kind of deed.

    """
    logs = {writer: [line for line in log.lines if line is not None] for writer, log in inventory.logs.items()}
    for phrase in deeds_after_unblinding(logs, inventory.files.__contains__).phrases():
        yield VerifyProblem(
            kind="note", code="after-unblinding", where=layout.UNBLINDING, sentence=f"After unblinding: {phrase}."
        )
