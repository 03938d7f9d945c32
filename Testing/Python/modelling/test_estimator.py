"""The estimator is scikit-learn's own kind and gives R's coefficients; its splitter never parts a patient."""

import doctest
import importlib
import pickle
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting import estimator
from RLNResponseLib.modelling.fitting.estimator import LassoLogistic, PatientFolds
from RLNResponseLib.modelling.fitting.lasso import lasso_path
from RLNResponseLib.modelling.fitting.splits import deal_folds, group_codes
from RLNResponseLib.modelling.validation.roc import auc


def test_every_check_of_scikit_learn_passes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)  # arrays of other libraries, where SCIPY_ARRAY_API is not set
        found = check_estimator(LassoLogistic(), on_fail=None)
    assert [each["check_name"] for each in found if each["status"] not in ("passed", "skipped")] == []
    assert {each["check_name"] for each in found if each["status"] == "skipped"} <= {"check_array_api_input"}
    assert len(found) > 50


def test_it_says_that_it_is_a_classifier_of_two_classes():
    assert is_classifier(make_pipeline(StandardScaler(), LassoLogistic(0.1)))
    assert not LassoLogistic().__sklearn_tags__().classifier_tags.multi_class


@pytest.mark.parametrize("name", ["paper_size", "correlated_pairs", "constant_feature", "wide"])
def test_coefficients_are_glmnets(oracle, binary_table, name):
    features, outcome, _ = binary_table(name)
    figures = oracle(f"path_{name}")
    step, column, value = (np.array(figures[key]) for key in ("step", "feature", "value"))
    for number in (5, 20, 40):
        beta = np.zeros(features.shape[1])
        beta[column[step == number].astype(int)] = value[step == number]
        model = LassoLogistic(figures["lambda"][number]).fit(features, outcome)
        assert np.abs((model.coef_[0] - beta) * features.std(axis=0)).max() < 5e-9
        assert model.intercept_[0] == pytest.approx(figures["intercept"][number], rel=0, abs=2e-8)
        assert model.kkt_residual_ < 1e-12


def test_equals_the_path(binary_table):
    features, outcome, _ = binary_table("paper_size")
    path = lasso_path(features, outcome)
    model = LassoLogistic(path.lambdas[40]).fit(features, np.where(outcome, "responder", "non-responder"))
    sd = features.std(axis=0)
    np.testing.assert_allclose(model.coef_[0] * sd, path.coefficients[40] * sd, atol=1e-10)
    probability = model.predict_proba(features)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert set(model.predict(features)) <= {"responder", "non-responder"}
    assert ((model.predict(features) == "responder") == (probability[:, 1] > 0.5)).all()
    assert model.kkt_residual_ < 1e-10
    again = pickle.loads(pickle.dumps(model))
    assert (again.decision_function(features) == model.decision_function(features)).all()


def test_scaling_before_it_changes_nothing(binary_table):
    features, outcome, _ = binary_table("constant_feature")
    alone = LassoLogistic(0.05).fit(features, outcome)
    scaled = make_pipeline(StandardScaler(), LassoLogistic(0.05)).fit(features, outcome)
    np.testing.assert_allclose(scaled.decision_function(features), alone.decision_function(features), atol=1e-10)


def test_column_names_are_kept_and_held_to():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    table = pandas.DataFrame(rng.normal(size=(30, 2)), columns=["original_shape_Sphericity", "original_glcm_Contrast"])
    model = LassoLogistic(0.01).fit(table, table["original_glcm_Contrast"] > 0)
    assert model.feature_names_in_.tolist() == list(table.columns)
    assert model.n_features_in_ == 2
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[table.columns[::-1]])


