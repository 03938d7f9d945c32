"""No command but a study's own reads what lies inside a blinded study, by whatever argument it is named."""

import argparse
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import RLNResponseLib
from RLNResponseLib.cli import build_parser, main
from RLNResponseLib.commands.sealed_paths import STUDY, WRITTEN
from RLNResponseLib.common.clock import Now
from RLNResponseLib.study.audit_lines import NOTHING_BEFORE, compose_line, parse_line
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.records_tree import RecordsRoot

SIZE = (12, 40, 40)
BLINDED = "which is blinded, so it is not read here"
REFUSED = f"lies inside the study study, {BLINDED}"
# What takes a folder of a study and keeps its own rules, or only writes.
KNOWN = {"agreement", "consensus", "export", "extract", "report", "table", "demo"}


def write(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A blinded study in which B has locked a reading; CT and contour outside it, too."""
    folder = tmp_path_factory.mktemp("sealed")
    voxels = np.random.default_rng(1).normal(40, 30, SIZE).astype(np.int16)
    voxels[0], voxels[1], voxels[-1] = -1000, -100, -800
    labels = np.zeros(SIZE, np.uint8)
    labels[3:8, 10:24, 10:24] = 1
    write(folder / "ct.nrrd", voxels)
    write(folder / "mask.nrrd", labels)
    (folder / "patients.csv").write_text("patient,died\nP1,no\n")
    (folder / "lymph_nodes.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    study, key = folder / "study", ["--lymph-node", "LN1", "--reader", "B", "--round", "1"]
    for words in (
        ["create", study, "--readers", "A,B", "--repeat", "A"],
        ["import-clinical", study, "--patients", folder / "patients.csv", "--lymph-nodes", folder / "lymph_nodes.csv"],
        ["import-ct", study, folder / "ct.nrrd", "--patient", "P1", "--image", "CT1"],
        ["import-reading", study, folder / "mask.nrrd", *key],
        ["lock", study, *key],
    ):
        assert main(["study", *map(str, words)]) == 0
    (folder / "cases.csv").write_text(
        "case,image,mask\na,ct.nrrd,mask.nrrd\nb,ct.nrrd,study/readings/LN1/B-1.seg.nrrd\n"
    )
    (folder / "readings.csv").write_text("lymph_node,reader,round,path\nLN1,A,1,study/readings/LN1/B-1.seg.nrrd\n")
    (folder / "scans.csv").write_text("patient,image,path\nP1,CT9,study/images/CT1.nrrd\n")
    return folder


@pytest.fixture
def here(prepared, tmp_path, monkeypatch, capsys):
    shutil.copytree(prepared, tmp_path / "all")
    monkeypatch.chdir(tmp_path / "all")
    return tmp_path / "all"


def run(capsys, *words):
    capsys.readouterr()
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


OTHERS = "study/readings/LN1/B-1.seg.nrrd"
OF_A = ("--lymph-node", "LN1", "--reader", "A", "--round", "1")


@pytest.mark.parametrize(
    "words",
    [
        ("score", "ct.nrrd", OTHERS),
        ("score", "study/images/CT1.nrrd", "mask.nrrd"),
        ("score", "ct.nrrd", "mask.nrrd", "--second-reader", OTHERS),
        ("score", "ct.nrrd", "mask.nrrd", "--model", "gu2021-response", "study/readings/LN1/B-1.json"),
        ("score", "--batch", "study/readings"),
        ("features", "ct.nrrd", OTHERS),
        ("features", "ct.nrrd", "mask.nrrd", "--settings", "study/readings/LN1/B-1.json"),
        ("segments", OTHERS),
        ("table1", "study/patients.csv", "--by", "died"),
        ("fit", "study/lymph_nodes.csv", "--outcome", "recist", "--group", "patient", "--output", "m.json"),
        (
            "fit",
            "mine.csv",
            "--readings",
            "study/features/readings.csv",
            "--outcome",
            "x",
            "--group",
            "y",
            "--output",
            "m",
        ),
        ("validate", "study/lymph_nodes.csv", "--model", "gu2021-response", "--outcome", "recist"),
        ("endpoint", "study/lymph_nodes.csv", "--time", "t", "--event", "e", "--death", "d", "--output", "o.csv"),
        ("survival", "study/lymph_nodes.csv", "--time", "t", "--event", "e"),
        ("survival", "mine.csv", "--time", "t", "--event", "e", "--score", "study/readings/LN1/B-1.json"),
        ("agreement", "--table", "study/features/readings.csv"),
        ("study", "import-reading", "study", OTHERS, *OF_A),
        ("study", "import-reading", "another", OTHERS, *OF_A),
        ("study", "import-ct", "study", "study/images/CT1.nrrd", "--patient", "P1", "--image", "CT2"),
        ("study", "import-readings", "study", "--table", "study/patients.csv"),
    ],
    ids=lambda words: " ".join(words[:4]),
)
def test_every_argument_that_is_read_is_refused_inside_a_blinded_study(here, capsys, words):
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert REFUSED in err
    assert err.count("\n") == 1


def test_a_row_of_a_table_that_leads_into_the_study_is_refused_and_no_other(here, capsys):
    code, _out, err = run(capsys, "features", "--batch", "cases.csv", "--workers", "1")
    assert (code, "1 extracted, 1 refused." in err) == (1, True)
    assert f"cases.csv, row 3: B-1.seg.nrrd {REFUSED}" in err
    for command, table in (("import-readings", "readings.csv"), ("import-ct", "scans.csv")):
        code, _out, err = run(capsys, "study", command, "study", "--table", table)
        assert (code, f"{table}, row 2: " in err, REFUSED in err) == (1, True, True)


def test_a_folder_of_nnunet_with_links_into_the_study_is_no_way_in(here, capsys):
    for name, target in (("imagesTr/a_0000.nrrd", "ct.nrrd"), ("labelsTr/a.nrrd", OTHERS)):
        (here / "nn" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "nn" / name).symlink_to(here / target)
    code, _out, err = run(capsys, "features", "--batch", "nn", "--workers", "1")
    assert (code, REFUSED in err, "0 extracted, 1 refused." in err) == (1, True, True)


def header_of(content, *more):
    """The header of a NRRD for the voxels of another file."""
    fields = content.partition(b"\n\n")[0].decode()
    return "\n".join((fields, *more)) + "\n"


def spellings(here):
    """Ways to name the contour that is sealed: each leads to its bytes, or to its voxels."""
    content = (here / OTHERS).read_bytes()
    lines = content.partition(b"\n\n")[0].count(b"\n") + 2
    (here / "link.seg.nrrd").symlink_to(here / OTHERS)
    (here / "again.seg.nrrd").symlink_to("link.seg.nrrd")
    (here / "readings").symlink_to(here / "study" / "readings")
    (here / "all").symlink_to("study")
    (here / "detached.nhdr").write_text(header_of(content, f"line skip: {lines}", f"data file: {OTHERS}"))
    (here / "beside.nhdr").write_text(header_of(content, f"line skip: {lines}", "data file: link.seg.nrrd"))
    (here / "listed.txt").write_text(header_of(content, f"line skip: {lines}", f"data file: LIST\n{OTHERS}"))
    (here / "linked.nhdr").symlink_to("detached.nhdr")
    return (
        *("link.seg.nrrd", "again.seg.nrrd", "readings/LN1/B-1.seg.nrrd", "all/readings/LN1/B-1.seg.nrrd"),
        *(f"{here}/{OTHERS}", f"./study/images/../{OTHERS.removeprefix('study/')}", f"all/../{OTHERS}"),
        *("detached.nhdr", "beside.nhdr", "listed.txt", "linked.nhdr"),
    )


def test_no_spelling_of_a_sealed_contours_path_and_no_header_that_names_it_opens_it(here, capsys):
    for path in spellings(here):
        for words in (("features", "ct.nrrd", path), ("score", "ct.nrrd", "mask.nrrd", "--second-reader", path)):
            code, out, err = run(capsys, *words)
            assert (code, out) == (1, ""), words
            assert BLINDED in err, words
            assert err.count("\n") == 1
    (here / "cases.csv").write_text("case,image,mask\na,ct.nrrd,detached.nhdr\n")
    assert REFUSED in run(capsys, "features", "--batch", "cases.csv", "--workers", "1")[2]
    code, _out, err = run(capsys, "study", "import-reading", "study", "detached.nhdr", *OF_A)
    assert (code, REFUSED in err) == (1, True)


def test_the_voxels_of_a_sealed_ct_are_read_by_no_header_outside(here, capsys):
    content = (here / "study/images/CT1.nrrd").read_bytes()
    start = content.index(b"\n\n") + 2
    (here / "raw").symlink_to(here / "study/images/CT1.nrrd")
    for name in ("study/images/CT1.nrrd", "raw"):
        (here / "ct.mhd").write_text(
            "ObjectType = Image\nNDims = 3\nElementSpacing = 0.8 0.8 2.5\nDimSize = 40 40 12\nElementType = MET_SHORT\n"
            f"HeaderSize = {start}\nElementDataFile = {name}\n"
        )
        (here / "ct.nhdr").write_text(header_of(content, f"byte skip: {start}", f"data file: {name}"))
        for header in ("ct.mhd", "ct.nhdr"):
            code, out, err = run(capsys, "features", header, "mask.nrrd")
            assert (code, out, REFUSED in err) == (1, "", True), (header, name, err)


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_script_is_refused_what_the_commands_are_refused(here, as_path):
    calls = {
        "score": lambda contour: RLNResponseLib.score(as_path("ct.nrrd"), contour),
        "the CT": lambda _: RLNResponseLib.score(as_path("study/images/CT1.nrrd"), as_path("mask.nrrd")),
        "a second reader": lambda contour: RLNResponseLib.score("ct.nrrd", "mask.nrrd", second_reader=contour),
        "extract_features": lambda contour: RLNResponseLib.extract_features(as_path("ct.nrrd"), contour),
        "read_ct": lambda _: RLNResponseLib.read_ct(as_path("study/images/CT1.nrrd")),
        "read_ct by name": lambda _: RLNResponseLib.read_ct(path=as_path("study/images/CT1.nrrd")),
        "read_contour": lambda contour: RLNResponseLib.read_contour(contour, RLNResponseLib.read_ct("ct.nrrd")),
        "list_segments": RLNResponseLib.list_segments,
        "list_places": RLNResponseLib.list_places,
    }
    for contour in (OTHERS, *spellings(here)):
        for name, call in calls.items():
            with pytest.raises(RLNResponseLib.DataRefusedError) as caught:
                call(as_path(contour))
            assert caught.value.code == "inside-blinded-study", (name, contour)


def unblinding_by_hand(here, *, announced):
    """What an unblinding's record says, beside a line of the log that is there and, asked for, a log that announces it."""
    study = here / "study"
    opening = json.loads((study / "readings/LN1/B-1.open.json").read_text())
    body = {"schema": 2, "kind": "unblinding", "unblinded_at": "2026-01-10T12:00:00+00:00", "protocol_sha256": "0" * 64,
            "missing": {}, "anchor": None, "anchor_not_compared": None, "despite": None, "problems": [], "files": []}  # fmt: skip
    audit = opening["audit"]
    if announced:
        line = compose_line(
            AuditRef("home-0001", 0, NOTHING_BEFORE), "unblinded", {"record": "unblinding.json", "content": body}, {},
            Now(datetime(2026, 1, 10, 12, tzinfo=UTC)), RecordsRoot(0, "0" * 64),
        )  # fmt: skip
        (study / "audit/home-0001.jsonl").write_bytes(line + b"\n")
        ref = parse_line(line).ref
        audit = {"writer": ref.writer, "sequence": ref.sequence, "sha256": ref.sha256}
    (study / "unblinding.json").write_text(json.dumps({**body, "audit": audit}))


def test_an_unblinding_made_by_hand_opens_nothing(here, capsys):
    unblinding_by_hand(here, announced=False)
    for words in (
        ("features", "ct.nrrd", OTHERS),
        ("table1", "study/patients.csv", "--by", "died"),
        ("agreement", "study"),
        ("table", "study"),
        ("extract", "study"),
        ("report", "study", "--output", "r.html"),
        ("export", "study", "--dicom", "out"),
        ("study", "status", "study"),
    ):
        code, out, err = run(capsys, *words)
        assert (code, out, err.count("\n")) == (1, "", 1), (words, out, err)
    assert {path.name for path in here.iterdir()}.isdisjoint({"r.html", "out"})


def test_an_unblinding_made_by_hand_with_its_log_is_named_by_verify(here, capsys):
    """Who forges a log, too, might as well have unblinded: it opens, and shows."""
    unblinding_by_hand(here, announced=True)
    assert run(capsys, "segments", OTHERS)[0] == 0
    code, out, _err = run(capsys, "study", "verify", "study", "--json")
    assert code == 1
    assert "log-added" in {each["code"] for each in json.loads(out)["problems"]}


def test_the_protocol_and_filled_in_templates_are_read_and_after_unblinding_everything(here, capsys):
    assert run(capsys, "features", "ct.nrrd", "mask.nrrd", "--settings", "study/study.toml")[0] == 0
    for name in ("patients", "lymph_nodes"):
        shutil.copy(here / f"{name}.csv", here / "study" / "templates" / f"{name}.csv")
    tables = ("--patients", "study/templates/patients.csv", "--lymph-nodes", "study/templates/lymph_nodes.csv")
    assert run(capsys, "study", "import-clinical", "study", *tables)[0] == 0
    assert REFUSED in run(capsys, "table1", "study/templates/patients.csv", "--by", "died")[2]
    (here / "missing.csv").write_text("lymph_node,reader,round,reason\nLN1,A,1,left\nLN1,A,2,left\n")
    assert run(capsys, "study", "unblind", "study", "--missing", "missing.csv")[0] == 0
    assert run(capsys, "segments", OTHERS)[0] == 0
    assert run(capsys, "features", "ct.nrrd", OTHERS)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("features", "ct.nrrd", "mask.nrrd", "--output", "study/patients.csv"),
        ("features", "ct.nrrd", "mask.nrrd", "--output", "link.csv"),
        ("score", "ct.nrrd", "mask.nrrd", "--picture", "study/readings/LN1/x.png"),
        ("agreement", "study", "--disagreements", "study/study.toml"),
        ("agreement", "study", "--disagreement-pictures", "study/readings"),
        ("report", "study", "--output", "r.html", "--pdf", "study/images/r.pdf"),
        ("plan", "--protocol", "study", "--output", "study/audit/r.html"),
        ("plan", "--protocol", "study", "--output", "study/unblinding.html"),
    ],
    ids=lambda words: " ".join(words[-2:]),
)
@pytest.mark.parametrize("unblinded", [False, True])
def test_nothing_is_written_over_the_records_of_a_study(here, capsys, words, unblinded):
    if unblinded:
        (here / "missing.csv").write_text("lymph_node,reader,round,reason\nLN1,A,1,left\nLN1,A,2,left\n")
        assert run(capsys, "study", "unblind", "study", "--missing", "missing.csv")[0] == 0
    (here / "link.csv").symlink_to("study/lymph_nodes.csv")
    before = {path: path.read_bytes() for path in (here / "study").rglob("*") if path.is_file()}
    code, out, err = run(capsys, *words)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "would be written among the records of the study study" in err
    assert {path: path.read_bytes() for path in (here / "study").rglob("*") if path.is_file()} == before


