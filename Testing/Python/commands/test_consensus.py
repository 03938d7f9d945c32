"""`rlnresponse consensus`: never of a blinded study; of an unblinded one with scores; of files; scored with its words."""

import csv
import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from RLNResponseLib.cli import main
from RLNResponseLib.imaging.load import read_contour, read_ct

SIZE = (12, 40, 40)


def write(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-01")

    def command(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def files(tmp_path):
    voxels = np.random.default_rng(1).normal(40, 30, SIZE).astype(np.int16)
    voxels[0], voxels[1], voxels[-1] = -1000, -100, -800
    write(tmp_path / "ct.nrrd", voxels)
    for name, first in (("a", 10), ("b", 12), ("c", 13)):
        labels = np.zeros(SIZE, np.uint8)
        labels[3:8, 10:24, first : first + 12] = 1
        write(tmp_path / f"{name}.nrrd", labels)
    return tmp_path


@pytest.fixture
def study(files, run):
    """Two readers of one lymph node, one of another; still blinded."""
    (files / "p.csv").write_text("patient\nP1\n")
    (files / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\nLN2,P1,CT1\n")
    folder = files / "study"
    steps = [
        ("create", "--readers", "A,B"),
        ("import-clinical", "--patients", files / "p.csv", "--lymph-nodes", files / "l.csv"),
        ("import-ct", files / "ct.nrrd", "--patient", "P1", "--image", "CT1"),
    ]
    for reader, lymph_node, mask in (("A", "LN1", "a"), ("B", "LN1", "b"), ("A", "LN2", "c")):
        key = ("--lymph-node", lymph_node, "--reader", reader, "--round", "1")
        steps += [("import-reading", files / f"{mask}.nrrd", *key), ("lock", *key)]
    for name, *rest in steps:
        assert run("study", name, folder, *rest)[0] == 0
    return folder


def test_a_study_when_it_is_unblinded(study, files, run):
    out = files / "out"
    dicom = files / "dicom"
    call = ("consensus", study, "--rule", "majority", "--output", out, "--dicom", dicom)
    assert run(*call) == (1, "", "Other readers' contours stay sealed until the study is unblinded (study unblind).\n")
    sealed = study / "readings" / "LN1"
    with_files = ("consensus", "--contours", files / "ct.nrrd", sealed / "A-1.seg.nrrd", sealed / "B-1.seg.nrrd")
    code, _, error = run(*with_files, "--rule", "staple", "--output", files / "c.seg.nrrd")
    assert (code, "which is blinded, so it is not read here" in error) == (1, True)
    assert not out.exists()
    assert not (files / "c.seg.nrrd").exists()

    (files / "missing.csv").write_text("lymph_node,reader,round,reason\nLN2,B,1,not read\n")
    assert run("study", "unblind", study, "--missing", files / "missing.csv")[0] == 0
    code, printed, error = run(*call)
    assert (code, error) == (0, "")
    assert printed.splitlines()[0] == (
        "LN1: consensus of 2 contours (A-1, B-1) by majority, voxels that more than 0.5 of the contours hold; "
        "RLNResponse 0.1.0; 700 voxels."
    )
    assert "LN1: the majority of two contours is what both hold." in printed
    assert sorted(path.name for path in out.iterdir()) == ["LN1.seg.nrrd", "consensus.csv"]
    (row,) = csv.DictReader((out / "consensus.csv").read_text().splitlines())
    assert (row["lymph_node"], row["contours"], row["voxels"]) == ("LN1", "A-1 B-1", "700")
    code, scored, _ = run("score", study / "images" / "CT1.nrrd", out / "LN1.seg.nrrd", "--json")
    assert code == 0
    for score in json.loads(scored)["scores"]:
        assert float(row[score["model"]]) == score["score"]
    exported = read_ct(dicom / "P1" / "CT1" / "ct")
    for kind in ("seg", "rtstruct"):
        back = read_contour(dicom / "P1" / "CT1" / kind / "LN1-consensus.dcm", exported)
        assert np.array_equal(back.voxels, read_contour(out / "LN1.seg.nrrd", exported).voxels)
    segment = pydicom.dcmread(dicom / "P1" / "CT1" / "seg" / "LN1-consensus.dcm").SegmentSequence[0]
    assert segment.SegmentAlgorithmName == "consensus of 2 contours by majority"
    assert segment.SegmentDescription.startswith(
        "Consensus of 2 contours (A-1, B-1) by majority, voxels that more than"
    )
    assert run(*call)[::2] == (1, "The folder out is not empty; name a new or an empty one for the consensus.\n")
    assert run("study", "verify", study)[0] == 0


def test_a_study_of_which_nothing_was_read_twice(study, files, run):
    (files / "missing.csv").write_text("lymph_node,reader,round,reason\nLN2,B,1,not read\n")
    assert run("study", "unblind", study, "--missing", files / "missing.csv")[0] == 0
    call = ("consensus", study, "--rule", "staple", "--output", files / "out", "--lymph-node")
    assert run(*call, "LN2")[::2] == (
        1,
        "'LN2' is no lymph node whose first reading two readers have locked; a consensus needs two contours.\n",
    )
    assert run(*call, "LN9")[0] == 1
    assert run(*call[:-2], study / "images", "--lymph-node", "LN1")[0] == 1
    assert run("study", "verify", study)[0] == 0


def test_files_become_one_contour_whose_score_says_so(files, run):
    masks = [files / f"{name}.nrrd" for name in "abc"]
    made = files / "c.seg.nrrd"
    code, printed, error = run(
        "consensus", "--contours", files / "ct.nrrd", *masks, "--rule", "staple", "--output", made
    )
    assert (code, error) == (0, "")
    assert "contour 2 Dice" in printed
    ct = read_ct(files / "ct.nrrd")
    votes = sum(read_contour(mask, ct).full_grid(SIZE).astype(int) for mask in masks)
    inside = read_contour(made, ct).full_grid(SIZE)
    assert (inside[votes == 3] == 1).all()
    assert (inside[votes == 0] == 0).all()
    code, scored, _ = run("score", files / "ct.nrrd", made)
    assert code == 0
    said = " ".join(scored.split())
    assert (
        "was not drawn by one reader; its file says: consensus of 3 contours (contour 1, contour 2, contour 3)" in said
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("STUDY", "--segment", "LN"), "--segment and --series are for --contours"),
        (("--contours", "ct", "a", "--lymph-node", "LN1"), "--lymph-node and --dicom are of a study"),
        (("--contours", "ct", "a", "b"), "name a file that ends in .seg.nrrd"),
        ((), "one of the arguments STUDY --contours is required"),
    ],
)
def test_wrong_calls(run, capsys, words, sentence):
    with pytest.raises(SystemExit) as stopped:
        run("consensus", *words, "--rule", "majority", "--output", "x.nrrd")
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err
