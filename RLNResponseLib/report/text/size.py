"""What a lymph node's axes, and their change between two CT, are said to be."""

from __future__ import annotations

from RLNResponseLib.analysis.size_response import MEASURABLE_MM, NORMAL_BELOW_MM, ROUNDING_MM, SizeResponse
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes
from RLNResponseLib.report.text.sentences import Sentence

WEAKNESS = (
    "Measured from the contour's voxels: a length is known to about one voxel, and another reader's contour gives "
    "another; near a limit the category says little."
)
RULE = (
    f"RECIST 1.1 for one lymph node by itself: CR a short axis below {NORMAL_BELOW_MM:g} mm, PR at least 30 % shorter, "
    f"PD at least 20 % and 5 mm longer, SD otherwise; only one of {MEASURABLE_MM:g} mm and more is measurable."
)


def axes_words(axes: InPlaneAxes) -> str:
    """The axes of one contour in words.

    Parameters
    ----------
    axes
        As measured.

    Returns
    -------
    str

    Examples
    --------
    >>> axes_words(InPlaneAxes(31.25, 17.5, 11))
    'short axis 17.5 mm, long axis 31.2 mm, slice 12'
    """
    return f"short axis {axes.short_mm:.1f} mm, long axis {axes.long_mm:.1f} mm, slice {axes.slice_index + 1}"


def size_class(axes: InPlaneAxes) -> str:
    """What RECIST 1.1 calls a lymph node of this size.

    Parameters
    ----------
    axes
        As measured.

    Returns
    -------
    str

    Examples
    --------
    >>> [size_class(InPlaneAxes(30.0, short_mm, 0)) for short_mm in (9.9, 12.0, 15.0 - 1e-12)]
    ['normal by size (below 10 mm)', 'pathological, not measurable (10 to 15 mm)', 'measurable (15 mm and more)']
    """
    if axes.short_mm < NORMAL_BELOW_MM - ROUNDING_MM:
        return f"normal by size (below {NORMAL_BELOW_MM:g} mm)"
    if axes.short_mm < MEASURABLE_MM - ROUNDING_MM:
        return f"pathological, not measurable ({NORMAL_BELOW_MM:g} to {MEASURABLE_MM:g} mm)"
    return f"measurable ({MEASURABLE_MM:g} mm and more)"


def axes_sentences(name: str, axes: InPlaneAxes) -> tuple[Sentence, ...]:
    """What is said of one lymph node's size.

    Parameters
    ----------
    name
        Of the contour.
    axes
        As measured.

    Returns
    -------
    tuple of Sentence
    """
    return (
        Sentence(kind="figure", text=f"{name}: {axes_words(axes)}: {size_class(axes)}"),
        Sentence(kind="statement", text=WEAKNESS),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def size_response_sentences(name: str, response: SizeResponse) -> tuple[Sentence, ...]:
    """What is said of one lymph node's size on two CT.

    Parameters
    ----------
    name
        Of the lymph node.
    response
        Of its two sizes.

    Returns
    -------
    tuple of Sentence
    """
    judged = response.category or f"no category: {response.reason}"
    return (
        Sentence(kind="figure", text=f"{name}: {judged} (short axis {100 * response.change:+.0f} %)"),
        Sentence(kind="figure", text=f"before: {axes_words(response.before)}", indent=2),
        Sentence(kind="figure", text=f"after: {axes_words(response.after)}", indent=2),
        Sentence(kind="statement", text=RULE),
        Sentence(kind="statement", text=WEAKNESS),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )
