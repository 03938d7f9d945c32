"""Whatever is done to a study folder behind the program's back is named, by its kind, code and place; and nothing
else is."""

import hashlib
import json
import shutil

import pytest

from RLNResponseLib.common.clock import Now
from RLNResponseLib.study.anchor import Anchor
from RLNResponseLib.study.blinding import freeze_protocol
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.verify.verify import verify


@pytest.fixture
def read(small):
    """LN1 was read and corrected, LN2 read, LN3 left out; all of it in one log that goes on after the record of
    each."""
    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    small.read(
        ReadingKey(lymph_node="LN1", reader="A", round=1, revision=2), day=1, reason="a vessel", content=b"better"
    )
    small.read(ReadingKey(lymph_node="LN2", reader="A"), day=1)
    exclude(small.study, "P2", "not squamous", small.on(2))
    assert verify(small.folder).problems == ()
    return small


def problems(small):
    return {(each.kind, each.code, each.where) for each in verify(small.folder).problems}


def test_an_untouched_study_is_intact_and_all_of_it_was_looked_at(read):
    report = verify(read.folder)
    assert report.lines == sum(content.count(b"\n") for content in read.logs().values())
    # 2 images, 1 import, 3 openings, 3 readings, 1 exclusion; files: 2 images, 2 tables, 3 contours.
    assert (report.records, report.files) == (10, 7)
    assert json.loads(json.dumps(report.as_json())) == {
        "intact": True,
        "problems": [],
        "study": hashlib.sha256(read.logs()["ward-0001.jsonl"].split(b"\n")[0]).hexdigest(),
        "heads": dict(report.heads),
        "verified": {"lines": report.lines, "records": 10, "files": 7},
    }


def test_looking_writes_nothing(read):
    before = read.tree()
    verify(read.folder)
    assert read.tree() == before


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("readings/LN1/A-1.seg.nrrd", "contour-changed"),
        ("readings/LN1/A-1-c2.seg.nrrd", "contour-changed"),
        ("images/CT2.nrrd", "image-changed"),
        ("lymph_nodes.csv", "table-changed"),
        ("patients.csv", "table-changed"),
    ],
)
def test_a_file_that_a_record_vouches_for_is_missed_when_changed_and_when_removed(read, path, code):
    with (read.folder / path).open("ab") as file:
        file.write(b"\n")
    assert problems(read) == {("changed", code, path)}
    (read.folder / path).unlink()
    assert problems(read) == {("removed", "file-removed", path)}


RECORDS = (
    "readings/LN1/A-1.json",
    "readings/LN1/A-1.open.json",
    "readings/LN1/A-1-c2.json",
    "exclusions/patient-P2-1.json",
    "images/CT1.json",
    "clinical/1.json",
)


@pytest.mark.parametrize("path", RECORDS)
def test_a_record_that_says_something_else_is_named(read, path):
    body = json.loads((read.folder / path).read_bytes())
    body["kind_of"] = "forged"
    (read.folder / path).write_text(json.dumps(body))
    assert ("changed", "record-changed", path) in problems(read)


