"""The ICC of the features in Slicer's plot view, as the study's table has it."""

import shutil

from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.text.agreement import COLUMNS


def test_the_features_icc_is_shown_and_goes_with_the_study(host, small_cohort, study_folder, tmp_path):
    folder = tmp_path / "unblinded"
    shutil.copytree(small_cohort.folder, folder)
    results = folder / "results"
    results.mkdir(exist_ok=True)
    rows = [
        {"feature": name, "inter_icc": icc, "intra_icc": icc, "passes": "yes"} for name, icc in (("a", 0.8), ("b", 0.9))
    ]
    (results / "agreement.csv").write_text(csv_text(COLUMNS, [{one: row.get(one) for one in COLUMNS} for row in rows]))
    panel = host.open_module(width=440, height=2600)
    panel.show_door("study")
    host.type_path(panel.study._ui.folderEdit, folder)
    panel.agreement.widget.collapsed = False
    host.process()
    ui = panel.agreement._ui
    assert [ui.agreementPlotBox.itemText(number) for number in range(ui.agreementPlotBox.count)] == [
        "ICC of the features, between readers",
        "ICC of the features, of one reader's re-contouring",
    ]
    host.click(ui.agreementPlotButton)
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetTitle() == "ICC of the features, between readers\n(research use only)"
    assert chart.GetYAxisTitle() == "ICC(A,1)"
    assert "plots" in panel.agreement._tables._question.anchors
    panel.study.widget.collapsed = False
    host.process()
    host.type_path(panel.study._ui.folderEdit, study_folder)
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None
