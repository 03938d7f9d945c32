"""Out of fold: no score has seen the patient it judges, whatever is known of the lymph node."""

import numpy as np

from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe
from RLNResponseLib.modelling.fitting.out_of_fold import fold_scores

RECIPE = Recipe(folds=4)


def cases(seed=3, count=60):
    rng = np.random.default_rng(seed)
    patients = np.sort(np.concatenate([np.arange(count), rng.integers(0, count, 20)]))
    features = rng.normal(size=(len(patients), 5))
    outcome = rng.random(len(patients)) < 1 / (1 + np.exp(-2 * features[:, 0]))
    return Cases(features=features, outcome=outcome, patients=patients)


def test_changing_a_patient_s_outcomes_does_not_change_its_scores():
    before = cases()
    found = fold_scores(before, RECIPE, 1)
    fold = found.fold_of_patient[7]
    rows = before.patients == 7
    # Other values of the same patient, in the same folds: only the scores that saw it may differ.
    features = before.features.copy()
    features[rows] = 50.0
    after = Cases(features=features, outcome=before.outcome, patients=before.patients)
    again = fold_scores(after, RECIPE, 1)
    np.testing.assert_array_equal(found.fold_of_patient, again.fold_of_patient)
    for each, made in found.by_fold.items():
        same = np.array_equal(made.coefficients, again.by_fold[each].coefficients)
        assert same == (each == fold)


def test_each_case_is_judged_by_the_score_and_the_cutoff_of_its_own_fold():
    known = cases()
    found = fold_scores(known, RECIPE, 1)
    judged = found.judge(known.features, known.patients)
    for row, patient in enumerate(known.patients):
        made = found.by_fold[int(found.fold_of_patient[patient])]
        score = made.intercept + known.features[row] @ made.coefficients
        assert np.isclose(judged.scores[row], score, rtol=0, atol=1e-12)
        assert judged.above[row] == (judged.scores[row] > made.cutoff)
    assert len({made.cutoff for made in found.by_fold.values()}) > 1


def test_a_lymph_node_without_a_known_outcome_follows_its_patient():
    known = cases()
    found = fold_scores(known, RECIPE, 1)
    features = np.tile(known.features[0], (3, 1))
    # The first two are another lymph node of patients 0 and 9, the third of a patient that no score has seen.
    judged = found.judge(features, np.array([0, 9, 60]))
    expected = [found.by_fold[int(found.fold_of_patient[patient])].score(features[:1])[0] for patient in (0, 9)]
    assert judged.scores[:2].tolist() == expected
    assert judged.scores[2] in {made.score(features[:1])[0] for made in found.by_fold.values()}
