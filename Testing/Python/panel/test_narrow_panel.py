"""The panel at 400 px: every section fits, no text is cut."""

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_section_fits_400_px(host, study_folder, monkeypatch, scheme):
    from RLNResponseLib.scene.sample import load_phantom

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    host.use_palette(scheme)
    panel = host.open_module(width=400)
    volume, segmentation = load_phantom(host.scene)
    host.select(panel.score._ui.ctSelector, volume.GetName())
    host.select(panel.score._ui.segmentationSelector, segmentation.GetName())
    host.until(lambda: "◀" in str(host.rows(panel.score._ui.scoreTable)))
    assert_fits(host)
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.select(panel.study._ui.readerBox, "A")
    for group in ("newGroup", "importGroup", "unblindGroup"):
        getattr(panel.study._ui, group).collapsed = False
    assert_fits(host)
    host.click(panel.read._ui.nextButton)
    assert_fits(host)


def assert_fits(host):
    host.process(50)
    assert host.cut_texts(host.window) == []
    for section in (host.widget.panel.study, host.widget.panel.read, host.widget.panel.score):
        assert section.widget.geometry.right() <= 400
