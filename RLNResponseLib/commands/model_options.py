"""Options about how a score is made: the ICC rule, the regression, the clinical columns beside it."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.modelling.validation.added_value import AddedValue
from RLNResponseLib.study.protocol import ICC_DECISIONS, IccForm, IccRule


def add_icc_rule(parser: argparse.ArgumentParser, forms: Sequence[IccForm], beside: str = "") -> list[argparse.Action]:
    """Declare --form, --threshold and --on; each is None where it is not given.

    Parameters
    ----------
    parser
        Of the command.
    forms
        What --form may be.
    beside
        What the helps say beside the default: "; a study has its own".

    Returns
    -------
    list of argparse.Action
        The three.

    """
    rule = IccRule()
    return [
        parser.add_argument(
            "--form",
            choices=forms,
            metavar="FORM",
            help=f"which ICC, by McGraw and Wong's names: {', '.join(forms)}; {rule.form} by default{beside}",
        ),
        parser.add_argument(
            "--threshold", metavar="T", type=float, help=f"a feature is kept above it ({rule.threshold:g}{beside})"
        ),
        parser.add_argument(
            "--on",
            choices=ICC_DECISIONS,
            help=f"what the threshold judges, {' or '.join(ICC_DECISIONS)} ({rule.on}{beside})",
        ),
    ]


def add_regression(parser: argparse.ArgumentParser) -> None:
    """Declare --penalty and --redundancy.

    Parameters
    ----------
    parser
        Of the command.

    """
    parser.add_argument(
        "--penalty",
        choices=tuple(REGRESSIONS),
        default="lasso",
        help="LASSO, λ by cross-validated AUC (the default); ridge, λ by deviance; Firth's, for few features",
    )
    parser.add_argument(
        "--redundancy",
        metavar="RHO",
        type=float,
        help="keep one of features whose |Spearman's ρ| is above this (0.9), before the fit and in every resample",
    )


def add_clinical(parser: argparse.ArgumentParser, how: str) -> None:
    """Declare --clinical.

    Parameters
    ----------
    parser
        Of the command.
    how
        In what form the score is added.

    """
    parser.add_argument(
        "--clinical",
        metavar="COLUMN,…",
        default="",
        type=column_names,
        help=f"what the score adds to these columns (numbers, yes and no, two words), {how}",
    )


def column_names(text: str) -> list[str]:
    """Names of columns with commas between them, as a CSV's header has them: one that holds a comma stands in quotes.

    Parameters
    ----------
    text
        As an option gives it.

    Returns
    -------
    list of str

    Examples
    --------
    >>> column_names('tumour length, "dose, Gy",stage,')
    ['tumour length', 'dose, Gy', 'stage']
    """
    return [name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row if name.strip()]


def added_json(added: AddedValue | DataRefusedError | None, score: str) -> dict[str, Any]:
    """What the score adds to clinical columns.

    Parameters
    ----------
    added
        Or why it cannot be said; None where nobody asked.
    score
        In what form it is added.

    Returns
    -------
    dict
        "added_value", or nothing.

    """
    if added is None:
        return {}
    found = {"reason": str(added)} if isinstance(added, DataRefusedError) else added.as_json()
    return {"added_value": {**found, "score": score}}


def icc_rule(call: argparse.Namespace) -> IccRule:
    """The ICC rule of a call, with the defaults for what it leaves out.

    Parameters
    ----------
    call
        With the arguments of `add_icc_rule`.

    Returns
    -------
    IccRule
        Judged.

    Raises
    ------
    DataRefusedError
        bad-threshold.

    """
    given = {name: value for name in ("form", "threshold", "on") if (value := getattr(call, name)) is not None}
    return IccRule(**given)
