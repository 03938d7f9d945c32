"""The registration of a study as one page to print, and what departed from it in words."""

from __future__ import annotations

from collections.abc import Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.planning.registered import Registration
from RLNResponseLib.planning.registration import Deviation, Pending, rules, split_words
from RLNResponseLib.report.page.html import templates
from RLNResponseLib.report.text.sentences import Sentence


def registration_page(
    registration: Registration,
    file: str,
    at_the_end: Sequence[Sentence] = (),
    found: Sequence[Deviation] = (),
    to_come: Sequence[Pending] = (),
) -> str:
    """One page of HTML, nothing loaded from outside, everything escaped.

    Parameters
    ----------
    registration
        What was decided.
    file
        Name of the JSON that lies beside it.
    at_the_end
        What departed from it, in sentences; none on the page that registers.
    found
        The same, as a table.
    to_come
        What is not done yet, as a table.

    Returns
    -------
    str

    Raises
    ------
    DataRefusedError
        missing-package without jinja2.
    """
    plans = [
        (kind.capitalize(), [str(sentence) for sentence in plan.get("sentences", ())])
        for kind, plan in registration.plans.items()
    ]
    page: str = (
        templates()
        .get_template("registration.html.j2")
        .render(
            registration=registration,
            protocol=registration.protocol,
            rules=[*rules(registration.protocol).items(), *_split(registration)],
            at_the_end=[each.text for each in at_the_end if each.kind != "notice" and not each.indent],
            deviations=found,
            pending=to_come,
            plans=plans,
            made=registration.day,
            notice=RESEARCH_USE_ONLY,
            file=file,
        )
    )
    return page


def deviation_sentences(
    registration: Registration,
    found: Sequence[Deviation],
    to_come: Sequence[Pending] = (),
    *,
    primary_compared: bool = False,
) -> tuple[Sentence, ...]:
    """What departed from a registration.

    Parameters
    ----------
    registration
        What was decided before.
    found
        The deviations.
    to_come
        What is not done yet, and still can be.
    primary_compared
        Whether those called primary in the end are among what was compared.

    Returns
    -------
    tuple of Sentence
    """
    first = (
        f"{len(found)} deviations from the registration of {registration.day}:"
        if len(found) > 1
        else f"1 deviation from the registration of {registration.day}:"
        if found
        else f"No deviation from the registration of {registration.day} that the study folder shows."
    )
    return (
        Sentence(kind="statement", text=first),
        *(
            Sentence(
                kind="statement",
                text=f"{each.what}: registered {each.registered}; done {each.done}",
                indent=2,
            )
            for each in found
        ),
        *_to_come(to_come),
        *(
            ()
            if primary_compared
            else (
                Sentence(
                    kind="statement",
                    text="Which analyses were called primary is for its authors to compare: "
                    + ("; ".join(registration.primary) or "none was named")
                    + ".",
                ),
            )
        ),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _to_come(found: Sequence[Pending]) -> list[Sentence]:
    if not found:
        return []
    lines = (f"{each.what}: registered {each.registered}; {each.so_far}" for each in found)
    return [
        Sentence(kind="statement", text="Not done yet, and no deviation while it can be:"),
        *(Sentence(kind="statement", text=line, indent=2) for line in lines),
    ]


def _split(registration: Registration) -> tuple[tuple[str, str], ...]:
    return () if registration.split is None else (("patients", split_words(registration.split)),)
