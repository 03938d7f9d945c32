"""No command reads what lies inside a blinded study, and none writes over a study's own records: every file that a call
names is looked at before the command runs.

A new command gets this without doing anything for it. What it only writes is named in `WRITTEN`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from RLNResponseLib.study.inside import refuse_inside_blinded_study, refuse_writing_over_study

# STUDY keeps its own rules: what may be seen of a blinded study is judged where it is read.
STUDY = "study"
# The key file and the anchor are judged by their own rules, too: they never lie in the study.
WRITTEN = frozenset(
    {
        *("output", "figures", "picture", "dicom", "key_file", "pdf", "xlsx", "docx", "redcap"),
        *("disagreements", "disagreement_pictures"),
    }
)


def refuse_sealed_files(call: argparse.Namespace) -> None:
    """Refuse a call that reads a file inside a blinded study by anything but STUDY, or writes over a study's records.

    Parameters
    ----------
    call
        The parsed arguments of any command.

    Raises
    ------
    DataRefusedError
        inside-blinded-study, inside-study.

    """
    own = getattr(call, STUDY, None)
    for name, value in vars(call).items():
        if name == STUDY:
            continue
        for path in _paths(value):
            if name in WRITTEN:
                refuse_writing_over_study(path)
            else:
                refuse_inside_blinded_study(path, own if isinstance(own, Path) else None)


def _paths(value: object) -> Iterator[Path]:
    """The paths among an argument's values; of plain words (--model ID) those that name a file that is there."""
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, Path):
            yield each
        elif isinstance(each, str) and _names_a_file(each):
            yield Path(each)


def _names_a_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # a text too long for a name
        return False
