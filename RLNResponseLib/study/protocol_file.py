"""A study's protocol as a file: which file holds it, and the protocol that it states, every value judged."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import refuse_special_file
from RLNResponseLib.study.experience import checked_experience
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.occasions import OCCASIONS
from RLNResponseLib.study.patients import Occasion
from RLNResponseLib.study.protocol import (
    ASSISTANCE,
    STUDY_ICC_FORMS,
    Assistance,
    IccDecision,
    IccForm,
    IccRule,
    Protocol,
    ReaderPlan,
    simulated_by_title,
)
from RLNResponseLib.study.protocol_formats import (
    OLD_PROTOCOL_NAME,
    PROTOCOL_NAME,
    PROTOCOL_SCHEMA,
    load_toml,
    load_yaml,
)
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND


def protocol_name(is_there: Callable[[str], bool]) -> str:
    """The file that holds a study's protocol: study.toml, or study.yaml in a study made before.

    Parameters
    ----------
    is_there
        Whether the study folder has a file of a name.

    Returns
    -------
    str
        The file's name; study.toml where neither is there.

    Raises
    ------
    DataRefusedError
        two-protocols where both are there.

    Examples
    --------
    >>> protocol_name({"study.yaml", "patients.csv"}.__contains__)
    'study.yaml'

    """
    old = is_there(OLD_PROTOCOL_NAME)
    if old and is_there(PROTOCOL_NAME):
        raise DataRefusedError(
            f"The study has a {PROTOCOL_NAME} and a {OLD_PROTOCOL_NAME}, and only one can hold; take out the one whose "
            "text the first line of the audit log does not hold.",
            "two-protocols",
        )
    return OLD_PROTOCOL_NAME if old else PROTOCOL_NAME


def read_protocol(path: Path) -> tuple[Protocol, str]:
    """The protocol of a file, and the SHA-256 of the file's bytes.

    Parameters
    ----------
    path
        study.toml or study.yaml in a study folder.

    Returns
    -------
    tuple of Protocol and str
        The hash in hexadecimal.

    Raises
    ------
    DataRefusedError
        no-protocol, and what `parse_protocol` refuses.

    """
    try:
        refuse_special_file(path)
        content = path.read_bytes()
    except OSError as error:
        raise DataRefusedError(
            f"There is no readable {path.name} in {path.parent.resolve().name} ({error.strerror}); name a study "
            "folder, or make a new study.",
            "no-protocol",
            "with `rlnresponse study create`",
        ) from None
    return parse_protocol(content, path.name), protocol_digest(content)


def protocol_digest(content: bytes) -> str:
    """The hash by which a protocol is frozen and compared.

    Parameters
    ----------
    content
        The bytes of the protocol's file.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    """
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=8)  # every question to a study begins with its protocol
def parse_protocol(content: bytes, name: str = PROTOCOL_NAME) -> Protocol:
    """The protocol that some bytes state, every value judged.

    Parameters
    ----------
    content
        The bytes of the protocol's file.
    name
        Of the file: study.yaml is read as YAML, anything else as TOML.

    Returns
    -------
    Protocol
        With immutable values.

    Raises
    ------
    DataRefusedError
        bad-toml, bad-yaml, bad-protocol, missing-package (YAML is read by ruamel.yaml).

    Examples
    --------
    >>> text = Protocol(title="A study", readers=(ReaderPlan("A", (1,)),)).as_toml()
    >>> parse_protocol(text.encode()).washout_days
    30
    >>> parse_protocol(text.replace("washout_days", "washout").encode())
    Traceback (most recent call last):
        ...
    RLNResponseLib.common.errors.DataRefusedError: study.toml lacks washout_days.

    """
    data = load_yaml(content, name) if name == OLD_PROTOCOL_NAME else load_toml(content, name)
    try:
        return _protocol(_Section(data, ""))
    except _FaultError as fault:
        raise DataRefusedError(f"{name} {fault}.", "bad-protocol") from None


