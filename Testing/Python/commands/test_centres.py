"""One score at several centres, by the commands that a centre types."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.commands.centres import COMBINED_SCHEMA
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.modelling.fitting.case_table import case_table
from RLNResponseLib.modelling.fitting.development import Cases, develop
from RLNResponseLib.modelling.fitting.recipes import default_recipe
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.table_score import table_scores
from RLNResponseLib.modelling.validation.calibration import recalibrated
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.study.self_verifying import with_digest

NAMES = ("original_firstorder_Mean", "original_glcm_Contrast", "original_shape_Sphericity")
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "centres.md").read_text("utf-8")


def write_table(path, seed, sizes, prefix):
    """Patients with one or two lymph nodes at several centres that measure differently."""
    rng = np.random.default_rng(seed)
    rows = []
    for code, (site, count) in enumerate(sizes.items()):
        for number in range(count):
            for node in range(1 + int(rng.random() < 0.3)):
                own = rng.normal(size=3)
                responds = rng.random() < 1 / (1 + np.exp(-(1.4 * own[0] - own[2])))
                rows.append(
                    {
                        "patient": f"{prefix}{code}{number:03d}",
                        "lymph_node": f"{prefix}{code}{number:03d}-{node}",
                        "site": site,
                        "response": "yes" if responds else "no",
                        **dict(zip(NAMES, (10 + 0.5 * code + own).tolist(), strict=True)),
                    }
                )
    path.write_text(csv_text(tuple(rows[0]), rows, figures=True), "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A score harmonised over three centres, the frozen card of one of them, and the tables of three others."""
    folder = tmp_path_factory.mktemp("centres")
    write_table(folder / "training.csv", 1, {"Bern": 40, "Oslo": 45, "Pisa": 30}, "T")
    for seed, name in enumerate(("Rome", "Lyon", "Cork")):
        write_table(folder / f"{name}.csv", 10 + seed, {name: 90}, name)
    words = ["--outcome", "response", "--group", "patient", "--combat", "site", "--relax", "--resamples", "20"]
    card = folder / "score.json"
    fit = ["fit", str(folder / "training.csv"), *words, "--folds", "3", "--output", str(card), "--json"]
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(map(str, words))))
        assert main(fit) == 0
    assert json.loads(said[-1])["combat"]["column"] == "site"
    assert main(["centres", "freeze", str(card), "--centre", "Bern", "--output", str(folder / "frozen.json")]) == 0
    return folder


def export(folder, name, *more):
    words = ["--outcome", "response", "--group", "patient", "--centre", name, "--output", str(folder / f"{name}.json")]
    return main(["centres", "export", str(folder / "frozen.json"), str(folder / f"{name}.csv"), *words, *more])


def test_three_centres_tell_and_what_is_combined_is_what_their_tables_together_give(folder, tmp_path, capfd):
    files = [str(folder / f"{name}.json") for name in ("Rome", "Lyon", "Cork")]
    combined, figures = folder / "combined.json", tmp_path / "figures"
    more: list[str] = []
    for _ in range(10):
        for name in ("Rome", "Lyon", "Cork"):
            assert export(folder, name, *more) == 0
        capfd.readouterr()
        assert main(["centres", "combine", *files, "--output", str(combined), "--json"]) == 0
        said = json.loads(capfd.readouterr().out)
        if said["next_round"] is None:
            break
        more = ["--round", str(combined)]
    model = read_model_card(folder / "frozen.json")
    tables = [read_table(folder / f"{name}.csv") for name in ("Rome", "Lyon", "Cork")]
    scores = [table_scores(model, table) for table in tables]
    outcomes = [np.array([row["response"] == "yes" for row in table.rows]) for table in tables]
    pairs = [outcome.sum() * (~outcome).sum() for outcome in outcomes]
    within = sum(auc(*each) * count for *each, count in zip(scores, outcomes, pairs, strict=True)) / sum(pairs)
    assert said["auc_within_centres"]["value"] == pytest.approx(within, abs=1e-10)
    low, high = said["auc_all_pairs"]["between"]
    assert low <= auc(np.concatenate(scores), np.concatenate(outcomes)) <= high
    assert said["calibration"]["converged"]
    assert set(said["pooled"]) == {"auc", "slope", "intercept", "observed_over_expected"}

    assert main(["centres", "combine", *files, "--figures", str(figures)]) == 0
    text = capfd.readouterr().out
    assert "AUC within centres" in text
    assert "no row of a patient was seen" in text
    assert "Limits count patients, not lymph nodes" in text
    assert "Research use only, not a medical device." in text
    assert {path.name for path in figures.iterdir()} == {"centres.svg", "centres.pdf", "centres.png"}
    drawn = (figures / "centres.svg").read_text("utf-8")
    assert [name for name in ("Rome", "Lyon", "Cork") if name not in drawn] == []
    # The calibration is done: nothing more is told of it.
    assert export(folder, "Rome", *more, "--round", str(combined)) == 1
    assert capfd.readouterr().err.endswith("asks for no further round: its calibration is done.\n")


