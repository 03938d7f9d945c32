"""What a finished feature table was made from, noted beside it.

An unchanged study is so known as such by comparing hashes, before any library is loaded that computes features or reads tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib import __version__
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.software import installed_versions
from RLNResponseLib.study.durable import file_digest
from RLNResponseLib.study.records import Reading
from RLNResponseLib.study.study import Study

CONTENTS = "contents.json"


def table_contents(study: Study, readings: Iterable[Reading]) -> dict[str, Any] | None:
    """Everything that the table of these readings follows from; None where a library's version cannot be told.

    Raises DataRefusedError (bad-settings).
    """
    settings = ExtractionSettings.from_mapping(study.protocol.extraction).digest()
    versions = installed_versions()
    if versions is None:
        return None
    patients = {lymph_node.id: lymph_node.patient for lymph_node in study.lymph_nodes()}
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


def note(contents: Mapping[str, Any] | None, files: Sequence[Path]) -> None:
    """Note beside `files` what they were made from; with None, that it is not known."""
    if contents is None:
        _place(files).unlink(missing_ok=True)
        return
    noted = {**contents, "files": _digests(files)}
    write_text_atomically(_place(files), json.dumps(noted, indent=1) + "\n")


def is_noted(contents: Mapping[str, Any] | None, files: Sequence[Path]) -> bool:
    """Whether `files` are as they were made, and from this."""
    if contents is None:
        return False
    try:
        noted = json.loads(_place(files).read_text(encoding="utf-8"))
        return bool(noted == {**contents, "files": _digests(files)})
    except (OSError, ValueError):
        return False


def _place(files: Sequence[Path]) -> Path:
    return files[0].with_name(CONTENTS)


def _digests(files: Sequence[Path]) -> dict[str, str]:
    return {file.name: file_digest(file) for file in files}
