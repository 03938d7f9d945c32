"""The picture of calibration with death competing draws what the table beside it says."""

import numpy as np
import pytest
from matplotlib.text import Text

from RLNResponseLib.report.figures.risk_calibration import risk_calibration_figure
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.prediction import judge_prediction
from RLNResponseLib.survival.window import window


def judged(patients, rows=80):
    rng = np.random.default_rng(11)
    months, other, risk = rng.exponential(20, rows), rng.random(rows) < 0.3, rng.uniform(0.2, 0.9, rows)
    seen = window(FollowUp(months, ~other), other, 24)
    return judge_prediction(seen, risk, risk, np.arange(rows) // 2 if patients else None)


@pytest.mark.parametrize("patients", [False, True])
def test_every_group_stands_at_its_predicted_and_its_observed_risk(patients):
    found = judged(patients)
    figure = risk_calibration_figure("Training: a score", found, found.risk)
    axes = figure.axes[0]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(point.get_xdata()[0], point.get_ydata()[0]) for point in points] == [
        (100 * group.predicted, 100 * group.observed.event.value) for group in found.risk.groups
    ]
    bars = [tuple(line.get_ydata()) for line in axes.lines if line.get_marker() != "o"][1:]
    assert bars == [(100 * group.observed.event.lower, 100 * group.observed.event.upper) for group in found.risk.groups]
    sizes = [(patch.get_x(), patch.get_height()) for patch in figure.axes[1].patches]
    assert sizes == [(100 * group.lowest, group.observed.rows) for group in found.risk.groups]
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "Research use only, not a medical device." in words
    assert ("40 patients" in words) == patients
    assert ("as independent" in words) != patients
    assert f"{found.risk.observed_over_expected.value:.2f} (" in words


def test_a_group_of_one_fate_is_drawn_without_limits():
    months = np.array([3.0] * 20 + [30.0] * 20)
    event = months < 24
    risk = np.repeat([0.8, 0.2], 20)
    found = judge_prediction(window(FollowUp(months, event), np.zeros(40, bool), 24), risk, risk, None)
    axes = risk_calibration_figure("All alike", found, found.risk).axes[0]
    assert [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o"] == [0.0, 100.0]
