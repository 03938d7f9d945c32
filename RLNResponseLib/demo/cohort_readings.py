"""CT, contours and scores of simulated patients."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from RLNResponseLib.demo.cohort_lymph_nodes import simulated_lymph_nodes
from RLNResponseLib.demo.cohort_plan import PlannedPatient
from RLNResponseLib.demo.phantom import SPACING_MM, LymphNodeSpec, make_phantom
from RLNResponseLib.demo.readers import ReaderModel, draw
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, LymphNode, ReadingKey

# 131 × 131 × 140 mm: the mediastinum and the root of the neck, where the lymph nodes lie.
CT_SIZE = (192, 192, 56)
# Steadier than the phantom's default readers, and both a little inside the border: the lymph nodes are smaller, and fat at the
# rim would drown their texture. Dice is about 0.93 with oneself and 0.89 with the other.
READER_1 = ReaderModel("A", bias_mm=-0.45, error_sd_mm=0.4, repeat_sd_mm=0.35)
READER_2 = ReaderModel("B", bias_mm=-0.4, error_sd_mm=0.45, repeat_sd_mm=0.4)
READINGS = ((READER_1, FIRST_ROUND), (READER_2, FIRST_ROUND), (READER_1, REPEAT_ROUND))


@dataclass(frozen=True)
class ReadPatient:
    """What is made of one planned patient.

    contours  the three readings of every lymph node
    scores    lymph node → (Rad-score, Rad-score-2-year) of reader 1's first contour
    """

    ct: CTImage
    contours: Mapping[ReadingKey, Contour]
    scores: Mapping[str, tuple[float, float]]


def planned_lymph_nodes(plan: PlannedPatient, seed: int) -> tuple[LymphNode, ...]:
    """The lymph nodes of a patient as the study's table has them."""
    specs = _specs(plan, seed)
    return tuple(
        LymphNode(name, plan.id, plan.image, spec.station) for name, spec in zip(plan.lymph_nodes, specs, strict=True)
    )


def read_patient(plan: PlannedPatient, seed: int) -> ReadPatient:
    """The phantom CT of a patient, the readings of each lymph node on it, and the published scores.

    The random numbers come from the seed and the patient's identifier, so patients may be made in any order.
    """
    own_seed = _own_seed(plan, seed)
    phantom = make_phantom(own_seed, _specs(plan, seed), CT_SIZE)
    shape = (CT_SIZE[2], CT_SIZE[1], CT_SIZE[0])
    contours = {}
    for name, truth in zip(plan.lymph_nodes, phantom.truth, strict=True):
        for reader, reading_round in READINGS:
            drawn = draw(replace(truth, name=name), SPACING_MM, shape, reader, reading_round, own_seed)
            contours[ReadingKey(name, reader.code, reading_round)] = drawn
    ct = replace(phantom.ct, name=plan.image)
    scores = {name: _scores(ct, contours[ReadingKey(name, READER_1.code)]) for name in plan.lymph_nodes}
    return ReadPatient(ct, contours, scores)


def _own_seed(plan: PlannedPatient, seed: int) -> int:
    return zlib.crc32(f"{seed}/{plan.id}".encode())


def _specs(plan: PlannedPatient, seed: int) -> tuple[LymphNodeSpec, ...]:
    return simulated_lymph_nodes(len(plan.lymph_nodes), np.random.default_rng(_own_seed(plan, seed)))


def _scores(ct: CTImage, contour: Contour) -> tuple[float, float]:
    response, control = published_models()
    names = tuple(dict.fromkeys((*response.coefficients, *control.coefficients)))
    features = extract_features(ct, contour, response.settings, names)
    return apply_model(response, features).score, apply_model(control, features).score
