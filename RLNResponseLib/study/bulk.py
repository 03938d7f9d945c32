"""A study's images and contours by the hundred: row after row of a table, one refusal not stopping the rest.

What is there already with the same content is found and left as it is, so that a table can be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError, refusal_of
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.common.row_cells import WorkTable, named_again
from RLNResponseLib.imaging.connectivity import take_component
from RLNResponseLib.imaging.dicom_identity import source_identity
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study import layout
from RLNResponseLib.study.contouring import check_draft, import_reading, lock, locked_contour, study_ct
from RLNResponseLib.study.corrections import last_locked, latest
from RLNResponseLib.study.deidentify import bare_image
from RLNResponseLib.study.drafts import already_locked, draft, draft_file
from RLNResponseLib.study.identifiers import checked_identifier
from RLNResponseLib.study.imports import import_ct, stated_patient_id
from RLNResponseLib.study.key_file import note_pseudonym
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import WorklistItem, worklist

if TYPE_CHECKING:
    from RLNResponseLib.common.types import Progress

CT_COLUMNS = ("patient", "image", "path")
CT_OPTIONS = ("series", "acquisition")
READING_COLUMNS = ("lymph_node", "reader", "round", "path")
READING_OPTIONS = ("segment", "component", "threshold", "minutes", "proposal")
# Of a place in mm: far below what any file rounds to.
_SAME_MM = 1e-6

State = Literal["done", "there", "empty", "refused"]
Done = tuple[State, tuple[Finding, ...]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one piece of work.

    Attributes
    ----------
    what
        Which: "scans.csv, row 4", or "A-1 of LN3".
    state
        "done" now; "there" already, with the same content; "empty" where a reading has no contour to lock; "refused".
    refusal
        Why it was refused; None otherwise.
    findings
        What the checks said of what was done.

    """

    what: str
    state: State
    refusal: DataRefusedError | None = None
    findings: tuple[Finding, ...] = ()


def import_cts(
    study: Study,
    work: WorkTable,
    clock: Callable[[], Now],
    progress: Progress = lambda done, total: None,
    *,
    key_file: Path | None = None,
) -> tuple[Outcome, ...]:
    """Store the CT of every row, de-identified, as `import_ct` does.

    Parameters
    ----------
    study
        Whose folder gets the images.
    work
        Rows with `CT_COLUMNS` and, where they are needed, `CT_OPTIONS`.
    clock
        Gives the moment of each import.
    progress
        Is told how many rows are done, out of how many.
    key_file
        As `import_ct` takes it.

    Returns
    -------
    tuple of Outcome
        One a row, in the table's order.

    """
    twice = named_again(work, ("image",))
    return _each(
        [
            (work.where(row), partial(_ct_row, study, work, row, clock, key_file, twice))
            for row in range(len(work.table.rows))
        ],
        progress,
    )


def _ct_row(
    study: Study, work: WorkTable, row: int, clock: Callable[[], Now], key_file: Path | None, twice: Mapping[int, str]
) -> Done:
    _refuse_named_again(row, twice, "image")
    patient, image = work.text(row, "patient"), work.text(row, "image")
    source, series, acquisition = (
        work.path(row, "path"),
        work.stated(row, "series"),
        work.whole_number(row, "acquisition"),
    )
    checked_identifier(image, "The image identifier")
    if study.store.exists(layout.image_path(image, layout.RECORD_SUFFIX)):
        ct = read_ct(source, series, acquisition)
        if not _holds_ct(study, image, patient, ct):
            raise DataRefusedError(
                f"The image '{image}' is in the study already and is another CT or another patient's, and images never "
                "change; give this one an identifier of its own.",
                "image-exists",
            )
        if key_file is not None:
            identity = source_identity(source, series)
            note_pseudonym(key_file, study.folder, patient, stated_patient_id(identity, source))
        return "there", ()
    imported = import_ct(
        study, source, patient, image, clock(), series=series, acquisition=acquisition, key_file=key_file
    )
    return "done", imported.findings


def _holds_ct(study: Study, image: str, patient: str, ct: CTImage) -> bool:
    """Whether an image of the study is this CT of this patient, voxel for voxel."""
    import SimpleITK as sitk

    if study.image(image).patient != patient:
        return False
    stored: Any = read_ct(study.image_file(image)).image
    given: Any = bare_image(ct.image)
    if stored.GetSize() != given.GetSize():
        return False
    placed = ("GetSpacing", "GetOrigin", "GetDirection")
    if not all(np.allclose(getattr(stored, what)(), getattr(given, what)(), rtol=0, atol=_SAME_MM) for what in placed):
        return False
    one, other = (sitk.GetArrayViewFromImage(each) for each in (stored, given))
    # A NaN is equal to itself here; whole numbers have none.
    return np.array_equal(one, other) or bool(one.dtype.kind == "f" and np.array_equal(one, other, equal_nan=True))


