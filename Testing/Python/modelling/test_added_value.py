"""What a score adds to clinical variables, against R's anova of glm and coxph, rms::lrm and clubSandwich, and its bootstrap by hand."""

import csv
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.fitting.clinical_columns import clinical_columns
from RLNResponseLib.modelling.validation.added_value import added_value
from RLNResponseLib.modelling.validation.logistic import scaled_logistic
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.report.text.added_value import added_value_sentences
from RLNResponseLib.statistics.cluster_robust import cr2_by_row
from RLNResponseLib.statistics.estimates import patient_draws
from RLNResponseLib.survival.added_value import added_to_cox
from RLNResponseLib.survival.follow_up import follow_up

TABLE = Path(__file__).resolve().parents[2] / "oracle" / "tables" / "survival_lymph_nodes.csv"
CLINICAL = ("stage", "dose")


@pytest.fixture(scope="module")
def cases():
    with TABLE.open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def clinical(cases, figures):
    dose = np.array([np.nan if value is None else value for value in figures["dose"]])
    return np.column_stack([cases["stage"], dose])


def test_the_logistic_models_equal_r_s(oracle, cases):
    figures = oracle("added_value")
    found = added_value(
        clinical(cases, figures), CLINICAL, cases["score"], cases["response"] > 0, cases["patient"].astype(int), 1, 20
    )
    assert found.left_out == 5
    assert found.chisq == pytest.approx(figures["chisq"], rel=1e-9)
    assert found.p == pytest.approx(figures["p"], rel=1e-8)
    assert found.coefficient == pytest.approx(figures["coefficient"], rel=1e-8)
    small, large = figures["model_chisq"]
    assert found.new_information == pytest.approx(1 - small / large, rel=1e-8)
    assert figures["lrm_chisq"] == pytest.approx(figures["model_chisq"], rel=1e-9)
    share = (cases["response"][5:] > 0).mean()
    for place, ours in enumerate(("baseline", "together")):
        assert getattr(found.auc, ours) == pytest.approx(figures["c"][place], abs=1e-12)
        for theirs in ("brier", "lrm_brier"):
            expected = 1 - figures[theirs][place] / (share * (1 - share))
            assert getattr(found.accuracy, ours) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("part", "below"), [("by_patient", 59), ("few_by_patient", 30)])
def test_the_p_by_patient_is_clubsandwich_s(oracle, cases, part, below):
    figures = oracle("added_value")
    rows = cases["patient"] < below
    found = added_value(
        clinical(cases, figures)[rows], CLINICAL, cases["score"][rows], cases["response"][rows] > 0,
        cases["patient"][rows].astype(int), 1, 20,
    ).by_patient  # fmt: skip
    assert found.patients == figures[part]["patients"]
    # R's weights are those of glm's last step but one.
    assert (found.se, found.df, found.p) == pytest.approx(
        tuple(figures[part][name] for name in ("se", "df", "p")), rel=2e-6
    )


def test_lymph_nodes_that_only_repeat_their_patient_add_nothing_to_the_p_by_patient(cases):
    """Each lymph node twice: the ratio takes it for twice the evidence, the test by patient does not."""
    x, y = np.column_stack([cases["stage"], cases["score"]]), cases["response"] > 0
    each = np.arange(len(y))
    once = added_value(x[:, :1], ("stage",), x[:, 1], y, each, 1, 20)
    twice = np.concatenate([each, each])
    doubled = added_value(x[twice, :1], ("stage",), x[twice, 1], y[twice], twice, 1, 20)
    assert doubled.chisq == pytest.approx(2 * once.chisq, rel=1e-8)
    assert doubled.by_patient.p == pytest.approx(once.by_patient.p, rel=1e-8)
    # A unit of the score, the order of the rows and the names of the patients say nothing.
    turned = np.random.default_rng(3).permutation(twice)
    other = added_value(x[turned, :1], ("stage",), 1e6 * x[turned, 1] - 5, y[turned], 1000 - turned, 1, 20)
    assert other.by_patient.p == pytest.approx(once.by_patient.p, rel=1e-6)
    assert other.by_patient.se == pytest.approx(once.by_patient.se / 1e6, rel=1e-6)


def test_a_lymph_node_whose_probability_rounds_to_one_changes_no_p_by_patient():
    """Of three lymph nodes a patient, so that its cluster has others; R's glm stops it a hair before 1."""
    rng = np.random.default_rng(3)
    slopes, residuals = rng.normal(size=(60, 2)), rng.normal(size=60)
    variances, patients = rng.uniform(0.05, 0.25, 60), np.repeat(np.arange(20), 3)
    expected = cr2_by_row(slopes, variances, residuals, patients, 1)
    more = [np.vstack([slopes, np.zeros((2, 2))]), *(np.append(each, [0.0, 0.0]) for each in (variances, residuals))]
    found = cr2_by_row(*more, np.append(patients, [4, 99]), 1)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_sentence_says_which_p_counts_what(cases):
    x, y = cases["stage"][:, None], cases["response"] > 0
    found = added_value(x, ("stage",), cases["score"], y, cases["patient"].astype(int), 1, 20)
    first, *_ = (sentence.text for sentence in added_value_sentences(found))
    assert "by patient p = 0.00" in first
    assert "(59 patients as clusters; CR2, Student's t, df 3" in first
    assert "df 1, p = 0.00" in first
    assert "which counts lymph nodes as independent" in first
    answer = found.as_json()
    assert answer["by_patient"]["test"] == "Wald, patients as clusters (CR2, Student's t)"
    assert answer["likelihood_ratio"]["counts"] == "lymph nodes as independent"


