"""How a record or another line names a line of the audit log, in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.strict_json import is_count, is_digest


def ref_json(ref: AuditRef) -> dict[str, Any]:
    """How a record or a mark names a line.

    Parameters
    ----------
    ref
        The line.

    Returns
    -------
    dict
        writer, sequence, sha256.

    """
    return {"writer": ref.writer, "sequence": ref.sequence, "sha256": ref.sha256}


def ref_of(data: Mapping[str, Any]) -> AuditRef:
    """What `ref_json` wrote.

    Parameters
    ----------
    data
        writer, sequence, sha256.

    Returns
    -------
    AuditRef

    """
    return AuditRef(data["writer"], data["sequence"], data["sha256"])


def is_ref(data: Any) -> bool:
    """Whether JSON names a line as `ref_json` does.

    Parameters
    ----------
    data
        From JSON.

    Returns
    -------
    bool

    """
    return (
        isinstance(data, dict)
        and data.keys() == {"writer", "sequence", "sha256"}
        and isinstance(data["writer"], str)
        and is_count(data["sequence"], 1)
        and is_digest(data["sha256"])
    )
