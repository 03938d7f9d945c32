"""What the short axis of a lymph node on two CT says of its response, by the rules of RECIST 1.1 for lymph nodes.

Source: Eisenhauer et al. 2009 (doi 10.1016/j.ejca.2008.10.026): a short axis of 15 mm and more is measurable, one of 10
to 15 mm is pathological, one below 10 mm is normal (3.1); complete response, partial response and progression are those
of 4.3.1. Here each lymph node is judged by itself, against its first CT: with two CT the smallest sum on study is the
first one's. A patient's lymph nodes together: `patient_size_response`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.wording import apart
from RLNResponseLib.imaging.in_plane_axes import NORMAL_SHORT_AXIS_MM, InPlaneAxes, in_plane_axes
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.patients import RecistCategory
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.study import Study

MEASURABLE_MM = 15.0
PARTIAL_DECREASE = 0.30
PROGRESSIVE_INCREASE = 0.20
PROGRESSIVE_INCREASE_MM = 5.0
# Limits are met by sums and shares that differ from them in floating point alone.
_ROUNDING_MM = 1e-9
# Beyond them lengths differ in floating point alone.
_MOST_DIGITS = 9


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
    >>> size_response(axes(14.96), axes(11.0)).reason
    'its first short axis of 14.96 mm is below 15 mm, so it was not measurable'
    """
    first, later = before.judged_mm, after.judged_mm
    category: RecistCategory | None = None
    reason = ""
    if first < NORMAL_SHORT_AXIS_MM:
        small = f"its first short axis of {length_words(first)} is below {NORMAL_SHORT_AXIS_MM:g} mm"
        reason = f"{small}, so it was normal by size"
    elif first < MEASURABLE_MM and later >= NORMAL_SHORT_AXIS_MM:
        reason = (
            f"its first short axis of {length_words(first)} is below {MEASURABLE_MM:g} mm, so it was not measurable"
        )
    else:
        category = category_of_lengths(first, later, all_normal=later < NORMAL_SHORT_AXIS_MM)
    return SizeResponse(before=before, after=after, category=category, reason=reason)


def category_of_lengths(first_mm: float, later_mm: float, *, all_normal: bool) -> RecistCategory:
    """The response of one short axis, or of a sum of them (Eisenhauer et al. 2009, 4.3.1).

    Parameters
    ----------
    first_mm, later_mm
        On the first and the later CT.
    all_normal
        Whether every later short axis is below 10 mm.

    Returns
    -------
    RecistCategory

    Examples
    --------
    >>> [category_of_lengths(40.0, later, all_normal=False) for later in (28.0, 28.1, 47.9, 48.0)]
    ['PR', 'SD', 'SD', 'PD']
    """
    if all_normal:
        return "CR"
    if has_progressed(first_mm, later_mm):
        return "PD"
    return "PR" if all(_falls(first_mm, later_mm)) else "SD"


def has_progressed(first_mm: float, later_mm: float) -> bool:
    """Whether a length, or a sum, is 20 % and 5 mm longer, or more (Eisenhauer et al. 2009, 4.3.1).

    Parameters
    ----------
    first_mm, later_mm
        On the first and the later CT.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_progressed(20.0, 24.97), has_progressed(20.0, 25.0), has_progressed(40.0, 45.0)
    (False, True, False)
    """
    return all(_rises(first_mm, later_mm))


def _rises(first_mm: float, later_mm: float) -> tuple[bool, bool]:
    grown = later_mm - first_mm
    return grown >= PROGRESSIVE_INCREASE_MM - _ROUNDING_MM, grown >= PROGRESSIVE_INCREASE * first_mm - _ROUNDING_MM


def _falls(first_mm: float, later_mm: float) -> tuple[bool]:
    return (first_mm - later_mm >= PARTIAL_DECREASE * first_mm - _ROUNDING_MM,)


def length_figures(first_mm: float, later_mm: float) -> tuple[str, str]:
    """A length on two CT, or a sum, with the digits that show what is judged of it: its side of 10 and 15 mm, and
    whether it grew by 5 mm and by 20 % or shrank by 30 %.

    Parameters
    ----------
    first_mm, later_mm
        On the first and the later CT.

    Returns
    -------
    tuple of str
        Without their unit, with one number of digits.

    Examples
    --------
    >>> length_figures(20.0, 24.97), length_figures(20.0, 25.0), length_figures(14.96, 22.0)
    (('20.00', '24.97'), ('20.0', '25.0'), ('14.96', '22.00'))
    """
    exact = round(first_mm, _MOST_DIGITS), round(later_mm, _MOST_DIGITS)
    shown = ("", "")
    for digits in range(1, _MOST_DIGITS + 1):
        shown = (f"{exact[0]:.{digits}f}", f"{exact[1]:.{digits}f}")
        if _sides(float(shown[0]), float(shown[1])) == _sides(*exact):
            break
    return shown


def _sides(first_mm: float, later_mm: float) -> tuple[bool, ...]:
    """All that is asked of two lengths."""
    lengths = (each >= limit for each in (first_mm, later_mm) for limit in (NORMAL_SHORT_AXIS_MM, MEASURABLE_MM))
    return (*lengths, *_rises(first_mm, later_mm), *_falls(first_mm, later_mm))


def length_words(short_mm: float) -> str:
    """A short axis in mm, on its own side of what it is compared with.

    Parameters
    ----------
    short_mm
        As limits are compared with it.

    Returns
    -------
    str

    Examples
    --------
    >>> length_words(14.96), length_words(17.512)
    ('14.96 mm', '17.5 mm')
    """
    return f"{apart(short_mm, NORMAL_SHORT_AXIS_MM, MEASURABLE_MM, digits=1)} mm"


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
