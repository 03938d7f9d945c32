"""The LASSO at one λ as a scikit-learn estimator, and folds that keep a patient's lymph nodes together as its splitter.

Importing this module loads scikit-learn, or says that it is not installed: nothing on the way to a score imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.lasso import lasso_path
from RLNResponseLib.modelling.fitting.splits import deal_folds, group_codes

_base, _model_selection = need("sklearn.base"), need("sklearn.model_selection")
_multiclass, _validation = need("sklearn.utils.multiclass"), need("sklearn.utils.validation")


class RefusedValueError(DataRefusedError, ValueError):
    """A refusal as scikit-learn expects it: an estimator or a splitter that cannot use its input raises ValueError."""


class LassoLogistic(_base.ClassifierMixin, _base.BaseEstimator):  # type: ignore[misc, name-defined]
    """LASSO logistic regression at a given λ on glmnet's scale, solved to machine precision.

    It minimises −(1/n) log-likelihood + λ Σ|β|, the features standardised with the 1/n variance and the intercept not
    penalised, as R's ``glmnet(x, y, family = "binomial")`` does; `coef_` and `intercept_` are for raw feature values,
    so no scaler is needed before it. scikit-learn's ``LogisticRegression(l1_ratio=1)`` leaves scaling to the caller and
    its C is 1 / (n λ).

    Parameters
    ----------
    penalty
        λ, above 0.

    Attributes
    ----------
    classes_
        (2,), the values of the label in ascending order; the second is the modelled class.
    coef_, intercept_
        (1, p) and (1,).
    n_features_in_, feature_names_in_
        p, and the column names where X had them.
    kkt_residual_
        Largest violation of the optimality conditions, on the standardised scale.

    References
    ----------
    Friedman, Hastie and Tibshirani 2010, doi 10.18637/jss.v033.i01.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import cross_val_score
    >>> rng = np.random.default_rng(0)
    >>> patients = np.arange(120) // 2
    >>> features = rng.normal(size=(120, 8))
    >>> responds = features[:, 0] + rng.normal(size=120) > 0
    >>> model = LassoLogistic(penalty=0.1).fit(features, responds)
    >>> np.flatnonzero(model.coef_[0]).tolist()
    [0]
    >>> folds = PatientFolds(n_splits=5, seed=1)
    >>> areas = cross_val_score(model, features, responds, groups=patients, cv=folds, scoring="roc_auc")
    >>> bool(areas.mean() > 0.8)
    True
    """

    def __init__(self, penalty: float = 0.05) -> None:
        self.penalty = penalty

    def fit(self, X: ArrayLike, y: ArrayLike) -> LassoLogistic:  # noqa: N803  (scikit-learn's name)
        """Fit the score.

        Parameters
        ----------
        X
            (n, p), finite; an array or a table with column names.
        y
            (n,), a label of two values.

        Returns
        -------
        LassoLogistic
            Itself.

        Raises
        ------
        RefusedValueError
            one-class, bad-penalty, and what `lasso_path` refuses.
        ValueError
            What scikit-learn refuses: sparse, complex, missing or infinite values, different lengths, a continuous
            label.
        """
        features, labels = _validation.validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        self.classes_, outcome = _two_classes(labels)
        if not self.penalty > 0:
            raise RefusedValueError(f"The LASSO's λ is {self.penalty:g}; take one above 0.", "bad-penalty")
        try:
            path = lasso_path(features, outcome, np.array([self.penalty], dtype=float))
        except DataRefusedError as refusal:
            raise RefusedValueError(str(refusal), refusal.code) from refusal
        self.coef_: Floats = path.coefficients[-1:]
        self.intercept_: Floats = path.intercepts[-1:]
        self.kkt_residual_ = path.kkt_residual
        return self

    def decision_function(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Log-odds (n,) of the modelled class for features (n, p)."""
        _validation.check_is_fitted(self)
        features = _validation.validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(features @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Probabilities (n, 2) of the classes, in the order of `classes_`."""
        upper = expit(self.decision_function(X))
        return np.column_stack([1 - upper, upper])

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The likelier class (n,) of each case."""
        # Before classes_ is looked up: an estimator that is not fitted says so.
        above = self.decision_function(X) > 0
        return np.asarray(self.classes_[above.astype(int)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class PatientFolds(_model_selection.BaseCrossValidator):  # type: ignore[misc, name-defined]
    """Cross-validation folds that keep a patient's lymph nodes together and spread both classes evenly.

    A splitter for `cross_val_score`, `GridSearchCV` and the like; the folds are those of `deal_folds`, with which
    `rlnresponse fit` cross-validates, for the same seed.

    Parameters
    ----------
    n_splits
        Folds, at least 2.
    seed
        Of the deal.

    Raises
    ------
    RefusedValueError
        few-folds.

    Examples
    --------
    >>> import numpy as np
    >>> patients = np.array(["P1", "P1", "P2", "P3", "P4", "P4"])
    >>> responds = np.array([True, True, False, True, False, False])
    >>> folds = PatientFolds(n_splits=2, seed=0)
    >>> [sorted(set(patients[test].tolist())) for _, test in folds.split(None, responds, patients)]
    [['P1', 'P4'], ['P2', 'P3']]
    """

    # scikit-learn's name for it: with metadata routing on, `groups` reaches the splitter without being asked for.
    __metadata_request__split = {"groups": True}  # noqa: RUF012

    def __init__(self, n_splits: int = 10, seed: int = 1) -> None:
        if isinstance(n_splits, bool) or not isinstance(n_splits, int | np.integer) or n_splits < 2:
            raise RefusedValueError(f"n_splits is {n_splits!r}; folds are a whole number from 2.", "few-folds")
        self.n_splits = int(n_splits)
        self.seed = seed

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """How many splits `split` gives; the arguments are scikit-learn's and change nothing."""
        return self.n_splits

    def split(
        self,
        X: Any,  # noqa: N803
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Row numbers of training and test cases, a fold at a time.

        Parameters
        ----------
        X
            Features; not looked at, the folds depend on label and patient alone.
        y
            (n,), a label of two values.
        groups
            (n,), the patient of each lymph node.

        Yields
        ------
        tuple
            Training and test rows, ascending; no patient has rows in both.

        Raises
        ------
        RefusedValueError
            no-groups, one-class, unequal-lengths, empty-fold, few-patients (fewer than folds).
        """
        if y is None or groups is None:
            raise RefusedValueError(
                "PatientFolds needs y (the label) and groups (the patient of each lymph node); give both.", "no-groups"
            )
        labels, patients = _validation.column_or_1d(y), _validation.column_or_1d(groups)
        if len(labels) != len(patients):
            raise RefusedValueError(
                f"y has {len(labels)} cases and groups {len(patients)}; give each lymph node its label and its "
                f"patient.",
                "unequal-lengths",
            )
        outcome = _two_classes(labels)[1]
        try:
            foldid = deal_folds(group_codes(patients.tolist()), outcome, self.n_splits, self.seed)
        except DataRefusedError as refusal:
            raise RefusedValueError(str(refusal), refusal.code) from refusal
        filled = len(np.unique(foldid))
        if filled < self.n_splits:
            raise RefusedValueError(
                f"Only {filled} of {self.n_splits} folds have a patient, as too few patients have one of the classes; "
                "take fewer folds or add patients.",
                "empty-fold",
            )
        for fold in range(1, self.n_splits + 1):
            yield np.flatnonzero(foldid != fold), np.flatnonzero(foldid == fold)


def _two_classes(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The two values of a label, ascending, and whether each case has the second."""
    _multiclass.check_classification_targets(labels)
    classes = np.unique(labels)
    if _multiclass.type_of_target(labels) != "binary" or len(classes) != 2:
        # The first words are those that scikit-learn's check of an estimator for two classes looks for.
        raise RefusedValueError(
            f"Only binary classification is supported. The outcome has {len(classes)} different "
            f"value{'' if len(classes) == 1 else 's'} and a fit needs two classes; check its column.",
            "one-class",
        )
    return classes, labels == classes[1]
