"""The `?` beside a number: it opens what is said of it, in a window that holds nothing up, and is gone with the number."""

import re
import shutil

import pytest

from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.text.agreement import COLUMNS


@pytest.fixture
def study(host, small_cohort, tmp_path):
    """The panel with an unblinded study that was analysed; its folder is a copy."""
    folder = tmp_path / "study"
    shutil.copytree(small_cohort.folder, folder)
    rows = [{"feature": "original_shape_Sphericity", "inter_icc": 0.9, "intra_icc": 0.95, "passes": "yes"}]
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / "agreement.csv").write_text(
        csv_text(COLUMNS, [{column: row.get(column) for column in COLUMNS} for row in rows])
    )
    panel = host.open_module(width=440, height=2600)
    panel.show_door("study")
    host.type_path(panel.study._ui.folderEdit, folder)
    for section in (panel.agreement, panel.model):
        section.widget.collapsed = False
    host.process()
    return panel


def open_text(host, question):
    host.click(question.button)
    assert question._window.visible
    assert not question._window.modal
    shown = question._browser.toPlainText()
    question._window.hide()
    return shown


def test_beside_the_scores_it_says_what_they_are(host, load_patient):
    from RLNResponseLib.common.number_help import number_sections

    panel = host.open_module(width=440, height=1600)
    detail = panel.score._detail
    load_patient()
    host.until(lambda: len(panel.score.scores) == 3 and detail.lines and detail.lines[0].label.visible)
    first, second = detail.lines
    assert first.question.anchors == ("rad-score", "group-and-cutoff", "probability")
    assert second.question.anchors[0] == "rad-score-2-year"
    shown = open_text(host, first.question)
    sections = number_sections()
    for anchor in first.question.anchors:
        assert sections[anchor].title in shown
    assert "It does not show" in shown
    assert "Research use only, not a medical device." in shown
    panel.score._ui.detailsButton.collapsed = False
    host.process()
    assert "30 times" in open_text(host, detail.blocks[0].uncertain)
    said, _findings, features = detail._questions
    assert said.button.visible == panel.score._ui.saidLabel.visible
    assert "pyradiomics" in open_text(host, features)
    assert host.cut_texts(panel.score.widget) == []
    # A window has buttons, and no options of a command to offer.
    host.until(lambda: "an assumption" in detail.blocks[0].detail.text, 60_000)
    shown = "\n".join(label.text for block in detail.blocks for label in (block.heading, block.detail))
    assert re.findall(r"(?<!\w)--[a-z]+", f"{shown}\n{panel.score._ui.saidLabel.text}") == []


def test_it_is_gone_with_the_number(host, load_patient):
    panel = host.open_module(width=440, height=1600)
    load_patient()
    line = lambda: panel.score._detail.lines[0]  # noqa: E731
    host.until(lambda: panel.score._detail.lines and line().label.visible)
    assert line().question.button.visible
    panel.score.hide_scores()
    host.process()
    assert line().question.button.isHidden()
    panel.score.show_scores()
    host.until(lambda: not line().question.button.isHidden())


def test_without_a_reading_there_are_no_minutes_to_ask_about(host, open_session):
    panel = open_session()
    button = panel.read._reading._questions[0].button
    assert not button.visible
    host.click(panel.read._ui.nextButton)
    assert button.visible


def test_each_table_of_results_is_explained_column_by_column(host, study):
    from RLNResponseLib.common.number_help import column_anchors

    for section, box in ((study.agreement, "agreementTableBox"), (study.model, "modelTableBox")):
        tables, choice = section._tables, getattr(section._ui, box)
        assert len(tables._tables) >= 1
        for number, table in enumerate(tables._tables):
            choice.setCurrentIndex(number)
            host.process()
            wanted = (*column_anchors(table.headers), *tables._also)
            assert tables._question.anchors == wanted
            assert not tables._question.button.isHidden()
        assert "They do not show" in open_text(host, study.model._tables._question)


def test_every_one_of_the_panel_has_its_section(host, study):
    from RLNResponseLib.common.number_help import number_sections
    from RLNResponseLib.panel.widgets.question_mark import QuestionMark

    found = []

    def look(thing, depth=0):
        for value in vars(thing).values():
            for each in value if isinstance(value, tuple | list) else [value]:
                if isinstance(each, QuestionMark):
                    found.append(each)
                elif depth < 3 and type(each).__module__.startswith("RLNResponseLib.panel"):
                    look(each, depth + 1)

    look(study)
    assert len(found) >= 14
    sections = number_sections()
    assert {anchor for question in found for anchor in question.anchors} <= set(sections)
    for widget in (study.study._ui.progressLabel, study.disagreement._ui.listBox, study.read._ui.dayLabel):
        assert any(question.followed is widget for question in found)
    # None is there where its number is not.
    for question in found:
        if question.followed is not None and question.followed.isHidden():
            assert question.button.isHidden()


def test_a_page_that_is_not_there_is_said_in_one_sentence(host, monkeypatch):
    from RLNResponseLib.panel.widgets import question_mark

    host.open_module()

    def refuse():
        raise question_mark.DataRefusedError("docs/numbers.md is not beside RLNResponse; install it again.")

    monkeypatch.setattr(question_mark, "number_sections", refuse)
    question = question_mark.QuestionMark("dice")
    question._open()
    assert question._browser.toPlainText() == "docs/numbers.md is not beside RLNResponse; install it again."
    question._window.hide()