def test_the_cox_models_equal_r_s(oracle, cases):
    figures = oracle("added_value")
    followed = follow_up(cases["months"], cases["recurrence"] > 0)
    found = added_to_cox(
        followed, clinical(cases, figures), CLINICAL, cases["score"], "score", cases["patient"].astype(int)
    )
    null, alone, _, both = figures["cox_log_likelihood"]
    assert found.chisq == pytest.approx(figures["cox_chisq"], rel=1e-9)
    assert found.p == pytest.approx(figures["cox_p"], rel=1e-8)
    assert found.new_information == pytest.approx((both - alone) / (both - null), rel=1e-8)
    assert found.together.patients == len(np.unique(cases["patient"][5:]))
    assert (found.left_out, tuple(found.together.terms)) == (5, (*CLINICAL, "score"))
    robust = found.together.terms["score"].small_sample
    assert (found.by_patient.se, found.by_patient.df, found.by_patient.p) == (robust.se, robust.df, robust.p)
    assert found.as_json()["by_patient"]["patients"] == found.together.patients


def test_differences_are_corrected_by_what_resampled_patients_lose(cases):
    x, y = np.column_stack([cases["stage"], cases["score"]]), cases["response"] > 0
    patients = np.unique(cases["patient"], return_inverse=True)[1]
    found = added_value(x[:, :1], ("stage",), x[:, 1], y, patients, 7, 30)

    def gain(drawn, of):
        fits = [scaled_logistic(drawn[0][:, :k], drawn[1].astype(float)).coefficients for k in (1, 2)]
        small, large = (auc(fit[0] + of[0][:, : len(fit) - 1] @ fit[1:], of[1]) for fit in fits)
        return large - small

    own, lost = [], []
    for draw in patient_draws(patients.max() + 1, 30, 7):
        rows = np.concatenate([np.repeat(row, draw[patient]) for row, patient in enumerate(patients)]).astype(int)
        own.append(gain((x[rows], y[rows]), (x[rows], y[rows])))
        lost.append(own[-1] - gain((x[rows], y[rows]), (x, y)))
    difference = found.auc.difference
    assert difference.value == pytest.approx(gain((x, y), (x, y)) - np.mean(lost), abs=1e-9)
    expected = np.quantile(own, [0.025, 0.975]) - np.mean(lost)
    assert (difference.lower, difference.upper) == pytest.approx(tuple(expected), abs=1e-9)


def test_too_few_events_a_constant_and_nothing_are_refused(cases):
    x, y = cases["stage"][:, None], cases["response"] > 0
    patients = cases["patient"].astype(int)
    few = np.flatnonzero(~y)[:9]
    rows = np.concatenate([few, np.flatnonzero(y)])
    for arguments, code in (
        ((x[rows], ("stage",), cases["score"][rows], y[rows], patients[rows], 1), "few-events"),
        ((np.ones_like(x), ("stage",), cases["score"], y, patients, 1), "constant-covariate"),
        ((x[:, :0], (), cases["score"], y, patients, 1), "no-covariate"),
        ((x, ("stage",), 10.0 * y + cases["score"] / 100, y, patients, 1), "separated"),
    ):
        with pytest.raises(DataRefusedError) as error:
            added_value(*arguments)
        assert error.value.code == code
    followed = follow_up(cases["months"][:20], cases["recurrence"][:20] * 0 + (np.arange(20) < 9) > 0)
    with pytest.raises(DataRefusedError, match="9 events are too few for 2 coefficients"):
        added_to_cox(followed, x[:20], ("stage",), cases["score"][:20], "score")


def table(name, *cells):
    return Table(name="t.csv", columns=(name,), rows=tuple({name: cell} for cell in cells))


def test_clinical_columns_are_numbers_yes_and_no_or_two_words():
    assert clinical_columns(table("chemo", "yes", "No", "NA", "yes"), ["chemo"]).values[:, 0].tolist()[:2] == [1, 0]
    sex = clinical_columns(table("sex", "male", "female", "", "male"), ["sex"])
    assert sex.names == ("sex male",)
    assert np.isnan(sex.values[2, 0])
    with pytest.raises(DataRefusedError, match=r"column grade of t.csv has 3 different words \(I, II, III\)") as error:
        clinical_columns(table("grade", "I", "II", "III"), ["grade"])
    assert error.value.code == "many-levels"
