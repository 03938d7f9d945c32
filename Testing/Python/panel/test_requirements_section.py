"""Set-up: said and offered, never done unasked; in a process of its own, which can be cancelled."""

import os
import sys
import threading
from pathlib import Path

import pytest

# What a pip would do, told by the test: it prints PIP_SAYS, waits until PIP_WAITS is gone, makes PIP_MAKES, exits with
# PIP_ENDS.
PIP = """
import os, pathlib, sys, time
pathlib.Path(os.environ["PIP_ASKED"]).write_text("\\n".join(sys.argv[1:]))
print(os.environ["PIP_SAYS"], flush=True)
while pathlib.Path(os.environ["PIP_WAITS"]).exists():
    time.sleep(0.01)
if os.environ["PIP_ENDS"] == "0":
    pathlib.Path(os.environ["PIP_MAKES"]).touch()
sys.exit(int(os.environ["PIP_ENDS"]))
"""
ANALYSIS = ("matplotlib", "jinja2", "jsonschema", "sklearn", "lifelines")
STOCK = {*ANALYSIS, "openpyxl", "loky", "ruamel.yaml", "pywt", "pyarrow", "distributed"}


class Pip:
    """A pip that does what the test says."""

    def __init__(self, folder, monkeypatch):
        self.asked_file, self.waits, self.made = folder / "asked", folder / "waits", folder / "made"
        (folder / "fake" / "pip").mkdir(parents=True)
        (folder / "fake" / "pip" / "__init__.py").touch()
        (folder / "fake" / "pip" / "__main__.py").write_text(PIP)
        path = os.pathsep.join([str(folder / "fake"), *sys.path])
        self._patch = monkeypatch
        for name, value in (
            ("PYTHONPATH", path), ("PIP_ASKED", self.asked_file), ("PIP_WAITS", self.waits), ("PIP_MAKES", self.made),
        ):  # fmt: skip
            monkeypatch.setenv(name, str(value))
        self.will()

    def will(self, says="Collecting matplotlib", ends=0):
        self._patch.setenv("PIP_SAYS", says)
        self._patch.setenv("PIP_ENDS", str(ends))

    @property
    def asked(self):
        return self.asked_file.read_text().splitlines()


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """A Slicer as it comes, until pip has made something: then all of it is there."""
    from RLNResponseLib.common import requirements

    pip = Pip(tmp_path, monkeypatch)
    real = requirements._is_there
    monkeypatch.setattr(
        requirements, "_is_there", lambda module: (module not in STOCK or pip.made.exists()) and real(module)
    )
    return pip


def unfolded(host):
    panel = host.open_module()
    host.click(panel.doors.buttons["study"])
    panel.requirements.widget.collapsed = False
    host.process()
    return panel


def done(host, panel):
    host.until(lambda: not panel.requirements._command.is_running)
    host.process()


def said(panel):
    return panel.status._label.text


def test_nothing_is_shown_where_everything_is_there(host, study_door):
    assert not study_door().requirements.widget.visible


def test_a_slicer_as_it_comes_is_offered_the_analysis_with_its_megabytes_and_asked_nothing(host, pip):
    panel = host.open_module()
    ui = panel.requirements._ui
    assert not panel.requirements.widget.visible, "one patient needs none of it"
    host.click(panel.doors.buttons["study"])
    assert panel.requirements.widget.visible
    assert panel.requirements.widget.collapsed
    assert ui.purposeBox.currentText == "For agreement, models and report"
    assert ui.requirementsLabel.text == (
        "matplotlib, jinja2, jsonschema, scikit-learn, lifelines: about 43 MB to fetch, 167 MB on the disk. "
        "Contouring, reading and scoring need none of it."
    )
    offered = [ui.purposeBox.itemText(index) for index in range(ui.purposeBox.count)]
    assert not any("Parquet" in each or "cluster" in each for each in offered)
    assert host.answers.asked == []
    assert not pip.asked_file.exists()


