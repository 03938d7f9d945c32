"""After unblinding: from a point of the agreement plot to both contours in one click."""

import time
from pathlib import Path

import slicer
import vtk
from application import Application


def disagreement(application: Application, folder: Path) -> None:
    """The first point of the plot opens both contours."""
    from RLNResponseLib.common.clock import now
    from RLNResponseLib.demo.cohort import simulate_cohort

    study = simulate_cohort(folder / "cohort", 7, now(), patients=6).study
    panel = application.panel
    panel.doors.buttons["study"].click()
    panel.study._ui.folderEdit.currentPath = str(study.folder)
    section = panel.disagreement
    application.until(lambda: section.widget.visible, "the study is not unblinded")
    panel.agreement._ui.extractButton.click()
    application.until(lambda: not panel.agreement.is_busy, "the features were not extracted", 600.0)
    panel.agreement._ui.compareButton.click()
    application.until(lambda: not panel.agreement.is_busy, "the readers were not compared", 600.0)
    panel.agreement._ui.agreementTableBox.setCurrentIndex(1)
    application.draw("agreement")
    for each in (panel.agreement, panel.model, panel.report):
        each.widget.collapsed = True
    section.widget.collapsed = False
    section._ui.listButton.click()
    application.until(lambda: section.has_results and section._rows, "the disagreements were not listed")
    application.draw("disagreement-list")
    section._ui.plotButton.click()
    application.wait(1.0)
    application.draw("disagreement-plot")
    begun = time.monotonic()
    _pick(application, section, 0)
    application.until(lambda: section._opened_name and not section._opening.is_waiting, "nothing was opened")
    print(f"  from a point to both contours: 1 click, {time.monotonic() - begun:.2f} s ({section._opened_name})")
    application.wait(0.5)
    application.draw("disagreement")
    section._ui.differencesButton.click()
    application.wait(1.0)
    application.draw("differences")
    section.widget.collapsed = True
    panel.report.widget.collapsed = False
    panel.report._ui.reportButton.click()
    application.until(lambda: panel.report.has_results and not panel.report.is_busy, "no report was made", 600.0)
    application.draw("report")
    panel.study._ui.folderEdit.currentPath = ""


def _pick(application: Application, section: object, number: int) -> None:
    """What a plot view says when a point is clicked."""
    view = application.layouts.plotWidget(0).plotView()
    chart = slicer.mrmlScene.GetNodeByID(application.layouts.plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID())
    names, points = vtk.vtkStringArray(), vtk.vtkCollection()
    # Of the series with another group, where there is one.
    series = [chart.GetNthPlotSeriesNode(place) for place in range(chart.GetNumberOfPlotSeriesNodes())]
    changed = [each for each in series if each.GetName().startswith("another group")]
    names.InsertNextValue((changed or series)[0].GetID())
    chosen = vtk.vtkIdTypeArray()
    chosen.InsertNextValue(number)
    points.AddItem(chosen)
    view.dataSelected(names, points)
