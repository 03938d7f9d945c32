"""The command lines that the panel runs are ones that the commands' own parsers take."""

from pathlib import Path

import pytest

from RLNResponseLib.cli import build_parser
from RLNResponseLib.commands import agreement, export, extract, fit, report, validate
from RLNResponseLib.study.protocol import IccRule, Protocol, plan_readers
from RLNResponseLib.study.study import Study

pytestmark = pytest.mark.usefixtures("any_feature_table")


@pytest.fixture
def study(tmp_path):
    from datetime import UTC, datetime

    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.features.cohort.table import TABLE_NAME

    protocol = Protocol(title="A study", readers=plan_readers(["A", "B"], ["A"]), icc=IccRule("ICC(C,1)", 0.6, "lower"))
    made = Study.create(tmp_path / "a study", protocol, Now(datetime(2026, 3, 1, tzinfo=UTC)))
    (made.folder / "features").mkdir()
    (made.folder / "features" / TABLE_NAME).write_text("", encoding="utf-8")
    return made


def command_lines(study):
    cases = study.folder / "results" / "lymph_nodes-training.csv"
    return {
        "extract": extract.arguments(study),
        "agreement": agreement.arguments(study),
        "fit": fit.arguments(study, cases),
        "validate": validate.arguments(cases, "gu2021-response"),
        "report": report.arguments(study),
        "export": export.arguments(study, study.folder / "dicom"),
    }


@pytest.mark.parametrize("command", ["extract", "agreement", "fit", "validate", "report", "export"])
def test_a_command_takes_the_arguments_that_it_makes(study, command):
    arguments = command_lines(study)[command]
    assert all(type(argument) is str for argument in arguments)
    call = build_parser().parse_args(arguments)
    assert arguments[0] == command
    if command not in ("fit", "validate"):
        assert call.study == study.folder


def test_a_fit_is_given_the_whole_icc_rule_of_the_study(study):
    call = build_parser().parse_args(command_lines(study)["fit"])
    assert (call.form, call.threshold, call.on) == ("ICC(C,1)", 0.6, "lower")
    # The study's own settings: their features are the candidates, and the card states them.
    assert (call.settings, call.features) == (study.folder, None)
    assert call.readings.parent == study.folder / "features"
    assert (call.outcome, call.group) == ("response", "patient")


def test_what_is_made_of_a_study_lies_in_its_results(study):
    lines = {name: build_parser().parse_args(line) for name, line in command_lines(study).items()}
    results = study.folder / "results"
    assert lines["fit"].output == results / "fitted-response.json"
    assert lines["fit"].figures == lines["validate"].figures == results / "model"
    assert lines["report"].output == results / "report.html"
    assert lines["export"].dicom == Path(study.folder / "dicom")
