"""Results as tables to be sorted: numbers as numbers, what is not defined last, and files that nobody wrote refused."""

import json

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.text.agreement import COLUMNS
from RLNResponseLib.report.text.result_tables import Cell, ResultTable, agreement_tables, score_tables, sorted_rows


def feature(name, inter, passes="yes", reason=""):
    limits = {"inter_icc": inter, "inter_lower": -0.1, "inter_upper": 0.99, "intra_icc": 0.5}
    return {"feature": name, "passes": passes, "reason": reason, **limits}


def written(folder, rows):
    cells = [{column: row.get(column) for column in COLUMNS} for row in rows]
    (folder / "agreement.csv").write_text(csv_text(COLUMNS, cells))
    return agreement_tables(folder)


def test_features_are_sorted_as_numbers_with_what_is_not_defined_last_both_ways(tmp_path):
    rows = [
        feature("original_shape_Sphericity", 0.95),
        feature("original_firstorder_Minimum", None, "no", "inter: every reading has the same value"),
        feature("original_glcm_Idn", -0.05, "no", "inter ICC(A,1) is −0.050, not above 0.8"),
        feature("original_glcm_Idm", 0.1, "no", "inter ICC(A,1) is 0.100, not above 0.8"),
    ]
    (table,) = written(tmp_path, rows)
    up = [row[1].text.split("\n")[0] for row in sorted_rows(table, 1)]
    down = [row[1].text.split("\n")[0] for row in sorted_rows(table, 1, descending=True)]
    # As text, "0.10" would come before "-0.05" in one of them, and "–" after every digit in one only.
    assert up == ["−0.05", "0.10", "0.95", "–"]
    assert down == ["0.95", "0.10", "−0.05", "–"]
    assert sorted_rows(table, 3)[0][0].text == "shape Sphericity"
    assert sorted_rows(table, 4)[-1][0].text == "shape Sphericity", "who passes has no reason: last"


def test_scores_are_called_by_their_titles_and_readings_by_words(tmp_path):
    judged = {
        "flip_rate": {"count": 1, "of": 10},
        "limits_of_agreement": {"bias": -0.01, "lower": -0.19, "upper": 0.16},
        "icc": 0.99, "lower": 0.96, "upper": 1.0, "kappa": {"value": None},
    }  # fmt: skip
    content = {"scores": [{"model": "gu2021-response", "inter": None, "intra": judged}]}
    (tmp_path / "agreement.json").write_text(json.dumps(content))
    (table,) = [each for each in agreement_tables(tmp_path) if each.title == "Scores"]
    assert [cell.text for cell in table.rows[0][:4]] == [
        "Rad-score", "re-contouring", "0.99\n0.96 to 1.00", "−0.01\n−0.19 to 0.16",
    ]  # fmt: skip


def test_large_numbers_are_not_sorted_by_their_first_digit():
    rows = tuple((Cell(f"{value:g}", value),) for value in (9.0, 100.0, 20.0))
    table = ResultTable(title="", headers=("HD95",), rows=rows)
    assert [row[0].text for row in sorted_rows(table, 0)] == ["9", "20", "100"]


def test_without_results_there_is_no_table(tmp_path):
    assert agreement_tables(tmp_path) == ()
    assert score_tables(tmp_path, ()) == ()


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"scores": [{"model": "x"}]})])
def test_a_spoilt_file_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "agreement.json").write_text(content)
    with pytest.raises(DataRefusedError, match=r"agreement\.json") as refused:
        agreement_tables(tmp_path)
    assert refused.value.code == "bad-result"


def test_the_published_scores_are_listed_with_their_formula(tmp_path):
    from RLNResponseLib.modelling.model_card import published_models

    models = published_models()
    tables = {table.title: table for table in score_tables(tmp_path, models)}
    assert len(tables["Score models"].rows) == len(models)
    formula = tables[f"{models[0].id}: formula"]
    assert [row[1].order for row in formula.rows] == [models[0].intercept, *models[0].coefficients.values()]
