"""Variance components against R's lme4, dense matrices, balanced designs by hand, and what must hold of any readings."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.agreement.components import COMPONENTS, variance_components
from RLNResponseLib.agreement.readings import ReadingRow

TABLES = Path(__file__).resolve().parents[2] / "oracle" / "tables"
FEATURES = [("paper", 3), ("incomplete", 2), ("alone", 2), ("few", 2)]


def table(name):
    with (TABLES / f"components_{name}.csv").open() as file:
        lines = list(csv.DictReader(file))
    readings = [
        ReadingRow(
            patient=line["patient_id"],
            lymph_node=line["lymph_node"],
            reader=line["reader"],
            round=int(line["round"]),
        )
        for line in lines
    ]
    return readings, np.array([[float(line[name]) for name in line if name.startswith("x")] for line in lines])


def simulated(rng, patients=12, lymph_nodes=25, series="AAB", missing=0.0):
    owner = np.concatenate([np.arange(patients), rng.integers(0, patients, lymph_nodes - patients)])
    readings = [
        ReadingRow(patient=f"P{owner[n]}", lymph_node=f"LN{n}", reader=who, round=1 + series[:at].count(who))
        for n in range(lymph_nodes)
        for at, who in enumerate(series)
        if rng.random() >= missing
    ]
    of_lymph_node = rng.normal(size=lymph_nodes)
    values = [of_lymph_node[int(one.lymph_node[2:])] + 0.5 * rng.normal() for one in readings]
    return readings, np.array(values)[:, None]


def values_of(found):
    return {name: estimate.value for name, estimate in found.variances.items()}


@pytest.mark.parametrize(("name", "features"), FEATURES)
def test_components_equal_lme4(oracle, name, features):
    expected = oracle("components")
    found = variance_components(*table(name))
    assert len(found) == features
    for number, ours in enumerate(found):
        theirs = expected[f"{name}_x{number}"]
        assert set(values_of(ours)) == set(theirs)
        assert values_of(ours) == pytest.approx(theirs, rel=1e-6, abs=1e-9)


def test_three_readings_of_43_persons_by_two_observers_equal_lme4(oracle, shared_data):
    with (shared_data / "fat-two-observers" / "fat.csv").open() as file:
        lines = list(csv.DictReader(file))
    readings = [
        ReadingRow(patient=line["Id"], lymph_node="1", reader=line["Obs"], round=int(line["Rep"])) for line in lines
    ]
    measured = np.array([[float(line["Sub"]), float(line["Vic"])] for line in lines])
    for ours, name in zip(variance_components(readings, measured), ("Sub", "Vic"), strict=True):
        assert values_of(ours) == pytest.approx(oracle("components")[f"fat_{name}"], rel=1e-6, abs=1e-9)
        assert ours.icc_intra.value > ours.icc_inter.value > 0.9


def deviance(readings, y, variances):
    """−2 × restricted log likelihood with whole matrices."""
    labels = {
        "patient": [one.patient for one in readings],
        "lymph_node": [(one.patient, one.lymph_node) for one in readings],
        "reader": [one.reader for one in readings],
        "reader_by_lymph_node": [(one.patient, one.lymph_node, one.reader) for one in readings],
    }
    v = variances["residual"] * np.eye(len(y))
    for name, value in variances.items():
        if name != "residual":
            v += value * np.array([[one == other for other in labels[name]] for one in labels[name]])
    inverse, one = np.linalg.inv(v), np.ones(len(y))
    of_mean = one @ inverse @ one
    residual = y - (one @ inverse @ y) / of_mean
    return np.linalg.slogdet(v)[1] + np.log(of_mean) + residual @ inverse @ residual


@pytest.mark.parametrize("seed", range(4))
def test_no_other_variances_are_likelier(seed):
    rng = np.random.default_rng(seed)
    readings, values = simulated(rng, series="AABC", missing=0.3)
    found = values_of(variance_components(readings, values)[0])
    best = deviance(readings, values[:, 0], found)
    for name in found:
        for change in (-0.02, 0.02):
            moved = {**found, name: max(0.0, found[name] + change)}
            assert deviance(readings, values[:, 0], moved) >= best - 1e-9


def test_a_balanced_design_by_hand():
    """Mean squares of a two-way table, and the χ² limits of the lymph nodes' and the readers'."""
    from scipy.stats import chi2

    rng = np.random.default_rng(3)
    n, k = 20, 3
    table = rng.normal(size=(n, 1)) * 2 + rng.normal(size=(1, k)) + 0.4 * rng.normal(size=(n, k))
    readings = [
        ReadingRow(patient=f"P{i}", lymph_node="LN", reader=f"R{j}", round=1) for i in range(n) for j in range(k)
    ]
    found = variance_components(readings, table.reshape(-1, 1))[0]
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    subjects = k * rows.var(ddof=1)
    raters = n * columns.var(ddof=1)
    error = ((table - rows[:, None] - columns + table.mean()) ** 2).sum() / ((n - 1) * (k - 1))
    hand = {"lymph_node": (subjects - error) / k, "reader": (raters - error) / n, "residual": error}
    assert values_of(found) == pytest.approx(hand, rel=1e-8)
    assert found.design.df == {"lymph_node": n - 1, "reader": k - 1, "residual": (n - 1) * (k - 1)}
    for name, square, df, times in (("lymph_node", subjects, n - 1, k), ("reader", raters, k - 1, n)):
        limits = [max(0, square * df / chi2.ppf(tail, df) - error) / times for tail in (0.975, 0.025)]
        estimate = found.variances[name]
        assert [estimate.lower, estimate.upper] == pytest.approx(limits, rel=1e-6)
    assert found.icc_inter.value == pytest.approx(hand["lymph_node"] / sum(hand.values()), rel=1e-8)
    assert found.icc_intra is None


def test_two_readers_leave_their_own_variance_wide_open_and_five_do_not():
    widths = []
    for series in ("AB", "ABCDE"):
        found = variance_components(*simulated(np.random.default_rng(4), series=series))[0]
        reader = found.variances["reader"]
        widths.append(reader.upper / found.variances["residual"].value)
    assert widths[0] > 20 * widths[1]


@given(st.integers(0, 10_000), st.floats(0.001, 1000), st.floats(-1e4, 1e4))
@settings(max_examples=20, deadline=None)
def test_unit_origin_and_order_do_not_matter(seed, scale, shift):
    rng = np.random.default_rng(seed)
    readings, values = simulated(rng, missing=0.2)
    order = rng.permutation(len(readings))
    one = variance_components(readings, values)[0]
    other = variance_components([readings[row] for row in order], scale * values[order] + shift)[0]
    scaled = {name: scale**2 * value for name, value in values_of(one).items()}
    assert values_of(other) == pytest.approx(scaled, rel=1e-5, abs=1e-5 * sum(scaled.values()))
    assert other.icc_inter.lower == pytest.approx(one.icc_inter.lower, abs=1e-5)


def test_limits_hold_their_estimate_and_equal_features_equal_limits():
    readings, values = table("incomplete")
    first, second, again = variance_components(readings, np.column_stack([values, values[:, 0]]))
    assert first == again
    for found in (first, second):
        assert list(found.variances) == [name for name in COMPONENTS if name in found.variances]
        for estimate in (*found.variances.values(), found.icc_inter, found.icc_intra):
            assert 0 <= estimate.lower <= estimate.value <= estimate.upper
        assert found.icc_inter.value <= found.icc_intra.value


def test_an_empty_cell_leaves_out_that_reading_alone():
    readings, values = table("incomplete")
    values = np.column_stack([values[:, 0], values[:, 0]])
    values[[3, 40], 1] = np.nan
    whole, lacking = variance_components(readings, values)
    kept = [row for row in range(len(readings)) if row not in (3, 40)]
    by_hand = variance_components([readings[row] for row in kept], values[kept][:, :1])[0]
    assert (whole.design.readings, lacking.design.readings) == (len(readings), len(readings) - 2)
    assert values_of(lacking) == pytest.approx(values_of(by_hand), rel=1e-9)


@pytest.mark.parametrize("series", ["A", "AA"])
def test_one_reader_is_a_reason(series):
    found = variance_components(*simulated(np.random.default_rng(1), series=series))[0]
    assert found.design is None
    assert "need two readers or more who share lymph nodes" in found.reason


def test_readers_without_a_common_lymph_node_and_constants_are_reasons():
    readings, values = simulated(np.random.default_rng(2), series="AB")
    apart = [one for one in readings if (int(one.lymph_node[2:]) % 2 == 0) == (one.reader == "A")]
    assert "share lymph nodes" in variance_components(apart, np.ones((len(apart), 1)))[0].reason
    constant = variance_components(readings, np.full_like(values, 3.1))[0]
    assert constant.reason == "all ratings are the same"


def test_one_patient_has_no_patient_component():
    readings, values = simulated(np.random.default_rng(2), patients=1)
    assert "patient" not in variance_components(readings, values)[0].variances


def test_readings_without_a_residual_are_a_reason():
    readings, _ = simulated(np.random.default_rng(2), series="AB")
    same = np.array([[float(one.lymph_node[2:])] for one in readings])
    shifted = same + np.array([[float(one.reader == "A")] for one in readings])
    for table in (same, shifted):
        assert variance_components(readings, table)[0].reason == "nothing is left for the residual"
