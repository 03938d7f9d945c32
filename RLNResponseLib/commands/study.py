"""`rlnresponse study …`: the study folder from a terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.clinical_import import add_clinical_files, take_clinical_files
from RLNResponseLib.commands.model_options import add_icc_rule, icc_rule
from RLNResponseLib.commands.options import add_acquisition
from RLNResponseLib.commands.study_bulk import add_import_readings, import_ct_table
from RLNResponseLib.commands.study_evidence import add_anchor, add_unblind, add_verify
from RLNResponseLib.commands.study_family import iso_day, open_study, print_findings, study_command
from RLNResponseLib.commands.study_readings import add_give_up, add_import_reading, add_lock, add_worklist
from RLNResponseLib.commands.work_tables import Instead, add_sheet, refuse_beside
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import links_are_exclusive
from RLNResponseLib.common.wording import counted, text_of_lines
from RLNResponseLib.features.settings_file import read_settings
from RLNResponseLib.imaging.formats import volume_names
from RLNResponseLib.planning.registered import note_registration, read_registration
from RLNResponseLib.study.after_unblinding import after_unblinding
from RLNResponseLib.study.anchor import anchor_now, log_words
from RLNResponseLib.study.bulk import CT_COLUMNS, CT_OPTIONS
from RLNResponseLib.study.corrections import corrections_after_seeing
from RLNResponseLib.study.exclusions import Flow, exclude, flow
from RLNResponseLib.study.imports import import_ct
from RLNResponseLib.study.occasions import OCCASIONS
from RLNResponseLib.study.patients import Occasion
from RLNResponseLib.study.protocol import (
    ASSISTANCE,
    STUDY_ICC_FORMS,
    WASHOUT_DAYS,
    Protocol,
    lacking_for_agreement,
    plan_readers,
)
from RLNResponseLib.study.protocol_formats import FORMATS, PROTOCOL_NAME
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.unblinding import unblinding_notices
from RLNResponseLib.study.worklist import RoundProgress, progress

_TITLE = "Recurrent lymph nodes after esophagectomy"


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
        add_import_reading,
        add_import_readings,
        add_worklist,
        add_lock,
        add_give_up,
        _add_exclude,
        _add_status,
        add_unblind,
        add_anchor,
        add_verify,
    ):
        declare(family)


def _add_create(family: Any) -> None:
    command = study_command(family, "create", "make a study folder", _create)
    own = [
        command.add_argument("--readers", metavar="A,B", help="the codes of one reader or two"),
        command.add_argument("--repeat", metavar="A", help="which one of them reads everything twice"),
        command.add_argument(
            "--experience",
            metavar=("READER", "WORDS"),
            nargs=2,
            action="append",
            help="a reader's specialty, years and training, for the report: A 'radiation oncologist, 8 years'; no "
            "name; may be repeated",
        ),
        command.add_argument("--washout-days", metavar="N", type=int, help=f"days before a repeat ({WASHOUT_DAYS})"),
        command.add_argument("--seed", metavar="N", type=int, help="of every order in the study (1)"),
        command.add_argument("--title", metavar="TEXT", help=f"of the study ({_TITLE})"),
        *add_icc_rule(command, STUDY_ICC_FORMS),
        command.add_argument(
            "--occasions",
            metavar="retest,after",
            help="which second CT of a lymph node the study has: without treatment between the two, or after treatment",
        ),
        command.add_argument(
            "--assistance",
            choices=ASSISTANCE,
            help="whether a reading may begin from a proposal: not at all, in first readings alone, in repeats too "
            "(none)",
        ),
        command.add_argument(
            "--settings",
            metavar="FILE",
            type=Path,
            help="how features are extracted: image types, resampling and the rest, from pyradiomics' parameter file "
            "or another study (pyradiomics' defaults)",
        ),
    ]
    command.add_argument(
        "--registered",
        metavar="FILE",
        type=Path,
        help="in place of all these: the JSON that `plan --protocol` registered, whose protocol the study gets, and "
        "which its log keeps",
    )
    command.set_defaults(parser=command, own=own)


def _create(call: argparse.Namespace) -> None:
    given = [action.option_strings[0] for action in call.own if getattr(call, action.dest) is not None]
    if call.registered is not None and given:
        call.parser.error(f"--registered brings the whole protocol; leave out {', '.join(given)}")
    if call.registered is None and call.readers is None:
        call.parser.error("name the readers with --readers, or a registration with --registered")
    registration = None if call.registered is None else read_registration(call.registered)
    protocol = _protocol(call) if registration is None else registration.protocol
    moment = now()
    study = Study.create(call.study, protocol, moment)
    if registration is not None:
        note_registration(study, registration, moment)
    print(f"Made the study {call.study}; templates for the clinical tables lie in its folder.")
    if not links_are_exclusive(call.study):
        print(
            "note: this disk or share gives no file a name in one step (no hard links), so that a crash can leave a "
            "half-written record, which verify names; a share of the department's server is safer."
        )
    if lacking := lacking_for_agreement(protocol.readers):
        print(f"note: {lacking}")


def _protocol(call: argparse.Namespace) -> Protocol:
    readers, repeating = (
        [code.strip() for code in (text or "").split(",") if code.strip()] for text in (call.readers, call.repeat)
    )
    return Protocol(
        title=_TITLE if call.title is None else call.title,
        readers=plan_readers(readers, repeating, dict(call.experience or ())),
        washout_days=WASHOUT_DAYS if call.washout_days is None else call.washout_days,
        icc=icc_rule(call),
        extraction={} if call.settings is None else study_extraction(call.settings),
        seed=1 if call.seed is None else call.seed,
        occasions=_named_occasions(call.occasions or ""),
        assistance="none" if call.assistance is None else call.assistance,
    )


def _named_occasions(text: str) -> tuple[Occasion, ...]:
    named = {name.strip() for name in text.split(",") if name.strip()}
    if not named <= set(OCCASIONS):
        raise DataRefusedError(
            f"The occasions of a second CT are {' and '.join(OCCASIONS)}; name these alone.", "bad-occasion"
        )
    return tuple(occasion for occasion in OCCASIONS if occasion in named)


def study_extraction(file: Path) -> dict[str, Any]:
    """The settings of a file, for the protocol: a study extracts every feature of the images that they name.

    Parameters
    ----------
    file
        pyradiomics' parameter file, or another study.

    Returns
    -------
    dict
        For `Protocol.extraction`.

    Raises
    ------
    DataRefusedError
        bad-settings, and what `read_settings` raises.

    """
    said = read_settings(file)
    if said.features is not None:
        raise DataRefusedError(
            f"{file.name} names features, and a study extracts all of every image that its protocol names; leave "
            "featureClass out of it.",
            "bad-settings",
        )
    return said.settings.as_mapping()


def _add_import_clinical(family: Any) -> None:
    command = study_command(
        family, "import-clinical", "take the clinical tables (CSV, XLSX, REDCap export)", _import_clinical
    )
    add_clinical_files(command)


def _import_clinical(call: argparse.Namespace) -> None:
    take_clinical_files(open_study(call), call)


def _add_import_ct(family: Any) -> None:
    command = study_command(family, "import-ct", "take a CT, or all that a table lists, de-identified", _import_ct)
    of_one = [
        command.add_argument(
            "image", metavar="IMAGE", type=Path, help=f"a DICOM folder, {volume_names('or')}; not with --table"
        ),
        command.add_argument(
            "--patient", metavar="ID", required=True, help="whose CT it is, by the code of the study; not with --table"
        ),
        command.add_argument(
            "--image",
            metavar="ID",
            required=True,
            dest="image_id",
            help="its code in the study, as the table of lymph nodes names it; not with --table",
        ),
    ]
    command.add_argument("--series", metavar="UID", help="which series of a folder with several")
    add_acquisition(command)
    command.add_argument(
        "--table",
        metavar="FILE",
        type=Path,
        action=Instead,
        instead_of=of_one,
        help=f"instead of one CT: {', '.join(CT_COLUMNS)}, and where needed {', '.join(CT_OPTIONS)}; paths from its "
        "folder on",
    )
    add_sheet(command)
    command.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        help="pseudonyms and hospital IDs, outside the study folder; for DICOM, which states the ID",
    )
    command.set_defaults(parser=command)


def import_ct_arguments(study: Study, file: Path, patient: str, image: str, key_file: Path | None = None) -> list[str]:
    """The command line that imports one CT, as the panel runs it.

    Parameters
    ----------
    study
        The opened study.
    file
        A DICOM folder or an image file.
    patient, image
        The codes of the study.
    key_file
        Of pseudonyms and hospital IDs, None where there is none.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    arguments = ["study", "import-ct", str(study.folder), str(file), "--patient", patient, "--image", image]
    return [*arguments, *_key_file(key_file)]


