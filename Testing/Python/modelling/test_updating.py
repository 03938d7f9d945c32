"""Updating a score for another centre against R's glm, and the card that says so."""

import json

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.table_score import table_scores
from RLNResponseLib.modelling.validation.updating import Formula, update

NAMES = ("x0", "x1", "x2", "x3")


@pytest.fixture
def centre(binary_table):
    features, outcome = binary_table("paper_size")[:2]
    return features[:, :4], outcome


def formula_of(figures):
    intercept, *coefficients = figures["formula"]
    return Formula(intercept=intercept, coefficients=np.array(coefficients), cutoff=0.4)


@pytest.mark.parametrize("name", ["original", "intercept", "slope", "refit", "opposite"])
def test_every_update_and_every_test_is_that_of_glm(oracle, centre, name):
    features, outcome = centre
    figures = oracle("updating")[name]
    formula = formula_of(figures)
    added = update(formula, features, outcome, "intercept")
    assert added.added == pytest.approx(figures["intercept"], abs=1e-8)
    assert added.cutoff == pytest.approx(0.4 + figures["intercept"], abs=1e-8)
    if figures["slope"][1] > 0:
        found = update(formula, features, outcome, "slope")
        assert [found.added, found.slope] == pytest.approx(figures["slope"], abs=1e-8)
        old, new = formula.log_odds(features), found.intercept + features @ found.coefficients
        np.testing.assert_array_equal(old > 0.4, new > found.cutoff)
    else:
        with pytest.raises(DataRefusedError, match="speaks for the contrary"):
            update(formula, features, outcome, "slope")
    refit = update(formula, features, outcome, "refit")
    assert [refit.intercept, *refit.coefficients] == pytest.approx(figures["refit"], abs=1e-8)
    auto = update(formula, features, outcome, "auto")
    steps = len(auto.tests)
    for ours, theirs in (("chisq", "chisq"), ("df", "df")):
        assert [getattr(test, ours) for test in auto.tests] == pytest.approx(
            figures[theirs][:steps], rel=1e-8, abs=1e-8
        )
    assert [test.p for test in auto.tests] == pytest.approx(figures["p"][:steps], rel=1e-6)
    # A slope below 0 that passes its test is no recalibration either.
    assert auto.method == {"opposite": "refit"}.get(name, name)


def test_what_cannot_be_updated_is_refused(centre):
    features, outcome = centre
    formula = Formula(intercept=0.0, coefficients=np.ones(4), cutoff=0.0)
    few = np.concatenate([np.flatnonzero(outcome)[:5], np.flatnonzero(~outcome)[:20]])
    for method in ("refit", "auto"):
        with pytest.raises(DataRefusedError) as refused:
            update(formula, features[few], outcome[few], method)
        assert refused.value.code == "few-cases"


@pytest.fixture
def tables(tmp_path):
    """A score's own lymph nodes, and those of a centre where the outcome is rarer."""
    for name, first, shift in (("own", 0, 0.0), ("other", 500, -1.5)):
        rng = np.random.default_rng(first)
        lines = ["patient,response,a,b,c"]
        for number in range(160):
            values = rng.normal(size=3)
            responds = rng.random() < 1 / (1 + np.exp(-(1.2 * values[0] + 0.8 * values[1] + shift)))
            lines.append(f"P{first + number},{int(responds)},{','.join(map(repr, values.tolist()))}")
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    return tmp_path