def commands(parser, words=()):
    """Every command with its arguments."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from commands(command, (*words, name))
    if words:
        yield words, parser._actions


def test_what_is_only_written_is_listed_and_everything_else_of_every_command_is_looked_at():
    written, looked_at = set(), set()
    for words, actions in commands(build_parser()):
        for action in actions:
            if action.type is Path:
                (written if action.dest in WRITTEN else looked_at).add((words[0], action.dest))
    assert {name for _, name in written} == WRITTEN
    assert {command for command, name in looked_at if name == STUDY} == {"study", "score", *(KNOWN - {"demo"})}
    assert {name for _, name in looked_at} - {STUDY} == {
        "image", "mask", "ct", "contours", "report", "batch", "second_reader", "settings", "file", "table", "readings", "patients", "lymph_nodes",
        "missing", "protocol", "plan", "registered", "round", "summaries",
    }  # fmt: skip


def test_nothing_that_a_blinded_reader_is_told_is_of_another_readers_contour(here, capsys, monkeypatch):
    """B's reading has minutes, a day, a size, a place and a finding of its own: none of them reaches A."""
    day = "2031-05-17"
    labels = np.zeros(SIZE, np.uint8)
    labels[3:8, 10:23, 11:24] = 1
    labels[9, 33, 35] = 1
    write(here / "b.nrrd", labels)
    monkeypatch.setenv("RLNRESPONSE_TODAY", day)
    of_b = ("--lymph-node", "LN1", "--reader", "B", "--round", "1")
    words = ("study", "import-reading", "study", "b.nrrd", *of_b, "--correction", "a slip", "--minutes", "77.25")
    assert run(capsys, *words)[0] == 0
    code, out, _err = run(capsys, "study", "lock", "study", *of_b)
    assert code == 0
    findings = [line.removeprefix("warning: ") for line in out.splitlines() if line.startswith("warning: ")]
    assert findings
    sealed = ("77.25", day, "B-1", str(int(labels.sum())), *findings)

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2031-06-20")
    told = []
    for words in (
        ("worklist", "study", "--reader", "A", "--round", "1"),
        ("worklist", "study", "--reader", "A", "--round", "1", "--json"),
        ("worklist", "study", "--reader", "A", "--round", "2"),
        ("status", "study"),
        ("status", "study", "--json"),
        ("import-reading", "study", "mask.nrrd", *OF_A),
        ("import-reading", "study", "b.nrrd", *OF_A),
        ("lock", "study", *OF_A, "--check"),
        ("lock", "study", "--all", "--reader", "A", "--round", "1", "--check"),
        ("import-reading", "study", "mask.nrrd", *OF_A),
        ("lock", "study", *OF_A),
        ("import-reading", "study", "mask.nrrd", *OF_A),
        ("status", "study"),
    ):
        _code, out, err = run(capsys, "study", *words)
        # What the checks say of b.nrrd as A's own is A's.
        own = words[2:3] == ("b.nrrd",) or "--check" in words
        told += [(words, line) for line in (out + err).splitlines() if not own or "voxel for voxel" in line]
    assert any("is another reader's, voxel for voxel; check that the right file was taken." in line for _, line in told)
    for words, line in told:
        for secret in sealed:
            assert not re.search(rf"\b{re.escape(secret)}\b", line), (words, line)
