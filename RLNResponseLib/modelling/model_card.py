"""Model cards: score models as JSON files that a person can read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import refuse_special_file
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.features.definitions import is_known
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling.applicability import training_from_card
from RLNResponseLib.modelling.cutoff import Cutoff, GroupMean
from RLNResponseLib.modelling.frozen_card import refuse_altered
from RLNResponseLib.modelling.harmonisation import harmonisation_from_card
from RLNResponseLib.modelling.score_model import ScoreModel

SCHEMA = "rlnresponse-model-card/1"
PUBLISHED_MODELS = ("gu2021-response", "gu2021-local-control-2y")
_LARGEST_CARD_BYTES = 10_000_000
# Of a whole number; a floating-point number has at most 309 before its point.
_MOST_DIGITS = 300


def published_models() -> tuple[ScoreModel, ...]:
    """The paper's two score models.

    Returns
    -------
    tuple of ScoreModel

    Examples
    --------
    >>> [model.id for model in published_models()]
    ['gu2021-response', 'gu2021-local-control-2y']
    """
    return tuple(find_model(name) for name in PUBLISHED_MODELS)


def find_models(
    models: str | Path | ScoreModel | Iterable[str | Path | ScoreModel] | None = None,
) -> tuple[ScoreModel, ...]:
    """The score models that a call names: IDs, paths of model cards, or models in hand, one or several.

    Parameters
    ----------
    models
        None for the paper's two.

    Returns
    -------
    tuple of ScoreModel

    Raises
    ------
    DataRefusedError
        no-model where none is named; and what `find_model` and `read_model_card` raise.

    Examples
    --------
    >>> [model.title for model in find_models("gu2021-response")]
    ['Rad-score']
    """
    if models is None:
        return published_models()
    wanted = [models] if isinstance(models, str | Path | ScoreModel) else list(models)
    if not wanted:
        raise DataRefusedError(
            f"No score model is named; use {', '.join(PUBLISHED_MODELS)}, or the path of a model card.", "no-model"
        )
    return tuple(_one_model(model) for model in wanted)


def _one_model(model: str | Path | ScoreModel) -> ScoreModel:
    if isinstance(model, ScoreModel):
        return model
    return read_model_card(model) if isinstance(model, Path) else find_model(model)


def find_model(name: str, any_feature: bool = False) -> ScoreModel:
    """The model whose card lies in Resources/models under this ID, or in the file that `name` names.

    Parameters
    ----------
    name
        The ID of a card that ships, or the path of a card.
    any_feature
        As `read_model_card`.

    Returns
    -------
    ScoreModel

    Raises
    ------
    DataRefusedError
        no-model where it is neither, listing the IDs there are; and what `read_model_card` raises.

    Examples
    --------
    >>> find_model("gu2021-response").cutoff.value
    0.961
    """
    cards = _shipped_cards()
    if name in cards:
        return _shipped_model(cards[name])
    if name.endswith(".json"):
        return read_model_card(Path(name), any_feature)
    raise DataRefusedError(
        f"There is no score model '{name}'; use {', '.join(cards)}, or the path of a model card ending in .json.",
        "no-model",
    )


def read_model_card(path: str | Path, any_feature: bool = False) -> ScoreModel:
    """The score model of one card from elsewhere: one of a study's own, or a colleague's.

    Parameters
    ----------
    path
        The file.
    any_feature
        True where the features come from a table, whatever they are called there.

    Returns
    -------
    ScoreModel

    Raises
    ------
    DataRefusedError
        bad-model-card for a file that is missing or not JSON, does not follow the schema
        (Resources/schemas/model-card.json), names a feature or a setting that does not exist, or holds a number
        that is not finite; altered-card for a frozen card that is not as it was frozen; missing-package where
        jsonschema is not installed.
    """
    path = Path(path)
    return _model_from(_judged(path, any_feature), path.name)


def read_card_json(name: str) -> dict[str, Any]:
    """A card as its file has it, judged: the ID of one that ships, or a path.

    Parameters
    ----------
    name
        As `find_model` takes it.

    Returns
    -------
    dict

    Raises
    ------
    DataRefusedError
        as `find_model`.
    """
    find_model(name, any_feature=True)
    shipped = _shipped_cards().get(name)
    return dict(_read_json(shipped or Path(name)))


def _judged(path: Path, any_feature: bool) -> Any:
    card = _read_json(path)
    _validate(card, path.name)
    refuse_altered(card, path.name)
    if not any_feature:
        _refuse_unknown_features(card, path.name)
    return card


def _shipped_cards() -> dict[str, Path]:
    return {card.stem: card for card in sorted((resources_folder() / "models").glob("*.json"))}


def _shipped_model(path: Path) -> ScoreModel:
    """The model of a card that came with this software; the tests judge those by the schema, so no user needs
    jsonschema.
    """
    card = _read_json(path)
    try:
        return _model_from(card, path.name)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DataRefusedError(
            f"The model card {path.name} of this installation is damaged; install RLNResponse again.", "bad-model-card"
        ) from None


def _read_json(path: Path) -> Any:
    try:
        refuse_special_file(path)
        if path.stat().st_size > _LARGEST_CARD_BYTES:
            raise DataRefusedError(
                f"The model card {path.name} is larger than 10 MB; is it the right file?", "bad-model-card"
            )
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant, parse_int=_whole_number)
    except OSError as error:
        raise DataRefusedError(
            f"The model card {path.name} cannot be read ({error.strerror}); check the path.", "bad-model-card"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataRefusedError(
            f"The model card {path.name} is not valid JSON ({str(error)[:100]}); correct it there.", "bad-model-card"
        ) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _whole_number(text: str) -> int | float:
    """A whole number; infinite, as the others are, where no floating-point number is as large."""
    return int(text) if len(text) < _MOST_DIGITS else float(text)


def _validate(card: Any, name: str) -> None:
    jsonschema = need("jsonschema")
    schema = json.loads((resources_folder() / "schemas" / "model-card.json").read_text(encoding="utf-8"))
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(card), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        where = "/".join(map(str, errors[0].absolute_path)) or "its top level"
        raise DataRefusedError(
            f"The model card {name} is wrong at {where}: {errors[0].message[:200]}; correct it there.", "bad-model-card"
        )


def _refuse_unknown_features(card: dict[str, Any], name: str) -> None:
    for feature in card["formula"]["coefficients"]:
        if not is_known(feature):
            raise DataRefusedError(
                f"The model card {name} uses the feature '{feature[:80]}', which is not one of the 106; use "
                "pyradiomics' full names, for example original_glcm_InverseVariance.",
                "bad-model-card",
            )


def _model_from(card: dict[str, Any], name: str) -> ScoreModel:
    coefficients = card["formula"]["coefficients"]
    published = card.get("published", {})
    means = [number for mean in published.get("group_means", ()) for number in (mean["mean"], mean["sd"])]
    numbers = [card["formula"]["intercept"], card["cutoff"]["value"], *coefficients.values(), *means]
    if not all(math.isfinite(number) for number in numbers):
        raise DataRefusedError(
            f"The model card {name} holds a number too large to compute with; correct its formula, cutoff or means.",
            "bad-model-card",
        )
    return ScoreModel(
        id=card["id"],
        title=card["title"],
        outcome=card["outcome"],
        status=card["status"],
        intercept=float(card["formula"]["intercept"]),
        coefficients=MappingProxyType({feature: float(value) for feature, value in coefficients.items()}),
        cutoff=Cutoff(**{**card["cutoff"], "value": float(card["cutoff"]["value"])}),
        settings=ExtractionSettings.from_mapping(card["settings"]),
        assumed=frozenset(card["settings"]),
        definitions=card["definitions"],
        citation=card["citation"],
        group_means=tuple(
            GroupMean(set=mean["set"], group=mean["group"], mean=float(mean["mean"]), sd=float(mean["sd"]))
            for mean in published.get("group_means", ())
        ),
        assumptions=tuple(card.get("assumptions", ())),
        published=MappingProxyType(published),
        event=card.get("event", ""),
        training=training_from_card(card["training"], list(coefficients), name) if "training" in card else None,
        development=MappingProxyType(card.get("development", {})),
        updated=MappingProxyType(card.get("updated", {})),
        harmonisation=harmonisation_from_card(card["harmonisation"], list(coefficients), name)
        if "harmonisation" in card
        else None,
        frozen=MappingProxyType(card.get("frozen", {})),
    )
