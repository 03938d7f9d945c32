"""The section on what was decided beforehand, and what departed from it."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import counted
from RLNResponseLib.planning.registered import registration_of
from RLNResponseLib.planning.registration import Deviation, departures, deviations, rules, split_words
from RLNResponseLib.report.page.parts import PageTable, Part, Section, section, tabled, text
from RLNResponseLib.study.study import Study


def protocol_section(study: Study) -> Section:
    """The rules that were frozen, and each deviation from them.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    Section
    """
    parts: list[Part] = [text(_frozen(study), see=("protocol",))]
    try:
        registration = registration_of(study)
        if registration is None:
            parts.append(
                text("The study's log holds no registration: nothing shows what was planned beyond these rules.")
            )
            found = departures(study)
        else:
            parts.append(text(f"Registered on {registration.day}, in the study's log."))
            found = deviations(registration, study, analysed=True)
    except DataRefusedError as refusal:
        return section("protocol", _TITLE, (*parts, text(f"The deviations cannot be listed: {refusal}")))
    return section("protocol", _TITLE, (*parts, *_deviations(found)))


def protocol_table(study: Study) -> PageTable:
    """The rules that were decided beforehand: those that were registered, or else frozen.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    PageTable
    """
    try:
        registration = registration_of(study)
    except DataRefusedError:
        # The section on deviations says so.
        registration = None
    protocol = study.protocol if registration is None else registration.protocol
    # The title heads the report.
    rows = [(name, value) for name, value in rules(protocol).items() if name != "title"]
    if registration is not None:
        rows += [] if registration.split is None else [("patients", split_words(registration.split))]
        rows += [("primary analyses", "; ".join(registration.primary) or "none was named")]
    return PageTable(name="protocol", title="The protocol", header=("rule", "decided beforehand"), rows=tuple(rows))


_TITLE = "The protocol, and deviations from it"


def _frozen(study: Study) -> str:
    unblinding = study.unblinding()
    if unblinding is None:
        return "The study is not unblinded, and its protocol not frozen."
    day = unblinding.unblinded_at.date().isoformat()
    return f"The protocol was frozen, and the study unblinded, on {day}."


def _deviations(found: tuple[Deviation, ...]) -> list[Part]:
    if not found:
        return [text("No deviation that the study folder shows.")]
    return [
        tabled(
            PageTable(
                name="deviations",
                title=f"{counted(len(found), 'deviation')} that the study folder shows",
                header=("what", "decided beforehand", "done"),
                rows=tuple((each.what, each.registered, each.done) for each in found),
            )
        )
    ]
