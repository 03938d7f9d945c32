"""What the commands of `rlnresponse study` share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import now
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover


def study_command(
    family: Any, name: str, help_text: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    """A command of the family, with its STUDY.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    name, help_text
        Of the command.
    run
        Runs it.

    Returns
    -------
    argparse.ArgumentParser
    """
    parser: argparse.ArgumentParser = family.add_parser(name, help=help_text, description=help_text)
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    parser.set_defaults(run=run)
    return parser


def add_reading_key(parser: argparse.ArgumentParser) -> argparse.Action:
    """Declare --lymph-node, --reader and --round.

    Parameters
    ----------
    parser
        Of the command.

    Returns
    -------
    argparse.Action
        Of --lymph-node.
    """
    lymph_node = parser.add_argument("--lymph-node", metavar="ID", required=True)
    parser.add_argument("--reader", metavar="A", required=True)
    parser.add_argument("--round", metavar="N", type=int, required=True)
    return lymph_node


def reading_key(call: argparse.Namespace) -> ReadingKey:
    """The reading that a call names.

    Parameters
    ----------
    call
        With the arguments of `add_reading_key`.

    Returns
    -------
    ReadingKey
    """
    return ReadingKey(lymph_node=call.lymph_node, reader=call.reader, round=call.round)


def open_study(call: argparse.Namespace) -> Study:
    """The study, cleared of what a crashed writer left; what was found is said.

    Parameters
    ----------
    call
        With its STUDY.

    Returns
    -------
    Study

    Raises
    ------
    DataRefusedError
        What `Study.open` refuses.
    """
    study = Study.open(call.study)
    for orphan in recover(study, now()):
        print(one_line(f"recovered: {orphan.sentence}"))
    return study


def print_findings(findings: Sequence[Finding]) -> None:
    """A finding a line, with its severity.

    Parameters
    ----------
    findings
        Of an import or a check.
    """
    for finding in findings:
        print(f"{finding.severity}: {finding.at_terminal}")


def iso_day(day: Any) -> str | None:
    """A day for JSON.

    Parameters
    ----------
    day
        None where it is not known.

    Returns
    -------
    str or None
    """
    return None if day is None else str(day.isoformat())
