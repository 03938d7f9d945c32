"""study.toml: who reads what, when, and how it will be analysed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.protocol_formats import dump_toml, load_toml, load_yaml
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, checked_identifier, refuse_look_alikes

PROTOCOL_SCHEMA = 1
PROTOCOL_NAME = "study.toml"
# As studies were made until version 0.1; read, never written.
OLD_PROTOCOL_NAME = "study.yaml"
FORMATS = {PROTOCOL_NAME: "TOML 1.0", OLD_PROTOCOL_NAME: "YAML 1.2"}
# As in the paper: a month between the first reading and the repeat.
WASHOUT_DAYS = 30
IccForm = Literal["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)"]
IccDecision = Literal["estimate", "lower"]
ICC_DECISIONS: tuple[IccDecision, ...] = get_args(IccDecision)
# A study's models use the features of one contour, never the mean of several: the k forms are for tables.
STUDY_ICC_FORMS: tuple[IccForm, ...] = ("ICC(1)", "ICC(A,1)", "ICC(C,1)")
MOST_READERS = 2
MOST_REPEATING_READERS = 1


@dataclass(frozen=True)
class IccRule:
    """Which features are kept: those whose inter- and intra-reader ICC are both above a threshold.

    The one rule of a study: stated in its protocol, it judges the agreement, filters the features of every fit and resample,
    and stands on the fitted card. Gu et al. 2021 keep features with ICC > 0.75 and do not say on what; the estimate is what is
    usually meant. Koo and Li 2016 (doi 10.1016/j.jcm.2016.02.012) judge by the lower limit of the interval.

    Parameters
    ----------
    form
        McGraw and Wong's (1996, doi 10.1037/1082-989X.1.1.30) name: ICC(1) one-way, ICC(A,1) two-way with absolute agreement,
        ICC(C,1) two-way with consistency; the k forms are of the mean of the k ratings.
    threshold
        From 0 to below 1: no ICC is above 1.
    on
        What is judged: "estimate", or "lower" for the lower limit of the 95% interval.

    Raises
    ------
    DataRefusedError
        bad-icc-form, bad-threshold, bad-icc-decision.

    """

    form: IccForm = "ICC(A,1)"
    threshold: float = 0.75
    on: IccDecision = "estimate"

    def __post_init__(self) -> None:
        if self.form not in get_args(IccForm):
            raise DataRefusedError(
                f"The ICC form is none that is known; choose one of {', '.join(get_args(IccForm))}.", "bad-icc-form"
            )
        if not 0 <= self.threshold < 1:
            raise DataRefusedError(
                f"The ICC threshold is {self.threshold:g}; choose one from 0 to below 1, such as 0.75.", "bad-threshold"
            )
        if self.on not in ICC_DECISIONS:
            raise DataRefusedError(
                f"The ICC is judged on nothing that is known; choose one of {', '.join(ICC_DECISIONS)}.",
                "bad-icc-decision",
            )

    def as_json(self) -> dict[str, Any]:
        """The rule as cards and the command line give it."""
        return {"threshold": self.threshold, "on": self.on, "form": self.form}


@dataclass(frozen=True)
class ReaderPlan:
    """A reader's code and the rounds they read: (1,) or (1, 2)."""

    code: str
    rounds: tuple[int, ...]


