"""A study folder as its attacker sees it: every forgery, what `verify` says of it without an anchor and with one that
was taken before, and that no command goes on with what was forged. docs/study-folder.md has the table.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from whole_study import (
    CORRECTION,
    FIRST_OF_LN1,
    FIRST_OF_LN2,
    ORPHAN,
    REPEAT_OF_LN2,
    Process,
    begin,
    on,
    play,
    put,
    tree,
)

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.anchor import Anchor, anchor_now
from RLNResponseLib.study.audit_lines import NOTHING_BEFORE, compose_line, parse_line
from RLNResponseLib.study.records import AuditRef, ReadingKey
from RLNResponseLib.study.records_tree import RecordsRoot
from RLNResponseLib.study.stored_records import record_bytes
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

pytestmark = pytest.mark.long

DOCS = Path(__file__).resolve().parents[3] / "docs" / "study-folder.md"
LATE = on(90)
OF_LOG = ("audit/", "heads/")


@dataclass(frozen=True)
class Deed:
    """A deed of the software whose record is to disappear: what is done before it, and the deed."""

    before: Callable[[Process], None]
    act: Callable[[Process], None]


def nothing(_process):
    pass


def draw_first(process):
    process.open(FIRST_OF_LN1, 2)
    process.draw(FIRST_OF_LN1)


def draw_correction(process):
    process.open(CORRECTION, 2)
    process.draw(CORRECTION)


def crash(process):
    (process.folder / ORPHAN).parent.mkdir(exist_ok=True)
    (process.folder / ORPHAN).write_bytes(b"half a contour")


def day(process):
    """Made again it is made later."""
    return 3 if process.word == "first" else 3.25


DEEDS = {
    "a locked reading": Deed(draw_first, lambda process: process.lock(FIRST_OF_LN1, day(process))),
    "an opening": Deed(nothing, lambda process: process.open(FIRST_OF_LN1, day(process))),
    "a correction": Deed(draw_correction, lambda process: process.lock(CORRECTION, day(process))),
    "an exclusion": Deed(nothing, lambda process: process.leave_out("P2", day(process))),
    "a clinical import": Deed(
        nothing, lambda process: process.tables("PD" if process.word == "first" else "CR", day(process))
    ),
    "an image": Deed(nothing, lambda process: process.image("CT3", "P2", day(process))),
    "a recovery": Deed(crash, lambda process: process.recover(day(process))),
    "an unblinding": Deed(nothing, lambda process: process.unblind(day(process))),
}
# How it is removed: what becomes of the log of the process that did it, and of its head.
FORMS = {
    "the record": "kept",
    "the record and its commit mark": "cut",
    "the record, its commit mark, the head put right": "cut, head too",
    "the record and the log of its process": "removed",
    "the record, the log of its process and its head": "removed, head too",
}
AGAIN = {"": None, "and made again": "ward", "and made again on another computer": "desk"}


def is_silent(form, later):
    """What nobody can see: the very last deed, gone with the end of its log and the head, before anyone wrote again."""
    return FORMS[form].endswith("head too") and not later


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun") / "study"
    begin(folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "study"
    play(folder)
    return folder


def remove_log(folder, before, form):
    """Of the log that a deed made: nothing, its commit marks, or all."""
    (log,) = (name for name in tree(folder) if name.startswith("audit/") and name not in before)
    head = log.replace("audit/", "heads/").replace(".jsonl", ".json")
    if FORMS[form].startswith("removed"):
        (folder / log).unlink()
        if FORMS[form].endswith("head too"):
            (folder / head).unlink()
    elif FORMS[form].startswith("cut"):
        lines = (folder / log).read_bytes().splitlines(keepends=True)
        left = lines[: [b'"record-made"' in each for each in lines].index(True)]
        (folder / log).write_bytes(b"".join(left))
        if FORMS[form].endswith("head too"):
            last = parse_line(left[-1].rstrip(b"\n"))
            said = {"writer": last.writer, "sequence": last.sequence, "sha256": last.sha256}
            (folder / head).write_text(json.dumps(said, sort_keys=True, separators=(",", ":")))


@pytest.mark.parametrize("again", AGAIN)
@pytest.mark.parametrize("later", [False, True], ids=["the last deed", "others wrote since"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DEEDS)
def test_what_was_removed_or_made_again_is_named(begun, tmp_path, name, form, later, again):
    folder = tmp_path / "study"
    shutil.copytree(begun, folder)
    deed = DEEDS[name]
    deed.before(Process(folder))
    before = tree(folder)
    deed.act(Process(folder))
    after = tree(folder)
    logs = {path: content for path, content in after.items() if path in before}
    if later:
        Process(folder, "clinic").note(4)
    assert verify(folder, now=LATE).problems == ()
    anchor = anchor_now(Study.open(folder))

    put(folder, before, lambda path: not path.startswith(OF_LOG))
    at_once = {path for path in tree(folder) if path.startswith("audit/clinic")}
    remove_log(folder, before.keys() | logs.keys() | at_once, form)
    said = ""
    if AGAIN[again]:
        try:
            deed.act(Process(folder, AGAIN[again], "second"))
        except DataRefusedError as refusal:
            said = refusal.code
    # Of what the log says was made, the software makes no other.
    if AGAIN[again] and FORMS[form] == "kept":
        assert said in ("record-removed", "already-unblinded")

    problems = verify(folder, now=LATE).problems
    assert all(problem.is_harmless for problem in problems) is is_silent(form, later), problems
    # A log made again under its number is another one; the lines that were there are missed, or not the same.
    named = {"record-removed"} if FORMS[form] == "kept" else {"line-removed", "line-changed"}
    assert is_silent(form, later) or named & {problem.code for problem in problems}
    with_anchor = {problem.code for problem in verify(folder, anchor, LATE).problems if not problem.is_harmless}
    assert with_anchor & {"record-removed", "line-removed", "line-changed"}


@dataclass(frozen=True)
class Forgery:
    """One forgery of the whole study: the act, and the codes that verify finds, those of its notes apart."""

    act: Callable[[Path, Mapping[str, bytes]], None]
    alone: str
    anchored: str = ""
    noted: str = ""
    # What reads it, and how that refuses; "" where it holds as before.
    read: Callable[[Study], object] | None = None
    refused: str = ""


def edit(path, old=b"", new=b"x"):
    def act(folder, files):
        content = files[path]
        assert not old or old in content
        (folder / path).write_bytes(content.replace(old, new, 1) if old else content + new)

    return act


def copy(source, target):
    def act(folder, files):
        (folder / target).write_bytes(files[source])

    return act


def without(*paths):
    def act(folder, _files):
        for path in paths:
            (folder / path).unlink()

    return act


def staged(path, record, forged):
    """A file's place taken by a forged one under the temporary name that its record gives."""

    def act(folder, files):
        (file,) = (each for each in json.loads(files[record])["files"] if each["path"] == path)
        (folder / path).unlink()
        (folder / file["staged"]).write_bytes(forged)

    return act


