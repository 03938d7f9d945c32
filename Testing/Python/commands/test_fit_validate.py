"""`rlnresponse fit` and `validate` as a statistician calls them, against R's glmnet and pROC."""

import csv
import io
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.commands import fit as fit_command

pytestmark = pytest.mark.long

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
QUICK = ("--resamples", "20")
# Three folds take a third of the time of the ten by default, which test_what_is_called_published… holds.
FEW_FOLDS = ("--folds", "3")
# Their names are no feature's: they are asked for.
ABC = ("--features", "original_shape_MeshVolume", "a", "b", "c")


def call(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Training and validation tables of simulated lymph nodes: one strong feature, the volume without meaning."""
    folder = tmp_path_factory.mktemp("cohort")
    rng = np.random.default_rng(7)
    for name, first, patients in (("training", 0, 60), ("validation", 500, 30)):
        rows = []
        for patient in range(first, first + patients):
            for _ in range(1 + patient % 2):
                outcome = rng.random() < 0.6
                values = rng.normal(size=4) + np.array([1.6 * outcome, 0, 0, 0])
                rows.append(
                    [f"P{patient}", "yes" if outcome else "no", 2000 + 300 * values[3], *values[:3], "free text"]
                )
        write(folder / f"{name}.csv", ["patient", "response", "original_shape_MeshVolume", "a", "b", "c", "note"], rows)
    return folder


def write(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def of_cohort(cohort, card, *more):
    return (
        "fit", cohort / "training.csv", "--outcome", "response", "--group", "patient",
        "--output", card, "--json", *QUICK, *(() if "--features" in more else ABC),
        *(() if "--folds" in more else FEW_FOLDS), *more,
    )  # fmt: skip


def fitted(cohort, tmp_path, capsys, *more):
    code, out, err = call(capsys, *of_cohort(cohort, tmp_path / "score.json", *more))
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture(scope="module")
def made_once(cohort, tmp_path_factory):
    """What `fitted` gives of the cohort, and the card."""
    folder = tmp_path_factory.mktemp("made_once")
    with pytest.MonkeyPatch.context() as patch:
        printed = io.StringIO()
        patch.setattr(sys, "stdout", printed)
        code = main([str(each) for each in of_cohort(cohort, folder / "score.json")])
    assert code == 0
    return json.loads(printed.getvalue()), folder / "score.json"


@pytest.fixture
def score(made_once, tmp_path):
    """The figures of the cohort's score, whose card lies in the test's own folder as score.json."""
    found, card = made_once
    shutil.copy(card, tmp_path / "score.json")
    return found


def test_a_fitted_card_calls_its_groups_by_the_cutoff_and_names_its_event(score, tmp_path):
    card = json.loads((tmp_path / "score.json").read_text())
    assert (card["cutoff"]["group_when_true"], card["cutoff"]["group_when_false"]) == (
        "above the cutoff",
        "below the cutoff",
    )
    assert card["event"] == "response"


def test_equals_cv_glmnet_with_the_same_folds(capsys, tmp_path):
    figures = json.loads((ORACLE / "figures" / "cv_paper_size.json").read_text())
    with (ORACLE / "tables" / "paper_size.csv").open() as file:
        header, *rows = csv.reader(file)
    write(tmp_path / "t.csv", ["patient", *header], [[f"P{number}", *row] for number, row in enumerate(rows)])
    code, out, err = call(
        capsys, "fit", tmp_path / "t.csv", "--outcome", "outcome", "--group", "patient", "--foldid", "foldid",
        "--features", *(name for name in header if name not in ("outcome", "foldid")),
        "--output", tmp_path / "m.json", "--json", *QUICK,
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = json.loads(out)
    for ours, theirs in (("auc", "auc"), ("se", "se"), ("lambda", "lambda")):
        assert found["cv"][ours] == pytest.approx(figures[theirs], rel=1e-10, abs=1e-10)
    assert found["lambda_min"] == pytest.approx(figures["lambda_min"], rel=1e-10)
    assert found["lambda_1se"] == pytest.approx(figures["lambda_1se"], rel=1e-10)
    assert found["kkt_residual"] <= 1e-10
    path = json.loads((ORACLE / "figures" / "path_paper_size.json").read_text())
    at = int(np.argmin(np.abs(np.array(path["lambda"]) - figures["lambda_1se"])))
    expected = np.zeros(len(header) - 2)
    steps, features, values = (np.array(path[name]) for name in ("step", "feature", "value"))
    expected[features[steps == at]] = values[steps == at]
    names = [name for name in header if name not in ("outcome", "foldid")]
    ours = [found["coefficients"].get(name, 0.0) for name in names]
    assert ours == pytest.approx(expected.tolist(), abs=1e-8)


def test_apparent_corrected_and_card(score, cohort, tmp_path, capsys):
    found = score
    assert set(found["coefficients"]) >= {"a"}
    assert "note" not in found["selection_frequency"]
    assert found["selection_frequency"]["a"] == 1
    for kind in ("apparent", "corrected"):
        assert found[kind]["lower"] < found[kind]["auc"] < found[kind]["upper"]
    ends = sorted([found["apparent"]["auc"], found["corrected"]["out_of_bag"]])
    assert ends[0] < found["corrected"]["auc"] < ends[1]
    assert found["as_published"]["apparent"]["auc"] > 0.5
    assert found == fitted(cohort, tmp_path, capsys), "the same seed gives the same figures"
    card = json.loads((tmp_path / "score.json").read_text())
    assert "research use only" in card["status"]
    assert card["formula"]["coefficients"] == found["coefficients"]
    assert card["cutoff"]["value"] == found["cutoff"]
    assert "P1" not in json.dumps(card["development"]["patients"])


def test_validation_on_other_patients(score, cohort, tmp_path, capsys):
    found = score
    arguments = ("validate", cohort / "validation.csv", "--model", tmp_path / "score.json", "--outcome", "response")
    code, out, err = call(capsys, *arguments, "--group", "patient", "--json", "--figures", tmp_path / "figures")
    assert (code, err) == (0, "")
    judged = json.loads(out)
    with (cohort / "validation.csv").open() as file:
        rows = list(csv.DictReader(file))
    values = np.array(
        [
            found["intercept"] + sum(value * float(row[name]) for name, value in found["coefficients"].items())
            for row in rows
        ]
    )
    responds = np.array([row["response"] == "yes" for row in rows])
    above, below = values[responds][:, None], values[~responds]
    wins = np.mean((above > below) + 0.5 * (above == below))
    assert judged["auc"]["auc"] == pytest.approx(wins, abs=1e-12)
    assert judged["sensitivity"]["count"] == int((values[responds] > found["cutoff"]).sum())
    assert judged["apparent"]["auc"] == found["apparent"]["auc"]
    assert judged["corrected"]["auc"] == found["corrected"]["auc"]
    assert judged["volume_alone"] is not None
    assert {file.name for file in (tmp_path / "figures").iterdir()} == {
        "validation.svg",
        "validation.pdf",
        "validation.png",
        f"validation-{judged['model']}.json",
        f"validation-{judged['model']}.plots.json",
    }
    from RLNResponseLib.analysis.plots import read_plots

    roc, calibration, *_others = read_plots(tmp_path / "figures" / f"validation-{judged['model']}.plots.json")
    curve = next(line for line in roc.lines if line.name.startswith("AUC"))
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(wins, abs=1e-12), "the area under what is drawn is the AUC"
    observed = next(line for line in calibration.lines if line.name == "observed")
    assert observed.y.tolist() == judged["calibration"]["observed"]
    code, out, _ = call(capsys, *arguments, "--group", "patient", "--against", tmp_path / "score.json", "--json")
    assert json.loads(out)["against"]["difference"]["value"] == 0


def test_the_text_has_all_three_figures_together(score, cohort, tmp_path, capsys):
    code, out, _ = call(
        capsys, "validate", cohort / "validation.csv", "--model", tmp_path / "score.json", "--outcome", "response",
        "--group", "patient",
    )  # fmt: skip
    assert code == 0
    assert out.index("apparent AUC") < out.index("corrected AUC") < out.index("validation AUC")
    assert "Research use only, not a medical device." in out


def test_a_patient_on_both_sides_stops_and_an_override_is_printed(score, cohort, tmp_path, capsys):
    arguments = (
        "validate",
        cohort / "training.csv",
        "--model",
        tmp_path / "score.json",
        "--outcome",
        "response",
        "--group",
        "patient",
    )
    code, _, err = call(capsys, *arguments)
    assert code == 1
    assert "60 of 60 validation patients are also training patients" in err
    code, out, _ = call(capsys, *arguments, "--allow", "patient-on-both-sides", "--allow", "cutoff-from-validation")
    assert code == 0
    assert out.count("warning: Overridden:") == 2


def readings_with_an_offset(path):
    """Readings of the training patients; reader B is always higher in b."""
    rng, rows = np.random.default_rng(4), []
    for patient in range(60):
        truth = rng.normal(size=4)
        for reader, turn in (("A", 1), ("A", 2), ("B", 1)):
            values = truth + 0.05 * rng.normal(size=4) + np.array([0, 0, 3 * (reader == "B"), 0])
            rows.append([f"P{patient}", f"LN{patient}", reader, turn, *values])
    write(path, ["patient", "lymph_node", "reader", "round", "original_shape_MeshVolume", "a", "b", "c"], rows)
    return path


def test_the_icc_rule_is_carried_whole_onto_the_card(score, cohort, tmp_path, capsys):
    assert json.loads((tmp_path / "score.json").read_text())["development"]["icc_rule"] is None
    readings = readings_with_an_offset(tmp_path / "readings.csv")
    features = ("--features", "original_shape_MeshVolume", "a", "b", "c")
    kept = {}
    for form in ("ICC(A,1)", "ICC(C,1)"):
        rule = ("--form", form, "--threshold", "0.6", "--on", "lower")
        kept[form] = fitted(cohort, tmp_path, capsys, "--readings", readings, *features, *rule)["kept"]
        card = json.loads((tmp_path / "score.json").read_text())
        assert card["development"]["icc_rule"] == {"form": form, "threshold": 0.6, "on": "lower"}
    assert set(kept["ICC(C,1)"]) - set(kept["ICC(A,1)"]) == {"b"}


def test_the_icc_filter_sees_training_patients_only(cohort, tmp_path, capsys):
    with (cohort / "training.csv").open() as file:
        rows = list(csv.DictReader(file))
    rng = np.random.default_rng(3)
    readings = []
    for number, row in enumerate([*rows[:40], *({**row, "patient": f"V{n}"} for n, row in enumerate(rows[:10]))]):
        for reader, turn in (("A", 1), ("A", 2), ("B", 1)):
            noise = rng.normal(size=4) * [0, 0.01, 3, 0.01]
            values = [
                float(row[name]) + each
                for name, each in zip(("original_shape_MeshVolume", "a", "b", "c"), noise, strict=True)
            ]
            readings.append([row["patient"], f"LN{number}", reader, turn, *values])
    write(
        tmp_path / "readings.csv",
        ["patient_id", "lymph_node", "reader", "round", "original_shape_MeshVolume", "a", "b", "c"],
        readings,
    )
    found = fitted(cohort, tmp_path, capsys, "--readings", tmp_path / "readings.csv")
    assert found["kept"] == ["original_shape_MeshVolume", "a", "c"]
    card = json.loads((tmp_path / "score.json").read_text())
    assert len(card["development"]["icc_patients"]) == len({row["patient"] for row in rows[:40]})


BAD = {
    "missing column": (lambda rows: rows, ("--outcome", "remission"), "has no column 'remission'"),
    "one class": (lambda rows: [{**row, "response": "yes"} for row in rows], (), "is 1 in every row"),
    "text in a number": (lambda rows: [{**rows[0], "a": "high"}, *rows[1:]], (), "row 2, column a: the value is not a "
    "finite number"),
    "empty cell": (lambda rows: [{**rows[0], "a": ""}, *rows[1:]], (), "row 2, column a: the value is empty"),
    "duplicate rows": (lambda rows: [*rows, rows[0]], (), "are the same patient with the same features"),
    "bad outcome": (lambda rows: [{**rows[0], "response": "perhaps"}, *rows[1:]], (), "neither 1 nor 0"),
    "three patients": (lambda rows: [{**row, "patient": f"P{n % 3}"} for n, row in enumerate(rows)], (), "3 patients cannot fill"),
    "few rows": (lambda rows: rows[:20], (), "20 lymph nodes are too few to cross-validate the AUC"),
    "no rows": (lambda rows: [], (), "has no rows below its header"),
    "too many folds": (lambda rows: rows, ("--folds", "20"), "fewer than 10 a fold"),
    "two folds": (lambda rows: rows, ("--folds", "2"), "2"),
    "no such feature": (lambda rows: rows, ("--features", "a", "z"), "has no column 'z'"),
    "outcome among "
    "features": (lambda rows: [{**row, "twin": str(int(row["response"] == "yes"))} for row in rows], ("--features", "a", "twin"), "itself"),
    "identifier": (lambda rows: [{**row, "row": str(n)} for n, row in enumerate(rows)], ("--features", "a", "row"), "is no feature"),
    "mixed settings": (lambda rows: [{**row, "settings": str(n % 2)} for n, row in enumerate(rows)], (), "of 'settings'"),
    "not a card": (lambda rows: rows, ("--output", "score.txt"), "does not; rename it"),
    "few resamples": (lambda rows: rows, ("--resamples", "3"), "3 resamples cannot correct"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_table_gets_one_sentence_and_no_card(cohort, tmp_path, capsys, fault):
    spoil, more, sentence = BAD[fault]
    with (cohort / "training.csv").open() as file:
        rows = list(csv.DictReader(file))
    header = list(rows[0])
    rows = spoil(rows)
    header = list(rows[0]) if rows else header
    write(tmp_path / "bad.csv", header, [[row[name] for name in header] for row in rows])
    code, out, err = call(
        capsys, "fit", tmp_path / "bad.csv", "--outcome", "response", "--group", "patient", "--output",
        tmp_path / "score.json", *QUICK, *(() if "--features" in more else ABC), *more,
    )  # fmt: skip
    assert (code, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("stem", ["a" * 63 + "-b", "-.score.-", "score of 2026!", "x" * 200])
def test_a_shared_patient_is_found_whatever_the_card_is_called(cohort, tmp_path, stem):
    from RLNResponseLib.modelling.fitting.fingerprints import card_identifier, fingerprints

    identifier = card_identifier(stem)
    assert card_identifier(identifier) == identifier
    assert fingerprints(stem, ["P1"]) == fingerprints(identifier, ["P1"])


def test_unnamed_patients_are_warned_of(score, cohort, tmp_path, capsys):
    code, out, _ = call(
        capsys, "validate", cohort / "validation.csv", "--model", tmp_path / "score.json", "--outcome", "response"
    )
    assert code == 0
    assert "warning: The table's patients are not named (--group)" in out


def lymph_nodes(cohort, tmp_path, **columns):
    """The training table with columns in place of its own."""
    with (cohort / "training.csv").open() as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    for name, make in columns.items():
        for place, row in enumerate(rows):
            row[name] = make(place, row)
    write(tmp_path / "t.csv", list(rows[0]), [list(row.values()) for row in rows])
    return tmp_path / "t.csv"


def test_lymph_nodes_of_one_patient_may_have_the_same_features(score, cohort, tmp_path, capsys):
    same = {name: (lambda place, row: "1.5") for name in ("a", "b", "c", "original_shape_MeshVolume")}
    one_patient = {"patient": lambda place, row: f"V{place // 2}"}
    arguments = ("--model", tmp_path / "score.json", "--outcome", "response", "--group", "patient")
    code, _, err = call(capsys, "validate", lymph_nodes(cohort, tmp_path, **same, **one_patient), *arguments)
    assert code == 1
    assert "rows 2 and 3 are the same patient with the same features; keep one, or tell the lymph nodes apart" in err
    named = lymph_nodes(cohort, tmp_path, **same, **one_patient, lymph_node=lambda place, row: place % 2 + 1)
    code, out, err = call(capsys, "validate", named, *arguments)
    assert (code, err) == (0, "")
    assert "validation AUC        0.500" in out
    assert "Limits without width are no certainty: the score tells no lymph node from another" in out


def test_the_number_of_a_lymph_node_is_no_feature(cohort, tmp_path, capsys):
    table = lymph_nodes(cohort, tmp_path, lymph_node=lambda place, row: place)
    arguments = ("fit", table, "--outcome", "response", "--group", "patient", "--output", tmp_path / "m.json", *QUICK)
    code, out, err = call(capsys, *arguments, *FEW_FOLDS, "--features", "original_*", "[a-c]", "lymph*", "--json")
    assert (code, err) == (0, "")
    assert set(json.loads(out)["selection_frequency"]) == {"original_shape_MeshVolume", "a", "b", "c"}


def test_a_published_score_says_why_the_volume_is_not_beside_it(tmp_path, capsys):
    from RLNResponseLib.modelling.model_card import find_model

    names = [*find_model("gu2021-local-control-2y").coefficients, "original_shape_MeshVolume"]
    rng = np.random.default_rng(3)
    rows = [[f"P{place}", place % 2, *rng.random(len(names))] for place in range(20)]
    write(tmp_path / "t.csv", ["patient", "control", *names], rows)
    code, out, err = call(
        capsys, "validate", tmp_path / "t.csv", "--model", "gu2021-local-control-2y", "--outcome", "control", "--group",
        "patient",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "Volume alone: not judged; the score's card does not say in which direction" in out
    write(tmp_path / "t.csv", ["patient", "control", *names[:-1]], [row[:-1] for row in rows])
    _, out, _ = call(
        capsys, "validate", tmp_path / "t.csv", "--model", "gu2021-local-control-2y", "--outcome", "control"
    )
    assert "Volume alone: not in the table." in out


def test_a_few_patients_have_no_limits_by_patient(score, cohort, tmp_path, capsys):
    table = lymph_nodes(cohort, tmp_path, patient=lambda place, row: f"V{place % 3}")
    arguments = ("validate", table, "--model", tmp_path / "score.json", "--outcome", "response", "--group", "patient")
    # The training table under other patients' names is known by its features.
    code, _, err = call(capsys, *arguments)
    assert code == 1
    assert "90 of 90 validation rows have the very features of lymph nodes that made the score" in err
    arguments = (*arguments, "--allow", "training-rows")
    code, out, err = call(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "no limits by patient: 3 patients, which is too few to resample" in out
    _, out, _ = call(capsys, *arguments, "--json")
    assert json.loads(out)["auc_by_patient"] is None


def test_complete_separation_is_said_and_warns_of_nothing(cohort, tmp_path, capsys, monkeypatch):
    # What numpy and scipy warn of is let through, and a warning is an error here.
    monkeypatch.setenv("RLNRESPONSE_DEBUG", "1")
    table = lymph_nodes(cohort, tmp_path, a=lambda place, row: place * 0.01 + 10 * (row["response"] == "yes"))
    code, out, err = call(
        capsys, "fit", table, "--outcome", "response", "--group", "patient", "--output", tmp_path / "m.json", *QUICK,
        "--allow", "suspicious-feature", *ABC, *FEW_FOLDS,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "Limits without width are no certainty: the score separates the classes completely" in out


def test_both_ways_that_agree_are_not_said_to_differ(cohort):
    from RLNResponseLib.common.table_file import read_table
    from RLNResponseLib.modelling.fitting.case_table import case_table
    from RLNResponseLib.modelling.fitting.fit import AsPublished, FitOptions, fit
    from RLNResponseLib.modelling.fitting.recipes import default_recipe
    from RLNResponseLib.report.text.fitting import fit_text

    table = case_table(read_table(cohort / "training.csv"), "response", "patient", ["a", "b", "c"])
    found = fit(table, FitOptions(recipe=default_recipe(len(table.outcome), folds=3), resamples=20))
    score = replace(found.score, coefficients=np.array([1.0, 0, 0]))
    for published, words in (
        (found.score, "Both ways take the same formula here."),
        (score, "Where a patient's lymph nodes"),
    ):
        text = fit_text(replace(found, as_published=AsPublished(published, found.as_published.auc)))
        line = next(line for line in text.splitlines() if line.startswith("Published method"))
        assert words in line
    assert ", 1 feature, apparent AUC" in line


def test_what_is_called_published_has_the_paper_s_folds_and_what_is_printed_was_used(tmp_path, capsys):
    """Ten folds for the paper's 102 lymph nodes, five for its 90; by patient nine of the 90."""
    rng = np.random.default_rng(3)
    for lymph_nodes, published, by_patient in ((102, 10, 10), (90, 5, 9)):
        rows = []
        for number in range(lymph_nodes):
            responds = number % 3 > 0
            rows.append([f"P{number}", int(responds), *(rng.normal(size=3) + 1.5 * responds)])
        write(tmp_path / "t.csv", ["patient", "response", "a", "b", "c"], rows)
        arguments = (
            "fit", tmp_path / "t.csv", "--outcome", "response", "--group", "patient", "--features", "a", "b", "c",
            "--output", tmp_path / "m.json", *QUICK,
        )  # fmt: skip
        made = []

        def fit_once(*given, made=made, really=fit_command.fit):
            made.append(made[0] if made else really(*given))
            return made[0]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fit_command, "fit", fit_once)
            code, out, err = call(capsys, *arguments, "--json")
            assert (code, err) == (0, "")
            found = json.loads(out)
            assert (found["folds"], found["as_published"]["folds"]) == (by_patient, published)
            assert json.loads((tmp_path / "m.json").read_text())["development"]["folds"] == by_patient
            _, out, _ = call(capsys, *arguments)
        assert len(made) == 2
        assert f"{by_patient} folds by patient)" in out
        assert f"Published method ({published} folds, which deal lymph nodes, once; λ.1se)" in out
        _, out, _ = call(capsys, *arguments, "--as-published")
        assert f"{published} folds by lymph node)" in out


