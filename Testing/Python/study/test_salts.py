"""What every reader reads, records and logs, gives no outcome away, however many values are tried."""

import hashlib
import itertools
import json
import re
import shutil
from pathlib import Path

import pytest

from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER, SALT_COLUMN
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

OLD_STUDY = Path(__file__).parent / "old_study"
MONTHS = ["", *map(str, range(61)), *(f"{whole}.0" for whole in range(61))]
# Every value that an outcome may have, as the table writes it; months to five years.
OUTCOMES = {
    "died": ["", "yes", "no"],
    "follow_up_months": MONTHS,
    "recist": ["", "CR", "PR", "SD", "PD"],
    "local_control_months": MONTHS,
    "local_recurrence": ["", "yes", "no"],
}
LYMPH_NODES = (
    "lymph_node,patient,image,recist,local_control_months,local_recurrence\n"
    "LN1,P1,CT1,PR,26,no\nLN2,P1,CT1,SD,9,yes\nLN3,P2,CT2,CR,12,\n"
)


def known_rows(study):
    """All that an attacker knows: both tables without their outcomes, as rows of text."""
    tables = study.clinical_tables()
    for name, text in (("patients.csv", tables.patients_csv()), ("lymph_nodes.csv", tables.lymph_nodes_csv())):
        table = parse_csv(text.encode(), "known.csv")
        # A study that was made before has fewer columns.
        stored = parse_csv((study.folder / name).read_bytes(), name).columns
        columns = tuple(column for column in table.columns if column in stored)
        yield columns, [{c: "" if c in OUTCOMES else row[c] for c in columns} for row in table.rows]


def digest(cells):
    return hashlib.sha256(json.dumps(cells, separators=(",", ":")).encode("ascii")).hexdigest()


def guessed(study):
    """What an attacker finds with all records and logs, the tables of patients and all columns that are no outcome."""
    read = "".join(
        path.read_text("utf-8") for folder in ("clinical", "audit") for path in (study.folder / folder).iterdir()
    )
    seen = {text[:16] for text in re.findall(r"[0-9a-f]{16,64}", read)}
    found = set()
    for columns, rows in known_rows(study):
        unknown = [column for column in columns if column in OUTCOMES]
        for row, values in itertools.product(rows, itertools.product(*(OUTCOMES[column] for column in unknown))):
            tried = {**row, **dict(zip(unknown, values, strict=True))}
            if digest([tried[column] for column in columns])[:16] in seen:
                found.add((row[columns[0]], *values))
        for column in ("died", "recist", "local_recurrence"):
            if column in columns:
                columns_tried = itertools.product(OUTCOMES[column], repeat=len(rows))
                found |= {(column, *cells) for cells in columns_tried if digest(list(cells))[:16] in seen}
    return found


@pytest.fixture
def sealed(small):
    import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on(1))
    return small


def test_nobody_finds_an_outcome_by_trying_them_all_against_records_and_logs(sealed):
    assert guessed(sealed.study) == set()


def test_the_same_attack_finds_the_outcomes_of_a_study_that_was_made_before(tmp_path):
    shutil.copytree(OLD_STUDY, tmp_path / "old")
    found = guessed(Study.open(tmp_path / "old"))
    assert {("LN1", "PR", "", ""), ("recist", "PR"), ("P1", "", "")} <= found


def test_the_same_attack_finds_every_outcome_of_the_same_table_where_its_rows_are_digested_without_salts(sealed):
    rows = [list(row.values())[:-1] for row in _stored(sealed, "lymph_nodes.csv").rows]
    (sealed.folder / "clinical" / "0.json").write_text(json.dumps([digest(row)[:16] for row in rows]))
    assert {(row[0], *row[-3:]) for row in rows} == guessed(sealed.study)


def test_nobody_finds_the_bytes_of_a_small_table_by_its_files_digest(small):
    study = small.study
    import_clinical(
        study, small.tables("patient\nP2\n", "lymph_node,patient,image,recist\nLN3,P2,CT2,CR\n"), small.on(1)
    )
    (stated,) = (file.sha256 for file in study.last_clinical_import().files if file.path == "lymph_nodes.csv")
    names = ",".join(f'"{name}"' for name in LYMPH_NODE_HEADER)
    tried = [f'{names}\n"LN3","P2","CT2","","","","","","{recist}","",""\n' for recist in ("CR", "PR", "SD", "PD")]
    tables = study.clinical_tables()
    assert tables.lymph_nodes_csv() in tried  # the attack writes the text as an import did
    assert stated not in [hashlib.sha256(text.encode()).hexdigest() for text in tried]


def _stored(small, name):
    return parse_csv((small.folder / name).read_bytes(), name)


