"""Every figure against R's survival and cmprsk: the same to 1e-10 of its size (both are double precision)."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.score_validation import score_difference
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import follow_up, groups, landmark
from RLNResponseLib.survival.group_tests import gray_test, log_rank
from RLNResponseLib.survival.proportional_hazards import proportional_hazards

CASES = ["rossi", "waltons", "breast", "breast_months", "lymph_nodes", "few", "lung1", "lung1_months", "rounding"]


def same(found, figures, tolerance=1e-10):
    """Equal relative to the figure's size, absolutely below 1; R's NA is our NaN."""
    wanted = np.array([np.nan if value is None else value for value in np.atleast_1d(figures)], dtype=float)
    np.testing.assert_allclose(np.atleast_1d(found), wanted, rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.parametrize("name", CASES)
def test_kaplan_meier_equals_survfit(case, oracle, name):
    figures = oracle("survival")[name]["curve"]
    shown = slice(None, None, int(figures["every"]))
    curve = kaplan_meier(case(name).follow_up)
    same(curve.months[shown], figures["time"])
    assert curve.at_risk[shown].tolist() == figures["at_risk"]
    assert curve.events[shown].tolist() == figures["events"]
    assert curve.censored[shown].tolist() == figures["censored"]
    same(curve.survival[shown], figures["survival"])
    same(curve.log.lower[shown], figures["log_lower"])
    same(curve.log.upper[shown], figures["log_upper"])
    same(curve.log_log.lower[shown], figures["log_log_lower"])
    same(curve.log_log.upper[shown], figures["log_log_upper"])
    same([curve.median.value, *curve.median.log], figures["median_log"])
    same([curve.median.value, *curve.median.log_log], figures["median_log_log"])


@pytest.mark.parametrize("name", CASES)
def test_log_rank_equals_survdiff(case, oracle, name):
    figures = oracle("survival")[name]["log_rank"]
    table = case(name)
    test = log_rank(table.follow_up, table.groups)
    same(test.chisq, figures["chisq"])
    same(test.p, figures["p"])
    same(test.expected, figures["expected"])
    assert list(test.observed) == figures["observed"]


@pytest.mark.parametrize("name", CASES)
def test_cox_equals_coxph_and_cox_zph(case, oracle, name):
    figures = oracle("survival")[name]["cox"]
    table = case(name)
    fit = cox(table.follow_up, table.x, table.names, table.patients)
    assert list(fit.terms) == figures["names"]
    for figure in ("coef", "se", "p", "hr", "lower", "upper"):
        same([getattr(term, figure) for term in fit.terms.values()], figures[figure])
    same([term.robust.se for term in fit.terms.values()], figures["robust_se"])
    same([fit.log_likelihood_null, fit.log_likelihood], figures["log_likelihood"])
    tests = proportional_hazards(table.follow_up, table.x, fit)
    assert list(tests) == [*figures["names"], "GLOBAL"]
    same([test.chisq for test in tests.values()], figures["zph_chisq"])
    same([test.df for test in tests.values()], figures["zph_df"])
    same([test.p for test in tests.values()], figures["zph_p"])


def test_the_landmark_equals_coxph_on_the_later_rows(case, oracle):
    figures = oracle("survival")["landmark"]
    table = case("lymph_nodes")
    found = landmark(table.follow_up, 3)
    assert [found.left_out_event, found.left_out_ended] == figures["left_out"]
    fit = cox(found.follow_up, table.x[found.rows], table.names, table.patients[found.rows])
    same(fit.coefficients, figures["cox"]["coef"])
    same([term.robust.se for term in fit.terms.values()], figures["cox"]["robust_se"])


@pytest.mark.parametrize(("name", "rows"), [("differences", 129), ("differences_few", 27)])
def test_score_differences_equal_t_test_and_wilcox_test(columns, oracle, name, rows):
    """R counts ranks exactly where both groups are below 50 and nothing is tied, as in the few."""
    figures = oracle("survival")[name]
    table = columns("lymph_nodes")
    found = score_difference(table["score"][:rows], table["response"][:rows] == 1)
    same(found.mean, figures["means"])
    same(found.sd, figures["sds"])
    same([found.t, found.df, found.t_p], [figures["t"], figures["df"], figures["t_p"]])
    same([found.u, found.u_p], [figures["u"], figures["u_p"]])


def competing_case(columns, name):
    """months, event, competing and group labels, as competing.R had them."""
    if name.startswith("lung1"):
        table = columns("lung1")
        days, dead = table["Survival.time"], table["deadstatus.event"] > 0
        third = np.arange(1, len(days) + 1) % 3 == 0
        months = np.ceil(days / 30.4375) if name == "lung1_months" else days
        return months, dead & ~third, dead & third, table["Clinical.N.Stage"]
    if name == "few":
        table = columns("few")
        return table["months"], table["event"] > 0, table["competing"] > 0, table["group"]
    table = columns("lymph_nodes")
    event = table["recurrence"] > 0
    return table["months"], event, (table["death"] > 0) & ~event, table[name.removeprefix("by_")]


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("name", ["by_stage", "by_response", "few", "lung1", "lung1_months"])
def test_competing_risks_equal_cmprsk(columns, oracle, name, kind):
    figures = oracle("competing")[name]
    months, event, competing, labels = competing_case(columns, name)
    wanted, other = (event, competing) if kind == 1 else (competing, event)
    divided = groups([f"{label:g}" for label in labels])
    followed = follow_up(months, wanted)
    compared = 0
    for number, label in enumerate(divided.names):
        rows = divided.rows(number)
        found = cumulative_incidence(followed.of(rows), other[rows])
        curve = figures["curves"][f"{label} {kind}"]
        same([found.at(month) for month in figures["time"]], curve["estimate"])
        same([found.variance_at(month) for month in figures["time"]], curve["variance"])
        compared += 1
    assert compared == len(set(labels))
    if figures["chisq"][kind - 1] < 0:  # cmprsk's sign that the variance is singular
        with pytest.raises(DataRefusedError, match="Gray's test has no variance here"):
            gray_test(followed, other, divided)
        return
    test = gray_test(followed, other, divided)
    same(test.chisq, figures["chisq"][kind - 1])
    same(test.p, figures["p"][kind - 1])
    assert test.df == figures["df"][kind - 1]


@pytest.fixture(scope="module")
def random_tables(columns):
    table = columns("random")
    return [
        (int(number), {name: values[table["table"] == number] for name, values in table.items()})
        for number in np.unique(table["table"])
    ]


def refusing(call):
    """The figures, or None where the data are refused."""
    try:
        return call()
    except DataRefusedError:
        return None


def same_or_refused(found, figures):
    assert (found is None) == (figures is None)
    if found is not None:
        same(found, figures)


def test_eighty_small_random_tables_equal_r_and_are_refused_where_r_gives_up(random_tables, oracle):
    refused = []
    for number, table in random_tables:
        figures = oracle("survival")[f"random_{number}"]
        followed = follow_up(table["months"], table["cause"] == 1)
        curve = kaplan_meier(followed)
        same([curve.median.value, *curve.median.log], figures["median_log"])
        same([curve.median.value, *curve.median.log_log], figures["median_log_log"])
        divided = groups([f"{label:g}" for label in table["group"]])
        test = refusing(lambda followed=followed, divided=divided: log_rank(followed, divided))
        same_or_refused(test and [test.chisq, test.p], figures["log_rank"])
        x, patients = table["x"][:, None], np.unique(table["patient"], return_inverse=True)[1]
        fit = refusing(lambda followed=followed, x=x, patients=patients: cox(followed, x, ["x"], patients))
        zph = refusing(lambda followed=followed, x=x, fit=fit: fit and proportional_hazards(followed, x, fit)["x"])
        refused.append(fit is None)
        if fit:
            term = fit.terms["x"]
            fit = [term.coef, term.se, term.robust.se, fit.log_likelihood_null, fit.log_likelihood]
        same_or_refused(fit, figures["cox"])
        same_or_refused(zph and [zph.chisq, zph.p], figures["zph"])
    assert 0 < sum(refused) < 20


def test_eighty_small_random_tables_equal_cmprsk(random_tables, oracle):
    for number, table in random_tables:
        figures = oracle("competing")[f"random_{number}"]
        followed, other = follow_up(table["months"], table["cause"] == 1), table["cause"] == 2
        incidence = cumulative_incidence(followed, other)
        same([incidence.estimate[-1], incidence.variance[-1]], figures["last"])
        divided = groups([f"{label:g}" for label in table["group"]])
        test = refusing(lambda followed=followed, other=other, divided=divided: gray_test(followed, other, divided))
        same_or_refused(test and [test.chisq], None if figures["gray"] < 0 else figures["gray"])
