"""Several readers' AUC against MRMCaov, pROC and plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.analysis.reader_accuracy import ScoreAccuracy
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.validation.delong import delong_paired
from RLNResponseLib.modelling.validation.multi_reader import (
    auc_covariance,
    obuchowski_rockette,
    reader_accuracy,
)
from RLNResponseLib.report.text.reader_accuracy import reader_accuracy_sentences

# mrmc(empirical_auc(truth, rating), treatment, reader, case, data = VanDyke, cov = DeLong) of MRMCaov 0.3.0: 2 tests by 5
# readers of 114 patients (Van Dyke et al. 1993), test by test.
# fmt: off
AUC = np.array([
    0.919645732689211, 0.85877616747182, 0.903864734299517, 0.973107890499195, 0.829790660225443,
    0.947826086956522, 0.905314009661836, 0.921739130434783, 0.999355877616747, 0.929951690821256
]).reshape(2, 5)
# The upper triangle of its covariance, row by row.
UPPER = np.array([
    0.000896121045331748, 0.000667567652866919, 0.000512067227413732, 0.000234939176966103,
    0.000615215861106698, 0.000368435748484428, 0.000450692642891514, 0.000447073520914904,
    8.68943570262703e-06, 0.000117359954362808, 0.00130621054879017, 0.000593215265861893,
    0.000260069813343759, 0.00104084994013786, 0.000388997424067911, 0.000749943662795634,
    0.000486545548229327, 6.55315636926849e-06, 0.000173452652973762, 0.000789242112864189,
    0.000131127781182762, 0.000503427469401004, 0.000294086446834881, 0.000423673976962337,
    0.000350792333847055, 5.20544536260464e-06, 0.00032556196075353, 0.000296579414061736,
    0.000216758494472437, 3.87864543936551e-05, 0.000110980652574732, 0.000191092427585008,
    1.07103435412285e-06, -1.18386129728285e-05, 0.00171876154191618, 0.00021530983340786,
    0.000722165167412706, 0.00031473350703122, 7.8714698315952e-06, 0.000239802009202901,
    0.000484032162189248, 0.000319341156103082, 0.000495667453702716, 2.92346098343355e-06,
    0.00010100864499965, 0.00087716184791688, 0.000486720269483407, 6.30036522150142e-06,
    0.000349518636704967, 0.000874986152300607, 1.259137037582e-06, 0.000251918824172552,
    5.14041022914179e-07, 6.33988550516218e-07, 0.000677715664371952
])
# fmt: on


def covariance():
    matrix = np.zeros((10, 10))
    matrix[np.triu_indices(10)] = UPPER
    matrix += np.triu(matrix, 1).T
    return matrix.reshape(2, 5, 2, 5)


def test_van_dyke_s_two_tests_by_five_readers_are_those_of_mrmcaov():
    found = obuchowski_rockette(AUC, covariance())
    variance, test = found.variance, found.test
    assert variance.error == pytest.approx(0.000792132453076562, rel=1e-12)
    assert variance.cov1 == pytest.approx(0.000342008957736828, rel=1e-12)
    assert variance.cov2 == pytest.approx(0.000339526530985629, rel=1e-12)
    assert variance.cov3 == pytest.approx(0.000235849653234471, rel=1e-12)
    assert variance.scores == pytest.approx(0.00479617053166026, rel=1e-12)
    assert variance.both == pytest.approx(0.000551030621744059, rel=1e-12)
    assert test.f == pytest.approx(4.48485432182078, rel=1e-12)
    assert test.denominator_df == pytest.approx(15.0661079388731, rel=1e-12)
    assert test.p == pytest.approx(0.0512330308248101, rel=1e-10)
    assert test.difference_error == pytest.approx(0.0206825047854446, rel=1e-12)
    first, second = found.means
    assert (first.value, first.lower, first.upper) == pytest.approx(
        (0.897037037037037, 0.825346077445658, 0.968727996628416), rel=1e-12
    )
    assert (second.value, second.lower, second.upper) == pytest.approx(
        (0.940837359098229, 0.894215495947877, 0.987459222248580), rel=1e-12
    )


def cases(seed, n=60, readers=2, patients=25):
    rng = np.random.default_rng(seed)
    whose = rng.integers(patients, size=n)
    outcome = rng.random(n) < 0.5
    outcome[:2], outcome[2:4] = True, False
    true = rng.normal(size=n) + outcome + rng.normal(size=patients)[whose]
    return true + 0.5 * rng.normal(size=(readers, n)), outcome, whose


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_without_patients_the_difference_of_two_readers_is_delong_s(seed):
    scores, outcome, _ = cases(seed)
    values, spread = auc_covariance(scores, outcome)
    paired = delong_paired(scores[0], scores[1], outcome)
    assert values[0] - values[1] == pytest.approx(paired.difference.value, abs=1e-12)
    error = np.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    assert (values[0] - values[1]) / error == pytest.approx(paired.z, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_by_patient_the_covariance_is_that_of_what_each_patient_adds(seed):
    scores, outcome, whose = cases(seed)
    values, spread = auc_covariance(scores, outcome, whose)
    # Obuchowski 1997: each sum of squares and products has its own number of patients.
    of_events, of_others = [], []
    for row, value in zip(scores, values, strict=True):
        events, others = np.flatnonzero(outcome), np.flatnonzero(~outcome)
        wins = (row[events][:, None] > row[others]) + 0.5 * (row[events][:, None] == row[others])
        with_event, without = (dict.fromkeys(sorted(set(whose)), 0.0) for _ in range(2))
        for place, case in enumerate(events):
            with_event[whose[case]] += (wins[place].mean() - value) / len(events)
        for place, case in enumerate(others):
            without[whose[case]] += (wins[:, place].mean() - value) / len(others)
        of_events.append(list(with_event.values()))
        of_others.append(list(without.values()))
    x, y = np.array(of_events), np.array(of_others)
    counts = [len(set(whose[outcome])), len(set(whose[~outcome])), len(set(whose))]
    squares = x @ x.T, y @ y.T, x @ y.T + y @ x.T
    expected = sum(square * count / (count - 1) for square, count in zip(squares, counts, strict=True))
    assert np.allclose(spread, expected, rtol=1e-10, atol=1e-15)


def test_patients_drawn_again_spread_the_difference_as_the_covariance_says():
    scores, outcome, whose = cases(4, n=400, patients=150)
    _values, spread = auc_covariance(scores, outcome, whose)
    rng = np.random.default_rng(1)
    rows = [np.flatnonzero(whose == patient) for patient in np.unique(whose)]
    again = []
    for _ in range(600):
        drawn = np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        resampled, _ = auc_covariance(scores[:, drawn], outcome[drawn])
        again.append(resampled[0] - resampled[1])
    error = np.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    assert error == pytest.approx(np.std(again), rel=0.12)


def test_the_net_benefit_of_a_changed_group_is_counted_by_hand():
    # Six lymph nodes of six patients; the second reader loses one responder and gains one false alarm.
    outcome = np.array([True, True, True, False, False, False])
    first = np.array([2.0, 2, -1, -1, -1, -1])
    second = np.array([2.0, -1, -1, 2, -1, -1])
    found = reader_accuracy(("A", "B"), np.stack([first, second]), outcome, np.arange(6), 0.0, 0.5)
    assert found.net_benefit.tolist() == pytest.approx([2 / 6, 1 / 6 - 1 / 6])
    assert found.benefit_difference.value == pytest.approx(-2 / 6)
    assert found.flips == 2
    assert (found.cases, found.events, found.patients) == (6, 3, 6)


def test_readers_who_contour_alike_cannot_differ_in_auc():
    scores, outcome, whose = cases(7)
    found = reader_accuracy(("A", "B"), np.stack([scores[0], scores[0]]), outcome, whose, 0.0, 0.5)
    assert np.isnan(found.p)
    assert found.flips == 0
    assert found.benefit_difference.value == 0


def test_a_third_reader_who_contours_as_the_first_leaves_the_test_of_two():
    scores, outcome, whose = cases(7)
    two = reader_accuracy(("A", "B"), scores[:2], outcome, whose, 0.0, 0.5)
    three = reader_accuracy(("A", "B", "C"), scores[[0, 1, 0]], outcome, whose, 0.0, 0.5)
    assert 0 < two.p < 1
    assert three.p == pytest.approx(two.p, rel=1e-9)


def test_readers_of_opposite_minds_without_variance_are_not_called_the_same():
    outcome = np.array([True, True, True, False, False, False])
    apart = np.array([2.0, 1.0, 3.0, -1.0, -2.0, -3.0])
    found = reader_accuracy(("A", "B"), np.stack([apart, -apart]), outcome, np.arange(6), 0.0, 0.5)
    assert np.isnan(found.p)
    score = ScoreAccuracy(model=published_models()[0], accuracy=found)
    words = " ".join(sentence.text for sentence in reader_accuracy_sentences(score))
    assert "cannot be tested: an AUC of 0 or 1 has no variance" in words
    assert "they are the same" not in words


def test_equal_readers_are_said_to_differ_as_often_as_is_stated():
    rejected = [reader_accuracy(("A", "B"), *cases(seed, n=100, patients=60), 0.0, 0.5).p < 0.05 for seed in range(400)]
    assert 0.02 <= np.mean(rejected) <= 0.085


def test_too_little_is_refused_in_a_sentence():
    scores, outcome, whose = cases(1)
    with pytest.raises(DataRefusedError, match="two lymph nodes with and two without"):
        reader_accuracy(("A", "B"), scores, np.zeros_like(outcome), whose, 0.0, 0.5)
    with pytest.raises(DataRefusedError, match="five patients"):
        reader_accuracy(("A", "B"), scores, outcome, whose % 3, 0.0, 0.5)
    with pytest.raises(DataRefusedError, match="are of one patient"):
        reader_accuracy(("A", "B"), scores, outcome, np.where(outcome, 0, whose + 1), 0.0, 0.5)
    with pytest.raises(DataRefusedError, match="One reader"):
        obuchowski_rockette(np.ones((1, 1)), np.ones((1, 1, 1, 1)))
