"""The AUC by reader of a simulated study against scikit-learn on the study's own tables."""

import numpy as np
import pytest

from RLNResponseLib.analysis.cases import feature_table
from RLNResponseLib.analysis.reader_accuracy import study_reader_accuracy
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.text.reader_accuracy import reader_accuracy_sentences
from RLNResponseLib.study.study import Study


def test_each_reader_s_auc_and_net_benefit_are_those_of_the_study_s_own_tables(small_cohort):
    from sklearn.metrics import roc_auc_score

    study = Study.open(small_cohort.folder)
    table = read_table(feature_table(study))
    response = published_models()[0]
    (found,) = study_reader_accuracy(study, [response], table)
    responded = {row.lymph_node: row.responded for row in study.outcomes().lymph_node_outcomes}
    accuracy = found.accuracy
    assert accuracy is not None, found.reason
    threshold = 1 / (1 + np.exp(-response.cutoff.value))
    for reader, auc, benefit in zip(("A", "B"), accuracy.auc, accuracy.net_benefit, strict=True):
        rows = [row for row in table.rows if (row["reader"], row["round"]) == (reader, "1") and not row["failure"]]
        scores = np.array([
            response.intercept + sum(float(row[name]) * value for name, value in response.coefficients.items())
            for row in rows
        ])  # fmt: skip
        events = np.array([responded[row["lymph_node"]] for row in rows])
        assert auc.value == pytest.approx(roc_auc_score(events, scores), abs=1e-12)
        acting = scores > response.cutoff.value
        by_hand = (acting & events).mean() - (acting & ~events).mean() * threshold / (1 - threshold)
        assert benefit == pytest.approx(by_hand, abs=1e-12)
    words = " ".join(sentence.text for sentence in reader_accuracy_sentences(found))
    assert "AUC by reader: reader A round 1" in words
    assert found.as_json()["lymph_nodes"] == accuracy.cases


def test_a_score_whose_outcome_no_study_records_is_left_out(small_cohort):
    from dataclasses import replace

    own = replace(published_models()[0], id="own")
    assert (
        study_reader_accuracy(
            Study.open(small_cohort.folder), [own], read_table(feature_table(Study.open(small_cohort.folder)))
        )
        == ()
    )
