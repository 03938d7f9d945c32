"""The published endpoint, by hand and for any table."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import RLNResponseLib
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.patients import LymphNodeOutcome, PatientOutcome
from RLNResponseLib.survival.endpoint import counts, local_control, share_controlled, two_year_state
from RLNResponseLib.survival.follow_up import FollowUp

# months, recurrence, death → state and value at 24 months
BY_HAND = [
    (10.0, True, False, "failed", 0),
    (10.0, True, True, "failed", 0),  # recurred, and died later
    (24.0, True, False, "failed", 0),  # on the last day of the window
    (24.1, True, False, "controlled", 1),  # recurred after it
    (24.0, False, False, "controlled", 1),
    (30.0, False, True, "controlled", 1),  # died after it
    (24.0, False, True, "controlled", 1),  # died on its last day
    (23.9, False, True, "left out", None),
    (0.0, False, True, "left out", None),
    (23.9, False, False, "censored", None),
]


def made(rows, months=24.0):
    time, event, died = (np.array(column) for column in list(zip(*rows, strict=True))[:3])
    return local_control(FollowUp(time.astype(float), event), died, months)


def test_every_state_by_hand():
    found = made(BY_HAND)
    assert [(one.state, one.control) for one in found] == [row[3:] for row in BY_HAND]
    assert counts(found) == {"controlled": 4, "failed": 3, "left out": 2, "censored": 1}
    assert share_controlled(found) == 4 / 7
    assert found[7].reason == "Died within 24 months without recurrence."


def test_the_paper_s_numbers():
    """102 lymph nodes, 12 of patients who died within two years without recurrence: 90 remain, 23 controlled."""
    rows = [(30.0, False, False)] * 23 + [(8.0, True, False)] * 67 + [(11.0, False, True)] * 12
    found = made(rows)
    assert counts(found) == {"controlled": 23, "failed": 67, "left out": 12, "censored": 0}
    assert round(100 * share_controlled(found), 1) == 25.6


def test_a_lymph_node_of_a_study_follows_the_same_rule():
    for months, event, died, state, _ in BY_HAND:
        assert (
            two_year_state(
                LymphNodeOutcome(lymph_node="L1", recist=None, local_control_months=months, local_recurrence=event),
                PatientOutcome("P1", died=died),
            )
            == state
        )
    assert (
        two_year_state(
            LymphNodeOutcome(lymph_node="L1", recist=None, local_control_months=23.9, local_recurrence=False), None
        )
        == "censored"
    )


@pytest.mark.parametrize(("months", "event"), [(None, False), (None, None), (10.0, None)])
def test_without_months_or_recurrence_nothing_is_known_of_a_lymph_node(months, event):
    assert (
        two_year_state(
            LymphNodeOutcome(lymph_node="L1", recist=None, local_control_months=months, local_recurrence=event),
            PatientOutcome("P1", died=True),
        )
        is None
    )


@pytest.mark.parametrize(
    ("follow_up_months", "state"), [(None, "left out"), (11.0, "left out"), (11.1, "left out"), (17.0, "censored")]
)
def test_a_death_after_the_end_of_local_follow_up_is_no_competing_one(follow_up_months, state):
    outcome = LymphNodeOutcome(lymph_node="L1", local_control_months=11.0, local_recurrence=False)
    assert two_year_state(outcome, PatientOutcome("P1", died=True, follow_up_months=follow_up_months)) == state


@pytest.mark.parametrize(("years", "days"), [(1, 365), (2, 730), (3, 1095), (4, 1461), (5, 1826)])
def test_an_anniversary_in_days_reaches_the_window_and_the_day_before_by_the_calendar_does_not(years, days):
    rows = [(days / 30.4375, False, False), (12 * years - 1 / 31, False, False), (12 * years - 1 / 31, False, True)]
    assert [one.state for one in made(rows, 12 * years)] == ["controlled", "censored", "left out"]


def test_a_planned_visit_counts_within_its_window_on_either_side_and_a_death_is_no_visit():
    rows = [(23.1, False, False), (22.9, False, False), (24.9, True, False), (25.1, True, False), (23.5, False, True)]
    follow_up = FollowUp(*(np.array(column) for column in list(zip(*rows, strict=True))[:2]))
    died = np.array([row[2] for row in rows])
    found = local_control(follow_up, died, 24.0, 1.0)
    assert [one.state for one in found] == ["controlled", "censored", "failed", "controlled", "left out"]
    assert found[2].reason == "Recurred within 24 months (planned visits from 23 to 25 months count)."
    for visit in (-0.1, 24.0, math.nan):
        with pytest.raises(DataRefusedError, match="The planned visit may be from 0 to less than 24 months"):
            local_control(follow_up, died, 24.0, visit)


def test_the_paper_s_window_is_stated_once():
    library = Path(RLNResponseLib.__file__).parent
    stated = [
        path.name for path in library.rglob("*.py") if re.search(r"MONTHS\b.*=.*\b24(\.0)?$", path.read_text(), re.M)
    ]
    assert stated == ["endpoint.py"]


def test_no_known_outcome_has_no_share():
    assert math.isnan(share_controlled(made([(1.0, False, True)])))


@given(
    st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.booleans()), min_size=1, max_size=30),
    st.floats(0.5, 60),
    st.floats(1, 2),
)
def test_a_longer_window_never_gives_control_back(rows, months, longer):
    shorter, further = made(rows, months), made(rows, months * longer)
    for before, after in zip(shorter, further, strict=True):
        if before.state != "controlled":
            assert after.state == before.state
        assert (after.control is None) == (after.state in ("left out", "censored"))
    assert sum(counts(further).values()) == len(rows)


@pytest.mark.parametrize("months", [0, -1, math.nan, math.inf])
def test_a_window_of_no_length(months):
    with pytest.raises(DataRefusedError, match="The window is not a number of months above 0"):
        made(BY_HAND, months)
