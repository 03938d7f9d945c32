"""Riley's criteria against pmsampsize's printed examples."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.sample_size import r2_from_auc, sample_size


def test_the_example_of_pmsampsize():
    # pmsampsize(type = "b", csrsquared = 0.288, parameters = 24, prevalence = 0.174): 623, 662, 221; 662 with 116
    # events.
    result = sample_size(24, 0.174, 0.288, available=700)
    assert (result.shrinkage, result.optimism, result.overall_risk) == (623, 662, 221)
    assert (result.needed, result.events, result.suffices) == (662, 116, True)


def test_the_paper_has_far_too_few():
    result = sample_size(106, 75 / 102, r2_from_auc(0.777, 75 / 102), available=102)
    assert not result.suffices
    assert result.needed > 4000


@pytest.mark.parametrize(("auc", "prevalence"), [(0.81, 0.77), (0.7, 0.3)])
def test_r2_from_auc_equals_its_simulation(auc, prevalence):
    # As pmsampsize does it, with the true coefficients in place of the fitted ones.
    from statistics import NormalDist

    rng = np.random.default_rng(1)
    events = rng.random(1_000_000) < prevalence
    distance = np.sqrt(2) * NormalDist().inv_cdf(auc)
    eta = (
        np.log(prevalence / (1 - prevalence))
        - distance**2 / 2
        + distance * (rng.normal(size=events.size) + distance * events)
    )
    model = -np.logaddexp(0, np.where(events, -eta, eta)).mean()
    null = prevalence * np.log(prevalence) + (1 - prevalence) * np.log(1 - prevalence)
    assert r2_from_auc(auc, prevalence) == pytest.approx(1 - np.exp(2 * (null - model)), abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, 0.2, 0.1, 100), "at least one candidate feature and a prevalence between 0 and 1, not 0 and 0.2"),
        ((5, 1.0, 0.1, 100), "not 5 and 1"),
        ((5, 0.2, 0.9, 100), "is not between 0 and 0.632"),
    ],
)
def test_what_is_refused(arguments, sentence):
    with pytest.raises(DataRefusedError, match=sentence):
        sample_size(*arguments)
    with pytest.raises(DataRefusedError, match=r"An expected AUC of 0.5 is not between 0.5 and 1"):
        r2_from_auc(0.5, 0.2)
