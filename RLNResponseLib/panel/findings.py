"""Findings as a few lines of text, told apart by a sign and not by colour alone."""

from __future__ import annotations

from collections.abc import Iterable

from RLNResponseLib.findings import Finding

# Signs that are drawn without an emoji font too.
_SIGNS = {"error": "✗", "warning": "⚠", "info": "ℹ"}


def in_words(findings: Iterable[Finding]) -> str:
    """One line a finding, in their order."""
    return "\n".join(f"{_SIGNS[finding.severity]} {finding.message}" for finding in findings)
