"""After unblinding: from the list or the plot to both contours in one click, read-only, and nothing left behind."""

import io
import shutil
import tempfile
from contextlib import redirect_stderr
from pathlib import Path

import pytest

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def listed_folder(small_cohort, tmp_path_factory):
    """A simulated study with the file that `rlnresponse agreement --disagreements` makes, of its readers' first."""
    from RLNResponseLib.analysis.comparisons import comparisons, reading_pairs
    from RLNResponseLib.analysis.disagreement import COLUMNS, sorted_rows
    from RLNResponseLib.commands.agreement import disagreements_file
    from RLNResponseLib.common.tables import csv_text
    from RLNResponseLib.modelling.model_card import published_models
    from RLNResponseLib.study.study import Study

    folder = tmp_path_factory.mktemp("listed") / "study"
    shutil.copytree(small_cohort.folder, folder)
    study = Study.open(folder)
    found = [each.rows() for each in comparisons(study, published_models(), reading_pairs(study)[0])]
    rows = [row.as_row() for number in range(2) for row in sorted_rows([each[number] for each in found])]
    file = disagreements_file(study)
    file.parent.mkdir(exist_ok=True)
    file.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
    return folder


class InThisProcess:
    """What the panel starts to compare two readings, without the second in which a Python starts."""

    def __init__(self, command, stdin, stdout, stderr, env):
        from RLNResponseLib.analysis.handed_over import main

        assert command[1:3] == ["-m", "RLNResponseLib.analysis.handed_over"]
        said = io.StringIO()
        with redirect_stderr(said):
            self.code = main(command[3:])
        stderr.write(said.getvalue().encode())

    def poll(self):
        return self.code

    def wait(self):
        return self.code

    def terminate(self):
        pass


@pytest.fixture
def at_once(host, monkeypatch):
    from RLNResponseLib.panel import background_command

    monkeypatch.setattr(background_command.subprocess, "Popen", InThisProcess)


@pytest.fixture
def listed(host, listed_folder):
    """The section with the list; the study is read only."""
    return opened(host, listed_folder)


def opened(host, folder):
    panel = host.open_module(width=440, height=2600)
    panel.show_door("study")
    host.type_path(panel.study._ui.folderEdit, folder)
    panel.disagreement.widget.collapsed = False
    host.process()
    return panel, panel.disagreement._ui


def wait(host, panel):
    """Until what was chosen is in the scene, or is refused."""
    host.until(lambda: not panel.disagreement._opening.is_waiting, PATIENCE_MS)
    host.process()


def segment_names(host):
    from RLNResponseLib.scene.disagreement import disagreement_nodes_in
    from RLNResponseLib.scene.segmentations import segments

    found = [node for node in disagreement_nodes_in(host.scene) if node.IsA("vtkMRMLSegmentationNode")]
    return [name for node in found for _identifier, name in segments(node)]


def test_a_row_opens_both_contours_with_scores_overlap_and_features(host, listed):
    panel, ui = listed
    before = host.scene.GetNumberOfNodes()
    rows = host.rows(ui.disagreementTable)
    assert len(rows) == 10
    apart = [abs(float(row[1].replace("−", "-"))) for row in rows]
    assert apart == sorted(apart, reverse=True)
    assert not ui.closeButton.visible
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    assert segment_names(host) == ["reader A round 1", "reader B round 1", "differing voxels"]
    name = rows[0][0].removesuffix(" ⚠")
    assert (
        panel.status._label.text
        == f"✓ {name}: yellow reader A round 1, blue reader B round 1, shaded where they differ."
    )
    assert "Dice " in ui.differenceLabel.text
    assert "glrlm ShortRunEmphasis" in ui.differenceLabel.text
    (gauge,) = panel.disagreement._gauges
    assert "cutoff 0.961" in gauge.accessibleDescription
    view = host.scene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode")
    volume = host.scene.GetNodeByID(view.GetBackgroundVolumeID())
    assert volume.GetName() == "CT of two readings"
    assert host.cut_texts(panel.disagreement.widget) == []
    host.click(ui.closeButton)
    assert host.scene.GetNumberOfNodes() == before
    assert not ui.closeButton.visible
    assert panel.status._label.text == ""
    assert host.notes() == []


def left_behind():
    return list(Path(tempfile.gettempdir()).glob("rlnresponse-*"))