def test_one_button_installs_wheels_only_and_leaves_slicers_own_versions(host, pip, monkeypatch):
    import numpy

    # Other tests of this process have drawn figures; in this Slicer nothing has loaded what is missing.
    for module in ANALYSIS:
        monkeypatch.delitem(sys.modules, module, raising=False)
    panel = unfolded(host)
    ui = panel.requirements._ui
    pip.waits.touch()
    pip.will("  Downloading matplotlib-3.10.0-cp312-cp312-win_amd64.whl (9.0 MB)")
    host.click(ui.installButton)
    host.until(lambda: ui.installBar.value == 9)
    assert ui.installBar.maximum == 43
    assert not ui.installButton.enabled
    assert said(panel) == "… Installing matplotlib, jinja2, jsonschema, scikit-learn, lifelines."
    arguments = pip.asked
    assert {"install", "--only-binary=:all:", "matplotlib>=3.8", "jinja2>=3.1", "jsonschema>=4.20"} <= set(arguments)
    assert {"scikit-learn>=1.6", "lifelines>=0.30", "autograd-gamma<0.5"} <= set(arguments)
    kept = Path(arguments[arguments.index("--constraint") + 1])
    assert "--no-index" not in arguments
    assert f"numpy=={numpy.__version__}" in kept.read_text().splitlines()
    pip.waits.unlink()
    done(host, panel)
    assert said(panel) == "✓ Installed: all that is needed for agreement, models and report."
    assert not panel.requirements.widget.visible
    assert not kept.exists()


def test_a_folder_of_wheels_serves_instead_of_the_registry(host, pip, tmp_path):
    panel = unfolded(host)
    host.answers.file = str(tmp_path)
    host.click(panel.requirements._ui.wheelsButton)
    done(host, panel)
    assert pip.asked[pip.asked.index("--no-index") :][:3] == ["--no-index", "--find-links", str(tmp_path)]


def test_a_folder_without_the_wheels_says_so_and_the_buttons_come_back(host, pip, tmp_path):
    panel = unfolded(host)
    pip.will("ERROR: No matching distribution found for jinja2>=3.1", ends=1)
    host.answers.file = str(tmp_path)
    host.click(panel.requirements._ui.wheelsButton)
    done(host, panel)
    assert said(panel).startswith("⚠ The folder has no wheel of jinja2 for this system and Python; fill it again")
    assert panel.requirements._ui.installButton.enabled


def test_cancel_ends_it_but_not_while_packages_are_put_in_place(host, pip):
    panel = unfolded(host)
    ui = panel.requirements._ui
    pip.waits.touch()
    host.click(ui.installButton)
    host.until(pip.asked_file.exists)
    host.click(ui.installCancelButton)
    done(host, panel)
    assert said(panel) == "✓ Cancelled; press Install to begin again."
    assert not pip.made.exists()
    pip.will("Installing collected packages: jinja2")
    host.click(ui.installButton)
    host.until(lambda: not ui.installCancelButton.enabled)
    pip.waits.unlink()
    done(host, panel)
    assert pip.made.exists()


def test_slicer_that_quits_waits_while_packages_are_put_in_place(host, pip):
    panel = unfolded(host)
    pip.waits.touch()
    pip.will("Installing collected packages: jinja2")
    host.click(panel.requirements._ui.installButton)
    host.until(lambda: not panel.requirements._ui.installCancelButton.enabled)
    threading.Timer(0.3, pip.waits.unlink).start()
    host.quit()
    assert pip.made.exists()


def test_a_version_that_does_not_serve_is_told_at_once(host, monkeypatch):
    from RLNResponseLib.common import requirements

    real = requirements._version
    monkeypatch.setattr(requirements, "_version", lambda name: "0.22.0" if name == "highdicom" else real(name))
    panel = host.open_module()
    assert panel.requirements.widget.visible, "behind both doors: a score or a reading could need it"
    assert not panel.requirements.widget.collapsed
    assert (
        "needs highdicom 0.27 or newer, and 0.22.0 is installed here" in panel.requirements._ui.requirementsLabel.text
    )
