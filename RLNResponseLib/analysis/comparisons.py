"""The readings of an unblinded study compared, from its locked files: scores, contours, and what each feature has to do
with the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from RLNResponseLib.agreement.overlap import differing_voxels, overlap
from RLNResponseLib.analysis.disagreement import Disagreements, ReadingComparison, ReadingPair, sorted_rows
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Progress
from RLNResponseLib.features.extraction import FeatureVector, extract
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.score_difference import score_difference
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.modelling.withholding import withhold
from RLNResponseLib.study.contouring import locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.records import FIRST_ROUND, Reading, ReadingKey
from RLNResponseLib.study.study import Study


def reading_pairs(study: Study) -> tuple[ReadingPair, ...]:
    """The pairs of readings that an unblinded study holds: each two readers' first, then each reader's first and every
    repeat.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    tuple of ReadingPair

    Raises
    ------
    DataRefusedError
        blinded.
    """
    study.refuse_while_blinded("The readers' disagreements")
    series = sorted({(reading.key.reader, reading.key.round) for reading in study.current_readings()})
    firsts = [one for one in series if one[1] == FIRST_ROUND]
    inter = [ReadingPair(one, other) for one, other in combinations(firsts, 2)]
    intra = [
        ReadingPair((reader, FIRST_ROUND), (reader, number))
        for reader, number in series
        if number > FIRST_ROUND and (reader, FIRST_ROUND) in firsts
    ]
    return (*inter, *intra)


def study_disagreements(
    study: Study,
    models: Sequence[ScoreModel],
    pair: ReadingPair,
    progress: Progress = lambda done, total: None,
    seen: Callable[[ReadingComparison], None] = lambda comparison: None,
) -> tuple[Disagreements, ...]:
    """Where two readings give a score of a lymph node differently, the largest difference first.

    Parameters
    ----------
    study
        The opened study folder.
    models
        The score models.
    pair
        Which readings: of `reading_pairs`.
    progress
        Is told how many lymph nodes are compared, out of how many.
    seen
        Is given each comparison while its CT is at hand, such as to draw it.

    Returns
    -------
    tuple of Disagreements
        One a model, in their order.

    Raises
    ------
    DataRefusedError
        blinded; no-pairs where no lymph node has both readings; contour-changed and image-changed where a file is not
        what was locked.
    """
    left_out: list[tuple[str, str]] = []
    rows = []
    for comparison in comparisons(study, models, pair, progress, left_out):
        rows.append(comparison.rows())
        seen(comparison)
    return tuple(
        Disagreements(
            model=model,
            pair=pair,
            rows=sorted_rows([of_models[position] for of_models in rows]),
            left_out=tuple(left_out),
        )
        for position, model in enumerate(models)
    )


def comparisons(
    study: Study,
    models: Sequence[ScoreModel],
    pair: ReadingPair,
    progress: Progress = lambda done, total: None,
    left_out: list[tuple[str, str]] | None = None,
) -> Iterator[ReadingComparison]:
    """Both readings of each lymph node that has them, a CT at a time.

    Parameters
    ----------
    study
        The opened study folder.
    models
        The score models.
    pair
        Which readings.
    progress
        Is told how many lymph nodes are compared, out of how many.
    left_out
        Takes up the lymph nodes that cannot be scored, with the reason; where None, these raise.

    Returns
    -------
    Iterator[ReadingComparison]

    Raises
    ------
    DataRefusedError
        blinded, no-pairs, contour-changed, image-changed, and what scoring refuses where `left_out` is None.
    """
    study.refuse_while_blinded("The readers' disagreements")
    both = _pairs(study, pair)
    if not both:
        raise DataRefusedError(
            f"No lymph node has {pair.words[0]} and {pair.words[1]} both, so there is nothing to compare; take another "
            "pair of readings.",
            "no-pairs",
        )
    ct = None
    for done, (first, second) in enumerate(both, start=1):
        if ct is None or ct.name != first.image:
            ct = _read_ct(study, first)
        try:
            yield _compared(study, models, pair, ct, first, second)
        except DataRefusedError as refusal:
            if left_out is None or refusal.code in ("contour-changed", "image-changed"):
                raise
            left_out.append((first.key.lymph_node, str(refusal)))
        progress(done, len(both))


def lymph_node_comparison(
    study: Study, models: Sequence[ScoreModel], pair: ReadingPair, lymph_node: str
) -> ReadingComparison:
    """Two readings of one lymph node in full.

    Parameters
    ----------
    study
        The opened study folder.
    models
        The score models.
    pair
        Which readings.
    lymph_node
        Its identifier.

    Returns
    -------
    ReadingComparison

    Raises
    ------
    DataRefusedError
        blinded, no-pairs, contour-changed, image-changed, and what scoring refuses.
    """
    study.refuse_while_blinded("The readers' disagreements")
    both = [readings for readings in _pairs(study, pair) if readings[0].key.lymph_node == lymph_node]
    if not both:
        raise DataRefusedError(
            f"The lymph node '{lymph_node}' has not both {pair.words[0]} and {pair.words[1]}; take another lymph node "
            "or pair of readings.",
            "no-pairs",
        )
    return _compared(study, models, pair, _read_ct(study, both[0][0]), *both[0])


def _read_ct(study: Study, reading: Reading) -> CTImage:
    refuse_changed_image(study, reading)
    return study_ct(study, reading.image)


def _pairs(study: Study, pair: ReadingPair) -> list[tuple[Reading, Reading]]:
    """The two readings of each lymph node that has both, by image."""
    readings = study.current_readings()
    current = {(reading.key.lymph_node, reading.key.reader, reading.key.round): reading for reading in readings}
    both = [
        (reading, current[name, *pair.second])
        for (name, reader, number), reading in current.items()
        if (reader, number) == pair.first and (name, *pair.second) in current
    ]
    return sorted(both, key=lambda readings: (readings[0].image, readings[0].key))


def _compared(
    study: Study, models: Sequence[ScoreModel], pair: ReadingPair, ct: CTImage, first: Reading, second: Reading
) -> ReadingComparison:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction)
    contours = [locked_contour(study, reading, ct) for reading in (first, second)]
    scored = [_scored(ct, contour, models, settings) for contour in contours]
    i, j, k = ct.image.GetSpacing()
    name = first.key.lymph_node
    return ReadingComparison(
        lymph_node=name,
        patient=study.lymph_node(name).patient,
        pair=pair,
        ct=ct,
        first=_named(contours[0], first.key),
        second=_named(contours[1], second.key),
        differing=differing_voxels(*contours),
        overlap=overlap(contours[0], contours[1], (k, j, i)),
        scores=tuple(score_difference(model, *both) for model, *both in zip(models, *scored, strict=True)),
    )


def _named(contour: Contour, key: ReadingKey) -> Contour:
    return replace(contour, name=f"reader {key.reader} round {key.round}")


def _scored(
    ct: CTImage, contour: Contour, models: Sequence[ScoreModel], settings: ExtractionSettings
) -> list[tuple[ScoreResult, FeatureVector]]:
    """As the study's feature table and `agreement` have it: with its settings where a card states none."""
    extracted = [extract(ct, contour, extraction) for extraction in card_extractions(models, otherwise=settings)]
    vectors = [card_vector(model, extracted, settings) for model in models]
    scores = withhold(
        [apply_model(model, vector) for model, vector in zip(models, vectors, strict=True)], check(ct, contour)
    )
    return list(zip(scores, vectors, strict=True))
