"""The agreement of a study that lacks a second reader or a repeat: what its readings can still be compared for.

No feature passes on it, since the rule asks for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from RLNResponseLib.agreement.comparable import comparable_pairs
from RLNResponseLib.agreement.icc import ICC, icc
from RLNResponseLib.agreement.overlap import ReaderOverlap
from RLNResponseLib.agreement.readings import reading_table
from RLNResponseLib.analysis.agreement import contour_overlaps
from RLNResponseLib.analysis.cases import feature_table
from RLNResponseLib.analysis.model_agreement import ComparedScores, compared_scores
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class PartialAgreement:
    """One kind of comparison, between readers or of one reader twice.

    Attributes
    ----------
    kind
        "inter" or "intra".
    readings
        What is compared, such as "A round 1".
    names
        (p,), the features.
    icc
        Of each feature.
    scores
        Each score model with its two readings, where both could be scored.
    overlap
        The contours themselves; None where they could not be compared.
    """

    kind: str
    readings: tuple[str, ...]
    names: tuple[str, ...]
    icc: ICC
    scores: tuple[tuple[ScoreModel, ComparedScores], ...]
    overlap: ReaderOverlap | None


def partial_agreement(study: Study, models: Sequence[ScoreModel], seed: int) -> tuple[PartialAgreement, ...]:
    """Compare whatever was read twice.

    Parameters
    ----------
    study
        The opened study folder, unblinded and extracted.
    models
        The score models.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple of PartialAgreement
        Empty where nothing was read twice.
    """
    whole = read_table(feature_table(study))
    form = study.protocol.icc_rule().form
    try:
        table = reading_table(whole, [name for name in study_extraction(study).names if name in whole.columns])
        pairs = comparable_pairs(table.readings, table.values)
        overlaps: Mapping[str, ReaderOverlap] = contour_overlaps(study, seed) if pairs else {}
        return tuple(
            PartialAgreement(
                kind=kind,
                readings=of.columns,
                names=table.names,
                icc=icc(of.values, form),
                scores=tuple(compared_scores(whole, models, kind, form, seed)),
                overlap=overlaps.get(kind),
            )
            for kind, of in pairs.items()
        )
    except DataRefusedError:
        return ()
