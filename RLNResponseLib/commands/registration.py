"""`rlnresponse plan --protocol`: the page that registers a study, and what departed from it at the end."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from RLNResponseLib.commands.table_options import refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.planning.registration import deviations, read_registration, register
from RLNResponseLib.report.page.registration import deviation_sentences, registration_page
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.study.inside import refuse_writing_over_study
from RLNResponseLib.study.study import Study


def add_registration(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `plan` itself.

    Parameters
    ----------
    parser
        Of `rlnresponse plan`.
    """
    parser.add_argument(
        "--protocol", metavar="STUDY", type=Path, help="a study folder or its study.toml: register it, as one page"
    )
    parser.add_argument(
        "--plan",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="what a plan printed with --json; once for each kind",
    )
    parser.add_argument(
        "--primary",
        metavar="TEXT",
        action="append",
        default=[],
        help="an analysis that will be called primary; once for each",
    )
    parser.add_argument(
        "--output", metavar="FILE", type=Path, help="the page, HTML; what is for a computer lies beside it as JSON"
    )
    parser.add_argument(
        "--registered", metavar="FILE", type=Path, help="that JSON: what departed from it in the study so far"
    )
    parser.add_argument("--json", action="store_true", help="print the deviations as one JSON object")
    parser.set_defaults(run=run_registration, parser=parser)


def run_registration(call: argparse.Namespace) -> None:
    """Write the page, or list the deviations.

    Parameters
    ----------
    call
        The parsed arguments.
    """
    if call.protocol is None:
        call.parser.error("name what is planned (agreement, development, validation), or a --protocol to register")
    if (call.output is None) == (call.registered is None):
        call.parser.error("--protocol goes with --output, to register, or with --registered, to compare")
    if call.registered is None:
        _register(call)
    else:
        _compare(call)


def _register(call: argparse.Namespace) -> None:
    if call.output.name in ("", ".."):
        raise DataRefusedError(
            f"The page cannot be written as '{call.output}', which is a folder; name a file, such as "
            "registration.html.",
            "not-written",
        )
    page: Path = call.output.with_suffix(".html")
    data = page.with_suffix(".json")
    refuse_no_folder(page)
    refuse_writing_over_study(data)
    _refuse_replacing(data)
    registration = register(call.protocol, call.plan, call.primary, now())
    text = registration_page(registration, data.name)
    write_text_atomically(data, json.dumps(registration.as_json(), indent=2, ensure_ascii=False) + "\n")
    write_text_atomically(page, text)
    print(f"Wrote {page} and {data}. Print, sign and attach the page; keep both. {RESEARCH_USE_ONLY}")


def _refuse_replacing(data: Path) -> None:
    """The page's name is given, that of the JSON beside it is not: a plan may lie there."""
    if not data.exists():
        return
    try:
        read_registration(data)
    except (DataRefusedError, OSError):
        raise DataRefusedError(
            f"The registration would be written over {data.name}, which is none; name another page.", "not-written"
        ) from None


def _compare(call: argparse.Namespace) -> None:
    registration = read_registration(call.registered)
    folder = call.protocol.parent if call.protocol.is_file() else call.protocol
    found = deviations(registration, Study.open(folder))
    if call.json:
        figures = {"registered": registration.made, "deviations": [asdict(each) for each in found]}
        print(json.dumps({**figures, "notice": RESEARCH_USE_ONLY}, indent=2))
    else:
        print("\n".join(printed(deviation_sentences(registration, found), width=100)))
