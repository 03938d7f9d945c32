"""A study's CT and contours by the hundred: tables, one refusal not stopping the rest, taken up where it was left."""

import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.row_cells import named_again, work_table
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study import bulk, contouring
from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

SIZE = (12, 40, 40)
PATIENTS = "patient,gender,age_years\n" + "".join(f"P{n},male,6{n}\n" for n in range(1, 5))
LYMPH_NODES = "lymph_node,patient,image\n" + "".join(f"LN{n},P{n},CT{n}\n" for n in range(1, 5))


def write_ct(path, seed):
    array = np.random.default_rng(seed).normal(40, 30, SIZE).astype(np.int16)
    array[0], array[1], array[-1] = -1000, -100, -800  # air, fat, lung: HU
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


def write_mask(path, *boxes):
    """A label map; box number n is label n."""
    labels = np.zeros(SIZE, np.uint8)
    for label, (first, last) in enumerate(boxes, 1):
        labels[3:8, first:last, 10:24] = label
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


class Bulk:
    """A folder with scans, contours and a study; and the command on it."""

    def __init__(self, folder, capsys):
        self.folder, self.study, self.capsys = folder, folder / "study", capsys
        self.log = None

    def run(self, command, *arguments):
        """Exit code, stdout without the log's words (kept in `log`), stderr, each as lines."""
        self.capsys.readouterr()
        code = main(["study", command, str(self.study), *map(str, arguments)])
        captured = self.capsys.readouterr()
        said = captured.out.splitlines()
        self.log = said.pop() if said and said[-1].startswith("log: ") else None
        return code, said, captured.err.splitlines()

    def table(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def drafts(self):
        return sorted(path.relative_to(self.study / "readings").as_posix() for path in self.study.rglob("*.draft*"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Four scans and contours of two readers, and a study with its clinical tables."""
    folder = tmp_path_factory.mktemp("bulk")
    (folder / "scans").mkdir()
    (folder / "masks").mkdir()
    for number in range(1, 5):
        write_ct(folder / "scans" / f"{number}.nrrd", number)
        write_mask(folder / "masks" / f"{number}-A.nrrd", (10, 24))
        write_mask(folder / "masks" / f"{number}-B.nrrd", (11, 25))
    (folder / "patients.csv").write_text(PATIENTS)
    (folder / "lymph_nodes.csv").write_text(LYMPH_NODES)
    study = str(folder / "study")
    assert main(["study", "create", study, "--readers", "A,B", "--repeat", "A"]) == 0
    tables = ["--patients", str(folder / "patients.csv"), "--lymph-nodes", str(folder / "lymph_nodes.csv")]
    assert main(["study", "import-clinical", study, *tables]) == 0
    return folder


@pytest.fixture
def here(prepared, tmp_path, capsys):
    shutil.copytree(prepared, tmp_path / "all")
    return Bulk(tmp_path / "all", capsys)


SCANS = "patient,image,path\n" + "".join(f"P{n},CT{n},scans/{n}.nrrd\n" for n in range(1, 5))
READINGS = "lymph_node,reader,round,path,minutes\n" + "".join(
    f"LN{n},{reader},1,masks/{n}-{reader}.nrrd,{n}.5\n" for n in range(1, 5) for reader in "AB"
)


def test_a_study_is_read_in_locked_and_every_command_can_be_run_again(here):
    scans, readings = here.table("scans.csv", SCANS), here.table("readings.csv", READINGS)
    assert here.run("import-ct", "--table", scans) == (0, ["4 imported."], [])
    assert here.run("import-ct", "--table", scans) == (0, ["0 imported, 4 were there already."], [])
    code, out, err = here.run("import-readings", "--table", readings)
    assert (code, out[-1], err) == (0, "8 imported.", [])
    drawn = here.drafts()
    code, out, err = here.run("import-readings", "--table", readings)
    assert (code, out[-1], err) == (0, "0 imported, 8 were there already.", [])
    assert here.drafts() == drawn
    key = ("--all", "--reader", "A", "--round", "1")
    code, out, err = here.run("lock", *key, "--check")
    assert (code, out[-1], err) == (0, "4 can be locked.", [])
    assert not Study.open(here.study).readings()
    code, out, err = here.run("lock", *key)
    assert (code, out[-1], err) == (0, "4 locked.", [])
    assert here.run("lock", *key) == (0, ["0 locked, 4 locked before."], [])
    # A locked reading with this very contour is there too.
    assert here.run("import-readings", "--table", readings)[1][-1] == "0 imported, 8 were there already."
    minutes = {reading.key.lymph_node: reading.minutes for reading in Study.open(here.study).readings()}
    assert minutes == {"LN1": 1.5, "LN2": 2.5, "LN3": 3.5, "LN4": 4.5}
    assert here.run("verify")[0] == 0


def test_what_is_noticed_of_several_stands_there_once(here):
    for number in (1, 2, 3):
        image = sitk.ReadImage(str(here.folder / f"scans/{number}.nrrd"))
        sitk.WriteImage(sitk.Clamp(image + 1024, sitk.sitkInt16, 24, 1100), str(here.folder / f"scans/{number}.nrrd"))
    code, out, err = here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    assert (code, out[-1], err) == (0, "4 imported.", [])
    assert [line.partition(": ")[0] for line in out[:-1]] == ["scans.csv, row 2 and 2 more"]


def test_one_row_that_is_refused_stops_no_other_and_is_named_as_the_spreadsheet_shows_it(here):
    text = "\n".join(
        [
            "patient;image;path",
            ";;",
            "P1;CT1;scans/1.nrrd",
            "",
            "P2;CT2;scans/gone.nrrd",
            "Jan Kowalski;CT3;scans/3.nrrd",
            "P4;;scans/4.nrrd",
            "P4;CT4;scans\\4.nrrd",
        ]
    )
    code, out, err = here.run("import-ct", "--table", here.table("scans.csv", text))
    assert code == 1
    assert out == ["2 imported, 3 refused."]
    assert [line.split(": ")[0] for line in err[:3]] == [f"scans.csv, row {row}" for row in (5, 6, 7)]
    assert "gone.nrrd" in err[0]
    assert "The patient identifier has the character ' '" in err[1]
    assert "Kowalski" not in "".join(err)
    assert "The column image is empty" in err[2]
    assert err[3] == (
        "3 of 5 rows refused, for the reasons above; mend what is to mend, and run it again: what is done stays as it is."
    )
    assert [image.id for image in Study.open(here.study).images()] == ["CT1", "CT4"]


def test_another_ct_or_patient_under_an_identifier_is_no_image_that_is_there(here):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    text = "patient,image,path\nP1,CT1,scans/2.nrrd\nP2,CT2,scans/2.nrrd\nP4,CT3,scans/3.nrrd\n"
    code, out, err = here.run("import-ct", "--table", here.table("scans.csv", text))
    assert (code, out) == (1, ["0 imported, 2 refused, 1 was there already."])
    assert all("is another CT or another patient's" in line for line in err[:2])


def test_rows_that_name_one_thing_twice_are_both_refused(here):
    scans = "patient,image,path\nP1,CT1,scans/1.nrrd\nP2,CT2,scans/2.nrrd\nP1,ct1,scans/3.nrrd\n"
    code, out, err = here.run("import-ct", "--table", here.table("scans.csv", scans))
    assert (code, out) == (1, ["1 imported, 2 refused."])
    assert "row 2: This row and row 4 name the same image" in err[0]
    assert "row 4: This row and row 2 name the same image" in err[1]
    readings = "lymph_node,reader,round,path\nLN2,A,1,masks/2-A.nrrd\nLN2,A,1.0,masks/2-B.nrrd\n"
    assert here.run("import-readings", "--table", here.table("readings.csv", readings))[1] == ["0 imported, 2 refused."]
    assert not here.drafts()


def test_what_a_reader_changed_since_is_not_replaced_by_a_table(here):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    readings = here.table("readings.csv", "lymph_node,reader,round,path\nLN1,A,1,masks/1-A.nrrd\n")
    assert here.run("import-readings", "--table", readings)[0] == 0
    before = {path: path.read_bytes() for path in here.study.rglob("*") if path.is_file()}
    write_mask(here.folder / "masks" / "1-A.nrrd", (10, 22))
    code, _, err = here.run("import-readings", "--table", readings)
    assert code == 1
    assert "has another contour as its draft" in err[0]
    assert before == {path: path.read_bytes() for path in here.study.rglob("*") if path.is_file()}
    here.run("lock", "--all", "--reader", "A", "--round", 1)
    assert "is locked and never changes" in here.run("import-readings", "--table", readings)[2][0]


def test_columns_choose_the_segment_and_a_misspelt_one_is_named(here):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    write_mask(here.folder / "masks" / "both.nrrd", (4, 16), (20, 32))
    head = "lymph_node,reader,round,path,"
    code, _, err = here.run(
        "import-readings", "--table", here.table("r.csv", f"{head}segement\nLN1,A,1,masks/both.nrrd,2\n")
    )
    assert code == 1
    assert err[0].startswith("note: not read from r.csv: segement; what is read is lymph_node, reader, round, path,")
    assert "name one of them with the column segment" in err[1]
    assert (
        here.run(
            "import-readings",
            "--table",
            here.table("r.csv", f"{head}segment,component\nLN1,A,1,masks/both.nrrd,2.0,1\n"),
        )[0]
        == 0
    )
    ct = contouring.study_ct(Study.open(here.study), "CT1")
    drawn = contouring.read_contour(
        bulk.draft_file(Study.open(here.study), ReadingKey(lymph_node="LN1", reader="A")), ct
    )
    assert drawn.corner[1] == 20


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("round", "first", "The column round holds no whole number from 1 on"),
        ("round", "3", "There is no round 3"),
        ("component", "-1", "The column component holds no whole number"),
        ("threshold", "1.5", "The column threshold holds no fraction above 0"),
        ("threshold", "0.5", "no fractions"),
        ("minutes", "ten", "The column minutes holds no number"),
        ("minutes", "-4", "The minutes spent contouring must be a number from 0"),
        ("lymph_node", "LN9", "There is no such lymph node"),
        ("reader", "C", "The protocol names no such reader"),
        ("path", "", "The column path is empty"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_for_its_reason(here, column, cell, said):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS.splitlines()[0] + "\n" + SCANS.splitlines()[1]))
    row = {"lymph_node": "LN1", "reader": "A", "round": "1", "path": "masks/1-A.nrrd", column: cell}
    code, out, err = here.run(
        "import-readings", "--table", here.table("r.csv", f"{','.join(row)}\n{','.join(row.values())}\n")
    )
    assert (code, out[-1]) == (1, "0 imported, 1 refused.")
    assert said in err[0]


def test_the_log_s_words_end_what_is_said_once(here):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    readings = "lymph_node,reader,round,path\nLN1,A,1,masks/1-A.nrrd\nLN2,A,1,masks/2-A.nrrd\n"
    for call in (
        ("import-readings", "--table", here.table("readings.csv", readings)),
        ("lock", "--all", "--reader", "A", "--round", "1"),
    ):
        _, out, _ = here.run(*call)
        assert here.log == log_words(Study.open(here.study))
        assert not any(line.startswith("log: ") for line in out)


def test_lock_all_names_what_cannot_be_locked_and_counts_what_nobody_drew(here):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS))
    readings = "lymph_node,reader,round,path\nLN1,A,1,masks/1-A.nrrd\nLN2,A,1,masks/2-A.nrrd\n"
    here.run("import-readings", "--table", here.table("readings.csv", readings))
    # LN2's image is damaged behind the study's back.
    file = Study.open(here.study).image_file("CT2")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    code, out, err = here.run("lock", "--all", "--reader", "A", "--round", "1")
    assert (code, out[-1]) == (1, "1 locked, 1 refused, 2 without a contour.")
    assert err[0].startswith("A-1 of LN2: The image 'CT2' is not the one that was read")
    assert err[1].startswith("1 of 4 readings refused")


def test_an_error_of_our_own_or_of_the_disk_is_a_row_s_too(here, monkeypatch):
    here.run("import-ct", "--table", here.table("scans.csv", SCANS.replace("CT1", "CT9")))
    given = iter([ValueError("ours"), PermissionError(13, "Permission denied", "masks/2-A.nrrd")])

    def broken(*arguments, **options):
        raise next(given)

    monkeypatch.setattr(bulk, "import_reading", broken)
    readings = "lymph_node,reader,round,path\nLN1,A,1,masks/1-A.nrrd\nLN2,A,1,masks/2-A.nrrd\n"
    code, out, err = here.run("import-readings", "--table", here.table("readings.csv", readings))
    assert (code, out) == (1, ["0 imported, 2 refused."])
    assert "An error in RLNResponse itself stopped it (ValueError)" in err[0]
    assert "2-A.nrrd cannot be read or written (Permission denied)" in err[1]


def test_a_stopped_import_goes_on_where_it_was_left(here):
    work = work_table(parse_csv(SCANS.encode(), "scans.csv"), here.folder, bulk.CT_COLUMNS)
    study = Study.open(here.study)

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bulk.import_cts(study, work, now, stop)
    steps = []
    outcomes = bulk.import_cts(study, work, now, lambda done, total: steps.append((done, total)))
    assert [outcome.state for outcome in outcomes] == ["there", "there", "done", "done"]
    assert steps == [(done, 4) for done in range(5)]


def test_a_key_file_gets_the_pairs_of_images_that_are_there_already(here, tmp_path):
    scans = here.table("scans.csv", SCANS)
    here.run("import-ct", "--table", scans)
    code, _, err = here.run("import-ct", "--table", scans, "--key-file", tmp_path / "keys.csv")
    assert code == 1
    assert "states no patient ID to look up in the key file" in err[0]


def test_wrong_calls_end_with_2(here):
    scans = here.table("scans.csv", SCANS)
    for words in (
        ["import-ct", "--table", scans, "--patient", "P1"],
        ["import-ct", "--table", scans, "--series", "1.2"],
        ["import-ct", here.folder / "scans" / "1.nrrd", "--patient", "P1"],
        ["import-ct", "--patient", "P1", "--image", "CT1"],
        ["import-ct", here.folder / "scans" / "1.nrrd", "--patient", "P1", "--image", "CT1", "--sheet", "x"],
        ["import-readings"],
        ["lock", "--reader", "A", "--round", "1"],
        ["lock", "--all", "--lymph-node", "LN1", "--reader", "A", "--round", "1"],
    ):
        with pytest.raises(SystemExit) as ended:
            here.run(*words)
        assert ended.value.code == 2, words


def test_a_table_without_rows_or_columns_is_refused_before_anything_is_done(here):
    for text, said in (("patient,image,path\n", "no row below its header"), ("patient,image\nP1,CT1\n", "'path'")):
        code, out, err = here.run("import-ct", "--table", here.table("scans.csv", text))
        assert (code, out) == (1, [])
        assert said in err[0]


def test_empty_names_are_no_doubles():
    table = parse_csv(b"image,path\n,a\n,b\n", "t.csv")
    assert named_again(work_table(table, None, ("image",)), ("image",)) == {}
