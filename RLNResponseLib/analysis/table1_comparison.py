"""Table 1 of a cohort beside the paper's, margin by margin, as published and as counted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.common.wording import NOT_DEFINED, p_cell, with_limits
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.statistics.group_tests import compare_counts
from RLNResponseLib.statistics.standardised_differences import difference_of_counts, difference_of_values
from RLNResponseLib.study.clinical import ClinicalTables
from RLNResponseLib.study.patients import LymphNodeOutcome, Patient
from RLNResponseLib.study.split import SETS
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.endpoint import State, two_year_state
from RLNResponseLib.survival.follow_up import follow_up

MARGIN_SETS = ("all", *SETS)

# variable and level, as the published file names them
Margin = tuple[str, str | None, str]
Counts = Mapping[str, int | None]


@dataclass(frozen=True, kw_only=True)
class PublishedTable1:
    """What is known of the paper's Table 1 (Resources/published/gu2021-table1.json).

    Attributes
    ----------
    citation
        Of the paper.
    source_note
        Where the figures are from.
    margins
        (variable, level, unit) → count by set; None where it is not published.
    measured
        Variable → its statistic in words ("median (range), years"), and by set what is published.
    p_values
        Variable → (published p, its test as the paper names it).
    disagreements
        Where the paper disagrees with itself, one sentence each.
    """

    citation: str
    source_note: str
    margins: Mapping[Margin, Counts]
    measured: Mapping[str, tuple[str, Mapping[str, str]]]
    p_values: Mapping[str, tuple[float, str]]
    disagreements: tuple[str, ...]


def published_table1() -> PublishedTable1:
    """The published margins.

    Returns
    -------
    PublishedTable1
    """
    path = resources_folder() / "published" / "gu2021-table1.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return PublishedTable1(
        citation=content["citation"],
        source_note=content["source_note"],
        margins={
            (m["variable"], m["level"], m["unit"]): {name: m[name] for name in MARGIN_SETS} for m in content["margins"]
        },
        measured={row["variable"]: (_statistic(row), {n: row[n] for n in MARGIN_SETS}) for row in content["measured"]},
        p_values={row["variable"]: (row["p"], row["test"]) for row in content["p_values"]},
        disagreements=tuple(content["disagreements"]),
    )


def _statistic(row: Mapping[str, str]) -> str:
    return f"{row['statistic']}{', ' if row['unit'] else ''}{row['unit']}"


@dataclass(frozen=True)
class Cohort:
    """The analysed patients of a study, with their sets.

    Attributes
    ----------
    tables
        Patients and lymph nodes with their outcomes.
    sets
        Patient → "training" or "validation"; patients in neither are not analysed.
    """

    tables: ClinicalTables
    sets: Mapping[str, str]

    def patients(self, set_name: str) -> tuple[Patient, ...]:
        """The patients of a set, or of both with "all"."""
        return tuple(patient for patient in self.tables.patients if self._is_of(patient.id, set_name))

    def lymph_node_outcomes(self, set_name: str) -> tuple[LymphNodeOutcome, ...]:
        """The outcomes of the lymph nodes of a set."""
        pairs = zip(self.tables.lymph_nodes, self.tables.lymph_node_outcomes, strict=True)
        return tuple(outcome for lymph_node, outcome in pairs if self._is_of(lymph_node.patient, set_name))

    def lymph_nodes_of(self, patient: str) -> int:
        """How many lymph nodes a patient has."""
        return sum(lymph_node.patient == patient for lymph_node in self.tables.lymph_nodes)

    def early_deaths(self, set_name: str) -> tuple[str, ...]:
        """The patients, one entry a lymph node, who died within two years before the lymph node recurred."""
        return tuple(patient for patient, state in self.two_year_states(set_name) if state == "left out")

    def two_year_states(self, set_name: str) -> tuple[tuple[str, State | None], ...]:
        """The patient and the two-year state of each lymph node of a set."""
        of_patient = {outcome.patient: outcome for outcome in self.tables.patient_outcomes}
        owner = {lymph_node.id: lymph_node.patient for lymph_node in self.tables.lymph_nodes}
        outcomes = ((owner[outcome.lymph_node], outcome) for outcome in self.lymph_node_outcomes(set_name))
        return tuple((patient, two_year_state(outcome, of_patient[patient])) for patient, outcome in outcomes)

    def _is_of(self, patient: str, set_name: str) -> bool:
        return patient in self.sets if set_name == "all" else self.sets.get(patient) == set_name


def count_margin(cohort: Cohort, margin: Margin, set_name: str) -> int:
    """One margin counted in a set of a cohort; a value that is missing is in no margin.

    Parameters
    ----------
    cohort
        The patients and lymph nodes that are counted.
    margin
        Variable, level and unit, as the published table names them.
    set_name
        The set that is counted: all, training or validation.

    Returns
    -------
    int
    """
    variable, level, unit = margin
    return _COUNTERS[variable](cohort, level, unit, set_name)


def _patients_or_lymph_nodes(cohort: Cohort, level: str | None, unit: str, set_name: str) -> int:
    return len(cohort.patients(set_name)) if unit == "patients" else len(cohort.lymph_node_outcomes(set_name))


def _per_patient(cohort: Cohort, level: str | None, unit: str, set_name: str) -> int:
    return sum((cohort.lymph_nodes_of(patient.id) == 1) is (level == "one") for patient in cohort.patients(set_name))


def _of_patient(field: str) -> Callable[[Cohort, str | None, str, str], int]:
    def count(cohort: Cohort, level: str | None, unit: str, set_name: str) -> int:
        return sum(_text(getattr(patient, field)) == level for patient in cohort.patients(set_name))

    return count


def _response(cohort: Cohort, level: str | None, unit: str, set_name: str) -> int:
    return sum(outcome.responded is (level == "CR or PR") for outcome in cohort.lymph_node_outcomes(set_name))


def _local_control(cohort: Cohort, level: str | None, unit: str, set_name: str) -> int:
    if level == "left out, early death":
        early = cohort.early_deaths(set_name)
        return len(set(early)) if unit == "patients" else len(early)
    return sum(state == level for _, state in cohort.two_year_states(set_name))


def _is_known(cohort: Cohort, variable: str, set_name: str) -> bool:
    """Where no outcome is known, a count of 0 would be one."""
    if variable == "response":
        return any(outcome.responded is not None for outcome in cohort.lymph_node_outcomes(set_name))
    if variable == "two-year local control":
        return any(state is not None for _, state in cohort.two_year_states(set_name))
    return True


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)


_COUNTERS: Mapping[str, Callable[[Cohort, str | None, str, str], int]] = {
    "patients": _patients_or_lymph_nodes,
    "lymph nodes": _patients_or_lymph_nodes,
    "lymph nodes per patient": _per_patient,
    "gender": _of_patient("gender"),
    "T stage": _of_patient("t_stage"),
    "N involved": _of_patient("n_involved"),
    "postoperative chemotherapy": _of_patient("postoperative_chemotherapy"),
    "concurrent chemotherapy": _of_patient("concurrent_chemotherapy"),
    "response": _response,
    "two-year local control": _local_control,
}


_MEASURED = {
    "age": "age_years",
    "months to lymph node recurrence": "months_to_recurrence",
    "radiation dose": "dose_gy",
}
NOT_PUBLISHED = "not published"
TOO_FEW = "too few values"


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One margin in one set.

    Attributes
    ----------
    variable
        Its name, with level and unit.
    set
        Which lymph nodes.
    published
        What is published; "not published" where the paper has no figure.
    found
        The cohort's.
    difference
        The cohort's − the published; "" where there is none.
    """

    variable: str
    set: str
    published: str
    found: str
    difference: str = ""


