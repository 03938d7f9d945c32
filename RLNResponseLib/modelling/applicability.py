"""Whether a lymph node is like those that a score model was fitted on.

The measure is the Mahalanobis distance in the model's own features (Mahalanobis 1936): the distance from the training
mean in SDs, along the directions in which the training lymph nodes vary. It is compared with two distances that the
card states: past the first the lymph node is flagged, past the second its group is withheld.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError

# A card is read where nothing is computed: an unchanged study's.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal["unknown", "inside", "outside", "far-outside"]
# By default a lymph node is flagged beyond the furthest training lymph node, and withheld half as far again.
WITHHOLD_FACTOR = 1.5

CANNOT_TELL = (
    "The card of this score model holds no training distribution, so it cannot tell whether this lymph node is like "
    "those that it was fitted on."
)


@dataclass(frozen=True, kw_only=True)
class FeatureRange:
    """One feature over the training lymph nodes.

    Attributes
    ----------
    mean, sd, minimum, maximum
        In the feature's own unit; the SD with n − 1.
    """

    mean: float
    sd: float
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class TrainingDistribution:
    """What a model was fitted on.

    Attributes
    ----------
    lymph_nodes
        How many.
    features
        Feature → its range, by full name.
    covariance
        (p, p) of the features, in the same order.
    flag_beyond
        Mahalanobis distance past which a lymph node is flagged.
    withhold_beyond
        Mahalanobis distance past which its group is withheld.
    """

    lymph_nodes: int
    features: Mapping[str, FeatureRange]
    covariance: tuple[tuple[float, ...], ...]
    flag_beyond: float
    withhold_beyond: float

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """The block "training" of a model card."""
        return {
            "lymph_nodes": self.lymph_nodes,
            "features": {
                name: {
                    "mean": feature_range.mean,
                    "sd": feature_range.sd,
                    "minimum": feature_range.minimum,
                    "maximum": feature_range.maximum,
                }
                for name, feature_range in self.features.items()
            },
            "covariance": [list(row) for row in self.covariance],
            "flag_beyond": self.flag_beyond,
            "withhold_beyond": self.withhold_beyond,
        }


@dataclass(frozen=True, kw_only=True)
class Applicability:
    """What the training distribution says of one lymph node.

    Attributes
    ----------
    status
        "unknown" where the card has no training distribution.
    message
        One sentence for the reader.
    distance
        Mahalanobis distance; None where unknown.
    outside
        The features that lie beyond their training range.
    """

    status: Status
    message: str
    distance: float | None = None
    outside: tuple[str, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether the group must not be shown."""
        return self.status == "far-outside"

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "status": self.status,
            "distance": self.distance,
            "outside_range": list(self.outside),
            "message": self.message,
        }


def assess(training: TrainingDistribution | None, values: Mapping[str, float]) -> Applicability:
    """Whether `values`, the features of one lymph node, lie within the training distribution.

    Parameters
    ----------
    training
        The features of the lymph nodes that the score was made from; None where the card has none.
    values
        Feature values by name.

    Returns
    -------
    Applicability

    Examples
    --------
    >>> import numpy as np
    >>> training = describe_training(["x"], np.array([[8.0], [10.0], [12.0]]))  # SD 2
    >>> for value in (11.0, 12.5, 14.0):
    ...     assessment = assess(training, {"x": value})
    ...     print(assessment.status, round(assessment.distance, 4), assessment.withheld)
    inside 0.5 False
    outside 1.25 False
    far-outside 2.0 True
    """
    if training is None:
        return Applicability(status="unknown", message=CANNOT_TELL)
    import numpy as np

    names = list(training.features)
    mean = np.array([training.features[name].mean for name in names])
    difference = np.array([values[name] for name in names]) - mean
    distance = _distance(difference, np.array(training.covariance))
    outside = tuple(
        name for name in names if not training.features[name].minimum <= values[name] <= training.features[name].maximum
    )
    beyond = f" Outside the training range: {', '.join(outside)}." if outside else ""
    far = f"{distance:.1f} SD from the training mean"
    if distance > training.withhold_beyond:
        message = (
            f"This lymph node lies {far}, past the {training.withhold_beyond:.1f} up to which the card gives a group; "
            f"the score is shown, the group is withheld.{beyond}"
        )
        return Applicability(status="far-outside", message=message, distance=distance, outside=outside)
    if distance > training.flag_beyond or outside:
        message = f"This lymph node is not like those that the model was fitted on: it lies {far}.{beyond}"
        return Applicability(status="outside", message=message, distance=distance, outside=outside)
    return Applicability(
        status="inside",
        message=f"This lymph node is like those that the model was fitted on ({far}).",
        distance=distance,
        outside=outside,
    )


