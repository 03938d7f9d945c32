"""A score model applied to a table is the score model applied to each row."""

import math

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import Software
from RLNResponseLib.common.table_file import make_table
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.modelling.table_score import table_scores

SOFTWARE = Software(rlnresponse="0", engine="engine 0", simpleitk="0", numpy="0", python="3")


def table(model, rows, settings=None):
    columns = [*model.coefficients, *(["settings"] if settings else [])]
    lines = [[repr(float(value)) for value in row] + ([settings] if settings else []) for row in rows]
    return make_table("features.csv", [columns, *lines])


@pytest.mark.parametrize("model", published_models(), ids=lambda model: model.id)
@pytest.mark.parametrize("with_settings", [False, True])
def test_equals_the_score_of_each_row(model, with_settings):
    rows = np.random.default_rng(1).uniform(0, 100, (20, len(model.coefficients)))
    found = table_scores(model, table(model, rows, model.settings.digest() if with_settings else None))
    for row, score in zip(rows, found, strict=True):
        vector = FeatureVector(dict(zip(model.coefficients, row.tolist(), strict=True)), model.settings, SOFTWARE)
        assert math.isclose(apply_model(model, vector).score, score, rel_tol=1e-12)


@pytest.mark.parametrize("model", published_models(), ids=lambda model: model.id)
def test_a_table_without_rows_has_no_score(model):
    assert table_scores(model, table(model, [])).shape == (0,)


def test_refusals():
    model = published_models()[1]
    with pytest.raises(DataRefusedError, match="row 2: the features were extracted with other settings"):
        table_scores(model, table(model, [[1, 2]], "other"))
    with pytest.raises(DataRefusedError, match="has no column 'original_glrlm_RunPercentage'"):
        table_scores(model, make_table("t.csv", [["original_firstorder_InterquartileRange"], ["1"]]))
