"""`rlnresponse plan --protocol`: the page that registers a study, and what departed from it at the end."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from RLNResponseLib.commands.table_options import refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now, now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.planning.registered import (
    Registration,
    note_registration,
    read_registration,
    register,
    registration_of,
)
from RLNResponseLib.planning.registration import deviations, pending
from RLNResponseLib.report.page.registration import deviation_sentences, registration_page
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER
from RLNResponseLib.study.inside import refuse_writing_over_study
from RLNResponseLib.study.study import Study

# `--registered` without a file.
_FROM_LOG = ""


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
        help="an analysis that will be called primary; once for each. With --registered: one that was called so",
    )
    parser.add_argument(
        "--split", action="store_true", help="register that the patients will be split into training and validation"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="the page, HTML; what is for a computer lies beside it as JSON. With --registered: the page at the end, "
        "with the deviations",
    )
    parser.add_argument(
        "--registered",
        metavar="FILE",
        nargs="?",
        const=_FROM_LOG,
        help="what departed from the registration in the study, and what of it is still to come: that JSON, or without "
        "a file what the study's log holds",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the deviations, and what is pending, as one JSON object"
    )
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
    if call.registered is not None:
        _compare(call)
    elif call.output is not None:
        _register(call)
    else:
        call.parser.error("--protocol goes with --output, to register, or with --registered, to compare")


def _register(call: argparse.Namespace) -> None:
    page = _page(call.output)
    data = page.with_suffix(".json")
    refuse_writing_over_study(data)
    _refuse_replacing(data)
    moment = now()
    registration = register(call.protocol, call.plan, call.primary, moment, split=call.split)
    folder = _folder(call.protocol)
    study = Study.open(folder) if (folder / AUDIT_FOLDER).is_dir() else None
    write_registration(registration, page, study, moment)
    noted = "" if study is None else " The study's log holds it too."
    print(f"Wrote {page} and {data}. Print, sign and attach the page; keep both.{noted} {RESEARCH_USE_ONLY}")


def write_registration(registration: Registration, page: Path, study: Study | None, moment: Now) -> tuple[Path, Path]:
    """Note a registration in its study's log, then write its page and the JSON beside it.

    Parameters
    ----------
    registration
        What was decided.
    page
        Where the page goes, .html.
    study
        Whose log gets it; None where there is no study yet.
    moment
        For the log.

    Returns
    -------
    tuple of Path
        The page and the JSON.

    Raises
    ------
    DataRefusedError
        cannot-write, missing-package.
    """
    data = page.with_suffix(".json")
    text = registration_page(registration, data.name)
    if study is not None:
        note_registration(study, registration, moment)
    write_text_atomically(data, json.dumps(registration.as_json(), indent=2, ensure_ascii=False) + "\n")
    write_text_atomically(page, text)
    return page, data


def _compare(call: argparse.Namespace) -> None:
    page = None if call.output is None else _page(call.output)
    study = Study.open(_folder(call.protocol))
    registration = _registration(call.registered, study)
    called = call.primary or None
    found = deviations(registration, study, called)
    to_come = pending(registration, study, analysed=called is not None)
    sentences = deviation_sentences(registration, found, to_come, primary_compared=called is not None)
    if page is not None:
        data = page.with_suffix(".json").name if call.registered == _FROM_LOG else Path(call.registered).name
        write_text_atomically(page, registration_page(registration, data, sentences, found, to_come))
    if call.json:
        figures = {
            "registered": registration.made,
            "deviations": [asdict(each) for each in found],
            "pending": [asdict(each) for each in to_come],
        }
        print(json.dumps({**figures, "notice": RESEARCH_USE_ONLY}, indent=2))
    else:
        print("\n".join([*printed(sentences, width=100), *([] if page is None else [f"Wrote {page}"])]))


def _registration(file: str, study: Study) -> Registration:
    if file != _FROM_LOG:
        return read_registration(Path(file))
    found = registration_of(study)
    if found is None:
        raise DataRefusedError(
            f"The log of the study {study.folder.name} holds no registration; name the JSON that lies beside its page.",
            "not-registered",
            "after --registered",
        )
    return found


def _folder(protocol: Path) -> Path:
    return protocol.parent if protocol.is_file() else protocol


def _page(output: Path) -> Path:
    if output.name in ("", ".."):
        raise DataRefusedError(
            f"The page cannot be written as '{output}', which is a folder; name a file, such as registration.html.",
            "not-written",
        )
    page = output.with_suffix(".html")
    refuse_no_folder(page)
    refuse_writing_over_study(page)
    return page


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
