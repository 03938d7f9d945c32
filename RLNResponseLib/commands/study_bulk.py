"""`rlnresponse study import-ct --table`, `import-readings` and `lock --all`: a study's work by the hundred."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.options import TimedProgress
from RLNResponseLib.commands.study_family import open_study, study_command
from RLNResponseLib.commands.work_tables import add_sheet, read_work_table
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.row_cells import in_a_table
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.bulk import (
    CT_COLUMNS,
    CT_OPTIONS,
    READING_COLUMNS,
    READING_OPTIONS,
    Outcome,
    State,
    import_cts,
    import_readings,
    lock_all,
)
from RLNResponseLib.study.study import Study


def import_ct_table(call: argparse.Namespace) -> None:
    """Run `study import-ct STUDY --table FILE`.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        rows-refused where any was.
    """
    work = read_work_table(call.table, call.sheet, CT_COLUMNS, CT_OPTIONS)
    study = open_study(call)
    outcomes = import_cts(study, work, now, TimedProgress("importing"), key_file=call.key_file)
    _report(outcomes, {"done": "imported"}, "row", study)


def add_import_readings(family: Any) -> None:
    """Declare `study import-readings`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(
        family, "import-readings", "take the contours that a table lists as drafts of readings", _import_readings
    )
    command.add_argument(
        "--table",
        metavar="FILE",
        type=Path,
        required=True,
        help=f"{', '.join(READING_COLUMNS)}, and where needed {', '.join(READING_OPTIONS)}; paths from its folder on",
    )
    add_sheet(command)


def import_readings_arguments(study: Study, table: Path) -> list[str]:
    """The command line that imports every contour of a table, as the panel runs it.

    Parameters
    ----------
    study
        The opened study.
    table
        A row a contour.

    Returns
    -------
    list[str]
        From the command's name on.
    """
    return ["study", "import-readings", str(study.folder), "--table", str(table)]


def _import_readings(call: argparse.Namespace) -> None:
    work = read_work_table(call.table, call.sheet, READING_COLUMNS, READING_OPTIONS)
    study = open_study(call)
    outcomes = import_readings(study, work, now, TimedProgress("importing"))
    _report(outcomes, {"done": "imported"}, "row", study)


def lock_list(call: argparse.Namespace) -> None:
    """Run `study lock STUDY --all --reader A --round 1`, with or without --check.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        rows-refused where any was.
    """
    study = open_study(call)
    outcomes = lock_all(study, call.reader, call.round, now, TimedProgress("locking"), check_only=call.check)
    done = "can be locked" if call.check else "locked"
    _report(outcomes, {"done": done, "there": "locked before", "empty": "without a contour"}, "reading", study)


def _report(outcomes: Sequence[Outcome], words: Mapping[State, str], what: str, study: Study) -> None:
    """What was noticed and refused, a line each, how many became what, and the log; exit 1 where any was refused."""
    noticed: dict[str, list[str]] = {}
    for outcome in outcomes:
        for finding in outcome.findings:
            if finding.severity != "info":
                noticed.setdefault(f"{finding.severity}: {finding.at_terminal}", []).append(outcome.what)
    # Of a hundred CT from one scanner the same is noticed a hundred times.
    for sentence, where in noticed.items():
        others = f" and {len(where) - 1} more" if len(where) > 1 else ""
        print(f"{where[0]}{others}: {sentence}")
    for outcome in outcomes:
        if outcome.refusal is not None:
            print(
                f"{outcome.what}: {in_a_table(outcome.refusal.at_terminal, (*CT_OPTIONS, *READING_OPTIONS))}",
                file=sys.stderr,
            )
    order: Sequence[State] = ("done", "refused", "there", "empty")
    counts = {state: sum(outcome.state == state for outcome in outcomes) for state in order}
    there = "was there already" if counts["there"] == 1 else "were there already"
    said: Mapping[State, str] = {"refused": "refused", "there": there, **words}
    told = [f"{counts[state]} {said[state]}" for state in order if counts[state] or state == "done"]
    print(f"{', '.join(told)}.")
    print(log_words(study))
    if counts["refused"]:
        raise DataRefusedError(
            f"{counts['refused']} of {counted(len(outcomes), what)} refused, for the reasons above; mend what is to "
            "mend, and run it again: what is done stays as it is.",
            "rows-refused",
        )
