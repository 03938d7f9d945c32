"""The panel at 350 and 400 px: every section fits, no text is cut."""

import pytest

# What Slicer itself cuts: the name of a chosen node, in its selector, and below 374 px the options of Segment Editor.
SCROLL_BAR = 14
CUT_BY_SLICER = (": Phantom", "contourButton: ", "ReadSection: ")


@pytest.mark.parametrize(("scheme", "width"), [("light", 350), ("dark", 400)])
def test_everything_fits(host, study_folder, monkeypatch, scheme, width):
    from RLNResponseLib.scene.sample import load_phantom
    from RLNResponseLib.scene.segmentations import add_segment

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    host.use_palette(scheme)
    panel = host.open_module(width=width)
    assert_fits(host, width)
    _volume, segmentation = load_phantom(host.scene)
    host.until(lambda: len(panel.score.scores) == 4)
    assert_fits(host, width)
    panel.score._ui.detailsButton.collapsed = False
    assert_fits(host, width)
    add_segment(segmentation, "Not drawn yet")
    host.until(lambda: len(panel.score.scores) == 5)
    host.choose_row(panel.score._ui.scoreTable, 4, 2)
    assert_fits(host, width)
    host.click(panel.doors.buttons["study"])
    assert_fits(host, width)
    host.type_path(panel.study._ui.folderEdit, study_folder)
    assert_fits(host, width)
    host.select(panel.study._ui.readerBox, "A")
    assert_fits(host, width)
    host.click(panel.read._ui.nextButton)
    assert_fits(host, width)


def assert_fits(host, width):
    host.process(50)
    assert [text for text in host.cut_texts(host.window) if not text.startswith(CUT_BY_SLICER)] == []
    for section in (host.widget.panel.study, host.widget.panel.read, host.widget.panel.score):
        if section.widget.visible:
            assert section.widget.geometry.right() < width - SCROLL_BAR


def test_columns_of_the_table_of_lymph_nodes_are_all_in_sight_at_350_px(host):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(width=350)
    load_phantom(host.scene)
    host.until(lambda: len(panel.score.scores) == 4)
    host.process(50)
    table = panel.score._ui.scoreTable
    widths = [table.columnWidth(column) for column in range(table.columnCount)]
    assert sum(widths) <= table.width
    assert widths[2] >= 50
    assert sum(table.rowHeight(row) for row in range(table.rowCount)) <= table.height


def test_a_table_that_grows_as_the_panel_is_made_narrow_pushes_down_what_follows(host):
    from host.objects import unwrap
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(width=600)
    load_phantom(host.scene)
    host.until(lambda: len(panel.score.scores) == 4)
    unwrap(host.window).resize(350, 870)
    host.process(50)
    table, add = unwrap(panel.score._ui.scoreTable), unwrap(panel.score._ui.addButton)
    assert table.height() >= sum(table.rowHeight(row) for row in range(table.rowCount()))
    assert table.mapToGlobal(table.rect().bottomLeft()).y() < add.mapToGlobal(add.rect().topLeft()).y()


# What Slicer's window leaves of a 1080-line screen beside Data Probe.
SEEN_HEIGHT = 730


def test_the_module_panel_can_be_made_350_px_wide(host):
    from host.objects import unwrap

    host.open_module(width=350)
    assert unwrap(host.window).minimumSizeHint().width() <= 350


def test_what_a_reading_needs_is_in_sight_without_scrolling(host, study_folder, monkeypatch, phantom):
    import qt

    from RLNResponseLib.scene.segmentations import add_segment, show_contour

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel = host.open_module(width=350, height=SEEN_HEIGHT)
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.select(panel.study._ui.readerBox, "A")
    ui = panel.read._ui
    host.click(ui.nextButton)
    reading = panel.read._reading.reading
    (table,) = panel.read._reading._editor.widget.findChildren(qt.QWidget, "SegmentsTableResizableFrame")
    assert not table.visible, "a table of one segment"
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[0], reading.ct)
    host.until(lambda: ui.lockButton.enabled)
    host.process(50)
    for widget in (ui.nextButton, ui.saveButton, ui.lockButton, ui.findingsLabel, ui.editorPlace):
        assert host.in_sight(widget), widget.objectName
    assert ui.worklistTable.viewport().height >= 3 * ui.worklistTable.rowHeight(0)
    add_segment(reading.nodes.segmentation, "an island")
    host.until(lambda: table.visible)


def test_the_scale_of_a_score_has_a_third_of_its_line(host):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(width=350)
    load_phantom(host.scene)
    host.until(lambda: len(panel.score.scores) == 4)
    host.process(50)
    for line in panel.score._detail.lines:
        assert line.strip.width >= (line.strip.width + line.label.width) / 3


@pytest.mark.parametrize(("points", "width"), [(9, 350), (11, 350), (11, 440)])
def test_names_scores_and_groups_can_be_read_in_a_narrow_table_with_large_letters(host, points, width):
    from PySide6 import QtGui, QtWidgets

    from RLNResponseLib.scene.sample import load_phantom

    application = QtWidgets.QApplication.instance()
    before = application.font()
    application.setFont(QtGui.QFont("DejaVu Sans", points))
    try:
        panel = host.open_module(width=350)
        _volume, segmentation = load_phantom(host.scene)
        names = ["LN12", "LN2 right upper paratracheal 2R", "LN3", "LN4"]
        for number, name in enumerate(names):
            segmentation.GetSegmentation().GetNthSegment(number).SetName(name)
        table = panel.score._ui.scoreTable
        host.until(lambda: [row[2] for row in host.rows(table)] == names and "…" not in host.rows(table)[3])
        # As a user draws the panel wider.
        host.window.resize(width, 870)
        host.process(100)
        metrics = table.fontMetrics()
        widths = [table.columnWidth(column) for column in range(table.columnCount)]
        assert sum(widths) <= table.viewport().width
        for row, texts in enumerate(host.rows(table)):
            lines = table.rowHeight(row) / metrics.lineSpacing()
            for column in (3, 4):
                number, group = texts[column].split("\n")
                words = group.replace("-", "- ").split()
                assert metrics.horizontalAdvance(number) < widths[column], "the number beside its side of the cutoff"
                assert all(metrics.horizontalAdvance(word) < widths[column] for word in words)
                is_broken = metrics.horizontalAdvance(group) > widths[column]
                assert lines >= 2 + is_broken
            assert table.item(row, 2).toolTip() == names[row]
        assert all(metrics.horizontalAdvance(names[row]) < widths[2] for row in (0, 2, 3))
        assert widths[5] > metrics.horizontalAdvance("⚠")
        # The long name goes into lines, of which four at most are shown.
        assert 2 * metrics.lineSpacing() < table.rowHeight(1) < 5 * metrics.lineSpacing()
        assert sum(table.rowHeight(row) for row in range(4)) <= table.height
        assert [each for each in host.overlaps(panel.score.widget) if "lies on" in each] == []
    finally:
        application.setFont(before)
