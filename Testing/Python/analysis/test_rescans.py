"""A study whose lymph nodes have a second CT: sealed from readers, compared with the first, and no further lymph node."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.agreement.readings import reading_table
from RLNResponseLib.analysis.cases import study_cases, study_sets
from RLNResponseLib.analysis.rescans import study_rescans
from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv, read_table
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.report.page.page import study_sections
from RLNResponseLib.report.page.parts import tables_of
from RLNResponseLib.report.page.rescans import rescans_sections
from RLNResponseLib.report.text.rescans import rescan_sentences
from RLNResponseLib.study.blinding import ReaderView, unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.exclusions import flow
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.protocol_file import parse_protocol
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

NOW = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
PATIENTS = 8
SHAPE = (12, 44, 44)
# Radii in the plane before and after, mm (voxels of 1 mm): the last four were treated.
BEFORE = [(12, 9), (13, 9), (14, 10), (12, 10), (13, 10), (14, 11), (12, 8), (13, 9)]
AFTER = [*BEFORE[:4], (5, 4), (9, 7), (12, 8), (18, 14)]


def ct_of(seed):
    values = np.random.default_rng(seed).normal(60, 20 + seed % 7, SHAPE)
    return CTImage(image=sitk.GetImageFromArray(values.astype(np.int16)))


def contour_of(radii):
    k, j, i = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    far = ((k - 6) / 4) ** 2 + ((j - 21.7) / radii[1]) ** 2 + ((i - 22.2) / radii[0]) ** 2
    return Contour.from_full_grid(far <= 1, "lymph node")


def lymph_nodes_csv(occasion=lambda number: "retest" if number < 4 else "after"):
    lines = ["lymph_node,patient,image,recist,repeat_of,occasion"]
    for number in range(PATIENTS):
        lines.append(f"LN{number},P{number},CT{number},{'PR' if number % 2 else 'SD'},,")
        lines.append(f"LX{number},P{number},CTX{number},,LN{number},{occasion(number)}")
    return "\n".join(lines) + "\n"


def tables(text):
    patients = "patient\n" + "".join(f"P{number}\n" for number in range(PATIENTS))
    return parse_clinical(parse_csv(patients.encode(), "patients.csv"), parse_csv(text.encode(), "lymph_nodes.csv"))


def read(study, name, contour):
    key = ReadingKey(lymph_node=name, reader="A")
    ct = study_ct(study, study.lymph_node(name).image)
    open_reading(study, key, NOW)
    save_draft(study, key, lambda path: write_seg_nrrd(path, contour, ct), minutes=1, source="test", software={})
    lock_reading(study, key, (), NOW)


@pytest.fixture(scope="module")
def blinded(tmp_path_factory):
    """Every row contoured, still blinded."""
    folder = tmp_path_factory.mktemp("rescans")
    protocol = Protocol(title="Twice", readers=plan_readers(["A"], []), occasions=("retest", "after"))
    study = Study.create(folder / "study", protocol, NOW)
    for number in range(PATIENTS):
        for name, seed in ((f"CT{number}", number), (f"CTX{number}", number + 100)):
            sitk.WriteImage(ct_of(seed).image, str(folder / "ct.nrrd"))
            import_ct(study, folder / "ct.nrrd", f"P{number}", name, NOW)
    import_clinical(study, tables(lymph_nodes_csv()), NOW)
    for number in range(PATIENTS):
        read(study, f"LN{number}", contour_of(BEFORE[number]))
        read(study, f"LX{number}", contour_of(AFTER[number]))
    return study


@pytest.fixture(scope="module")
def seen(blinded):
    """What a reader could see before unblinding, by a refusal's code."""
    view = ReaderView.of(blinded, "A")
    refusals = {}
    for what, ask in (
        ("contour", lambda: view.contour_file(ReadingKey(lymph_node="LN0", reader="A"))),
        ("outcome", lambda: view.outcome("LX0")),
        ("later", blinded.later_scans),
        ("rescans", lambda: study_rescans(blinded)),
    ):
        with pytest.raises(DataRefusedError) as refused:
            ask()
        refusals[what] = (refused.value.code, str(refused.value))
    return refusals, view.lymph_node("LX0"), view.worklist(1, NOW)


