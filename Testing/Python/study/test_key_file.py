"""The key file loses no pair, and keeps its rights and its link."""

import os
import stat
import subprocess
import sys

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.locking import LockNotHeldError, locked
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study import key_file as module
from RLNResponseLib.study.key_file import note_pseudonym

POSIX = pytest.mark.skipif(os.name == "nt", reason="rights and links of POSIX")
IMPORTER = """
import sys
from pathlib import Path
from RLNResponseLib.study.key_file import note_pseudonym
key, study, who = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for number in range(50):
    note_pseudonym(key, study, f"{who}{number}", f"hospital {who} {number}")
"""


def note(key, study, patient="P1", source="00123"):
    note_pseudonym(key, study, patient, source)


def pairs(key):
    return {(row["patient"], row["source_patient_id"]) for row in parse_csv(key.read_bytes(), key.name).rows}


def test_two_importers_of_fifty_patients_each_leave_a_hundred_pairs(tmp_path):
    key, study = tmp_path / "key.csv", tmp_path / "study"
    running = [
        subprocess.Popen([sys.executable, "-c", IMPORTER, str(key), str(study), who], stderr=subprocess.PIPE)
        for who in ("A", "B")
    ]
    assert [each.communicate()[1] for each in running] == [b"", b""]
    assert pairs(key) == {(f"{who}{number}", f"hospital {who} {number}") for who in "AB" for number in range(50)}
    assert [path.name for path in tmp_path.iterdir()] == ["key.csv"]


@POSIX
def test_a_new_key_file_is_its_owners_alone(tmp_path):
    key = tmp_path / "key.csv"
    note(key, tmp_path / "study")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o400])
def test_an_old_one_keeps_its_rights_and_the_link_that_leads_to_it(tmp_path, mode):
    (tmp_path / "safe").mkdir()
    target, link = tmp_path / "safe" / "pairs.csv", tmp_path / "key.csv"
    target.write_text("patient,source_patient_id\nP0,7\n")
    target.chmod(mode)
    link.symlink_to(target)
    note(link, tmp_path / "study")
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert pairs(target) == {("P0", "7"), ("P1", "00123")}


@POSIX
def test_a_link_that_leads_nowhere_yet_makes_its_target(tmp_path):
    (tmp_path / "key.csv").symlink_to(tmp_path / "pairs.csv")
    note(tmp_path / "key.csv", tmp_path / "study")
    assert (tmp_path / "key.csv").is_symlink()
    assert pairs(tmp_path / "pairs.csv") == {("P1", "00123")}


@pytest.mark.parametrize(("patient", "source"), [("P1", "456"), ("P2", "00123")])
def test_a_pseudonym_is_one_patients(tmp_path, refusal, patient, source):
    key = tmp_path / "key.csv"
    note(key, tmp_path / "study")
    assert refusal(lambda: note(key, tmp_path / "study", patient, source)) == "another-patient"
    assert pairs(key) == {("P1", "00123")}


def test_where_it_cannot_be(tmp_path, refusal, monkeypatch):
    study = tmp_path / "study"
    study.mkdir()
    assert refusal(lambda: note(study / "key.csv", study)) == "key-inside-study"
    assert refusal(lambda: note(tmp_path / "nowhere" / "key.csv", study)) == "bad-key-file"
    (tmp_path / "other.csv").write_text("name,age\nKowalski,61\n")
    assert refusal(lambda: note(tmp_path / "other.csv", study)) == "bad-key-file"
    assert list(study.iterdir()) == []
    key = tmp_path / "key.csv"
    monkeypatch.setattr(module, "locked", lambda path: locked(path, patience_s=0.05))
    with locked(key):
        assert refusal(lambda: note(key, study)) == "key-file-busy"
    note(key, study)


def test_a_lock_is_given_back_and_leaves_nothing(tmp_path):
    def failing():
        with locked(tmp_path / "file"):
            raise ValueError("in between")

    with pytest.raises(ValueError, match="in between"):
        failing()
    with locked(tmp_path / "file"), pytest.raises(LockNotHeldError), locked(tmp_path / "file", patience_s=0):
        pass
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_pipe_is_no_key_file(tmp_path):
    os.mkfifo(tmp_path / "key.csv")
    with pytest.raises(DataRefusedError, match="it is a pipe, a socket or a device") as refused:
        note(tmp_path / "key.csv", tmp_path / "study")
    assert refused.value.code == "bad-key-file"
