"""`rlnresponse table --redcap`: files by REDCap's rules, written here a second time; no outcome; read back raw and labelled.

The rules are those that docs/tables.md names with their sources.
"""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.redcap_forms import field_name

HEADER = (
    'Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",'
    "Field Note,Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,"
    "Branching Logic (Show field only if...),Required Field?,Custom Alignment,Question Number (surveys only),"
    "Matrix Group Name,Matrix Ranking?,Field Annotation"
)
TYPES = {
    "text",
    "notes",
    "radio",
    "dropdown",
    "checkbox",
    "yesno",
    "truefalse",
    "calc",
    "file",
    "slider",
    "descriptive",
}
NUMBER = re.compile(r"-?\d+(\.\d+)?")
OUTCOMES = ("recist", "died", "follow_up", "local_control_months", "local_recurrence")


@pytest.fixture
def run(capsys):
    def command(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture(scope="module")
def written(small_cohort, tmp_path_factory):
    """The study, the records' file and the dictionary's."""
    folder = tmp_path_factory.mktemp("redcap")
    shutil.copytree(small_cohort.folder, folder / "study")
    assert main(["table", str(folder / "study"), "--redcap", str(folder / "redcap.csv")]) == 0
    return folder / "study", folder / "redcap.csv", folder / "redcap-dictionary.csv"


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_dictionary(text):
    """A data dictionary by REDCap's rules; its fields by name."""
    assert next(csv.reader(io.StringIO(text))) == next(csv.reader([HEADER]))
    fields = list(csv.DictReader(io.StringIO(text)))
    names = [field["Variable / Field Name"] for field in fields]
    assert len(set(names)) == len(names)
    assert fields[0]["Field Type"] == "text"
    forms = [field["Form Name"] for field in fields]
    assert forms == sorted(forms, key=forms.index)  # each form's fields together
    for field, name in zip(fields, names, strict=True):
        assert re.fullmatch(r"[a-z]([a-z0-9_]*[a-z0-9])?", name), name
        assert len(name) <= 100
        assert name not in {f"{form}_complete" for form in forms}
        assert not name.startswith("redcap_")
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["Form Name"])
        assert field["Field Type"] in TYPES
        assert field["Field Label"]
        choices = field["Choices, Calculations, OR Slider Labels"]
        assert bool(choices) == (field["Field Type"] == "radio")
        pairs = [choice.split(",", 1) for choice in choices.split("|")] if choices else []
        codes = [code.strip() for code, _ in pairs]
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch(r"[a-z0-9_]+", code) for code in codes)
        assert all(label.strip() for _, label in pairs)
        validation = field["Text Validation Type OR Show Slider Number"]
        assert validation in ("", "number")
        assert not validation or field["Field Type"] == "text"
    return dict(zip(names, fields, strict=True))


def check_records(rows, fields):
    """Records by REDCap's rules, against the dictionary."""
    forms = list(dict.fromkeys(field["Form Name"] for field in fields.values()))
    record = next(iter(fields))
    stored = [name for name, field in fields.items() if field["Field Type"] != "descriptive"]
    complete = [f"{form}_complete" for form in forms]
    assert list(rows[0]) == [record, "redcap_repeat_instrument", "redcap_repeat_instance", *stored[1:], *complete]
    seen = set()
    for row in rows:
        form, instance = row["redcap_repeat_instrument"] or forms[0], row["redcap_repeat_instance"]
        assert row[record]
        assert (row[record], form, instance) not in seen
        seen.add((row[record], form, instance))
        assert (form == forms[0]) == (instance == "")
        assert form == forms[0] or (form in forms and re.fullmatch(r"[1-9]\d*", instance))
        assert {name for name in complete if row[name]} == {f"{form}_complete"}
        assert row[f"{form}_complete"] in "012"
        for name in stored[1:]:
            field, cell = fields[name], row[name]
            if not cell:
                continue
            assert field["Form Name"] == form, name
            choices = field["Choices, Calculations, OR Slider Labels"]
            if field["Field Type"] == "yesno":
                assert cell in "01"
            elif choices:
                assert cell in [choice.split(",", 1)[0].strip() for choice in choices.split("|")]
            elif field["Text Validation Type OR Show Slider Number"] == "number":
                assert NUMBER.fullmatch(cell), (name, cell)
                least, most = field["Text Validation Min"], field["Text Validation Max"]
                assert not least or float(least) <= float(cell) <= float(most)
    return forms


def test_both_files_keep_redcaps_rules(written):
    _, records, dictionary = written
    fields = check_dictionary(dictionary.read_text(encoding="utf-8"))
    forms = check_records(rows_of(records), fields)
    assert forms == ["patient", "lymph_node", "rad_score"]
    text = (records.read_text(encoding="utf-8") + dictionary.read_text(encoding="utf-8")).lower()
    assert not [outcome for outcome in OUTCOMES if outcome in text]
    assert "Research use only, not a medical device." in dictionary.read_text(encoding="utf-8")


