"""What a study registers before it starts: the record, the file that holds it, and its line in the study's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.study.after_unblinding import history_of, read_logs
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.protocol_file import parse_protocol, protocol_digest, protocol_name, read_protocol
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.strict_json import parse_object
from RLNResponseLib.study.study import Study

PLANS = ("agreement", "development", "validation")
_KIND, _SCHEMA = "registration", 1
_EVENT = "study-registered"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What a study registers before it starts.

    Attributes
    ----------
    protocol_text
        Of study.toml, as it was.
    protocol_sha256
        Of its bytes.
    plans
        What `rlnresponse plan … --json` printed, by kind.
    primary
        The analyses that will be called primary, in the words of who registers.
    split
        Whether the patients will be split into training and validation; None where an earlier version did not ask.
    made
        ISO, UTC.
    software
        Version.
    """

    protocol_text: str
    protocol_sha256: str
    plans: Mapping[str, Mapping[str, Any]]
    primary: tuple[str, ...]
    split: bool | None
    made: str
    software: str

    @property
    def protocol(self) -> Protocol:
        """The rules that were registered."""
        return parse_protocol(self.protocol_text.encode("utf-8"))

    @property
    def day(self) -> str:
        """When it was made: "2026-03-01"."""
        return self.made[:10]

    def as_json(self) -> dict[str, Any]:
        """As the file beside the page holds it, and the study's log."""
        return {
            "kind": _KIND,
            "schema": _SCHEMA,
            "made": self.made,
            "software": self.software,
            "protocol": self.protocol_text,
            "protocol_sha256": self.protocol_sha256,
            "plans": {kind: dict(plan) for kind, plan in self.plans.items()},
            "primary": list(self.primary),
            "split": self.split,
            "notice": RESEARCH_USE_ONLY,
        }


@dataclass(frozen=True)
class NotedRegistration:
    """A registration in a study's log.

    Attributes
    ----------
    registration
        What was noted.
    before_readings
        Whether no reading had been locked, by the order of the log's lines and no clock.
    """

    registration: Registration
    before_readings: bool


def register(
    protocol: Path, plans: Sequence[Path], primary: Sequence[str], now: Now, *, split: bool = False
) -> Registration:
    """Put together what is decided before a study starts.

    Parameters
    ----------
    protocol
        A study folder, or its study.toml.
    plans
        Files that hold what `rlnresponse plan … --json` printed; one of each kind at most.
    primary
        The analyses that will be called primary.
    now
        The time.
    split
        Whether the patients will be split into training and validation.

    Returns
    -------
    Registration

    Raises
    ------
    DataRefusedError
        bad-registration-plan, no-protocol, old-protocol, and what reading a protocol refuses.
    """
    file = protocol / protocol_name(lambda name: (protocol / name).is_file()) if protocol.is_dir() else protocol
    if file.name not in FORMATS:
        raise DataRefusedError(
            f"{file.name or protocol} is no study folder and no study.toml; name one of them, or make a new study.",
            "no-protocol",
            "with `rlnresponse study create`",
        )
    if file.suffix != ".toml":
        raise DataRefusedError(
            f"{file.name} is a protocol of an older form, which is read and no longer registered; make the study anew.",
            "old-protocol",
        )
    _, digest = read_protocol(file)
    content = read_regular(file)
    if protocol_digest(content) != digest:
        raise DataRefusedError(f"{file.name} changed while it was read; try again.", "old-protocol")
    read: dict[str, Mapping[str, Any]] = {}
    for path in plans:
        plan = parse_object(read_regular(path))
        kind = None if plan is None else plan.get("plan")
        if plan is None or kind not in PLANS or kind in read:
            raise DataRefusedError(
                f"{path.name} is no plan of a kind that is not there yet; give what `rlnresponse plan agreement`, "
                "`development` or `validation` prints with --json, each once.",
                "bad-registration-plan",
            )
        read[str(kind)] = plan
    return Registration(
        protocol_text=content.decode("utf-8"),
        protocol_sha256=digest,
        plans=read,
        primary=tuple(primary),
        split=split,
        made=now.moment.isoformat(),
        software=__version__,
    )


def read_registration(path: Path) -> Registration:
    """The registration that a file holds.

    Parameters
    ----------
    path
        The JSON beside the registration's page.

    Returns
    -------
    Registration

    Raises
    ------
    DataRefusedError
        bad-registration.
    """
    found = _registration(parse_object(read_regular(path)))
    if found is None:
        raise DataRefusedError(
            f"{path.name} is no registration, or was changed since; give the JSON that stands beside the page.",
            "bad-registration",
        )
    return found


def note_registration(study: Study, registration: Registration, now: Now) -> None:
    """Write a registration into the study's log, whole: later lines hold its hash, so that it stays what it was.

    Parameters
    ----------
    study
        An opened study.
    registration
        Of its protocol.
    now
        The moment, for the log.

    Raises
    ------
    DataRefusedError
        cannot-write.
    """
    study.store.note(_EVENT, {"registration": registration.as_json()}, now)


def noted_registrations(study: Study) -> tuple[NotedRegistration, ...]:
    """The registrations in a study's log.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of NotedRegistration
        In the order in which they were made; none where the study was not registered.

    Raises
    ------
    DataRefusedError
        unreadable-study.
    """
    logs = read_logs(study)
    lines = [line for log in logs.values() for line in log]
    noted = []
    for line in lines:
        data = line.details.get("registration")
        found = _registration(data) if line.event == _EVENT and isinstance(data, dict) else None
        if found is not None:
            before = history_of(line, logs)
            read = any(each.event == "reading-locked" and each.sequence <= before.get(each.writer, 0) for each in lines)
            noted.append(NotedRegistration(found, not read))
    return tuple(sorted(noted, key=lambda each: (not each.before_readings, each.registration.made)))


def registration_of(study: Study) -> Registration | None:
    """The registration that holds: the last before the first reading, or else the first of all.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    Registration or None
        None where the study's log holds none.

    Raises
    ------
    DataRefusedError
        unreadable-study.
    """
    noted = noted_registrations(study)
    before = [each.registration for each in noted if each.before_readings]
    if before:
        return before[-1]
    return noted[0].registration if noted else None


def _registration(data: Mapping[str, Any] | None) -> Registration | None:
    """What a file or a line holds; None where it is none, or was changed."""
    text = None if data is None else data.get("protocol")
    if (
        data is None
        or data.get("kind") != _KIND
        or data.get("schema") != _SCHEMA
        or not isinstance(text, str)
        or protocol_digest(text.encode("utf-8")) != data.get("protocol_sha256")
        or not isinstance(data.get("plans"), dict)
        or not all(kind in PLANS and isinstance(plan, dict) for kind, plan in data["plans"].items())
        or not isinstance(data.get("primary"), list)
        or not all(isinstance(each, str) for each in data["primary"])
        or not isinstance(data.get("split"), bool | None)
        or not isinstance(data.get("software"), str)
        or not _is_moment(data.get("made"))
    ):
        return None
    return Registration(
        protocol_text=text,
        protocol_sha256=data["protocol_sha256"],
        plans=data["plans"],
        primary=tuple(data["primary"]),
        split=data.get("split"),
        made=data["made"],
        software=data["software"],
    )


def _is_moment(text: Any) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False
