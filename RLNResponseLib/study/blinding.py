"""Blinding: what a reader may see, and the unblinding of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study import corrections, drafts, layout, readings
from RLNResponseLib.study.beginnings import Beginning, BeginningKind, is_against
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.patients import LymphNode, LymphNodeOutcome
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.reading_checks import neighbours_of
from RLNResponseLib.study.reading_day import ReadingDay, reading_day
from RLNResponseLib.study.records import (
    FIRST_ROUND,
    REPEAT_ROUND,
    Draft,
    ImageEntry,
    Opening,
    Reading,
    ReadingKey,
    ReadingState,
    Unblinding,
)
from RLNResponseLib.study.store import FileWriter
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import WorklistItem, missing_readings, worklist


@dataclass(frozen=True)
class ReaderView:
    """The study as one reader may see it: the panel and everything a reader touches go through this, never past it.

    It has no way to patients' variables, and gives other readers' contours, outcomes and scores only after unblinding.

    Attributes
    ----------
    reader
        Their code.
    """

    _study: Study
    reader: str

    @classmethod
    def of(cls, study: Study, reader: str) -> ReaderView:
        """The view of one of the protocol's readers. Raises DataRefusedError (no-such-reader)."""
        study.protocol.rounds_of(reader)
        return cls(study, reader)

    @property
    def is_blinded(self) -> bool:
        """Whether the study is still blinded."""
        return self._study.unblinding() is None

    def worklist(self, round_number: int, now: Now) -> tuple[WorklistItem, ...]:
        """The reader's list for a round (`worklist.worklist`)."""
        return worklist(self._study, self.reader, round_number, now.today)

    def day(self, now: Now) -> ReadingDay:
        """What this reader locked today."""
        return reading_day(self._study, self.reader, now.today)

    def lymph_node(self, lymph_node: str) -> LymphNode:
        """A lymph node without its outcome, nor its patient where that would pair two CT.

        Raises DataRefusedError (no-such-lymph-node).
        """
        found = self._study.lymph_node(lymph_node)
        return replace(found, patient="") if self._study.hides_patients() else found

    def image(self, lymph_node: str) -> tuple[ImageEntry, Path]:
        """The CT of a lymph node, and its file. Raises DataRefusedError: no-such-lymph-node, no-such-image."""
        image = self._study.lymph_node(lymph_node).image
        entry = self._study.image(image)
        entry = replace(entry, patient="") if self._study.hides_patients() else entry
        return entry, self._study.image_file(image)

    def state(self, lymph_node: str, round_number: int, revision: int = 1) -> ReadingState:
        """Where one of this reader's readings stands."""
        return readings.state_of(self._study, self._key(lymph_node, round_number, revision))

    def open(self, lymph_node: str, round_number: int, now: Now) -> Opening:
        """Open one of this reader's readings, or go on with its correction where one was begun.

        Parameters
        ----------
        lymph_node
            Identifier.
        round_number
            1 or 2.
        now
            The moment.

        Returns
        -------
        Opening
            As `readings.open_reading` gives it, with its refusals.

        """
        return readings.open_reading(
            self._study, corrections.latest(self._study, self._key(lymph_node, round_number)), now
        )

    def open_correction(self, lymph_node: str, round_number: int, reason: str, now: Now) -> Opening:
        """Open a correction of the last locked reading of this reader in a round (`readings.open_reading`)."""
        key = corrections.correction(self._study, self._key(lymph_node, round_number))
        return readings.open_reading(self._study, key, now, reason)

    def give_up_correction(self, lymph_node: str, round_number: int, reason: str, now: Now) -> ReadingKey:
        """End this reader's open correction (`corrections.give_up_correction`)."""
        return corrections.give_up_correction(self._study, self._key(lymph_node, round_number), reason, now)

    def save_draft(
        self,
        opening: Opening,
        write: FileWriter,
        *,
        minutes: float | None,
        source: str,
        software: Mapping[str, str],
        seen: str | None = None,
        begun: Beginning | None = None,
    ) -> Draft:
        """Keep the contour in work (`drafts.save_draft`)."""
        return drafts.save_draft(
            self._study,
            self._own(opening),
            write,
            minutes=minutes,
            source=source,
            software=software,
            seen=seen,
            begun=begun,
        )

    def draft_file(self, opening: Opening) -> Path | None:
        """The draft of a reading that this reader has open, None where there is none."""
        return drafts.draft_file(self._study, self._own(opening))

    def draft(self, opening: Opening) -> Draft | None:
        """What is known of the contour in work, None where there is none (`drafts.draft`)."""
        return drafts.draft(self._study, self._own(opening))

    def begun_from(self, opening: Opening) -> tuple[BeginningKind, ...]:
        """The kinds of what the contour in work was begun from, in their order; by whom or what is told to nobody."""
        begun = drafts.draft_beginnings(self._study, self._own(opening)) or ()
        return tuple(dict.fromkeys(each.kind for each in begun))

    def refuses_assistance(self, opening: Opening) -> bool:
        """Whether the protocol lets one of this reader's readings begin from nothing but the hand."""
        return is_against(self._study.protocol, self._own(opening))

    def contour_to_correct(self, opening: Opening) -> Path | None:
        """The locked contour that an open correction begins with.

        Seeing it is another look: the washout of the repeat begins again when the correction is locked, and the repeat
        waits for that.

        Parameters
        ----------
        opening
            Of a reading of this reader's.

        Returns
        -------
        Path or None
            None for what is no correction.

        """
        before = corrections.last_locked(self._study, self._own(opening))
        return None if before is None else self._study.contour_file(before)

    def last_locked(self, lymph_node: str, round_number: int) -> ReadingKey:
        """The last locked revision of one of this reader's readings; the first where nothing is locked."""
        key = self._key(lymph_node, round_number)
        return corrections.last_locked(self._study, key) or key

    def neighbours(self, opening: Opening, ct: CTImage) -> tuple[Contour, ...]:
        """The reader's contours of the image's other lymph nodes (`reading_checks.neighbours_of`)."""
        return neighbours_of(self._study, self._own(opening), ct)

    def lock(
        self, opening: Opening, findings: Sequence[Finding], now: Now, *, draft_sha256: str | None = None
    ) -> Reading:
        """Lock a reading of this reader's (`readings.lock_reading`)."""
        return readings.lock_reading(self._study, self._own(opening), findings, now, draft_sha256=draft_sha256)

    def contour_file(self, key: ReadingKey) -> Path:
        """The contour of a locked reading that this reader may see.

        Parameters
        ----------
        key
            Which reading, of any reader.

        Returns
        -------
        Path
            In the study folder.

        Raises
        ------
        DataRefusedError
            blinded for another reader's; locked-contours-sealed in a study with second CT; first-contour-sealed for
            this reader's own first one while the repeat, or a correction of it, is not locked; no-record.

        """
        self._refuse_sealed(key)
        return self._study.contour_file(key)

    def outcome(self, lymph_node: str) -> LymphNodeOutcome:
        """A lymph node's outcome. Raises DataRefusedError: blinded, no-such-lymph-node."""
        self._study.refuse_while_blinded("The outcomes")
        for outcome in self._study.clinical_tables().lymph_node_outcomes:
            if outcome.lymph_node == lymph_node:
                return outcome
        raise DataRefusedError("There is no such lymph node in lymph_nodes.csv.", "no-such-lymph-node")

    def _key(self, lymph_node: str, round_number: int, revision: int = 1) -> ReadingKey:
        return ReadingKey(lymph_node=lymph_node, reader=self.reader, round=round_number, revision=revision)

    def _own(self, opening: Opening) -> ReadingKey:
        if opening.key.reader != self.reader:
            raise DataRefusedError("This reading is another reader's; open your own.", "not-your-reading")
        return opening.key

    def _refuse_sealed(self, key: ReadingKey) -> None:
        if key.reader != self.reader:
            self._study.refuse_while_blinded("Other readers' contours")
        elif self._study.hides_patients():
            # Of every lymph node alike: what is out of reach must not tell which lymph node has a second CT.
            raise DataRefusedError(
                "In this study lymph nodes may be shown on a second CT, so locked contours stay out of reach until it "
                "is unblinded; seeing one would bias the other.",
                "locked-contours-sealed",
            )
        elif key.round == FIRST_ROUND and REPEAT_ROUND in self._study.protocol.rounds_of(self.reader):
            last = corrections.latest(self._study, self._key(key.lymph_node, REPEAT_ROUND))
            repeat = readings.state_of(self._study, last)
            if repeat in ("assigned", "open") and self.is_blinded:
                raise DataRefusedError(
                    f"The first contour of '{key.lymph_node}' stays out of reach until its repeat, and a correction of "
                    "that which was begun, is locked; seeing it would bias the repeat.",
                    "first-contour-sealed",
                )


