"""The paper's study at small scale, played through the command line only: two readers, one repeat, washout,
unblinding."""

import csv
import json
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.cli import main
from RLNResponseLib.demo.phantom import SPACING_MM, make_phantom
from RLNResponseLib.demo.readers import READERS, draw
from RLNResponseLib.features.definitions import FEATURES

pytestmark = pytest.mark.long

PATIENTS = "patient,gender,age_years,t_stage,dose_gy\nP1,male,61,T3-4,50.4\nP2,female,58,T1-2,60\n"
LYMPH_NODES = (
    "lymph_node,patient,image,station,recist,local_control_months,local_recurrence\n"
    "LN1,P1,CT1,4R,PR,26.5,no\nLN2,P1,CT1,2R,SD,9.1,yes\nLN3,P2,CT2,7,CR,30,no\n"
)
LESIONS = {"LN1": ("CT1", 0), "LN2": ("CT1", 1), "LN3": ("CT2", 2)}


class Played:
    """A study folder with its CT and contours outside, and the `rlnresponse study` command on it."""

    def __init__(self, folder, monkeypatch, capsys):
        self.folder, self.study = folder, folder / "study"
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def on(self, day):
        self._monkeypatch.setenv("RLNRESPONSE_TODAY", day)

    def run(self, command, *arguments, refused=None):
        self._capsys.readouterr()
        words = [command] if command == "extract" else ["study", command]
        code = main([*words, str(self.study), *map(str, arguments)])
        captured = self._capsys.readouterr()
        if refused is None:
            assert (code, captured.err) == (0, "")
        else:
            assert code == 1
            assert refused in captured.err
            assert captured.err.count("\n") == 1
        return captured.out

    def read(self, lymph_node, reader, reading_round, lock=True):
        key = ("--lymph-node", lymph_node, "--reader", reader, "--round", reading_round)
        self.run("import-reading", self.folder / f"{lymph_node}-{reader}-{reading_round}.nrrd", *key, "--minutes", 4)
        if lock:
            self.run("lock", *key)


@pytest.fixture(scope="module")
def contours(tmp_path_factory):
    """Two phantom CT, and for three lymph nodes reader A twice and reader B once, as label maps."""
    folder = tmp_path_factory.mktemp("contours")
    phantom = make_phantom(1, size=(144, 144, 44))
    for image in ("CT1", "CT2"):
        sitk.WriteImage(phantom.ct.image, folder / f"{image}.nrrd")
    shape = phantom.ct.image.GetSize()[::-1]
    for lymph_node, (_, number) in LESIONS.items():
        for reader, reading_round in ((READERS[0], 1), (READERS[0], 2), (READERS[1], 1)):
            drawn = draw(phantom.truth[number], SPACING_MM, shape, reader, reading_round, 1)
            mask = sitk.GetImageFromArray(drawn.full_grid(shape))
            mask.CopyInformation(phantom.ct.image)
            sitk.WriteImage(mask, folder / f"{lymph_node}-{reader.code}-{reading_round}.nrrd", useCompression=True)
    return folder


@pytest.fixture
def played(contours, tmp_path, monkeypatch, capsys):
    """A study with its tables and images, on its first day."""
    shutil.copytree(contours, tmp_path, dirs_exist_ok=True)
    (tmp_path / "patients.csv").write_text(PATIENTS)
    (tmp_path / "lymph_nodes.csv").write_text(LYMPH_NODES)
    play = Played(tmp_path, monkeypatch, capsys)
    play.on("2026-01-10")
    play.run("create", "--readers", "A,B", "--repeat", "A")
    play.run("import-clinical", "--patients", tmp_path / "patients.csv", "--lymph-nodes", tmp_path / "lymph_nodes.csv")
    for image, patient in (("CT1", "P1"), ("CT2", "P2")):
        play.run("import-ct", tmp_path / f"{image}.nrrd", "--patient", patient, "--image", image)
    return play


def finished(play):
    """Every reading made, the repeats after the washout."""
    for lymph_node in LESIONS:
        play.read(lymph_node, "A", 1)
        play.read(lymph_node, "B", 1)
    play.on("2026-02-09")
    for lymph_node in LESIONS:
        play.read(lymph_node, "A", 2)
    return play


