"""A Slicer as it comes: a reader reads and locks, a clinician scores and takes the table away, and nothing else is
needed for it."""

import csv
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


class Absent(MetaPathFinder):
    """Before all other finders: these packages are not there."""

    def __init__(self, names):
        self._names = names

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def stock(monkeypatch):
    """Nothing that Slicer 5.12 does not bundle can be imported; the names of it."""
    from RLNResponseLib.common.requirements import BASE, PURPOSES

    asked = {each.module.split(".")[0] for purpose in PURPOSES if purpose is not BASE for each in purpose.requirements}
    names = asked | {"radiomics", "pandas", "sklearn", "lifelines", "dask"}
    for name in list(sys.modules):
        if name.split(".")[0] in names:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(names), *sys.meta_path])
    return names


def loaded(names):
    return sorted(name for name in sys.modules if name.split(".")[0] in names)


def test_a_reader_reads_and_locks(host, study_folder, phantom, stock, monkeypatch):
    from RLNResponseLib.scene.segmentations import show_contour

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel = host.open_module()
    assert not panel.requirements.widget.visible, "one patient needs none of it"
    host.click(panel.doors.buttons["study"])
    assert panel.requirements.widget.visible
    assert panel.requirements.widget.collapsed
    study, ui = panel.study._ui, panel.read._ui
    host.type_path(study.folderEdit, study_folder)
    host.select(study.readerBox, "A")
    host.click(ui.nextButton)
    reading = panel.read._reading.reading
    number = int(reading.lymph_node.id.removeprefix("LN"))
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[number - 1], reading.ct)
    host.until(lambda: ui.lockButton.enabled)
    host.click(ui.lockButton)
    assert {row[0]: row[2] for row in host.rows(ui.worklistTable)}[reading.lymph_node.id] == "locked"
    assert loaded(stock) == []


def test_a_clinician_scores_and_takes_the_table_away(host, stock, tmp_path):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(height=1600)
    _volume, segmentation = load_phantom(host.scene)
    ui = panel.score._ui
    host.until(lambda: len(panel.score.scores) == segmentation.GetSegmentation().GetNumberOfSegments())
    host.answers.file = str(tmp_path / "scores.csv")
    host.click(ui.exportButton)
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(host.rows(ui.scoreTable))
    assert loaded(stock) == []


def test_a_study_made_before_study_toml_says_what_to_install(host, stock, tmp_path):
    import shutil

    old = shutil.copytree(ROOT / "Testing" / "Python" / "study" / "old_study", tmp_path / "old")
    panel = host.open_module()
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, old)
    assert "needs ruamel.yaml, which is not installed here; install it (in Slicer: RLNResponse's section Set-up" in (
        panel.status._label.text
    )
    offered = panel.requirements._ui.purposeBox
    assert "For studies made before study.toml" in [offered.itemText(index) for index in range(offered.count)]
