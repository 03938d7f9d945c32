"""A file of an unblinded study that is named by its path, not asked of the study: read only as it was recorded."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import TEMPORARY_NAME, file_digest
from RLNResponseLib.study import layout
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study

FEATURES = "features"
# What people write there themselves, and what was set aside: evidence of nothing.
_UNVOUCHED = ("results", layout.TEMPLATES, layout.SET_ASIDE)
_TABLES = (layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE)


def refuse_unlike_recorded(study: Study, name: str) -> None:
    """Compare a file of a study with what vouches for it.

    Drafts, what lies in `results`, `templates` and `set-aside`, and what is not part of the study (`verify` notes it)
    are vouched for by nothing, and read as they are.

    Parameters
    ----------
    study
        Unblinded.
    name
        Path of a file in it, with "/".

    Raises
    ------
    DataRefusedError
        contour-changed, image-changed, sealed-part-changed, file-changed, file-removed, features-changed,
        protocol-changed; not-recorded for what no record vouches for, as what lies under a temporary name; and what the
        study refuses to read.

    """
    folder, _, last = name.rpartition("/")
    place = folder.partition("/")[0]
    if TEMPORARY_NAME.fullmatch(last):
        raise _not_recorded(name)
    if name in FORMATS:
        study.protocol_and_digest()
    elif name in _TABLES:
        _refuse_unlike_imported(study, name)
    elif place == FEATURES:
        _refuse_unlike_extracted(study, name)
    elif place == layout.IMAGES and last.endswith(".nrrd"):
        study.image_file(last.removesuffix(".nrrd"))
    elif place == layout.READINGS and not last.endswith(layout.RECORD_SUFFIX):
        _refuse_unlike_locked(study, name)
    elif place in (layout.IMAGES, layout.READINGS, layout.EXCLUSIONS, layout.CLINICAL, layout.RECOVERIES):
        if not last.endswith(layout.DRAFT_NOTES_SUFFIX):
            study.store.read(name)
    elif name in (layout.UNBLINDING, layout.FROZEN_PROTOCOL):
        study.store.read(name)
    elif place and place not in _UNVOUCHED:
        raise _not_recorded(name)


def _refuse_unlike_imported(study: Study, name: str) -> None:
    record = study.last_clinical_import()
    files = () if record is None else record.files
    file = next((each for each in files if each.path == name), None)
    if file is None:
        raise _not_recorded(name)
    study.store.verified_file(file)


def _refuse_unlike_extracted(study: Study, name: str) -> None:
    if not study.store.index_now().vouches(name, file_digest(study.store.path(name))):
        raise DataRefusedError(
            f"{name} is not what an extraction wrote by the study's log; extract the features again.",
            "features-changed",
            "with `rlnresponse extract`",
        )


def _refuse_unlike_locked(study: Study, name: str) -> None:
    for suffix in (layout.DRAFT_CONTOUR_SUFFIX, layout.SEALED_SUFFIX, layout.CONTOUR_SUFFIX):
        if name.endswith(suffix):
            key = _key(name.removesuffix(suffix))
            if key is None:
                break
            if suffix == layout.CONTOUR_SUFFIX:
                study.contour_file(key)
            elif suffix == layout.SEALED_SUFFIX and (reading := study.reading(key)) is not None:
                sealed_part(study, reading)
            return
    raise _not_recorded(name)


def _key(path: str) -> ReadingKey | None:
    parts = path.split("/")
    return layout.reading_key(parts[1], parts[2]) if len(parts) == 3 else None


def _not_recorded(name: str) -> DataRefusedError:
    return DataRefusedError(
        f"{name} lies in the study, and no record of it vouches for this file, so it is not read; run study verify, "
        "and take a file that was recorded.",
        "not-recorded",
    )
