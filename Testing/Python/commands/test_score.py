"""`rlnresponse score` and `features` as a user calls them: a process, its output, its exit code."""

import csv
import json
import math
import subprocess
import sys

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.features.definitions import FEATURES

pytestmark = pytest.mark.long

# Issue 2: plain pyradiomics 3.1.4 at default settings, and the paper's formulas.
EXPECTED = {
    # A lung tumour, far outside the published groups: no group, no probability.
    "lung1": (6.812076388796549, None, 0.1765890140899744, None),
    "lung2": (1.0818197528310707, "responder", -1.191813702922758, "low"),
}


def run(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "RLNResponseLib", *map(str, arguments)], capture_output=True, text=True, env=env
    )


@pytest.mark.parametrize("case", EXPECTED)
def test_the_two_real_lesions(pyradiomics_data, case):
    call = run("score", pyradiomics_data / f"{case}_image.nrrd", pyradiomics_data / f"{case}_label.nrrd", "--json")
    assert (call.returncode, call.stderr) == (0, "")
    answer = json.loads(call.stdout)
    response, control = answer["scores"]
    score, group, control_score, control_group = EXPECTED[case]
    assert math.isclose(response["score"], score, rel_tol=1e-12)
    assert math.isclose(control["score"], control_score, rel_tol=1e-12)
    assert (response["model"], response["group"], response["cutoff"]) == ("gu2021-response", group, 0.961)
    assert (control["model"], control["group"], control["cutoff"]) == ("gu2021-local-control-2y", control_group, -1.015)
    for entry in (response, control):
        if entry["group"] is None:
            assert entry["probability"] is None
            assert entry["group_meaning"] is None
            assert "lies outside -1.03 to 3.57" in entry["withheld"]
        else:
            assert math.isclose(entry["probability"], 1 / (1 + math.exp(-entry["score"])), rel_tol=1e-12)
        assert math.isclose(entry["intercept"] + sum(entry["contributions"].values()), entry["score"], rel_tol=1e-12)
        assert "research use only" in entry["status"]
    assert (response["probability_of"], control["probability_of"]) == ("response", "local control")
    assert response["group_meaning"] is None
    assert control["group_meaning"] == {"high": "longer local control", "low": "shorter local control"}.get(
        control_group
    )
    assert set(answer["features"]) == set(FEATURES)
    assert {"engine", "simpleitk", "numpy"} <= set(answer["software"])
    assert all({"code", "severity", "message"} <= set(finding) for finding in answer["findings"])


def test_lung1_is_warned_about_for_its_interquartile_range(pyradiomics_data, capsys):
    files = [str(pyradiomics_data / f"lung1_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [
        f
        for f in findings
        if f["severity"] == "warning" and "interquartile" in f["message"].lower() and "198" in f["message"]
    ]


def test_the_text_says_what_a_reader_needs(pyradiomics_data, capsys):
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files]) == 0
    text = capsys.readouterr().out
    for part in (
        "1.082",
        "> 0.961",
        "responder",
        "derived",
        "-1.192",
        "> -1.015",
        "P(response) 0.75 (derived)",
        "low: shorter local control   P(local control) 0.23 (derived)",
        "original_glcm_InverseVariance",
    ):
        assert part in text
    assert "Research use only, not a medical device." in text
    assert "replication of a published formula" in text.lower()


def test_three_lymph_nodes_in_one_roi(shared_data, capsys):
    folder = shared_data / "4dlung-ln-rtstruct"
    arguments = ["score", str(folder / "dicom_ct"), str(folder / "RTSTRUCT_1-1.dcm"), "--segment", "LN_c40", "--json"]
    assert main(arguments) == 0
    whole = json.loads(capsys.readouterr().out)
    assert "several-components" in {finding["code"] for finding in whole["findings"]}
    assert main([*arguments, "--components"]) == 0
    parts = json.loads(capsys.readouterr().out)
    # Measured by whoever made the data: 2589, 2231 and 1585 mm³, together 6406 (README.txt of the folder).
    assert [part["volume_mm3"] for part in parts] == pytest.approx([2589, 2231, 1585], abs=1)
    assert whole["volume_mm3"] == pytest.approx(6406, abs=1)
    assert math.isclose(sum(part["volume_mm3"] for part in parts), whole["volume_mm3"], rel_tol=1e-12)
    assert "several-components" not in {finding["code"] for part in parts for finding in part["findings"]}
    assert len({part["scores"][0]["score"] for part in parts}) == 3


