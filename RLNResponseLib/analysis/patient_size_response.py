"""What the short axes of a patient's lymph nodes on two CT say of the patient's response, by RECIST 1.1.

Source: Eisenhauer et al. 2009 (doi 10.1016/j.ejca.2008.10.026). At most two lesions of an organ are targets, and lymph
nodes are one organ (EORTC's clarification, https://recist.eortc.org/recist-1-1-2/): the two largest of 15 mm and more.
The other lymph nodes of 10 mm and more are no targets, and smaller ones are normal. The targets' short axes are added
up and the sums compared as in `size_response`; the tables of 4.5 put targets, the others and new lymph nodes together.
With two CT the smallest sum on study is the first one's. What a contour cannot tell is left to a reader and said:
whether lymph nodes that are no targets have progressed "unequivocally" (4.3.4), and whether one that was normal is a
new lesion. So there is no category where one that is no target grew by what makes a target's progression: size alone
does not decide it, but nothing denies it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from RLNResponseLib.analysis.size_response import (
    MEASURABLE_MM,
    axes_as_json,
    category_of_lengths,
    has_progressed,
    length_figures,
)
from RLNResponseLib.common.wording import listed
from RLNResponseLib.imaging.in_plane_axes import NORMAL_SHORT_AXIS_MM, InPlaneAxes
from RLNResponseLib.study.patients import RecistCategory

MOST_TARGETS = 2
Role = Literal["target", "non-target", "normal", "new"]
NonTargetCategory = Literal["CR", "non-CR/non-PD"]
_MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class LymphNodeSizes:
    """One lymph node of a patient on two CT.

    Attributes
    ----------
    name
        Of the lymph node.
    role
        By its size on the first CT; "new" where it is on the later one alone.
    before, after
        Its axes; None where it is not there. A vanished lymph node has no length.
    evaluated
        Whether it is known what became of it.
    """

    name: str
    role: Role
    before: InPlaneAxes | None
    after: InPlaneAxes | None
    evaluated: bool

    @property
    def later_mm(self) -> float:
        """Its later short axis; 0 where it vanished."""
        return 0.0 if self.after is None else self.after.judged_mm

    @property
    def to_judge(self) -> bool:
        """Whether it is no target and grew so much that a reader must say if that is unequivocal progression."""
        if self.role != "non-target" or self.before is None:
            return False
        return has_progressed(self.before.judged_mm, self.later_mm)


@dataclass(frozen=True, kw_only=True)
class PatientSizeResponse:
    """A patient's lymph nodes on two CT.

    Attributes
    ----------
    lymph_nodes
        Each with its role, as they were named.
    sum_before_mm, sum_after_mm
        Of the targets' short axes; 0 without a target.
    target
        Of the sums; None without targets, or where one was not evaluated.
    non_target
        Of the others of 10 mm and more; None where there are none, one was not evaluated, or a reader must judge one.
    category
        Of the patient; None where RECIST gives none or leaves it to a reader, with the reason.
    reason
        "" where nothing is left to be said.
    """

    lymph_nodes: tuple[LymphNodeSizes, ...]
    sum_before_mm: float
    sum_after_mm: float
    target: RecistCategory | None
    non_target: NonTargetCategory | None
    category: RecistCategory | Literal["non-CR/non-PD"] | None
    reason: str

    def of(self, role: Role) -> tuple[LymphNodeSizes, ...]:
        """The lymph nodes of one role."""
        return tuple(each for each in self.lymph_nodes if each.role == role)

    @property
    def change(self) -> float | None:
        """Of the sum, as a share of the first; None without targets or where one was not evaluated."""
        if self.target is None:
            return None
        return self.sum_after_mm / self.sum_before_mm - 1

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "lymph_nodes": [
                {
                    "lymph_node": each.name,
                    "role": each.role,
                    "before": None if each.before is None else axes_as_json(each.before),
                    "after": None if each.after is None else axes_as_json(each.after),
                    "evaluated": each.evaluated,
                }
                for each in self.lymph_nodes
            ],
            "sum_before_mm": self.sum_before_mm,
            "sum_after_mm": self.sum_after_mm if self.target else None,
            "sum_change": self.change,
            "target": self.target,
            "non_target": self.non_target,
            "category": self.category,
            "reason": self.reason,
        }


def patient_size_response(
    before: Mapping[str, InPlaneAxes], after: Mapping[str, InPlaneAxes | None]
) -> PatientSizeResponse:
    """The response of one patient by the short axes of all lymph nodes.

    Parameters
    ----------
    before
        By lymph node, on the first CT.
    after
        By lymph node, on the later one; None for one that vanished, no entry for one that was not evaluated. A name
        that the first CT has not is a new lymph node.

    Returns
    -------
    PatientSizeResponse

    Examples
    --------
    Two targets of 20 and 16 mm and one lymph node of 12 mm:

    >>> axes = lambda short_mm: InPlaneAxes(40.0, short_mm, 0)
    >>> before = {"LN1": axes(20.0), "LN2": axes(16.0), "LN3": axes(12.0)}
    >>> found = patient_size_response(before, {"LN1": axes(9.0), "LN2": None, "LN3": axes(11.0)})
    >>> found.sum_before_mm, found.sum_after_mm, found.target, found.non_target, found.category
    (36.0, 9.0, 'CR', 'non-CR/non-PD', 'PR')
    """
    roles = _roles(before)
    sizes = [
        LymphNodeSizes(name=name, role=roles[name], before=axes, after=after.get(name), evaluated=name in after)
        for name, axes in before.items()
    ]
    sizes += [
        LymphNodeSizes(name=name, role="new", before=None, after=axes, evaluated=True)
        for name, axes in after.items()
        if name not in before and axes is not None
    ]
    targets = [each for each in sizes if each.role == "target"]
    others = [each for each in sizes if each.role == "non-target"]
    first, later = (
        sum(before[each.name].judged_mm for each in targets),
        sum(each.later_mm for each in targets if each.evaluated),
    )
    target = None
    if targets and all(each.evaluated for each in targets):
        target = category_of_lengths(first, later, all_normal=all(map(_is_normal, targets)))
    non_target: NonTargetCategory | None = None
    if others and all(each.evaluated and not each.to_judge for each in others):
        non_target = "CR" if all(map(_is_normal, others)) else "non-CR/non-PD"
    category, reason = _together(sizes, target, non_target)
    return PatientSizeResponse(
        lymph_nodes=tuple(sizes),
        sum_before_mm=first,
        sum_after_mm=later,
        target=target,
        non_target=non_target,
        category=category,
        reason=reason,
    )


def _roles(before: Mapping[str, InPlaneAxes]) -> dict[str, Role]:
    measurable = [name for name, axes in before.items() if axes.judged_mm >= MEASURABLE_MM]
    targets = sorted(measurable, key=lambda name: (-before[name].judged_mm, name))[:MOST_TARGETS]
    return {
        name: "target" if name in targets else "normal" if axes.judged_mm < NORMAL_SHORT_AXIS_MM else "non-target"
        for name, axes in before.items()
    }


def _is_normal(sizes: LymphNodeSizes) -> bool:
    return sizes.later_mm < NORMAL_SHORT_AXIS_MM


def _named(sizes: list[LymphNodeSizes]) -> str:
    return listed([each.name for each in sizes], _MOST_NAMED)


def _together(
    sizes: list[LymphNodeSizes], target: RecistCategory | None, non_target: NonTargetCategory | None
) -> tuple[RecistCategory | Literal["non-CR/non-PD"] | None, str]:
    """Eisenhauer's tables 1 and 2, for what contours can tell."""
    new = [each for each in sizes if each.role == "new" and not _is_normal(each)]
    if new:
        return "PD", f"{_named(new)} of {NORMAL_SHORT_AXIS_MM:g} mm or more is on the later CT alone: a new lesion"
    if target == "PD":
        return "PD", ""
    unknown = [each for each in sizes if each.role in ("target", "non-target") and not each.evaluated]
    missing = f"{_named(unknown)} was not evaluated on the later CT" if unknown else ""
    left = _left_to_a_reader(sizes)
    if left:
        return None, "; ".join([*left, *([missing] if missing else [])])
    if any(each.role == "target" for each in sizes):
        if target is None:
            return None, missing
        # Table 1: others that persist, or were not all evaluated, leave no complete response.
        incomplete = non_target == "non-CR/non-PD" or bool(unknown)
        return ("PR" if target == "CR" and incomplete else target), missing
    if any(each.role == "non-target" for each in sizes):
        return non_target, missing or f"no lymph node was {MEASURABLE_MM:g} mm, so there is no sum"
    return None, f"no lymph node was {NORMAL_SHORT_AXIS_MM:g} mm, so all were normal by size"


def _left_to_a_reader(sizes: list[LymphNodeSizes]) -> list[str]:
    """What no contour tells, and would make the response a progression."""
    reasons = []
    grown = [each for each in sizes if each.role == "normal" and each.evaluated and not _is_normal(each)]
    if grown:
        reasons.append(f"{_named(grown)} was normal by size and is not any more; a reader decides whether it is new")
    to_judge = [f"{each.name} ({_growth(each)})" for each in sizes if each.to_judge]
    if to_judge:
        reasons.append(
            f"a reader must judge whether the growth of {listed(to_judge, _MOST_NAMED)}, no target, is unequivocal "
            "progression"
        )
    return reasons


def _growth(sizes: LymphNodeSizes) -> str:
    first, later = length_figures(0.0 if sizes.before is None else sizes.before.judged_mm, sizes.later_mm)
    return f"{first} to {later} mm"