def test_a_frozen_card_is_validated_with_its_digest_its_ratio_and_its_sample_size_and_refused_when_altered(
    folder, tmp_path, capfd
):
    capfd.readouterr()
    words = [str(folder / "Rome.csv"), "--outcome", "response", "--group", "patient", "--model"]
    assert main(["validate", *words, str(folder / "frozen.json")]) == 0
    said = capfd.readouterr().out
    digest = read_model_card(folder / "frozen.json").frozen["sha256"]
    assert f"digest {digest[:16]}; it is unaltered." in said
    assert re.search(r"observed / expected \d\.\d\d \(", said)
    assert re.search(r"Sample size \(Riley et al\. 2021.*AUC to within 0\.05 takes \d+ lymph nodes", said)
    assert main(["validate", *words, str(folder / "frozen.json"), "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["frozen"]["sha256"] == digest
    assert answer["sample_size"]["needed"] > answer["n"]
    assert answer["calibration"]["observed_over_expected"]["value"] > 0

    altered = tmp_path / "frozen.json"
    altered.write_text((folder / "frozen.json").read_text("utf-8").replace('"title": "Score', '"title": "score', 1))
    for call in (
        ["validate", *words, str(altered)],
        ["centres", "freeze", str(altered), "--output", str(tmp_path / "f.json")],
    ):
        assert main(call) == 1
        assert "was altered after it was frozen" in capfd.readouterr().err
    assert not (tmp_path / "f.json").exists()


def test_an_updated_frozen_card_is_another_card_and_not_frozen(folder, tmp_path, capfd):
    words = [str(folder / "Rome.csv"), "--outcome", "response", "--group", "patient"]
    card = tmp_path / "rome.json"
    model = str(folder / "frozen.json")
    assert main(["validate", *words, "--model", model, "--update", "slope", "--output", str(card)]) == 0
    updated = read_model_card(card)
    assert not updated.frozen
    assert updated.updated["of"] == "score-Bern"
    capfd.readouterr()
    assert main(["centres", "export", str(card), words[0], *words[1:], "--centre", "Rome", "--output", "x.json"]) == 1
    assert "is not frozen" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"number": 2, "intercept": -400.0, "slope": 1000.0}, "is none that centres combine asks for"),
        ({"number": 2, "steepness": 1.0}, "does not say at which intercept and slope"),
        ([2, 0.0, 1.0], "does not say at which intercept and slope"),
    ],
)
def test_a_round_made_by_hand_is_answered_with_nothing(folder, tmp_path, capfd, asked, words):
    card = read_model_card(folder / "frozen.json").frozen["sha256"]
    file, told = tmp_path / "combined.json", tmp_path / "told.json"
    block = with_digest({"schema": COMBINED_SCHEMA, "card": {"id": "score", "sha256": card}, "next_round": asked})
    file.write_text(json.dumps(block), "utf-8")
    call = ["centres", "export", str(folder / "frozen.json"), str(folder / "Rome.csv"), "--outcome", "response"]
    assert main([*call, "--group", "patient", "--centre", "Rome", "--round", str(file), "--output", str(told)]) == 1
    assert words in capfd.readouterr().err
    assert not told.exists()


def test_patients_who_made_the_score_are_refused_at_their_centre_too(folder, capfd):
    (folder / "Home.csv").write_bytes((folder / "training.csv").read_bytes())
    assert export(folder, "Home") == 1
    assert "validation patients are also training patients" in capfd.readouterr().err
    assert not (folder / "Home.json").exists()


def test_without_patients_or_with_too_few_nothing_is_told(folder, capfd):
    words = ["centres", "export", str(folder / "frozen.json"), str(folder / "Rome.csv"), "--outcome", "response"]
    assert main([*words, "--centre", "Rome", "--output", str(folder / "no.json")]) == 1
    assert "The patients are not named (--group)" in capfd.readouterr().err
    lines = (folder / "Rome.csv").read_text("utf-8").splitlines()
    (folder / "Few.csv").write_text("\n".join(lines[:8]) + "\n", "utf-8")
    assert export(folder, "Few") == 1
    assert "and a summary takes 26 of 20" in capfd.readouterr().err
    assert not (folder / "no.json").exists()
    assert not (folder / "Few.json").exists()


