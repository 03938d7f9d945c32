"""Contouring time: work counts, lunch does not."""

from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.study.contouring import IDLE_SECONDS, ContouringTime


def test_time_runs_between_strokes_and_stops_after_the_last():
    time = ContouringTime()
    for at in (0.0, 20.0, 50.0):
        time.sign_of_life(at)
    assert time.minutes(50.0) == 50 / 60
    assert time.minutes(3000.0) == (50 + IDLE_SECONDS) / 60
    time.sign_of_life(3000.0)
    assert time.minutes(3000.0) == (50 + IDLE_SECONDS) / 60


def test_another_module_stops_it():
    time = ContouringTime(seconds=120.0)
    time.sign_of_life(0.0)
    time.pause(10.0)
    assert time.minutes(500.0) == 130 / 60


@given(st.lists(st.floats(0, 1e6), min_size=1).map(sorted), st.floats(0, 1e6))
def test_never_more_than_passed_and_never_less_than_before(moments, later):
    time, before = ContouringTime(), 0.0
    for moment in moments:
        time.sign_of_life(moment)
        assert time.minutes(moment) >= before
        before = time.minutes(moment)
    end = moments[-1] + later
    assert 60 * time.minutes(end) <= end - moments[0] + 1e-6
    assert 60 * time.minutes(end) <= len(moments) * IDLE_SECONDS + 1e-6
