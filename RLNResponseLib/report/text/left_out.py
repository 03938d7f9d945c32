"""Which lymph nodes a score of an outcome is not judged on, by name."""

from __future__ import annotations

from RLNResponseLib.analysis.without_outcome import without_outcome
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import are, counted

# More would be a page of names; who is left out follows from the outcomes in the study's table.
_MOST_NAMES = 24
_OUTCOMES = {"response": "The response", "two_year_control": "Two-year local control"}


def left_out_sentences(cases: Table, outcome: str) -> tuple[str, ...]:
    """Who is left out of a score's table, and why; nothing where nobody is.

    Parameters
    ----------
    cases
        Of `study_cases`.
    outcome
        The column.

    Returns
    -------
    tuple of str
    """
    if cases.rows and all(not row[outcome] for row in cases.rows) and not without_outcome(cases, outcome).died_first:
        return (f"{_OUTCOMES[outcome]} is not known of any of the {counted(len(cases.rows), 'lymph node')}.",)
    found, by_set = without_outcome(cases, outcome), {row["lymph_node"]: row["set"] for row in cases.rows}
    said = []
    if found.died_first:
        who = _who(found.died_first, by_set)
        said.append(
            f"Left out of the score's own table, as published, {are(len(found.died_first))} {who} whose patient died "
            "within two years without recurrence; the outcome is known, and competes in the tables that say so."
        )
    if found.unknown:
        who = _who(found.unknown, by_set)
        said.append(f"{_OUTCOMES[outcome]} is not known of {who}, left out.")
    return tuple(said)


def _who(names: tuple[str, ...], by_set: dict[str, str]) -> str:
    sets = [by_set[name] for name in names]
    split = ", ".join(f"{sets.count(each)} {each}" for each in dict.fromkeys(sets))
    named = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{counted(len(names), 'lymph node')} ({split}: {named}{f' and {more} more' if more > 0 else ''})"
