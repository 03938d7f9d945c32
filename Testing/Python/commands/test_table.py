"""`rlnresponse table`: what it writes, when, and that fit, validate, endpoint, survival and table1 take it as it is."""

import csv
import io
import json
import shutil

import numpy as np
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.features.cohort.table import TABLE_NAME
from RLNResponseLib.features.definitions import FEATURES

pytestmark = pytest.mark.usefixtures("any_feature_table")

LN = ("original_shape_Sphericity", "original_glcm_Contrast", "original_firstorder_InterquartileRange")


@pytest.fixture(scope="module")
def blinded(tmp_path_factory):
    """Sixty invented patients with seventy-five lymph nodes; the features are drawn, not extracted."""
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(5)
    patients, lymph_nodes, features = [], [], []
    for number in range(60):
        died = bool(rng.random() < 0.3)
        follow_up = round(float(rng.uniform(6, 40)), 1)
        patients.append(f"P{number},{'AB'[number % 2]},{50 + number % 30},{'yes' if died else 'no'},{follow_up}")
        for instance in range(1 + (number % 4 == 0)):
            responds, recurred = bool(rng.random() < 0.6), bool(rng.random() < 0.4)
            months = follow_up if not recurred else round(follow_up * float(rng.uniform(0.2, 0.9)), 1)
            flag = "yes" if recurred else "no"
            lymph_nodes.append(
                f"L{number}-{instance},P{number},CT{number},{'PR' if responds else 'SD'},{months},{flag}"
            )
            drawn = dict(zip(FEATURES, rng.normal(10, 2, len(FEATURES)).tolist(), strict=True))
            drawn[LN[0]] += 3.0 * responds
            drawn["original_firstorder_Minimum"] -= 100.0
            row = {"patient": f"P{number}", "lymph_node": f"L{number}-{instance}", "reader": "A", "round": "1"}
            features.append({**row, "failure": "", "settings": "s", "engine": "e", **drawn})
    # Lived on after the last look at the lymph node; and one whose local control nobody knows.
    patients += ["P60,A,61,yes,30", "P61,B,61,no,30"]
    lymph_nodes += ["L60-0,P60,CT60,PR,10,no", "L61-0,P61,CT61,PR,,"]
    for number in (60, 61):
        features.append({**features[0], "patient": f"P{number}", "lymph_node": f"L{number}-0", LN[0]: 12.0 + number})
    (folder / "p.csv").write_text("patient,site,age_years,died,follow_up_months\n" + "\n".join(patients) + "\n")
    (folder / "n.csv").write_text(
        "lymph_node,patient,image,recist,local_control_months,local_recurrence\n" + "\n".join(lymph_nodes) + "\n"
    )
    study = folder / "s"
    assert main(["study", "create", str(study), "--readers", "A"]) == 0
    call = ["study", "import-clinical", str(study), "--patients", str(folder / "p.csv")]
    assert main([*call, "--lymph-nodes", str(folder / "n.csv")]) == 0
    (study / "features").mkdir()
    (study / "features" / TABLE_NAME).write_text(csv_text(tuple(features[0]), features))
    missing = "".join(f"{row['lymph_node']},A,1,invented\n" for row in features)
    (folder / "missing.csv").write_text(f"lymph_node,reader,round,reason\n{missing}")
    return study


