"""Whose a series is, asked before it enters a study: a code that says it."""

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_identity import SourceIdentity, source_identity
from RLNResponseLib.imaging.load import read_ct


@pytest.mark.parametrize(
    "code",
    ["00123", "123", "000123", "MRN-7788990", "7788990", "kowalski", "Kowalski", "JAN-KOWALSKI", "KowalskiJan", "Jan"],
)
def test_a_code_that_says_whose_it_is(code):
    identity = SourceIdentity(patient_id="00123", others=("Kowalski^Jan^M", "Kowalski^Jan", "7788990"))
    assert identity.is_said_by(code)


@pytest.mark.parametrize("code", ["P1", "PT-0123", "1230", "LN-4R", "M", "Kow", "A77889"])
def test_a_code_that_does_not(code):
    identity = SourceIdentity(patient_id="00123", others=("Kowalski^Jan^M", "7788990"))
    assert not identity.is_said_by(code)
    assert not SourceIdentity().is_said_by(code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MÜLLER^ANNA", "Müller"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "TarouYamada"),
        ("ＫＯＷＡＬＳＫＩ^Jan", "kowalski"),
    ],
)
def test_a_name_in_another_spelling_or_script(name, code):
    assert SourceIdentity(others=(name,)).is_said_by(code)


def test_what_the_headers_say(tmp_path, write_slice):
    for k in range(3):
        write_slice(
            tmp_path / f"{k}.dcm",
            k,
            SpecificCharacterSet="ISO_IR 192",
            PatientID=" 00123 ",
            PatientName="Иванов^Иван",
            OtherPatientIDs=["A-1", "B-2"],
        )
    identity = source_identity(tmp_path, None)
    assert identity == SourceIdentity(patient_id="00123", others=("A-1", "B-2", "Иванов^Иван"))
    assert "00123" not in str(read_ct(tmp_path))


@pytest.mark.parametrize(("modality", "shown"), [("MR", "MR"), ("KOWALSKI", "other"), ("", "unknown")])
def test_a_modality_that_is_none_is_not_repeated(tmp_path, write_slice, modality, shown):
    for k in range(3):
        write_slice(tmp_path / f"{k}.dcm", k, Modality=modality)
    with pytest.raises(DataRefusedError, match=f"is of modality {shown}, not CT"):
        read_ct(tmp_path)
