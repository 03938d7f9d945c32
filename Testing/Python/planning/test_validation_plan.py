"""The size of a validation against what pmvalsampsize 0.1 (PyPI) printed for the same call."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.planning.development import plan_development
from RLNResponseLib.planning.validation import (
    Precision,
    auc_error,
    for_net_benefit,
    normal_predictor,
    plan_validation,
)

# pmvalsampsize(type="b", cstatistic=C, prevalence=P, lpcstat=log(P/(1-P)) - ppf(C)**2, threshold=T): observed to expected,
# slope, C statistic, net benefit. It simulates a million cases for the second and fourth, and rounds sensitivity and
# specificity to three digits.
PRINTED = [
    (0.777, 75 / 102, 0.6, None, (139, 2583, 426, 319)),
    (0.8, 0.1, 0.3, None, (3461, 4190, 836, 1166)),
    (0.77, 0.5, 0.3, None, (385, 2220, 340, 204)),
    (0.85, 0.3, 0.3, None, (898, 1805, 277, 425)),
    # lpnormal=(-5, 2.5): the example of its help page.
    (0.8, 0.018, 0.08, (-5, 2.5), (20975, 4544, 4252, 11016)),
]


@pytest.mark.parametrize(("auc", "prevalence", "threshold", "normal", "printed"), PRINTED)
def test_it_is_what_pmvalsampsize_prints(auc, prevalence, threshold, normal, printed):
    predictor = None if normal is None else normal_predictor(*normal)
    plan = plan_validation(auc, prevalence, predictor=predictor, threshold=threshold)
    observed_to_expected, slope, c_statistic, net_benefit = printed
    assert plan.for_observed_to_expected == observed_to_expected
    assert plan.for_auc == c_statistic
    assert plan.for_slope == pytest.approx(slope, rel=0.005)
    assert plan.for_net_benefit == pytest.approx(net_benefit, rel=0.007)
    assert plan.cases == max(plan.for_observed_to_expected, plan.for_slope, plan.for_auc, plan.for_net_benefit)


def test_net_benefit_from_the_same_sensitivity_and_specificity_is_the_same_number():
    # pmvalsampsize's own rounded values for the second row above.
    assert for_net_benefit(0.1, 0.294, 0.958, 0.3, 0.2) == 1166
    assert for_net_benefit(75 / 102, 0.866, 0.487, 0.6, 0.2) == 319


def test_newcombe_s_error_is_near_that_of_simulated_aucs():
    from scipy.special import ndtri

    rng = np.random.default_rng(5)
    cases, prevalence, auc = 200, 0.4, 0.8
    events = round(cases * prevalence)
    shift = np.sqrt(2) * ndtri(auc)
    aucs = []
    for _ in range(1500):
        with_event, without = rng.normal(size=events) + shift, rng.normal(size=cases - events)
        aucs.append((with_event[:, None] > without).mean())
    assert auc_error(auc, prevalence, cases) == pytest.approx(np.std(aucs), rel=0.08)


@pytest.mark.parametrize("call", [(0.5, 0.3), (0.8, 0), (0.8, 1.2)])
def test_what_no_validation_can_have_is_refused(call):
    with pytest.raises(DataRefusedError) as refused:
        plan_validation(*call)
    assert refused.value.code == "bad-plan"


@pytest.mark.parametrize("width", ["auc", "observed_to_expected", "slope", "net_benefit"])
def test_an_interval_too_narrow_to_be_counted_is_refused(width):
    with pytest.raises(DataRefusedError, match=r"give one of 0\.005 or more"):
        Precision(**{width: 1e-3})
    narrow = plan_validation(0.8, 0.3, precision=Precision(**{width: 0.005}), threshold=0.3)
    assert narrow.cases > plan_validation(0.8, 0.3, threshold=0.3).cases


@pytest.mark.parametrize("log_odds", [(1000.0, 1.0), (0.0, 1e-300), (float("nan"), 1.0), (1e308, 1e308)])
def test_log_odds_from_which_no_slope_can_be_read_are_refused(log_odds):
    with pytest.raises(DataRefusedError, match="cannot be planned for"):
        normal_predictor(*log_odds)


@pytest.mark.parametrize("call", [(10, 0.8, 0.0), (10, 0.8, 1.0), (10, 0.8, 0.5, -3)])
def test_what_no_development_can_have_is_refused(call):
    with pytest.raises(DataRefusedError) as refused:
        plan_development(*call)
    assert refused.value.code == "bad-sample-size"


def test_the_paper_s_development_needed_forty_times_its_cases():
    plan = plan_development(106, 0.777, 75 / 102, available=102)
    assert not plan.size.suffices
    assert plan.size.needed > 40 * 102
