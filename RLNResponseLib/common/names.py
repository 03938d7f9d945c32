"""What people call what the tables call `t_stage_3_4` or `original_glcm_InverseVariance`: one dictionary for page,
figures, tables and text.

A column that is not in it is a study's own, and its header is its label: underscores become spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from RLNResponseLib.common.wording import one_line

# Without a unit, which `UNITS` has.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "set": "set",
        "site": "Centre",
        "scanner": "Scanner",
        "gender": "Gender",
        "age_years": "Age",
        "lymph_nodes": "Lymph nodes per patient",
        "t_stage": "T stage",
        "t_stage_3_4": "T stage",
        "n_involved": "N involved",
        "months_to_recurrence": "Time to lymph node recurrence",
        "postoperative_chemotherapy": "Postoperative chemotherapy",
        "concurrent_chemotherapy": "Concurrent chemotherapy",
        "dose_gy": "Dose",
        "recist": "RECIST 1.1",
        "response": "Response",
        "local_control_months": "Local control",
        "local_recurrence": "second recurrence",
        "two_year_control": "two-year local control",
        "died": "death",
        "follow_up_months": "Follow-up",
        "station": "Station",
        "site_left_mm": "Site, to the left",
        "site_posterior_mm": "Site, to the back",
        "site_superior_mm": "Site, to the head",
        "gu2021-response": "Rad-score",
        "gu2021-local-control-2y": "Rad-score-2-year",
        "fitted-response": "Fitted Rad-score",
        "fitted-two-year-control": "Fitted Rad-score-2-year",
        "fitted-two-year-control-out-of-fold": "Fitted Rad-score-2-year, out of fold",
    }
)
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "age_years": "years",
        "months_to_recurrence": "months",
        "dose_gy": "Gy",
        "local_control_months": "months",
        "follow_up_months": "months",
        "site_left_mm": "mm",
        "site_posterior_mm": "mm",
        "site_superior_mm": "mm",
    }
)
_YES_NO = MappingProxyType({"1": "yes", "0": "no"})
# Columns whose levels have other words than their cells; 1 and 0 are what the Cox model makes of yes and no.
LEVELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "t_stage": MappingProxyType({"T1-2": "T1–2", "T3-4": "T3–4"}),
        "t_stage_3_4": MappingProxyType({"1": "T3–4", "0": "T1–2"}),
        "response": MappingProxyType({"yes": "CR or PR", "no": "SD or PD", "1": "CR or PR", "0": "SD or PD"}),
        "concurrent_chemotherapy": _YES_NO,
        "postoperative_chemotherapy": _YES_NO,
        "n_involved": _YES_NO,
    }
)


# What a lymph node is called that has an outcome, and one that has not.
OUTCOME_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"response": ("responding", "not responding"), "two_year_control": ("controlled", "failed")}
)


def outcome_classes(outcome: str) -> tuple[str, str]:
    """What lymph nodes with and without an outcome are called; never a score's groups, which its cutoff makes.

    Parameters
    ----------
    outcome
        The column.

    Returns
    -------
    tuple of str
        With it, without it.

    Examples
    --------
    >>> outcome_classes("two_year_control"), outcome_classes("mine")
    (('controlled', 'failed'), ('with the outcome', 'without the outcome'))
    """
    return OUTCOME_CLASSES.get(outcome, ("with the outcome", "without the outcome"))


def label(name: str, unit: bool = True) -> str:
    """What people call a column, a score or a covariate.

    Parameters
    ----------
    name
        As the table has it.
    unit
        Whether its unit stands behind it.

    Returns
    -------
    str
        On one line.

    Examples
    --------
    >>> label("dose_gy"), label("t_stage_3_4"), label("dose_gy", unit=False), label("tumour_length (cm)")
    ('Dose, Gy', 'T stage', 'Dose', 'tumour length (cm)')
    """
    known = LABELS.get(name)
    if known is None:
        return one_line(name.replace("_", " "))
    return f"{known}, {UNITS[name]}" if unit and name in UNITS else known


def level_label(name: str, level: str) -> str:
    """What people call a level of a column.

    Parameters
    ----------
    name
        Of the column.
    level
        Its cell.

    Returns
    -------
    str

    Examples
    --------
    >>> level_label("t_stage", "T3-4"), level_label("response", "1"), level_label("station", "4R")
    ('T3–4', 'CR or PR', '4R')
    """
    return LEVELS.get(name, {}).get(level, one_line(level))


def group_label(name: str, level: str, longest: int = 60) -> str:
    """A group of a column, with the column.

    Parameters
    ----------
    name
        Of the column.
    level
        Its cell.
    longest
        How many characters of the column's name at most.

    Returns
    -------
    str

    Examples
    --------
    >>> group_label("t_stage_3_4", "1")
    'T stage: T3–4'
    """
    return f"{label(name, unit=False)[:longest]}: {level_label(name, level)}"


def contrast(name: str, difference: float, two_values: tuple[float, float] | None) -> str:
    """What a hazard ratio compares: two levels, or a step of one SD.

    Parameters
    ----------
    name
        Of the covariate.
    difference
        Its SD; of no use where it has two values.
    two_values
        Lower and higher, where it has no more.

    Returns
    -------
    str

    Examples
    --------
    >>> contrast("t_stage_3_4", 1, (0, 1)), contrast("dose_gy", 4.123, None), contrast("mine", 1, (0, 1))
    ('T3–4 against T1–2', 'per SD (4.12 Gy)', '1 against 0')
    """
    if two_values is not None:
        low, high = (level_label(name, f"{value:g}") for value in two_values)
        return f"{high} against {low}"
    unit = f" {UNITS[name]}" if name in UNITS else ""
    return f"per SD ({difference:.3g}{unit})"


# pyradiomics' name of a class, and how the field writes it.
FEATURE_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "shape": "Shape",
        "firstorder": "First-order",
        "glcm": "GLCM",
        "glrlm": "GLRLM",
        "glszm": "GLSZM",
        "ngtdm": "NGTDM",
        "gldm": "GLDM",
    }
)


def feature_label(name: str) -> str:
    """A feature for the eye: its class, itself as pyradiomics spells it, and the filter where the image is filtered.

    Parameters
    ----------
    name
        pyradiomics' full name.

    Returns
    -------
    str

    Examples
    --------
    >>> feature_label("original_glcm_InverseVariance"), feature_label("wavelet-LLH_firstorder_Kurtosis")
    ('GLCM InverseVariance', 'First-order Kurtosis (wavelet-LLH)')
    """
    image_type, _, rest = name.partition("_")
    kind, _, feature = rest.partition("_")
    words = f"{FEATURE_CLASSES[kind]} {feature}" if kind in FEATURE_CLASSES else label(rest or name)
    return words if image_type == "original" or kind not in FEATURE_CLASSES else f"{words} ({image_type})"
