"""ICC against R psych, pingouin, Shrout and Fleiss 1979, and what must hold whatever the ratings are."""

import csv
import warnings

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.agreement.icc import FORMS, SHROUT_FLEISS, icc, icc_by_patient
from RLNResponseLib.common.errors import DataRefusedError

TABLES = [
    "two_raters",
    "five_raters",
    "biased_rater",
    "no_agreement",
    "opposed",
    "three_subjects",
    "large_values",
    "whole_numbers",
]


def all_forms(table):
    """Estimate and limits of one table (n, k) in R psych's order, three vectors of six."""
    results = [icc(table[:, :, None], form) for form in FORMS]
    return [np.array([getattr(result, part)[0] for result in results]) for part in ("estimate", "lower", "upper")]


def fat(shared_data, column):
    """Three readings of 43 persons: observer KL's first, KL's second, SL's first."""
    with (shared_data / "fat-two-observers" / "fat.csv").open() as file:
        rows = {(row["Obs"], row["Rep"], int(row["Id"])): float(row[column]) for row in csv.DictReader(file)}
    persons = sorted({key[2] for key in rows})
    return [np.array([rows[*who, person] for person in persons]) for who in (("KL", "1"), ("KL", "2"), ("SL", "1"))]


@pytest.mark.parametrize("name", TABLES)
def test_estimates_and_limits_equal_r_psych(oracle, icc_table, name):
    expected = oracle("icc")[name]
    for ours, theirs in zip(all_forms(icc_table(name)), ("icc", "lower", "upper"), strict=True):
        # Of opposed raters psych's ICC(A,k) is 29.0 (26.5 to 37.2): beyond the pole of the formula there is none.
        defined = np.array(expected[theirs]) <= 1
        assert defined.all() or (name == "opposed" and not np.isfinite(ours[~defined]).any())
        np.testing.assert_allclose(ours[defined], np.array(expected[theirs])[defined], rtol=1e-10, atol=1e-10)