def test_the_harmonised_card_is_for_its_own_centres_row_by_row_or_as_one_centres_card(folder, tmp_path, capfd):
    table, card = folder / "training.csv", folder / "score.json"
    model = read_model_card(card)
    own = tmp_path / "pisa.json"
    assert main(["centres", "freeze", str(card), "--centre", "Pisa", "--output", str(own)]) == 0
    rows = read_table(table)
    pisa = [number for number, row in enumerate(rows.rows) if row["site"] == "Pisa"]
    np.testing.assert_allclose(
        table_scores(read_model_card(own), rows)[pisa], table_scores(model, rows)[pisa], rtol=1e-10
    )
    capfd.readouterr()
    for words, sentence in (
        (["--centre", "Rome"], "has no parameters of 'Rome'"),
        (["--classes", "1", "0", "0.1"], "are not 1 to 1000 whole steps"),
        (["--classes", "-1", "1", "0.01"], "would tell scores of single lymph nodes"),
    ):
        assert main(["centres", "freeze", str(card), *words, "--output", str(tmp_path / "no.json")]) == 1
        assert sentence in capfd.readouterr().err
    assert (
        main(["centres", "freeze", "gu2021-response", "--centre", "Pisa", "--output", str(tmp_path / "no.json")]) == 1
    )
    assert "is not harmonised" in capfd.readouterr().err
    # A centre without parameters cannot be validated, and its lymph nodes are not scored as another's.
    others = ["validate", str(folder / "Rome.csv"), "--model", str(card), "--outcome", "response", "--group", "patient"]
    assert main(others) == 1
    assert "has no parameters of 'Rome'" in capfd.readouterr().err


def test_each_centre_is_left_out_once_and_the_figures_are_pooled(folder, tmp_path, capfd):
    capfd.readouterr()
    words = ["centres", "cross-validate", str(folder / "training.csv"), "--outcome", "response", "--group", "patient"]
    words += ["--relax", "--folds", "3"]
    assert main([*words, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert [each["centre"] for each in said["centres"]] == ["Bern", "Oslo", "Pisa"]
    total = len(read_table(folder / "training.csv").rows)
    assert all(each["trained_on"] + each["lymph_nodes"] == total for each in said["centres"])
    # By hand: made without Pisa, judged there.
    table = case_table(read_table(folder / "training.csv"), "response", "patient", None, {"site": "the centre"})
    here = np.array([row["site"] == "Pisa" for row in table.table.rows])
    others = Cases(
        features=table.features[~here],
        outcome=table.outcome[~here],
        patients=np.unique(table.patients[~here], return_inverse=True)[1],
    )
    made = develop(others, replace(default_recipe(len(here), 3), relax=True), seed=1)
    scores, outcome = made.score(table.features[here]), table.outcome[here]
    (pisa,) = (each for each in said["centres"] if each["centre"] == "Pisa")
    assert pisa["auc"]["value"] == pytest.approx(auc(scores, outcome), abs=1e-12)
    assert pisa["slope"]["value"] == pytest.approx(recalibrated(scores, outcome).coefficients[1], abs=1e-12)
    assert pisa["observed_over_expected"]["value"] == pytest.approx(outcome.sum() / (1 / (1 + np.exp(-scores))).sum())
    assert main([*words, "--figures", str(tmp_path / "figures")]) == 0
    text = capfd.readouterr().out
    assert "A new centre" not in text
    assert "a new centre's, 95%" in text
    assert (tmp_path / "figures" / "centres.png").is_file()


def test_a_patient_at_two_centres_and_a_centre_alone_are_refused(folder, tmp_path, capfd):
    words = ["--outcome", "response", "--group", "patient"]
    assert main(["centres", "cross-validate", str(folder / "Rome.csv"), *words]) == 1
    assert "All lymph nodes are of one centre" in capfd.readouterr().err
    lines = (folder / "training.csv").read_text("utf-8").splitlines()
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[1:], 1):
        patient = line.split(",")[0]
        if patient in seen:
            lines[number] = (
                line.replace("Bern", "Oslo").replace("Pisa", "Oslo")
                if "Oslo" not in line
                else line.replace("Oslo", "Bern")
            )
            break
        seen[patient] = number
    (tmp_path / "two.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert main(["centres", "cross-validate", str(tmp_path / "two.csv"), *words]) == 1
    assert "one patient is at two centres by the column site" in capfd.readouterr().err


def test_the_page_says_every_field_of_a_summary(folder):
    assert export(folder, "Lyon") == 0
    summary = json.loads((folder / "Lyon.json").read_text("utf-8"))
    table = PAGE.partition("## What is in a summary")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))) == set(summary)
