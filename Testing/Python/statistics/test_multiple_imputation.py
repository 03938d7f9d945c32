"""Multiple imputation against R's mice: pooling to the digit, imputed values in distribution."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from RLNResponseLib.statistics.multiple_imputation import DONORS, impute, pool, sets_needed
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import cumulative_hazard
from RLNResponseLib.survival.follow_up import follow_up

TABLE = Path(__file__).resolve().parents[2] / "oracle" / "tables" / "survival_rossi.csv"


@pytest.fixture(scope="module")
def mice(oracle):
    return oracle("imputation")


@pytest.fixture(scope="module")
def rossi():
    """Age and marriage with the gaps of Testing/oracle/imputation.R."""
    with TABLE.open(newline="") as file:
        table = {name: np.array(column) for name, column in zip(*_columns(csv.reader(file)), strict=True)}
    rows = np.arange(1, len(table["age"]) + 1)
    table["no_age"] = (rows % 5 == 0) & ((table["arrest"] == 1) | (rows % 2 == 0))
    table["no_mar"] = rows % 7 == 0
    return table


def _columns(rows):
    header = next(rows)
    return header, zip(*(map(float, row) for row in rows), strict=True)


@pytest.mark.parametrize("number", range(7))
def test_pooling_is_mices(mice, number):
    case = mice["scalars"][number]
    found = pool(case["values"], case["variances"], math.inf if case["complete_df"] is None else case["complete_df"])
    assert [found.value, found.se, found.df, found.missing_information] == pytest.approx(case["figures"], rel=1e-10)
    total = case["figures"][1] ** 2
    assert found.from_missing == pytest.approx((total - np.mean(case["variances"])) / total, abs=1e-10)


def test_where_sets_do_not_differ_nothing_comes_from_what_is_missing():
    """Unlike the fraction of missing information, of which five degrees of freedom alone make a quarter."""
    found = pool([1.0] * 20, [0.1] * 20, 5)
    assert found.from_missing == 0
    assert found.missing_information > 0.25


def test_coxs_model_on_the_sets_that_mice_imputed_is_mices_and_survivals(mice, rossi):
    times = follow_up(rossi["week"], rossi["arrest"] == 1)
    terms = []
    for each in mice["sets"]:
        age, married = rossi["age"].copy(), rossi["mar"].copy()
        age[rossi["no_age"]], married[rossi["no_mar"]] = each["age"], each["mar"]
        fit = cox(times, np.column_stack([age, married, rossi["prio"]]), ("age", "mar", "prio"))
        terms.append(list(fit.terms.values()))
        assert [term.coef for term in terms[-1]] == pytest.approx(each["coef"], rel=1e-8)
        assert [term.se for term in terms[-1]] == pytest.approx(each["se"], rel=1e-8)
    for position in range(3):
        own = [each[position] for each in terms]
        found = pool([term.coef for term in own], [term.se**2 for term in own], mice["pooled"]["complete_df"])
        expected = {name: figures[position] for name, figures in mice["pooled"].items() if name != "complete_df"}
        assert found.value == pytest.approx(expected["estimate"], rel=1e-8)
        assert found.se == pytest.approx(expected["se"], rel=1e-8)
        assert found.df == pytest.approx(expected["df"], rel=1e-6)
        assert found.missing_information == pytest.approx(expected["fmi"], rel=1e-6)
        # From R's own estimates to the digit.
        given = [(each["coef"][position], each["se"][position] ** 2) for each in mice["sets"]]
        exact = pool(*zip(*given, strict=True), mice["pooled"]["complete_df"])
        assert [exact.value, exact.se, exact.df, exact.missing_information] == pytest.approx(
            list(expected.values()), rel=1e-10
        )
    assert mice["pooled"]["complete_df"] == fit.events - 3


def test_imputed_values_are_distributed_as_mices(mice, rossi):
    """Of 100 sets here and 400 there; the limits are four Monte Carlo errors of both together."""
    age, married = rossi["age"].copy(), rossi["mar"].copy()
    age[rossi["no_age"]] = married[rossi["no_mar"]] = np.nan
    hazard = cumulative_hazard(follow_up(rossi["week"], rossi["arrest"] == 1))
    known = np.column_stack([rossi["arrest"], hazard, rossi["prio"]])
    sets = list(impute(np.column_stack([age, married]), known, 100, 5))
    ages = np.array([each[rossi["no_age"], 0] for each in sets])
    arrested = rossi["arrest"][rossi["no_age"]] == 1
    found = {
        "age_mean": ages.mean(axis=1),
        "age_sd": ages.std(axis=1, ddof=1),
        "married": np.array([each[rossi["no_mar"], 1].mean() for each in sets]),
        "arrested_apart": ages[:, arrested].mean(axis=1) - ages[:, ~arrested].mean(axis=1),
    }
    for name, values in found.items():
        mean, spread = mice["many"][name]
        assert abs(values.mean() - mean) < 4 * math.hypot(spread / math.sqrt(400), values.std() / math.sqrt(100)), name
        # Of a standard deviation the error is itself over the root of twice the number, nearly.
        assert abs(math.log(values.std(ddof=1) / spread)) < 4 * math.hypot(1 / math.sqrt(800), 1 / math.sqrt(200)), name
    assert set(np.unique(ages)) <= set(age[~rossi["no_age"]])


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(12, 30), st.integers(1, 3)), elements=st.floats(-50, 50, width=32)),
    st.integers(0, 2**32 - 1),
    st.data(),
)
def test_nothing_known_changes_and_only_seen_values_come_in(columns, seed, data):
    columns = columns + np.arange(len(columns))[:, None]  # more values than one
    gaps = data.draw(arrays.arrays(np.bool_, columns.shape, fill=st.just(False)))
    gaps[:4] = False
    holed = np.where(gaps, np.nan, columns)
    known = np.linspace(0, 1, len(columns))[:, None]
    first, again = (list(impute(holed, known, 2, seed, rounds=2)) for _ in range(2))
    for filled, same in zip(first, again, strict=True):
        assert np.array_equal(filled, same)
        assert np.array_equal(filled[~gaps], columns[~gaps])
        for column in range(columns.shape[1]):
            assert set(filled[:, column]) <= set(holed[~gaps[:, column], column])


def test_a_column_that_another_separates_is_drawn_all_the_same():
    rng = np.random.default_rng(1)
    known = rng.normal(size=(60, 1))
    column = (known[:, 0] > 0).astype(float)
    column[:10] = np.nan
    drawn = np.array([each[:10, 0] for each in impute(column[:, None], known, 200, 2)])
    # By the augmented rows chances stay off 0 and 1, and on their side.
    assert ((drawn.mean(axis=0) > 0.5) == (known[:10, 0] > 0))[np.abs(known[:10, 0]) > 0.3].all()


def test_how_many_sets():
    assert [sets_needed(share) for share in (0.0, 0.2, 0.201, 0.5)] == [20, 20, 21, 50]
    assert DONORS == 5
