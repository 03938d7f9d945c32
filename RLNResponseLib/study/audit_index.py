"""What all logs of a study say together, as far as it is asked again and again: read once, then only what was added."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from RLNResponseLib.common.files import find_files, refuse_special_file
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    LINE_SCHEMA,
    LOG_NAME,
    LOG_SUFFIX,
    NOTHING_BEFORE,
    AuditLine,
    MadeRecord,
    parse_line,
    split_log,
)
from RLNResponseLib.study.audit_scan import ScannedLine, scan_line
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.records_tree import RecordsRoot, RecordsTree
from RLNResponseLib.study.strict_json import canonical_json

# The deeds whose whole record is remembered: it holds though its file be gone.
REMEMBERED = frozenset({"unblinded", "protocol-frozen"})
ANCHORED, CREATED = "anchored", "study-created"
_NOTED_BY_MORE = REMEMBERED | {ANCHORED, CREATED}
# Of a line that was only scanned, as plain tuples, which Python's collector passes over: of an announcement the path,
# the line, where its content begins and ends; of a mark the file's SHA-256, and the announcing line.
_Announced = tuple[str, bytes, int, int]
_Marked = tuple[str, str, int, str]


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """A line that announces a record.

    Attributes
    ----------
    ref
        The line.
    path
        Of the record.
    content
        `content_digest` of the record's content.
    schema
        Of the line: those of 1 have no commit marks.

    """

    ref: AuditRef
    path: str
    content: bytes
    schema: int


def content_digest(content: Any) -> bytes:
    """What a record says, as a digest: the same for the record and for the line that announced it.

    Parameters
    ----------
    content
        Of the record, as it stands in the line.

    Returns
    -------
    bytes
        SHA-256 of its canonical JSON.

    """
    return hashlib.sha256(canonical_json(content)).digest()


def log_files(folder: Path) -> list[Path]:
    """The logs of a study.

    Parameters
    ----------
    folder
        The study folder.

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    OSError
        The folder cannot be read.

    """
    return [path for path in find_files(folder / AUDIT_FOLDER, f"*{LOG_SUFFIX}") if LOG_NAME.fullmatch(path.name)]


@dataclass
class _LogProgress:
    """How far a log has been read."""

    offset: int = 0
    sequence: int = 0
    sha256: str = NOTHING_BEFORE
    unhashed: bytes | None = None


@dataclass
class AuditIndex:
    """The logs of one folder. Logs only grow, so each byte is read once; `refresh` reads what was added.

    Attributes
    ----------
    folder
        The study folder.

    """

    folder: Path
    _progress: dict[str, _LogProgress] = field(default_factory=dict)
    _named: dict[str, int] = field(default_factory=dict)
    _times: dict[bool, datetime] = field(default_factory=dict)
    _announced: dict[tuple[str, int], Announcement | _Announced] = field(default_factory=dict)
    _half_done: set[str] = field(default_factory=set)
    _made: dict[str, MadeRecord | _Marked] = field(default_factory=dict)
    _settled: set[tuple[str, int, str]] = field(default_factory=set)
    _withdrawn: set[AuditRef] = field(default_factory=set)
    _remembered: dict[str, list[tuple[AuditRef, Mapping[str, Any]]]] = field(default_factory=dict)
    _protocols: set[str] = field(default_factory=set)
    _vouched: dict[str, set[str]] = field(default_factory=dict)
    _tree: RecordsTree = field(default_factory=RecordsTree)
    _unplanted: list[tuple[str, str]] = field(default_factory=list)
    _lines: int = 0
    _creation: str | None = None
    _is_read: bool = False
    _anchored: datetime | None = None

    def refresh(self) -> None:
        """Read what was added to the logs. Raises OSError.

        One log is read after the other, and a line of a later one may name a line that was added to an earlier one
        meanwhile: that is read too, so that what is known of the logs is whole, the past of each line with it.
        """
        waiting = self._grown()
        while waiting:
            before = self._lines
            for path in waiting:
                self._read_on(path)
            waiting = self._behind() if self._lines > before else []
        self._is_read = True

    def _grown(self) -> list[Path]:
        """The logs that are longer than what was read of them: asked at each step, with a log for each sitting."""
        grown = []
        try:
            with os.scandir(self.folder / AUDIT_FOLDER) as entries:
                found = {entry.name: entry.path for entry in entries if LOG_NAME.fullmatch(entry.name)}
        except (FileNotFoundError, NotADirectoryError):
            return []
        for name in sorted(found):
            seen = self._progress.get(name.removesuffix(LOG_SUFFIX))
            try:
                # Not the listing's own word, which Windows gives late for a file that others write.
                status = os.stat(found[name])  # noqa: PTH116 - of thousands of logs at each step
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode) and (seen is None or status.st_size > seen.offset):
                grown.append(Path(found[name]))
        return grown

    def _behind(self) -> list[Path]:
        """The logs of which a line is named that has not been read."""
        read = {writer: seen.sequence for writer, seen in self._progress.items()}
        named = (writer for writer, sequence in self._named.items() if sequence > read.get(writer, 0))
        paths = (self.folder / AUDIT_FOLDER / f"{writer}{LOG_SUFFIX}" for writer in named)
        return [path for path in paths if LOG_NAME.fullmatch(path.name) and path.is_file()]

    def read_once(self) -> None:
        """Read the logs where this index has not read all of them yet. Raises OSError."""
        if not self._is_read:
            self.refresh()

    def unnamed_heads(self, own: str | None = None) -> dict[str, tuple[int, str]]:
        """The last lines of the logs that no line names yet: writer → (sequence, SHA-256)."""
        return {
            writer: (seen.sequence, seen.sha256)
            for writer, seen in self._progress.items()
            if writer != own and seen.sequence > self._named.get(writer, 0)
        }

    def latest_time(self, *, simulated: bool) -> datetime | None:
        """The latest time that a line states, of those with a date from RLNRESPONSE_TODAY or of the others."""
        return self._times.get(simulated)

    def announcement(self, ref: AuditRef) -> Announcement | None:
        """What the line `ref` announces; None where there is no such line, or it announces nothing."""
        found = self._announcement_at(ref.writer, ref.sequence)
        if found is None and LOG_NAME.fullmatch(f"{ref.writer}{LOG_SUFFIX}"):
            path = self.folder / AUDIT_FOLDER / f"{ref.writer}{LOG_SUFFIX}"
            if path.is_file():
                self._read_on(path)
                found = self._announcement_at(ref.writer, ref.sequence)
        return found if found is not None and found.ref == ref and ref not in self._withdrawn else None

    def made(self, path: str) -> MadeRecord | None:
        """The commit mark of a record, None where the log does not say that it was made."""
        mark = self._made.get(path)
        if isinstance(mark, tuple):
            sha256, writer, sequence, line = mark
            self._made[path] = mark = MadeRecord(path, sha256, AuditRef(writer, sequence, line))
        return mark

    def made_in(self, folder: str) -> Iterator[str]:
        """The paths of the records below a folder that the log says were made."""
        return (path for path in self._made if path.startswith(f"{folder}/"))

    def is_half_done(self, path: str) -> bool:
        """Whether a record was announced and is not marked as made: what lies there may be half a file."""
        return path not in self._made and path in self._half_done

    def unmarked(self) -> tuple[Announcement, ...]:
        """The announcements of which no line says whether their record was made."""
        paths = ((place, each[0] if isinstance(each, tuple) else each.path) for place, each in self._announced.items())
        open_ones = [place for place, path in paths if path not in self._made]
        found = (self._announcement_at(*place) for place in open_ones)
        return tuple(each for each in found if each is not None and _place(each.ref) not in self._settled)

    def _announcement_at(self, writer: str, sequence: int) -> Announcement | None:
        """What a line announces: of a line that was only scanned, its digests are made when they are asked for."""
        found = self._announced.get((writer, sequence))
        if isinstance(found, tuple):
            path, raw, begin, end = found
            found = Announcement(
                ref=AuditRef(writer, sequence, hashlib.sha256(raw).hexdigest()),
                path=path,
                content=hashlib.sha256(raw[begin:end]).digest(),
                schema=LINE_SCHEMA,
            )
            self._announced[writer, sequence] = found
        return found

    def remembered(self, path: str) -> tuple[AuditRef, Mapping[str, Any]] | None:
        """The content of a record that the log says was made, for the deeds of REMEMBERED."""
        mark = self.made(path)
        announced = self._remembered.get(path, ())
        return None if mark is None else next((each for each in announced if each[0] == mark.announced), None)

    def knows_protocol(self, sha256: str) -> bool:
        """Whether a line holds the text of this protocol."""
        return sha256 in self._protocols

    def vouches(self, path: str, sha256: str) -> bool:
        """Whether a line says that a derived file had this digest when this software wrote it."""
        return sha256 in self._vouched.get(path, ())

    @property
    def creation(self) -> str | None:
        """SHA-256 of the line that made the study: its name towards the outside."""
        return self._creation

    @property
    def anchored_at(self) -> datetime | None:
        """When the last anchor was taken, None where none was."""
        return self._anchored

    def root(self, made: tuple[MadeRecord, ...] = ()) -> RecordsRoot:
        """All records that the log says were made, with those of `made`."""
        self._tree.add(self._unplanted)
        self._unplanted.clear()
        return self._tree.root_with((record.path, record.sha256) for record in made)

    def _read_on(self, path: Path) -> None:
        seen = self._progress.setdefault(path.name.removesuffix(LOG_SUFFIX), _LogProgress())
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            refuse_special_file(path)
        if status.st_size <= seen.offset:
            return
        with path.open("rb") as file:
            file.seek(seen.offset)
            lines, _ = split_log(file.read())
        # The last one is parsed, as others will name it.
        for raw in lines[:-1]:
            line = scan_line(raw, _NOTED_BY_MORE)
            if line is None:
                self._parse(raw, seen)
            else:
                self._note_scanned(line)
                seen.sequence, seen.unhashed = line.sequence, raw
        if lines:
            self._parse(lines[-1], seen)
        if seen.unhashed is not None:
            seen.sha256, seen.unhashed = hashlib.sha256(seen.unhashed).hexdigest(), None
        seen.offset += sum(map(len, lines)) + len(lines)
        self._lines += len(lines)

    def _parse(self, raw: bytes, seen: _LogProgress) -> None:
        if (line := parse_line(raw)) is not None:
            self._note(line, seen)
            seen.unhashed = None

    def _note_scanned(self, line: ScannedLine) -> None:
        _, writer, sequence, moment, simulated, after, path, made, content = line
        for other, named in after.items():
            self._named[other] = max(named, self._named.get(other, 0))
        self._times[simulated] = max(moment, self._times.get(simulated, moment))
        if made is None:
            self._announced[writer, sequence] = (path, line.raw, *content)
            self._half_done.add(path)
        else:
            self._made.setdefault(path, made)
            self._settled.add(made[1:])
            self._unplanted.append((path, made[0]))

    def _note(self, line: AuditLine, seen: _LogProgress) -> None:
        seen.sequence, seen.sha256 = line.sequence, line.sha256
        for writer, (sequence, _) in line.after.items():
            self._named[writer] = max(sequence, self._named.get(writer, 0))
        self._times[line.simulated] = max(line.moment, self._times.get(line.simulated, line.moment))
        if line.announces is not None:
            self._note_announcement(line, line.announces)
        self._take(line.made)
        if line.withdrawn is not None:
            self._withdrawn.add(line.withdrawn)
            self._settled.add(_place(line.withdrawn))
        self._protocols.update(protocol.sha256 for protocol in line.protocols)
        if line.event == CREATED and self._creation is None:
            self._creation = line.sha256
        if line.event == ANCHORED:
            self._anchored = line.moment if self._anchored is None else max(self._anchored, line.moment)
        derived = line.details.get("derived")
        for path, sha256 in derived.items() if isinstance(derived, dict) else ():
            self._vouched.setdefault(path, set()).add(str(sha256))

    def _note_announcement(self, line: AuditLine, path: str) -> None:
        content = line.details.get("content")
        announcement = Announcement(ref=line.ref, path=path, content=content_digest(content), schema=line.schema)
        self._announced[line.writer, line.sequence] = announcement
        if line.schema > 1:
            self._half_done.add(path)
        if line.event in REMEMBERED and isinstance(content, dict):
            self._remembered.setdefault(path, []).append((line.ref, content))

    def _take(self, made: tuple[MadeRecord, ...]) -> None:
        for record in made:
            self._made.setdefault(record.path, record)
            self._settled.add(_place(record.announced))
        self._unplanted += [(record.path, record.sha256) for record in made]


def _place(ref: AuditRef) -> tuple[str, int, str]:
    """A line as a plain tuple: thousands of them are told apart."""
    return ref.writer, ref.sequence, ref.sha256
