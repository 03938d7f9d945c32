"""`rlnresponse study import-reading|worklist|lock|give-up`: a reader's readings from a terminal."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.options import add_contour_choice
from RLNResponseLib.commands.study_bulk import lock_list
from RLNResponseLib.commands.study_family import (
    add_reading_key,
    iso_day,
    open_study,
    print_findings,
    reading_key,
    study_command,
)
from RLNResponseLib.commands.work_tables import Instead, refuse_beside
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.findings import refuse_errors
from RLNResponseLib.dicom_export.report_check import check_report, report_of, report_sentences
from RLNResponseLib.dicom_export.reported import ReportedContour
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.study.anchor import anchor_now, log_words
from RLNResponseLib.study.contouring import check_draft, import_reading, lock, study_ct
from RLNResponseLib.study.corrections import give_up_correction, latest
from RLNResponseLib.study.drafts import draft_file
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import worklist


def add_import_reading(family: Any) -> None:
    """Declare `study import-reading`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(
        family, "import-reading", "take an existing contour as the draft of a reading", _import_reading
    )
    command.add_argument("mask", metavar="MASK", type=Path, help=".seg.nrrd, label map, RTSTRUCT or DICOM SEG")
    add_reading_key(command)
    add_contour_choice(command)
    command.add_argument("--minutes", metavar="M", type=float, help="time spent contouring")
    command.add_argument(
        "--correction", metavar="REASON", help="correct the locked reading, for this reason; both are kept"
    )
    command.add_argument(
        "--ct",
        metavar="DIR",
        type=Path,
        help="the DICOM CT that a SEG or RTSTRUCT refers to; refused where its UIDs or voxels are others",
    )
    command.add_argument(
        "--proposal",
        metavar="WHAT",
        help="the reader did not draw it and begins from it: who or what made it; where the protocol allows it",
    )
    command.add_argument(
        "--report",
        metavar="SR",
        type=Path,
        help="the structured report on this SEG, compared with what the contour gives anew; after unblinding",
    )


def _import_reading(call: argparse.Namespace) -> None:
    key, study = reading_key(call), open_study(call)
    reported = None
    if call.report is not None:
        study.refuse_while_blinded("Features and scores")
        reported = report_of(call.report, call.mask)
    checked = import_reading(
        study,
        key,
        call.mask,
        now(),
        segment=call.segment,
        component=call.component,
        threshold=call.threshold,
        minutes=call.minutes,
        reason=call.correction,
        drawn_on=call.ct,
        proposal=call.proposal,
    )
    name = checked.draft.key.name
    print(f"The contour is the draft of reading {name} of '{key.lymph_node}'; lock it with study lock.")
    if checked.keeps_another:
        print("note: another draft of it was there; it lies in set-aside now.")
    print_findings([finding for finding in checked.findings if finding.severity != "info"])
    if reported is not None:
        _print_comparison(study, checked.draft.key, reported, call.report.name)


def _print_comparison(study: Study, key: ReadingKey, reported: ReportedContour, name: str) -> None:
    ct, file = study_ct(study, study.lymph_node(key.lymph_node).image), draft_file(study, key)
    if file is not None:  # else locked elsewhere at this moment
        contour = read_contour(file, ct)
        print("\n".join(report_sentences(check_report(reported, name, ct, contour, StudyScoring.of_study(study)))))


def add_worklist(family: Any) -> None:
    """Declare `study worklist`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(family, "worklist", "what a reader reads, in which order, and from which day", _worklist)
    command.add_argument("--reader", metavar="A", required=True)
    command.add_argument("--round", metavar="N", type=int, required=True)
    command.add_argument("--json", action="store_true")


def _worklist(call: argparse.Namespace) -> None:
    study = Study.open(call.study)
    items = worklist(study, call.reader, call.round, now().today)
    if call.json:
        rows = [{**asdict(item), "available_on": iso_day(item.available_on)} for item in items]
        log = anchor_now(study).as_json()
        print(json.dumps({"reader": call.reader, "round": call.round, "items": rows, "log": log}, indent=2))
        return
    for item in items:
        until = f" from {item.available_on}" if item.available_on else f" ({item.waits_for})" if item.waits_for else ""
        print(f"{item.lymph_node}  {item.state}{until}  {item.station or ''}".rstrip())
    print(log_words(study))


def add_lock(family: Any) -> None:
    """Declare `study lock`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(family, "lock", "check the draft of a reading, or all of a round, and lock it", _lock)
    lymph_node = add_reading_key(command)
    command.add_argument(
        "--all", action=Instead, nargs=0, instead_of=[lymph_node], help="every draft of the reader in this round"
    )
    command.add_argument("--check", action="store_true", help="say what the checks find, and lock nothing")
    command.set_defaults(parser=command)


def _lock(call: argparse.Namespace) -> None:
    if call.all:
        refuse_beside(call.parser, call, "--all", ("lymph_node",))
        lock_list(call)
        return
    study = open_study(call)
    key = latest(study, reading_key(call))
    if call.check:
        findings = check_draft(study, key).findings
        print_findings(findings)
        refuse_errors(findings)
        print(f"Reading {key.name} of '{key.lymph_node}' can be locked.")
        return
    warnings = lock(study, key, now())
    print(f"Locked reading {key.name} of '{key.lymph_node}'.")
    for sentence in warnings:
        print(f"warning: {sentence}")
    print(log_words(study))


def add_give_up(family: Any) -> None:
    """Declare `study give-up`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(
        family, "give-up", "end a correction that was begun by mistake; the locked reading holds", _give_up
    )
    add_reading_key(command)
    command.add_argument("--reason", metavar="TEXT", required=True)


def _give_up(call: argparse.Namespace) -> None:
    key = give_up_correction(open_study(call), reading_key(call), call.reason, now())
    print(f"Gave up the correction {key.name} of '{key.lymph_node}'; the locked reading holds.")
