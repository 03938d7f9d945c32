"""Checks of the design: what would make a model look better than it is stops the analysis.

Each check returns findings of severity "error". `enforce` refuses with the first; one that is overridden by its code
comes back as a warning that every result has to carry.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.column_names import is_feature_name, name_kind
from RLNResponseLib.modelling.fitting.same_data import directed_aucs

# From how many rows on whole numbers that only rise are no chance: one order in 3.6 million.
_FEWEST_TO_COUNT = 10
# No published radiomics feature comes near it on its own.
ALMOST_ALONE = 0.98


def enforce(findings: Iterable[Finding], overrides: Collection[str] = ()) -> tuple[Finding, ...]:
    """Refuse the first error whose code is not among `overrides`; the others come back as warnings.

    The message of an overridden finding starts with "Overridden:", so that wherever it is printed it says what was
    allowed.

    Parameters
    ----------
    findings
        What the checks found.
    overrides
        Codes of design errors that are let pass, and printed.

    Returns
    -------
    tuple of Finding

    Raises
    ------
    DataRefusedError
        with the finding's sentence and code.

    Examples
    --------
    >>> findings = same_patients(["P1"], ["P1"])
    >>> enforce(findings, overrides=["patient-on-both-sides"])[0].message
    'Overridden: 1 of 1 validation patients are also training patients, ...'
    """
    allowed = []
    for finding in findings:
        if finding.severity == "error" and finding.code not in overrides:
            raise DataRefusedError(finding.message, finding.code)
        if finding.severity == "error":
            finding = replace(finding, severity="warning", message=f"Overridden: {finding.message}")
        allowed.append(finding)
    return tuple(allowed)


def same_patients(training: Collection[Hashable], validation: Collection[Hashable]) -> tuple[Finding, ...]:
    """patient-on-both-sides: a patient gives lymph nodes to training and to validation.

    Parameters
    ----------
    training
        The patients or lymph nodes of the training set.
    validation
        The patients or lymph nodes of the validation set.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> same_patients(["P1", "P2"], ["P3"])
    ()
    >>> same_patients(["P1", "P2"], ["P2", "P3"])[0].code
    'patient-on-both-sides'
    """
    shared = len(set(training) & set(validation))
    if not shared:
        return ()
    return (
        _error(
            "patient-on-both-sides",
            f"{shared} of {len(set(validation))} validation patients are also training patients, so validation would "
            "repeat what was learnt; split by patient.",
            patients=shared,
        ),
    )


def icc_filter_source(filtered_on: Collection[Hashable], validation: Collection[Hashable]) -> tuple[Finding, ...]:
    """icc-on-validation: the ICC filter saw patients of the validation set.

    Parameters
    ----------
    filtered_on
        Who was in the ICC filter.
    validation
        The patients or lymph nodes of the validation set.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> icc_filter_source(["P1", "P3"], ["P3"])[0].code
    'icc-on-validation'
    """
    shared = len(set(filtered_on) & set(validation))
    if not shared:
        return ()
    return (
        _error(
            "icc-on-validation",
            f"The ICC filter used readings of {shared} validation patients, so the features were chosen with them; "
            "compute the ICC on training patients only.",
            patients=shared,
        ),
    )


def cutoff_source(chosen_on: Collection[Hashable], validation: Collection[Hashable]) -> tuple[Finding, ...]:
    """cutoff-from-validation: the cutoff was chosen on patients of the validation set.

    Parameters
    ----------
    chosen_on
        Who the cutoff was chosen on.
    validation
        The patients or lymph nodes of the validation set.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> cutoff_source(["P1", "P3"], ["P3"])[0].code
    'cutoff-from-validation'
    """
    shared = len(set(chosen_on) & set(validation))
    if not shared:
        return ()
    return (
        _error(
            "cutoff-from-validation",
            f"The cutoff was chosen on {shared} validation patients, so sensitivity and specificity there are "
            f"flattered; choose it on training patients only.",
            patients=shared,
        ),
    )


def feature_columns(names: Sequence[str], features: Floats, outcome: NDArray[np.bool_]) -> tuple[Finding, ...]:
    """outcome-among-features, identifier-among-features, suspicious-feature: by name, and by what the column holds.

    Parameters
    ----------
    names
        Names of the feature columns.
    features
        (n, p).
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> values = np.array([[0.8, 1.0], [0.7, 2.0], [0.9, 3.0], [0.6, 4.0]])
    >>> outcome = np.array([True, False, False, True])
    >>> [finding.code for finding in feature_columns(["sphericity", "patient"], values, outcome)]
    ['identifier-among-features']
    """
    findings = []
    for name, column, directed in zip(names, features.T, directed_aucs(features, outcome), strict=True):
        kind = name_kind(name)
        shown = f"The feature column '{name[:80]}'"
        if kind == "outcome" or _is_outcome(column, outcome):
            findings.append(
                _error(
                    "outcome-among-features",
                    f"{shown} is or names an outcome, which would predict itself; leave it out.",
                )
            )
        elif kind == "time":
            findings.append(
                _error("outcome-among-features", f"{shown} names a time or a date, which is no feature; leave it out.")
            )
        elif kind == "identifier" or _is_running_number(column) or (not is_feature_name(name) and _counts_rows(column)):
            findings.append(
                _error(
                    "identifier-among-features",
                    f"{shown} is or names an identifier, which is no feature; leave it out.",
                )
            )
        elif directed > ALMOST_ALONE:
            findings.append(
                _error(
                    "suspicious-feature",
                    f"{shown} separates the outcome almost alone (AUC {directed:.3f}), as a column made from the "
                    "outcome does; leave it out unless it was measured before the outcome was known.",
                )
            )
        elif kind is not None:
            findings.append(
                _error(
                    "no-feature-column",
                    f"{shown} says how the features were extracted and is none of them; leave it out.",
                )
            )
        elif not is_feature_name(name) and _is_all_different(column):
            findings.append(_perhaps_identifier(shown))
    return tuple(findings)


def mixed_origins(origins: Mapping[str, Sequence[Hashable]]) -> tuple[Finding, ...]:
    """mixed-settings: rows of the feature table were extracted differently.

    Parameters
    ----------
    origins
        By what may differ ("settings", "pyradiomics version" …), one value a row.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> [finding.code for finding in mixed_origins({"settings": ["a1", "a1"], "engine": ["1.0", "1.1"]})]
    ['mixed-settings']
    """
    return tuple(
        _error(
            "mixed-settings",
            f"The rows of the feature table have {len(set(values))} different values of '{what}', so their features "
            f"are not comparable; extract all lymph nodes with one.",
        )
        for what, values in origins.items()
        if len(set(values)) > 1
    )


def _is_outcome(column: Floats, outcome: NDArray[np.bool_]) -> bool:
    """Whether the column takes one value for each class, the outcome in other words."""
    return bool(
        0 < outcome.sum() < len(outcome)
        and np.ptp(column[outcome]) == 0
        and np.ptp(column[~outcome]) == 0
        and column[outcome][0] != column[~outcome][0]
    )


def _is_running_number(column: Floats) -> bool:
    return len(column) > 2 and bool((np.diff(column) == 1).all())


def _counts_rows(column: Floats) -> bool:
    """Whether whole numbers only rise from row to row, or are 1 … n in another order."""
    if len(column) < _FEWEST_TO_COUNT or not (column == np.round(column)).all():
        return False
    return bool((np.diff(column) > 0).all() or (np.diff(np.sort(column)) == 1).all())


def _is_all_different(column: Floats) -> bool:
    """Whether no whole number comes twice, as in a column of record numbers."""
    whole = bool((column == np.round(column)).all())
    return len(column) >= _FEWEST_TO_COUNT and whole and len(np.unique(column)) == len(column)


def _perhaps_identifier(shown: str) -> Finding:
    return Finding(
        code="perhaps-identifier",
        severity="warning",
        message=f"{shown} holds a different whole number in every row, as an identifier does; leave it out if it is "
        "one.",
    )


def _error(code: str, message: str, **numbers: int) -> Finding:
    return Finding(code=code, severity="error", message=message, numbers=numbers)
