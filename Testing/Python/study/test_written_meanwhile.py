"""Whoever asks while others write is told of nothing that was removed or changed: what another program makes between two
looks of a question is no forgery. Testing/crash/many_writers.py lets them all loose.
"""

from pathlib import Path

import pytest

from RLNResponseLib.study import reading_states, store
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.store import Store
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify import verify as verification
from RLNResponseLib.study.worklist import worklist

A1, B1, A3 = (
    ReadingKey(lymph_node=lymph_node, reader=reader)
    for lymph_node, reader in (("LN1", "A"), ("LN1", "B"), ("LN3", "A"))
)


@pytest.fixture
def others(small):
    """Another program on another computer, which writes one log."""
    return type(small)(Study.open(small.folder, "desk"))


def test_a_reading_locked_after_its_folder_was_listed_is_not_called_removed(small, others, monkeypatch):
    real = store.find_files

    def listing(folder, pattern):
        monkeypatch.undo()
        others.read(A1)
        found = real(folder, pattern)
        others.read(A3)
        return found

    asking = Study.open(small.folder, "ward")
    monkeypatch.setattr(store, "find_files", listing)
    assert [reading.key for reading in asking.readings()] == [A1]
    assert [reading.key for reading in asking.readings()] == [A1, A3]


def test_a_reading_locked_after_the_worklist_was_listed_is_not_called_removed(small, others, monkeypatch):
    real = reading_states._entries

    def listing(study, folder, **options):
        found = list(real(study, folder, **options))
        if folder == "readings":
            others.read(A1)
        return found

    asking = Study.open(small.folder, "ward")
    monkeypatch.setattr(reading_states, "_entries", listing)
    states = {item.state for item in worklist(asking, "A", 1, small.on().today)}
    assert states == {"available"}


def test_a_record_made_after_it_was_looked_for_is_found_and_not_called_removed(small, others, monkeypatch):
    others.read(B1)
    real = store.read_regular
    missed = []

    def looking(path: Path) -> bytes:
        if path.name == "A-1.json" and not missed:
            missed.append(path)
            try:
                return real(path)
            finally:
                others.read(A1)
        return real(path)

    asking = Store(small.folder)
    monkeypatch.setattr(store, "read_regular", looking)
    record = asking.find("readings/LN1/A-1.json")
    assert missed
    assert record is not None
    assert record.content["reader"] == "A"


def test_tables_that_newer_ones_replaced_meanwhile_are_read_anew_and_not_called_changed(small, others, monkeypatch):
    newer = others.tables(lymph_nodes="lymph_node,patient,image,recist\nLN1,P1,CT1,PD\n")
    real = Store.content
    imported = []

    def reading(self, file):
        if not imported:
            imported.append(file)
            assert import_clinical(others.study, newer, others.on())
        return real(self, file)

    monkeypatch.setattr(Store, "content", reading)
    asking = Study.open(small.folder, "ward")
    assert [lymph_node.id for lymph_node in asking.lymph_nodes()] == ["LN1"]
    assert asking.clinical_tables() == newer


def test_tables_imported_at_each_look_of_verify_are_called_changed_by_nobody(small, others, monkeypatch):
    real = verification.take_inventory
    ages = iter(range(40, 60))

    def looking(folder):
        found = real(folder)
        newer = others.tables(patients=f"patient,age_years\nP1,{next(ages)}\nP2,58\n")
        assert import_clinical(others.study, newer, others.on())
        return found

    monkeypatch.setattr(verification, "take_inventory", looking)
    assert verification.verify(small.folder).is_intact
    monkeypatch.undo()
    (small.folder / "patients.csv").write_text("patient,age_years\nP1,61\nP2,58\n")
    assert [each.code for each in verification.verify(small.folder).problems] == ["table-changed"]
