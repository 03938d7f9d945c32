"""The estimator works inside scikit-learn and equals the path."""

import numpy as np
import pytest

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.estimator import LassoLogistic
from RLNResponseLib.modelling.lasso import lasso_path


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


def test_scikit_learn_can_clone_cross_validate_and_search(binary_table):
    base = pytest.importorskip("sklearn.base", reason="scikit-learn is not installed")
    selection = pytest.importorskip("sklearn.model_selection")
    features, outcome, _ = binary_table("constant_feature")
    assert base.clone(LassoLogistic(0.07)).get_params() == {"penalty": 0.07}
    scores = selection.cross_val_score(LassoLogistic(0.05), features, outcome, scoring="roc_auc", cv=3)
    assert (scores > 0.5).all()
    search = selection.GridSearchCV(LassoLogistic(), {"penalty": [0.3, 0.05]}, scoring="roc_auc", cv=3)
    assert search.fit(features, outcome).best_params_ == {"penalty": 0.05}


def test_what_is_refused():
    features = np.random.default_rng(0).normal(size=(12, 2))
    with pytest.raises(DataRefusedError, match="The outcome has 3 different values and a fit needs two"):
        LassoLogistic().fit(features, np.arange(12) % 3)
    with pytest.raises(DataRefusedError, match="The LASSO's λ is 0; take one above 0"):
        LassoLogistic(0.0).fit(features, np.arange(12) % 2)
    with pytest.raises(ValueError, match="no parameter alpha"):
        LassoLogistic().set_params(alpha=1)
