"""What a study's scores add to its clinical variables: the right rows, the score's right form, a reason where there is none."""

from types import SimpleNamespace

import numpy as np
import pytest

from RLNResponseLib.analysis.added_value import CLINICAL, study_added_value
from RLNResponseLib.analysis.models import OutcomeModels, scores_by_lymph_node
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import p_words
from RLNResponseLib.modelling.fitting.out_of_fold import OutOfFold
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.validation.added_value import added_value
from RLNResponseLib.report.page.added_value import added_value_parts

COUNT = 90


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(4)
    features = sorted({name for model in published_models() for name in model.coefficients})
    rows = []
    for number in range(COUNT):
        stage, chemo, dose = rng.random() < 0.6, rng.random() < 0.5, 50 + 2 * int(rng.integers(0, 6))
        months = float(np.round(rng.exponential(20) + 1, 1))
        rows.append({
            "lymph_node": f"LN{number}", "patient": f"P{number // 2}", "set": "validation" if number >= 80 else "training",
            "response": "" if number == 3 else "yes" if rng.random() < 0.5 else "no",
            "local_control_months": str(months), "local_recurrence": "yes" if rng.random() < 0.7 else "no",
            "t_stage": "T3-4" if stage else "T1-2", "dose_gy": "" if number == 5 else str(dose),
            "concurrent_chemotherapy": "yes" if chemo else "no",
            **{name: repr(float(rng.normal())) for name in features},
        })  # fmt: skip
    return Table(name="cases", columns=tuple(rows[0]), rows=tuple(rows))


def models(outcome, above):
    unseen = None if above is None else OutOfFold(np.zeros(80), above, np.ones(80, dtype=int))
    return OutcomeModels(
        outcome=outcome,
        published=(),
        fitted=None,
        fitted_reason="",
        card=None,
        validated=None,
        unseen=unseen,
        left_out={},
    )


def test_each_score_is_judged_on_the_lymph_nodes_that_scores_are_fitted_on(cases):
    above = np.arange(80) % 3 == 0
    published = published_models()
    found = study_added_value(cases, published, models("response", above), models("two_year_control", None), 2)
    assert [(each.outcome, each.score, each.set, each.reason) for each in found] == [
        ("response", "published", "training", ""),
        ("response", "own", "training", ""),
        ("local control", "published", "training", ""),
    ]
    formula, own, control = found
    assert (formula.response.n, formula.response.left_out) == (78, 1), "one response and one dose are not known"
    assert (control.control.together.rows, control.control.left_out) == (79, 1)
    assert tuple(control.control.alone.terms) == ("t_stage T3-4", *CLINICAL[1:])

    rows = [row for row in cases.rows[:80] if row["response"]]
    by_formula = scores_by_lymph_node(published[0], cases)
    clinical = np.array(
        [
            [row["t_stage"] == "T3-4", float(row["dose_gy"] or "nan"), row["concurrent_chemotherapy"] == "yes"]
            for row in rows
        ]
    ).astype(float)
    responded = np.array([row["response"] == "yes" for row in rows])
    patients = np.array([int(row["patient"][1:]) for row in rows])
    for each, score in (
        (formula, [by_formula[row["lymph_node"]] for row in rows]),
        (own, [float(above[int(row["lymph_node"][2:])]) for row in rows]),
    ):
        expected = added_value(clinical, ("a", "b", "c"), np.array(score), responded, patients, 2)
        assert each.response.chisq == pytest.approx(expected.chisq, rel=1e-9)
        assert each.response.by_patient.p == pytest.approx(expected.by_patient.p, rel=1e-9)
        assert each.response.auc.together == pytest.approx(expected.auc.together, abs=1e-12)
    _, part = added_value_parts(SimpleNamespace(added=found))
    at = part.table.header.index("p by patient")
    assert part.table.header[at + 1] == "likelihood ratio, lymph nodes as independent"
    tests = (formula.response.by_patient, own.response.by_patient, control.control.by_patient)
    assert [row[at] for row in part.table.rows] == [f"{p_words(test.p)} ({test.patients} patients)" for test in tests]


def test_the_table_shows_a_reason_where_there_is_nothing(cases):
    few = Table(name="few", columns=cases.columns, rows=cases.rows[:20])
    above = np.arange(20) % 2 == 0
    own = models("response", None)
    found = study_added_value(few, published_models(), own, models("two_year_control", above), 2)
    assert all("too few" in each.reason or "under 5 for each" in each.reason for each in found)
    _, part = added_value_parts(SimpleNamespace(added=found))
    assert {row[2:] for row in part.table.rows} == {("–",) * 8}
    assert any(note.startswith("Response: The rarer class has") for note in part.table.notes)
    assert added_value_parts(SimpleNamespace(added=())) == []