def test_the_next_one_takes_back_the_last_and_the_panel_never_waits(host, listed, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    panel, ui = listed
    names = [row[0].removesuffix(" ⚠") for row in host.rows(ui.disagreementTable)]
    host.choose_row(ui.disagreementTable, 0)
    assert panel.status._label.text == f"… Opening '{names[0]}'."
    (process,) = [panel.disagreement._opening._command._process]
    host.choose_row(ui.disagreementTable, 2)
    # Far less than the start of a Python takes: nothing was waited for.
    assert process.poll() is not None
    assert segment_names(host) == []
    assert not ui.openingBar.visible
    wait(host, panel)
    assert panel.disagreement._opened_name == names[2]
    assert names[2] in panel.status._label.text
    assert len(segment_names(host)) == 3
    assert left_behind() == []
    # What is chosen and what is seen are one lymph node, or nothing is seen.
    host.choose_row(ui.disagreementTable, 1)
    assert segment_names(host) == []
    assert ui.differenceLabel.text == ""
    host.exit()
    assert not panel.disagreement._opening.is_waiting
    assert left_behind() == []
    host.enter()
    assert ui.disagreementTable.currentRow() == -1
    assert segment_names(host) == []


def test_after_a_second_there_is_a_bar_with_cancel(host, listed, monkeypatch):
    from RLNResponseLib.panel import background_command

    class Slow(InThisProcess):
        def __init__(self, *_command, **_surroundings):
            self.code = None

        def terminate(self):
            self.code = -15

    monkeypatch.setattr(background_command.subprocess, "Popen", Slow)
    panel, ui = listed
    host.choose_row(ui.disagreementTable, 0)
    name = panel.disagreement._opened_name
    assert not ui.openingBar.visible
    host.process(500)
    assert not ui.openingBar.visible
    host.until(lambda: ui.openingBar.visible, 5000)
    assert ui.listButton.enabled
    host.click(ui.openingCancelButton)
    wait(host, panel)
    assert panel.status._label.text == f"✓ Cancelled; '{name}' was not opened."
    assert not ui.openingBar.visible
    assert ui.disagreementTable.currentRow() == -1
    assert segment_names(host) == []


def test_keys_and_buttons_go_to_the_next_and_the_one_before(host, at_once, listed):
    panel, ui = listed
    names = [row[0].removesuffix(" ⚠") for row in host.rows(ui.disagreementTable)]
    host.click(ui.nextButton)
    wait(host, panel)
    assert panel.disagreement._opened_name == names[0]
    host.press("Ctrl+Shift+Down")
    wait(host, panel)
    assert panel.disagreement._opened_name == names[1]
    host.press("Ctrl+Shift+Up")
    wait(host, panel)
    host.press("Ctrl+Shift+Up")
    wait(host, panel)
    assert panel.disagreement._opened_name == names[0]
    assert len(segment_names(host)) == 3
    host.exit()
    host.press("Ctrl+Shift+Down")
    wait(host, panel)
    assert panel.disagreement._opened_name == names[0]


def test_a_click_on_a_header_sorts_and_the_open_one_stays_open(host, at_once, listed):
    panel, ui = listed
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    opened = panel.disagreement._opened_name
    for column, key in ((4, float), (0, str), (5, lambda text: -float(text))):
        panel.disagreement._sort(column)
        values = [key(row[column].removesuffix(" ⚠")) for row in host.rows(ui.disagreementTable)]
        assert values == sorted(values)
        assert ui.disagreementTable.currentRow() == [
            row[0].removesuffix(" ⚠") for row in host.rows(ui.disagreementTable)
        ].index(opened)
    assert panel.disagreement._opened_name == opened


def test_a_point_of_the_plot_opens_its_lymph_node(host, at_once, listed):
    import vtk

    from host.objects import unwrap

    panel, ui = listed
    host.click(ui.plotButton)
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetXAxisTitle() == "reader A round 1"
    # Of one point VTK complains whenever it is drawn.
    every = [chart.GetNthPlotSeriesNode(place) for place in range(chart.GetNumberOfPlotSeriesNodes())]
    assert min(each.GetTableNode().GetNumberOfRows() for each in every) > 1
    series = every[0]
    expected = series.GetTableNode().GetTable().GetColumnByName("Lymph node").GetValue(2)
    identifiers, point, points = vtk.vtkStringArray(), vtk.vtkIdTypeArray(), vtk.vtkCollection()
    identifiers.InsertNextValue(series.GetID())
    point.InsertNextValue(2)
    points.AddItem(point)
    unwrap(host.slicer.app.layoutManager().plotWidget(0).plotView()).dataSelected.emit(identifiers, points)
    wait(host, panel)
    assert panel.disagreement._opened_name == expected
    assert len(segment_names(host)) == 3


def test_beside_a_blinded_reading_no_plot_of_any_section_stays(host, listed):
    import numpy as np

    from RLNResponseLib.analysis.plots import Plot, PlotLine
    from RLNResponseLib.scene.curve_plots import add_chart

    panel, _ui = listed
    line = PlotLine(name="AUC 0.857", x=np.arange(3.0), y=np.arange(3.0))
    before = host.scene.GetNumberOfNodes()
    add_chart(host.scene, Plot(title="ROC", x_title="x", y_title="y", lines=(line,)))
    panel._context.signals.reading_opened.emit(None)
    assert host.scene.GetNumberOfNodes() == before


def test_a_plot_leaves_the_mode_of_the_plot_view_alone_and_has_a_name_that_tells_nothing(host, listed):
    _panel, ui = listed
    modes = host.slicer.vtkMRMLPlotViewNode
    view = host.scene.AddNewNodeByClass("vtkMRMLPlotViewNode")
    # Slicer's own: a click picks a point, a drag moves the plot.
    assert view.GetInteractionMode() == modes.InteractionModePanView
    host.click(ui.differencesButton)
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetYAxisTitle() == "reader B round 1 less reader A round 1"
    host.click(ui.plotButton)
    assert view.GetInteractionMode() == modes.InteractionModePanView
    chart = host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert "Rad-score" in chart.GetTitle()
    assert "Rad-score" not in chart.GetName(), "names are saved with a scene"


def test_the_views_are_close_to_both_contours(host, at_once, listed):
    panel, ui = listed
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    assert host.scene.GetNodeByID("vtkMRMLSliceNodeRed").GetFieldOfView()[0] == 80.0


def test_a_plot_view_that_is_gone_keeps_nothing_else_from_being_taken_away(host, listed):
    panel, ui = listed
    host.click(ui.plotButton)

    class GoneView:
        """As PythonQt answers of an object that Qt destroyed."""

        def disconnect(self, *_signal):
            raise ValueError("Trying to call 'disconnect' on a destroyed qMRMLPlotView object")

    panel.disagreement._plot_views.insert(0, (GoneView(), None))
    panel.disagreement.cleanup()
    assert panel.disagreement._plot_views == []
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None


def test_another_list_another_score(host, at_once, listed):
    panel, ui = listed
    assert [ui.listBox.itemText(number) for number in range(ui.listBox.count)] == [
        "Rad-score: reader A round 1 and reader B round 1",
        "Rad-score-2-year: reader A round 1 and reader B round 1",
    ]
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    ui.listBox.setCurrentIndex(1)
    assert segment_names(host) == []
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    assert "cutoff −1.015" in panel.disagreement._gauges[0].accessibleDescription


def test_an_opened_reading_closes_it_and_none_opens_beside_one(host, at_once, listed):
    from RLNResponseLib.scene.reading_nodes import close_reading_nodes, open_reading_nodes

    panel, ui = listed
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    host.click(ui.plotButton)
    panel._context.signals.reading_opened.emit(None)
    assert segment_names(host) == []
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None
    ct = _any_ct()
    reading = open_reading_nodes(host.scene, ct, "LN1", None)
    host.choose_row(ui.disagreementTable, 1)
    wait(host, panel)
    assert segment_names(host) == []
    assert panel.status._label.text.startswith("⚠ A reading is open in the scene")
    host.click(ui.plotButton)
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None
    close_reading_nodes(host.scene, reading)


def _any_ct():
    from RLNResponseLib.demo.phantom import make_phantom

    return make_phantom(1, size=(128, 128, 40)).ct


def test_a_changed_file_is_named_and_nothing_stays_open(host, at_once, listed_folder, tmp_path):
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    shutil.copytree(listed_folder, tmp_path / "study")
    panel, ui = opened(host, tmp_path / "study")
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    name = host.rows(ui.disagreementTable)[1][0].removesuffix(" ⚠")
    file = Study.open(tmp_path / "study").contour_file(ReadingKey(lymph_node=name, reader="B"))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    host.choose_row(ui.disagreementTable, 1)
    wait(host, panel)
    assert name in panel.status._label.text
    assert segment_names(host) == []


def test_a_blinded_study_has_no_such_section_and_quitting_leaves_nothing(host, at_once, listed, study_folder):
    panel, ui = listed
    host.choose_row(ui.disagreementTable, 0)
    wait(host, panel)
    host.click(ui.plotButton)
    panel.study.widget.collapsed = False
    host.process()
    host.type_path(panel.study._ui.folderEdit, study_folder)
    assert not panel.disagreement.widget.visible
    assert segment_names(host) == []
    assert host.scene.GetFirstNodeByClass("vtkMRMLPlotChartNode") is None
    host.quit()
