"""`rlnresponse features --check`: pyradiomics' values beside ours."""

import json
import sys

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.features import witness


@pytest.fixture
def files(pyradiomics_data):
    return [str(pyradiomics_data / f"lung1_{part}.nrrd") for part in ("image", "label")]


def test_all_106_are_compared_and_equal(files, capsys):
    pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed")
    assert main(["features", *files, "--check"]) == 0
    assert "checked against pyradiomics 3.1.4: 106 of 106 equal." in capsys.readouterr().out
    assert main(["features", *files, "--check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["witness"]
    assert (told["compared"], told["equal"], told["first_difference"]) == (106, 106, None)


def test_a_difference_is_named_and_ends_with_1(files, capsys, monkeypatch):
    pytest.importorskip("radiomics", reason="pyradiomics, the witness, is not installed")
    monkeypatch.setattr(witness, "TOLERANCE", -1.0)  # nothing is equal any more but zeros
    assert main(["features", *files, "--check"]) == 1
    told = capsys.readouterr()
    assert "Not every feature equals pyradiomics'" in told.err
    assert "is 0." in told.err
    assert "Traceback" not in told.err


def test_without_pyradiomics_it_says_so_and_ends_with_1(files, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "radiomics", None)
    assert main(["features", *files, "--check"]) == 1
    assert "could not be compared: pyradiomics is not installed here" in capsys.readouterr().err