def cut(log, lines, *, head):
    def act(folder, files):
        kept = files[f"audit/{log}.jsonl"].splitlines(keepends=True)[:-lines]
        (folder / f"audit/{log}.jsonl").write_bytes(b"".join(kept))
        if not head:
            (folder / f"heads/{log}.json").unlink()

    return act


def older(folder, _files):
    """As the folder was before the repeat."""
    shutil.rmtree(folder)
    begin(folder)


def by_hand(path, **changed):
    """A record that nobody's software made, naming a line of the log that is there."""

    def act(folder, files):
        source = files[path.replace("LN1/B-1", "LN2/B-1")]
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(json.dumps({**json.loads(source), **changed}, indent=1).encode() + b"\n")

    return act


def log_from_outside(folder, _files):
    root = RecordsRoot(0, "0" * 64)
    line = compose_line(AuditRef("home-0001", 0, NOTHING_BEFORE), "reading-locked", {"record": "x"}, {}, LATE, root)
    (folder / "audit/home-0001.jsonl").write_bytes(line + b"\n")


def announced_otherwise(folder, files):
    """A record and its line rewritten together, the chain of their log made anew, the head too."""
    log = "ward-0006"
    first, *rest = files[f"audit/{log}.jsonl"].splitlines()
    line = json.loads(first)
    line["details"]["content"]["minutes"] = 1.0
    raw = json.dumps(line, sort_keys=True, separators=(",", ":")).encode()
    ref = parse_line(raw).ref
    path = line["details"]["record"]
    (folder / path).write_bytes(record_bytes(line["details"]["content"], ref))
    mark = json.loads(rest[0])
    mark["previous"] = ref.sha256
    mark["details"]["made"][0]["line"]["sha256"] = ref.sha256
    again = json.dumps(mark, sort_keys=True, separators=(",", ":")).encode()
    (folder / f"audit/{log}.jsonl").write_bytes(raw + b"\n" + again + b"\n")
    head = parse_line(again).ref
    said = {"writer": head.writer, "sequence": head.sequence, "sha256": head.sha256}
    (folder / f"heads/{log}.json").write_text(json.dumps(said, sort_keys=True, separators=(",", ":")))


