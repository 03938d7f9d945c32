"""A score shrunk for its AUC: what its probabilities are worth, and the formulas whose probabilities come true."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.recalibration import recalibrate
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.validation.calibration import recalibration
from RLNResponseLib.modelling.validation.roc import auc

RECIPE = Recipe(folds=5)


def cases(seed, count, signal=1.0, features=6):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, features))
    outcome = rng.random(count) < expit(signal * (values[:, 0] + 0.7 * values[:, 1]))
    return Cases(features=values, outcome=outcome, patients=np.arange(count))


def test_the_shrunk_score_s_probabilities_come_true_after_recalibration_and_the_relaxed_score_s_do():
    new = cases(1000, 20000)
    slopes = []
    for seed in range(8):
        known = cases(seed, 150)
        score = develop(known, RECIPE, seed)
        again = recalibrate(known, score, RECIPE, seed)
        relaxed = develop(known, replace(RECIPE, relax=True), seed)
        old = score.score(new.features)
        slopes.append(
            [recalibration(each, new.outcome)[1] for each in (old, again.of(old), relaxed.score(new.features))]
        )
        assert auc(again.of(old), new.outcome) == auc(old, new.outcome)
        np.testing.assert_array_equal(old > score.cutoff, again.of(old) > again.of(score.cutoff))
        # As many events are expected as there are.
        expected = expit(again.of(score.score(known.features))).sum()
        assert expected == pytest.approx(known.outcome.sum(), abs=1e-8)
    as_fitted, recalibrated, relaxed = np.median(slopes, axis=0)
    assert as_fitted > 2
    assert recalibrated == pytest.approx(1, abs=0.25)
    assert relaxed == pytest.approx(1, abs=0.25)


def test_the_relaxed_score_has_the_selected_features_and_solves_the_likelihood_s_equations():
    known = cases(3, 150)
    plain, relaxed = develop(known, RECIPE, 1), develop(known, replace(RECIPE, relax=True), 1)
    np.testing.assert_array_equal(plain.selected, relaxed.selected)
    residual = known.outcome - expit(relaxed.score(known.features))
    assert abs(residual.sum()) < 1e-8
    assert np.abs(residual @ known.features[:, relaxed.selected]).max() < 1e-8


def test_what_cannot_be_relaxed_or_recalibrated_is_refused():
    apart = cases(1, 150)
    apart = replace(apart, outcome=apart.features[:, 0] > 0)
    with pytest.raises(DataRefusedError, match="part the classes completely"):
        develop(apart, replace(RECIPE, relax=True), 1)
    noise = cases(5, 90, signal=0.0)
    with pytest.raises(DataRefusedError) as refused:
        recalibrate(noise, develop(noise, RECIPE, 5), RECIPE, 5)
    assert refused.value.code == "no-slope"


@pytest.fixture
def table(tmp_path):
    known = cases(3, 150)
    lines = ["patient,y,a,b,c,d,e,f"]
    for number, (values, event) in enumerate(zip(known.features.tolist(), known.outcome.tolist(), strict=True)):
        lines.append(f"P{number},{int(event)},{','.join(map(repr, values))}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    return tmp_path / "t.csv"


def fitted(capsys, table, *more):
    card = table.with_name("card.json")
    arguments = (
        "fit",
        table,
        "--outcome",
        "y",
        "--group",
        "patient",
        "--features",
        *"abcdef",
        "--resamples",
        "20",
        "--folds",
        "3",
    )
    assert main([str(word) for word in (*arguments, "--output", card, *more)]) == 0
    return capsys.readouterr().out, read_model_card(card, any_feature=True)


def test_both_are_offered_beside_the_fit_and_the_card_says_so(table, capsys):
    text, plain = fitted(capsys, table)
    assert "corrected Brier" in text
    assert "do not come true" in text
    assert "--recalibrate slope or --relax mends" in text
    assert any("do not come true" in sentence for sentence in plain.assumptions)
    text, again = fitted(capsys, table, "--recalibrate", "slope")
    stated = again.development["recalibrated"]
    assert stated["before"]["coefficients"] == dict(plain.coefficients)
    assert (stated["before"]["intercept"], stated["before"]["cutoff"]) == (plain.intercept, plain.cutoff.value)
    assert again.intercept == stated["intercept"] + stated["slope"] * plain.intercept
    assert again.coefficients == {name: stated["slope"] * value for name, value in plain.coefficients.items()}
    assert again.cutoff.value == stated["intercept"] + stated["slope"] * plain.cutoff.value
    assert any(sentence.startswith("Recalibrated:") for sentence in again.assumptions)
    assert "intercept, recalibrated" in text
    found = json.loads(fitted(capsys, table, "--relax", "--json")[0])
    assert found["relaxed"] is True
    text, relaxed = fitted(capsys, table, "--relax")
    assert "fitted again without the penalty" in text
    assert relaxed.development["relaxed"] is True
    assert relaxed.coefficients.keys() == plain.coefficients.keys()
    assert abs(relaxed.coefficients["a"]) > abs(plain.coefficients["a"])
