"""What the coordinator's window offers is what the commands offer: the same study, and the same command lines."""

import csv
from pathlib import Path

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.study.study import Study

# A word of the command line, and what of the window says the same.
PARAMETERS = """
imageType:
  Original: {}
  LoG: {sigma: [3.0]}
setting:
  binWidth: 20
  resampledPixelSpacing: [1, 1, 1]
"""


@pytest.fixture
def window(host, study_door):
    """The coordinator's window on a new study."""
    panel = study_door(height=1400)
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    ui.protocolButton.collapsed = False
    host.process()
    return panel, ui


def test_a_study_of_the_window_is_that_of_the_command_line(host, window, tmp_path):
    panel, ui = window
    (tmp_path / "p.yaml").write_text(PARAMETERS, encoding="utf-8")
    options = "--readers A,B --repeat A --occasions retest,after --assistance first --form ICC(C,1) --threshold 0.8"
    call = ["study", "create", str(tmp_path / "terminal"), *options.split(), "--on", "lower", "--seed", "7"]
    assert main([*call, "--settings", str(tmp_path / "p.yaml"), "--title", "Recurrent lymph nodes"]) == 0
    for box in (ui.retestBox, ui.afterBox):
        box.checked = True
    host.select(ui.assistanceBox, "a proposal in first readings")
    host.select(ui.iccFormBox, "ICC(C,1)")
    host.select(ui.iccOnBox, "lower")
    ui.iccThresholdBox.value = 0.8
    ui.seedBox.value = 7
    host.type_path(ui.settingsEdit, tmp_path / "p.yaml")
    host.type_path(ui.newFolderEdit, tmp_path / "window")
    host.click(ui.makeButton)
    assert panel.status._label.text.startswith("✓ Made the study."), panel.status._label.text
    made, expected = (Study.open(tmp_path / name).protocol for name in ("window", "terminal"))
    assert made == expected
    assert made.occasions == ("retest", "after")
    assert made.extraction["bin_width"] == 20


def test_left_alone_the_window_makes_what_the_command_makes_without_options(host, window, tmp_path):
    _panel, ui = window
    main(
        [
            "study",
            "create",
            str(tmp_path / "terminal"),
            "--readers",
            "A,B",
            "--repeat",
            "A",
            "--title",
            ui.titleEdit.text,
        ]
    )
    host.type_path(ui.newFolderEdit, tmp_path / "window")
    host.click(ui.makeButton)
    texts = [(tmp_path / name / "study.toml").read_text(encoding="utf-8") for name in ("window", "terminal")]
    assert texts[0] == texts[1]


def test_settings_that_are_none_make_no_study(host, window, tmp_path):
    panel, ui = window
    (tmp_path / "p.yaml").write_text("featureClass: {shape: []}\n", encoding="utf-8")
    host.type_path(ui.settingsEdit, tmp_path / "p.yaml")
    host.type_path(ui.newFolderEdit, tmp_path / "window")
    host.click(ui.makeButton)
    assert "leave featureClass out of it" in panel.status._label.text
    assert not (tmp_path / "window").exists()


def test_a_registration_brings_the_protocol_and_stands_in_the_log(host, window, tmp_path):
    from RLNResponseLib.planning.registered import noted_registrations

    panel, ui = window
    main(["study", "create", str(tmp_path / "terminal"), "--readers", "A,B", "--repeat", "A", "--title", "Registered"])
    main(["plan", "--protocol", str(tmp_path / "terminal"), "--output", str(tmp_path / "r.html")])
    host.type_path(ui.registrationEdit, tmp_path / "r.json")
    assert not ui.titleEdit.enabled
    assert not ui.settingsEdit.enabled
    host.type_path(ui.newFolderEdit, tmp_path / "window")
    host.click(ui.makeButton)
    made = Study.open(tmp_path / "window")
    assert made.protocol.title == "Registered", panel.status._label.text
    assert len(noted_registrations(made)) == 1
    ui.coordinatorTabs.setCurrentIndex(0)
    host.process()
    host.type_path(ui.registrationEdit, "")
    assert ui.titleEdit.enabled


def test_key_file_series_and_acquisition_reach_the_import(host, study_door, study_folder, tmp_path):
    panel = study_door(height=1400)
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    ui.importMoreButton.collapsed = False
    host.process()
    started = []
    cts = panel.study.coordinator._cts
    cts._command.start = lambda arguments, *_more, **_named: started.append(arguments)
    host.type_path(ui.keyFileEdit, tmp_path / "key.csv")
    host.type_path(ui.ctEdit, tmp_path)
    ui.patientIdEdit.text, ui.imageIdEdit.text = "P1", "CT9"
    host.click(ui.importCTButton)
    assert started[-1][-2:] == ["--key-file", str(tmp_path / "key.csv")]
    host.write(ui.seriesEdit, "1.2.3")
    host.write(ui.acquisitionEdit, "4")
    host.click(ui.importCTButton)
    arguments = started[-1]
    assert "1.2.3" not in arguments, "the series of a patient stands on no command line"
    with Path(arguments[arguments.index("--table") + 1]).open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "patient": "P1", "image": "CT9", "path": str(tmp_path), "series": "1.2.3", "acquisition": "4",
    }  # fmt: skip


def test_contours_of_a_table_become_drafts(host, study_door, study_folder, phantom, tmp_path):
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
    from RLNResponseLib.study.drafts import draft_file
    from RLNResponseLib.study.records import ReadingKey

    write_seg_nrrd(tmp_path / "c.seg.nrrd", phantom.truth[0], phantom.ct)
    (tmp_path / "t.csv").write_text("lymph_node,reader,round,path\nLN1,B,1,c.seg.nrrd\n", encoding="utf-8")
    panel = study_door(height=1400)
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.click(panel.study._ui.coordinatorButton)
    host.answers.file = str(tmp_path / "t.csv")
    host.click(panel.study.coordinator.ui.readingTableButton)
    host.until(lambda: not panel.study.is_busy, 60_000)
    assert draft_file(Study.open(study_folder), ReadingKey(lymph_node="LN1", reader="B")) is not None
    assert "1 imported" in panel.study.coordinator.ui.coordinatorStatus.text
