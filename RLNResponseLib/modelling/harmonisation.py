"""ComBat as a model card carries it: each centre's shift and scale of the formula's features, for one lymph node at a
time. It is fitted in fitting/combat.py; here nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import listed

_MOST_NAMES = 8


@dataclass(frozen=True)
class Affine:
    """harmonised = intercept + slope · measured, of one feature at one centre.

    Attributes
    ----------
    intercept
        In the feature's own unit.
    slope
        Above 0.
    """

    intercept: float
    slope: float


@dataclass(frozen=True, kw_only=True)
class CentreEffect:
    """What ComBat found of one centre.

    Attributes
    ----------
    patients, lymph_nodes
        How many of it were in the training set.
    shift
        Feature → how much higher the centre measures, in SDs within centres (γ*).
    scale
        Feature → how many times as wide the centre's values are (√δ*).
    """

    patients: int
    lymph_nodes: int
    shift: Mapping[str, float]
    scale: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Harmonisation:
    """ComBat fitted on the training lymph nodes of several centres.

    Attributes
    ----------
    column
        The column of the training table that named the centres.
    mean
        Feature → its mean over the centres, weighted by their lymph nodes.
    sd
        Feature → its SD within centres.
    centres
        By name.
    """

    column: str
    mean: Mapping[str, float]
    sd: Mapping[str, float]
    centres: Mapping[str, CentreEffect]

    __repr__ = short_repr

    def affine(self, centre: str, feature: str) -> Affine:
        """What is done to one feature at one centre: mean + SD · ((measured − mean) / SD − γ*) / √δ*.

        Raises DataRefusedError (unknown-centre).
        """
        if centre not in self.centres:
            raise DataRefusedError(
                f"The card was harmonised over the centres {listed(list(self.centres), _MOST_NAMES)} and has no "
                f"parameters of '{centre}'; name one of these, or fit a score with lymph nodes of that centre.",
                "unknown-centre",
            )
        effect, mean, sd = self.centres[centre], self.mean[feature], self.sd[feature]
        slope = 1 / effect.scale[feature]
        return Affine(mean - slope * (mean + sd * effect.shift[feature]), slope)

    def as_json(self) -> dict[str, Any]:
        """The block "harmonisation" of a model card."""
        return {
            "method": "ComBat, parametric empirical Bayes",
            "column": self.column,
            "features": {name: {"mean": self.mean[name], "sd": self.sd[name]} for name in self.mean},
            "centres": {
                name: {
                    "patients": effect.patients,
                    "lymph_nodes": effect.lymph_nodes,
                    "features": {
                        feature: {"shift": effect.shift[feature], "scale": effect.scale[feature]}
                        for feature in self.mean
                    },
                }
                for name, effect in self.centres.items()
            },
        }


def harmonisation_from_card(card: Mapping[str, Any], coefficients: Collection[str], name: str) -> Harmonisation:
    """The block "harmonisation" of a card, already checked against the schema.

    Parameters
    ----------
    card
        The block.
    coefficients
        The features of the formula.
    name
        The card's, for messages.

    Returns
    -------
    Harmonisation

    Raises
    ------
    DataRefusedError
        bad-model-card where it is not of the formula's features.
    """
    features = card["features"]
    if any(set(of) != set(coefficients) for of in (features, *(each["features"] for each in card["centres"].values()))):
        raise DataRefusedError(
            f"The harmonisation of the model card {name} is not of the features of its formula; correct it there.",
            "bad-model-card",
        )
    return Harmonisation(
        column=card["column"],
        mean=MappingProxyType({feature: float(of["mean"]) for feature, of in features.items()}),
        sd=MappingProxyType({feature: float(of["sd"]) for feature, of in features.items()}),
        centres=MappingProxyType(
            {
                centre: CentreEffect(
                    patients=of["patients"],
                    lymph_nodes=of["lymph_nodes"],
                    shift=MappingProxyType({each: float(value["shift"]) for each, value in of["features"].items()}),
                    scale=MappingProxyType({each: float(value["scale"]) for each, value in of["features"].items()}),
                )
                for centre, of in card["centres"].items()
            }
        ),
    )


def refuse_unnamed_centre(harmonisation: Harmonisation | None, model: str) -> None:
    """Refuse to score a lymph node of nobody knows which centre by a harmonised card.

    Parameters
    ----------
    harmonisation
        Of the card; None refuses nothing.
    model
        The card's ID.

    Raises
    ------
    DataRefusedError
        centre-unnamed.
    """
    if harmonisation is not None:
        raise DataRefusedError(
            f"The score model '{model}' is harmonised over the centres "
            f"{listed(list(harmonisation.centres), _MOST_NAMES)}, and features are measured differently at each; make "
            "the card of yours with rlnresponse centres freeze --centre, and score with it.",
            "centre-unnamed",
        )
