"""A file of an unblinded study that was forged is read by no command: each refuses in one sentence that names it, or
makes again from what was locked what can be made again.
"""

import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.analysis.cases import sets_are_dealt
from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.files import file_digest
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.features.cohort.table import FeatureStore
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.report.page.checklists import _division
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

IMAGE, CONTOUR, TABLE, PARQUET = (
    "images/CT1.nrrd",
    "readings/LN1/A-1.seg.nrrd",
    "features/readings.csv",
    "features/readings.parquet",
)
RESPONSES = ("PR", "SD", "CR", "SD")
PATIENTS = "patient,gender,died,follow_up_months\n" + "".join(
    f"P{number},male,no,30\n" for number, _ in enumerate(RESPONSES, start=1)
)
LYMPH_NODES = "lymph_node,patient,image,recist,local_control_months,local_recurrence\n" + "".join(
    f"LN{number},P{number},CT{number},{recist},26.5,no\n" for number, recist in enumerate(RESPONSES, start=1)
)


def on(day):
    return Now(datetime(2026, 1, 10, 12, tzinfo=UTC) + timedelta(days=day))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """Four lymph nodes, each on a small CT, read by A twice and by B once, unblinded and extracted."""
    folder = tmp_path_factory.mktemp("forged") / "study"
    study = Study.create(folder, Protocol(title="Small", readers=plan_readers(["A", "B"], ["A"])), on(0), "ward")
    voxels = np.random.default_rng(1).normal(60, 20, (12, 24, 24)).astype(np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.8, 2.5))
    ct = CTImage(image=image, acquisition=Acquisition(modality="CT"), name="CT1")
    for number, _ in enumerate(RESPONSES, start=1):
        write = lambda path: sitk.WriteImage(image, str(path))  # noqa: E731
        add_image(study, f"CT{number}", f"P{number}", write, {"modality": "CT"}, (), {}, on(0))
    tables = parse_clinical(
        parse_csv(PATIENTS.encode(), "patients.csv"), parse_csv(LYMPH_NODES.encode(), "lymph_nodes.csv")
    )
    import_clinical(study, tables, on(0))
    for reader, round_number, day in (("A", 1, 0), ("B", 1, 0), ("A", 2, 40)):
        for number, _ in enumerate(RESPONSES, start=1):
            key = ReadingKey(lymph_node=f"LN{number}", reader=reader, round=round_number)
            drawn = np.ones((4, 5 + number, 6 + round_number), dtype=bool)
            contour = Contour(name="LN", voxels=drawn, corner=(3, 2 * number, 8 if reader == "A" else 9))
            open_reading(study, key, on(day))
            write = lambda path, contour=contour: write_seg_nrrd(path, contour, ct)  # noqa: E731
            save_draft(study, key, write, minutes=1, source="a test", software={})
            lock_reading(study, key, (), on(day))
    unblind(study, on(41))
    extract_study(study, clock=lambda: on(42))
    return folder


@pytest.fixture
def here(extracted, tmp_path, monkeypatch, capsys):
    shutil.copytree(extracted, tmp_path / "study")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RLNRESPONSE_TODAY", on(43).today.isoformat())
    monkeypatch.setenv("RLNRESPONSE_DEBUG", "1")
    return tmp_path


def run(capsys, words):
    capsys.readouterr()
    code = main(words.split())
    captured = capsys.readouterr()
    return code, captured.out, captured.err