def table1_beside_published(cohort: Cohort, scores: Mapping[str, float] | None = None) -> tuple[ComparisonRow, ...]:
    """Every margin of the paper's Table 1 beside the cohort's, then p-values, medians and the Rad-scores by response.

    Parameters
    ----------
    cohort
        The patients and lymph nodes that are counted.
    scores
        Lymph node → Rad-score of reader 1's first contour; without them no score is compared.

    Returns
    -------
    tuple of ComparisonRow
    """
    rows = [*_margins(cohort), *_p_values(cohort), *_medians(cohort)]
    return (*rows, *(_scores(cohort, scores) if scores else ()))


def _margins(cohort: Cohort) -> list[ComparisonRow]:
    rows = []
    for margin, counts in published_table1().margins.items():
        variable, level, unit = margin
        name = variable if level is None else f"{variable}: {level} ({unit})"
        for set_name in MARGIN_SETS:
            count, known = count_margin(cohort, margin, set_name), counts[set_name]
            is_known = _is_known(cohort, variable, set_name)
            difference = "" if known is None or not is_known else f"{count - known:+d}"
            rows.append(
                ComparisonRow(
                    variable=name,
                    set=set_name,
                    published=NOT_PUBLISHED if known is None else str(known),
                    found=str(count) if is_known else NOT_DEFINED,
                    difference=difference,
                )
            )
    return rows