def test_the_scores_are_those_of_the_command(written, run):
    study, records, _ = written
    rows = [row for row in rows_of(records) if row["redcap_repeat_instrument"] == "rad_score"]
    nodes = {
        (row["record_id"], row["redcap_repeat_instance"]): row["lymph_node"]
        for row in rows_of(records)
        if row["redcap_repeat_instrument"] == "lymph_node"
    }
    row = rows[0]
    name = nodes[row["record_id"], row["redcap_repeat_instance"]]
    image = json.loads((study / "readings" / name / "A-1.json").read_text())["image"]
    code, out, _ = run(
        "score", study / "images" / f"{image}.nrrd", study / "readings" / name / "A-1.seg.nrrd", "--json"
    )
    assert code == 0
    for score in json.loads(out)["scores"]:
        stem = score["model"].replace("-", "_")
        assert float(row[f"{stem}_score"]) == pytest.approx(score["score"], abs=1e-12)
        assert bool(row[f"{stem}_group"]) != bool(row[f"{stem}_withheld"])


def as_redcap_exports(records: Path, dictionary: Path, *, labels: bool) -> str:
    """What REDCap gives back: raw, or with labels in header and cells (its labels of forms are their titles)."""
    fields = {field["Variable / Field Name"]: field for field in rows_of(dictionary)}
    rows = rows_of(records)
    if not labels:
        return records.read_text(encoding="utf-8")
    own = {
        "redcap_repeat_instrument": "Repeat Instrument",
        "redcap_repeat_instance": "Repeat Instance",
        **{f"{field['Form Name']}_complete": "Complete?" for field in fields.values()},
    }
    header = [own.get(name) or fields[name]["Field Label"] for name in rows[0]]

    def cell(name, text):
        if not text:
            return ""
        if name == "redcap_repeat_instrument":
            return text.replace("_", " ").title()
        if name.endswith("_complete"):
            return {"0": "Incomplete", "1": "Unverified", "2": "Complete"}[text]
        if name in fields and fields[name]["Field Type"] == "yesno":
            return {"1": "Yes", "0": "No"}[text]
        choices = fields.get(name, {}).get("Choices, Calculations, OR Slider Labels", "")
        pairs = dict(choice.strip().split(", ", 1) for choice in choices.split("|")) if choices else {}
        return pairs.get(text, text)

    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([cell(name, row[name]) for name in row] for row in rows)
    return file.getvalue()


@pytest.mark.parametrize("labels", [False, True], ids=["raw", "labelled"])
def test_what_redcap_exports_is_the_studys_tables_again(written, tmp_path, labels):
    study, records, dictionary = written
    export = tmp_path / "export.csv"
    export.write_text(as_redcap_exports(records, dictionary, labels=labels), encoding="utf-8")
    back = read_clinical_files(export, export)
    tables = read_clinical_files(study / "patients.csv", study / "lymph_nodes.csv")
    nodes = {node.id: node for node in tables.lymph_nodes}
    assert list(back.lymph_nodes) == [nodes[node.id] for node in back.lymph_nodes]
    patients = {patient.id: patient for patient in tables.patients}
    assert list(back.patients) == [patients[patient.id] for patient in back.patients]
    assert len(back.lymph_nodes) == 10
    assert any("rad_score" in note.lower() or "rad score" in note.lower() for note in back.notes)


def test_refusals(written, run, tmp_path):
    study, _, _ = written
    blinded = tmp_path / "blinded"
    assert run("study", "create", blinded, "--readers", "A,B")[0] == 0
    out = tmp_path / "redcap.csv"
    assert run("table", blinded, "--redcap", out)[::2] == (
        1,
        "Scores and groups stay sealed until the study is unblinded (study unblind).\n",
    )
    assert run("table", study, "--redcap", study / "redcap.csv")[0] == 1
    assert run("table", study, "--redcap", tmp_path / "none" / "redcap.csv")[0] == 1
    assert not list(tmp_path.glob("redcap*"))
    with pytest.raises(SystemExit):
        run("table", study, "--redcap", out, "--known", "response")


def test_a_name_is_never_anothers():
    taken = []
    for text in ("Ä-1", "ä_1", "a" * 200, "a" * 300, "___", "1", "x_"):
        name = field_name(text, "score", taken)
        assert re.fullmatch(r"[a-z]([a-z0-9_]*[a-z0-9])?", name)
        assert len(name) <= 100
        assert name not in taken
        taken.append(name)