@pytest.fixture(scope="module")
def study(blinded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unblinded") / "s"
    shutil.copytree(blinded, folder)
    assert main(["study", "unblind", str(folder), "--missing", str(blinded.parent / "missing.csv")]) == 0
    return folder


@pytest.fixture(scope="module")
def training(study, tmp_path_factory):
    file = tmp_path_factory.mktemp("tables") / "training.csv"
    call = ["table", str(study), "--set", "training", "--output", str(file)]
    assert main([*call, "--known", "response", "local_control_months", "local_recurrence"]) == 0
    return file


def rows_of(file):
    return list(csv.DictReader(io.StringIO(file.read_text())))


def test_the_table_stays_sealed_until_the_study_is_unblinded(blinded, tmp_path, capfd):
    assert main(["table", str(blinded), "--output", str(tmp_path / "t.csv")]) == 1
    said = capfd.readouterr()
    assert said.err == "The outcomes stay sealed until the study is unblinded (study unblind).\n"
    assert said.out == ""
    assert not (tmp_path / "t.csv").exists()
    assert not (blinded / "results").exists()


def test_it_holds_patient_lymph_node_set_outcomes_and_every_feature(study, training, capfd):
    rows = rows_of(training)
    assert list(rows[0])[:3] == ["lymph_node", "patient", "set"]
    assert {"response", "local_control_months", "local_recurrence", "died", "follow_up_months"} < set(rows[0])
    assert set(FEATURES) < set(rows[0])
    assert {row["set"] for row in rows} == {"training"}
    source = {row["lymph_node"]: row for row in rows_of(study / "features" / TABLE_NAME)}
    assert all(row[name] == source[row["lymph_node"]][name] for row in rows for name in LN)
    # A negative feature is a number to every other program too.
    assert max(float(row["original_firstorder_Minimum"]) for row in rows) < 0
    capfd.readouterr()
    assert main(["table", str(study)]) == 0
    said = capfd.readouterr()
    printed = list(csv.DictReader(io.StringIO(said.out)))
    assert (len(printed), {row["set"] for row in printed}) == (77, {"training", "validation"})
    assert said.err.splitlines() == [
        "77 lymph nodes of 62 patients.",
        "note: local_control_months is empty in 1 row; the commands that ask for it refuse them, and --known "
        "local_control_months leaves them out.",
        "note: local_recurrence is empty in 1 row; the commands that ask for it refuse them, and --known "
        "local_recurrence leaves them out.",
    ]


def test_fit_and_validate_take_it(study, training, tmp_path, capfd):
    card, validation = tmp_path / "m.json", tmp_path / "validation.csv"
    call = ["--outcome", "response", "--group", "patient"]
    fit = ["fit", str(training), *call, "--features", LN[0], "--folds", "5", "--resamples", "20", "--output", str(card)]
    assert main([*fit, "--json"]) == 0, capfd.readouterr().err
    assert LN[0] in json.loads(capfd.readouterr().out)["coefficients"]
    assert main(["table", str(study), "--set", "validation", "--output", str(validation)]) == 0
    capfd.readouterr()
    assert main(["validate", str(validation), "--model", str(card), *call, "--json"]) == 0, capfd.readouterr().err
    assert json.loads(capfd.readouterr().out)["n"] == len(rows_of(validation))


def test_the_site_is_in_it_and_a_scanner_that_nobody_knows_is_not(training):
    rows = rows_of(training)
    assert "scanner" not in rows[0]
    assert all(row["site"] == "AB"[int(row["patient"][1:]) % 2] for row in rows)


def test_validate_takes_the_study_itself_all_its_lymph_nodes_and_not_while_it_is_blinded(
    study, blinded, training, tmp_path, capfd
):
    card = tmp_path / "m.json"
    card.write_text(
        json.dumps(
            {
                "schema": "rlnresponse-model-card/1",
                "id": "m",
                "title": "Somebody's",
                "outcome": "response",
                "status": "research use only",
                "formula": {"link": "logit", "intercept": -12.0, "coefficients": {LN[0]: 1.0}},
                "cutoff": {"value": 0.0, "orientation": ">", "group_when_true": "a", "group_when_false": "b"},
                "settings": {},
                "definitions": "as named",
                "citation": "nobody",
            }
        )
    )
    capfd.readouterr()
    assert main(["validate", str(study), "--model", str(card), "--json"]) == 0, capfd.readouterr().err
    answer = json.loads(capfd.readouterr().out)
    assert (answer["n"], answer["patients"]) == (77, 62)
    assert main(["validate", str(blinded), "--model", str(card)]) == 1
    assert "unblinded" in capfd.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["validate", str(training), "--model", str(card)])
    assert ended.value.code == 2
    assert "--outcome is needed for a table" in capfd.readouterr().err


def test_endpoint_and_survival_take_it_and_a_later_death_does_not_compete(study, tmp_path, capfd):
    file, output = tmp_path / "t.csv", tmp_path / "e.csv"
    known = ["--known", "local_control_months"]
    assert main(["table", str(study), "--output", str(file), *known]) == 0
    call = ["--time", "local_control_months", "--event", "local_recurrence"]
    assert main(["endpoint", str(file), *call, "--death", "died", "--output", str(output)]) == 0
    assert {row["lymph_node"]: row["state"] for row in rows_of(output)}["L60-0"] == "censored"
    capfd.readouterr()
    more = ["--competing", "died", "--group", "patient", "--covariates", "age_years", "--json"]
    assert main(["survival", str(file), *call, *more]) == 0
    said = capfd.readouterr()
    assert "1 lymph node with a death (follow_up_months) after the end of local follow-up" in said.err
    assert json.loads(said.out)["rows"] == 76
    assert main(["table1", str(file), "--by", "set", "--json"]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--output", "{study}/patients.csv"], "patients.csv would be written among the records of the study"),
        (["--output", "{study}/missing/t.csv"], "t.csv would lie among the study's own files"),
        (["--output", "{folder}/none/t.csv"], "The folder of t.csv does not exist"),
        (["--known", "respons"], "has no column 'respons'"),
    ],
)
def test_what_it_cannot_write(study, tmp_path, capfd, options, said):
    before = (study / "patients.csv").read_bytes()
    words = [option.format(study=study, folder=tmp_path) for option in options]
    assert main(["table", str(study), *words]) == 1
    assert said in capfd.readouterr().err
    assert (study / "patients.csv").read_bytes() == before


def test_in_the_studys_results_it_may_lie_and_verify_finds_nothing(study, capfd):
    assert main(["table", str(study), "--output", str(study / "results" / "table.csv")]) == 0
    assert main(["study", "verify", str(study)]) == 0
