"""What may not become an image of the study, and what is no study."""

import pytest

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.study import Study

ERROR = Finding(code="not-a-ct", severity="error", message="This is no CT; choose another.")


@pytest.mark.parametrize(
    ("image", "patient", "findings", "code"),
    [
        ("CT1", "P1", (), "image-exists"),
        ("ct1", "P1", (), "look-alike-identifiers"),
        ("C T", "P1", (), "bad-identifier"),
        ("CT3", "Jan Kowalski", (), "bad-identifier"),
        ("CT3", "P1", (ERROR,), "not-a-ct"),
    ],
)
def test_an_image_that_may_not_come_in_is_refused_and_nothing_is_written(
    small, refusal, image, patient, findings, code
):
    before = small.tree()
    write = lambda path: path.write_bytes(b"x")  # noqa: E731
    assert refusal(lambda: add_image(small.study, image, patient, write, {}, findings, {}, small.on())) == code
    assert small.tree() == before


def test_what_is_not_in_the_study_is_refused_by_name(small, refusal):
    assert refusal(lambda: small.study.image("CT9")) == "no-such-image"
    assert refusal(lambda: small.study.lymph_node("LN9")) == "no-such-lymph-node"
    assert refusal(small.study.outcomes) == "blinded"


def test_a_study_is_made_once_and_only_a_study_is_opened(small, tmp_path, refusal):
    before = small.tree()
    assert refusal(lambda: Study.create(small.folder, small.study.protocol, small.on())) == "folder-not-empty"
    assert small.tree() == before
    (tmp_path / "empty").mkdir()
    assert refusal(lambda: Study.open(tmp_path / "empty")) == "no-protocol"


def test_of_two_programs_that_import_tables_at_once_the_second_is_refused_and_leaves_nothing(
    small, refusal, monkeypatch
):
    tables = small.tables(patients="patient\nP1\nP2\n")
    before = small.tree()
    monkeypatch.setattr(Study, "last_clinical_import", lambda self: None)  # it looked before the first was made
    assert refusal(lambda: import_clinical(small.study, tables, small.on())) == "record-exists"
    assert small.tree() == before
