"""Decisions about who is left out, and the flow that is counted from them, worked out by hand."""

import pytest

from RLNResponseLib.study import exclusions
from RLNResponseLib.study.exclusions import (
    decisions,
    exclude,
    excluded_lymph_nodes,
    excluded_patients,
    flow,
)
from RLNResponseLib.study.imports import import_clinical


def test_the_flow_counts_a_lymph_node_once_its_patients_reason_first(small):
    exclude(small.study, "P1", "vessel", small.on(), "LN2")
    exclude(small.study, "P2", "not squamous", small.on(1))
    counted = flow(small.study)
    assert (counted.enrolled_patients, counted.analysed_patients) == (2, 1)
    assert (counted.enrolled_lymph_nodes, counted.analysed_lymph_nodes) == (3, 1)
    assert (counted.excluded_patients, counted.excluded_lymph_nodes) == ({"not squamous": 1}, {"vessel": 1})
    exclude(small.study, "P1", "not squamous", small.on(2))
    counted = flow(small.study)
    assert (counted.analysed_patients, counted.analysed_lymph_nodes) == (0, 0)
    assert (counted.excluded_patients, counted.excluded_lymph_nodes) == ({"not squamous": 2}, {})
    assert excluded_lymph_nodes(small.study) == dict.fromkeys(("LN1", "LN2", "LN3"), "not squamous")


def test_the_last_decision_holds_and_all_stay_readable(small):
    for number, excluded in enumerate((True, False, True, False)):
        exclude(small.study, "P1", f"thought {number}", small.on(number), excluded=excluded)
        assert excluded_patients(small.study) == ({"P1": f"thought {number}"} if excluded else {})
    assert [(d.number, d.excluded, d.reason) for d in decisions(small.study)] == [
        (1, True, "thought 0"),
        (2, False, "thought 1"),
        (3, True, "thought 2"),
        (4, False, "thought 3"),
    ]


def test_an_excluded_patient_without_lymph_nodes_in_the_table_is_said(small):
    assert flow(small.study).all_lymph_nodes_known
    import_clinical(small.study, small.tables(patients="patient\nP1\nP2\nP3\n"), small.on())
    exclude(small.study, "P3", "no CT", small.on())
    assert not flow(small.study).all_lymph_nodes_known


@pytest.mark.parametrize(
    ("arguments", "excluded", "code"),
    [
        (("P9", "why", None), True, "no-such-patient"),
        (("P1", "why", "LN9"), True, "no-such-lymph-node"),
        (("P1", "why", "LN3"), True, "no-such-lymph-node"),
        (("P1", " \t", None), True, "no-reason"),
        (("P1", "two\nlines", None), True, "no-reason"),
        (("P1", "x" * 201, None), True, "no-reason"),
        (("P1", "why", None), False, "already-so"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_and_writes_nothing(small, refusal, arguments, excluded, code):
    patient, reason, lymph_node = arguments
    before = small.tree()
    decide = lambda: exclude(small.study, patient, reason, small.on(), lymph_node, excluded=excluded)  # noqa: E731
    assert refusal(decide) == code
    assert small.tree() == before


def test_deciding_twice_is_refused_also_for_one_lymph_node(small, refusal):
    exclude(small.study, "P1", "vessel", small.on(), "LN1")
    assert refusal(lambda: exclude(small.study, "P1", "again", small.on(), "LN1")) == "already-so"
    # The patient is another subject.
    assert exclude(small.study, "P1", "not squamous", small.on()).lymph_node is None


def test_of_two_programs_that_decide_at_once_the_second_is_refused(small, refusal, monkeypatch):
    first = exclude(small.study, "P1", "vessel", small.on())
    with monkeypatch.context() as patch:  # it read the decisions before the first was made
        patch.setattr(exclusions, "decisions", lambda study: ())
        assert refusal(lambda: exclude(small.study, "P1", "not squamous", small.on())) == "record-exists"
    assert decisions(small.study) == (first,)
