"""The registration of a study as one page to print, and what departed from it in words."""

from __future__ import annotations

from collections.abc import Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.planning.registration import Deviation, Registration, rules
from RLNResponseLib.report.page.html import templates
from RLNResponseLib.report.text.sentences import Sentence


def registration_page(registration: Registration, file: str) -> str:
    """One page of HTML, nothing loaded from outside, everything escaped.

    Parameters
    ----------
    registration
        What was decided.
    file
        Name of the JSON that lies beside it.

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
            rules=list(rules(registration.protocol).items()),
            plans=plans,
            made=registration.made[:10],
            notice=RESEARCH_USE_ONLY,
            file=file,
        )
    )
    return page


def deviation_sentences(registration: Registration, found: Sequence[Deviation]) -> tuple[Sentence, ...]:
    """What departed from a registration.

    Parameters
    ----------
    registration
        What was decided before.
    found
        The deviations.

    Returns
    -------
    tuple of Sentence
    """
    first = (
        f"{len(found)} deviations from the registration of {registration.made[:10]}:"
        if len(found) > 1
        else f"1 deviation from the registration of {registration.made[:10]}:"
        if found
        else f"No deviation from the registration of {registration.made[:10]} that the study folder shows."
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
        Sentence(
            kind="statement",
            text="Which analyses were called primary is for its authors to compare: "
            + ("; ".join(registration.primary) or "none was named")
            + ".",
        ),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )
