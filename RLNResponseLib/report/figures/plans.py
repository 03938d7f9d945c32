"""Pictures of a plan: what more lymph nodes, patients or cases would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.fitting.sample_size import r2_from_auc, sample_size
from RLNResponseLib.planning.agreement import AgreementPlan, one_way_assurance
from RLNResponseLib.planning.development import DevelopmentPlan
from RLNResponseLib.planning.validation import ValidationPlan, auc_error
from RLNResponseLib.report.figures.drawing import INK, QUIET, RIGHT_OF_CUTOFF, Page, drawing_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STEPS = 60
_STYLES = ("-", "--", "-.", ":", (0, (1, 3)))


def agreement_plan_figure(plan: AgreementPlan) -> Figure:
    """The assurance along the number of lymph nodes, for the planned true ICC and others around it.

    Parameters
    ----------
    plan
        The planned study.

    Returns
    -------
    Figure
    """
    planned = plan.lymph_nodes or plan.by_formula
    numbers = np.unique(np.linspace(4, max(2.5 * planned, 40), _STEPS).astype(int))
    gap = 1 - plan.model.icc
    others = sorted({round(1 - gap * share, 3) for share in (0.6, 0.8, 1.0, 1.2, 1.4)})
    with drawing_style():
        page, axes = _page("Assurance that the lower 95% limit of the ICC exceeds the threshold")
        for style, true in zip(_STYLES, [icc for icc in others if icc > plan.threshold], strict=False):
            assurances = [100 * one_way_assurance(int(n), true, plan.threshold, plan.readers) for n in numbers]
            is_planned = true == round(plan.model.icc, 3)
            colour = RIGHT_OF_CUTOFF if is_planned else QUIET
            axes.plot(numbers, assurances, color=colour, ls=style, lw=1.8 if is_planned else 1.0, label=f"ICC {true:g}")
        axes.axhline(100 * plan.assurance, color=INK, lw=0.6, ls=":")
        if plan.lymph_nodes is not None:
            axes.plot([plan.lymph_nodes], [100 * plan.reached], "o", color=INK, ms=5)
            axes.annotate(f" {plan.lymph_nodes} planned", (plan.lymph_nodes, 100 * plan.reached), va="top", ha="left")
        axes.set(xlabel="Lymph nodes", ylabel="Assurance, %", ylim=(0, 102))
        _legend(axes, "lower right", reverse=True)
        page.text(
            0.2,
            3.72,
            f"Lines: {plan.readers} readers, lymph nodes independent (one-way ICC, exact), threshold "
            f"{plan.threshold:g}.\n Point: simulated for {plan.form} as assumed. {RESEARCH_USE_ONLY}",
            color=QUIET,
        )
        return page.figure


def development_plan_figure(plan: DevelopmentPlan) -> Figure:
    """The cases needed along the number of candidate features, for the hoped AUC and others around it.

    Parameters
    ----------
    plan
        The planned development.

    Returns
    -------
    Figure
    """
    most = max(plan.size.parameters, 10)
    numbers = np.unique(np.linspace(1, most, _STEPS).astype(int))
    others = sorted({round(min(max(plan.auc + step, 0.55), 0.98), 3) for step in (-0.1, -0.05, 0, 0.05, 0.1)})
    with drawing_style():
        page, axes = _page("Cases that a development needs")
        for style, auc in zip(_STYLES, others, strict=False):
            r2 = r2_from_auc(auc, plan.prevalence)
            needed = [sample_size(int(n), plan.prevalence, r2, 0).needed for n in numbers]
            is_planned = auc == round(plan.auc, 3)
            colour = RIGHT_OF_CUTOFF if is_planned else QUIET
            axes.plot(numbers, needed, color=colour, ls=style, lw=1.8 if is_planned else 1.0, label=f"AUC {auc:g}")
        axes.plot([plan.size.parameters], [plan.size.needed], "o", color=INK, ms=5)
        axes.set(xlabel="Candidate features", ylabel="Cases", yscale="log")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _legend(axes, "lower right")
        page.text(
            0.2,
            3.72,
            f"Riley et al. 2020; {100 * plan.prevalence:.1f}% with the event.\n{RESEARCH_USE_ONLY}",
            color=QUIET,
        )
        return page.figure


def validation_plan_figure(plan: ValidationPlan) -> Figure:
    """The half width of the AUC's interval along the number of cases, for the expected AUC and others around it.

    Parameters
    ----------
    plan
        The planned validation.

    Returns
    -------
    Figure
    """
    numbers = np.unique(np.linspace(20, 2.5 * plan.for_auc, _STEPS).astype(int))
    others = sorted({round(min(max(plan.auc + step, 0.55), 0.98), 3) for step in (-0.1, 0, 0.1)})
    with drawing_style():
        page, axes = _page("How precisely a validation shows the AUC")
        for style, auc in zip(_STYLES, others, strict=False):
            half = [1.96 * auc_error(auc, plan.prevalence, int(n)) for n in numbers]
            is_planned = auc == round(plan.auc, 3)
            colour = RIGHT_OF_CUTOFF if is_planned else QUIET
            axes.plot(numbers, half, color=colour, ls=style, lw=1.8 if is_planned else 1.0, label=f"AUC {auc:g}")
        axes.axhline(plan.precision.auc / 2, color=INK, lw=0.6, ls=":")
        axes.plot([plan.for_auc], [plan.precision.auc / 2], "o", color=INK, ms=5)
        axes.annotate(f" {plan.for_auc}", (plan.for_auc, plan.precision.auc / 2), va="bottom")
        axes.set(xlabel="Cases", ylabel="95% interval, ±", ylim=(0, None))
        _legend(axes, "upper right")
        page.text(
            0.2,
            3.72,
            f"Standard error by Newcombe 2006; {100 * plan.prevalence:.1f}% with the event. The calibration slope "
            f"needs {plan.for_slope}.\n{RESEARCH_USE_ONLY}",
            color=QUIET,
        )
        return page.figure


def _page(title: str) -> tuple[Page, Axes]:
    page = Page.blank(6.85, 4.15)
    page.text(0.2, 0.15, title, size=11, weight="bold")
    axes = page.axes(0.75, 0.55, 5.8, 2.65)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return page, axes


def _legend(axes: Axes, where: Literal["lower right", "upper right"], reverse: bool = False) -> None:
    """In the order in which the lines stand above each other."""
    lines, names = axes.get_legend_handles_labels()
    order = slice(None, None, -1 if reverse else 1)
    axes.legend(lines[order], names[order], loc=where, frameon=False, handlelength=3, fontsize=8)
