"""The study's page from the panel: made in the background, opened, its curves as plots, the readings as DICOM."""

import os
import shutil

import pytest

PATIENCE_MS = 90_000


@pytest.fixture
def simulated_study(small_cohort, tmp_path):
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    return tmp_path / "study"


def opened(host, folder):
    panel = host.open_module(height=3000)
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, folder)
    panel.study.widget.collapsed = True
    panel.report.widget.collapsed = False
    host.process()
    return panel


def test_before_unblinding_there_is_no_report_and_a_script_that_asks_is_told_why(host, study_door, study_folder):
    panel = study_door(height=3000)
    ui = panel.report._ui
    buttons = (ui.reportButton, ui.openReportButton, ui.dicomButton, ui.curvesButton)
    assert not panel.report.widget.visible
    assert not any(button.enabled for button in buttons)
    assert {host.tip(button) for button in buttons} == {"Open a study first."}
    host.type_path(panel.study._ui.folderEdit, study_folder)
    assert not panel.report.widget.visible
    assert not any(button.enabled for button in buttons)
    assert {host.tip(button) for button in buttons} == {"The study is blinded; unblind it first."}


def test_the_report_is_made_opened_and_its_curves_shown(host, simulated_study):
    panel = opened(host, simulated_study)
    ui = panel.report._ui
    assert host.tip(ui.openReportButton) == "There is no report yet; make it first."
    host.click(ui.reportButton)
    assert ui.reportBar.visible
    assert not ui.reportButton.enabled
    assert "wait for it or cancel it" in host.tip(ui.dicomButton)
    host.until(lambda: ui.reportButton.enabled, PATIENCE_MS)
    assert panel.status._label.text.startswith("✓ The report is made")
    assert panel.report.widget.text == "Report ✓"
    assert "report.html" in ui.reportText.plainText
    page = simulated_study / "results" / "report.html"
    assert page.is_file()
    assert (page.parent / "report-files" / "first-page.png").is_file()
    assert not ui.reportPictureLabel.pixmap.isNull()
    assert ui.reportPictureLabel.pixmap.width() <= ui.reportPictureLabel.width
    assert not ui.reportBar.visible
    host.answers.url = True
    host.click(ui.openReportButton)
    (address,) = host.answers.asked[-1][1]
    assert address.toLocalFile() == str(page)
    host.answers.url = False
    host.click(ui.openReportButton)
    assert panel.status._label.text.startswith("⚠ report.html cannot be opened from here")
    host.select(ui.curvesBox, "published, training")
    host.click(ui.curvesButton)
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetTitle() == "Local control: published, training\n(research use only)"
    names = [chart.GetNthPlotSeriesNode(number).GetName() for number in range(chart.GetNumberOfPlotSeriesNodes())]
    assert names == ["high", "low"]
    selection = host.slicer.app.applicationLogic().GetSelectionNode()
    assert selection.GetActivePlotChartID() == chart.GetID()
    assert "plot view" in panel.status._label.text
    # A file that somebody spoilt is one sentence, and the chart stays as it was.
    (page.parent / "report-files" / "local-control-published-training-curves.csv").write_text("nonsense\n")
    host.click(ui.curvesButton)
    assert panel.status._label.text.startswith("⚠")
    assert chart.GetNumberOfPlotSeriesNodes() == 2
    # Fits at 400 px with everything in it.
    assert host.cut_texts(panel.report.widget) == []
    assert panel.report.widget.geometry.right() <= 400


def test_dicom_goes_into_the_chosen_folder_and_a_full_one_is_refused(host, simulated_study, tmp_path):
    panel = opened(host, simulated_study)
    ui = panel.report._ui
    host.answers.file = ""
    host.click(ui.dicomButton)
    assert ui.dicomButton.enabled
    full = tmp_path / "full"
    full.mkdir()
    (full / "something").write_text("there before")
    host.answers.file = str(full)
    host.click(ui.dicomButton)
    host.until(lambda: ui.dicomButton.enabled, PATIENCE_MS)
    assert panel.status._label.text.startswith("⚠")
    assert [file.name for file in full.iterdir()] == ["something"]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_cancel_and_quit_leave_nothing_behind(host, simulated_study):
    panel = opened(host, simulated_study)
    ui = panel.report._ui
    host.click(ui.reportButton)
    host.click(ui.reportCancelButton)
    host.until(lambda: ui.reportButton.enabled, PATIENCE_MS)
    assert panel.status._label.text == "✓ Cancelled; nothing was left half-written."
    assert not (simulated_study / "results" / "report.html").exists()
    host.click(ui.reportButton)
    process = panel.report._command._process
    host.quit()
    assert process.poll() is not None
    assert not panel.report._command.is_running
