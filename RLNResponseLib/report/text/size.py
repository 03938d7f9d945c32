"""What a lymph node's axes, and their change between two CT, are said to be."""

from __future__ import annotations

from RLNResponseLib.analysis.patient_size_response import MOST_TARGETS, LymphNodeSizes, PatientSizeResponse
from RLNResponseLib.analysis.size_response import (
    MEASURABLE_MM,
    PARTIAL_DECREASE,
    PROGRESSIVE_INCREASE,
    SizeResponse,
    length_figures,
    length_words,
)
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import apart
from RLNResponseLib.imaging.in_plane_axes import NORMAL_SHORT_AXIS_MM, InPlaneAxes
from RLNResponseLib.report.text.sentences import Sentence

WEAKNESS = (
    "Measured from the contour's voxels: a length is known to about one voxel, and another reader's contour gives "
    "another; near a limit the category says little."
)
RULE = (
    f"RECIST 1.1 for one lymph node by itself: CR a short axis below {NORMAL_SHORT_AXIS_MM:g} mm, PR at least 30 % "
    f"shorter, PD at least 20 % and 5 mm longer, SD otherwise; only one of {MEASURABLE_MM:g} mm and more is measurable."
)

PATIENT_RULE = (
    f"RECIST 1.1 for a patient: the {MOST_TARGETS} largest lymph nodes of {MEASURABLE_MM:g} mm and more are targets "
    f"and added up, the others of {NORMAL_SHORT_AXIS_MM:g} mm and more are not; CR where all are below "
    f"{NORMAL_SHORT_AXIS_MM:g} mm, PR a sum at least 30 % less, PD at least 20 % and 5 mm more or a new lymph node, SD "
    "otherwise. Whether lymph nodes that are no targets have progressed is for a reader to say: there is no category "
    "where one of them grew by 20 % and 5 mm and nothing else is PD. Lesions other than these lymph nodes are not "
    "counted."
)


def change_words(change: float) -> str:
    """A change of size in percent, on its own side of the limits of RECIST.

    Parameters
    ----------
    change
        As a share of the first size.

    Returns
    -------
    str

    Examples
    --------
    >>> change_words(-0.31), change_words(-0.2996), change_words(0.2)
    ('-31 %', '-29.96 %', '+20 %')
    """
    shown = apart(round(100 * change, 6), -100 * PARTIAL_DECREASE, 100 * PROGRESSIVE_INCREASE, digits=0)
    return f"{'+' if change >= 0 else ''}{shown} %"


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
    return _axes_words(length_words(axes.judged_mm), axes)


def _axes_words(short_axis: str, axes: InPlaneAxes) -> str:
    return f"short axis {short_axis}, long axis {axes.long_mm:.1f} mm, slice {axes.slice_index + 1}"


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
    if axes.judged_mm < NORMAL_SHORT_AXIS_MM:
        return f"normal by size (below {NORMAL_SHORT_AXIS_MM:g} mm)"
    if axes.judged_mm < MEASURABLE_MM:
        return f"pathological, not measurable ({NORMAL_SHORT_AXIS_MM:g} to {MEASURABLE_MM:g} mm)"
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
    first, later = length_figures(response.before.judged_mm, response.after.judged_mm)
    return (
        Sentence(kind="figure", text=f"{name}: {judged} (short axis {change_words(response.change)})"),
        Sentence(kind="figure", text=f"before: {_axes_words(f'{first} mm', response.before)}", indent=2),
        Sentence(kind="figure", text=f"after: {_axes_words(f'{later} mm', response.after)}", indent=2),
        Sentence(kind="statement", text=RULE),
        Sentence(kind="statement", text=WEAKNESS),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def patient_size_response_sentences(name: str, response: PatientSizeResponse) -> tuple[Sentence, ...]:
    """What is said of a patient's lymph nodes on two CT.

    Parameters
    ----------
    name
        Of the patient, or of the file.
    response
        Of all lymph nodes.

    Returns
    -------
    tuple of Sentence
    """
    sums = ""
    if response.change is not None:
        first, later = length_figures(response.sum_before_mm, response.sum_after_mm)
        sums = f" (sum of short axes {first} to {later} mm, {change_words(response.change)})"
    because = f": {response.reason}" if response.reason else ""
    parts = [f"targets {response.target}"] if response.target else []
    others = non_target_words(response)
    parts += [f"other lymph nodes {others}"] if others else []
    return (
        Sentence(kind="figure", text=f"{name}: {response.category or 'no category'}{sums}{because}"),
        *([Sentence(kind="figure", text=", ".join(parts), indent=2)] if parts else []),
        *(Sentence(kind="figure", text=_sizes_words(each), indent=2) for each in response.lymph_nodes),
        Sentence(kind="statement", text=PATIENT_RULE),
        Sentence(kind="statement", text=WEAKNESS),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def non_target_words(response: PatientSizeResponse) -> str:
    """What is said of the lymph nodes of 10 mm and more that are no targets.

    Parameters
    ----------
    response
        Of all lymph nodes.

    Returns
    -------
    str
        "" where there are none, or one was not evaluated.
    """
    if any(each.to_judge for each in response.lymph_nodes):
        return "for a reader to judge"
    return response.non_target or ""


def _sizes_words(sizes: LymphNodeSizes) -> str:
    before, after = sizes.before, sizes.after
    first, later = "", "not evaluated" if not sizes.evaluated else "vanished"
    if before is not None and after is not None:
        first, later = (f"{figure} mm" for figure in length_figures(before.judged_mm, after.judged_mm))
    elif before is not None:
        first = length_words(before.judged_mm)
    elif after is not None:
        later = length_words(after.judged_mm)
    return f"{sizes.name}: {sizes.role}, short axis {f'{first} to ' if first else ''}{later}"