def test_one_model_of_ones_own(pyradiomics_data, tmp_path, capsys):
    from RLNResponseLib.common.software import resources_folder

    card = json.loads((resources_folder() / "models" / "gu2021-local-control-2y.json").read_text(encoding="utf-8"))
    card["id"], card["cutoff"]["value"] = "stricter", 5
    path = tmp_path / "stricter.json"
    path.write_text(json.dumps(card))
    files = [str(pyradiomics_data / f"lung1_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, "--model", str(path), "gu2021-local-control-2y", "--json"]) == 0
    own, published = json.loads(capsys.readouterr().out)["scores"]
    assert own["score"] == published["score"]
    assert (own["group"], published["group"]) == ("low", "high")


KNOWN = {"brier": 0.2, "scaled_brier": -0.021, "calibration_slope": 8.45}
UPDATED = {"id": "own", "method": "slope", "of": "b", "lymph_nodes": 9, "events": 4, "patients": [], "rows": []}
FIT_BLOCK = {
    "outcome_column": "y", "group_column": "p", "lymph_nodes": 40, "events": 20, "candidates": 9, "kept_by_icc": 9,
    "icc_rule": None, "rule": "1se", "lambda": 0.1, "kkt_residual": 0.0, "folds": 10, "folds_by": "patient",
    "repeats": 5, "seed": 1, "apparent": {"auc": 0.7, "lower": 0.6, "upper": 0.8, "interval": "DeLong"},
    "corrected": {"auc": 0.6, "lower": 0.5, "upper": 0.7, "interval": "x"}, "volume_column": None,
    "larger_volume_means_event": None, "patients": [], "icc_patients": [], "rows": [], "warnings": [],
    "software": {"rlnresponse": "0", "numpy": "0"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ({"development": FIT_BLOCK | {"probabilities": KNOWN}}, ["carries nothing", "slope 8.4"]),
        ({"development": FIT_BLOCK | {"probabilities": KNOWN}, "updated": UPDATED}, ["was updated"]),
        (
            {"development": FIT_BLOCK | {"probabilities": KNOWN | {"scaled_brier": 0.2, "calibration_slope": 1.2}}},
            [],
        ),
    ],
)
def test_what_a_card_knows_against_its_probability_stands_beside_it(pyradiomics_data, tmp_path, capsys, blocks, words):
    from RLNResponseLib.common.software import resources_folder

    card = json.loads((resources_folder() / "models" / "gu2021-response.json").read_text(encoding="utf-8"))
    path = tmp_path / "own.json"
    path.write_text(json.dumps(card | {"id": "own", **blocks}))
    call = ["score", *(str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label"))]
    assert main([*call, "--model", str(path)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert main([*call, "--model", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["scores"][0]["probability_warnings"]
    assert len(said) == len(words)
    for sentence, expected in zip(said, words, strict=True):
        assert expected in sentence
        assert sentence in text


@pytest.mark.parametrize("options", [["--model", "A", "B"], ["--model", "A", "--model", "B"]])
def test_models_named_together_or_one_by_one_are_all_scored(pyradiomics_data, capsys, options):
    names = {"A": "gu2021-local-control-2y", "B": "gu2021-response"}
    files = [pyradiomics_data / "lung2_image.nrrd", pyradiomics_data / "lung2_label.nrrd"]
    assert main(["score", *map(str, files), *(names.get(word, word) for word in options), "--json"]) == 0
    assert [score["model"] for score in json.loads(capsys.readouterr().out)["scores"]] == list(names.values())


def test_features_as_csv_keep_every_digit(pyradiomics_data, tmp_path, capsys):
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    output = tmp_path / "features.csv"
    assert main(["features", *files, "--output", str(output)]) == 0
    assert str(output) in capsys.readouterr().out
    assert main(["features", *files, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    with output.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert {name: float(row[name]) for name in FEATURES} == answer["features"]
    assert row["engine"] == answer["software"]["engine"]
    assert [path.name for path in tmp_path.iterdir()] == ["features.csv"]


@pytest.mark.parametrize(
    "arguments", [[], ["score"], ["score", "a.nrrd"], ["nonsense"], ["score", "a", "b", "--json=1"]]
)
def test_a_wrong_call_exits_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: rlnresponse" in said.err
    assert "Traceback" not in said.err


def test_a_process_that_was_called_wrongly_exits_2():
    call = run("score", "a.nrrd")
    assert (call.returncode, call.stdout) == (2, "")
    assert "usage: rlnresponse" in call.stderr
    assert "Traceback" not in call.stderr


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_say_research_use_only(argument, capsys):
    with pytest.raises(SystemExit) as end:
        main([argument])
    assert end.value.code == 0
    assert "Research use only, not a medical device." in " ".join(capsys.readouterr().out.split())


def test_a_reader_of_the_pipe_that_leaves_is_no_error(pyradiomics_data):
    import shlex

    files = " ".join(shlex.quote(str(pyradiomics_data / f"lung1_{part}.nrrd")) for part in ("image", "label"))
    command = f"{shlex.quote(sys.executable)} -m RLNResponseLib features {files} | head -n 1"
    call = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert "Traceback" not in call.stderr
    assert "BrokenPipe" not in call.stderr


def test_an_error_of_our_own_is_one_sentence_too(monkeypatch, capsys):
    from RLNResponseLib.commands import score

    def broken(_names):
        raise ZeroDivisionError

    monkeypatch.setattr(score, "find_models", broken)
    assert main(["score", "a.nrrd", "b.nrrd"]) == 1
    assert "RLNRESPONSE_DEBUG=1" in capsys.readouterr().err
    monkeypatch.setenv("RLNRESPONSE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["score", "a.nrrd", "b.nrrd"])


def test_uncertainty_on_the_command_line(pyradiomics_data, capsys):
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    answers = []
    for _ in range(2):
        assert main(["score", *files, "--uncertainty", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    for entry in answers[0]["scores"]:
        told = entry["uncertainty"]
        assert set(told) == {"lower", "upper", "level", "n", "sd_mm", "p_other_group"}
        assert (told["level"], told["n"], told["sd_mm"]) == (0.95, 30, 0.5)
        assert told["lower"] < told["upper"]
        assert 0 <= told["p_other_group"] <= 1
    assert main(["score", *files, "--uncertainty", "--seed", "1", "--sd-mm", "0.5", "--second-reader", files[1]]) == 0
    text = capsys.readouterr().out
    assert "boundary 0.5 mm SD" in text
    said = " ".join(text.split())
    assert "a second reader 0.71 mm away (assumed) would change the group in" in said
    assert "0.5 mm is an assumption, what the simulated cohort's two readers have" in said
    assert "of other simulated readers, 0.93 mm apart, it held 82%" in said
    assert "the second reader's contour: 1.082, responder" in text
    assert main(["score", *files, "--uncertainty", "--sd-mm", "0.7"]) == 0
    measured = " ".join(capsys.readouterr().out.split())
    assert "a second reader 0.99 mm away would change the group in" in measured
    assert "for readers as far apart as that, and no others" in measured
    assert "assum" not in measured.split("30 redrawn contours", 1)[1].split(";")[0]
    assert "it cannot tell whether this lymph node is like those" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--uncertainty", "--sd-mm", "nan"], "Contours cannot be moved by nan mm"),
        (["--uncertainty", "--seed", "-1"], "a seed from 0"),
        (["--components", "--second-reader", "nowhere.nrrd"], "leave out --components"),
        (["--second-reader", "nowhere.nrrd"], "nowhere.nrrd"),
    ],
)
def test_uncertainty_that_cannot_be_computed(pyradiomics_data, capsys, arguments, sentence):
    files = [str(pyradiomics_data / f"lung1_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_what_would_change_the_group_in_words_json_and_a_picture(pyradiomics_data, tmp_path, capsys):
    """lung2: the change that is named, made on the file by hand, has the other group. lung1: withheld, so no word."""
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    picture = tmp_path / "boundary.png"
    assert main(["score", *files, "--what-would-change", "--json", "--picture", str(picture)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert picture.read_bytes().startswith(b"\x89PNG")
    for score in answer["scores"]:
        found = score["what_would_change"]
        assert found["smallest"]["group"] != score["group"]
        assert found["smallest"]["volume_mm3"] == pytest.approx(found["smallest"]["voxels"] * 0.6269531**2 * 5)
        assert len(found["boundary"]) == 14
    files = [str(pyradiomics_data / f"lung1_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, "--what-would-change"]) == 0
    assert capsys.readouterr().out.count("its group is withheld, so nothing is said of what would change it") == 2


def test_what_would_change_is_of_one_contour(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["score", "ct.nrrd", "mask.nrrd", "--components", "--what-would-change"])
    assert ended.value.code == 2
    assert "name one with --component" in capsys.readouterr().err
