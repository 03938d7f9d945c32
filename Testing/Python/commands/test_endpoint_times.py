"""`endpoint` and `survival`: whose death competes, what a time of days is told, visits around the window's end."""

import csv
import json

import pytest

from RLNResponseLib.cli import main

HEADER = "lymph_node,patient,months,recurred,died,follow_up_months\n"
ROWS = (
    "LN1,P1,5,yes,yes,9\n"
    "LN2,P2,10,no,yes,10\n"
    "LN3,P3,10,no,yes,20\n"  # lived ten months longer than it was watched locally
    "LN4,P4,30,no,no,30\n"
    "LN5,P5,28,no,yes,\n"
)


@pytest.fixture
def endpoint(tmp_path, capfd):
    """The states that `endpoint` writes for a table, and what it says."""

    def run(text, *options):
        table, output = tmp_path / "t.csv", tmp_path / "e.csv"
        table.write_text(text)
        call = ["endpoint", str(table), "--time", "months", "--event", "recurred", "--death", "died"]
        code = main([*call, "--output", str(output), *options])
        said = capfd.readouterr()
        states = [row["state"] for row in csv.DictReader(output.read_text().splitlines())] if code == 0 else []
        return states, said.out + said.err

    return run


def test_a_death_after_the_end_of_local_follow_up_is_censored(endpoint):
    states, said = endpoint(HEADER + ROWS)
    assert states == ["failed", "left out", "censored", "controlled", "controlled"]
    assert "note: 1 lymph node with a death (follow_up_months) after the end of local follow-up (months)" in said


def test_the_death_s_time_may_have_any_name_or_none(endpoint):
    renamed = (HEADER + ROWS).replace("follow_up_months", "os")
    assert endpoint(renamed)[0][2] == "left out"
    assert endpoint(renamed, "--death-time", "os")[0][2] == "censored"
    assert "has no column 'osm'" in endpoint(renamed, "--death-time", "osm")[1]


def test_who_was_watched_after_the_death_is_refused_by_the_rows(endpoint):
    states, said = endpoint(HEADER + ROWS + "LN6,P6,12,no,yes,8\nLN7,P7,12,yes,yes,8\nLN8,P8,12,no,yes,11.2\n")
    assert not states
    assert "t.csv: the time of months is after the death in rows 7, 8 (columns months, died, follow_up_months)" in said


def test_survival_takes_the_same_deaths_for_competing(tmp_path, capfd):
    (tmp_path / "t.csv").write_text(HEADER + ROWS)
    call = ["survival", str(tmp_path / "t.csv"), "--time", "months", "--event", "recurred", "--json"]
    events = []
    for options in (["--competing", "died"], ["--competing", "died", "--competing-time", "months"]):
        assert main([*call, *options]) == 0
        events.append(json.loads(capfd.readouterr().out)["cumulative_incidence"]["all rows"]["competing"])
    # By hand: 4 of 5 without event before month 10, one or two of them die there; P5 dies at 28, the last but one.
    assert events[0]["estimate"] == pytest.approx([0.2, 0.5])
    assert events[1]["estimate"] == pytest.approx([0.4, 0.6])


def test_days_given_as_months_are_said_and_analysed_as_they_stand(endpoint):
    states, said = endpoint("months,recurred,died\n365,yes,no\n730,no,no\n800,no,no\n")
    assert states == ["controlled"] * 3
    assert "warning: The times of months are up to 800 with a median of 730, long for months; if they are days" in said


def test_the_second_anniversary_in_days_is_watched_to_the_end_and_said(shared_cases, endpoint):
    text = (shared_cases / "tables" / "two-year-visit" / "endpoint-in.csv").read_text()
    states, said = endpoint(text.replace("event", "recurred"))
    assert states == ["controlled"] * 8 + ["failed"] * 2 + ["controlled"] * 2
    assert "note: 6 lymph nodes watched to less than a day short of 24 months" in said


def test_a_window_of_planned_visits_is_stated_with_the_result(endpoint):
    text = "months,recurred,died\n23.2,no,no\n24.6,yes,no\n23.2,no,yes\n"
    assert endpoint(text)[0] == ["censored", "controlled", "left out"]
    states, said = endpoint(text, "--window", "1")
    assert states == ["controlled", "failed", "left out"]
    assert "at 24 months (planned visits from 23 to 25 count)" in said
    assert "The planned visit may be from 0 to less than 24 months" in endpoint(text, "--window", "24")[1]