def test_the_published_way_says_why_it_gives_no_score(cohort, tmp_path, capsys):
    table = tmp_path / "t.csv"
    with (cohort / "training.csv").open() as file:
        header, *rows = csv.reader(file)
    write(table, header, rows[:40])
    code, out, err = call(
        capsys, "fit", table, "--outcome", "response", "--group", "patient", "--output", tmp_path / "m.json", *QUICK,
        *ABC,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "Published method: it gives no score here. 40 cases in 5 folds are fewer than 10 a fold" in out


def test_a_fit_that_does_not_converge_names_the_features_that_are_nearly_copies(tmp_path, capsys):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(90, 4))
    outcome = values[:, 0] + rng.normal(size=90) > 0
    values[:, 2] = 2 * values[:, 0] + 3e-9 * rng.normal(size=90)
    rows = [
        [f"P{n}", int(event), *map(repr, row)]
        for n, (event, row) in enumerate(zip(outcome, values.tolist(), strict=True))
    ]
    write(tmp_path / "t.csv", ["patient", "response", *"abcd"], rows)
    code, _, err = call(
        capsys, "fit", tmp_path / "t.csv", "--outcome", "response", "--group", "patient", "--features", *"abcd",
        "--output", tmp_path / "m.json", *QUICK,
    )  # fmt: skip
    assert code == 1
    assert "features are nearly copies of each other: a and c (" in err
    assert "--exclude c" in err


