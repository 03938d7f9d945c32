"""What a finished feature table was made from, noted beside it.

An unchanged study is so known as such by comparing hashes, before any library is loaded that computes features or reads tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from RLNResponseLib import __version__
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.software import installed_versions
from RLNResponseLib.study.durable import file_digest
from RLNResponseLib.study.records import Reading

CONTENTS = "contents.json"


def table_contents(readings: Iterable[Reading], patients: Mapping[str, str], settings: str) -> dict[str, Any] | None:
    """Everything that the table of these readings follows from; None where a library's version cannot be told.

    patients  lymph node → patient
    settings  the digest of the extraction settings
    """
    versions = installed_versions()
    if versions is None:
        return None
    rows = [
        [
            reading.key.lymph_node,
            patients[reading.key.lymph_node],
            reading.key.reader,
            reading.key.round,
            reading.image_sha256,
            reading.contour.sha256,
        ]
        for reading in readings
    ]
    # Another version of ours may have another table.
    return {"rlnresponse": __version__, "settings": settings, "installed": versions, "readings": sorted(rows)}


def note(folder: Path, contents: Mapping[str, Any] | None, files: Sequence[Path]) -> None:
    """Note what `files` in `folder` were made from; with None, that it is not known."""
    if contents is None:
        with suppress(FileNotFoundError):
            (folder / CONTENTS).unlink()
        return
    noted = {**contents, "files": _digests(files)}
    write_text_atomically(folder / CONTENTS, json.dumps(noted, indent=1) + "\n")


def is_noted(folder: Path, contents: Mapping[str, Any] | None, files: Sequence[Path]) -> bool:
    """Whether `files` are as they were made, and from this."""
    if contents is None:
        return False
    try:
        noted = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return bool(noted == {**contents, "files": _digests(files)})
    except (OSError, ValueError):
        return False


def _digests(files: Sequence[Path]) -> dict[str, str]:
    return {file.name: file_digest(file) for file in files}