@pytest.mark.parametrize("path", RECORDS)
def test_half_a_record_is_damage_and_no_crash(read, path):
    exclude(read.study, "P1", "not the last line of the log", read.on(3))
    whole = (read.folder / path).read_bytes()
    (read.folder / path).write_bytes(whole[: len(whole) // 2])
    assert ("changed", "record-changed", path) in problems(read)


@pytest.mark.parametrize("path", [path for path in RECORDS if path != "clinical/1.json"])
def test_a_record_that_was_removed_is_named_by_the_line_that_announced_it(read, path):
    exclude(read.study, "P1", "not the last line of the log", read.on(3))
    (read.folder / path).unlink()
    assert ("removed", "record-removed", path) in problems(read)


def test_an_import_removed_that_was_the_last_deed_of_its_program_is_a_removal(read):
    (read.folder / "clinical/1.json").unlink()
    assert problems(read) == {
        ("added", "file-added", "lymph_nodes.csv"),
        ("added", "file-added", "patients.csv"),
        ("removed", "record-removed", "clinical/1.json"),
    }


def test_a_record_under_another_name_is_a_copy(read):
    shutil.copy(read.folder / "readings/LN1/A-1.json", read.folder / "readings/LN1/B-1.json")
    assert problems(read) == {("added", "record-added", "readings/LN1/B-1.json")}


def test_a_record_in_the_place_of_another_is_named(read):
    shutil.copy(read.folder / "readings/LN1/A-1.json", read.folder / "readings/LN2/A-1.json")
    found = problems(read)
    assert ("added", "record-added", "readings/LN2/A-1.json") in found
    assert ("changed", "record-replaced", "readings/LN2/A-1.json") in found


def test_files_that_nothing_vouches_for_are_added_and_beside_the_study_only_noted(read):
    (read.folder / "readings/LN1/B-1.seg.nrrd").write_bytes(b"x")
    (read.folder / "audit/notes.txt").write_bytes(b"x")
    (read.folder / "notes.txt").write_bytes(b"x")
    (read.folder / "readings/.DS_Store").write_bytes(b"x")
    (read.folder / "results").mkdir()
    (read.folder / "results/report.html").write_bytes(b"x")
    assert problems(read) == {
        ("added", "file-added", "readings/LN1/B-1.seg.nrrd"),
        ("added", "file-added", "audit/notes.txt"),
        ("note", "unknown-file", "notes.txt"),
    }


def test_a_symbolic_link_is_named_wherever_it_leads(read):
    try:
        (read.folder / "readings/LN3").symlink_to(read.folder / "readings/LN1")
    except OSError:
        pytest.skip("no symbolic links here")
    assert problems(read) == {("added", "symbolic-link", "readings/LN3")}


def test_a_log_from_outside_follows_nothing_and_a_log_too_few_is_counted(read):
    line = json.dumps(
        {
            "writer": "desk-0003",
            "sequence": 1,
            "time": "2026-01-10T12:00:00+00:00",
            "simulated": False,
            "event": "forged",
            "details": {},
            "after": {},
            "previous": "0" * 64,
        }
    )
    (read.folder / "audit/desk-0003.jsonl").write_text(line + "\n")
    assert problems(read) == {
        ("added", "log-added", "audit/desk-0003.jsonl"),
        ("removed", "log-removed", "audit/desk-0001.jsonl"),
    }
    report = verify(read.folder)
    assert any("audit/desk-0001.jsonl (and all to 0002) was removed" in each.sentence for each in report.problems)


def test_a_study_without_its_beginning_is_named(read):
    path = read.folder / "audit/ward-0001.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    found = problems(read)
    assert ("removed", "creation-removed", "audit") in found
    assert ("removed", "line-removed", "audit/ward-0001.jsonl line 1") in found


def test_the_protocol_may_be_edited_until_it_is_frozen(read):
    path = read.folder / "study.toml"
    text = path.read_bytes()
    path.write_bytes(text + b"\n# a remark\n")
    assert problems(read) == {("note", "protocol-edited", "study.toml")}
    path.write_bytes(text)
    freeze_protocol(read.study, read.on(3))
    assert problems(read) == set()
    path.write_bytes(text + b"\n# a remark\n")
    assert problems(read) == {("changed", "protocol-changed", "study.toml")}
    (read.folder / "study.yaml").write_bytes(b"schema: 1\n")
    assert ("added", "two-protocols", "study.yaml") in problems(read)
    (read.folder / "study.yaml").unlink()
    path.unlink()
    assert problems(read) == {("removed", "protocol-removed", "study.toml")}


def test_a_simulated_date_is_noted(read):
    exclude(read.study, "P1", "a try", Now(read.on(3).moment, is_simulated=True))
    assert problems(read) == {("note", "simulated-date", "audit")}


def test_a_head_of_a_log_that_never_was_is_missed(read):
    report = verify(read.folder, Anchor(study=None, heads={"nobody-0001:3": "0" * 64}))
    assert {(each.kind, each.code) for each in report.problems} == {("removed", "line-removed")}
    assert not report.is_intact


def test_a_folder_that_is_not_there_is_refused(tmp_path, refusal):
    assert refusal(lambda: verify(tmp_path / "nowhere")) == "unreadable-study"


def test_what_is_wrong_comes_first_then_leftovers_then_notes(read):
    (read.folder / "notes.txt").write_bytes(b"x")
    (read.folder / "audit/ward-0009.jsonl").write_bytes(b"")
    (read.folder / "images/CT1.nrrd").write_bytes(b"x")
    kinds = [each.kind for each in verify(read.folder).problems]
    assert kinds[-2:] == ["leftover", "note"]
    assert "changed" in kinds[:-2]
