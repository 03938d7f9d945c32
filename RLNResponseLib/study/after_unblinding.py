"""What was done to a study after its unblinding, by the order of the log's lines, whatever clocks and records say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from RLNResponseLib.common.files import read_regular
from RLNResponseLib.common.wording import listed
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit_index import log_files
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    LOG_SUFFIX,
    AuditLine,
    parse_line,
    split_log,
)
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.stored_records import unreadable
from RLNResponseLib.study.study import Study

Logs = Mapping[str, Sequence[AuditLine]]
# As many names as a sentence can bear; the JSON has all.
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class AfterUnblinding:
    """Deeds that were done when outcomes and everyone's contours could be seen, by name, in the order of the log.

    A deed is after the unblinding unless the unblinding's line comes after it: what was done at the same moment on
    another computer counts as after. So does what its own record calls so.

    Attributes
    ----------
    readings
        Locked readings that are no correction: "LN1/A-1".
    corrections
        Locked corrections: "LN1/A-1-c2".
    exclusions, taken_in_again
        Patients and lymph nodes.
    clinical_imports
        Clinical tables that took the place of others: "clinical/2.json".
    images
        CT that were imported.
    protocol_edits
        Lines of the log that hold another text of the protocol than the frozen one: "audit/ward-0001.jsonl line 9".

    """

    readings: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    taken_in_again: tuple[str, ...] = ()
    clinical_imports: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    protocol_edits: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def as_json(self) -> dict[str, list[str]]:
        """Every name, by kind."""
        return {each.name: list(getattr(self, each.name)) for each in fields(self)}

    def phrases(self) -> tuple[str, ...]:
        """Each kind that there is, counted and named: "2 corrections (LN1/A-1-c2, LN2/A-1-c2)"."""
        return tuple(
            f"{len(names)} {_WORDS[kind][len(names) > 1]} ({listed(names, _NAMED)})"
            for kind, names in self.as_json().items()
            if names
        )

    @property
    def sentence(self) -> str:
        """What was done, counted and named; "" where nothing was."""
        return f"after unblinding: {'; '.join(self.phrases())}" if self else ""


_WORDS = {
    "readings": ("reading locked", "readings locked"),
    "corrections": ("correction", "corrections"),
    "exclusions": ("exclusion", "exclusions"),
    "taken_in_again": ("taken in again", "taken in again"),
    "clinical_imports": ("import of clinical tables", "imports of clinical tables"),
    "images": ("CT imported", "CT imported"),
    "protocol_edits": ("edit of the protocol", "edits of the protocol"),
}
_KINDS = {
    "excluded": "exclusions",
    "taken-in-again": "taken_in_again",
    "clinical-imported": "clinical_imports",
    "image-imported": "images",
}


def after_unblinding(study: Study) -> AfterUnblinding:
    """What was done to a study after its unblinding.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    AfterUnblinding
        Empty while it is blinded.

    Raises
    ------
    DataRefusedError
        unreadable-study.

    """
    if study.unblinding() is None:
        return AfterUnblinding()
    logs = read_logs(study)
    return deeds_after_unblinding(logs, lambda path: study.store.path(path).is_file())


def deeds_after_unblinding(logs: Logs, is_there: Callable[[str], bool]) -> AfterUnblinding:
    """What the logs of a study say was done after its unblinding.

    Parameters
    ----------
    logs
        The lines of each log, by writer.
    is_there
        Whether a record's file is there: asked of what no line marks as made.

    Returns
    -------
    AfterUnblinding
        Without a line of unblinding what the records themselves call so.

    """
    lines = [line for log in logs.values() for line in log]
    marked = {made.announced for line in lines for made in line.made}
    withdrawn = {line.withdrawn for line in lines if line.withdrawn is not None}

    def was_done(line: AuditLine) -> bool:
        if line.announces is None:
            return line.event == "protocol-noted"
        return line.ref in marked or (line.ref not in withdrawn and is_there(line.announces))

    unblinded = _first([line for line in lines if line.announces == layout.UNBLINDING and was_done(line)], marked)
    before = None if unblinded is None else history_of(unblinded, logs)
    frozen = None if unblinded is None else _content(unblinded).get("protocol_sha256")
    found: dict[str, list[str]] = {each.name: [] for each in fields(AfterUnblinding)}
    for line in lines:
        is_late = before is not None and line.sequence > before.get(line.writer, 0)
        if (is_late or _content(line).get("after_unblinding") is True) and line is not unblinded and was_done(line):
            for kind, name in _deeds_of(line, frozen if is_late else None):
                found[kind].append(name)
    return AfterUnblinding(**{kind: tuple(dict.fromkeys(names)) for kind, names in found.items()})


def history_of(line: AuditLine, logs: Logs) -> dict[str, int]:
    """How far each log comes before a line, by its chain and the other logs' lines that are named on the way.

    Parameters
    ----------
    line
        Of one of the logs.
    logs
        The lines of each log, by writer.

    Returns
    -------
    dict
        Writer → number of the last line that comes before `line`, which itself counts.

    """
    in_order = {writer: sorted(log, key=_sequence) for writer, log in logs.items()}
    reached: dict[str, int] = {}
    waiting = [(line.writer, line.sequence)]
    while waiting:
        writer, last = waiting.pop()
        first = reached.get(writer, 0) + 1
        if last < first:
            continue
        reached[writer] = last
        # By the lines that are there: a damaged one may name a number beyond reason.
        log = in_order.get(writer, [])
        begin, end = bisect_left(log, first, key=_sequence), bisect_right(log, last, key=_sequence)
        for one in log[begin:end]:
            waiting.extend((other, sequence) for other, (sequence, _) in one.after.items())
    return reached


def read_logs(study: Study) -> Logs:
    """The lines of each log of a study, by writer; what is no line is left out.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    Logs

    Raises
    ------
    DataRefusedError
        unreadable-study.

    """
    logs = {}
    try:
        for path in log_files(study.folder):
            lines = map(parse_line, split_log(read_regular(path))[0])
            logs[path.name.removesuffix(LOG_SUFFIX)] = [line for line in lines if line is not None]
    except OSError as error:
        raise unreadable("the audit log", error) from None
    return logs


def _sequence(line: AuditLine) -> int:
    return line.sequence


def _first(lines: Sequence[AuditLine], marked: set[AuditRef]) -> AuditLine | None:
    """The line that holds, of several that announce one record: the marked one."""
    return next((line for line in lines if line.ref in marked), lines[0] if lines else None)


def _deeds_of(line: AuditLine, frozen: Any) -> Iterator[tuple[str, str]]:
    content = _content(line)
    if line.event == "reading-locked":
        kind = "corrections" if content.get("revision", 1) != 1 else "readings"
        yield kind, str(line.announces).removeprefix(f"{layout.READINGS}/").removesuffix(layout.RECORD_SUFFIX)
    elif line.event in ("excluded", "taken-in-again"):
        yield _KINDS[line.event], str(content.get("lymph_node") or content.get("patient"))
    elif line.event == "clinical-imported":
        yield _KINDS[line.event], str(line.announces)
    elif line.event == "image-imported":
        yield _KINDS[line.event], str(content.get("id"))
    text = {**line.details, **content}.get("protocol_sha256")
    if frozen is not None and text is not None and text != frozen:
        yield "protocol_edits", f"{AUDIT_FOLDER}/{line.writer}{LOG_SUFFIX} line {line.sequence}"


def _content(line: AuditLine) -> Mapping[str, Any]:
    content = line.details.get("content")
    return content if isinstance(content, dict) else {}
