"""The rules of a study: who reads what, when, and how it will be analysed. `protocol_file.py` reads them from
study.toml.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.study.experience import checked_experience
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.patients import Occasion
from RLNResponseLib.study.protocol_formats import FORMATS, PROTOCOL_NAME, PROTOCOL_SCHEMA, dump_toml
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND

# As in the paper: a month between the first reading and the repeat.
WASHOUT_DAYS = 30
IccForm = Literal["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)"]
IccDecision = Literal["estimate", "lower"]
ICC_DECISIONS: tuple[IccDecision, ...] = get_args(IccDecision)
# Where a reading may begin from a proposal: nowhere, in first readings, in repeats too.
Assistance = Literal["none", "first", "repeats"]
ASSISTANCE: tuple[Assistance, ...] = get_args(Assistance)
# What is judged, as sentences say it; by the name of its values in `agreement.icc.ICC`.
_JUDGED: dict[IccDecision, str] = {"estimate": "estimate", "lower": "lower 95% limit"}
# A study's models use the features of one contour, never the mean of several: the k forms are for tables.
STUDY_ICC_FORMS: tuple[IccForm, ...] = ("ICC(1)", "ICC(A,1)", "ICC(C,1)")
# How a title began that alone said so, before the protocol had a field for it.
OLD_SIMULATED_TITLE = "SIMULATED"
MOST_READERS = 2
MOST_REPEATING_READERS = 1


@dataclass(frozen=True)
class IccRule:
    """Which features are kept: those whose inter- and intra-reader ICC are both above a threshold.

    The one rule of a study: stated in its protocol, it judges the agreement, filters the features of every fit and
    resample, and stands on the fitted card. Gu et al. 2021 keep features with ICC > 0.75 and do not say on what; the
    estimate is what is usually meant. Koo and Li 2016 (doi 10.1016/j.jcm.2016.02.012) judge by the lower limit of the
    interval.

    Attributes
    ----------
    form
        McGraw and Wong's (1996, doi 10.1037/1082-989X.1.1.30) name: ICC(1) one-way, ICC(A,1) two-way with absolute
        agreement, ICC(C,1) two-way with consistency; the k forms are of the mean of the k ratings.
    threshold
        From 0 to below 1: no ICC is above 1.
    on
        What is judged: "estimate", or "lower" for the lower limit of the 95% interval.

    Raises
    ------
    DataRefusedError
        bad-icc-form, bad-threshold, bad-icc-decision.

    Examples
    --------
    >>> IccRule().as_json()
    {'threshold': 0.75, 'on': 'estimate', 'form': 'ICC(A,1)'}
    >>> IccRule(threshold=1.0)
    Traceback (most recent call last):
        ...
    RLNResponseLib.common.errors.DataRefusedError: The ICC threshold is 1; choose one from 0 to below 1, such as 0.75.

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

    @property
    def judged(self) -> str:
        """What is judged, in words: "lower 95% limit"."""
        return _JUDGED[self.on]

    def as_json(self) -> dict[str, Any]:
        """The rule as cards and the command line give it."""
        return {"threshold": self.threshold, "on": self.on, "form": self.form}


