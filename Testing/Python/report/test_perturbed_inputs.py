"""Every corrected figure of the report follows its input: each change of the input moves what depends on it, and
nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from RLNResponseLib.agreement.icc import icc, icc_by_patient
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.optimism import optimism
from RLNResponseLib.modelling.fitting.out_of_fold import fold_scores
from RLNResponseLib.modelling.score_validation import score_difference
from RLNResponseLib.modelling.validation.validation import validate
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import follow_up, groups, landmark
from RLNResponseLib.survival.group_tests import gray_test, log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff

LYMPH_NODES, PATIENTS, FEATURES = 66, 40, 4
CUTOFF, LANDMARK, WINDOW = 0.0, 1.0, 24.0
RECIPE = Recipe(folds=3, rule="min")

# Figures by what they are made of.
FITTED = {"corrected AUC", "out-of-fold scores"}
BY_SCORE_AND_RESPONSE = {"validation AUC", "validation AUC by patient", "Mann-Whitney"}
BY_TIME_AND_SCORE = {"log-rank", "corrected cutoff p", "continuous score", "robust error", "Gray"}
BY_LANDMARK = {"landmark", "landmark robust error"}
BY_TIME = {"Kaplan-Meier", "Aalen-Johansen", *BY_LANDMARK, *BY_TIME_AND_SCORE}
BY_DEATH = {"Aalen-Johansen", "Gray"}
BY_READING = {"ICC", "ICC limits by patient"}


@dataclass(frozen=True)
class Data:
    """Lymph nodes: features, response, score, its repeat by another reader, follow-up, and whose each is."""

    features: np.ndarray
    responded: np.ndarray
    score: np.ndarray
    again: np.ndarray
    months: np.ndarray
    recurred: np.ndarray
    died: np.ndarray
    patients: np.ndarray

    def changed(self, name, rows, values):
        """The same with other values of one input in some rows."""
        column = getattr(self, name).copy()
        column[rows] = values
        return replace(self, **{name: column})


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    patients = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, LYMPH_NODES - PATIENTS)])
    features = rng.normal(size=(LYMPH_NODES, FEATURES))
    responded = features[:, 0] + rng.normal(size=LYMPH_NODES) > -0.3
    score = 0.7 * features[:, 0] + 0.7 * rng.normal(size=LYMPH_NODES)
    recurrence = (rng.exponential(14 * np.exp(0.35 * score))).round(1) + 0.1
    death = rng.exponential(40, PATIENTS).round(1)[patients] + 0.1
    last = np.minimum(death, rng.uniform(6, 60, PATIENTS).round(1)[patients])
    recurred = recurrence <= last
    again = score + rng.normal(0, 0.3, LYMPH_NODES)
    died = (death <= last) & ~recurred
    return Data(features, responded, score, again, np.minimum(recurrence, last), recurred, died, patients)


def figures(data):
    """Each figure as a tuple of numbers, the corrected ones and those they stand beside."""
    return {**fitted_figures(data), **score_figures(data), **survival_figures(data), **reader_figures(data)}


def fitted_figures(data):
    cases = Cases(features=data.features, outcome=data.responded, patients=data.patients)
    corrected = optimism(cases, develop(cases, RECIPE, 1), RECIPE, 10, 1).auc
    return {
        "corrected AUC": (corrected.value, corrected.lower, corrected.upper),
        "out-of-fold scores": tuple(fold_scores(cases, RECIPE, 1).judge(cases.features, cases.patients).scores),
    }


def score_figures(data):
    judged = validate(data.score, data.responded, data.patients, CUTOFF)
    return {
        "validation AUC": (judged.auc.value, judged.auc.lower, judged.auc.upper),
        "validation AUC by patient": (judged.auc_by_patient.lower, judged.auc_by_patient.upper),
        "Mann-Whitney": (score_difference(data.score, data.responded).u_p,),
    }


def survival_figures(data):
    watched = follow_up(data.months, data.recurred)
    sides = groups(["high" if above else "low" for above in data.score > CUTOFF])
    term = cox(watched, data.score[:, None], ("score",), data.patients).terms["score"]
    later = landmark(watched, LANDMARK)
    response = data.responded[later.rows, None].astype(float)
    at_landmark = cox(later.follow_up, response, ("response",), data.patients[later.rows]).terms["response"]
    incidence = cumulative_incidence(watched, data.died)
    chosen = selected_cutoff(watched, data.score, 1, patients=data.patients, permutations=999)
    return {
        "Kaplan-Meier": (kaplan_meier(watched).at(WINDOW),),
        "Aalen-Johansen": (incidence.at(WINDOW), incidence.variance_at(WINDOW)),
        "log-rank": (log_rank(watched, sides).chisq,),
        "Gray": (gray_test(watched, data.died, sides).chisq,),
        "continuous score": (term.hr, term.lower, term.upper),
        "robust error": (term.robust.se,),
        "landmark": (at_landmark.hr, at_landmark.lower, at_landmark.upper),
        "landmark robust error": (at_landmark.robust.se,),
        "corrected cutoff p": (chosen.corrected_p,),
    }


def reader_figures(data):
    ratings = np.column_stack([data.score, data.again])[:, :, None]
    by_patient = icc_by_patient(ratings, data.patients, resamples=500)
    return {
        "ICC": tuple(icc(ratings).estimate),
        "ICC limits by patient": (*by_patient.lower, *by_patient.upper),
    }


def swapped_response(data):
    """Two responders and two others change places."""
    rows = np.concatenate([np.flatnonzero(data.responded)[:2], np.flatnonzero(~data.responded)[:2]])
    return data.changed("responded", rows, ~data.responded[rows])


def moved_time(data):
    """A recurrence in the first year happens ten months later, still within two years."""
    row = np.flatnonzero(data.recurred & (data.months > LANDMARK) & (data.months < 12) & (data.score < CUTOFF))[0]
    return data.changed("months", row, data.months[row] + 10)


def added_death(data):
    """One who was lost to follow-up within two years is found to have died."""
    lost = ~data.recurred & ~data.died & (data.months < WINDOW)
    return data.changed("died", np.flatnonzero(lost)[0], True)


def regrouped(data):
    """The second to ninth lymph nodes that share a patient go to the next patient."""
    rows = np.arange(PATIENTS + 1, PATIENTS + 9)
    return data.changed("patients", rows, (data.patients[rows] + 1) % PATIENTS)


def other_reading(data):
    return data.changed("again", 5, data.again[5] + 1)


def other_score(data):
    """One score crosses the cutoff and most of the others."""
    row = int(np.argmin(data.score))
    return data.changed("score", row, data.score.max() + 0.1)


def other_feature(data):
    """The feature that carries the response is exchanged between two lymph nodes of different response."""
    rows = [int(np.argmax(data.features[:, 0])), int(np.argmin(data.features[:, 0]))]
    return data.changed("features", (rows, 0), data.features[rows[::-1], 0])


CHANGES = {
    "swapped response": (swapped_response, FITTED | BY_SCORE_AND_RESPONSE | BY_LANDMARK),
    "moved time": (moved_time, BY_TIME),
    "added death": (added_death, BY_DEATH),
    "regrouped": (
        regrouped,
        FITTED
        | {
            "validation AUC by patient",
            "corrected cutoff p",
            "robust error",
            "landmark robust error",
            "ICC limits by patient",
        },
    ),
    "other reading": (other_reading, BY_READING),
    "other score": (other_score, BY_SCORE_AND_RESPONSE | BY_TIME_AND_SCORE | BY_READING),
    "other feature": (other_feature, FITTED),
}


@pytest.fixture(scope="module")
def before(data):
    return figures(data)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_input_moves_what_depends_on_it_and_nothing_else(data, before, name):
    change, moved = CHANGES[name]
    after = figures(change(data))
    assert {figure for figure in before if after[figure] != before[figure]} == moved


def test_every_figure_is_moved_by_some_change(before):
    assert set().union(*(moved for _, moved in CHANGES.values())) == set(before)