def said(path, files, **changed):
    """The content of a record with other words."""
    content = {**json.loads(files[path]), **changed}
    return {name: value for name, value in content.items() if name not in ("schema", "files", "audit")}


def begun_and(deed):
    """On a study that was just begun; its records and logs are those of before the deed."""

    def act(folder, _files):
        shutil.rmtree(folder)
        begin(folder)
        deed(folder, tree(folder))

    return act


def unblinded_by_hand(folder, files):
    record = {
        **{"schema": 2, "kind": "unblinding", "unblinded_at": on(2).moment.isoformat(), "protocol_sha256": "0" * 64},
        **{"missing": {}, "anchor": None, "anchor_not_compared": None, "despite": None, "problems": [], "files": []},
        "audit": json.loads(files[READING])["audit"],
    }
    (folder / "unblinding.json").write_text(json.dumps(record, indent=1) + "\n")


def committed_too_early(folder, files):
    """A repeat opened through the store itself, on the day after, under the protocol that holds."""
    opening = said(OPENING, files, round=2, opened_at=on(2).moment.isoformat())
    Study.open(folder, "desk").store.commit("reading-opened", "readings/LN2/A-2.open.json", opening, on(2))


def committed_before_its_opening(folder, files):
    study = Study.open(folder, "desk")
    Process(folder, "desk").open(ReadingKey(lymph_node="LN1", reader="B"), 5)
    times = {"opened_at": on(5).moment.isoformat(), "locked_at": on(2).moment.isoformat()}
    reading = said(READING, files, lymph_node="LN1", reader="B", **times)
    staged_files = [
        study.store.stage(
            f"readings/LN1/B-1{end}", lambda path, end=end: path.write_bytes(files[f"readings/LN2/A-1{end}"])
        )
        for end in (".seg.nrrd", ".sealed")
    ]
    study.store.commit("reading-locked", "readings/LN1/B-1.json", reading, on(5), staged_files)


def washout_edited(folder, _files):
    protocol = folder / "study.toml"
    text = protocol.read_bytes()
    protocol.write_bytes(text.replace(b"washout_days = 28", b"washout_days = 0"))
    Process(folder).read(REPEAT_OF_LN2, 11)
    protocol.write_bytes(text)


def clock_ahead(folder, _files):
    Process(folder).read(REPEAT_OF_LN2, 41)
    Process(folder, "desk").note(12)


def drawn_as_anothers(folder, _files):
    Process(folder, "desk").read(ReadingKey(lymph_node="LN2", reader="B"), 2, b"A-1 first")


CONTOUR, READING, OPENING = (f"readings/LN2/A-1{suffix}" for suffix in (".seg.nrrd", ".json", ".open.json"))