def test_the_papers_study_from_contours_to_features(played):
    first = json.loads(played.run("worklist", "--reader", "A", "--round", 1, "--json"))["items"]
    assert {item["state"] for item in first} == {"available"}
    for lymph_node in LESIONS:
        played.read(lymph_node, "A", 1)
    waiting = json.loads(played.run("worklist", "--reader", "A", "--round", 2, "--json"))["items"]
    assert {(item["state"], item["available_on"]) for item in waiting} == {("waiting", "2026-02-09")}
    assert [item["lymph_node"] for item in waiting] != [item["lymph_node"] for item in first]

    repeat = ("--lymph-node", "LN1", "--reader", "A", "--round", 2)
    mask = played.folder / "LN1-A-2.nrrd"
    played.on("2026-02-08")
    played.run(
        "import-reading", mask, *repeat, refused="can be repeated from 2026-02-09, when the washout of 30 days is over"
    )
    played.on("2026-02-09")
    for lymph_node in LESIONS:
        played.read(lymph_node, "A", 2)

    played.run("unblind", refused="3 assigned reading(s) are not locked, the first is B-1 of 'LN1' (not made)")
    played.run("extract", refused="The features stay sealed until the study is unblinded")
    for lymph_node in ("LN1", "LN2"):
        played.read(lymph_node, "B", 1)
    missing = played.folder / "missing.csv"
    missing.write_text("lymph_node,reader,round,reason\nLN3,B,1,reader on leave\n")
    unblinded = json.loads(played.run("unblind", "--missing", missing, "--json"))
    assert unblinded["missing"] == {"LN3/B-1": "reader on leave"}

    assert "8 readings, 8 extracted now, 0 unreadable" in played.run("extract")
    assert "8 readings, 0 extracted now, 0 unreadable" in played.run("extract")
    with (played.study / "features" / "readings.csv").open(newline="", encoding="utf-8") as file:
        rows = {(row["lymph_node"], row["reader"], row["round"]): row for row in csv.DictReader(file)}
    assert len(rows) == 8
    assert rows["LN3", "A", "2"]["patient"] == "P2"
    main(
        [
            "features",
            str(played.folder / "CT1.nrrd"),
            str(played.folder / "LN1-A-1.nrrd"),
            "--output",
            str(played.folder / "f.csv"),
        ]
    )
    with (played.folder / "f.csv").open(newline="", encoding="utf-8") as file:
        (direct,) = csv.DictReader(file)
    assert {name: rows["LN1", "A", "1"][name] for name in FEATURES} == {name: direct[name] for name in FEATURES}

    verified = json.loads(played.run("verify", "--json"))
    assert verified["intact"]
    status = json.loads(played.run("status", "--json"))
    assert [(p["reader"], p["round"], p["locked"]) for p in status["progress"]] == [
        ("A", 1, 3),
        ("A", 2, 3),
        ("B", 1, 2),
    ]


def test_the_papers_study_on_real_ct(shared_data, tmp_path, monkeypatch, capsys):
    """Four real readers of one lesion, lymph nodes and a tumour from RTSTRUCT, in three patients."""
    lidc = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    lung = shared_data / "4dlung-ln-rtstruct"
    sarcoma = shared_data / "sts-ct-rtstruct" / "STS_019_CT"
    structures = next((sarcoma / "mask").glob("*.dcm"))
    images = {"CT1": lidc / "dicom", "CT2": lung / "dicom_ct", "CT3": sarcoma / "image"}
    masks = {
        ("LN1", "A", 1): [lidc / "mask_reader1.nrrd"],
        ("LN1", "A", 2): [lidc / "mask_reader2.nrrd"],
        ("LN1", "B", 1): [lidc / "mask_reader3.nrrd"],
        **{
            ("LN2", reader, n): [lung / "RTSTRUCT_1-1.dcm", "--segment", "LN_c40"]
            for reader, n in (("A", 1), ("A", 2), ("B", 1))
        },
        **{
            ("LN3", reader, n): [structures, "--segment", "GTV_Mass_CT"] for reader, n in (("A", 1), ("A", 2), ("B", 1))
        },
    }
    (tmp_path / "p.csv").write_text("patient\nP1\nP2\nP3\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\nLN2,P2,CT2\nLN3,P3,CT3\n")
    play = Played(tmp_path, monkeypatch, capsys)
    play.on("2026-01-10")
    play.run("create", "--readers", "A,B", "--repeat", "A")
    play.run("import-clinical", "--patients", tmp_path / "p.csv", "--lymph-nodes", tmp_path / "l.csv")
    for number, (image, source) in enumerate(images.items(), start=1):
        play.run("import-ct", source, "--patient", f"P{number}", "--image", image)
    for (lymph_node, reader, reading_round), mask in sorted(masks.items(), key=lambda item: item[0][2]):
        play.on("2026-01-10" if reading_round == 1 else "2026-02-09")
        key = ("--lymph-node", lymph_node, "--reader", reader, "--round", reading_round)
        play.run("import-reading", *mask, *key)
        play.run("lock", *key)
    play.run("unblind")
    assert "9 readings, 9 extracted now, 0 unreadable" in play.run("extract")
    assert json.loads(play.run("verify", "--json"))["intact"]
    with (play.study / "features" / "readings.csv").open(newline="", encoding="utf-8") as file:
        volumes = [
            float(row["original_shape_MeshVolume"]) for row in csv.DictReader(file) if row["lymph_node"] == "LN1"
        ]
    # Voxel volumes of readers 1 to 3 (README.txt of the data); a mesh is a little smaller.
    assert sorted(volumes) == pytest.approx(sorted([7298, 5702, 6124]), rel=0.03)


