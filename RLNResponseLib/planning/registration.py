"""What was decided before a study began, as one record, and how the study departed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.after_unblinding import after_unblinding
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.protocol_file import parse_protocol, protocol_digest, protocol_name, read_protocol
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.strict_json import parse_object
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import missing_readings

PLANS = ("agreement", "development", "validation")
_KIND, _SCHEMA = "registration", 1


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
    made
        ISO, UTC.
    software
        Version.
    """

    protocol_text: str
    protocol_sha256: str
    plans: Mapping[str, Mapping[str, Any]]
    primary: tuple[str, ...]
    made: str
    software: str

    @property
    def protocol(self) -> Protocol:
        """The rules that were registered."""
        return parse_protocol(self.protocol_text.encode("utf-8"))

    def as_json(self) -> dict[str, Any]:
        """As the file beside the page holds it."""
        return {
            "kind": _KIND,
            "schema": _SCHEMA,
            "made": self.made,
            "software": self.software,
            "protocol": self.protocol_text,
            "protocol_sha256": self.protocol_sha256,
            "plans": {kind: dict(plan) for kind, plan in self.plans.items()},
            "primary": list(self.primary),
            "notice": RESEARCH_USE_ONLY,
        }


@dataclass(frozen=True)
class Deviation:
    """Where a study departed from what it registered.

    Attributes
    ----------
    what
        Such as "washout, days".
    registered, done
        In words.
    """

    what: str
    registered: str
    done: str


def register(protocol: Path, plans: Sequence[Path], primary: Sequence[str], now: Now) -> Registration:
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
    data = parse_object(read_regular(path))
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
        or not all(isinstance(data.get(name), str) for name in ("made", "software"))
    ):
        raise DataRefusedError(
            f"{path.name} is no registration, or was changed since; give the JSON that stands beside the page.",
            "bad-registration",
        )
    return Registration(
        protocol_text=text,
        protocol_sha256=data["protocol_sha256"],
        plans=data["plans"],
        primary=tuple(data["primary"]),
        made=data["made"],
        software=data["software"],
    )


def deviations(registration: Registration, study: Study) -> tuple[Deviation, ...]:
    """How a study departed from its registration, as far as the study folder shows.

    Parameters
    ----------
    registration
        What was decided before.
    study
        The opened study folder; blinded, the readings are counted so far.

    Returns
    -------
    tuple of Deviation
        None where it is as registered.
    """
    found = [*_of_protocol(registration.protocol, study.protocol), *_of_numbers(registration, study)]
    readings = study.readings()
    first = min((reading.locked_at for reading in readings), default=None)
    if first is not None and first.isoformat() < registration.made:
        found.append(Deviation("registered", "before the first reading", f"after it: {first.date()} was the first"))
    unread = missing_readings(study)
    if unread and study.unblinding() is not None:
        found.append(Deviation("readings", "all", f"{counted(len(unread), 'reading')} never made"))
    left_out = excluded_lymph_nodes(study)
    if left_out:
        reasons = sorted(set(left_out.values()))
        found.append(Deviation("excluded lymph nodes", "none", f"{len(left_out)}, for: {'; '.join(reasons)}"))
    found += [Deviation("after unblinding", "nothing", phrase) for phrase in after_unblinding(study).phrases()]
    return tuple(found)


def rules(protocol: Protocol) -> dict[str, str]:
    """A protocol, rule by rule, in words.

    Parameters
    ----------
    protocol
        Of a study.

    Returns
    -------
    dict
        By the rule's name.
    """
    return {
        "title": protocol.title,
        "readers and rounds": ", ".join(
            f"{code} {' and '.join(map(str, rounds))}" for code, rounds in protocol.rounds.items()
        ),
        "washout, days": str(protocol.washout_days),
        "ICC rule": _rule(protocol),
        "extraction settings": ", ".join(f"{name} = {value}" for name, value in sorted(protocol.extraction.items()))
        or "as published",
        "score models": ", ".join(protocol.score_models) or "none",
        "seed of every order": str(protocol.seed),
    }


def _of_protocol(registered: Protocol, now: Protocol) -> list[Deviation]:
    before, after = rules(registered), rules(now)
    return [Deviation(what, before[what], after[what]) for what in before if before[what] != after[what]]


def _of_numbers(registration: Registration, study: Study) -> list[Deviation]:
    plan = registration.plans.get("agreement")
    if plan is None:
        return []
    found = []
    codes = [each.code for each in study.protocol.readers]
    left_out = excluded_lymph_nodes(study)
    by_lymph_node: dict[str, set[str]] = {}
    for reading in study.current_readings():
        if reading.key.round == 1 and reading.key.lymph_node not in left_out:
            by_lymph_node.setdefault(reading.key.lymph_node, set()).add(reading.key.reader)
    read_by_all = sum(set(codes) <= readers for readers in by_lymph_node.values())
    planned = plan.get("lymph_nodes")
    if isinstance(planned, int) and read_by_all < planned:
        so_far = "" if study.unblinding() is not None else " so far"
        found.append(Deviation("lymph nodes read by every reader", f"{planned} or more", f"{read_by_all}{so_far}"))
    if isinstance(plan.get("readers"), int) and plan["readers"] != len(codes):
        found.append(Deviation("readers", str(plan["readers"]), str(len(codes))))
    rule = study.protocol.icc
    if rule is not None and (plan.get("form"), plan.get("threshold")) != (rule.form, rule.threshold):
        found.append(
            Deviation(
                "ICC that was planned for", f"{plan.get('form')} above {plan.get('threshold')}", _rule(study.protocol)
            )
        )
    return found


def _rule(protocol: Protocol) -> str:
    rule = protocol.icc
    return "none" if rule is None else f"{rule.form} above {rule.threshold:g}, on the {rule.judged}"