def test_shrout_and_fleiss_1979(oracle, shared_data):
    path = shared_data / "fat-two-observers" / "shrout_fleiss_1979.csv"
    table = np.loadtxt(path, delimiter=",", skiprows=1)[:, 1:]
    ours = all_forms(table)
    np.testing.assert_allclose(ours[0][:3], [0.166, 0.290, 0.715], atol=5e-4)
    for part, theirs in zip(ours, ("icc", "lower", "upper"), strict=True):
        np.testing.assert_allclose(part, oracle("icc")["shrout_fleiss"][theirs], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("column", "inter", "intra"),
    [
        ("Vic", [0.9341, 0.9342, 0.9375], [0.9680, 0.9680, 0.9691]),
        ("Sub", [0.9879, 0.9879, 0.9887], [0.9913, 0.9913, 0.9911]),
    ],
)
def test_two_observers_of_fat(oracle, shared_data, column, inter, intra):
    first, second, other = fat(shared_data, column)
    for kind, pair, published in (("inter", (first, other), inter), ("intra", (first, second), intra)):
        ours = all_forms(np.column_stack(pair))
        np.testing.assert_allclose(ours[0][:3], published, atol=5e-5)
        for part, theirs in zip(ours, ("icc", "lower", "upper"), strict=True):
            expected = oracle("icc")[f"fat_{column}_{kind}"][theirs]
            np.testing.assert_allclose(part, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", TABLES)
def test_estimates_equal_pingouin(icc_table, name):
    pingouin = pytest.importorskip("pingouin", reason="pingouin is not installed")
    pandas = pytest.importorskip("pandas")
    table = icc_table(name)
    n, k = table.shape
    frame = pandas.DataFrame({"s": np.repeat(np.arange(n), k), "r": np.tile(np.arange(k), n), "x": table.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pingouin.intraclass_corr(frame, targets="s", raters="r", ratings="x")
    found, estimates = all_forms(table)[0], theirs["ICC"].to_numpy()
    assert np.isnan(found[estimates > 1]).all()
    np.testing.assert_allclose(found[estimates <= 1], estimates[estimates <= 1], rtol=1e-10, atol=1e-10)


def test_many_features_at_once_equal_one_at_a_time(icc_table):
    table = icc_table("five_raters")
    together = np.stack([table, table**2, -table, np.sqrt(table)], axis=2)
    for form in FORMS:
        result = icc(together, form)
        for feature in range(4):
            alone = icc(together[:, :, feature : feature + 1], form)
            assert result.estimate[feature] == pytest.approx(alone.estimate[0], rel=1e-12)
            assert result.lower[feature] == pytest.approx(alone.lower[0], rel=1e-12)


def test_names_of_both_papers():
    assert [SHROUT_FLEISS[form] for form in FORMS] == [
        "ICC(1,1)",
        "ICC(2,1)",
        "ICC(3,1)",
        "ICC(1,k)",
        "ICC(2,k)",
        "ICC(3,k)",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_rated_is_nan_with_a_reason_and_never_one(form):
    ratings = np.random.default_rng(1).normal(size=(8, 2, 6))
    ratings[3, 1, 0] = np.nan
    ratings[2, 0, 1] = np.inf
    ratings[:, :, 2] = 7.25
    ratings[:, :, 3] = 0.1 + 0.2
    ratings[:, :, 3].flat[::2] = 0.3
    ratings[:, :, 4] = 0.0
    result = icc(ratings, form)
    assert result.reasons[0] == result.reasons[1] == "a rating is missing or infinite"
    assert result.reasons[2] == result.reasons[3] == result.reasons[4] == "all ratings are the same"
    assert result.reasons[5] == ""
    for part in (result.estimate, result.lower, result.upper):
        assert np.isnan(part[:5]).all()
        assert np.isfinite(part[5])


def test_a_rater_who_only_adds_a_constant():
    ratings = np.zeros((6, 2, 1))
    ratings[:, 1] = 3
    assert icc(ratings, "ICC(C,1)").reasons == ("the lymph nodes do not differ",)
    assert icc(ratings, "ICC(A,1)").estimate[0] <= 0


@pytest.mark.parametrize("form", FORMS)
def test_perfect_agreement_is_one_with_its_limits(form):
    result = icc(np.repeat(np.arange(5.0)[:, None, None], 3, axis=1), form)
    assert (result.estimate[0], result.lower[0], result.upper[0]) == (1, 1, 1)


@given(
    npst.arrays(float, st.tuples(st.integers(3, 9), st.integers(2, 4)), elements=st.floats(-100, 100, width=16)),
    st.floats(0.1, 10),
    st.floats(-50, 50),
)
@settings(max_examples=60, deadline=None)
def test_unit_and_origin_do_not_matter_and_limits_hold_the_estimate(table, scale, shift):
    for form in FORMS[:3]:
        one, other = icc(table[:, :, None], form), icc((scale * table + shift)[:, :, None], form)
        if one.reasons == other.reasons == ("",) and np.ptp(table) > 1:
            assert other.estimate[0] == pytest.approx(one.estimate[0], abs=1e-7)
            assert one.lower[0] - 1e-9 <= one.estimate[0] <= one.upper[0] + 1e-9


def test_bootstrap_by_patient_reproduces_a_plain_loop():
    rng = np.random.default_rng(5)
    ratings = rng.normal(size=(20, 1, 2)) + 0.5 * rng.normal(size=(20, 2, 2))
    patients = np.repeat(np.arange(10), 2)
    result = icc_by_patient(ratings, patients, resamples=300, seed=3)
    loop = np.random.default_rng(3).integers(0, 10, size=(300, 10))
    estimates = []
    for drawn in loop:
        rows = np.concatenate([np.flatnonzero(patients == patient) for patient in drawn])
        estimates.append(icc(ratings[rows]).estimate)
    np.testing.assert_allclose(result.lower, np.quantile(estimates, 0.025, axis=0), rtol=1e-9)
    np.testing.assert_allclose(result.upper, np.quantile(estimates, 0.975, axis=0), rtol=1e-9)
    np.testing.assert_allclose(result.estimate, icc(ratings).estimate)


def test_copies_of_a_lymph_node_do_not_narrow_the_interval_by_patient():
    rng = np.random.default_rng(6)
    once = rng.normal(size=(30, 1, 1)) + 0.5 * rng.normal(size=(30, 2, 1))
    copied = np.repeat(once, 4, axis=0)
    patients = np.repeat(np.arange(30), 4)
    one, other = icc_by_patient(once, np.arange(30), seed=1), icc_by_patient(copied, patients, seed=1)
    assert other.upper - other.lower == pytest.approx(one.upper - one.lower, rel=0.05)
    narrower, naive = icc(copied), icc(once)
    assert narrower.upper - narrower.lower < 0.7 * (naive.upper - naive.lower)


def test_bootstrap_keeps_reasons():
    ratings = np.random.default_rng(0).normal(size=(10, 2, 2))
    ratings[:, :, 1] = 1
    result = icc_by_patient(ratings, np.arange(10))
    assert result.reasons == ("", "all ratings are the same")
    assert np.isnan(result.lower[1])
    assert np.isfinite(result.lower[0])


def test_too_little_is_refused_in_one_sentence():
    with pytest.raises(
        DataRefusedError, match="at least two lymph nodes and two ratings of each, and there are 1 and 2"
    ):
        icc(np.ones((1, 2, 3)))
    with pytest.raises(DataRefusedError, match="3 patients are too few to resample"):
        icc_by_patient(np.ones((3, 2, 3)), np.arange(3))


@pytest.mark.parametrize("form", FORMS)
def test_no_limits_exclude_the_estimate_they_are_of(form):
    """ICC(A,1) of few lymph nodes by Satterthwaite's degrees of freedom, and ICC(A,k) beyond the formula's pole, did."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(2, 8)), int(rng.integers(2, 4))
        ratings = rng.normal(size=(n, k, 20)) + 3 * (seed % 3 == 0) * rng.normal(size=(1, k, 20))
        found = icc(ratings, form)
        known = np.isfinite(found.estimate) & ~np.isnan(found.lower) & ~np.isnan(found.upper)
        assert known.any()
        assert (found.lower <= found.estimate)[known].all()
        assert (found.upper >= found.estimate)[known].all()


def test_the_mean_of_readings_that_cancel_each_other_has_no_icc_rather_than_one_above_1():
    """Found here: two readers who mirror each other had an ICC(A,k) of 6, which passed every threshold."""
    values = np.array([1.0, -1.2, 0.9, -0.8, 1.1, -1.0])
    result = icc(np.stack([values, -values], axis=1)[:, :, None], "ICC(A,k)")
    assert np.isnan(result.estimate[0])
    assert result.reasons == ("the lymph nodes differ less than their readings",)