def recomputed_p(variable: str) -> str:
    """What the published counts of a variable give, and whether that is the published p.

    Parameters
    ----------
    variable
        As the published table names it.

    Returns
    -------
    str
        Such as "its counts give χ² 0.480, Fisher 0.478: not reproduced"; "" where it has no counts.

    Examples
    --------
    >>> recomputed_p("gender")
    'its counts give Fisher 0.295, χ² 0.228: reproduced'
    """
    published = published_table1()
    counts = [known for margin, known in published.margins.items() if margin[0] == variable]
    if not counts:
        return ""
    tests = compare_counts([[of[name] or 0 for name in SETS] for of in counts])
    p = f"{published.p_values[variable][0]:.3f}"
    agrees = any(p_cell(test.p) == p for test in tests)
    words = ", ".join(f"{test.name} {p_cell(test.p)}" for test in tests)
    return f"its counts give {words}: {'reproduced' if agrees else 'not reproduced'}"


def _p_values(cohort: Cohort) -> list[ComparisonRow]:
    """p of training against validation: published, recomputed from the published counts, and of the cohort how far its
    sets are apart, since a p-value of sets that were dealt would test the deal.
    """
    published = published_table1()
    rows = []
    for variable, (p, test) in published.p_values.items():
        words = recomputed_p(variable) or f"{test}; it cannot be recomputed"
        margins = [margin for margin in published.margins if margin[0] == variable]
        counts = [[count_margin(cohort, margin, set_name) for set_name in SETS] for margin in margins]
        is_split = all(cohort.patients(set_name) for set_name in SETS)
        apart = (difference_of_counts(counts) if counts else _apart(cohort, variable)) if is_split else None
        found = "no standardised difference" if apart is None else f"standardised difference {apart:.2f}"
        rows.append(
            ComparisonRow(
                variable=f"{variable}: p", set="training and validation", published=f"{p:.3f} ({words})", found=found
            )
        )
    return rows


def _apart(cohort: Cohort, variable: str) -> float | None:
    """The standardised difference of the means of a measured variable; None of times to an event."""
    if variable not in _MEASURED:
        return None
    training, validation = (_known(cohort, variable, set_name) for set_name in SETS)
    return difference_of_values(training, validation)


def _known(cohort: Cohort, variable: str, set_name: str) -> list[float]:
    values = (getattr(patient, _MEASURED[variable]) for patient in cohort.patients(set_name))
    return [value for value in values if value is not None and math.isfinite(value)]


def _medians(cohort: Cohort) -> list[ComparisonRow]:
    rows = []
    for variable, (statistic, published) in published_table1().measured.items():
        for set_name in MARGIN_SETS:
            found = (
                _median_range(_known(cohort, variable, set_name))
                if variable in _MEASURED
                else _median_control(cohort, set_name)
            )
            rows.append(
                ComparisonRow(
                    variable=f"{variable}: {statistic}", set=set_name, published=published[set_name], found=found
                )
            )
    return rows


def _median_range(values: Sequence[float]) -> str:
    return f"{np.median(values):g} ({min(values):g}-{max(values):g})" if values else TOO_FEW


def _median_control(cohort: Cohort, set_name: str) -> str:
    """Kaplan and Meier's median with log-log limits."""
    known = [
        (outcome.local_control_months, outcome.local_recurrence)
        for outcome in cohort.lymph_node_outcomes(set_name)
        if outcome.local_control_months is not None and outcome.local_recurrence is not None
    ]
    if not any(event for _, event in known):
        return TOO_FEW
    months, events = zip(*known, strict=True)
    median = kaplan_meier(follow_up(np.array(months), np.array(events))).median
    return with_limits(median.value, *median.log_log, ".1f", undefined="not reached")


def _scores(cohort: Cohort, scores: Mapping[str, float]) -> list[ComparisonRow]:
    rows = []
    for published in published_models()[0].group_means:
        responded = published.group == "responder"
        outcomes = cohort.lymph_node_outcomes(published.set)
        scored = (outcome for outcome in outcomes if outcome.lymph_node in scores)
        values = [scores[outcome.lymph_node] for outcome in scored if outcome.responded is responded]
        difference = f"{np.mean(values) - published.mean:+.3f}" if len(values) > 1 else ""
        known = f"{published.mean:.3f} ± {published.sd:.3f}"
        name = f"Rad-score of {published.group}s: mean ± SD"
        rows.append(
            ComparisonRow(
                variable=name, set=published.set, published=known, found=_mean_sd(values, 3), difference=difference
            )
        )
    return rows


def _mean_sd(values: Sequence[float | None], digits: int = 1) -> str:
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    if len(known) < 2:
        return TOO_FEW
    return f"{known.mean():.{digits}f} ± {known.std(ddof=1):.{digits}f}"