# By what each command reads: the files of one lymph node, all contours, the clinical tables, the feature table.
OF_IMAGE = (
    f"score study/{IMAGE} study/{CONTOUR}",
    f"features study/{IMAGE} study/{CONTOUR}",
    "export study --dicom out",
    "score ct.nrrd mask.nrrd --uncertainty --study study",
)
OF_CONTOUR = (
    f"score study/{IMAGE} study/{CONTOUR}",
    f"score study/images/CT2.nrrd study/readings/LN2/A-1.seg.nrrd --second-reader study/{CONTOUR}",
    f"features study/{IMAGE} study/{CONTOUR}",
    f"segments study/{CONTOUR}",
    "export study --dicom out",
    "agreement study",
    "report study --output r.html",
    "score ct.nrrd mask.nrrd --uncertainty --study study",
)
OF_TABLES = (
    "table study",
    "report study --output r.html",
    "export study --dicom out --lymph-node LN1 --reader A --round 1",
    "extract study",
    "study status study",
    "table1 study/lymph_nodes.csv --by recist",
    "fit study/lymph_nodes.csv --outcome recist --group patient --output m.json",
    "validate study/lymph_nodes.csv --model gu2021-response --outcome recist",
    "survival study/lymph_nodes.csv --time local_control_months --event local_recurrence",
    "endpoint study/lymph_nodes.csv --time local_control_months --event local_recurrence --death died --months 24 "
    "--output o.csv",
)
OF_READING = (
    f"segments study/{CONTOUR}",
    "export study --dicom out",
    "agreement study",
    "report study --output r.html",
    "table study",
    "extract study",
    "score ct.nrrd mask.nrrd --uncertainty --study study",
)
OF_FEATURES = (
    "table study",
    "agreement study",
    "report study --output r.html",
    f"agreement --table study/{TABLE}",
    f"table1 study/{TABLE} --by reader",
    f"fit study/{TABLE} --outcome round --group patient --output m.json",
    f"fit mine.csv --readings study/{TABLE} --outcome round --group patient --output m.json",
    f"validate study/{TABLE} --model gu2021-response --outcome round",
    f"survival study/{TABLE} --time round --event reader",
)


def changed(folder, path):
    content = (folder / path).read_bytes()
    (folder / path).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def staged(folder, path, record):
    """Removed, and a forged one under the temporary name that the record gives."""
    (file,) = (each for each in json.loads((folder / record).read_text())["files"] if each["path"] == path)
    forged = folder / file["staged"]
    forged.write_bytes((folder / path).read_bytes().replace(b"SD", b"CR") + b"\n")
    (folder / path).unlink()
    return forged


def forged_features(folder, path=TABLE):
    text = (folder / path).read_text()
    (folder / path).write_text(text.replace("0.", "0.5"))


