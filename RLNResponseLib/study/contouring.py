"""Contours into and out of readings: an existing contour imported as a draft, a draft checked and locked, a locked one
read.

And how long a reader has contoured: the time in which the editor was in use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import current_software
from RLNResponseLib.imaging.connectivity import take_component
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.stored import contour_digest
from RLNResponseLib.study.beginnings import Beginning, refuse_assistance
from RLNResponseLib.study.changed_files import image_changed
from RLNResponseLib.study.corrections import correction, latest
from RLNResponseLib.study.deidentify import kept_acquisition, without_name
from RLNResponseLib.study.drafts import already_locked, draft, draft_file, save_draft
from RLNResponseLib.study.drawn_on import refuse_other_ct
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.reading_checks import check_reading, neighbours_of
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import Draft, Reading, ReadingKey
from RLNResponseLib.study.same_contour import same_as
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class CheckedDraft:
    """A contour in work, and what the checks say of it.

    Attributes
    ----------
    draft
        As it lies in the study.
    findings
        Errors first; one of severity "error" is refused at locking.
    keeps_another
        Another draft was there, which was set aside.

    """

    draft: Draft
    findings: tuple[Finding, ...]
    keeps_another: bool = False


def study_ct(study: Study, image: str) -> CTImage:
    """An image of the study with the acquisition facts that were kept.

    Parameters
    ----------
    study
        An opened study.
    image
        Identifier of the image.

    Returns
    -------
    CTImage
        Named by its identifier, with the findings of the import.

    Raises
    ------
    DataRefusedError
        no-such-image, and what `read_ct` refuses.

    """
    entry = study.image(image)
    stored = read_ct(study.image_file(image))
    known = {name: value for name, value in entry.acquisition.items() if name in Acquisition.__dataclass_fields__}
    # A study of an earlier version may hold a header's own texts.
    acquisition = kept_acquisition(Acquisition(**known))  # type: ignore[arg-type]
    return CTImage(image=stored.image, acquisition=acquisition, name=image, findings=entry.findings)


def import_reading(
    study: Study,
    key: ReadingKey,
    mask: Path,
    now: Now,
    *,
    segment: str | None = None,
    component: int | None = None,
    threshold: float | None = None,
    minutes: float | None = None,
    reason: str | None = None,
    drawn_on: Path | None = None,
    proposal: str | None = None,
) -> CheckedDraft:
    """Open a reading and keep an existing contour as its draft, under the lymph node's identifier: a segment's name
    may be a person's.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading; its `revision` is found here.
    mask
        Any kind of file that `read_contour` takes.
    now
        The moment, for the record and the log.
    segment
        Name, ID or label of the segment, of a file with several.
    component
        Of a contour in several parts the one of this rank by size, 1 the largest; None takes all.
    threshold
        From which fraction on a voxel of a fractional DICOM SEG is inside.
    minutes
        That the reader spent, None where nobody measured.
    reason
        Why the locked reading is corrected; the contour is then the draft of the correction, as it is where one is
        open already.
    drawn_on
        The DICOM CT that the contour's UIDs are to be those of, and whose voxels the study's.
    proposal
        Who or what made it, where the reader did not draw it and begins from it; None of the reader's own.

    Returns
    -------
    CheckedDraft
        The draft with the key of its reading, and what the checks say of it before it is locked.

    Raises
    ------
    DataRefusedError
        assistance-not-allowed, no-reason, and what `refuse_other_ct`, `open_reading`, `read_contour`,
        `take_component` and `save_draft` refuse.

    """
    lymph_node = study.lymph_node(key.lymph_node)
    if drawn_on is not None:
        refuse_other_ct(study, lymph_node.image, mask, drawn_on)
    ct = study_ct(study, lymph_node.image)
    contour = read_contour(mask, ct, segment, threshold=threshold)
    source = "imported contour"
    if component is not None:
        contour = take_component(contour, component)
        source = f"{source}, component {component}"
    if proposal is None and any(finding.code == "not-one-readers" for finding in contour.findings):
        proposal = "a consensus"  # by its file's own word
    if proposal is not None:
        refuse_assistance(study.protocol, key)
    key = latest(study, key) if reason is None else correction(study, key)
    open_reading(study, key, now, reason)
    before = draft(study, key)
    saved = save_draft(
        study,
        key,
        lambda path: write_seg_nrrd(path, replace(contour, name=lymph_node.id), ct),
        minutes=minutes,
        source=source,
        software=current_software().as_json(),
        findings=without_name(
            without_name(contour.findings, contour.name, lymph_node.id), mask.name, f"the contour of {lymph_node.id}"
        ),
        begun=(
            Beginning(kind="own", what="imported contour")
            if proposal is None
            else Beginning(kind="proposal", what=checked_reason(proposal), start=contour)
        ),
    )
    replaces = before is not None and before.sha256 != saved.sha256
    return replace(check_draft(study, key), keeps_another=replaces)


def check_draft(study: Study, key: ReadingKey) -> CheckedDraft:
    """What the checks say of the draft of an open reading; nothing is locked.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    CheckedDraft

    Raises
    ------
    DataRefusedError
        no-draft where there is no contour yet, already-locked, what `read_contour` refuses.

    """
    file = draft_file(study, key)
    kept = None if file is None else draft(study, key)
    if file is None or kept is None:
        if study.reading(key) is not None:
            raise already_locked(key)
        raise DataRefusedError(
            f"The reading {key.name} of '{key.lymph_node}' has no contour to lock; draw it, or use study "
            "import-reading.",
            "no-draft",
        )
    lymph_node = study.lymph_node(key.lymph_node)
    ct = study_ct(study, lymph_node.image)
    contour = read_contour(file, ct)
    findings = check_reading(ct, contour, lymph_node.site_mm, neighbours_of(study, key, ct))
    known = {finding.code for finding in findings}
    imported = [finding for finding in kept.findings if finding.code not in known]
    return CheckedDraft(draft=kept, findings=(*findings, *imported, *_same_as_another(study, kept, contour, ct)))


def lock(study: Study, key: ReadingKey, now: Now) -> tuple[str, ...]:
    """Check the draft of an open reading and lock it.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.
    now
        The moment, for the record and the log.

    Returns
    -------
    tuple of str
        The sentences of the checks' warnings.

    Raises
    ------
    DataRefusedError
        no-draft where there is no contour yet, the first error of the checks, what `lock_reading` refuses.

    """
    checked = check_draft(study, key)
    reading = lock_reading(study, key, checked.findings, now, draft_sha256=checked.draft.sha256)
    warnings = [finding.message for finding in checked.findings if finding.severity == "warning"]
    if reading.clock_behind is not None:
        warnings.append(
            f"The clock of this computer ({reading.locked_at:%Y-%m-%d}) is behind the study's log, whose last line is "
            f"of {reading.clock_behind:%Y-%m-%d}: set the clock. The washout counts from the later day."
        )
    return tuple(warnings)


def locked_contour(study: Study, reading: Reading, ct: CTImage) -> Contour:
    """The contour of a locked reading, after comparing its file with the record.

    Parameters
    ----------
    study
        An opened study.
    reading
        A locked reading.
    ct
        Its image, from `study_ct`.

    Returns
    -------
    Contour
        On the grid of `ct`.

    Raises
    ------
    DataRefusedError
        contour-changed, and what `read_contour` refuses.

    """
    return read_contour(study.contour_file(reading.key), ct)


def refuse_changed_image(study: Study, reading: Reading) -> None:
    """Refuse an image whose file is not the one that was read.

    Parameters
    ----------
    study
        An opened study.
    reading
        A locked reading of the image.

    Raises
    ------
    DataRefusedError
        image-changed.

    """
    if study.image(reading.image).file.sha256 != reading.image_sha256:
        raise image_changed(reading.image)
    study.image_file(reading.image)


def _same_as_another(study: Study, kept: Draft, contour: Contour, ct: CTImage) -> list[Finding]:
    """A file taken twice by mistake: two readings of one lymph node that agree to the last voxel.

    Before unblinding nobody is told whose it is, where it is another reader's.
    """
    key, voxels_sha256 = kept.key, contour_digest(contour, ct.image.GetSize())
    is_blinded = study.unblinding() is None

    def named(other: ReadingKey) -> str:
        return "another reader's" if is_blinded and other.reader != key.reader else f"that of reading {other.name}"

    return [
        Finding(
            code="same-contour",
            severity="warning",
            message=f"The contour of '{key.lymph_node}' is {named(other)}, voxel for voxel; check that the right file "
            "was taken.",
        )
        for other in same_as(study, key, kept.sha256, voxels_sha256, ct)
    ]


IDLE_SECONDS = 60.0


@dataclass
class ContouringTime:
    """Adds up the seconds in which a reader works on one reading.

    Time runs from each action (a stroke, a slice scrolled) until the next, but for at most `idle_seconds`: a break is
    not contouring. Times are seconds of any clock that does not go back.

    Attributes
    ----------
    seconds
        Added up until the last action.
    idle_seconds
        The longest time between two actions that counts as work.

    Examples
    --------
    Two strokes ten seconds apart, then a long break, of which one minute counts:

    >>> time = ContouringTime()
    >>> time.sign_of_life(0)
    >>> time.sign_of_life(10)
    >>> time.sign_of_life(1000)
    >>> time.seconds
    70.0

    """

    seconds: float = 0.0
    idle_seconds: float = IDLE_SECONDS
    _last: float | None = None

    def sign_of_life(self, at: float) -> None:
        """The reader did something at `at`."""
        self._add(at)
        self._last = at

    def pause(self, at: float) -> None:
        """The editor is left at `at`; time runs again with the next sign of life."""
        self._add(at)
        self._last = None

    def minutes(self, at: float) -> float:
        """The minutes so far, seen at `at`."""
        return (self.seconds + self._running(at)) / 60

    def _add(self, at: float) -> None:
        self.seconds += self._running(at)

    def _running(self, at: float) -> float:
        return 0.0 if self._last is None else min(max(at - self._last, 0.0), self.idle_seconds)