def describe_training(
    names: Sequence[str],
    values: NDArray[np.float64],
    *,
    flag_beyond: float | None = None,
    withhold_beyond: float | None = None,
) -> TrainingDistribution:
    """The distribution of a model's features over its training lymph nodes, for its card.

    Parameters
    ----------
    names
        The model's features, in the order of the columns.
    values
        [lymph node, feature], in the order of `names`.
    flag_beyond
        The distance of the furthest training lymph node where None.
    withhold_beyond
        1.5 times as far where None.

    Returns
    -------
    TrainingDistribution

    Raises
    ------
    DataRefusedError
        no-distribution where the covariance cannot be inverted: fewer lymph nodes than features and one, or a
        feature that is constant or a sum of the others.

    Examples
    --------
    >>> import numpy as np
    >>> training = describe_training(["x"], np.array([[8.0], [10.0], [12.0]]))
    >>> training.features["x"].sd, round(training.flag_beyond, 4), round(training.withhold_beyond, 4)
    (2.0, 1.0, 1.5)
    """
    import numpy as np

    mean = values.mean(axis=0)
    covariance = np.atleast_2d(np.cov(values, rowvar=False)) if len(values) > 1 else np.zeros((len(names),) * 2)
    if len(values) <= len(names) or not is_usable(covariance):
        raise DataRefusedError(
            f"{len(values)} lymph nodes do not determine how {len(names)} features vary together, so the card gets no "
            f"training distribution; use more lymph nodes, or fewer and unrelated features.",
            "no-distribution",
        )
    # Row by row as `assess` does: solved together they would differ in the last bit, and the furthest be flagged.
    furthest = max(_distance(row - mean, covariance) for row in values)
    flag = furthest if flag_beyond is None else flag_beyond
    return TrainingDistribution(
        lymph_nodes=len(values),
        features={
            name: FeatureRange(mean=float(m), sd=float(s), minimum=float(low), maximum=float(high))
            for name, m, s, low, high in zip(
                names, mean, values.std(axis=0, ddof=1), values.min(axis=0), values.max(axis=0), strict=True
            )
        },
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        flag_beyond=flag,
        withhold_beyond=WITHHOLD_FACTOR * flag if withhold_beyond is None else withhold_beyond,
    )


def is_usable(covariance: NDArray[np.float64]) -> bool:
    """Whether a covariance matrix is symmetric and can be inverted, judged on the scale of correlations.

    Parameters
    ----------
    covariance
        (p, p), covariance of the features.

    Returns
    -------
    bool
    """
    import numpy as np

    variance = np.diag(covariance)
    if not np.isfinite(covariance).all() or (variance <= 0).any() or not np.allclose(covariance, covariance.T):
        return False
    scale = np.sqrt(np.outer(variance, variance))
    return bool(np.linalg.eigvalsh(covariance / scale).min() > 1e-10)


def _distance(difference: NDArray[np.float64], covariance: NDArray[np.float64]) -> float:
    """Mahalanobis distance; solved in SDs, since features differ by a factor of 1e8."""
    import numpy as np

    sd = np.sqrt(np.diag(covariance))
    scaled = difference / sd
    squared = float(scaled @ np.linalg.solve(covariance / np.outer(sd, sd), scaled))
    return math.sqrt(max(squared, 0.0))


def training_from_card(card: Mapping[str, Any], coefficients: Sequence[str], name: str) -> TrainingDistribution:
    """The distribution of a card's block "training", already checked against the schema.

    Parameters
    ----------
    card
        The model card.
    coefficients
        The features of the formula.
    name
        Its name, for messages.

    Returns
    -------
    TrainingDistribution

    Raises
    ------
    DataRefusedError
        bad-model-card where it is not of the formula's features, its covariance does not fit, or its distances are
        in the wrong order.
    """
    import numpy as np

    features = {feature: FeatureRange(**values) for feature, values in card["features"].items()}
    covariance = np.array(card["covariance"], dtype=float) if len({len(r) for r in card["covariance"]}) == 1 else None
    wrong = None
    if set(features) != set(coefficients):
        wrong = "its features are not those of the formula"
    elif covariance is None or covariance.shape != (len(features),) * 2 or not is_usable(covariance):
        wrong = "its covariance is not an invertible symmetric matrix of its features"
    elif not card["flag_beyond"] <= card["withhold_beyond"] < math.inf:
        wrong = "withhold_beyond is below flag_beyond"
    if wrong or covariance is None:
        raise DataRefusedError(
            f"The training distribution of the model card {name} is wrong: {wrong}; correct it there.", "bad-model-card"
        )
    return TrainingDistribution(
        lymph_nodes=card["lymph_nodes"],
        features=features,
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        flag_beyond=float(card["flag_beyond"]),
        withhold_beyond=float(card["withhold_beyond"]),
    )
