"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import sync_folder


def refuse_filled_folder(folder: Path, what: str) -> None:
    """Refuse a folder that holds something, or a file of that name.

    Parameters
    ----------
    folder
        New or empty.
    what
        Is to be written there, for the sentence: "the export".

    Raises
    ------
    DataRefusedError
        folder-not-empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataRefusedError(
            f"The folder {folder.name} is not empty; name a new or an empty one for {what}.", "folder-not-empty"
        )


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which gets its own name when all is written; on any error nothing is left.

    Parameters
    ----------
    folder
        New or empty (`refuse_filled_folder`).

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    DataRefusedError
        cannot-write.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name[:40]}.", dir=folder.resolve().parent) as aside:
            partial = Path(aside) / "whole"
            partial.mkdir()
            yield partial
            if folder.is_dir():
                folder.rmdir()  # refuses where another program has just written into it
            partial.rename(folder)
            sync_folder(folder.resolve().parent)
    except OSError as error:
        raise DataRefusedError(
            f"The folder {folder.name} cannot be written ({error.strerror or 'disk error'}); check the path and the "
            f"disk. Nothing was left half-written.",
            "cannot-write",
        ) from None
