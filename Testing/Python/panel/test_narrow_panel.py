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
