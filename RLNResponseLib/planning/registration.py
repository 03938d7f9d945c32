"""How a study departed from what it registered before it began, and what of it is still to come, as far as its folder
shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from RLNResponseLib.common.wording import counted
from RLNResponseLib.planning.reached import ReachedNumbers, reached_numbers
from RLNResponseLib.planning.registered import Registration, noted_registrations
from RLNResponseLib.study.after_unblinding import after_unblinding
from RLNResponseLib.study.exclusions import flow
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.split import SETS
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import missing_readings


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


@dataclass(frozen=True)
class Pending:
    """What was registered and is not done yet, and still can be: no deviation.

    Attributes
    ----------
    what
        Such as "lymph nodes read twice".
    registered, so_far
        In words.
    """

    what: str
    registered: str
    so_far: str


def deviations(
    registration: Registration,
    study: Study,
    called_primary: Sequence[str] | None = None,
    *,
    analysed: bool = False,
) -> tuple[Deviation, ...]:
    """How a study departed from its registration, as far as the study folder shows: what was done otherwise, or can no
    longer be done as registered.

    Parameters
    ----------
    registration
        What was decided before.
    study
        The opened study folder; what a study still blinded has not reached is `pending`.
    called_primary
        The analyses that were called primary in the end, in the words of the registration; None where its authors have
        not said.
    analysed
        Whether the study is reported as it is now, as where its authors have said what they called primary: a split
        that was registered and not made is a deviation then.

    Returns
    -------
    tuple of Deviation
        None where it is as registered.

    Raises
    ------
    DataRefusedError
        unreadable-study, bad-split, protocol-changed, damaged-record.
    """
    reached, at_the_end = reached_numbers(study), analysed or called_primary is not None
    return (
        *_of_protocol(registration.protocol, study.protocol),
        *_of_registering(registration, study),
        *_of_readers(registration, study),
        *(each for each in _of_numbers(registration, study, reached, at_the_end) if isinstance(each, Deviation)),
        *_of_folder(study, reached),
        *_of_primary(registration.primary, called_primary),
    )


def pending(registration: Registration, study: Study, *, analysed: bool = False) -> tuple[Pending, ...]:
    """What of a registration is not done yet, and still can be.

    Planned numbers while the study is blinded, whose lymph nodes can still be read and to which some can be added; a
    split that was registered, and the lymph nodes of its sets, until it is made.

    Parameters
    ----------
    registration
        What was decided before.
    study
        The opened study folder.
    analysed
        As for `deviations`.

    Returns
    -------
    tuple of Pending

    Raises
    ------
    DataRefusedError
        bad-split, damaged-record.
    """
    found = _of_numbers(registration, study, reached_numbers(study), analysed)
    return tuple(each for each in found if isinstance(each, Pending))


def departures(study: Study) -> tuple[Deviation, ...]:
    """How a study without a registration departed from the protocol that was frozen, as far as its folder shows.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    tuple of Deviation

    Raises
    ------
    DataRefusedError
        unreadable-study, bad-split, protocol-changed, damaged-record.
    """
    return tuple(_of_folder(study, reached_numbers(study)))


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


def split_words(split: bool) -> str:
    """Whether patients are split, in words.

    Parameters
    ----------
    split
        As registered, or as done.

    Returns
    -------
    str
    """
    return "split into training and validation" if split else "analysed together"


def _of_protocol(registered: Protocol, now: Protocol) -> Iterator[Deviation]:
    before, after = rules(registered), rules(now)
    for what in before:
        if before[what] != after[what]:
            yield Deviation(what, before[what], after[what])


def _of_registering(registration: Registration, study: Study) -> Iterator[Deviation]:
    noted = noted_registrations(study)
    own = next((each for each in noted if each.registration == registration), None)
    first = min((reading.locked_at for reading in study.readings()), default=None)
    if noted and own is None:
        others = ", ".join(each.registration.day for each in noted)
        yield Deviation("registration", f"of {registration.day}", f"the study's log holds another, of {others}")
    late = (
        first is not None and first < datetime.fromisoformat(registration.made)
        if own is None
        else not own.before_readings
    )
    if late and first is not None:
        yield Deviation("registered", "before the first reading", f"after it: {first.date()} was the first")
    for each in noted:
        if each is not own and not each.before_readings:
            yield Deviation("registered again", "never after the first reading", f"on {each.registration.day}")


def _of_readers(registration: Registration, study: Study) -> Iterator[Deviation]:
    plan = registration.plans.get("agreement")
    if plan is None:
        return
    readers = len(study.protocol.readers)
    if isinstance(plan.get("readers"), int) and plan["readers"] != readers:
        yield Deviation("readers", str(plan["readers"]), str(readers))
    rule = study.protocol.icc
    if rule is not None and (plan.get("form"), plan.get("threshold")) != (rule.form, rule.threshold):
        yield Deviation(
            "ICC that was planned for", f"{plan.get('form')} above {plan.get('threshold')}", _rule(study.protocol)
        )


def _of_numbers(
    registration: Registration, study: Study, reached: ReachedNumbers, analysed: bool
) -> Iterator[Deviation | Pending]:
    """Numbers that were not reached, and the split."""
    unblinded = study.unblinding() is not None
    plan = registration.plans.get("agreement", {})
    for what, (planned, done) in {
        "lymph nodes read by every reader": (plan.get("lymph_nodes"), reached.read_by_all),
        "patients with such a lymph node": (plan.get("patients"), reached.patients),
        "lymph nodes read twice": (plan.get("lymph_nodes"), reached.read_twice),
    }.items():
        if isinstance(planned, int) and done is not None and done < planned:
            yield _short(what, f"{planned} or more", str(done), ended=unblinded)
    # Before unblinding there is nothing to split by.
    to_split = bool(registration.split) and not reached.split and not (unblinded and analysed)
    if to_split:
        yield Pending("patients", split_words(True), "not split yet" if unblinded else "still blinded")
    elif registration.split not in (None, reached.split) and unblinded:
        yield Deviation("patients", split_words(not reached.split), split_words(reached.split))
    for kind, set_name in zip(("development", "validation"), SETS, strict=True):
        planned = registration.plans.get(kind, {}).get("cases")
        what = f"lymph nodes with a known response, for {kind}"
        if isinstance(planned, int) and (reached.cases is None or to_split):
            yield Pending(what, f"{planned} or more", "not split yet" if unblinded else "still blinded")
        elif isinstance(planned, int) and reached.cases is not None and reached.cases.get(set_name, 0) < planned:
            yield Deviation(what, f"{planned} or more", str(reached.cases.get(set_name, 0)))


def _short(what: str, registered: str, done: str, *, ended: bool) -> Deviation | Pending:
    return Deviation(what, registered, done) if ended else Pending(what, registered, f"{done} so far")


def _of_unblinding(study: Study) -> Iterator[Deviation]:
    unblinding = study.unblinding()
    if unblinding is None:
        return
    missing = [reading.key for reading in missing_readings(study)]
    for what, keys in {
        "first readings": [key for key in missing if key.round == FIRST_ROUND],
        "repeats": [key for key in missing if key.round != FIRST_ROUND],
    }.items():
        if keys:
            reasons = {unblinding.missing.get(f"{key.lymph_node}/{key.name}", "") for key in keys} - {""}
            why = f", for: {'; '.join(sorted(reasons))}" if reasons else ""
            yield Deviation(what, "all", f"{len(keys)} never made{why}")
    if unblinding.missing:
        early = f"{counted(len(unblinding.missing), 'reading')} before"
        yield Deviation("unblinded", "after the last reading", f"on {unblinding.unblinded_at.date()}, {early}")
    if unblinding.despite is not None:
        yield Deviation(
            "unblinded", "when verification finds no problem", f"though it found some, for: {unblinding.despite}"
        )


def _of_folder(study: Study, reached: ReachedNumbers) -> Iterator[Deviation]:
    """Of readings, exclusions and what came after unblinding: what no registration is needed for."""
    yield from _of_unblinding(study)
    yield from _of_exclusions(study, reached)
    yield from (Deviation("after unblinding", "nothing", phrase) for phrase in after_unblinding(study).phrases())


def _of_exclusions(study: Study, reached: ReachedNumbers) -> Iterator[Deviation]:
    numbers = flow(study)
    for what, reasons in {
        "excluded patients": numbers.excluded_patients,
        "excluded lymph nodes of patients who stay": numbers.excluded_lymph_nodes,
    }.items():
        if reasons:
            words = "; ".join(f"{count} for: {reason}" for reason, count in reasons.items())
            yield Deviation(what, "none", f"{sum(reasons.values())} ({words})")
    if reached.readings_left_out:
        yield Deviation("readings left out", "none", f"{reached.readings_left_out}, of excluded lymph nodes")


def _of_primary(registered: Sequence[str], called: Sequence[str] | None) -> Iterator[Deviation]:
    if called is None:
        return
    before, after = _by_words(registered), _by_words(called)
    for words in before.keys() - after.keys():
        yield Deviation(f"primary analysis: {before[words]}", "primary", "not called so")
    for words in after.keys() - before.keys():
        yield Deviation(f"primary analysis: {after[words]}", "not named", "called primary")


def _by_words(analyses: Sequence[str]) -> Mapping[str, str]:
    """By what two people would take for the same text: case and spaces tell none apart."""
    return {" ".join(each.casefold().split()): each for each in analyses}


def _rule(protocol: Protocol) -> str:
    rule = protocol.icc
    return "none" if rule is None else f"{rule.form} above {rule.threshold:g}, on the {rule.judged}"
