"""The settings that a score model's features are extracted with, and what is extracted for several models at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction, together
from RLNResponseLib.modelling.score_model import ScoreModel

if TYPE_CHECKING:
    from RLNResponseLib.features.extraction import FeatureVector


def card_settings(model: ScoreModel, otherwise: ExtractionSettings | None = None) -> ExtractionSettings:
    """The settings that a model's features are extracted with.

    Parameters
    ----------
    model
        A score model.
    otherwise
        A study's own, which a card that states none is taken to mean; None for pyradiomics' defaults.

    Returns
    -------
    ExtractionSettings

    Raises
    ------
    DataRefusedError
        unknown-settings, for a fitted score whose card states none: of other features it would be another score.
    """
    if model.assumed:
        return model.settings
    if otherwise is None and model.development:
        raise DataRefusedError(
            f"The card of '{model.id}' does not say how its features were extracted; fit again with its settings.",
            "unknown-settings",
            "with `rlnresponse fit --settings`",
        )
    return model.settings if otherwise is None else otherwise


def card_extractions(
    models: Sequence[ScoreModel], *first: Extraction, otherwise: ExtractionSettings | None = None
) -> tuple[Extraction, ...]:
    """What has to be extracted for all models to score a contour: once for each distinct settings, only what they name.

    Parameters
    ----------
    models
        Score models, in any order.
    first
        What is wanted beside them, such as all 106 features; it comes first.
    otherwise
        As in `card_settings`.

    Returns
    -------
    tuple of Extraction
    """
    of_cards = (Extraction(card_settings(model, otherwise), tuple(model.coefficients)) for model in models)
    return together([*first, *of_cards])


def card_vector(
    model: ScoreModel, vectors: Sequence[FeatureVector], otherwise: ExtractionSettings | None = None
) -> FeatureVector:
    """Of the vectors of `card_extractions`, the one that the model scores.

    Parameters
    ----------
    model
        A score model.
    vectors
        Features of each distinct settings.
    otherwise
        As in `card_settings`.

    Returns
    -------
    FeatureVector

    Raises
    ------
    DataRefusedError
        other-settings, where none was extracted with its settings.
    """
    wanted = card_settings(model, otherwise).apart_from_images()
    for vector in vectors:
        if vector.settings.apart_from_images() == wanted:
            return vector
    raise DataRefusedError(
        f"Nothing was extracted with the settings of the score model '{model.id}'; extract with the card's settings "
        f"and score again.",
        "other-settings",
    )
