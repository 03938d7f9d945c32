"""Whether a lymph node is like those that a score model was fitted on.

The measure is the Mahalanobis distance in the model's own features (Mahalanobis 1936): the distance from the training
mean in SDs, along the directions in which the training lymph nodes vary. It is compared with two distances that the
card states: past the first the lymph node is flagged, past the second its group is withheld.

Both come from the distances that training lymph nodes have where their patient is left out of mean and covariance: a
lymph node lies nearer to a mean that it helped to make, the more so the fewer there are. The first is the quantile of
these distances that one in twenty new lymph nodes of the same population passes (its rank as in conformal prediction,
Vovk et al. 2005, doi 10.1007/b106715; docs/simulations.md has how many are flagged). Features that are skewed and
positive, as volumes and some emphases are, are measured on the scale of their logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import percent

# A card is read where nothing is computed: an unchanged study's.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal["unknown", "inside", "outside", "far-outside"]
# At most this share of new lymph nodes of the training population is to be flagged.
FALSE_ALARM_RATE = 0.05
# Withheld half as far again, and not before the furthest training lymph node.
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
    mean, sd
        In the feature's own unit, or of its natural logarithm; the SD with n − 1.
    minimum, maximum
        In the feature's own unit.
    log
        Whether mean, SD and covariance are of the logarithm.
    """

    mean: float
    sd: float
    minimum: float
    maximum: float
    log: bool = False


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
        (p, p) of the features, or of their logarithms, in the same order.
    flag_beyond
        Mahalanobis distance past which a lymph node is flagged.
    withhold_beyond
        Mahalanobis distance past which its group is withheld.
    false_alarm_rate
        At most this share of new lymph nodes of the same population lies past `flag_beyond` (rather fewer do where
        there are few to tell by, docs/simulations.md); None on a card that does not say, whose lymph nodes are flagged
        beyond the range of any feature too.
    """

    lymph_nodes: int
    features: Mapping[str, FeatureRange]
    covariance: tuple[tuple[float, ...], ...]
    flag_beyond: float
    withhold_beyond: float
    false_alarm_rate: float | None = None

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """The block "training" of a model card."""
        stated = {} if self.false_alarm_rate is None else {"false_alarm_rate": self.false_alarm_rate}
        return {
            "lymph_nodes": self.lymph_nodes,
            "features": {
                name: {
                    "mean": feature_range.mean,
                    "sd": feature_range.sd,
                    "minimum": feature_range.minimum,
                    "maximum": feature_range.maximum,
                    **({"log": True} if feature_range.log else {}),
                }
                for name, feature_range in self.features.items()
            },
            "covariance": [list(row) for row in self.covariance],
            "flag_beyond": self.flag_beyond,
            "withhold_beyond": self.withhold_beyond,
            **stated,
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
        Mahalanobis distance; None where unknown, and where a feature has no logarithm.
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
    >>> values = np.arange(1.0, 40.0)[:, None]  # mean 20, SD 11.4
    >>> training = describe_training(["x"], values)
    >>> for value in (11.0, 41.0, 60.0):
    ...     assessment = assess(training, {"x": value})
    ...     print(assessment.status, round(assessment.distance, 2), assessment.withheld)
    inside 0.79 False
    outside 1.84 False
    far-outside 3.51 True
    """
    if training is None:
        return Applicability(status="unknown", message=CANNOT_TELL)
    import numpy as np

    from RLNResponseLib.modelling.mahalanobis import distance as distance_from_mean

    names = list(training.features)
    outside = tuple(
        name for name in names if not training.features[name].minimum <= values[name] <= training.features[name].maximum
    )
    beyond = f" Outside the training range: {', '.join(outside)}." if outside else ""
    without = [name for name in names if training.features[name].log and not values[name] > 0]
    if without:
        message = (
            f"This lymph node is not like those that the model was fitted on: {without[0]} is {values[without[0]]:g} "
            f"and was above 0 in every one of them; the score is shown, the group is withheld."
        )
        return Applicability(status="far-outside", message=message, outside=outside)
    mean = np.array([training.features[name].mean for name in names])
    measured = np.array([math.log(values[name]) if training.features[name].log else values[name] for name in names])
    distance = distance_from_mean(measured - mean, np.array(training.covariance))
    far = f"{distance:.1f} SD from the training mean"
    if distance > training.withhold_beyond:
        message = (
            f"This lymph node lies {far}, past the {training.withhold_beyond:.1f} up to which the card gives a group; "
            f"the score is shown, the group is withheld.{beyond}"
        )
        return Applicability(status="far-outside", message=message, distance=distance, outside=outside)
    if distance > training.flag_beyond or (outside and training.false_alarm_rate is None):
        stated = ""
        if training.false_alarm_rate is not None:
            share = percent(training.false_alarm_rate, digits=1)
            stated = f", past the {training.flag_beyond:.1f} that at most {share} of lymph nodes like those pass too"
        message = f"This lymph node is not like those that the model was fitted on: it lies {far}{stated}.{beyond}"
        return Applicability(status="outside", message=message, distance=distance, outside=outside)
    return Applicability(
        status="inside",
        message=f"This lymph node is like those that the model was fitted on ({far}).{beyond}",
        distance=distance,
        outside=outside,
    )


