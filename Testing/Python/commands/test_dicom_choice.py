"""Which of what a DICOM folder holds: the commands that name one acquisition, and those that need none."""

import json

import pytest

from RLNResponseLib.cli import main


@pytest.fixture
def case(shared_cases):
    return lambda name: shared_cases / "imaging" / name / "in"


def test_the_clean_scan_is_scored_from_one_of_two_passes(case, capsys):
    folder = case("ct-two-passes")
    call = ["score", str(folder / "ct"), str(folder / "rs.dcm")]
    assert main(call) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("choose one, or export it by itself, or name one of them with --acquisition.\n")
    assert said.err.count("\n") == 1
    assert main([*call, "--acquisition", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [round(score["score"], 3) for score in answer["scores"]] == [1.237, -0.940]
    assert main(["features", *call[1:], "--acquisition", "1", "--json"]) == 0
    assert main([*call, "--acquisition", "7"]) == 1
    assert "has no acquisition 7; it has acquisition 1: 24 slices" in capsys.readouterr().err


def test_an_acquisition_of_a_single_volume(case, capsys):
    folder = case("ct-monochrome1")
    assert main(["score", str(folder / "mask.nrrd"), str(folder / "mask.nrrd"), "--acquisition", "1"]) == 1
    assert "leave out --acquisition" in capsys.readouterr().err


def test_a_study_takes_one_acquisition_and_refuses_what_is_in_colour_or_uneven(case, tmp_path, capsys):
    study = str(tmp_path / "study")
    assert main(["study", "create", study, "--readers", "A,B", "--repeat", "A"]) == 0
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    tables = ["--patients", str(tmp_path / "p.csv"), "--lymph-nodes", str(tmp_path / "l.csv")]
    assert main(["study", "import-clinical", study, *tables]) == 0
    known = ["--patient", "P1", "--image", "CT1"]
    for name, sentence in (
        ("ct-palette-colour", "in colour"),
        ("ct-two-passes", "--acquisition"),
        ("ct-uneven-rtstruct", "score it by itself"),
    ):
        assert main(["study", "import-ct", study, str(case(name) / "ct"), *known]) == 1
        assert sentence in capsys.readouterr().err
    assert not list((tmp_path / "study").glob("images/*"))
    assert main(["study", "import-ct", study, str(case("ct-two-passes") / "ct"), *known, "--acquisition", "2"]) == 0
    assert "Imported the CT as image CT1" in capsys.readouterr().out
