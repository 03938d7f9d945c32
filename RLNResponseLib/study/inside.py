"""What lies inside a study, and is named by its path: of a blinded one only the study's own commands read it, of an
unblinded one everybody, as it was recorded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER, HEADS_FOLDER, LOG_NAME
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.recorded_files import refuse_unlike_recorded
from RLNResponseLib.study.store import Store
from RLNResponseLib.study.study import Study

# What a study has of its own at the top of its folder; templates are filled in by people.
OWN_NAMES = frozenset(
    {
        *FORMATS,
        *(AUDIT_FOLDER, HEADS_FOLDER, layout.IMAGES, layout.READINGS, layout.EXCLUSIONS, layout.CLINICAL),
        *(layout.SET_ASIDE, layout.RECOVERIES, layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE),
        *(layout.FROZEN_PROTOCOL, layout.UNBLINDING),
    }
)


def refuse_inside_blinded_study(path: Path, own: Path | None = None) -> None:
    """Refuse a file or folder that lies inside a study which is blinded, or of which that cannot be told; and a file of
    an unblinded one that is not what was recorded there.

    Links are followed, and what a header outside names as the file of its voxels. The protocol is everyone's, and may
    be read. A copy or a hard link outside the study cannot be told from any other file.

    Parameters
    ----------
    path
        What is to be read; it need not exist.
    own
        The study that it is to be taken into: what its people wrote into its templates is theirs to import.

    Raises
    ------
    DataRefusedError
        inside-blinded-study, and what `refuse_unlike_recorded` refuses.

    """
    _refuse_inside(path, own)
    # Loaded only where a path is looked at: the study's own commands need no numpy for that.
    from RLNResponseLib.imaging.named_files import named_voxel_files

    for file in named_voxel_files(path):
        _refuse_inside(file, own)


def refuse_writing_over_study(path: Path) -> None:
    """Refuse a place for a result where a study, blinded or not, has its own records.

    Parameters
    ----------
    path
        A file or folder that is to be written. In a study's folder, features, results and names that are not the
        study's are free.

    Raises
    ------
    DataRefusedError
        inside-study.

    """
    for place in _places(path):
        for folder in _studies_around(place):
            if place.relative_to(folder).parts[0] in OWN_NAMES:
                raise DataRefusedError(
                    f"{path.name} would be written among the records of the study {folder.name}; name a file outside "
                    "it, or in its results.",
                    "inside-study",
                )


def _places(path: Path) -> tuple[Path, ...]:
    """A path as it is named, and where its links lead."""
    try:
        return Path(os.path.abspath(path)), path.resolve()  # noqa: PTH100 - before links are followed
    except (OSError, RuntimeError, ValueError):  # links in a ring, a name that none can have: nobody reads these
        return ()


def _refuse_inside(path: Path, own: Path | None) -> None:
    for place in _places(path):
        for folder in _studies_around(place):
            if own is not None and _is_template(place, folder, own):
                continue
            if not (place.parent == folder and place.name in FORMATS):
                _refuse_unless_unblinded(path, folder)
            if place.is_file():
                refuse_unlike_recorded(Study(Store(folder)), place.relative_to(folder).as_posix())


def _refuse_unless_unblinded(path: Path, folder: Path) -> None:
    try:
        if Study(Store(folder)).unblinding() is not None:
            return
        why, what_to_do = "which is blinded", "use the study's own commands, or wait until it is unblinded"
    except (DataRefusedError, OSError):
        why, what_to_do = "of which it cannot be told whether it is unblinded", "run study verify on it, and mend it"
    raise DataRefusedError(
        f"{path.name} lies inside the study {folder.name}, {why}, so it is not read here; {what_to_do}.",
        "inside-blinded-study",
    )


def _studies_around(place: Path) -> Iterator[Path]:
    for folder in place.parents:
        try:
            if _is_study(folder):
                yield folder
        except OSError:  # a folder that may not be entered: nothing below it can be read
            continue


def _is_study(folder: Path) -> bool:
    """By its audit folder and its protocol; where that was taken away, by the name of a log."""
    audit = folder / AUDIT_FOLDER
    if not audit.is_dir():
        return False
    return any((folder / name).is_file() for name in FORMATS) or any(
        LOG_NAME.fullmatch(log.name) for log in audit.iterdir()
    )


def _is_template(place: Path, folder: Path, own: Path) -> bool:
    return place.parent == folder / layout.TEMPLATES and folder.resolve() == own.resolve()
