"""How the contours of a study are scored: its settings, its score models, and the digests of their cards."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.features.extraction import FeatureVector, extract
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.modelling.withholding import withhold
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class StudyScoring:
    """How the readings of a study are scored.

    Attributes
    ----------
    own
        The study's features and settings.
    models
        Its score models.
    cards
        SHA-256 of each model's card, by the model's ID.
    """

    own: Extraction
    models: tuple[ScoreModel, ...]
    cards: dict[str, str]

    @classmethod
    def of_study(cls, study: Study) -> StudyScoring:
        """The scoring that the protocol states."""
        protocol = study.protocol
        models = tuple(find_model(name) for name in protocol.score_models)
        cards = {
            model.id: hashlib.sha256((resources_folder() / "models" / f"{name}.json").read_bytes()).hexdigest()
            for name, model in zip(protocol.score_models, models, strict=True)
        }
        return cls(own=study_extraction(study), models=models, cards=cards)

    def measure(self, ct: CTImage, contour: Contour) -> tuple[tuple[FeatureVector, ...], tuple[ScoreResult, ...]]:
        """The features of a contour, those with the study's settings first, and its scores."""
        extractions = card_extractions(self.models, self.own, otherwise=self.own.settings)
        vectors = tuple(extract(ct, contour, extraction) for extraction in extractions)
        return vectors, self._applied(ct, contour, vectors)

    def scores(self, ct: CTImage, contour: Contour) -> tuple[ScoreResult, ...]:
        """The scores of a contour alone, from no more features than they need."""
        extractions = card_extractions(self.models, otherwise=self.own.settings)
        return self._applied(ct, contour, [extract(ct, contour, extraction) for extraction in extractions])

    def _applied(self, ct: CTImage, contour: Contour, vectors: Sequence[FeatureVector]) -> tuple[ScoreResult, ...]:
        scored = [apply_model(model, card_vector(model, vectors, self.own.settings)) for model in self.models]
        return withhold(scored, check(ct, contour))
