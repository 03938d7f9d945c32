"""What a check found: plain records that travel with a contour and its score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from RLNResponseLib.common.errors import DataRefusedError, with_option
from RLNResponseLib.common.wording import one_line

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One named result of a check.

    Attributes
    ----------
    code
        Stable name for programs, kebab-case (`"several-components"`).
    severity
        "error" refuses the score, "warning" accompanies it, "info" is said once.
    message
        One sentence for the reader: what is wrong, where, what to do.
    numbers
        What was measured, with its unit in the key (`{"volume_mm3": 12.5}`).
    terminal
        What the command line can offer beside it, with its option; nobody else says it.

    Examples
    --------
    >>> finding = Finding(
    ...     code="small-contour",
    ...     severity="warning",
    ...     message="The contour is small; look at it.",
    ...     numbers={"volume_mm3": 12.5},
    ... )
    >>> finding.as_json()["numbers"]
    {'volume_mm3': 12.5}
    """

    code: str
    severity: Severity
    message: str
    numbers: Mapping[str, float | int | str] = field(default_factory=lambda: MappingProxyType({}))
    terminal: str = ""

    @property
    def at_terminal(self) -> str:
        """The message as the command line says it."""
        return one_line(with_option(self.message, self.terminal))

    def as_json(self) -> dict[str, Any]:
        """The finding as the command line and the study folder write it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "numbers": dict(self.numbers),
        }


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise DataRefusedError with the first finding of severity "error", if there is one.

    Parameters
    ----------
    findings
        What the checks found.

    Raises
    ------
    DataRefusedError
        The finding's own code and sentence.

    Examples
    --------
    >>> refuse_errors([Finding(code="small-contour", severity="warning", message="It is small; look at it.")])
    >>> refuse_errors([Finding(code="empty-contour", severity="error", message="It is empty; draw it.")])
    Traceback (most recent call last):
    RLNResponseLib.common.errors.DataRefusedError: It is empty; draw it.
    """
    for finding in findings:
        if finding.severity == "error":
            raise DataRefusedError(finding.message, finding.code, finding.terminal)
