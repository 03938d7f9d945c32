"""Every number of the page equals its CSV and the command's JSON, and is a figure of an analysis, rounded."""

import csv
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.cli import main
from RLNResponseLib.commands import fit, validate
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now
from RLNResponseLib.report.page.page import report_json, study_sections, write_study_report
from RLNResponseLib.report.text.table1 import table1_json
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
RESAMPLES = 20
NUMBER = re.compile(r"(?<![\w.])[+−-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


class Tables(HTMLParser):
    """The cells of each table of a page, by its name, with the headers in `thead`."""

    def __init__(self, source):
        super().__init__()
        self.tables, self._name, self._cell, self._head = {}, None, None, False
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if tag == "table":
            self._name = known.get("data-table")
            if self._name:
                self.tables[self._name] = []
        elif self._name and tag == "tr":
            self.tables[self._name].append([])
        elif self._name and tag in ("th", "td"):
            self._cell = ""

    def handle_endtag(self, tag):
        if tag == "table":
            self._name = None
        elif self._name and tag in ("th", "td"):
            self.tables[self._name][-1].append(self._cell)
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data


@pytest.fixture(scope="module")
def study(small_cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers") / "study"
    shutil.copytree(small_cohort.folder, folder)
    return Study.open(folder)


@pytest.fixture(scope="module")
def analysis(study):
    return analyse_study(study, resamples=RESAMPLES)


@pytest.fixture(scope="module")
def written(study, analysis, tmp_path_factory):
    return write_study_report(study, analysis, tmp_path_factory.mktemp("page") / "report.html", NOW)


def _as_typed(cell):
    """csv_text sets an apostrophe before what a spreadsheet would take for a formula."""
    return cell.removeprefix("'")


def test_every_table_of_the_page_is_its_csv_and_its_json(study, analysis, written):
    shown = Tables(written[0].read_text(encoding="utf-8")).tables
    printed = json.loads(json.dumps(report_json(study_sections(study, analysis))))["tables"]
    assert set(shown) == set(printed) - {"results"}
    assert len(shown) > 20
    for name, (header, *rows) in shown.items():
        file = written[0].parent / "report-files" / f"{name}.csv"
        in_file = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        notes = [*printed[name]["notes"], RESEARCH_USE_ONLY]
        assert header == printed[name]["header"] == in_file[0], name
        assert rows == printed[name]["rows"], name
        assert [[_as_typed(cell) for cell in row] for row in in_file[1 : 1 + len(rows)]] == rows, name
        assert [_as_typed(row[0]) for row in in_file[1 + len(rows) :]] == notes, name


def test_the_first_page_says_what_its_csv_and_json_say(study, analysis, written):
    page = written[0].read_text(encoding="utf-8")
    results = report_json(study_sections(study, analysis))["results"]
    file = written[0].parent / "report-files" / "results.csv"
    cells = [row[1:5] for row in csv.reader(file.read_text(encoding="utf-8").splitlines())][1:]
    lines = [
        [line["what"], line["here"], line["units"], line["paper"]] for result in results for line in result["lines"]
    ]
    assert len(lines) > 10
    for line in lines:
        assert line in cells
        assert all(f">{escape(words)}</td>" in page for words in line), line


def numbers_of(content):
    """Every number in a JSON content, however deep."""
    if isinstance(content, Mapping):
        for each in content.values():
            yield from numbers_of(each)
    elif isinstance(content, str):
        yield from (float(each.replace("−", "-")) for each in NUMBER.findall(content))
    elif isinstance(content, Sequence):
        for each in content:
            yield from numbers_of(each)
    elif isinstance(content, bool | np.bool_) or content is None:
        return
    elif isinstance(content, int | float | np.number):
        yield float(content)


def known_numbers(analysis):
    """By the stem of a table's name, the numbers of the results that it may show."""
    agreement = list(numbers_of(analysis.agreement.as_json()))
    survival = [list(numbers_of(each.analysis.as_json())) for each in analysis.survival.analyses if each.analysis]
    names = [each.stem for each in analysis.survival.analyses if each.analysis]
    scores = []
    for models in (analysis.response, analysis.control):
        judged = [each.validation for each in (*models.published, models.validated) if each and each.validation]
        scores += [number for each in judged for number in numbers_of(validate.as_json(each))]
        if models.fitted is not None:
            scores += numbers_of(fit.as_json(models.fitted))
    return {
        **dict(zip(names, survival, strict=True)),
        "feature-agreement": agreement,
        "score-agreement": agreement,
        "group-agreement": agreement,
        "contour-overlap": agreement,
        "performance": scores,
        "formula": scores,
        "two-year-competing": [*scores, *(number for each in survival for number in each)],
        "table1": list(numbers_of(table1_json(analysis.by_set))),
        "controlled-against-failed": list(numbers_of(table1_json(analysis.by_control))),
    }


def is_rounded(words, known):
    """Whether a printed number is one of `known`, or a hundred of it, to the digits that are printed."""
    value, digits = float(words.replace("−", "-")), len(words.partition(".")[2].partition("e")[0])
    step = 0.500001 * 10.0**-digits
    if "e" in words.lower():
        step *= 10.0 ** int(re.split("[eE]", words)[1])
    differences = np.abs(np.concatenate([known, 100 * known, -known]) - value)
    relative = 0.5e-2 * abs(value)  # three significant digits
    return bool((differences <= step).any()) or (digits < 3 and bool((differences <= relative).any()))


def test_every_number_of_a_table_is_a_figure_of_its_analysis(study, analysis):
    """Counted in the header as well: sizes of groups. Shares of a count are worked out from both numbers."""
    known = known_numbers(analysis)
    tables = report_json(study_sections(study, analysis))["tables"]
    walked = strange = 0
    found = []
    for name, table in tables.items():
        stem = next((each for each in sorted(known, key=len, reverse=True) if name.startswith(each)), None)
        if stem is None or name.endswith("-compared"):
            continue
        figures = np.array([each for each in known[stem] if np.isfinite(each)])
        counts = np.unique(figures[(figures == figures.round()) & (figures > 0) & (figures < 1000)])
        shares = (counts[:, None] / counts[None, :]).ravel()
        figures = np.concatenate([figures, shares])
        for row in table["rows"]:
            for cell in row[1:]:
                for words in NUMBER.findall(cell):
                    walked += 1
                    if not is_rounded(words, figures):
                        strange += 1
                        found.append((name, words, cell))
    assert walked > 500
    assert not found, found[:20]


def test_the_command_prints_what_the_page_holds(study, tmp_path, capsys):
    page = tmp_path / "report.html"
    assert main(["report", str(study.folder), "--output", str(page), "--resamples", "4", "--json"]) in (0, None)
    printed = json.loads(capsys.readouterr().out)
    shown = Tables(page.read_text(encoding="utf-8")).tables
    assert {name: rows[1:] for name, rows in shown.items()} == {
        name: table["rows"] for name, table in printed["tables"].items() if name != "results"
    }
    assert printed["written"][0] == str(page)