@dataclass(frozen=True)
class Protocol:
    """The study's rules.

    readers       in the order of the file; the first reader's first contours go into the models
    icc           None in a study of before, whose file holds a threshold of 1: it opens, and `icc_rule` says what to do
    washout_days  between locking a first reading and its repeat
    extraction    the extraction settings as `features.settings.ExtractionSettings.from_mapping` takes them
    score_models  IDs of model cards
    seed          every order in the study is derived from it
    """

    title: str
    readers: tuple[ReaderPlan, ...]
    washout_days: int = WASHOUT_DAYS
    icc: IccRule | None = IccRule()
    extraction: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    score_models: tuple[str, ...] = ("gu2021-response", "gu2021-local-control-2y")
    seed: int = 1

    def rounds_of(self, reader: str) -> tuple[int, ...]:
        """The rounds that `reader` reads. Raises DataRefusedError (no-such-reader)."""
        for plan in self.readers:
            if plan.code == reader:
                return plan.rounds
        raise DataRefusedError(
            f"The protocol names no such reader; its readers are {', '.join(plan.code for plan in self.readers)}.",
            "no-such-reader",
        )

    @property
    def rounds(self) -> dict[str, tuple[int, ...]]:
        """Every reader's rounds, by code."""
        return {plan.code: plan.rounds for plan in self.readers}

    def icc_rule(self) -> IccRule:
        """The rule by which features are kept.

        Raises
        ------
        DataRefusedError
            bad-threshold, in a study made when a threshold of 1 was still taken.

        """
        if self.icc is None:
            raise DataRefusedError(
                "The study's ICC threshold is 1, above which no ICC can be; before unblinding, write one from 0 to below 1, such "
                "as 0.75, into its protocol; after it, judge the study's feature table by a rule of your own.",
                "bad-threshold",
                "with `rlnresponse agreement --table`",
            )
        return self.icc

    def as_toml(self) -> str:
        """The text of study.toml.

        Raises DataRefusedError: bad-toml for a title with half a character in it, bad-threshold as `icc_rule`.
        """
        rule = self.icc_rule()
        return dump_toml(
            {
                "schema": PROTOCOL_SCHEMA,
                "title": self.title,
                "washout_days": self.washout_days,
                "score_models": list(self.score_models),
                "seed": self.seed,
                "readers": {plan.code: {"rounds": list(plan.rounds)} for plan in self.readers},
                "icc": {"form": rule.form, "threshold": rule.threshold, "on": rule.on},
                # TOML has no "nothing", which is the default of every setting that can be nothing.
                "extraction": {name: value for name, value in self.extraction.items() if value is not None},
            },
            f"The protocol of a study, {FORMATS[PROTOCOL_NAME]}. {RESEARCH_USE_ONLY}",
        )


def plan_readers(readers: list[str], repeating: list[str]) -> tuple[ReaderPlan, ...]:
    """Plans from the codes of all readers and of those who read twice.

    Raises DataRefusedError: bad-identifier, look-alike-identifiers, no-such-reader.
    """
    for code in repeating:
        if code not in readers:
            raise DataRefusedError(
                "A reader is to repeat who is not among the readers; name the reader in both lists.", "no-such-reader"
            )
    plans = tuple(
        ReaderPlan(
            checked_identifier(code, f"Reader code {number}"),
            (FIRST_ROUND, REPEAT_ROUND) if code in repeating else (FIRST_ROUND,),
        )
        for number, code in enumerate(readers, start=1)
    )
    refuse_look_alikes(readers, "reader code")
    return plans


def refuse_readers_beyond_analysis(rounds: Mapping[str, Collection[int]]) -> None:
    """Refuse a plan of readings that no analysis can take whole: it compares two readers, of whom one repeats.

    Asked when a study is made and again when it is analysed, so that no reader is left out in silence. A study that was made
    before still opens. Fewer readers, or none who repeats, are no fault: such a study is read, extracted and exported
    (`lacking_for_agreement`).

    Parameters
    ----------
    rounds
        Reader's code → the rounds that they read.

    Raises
    ------
    DataRefusedError
        too-many-readers (above two), too-many-repeats (above one reader with a second round).

    """
    if len(rounds) > MOST_READERS:
        raise DataRefusedError(
            f"The study has {len(rounds)} readers, and the analysis compares two; name one or two in a study.",
            "too-many-readers",
        )
    repeating = [reader for reader, numbers in rounds.items() if REPEAT_ROUND in numbers]
    if len(repeating) > MOST_REPEATING_READERS:
        raise DataRefusedError(
            f"The study has {len(repeating)} readers who repeat, and intra-reader agreement is of one; let one of them repeat.",
            "too-many-repeats",
        )