def called(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


FIT = ("--outcome", "response", "--group", "patient", "--features", "a", "b", "c", "--resamples", "20", "--folds", "3")


def test_the_updated_card_says_so_and_knows_both_centres_again(tables, capsys):
    own, other, card = tables / "own.csv", tables / "other.csv", tables / "score.json"
    assert called(capsys, "fit", own, *FIT, "--relax", "--output", card)[0] == 0
    judge = ("--outcome", "response", "--group", "patient")
    updated = tables / "updated.json"
    code, out, err = called(
        capsys, "validate", other, "--model", card, *judge, "--update", "auto", "--output", updated, "--json"
    )
    assert (code, err) == (0, "")
    said = json.loads(out)["updated"]
    assert (said["method"], said["slope"], said["of"]) == ("intercept", 1.0, "score")
    assert [test["method"] for test in said["closed_testing"]] == ["original", "intercept"]
    before, after = read_model_card(card, any_feature=True), read_model_card(updated, any_feature=True)
    assert "updated on the user's own data, research use only" in after.status
    assert any("Closed testing" in sentence for sentence in after.assumptions)
    table = read_table(other)
    old, new = table_scores(before, table), table_scores(after, table)
    np.testing.assert_allclose(new, old + said["intercept"], atol=1e-12)
    np.testing.assert_array_equal(old > before.cutoff.value, new > after.cutoff.value)
    for made_from in (own, other):
        code, _, err = called(capsys, "validate", made_from, "--model", updated, *judge)
        assert code == 1
        assert "160 of 160 validation patients are also training patients" in err
    again = tables / "again.json"
    allow = ("--allow", "patient-on-both-sides", "--allow", "cutoff-from-validation")
    code, _, err = called(
        capsys, "validate", other, "--model", updated, *judge, "--update", "refit", "--output", again, *allow
    )
    assert (code, err) == (0, "")
    assert read_model_card(again, any_feature=True).updated["before"]["of"] == "score"
    code, _, err = called(capsys, "validate", own, "--model", again, *judge)
    assert code == 1
    code, _, err = called(capsys, "validate", other, "--model", card, *judge, "--update", "slope", "--output", card)
    assert code == 1
    assert "give it another name" in err


def test_an_update_keeps_the_event_and_what_the_groups_mean(tables, capsys):
    card, updated = tables / "score.json", tables / "updated.json"
    assert called(capsys, "fit", tables / "own.csv", *FIT, "--relax", "--output", card)[0] == 0
    content = json.loads(card.read_text())
    content["event"] = "a response"
    content["cutoff"] |= {"meaning_when_true": "responds more often", "meaning_when_false": "responds less often"}
    card.write_text(json.dumps(content))
    judge = ("--outcome", "response", "--group", "patient")
    for method in ("intercept", "slope", "refit", "auto"):
        update_to = ("--update", method, "--output", updated)
        code, _, err = called(capsys, "validate", tables / "other.csv", "--model", card, *judge, *update_to)
        assert (code, err) == (0, "")
        before, after = read_model_card(card, any_feature=True), read_model_card(updated, any_feature=True)
        assert (after.event, after.event_words) == ("a response", "a response")
        for side in (-1, 1):
            assert after.cutoff.said(after.cutoff.value + side) == before.cutoff.said(before.cutoff.value + side)


def test_a_card_whose_low_scores_are_the_outcome_s_is_updated_the_right_way_round(tables, capsys):
    card, turned = tables / "score.json", tables / "turned.json"
    assert called(capsys, "fit", tables / "own.csv", *FIT, "--relax", "--output", card)[0] == 0
    content = json.loads(card.read_text())
    content["id"] = "turned"
    formula, cutoff = content["formula"], content["cutoff"]
    formula["intercept"] *= -1
    formula["coefficients"] = {name: -value for name, value in formula["coefficients"].items()}
    cutoff["value"], cutoff["orientation"] = -cutoff["value"], "<"
    turned.write_text(json.dumps(content))
    for method in ("intercept", "slope", "refit"):
        found = []
        for model in (card, turned):
            output = tables / f"{model.stem}-{method}.json"
            code, _, err = called(
                capsys, "validate", tables / "other.csv", "--model", model, "--outcome", "response", "--update", method,
                "--output", output,
            )  # fmt: skip
            assert (code, err) == (0, "")
            found.append(read_model_card(output, any_feature=True))
        straight, opposite = found
        assert opposite.intercept == pytest.approx(-straight.intercept, abs=1e-9)
        assert opposite.cutoff.value == pytest.approx(-straight.cutoff.value, abs=1e-9)
        assert opposite.coefficients == pytest.approx({k: -v for k, v in straight.coefficients.items()}, abs=1e-9)


def test_update_and_output_go_together(tables, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["validate", "t.csv", "--model", "gu2021-response", "--outcome", "response", "--update", "auto"])
    assert ended.value.code == 2
    assert "--update and --output go together" in capsys.readouterr().err
