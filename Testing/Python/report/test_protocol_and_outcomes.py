"""What a reader asks first: which rules were frozen and broken, what counts as recurrence, how a simulation drew it."""

import re
import shutil
from datetime import UTC, datetime

import numpy as np
import pytest

from RLNResponseLib.common.clock import Now
from RLNResponseLib.demo.cohort_outcomes import CONTROL_LINK, RESPONSE_LINK
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.validation.validation import validate, why_no_net_benefit
from RLNResponseLib.planning.registered import note_registration, register
from RLNResponseLib.planning.registration import departures, deviations
from RLNResponseLib.report.page.methods import _of_readers, experience_words
from RLNResponseLib.report.page.models import _published_formulas
from RLNResponseLib.report.page.protocol import protocol_section, protocol_table
from RLNResponseLib.report.text.outcomes import outcome_sentences
from RLNResponseLib.report.text.result_lines import source_words
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))


def tables(section):
    return {part.name: part.table for part in section.parts if part.table is not None}


def words(section):
    return " ".join(part.text for part in section.parts)


def test_a_study_without_a_registration_lists_what_its_folder_shows(small_cohort, tmp_path):
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    study = Study.open(tmp_path / "study")
    section = protocol_section(study)
    found = departures(study)
    assert "holds no registration" in words(section)
    assert found
    assert tables(section)["deviations"].rows == tuple((each.what, each.registered, each.done) for each in found)
    rows = dict(protocol_table(study).rows)
    assert rows["washout, days"] == str(study.protocol.washout_days)
    assert "title" not in rows


def test_a_registered_study_is_held_against_its_registration(tmp_path):
    protocol = Protocol(title="A study", readers=plan_readers(["A", "B"], ["A"]))
    study = Study.create(tmp_path / "study", protocol, NOW)
    registration = register(study.folder, [], ["inter-reader ICC of the Rad-score"], NOW, split=True)
    note_registration(study, registration, NOW)
    section = protocol_section(study)
    assert "Registered on 2026-05-01" in words(section)
    assert dict(protocol_table(study).rows)["primary analyses"] == "inter-reader ICC of the Rad-score"
    assert deviations(registration, study) == ()
    assert "No deviation that the study folder shows." in words(section)


@pytest.mark.parametrize(("link", "score"), [(RESPONSE_LINK, "Rad-score"), (CONTROL_LINK, "Rad-score-2-year")])
def test_the_printed_line_is_the_one_that_the_outcomes_were_drawn_from(link, score):
    _, drawn = outcome_sentences(simulated=True)
    printed = re.search(rf"(−?[\d.]+) \+ ([\d.]+) · \({score} ([−+]) ([\d.]+)\)", drawn)
    constant, slope, middle = (float(printed[at].replace("−", "-")) for at in (1, 2, 4))
    middle = middle if printed[3] == "−" else -middle
    for value in (-1.5, 0.0, 1.3):
        by_print = 1 / (1 + np.exp(-(constant + slope * (value - middle))))
        assert by_print == pytest.approx(link.probability(value), abs=2e-3)


def test_the_published_formulas_are_printed_whole():
    cards = published_models()
    table = _published_formulas(cards)
    for column, card in enumerate(cards, start=1):
        printed = [float(row[column]) for row in table.rows[:-2] if row[column] != "–"]
        assert printed == [card.intercept, *(card.coefficients[name] for name in card.coefficients), card.cutoff.value]


def test_the_paper_is_called_what_it_is():
    said = source_words(published_models()[0])
    assert said.startswith("The paper is a preprint, not peer-reviewed: Gu et al.")
    assert "10.21203/rs.3.rs-174078/v1" in said


def test_no_net_benefit_where_the_decision_curve_is_refused():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=200)
    for slope in (1.0, 6.0):
        outcome = rng.random(200) < 1 / (1 + np.exp(-slope * scores))
        judged = validate(scores, outcome, np.arange(200), 0.0)
        assert why_no_net_benefit(scores, outcome) == judged.decision_curve_reason
        assert bool(judged.decision_curve_reason) == (slope > 1)


@pytest.mark.parametrize(
    ("experience", "said"),
    [
        ({}, "Who the readers were (specialty, years of experience, training) is not recorded in the protocol"),
        ({"A": "radiologist, 3 years"}, "states it: A radiologist, 3 years. Of B it says nothing."),
        ({"A": "radiologist", "B": "resident"}, "Experience, as the protocol states it: A radiologist; B resident."),
    ],
)
def test_the_methods_say_who_the_readers_were_or_that_it_is_not_recorded(small_cohort, experience, said):
    protocol = Protocol(title="Two", readers=plan_readers(["A", "B"], ["A"], experience))
    assert said in experience_words(protocol)
    # The study's own says nothing, and its methods say so.
    assert any(
        "is not recorded in the protocol" in sentence for sentence in _of_readers(Study.open(small_cohort.folder))
    )