@pytest.fixture(scope="module")
def study(blinded, seen):
    unblind(blinded, NOW)
    assert main(["extract", str(blinded.folder), "--workers", "1"]) == 0
    return Study.open(blinded.folder)


@pytest.fixture(scope="module")
def found(study):
    return study_rescans(study)


def test_nothing_of_a_second_ct_is_told_before_unblinding(seen):
    refusals, lymph_node, items = seen
    assert {what: code for what, (code, _) in refusals.items()} == {
        "contour": "locked-contours-sealed", "outcome": "blinded", "later": "blinded", "rescans": "blinded",
    }  # fmt: skip
    # The refusal is the same for every lymph node, and no record that a reader gets has a word of it.
    assert "LN0" not in refusals["contour"][1]
    assert not {"repeat_of", "occasion"} & set(vars(lymph_node))
    assert all("after" not in repr(item) and "retest" not in repr(item) for item in items)
    # Nor whose it is, which would pair the two rows.
    assert len(items) == 2 * PATIENTS
    assert {lymph_node.patient, *(item.patient for item in items)} == {""}


def strings(value):
    """Every text that stands as a value, at any depth; names of keys do not."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def test_the_record_of_the_import_holds_no_pair(study):
    """It names rows and columns with salted digests, and no row as what another repeats."""
    (record,) = study.folder.glob("clinical/*.json")
    values = set(strings(json.loads(record.read_text(encoding="utf-8"))))
    assert not values & {"retest", "after", *(f"LN{number}" for number in range(PATIENTS))}


def test_the_folder_verifies_and_the_tables_read_back(study):
    assert [each for each in verify(study.folder).problems if each.kind != "note"] == []
    assert study.clinical_tables() == tables(lymph_nodes_csv())


def test_a_second_ct_is_no_further_lymph_node(study):
    assert flow(study).enrolled_lymph_nodes == PATIENTS
    cases = study_cases(study, study_sets(study, split=False))
    assert [row["lymph_node"] for row in cases.rows] == [f"LN{number}" for number in range(PATIENTS)]
    table = read_table(study.folder / "features" / "readings.csv")
    assert len(table.rows) == 2 * PATIENTS
    assert {row["occasion"] for row in table.rows} == {"", "retest", "after"}
    assert {reading.lymph_node for reading in reading_table(table).readings} == {f"LN{n}" for n in range(PATIENTS)}


def test_a_lymph_node_on_the_second_ct_alone_is_new(tmp_path):
    """Beside one that shrank: Eisenhauer et al. 2009, table 1. So is one whose own first CT is that second one."""
    protocol = Protocol(title="New", readers=plan_readers(["A"], []), occasions=("after",))
    study = Study.create(tmp_path / "study", protocol, NOW)
    for name, seed in (("CT0", 0), ("CTX0", 1), ("CTY0", 2)):
        sitk.WriteImage(ct_of(seed).image, str(tmp_path / "ct.nrrd"))
        import_ct(study, tmp_path / "ct.nrrd", "P0", name, NOW)
    rows = "LN0,P0,CT0,,\nLX0,P0,CTX0,LN0,after\nNEW,P0,CTX0,,\nOWN,P0,CTX0,,\nOWX,P0,CTY0,OWN,after\n"
    import_clinical(study, tables(f"lymph_node,patient,image,repeat_of,occasion\n{rows}"), NOW)
    sizes = {"LN0": (12, 9), "LX0": (9, 6), "NEW": (8, 6), "OWN": (14, 11), "OWX": (12, 8)}
    for name, radii in sizes.items():
        read(study, name, contour_of(radii))
    unblind(study, NOW)
    assert main(["extract", str(study.folder), "--workers", "1"]) == 0
    found = study_rescans(study)
    response = found.by_patient["P0"]
    assert {each.name: each.role for each in response.lymph_nodes} == {"LN0": "target", "NEW": "new", "OWN": "new"}
    assert (response.target, response.category) == ("PR", "PD")
    assert response.reason.startswith("NEW, OWN of 10 mm or more is on the later CT alone")
    said = " ".join(each.text for each in rescan_sentences(found))
    assert "in a row that repeats no other row; no other new lesion is looked for" in said


def test_each_change_is_that_of_the_two_contours(study, found):
    for number, scan in enumerate(found.scans):
        values = []
        for name in (scan.repeat_of, scan.lymph_node):
            (reading,) = [each for each in study.current_readings() if each.key.lymph_node == name]
            ct = study_ct(study, reading.image)
            values.append(extract_features(ct, locked_contour(study, reading, ct)).values)
        first, second = (np.array([side[name] for name in FEATURES]) for side in values)
        assert found.absolute[number] == pytest.approx(second - first, rel=1e-12, nan_ok=True)
        assert found.relative[number] == pytest.approx((second - first) / np.abs(first), rel=1e-12, nan_ok=True)


def test_response_by_size_is_recists(found):
    after = {
        scan.repeat_of: size for scan, size in zip(found.scans, found.sizes, strict=True) if scan.occasion == "after"
    }
    assert {name: size.category for name, size in after.items()} == {"LN4": "CR", "LN5": "PR", "LN6": "SD", "LN7": "PD"}
    for number, name in enumerate(("LN4", "LN5", "LN6", "LN7"), start=4):
        assert after[name].before.short_mm == pytest.approx(2 * BEFORE[number][1], abs=1)
        assert after[name].after.long_mm == pytest.approx(2 * AFTER[number][0], abs=1)


def test_test_retest_icc_is_that_of_the_untreated_alone(found):
    """ICC(A,1) by McGraw and Wong's formula from the mean squares, over the four lymph nodes of occasion retest."""
    untreated = [number for number, scan in enumerate(found.scans) if scan.occasion == "retest"]
    assert found.retest.n == len(untreated) == 4
    assert found.recontouring is None
    for column in (found.names.index(f"original_firstorder_{name}") for name in ("Variance", "Mean", "Entropy")):
        values = np.stack([found.before[untreated, column], found.after[untreated, column]], axis=1)
        n, k = values.shape
        rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0)
        between, raters = k * rows.var(ddof=1), n * columns.var(ddof=1)
        left = ((values - rows - columns + values.mean()) ** 2).sum() / ((n - 1) * (k - 1))
        expected = (between - left) / (between + (k - 1) * left + k * (raters - left) / n)
        assert found.retest.estimate[column] == pytest.approx(expected, abs=1e-9)


