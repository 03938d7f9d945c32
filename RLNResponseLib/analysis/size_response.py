"""What the short axis of a lymph node on two CT says of its response, by the rules of RECIST 1.1 for lymph nodes.

Source: Eisenhauer et al. 2009 (doi 10.1016/j.ejca.2008.10.026): a short axis of 15 mm and more is measurable, one of 10
to 15 mm is pathological, one below 10 mm is normal (3.1); complete response, partial response and progression are those
of 4.3.1. RECIST adds the target lesions of a patient up; here each lymph node is judged by itself, against its first
CT: with two CT the smallest sum on study is the first one's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes, in_plane_axes
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.patients import RecistCategory
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.study import Study

MEASURABLE_MM = 15.0
NORMAL_BELOW_MM = 10.0
PARTIAL_DECREASE = 0.30
PROGRESSIVE_INCREASE = 0.20
PROGRESSIVE_INCREASE_MM = 5.0
# Limits are met by lengths that differ from them in floating point alone.
ROUNDING_MM = 1e-9


@dataclass(frozen=True, kw_only=True)
class SizeResponse:
    """One lymph node on two CT.

    Attributes
    ----------
    before, after
        Its axes on the first and on the later CT.
    category
        None where the rule gives none, with the reason.
    reason
        "" where there is a category.

    """

    before: InPlaneAxes
    after: InPlaneAxes
    category: RecistCategory | None
    reason: str = ""

    @property
    def change(self) -> float:
        """Of the short axis, as a share of the first: −0.3 is 30 % shorter."""
        return self.after.short_mm / self.before.short_mm - 1

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "before": axes_as_json(self.before),
            "after": axes_as_json(self.after),
            "short_axis_change": self.change,
            "category": self.category,
            "reason": self.reason,
        }


def axes_as_json(axes: InPlaneAxes) -> dict[str, Any]:
    """Axes as the command line prints them; slices are numbered from 0.

    Parameters
    ----------
    axes
        Of one contour.

    Returns
    -------
    dict[str, Any]
    """
    return {"long_axis_mm": axes.long_mm, "short_axis_mm": axes.short_mm, "slice": axes.slice_index}


def size_response(before: InPlaneAxes, after: InPlaneAxes) -> SizeResponse:
    """The response of one lymph node by its short axis.

    Parameters
    ----------
    before, after
        Its axes on the first and on the later CT.

    Returns
    -------
    SizeResponse

    Examples
    --------
    >>> axes = lambda short_mm: InPlaneAxes(30.0, short_mm, 0)
    >>> [size_response(axes(20.0), axes(after)).category for after in (9.9, 14.0, 14.1, 24.9, 25.0)]
    ['CR', 'PR', 'SD', 'SD', 'PD']
    >>> size_response(axes(12.0), axes(11.0)).reason
    'its first short axis of 12.0 mm is below 15 mm, so it was not measurable'
    """
    first, later = before.short_mm, after.short_mm
    category: RecistCategory | None = None
    reason = ""
    grown = later - first
    if first < NORMAL_BELOW_MM - ROUNDING_MM:
        reason = f"its first short axis of {first:.1f} mm is below {NORMAL_BELOW_MM:g} mm, so it was normal by size"
    elif later < NORMAL_BELOW_MM - ROUNDING_MM:
        category = "CR"
    elif first < MEASURABLE_MM - ROUNDING_MM:
        reason = f"its first short axis of {first:.1f} mm is below {MEASURABLE_MM:g} mm, so it was not measurable"
    elif grown >= PROGRESSIVE_INCREASE_MM - ROUNDING_MM and grown >= PROGRESSIVE_INCREASE * first - ROUNDING_MM:
        category = "PD"
    elif -grown >= PARTIAL_DECREASE * first - ROUNDING_MM:
        category = "PR"
    else:
        category = "SD"
    return SizeResponse(before=before, after=after, category=category, reason=reason)


def study_axes(study: Study, lymph_nodes: Collection[str]) -> dict[str, InPlaneAxes]:
    """The axes of the first reader's first contours.

    Parameters
    ----------
    study
        The opened study folder, unblinded.
    lymph_nodes
        Whose contours are measured; one that was not contoured is left out.

    Returns
    -------
    dict[str, InPlaneAxes]
        By lymph node.

    Raises
    ------
    DataRefusedError
        blinded, not-axial, and what reading a changed file refuses.
    """
    study.refuse_while_blinded("The sizes of contours")
    reader, found, ct = study.protocol.readers[0].code, {}, None
    for reading in sorted(study.current_readings(), key=lambda each: (each.image, each.key)):
        key = reading.key
        if key.lymph_node in lymph_nodes and (key.reader, key.round) == (reader, FIRST_ROUND):
            if ct is None or ct.name != reading.image:
                ct = study_ct(study, reading.image)
            found[key.lymph_node] = in_plane_axes(locked_contour(study, reading, ct), ct)
    return found
