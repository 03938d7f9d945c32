"""Lines of the audit log in the very form that this software writes, told by their form: parsing takes ten times as
long, and a question reads every line of a study.

Whatever else a line may be is left to `audit_lines.parse_line`, which judges it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from RLNResponseLib.study.audit_lines import MADE, NOT_MADE, MadeRecord
from RLNResponseLib.study.records import AuditRef

_DIGEST, _COUNT, _TEXT = "[0-9a-f]{64}", "(?:0|[1-9][0-9]{0,14})", r"[ !#-\[\]-~]*"
_NAMED = rf'"{_TEXT}":\[[1-9][0-9]{{0,14}},"{_DIGEST}"\]'
_MADE = (
    rf'"made":\[\{{"line":\{{"sequence":(?P<announced>[1-9][0-9]{{0,14}}),"sha256":"(?P<line>{_DIGEST})",'
    rf'"writer":"(?P<by>{_TEXT})"\}},"record":"(?P<made>{_TEXT})","sha256":"(?P<sha256>{_DIGEST})"\}}\]'
)
_ANNOUNCED = rf'"content":(?P<content>\{{.*\}}),"record":"(?P<path>{_TEXT})"'
_LINE = re.compile(
    rf'\{{"after":\{{(?P<after>(?:{_NAMED}(?:,{_NAMED})*)?)\}},"details":\{{(?:{_MADE}|{_ANNOUNCED})\}},'
    rf'"event":"(?P<event>[a-z-]+)","previous":"{_DIGEST}","records":\{{"count":{_COUNT},"root":"{_DIGEST}"\}},'
    rf'"schema":2,"sequence":(?P<sequence>[1-9][0-9]{{0,14}}),"simulated":(?P<simulated>true|false),'
    rf'"time":"(?P<time>[0-9T:.+-]{{1,40}})","writer":"(?P<writer>{_TEXT})"\}}'
)
_ONE_NAMED = re.compile(rf'"({_TEXT})":\[([0-9]+),"({_DIGEST})"\]')
_PROTOCOL = '"protocol":"'
_NONE: Mapping[str, int] = {}


class ScannedLine(NamedTuple):
    """A line of schema 2 that marks one record as made, or announces one: a tuple, since a log has thousands.

    Attributes
    ----------
    raw
        Its bytes.
    writer, sequence
        Which line it is.
    moment
        Its time.
    simulated
        The time came from RLNRESPONSE_TODAY.
    after
        The lines of other logs that it names: writer → sequence.
    path
        Of the record.
    made
        SHA-256 of the record's file, and the line that announced it; None in an announcement.
    content
        Where the content of the record that is announced begins and ends in `raw`. Only what is equal to a record's
        canonical JSON is known to be JSON at all.

    """

    raw: bytes
    writer: str
    sequence: int
    moment: datetime
    simulated: bool
    after: Mapping[str, int]
    path: str
    made: tuple[str, str, int, str] | None
    content: tuple[int, int]

    @property
    def ref(self) -> AuditRef:
        """How records and other logs name this line."""
        return AuditRef(self.writer, self.sequence, hashlib.sha256(self.raw).hexdigest())

    @property
    def mark(self) -> MadeRecord | None:
        """What this line marks as made; None in an announcement."""
        return None if self.made is None else MadeRecord(self.path, self.made[0], AuditRef(*self.made[1:]))

    @property
    def content_digest(self) -> bytes:
        """SHA-256 of the announced content, as `audit_index.content_digest` makes it of a record's."""
        return hashlib.sha256(self.raw[slice(*self.content)]).digest()


def scan_line(raw: bytes, apart: frozenset[str]) -> ScannedLine | None:
    """The line, where its form says all that the index notes of it.

    Parameters
    ----------
    raw
        A line without its newline.
    apart
        Events of which the index notes more.

    Returns
    -------
    ScannedLine or None
        None for what `parse_line` must judge.

    """
    try:
        match = _LINE.fullmatch(raw.decode("ascii"))
        if match is None:
            return None
        moment = datetime.fromisoformat(match["time"])
    except ValueError:
        return None
    after, content, event, announced = match.group("after", "content", "event", "path")
    if moment.tzinfo is None or event == NOT_MADE or event in apart or (event == MADE) is (announced is not None):
        return None
    if content is not None and _PROTOCOL in content:
        return None
    heads = _NONE
    if after:
        named = _ONE_NAMED.findall(after)
        heads = {writer: int(sequence) for writer, sequence, _ in named}
        if len(heads) < len(named):
            return None
    path, made = announced, None
    if path is None:
        path, sha256, by, number, line = match.group("made", "sha256", "by", "announced", "line")
        made = sha256, by, int(number), line
    sequence, simulated, writer = match.group("sequence", "simulated", "writer")
    return ScannedLine(
        raw, writer, int(sequence), moment, simulated == "true", heads, path, made, match.span("content")
    )
