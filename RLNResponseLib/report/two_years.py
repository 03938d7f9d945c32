"""The published endpoint of one lymph node: local control two years after the (chemo)radiotherapy."""

from __future__ import annotations

from RLNResponseLib.study.records import LymphNodeOutcome

ENDPOINT_MONTHS = 24.0


def two_year_control(outcome: LymphNodeOutcome) -> str | None:
    """Recurred within two years: "failed"; watched for two years without: "controlled"; else None (early death, lost)."""
    months = outcome.local_control_months
    if months is None or outcome.local_recurrence is None:
        return None
    if outcome.local_recurrence and months <= ENDPOINT_MONTHS:
        return "failed"
    return "controlled" if months >= ENDPOINT_MONTHS else None
