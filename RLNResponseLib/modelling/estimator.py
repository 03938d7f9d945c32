"""The LASSO at one λ with scikit-learn's estimator interface, without needing scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from RLNResponseLib.array_types import Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.lasso import lasso_path


class LassoLogistic:
    """LASSO logistic regression at a given λ, glmnet's scale: `fit`, `decision_function`, `predict_proba`, `predict`.

    penalty  λ, above 0

    After `fit`: classes_ (2,), coef_ (1, p) and intercept_ (1,) for raw feature values, n_features_in_, kkt_residual_.
    """

    _estimator_type = "classifier"

    def __init__(self, penalty: float = 0.05) -> None:
        self.penalty = penalty

    def fit(self, X: ArrayLike, y: ArrayLike) -> LassoLogistic:  # noqa: N803  (scikit-learn's name)
        """Fit features (n, p) to a label of two values (n,); the larger value is the modelled class."""
        features, labels = np.asarray(X, dtype=float), np.asarray(y)
        self.classes_: NDArray[Any] = np.unique(labels)
        if len(self.classes_) != 2:
            raise DataRefusedError(
                f"The outcome has {len(self.classes_)} different values and a fit needs two; check its column.",
                "one-class",
            )
        if not self.penalty > 0:
            raise DataRefusedError(f"The LASSO's λ is {self.penalty:g}; take one above 0.", "bad-penalty")
        outcome = labels == self.classes_[1]
        path = lasso_path(features, outcome, np.array([self.penalty]))
        self.coef_: Floats = path.coefficients[-1:]
        self.intercept_: Floats = path.intercepts[-1:]
        self.kkt_residual_ = path.kkt_residual
        self.n_features_in_ = features.shape[1]
        return self

    def decision_function(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Log-odds (n,)."""
        return np.asarray(np.asarray(X, dtype=float) @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Probabilities (n, 2) of the two classes."""
        upper = np.exp(-np.logaddexp(0, -self.decision_function(X)))
        return np.column_stack([1 - upper, upper])

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The likelier class of each case (n,)."""
        return np.asarray(self.classes_[(self.decision_function(X) > 0).astype(int)])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings, as scikit-learn's `clone` asks for them; there is nothing nested for `deep`."""
        return {"penalty": self.penalty}

    def set_params(self, **params: Any) -> LassoLogistic:
        """Change settings by name."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"LassoLogistic has no parameter {name}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn ≥ 1.6 asks of an estimator; only it calls this."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # type: ignore[import-untyped, import-not-found, unused-ignore]

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(),
        )