def patients_of(outcome):
    return np.array([f"P{number}" for number in np.arange(len(outcome)) // 2])


def test_cross_val_score_keeps_patients_together(binary_table):
    features, outcome, _ = binary_table("constant_feature")
    patients, folds = patients_of(outcome), PatientFolds(5, seed=3)
    scores = cross_val_score(
        LassoLogistic(0.05), features, outcome, groups=patients, cv=folds, scoring="roc_auc", error_score="raise"
    )
    foldid = deal_folds(group_codes(patients.tolist()), outcome, 5, seed=3)
    by_hand = []
    for fold in range(1, 6):
        path = lasso_path(features[foldid != fold], outcome[foldid != fold], np.array([0.05]))
        by_hand.append(auc(features[foldid == fold] @ path.coefficients[0], outcome[foldid == fold]))
    assert folds.get_n_splits() == 5
    np.testing.assert_allclose(scores, by_hand, rtol=0, atol=2e-15)
    assert scores.mean() > 0.6


def test_a_search_over_a_pipeline_keeps_patients_together(binary_table):
    features, outcome, _ = binary_table("constant_feature")
    patients = patients_of(outcome)
    pipeline = make_pipeline(StandardScaler(), LassoLogistic())
    grid = {"lassologistic__penalty": [0.3, 0.05]}
    search = GridSearchCV(pipeline, grid, scoring="roc_auc", cv=PatientFolds(5, seed=3), error_score="raise")
    search.fit(features, outcome, groups=patients)
    assert search.best_params_ == {"lassologistic__penalty": 0.05}
    assert search.n_splits_ == 5
    by_hand = cross_val_score(
        clone(pipeline).set_params(lassologistic__penalty=0.05), features, outcome, groups=patients,
        cv=PatientFolds(5, seed=3), scoring="roc_auc",
    )  # fmt: skip
    assert search.best_score_ == pytest.approx(by_hand.mean())


def test_groups_reach_the_splitter_with_metadata_routing(binary_table):
    import sklearn

    features, outcome, _ = binary_table("constant_feature")
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            LassoLogistic(), features, outcome, params={"groups": patients_of(outcome)}, cv=PatientFolds(4, 1)
        )
    assert len(scores) == 4


def test_parameters_are_scikit_learns():
    assert clone(LassoLogistic(0.07)).get_params() == {"penalty": 0.07}
    assert repr(LassoLogistic(0.07)) == "LassoLogistic(penalty=0.07)"
    assert repr(PatientFolds(4, seed=2)) == "PatientFolds(n_splits=4, seed=2)"
    with pytest.raises(ValueError, match="Invalid parameter 'alpha' for estimator LassoLogistic"):
        LassoLogistic().set_params(alpha=1)


def test_the_examples_are_true():
    assert doctest.testmod(estimator).attempted > 5
    assert doctest.testmod(estimator).failed == 0


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    from RLNResponseLib.common import requirements

    monkeypatch.setattr(requirements, "_is_there", lambda module: not module.startswith("sklearn"))
    monkeypatch.delitem(sys.modules, "RLNResponseLib.modelling.fitting.estimator")
    for name in [each for each in sys.modules if each.split(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(DataRefusedError, match=r"Judging a score needs scikit-learn.*pip install 'scikit-learn>=1\.6'"):
        importlib.import_module("RLNResponseLib.modelling.fitting.estimator")


def test_what_the_estimator_refuses():
    features = np.random.default_rng(0).normal(size=(12, 2))
    with pytest.raises(DataRefusedError, match="The outcome has 3 different values and a fit needs two") as refused:
        LassoLogistic().fit(features, np.arange(12) % 3)
    assert isinstance(refused.value, ValueError)
    with pytest.raises(DataRefusedError, match="The LASSO's λ is 0; take one above 0"):
        LassoLogistic(0.0).fit(features, np.arange(12) % 2)
    with pytest.raises(
        ValueError, match="One class of the outcome has 1 of 12 cases and a fit needs two of each"
    ) as few:
        LassoLogistic().fit(features, np.arange(12) == 3)
    assert few.value.code == "too-few-cases"
    with pytest.raises(NotFittedError):
        LassoLogistic().predict(features)


@given(st.integers(0, 10_000), st.integers(12, 60), st.integers(2, 8))
def test_no_patient_is_on_both_sides_and_the_folds_are_our_own(seed, count, n_splits):
    rng = np.random.default_rng(seed)
    patients = rng.permutation(np.concatenate([np.arange(count), rng.integers(0, count, count // 2)]))
    outcome = np.where(rng.random(len(patients)) < 0.6, "yes", "no")
    outcome[:2] = ["yes", "no"]
    foldid = deal_folds(group_codes(patients.tolist()), outcome == "yes", n_splits, seed)
    split = PatientFolds(n_splits, seed).split(np.zeros((len(patients), 1)), outcome, patients)
    if len(set(foldid)) < n_splits:
        with pytest.raises(DataRefusedError, match=f"Only {len(set(foldid))} of {n_splits} folds have a patient"):
            list(split)
        return
    splits = list(split)
    assert len(splits) == n_splits
    for fold, (training, test) in enumerate(splits, start=1):
        assert not set(patients[training]) & set(patients[test])
        assert test.tolist() == np.flatnonzero(foldid == fold).tolist()
        assert sorted([*training, *test]) == list(range(len(patients)))


@pytest.mark.parametrize(
    ("outcome", "patients", "n_splits", "sentence"),
    [
        ([0, 1, 0, 1], None, 2, "PatientFolds needs y .* and groups .*; give both"),
        (None, [1, 2, 3, 4], 2, "PatientFolds needs y .* and groups"),
        ([0, 1, 0, 1], [1, 2, 3], 2, "y has 4 cases and groups 3"),
        ([1, 1, 1, 1], [1, 2, 3, 4], 2, "The outcome has 1 different value and a fit needs two classes"),
        ([0, 1, 0, 1], [1, 1, 2, 2], 3, "2 patients cannot fill 3 folds"),
        ([0, 1, 0, 1], [1, 2, 3, 4], 4, "Only 2 of 4 folds have a patient"),
        ([0, 1, 0, 1], [1, 2, 3, 4], 1, "n_splits is 1; folds are a whole number from 2"),
    ],
)
def test_what_the_splitter_refuses(outcome, patients, n_splits, sentence):
    with pytest.raises(DataRefusedError, match=sentence) as refused:
        list(PatientFolds(n_splits).split(None, outcome, patients))
    assert isinstance(refused.value, ValueError)