def test_an_unreadable_reading_is_reported_and_the_others_go_on(played):
    finished(played).run("unblind")
    (played.study / "readings" / "LN2" / "B-1.seg.nrrd").write_bytes(b"spoilt")
    code = main(["extract", str(played.study)])
    captured = played._capsys.readouterr()
    assert code == 0
    assert "9 readings, 9 extracted now, 1 unreadable" in captured.out
    assert (
        "LN2/B-1: The contour of reading B-1 of 'LN2' is not the one that was locked; run study verify" in captured.err
    )
    from pyarrow import parquet

    rows = parquet.read_table(played.study / "features" / "readings.parquet").to_pylist()
    failed = [row for row in rows if row["failure"]]
    assert [(row["lymph_node"], row["reader"]) for row in failed] == [("LN2", "B")]
    assert all(failed[0][name] is None for name in FEATURES)
    assert all(np.isfinite(row["original_shape_Sphericity"]) for row in rows if not row["failure"])


def tamper_voxel(play):
    path = play.study / "readings" / "LN1" / "A-1.seg.nrrd"
    image = sitk.ReadImage(path)
    index = tuple(int(i) for i in np.argwhere(sitk.GetArrayViewFromImage(image))[0][::-1])
    image[index] = 0
    sitk.WriteImage(image, path, useCompression=True)
    return "readings/LN1/A-1.seg.nrrd"


def tamper_outcome(play):
    path = play.study / "lymph_nodes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("26.5", "26.6"), encoding="utf-8")
    return "local_control_months"


def drop_last_line(play):
    path = sorted((play.study / "audit").glob("*.jsonl"))[-1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    return path.stem


def swap_two_lines(play):
    path = max((play.study / "audit").glob("*.jsonl"), key=lambda each: len(each.read_bytes().splitlines()))
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) > 1
    path.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    return path.stem


@pytest.mark.parametrize("tamper", [tamper_voxel, tamper_outcome, drop_last_line, swap_two_lines])
def test_what_was_tampered_with_is_named(played, tamper):
    finished(played).run("unblind")
    assert json.loads(played.run("verify", "--json"))["intact"]
    named = tamper(played)
    report = json.loads(played.run("verify", "--json", refused="is not as it was written"))
    assert not report["intact"]
    problems = [problem for problem in report["problems"] if problem["kind"] not in ("leftover", "note")]
    assert any(named in problem["where"] or named in problem["sentence"] for problem in problems)


def test_exclusions_are_counted_from_data(played):
    played.run("exclude", "--patient", "P2", "--reason", "not squamous")
    status = json.loads(played.run("status", "--json"))
    assert status["flow"]["enrolled_patients"] == 2
    assert status["flow"]["excluded_patients"] == {"not squamous": 1}
    assert (status["flow"]["analysed_patients"], status["flow"]["analysed_lymph_nodes"]) == (1, 2)
    assert {
        item["lymph_node"]
        for item in json.loads(played.run("worklist", "--reader", "B", "--round", 1, "--json"))["items"]
    } == {
        "LN1",
        "LN2",
    }
    said = played.run("exclude", "--patient", "P2", "--reason", "squamous after all", "--undo")
    assert said == "Taken in again: P2.\n"
    assert json.loads(played.run("status", "--json"))["flow"]["analysed_lymph_nodes"] == 3
    played.run("exclude", "--patient", "P2", "--reason", "x", "--undo", refused="is not excluded; nothing to decide")


def test_a_locked_reading_is_corrected_with_a_reason_and_both_are_kept(played):
    key = ("--lymph-node", "LN1", "--reader", "B", "--round", 1)
    mask = played.folder / "LN1-A-1.nrrd"
    played.run(
        "import-reading", mask, *key, "--correction", "x", refused="There is no locked reading B-1 of 'LN1' to correct"
    )
    played.read("LN1", "B", 1, lock=False)
    played.run(
        "import-reading", mask, *key, "--correction", "x", refused="There is no locked reading B-1 of 'LN1' to correct"
    )
    played.run("lock", *key)
    played.run(
        "import-reading",
        mask,
        *key,
        refused="which says why and keeps both, or at a terminal with study import-reading --corr",
    )
    played.run("lock", *key, refused="is locked and never changes")
    played.run("import-reading", mask, *key, "--correction", " ", refused="A reason is needed")
    said = played.run("import-reading", mask, *key, "--correction", "wrong lymph node")
    assert said == "The contour is the draft of reading B-1-c2 of 'LN1'; lock it with study lock.\n"
    worklist = json.loads(played.run("worklist", "--reader", "B", "--round", 1, "--json"))["items"]
    assert [item["state"] for item in worklist if item["lymph_node"] == "LN1"] == ["open"]
    # A second thought replaces the draft; the reason stands.
    played.run("import-reading", played.folder / "LN1-A-2.nrrd", *key)
    assert played.run("lock", *key).startswith("Locked reading B-1-c2 of 'LN1'.")
    readings = played.study / "readings" / "LN1"
    record = json.loads((readings / "B-1-c2.json").read_text())
    assert (record["replaces"], record["reason"]) == ("B-1", "wrong lymph node")
    assert (readings / "B-1.seg.nrrd").is_file()
    assert json.loads(played.run("verify", "--json"))["intact"]
    said = played.run("import-reading", mask, *key, "--correction", "again")
    assert "reading B-1-c3" in said
