"""cv.glmnet(type.measure = "auc"): the same curve, the same λ, and both refusals."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cross_validation import cross_validate, predicted


@pytest.mark.parametrize("name", ["paper_size", "correlated_pairs", "constant_feature", "wide", "lung1_all"])
def test_equals_cv_glmnet(oracle, binary_table, name):
    features, outcome, foldid = binary_table(name)
    figures = oracle(f"cv_{name}")
    assert foldid.tolist() == figures["foldid"]
    ours = cross_validate(features, outcome, foldid)
    np.testing.assert_allclose(ours.path.lambdas, figures["lambda"], rtol=1e-12)
    np.testing.assert_allclose(ours.mean, figures["auc"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.se, figures["se"], rtol=0, atol=1e-10)
    assert ours.lambda_min == pytest.approx(figures["lambda_min"], rel=1e-12)
    assert ours.lambda_1se == pytest.approx(figures["lambda_1se"], rel=1e-12)
    assert (ours.chosen("min"), ours.chosen("1se")) == (ours.lambda_min, ours.lambda_1se)


def test_fewer_than_ten_cases_a_fold_is_refused_where_r_takes_deviance(oracle, binary_table):
    features, outcome, _ = binary_table("paper_size")
    figures = oracle("cv_refusals")
    assert figures["small_measure"] == "Binomial Deviance"
    assert "changed to type.measure='deviance'" in figures["small_warning"]
    with pytest.raises(
        DataRefusedError, match=r"102 cases in 11 folds are fewer than 10 a fold.*take at most 10 folds"
    ) as e:
        cross_validate(features, outcome, np.arange(102) % 11 + 1)
    assert e.value.code == "small-folds"


def test_a_fold_of_one_class_is_refused_where_r_leaves_it_out_of_the_mean(oracle, binary_table):
    features, outcome, _ = binary_table("paper_size")
    figures = oracle("cv_refusals")
    assert figures["one_class_measure"] == "AUC"
    with pytest.raises(DataRefusedError, match=r"Fold 1 has 10 cases of one class, so it has no AUC") as e:
        cross_validate(features, outcome, np.array(figures["one_class_foldid"]))
    assert e.value.code == "one-class-fold"


def test_two_folds_are_too_few(binary_table):
    features, outcome, _ = binary_table("paper_size")
    with pytest.raises(DataRefusedError, match="There are 2 folds and cross-validation needs at least 3"):
        cross_validate(features, outcome, np.arange(102) % 2)


def test_repeats_are_averaged(binary_table):
    features, outcome, foldid = binary_table("constant_feature")
    other = np.random.default_rng(0).permutation(foldid)
    both = cross_validate(features, outcome, foldid, other)
    apart = [cross_validate(features, outcome, one) for one in (foldid, other)]
    np.testing.assert_allclose(both.mean, (apart[0].mean + apart[1].mean) / 2)
    assert both.lambda_min == both.path.lambdas[np.argmax(both.mean)]
    best = np.argmax(both.mean)
    assert both.lambda_1se == both.path.lambdas[both.mean >= both.mean[best] - both.se[best]].max()


def test_equal_cases_get_equal_probabilities_in_every_row():
    rng = np.random.default_rng(2)
    case = rng.normal(size=(1, 57))
    many = np.repeat(case, 23, axis=0)
    probabilities = predicted(many, rng.normal(size=31), rng.normal(size=(31, 57)))
    assert (probabilities == probabilities[0]).all()


def test_probabilities_saturate_without_a_warning():
    assert predicted(np.array([[1e6], [-1e6]]), np.zeros(1), np.ones((1, 1))).ravel() == pytest.approx([1, 0])


def test_it_says_how_many_folds_there_were_not_how_many_were_asked_for():
    # Nine patients fill nine of ten folds.
    rng = np.random.default_rng(2)
    outcome = np.arange(120) % 2 == 0
    features = rng.normal(size=(120, 3)) + outcome[:, None]
    nine, ten = np.arange(120) // 2 % 9 + 1, np.arange(120) // 2 % 10 + 1
    assert cross_validate(features, outcome, nine, ten).folds == (9, 10)