FORGERIES = {
    "a contour changed": Forgery(
        edit(CONTOUR), "contour-changed", read=lambda s: s.contour_file(FIRST_OF_LN2), refused="contour-changed"
    ),
    "a contour in the place of another reader's": Forgery(
        copy("readings/LN2/B-1.seg.nrrd", CONTOUR),
        "contour-changed",
        read=lambda s: s.contour_file(FIRST_OF_LN2),
        refused="contour-changed",
    ),
    "a contour removed, a forged one under its temporary name": Forgery(
        staged(CONTOUR, READING, b"forged"),
        "file-removed",
        read=lambda s: s.contour_file(FIRST_OF_LN2),
        refused="contour-changed",
    ),
    "what is sealed of a contour changed": Forgery(edit("readings/LN2/A-1.sealed"), "sealed-part-changed"),
    "an image changed": Forgery(
        edit("images/CT1.nrrd"), "image-changed", read=lambda s: s.image_file("CT1"), refused="image-changed"
    ),
    "an outcome changed": Forgery(
        edit("lymph_nodes.csv", b"PR", b"PD"), "table-changed", read=Study.outcomes, refused="file-changed"
    ),
    "an outcome table removed, a forged one under its temporary name": Forgery(
        staged("lymph_nodes.csv", "clinical/1.json", b"lymph_node,patient,image,recist\nLN1,P1,CT1,CR\n"),
        "file-removed",
        read=Study.outcomes,
        refused="file-changed",
    ),
    "a word in a reading's record changed": Forgery(
        edit(READING, b'"minutes": 4', b'"minutes": 9'),
        "record-changed",
        read=Study.readings,
        refused="record-not-logged",
    ),
    "the opening of a locked reading removed": Forgery(
        without(OPENING),
        "opening-removed, record-removed",
        read=lambda s: s.opening(FIRST_OF_LN2),
        refused="record-removed",
    ),
    "an opening made by hand": Forgery(
        by_hand("readings/LN1/B-1.open.json", lymph_node="LN1"),
        "record-added",
        read=lambda s: s.opening(ReadingKey(lymph_node="LN1", reader="B")),
        refused="record-not-logged",
    ),
    "a reading made by hand": Forgery(
        by_hand("readings/LN1/B-1.json", lymph_node="LN1"),
        "opening-removed, record-added",
        read=Study.readings,
        refused="record-not-logged",
    ),
    "the giving up of a correction removed": Forgery(
        without("readings/LN2/A-1-c3.given-up.json"),
        "record-removed",
        read=lambda s: s.is_given_up(CORRECTION.next_revision),
        refused="record-removed",
    ),
    "an unblinding made by hand": Forgery(
        begun_and(unblinded_by_hand),
        "record-added",
        read=lambda s: s.refuse_while_blinded("Outcomes"),
        refused="record-not-logged",
    ),
    "a repeat opened before its washout, past the software": Forgery(
        begun_and(committed_too_early), "washout-not-kept"
    ),
    "a reading locked before it was opened, past the software": Forgery(
        begun_and(committed_before_its_opening), "times-contradict"
    ),
    "the protocol edited for a repeat before its washout, and put back": Forgery(
        begun_and(washout_edited), "washout-shortened"
    ),
    "a clock set forward for a repeat, and back": Forgery(begun_and(clock_ahead), "", noted="clock-went-back"),
    "a contour locked as another reader's": Forgery(begun_and(drawn_as_anothers), "", noted="same-contour"),
    "the unblinding's record removed": Forgery(
        without("unblinding.json"), "record-removed", read=lambda s: s.refuse_while_blinded("Outcomes")
    ),
    "the records of unblinding and frozen protocol removed": Forgery(
        without("unblinding.json", "protocol-frozen.json"),
        "record-removed",
        read=lambda s: s.refuse_while_blinded("Outcomes"),
    ),
    "a flipped bit in the unblinding's record": Forgery(
        edit("unblinding.json", b'"unblinded_at"', b'"unblinded_au"'),
        "record-changed",
        read=Study.unblinding,
        refused="record-not-logged",
    ),
    "the protocol edited after unblinding": Forgery(
        edit("study.toml", b"washout_days = 28", b"washout_days = 0"),
        "protocol-changed",
        read=lambda s: s.protocol,
        refused="protocol-changed",
    ),
    "a line of a log changed": Forgery(edit("audit/ward-0006.jsonl", b'"minutes":4', b'"minutes":9'), "line-changed"),
    "a record, its line, chain and head written anew to fit": Forgery(
        announced_otherwise, "line-changed, record-rewritten"
    ),
    "the last line of a log removed": Forgery(cut("ward-0006", 1, head=True), "line-removed"),
    "all lines of a log removed, with its head": Forgery(cut("ward-0006", 2, head=False), "line-removed"),
    "the last line of the last log removed": Forgery(cut("desk-0005", 1, head=True), "line-removed"),
    "the last line of the last log removed, with its head": Forgery(
        cut("desk-0005", 1, head=False), "", anchored="line-removed"
    ),
    "a log copied under another number": Forgery(
        copy("audit/ward-0006.jsonl", "audit/ward-0016.jsonl"), "line-changed"
    ),
    "a log from outside put in": Forgery(log_from_outside, "log-added, records-differ"),
    "the whole folder put back from an older copy": Forgery(older, "", anchored="line-removed"),
}