FORGERIES = {
    "an image changed": (lambda folder: changed(folder, IMAGE), OF_IMAGE, "'CT1' is not the one that was read"),
    "a contour changed": (lambda folder: changed(folder, CONTOUR), OF_CONTOUR, "A-1 of 'LN1' is not the one that"),
    "a contour in the place of another reader's": (
        lambda folder: shutil.copy(folder / "readings/LN1/B-1.seg.nrrd", folder / CONTOUR),
        OF_CONTOUR[2:6],
        "A-1 of 'LN1' is not the one that",
    ),
    "a contour removed, a forged one under its temporary name": (
        lambda folder: staged(folder, CONTOUR, "readings/LN1/A-1.json"),
        OF_CONTOUR[4:6],
        "A-1 of 'LN1' is not the one that",
    ),
    "an outcome changed": (
        lambda folder: (folder / "lymph_nodes.csv").write_text(
            (folder / "lymph_nodes.csv").read_text().replace("SD", "CR")
        ),
        OF_TABLES,
        "lymph_nodes.csv is not what was recorded",
    ),
    "an outcome table removed, a forged one under its temporary name": (
        lambda folder: staged(folder, "lymph_nodes.csv", "clinical/1.json"),
        OF_TABLES[:5],
        "lymph_nodes.csv is not",
    ),
    "a reading's record changed": (
        lambda folder: (folder / "readings/LN1/A-1.json").write_text(
            (folder / "readings/LN1/A-1.json").read_text().replace('"minutes": 1', '"minutes": 9')
        ),
        OF_READING,
        "readings/LN1/A-1.json",
    ),
    "a reading's record removed": (
        lambda folder: (folder / "readings/LN1/A-1.json").unlink(),
        OF_READING,
        "readings/LN1/A-1.json",
    ),
    "a feature table changed": (forged_features, OF_FEATURES, "features/readings.csv is not what an extraction wrote"),
    "a feature table's Parquet changed": (
        lambda folder: changed(folder, PARQUET),
        tuple(words.replace(TABLE, PARQUET) for words in OF_FEATURES if TABLE in words),
        "features/readings.parquet is not what an extraction wrote",
    ),
    "the protocol edited": (
        lambda folder: (folder / "study.toml").write_text((folder / "study.toml").read_text() + "\n# 0.5\n"),
        ("agreement study", "report study --output r.html", "table study", f"features {IMAGE} {CONTOUR} --settings study/study.toml"),
        "study.toml was changed after it was frozen",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_no_command_reads_what_was_forged(here, capsys, name):
    act, commands, named = FORGERIES[name]
    image = sitk.ReadImage(str(here / "study" / IMAGE))
    sitk.WriteImage(image, str(here / "ct.nrrd"))
    shutil.copy(here / "study" / CONTOUR, here / "mask.nrrd")
    act(here / "study")
    for words in commands:
        code, out, err = run(capsys, words)
        assert (code, out) == (1, ""), (words, out, err)
        assert named in err, words
        # Beside a bar of the progress there is one sentence, and nothing was written.
        assert len([line for line in err.splitlines() if line.endswith(".")]) == 1, (words, err)
    assert not {"out", "r.html", "m.json", "o.csv"} & {path.name for path in here.iterdir()}


def test_what_was_not_forged_is_read_by_the_same_commands(here, capsys):
    for words in (*OF_CONTOUR[2:4], *OF_TABLES[0:1], *OF_TABLES[2:5]):
        code, _out, err = run(capsys, words)
        assert code == 0, (words, err)


@pytest.mark.parametrize("place", ["readings/LN1/.A-1.0123456789abcdef.tmp.seg.nrrd", "readings/LN1/A-1 (1).seg.nrrd",
                                   "readings/LN1/A-1-c2.seg.nrrd", "images/CT1-DESKTOP-7K2M4QX.nrrd"])  # fmt: skip
def test_what_no_record_vouches_for_is_read_by_no_command(here, capsys, place):
    is_image = place.startswith("images")
    shutil.copy(here / "study" / (IMAGE if is_image else CONTOUR), here / "study" / place)
    link = here / "link.nrrd"
    link.symlink_to(here / "study" / place)
    for path in (f"study/{place}", "link.nrrd", f"study/readings/../{place}"):
        pair = (path, f"study/{CONTOUR}") if is_image else (f"study/{IMAGE}", path)
        capsys.readouterr()
        code = main(["features", *pair])
        captured = capsys.readouterr()
        assert (code, captured.out) == (1, ""), path
        assert captured.err.count("\n") == 1


def rows(folder):
    return (folder / TABLE).read_bytes()


def test_a_forged_feature_table_is_made_again_from_what_was_locked(here, capsys):
    folder, true = here / "study", rows(here / "study")
    parquet = (folder / PARQUET).read_bytes()
    forged_features(folder)
    assert rows(folder) != true
    # The note of what it was made from forged to fit.
    note = json.loads((folder / "features/contents.json").read_text())
    for path in (TABLE, PARQUET):
        changed(folder, path)
        note["files"][path.rpartition("/")[2]] = file_digest(folder / path)
        (folder / "features/contents.json").write_text(json.dumps(note))
        assert run(capsys, "extract study --workers 1")[0] == 0
        assert rows(folder) == true
        assert (folder / PARQUET).read_bytes() == parquet


def test_a_forged_part_of_an_unfinished_run_is_not_taken_into_the_table(here, capsys):
    folder, true = here / "study", rows(here / "study")
    (row,) = [row for row in parse_csv(true, "t").rows if (row["lymph_node"], row["reader"], row["round"]) == ("LN1", "A", "1")]  # fmt: skip
    columns = FeatureStore(Study.open(folder))._columns
    forged = {**row, "round": 1, "failure": None, **dict.fromkeys(columns, 0.5)}
    for path in (TABLE, PARQUET, "features/contents.json"):
        (folder / path).unlink()
    (folder / "features/parts").mkdir()
    (folder / "features/parts/CT1-forged.jsonl").write_text(json.dumps(forged) + "\n")
    assert run(capsys, "extract study --workers 1")[0] == 0
    assert rows(folder) == true


def test_a_division_that_the_studys_seed_did_not_deal_is_told_from_one_that_it_did(here, capsys):
    study, split = Study.open(here / "study"), here / "study/results/split.csv"
    assert run(capsys, "table study")[0] == 0
    assert sets_are_dealt(study)
    text = split.read_text()
    swapped = text.replace("training", "x").replace("validation", "training").replace("x", "validation")
    split.write_text(swapped)
    assert run(capsys, "table study")[0] == 0
    assert not sets_are_dealt(study)
    assert _division(study).startswith("as that file has them, not as the study's seed deals them")
    split.unlink()
    assert sets_are_dealt(study)
    assert (split.read_text(), _division(study)) == (text, "dealt by the study's seed")