def describe_training(
    names: Sequence[str],
    values: NDArray[np.float64],
    patients: NDArray[np.intp] | None = None,
    *,
    logarithms: bool = True,
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
    patients
        (n,), whole numbers from 0: whose lymph node each is, as all of one patient are left out together; None takes
        each for a patient's only one.
    logarithms
        False measures all features as they are: a harmonised card's, which each centre measures on a scale of its own.
    flag_beyond
        Where None, the distance that one in twenty new lymph nodes passes, `FALSE_ALARM_RATE`.
    withhold_beyond
        Where None, 1.5 times as far, or the distance of the furthest training lymph node if that is further.

    Returns
    -------
    TrainingDistribution

    Raises
    ------
    DataRefusedError
        no-distribution where the covariance cannot be inverted: fewer lymph nodes than features and one, or a
        feature that is constant or a sum of the others, also where a patient is left out.

    Examples
    --------
    >>> import numpy as np
    >>> training = describe_training(["x"], np.arange(1.0, 40.0)[:, None])
    >>> round(training.features["x"].sd, 2), round(training.flag_beyond, 2), training.false_alarm_rate
    (11.4, 1.75, 0.05)
    """
    import numpy as np

    from RLNResponseLib.modelling.mahalanobis import is_usable, left_out_distances, needs_logarithm

    logs = needs_logarithm(values) & logarithms
    measured = values.copy()
    measured[:, logs] = np.log(values[:, logs])
    mean = measured.mean(axis=0)
    covariance = np.atleast_2d(np.cov(measured, rowvar=False)) if len(values) > 1 else np.zeros((len(names),) * 2)
    usable = len(values) > len(names) and is_usable(covariance)
    distances = left_out_distances(measured, np.arange(len(values)) if patients is None else patients) if usable else ()
    rank = min(math.ceil((1 - FALSE_ALARM_RATE) * (len(values) + 1) - 1e-9), len(values))
    if not usable or not math.isfinite(distances[rank - 1]):
        raise DataRefusedError(
            f"{len(values)} lymph nodes do not determine how {len(names)} features vary together, so the card gets no "
            f"training distribution; use more lymph nodes, or fewer and unrelated features.",
            "no-distribution",
        )
    flag = distances[rank - 1] if flag_beyond is None else flag_beyond
    furthest = max(distance for distance in distances if math.isfinite(distance))
    return TrainingDistribution(
        lymph_nodes=len(values),
        features={
            name: FeatureRange(mean=float(m), sd=float(s), minimum=float(low), maximum=float(high), log=bool(log))
            for name, m, s, low, high, log in zip(
                names, mean, measured.std(axis=0, ddof=1), values.min(axis=0), values.max(axis=0), logs, strict=True
            )
        },
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        flag_beyond=flag,
        withhold_beyond=max(WITHHOLD_FACTOR * flag, furthest) if withhold_beyond is None else withhold_beyond,
        false_alarm_rate=round(1 - rank / (len(values) + 1), 12) if flag_beyond is None else None,
    )


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

    from RLNResponseLib.modelling.mahalanobis import is_usable

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
        false_alarm_rate=card.get("false_alarm_rate"),
    )
