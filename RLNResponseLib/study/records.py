"""The plain records of a study. They know nothing of files: `record_files.py` reads and writes them."""

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

Sex = Literal["female", "male"]
TStage = Literal["T1-2", "T3-4"]
RecistCategory = Literal["CR", "PR", "SD", "PD"]
ReadingState = Literal["assigned", "open", "locked", "superseded"]

# RECIST 1.1 one month after treatment: complete and partial response respond.
RESPONDING: frozenset[RecistCategory] = frozenset({"CR", "PR"})


@dataclass(frozen=True)
class Patient:
    """One enrolled patient with the variables of Table 1 that are known before treatment. None is unknown.

    gender                      as Table 1 calls it
    t_stage                     of the esophageal cancer
    n_involved                  lymph nodes were involved at the esophagectomy (N+)
    months_to_recurrence        from the esophagectomy to the lymph node recurrence
    postoperative_chemotherapy  after the esophagectomy (POCT)
    concurrent_chemotherapy     with the salvage radiotherapy
    dose_gy                     of the salvage radiotherapy, Gy
    """

    id: str
    gender: Sex | None = None
    age_years: float | None = None
    t_stage: TStage | None = None
    n_involved: bool | None = None
    months_to_recurrence: float | None = None
    postoperative_chemotherapy: bool | None = None
    concurrent_chemotherapy: bool | None = None
    dose_gy: float | None = None


@dataclass(frozen=True)
class PatientOutcome:
    """What became of a patient; sealed until unblinding.

    died              at the end of follow-up
    follow_up_months  from the end of the (chemo)radiotherapy to death or last contact
    """

    patient: str
    died: bool | None = None
    follow_up_months: float | None = None


@dataclass(frozen=True)
class LymphNode:
    """One recurrent lymph node: whose it is, on which image it is contoured, at which station it lies.

    site_left_mm, site_posterior_mm, site_superior_mm  a point in it, in the image's DICOM coordinates (+ is left,
                                                       posterior, superior): where a reader's slice views begin
    """

    id: str
    patient: str
    image: str
    station: str | None = None
    site_left_mm: float | None = None
    site_posterior_mm: float | None = None
    site_superior_mm: float | None = None

    @property
    def site_mm(self) -> tuple[float, float, float] | None:
        """The marked point in LPS, None where it was not marked."""
        if self.site_left_mm is None or self.site_posterior_mm is None or self.site_superior_mm is None:
            return None
        return self.site_left_mm, self.site_posterior_mm, self.site_superior_mm


@dataclass(frozen=True)
class LymphNodeOutcome:
    """What became of a lymph node; sealed until unblinding.

    recist                   category one month after treatment
    local_control_months     from the end of the (chemo)radiotherapy to the second recurrence or last contact
    local_recurrence         it recurred (the event of local control)
    """

    lymph_node: str
    recist: RecistCategory | None = None
    local_control_months: float | None = None
    local_recurrence: bool | None = None

    @property
    def responded(self) -> bool | None:
        """CR or PR; None where the category is unknown."""
        return None if self.recist is None else self.recist in RESPONDING


@dataclass(frozen=True)
class AuditRef:
    """One line of the audit log: whose log, which line (from 1), and the SHA-256 of the line's bytes."""

    writer: str
    sequence: int
    sha256: str


@dataclass(frozen=True)
class StoredFile:
    """A file that a record vouches for: its path in the study folder (with '/'), and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class ImageEntry:
    """A de-identified CT of the study.

    acquisition  the acquisition facts that were kept, by the names of `imaging.records.Acquisition`
    findings     what the import noticed
    """

    id: str
    patient: str
    imported_at: datetime
    file: StoredFile
    acquisition: Mapping[str, str | float | None]
    findings: tuple[Finding, ...]
    software: Mapping[str, str]
    audit: AuditRef


@dataclass(frozen=True, order=True)
class ReadingKey:
    """Which reading: one reader's contour of one lymph node in one round; `revision` 2, 3 … are its corrections."""

    lymph_node: str
    reader: str
    round: int = FIRST_ROUND
    revision: int = 1

    def __post_init__(self) -> None:
        checked_identifier(self.lymph_node, "The lymph node identifier")
        checked_identifier(self.reader, "The reader code")
        if self.round not in (FIRST_ROUND, REPEAT_ROUND) or self.revision < 1:
            raise DataRefusedError(
                f"There is no round {self.round} (revision {self.revision}); round 1 is the first reading, 2 the repeat.",
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
        return ReadingKey(self.lymph_node, self.reader, self.round, self.revision + 1)

    @property
    def corrects(self) -> ReadingKey | None:
        """The reading that this correction would replace, None for what is no correction."""
        if self.revision == 1:
            return None
        return ReadingKey(self.lymph_node, self.reader, self.round, self.revision - 1)


@dataclass(frozen=True)
class Opening:
    """That a reading was opened for contouring; a correction says why."""

    key: ReadingKey
    opened_at: datetime
    reason: str | None
    audit: AuditRef


@dataclass(frozen=True)
class Reading:
    """A locked reading. It never changes; a correction is another one, which names this in `replaces`.

    minutes           spent contouring, None where nobody measured
    image_sha256      of the image's file as it was when the reading was locked
    contour           the stored `.seg.nrrd`
    findings          of the checks (never of severity "error")
    replaces          the name of the reading it corrects ("A-1"), with `reason`
    after_unblinding  it is a correction that was made when outcomes could be seen
    """

    key: ReadingKey
    opened_at: datetime
    locked_at: datetime
    minutes: float | None
    image: str
    image_sha256: str
    contour: StoredFile
    findings: tuple[Finding, ...]
    software: Mapping[str, str]
    protocol_sha256: str
    replaces: str | None
    reason: str | None
    after_unblinding: bool
    audit: AuditRef


@dataclass(frozen=True)
class Draft:
    """A contour in work: not locked, overwritten by each save.

    minutes  spent contouring so far, None where nobody measured
    source   where it came from ("Segment Editor", "imported from a DICOM SEG")
    """

    key: ReadingKey
    sha256: str
    minutes: float | None
    source: str
    software: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class ExclusionDecision:
    """That a patient or one lymph node is left out of the analysis, or (excluded False) taken in again, and why.

    lymph_node  None where the patient is meant, with all lymph nodes
    number      1 for the first decision on this subject; the last one holds
    """

    patient: str
    lymph_node: str | None
    excluded: bool
    reason: str
    decided_at: datetime
    after_unblinding: bool
    number: int
    audit: AuditRef


@dataclass(frozen=True)
class Unblinding:
    """The study's unblinding: when, under which protocol, and which readings were missing, with a reason each."""

    unblinded_at: datetime
    protocol_sha256: str
    missing: Mapping[str, str]
    audit: AuditRef
