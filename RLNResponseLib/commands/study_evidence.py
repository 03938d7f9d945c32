"""`rlnresponse study unblind|anchor|verify`: what a study can show to people who do not trust each other."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.study_family import open_study, study_command
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.study.anchor import anchor_file, make_anchor, read_anchor
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.verify.unblinding import unblind_verified, unblinding_notices
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import lacking_readings


def add_unblind(family: Any) -> None:
    """Declare `study unblind`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(family, "unblind", "freeze the protocol and open outcomes and contours", _unblind)
    command.add_argument("--json", action="store_true")
    command.add_argument("--missing", metavar="FILE", type=Path, help="CSV: lymph_node, reader, round, reason")
    _add_expect(command)
    command.add_argument(
        "--despite", metavar="REASON", help="unblind though study verify finds problems, for this reason, which is kept"
    )


def _unblind(call: argparse.Namespace) -> None:
    missing = _read_missing(call.missing) if call.missing else {}
    expected = read_anchor(call.expect) if call.expect else None
    study = open_study(call)
    unblinding = unblind_verified(study, now(), missing, expected=expected, despite=call.despite)
    if call.json:
        print(
            json.dumps(
                {
                    "unblinded_at": unblinding.unblinded_at.isoformat(),
                    "protocol_sha256": unblinding.protocol_sha256,
                    "missing": dict(unblinding.missing),
                    "anchor": unblinding.anchor,
                    "anchor_not_compared": unblinding.anchor_not_compared,
                    "lacking": lacking_readings(study),
                },
                indent=2,
            )
        )
    else:
        print(f"Unblinded; the protocol is frozen (SHA-256 {unblinding.protocol_sha256}).")
        for sentence in unblinding_notices(study):
            print(f"warning: {sentence}")


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


def add_anchor(family: Any) -> None:
    """Declare `study anchor`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(
        family, "anchor", "one hash of the whole study, to be kept elsewhere (mail it to a colleague)", _anchor
    )
    command.add_argument("--output", metavar="FILE", type=Path, help="outside the study folder")
    command.add_argument("--json", action="store_true")


def _anchor(call: argparse.Namespace) -> None:
    if call.output is not None and call.output.resolve().is_relative_to(call.study.resolve()):
        raise DataRefusedError(
            f"The anchor {call.output.name} would lie in the study folder, where whoever changes the study changes it "
            "too; name a file elsewhere.",
            "anchor-inside-study",
        )
    moment = now()
    anchor = make_anchor(open_study(call), moment)
    text = anchor_file(anchor, moment)
    if call.output is not None:
        try:
            write_text_atomically(call.output, text)
        except OSError as error:
            raise DataRefusedError(
                f"{call.output.name} cannot be written ({error.strerror}); check the folder and the disk.",
                "cannot-write",
            ) from None
    if call.json:
        print(text, end="")
        return
    kept = "" if call.output is None else f"; {call.output.name} holds it"
    print(f"Anchor: {anchor.words}{kept}. Keep it outside the study folder; study verify --expect compares.")


def _add_expect(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--expect",
        metavar="ANCHOR",
        help="a file of study anchor, verify --json or status --json, kept elsewhere, or the words that they print",
    )


def add_verify(family: Any) -> None:
    """Declare `study verify`.

    Parameters
    ----------
    family
        The subparsers of `rlnresponse study`.
    """
    command = study_command(family, "verify", "recompute every hash, chain and contour", _verify)
    command.add_argument("--json", action="store_true")
    _add_expect(command)


def _verify(call: argparse.Namespace) -> None:
    report = verify(call.study, read_anchor(call.expect) if call.expect else None, now())
    if call.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        for problem in report.problems:
            print(one_line(f"{problem.kind}: {problem.sentence}"))
        verified = ((report.lines, "log line"), (report.records, "record"), (report.files, "file"))
        print(f"Verified {', '.join(counted(number, what) for number, what in verified)}.")
        for head, sha256 in report.heads.items():
            print(f"keep elsewhere: {head} {sha256}")
    if not report.is_intact:
        count = sum(not problem.is_harmless for problem in report.problems)
        raise DataRefusedError(
            f"The study {call.study.name} is not as it was written: {counted(count, 'problem')}; see what verify "
            f"printed.",
            "not-intact",
        )
