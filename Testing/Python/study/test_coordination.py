"""Whose CT it is: what is dropped on a coordinator's table, and what a DICOM database offers."""

import csv
import io
from pathlib import Path

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.coordination import (
    ImportRow,
    OfferedSeries,
    PlannedImport,
    import_table,
    offered_cts,
    planned_drop,
    planned_series,
)


def row(patient, image, *, imported=False):
    return ImportRow(
        patient=patient, image=image, lymph_nodes=(f"{image}-1",), is_imported=imported, without_site=(), left_out=""
    )


ROWS = (row("P1", "CT1"), row("P2", "CT2a"), row("P2", "CT2b"), row("P3", "CT3", imported=True), row("P4", ""))


def of(planned):
    return [(each.patient, each.image, each.path.name) for each in planned]


def test_one_folder_is_of_the_row_that_it_falls_on_whatever_it_is_called():
    assert of(planned_drop(ROWS, ROWS[1], [Path("/data/anything")])) == [("P2", "CT2a", "anything")]


def test_several_go_by_the_studys_codes_in_the_rows_order():
    dropped = [Path("/data/ct2B.nrrd"), Path("/data/P1"), Path("/data/CT2a")]
    assert of(planned_drop(ROWS, ROWS[0], dropped)) == [
        ("P1", "CT1", "P1"),
        ("P2", "CT2a", "CT2a"),
        ("P2", "CT2b", "ct2B.nrrd"),
    ]
    assert of(planned_drop(ROWS, None, [Path("/data/CT1")])) == [("P1", "CT1", "CT1")]


def test_a_folder_of_volumes_is_its_files_and_one_of_a_single_volume_stays_a_folder(tmp_path):
    import SimpleITK as sitk

    (tmp_path / "P1").mkdir()
    (tmp_path / "all").mkdir()
    small = sitk.Image([4, 4, 4], sitk.sitkInt16)
    for name in ("P1/any.mha", "all/CT2a.nrrd", "all/ct2b.nii.gz"):
        sitk.WriteImage(small, str(tmp_path / name))
    assert of(planned_drop(ROWS, ROWS[0], [tmp_path / "P1"])) == [("P1", "CT1", "P1")]
    for onto in (None, ROWS[0]):
        assert of(planned_drop(ROWS, onto, [tmp_path / "P1", tmp_path / "all"])) == [
            ("P1", "CT1", "P1"),
            ("P2", "CT2a", "CT2a.nrrd"),
            ("P2", "CT2b", "ct2b.nii.gz"),
        ]
    assert len(planned_drop(ROWS, ROWS[0], [tmp_path / "all"])) == 2


@pytest.mark.parametrize(
    ("onto", "dropped", "code"),
    [
        (ROWS[3], ["x"], "image-exists"),
        (ROWS[4], ["x"], "no-ct-named"),
        # P2 lacks two: whose of them it is, nobody can tell.
        (None, ["P2"], "not-matched"),
        (None, ["CT1", "Miller^John"], "not-matched"),
        (None, ["CT3"], "not-matched"),
        (None, ["CT1", "CT1.nrrd"], "matched-twice"),
    ],
)
def test_what_cannot_be_told_is_refused_and_no_folder_is_named(onto, dropped, code):
    with pytest.raises(DataRefusedError) as refused:
        planned_drop(ROWS, onto, [Path("/data") / name for name in dropped])
    assert refused.value.code == code
    assert "Miller" not in str(refused.value)


def series(tmp_path, count=12, modality="CT", patient="b", date="20200101", apart=False):
    files = []
    for number in range(count):
        folder = tmp_path / (f"part{number % 2}" if apart else "series")
        folder.mkdir(exist_ok=True)
        files.append(folder / f"{number}.dcm")
        files[-1].touch()
    return OfferedSeries(
        patient=patient, date=date, description="chest", modality=modality, uid="1.2.3", files=tuple(files)
    )


def test_ct_are_offered_by_patient_and_date_and_what_is_no_ct_is_not(tmp_path):
    found = [
        series(tmp_path, patient="b", date="20200301"),
        series(tmp_path, patient="B", date="20200101", count=2),
        series(tmp_path, patient="a", modality="MR"),
        series(tmp_path, patient="b", date="20200101", count=40),
        series(tmp_path, patient="a", modality="ct "),
    ]
    assert [(each.patient, each.date, len(each.files)) for each in offered_cts(found)] == [
        ("a", "20200101", 12), ("b", "20200101", 40), ("B", "20200101", 2), ("b", "20200301", 12),
    ]  # fmt: skip
    assert "1.2.3" not in repr(found[0]), "the UID is the patient's"


def test_a_series_is_the_ct_of_the_chosen_row_or_says_what_it_lacks(tmp_path):
    whole = series(tmp_path)
    planned = planned_series(ROWS[0], whole)
    assert planned == PlannedImport(patient="P1", image="CT1", path=tmp_path / "series", series="1.2.3")
    for lacking, words in (
        (series(tmp_path, count=1), "a single slice"),
        (series(tmp_path, count=0), "no file"),
        (series(tmp_path, apart=True), "several folders"),
    ):
        assert words in lacking.missing
        with pytest.raises(DataRefusedError, match=words) as refused:
            planned_series(ROWS[0], lacking)
        assert refused.value.code == "series-incomplete"
    whole.files[3].unlink()
    with pytest.raises(DataRefusedError, match="no longer where") as refused:
        planned_series(ROWS[0], whole)
    assert refused.value.code == "series-gone"
    with pytest.raises(DataRefusedError, match="choose the row first") as refused:
        planned_series(None, whole)
    assert refused.value.code == "no-row"


def test_the_table_is_what_the_command_reads():
    planned = [
        PlannedImport(patient="P1", image="CT1", path=Path('/a, "b"/c'), series="1.2", acquisition="3"),
        PlannedImport(patient="P2", image="CT2", path=Path("/d")),
    ]
    assert list(csv.DictReader(io.StringIO(import_table(planned)))) == [
        {"patient": "P1", "image": "CT1", "path": '/a, "b"/c', "series": "1.2", "acquisition": "3"},
        {"patient": "P2", "image": "CT2", "path": "/d", "series": "", "acquisition": ""},
    ]
