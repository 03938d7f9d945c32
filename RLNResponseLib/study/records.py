"""Images, readings and decisions of a study as plain records. They know nothing of files: `record_files.py` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study.identifiers import checked_identifier

FIRST_ROUND = 1
REPEAT_ROUND = 2

ReadingState = Literal["assigned", "open", "locked", "superseded", "given up"]


@dataclass(frozen=True)
class AuditRef:
    """One line of the audit log.

    Attributes
    ----------
    writer
        Whose log.
    sequence
        Which line, from 1.
    sha256
        Of the line's bytes.

    """

    writer: str
    sequence: int
    sha256: str


@dataclass(frozen=True)
class StoredFile:
    """A file that a record vouches for.

    Attributes
    ----------
    path
        In the study folder, with "/".
    sha256
        Of its bytes.

    """

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ImageEntry:
    """A de-identified CT of the study.

    Attributes
    ----------
    id, patient
        Pseudonyms of the image and of its patient.
    imported_at
        When.
    file
        The stored NRRD.
    acquisition
        The acquisition facts that were kept, by the names of `imaging.records.Acquisition`.
    findings
        What the import noticed.
    software
        What imported it: name → version.
    voxels_sha256
        Of its values (`imaging.stored.voxels_digest`), None where its import did not say.
    audit
        The line of the log that announced it.

    """

    id: str
    patient: str
    imported_at: datetime
    file: StoredFile
    acquisition: Mapping[str, str | float | None]
    findings: tuple[Finding, ...]
    software: Mapping[str, str]
    voxels_sha256: str | None
    audit: AuditRef


@dataclass(frozen=True, order=True, kw_only=True)
class ReadingKey:
    """Which reading: one reader's contour of one lymph node in one round.

    Attributes
    ----------
    lymph_node, reader
        Identifiers.
    round
        1 first, 2 repeat.
    revision
        1 for the reading itself; 2, 3 … are its corrections.

    Raises
    ------
    DataRefusedError
        bad-identifier, no-such-round.

    """

    lymph_node: str
    reader: str
    round: int = FIRST_ROUND
    revision: int = 1

    def __post_init__(self) -> None:
        checked_identifier(self.lymph_node, "The lymph node identifier")
        checked_identifier(self.reader, "The reader code")
        if self.round not in (FIRST_ROUND, REPEAT_ROUND) or self.revision < 1:
            raise DataRefusedError(
                f"There is no round {self.round} (revision {self.revision}); round 1 is the first reading, 2 the "
                "repeat.",
                "no-such-round",
            )

    @property
    def name(self) -> str:
        """The reading's name in its lymph node's folder: "A-1", a correction "A-1-c2"."""
        correction = f"-c{self.revision}" if self.revision > 1 else ""
        return f"{self.reader}-{self.round}{correction}"

    @property
    def next_revision(self) -> ReadingKey:
        """The correction that would replace this reading."""
        return ReadingKey(lymph_node=self.lymph_node, reader=self.reader, round=self.round, revision=self.revision + 1)

    @property
    def is_correction(self) -> bool:
        """Whether it is to replace a locked reading."""
        return self.revision > 1


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A reading was opened for contouring.

    Attributes
    ----------
    key
        Which reading.
    opened_at
        When.
    reason
        Of a correction, why; None for any other reading.
    protocol_sha256
        Of the protocol that held then; None in what was opened before openings named it.
    after_seeing
        It is a correction, and its reader could see another contour of the lymph node when it was opened: their own of
        the other round, or everyone's after unblinding. Never of records that were made before this was noted.
    audit
        The line of the log that announced it.

    """

    key: ReadingKey
    opened_at: datetime
    reason: str | None
    protocol_sha256: str | None
    after_seeing: bool = False
    audit: AuditRef


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A locked reading. It never changes; a correction is another one, which names this in `replaces`.

    Attributes
    ----------
    key
        Which reading.
    opened_at, locked_at
        When contouring began, and when it was locked.
    minutes
        Spent contouring, None where nobody measured.
    image
        Identifier of the image.
    image_sha256
        Of the image's file as it was when the reading was locked.
    contour
        The stored `.seg.nrrd`.
    sealed
        The file with the findings (`sealed.findings_of`); None where an earlier version put them into the record.
    findings_in_record
        Those that an earlier version put there; empty where `sealed` has them.
    software
        What it was drawn with: name → version.
    protocol_sha256
        Of the protocol's file at locking.
    replaces
        Name of the reading it corrects ("A-1"), None for what is no correction.
    reason
        Of the correction.
    after_unblinding
        It is a correction that was made when outcomes could be seen.
    after_seeing
        It is a correction whose reader could see another contour of the lymph node when it was opened or locked.
    clock_behind
        The time of the log's last line, where the clock that locked it was behind that; None otherwise.
    audit
        The line of the log that announced it.

    """

    key: ReadingKey
    opened_at: datetime
    locked_at: datetime
    minutes: float | None
    image: str
    image_sha256: str
    contour: StoredFile
    sealed: StoredFile | None
    findings_in_record: tuple[Finding, ...]
    software: Mapping[str, str]
    protocol_sha256: str
    replaces: str | None
    reason: str | None
    after_unblinding: bool
    after_seeing: bool = False
    clock_behind: datetime | None
    audit: AuditRef


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A contour in work: not locked, overwritten by each save.

    Attributes
    ----------
    key
        Which reading.
    sha256
        Of the contour's file.
    minutes
        Spent contouring so far, None where nobody measured.
    source
        Where it came from ("Segment Editor", "imported contour").
    software
        What it was drawn with: name → version.
    findings
        What was noticed when it was read from elsewhere.

    """

    key: ReadingKey
    sha256: str
    minutes: float | None
    source: str
    software: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExclusionDecision:
    """A patient or one lymph node is left out of the analysis, or taken in again.

    Attributes
    ----------
    patient
        Whom the decision is about.
    lymph_node
        None where the patient is meant, with all lymph nodes.
    excluded
        False for a taking in again.
    reason
        Why, on one line.
    decided_at
        When.
    after_unblinding
        It was decided when outcomes could be seen.
    number
        1 for the first decision on this patient or lymph node; the last one holds.
    audit
        The line of the log that announced it.

    """

    patient: str
    lymph_node: str | None
    excluded: bool
    reason: str
    decided_at: datetime
    after_unblinding: bool
    number: int
    audit: AuditRef


@dataclass(frozen=True, kw_only=True)
class Unblinding:
    """The study's unblinding.

    Attributes
    ----------
    unblinded_at
        When.
    protocol_sha256
        Of the protocol it was done under.
    missing
        Readings that were not made, with a reason each: "<lymph node>/<reading>" → reason.
    anchor
        The anchor that the study was compared with before; None where it was not.
    anchor_not_compared
        The day, ISO 8601, of an anchor that was taken and not compared with; None where there is none.
    despite
        Why it was unblinded though verification found problems; None where it found none.
    audit
        The line of the log that announced it.

    """

    unblinded_at: datetime
    protocol_sha256: str
    missing: Mapping[str, str]
    anchor: str | None = None
    anchor_not_compared: str | None = None
    despite: str | None = None
    audit: AuditRef