def freeze_protocol(study: Study, now: Now) -> str:
    """Freeze the protocol as it is: its text and hash go into the log, and from now on another text is refused.

    Parameters
    ----------
    study
        An opened study.
    now
        The moment, for the record and the log.

    Returns
    -------
    str
        SHA-256 of the protocol's file; a protocol that is frozen stays so.

    Raises
    ------
    DataRefusedError
        protocol-changed, bad-threshold, cannot-write.

    """
    protocol, digest = study.protocol_and_digest()
    if study.frozen_protocol_digest() is None:
        protocol.icc_rule()  # once frozen, it cannot be mended
        name = study.protocol_file
        text = read_regular(study.store.path(name)).decode("utf-8-sig")
        content = {
            "kind": "frozen-protocol",
            "frozen_at": now.moment.isoformat(),
            "protocol_file": name,
            "protocol_format": FORMATS[name],
            "protocol_sha256": digest,
            "protocol": text,
        }
        study.store.commit("protocol-frozen", layout.FROZEN_PROTOCOL, content, now)
    return digest


def unblind(
    study: Study,
    now: Now,
    missing: Mapping[ReadingKey, str] | None = None,
    *,
    anchor: str | None = None,
    despite: str | None = None,
    problems: Sequence[str] = (),
) -> Unblinding:
    """Freeze the protocol, then unblind: outcomes, scores and everyone's contours can be seen from now on.

    Parameters
    ----------
    study
        An opened study.
    now
        The moment, for the record and the log.
    missing
        The assigned readings that will not be made, with a reason each: exactly those that are not locked.
    anchor
        The anchor that the study was compared with; None where it was not.
    despite, problems
        Why it is unblinded though verification found problems, and their codes (`verify.unblinding`).

    Returns
    -------
    Unblinding
        The new record.

    Raises
    ------
    DataRefusedError
        already-unblinded, nothing-to-unblind, readings-missing, not-missing, no-reason, protocol-changed,
        bad-threshold, cannot-write.

    """
    if study.unblinding() is not None:
        raise DataRefusedError("The study is unblinded already.", "already-unblinded")
    if not study.lymph_nodes():
        raise DataRefusedError(
            "The study has no lymph nodes yet, so there is nothing to unblind; import the clinical tables.",
            "nothing-to-unblind",
        )
    reasons = {key: checked_reason(reason) for key, reason in (missing or {}).items()}
    _check_missing(study, reasons)
    taken = study.store.index_now().anchored_at
    digest = freeze_protocol(study, now)
    content = {
        "kind": "unblinding",
        "unblinded_at": now.moment.isoformat(),
        "protocol_sha256": digest,
        "missing": {f"{key.lymph_node}/{key.name}": reason for key, reason in sorted(reasons.items())},
        "anchor": anchor,
        "anchor_not_compared": None if anchor is not None or taken is None else taken.date().isoformat(),
        "despite": None if despite is None else checked_reason(despite),
        "problems": sorted(set(problems)),
    }
    study.store.commit("unblinded", layout.UNBLINDING, content, now)
    unblinded = study.unblinding()
    assert unblinded is not None
    return unblinded


def _check_missing(study: Study, reasons: Mapping[ReadingKey, str]) -> None:
    actual = {reading.key: reading.is_open for reading in missing_readings(study)}
    unexplained = [key for key in actual if key not in reasons]
    if unexplained:
        first = unexplained[0]
        state = "open" if actual[first] else "not made"
        raise DataRefusedError(
            f"{len(unexplained)} assigned reading(s) are not locked, the first is {first.name} of '{first.lymph_node}' "
            f"({state}); lock them, or list each with a reason.",
            "readings-missing",
            "in a CSV that --missing names",
        )
    for key in reasons:
        if key not in actual:
            raise DataRefusedError(
                f"The reading {key.name} of '{key.lymph_node}' is listed as missing but is not; take it off the list.",
                "not-missing",
            )
