"""The joint rule fails closed."""

import numpy as np
import pytest

from RLNResponseLib.agreement.icc import ICC, judge
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.protocol import IccRule


def made(estimate, lower, reasons=None):
    estimate, lower = np.array(estimate, dtype=float), np.array(lower, dtype=float)
    reasons = reasons or ("",) * len(estimate)
    return ICC(
        form="ICC(A,1)",
        estimate=estimate,
        lower=lower,
        upper=estimate,
        reasons=reasons,
        n=10,
        k=2,
        interval="F (McGraw & Wong 1996)",
    )


NAMES = ("both", "inter_only", "intra_only", "at_the_threshold", "undefined")
INTER = made([0.9, 0.9, 0.5, 0.75, np.nan], [0.8, 0.8, 0.4, 0.6, np.nan], ("", "", "", "", "all ratings are the same"))
INTRA = made([0.9, 0.5, 0.9, 0.9, 0.99], [0.7, 0.4, 0.8, 0.8, 0.98])


def test_both_must_exceed_the_threshold():
    verdicts = judge(NAMES, INTER, INTRA, IccRule())
    assert [verdict.passes for verdict in verdicts] == [True, False, False, False, False]
    assert [verdict.reason for verdict in verdicts] == [
        "",
        "intra ICC(A,1) is 0.500, not above 0.75",
        "inter ICC(A,1) is 0.500, not above 0.75",
        "inter ICC(A,1) is 0.750, not above 0.75",
        "inter: all ratings are the same",
    ]


def test_on_the_lower_limit():
    verdicts = judge(NAMES, INTER, INTRA, IccRule(on="lower"))
    assert not any(verdict.passes for verdict in verdicts)
    assert verdicts[0].reason == "lower limit of intra ICC(A,1) is 0.700, not above 0.75"


def test_nan_without_a_reason_does_not_pass_either():
    undefined = made([np.nan], [np.nan])
    (verdict,) = judge(["f"], undefined, undefined, IccRule(threshold=0))
    assert not verdict.passes
    assert verdict.reason == "inter ICC(A,1) is not defined; intra ICC(A,1) is not defined"


@pytest.mark.parametrize("threshold", [-0.1, 1.0, float("nan")])
def test_a_threshold_that_is_none(threshold):
    with pytest.raises(DataRefusedError, match="choose one from 0 to below 1"):
        IccRule(threshold=threshold)


@pytest.mark.parametrize(
    ("rule", "code"), [({"form": "ICC(2,1)"}, "bad-icc-form"), ({"on": "upper"}, "bad-icc-decision")]
)
def test_a_rule_of_unknown_words(rule, code):
    with pytest.raises(DataRefusedError, match="choose one of") as refused:
        IccRule(**rule)
    assert refused.value.code == code
