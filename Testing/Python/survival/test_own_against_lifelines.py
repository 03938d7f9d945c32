"""The figures of docs/dependencies.md, "Survival: own code against lifelines": what R says, less what lifelines
says."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.analysis.table1_times import median_time
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups
from RLNResponseLib.survival.group_tests import gray_test, log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff
from RLNResponseLib.survival.proportional_hazards import proportional_hazards

CASES = ["rossi", "waltons", "breast", "breast_months", "lymph_nodes", "few", "rounding"]
DOCS = Path(__file__).resolve().parents[3] / "docs" / "dependencies.md"
EQUAL = 1e-8
TIGHT = {"precision": 1e-14, "r_precision": 1e-14}


@pytest.fixture(scope="module", autouse=True)
def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("lifelines")


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines', which the product keeps from escaping by itself
        yield


def difference(found, figures):
    """The largest, relative to the figure's size, absolute below 1; infinite where only one of the two is defined."""
    found = np.atleast_1d(np.asarray(found, dtype=float))
    wanted = np.array([np.nan if value is None else value for value in np.atleast_1d(figures)], dtype=float)
    if (np.isfinite(found) != np.isfinite(wanted)).any():
        return np.inf
    known = np.isfinite(wanted)
    return float((np.abs(found - wanted)[known] / np.maximum(1, np.abs(wanted[known]))).max(initial=0))


def curves(case, oracle, lifelines):
    found = {"estimate": 0.0, "log-log band": 0.0, "median": 0.0}
    for name in CASES:
        figures, followed = oracle("survival")[name]["curve"], case(name).follow_up
        fitted = lifelines.KaplanMeierFitter().fit(followed.months, followed.event)
        months = np.unique(followed.months)[:: int(figures["every"])]
        survival = fitted.survival_function_.loc[months].to_numpy()[:, 0]
        band = fitted.confidence_interval_.loc[months].to_numpy()
        inside = (survival > 0) & (survival < 1)
        limits = [np.array(figures[f"log_log_{side}"], dtype=float)[inside] for side in ("lower", "upper")]
        median = fitted.median_survival_time_
        for key, each in (
            ("estimate", difference(survival, figures["survival"])),
            ("log-log band", difference(band[inside].T.ravel(), np.concatenate(limits))),
            ("median", difference(median, figures["median_log"][0])),
        ):
            found[key] = max(found[key], each)
    return found


def log_ranks(case, oracle, lifelines):
    from lifelines.statistics import multivariate_logrank_test

    found = {"two groups": 0.0, "several groups": 0.0, "a group gone before the first event": 0.0}
    for name in CASES:
        figures, table = oracle("survival")[name]["log_rank"], case(name)
        test = multivariate_logrank_test(table.follow_up.months, table.groups.codes, table.follow_up.event.astype(int))
        key = "two groups" if len(table.groups) == 2 else "several groups"
        if 0 in figures["expected"]:
            key = "a group gone before the first event"
        each = difference([test.test_statistic, test.p_value], [figures["chisq"], figures["p"]])
        found[key] = max(found[key], each)
    return found


def cox_models(case, oracle, lifelines):
    from lifelines.statistics import proportional_hazard_test
    from pandas import DataFrame

    found = {"coefficients": 0.0, "coefficients, tightened": 0.0, "errors by patient": 0.0, "cox.zph": 0.0}
    for name in ["rossi", "lymph_nodes", "few"]:
        figures, table = oracle("survival")[name]["cox"], case(name)
        frame = DataFrame(table.x, columns=table.names)
        frame = frame.assign(T=table.follow_up.months, E=table.follow_up.event, whose=table.patients)
        plain = lifelines.CoxPHFitter().fit(frame.drop(columns="whose"), "T", "E")
        tight = lifelines.CoxPHFitter().fit(frame, "T", "E", cluster_col="whose", fit_options=TIGHT)
        # The test takes the model-based covariance, as R's does.
        alone = frame.drop(columns="whose")
        model = lifelines.CoxPHFitter().fit(alone, "T", "E", fit_options=TIGHT)
        zph = proportional_hazard_test(model, alone, time_transform="km")
        for key, each in (
            ("coefficients", difference(plain.params_, figures["coef"])),
            ("coefficients, tightened", difference(tight.params_, figures["coef"])),
            ("errors by patient", difference(tight.standard_errors_, figures["robust_se"])),
            ("cox.zph", difference(zph.summary.loc[list(table.names), "p"], figures["zph_p"][:-1])),
        ):
            found[key] = max(found[key], each)
    return found


