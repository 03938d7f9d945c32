"""`rlnresponse export`: sealed until unblinding, whole or refused, one reading or all, on the phantom and on real
CT."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.cli import main
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.imaging.load import read_contour, read_ct

ONE = ("--lymph-node", "LN1", "--reader", "A", "--round", "1")


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; its exit code, output and errors."""
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-01")

    def command(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def play(run, tmp_path):
    """Make a study of one CT with readers A and B through the command line; still blinded."""

    def make(image, mask):
        study = tmp_path / "study"
        (tmp_path / "p.csv").write_text("patient\nP1\n")
        (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
        steps = [
            ("create", "--readers", "A,B"),
            ("import-clinical", "--patients", tmp_path / "p.csv", "--lymph-nodes", tmp_path / "l.csv"),
            ("import-ct", image, "--patient", "P1", "--image", "CT1"),
        ]
        for reader in "AB":
            key = ("--lymph-node", "LN1", "--reader", reader, "--round", "1")
            steps += [("import-reading", mask, *key), ("lock", *key)]
        for name, *rest in steps:
            assert run("study", name, study, *rest)[0] == 0
        return study

    return make


@pytest.fixture
def phantom_study(play, tmp_path):
    phantom = make_phantom(1, size=(128, 128, 40))
    sitk.WriteImage(phantom.ct.image, tmp_path / "ct.nrrd")
    mask = sitk.GetImageFromArray(phantom.truth[0].full_grid(phantom.ct.image.GetSize()[::-1]))
    mask.CopyInformation(phantom.ct.image)
    sitk.WriteImage(mask, tmp_path / "mask.nrrd")
    return play(tmp_path / "ct.nrrd", tmp_path / "mask.nrrd")


def test_a_phantom_study(phantom_study, run, tmp_path, monkeypatch):
    out = tmp_path / "dicom"
    for arguments in ((), ONE):
        code, _, errors = run("export", phantom_study, "--dicom", out, *arguments)
        assert (code, errors) == (
            1,
            "Contours, features and scores stay sealed until the study is unblinded (study unblind).\n",
        )
        assert not out.exists()
    assert run("study", "unblind", phantom_study)[0] == 0
    code, printed, errors = run("export", phantom_study, "--dicom", out)
    assert (code, errors) == (0, "")
    assert printed.startswith(
        "2 readings, each as SEG, RTSTRUCT and SR, on 40 CT slices. Research use only, not a medical device.\nWrote:\n"
    )
    assert sorted(path.name for path in out.glob("P1/CT1/s*/*")) == sorted(["LN1-A-1.dcm", "LN1-B-1.dcm"] * 2)
    code, _, errors = run("export", phantom_study, "--dicom", out)
    assert (code, errors) == (1, "The folder dicom is not empty; name a new or an empty one for the export.\n")
    (tmp_path / "one").mkdir()
    monkeypatch.setenv("RLNRESPONSE_PROGRESS", "lines")
    code, _, errors = run("export", phantom_study, "--dicom", tmp_path / "one", *ONE)
    assert (code, errors) == (0, "progress: 1 of 1\n")
    assert [path.name for path in (tmp_path / "one").glob("P1/CT1/s*/*")] == ["LN1-A-1.dcm"] * 2
    assert run("study", "verify", phantom_study)[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "ct.nrrd",
        "mask.nrrd",
        "study",
        "p.csv",
        "l.csv",
        "dicom",
        "one",
    }


def test_real_ct_scores_the_same_from_the_exported_dicom(shared_data, play, run, tmp_path):
    """The exported CT and SEG go through `rlnresponse score` like any others, to the last digit."""
    lidc = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    study = play(lidc / "dicom", lidc / "mask_reader1.nrrd")
    assert run("study", "unblind", study)[0] == 0
    assert run("export", study, "--dicom", tmp_path / "dicom", *ONE)[0] == 0
    exam = tmp_path / "dicom" / "P1" / "CT1"
    ct = read_ct(exam / "ct")
    original = read_contour(lidc / "mask_reader1.nrrd", read_ct(lidc / "dicom"))
    assert np.array_equal(read_contour(exam / "seg" / "LN1-A-1.dcm", ct).voxels, original.voxels)
    before = run("score", lidc / "dicom", lidc / "mask_reader1.nrrd", "--json")
    after = run("score", exam / "ct", exam / "seg" / "LN1-A-1.dcm", "--json")
    assert before[0] == after[0] == 0
    values = [[score["score"] for score in json.loads(text)["scores"]] for _, text, _ in (before, after)]
    assert len(values[0]) == 2
    assert values[0] == values[1]


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_half_a_reading_is_a_wrong_call(phantom_study, run, tmp_path, capsys, missing):
    words = [*ONE[:missing], *ONE[missing + 2 :]]
    with pytest.raises(SystemExit) as stopped:
        run("export", phantom_study, "--dicom", tmp_path / "out", *words)
    assert stopped.value.code == 2
    assert "one reading is named by --lymph-node, --reader and --round together" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--lymph-node", "../x", "--reader", "A", "--round", "1"), "The lymph node identifier has the character '.'"),
        (("--lymph-node", "LN1", "--reader", "A", "--round", "3"), "There is no round 3"),
        (("--lymph-node", "LN1", "--reader", "C", "--round", "1"), "There is no locked reading C-1 of 'LN1'"),
    ],
)
def test_a_reading_that_is_not_there(phantom_study, run, tmp_path, words, sentence):
    assert run("study", "unblind", phantom_study)[0] == 0
    code, printed, errors = run("export", phantom_study, "--dicom", tmp_path / "out", *words)
    assert (code, printed, errors.count("\n")) == (1, "", 1)
    assert errors.startswith(sentence)
    assert not (tmp_path / "out").exists()


def test_no_study(run, tmp_path):
    code, _, errors = run("export", tmp_path, "--dicom", tmp_path / "out")
    assert code == 1
    assert "There is no readable study.toml" in errors