def lacking_for_agreement(readers: Sequence[ReaderPlan]) -> str:
    """What a plan of readings lacks for agreement, and so for the report, in a sentence; "" where nothing.

    Parameters
    ----------
    readers
        Of a protocol.

    Returns
    -------
    str
        For whoever makes the study, while it can still be planned otherwise.

    """
    if len(readers) >= MOST_READERS and any(REPEAT_ROUND in plan.rounds for plan in readers):
        return ""
    lacks = "nobody repeats" if len(readers) >= MOST_READERS else "there is one reader"
    return (
        f"Agreement and the report need two readers, one of whom repeats, and in this study {lacks}; it can be read, extracted "
        "and exported."
    )


def protocol_name(is_there: Callable[[str], bool]) -> str:
    """The file that holds a study's protocol: study.toml, or study.yaml in a study made before.

    is_there  whether the study folder has a file of a name

    Raises DataRefusedError (two-protocols) where both are there.
    """
    old = is_there(OLD_PROTOCOL_NAME)
    if old and is_there(PROTOCOL_NAME):
        raise DataRefusedError(
            f"The study has a {PROTOCOL_NAME} and a {OLD_PROTOCOL_NAME}, and only one can hold; take out the one whose text "
            "the first line of the audit log does not hold.",
            "two-protocols",
        )
    return OLD_PROTOCOL_NAME if old else PROTOCOL_NAME


def read_protocol(path: Path) -> tuple[Protocol, str]:
    """The protocol in study.toml or study.yaml, and the SHA-256 of the file's bytes.

    Raises DataRefusedError: no-protocol, and what `parse_protocol` raises.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataRefusedError(
            f"There is no readable {path.name} in {path.parent.resolve().name} ({error.strerror}); name a study folder, or make a "
            "new study.",
            "no-protocol",
            "with `rlnresponse study create`",
        ) from None
    return parse_protocol(content, path.name), protocol_digest(content)


def protocol_digest(content: bytes) -> str:
    """SHA-256 of the protocol's bytes."""
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=8)  # every question to a study begins with its protocol
def parse_protocol(content: bytes, name: str = PROTOCOL_NAME) -> Protocol:
    """The protocol that `content` states, every value judged; `name` of its file tells the format.

    Raises DataRefusedError: bad-toml, bad-yaml, bad-protocol, missing-package (YAML is read by ruamel.yaml).
    """
    data = load_yaml(content, name) if name == OLD_PROTOCOL_NAME else load_toml(content, name)
    try:
        return _protocol(_Section(data, ""))
    except _FaultError as fault:
        raise DataRefusedError(f"{name} {fault}.", "bad-protocol") from None


def _protocol(mapping: _Section) -> Protocol:
    if (schema := mapping.take("schema", int)) != PROTOCOL_SCHEMA:
        raise _FaultError(f"has schema {schema}, and this version of RLNResponse reads schema {PROTOCOL_SCHEMA}")
    protocol = Protocol(
        title=mapping.take("title", str),
        readers=_readers(mapping.take("readers", dict)),
        washout_days=mapping.take("washout_days", int),
        icc=_icc(mapping.section("icc")),
        extraction=MappingProxyType(mapping.take("extraction", dict)),
        score_models=tuple(
            checked_identifier(model, "A score model of the protocol") for model in mapping.take("score_models", list)
        ),
        seed=mapping.take("seed", int),
    )
    mapping.finish()
    if not 0 <= protocol.washout_days <= 3650:
        raise _FaultError("has washout_days outside 0 to 3650")
    if not 0 <= protocol.seed < 2**63:
        raise _FaultError("has a seed that is not a whole number from 0")
    return protocol


def _readers(mapping: Mapping[Any, Any]) -> tuple[ReaderPlan, ...]:
    if not mapping:
        raise _FaultError("names no reader; write them under readers")
    plans = []
    for number, (code, value) in enumerate(mapping.items(), start=1):
        checked_identifier(code, f"Reader code {number} of the protocol")
        section = _Section(value, f"readers: {code}")
        rounds = tuple(section.take("rounds", list))
        section.finish()
        if rounds not in ((FIRST_ROUND,), (FIRST_ROUND, REPEAT_ROUND)):
            raise _FaultError(f"gives reader {code} rounds other than [1] or [1, 2]")
        plans.append(ReaderPlan(code, rounds))
    refuse_look_alikes([plan.code for plan in plans], "reader code")
    return tuple(plans)


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


_KINDS = {int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a list of keys and values"}
