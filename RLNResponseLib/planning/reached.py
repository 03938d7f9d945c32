"""What a study has reached of what was planned: counted from its folder, so far or at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.split import SETS, recorded_split
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ReachedNumbers:
    """Counts that stand against planned ones; excluded lymph nodes count nowhere but in the last.

    Attributes
    ----------
    read_by_all
        Lymph nodes that every reader of the protocol read in round 1.
    patients
        Whose these are.
    read_twice
        Lymph nodes of which every repeat that the protocol assigns is locked; None where it assigns none.
    cases
        Set → lymph nodes with a known response; all in "training" where nobody split the patients. None while blinded.
    split
        Whether results/split.csv is there.
    readings_left_out
        Locked readings of lymph nodes that were excluded.
    """

    read_by_all: int
    patients: int
    read_twice: int | None
    cases: Mapping[str, int] | None
    split: bool
    readings_left_out: int


def reached_numbers(study: Study) -> ReachedNumbers:
    """Count what a study has reached.

    Parameters
    ----------
    study
        An opened study; of a blinded one no outcome is looked at.

    Returns
    -------
    ReachedNumbers

    Raises
    ------
    DataRefusedError
        bad-split, damaged-record.
    """
    left_out = excluded_lymph_nodes(study)
    # A second CT is no further lymph node, and was not planned as one.
    later = {scan.lymph_node for scan in study.clinical_tables().later_scans}
    by_round: dict[tuple[str, bool], set[str]] = {}
    readings_left_out = 0
    for reading in study.current_readings():
        key = reading.key
        if key.lymph_node in later:
            continue
        if key.lymph_node in left_out:
            readings_left_out += 1
        else:
            by_round.setdefault((key.lymph_node, key.round == FIRST_ROUND), set()).add(key.reader)
    plans = study.protocol.readers
    first = {plan.code for plan in plans}
    repeating = {plan.code for plan in plans if any(number != FIRST_ROUND for number in plan.rounds)}
    read_by_all = {name for (name, is_first), codes in by_round.items() if is_first and first <= codes}
    read_twice = {name for (name, is_first), codes in by_round.items() if not is_first and repeating <= codes}
    sets = recorded_split(study)
    return ReachedNumbers(
        read_by_all=len(read_by_all),
        patients=len({each.patient for each in study.lymph_nodes() if each.id in read_by_all}),
        read_twice=len(read_twice & read_by_all) if repeating else None,
        cases=_cases(study, left_out, sets) if study.unblinding() is not None else None,
        split=sets is not None,
        readings_left_out=readings_left_out,
    )


def _cases(study: Study, left_out: Mapping[str, str], sets: Mapping[str, str] | None) -> Mapping[str, int]:
    tables = study.outcomes()
    return Counter(
        SETS[0] if sets is None else sets[lymph_node.patient]
        for lymph_node, outcome in zip(tables.lymph_nodes, tables.lymph_node_outcomes, strict=True)
        if outcome.responded is not None
        and lymph_node.id not in left_out
        and (sets is None or lymph_node.patient in sets)
    )