def test_a_hundred_thousand_rows_are_validated_within_memory(cohort, tmp_path, capsys):
    from RLNResponseLib.modelling.validation.roc import bootstrap_auc
    from RLNResponseLib.statistics.estimates import lymph_node_weights

    rng = np.random.default_rng(2)
    # The same draws and the same figures as by all pairs at once.
    scores, outcome, patients = np.round(rng.normal(size=60), 1), rng.random(60) < 0.4, np.arange(60) // 2
    weights = lymph_node_weights(patients, 50, 7)
    pairs = (scores[outcome][:, None] > scores[~outcome]) + 0.5 * (scores[outcome][:, None] == scores[~outcome])
    wins = ((weights[:, outcome] @ pairs) * weights[:, ~outcome]).sum(axis=1)
    expected = wins / (weights[:, outcome].sum(axis=1) * weights[:, ~outcome].sum(axis=1))
    np.testing.assert_array_equal(bootstrap_auc(scores, outcome, patients, 50, 7), expected)
    large = rng.normal(size=100_000)
    found = bootstrap_auc(large, rng.random(100_000) < 0.4, np.arange(100_000), 20, 7)
    np.testing.assert_allclose(found, 0.5, atol=0.02)


def test_ridge_and_firth_go_through_fit_card_and_validation(cohort, tmp_path, capsys):
    for penalty, name in (("ridge", "ridge logistic regression"), ("firth", "Firth's logistic regression")):
        found = fitted(cohort, tmp_path, capsys, "--penalty", penalty, "--redundancy", "0.9")
        assert set(found["coefficients"]) == {"original_shape_MeshVolume", "a", "b", "c"}
        assert found["features"] == {"candidates": 4, "kept_by_icc": 4, "kept_by_redundancy": 4, "selected": 4}
        assert found["corrected"]["auc"] < found["apparent"]["auc"]
        development = json.loads((tmp_path / "score.json").read_text())["development"]
        assert (development["penalty"], development["redundancy"]["threshold"]) == (penalty, 0.9)
        assert development["lambda"] == found["lambda"]
        arguments = ("--model", tmp_path / "score.json", "--outcome", "response", "--group", "patient")
        code, out, err = call(capsys, "validate", cohort / "validation.csv", *arguments)
        assert (code, err) == (0, "")
        assert f"Score for response ({name}) on 45 lymph nodes" in out
    assert found["lambda"] is None
    for name, term in found["terms"].items():
        assert term["lower"] < term["coefficient"] == found["coefficients"][name] < term["upper"]
    assert found["terms"]["a"]["p"] < 0.001


