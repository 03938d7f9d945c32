"""The statistician in the panel: extract, compare the readers, fit; in the background, with Cancel."""

import os
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from RLNResponseLib.common.clock import Now

PATIENCE_MS = 60_000


@pytest.fixture
def read_study(study_folder, phantom, tmp_path):
    """Every lymph node read by A twice and by B once, and unblinded."""
    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
    from RLNResponseLib.study.blinding import unblind
    from RLNResponseLib.study.contouring import import_reading, lock
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    study = Study.open(study_folder)
    first = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for reader, turn, day in (("A", 1, 0), ("B", 1, 0), ("A", 2, 40)):
        now = Now(first + timedelta(days=day))
        for number, contour in enumerate(phantom.truth[:3], start=1):
            mask = tmp_path / f"{number}.seg.nrrd"
            write_seg_nrrd(mask, contour, phantom.ct)
            key = ReadingKey(lymph_node=f"LN{number}", reader=reader, round=turn)
            import_reading(study, key, mask, now)
            lock(study, key, now)
    unblind(study, Now(first + timedelta(days=41)))
    return study_folder


def test_before_unblinding_there_is_no_analysis_and_even_a_script_gets_none(host, study_door, study_folder):
    panel = study_door(height=2000)
    sections = (panel.agreement, panel.model, panel.report)
    assert not any(section.widget.visible for section in sections)
    panel.agreement._ui.extractButton.click()
    assert panel.status._label.text == "⚠ Open a study first."
    host.type_path(panel.study._ui.folderEdit, study_folder)
    assert not any(section.widget.visible for section in sections)
    panel.agreement._ui.compareButton.click()
    host.until(lambda: not panel.agreement.is_busy, PATIENCE_MS)
    assert "blinded" in panel.status._label.text.lower()
    assert panel.agreement._ui.agreementText.plainText == ""


def test_an_unblinded_study_opens_at_its_first_analysis_and_each_says_whether_it_is_done(host, study_door, read_study):
    panel = study_door(height=2600)
    host.type_path(panel.study._ui.folderEdit, read_study)
    steps = {name: getattr(panel, name).widget for name in ("study", "agreement", "model", "report")}
    assert {name for name, widget in steps.items() if not widget.collapsed} == {"agreement"}
    assert [widget.text for widget in steps.values()] == ["Study ✓", "Agreement", "Model", "Report"]
    assert not panel.read.widget.visible, "nobody reads before a reader is chosen"
    assert not panel.study.coordinator.ui.unblindButton.enabled
    results = read_study / "results"
    results.mkdir()
    (results / "agreement.csv").write_text("feature,inter,intra,passes\n")
    host.click(panel.doors.buttons["patient"])
    host.click(panel.doors.buttons["study"])
    panel.study.widget.collapsed = False
    host.click(panel.study._ui.openStudyButton)
    assert {name for name, widget in steps.items() if not widget.collapsed} == {"model"}
    assert steps["agreement"].text == "Agreement ✓"


def test_extract_compare_and_what_is_too_small_to_fit(host, study_door, read_study):
    panel = study_door(height=2600)
    host.type_path(panel.study._ui.folderEdit, read_study)
    panel.study.widget.collapsed = True
    panel.agreement.widget.collapsed = False
    ui = panel.agreement._ui
    host.click(ui.extractButton)
    assert ui.agreementBar.visible
    assert not ui.compareButton.enabled
    host.until(lambda: ui.extractButton.enabled, PATIENCE_MS)
    assert "compare the readers next" in panel.status._label.text
    assert "9 readings" in ui.agreementText.plainText
    host.click(ui.compareButton)
    host.until(lambda: ui.compareButton.enabled, PATIENCE_MS)
    assert panel.status._label.text == "✓ The readers are compared."
    assert "features pass" in ui.agreementText.plainText
    rows = host.rows(ui.featureTable)
    assert len(rows) == 106
    assert {row[3] for row in rows} <= {"✓", "✗"}
    assert (read_study / "results" / "agreement.csv").is_file()
    assert ui.agreementPictureBox.count >= 1
    assert not ui.agreementPictureLabel.pixmap.isNull()
    offered = [ui.agreementPictureBox.itemText(picture) for picture in range(ui.agreementPictureBox.count)]
    assert offered[-1] == "agreement"
    assert not any(name.startswith("agreement ") for name in offered)
    for picture in range(ui.agreementPictureBox.count):
        ui.agreementPictureBox.setCurrentIndex(picture)
        assert host.cut_texts(panel.agreement.widget) == []
        assert ui.agreementPictureLabel.pixmap.width() <= ui.agreementPictureLabel.width
    panel.model.widget.collapsed = False
    host.click(panel.model._ui.fitButton)
    host.until(lambda: panel.model._ui.fitButton.enabled, PATIENCE_MS)
    # The phantom's lymph nodes have no outcome.
    assert panel.status._label.text.startswith("⚠")
    assert "response" in panel.status._label.text
    assert not list(read_study.glob("results/fitted*"))