@dataclass(frozen=True)
class ReaderPlan:
    """What one reader reads.

    Attributes
    ----------
    code
        The reader's code.
    rounds
        (1,) or (1, 2).
    experience
        Specialty, years, training with this contouring, in words and without a name; "" where it is not stated.

    """

    code: str
    rounds: tuple[int, ...]
    experience: str = ""

    def as_mapping(self) -> dict[str, Any]:
        """As study.toml has it."""
        stated = {"experience": self.experience} if self.experience else {}
        return {"rounds": list(self.rounds), **stated}


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The study's rules.

    Attributes
    ----------
    title
        Of the study, as reports print it.
    readers
        In the order of the file; the first reader's first contours go into the models.
    washout_days
        Between locking a first reading and its repeat.
    icc
        None in a study of before, whose file holds a threshold of 1: it opens, and `icc_rule` says what to do.
    extraction
        The extraction settings as `features.settings.ExtractionSettings.from_mapping` takes them.
    score_models
        IDs of model cards.
    seed
        Every order in the study is derived from it.
    simulated
        Whether no patient is in it, which every report then says.
    occasions
        Which second CT of a lymph node the study has (`occasions.py`); none in a study of one CT each.
    assistance
        Whether a reading may begin from a contour that its reader did not draw: "none", in "first" readings alone, or
        in "repeats" too. "none" in a study of before, which does not say.

    Examples
    --------
    The text of study.toml reads back the same:

    >>> from RLNResponseLib.study.protocol_file import parse_protocol
    >>> protocol = Protocol(title="Recurrent lymph nodes", readers=plan_readers(["A", "B"], ["A"]), washout_days=14)
    >>> parse_protocol(protocol.as_toml().encode()) == protocol
    True
    >>> protocol.rounds_of("A"), protocol.rounds_of("B")
    ((1, 2), (1,))

    """

    title: str
    readers: tuple[ReaderPlan, ...]
    washout_days: int = WASHOUT_DAYS
    icc: IccRule | None = IccRule()
    extraction: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    score_models: tuple[str, ...] = ("gu2021-response", "gu2021-local-control-2y")
    seed: int = 1
    simulated: bool = False
    occasions: tuple[Occasion, ...] = ()
    assistance: Assistance = "none"

    def rounds_of(self, reader: str) -> tuple[int, ...]:
        """The rounds that a reader reads.

        Parameters
        ----------
        reader
            A code.

        Returns
        -------
        tuple
            (1,) or (1, 2).

        Raises
        ------
        DataRefusedError
            no-such-reader.

        """
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
                "The study's ICC threshold is 1, above which no ICC can be; before unblinding, write one from 0 to "
                "below 1, such as 0.75, into its protocol; after it, judge the study's feature table by a rule of your "
                "own.",
                "bad-threshold",
                "with `rlnresponse agreement --table`",
            )
        return self.icc

    def as_toml(self) -> str:
        """The text of study.toml.

        Returns
        -------
        str
            As `protocol_file.parse_protocol` reads it back.

        Raises
        ------
        DataRefusedError
            bad-toml for a title with half a character in it, bad-threshold as `icc_rule`.

        """
        rule = self.icc_rule()
        # Left out where nothing suggests it, so that the file of a study of patients stays what it was.
        stated: dict[str, Any] = {}
        if self.simulated or simulated_by_title(self.title):
            stated["simulated"] = self.simulated
        if self.occasions:
            stated["occasions"] = list(self.occasions)
        if self.assistance != "none":
            stated["assistance"] = self.assistance
        return dump_toml(
            {
                "schema": PROTOCOL_SCHEMA,
                "title": self.title,
                **stated,
                "washout_days": self.washout_days,
                "score_models": list(self.score_models),
                "seed": self.seed,
                "readers": {plan.code: plan.as_mapping() for plan in self.readers},
                "icc": {"form": rule.form, "threshold": rule.threshold, "on": rule.on},
                # TOML has no "nothing", which is the default of every setting that can be nothing.
                "extraction": {name: value for name, value in self.extraction.items() if value is not None},
            },
            f"The protocol of a study, {FORMATS[PROTOCOL_NAME]}. {RESEARCH_USE_ONLY}",
        )


def simulated_by_title(title: str) -> bool:
    """Whether a study is simulated whose protocol does not say: one of before tells it by its title alone.

    Parameters
    ----------
    title
        Of the study.

    Returns
    -------
    bool
    """
    return title.startswith(OLD_SIMULATED_TITLE)


def plan_readers(
    readers: list[str], repeating: list[str], experience: Mapping[str, str] = MappingProxyType({})
) -> tuple[ReaderPlan, ...]:
    """Plans from the codes of all readers and of those who read twice.

    Parameters
    ----------
    readers
        Codes, in the order of the study.
    repeating
        Codes of those who read everything again after the washout.
    experience
        By code, in words; who is not named states none.

    Returns
    -------
    tuple of ReaderPlan
        One for each reader, in the same order.

    Raises
    ------
    DataRefusedError
        bad-identifier, look-alike-identifiers, no-such-reader, bad-experience.

    Examples
    --------
    >>> plan_readers(["A", "B"], ["A"])
    (ReaderPlan(code='A', rounds=(1, 2), experience=''), ReaderPlan(code='B', rounds=(1,), experience=''))

    """
    for code in repeating:
        if code not in readers:
            raise DataRefusedError(
                "A reader is to repeat who is not among the readers; name the reader in both lists.", "no-such-reader"
            )
    for code in experience:
        if code not in readers:
            raise DataRefusedError(
                f"The experience is of '{one_line(code, 40)}', who is not among the readers; name a reader's code.",
                "no-such-reader",
            )
    plans = tuple(
        ReaderPlan(
            checked_identifier(code, f"Reader code {number}"),
            (FIRST_ROUND, REPEAT_ROUND) if code in repeating else (FIRST_ROUND,),
            checked_experience(experience.get(code, "")),
        )
        for number, code in enumerate(readers, start=1)
    )
    refuse_look_alikes(readers, "reader code")
    return plans


def refuse_readers_beyond_analysis(rounds: Mapping[str, Collection[int]]) -> None:
    """Refuse a plan of readings that no analysis can take whole: it compares two readers, of whom one repeats.

    Asked when a study is made and again when it is analysed, so that no reader is left out in silence. A study that
    was made before still opens. Fewer readers, or none who repeats, are no fault: such a study is read, extracted and
    exported (`lacking_for_agreement`).

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
            f"The study has {len(repeating)} readers who repeat, and intra-reader agreement is of one; let one of them "
            "repeat.",
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
        f"Agreement needs two readers, one of whom repeats, and in this study {lacks}; it can be read, extracted, "
        "reported without it and exported."
    )