def test_every_row_of_both_stored_tables_has_a_salt_of_its_own_that_stands_nowhere_else(sealed):
    salts = []
    for name, header in (("patients.csv", PATIENT_HEADER), ("lymph_nodes.csv", LYMPH_NODE_HEADER)):
        table = _stored(sealed, name)
        assert table.columns == (*header, SALT_COLUMN)
        salts += [row[SALT_COLUMN] for row in table.rows]
    assert len({*salts}) == len(salts) == 5
    assert all(re.fullmatch("[0-9a-f]{32}", salt) for salt in salts)
    elsewhere = [content for name, content in sealed.tree().items() if "/" in name]
    assert not any(salt.encode() in content for salt in salts for content in elsewhere)


def test_a_test_gives_its_own_salts_and_the_files_are_then_the_same_each_time(small):
    given = iter([f"{number:032x}" for number in range(5)])
    assert import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on(1), lambda: next(given))
    salts = [row[SALT_COLUMN] for name in ("patients.csv", "lymph_nodes.csv") for row in _stored(small, name).rows]
    assert salts == [f"{number:032x}" for number in range(5)]


def test_the_stored_tables_imported_again_are_there_already_and_with_one_cell_more_get_new_salts(sealed, tmp_path):
    files = [shutil.copy(sealed.folder / name, tmp_path) for name in ("patients.csv", "lymph_nodes.csv")]
    before, salts = sealed.tree(), _stored(sealed, "patients.csv").rows
    again = read_clinical_files(*map(Path, files))
    assert again == sealed.study.clinical_tables()
    assert not import_clinical(sealed.study, again, sealed.on(2))
    assert sealed.tree() == before
    Path(files[0]).write_text(Path(files[0]).read_text("utf-8").replace("male", "female", 1))
    assert import_clinical(sealed.study, read_clinical_files(*map(Path, files)), sealed.on(2))
    assert not {row[SALT_COLUMN] for row in _stored(sealed, "patients.csv").rows} & {row[SALT_COLUMN] for row in salts}


def test_tables_that_were_changed_in_the_folder_are_not_there_already(sealed):
    tables = sealed.study.clinical_tables()
    table = sealed.folder / "lymph_nodes.csv"
    table.write_text(table.read_text("utf-8").replace('"SD"', '"PD"'))
    changed = sealed.tables(lymph_nodes=LYMPH_NODES.replace("SD", "PD"))
    assert import_clinical(sealed.study, changed, sealed.on(2))
    assert import_clinical(sealed.study, tables, sealed.on(2))
    assert sealed.study.clinical_tables() == tables
    assert verify(sealed.folder).is_intact


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"SD"', '"CR"', "row changed: LN2; column changed: recist"),
        ('"SD",9.0,"yes"', '"PD",9.0,"no"', "row changed: LN2; column changed: recist, local_recurrence"),
        ("SALT", "0" * 32, "row changed: LN1; column changed: salt, without which no other column can be judged"),
    ],
)
def test_verify_names_row_and_column_of_a_salted_table_and_no_value(sealed, old, new, said):
    table = sealed.folder / "lymph_nodes.csv"
    salt = _stored(sealed, "lymph_nodes.csv").rows[0][SALT_COLUMN]
    text = table.read_text("utf-8")
    assert old == "SALT" or old in text
    table.write_text(text.replace(salt if old == "SALT" else old, new))
    (problem,) = verify(sealed.folder).problems
    assert problem.sentence.endswith(f"imported: {said}.")
    assert salt not in problem.sentence


def test_a_table_without_its_salts_or_with_a_row_less_is_named_so(sealed):
    table = sealed.folder / "lymph_nodes.csv"
    whole = table.read_text("utf-8")
    table.write_text("\n".join(line.rpartition(",")[0] for line in whole.splitlines()) + "\n")
    assert (
        verify(sealed.folder)
        .problems[0]
        .sentence.endswith("imported: column removed: salt; row changed: LN1, LN2, LN3.")
    )
    table.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    assert verify(sealed.folder).problems[0].sentence.endswith("imported: row removed: LN3.")


def test_a_study_without_salts_is_read_verified_and_told_as_before(tmp_path, small):
    folder = Path(shutil.copytree(OLD_STUDY, tmp_path / "old"))
    study = Study.open(folder, "ward")
    tables = study.clinical_tables()
    assert tables.lymph_node_outcomes[0].recist == "PR"
    before = sorted(path.name for path in folder.rglob("*"))
    assert not import_clinical(study, tables, small.on(90))
    assert sorted(path.name for path in folder.rglob("*")) == before
    table = folder / "lymph_nodes.csv"
    table.write_text(table.read_text("utf-8").replace('"PR"', '"PD"'))
    (changed,) = (problem for problem in verify(folder).problems if problem.code == "table-changed")
    assert changed.sentence.endswith("imported: row changed: LN1; column changed: recist.")