def _protocol(mapping: _Section) -> Protocol:
    if (schema := mapping.take("schema", int)) != PROTOCOL_SCHEMA:
        raise _FaultError(f"has schema {schema}, and this version of RLNResponse reads schema {PROTOCOL_SCHEMA}")
    title = mapping.take("title", str)
    protocol = Protocol(
        title=title,
        readers=_readers(mapping.take("readers", dict)),
        washout_days=mapping.take("washout_days", int),
        icc=_icc(mapping.section("icc")),
        extraction=MappingProxyType(mapping.take("extraction", dict)),
        score_models=tuple(
            checked_identifier(model, "A score model of the protocol") for model in mapping.take("score_models", list)
        ),
        seed=mapping.take("seed", int),
        simulated=mapping.take("simulated", bool) if mapping.has("simulated") else simulated_by_title(title),
        occasions=_occasions(mapping.take("occasions", list)) if mapping.has("occasions") else (),
        assistance=_assistance(mapping.take("assistance", str)) if mapping.has("assistance") else "none",
    )
    mapping.finish()
    if not 0 <= protocol.washout_days <= 3650:
        raise _FaultError("has washout_days outside 0 to 3650")
    if not 0 <= protocol.seed < 2**63:
        raise _FaultError("has a seed that is not a whole number from 0")
    return protocol


def _assistance(stated: str) -> Assistance:
    if stated not in ASSISTANCE:
        raise _FaultError(f"has an assistance that is not one of {', '.join(ASSISTANCE)}")
    return stated


def _readers(mapping: Mapping[Any, Any]) -> tuple[ReaderPlan, ...]:
    if not mapping:
        raise _FaultError("names no reader; write them under readers")
    plans = []
    for number, (code, value) in enumerate(mapping.items(), start=1):
        checked_identifier(code, f"Reader code {number} of the protocol")
        section = _Section(value, f"readers: {code}")
        rounds = tuple(section.take("rounds", list))
        experience = section.take("experience", str) if section.has("experience") else ""
        section.finish()
        if rounds not in ((FIRST_ROUND,), (FIRST_ROUND, REPEAT_ROUND)):
            raise _FaultError(f"gives reader {code} rounds other than [1] or [1, 2]")
        plans.append(ReaderPlan(code, rounds, _experience(code, experience)))
    refuse_look_alikes([plan.code for plan in plans], "reader code")
    return tuple(plans)


def _experience(code: str, stated: str) -> str:
    try:
        return checked_experience(stated)
    except DataRefusedError:
        raise _FaultError(f"gives reader {code} an experience that is not one short line of words") from None


def _occasions(named: list[Any]) -> tuple[Occasion, ...]:
    if not set(named) <= set(OCCASIONS) or len(set(named)) < len(named):
        raise _FaultError(f"has occasions that are not each one of {', '.join(OCCASIONS)}")
    return tuple(occasion for occasion in OCCASIONS if occasion in named)


def _icc(section: _Section) -> IccRule | None:
    form, threshold, on = section.take("form", str), section.take("threshold", float), section.take("on", str)
    section.finish()
    if form not in STUDY_ICC_FORMS:
        raise _FaultError(f"has an icc form that is not one of {', '.join(STUDY_ICC_FORMS)}")
    # It was taken once and frozen into studies, which must open for reading, extraction and export.
    is_of_before = threshold == 1
    try:
        rule = IccRule(cast("IccForm", form), 0 if is_of_before else threshold, cast("IccDecision", on))
    except DataRefusedError as refusal:
        said = str(refusal).removesuffix(".")
        raise _FaultError(f"has an icc rule that cannot be used: {said[0].lower()}{said[1:]}") from None
    return None if is_of_before else rule


class _FaultError(Exception):
    """What is wrong in the protocol: the end of a sentence that begins with its file's name."""


class _Section:
    """A mapping of the protocol whose keys are taken one by one, so that a key left over is an unknown one."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise _FaultError(f"has no keys under {name}" if name else "is not a list of keys and values")
        self._left = dict(value)
        self._name = name

    def has(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, kind: type) -> Any:
        where = f"{self._name}: {key}" if self._name else key
        if key not in self._left:
            raise _FaultError(f"lacks {where}")
        value = self._left.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        usable = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not usable or (isinstance(value, float) and not math.isfinite(value)):
            raise _FaultError(f"has a value under {where} that is not {_KINDS[kind]}")
        return value

    def section(self, key: str) -> _Section:
        return _Section(self.take(key, dict), key)

    def finish(self) -> None:
        if self._left:
            where = f" under {self._name}" if self._name else ""
            raise _FaultError(f"has the unknown key '{str(next(iter(self._left)))[:40]}'{where}; check its spelling")


_KINDS = {
    int: "a whole number", float: "a number", str: "text", bool: "true or false", list: "a list",
    dict: "a list of keys and values",
}  # fmt: skip
