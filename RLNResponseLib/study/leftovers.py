"""What a crash leaves over: recognised by its name and by what the audit log says, never by guessing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from RLNResponseLib.study import layout
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER, AuditLine
from RLNResponseLib.study.survey import Survey

# These cannot be moved: logs only grow. A recovery notes them.
NOTED_CODES = frozenset({"torn-line", "empty-log", "unmade-record"})


@dataclass(frozen=True)
class Leftover:
    """Something half done. None of it is, or ever was, a locked reading.

    code   "temporary-file", "unplaced-file", "half-written-record", "draft-of-locked", "empty-log", "torn-line",
           "unmade-record"
    where  its path in the study folder, a line of a log with its number ("audit/ward-0001.jsonl line 4")
    """

    code: str
    where: str
    sentence: str

    @property
    def path(self) -> str:
        """The file it is in."""
        return self.where.partition(" line ")[0]


def find_leftovers(found: Survey) -> tuple[Leftover, ...]:
    """What is half done in the folder, whether its writer crashed or is still at it."""
    return (*_temporary_files(found), *_drafts(found), *_half_written(found), *_logs(found), *_unmade(found))


def unmade_lines(found: Survey) -> Iterator[tuple[AuditLine, str]]:
    """The lines that end a log and announce a record that is not there (or only half): the writer got no further."""
    for line, name, is_last in found.announcing():
        if is_last and found.records.get(name) is None:
            yield line, name


def _temporary_files(found: Survey) -> Iterator[Leftover]:
    staged = {file.temporary: (record, file) for record in found.whole_records for file in record.files}
    for name in found.temporaries:
        if name in staged:
            record, file = staged[name]
            yield Leftover(
                "unplaced-file",
                name,
                f"{record.path} is committed, but its file {file.path} still has a temporary name: a crash, or its writer is "
                "about to rename it.",
            )
        else:
            yield Leftover("temporary-file", name, f"{name} was never finished: a crash, or it is being written now.")


def _drafts(found: Survey) -> Iterator[Leftover]:
    for suffix in (layout.DRAFT_CONTOUR_SUFFIX, layout.DRAFT_NOTES_SUFFIX):
        for name in sorted(name for name in found.files if name.endswith(suffix)):
            if found.records.get(f"{name.removesuffix(suffix)}{layout.RECORD_SUFFIX}") is not None:
                yield Leftover("draft-of-locked", name, f"{name} is the draft of a reading that is locked by now.")


def _half_written(found: Survey) -> Iterator[Leftover]:
    unmade = {name: line for line, name in unmade_lines(found)}
    for name, record in sorted(found.records.items()):
        # Whatever had its files placed was committed once: then it is damage, not a crash.
        if record is None and name in unmade and not _files_placed(found, unmade[name]):
            yield Leftover(
                "half-written-record", name, f"{name} was never finished: its writer crashed, or is writing it now."
            )


def _files_placed(found: Survey, line: AuditLine) -> bool:
    try:
        files = [(str(file["path"]), str(file["staged"])) for file in line.details["content"]["files"]]
    except (KeyError, TypeError):  # a line that someone made up
        return True
    return any(path in found.files and staged not in found.files for path, staged in files)


def _logs(found: Survey) -> Iterator[Leftover]:
    for writer, log in sorted(found.logs.items()):
        where = f"{AUDIT_FOLDER}/{writer}.jsonl"
        if log.torn:
            yield Leftover(
                "torn-line",
                f"{where} line {len(log.lines) + 1}",
                f"{where} ends in half a line (line {len(log.lines) + 1}): its writer crashed, or is writing it now.",
            )
        elif not log.lines:
            yield Leftover(
                "empty-log",
                where,
                f"{where} is empty: its writer crashed before its first line, or the line was removed.",
            )


def _unmade(found: Survey) -> Iterator[Leftover]:
    for line, name in unmade_lines(found):
        if name not in found.records:
            where = f"{AUDIT_FOLDER}/{line.writer}.jsonl line {line.sequence}"
            yield Leftover(
                "unmade-record",
                where,
                f"{where} announces {name}, which is not there: its writer crashed before, is about to make it, or someone "
                "removed it.",
            )
