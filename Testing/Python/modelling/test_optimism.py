"""The whole development inside each resample: what it must repeat, count, correct and say."""

from dataclasses import replace

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases, ReaderRatings
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.optimism import FIGURES, optimism, resample_development
from RLNResponseLib.modelling.fitting.out_of_bag import no_information, weight_632_plus
from RLNResponseLib.modelling.validation.calibration import recalibration
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.study.protocol import IccRule

RECIPE = Recipe(folds=3)


def simulated(seed, signal, p=4, count=60):
    rng = np.random.default_rng(seed)
    patients = np.sort(np.concatenate([np.arange(count), rng.integers(0, count, count // 3)]))
    features = rng.normal(size=(len(patients), p))
    outcome = rng.random(len(patients)) < 1 / (1 + np.exp(-0.5 - signal * features[:, 0]))
    return Cases(features=features, outcome=outcome, patients=patients)


def rated(cases, noise, seed=0):
    """The same cases with two readings of each; noise is one SD a feature."""
    rng = np.random.default_rng(seed)
    pairs = [cases.features[:, None] + noise * rng.normal(size=(len(cases.outcome), 2, len(noise))) for _ in range(2)]
    return replace(
        cases,
        ratings=ReaderRatings(
            inter=pairs[0], inter_patients=cases.patients, intra=pairs[1], intra_patients=cases.patients
        ),
    )


def test_a_resample_keeps_copies_of_a_patient_together():
    cases = rated(simulated(1, 1.0), np.full(4, 0.1))
    draws = np.zeros(60, dtype=int)
    draws[[3, 7]] = [2, 1]
    own = cases.drawn(draws)
    assert sorted(own.patients) == sorted(
        np.concatenate([cases.patients[cases.patients == 3]] * 2 + [cases.patients[cases.patients == 7]])
    )
    assert set(own.ratings.inter_patients) == {3, 7}
    assert len(own.ratings.intra) == len(own.patients)


def test_the_icc_filter_takes_part():
    cases = rated(simulated(2, 2.0), np.array([0.1, 0.1, 3.0, 3.0]))
    score = develop(cases, RECIPE, 1)
    assert score.kept.tolist() == [True, True, False, False]
    assert not score.selected[2:].any()
    result = optimism(cases, score, RECIPE, 10, 1)
    assert result.instability.selection[2:].tolist() == [0, 0]
    with pytest.raises(DataRefusedError, match=r"Not one of 4 features has inter- and intra-reader ICC above 0.995"):
        develop(cases, replace(RECIPE, icc=IccRule(threshold=0.995)), 1)


def test_the_form_of_the_rule_filters_the_fit_and_every_resample():
    """A reader who is always two SD higher: consistent, never in absolute agreement."""
    cases = rated(simulated(2, 2.0), np.full(4, 0.1))
    offset = np.array([[0, 0, 0, 0], [0, 0, 2, 2]])
    cases = replace(cases, ratings=replace(cases.ratings, inter=cases.ratings.inter + offset))
    kept = {}
    for form in ("ICC(A,1)", "ICC(C,1)"):
        recipe = replace(RECIPE, rule="min", icc=IccRule(form))
        score = develop(cases, recipe, 1)
        kept[form] = score.kept.tolist()
        chosen = optimism(cases, score, recipe, 10, 1).instability.selection
        assert (chosen[2:] > 0).any() == (form == "ICC(C,1)")
    assert kept == {"ICC(A,1)": [True, True, False, False], "ICC(C,1)": [True, True, True, True]}


def test_figures_of_a_real_signal():
    cases = simulated(3, 3.0, p=20)
    score = develop(cases, RECIPE, 1)
    seen = []
    result = optimism(cases, score, RECIPE, 20, 5, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 20) for done in range(1, 21)]
    assert set(result.figures) == set(FIGURES)
    assert result.figures["auc"].apparent == auc(score.score(cases.features), cases.outcome)
    figure = result.figures["auc"]
    assert min(figure.out_of_bag, figure.apparent) <= result.auc.value <= max(figure.out_of_bag, figure.apparent)
    assert result.auc.lower < result.auc.value < result.auc.upper
    assert result.auc.lower > 0.5
    assert result.instability.selection[0] == 1
    assert (result.instability.lower <= result.instability.upper).all()
    assert "is to be expected on new patients." in result.sentence()
    again = optimism(cases, score, RECIPE, 20, 5)
    assert again.auc == result.auc


def test_no_information_is_every_score_beside_every_outcome():
    """By pairing all with all: the figures are those of the n² pairs."""
    rng = np.random.default_rng(8)
    scores, outcome, cutoff = rng.normal(size=31), rng.random(31) < 0.7, 0.4
    paired, outcomes = np.repeat(scores, 31), np.tile(outcome, 31)
    expected = [
        auc(paired, outcomes),
        np.mean(paired[outcomes] > cutoff),
        np.mean(paired[~outcomes] <= cutoff),
        np.mean((1 / (1 + np.exp(-paired)) - outcomes) ** 2),
        recalibration(paired, outcomes)[1],
    ]
    np.testing.assert_allclose(no_information(scores, outcome, cutoff), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("apparent", "out_of_bag", "chance", "weight"),
    [
        (0.9, 0.9, 0.5, 0.632),  # nothing is lost
        (0.9, 0.5, 0.5, 1.0),  # all of it
        (0.9, 0.4, 0.5, 1.0),  # and more
        (0.8, 0.85, 0.6, 0.632),  # better than it looked
        (0.1, 0.2, 0.3, 0.632 / (1 - 0.368 / 2)),  # a loss, half of the gain is lost
        (0.1, 0.05, 0.3, 0.632),
        (0.4, 0.3, 0.5, 0.632),  # the apparent AUC is on the wrong side already
    ],
)
def test_the_weight_by_efron_and_tibshirani(apparent, out_of_bag, chance, weight):
    assert weight_632_plus(apparent, out_of_bag, chance) == pytest.approx(weight)


def test_each_figure_is_corrected_by_its_own_overfitting():
    """Not by the AUC's weight, which before moved sensitivity and specificity by up to 0.07."""
    cases = simulated(6, 1.5, p=12, count=50)
    recipe = replace(RECIPE, rule="min")
    score = develop(cases, recipe, 1)
    figures = optimism(cases, score, recipe, 20, 1).figures
    chance = no_information(score.score(cases.features), cases.outcome, score.cutoff)
    weights = []
    for figure, expected in zip((figures[name] for name in FIGURES), chance, strict=True):
        assert figure.no_information == expected
        weight = weight_632_plus(figure.apparent, figure.out_of_bag, figure.no_information)
        assert figure.corrected == pytest.approx((1 - weight) * figure.apparent + weight * figure.out_of_bag)
        weights.append(weight)
    assert len({round(weight, 3) for weight in weights}) > 2


def test_noise_is_called_noise():
    recipe = replace(RECIPE, rule="min")
    results = []
    for seed in (0, 2, 3):
        cases = simulated(seed, 0.0, p=30, count=40)
        results.append(optimism(cases, develop(cases, recipe, seed), recipe, 8, seed))
    assert max(result.figures["auc"].apparent for result in results) > 0.6
    assert abs(np.mean([result.auc.value for result in results]) - 0.5) < 0.1
    for result in results:
        assert "not distinguishable from chance, whatever the apparent AUC says" in result.sentence()


def test_out_of_bag_are_the_patients_that_were_not_drawn():
    cases = simulated(4, 1.5)
    drawn = resample_development(cases, RECIPE, 5, 3, lambda done, total: None)
    assert drawn.drawn.shape == drawn.scores.shape == (5, len(cases.outcome))
    for row in range(5):
        unseen = ~drawn.drawn[row]
        assert not set(cases.patients[unseen]) & set(cases.patients[~unseen])
        assert drawn.out_of_bag[row, 0] == pytest.approx(auc(drawn.scores[row][unseen], cases.outcome[unseen]))
        assert drawn.all_cases[row, 0] == pytest.approx(auc(drawn.scores[row], cases.outcome))


def test_cancel_is_an_exception_from_progress():
    cases = simulated(5, 1.0)

    def cancel(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        optimism(cases, develop(cases, RECIPE, 1), RECIPE, 50, 1, cancel)


def test_too_few_cases_for_resampling():
    rng = np.random.default_rng(0)
    cases = Cases(features=rng.normal(size=(31, 2)), outcome=np.arange(31) < 4, patients=np.arange(31))
    score = develop(cases, Recipe(folds=3), 0)
    with pytest.raises(DataRefusedError, match="of 20 resamples are too small or too uneven to fit"):
        optimism(cases, score, Recipe(folds=3), 20, 0)


def test_too_few_patients_for_resampling():
    rng = np.random.default_rng(0)
    cases = Cases(features=rng.normal(size=(40, 2)), outcome=np.arange(40) % 2 == 0, patients=np.arange(40) // 10)
    with pytest.raises(DataRefusedError, match="4 patients are too few to resample"):
        optimism(cases, develop(cases, Recipe(folds=3), 0), Recipe(folds=3), 20, 0)


def test_a_score_that_separates_the_classes_is_not_called_certain():
    rng = np.random.default_rng(0)
    outcome = np.arange(60) % 2 == 0
    cases = Cases(
        features=np.column_stack([outcome * 10 + rng.random(60), rng.random(60)]),
        outcome=outcome,
        patients=np.arange(60),
    )
    result = optimism(cases, develop(cases, RECIPE, 0), RECIPE, 10, 0)
    assert result.auc.lower == result.auc.upper == 1
    assert "without limits" in result.sentence()
    assert "to be expected" not in result.sentence()


def test_a_score_of_no_feature_is_chance_and_says_so():
    cases = simulated(4, 0.0, p=2, count=40)
    nothing = replace(develop(cases, RECIPE, 0), coefficients=np.zeros(2), intercept=0.3)
    assert auc(nothing.score(cases.features), cases.outcome) == 0.5
    found = optimism(cases, nothing, RECIPE, 10, 0)
    sentence = replace(found, auc=replace(found.auc, value=0.5, lower=0.5, upper=0.5)).sentence()
    assert "without limits" in sentence
    assert sentence.endswith("that is not distinguishable from chance, whatever the apparent AUC says.")


def test_as_published_deals_lymph_nodes():
    cases = simulated(6, 1.5)
    by_patient, published = develop(cases, RECIPE, 1), develop(cases, replace(RECIPE, by_patient=False), 1)
    assert (by_patient.cross_validation.mean != published.cross_validation.mean).any()
    np.testing.assert_array_equal(
        by_patient.cross_validation.path.coefficients, published.cross_validation.path.coefficients
    )


def test_a_resample_whose_score_selects_nothing_has_no_sensitivity_and_no_specificity():
    """It counted as 1 and 0, so that corrected sensitivity came out too high and specificity too low."""
    drawn = resample_development(simulated(3, 0.4), RECIPE, 12, 1, lambda done, total: None)
    empty = ~drawn.selected.any(axis=1)
    assert 0 < empty.sum() < 12
    at = [FIGURES.index(name) for name in ("sensitivity", "specificity")]
    for figures in (drawn.own, drawn.all_cases, drawn.out_of_bag):
        assert np.isnan(figures[np.ix_(empty, at)]).all()
        assert np.isfinite(figures[np.ix_(~empty, at)]).all()
        assert (figures[empty, FIGURES.index("auc")] == 0.5).all()
