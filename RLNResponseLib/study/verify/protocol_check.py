"""The study's protocol against what was frozen, and against what readings were made under."""

from __future__ import annotations

from collections.abc import Iterator

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.study import layout
from RLNResponseLib.study.protocol_file import protocol_digest, protocol_name
from RLNResponseLib.study.protocol_formats import FORMATS, OLD_PROTOCOL_NAME, PROTOCOL_NAME
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem, problem


def protocol_now(inventory: Inventory) -> str | None:
    """SHA-256 of the protocol that judges the study: the frozen one, else that of its file.

    Parameters
    ----------
    inventory
        The study folder.

    Returns
    -------
    str or None
        None where there is no readable one.

    """
    frozen = inventory.records.get(layout.FROZEN_PROTOCOL)
    if frozen is not None:
        return str(frozen.content["protocol_sha256"])
    try:
        return protocol_digest(read_regular(inventory.folder / protocol_name(inventory.files.__contains__)))
    except (OSError, DataRefusedError):
        return None


def check_protocol(inventory: Inventory) -> Iterator[VerifyProblem]:
    """The protocol's file.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        It is not there, there are two, it was changed after it was frozen; as notes its old format, and that readings
        were opened or locked under another text.

    """
    try:
        name = protocol_name(inventory.files.__contains__)
    except DataRefusedError as two:
        yield VerifyProblem(kind="added", code=two.code, where=OLD_PROTOCOL_NAME, sentence=str(two))
        return
    if name not in inventory.files:
        if name not in inventory.unread:
            yield problem("removed", "protocol-removed", name, "is not there")
        return
    if name == OLD_PROTOCOL_NAME:
        yield problem(
            "note",
            "old-protocol-format",
            name,
            f"is {FORMATS[name]}, as studies were made before {PROTOCOL_NAME}: ruamel.yaml reads it, and nothing "
            "rewrites it",
        )
    try:
        digest = protocol_digest(read_regular(inventory.folder / name))
    except OSError as error:
        yield problem("changed", "unreadable", name, f"cannot be read ({error.strerror})")
        return
    frozen = inventory.records.get(layout.FROZEN_PROTOCOL)
    if frozen is not None and frozen.content["protocol_sha256"] != digest:
        yield problem("changed", "protocol-changed", name, "was changed after it was frozen for unblinding")
    holding = digest if frozen is None else frozen.content["protocol_sha256"]
    other = [
        record.path
        for record in inventory.whole_records
        if record.content.get("kind") in ("opening", "reading")
        and record.content.get("protocol_sha256") not in (None, holding)
    ]
    if other:
        more = f" and {len(other) - 1} more" if len(other) > 1 else ""
        yield problem(
            "note", "protocol-edited", name, f"had another text when {other[0]}{more} was made; the log holds each text"
        )
