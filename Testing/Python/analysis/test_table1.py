"""Table 1: types found by the values, missing counted, tests chosen by the counts; the command and its refusals."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.analysis.table1 import CountedVariable, MeasuredVariable, TimeVariable, table1
from RLNResponseLib.analysis.table1_times import compare_times
from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import Table
from RLNResponseLib.report.text.table1 import table1_csv, table1_json, table1_rows, table1_text
from RLNResponseLib.statistics.group_tests import compare_counts, compare_values

ROWS = """patient,set,gender,age_years,dose_gy,station,ki67,local_control_months,local_recurrence,note
P1,training,male,61,60,4R,10,5,yes,a1
P1,training,male,55,60,2R,12,25,no,a2
P2,training,female,70,50,4R,,30,no,a3
P3,validation,male,66,60,7,14,7,yes,a4
P4,validation,,58,54,7,19,NA,no,a5
P5,validation,female,49,60,4R,11,9,yes,a6
P6,,female,50,60,4R,11,9,yes,a7
P7,training,male,52,60,4R,9,3,yes,a8
P8,training,male,53,60,4R,8,3,yes,a9
P9,training,male,54,60,4R,7,3,yes,b1
Q1,validation,male,57,60,4R,6,4,yes,b2
Q2,validation,male,59,60,4R,5,6,yes,b3
Q3,validation,male,60,60,4R,4,6,yes,b4
Q4,validation,male,61,60,4R,3,6,yes,b5
"""


def table(text=ROWS):
    return parse_csv(text.encode(), "t.csv")


def variables(made):
    return {variable.name: variable for variable in made.variables}


def test_types_groups_and_missing_values():
    made = table1(table(), "set")
    assert (made.groups, made.sizes, made.without_group) == (("training", "validation"), (6, 7), 1)
    found = variables(made)
    assert {name: type(variable) for name, variable in found.items()} == {
        "gender": CountedVariable,
        "age_years": MeasuredVariable,
        "dose_gy": MeasuredVariable,
        "station": CountedVariable,
        "ki67": MeasuredVariable,
        "local_control_months": TimeVariable,
    }
    assert made.left_out == ("note",)
    assert made.repeated
    assert found["gender"].levels == ("female", "male")
    assert found["gender"].counts == ((1, 1), (5, 5))
    assert found["gender"].missing == (0, 1)
    assert found["ki67"].missing == (1, 0)
    assert found["local_control_months"].missing == (0, 1)
    assert (found["local_control_months"].cases, found["local_control_months"].events) == ((6, 6), (4, 6))


def test_the_tests_are_those_of_the_values():
    found = variables(table1(table(), "set"))
    assert found["gender"].tests == compare_counts([[1, 1], [5, 5]])
    ages = [[61, 55, 70, 52, 53, 54], [66, 58, 49, 57, 59, 60, 61]]
    assert found["age_years"].tests == compare_values(ages)
    times, events = [5, 25, 30, 3, 3, 3, 7, 9, 4, 6, 6, 6], [1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    assert found["local_control_months"].tests == (compare_times(times, events, [0] * 6 + [1] * 6),)
    assert found["age_years"].summaries[0].mean == pytest.approx(np.mean(ages[0]))
    assert found["age_years"].summaries[0].sd == pytest.approx(np.std(ages[0], ddof=1))
    assert found["age_years"].summaries[1].upper_quartile == pytest.approx(np.quantile(ages[1], 0.75))


def test_an_event_column_as_groups_is_no_time():
    """Controlled against uncontrolled lymph nodes: the months of control would only say that again, as a plain
    number."""
    made = table1(table(), "local_recurrence")
    assert made.groups == ("no", "yes")
    assert isinstance(variables(made)["local_control_months"], MeasuredVariable)


def test_text_csv_and_json_hold_the_same_and_the_notice():
    made = table1(table(), "set")
    text, content = table1_text(made), json.loads(json.dumps(table1_json(made), allow_nan=False))
    assert text.startswith("Table 1 of t.csv by set\n")
    assert "training (n = 6)" in text
    assert ["male", "5 (83.3 %)", "5 (83.3 %)"] in [
        [p.strip() for p in line.split("  ") if p] for line in text.split("\n")
    ]
    assert "Some patients have several rows here" in text
    assert "1 row without a value in 'set' is left out." in text
    assert text.endswith("Research use only, not a medical device.")
    lines = list(csv.reader(io.StringIO(table1_csv(made))))
    assert tuple(tuple(line) for line in lines[1 : 1 + len(table1_rows(made))]) == table1_rows(made)
    assert lines[-1][0] == "Research use only, not a medical device."
    assert {variable["kind"] for variable in content["variables"]} == {"counted", "measured", "time"}
    assert content["groups"] == ["training", "validation"]


def test_the_papers_response_by_set(tmp_path, capsys):
    """75 : 27 and 18 : 9 through the command line: the recomputed χ² 0.480 and Fisher 0.478 of DESIGN."""
    rows = [("training", "yes")] * 75 + [("training", "no")] * 27 + [("validation", "yes")] * 18
    rows += [("validation", "no")] * 9
    path = tmp_path / "t.csv"
    path.write_text("set,response\n" + "".join(f"{one},{other}\n" for one, other in rows))
    assert main(["table1", str(path), "--by", "set", "--json"]) == 0
    (response,) = json.loads(capsys.readouterr().out)["variables"]
    assert [(test["name"], round(test["p"], 3)) for test in response["tests"]] == [("χ²", 0.480), ("Fisher", 0.478)]
    assert main(["table1", str(path), "--by", "set"]) == 0
    assert "0.480  χ²" in capsys.readouterr().out


def test_groups_that_were_dealt_have_standardised_differences_and_no_p_value(tmp_path, capsys):
    made = table1(table(), "set", dealt=True)
    header, *_ = [line for line in table1_text(made).split("\n") if line.startswith("variable")]
    assert header.split("  ")[-1].strip() == "standardised difference"
    text = table1_text(made)
    assert "χ²" not in text
    assert "Welch" not in text
    # √(1/6 + 1/7)
    assert "differences with an SD of about 0.56" in " ".join(text.split())
    ages = np.array([61, 55, 70, 52, 53, 54]), np.array([66, 58, 49, 57, 59, 60, 61])
    apart = abs(ages[0].mean() - ages[1].mean()) / np.sqrt((ages[0].var(ddof=1) + ages[1].var(ddof=1)) / 2)
    assert variables(made)["age_years"].difference == pytest.approx(apart)
    assert variables(made)["age_years"].tests == ()
    (tmp_path / "t.csv").write_text(ROWS)
    assert main(["table1", str(tmp_path / "t.csv"), "--by", "set", "--random-groups", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["dealt"]
    assert all(not variable["tests"] for variable in content["variables"])
    assert '"p"' not in json.dumps(content)


@pytest.mark.parametrize(
    ("text", "by", "sentence"),
    [
        (ROWS, "centre", "t.csv has no column 'centre'"),
        ("set,a\nx,1\nx,2\n", "set", "has 1 group(s), and a comparison needs two"),
        ("set,a\n,1\n", "set", "has 0 group(s)"),
        ("set,a\n" + "".join(f"{n},1\n" for n in range(11)), "set", "has 11 different values, and at most 10 groups"),
        (
            "set,a\nx,1\ny,2\nx,3\ny,4\nx,5\ny,six\n",
            "set",
            "t.csv, row 7, column a: the value is not a finite number as the others are",
        ),
        (
            "set,a\nx,1\ny,2\nx,3\ny,4\nx,5\ny,inf\n",
            "set",
            "t.csv, row 7, column a: the value is not a finite number as the others are",
        ),
        (
            "set,died,follow_up_months\nx,yes,1\ny,perhaps,2\n",
            "set",
            "t.csv, row 3, column died: the event is neither yes nor no",
        ),
    ],
)
def test_what_is_refused(text, by, sentence, tmp_path, capsys):
    with pytest.raises(DataRefusedError) as refusal:
        table1(table(text), by)
    assert sentence in str(refusal.value)
    (tmp_path / "t.csv").write_text(text)
    assert main(["table1", str(tmp_path / "t.csv"), "--by", by]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)


cells = st.sampled_from(["", "NA", "1", "2", "3", "4.5", "-1e3", "yes", "no", "<script>", "=1+1"])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", ""]), cells, cells, cells), min_size=1, max_size=30))
def test_any_table_is_compared_or_refused(rows):
    columns = ("set", "x", "local_control_months", "local_recurrence")
    made = Table(name="t.csv", columns=columns, rows=tuple(dict(zip(columns, row, strict=True)) for row in rows))
    try:
        result = table1(made, "set")
    except DataRefusedError:
        return
    assert sum(result.sizes) + result.without_group == len(rows)
    for variable in result.variables:
        known = np.array(result.sizes) - variable.missing
        if isinstance(variable, CountedVariable):
            assert tuple(np.sum(variable.counts, axis=0)) == tuple(known)
        elif isinstance(variable, MeasuredVariable):
            assert tuple(summary.n for summary in variable.summaries) == tuple(known)
    json.dumps(table1_json(result), allow_nan=False)
    table1_text(result)


def test_a_table_with_other_names_for_its_columns_is_the_same_table(tmp_path, capsys):
    renamed = ROWS.replace("patient,", "Pat_Nr,", 1).replace("local_control_months,local_recurrence", "lc,rec", 1)
    own, other = tmp_path / "own.csv", tmp_path / "other.csv"
    own.write_text(ROWS)
    other.write_text(renamed)
    answers = []
    for call in ([own], [other, "--group", "Pat_Nr", "--time", "lc", "rec"]):
        assert main(["table1", *map(str, call), "--by", "set", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    ours, theirs = answers
    assert theirs["repeated"]
    assert theirs["notes"] == ours["notes"]
    times = [next(each for each in answer["variables"] if each["kind"] == "time") for answer in answers]
    assert times[0]["tests"] == times[1]["tests"]
    assert [len(answer["variables"]) for answer in answers] == [6, 6]
    assert main(["table1", str(other), "--by", "set", "--time", "lc", "gone"]) == 1
    assert "no column 'gone'" in capsys.readouterr().err


def test_groups_of_whose_making_nothing_is_recorded_are_not_said_to_have_been_dealt():
    made = table1(table(), "set", dealt=True)
    known, unknown = (" ".join(table1_text(each).split()) for each in (made, replace(made, unrecorded=True)))
    assert "How patients came into these groups is known" in known
    assert "is known" not in unknown
    assert "Who divided the patients so is not recorded" in unknown
    assert "Times: log-rank" not in " ".join(table1_text(table1(table(), "set", times={})).split())
