"""The lines of a result as data: what is written is what is read, and what nobody wrote is refused."""

import json

import numpy as np
import pytest

from RLNResponseLib.analysis.plots import SCHEMA, Plot, PlotLine, icc_plots, read_plots, validation_plots, write_plots
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import csv_text

LINE = {"name": "a", "x": [0.0, 1.0], "y": [0.0, 1.0], "has_points": False}
PLOT = {"title": "t", "x_title": "x", "y_title": "y", "y_range": None, "lines": [LINE]}


def test_what_is_written_is_read_to_the_last_digit(tmp_path):
    line = PlotLine(name="λ.min", x=np.array([0.1, 1 / 3]), y=np.array([-1e-300, 2.0]), has_points=True)
    plot = Plot(title="ROC", x_title="1 − specificity", y_title="sensitivity", lines=(line,), y_range=(0.0, 1.02))
    (read,) = read_plots(write_plots(tmp_path / "a.plots.json", [plot]))
    assert (read.title, read.y_range, read.lines[0].name, read.lines[0].has_points) == (
        "ROC",
        (0.0, 1.02),
        "λ.min",
        True,
    )
    assert read.lines[0].x.tolist() == line.x.tolist()
    assert read.lines[0].y.tolist() == line.y.tolist()


@pytest.mark.parametrize(
    "content",
    [
        "nonsense",
        "[]",
        json.dumps({"schema": "other/1", "plots": [PLOT]}),
        json.dumps({"schema": SCHEMA, "plots": [{**PLOT, "lines": []}]}),
        json.dumps({"schema": SCHEMA, "plots": [{**PLOT, "lines": [{**LINE, "y": [0.0]}]}]}),
        json.dumps({"schema": SCHEMA, "plots": [{**PLOT, "lines": [{**LINE, "y": [0.0, "1"]}]}]}),
        '{"schema": "%s", "plots": [{"title": NaN}]}' % SCHEMA,  # noqa: UP031
    ],
)
def test_a_spoilt_file_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "a.plots.json").write_text(content)
    with pytest.raises(DataRefusedError, match=r"a\.plots\.json") as refused:
        read_plots(tmp_path / "a.plots.json")
    assert refused.value.code == "bad-plots"


def test_the_roc_passes_every_pair_of_sensitivity_and_specificity():
    from sklearn.metrics import roc_curve

    from RLNResponseLib.modelling.validation.validation import validate

    random = np.random.default_rng(3)
    scores, outcome = random.normal(size=60), random.random(60) < 0.4
    validation = validate(scores, outcome, np.arange(60), 0.2)
    roc = next(line for line in validation_plots(validation, "x")[0].lines if line.name.startswith("AUC"))
    drawn = set(zip(roc.x.round(12), roc.y.round(12), strict=True))
    false_positive, true_positive, _ = roc_curve(outcome, scores, drop_intermediate=False)
    assert set(zip(false_positive.round(12), true_positive.round(12), strict=True)) <= drawn


def test_the_icc_of_the_features_falls_from_the_highest_with_limits_and_threshold(tmp_path):
    from RLNResponseLib.study.protocol import IccRule

    columns = ("feature", *(f"{kind}_{part}" for kind in ("inter", "intra") for part in ("icc", "lower", "upper")))
    figures = {"a": (0.5, 0.2, 0.7), "b": (0.9, 0.8, None), "c": (None, None, None), "d": (0.7, -0.1, 0.95)}
    rows = [
        {"feature": name, "inter_icc": icc, "inter_lower": lower, "inter_upper": upper}
        for name, (icc, lower, upper) in figures.items()
    ]
    file = tmp_path / "agreement.csv"
    file.write_text(csv_text(columns, [{column: row.get(column) for column in columns} for row in rows]))
    # No feature has an intra-reader ICC: nobody repeated.
    (plot,) = icc_plots(file, IccRule(threshold=0.6))
    lines = {line.name: (line.x.tolist(), line.y.tolist()) for line in plot.lines}
    assert lines == {
        "ICC(A,1)": ([1, 2, 3], [0.9, 0.7, 0.5]),
        "its upper limit": ([2, 3], [0.95, 0.7]),
        "its lower limit": ([1, 2, 3], [0.8, -0.1, 0.2]),
        "threshold 0.6": ([0.5, 3.5], [0.6, 0.6]),
    }
    assert plot.lines[0].has_points
    file.write_text("feature,inter_icc,inter_lower,inter_upper\na,0.5,0.2,0.7\n")
    with pytest.raises(DataRefusedError, match="intra_icc"):
        icc_plots(file, IccRule())