def test_the_fit_is_given_the_whole_icc_rule_of_the_study(host, study_door, read_study, monkeypatch):
    from dataclasses import replace

    from RLNResponseLib.commands import fit
    from RLNResponseLib.panel.sections import models
    from RLNResponseLib.study.protocol import IccRule
    from RLNResponseLib.study.study import Study

    protocol = replace(Study.open(read_study).protocol, icc=IccRule("ICC(C,1)", 0.6, "lower"))
    monkeypatch.setattr(Study, "protocol", property(lambda self: protocol))
    monkeypatch.setattr(models, "_cases", lambda study, wanted: read_study / "results" / "cases.csv")
    monkeypatch.setattr(fit, "feature_table", lambda study: read_study / "features.csv")
    panel = study_door(height=2600)
    host.type_path(panel.study._ui.folderEdit, read_study)
    panel.study.widget.collapsed = True
    panel.model.widget.collapsed = False
    given = []
    monkeypatch.setattr(panel.model._command, "start", lambda arguments, on_done, sentence: given.extend(arguments))
    host.click(panel.model._ui.fitButton)
    stated = [given[given.index(option) + 1] for option in ("--form", "--threshold", "--on")]
    assert stated == ["ICC(C,1)", "0.6", "lower"]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_cancel_ends_the_command_and_says_so(host, study_door, read_study):
    panel = study_door(height=2600)
    host.type_path(panel.study._ui.folderEdit, read_study)
    panel.agreement.widget.collapsed = False
    host.click(panel.agreement._ui.extractButton)
    host.click(panel.agreement._ui.agreementCancelButton)
    host.until(lambda: panel.agreement._ui.extractButton.enabled, PATIENCE_MS)
    assert panel.status._label.text == "✓ Cancelled; nothing was left half-written."
    assert not panel.agreement._ui.agreementBar.visible
    # Quitting while a command runs ends it too.
    host.click(panel.agreement._ui.extractButton)
    process = panel.agreement._command._process
    host.quit()
    assert process.poll() is not None


def test_a_click_on_a_header_sorts_and_a_click_on_the_picture_opens_it_large(host, study_door, read_study):
    panel = study_door(height=2600)
    results = read_study / "results"
    results.mkdir()
    header = "feature,inter_icc,inter_lower,inter_upper,intra_icc,intra_lower,intra_upper,passes,reason\n"
    lines = ["b,0.9,0.8,0.95,0.7,0.6,0.8,yes,", "c,,,,0.7,0.6,0.8,no,inter: none", "a,-0.1,-0.4,0.3,0.1,0,0.2,no,x"]
    (results / "agreement.csv").write_text(header + "\n".join(lines) + "\n")
    import qt

    picture = qt.QPixmap(900, 600)
    picture.fill(qt.QColor("#ffffff"))
    picture.save(str(results / "agreement.png"))
    host.type_path(panel.study._ui.folderEdit, read_study)
    ui = panel.agreement._ui
    panel.agreement.widget.collapsed = False
    host.process(20)

    def names():
        return [row[0] for row in host.rows(ui.featureTable)]

    assert names() == ["b", "c", "a"]
    click_header(host, ui.featureTable, 1)
    assert names() == ["a", "b", "c"]
    click_header(host, ui.featureTable, 1)
    assert names() == ["b", "a", "c"]
    host.window.resize(350, 900)
    host.process(50)
    assert min(ui.featureTable.columnWidth(column) for column in (0, 4)) >= 90, "a name is read, and the table scrolls"
    host.click(ui.agreementPictureLabel)
    large = panel.agreement._pictures._large
    assert large.visible
    panel.study.widget.collapsed = False
    host.type_path(panel.study._ui.folderEdit, "")
    assert panel.agreement._pictures._large is None


def click_header(host, table, column):
    from PySide6 import QtCore, QtTest

    from host.objects import unwrap

    header = unwrap(table).horizontalHeader()
    place = QtCore.QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
    QtTest.QTest.mouseClick(header.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)
    host.process()


def test_nothing_of_the_results_is_there_while_a_study_is_blinded(host, study_door, read_study, study_folder, tmp_path):
    import json
    import shutil

    from RLNResponseLib.analysis.plots import Plot, PlotLine, write_plots
    from RLNResponseLib.study.protocol import Protocol, plan_readers
    from RLNResponseLib.study.study import Study

    model = read_study / "results" / "model"
    model.mkdir(parents=True)
    line = PlotLine(name="AUC 0.654", x=np.array([0.0, 1.0]), y=np.array([0.0, 1.0]))
    write_plots(
        model / "fitted.plots.json", [Plot(title="ROC: own", x_title="x", y_title="y", lines=(line,), y_range=None)]
    )
    blinded = Study.create(
        tmp_path / "blinded",
        Protocol(title="Blinded", readers=plan_readers(["A", "B"], ["A"])),
        Now(datetime(2026, 3, 1, 8, tzinfo=UTC)),
    )
    # Results of whatever origin in a blinded study's folder.
    shutil.copytree(read_study / "results", blinded.folder / "results")
    (blinded.folder / "results" / "agreement.json").write_text(json.dumps({"scores": []}))
    panel = study_door(height=2600)
    host.type_path(panel.study._ui.folderEdit, read_study)
    panel.model.widget.collapsed = False
    host.process(20)
    assert panel.model._ui.plotBox.count == 1, panel.status._label.text
    host.click(panel.model._ui.plotButton)
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetTitle() == "ROC: own\n(research use only)"
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    host.scene.Commit()
    saved = (tmp_path / "scene.mrml").read_text()
    assert "ROC: own" not in saved
    assert "AUC 0.654" not in saved
    panel.study.widget.collapsed = False
    host.type_path(panel.study._ui.folderEdit, blinded.folder)
    for kind in ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
        assert host.scene.GetNumberOfNodesByClass(kind) == 0
    for section in (panel.agreement, panel.model, panel.report):
        assert not section.widget.visible
    for table in (panel.agreement._ui.featureTable, panel.model._ui.modelTable):
        assert table.rowCount == 0
    for box in (panel.model._ui.plotBox, panel.model._ui.modelTableBox, panel.agreement._ui.agreementTableBox):
        assert box.count == 0
    for label in (panel.agreement._ui.agreementPictureLabel, panel.report._ui.reportPictureLabel):
        assert label.pixmap.isNull()
        assert host.tip(label) == ""
