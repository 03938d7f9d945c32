"""Months by the calendar, against dateutil and the values that lubridate's manual prints."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.months import add_months, implausible_months, months_between

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@given(DAYS, st.integers(0, 240))
def test_a_month_later_is_dateutils_day(day, months):
    assert add_months(day, months) == day + relativedelta(months=months)


def test_the_last_of_january_is_followed_as_in_lubridates_manual():
    # ?`%m+%`: jan <- ymd("2010-01-31"); jan %m+% months(1:4); leap <- ymd("2012-02-29"); leap %m+% years(1)
    assert [add_months(date(2010, 1, 31), number).isoformat() for number in range(1, 5)] == [
        "2010-02-28",
        "2010-03-31",
        "2010-04-30",
        "2010-05-31",
    ]
    assert add_months(date(2012, 2, 29), 12) == date(2013, 2, 28)


@given(DAYS, st.integers(0, 240))
def test_an_anniversary_is_a_whole_number_of_months(day, months):
    assert months_between(day, day + relativedelta(months=months)) == months


@given(DAYS, st.integers(1, 20))
def test_every_anniversary_is_exact_to_the_day(day, years):
    later = day + relativedelta(years=years)
    assert months_between(day, later - timedelta(days=1)) < 12 * years == months_between(day, later)
    assert 12 * years - months_between(day, later - timedelta(days=1)) >= 1 / 31 - 1e-12


@given(DAYS, st.integers(0, 8000), st.integers(0, 200))
def test_a_later_day_is_never_fewer_months(day, days, more):
    first, second = (months_between(day, day + timedelta(days=each)) for each in (days, days + more))
    assert first <= second


@given(DAYS, st.integers(0, 8000))
def test_whole_months_are_dateutils_but_where_the_month_is_shorter(day, days):
    stop = day + timedelta(days=days)
    between = relativedelta(stop, day)
    assert int(months_between(day, stop)) in (
        between.years * 12 + between.months,
        between.years * 12 + between.months + 1 * (stop.day == (stop + relativedelta(day=31)).day),
    )


@pytest.mark.parametrize(
    ("times", "are_said"),
    [([], False), ([24.0, 60.0], False), ([365.0, 730.0], True), ([90, 150, 200], True), ([3.0] * 5 + [900.0], True)],
)
def test_days_given_as_months_are_said(times, are_said):
    assert (implausible_months("months", times) is not None) == are_said