def test_redundant_features_are_named_with_the_one_that_stands_for_them(cohort, tmp_path, capsys):
    table = lymph_nodes(cohort, tmp_path, twin=lambda place, row: 3 * float(row["a"]) + 0.01 * (place % 3))
    arguments = (
        "fit", table, "--outcome", "response", "--group", "patient", "--output", tmp_path / "m.json", *QUICK,
        "--features", "a", "b", "c", "twin", "--penalty", "firth", "--redundancy", "0.9",
    )  # fmt: skip
    code, out, err = call(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "4 candidate features, 3 without the redundant (|ρ| > 0.9), 3 fitted (Firth's" in out
    (kept,) = [line for line in out.splitlines() if " stands for " in line]
    assert kept.split(" stands for ") in (["  a", "twin"], ["  twin", "a"])
    code, _, err = call(capsys, *arguments[:-1], "90")
    assert code == 1
    assert "A correlation of 90 makes no two features redundant" in err


def test_the_regressions_beside_one_another_and_each_lymph_node_s_instability(cohort, tmp_path, capsys):
    found = fitted(cohort, tmp_path, capsys, "--compare", "--instability", tmp_path / "moves.csv")
    assert list(found["compared"]) == ["lasso", "ridge", "firth"]
    assert found["compared"]["lasso"]["auc"] == found["corrected"]["auc"]
    firth = fitted(cohort, tmp_path, capsys, "--penalty", "firth")
    assert found["compared"]["firth"]["auc"] == firth["corrected"]["auc"]
    assert found["compared"]["ridge"]["features"] == 4
    with (tmp_path / "moves.csv").open() as file:
        *rows, notice = csv.DictReader(file)
    assert notice["row"] == "Research use only, not a medical device."
    assert [row["row"] for row in rows] == [str(line) for line in range(2, 92)]
    moves = np.mean([float(row["mape"]) for row in rows])
    assert moves == pytest.approx(found["instability"]["mean_probability_change"])
    assert all(float(row["lower"]) <= float(row["upper"]) for row in rows)


@pytest.mark.parametrize(
    "more", [("--penalty", "ridge", "--relax"), ("--penalty", "firth", "--rule", "1se"), ("--penalty", "elastic")]
)
def test_options_that_contradict_one_another_end_the_call(cohort, tmp_path, capsys, more):
    with pytest.raises(SystemExit) as end:
        call(
            capsys, "fit", cohort / "training.csv", "--outcome", "response", "--group", "patient", "--output",
            tmp_path / "m.json", *more,
        )  # fmt: skip
    assert end.value.code == 2


def test_what_a_score_adds_to_clinical_columns_out_of_fold_and_as_it_is(cohort, tmp_path, capsys):
    chemo = {"chemo": lambda place, row: "yes" if place % 3 else "no"}
    table = lymph_nodes(cohort, tmp_path, **chemo)
    arguments = (
        "--outcome", "response", "--group", "patient", "--clinical", "chemo", "--json",
    )  # fmt: skip
    code, out, err = call(
        capsys, "fit", table, *arguments, "--output", tmp_path / "m.json", "--penalty", "firth", *QUICK, *ABC
    )
    assert (code, err) == (0, "")
    added = json.loads(out)["added_value"]
    assert (added["clinical"], added["n"], added["score"]) == (["chemo"], 90, "groups out of fold")
    assert added["likelihood_ratio"]["p"] < 0.01
    assert added["coefficient"] > 0
    with (cohort / "validation.csv").open() as file:
        rows = [{**row, "chemo": "yes" if place % 3 else "no"} for place, row in enumerate(csv.DictReader(file))]
    write(tmp_path / "v.csv", list(rows[0]), [list(row.values()) for row in rows])
    code, out, err = call(capsys, "validate", tmp_path / "v.csv", "--model", tmp_path / "m.json", *arguments)
    assert (code, err) == (0, "")
    added = json.loads(out)["added_value"]
    assert (added["n"], added["score"]) == (45, "as it is")
    assert added["auc"]["with_score"] > added["auc"]["clinical"]
    code, out, _ = call(capsys, "validate", tmp_path / "v.csv", "--model", tmp_path / "m.json", *arguments[:-1])
    assert "The score is there as it is: these lymph nodes took no part in it." in out
    assert "p < 0.001 (30 patients as clusters; CR2, Student's t, df " in out
    assert "which counts lymph nodes as independent" in out
    code, _, err = call(
        capsys, "validate", tmp_path / "v.csv", "--model", tmp_path / "m.json", *arguments, "--clinical", "c"
    )
    assert code == 0
    code, _, err = call(
        capsys, "validate", tmp_path / "v.csv", "--model", tmp_path / "m.json", *arguments, "--clinical", "grade"
    )
    assert code == 1
    assert "has no column 'grade'" in err


def test_where_nothing_can_be_said_of_clinical_columns_the_score_stands(cohort, tmp_path, capsys):
    made = {name: lambda place, row, by=by: str(place % by) for by, name in enumerate("defghijklm", 2)}
    table = lymph_nodes(cohort, tmp_path, **made)
    clinical = ("--clinical", ",".join(made))
    arguments = ("--outcome", "response", "--group", "patient")
    run = ("fit", table, *arguments, "--output", tmp_path / "m.json", "--penalty", "firth", *QUICK, *ABC)
    code, out, err = call(capsys, *run, *clinical, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["added_value"]["score"] == "groups out of fold"
    assert "lymph nodes for 11 coefficients" in found["added_value"]["reason"]
    card = json.loads((tmp_path / "m.json").read_text())
    assert found["coefficients"] == card["formula"]["coefficients"]
    other = tmp_path / "other.json"
    code, _, err = call(capsys, *run, "--output", other, "--clinical", "grade")
    assert code == 1
    assert "has no column 'grade'" in err
    assert not other.exists()
    with (cohort / "validation.csv").open() as file:
        rows = [
            {**row, **{name: of(place, row) for name, of in made.items()}}
            for place, row in enumerate(csv.DictReader(file))
        ]
    write(tmp_path / "v.csv", list(rows[0]), [list(row.values()) for row in rows])
    code, out, err = call(capsys, "validate", tmp_path / "v.csv", "--model", tmp_path / "m.json", *arguments, *clinical)
    assert (code, err) == (0, "")
    (line,) = [line for line in out.splitlines() if line.startswith("What the score adds to clinical variables")]
    assert line.startswith("What the score adds to clinical variables is not judged: The rarer class has ")
