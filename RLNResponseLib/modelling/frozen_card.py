"""A model card as it is sent to another centre: frozen, verifying itself, and of that centre where it is harmonised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.harmonisation import Affine, harmonisation_from_card
from RLNResponseLib.study.self_verifying import DIGEST, content_digest

_LONGEST_ID = 64


def freeze(
    card: Mapping[str, Any], today: date, classes: Mapping[str, float], centre: str | None = None
) -> dict[str, Any]:
    """A card with its digest.

    Parameters
    ----------
    card
        As its file has it, already judged.
    today
        When it is frozen.
    classes
        Of the log-odds, in which centres may tell of their scores (`ScoreClasses.as_json`).
    centre
        Of a harmonised card: whose parameters are put into the formula, so that it takes features as this centre
        measures them. None leaves the card as it is.

    Returns
    -------
    dict

    Raises
    ------
    DataRefusedError
        not-harmonised where a centre is named and the card has none; unknown-centre.
    """
    frozen = {name: value for name, value in card.items() if name != "frozen"}
    block: dict[str, Any] = {"day": today.isoformat(), "classes": dict(classes)}
    if centre is not None:
        frozen = at_centre(frozen, centre)
        block["centre"] = centre
    frozen["frozen"] = block
    frozen["frozen"] = {**block, DIGEST: _digest(frozen)}
    return frozen


def refuse_altered(card: Mapping[str, Any], name: str) -> None:
    """Refuse a frozen card that is not as it was frozen.

    Parameters
    ----------
    card
        As its file has it; one that is not frozen is not refused.
    name
        The file's.

    Raises
    ------
    DataRefusedError
        altered-card.
    """
    block = card.get("frozen")
    if block is not None and block.get(DIGEST) != _digest(card):
        raise DataRefusedError(
            f"The frozen model card {name} was altered after it was frozen: its digest is not that of its content; ask "
            "for it again.",
            "altered-card",
        )


def _digest(card: Mapping[str, Any]) -> str:
    block = {name: value for name, value in card["frozen"].items() if name != DIGEST}
    return content_digest({**card, "frozen": block})


def at_centre(card: Mapping[str, Any], centre: str) -> dict[str, Any]:
    """A harmonised card with the parameters of one centre in its formula: the same score of the features as measured.

    Parameters
    ----------
    card
        With a block "harmonisation".
    centre
        One of its centres.

    Returns
    -------
    dict
        Without that block; its ID names the centre.

    Raises
    ------
    DataRefusedError
        not-harmonised, unknown-centre.
    """
    if "harmonisation" not in card:
        raise DataRefusedError(
            f"The card '{card['id']}' is not harmonised, so it is the same for every centre; freeze it without naming "
            "one.",
            "not-harmonised",
        )
    coefficients: Mapping[str, float] = card["formula"]["coefficients"]
    harmonisation = harmonisation_from_card(card["harmonisation"], coefficients, card["id"])
    terms = {name: harmonisation.affine(centre, name) for name in coefficients}
    own = {name: value for name, value in card.items() if name != "harmonisation"}
    own["id"] = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{card['id']}-{centre}")[:_LONGEST_ID].strip("-._")
    own["formula"] = {
        **card["formula"],
        "intercept": card["formula"]["intercept"]
        + sum(value * terms[name].intercept for name, value in coefficients.items()),
        "coefficients": {name: value * terms[name].slope for name, value in coefficients.items()},
    }
    if "training" in card:
        own["training"] = _measured(card["training"], terms)
    if "development" in card:
        # Fingerprints of patients are salted with the name of the card that was fitted.
        own["development"] = {"fingerprints_of": card["id"], **card["development"]}
    said = (
        f"The parameters of the centre {centre} are in the formula (ComBat): score with it only what that centre "
        "measured."
    )
    own["assumptions"] = [said, *card.get("assumptions", ())]
    return own


def _measured(training: Mapping[str, Any], terms: Mapping[str, Affine]) -> dict[str, Any]:
    """The training distribution on the scale of the features as one centre measures them."""
    features = {
        name: {
            **of,
            "mean": (of["mean"] - terms[name].intercept) / terms[name].slope,
            "sd": of["sd"] / terms[name].slope,
            "minimum": (of["minimum"] - terms[name].intercept) / terms[name].slope,
            "maximum": (of["maximum"] - terms[name].intercept) / terms[name].slope,
        }
        for name, of in training["features"].items()
    }
    slopes = [terms[name].slope for name in training["features"]]
    covariance = [
        [value / (one * other) for value, other in zip(row, slopes, strict=True)]
        for row, one in zip(training["covariance"], slopes, strict=True)
    ]
    return {**training, "features": features, "covariance": covariance}
