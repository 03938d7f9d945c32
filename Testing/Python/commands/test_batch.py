"""`score --batch` and `features --batch`: the single command's values, whatever the processes; one refusal stops no
other; nnU-Net's folders. And `score --picture`."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.analysis import batch
from RLNResponseLib.analysis.batch import FeatureTask, run_batch
from RLNResponseLib.analysis.batch_cases import BatchCase, cases_of_folder
from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError

SIZE = (14, 40, 40)
SPACING = (0.8, 0.8, 2.5)


def write_ct(path, seed):
    image = sitk.GetImageFromArray(np.random.default_rng(seed).normal(60, 25, SIZE).astype(np.int16))
    image.SetSpacing(SPACING)
    sitk.WriteImage(image, str(path))


def write_labels(path, *numbers):
    """A label map with a box of 6 × 12 × 12 voxels for each number, side by side."""
    labels = np.zeros(SIZE, np.uint8)
    for place, number in enumerate(numbers):
        labels[4:10, 10:22, 3 + 12 * place : 14 + 12 * place] = number
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(SPACING)
    sitk.WriteImage(image, str(path))


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Three CT with a contour each, and a mask of two labels."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "ct").mkdir()
    for number in (1, 2, 3):
        write_ct(folder / "ct" / f"{number}.nrrd", number)
        write_labels(folder / f"{number}.nii.gz", 1)
    write_labels(folder / "two.nrrd", 4, 7)
    (folder / "cases.csv").write_text(
        "case;image;mask;segment\na;ct/1.nrrd;1.nii.gz;\nb;ct/2.nrrd;gone.nii.gz;\n001;ct/2.nrrd;two.nrrd;7.0\n"
        "d;ct\\3.nrrd;3.nii.gz;\ne;ct/1.nrrd;two.nrrd;\nf;;3.nii.gz;\n"
    )
    return folder


def run(capsys, *words):
    capsys.readouterr()
    code = main(list(map(str, words)))
    captured = capsys.readouterr()
    return code, captured.out, captured.err.splitlines()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_scores_are_those_of_the_single_command_and_refusals_stand_in_the_table(scans, capsys):
    code, out, err = run(capsys, "score", "--batch", scans / "cases.csv", "--workers", 1)
    rows = {row["case"]: row for row in rows_of(out)}
    assert code == 1
    assert list(rows) == ["a", "b", "001", "d", "e", "f"]
    for case, ct, mask, more in (("a", 1, "1.nii.gz", ()), ("001", 2, "two.nrrd", ("--segment", "7"))):
        _, single, _ = run(capsys, "score", scans / "ct" / f"{ct}.nrrd", scans / mask, *more, "--json")
        answer = json.loads(single)
        for score in answer["scores"]:
            row = rows[case]
            assert float(row[score["model"]]) == score["score"]
            assert row[f"{score['model']}_group"] == (score["group"] or "")
            assert row[f"{score['model']}_withheld"] == (score["withheld"] or "")
        assert rows[case]["segment"] == answer["segment"]
        assert rows[case]["refused"] == ""
        warned = "; ".join(f["message"] for f in answer["findings"] if f["severity"] == "warning")
        assert rows[case]["warnings"] == warned
    assert "gone.nii.gz" in rows["b"]["refused"]
    assert rows["b"]["gu2021-response"] == ""
    assert "name one of them with the column segment" in rows["e"]["refused"]
    assert rows["f"]["refused"] == "The column image is empty; fill it, or leave the row out."
    assert [line.split(": ")[0] for line in err[:3]] == [f"cases.csv, row {row}" for row in (3, 6, 7)]
    assert err[3:] == [
        "3 scored, 3 refused.",
        "3 of 6 contours refused, for the reasons above, which the column refused holds too.",
    ]


def test_the_features_are_those_of_the_single_command_with_the_file_s_settings(scans, tmp_path, capsys):
    (tmp_path / "p.json").write_text('{"setting": {"binWidth": 10}, "featureClass": {"glcm": ["Contrast", "Id"]}}')
    settings = ("--settings", tmp_path / "p.json")
    single, table = tmp_path / "one.csv", tmp_path / "all.csv"
    assert run(capsys, "features", scans / "ct" / "1.nrrd", scans / "1.nii.gz", *settings, "--output", single)[0] == 0
    code, out, _ = run(capsys, "features", "--batch", scans / "cases.csv", *settings, "--workers", 1, "--output", table)
    assert (code, out) == (1, f"Wrote {table}: 3 extracted, 3 refused.\n")
    (one,), row = rows_of(single.read_text()), rows_of(table.read_text())[0]
    assert {name: row[name] for name in one} == one
    assert [name for name in one if name.startswith("original")] == ["original_glcm_Contrast", "original_glcm_Id"]
    _, out, _ = run(capsys, "features", scans / "ct" / "1.nrrd", scans / "1.nii.gz", "--json")
    assert one["original_glcm_Contrast"] != str(json.loads(out)["features"]["original_glcm_Contrast"])


def test_the_table_has_the_same_bytes_whatever_the_number_of_processes(scans, tmp_path, capsys):
    pytest.importorskip("loky")
    tables = []
    for workers in (1, 3):
        tables.append(tmp_path / f"{workers}.csv")
        words = ("--workers", workers, "--output", tables[-1])
        assert run(capsys, "features", "--batch", scans / "cases.csv", *words)[0] == 1
    assert tables[0].read_bytes() == tables[1].read_bytes()


def test_the_interval_of_each_score_is_that_of_the_single_command(scans, tmp_path, capsys):
    (scans / "one.csv").write_text("case,image,mask\na,ct/1.nrrd,1.nii.gz\n")
    words = ("--uncertainty", "--sd-mm", "0.8", "--model", "gu2021-response")
    _, out, _ = run(capsys, "score", "--batch", scans / "one.csv", *words, "--workers", 1)
    (row,) = rows_of(out)
    _, single, _ = run(capsys, "score", scans / "ct" / "1.nrrd", scans / "1.nii.gz", *words, "--json")
    interval = json.loads(single)["scores"][0]["uncertainty"]
    assert [float(row[f"gu2021-response_{side}"]) for side in ("lower", "upper")] == [
        interval["lower"],
        interval["upper"],
    ]


def test_json_is_one_object_and_nothing_else(scans, capsys):
    _, out, _ = run(capsys, "features", "--batch", scans / "cases.csv", "--workers", 1, "--json")
    rows = json.loads(out)["rows"]
    assert [row["case"] for row in rows] == ["a", "b", "001", "d", "e", "f"]
    assert rows[1]["original_glcm_Id"] is None


def nnunet(folder, dataset, images, labels):
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True)
    for seed, name in enumerate(images):
        write_ct(folder / "imagesTr" / name, seed)
    for name, numbers in labels.items():
        write_labels(folder / "labelsTr" / name, *numbers)
    if dataset is not None:
        (folder / "dataset.json").write_text(json.dumps(dataset))
    return folder


@pytest.mark.parametrize(
    ("dataset", "names"),
    [
        (None, ["label 1", "label 2"]),
        ({"labels": {"background": 0, "LN": 1, "vessel": 2}, "channel_names": {"0": "CT"}}, ["LN", "vessel"]),
        ({"labels": {"0": "background", "1": "LN", "2": "vessel"}, "modality": {"0": "CT"}}, ["LN", "vessel"]),
        ({"labels": {"background": 0, "LN": 1, "ignore": 2}, "file_ending": ".nii.gz"}, ["LN"]),
        ({"labels": {"background": 0, "LN": 1}}, ["LN", "label 2"]),
    ],
)
def test_nnunet_folders_give_a_row_for_each_label_by_its_name(tmp_path, capsys, dataset, names):
    folder = nnunet(tmp_path / "D", dataset, ["n_1_0000.nii.gz"], {"n_1.nii.gz": (1, 2)})
    code, out, err = run(capsys, "score", "--batch", folder, "--workers", 1)
    rows = rows_of(out)
    assert (code, err) == (0, [f"{len(names)} scored, 0 refused."])
    assert [(row["case"], row["segment"]) for row in rows] == [("n_1", name) for name in names]
    assert (rows[0]["image"], rows[0]["mask"]) == ("imagesTr/n_1_0000.nii.gz", "labelsTr/n_1.nii.gz")
    words = (folder / "imagesTr" / "n_1_0000.nii.gz", folder / "labelsTr" / "n_1.nii.gz", "--segment", "1", "--json")
    single = json.loads(run(capsys, "score", *words)[1])
    assert float(rows[0]["gu2021-response"]) == single["scores"][0]["score"]


def test_incomplete_cases_of_nnunet_are_rows_with_their_reason(tmp_path, capsys):
    images = ["a_0000.nii.gz", "b_0000.nii.gz", "d_0000.nii.gz", "d_0001.nii.gz", "._a_0000.nii.gz", "stray.nii.gz"]
    folder = nnunet(tmp_path / "D", None, images, {"a.nii.gz": (), "c.nii.gz": (1,), "d.nii.gz": (1,)})
    code, out, err = run(capsys, "features", "--batch", folder, "--workers", 1)
    assert code == 1
    assert err[0] == "note: imagesTr/stray.nii.gz is no image of nnU-Net (<case>_0000) and was left out."
    refused = {row["case"]: row["refused"] for row in rows_of(out)}
    assert list(refused) == ["a", "b", "c", "d"]
    assert "a.nii.gz" in refused["a"]
    assert "no labels for the case in labelsTr" in refused["b"]
    assert "There is no image c_0000 in imagesTr" in refused["c"]
    assert "has 2 channels" in refused["d"]


def test_the_ct_among_channels_is_the_one_that_the_dataset_names(tmp_path):
    dataset = {"labels": {"background": 0, "LN": 1}, "channel_names": {"0": "PET", "1": "CT"}}
    folder = nnunet(tmp_path / "D", dataset, ["a_0000.nii.gz", "a_0001.nii.gz"], {"a.nii.gz": (1,)})
    (case,), notes = cases_of_folder(folder)
    assert (case.image.name, notes) == ("a_0001.nii.gz", ())
    (folder / "dataset.json").write_text('{"labels": {}, "channel_names": {"0": "T2"}}')
    (folder / "imagesTr" / "a_0001.nii.gz").unlink()
    assert "calls the only channel 'T2'" in cases_of_folder(folder)[1][0]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"labels": {"LN": "one"}}', '{"labels": {"whole": [1, 2]}}', '{"file_ending": 3}', "[" * 9999]
)
def test_a_dataset_json_of_another_form_is_refused(tmp_path, text):
    folder = nnunet(tmp_path / "D", None, ["a_0000.nii.gz"], {"a.nii.gz": (1,)})
    (folder / "dataset.json").write_text(text)
    with pytest.raises(DataRefusedError) as caught:
        cases_of_folder(folder)
    assert caught.value.code == "bad-dataset"


def test_a_folder_without_cases_says_what_is_looked_for(tmp_path, capsys):
    code, out, err = run(capsys, "score", "--batch", tmp_path)
    assert (code, out) == (1, "")
    assert "holds no cases of nnU-Net" in err[0]


def test_wrong_calls_end_with_2(scans):
    one = [scans / "ct" / "1.nrrd", scans / "1.nii.gz"]
    for words in (
        ["score"],
        ["score", one[0]],
        ["score", *one, "--batch", scans / "cases.csv"],
        ["score", "--batch", scans / "cases.csv", "--segment", "1"],
        ["score", "--batch", scans / "cases.csv", "--components"],
        ["score", "--batch", scans / "cases.csv", "--picture", "p.png"],
        ["score", "--batch", scans / "cases.csv", "--workers", "0"],
        ["score", "--batch", scans, "--sheet", "x"],
        ["score", *one, "--workers", "2"],
        ["score", *one, "--output", "x.csv"],
        ["score", *one, "--components", "--picture", "p.png"],
        ["features", "--batch", scans / "cases.csv", "--check"],
        ["features", *one, "--sheet", "x"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, words)))
        assert ended.value.code == 2, words


def test_an_image_and_a_mask_may_stand_on_both_sides_of_an_option(scans, capsys):
    assert run(capsys, "score", scans / "ct" / "1.nrrd", "--segment", "4", scans / "two.nrrd")[0] == 0


def test_two_models_of_one_id_have_no_columns_of_their_own(scans, capsys):
    words = ("--model", "gu2021-response", "gu2021-response")
    code, out, err = run(capsys, "score", "--batch", scans / "cases.csv", *words)
    assert (code, out) == (1, "")
    assert "have the id 'gu2021-response'" in err[0]


class _Deadly(FeatureTask):
    """Ends the process that unpacks it."""

    def __reduce__(self):
        return os._exit, (9,)


def test_a_ct_that_kills_its_process_is_a_row_with_the_reason(scans, monkeypatch):
    pytest.importorskip("loky")
    cases = [
        BatchCase(where=f"row {n}", name=str(n), image=scans / "ct" / f"{n}.nrrd", mask=scans / f"{n}.nii.gz")
        for n in (1, 2)
    ]
    jobs = batch._jobs(cases, FeatureTask())
    monkeypatch.setattr(batch, "_jobs", lambda *_: [batch._Job(_Deadly(), jobs[0].cases), jobs[1]])
    first, second = run_batch(cases, FeatureTask(), workers=2).rows
    assert first.refusal.code == "process-killed"
    assert second.refusal is None


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_batch_leaves_no_file_and_no_process(scans, tmp_path, sign):
    words = ["features", "--batch", scans / "cases.csv", "--workers", "2", "--output", tmp_path / "t.csv"]
    command = [sys.executable, "-m", "RLNResponseLib", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RLNRESPONSE_PROGRESS": "lines"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True, start_new_session=True)
    assert process.stderr.readline() == "progress: 0 of 6\n"
    os.killpg(process.pid, sign) if sign == signal.SIGINT else process.send_signal(sign)
    said = process.stderr.read()
    process.wait(timeout=20)
    process.stderr.close()
    assert process.returncode == 1
    assert said.splitlines()[-1] == "Stopped; nothing was left half-written."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_picture_is_drawn_of_one_s_own_patient(scans, tmp_path, capsys, suffix, start):
    pytest.importorskip("matplotlib")
    file = tmp_path / f"p{suffix}"
    words = ("score", scans / "ct" / "1.nrrd", scans / "two.nrrd", "--segment", "7", "--picture", file)
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, [])
    assert out.endswith(f"Wrote {file}\n")
    content = file.read_bytes()
    assert content.startswith(start)
    if suffix == ".pdf":
        assert run(capsys, *words)[0] == 0
        assert file.read_bytes() == content


def test_a_picture_that_cannot_be_is_refused_before_anything_is_read(tmp_path, capsys):
    for name, said in (("p.jpg", "written as .png, .svg or .pdf"), ("absent/p.png", "there is no folder absent")):
        code, out, err = run(capsys, "score", "no-image", "no-mask", "--picture", tmp_path / name)
        assert (code, out) == (1, "")
        assert said in err[0]