def import_readings(
    study: Study, work: WorkTable, clock: Callable[[], Now], progress: Progress = lambda done, total: None
) -> tuple[Outcome, ...]:
    """Keep the contour of every row as the draft of its reading, as `import_reading` does.

    A reading that has another draft is refused: what a reader has drawn or changed since is not replaced by a table.

    Parameters
    ----------
    study
        An opened study.
    work
        Rows with `READING_COLUMNS` and, where they are needed, `READING_OPTIONS`.
    clock
        Gives the moment of each import.
    progress
        Is told how many rows are done, out of how many.

    Returns
    -------
    tuple of Outcome
        One a row, in the table's order.

    """
    twice = named_again(work, ("lymph_node", "reader", "round"))
    return _each(
        [
            (work.where(row), partial(_reading_row, study, work, row, clock, twice))
            for row in range(len(work.table.rows))
        ],
        progress,
    )


def _reading_row(study: Study, work: WorkTable, row: int, clock: Callable[[], Now], twice: Mapping[int, str]) -> Done:
    _refuse_named_again(row, twice, "reading")
    work.text(row, "round")
    key = ReadingKey(
        lymph_node=work.text(row, "lymph_node"),
        reader=work.text(row, "reader"),
        round=work.whole_number(row, "round") or 0,
    )
    mask, segment = work.path(row, "path"), work.stated(row, "segment")
    component, minutes = work.whole_number(row, "component"), work.number(row, "minutes")
    threshold = work.fraction(row, "threshold")
    open_key = latest(study, key)
    locked, drawn = last_locked(study, key), draft(study, open_key)
    if locked is not None or drawn is not None:
        ct = study_ct(study, study.lymph_node(key.lymph_node).image)
        contour = read_contour(mask, ct, segment, threshold=threshold)
        contour = contour if component is None else take_component(contour, component)
        if locked is not None:
            reading = study.reading(locked)
            if reading is None or not _same_contour(locked_contour(study, reading, ct), contour):
                raise already_locked(locked)
            return "there", ()
        file = draft_file(study, open_key)
        if file is None or drawn is None or not _same_contour(read_contour(file, ct), contour):
            raise DataRefusedError(
                f"The reading {key.name} of '{key.lymph_node}' has another contour as its draft, which a table does "
                "not replace; lock that one, or take this one by itself, which keeps both.",
                "another-draft",
                "with study import-reading",
            )
        if minutes is None or minutes == drawn.minutes:
            return "there", ()
    checked = import_reading(
        study,
        key,
        mask,
        clock(),
        segment=segment,
        component=component,
        threshold=threshold,
        minutes=minutes,
        proposal=work.stated(row, "proposal"),
    )
    return "done", checked.findings


def _same_contour(one: Contour, other: Contour) -> bool:
    return one.corner == other.corner and np.array_equal(one.voxels, other.voxels)


def lock_all(
    study: Study,
    reader: str,
    round_number: int,
    clock: Callable[[], Now],
    progress: Progress = lambda done, total: None,
    *,
    check_only: bool = False,
) -> tuple[Outcome, ...]:
    """Check the draft of every lymph node on a reader's list and lock it.

    Parameters
    ----------
    study
        An opened study.
    reader
        One of the protocol's readers.
    round_number
        1 or 2.
    clock
        Gives the moment of each locking.
    progress
        Is told how many lymph nodes are done, out of how many.
    check_only
        Say what the checks find, and lock nothing.

    Returns
    -------
    tuple of Outcome
        One a lymph node, in the reader's order.

    Raises
    ------
    DataRefusedError
        no-such-reader, not-assigned.

    """
    items = worklist(study, reader, round_number, clock().today)
    return _each(
        [
            (
                f"{reader}-{round_number} of {item.lymph_node}",
                partial(_lock_item, study, item, reader, round_number, clock, check_only),
            )
            for item in items
        ],
        progress,
    )


def _lock_item(
    study: Study, item: WorklistItem, reader: str, round_number: int, clock: Callable[[], Now], check_only: bool
) -> Done:
    if item.state == "locked":
        return "there", ()
    key = latest(study, ReadingKey(lymph_node=item.lymph_node, reader=reader, round=round_number))
    if draft_file(study, key) is None:
        return "empty", ()
    if check_only:
        findings = check_draft(study, key).findings
        refuse_errors(findings)
        return "done", findings
    sentences = lock(study, key, clock())
    return "done", tuple(Finding(code="at-locking", severity="warning", message=sentence) for sentence in sentences)


def _refuse_named_again(row: int, twice: Mapping[int, str], what: str) -> None:
    if row in twice:
        raise DataRefusedError(
            f"This row and {twice[row]} name the same {what}, and which is right cannot be told; leave one out.",
            "named-twice",
        )


def _each(jobs: Sequence[tuple[str, Callable[[], Done]]], progress: Progress) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    progress(0, len(jobs))
    for what, do in jobs:
        try:
            state, findings = do()
            outcomes.append(Outcome(what=what, state=state, findings=findings))
        except Exception as error:
            outcomes.append(Outcome(what=what, state="refused", refusal=refusal_of(error)))
        progress(len(outcomes), len(jobs))
    return tuple(outcomes)