def codes(problems, *, harmless=False):
    return ", ".join(sorted({problem.code for problem in problems if problem.is_harmless is harmless}))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_named_and_not_gone_on_with(whole, tmp_path, name):
    folder, forgery = tmp_path / "study", FORGERIES[name]
    shutil.copytree(whole, folder)
    anchor = anchor_now(Study.open(folder))
    forgery.act(folder, tree(folder))
    # Made at other times, an older copy has another beginning: only then is the anchor's study left out.
    kept = Anchor(study=None, heads=anchor.heads, records=anchor.records)
    found = verify(folder, now=LATE).problems
    assert codes(found) == forgery.alone
    assert not forgery.noted or codes(found, harmless=True) == forgery.noted
    named = set((forgery.anchored or forgery.alone).split(", ")) - {""}
    assert set(codes(verify(folder, kept, LATE).problems).split(", ")) >= named
    if forgery.read is not None:
        said = ""
        try:
            forgery.read(Study.open(folder))
        except DataRefusedError as refusal:
            said = refusal.code
        assert said == forgery.refused


def washed_out(folder, *, clock_ahead=0.0, edited=None):
    """A repeat that was opened on the tenth day after the first reading: by a clock set forward, or an edited washout."""
    shutil.rmtree(folder, ignore_errors=True)
    begin(folder)
    protocol = folder / "study.toml"
    text = protocol.read_bytes()
    if edited is not None:
        protocol.write_bytes(text.replace(b"washout_days = 28", edited))
    repeat = ReadingKey(lymph_node="LN2", reader="A", round=2)
    Process(folder).read(repeat, 11 + clock_ahead)
    protocol.write_bytes(text)
    Process(folder, "desk").note(12)
    return {(problem.kind, problem.code, problem.where) for problem in verify(folder, now=on(13)).problems}


def test_a_protocol_edited_for_a_moment_is_named_by_the_opening_that_names_it(tmp_path):
    found = washed_out(tmp_path / "study", edited=b"washout_days = 0")
    assert ("contradiction", "washout-shortened", "readings/LN2/A-2.open.json") in found


def test_a_clock_set_forward_for_the_repeat_and_back_is_noted_at_the_line_that_went_back(tmp_path):
    found = washed_out(tmp_path / "study", clock_ahead=30)
    assert {code for _, code, _ in found} == {"clock-went-back", "time-to-come"}
    assert ("note", "clock-went-back", "audit/desk-0001.jsonl line 1") in found


def test_every_byte_of_the_unblinding_that_is_flipped_is_damage_and_never_blinded_again(whole, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(whole, folder)
    path = folder / "unblinding.json"
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        assert "unblinding.json" in {p.where for p in verify(folder).problems if not p.is_harmless}
        try:
            assert Study.open(folder).unblinding() is not None
        except DataRefusedError as refusal:
            assert refusal.code in ("damaged-record", "record-not-logged")  # noqa: PT017 - either holds


def test_a_contour_locked_as_anothers_is_noted(tmp_path):
    begin(tmp_path / "study")
    Process(tmp_path / "study", "desk").read(ReadingKey(lymph_node="LN2", reader="B"), 2, b"A-1 first")
    found = verify(tmp_path / "study").problems
    assert [(each.kind, each.code, each.where) for each in found] == [("note", "same-contour", "readings/LN2/B-1.json")]


def test_a_study_of_before_commit_marks_says_what_it_cannot_show_once(tmp_path):
    shutil.copytree(Path(__file__).parent / "study_of_schema_1", tmp_path / "study")
    found = verify(tmp_path / "study", now=LATE)
    assert found.is_intact
    notes = [problem for problem in found.problems if problem.code == "format-cannot-show"]
    assert [(each.kind, each.where) for each in notes] == [("note", "audit")]


def table():
    """The rows of the docs: forgery, and what names it without and with an anchor."""
    rows = []
    for form in FORMS:
        for later, since in ((False, "nobody wrote since"), (True, "others wrote since")):
            named = "record-removed" if FORMS[form] == "kept" else "line-removed"
            alone = "**no**" if is_silent(form, later) else f"`{named}`"
            what = f"{form} removed, {since}; also when the software made it again"
            rows.append(f"| {what} | {alone} | `{named}` |")
    for name, forgery in FORGERIES.items():
        alone, anchored = (
            ", ".join(
                [f"`{code}`" for code in named.split(", ") if code]
                + [f"`{code}`, a note" for code in forgery.noted.split(", ") if code]
            )
            or "**no**"
            for named in (forgery.alone, forgery.anchored or forgery.alone)
        )
        rows.append(f"| {name} | {alone} | {anchored} |")
    return rows


def test_the_table_in_the_docs_is_what_was_tried():
    rows = "\n".join(table())
    assert rows in DOCS.read_text(encoding="utf-8"), f"docs/study-folder.md has other rows than:\n{rows}"