def incidences(columns, oracle, lifelines):
    table, found = columns("few"), 0.0
    figures = oracle("competing")["few"]
    kinds = (table["event"] > 0) + 2 * ((table["competing"] > 0) & ~(table["event"] > 0))
    for label in np.unique(table["group"]):
        rows = table["group"] == label
        fitted = lifelines.AalenJohansenFitter(seed=0).fit(table["months"][rows], kinds[rows], event_of_interest=1)
        curve = fitted.cumulative_density_.iloc[:, 0]
        # Tied times are moved a little to either side.
        at = [curve[curve.index <= month + 0.01].iloc[-1] for month in figures["time"]]
        known = [each is not None for each in figures["curves"][f"{label:g} 1"]["estimate"]]
        wanted = np.array(figures["curves"][f"{label:g} 1"]["estimate"], dtype=float)[known]
        found = max(found, difference(np.array(at)[known], wanted))
    return {"cumulative incidence, ties": found}


def measured(case, columns, oracle, lifelines):
    return {
        **curves(case, oracle, lifelines),
        **log_ranks(case, oracle, lifelines),
        **cox_models(case, oracle, lifelines),
        **incidences(columns, oracle, lifelines),
    }


def test_the_table_in_the_docs_is_what_is_measured(case, columns, oracle, lifelines):
    """lifelines is used exactly where it equals R to 1e-8; a difference in the docs is the measured one, to its
    digits."""
    text = DOCS.read_text(encoding="utf-8").split("## Survival: own code against lifelines")[1]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    table = {row[0]: row for row in rows}
    for name, found in measured(case, columns, oracle, lifelines).items():
        _, _, theirs, used, _ = table[name]
        if used == "lifelines":
            assert found <= EQUAL, name
        if theirs.startswith("<"):
            assert found < float(theirs.removeprefix("<")), name
        else:
            # Another build of numpy moves the last digits, not the size.
            assert found == pytest.approx(float(re.split(r"[ ,;]", theirs)[0]), rel=0.1), name
            assert found > EQUAL, name
            assert used == "ours", name


def test_where_the_curve_stays_at_a_half_lifelines_takes_the_beginning_of_the_step(lifelines):
    months, event = np.array([1.0, 2, 3, 4]), np.ones(4, dtype=bool)
    assert lifelines.KaplanMeierFitter().fit(months, event).median_survival_time_ == 2
    assert kaplan_meier(follow_up(months, event)).median.value == 2.5


def nearly_tied(scale=1.0):
    months = np.array([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 1, 2, 3, 3, 4, 5]) * scale
    event = np.array([1, 0, 1, 1, 1, 0, 1, 1, 1, 0]) > 0
    return months, event


def test_times_that_differ_by_rounding_alone_are_tied_in_every_analysis():
    months, event = nearly_tied()
    tied = np.where(months < 0.5, 0.3, months)
    x = np.array([1.0, 2, 4, 3, 1, 5, 2, 2, 1, 3])
    divided = groups(["a", "b"] * 5)
    other = np.array([0, 1, 0, 0, 0, 1, 0, 0, 0, 0]) > 0

    def everything(times):
        followed = follow_up(times, event)
        fit = cox(followed, x[:, None], ["x"])
        return [
            *kaplan_meier(followed).survival,
            kaplan_meier(followed).median.value,
            log_rank(followed, divided).chisq,
            *fit.coefficients,
            proportional_hazards(followed, x[:, None], fit)["x"].chisq,
            gray_test(followed, other, divided).chisq,
            *cumulative_incidence(followed, other).estimate,
            selected_cutoff(followed, x, 0, permutations=99).z,
        ]

    assert everything(months) == everything(tied)
    assert len(np.unique(months)) > len(np.unique(tied))


def test_the_median_of_table_1_ties_them_too():
    """Nearly equal times, untied, would make two steps of one."""
    months, event = np.array([0.3, 0.1 + 0.2, 0.7]), np.ones(3, dtype=bool)
    assert median_time(months, event) == median_time(np.array([0.3, 0.3, 0.7]), event) == 0.3


def test_no_warning_of_lifelines_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        followed = FollowUp(np.array([0.0, 1, 2, 2]), np.array([1, 0, 1, 1]) > 0)
        assert kaplan_meier(followed).survival[-1] == 0
        assert log_rank(followed, groups(["a", "b", "a", "b"])).df == 1
