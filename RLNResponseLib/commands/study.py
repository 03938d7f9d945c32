"""`rlnresponse study …`: the study folder from a terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.options import add_icc_rule, add_table_options, icc_rule, table_options
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import links_are_exclusive
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.wording import counted
from RLNResponseLib.common.workbook import is_workbook
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.contouring import check_draft, import_reading, lock
from RLNResponseLib.study.corrections import give_up_correction, latest
from RLNResponseLib.study.exclusions import Flow, exclude, flow
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import (
    STUDY_ICC_FORMS,
    WASHOUT_DAYS,
    Protocol,
    lacking_for_agreement,
    plan_readers,
)
from RLNResponseLib.study.protocol_formats import FORMATS, PROTOCOL_NAME
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import RoundProgress, progress, worklist


def add_parser(commands: Any) -> None:
    """Declare the family of commands: each has a function that declares it and, below that, one that runs it.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "study", help="blinded, repeated, audited readings in a study folder"
    )
    family = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for declare in (
        _add_create,
        _add_import_clinical,
        _add_import_ct,
        _add_import_reading,
        _add_worklist,
        _add_lock,
        _add_give_up,
        _add_exclude,
        _add_status,
        _add_unblind,
        _add_verify,
    ):
        declare(family)


def _command(
    family: Any, name: str, help_text: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = family.add_parser(name, help=help_text, description=help_text)
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    parser.set_defaults(run=run)
    return parser


def _add_reading_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lymph-node", metavar="ID", required=True)
    parser.add_argument("--reader", metavar="A", required=True)
    parser.add_argument("--round", metavar="N", type=int, required=True)


def _key(call: argparse.Namespace) -> ReadingKey:
    return ReadingKey(lymph_node=call.lymph_node, reader=call.reader, round=call.round)


def _open(call: argparse.Namespace) -> Study:
    """The study, cleared of what a crashed writer left; what was found is said."""
    study = Study.open(call.study)
    for orphan in recover(study, now()):
        print(f"recovered: {orphan.sentence}")
    return study


def _add_create(family: Any) -> None:
    command = _command(family, "create", "make a study folder", _create)
    command.add_argument("--readers", metavar="A,B", required=True, help="the codes of one reader or two")
    command.add_argument("--repeat", metavar="A", default="", help="which one of them reads everything twice")
    command.add_argument(
        "--washout-days", metavar="N", type=int, default=WASHOUT_DAYS, help=f"days before a repeat ({WASHOUT_DAYS})"
    )
    command.add_argument("--seed", metavar="N", type=int, default=1, help="of every order in the study (1)")
    command.add_argument("--title", metavar="TEXT", default="Recurrent lymph nodes after esophagectomy")
    add_icc_rule(command, STUDY_ICC_FORMS)


def _create(call: argparse.Namespace) -> None:
    readers, repeating = (
        [code.strip() for code in text.split(",") if code.strip()] for text in (call.readers, call.repeat)
    )
    protocol = Protocol(
        title=call.title,
        readers=plan_readers(readers, repeating),
        washout_days=call.washout_days,
        icc=icc_rule(call),
        seed=call.seed,
    )
    Study.create(call.study, protocol, now())
    print(f"Made the study {call.study}; templates for the clinical tables lie in its folder.")
    if not links_are_exclusive(call.study):
        print(
            "note: this disk or share gives no file a name in one step (no hard links), so that a crash can leave a "
            "half-written record, which verify names; a share of the department's server is safer."
        )
    if lacking := lacking_for_agreement(protocol.readers):
        print(f"note: {lacking}")


def _add_import_clinical(family: Any) -> None:
    command = _command(
        family, "import-clinical", "take the clinical tables (CSV, XLSX, REDCap export)", _import_clinical
    )
    command.add_argument("--patients", metavar="FILE", type=Path, required=True)
    command.add_argument("--lymph-nodes", metavar="FILE", type=Path, required=True)
    add_table_options(command, sheets="+")


def _sheets(names: Sequence[str] | None, files: Sequence[Path]) -> list[str | None]:
    """The sheet of each file: one name is for every workbook among them, two are in their order."""
    if names is None or len(names) > 1:
        return [None, None] if names is None else [names[0], names[-1]]
    books = [file.is_file() and is_workbook(file) for file in files]
    return [names[0] if is_book or not any(books) else None for is_book in books]


def _import_clinical(call: argparse.Namespace) -> None:
    files = (call.patients, call.lymph_nodes)
    tables = read_clinical_files(*files, *(table_options(call, sheet) for sheet in _sheets(call.sheet, files)))
    changed = import_clinical(_open(call), tables, now())
    contents = f"{counted(len(tables.patients), 'patient')}, {counted(len(tables.lymph_nodes), 'lymph node')}"
    without = {patient.id for patient in tables.patients} - {each.patient for each in tables.lymph_nodes}
    if without and tables.lymph_nodes:
        print(
            f"note: {counted(len(without), 'patient')} of {call.patients.name} without a row in the lymph-node table."
        )
    print(f"Imported {contents}." if changed else f"The study holds these tables already: {contents}.")


def _add_import_ct(family: Any) -> None:
    command = _command(family, "import-ct", "take a CT, de-identified", _import_ct)
    command.add_argument("image", metavar="IMAGE", type=Path, help="a DICOM folder, NRRD, NIfTI or MetaImage")
    command.add_argument("--patient", metavar="ID", required=True)
    command.add_argument("--image", metavar="ID", required=True, dest="image_id")
    command.add_argument("--series", metavar="UID", help="which series of a folder with several")
    command.add_argument(
        "--key-file", metavar="FILE", type=Path, help="pseudonyms and hospital IDs, outside the study folder"
    )


def _import_ct(call: argparse.Namespace) -> None:
    entry = import_ct(
        _open(call), call.image, call.patient, call.image_id, now(), series=call.series, key_file=call.key_file
    )
    print(f"Imported the CT as image {entry.id} of patient {entry.patient}, de-identified.")
    _print_findings(entry.findings)


def _add_import_reading(family: Any) -> None:
    command = _command(family, "import-reading", "take an existing contour as the draft of a reading", _import_reading)
    command.add_argument("mask", metavar="MASK", type=Path, help=".seg.nrrd, label map, RTSTRUCT or DICOM SEG")
    _add_reading_key(command)
    command.add_argument("--segment", metavar="NAME")
    command.add_argument("--minutes", metavar="M", type=float, help="time spent contouring")
    command.add_argument(
        "--correction", metavar="REASON", help="correct the locked reading, for this reason; both are kept"
    )


def _import_reading(call: argparse.Namespace) -> None:
    key = _key(call)
    checked = import_reading(
        _open(call), key, call.mask, now(), segment=call.segment, minutes=call.minutes, reason=call.correction
    )
    name = checked.draft.key.name
    print(f"The contour is the draft of reading {name} of '{key.lymph_node}'; lock it with study lock.")
    if checked.keeps_another:
        print("note: another draft of it was there; it lies in set-aside now.")
    _print_findings([finding for finding in checked.findings if finding.severity != "info"])


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        print(f"{finding.severity}: {finding.at_terminal}")


def _add_worklist(family: Any) -> None:
    command = _command(family, "worklist", "what a reader reads, in which order, and from which day", _worklist)
    command.add_argument("--reader", metavar="A", required=True)
    command.add_argument("--round", metavar="N", type=int, required=True)
    command.add_argument("--json", action="store_true")


def _worklist(call: argparse.Namespace) -> None:
    items = worklist(Study.open(call.study), call.reader, call.round, now().today)
    if call.json:
        rows = [{**asdict(item), "available_on": _iso(item.available_on)} for item in items]
        print(json.dumps({"reader": call.reader, "round": call.round, "items": rows}, indent=2))
        return
    for item in items:
        until = f" from {item.available_on}" if item.available_on else f" ({item.waits_for})" if item.waits_for else ""
        print(f"{item.lymph_node}  {item.state}{until}  {item.station or ''}".rstrip())


def _add_lock(family: Any) -> None:
    command = _command(family, "lock", "check the draft of a reading and lock it", _lock)
    _add_reading_key(command)
    command.add_argument("--check", action="store_true", help="say what the checks find, and lock nothing")


def _lock(call: argparse.Namespace) -> None:
    study = _open(call)
    key = latest(study, _key(call))
    if call.check:
        findings = check_draft(study, key).findings
        _print_findings(findings)
        refuse_errors(findings)
        print(f"Reading {key.name} of '{key.lymph_node}' can be locked.")
        return
    warnings = lock(study, key, now())
    print(f"Locked reading {key.name} of '{key.lymph_node}'.")
    for sentence in warnings:
        print(f"warning: {sentence}")


def _add_give_up(family: Any) -> None:
    command = _command(
        family, "give-up", "end a correction that was begun by mistake; the locked reading holds", _give_up
    )
    _add_reading_key(command)
    command.add_argument("--reason", metavar="TEXT", required=True)


def _give_up(call: argparse.Namespace) -> None:
    key = give_up_correction(_open(call), _key(call), call.reason, now())
    print(f"Gave up the correction {key.name} of '{key.lymph_node}'; the locked reading holds.")


def _add_exclude(family: Any) -> None:
    command = _command(family, "exclude", "leave a patient or a lymph node out of the analysis", _exclude)
    command.add_argument("--patient", metavar="ID", required=True)
    command.add_argument("--lymph-node", metavar="ID")
    command.add_argument("--reason", metavar="TEXT", required=True)
    command.add_argument("--undo", action="store_true", help="take in again; both decisions are kept")


def _exclude(call: argparse.Namespace) -> None:
    exclude(_open(call), call.patient, call.reason, now(), call.lymph_node, excluded=not call.undo)
    print(f"{'Taken in again' if call.undo else 'Left out'}: {call.lymph_node or call.patient}.")


def _add_status(family: Any) -> None:
    command = _command(family, "status", "progress, exclusions, blinding", _status)
    command.add_argument("--json", action="store_true")


def _status(call: argparse.Namespace) -> None:
    study = Study.open(call.study)
    rounds, numbers, is_blinded = progress(study, now().today), flow(study), study.unblinding() is None
    if call.json:
        print(json.dumps(_status_json(study, rounds, numbers, is_blinded), indent=2))
    else:
        print("\n".join(_status_lines(study, rounds, numbers, is_blinded)))


def _status_json(study: Study, rounds: Sequence[RoundProgress], numbers: Flow, is_blinded: bool) -> dict[str, Any]:
    return {
        "title": study.protocol.title,
        "protocol": {"file": study.protocol_file, "format": FORMATS[study.protocol_file]},
        "blinded": is_blinded,
        "progress": [{**asdict(row), "next_available_on": _iso(row.next_available_on)} for row in rounds],
        "flow": {name: value if isinstance(value, int) else dict(value) for name, value in vars(numbers).items()},
    }


def _status_lines(study: Study, rounds: Sequence[RoundProgress], numbers: Flow, is_blinded: bool) -> Iterator[str]:
    yield f"{study.protocol.title}: {'blinded' if is_blinded else 'unblinded'}"
    name = study.protocol_file
    if name != PROTOCOL_NAME:
        yield f"protocol: {name}, {FORMATS[name]}, as studies were made before {PROTOCOL_NAME}"
    for row in rounds:
        next_day = f", next from {row.next_available_on}" if row.next_available_on else ""
        yield (
            f"reader {row.reader} round {row.round}: {row.locked} of {row.assigned} locked, {row.open} open{next_day}"
        )
    yield (
        f"patients: {numbers.enrolled_patients} enrolled, {numbers.analysed_patients} analysed; lymph nodes: "
        f"{numbers.enrolled_lymph_nodes} in the table, {numbers.analysed_lymph_nodes} analysed"
    )
    for reason, count in (*numbers.excluded_patients.items(), *numbers.excluded_lymph_nodes.items()):
        yield f"left out: {count}, {reason}"


def _add_unblind(family: Any) -> None:
    command = _command(family, "unblind", "freeze the protocol and open outcomes and contours", _unblind)
    command.add_argument("--json", action="store_true")
    command.add_argument("--missing", metavar="FILE", type=Path, help="CSV: lymph_node, reader, round, reason")


def _unblind(call: argparse.Namespace) -> None:
    missing = _read_missing(call.missing) if call.missing else {}
    unblinding = unblind(_open(call), now(), missing)
    if call.json:
        print(
            json.dumps(
                {
                    "unblinded_at": unblinding.unblinded_at.isoformat(),
                    "protocol_sha256": unblinding.protocol_sha256,
                    "missing": dict(unblinding.missing),
                },
                indent=2,
            )
        )
    else:
        print(f"Unblinded; the protocol is frozen (SHA-256 {unblinding.protocol_sha256}).")


def _read_missing(path: Path) -> dict[ReadingKey, str]:
    columns = {"lymph_node", "reader", "round", "reason"}
    try:
        table = parse_csv(path.read_bytes(), path.name)
    except OSError as error:
        raise DataRefusedError(f"{path.name} cannot be read ({error.strerror}); check the path.", "bad-table") from None
    if not columns <= set(table.columns) or any(row["round"] not in ("1", "2") for row in table.rows):
        raise DataRefusedError(
            f"{path.name} must list the missing readings with the columns {', '.join(sorted(columns))}, round 1 or 2.",
            "bad-table",
        )
    return {
        ReadingKey(lymph_node=row["lymph_node"], reader=row["reader"], round=int(row["round"])): row["reason"]
        for row in table.rows
    }


def _add_verify(family: Any) -> None:
    command = _command(family, "verify", "recompute every hash, chain and contour", _verify)
    command.add_argument("--json", action="store_true")
    command.add_argument("--expect", metavar="FILE", type=Path, help="an earlier `verify --json`, kept elsewhere")


def _verify(call: argparse.Namespace) -> None:
    report = verify(call.study, _read_heads(call.expect) if call.expect else None)
    if call.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        for problem in report.problems:
            print(f"{problem.kind}: {problem.sentence}")
        verified = ((report.lines, "log line"), (report.records, "record"), (report.files, "file"))
        print(f"Verified {', '.join(counted(number, what) for number, what in verified)}.")
        for writer, sha256 in report.heads.items():
            print(f"keep elsewhere: {writer} {sha256}")
    if not report.is_intact:
        count = sum(problem.kind not in ("leftover", "note") for problem in report.problems)
        raise DataRefusedError(
            f"The study {call.study.name} is not as it was written: {counted(count, 'problem')}; see what verify "
            f"printed.",
            "not-intact",
        )


def _read_heads(path: Path) -> dict[str, str]:
    try:
        heads = json.loads(path.read_text(encoding="utf-8"))["heads"]
        return {str(writer): str(sha256) for writer, sha256 in heads.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataRefusedError(
            f"{path.name} holds no heads of an earlier verification; name what study verify --json printed.",
            "bad-heads",
        ) from None


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
