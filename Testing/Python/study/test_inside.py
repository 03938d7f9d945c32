"""What lies inside a blinded study is told by the folders around it, through links, and read by nobody before
unblinding."""

from __future__ import annotations

from pathlib import Path

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.inside import refuse_inside_blinded_study
from RLNResponseLib.study.records import ReadingKey


def sentence(path, own=None):
    """Why a path is refused, "" where it is not."""
    try:
        refuse_inside_blinded_study(path, own)
    except DataRefusedError as refusal:
        return str(refusal) if refusal.code == "inside-blinded-study" else refusal.code
    return ""


def unblinded(small):
    missing = {
        ReadingKey(lymph_node=name, reader=reader, round=number): "a test"
        for name in ("LN1", "LN2", "LN3")
        for reader, number in (("A", 1), ("A", 2), ("B", 1))
    }
    unblind(small.study, small.on(), missing)


def test_a_file_of_a_blinded_study_is_refused_until_it_is_unblinded(small):
    image = small.folder / "images" / "CT1.nrrd"
    assert sentence(image) == (
        "CT1.nrrd lies inside the study study, which is blinded, so it is not read here; use the study's own commands, "
        "or wait until it is unblinded."
    )
    for inside in ("readings", "patients.csv", "not/there/yet.csv", "templates/patients.csv", "images/../audit"):
        assert sentence(small.folder / inside), inside
    unblinded(small)
    assert sentence(image) == ""


def test_what_lies_beside_a_study_and_the_study_itself_are_read_as_before(small, tmp_path):
    (tmp_path / "audit").mkdir(exist_ok=True)
    for path in (small.folder, tmp_path, tmp_path / "ct.nrrd", small.folder / ".." / "ct.nrrd", Path("/"), Path("x")):
        assert sentence(path) == ""


def test_the_protocol_is_everyones(small):
    assert sentence(small.folder / "study.toml") == ""
    (small.folder / "study.toml").replace(small.folder / "kept")
    (small.folder / "study.toml").symlink_to(small.folder / "patients.csv")
    assert sentence(small.folder / "study.toml"), "a link that is called as the protocol is"


def test_links_lead_into_a_study_as_its_own_paths_do(small, tmp_path):
    (tmp_path / "mine.nrrd").symlink_to(small.folder / "images" / "CT1.nrrd")
    (tmp_path / "folder").symlink_to(small.folder / "images")
    (tmp_path / "all").symlink_to(small.folder)
    for path in ("mine.nrrd", "folder", "folder/CT1.nrrd", "all/images/CT1.nrrd"):
        assert sentence(tmp_path / path), path
    assert sentence(tmp_path / "all") == ""
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    assert sentence(tmp_path / "ring") == ""


def test_a_folder_of_a_study_that_was_moved_and_linked_is_inside_still(small, tmp_path):
    (small.folder / "images").replace(tmp_path / "elsewhere")
    (small.folder / "images").symlink_to(tmp_path / "elsewhere")
    assert sentence(small.folder / "images" / "CT1.nrrd")


def test_a_path_is_told_from_the_folder_that_one_is_in(small, monkeypatch):
    monkeypatch.chdir(small.folder / "images")
    assert sentence(Path("CT1.nrrd"))
    monkeypatch.chdir(small.folder)
    assert sentence(Path("patients.csv"))


def test_a_study_in_a_study_is_inside_the_outer_one(small):
    inner = small.folder / "results" / "cohort"
    (inner / "audit").mkdir(parents=True)
    (inner / "study.yaml").touch()
    assert "inside the study" in sentence(inner / "x.csv")
    unblinded(small)
    assert "inside the study cohort, which is blinded" in sentence(inner / "x.csv")


def test_where_the_blinding_cannot_be_told_nothing_is_read(small):
    unblinded(small)
    record = small.folder / "unblinding.json"
    record.write_text(record.read_text().replace("unblinded_at", "at"))
    assert sentence(small.folder / "patients.csv") == (
        "patients.csv lies inside the study study, of which it cannot be told whether it is unblinded, so it is not "
        "read here; run study verify on it, and mend it."
    )


@pytest.mark.parametrize("protocol", ["study.toml", None])
def test_a_study_is_known_without_its_protocol_and_without_a_log(small, protocol):
    if protocol is None:
        (small.folder / "study.toml").unlink()
    else:
        for log in (small.folder / "audit").iterdir():
            log.unlink()
    assert sentence(small.folder / "patients.csv")


def test_the_templates_that_were_filled_in_can_be_imported_into_their_own_study_alone(small, tmp_path):
    template = small.folder / "templates" / "patients.csv"
    assert sentence(template, own=small.folder) == ""
    assert sentence(template, own=tmp_path / "another")
    assert sentence(small.folder / "patients.csv", own=small.folder)
    link = small.folder / "templates" / "mine.csv"
    link.symlink_to(small.folder / "patients.csv")
    assert sentence(link, own=small.folder)
