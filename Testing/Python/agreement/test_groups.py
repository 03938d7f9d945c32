"""κ, AC1, the direction of changes and equivalence against R's survey and psych, brute force, and published figures."""

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.agreement.groups import equivalence, group_agreement
from RLNResponseLib.common.errors import DataRefusedError

TABLES = Path(__file__).resolve().parents[2] / "oracle" / "tables"


def table(name):
    with (TABLES / f"groups_{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    patients = np.array([int(row["patient_id"]) for row in rows])
    return patients, *(np.array([float(row[name]) for row in rows]) for name in ("first", "second"))


def limits(estimate):
    return [estimate.value, estimate.lower, estimate.upper]


@pytest.mark.parametrize("name", ["paper", "alone", "few"])
def test_kappa_and_ac1_with_limits_by_patient_equal_r_survey(oracle, name):
    patients, first, second = table(name)
    found, expected = group_agreement(first > 0, second > 0, patients), oracle("groups")[name]
    for ours, theirs in ((found.kappa, expected["kappa"]), (found.ac1, expected["ac1"])):
        value, lower, upper = theirs
        assert limits(ours) == pytest.approx([value, max(-1, lower), min(1, upper)], abs=1e-10)
    assert found.kappa.value == pytest.approx(expected["psych_kappa"], abs=1e-12)


def test_the_direction_of_one_lymph_node_a_patient_is_mcnemars_exact_test(oracle):
    _, first, second = table("alone")
    found = group_agreement(first > 0, second > 0, np.arange(len(first)))
    assert found.direction_p == pytest.approx(oracle("groups")["alone"]["mcnemar"], abs=1e-12)


def test_the_direction_by_patient_equals_every_flip_of_signs():
    rng = np.random.default_rng(5)
    patients = rng.integers(0, 9, 40)
    first, second = rng.random(40) < 0.5, rng.random(40) < 0.65
    net = np.bincount(patients, second.astype(int) - first.astype(int), minlength=9)
    sums = [abs(np.dot(signs, net)) for signs in product((-1, 1), repeat=9)]
    expected = np.mean(np.array(sums) >= abs(net.sum()))
    assert group_agreement(first, second, patients).direction_p == pytest.approx(expected, abs=1e-12)


def test_a_lopsided_share_lowers_kappa_and_not_ac1():
    """Feinstein and Cicchetti's paradox (1990): 118 + 2 of 125 agree."""
    first = np.repeat([1, 1, 0, 0], [118, 5, 0, 2]).astype(bool)
    second = np.repeat([1, 0, 1, 0], [118, 5, 0, 2]).astype(bool)
    found = group_agreement(first, second, np.arange(125))
    share, p, q = 120 / 125, 123 / 125, 118 / 125
    chance, middle = p * q + (1 - p) * (1 - q), (p + q) / 2
    assert found.kappa.value == pytest.approx((share - chance) / (1 - chance))
    assert found.ac1.value == pytest.approx((share - 2 * middle * (1 - middle)) / (1 - 2 * middle * (1 - middle)))
    assert found.ac1.value > 0.95
    assert found.kappa.value < 0.45


def test_copies_of_a_lymph_node_change_no_limit():
    patients, first, second = table("alone")
    once = group_agreement(first > 0, second > 0, patients)
    copied = group_agreement(*(np.repeat(one > 0, 3) for one in (first, second)), np.repeat(patients, 3))
    assert limits(copied.kappa) == pytest.approx(limits(once.kappa))
    assert limits(copied.ac1) == pytest.approx(limits(once.ac1))


def test_where_all_agree_there_are_no_limits_and_with_one_group_no_kappa():
    same = np.array([True, True, False, False, True])
    found = group_agreement(same, same, np.arange(5))
    assert (found.kappa.value, found.ac1.value, found.up, found.down, found.direction_p) == (1, 1, 0, 0, 1)
    assert np.isnan([found.kappa.lower, found.kappa.upper, found.ac1.lower, found.ac1.upper]).all()
    one = np.ones(5, dtype=bool)
    assert np.isnan(group_agreement(one, one, np.arange(5)).kappa.value)
    assert np.isnan(group_agreement(same, ~same, np.zeros(5, dtype=int)).kappa.lower)


@pytest.mark.parametrize("name", ["paper", "alone", "few"])
def test_equivalence_equals_r(oracle, name):
    patients, first, second = table(name)
    found, expected = equivalence(first, second, patients, 0.5), oracle("groups")[name]
    assert limits(found.difference) == pytest.approx(expected["difference"], abs=1e-12)
    assert found.p == pytest.approx(expected["p_within_half"], abs=1e-10)
    assert found.is_shown == (found.p < 0.05)


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_is_none(margin):
    with pytest.raises(DataRefusedError, match="state one above 0") as refused:
        equivalence(np.zeros(3), np.ones(3), np.arange(3), margin)
    assert refused.value.code == "bad-margin"