def test_the_command_prints_and_writes(study, tmp_path, capsys):
    assert main(["rescans", str(study.folder), "--output", str(tmp_path / "second.csv"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["test_retest"]["n"] == 4
    assert answer["recontouring"] is None
    with (tmp_path / "second.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PATIENTS
    (last,) = [row for row in rows if row["lymph_node"] == "LN7"]
    assert (last["size_response"], last["occasion"]) == ("PD", "after")
    # Nothing happened between the CT of a retest, so there is no response.
    assert {row["size_response"] for row in rows if row["occasion"] == "retest"} == {""}
    assert {pair["size_response"] for pair in answer["pairs"] if pair["occasion"] == "retest"} == {""}
    assert float(last["delta_original_shape_MeshVolume"]) == pytest.approx(
        answer["pairs"][-1]["absolute"]["original_shape_MeshVolume"], rel=1e-9
    )
    assert main(["rescans", str(study.folder)]) == 0
    said = capsys.readouterr().out
    assert "Test-retest, two CT and two contours of 4 lymph nodes" in said
    assert "not a medical device" in said


def test_a_second_ct_that_the_protocol_does_not_name_is_refused(tmp_path):
    plain = Study.create(tmp_path / "study", Protocol(title="Once", readers=plan_readers(["A"], [])), NOW)
    assert "occasions" not in (plain.folder / "study.toml").read_text(encoding="utf-8")
    with pytest.raises(DataRefusedError) as refused:
        import_clinical(plain, tables(lymph_nodes_csv()), NOW)
    assert refused.value.code == "not-in-protocol"
    # A study without one writes the tables as they always were, so that no older version meets a column it has not.
    once = "lymph_node,patient,image,recist\nLN0,P0,CT0,PR\n"
    assert tables(once).lymph_nodes_csv().splitlines()[0] == ",".join(f'"{name}"' for name in LYMPH_NODE_HEADER)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("LX,P0,CT1,,LN0,", "has one of repeat_of and occasion"),
        ("LX,P0,CT1,,LN9,after", "is not the first CT of a lymph node"),
        ("LX,P0,CT0,,LN0,after", "of the same image"),
        ("LX,P1,CT1,,LN0,after", "of another patient"),
        ("LX,P0,CT1,PR,LN0,after", "has an outcome"),
        ("LX,P0,CT1,,LX,after", "is not the first CT of a lymph node"),
    ],
)
def test_a_row_that_does_not_say_what_it_repeats_is_refused(row, fault):
    text = f"lymph_node,patient,image,recist,repeat_of,occasion\nLN0,P0,CT0,PR,,\n{row}\n"
    with pytest.raises(DataRefusedError) as refused:
        tables(text)
    assert (refused.value.code, fault in str(refused.value)) == ("bad-occasion", True)
    assert str(refused.value).startswith("lymph_nodes.csv")


def test_the_protocol_keeps_its_occasions_and_refuses_others():
    protocol = Protocol(title="Twice", readers=plan_readers(["A"], []), occasions=("after",))
    text = protocol.as_toml()
    assert parse_protocol(text.encode()) == protocol
    with pytest.raises(DataRefusedError, match="has occasions that are not each one of retest, after"):
        parse_protocol(text.replace('"after"', '"later"').encode())
    assert replace(protocol, occasions=()).as_toml() == text.replace('occasions = ["after"]\n', "")


def test_the_table_of_lymph_nodes_takes_the_axes(study, found, capsys):
    assert main(["table", str(study.folder), "--size"]) == 0
    rows = {row["lymph_node"]: row for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert len(rows) == PATIENTS
    for scan, size in zip(found.scans, found.sizes, strict=True):
        told = (float(rows[scan.repeat_of]["long_axis_mm"]), float(rows[scan.repeat_of]["short_axis_mm"]))
        assert told == pytest.approx((size.before.long_mm, size.before.short_mm), rel=1e-12)


def test_the_report_has_a_part_on_the_second_ct_and_counts_no_lymph_node_twice(study):
    analysis = analyse_study(study, resamples=20, split=False)
    assert len(analysis.cases.rows) == PATIENTS
    tables = {table.name: table for table in tables_of(study_sections(study, analysis))}
    responses = {row[0]: row[-1] for row in tables["second-ct"].rows}
    assert [responses[f"LN{number}"] for number in range(PATIENTS)] == ["", "", "", "", "CR", "PR", "SD", "PD"]
    assert len(tables["test-retest"].rows) == len(FEATURES)
    # A lymph node a patient: the sum is its short axis.
    assert [row[-1] for row in tables["second-ct-patients"].rows] == ["CR", "PR", "SD", "PD"]
    assert [row[1] for row in tables["second-ct-patients"].rows] == ["LN4", "LN5", "LN6", "LN7"]
    assert rescans_sections(replace(analysis, rescans=None)) == ()