def _key_file(key_file: Path | None) -> list[str]:
    return [] if key_file is None else ["--key-file", str(key_file)]


def import_ct_table_arguments(study: Study, table: Path, key_file: Path | None = None) -> list[str]:
    """The command line that imports every CT of a table, as the panel runs it.

    Parameters
    ----------
    study
        The opened study.
    table
        A row a CT.
    key_file
        Of pseudonyms and hospital IDs, None where there is none.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return ["study", "import-ct", str(study.folder), "--table", str(table), *_key_file(key_file)]


def _import_ct(call: argparse.Namespace) -> None:
    if call.table is not None:
        refuse_beside(call.parser, call, "--table", ("image", "patient", "image_id", "series", "acquisition"))
        import_ct_table(call)
        return
    if call.sheet is not None:
        call.parser.error("--sheet is for --table, which is not given")
    imported = import_ct(
        open_study(call),
        call.image,
        call.patient,
        call.image_id,
        now(),
        series=call.series,
        acquisition=call.acquisition,
        key_file=call.key_file,
    )
    entry = imported.entry
    print(f"Imported the CT as image {entry.id} of patient {entry.patient}, de-identified.")
    print_findings(imported.findings)


def _add_exclude(family: Any) -> None:
    command = study_command(family, "exclude", "leave a patient or a lymph node out of the analysis", _exclude)
    command.add_argument("--patient", metavar="ID", required=True)
    command.add_argument("--lymph-node", metavar="ID")
    command.add_argument("--reason", metavar="TEXT", required=True)
    command.add_argument("--undo", action="store_true", help="take in again; both decisions are kept")


def _exclude(call: argparse.Namespace) -> None:
    exclude(open_study(call), call.patient, call.reason, now(), call.lymph_node, excluded=not call.undo)
    print(f"{'Taken in again' if call.undo else 'Left out'}: {call.lymph_node or call.patient}.")


def _add_status(family: Any) -> None:
    command = study_command(family, "status", "progress, exclusions, blinding", _status)
    command.add_argument("--json", action="store_true")


def _status(call: argparse.Namespace) -> None:
    study = Study.open(call.study)
    rounds, numbers, is_blinded = progress(study, now().today), flow(study), study.unblinding() is None
    if call.json:
        print(json.dumps(_status_json(study, rounds, numbers, is_blinded), indent=2))
    else:
        print(text_of_lines(_status_lines(study, rounds, numbers, is_blinded)))


def _status_json(study: Study, rounds: Sequence[RoundProgress], numbers: Flow, is_blinded: bool) -> dict[str, Any]:
    return {
        "title": study.protocol.title,
        "protocol": {"file": study.protocol_file, "format": FORMATS[study.protocol_file]},
        "blinded": is_blinded,
        "log": anchor_now(study).as_json(),
        "progress": [{**asdict(row), "next_available_on": iso_day(row.next_available_on)} for row in rounds],
        "flow": {name: value if isinstance(value, int) else dict(value) for name, value in vars(numbers).items()},
        "corrections_after_seeing": asdict(corrections_after_seeing(study)),
        "after_unblinding": after_unblinding(study).as_json(),
        "unblinding_notices": unblinding_notices(study),
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
    seen = corrections_after_seeing(study)
    if seen.other_round:
        yield (
            f"{counted(seen.other_round, 'correction')} made while blinded, after the reader could see their own "
            "contour of the other round."
        )
    if late := after_unblinding(study):
        yield late.sentence
    for sentence in unblinding_notices(study):
        yield f"warning: {sentence}"
    yield log_words(study)
