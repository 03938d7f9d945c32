"""With what Slicer 5.12 bundles and nothing else: a reader's and a clinician's whole way; the rest says what it needs.

Here in a Python that refuses to import anything else; `Testing/stock/play.py` does the same in an environment of
exactly Slicer's pins.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing" / "stock"))
import bundled  # noqa: E402
import story  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    story.make_inputs(folder)
    return folder


def play(folder, calls):
    """The exit code of each call, what was printed, and what was said on standard error."""
    (folder / "calls.json").write_text(json.dumps(calls))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RLNRESPONSE_TODAY": "2026-03-02"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "Testing" / "stock" / "bundled.py"), str(folder / "calls.json")],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("loaded from outside: nothing\n")
    codes = [int(line.removeprefix("exit ")) for line in done.stdout.splitlines() if line.startswith("exit ")]
    return codes, done.stdout, done.stderr


@pytest.fixture(scope="module")
def studied(folder):
    """A study made, read, locked and unblinded there."""
    return play(folder, story.study_calls(folder))


def test_nothing_else_can_be_imported(folder):
    code = "import bundled, sys; sys.meta_path.insert(0, bundled.OnlyBundled()); import numpy, highdicom; import {}"
    needed = ("matplotlib", "jinja2", "jsonschema", "sklearn", "lifelines")
    for name in (*needed, "pyarrow", "ruamel.yaml", "loky", "openpyxl", "pywt", "pytest"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(name)],
            cwd=ROOT / "Testing" / "stock",
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"No module named '{name.split('.')[0]}" in done.stderr.splitlines()[-1], name


def test_a_study_is_made_read_and_locked(folder, studied):
    codes, printed, said = studied
    assert (codes, said) == ([0] * len(story.study_calls(folder)), "")
    assert "Locked reading A-1 of 'LN1'." in printed
    assert '"format": "TOML 1.0"' in printed


def test_what_needs_more_says_in_one_sentence_what_to_install(folder, studied):
    calls = story.refused_calls(folder)
    codes, printed, said = play(folder, [call for call, _ in calls])
    assert codes == [1] * len(calls)
    sentences = said.splitlines()
    assert len(sentences) == len(calls), said
    for sentence, (call, package) in zip(sentences, calls, strict=True):
        assert f"needs {package}, which is not installed here" in sentence, (call, sentence)
        assert f"pip install '{package}" in sentence
    assert "Traceback" not in printed + said


def test_a_patient_is_scored_with_uncertainty_and_csv(folder):
    codes, printed, _ = play(folder, story.score_calls(folder))
    assert codes == [0] * len(story.score_calls(folder))
    assert '"uncertainty"' in printed
    assert (folder / "features.csv").is_file()


def test_features_are_extracted_and_exported_as_dicom(folder, studied):
    codes, printed, _ = play(folder, story.analysis_calls(folder))
    assert codes == [0] * len(story.analysis_calls(folder)), printed
    assert (folder / "study" / "features" / "readings.csv").is_file()
    assert not (folder / "study" / "features" / "readings.parquet").exists()


def test_the_list_of_what_is_bundled_is_that_of_the_dependencies():
    from RLNResponseLib.common.requirements import BASE, PURPOSES

    for purpose in PURPOSES:
        for requirement in purpose.requirements:
            assert (requirement.module.split(".")[0] in bundled.BUNDLED) is (purpose is BASE), requirement.name
