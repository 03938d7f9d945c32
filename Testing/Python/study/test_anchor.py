"""Anchors: the log's words and files of every kind come back as they were, and what pins nothing is refused."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.cli import main
from RLNResponseLib.study.anchor import Anchor, anchor_file, anchor_now, line_words, log_words, make_anchor, read_anchor
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import missing_readings

HERE = Path(__file__).parent
A1 = ReadingKey(lymph_node="LN1", reader="A")
WRITERS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4}){0,2}-[0-9]{4}", fullmatch=True)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
HEADS = st.dictionaries(
    st.tuples(WRITERS, st.integers(1, 10**9)).map(lambda head: f"{head[0]}:{head[1]}"), DIGESTS, min_size=1, max_size=4
)


@given(HEADS, DIGESTS)
def test_words_and_file_come_back_as_they_were(tmp_path_factory, heads, study):
    from datetime import UTC, datetime

    from RLNResponseLib.common.clock import Now

    anchor = Anchor(study=study, heads=heads)
    file = tmp_path_factory.mktemp("anchor") / "anchor.json"
    file.write_text(anchor_file(anchor, Now(datetime(2026, 1, 10, tzinfo=UTC))), encoding="utf-8")
    assert read_anchor(str(file)) == anchor
    assert read_anchor(anchor.words) == Anchor(study=None, heads={name: sha[:16] for name, sha in heads.items()})


@pytest.fixture
def kept(small, tmp_path, capsys):
    """Of a study with one locked reading: an anchor of each kind, by name, as `--expect` takes it."""
    small.read(A1)
    folder = str(small.folder)
    output = tmp_path / "anchor.json"
    assert main(["study", "anchor", folder, "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"Anchor: {anchor_now(Study.open(small.folder)).words}; anchor.json holds it.")
    made = {"anchor": str(output)}
    for command in ("verify", "status"):
        assert main(["study", command, folder, "--json"]) == 0
        (tmp_path / f"{command}.json").write_text(capsys.readouterr().out, encoding="utf-8")
        made[command] = str(tmp_path / f"{command}.json")
    made["words"] = log_words(small.study).removeprefix("log: ")
    return made


KINDS = pytest.mark.parametrize("kind", ["anchor", "verify", "status", "words"])


@KINDS
def test_an_anchor_of_each_kind_holds_while_the_study_goes_on(small, kept, kind, capsys):
    small.read(ReadingKey(lymph_node="LN1", reader="B"))
    assert main(["study", "verify", str(small.folder), "--expect", kept[kind]]) == 0


@KINDS
def test_a_folder_put_back_to_an_older_state_is_found_out_by_an_anchor_of_each_kind(made, tmp_path, kept, kind):
    shutil.copytree(made, tmp_path / "older")
    assert verify(tmp_path / "older").is_intact
    report = verify(tmp_path / "older", read_anchor(kept[kind]))
    assert "line-removed" in {found.code for found in report.problems}


@pytest.mark.parametrize("kind", ["anchor", "verify", "status"])
def test_a_foreign_anchor_is_refused(tmp_path, kept, kind, refusal):
    other = Study.create(tmp_path / "other", Study.open(tmp_path / "study").protocol, now_of(kept))
    assert refusal(lambda: verify(other.folder, read_anchor(kept[kind]))) == "foreign-anchor"


def now_of(kept):
    from datetime import datetime

    from RLNResponseLib.common.clock import Now

    return Now(datetime.fromisoformat(json.loads(Path(kept["anchor"]).read_text(encoding="utf-8"))["taken_at"]))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "bad-anchor"),
        ("{}", "bad-anchor"),
        ("[]", "bad-anchor"),
        ('{"heads": []}', "bad-anchor"),
        ('{"heads": {"ward-0001:0": "' + "0" * 64 + '"}}', "bad-anchor"),
        ('{"heads": {"ward-0001:2": "0123"}}', "bad-anchor"),
        ('{"log": {"heads": {}}}', "empty-anchor"),
        ('{"study": null, "heads": {}}', "empty-anchor"),
        ('{"heads": {"ward-0001:2": "' + "0" * 64 + '"', "bad-anchor"),
    ],
)
def test_a_file_that_pins_nothing_is_refused(tmp_path, content, code, refusal):
    (tmp_path / "kept.json").write_text(content, encoding="utf-8")
    assert refusal(lambda: read_anchor(str(tmp_path / "kept.json"))) == code


@pytest.mark.parametrize("words", ["ward-0001:2:0123", "ward-0001:2", ",", "ward-0001:0:0123456789abcdef", "no file"])
def test_words_cut_short_are_refused(words, refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal(lambda: read_anchor(words)) == "bad-anchor"


def test_an_anchor_inside_the_study_is_refused(small, capsys):
    assert main(["study", "anchor", str(small.folder), "--output", str(small.folder / "anchor.json")]) == 1
    assert "where whoever changes the study changes it" in capsys.readouterr().err


def test_one_changed_line_is_found_by_an_anchor(small, kept):
    (log,) = (path for path in (small.folder / "audit").glob("*.jsonl") if b"reading-locked" in path.read_bytes())
    log.write_bytes(log.read_bytes().replace(b"a test", b"A test").replace(b'"minutes":4', b'"minutes":5'))
    report = verify(small.folder, read_anchor(kept["anchor"]))
    assert not report.is_intact


def test_a_study_of_schema_1_gives_and_takes_anchors(tmp_path, capsys):
    shutil.copytree(HERE / "study_of_schema_1", tmp_path / "study")
    study = Study.open(tmp_path / "study")
    before = verify(study.folder)
    # What verify --json of that version wrote: heads, and no name of the study.
    (tmp_path / "old.json").write_text(json.dumps({"intact": True, "heads": dict(before.heads)}), encoding="utf-8")
    words = log_words(study).removeprefix("log: ")
    make_anchor(study, next_year())
    for kept in (str(tmp_path / "old.json"), words):
        problems = verify(study.folder, read_anchor(kept)).problems
        assert not {"line-removed", "line-changed"} & {found.code for found in problems}
    assert len(anchor_now(study).heads) == 1


def next_year():
    from datetime import UTC, datetime

    from RLNResponseLib.common.clock import Now

    return Now(datetime(2027, 1, 10, tzinfo=UTC))


def test_lock_and_worklist_end_with_the_log(small, monkeypatch, capsys):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-02-01")
    call = ["study", "worklist", str(small.folder), "--reader", "A", "--round", "1"]
    assert main(call) == 0
    assert capsys.readouterr().out.splitlines()[-1] == log_words(small.study)
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["log"] == anchor_now(small.study).as_json()


def test_unblind_says_that_an_anchor_was_taken_and_not_compared(small, kept, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-02-01")
    rows = "".join(f"{m.key.lymph_node},{m.key.reader},{m.key.round},no time\n" for m in missing_readings(small.study))
    (tmp_path / "missing.csv").write_text(f"lymph_node,reader,round,reason\n{rows}", encoding="utf-8")
    shutil.copytree(small.folder, tmp_path / "compared")
    call = ["--missing", str(tmp_path / "missing.csv")]
    assert main(["study", "unblind", str(small.folder), *call]) == 0
    said = capsys.readouterr().out
    assert "warning: An anchor was taken on " in said
    assert "and was not compared" in said
    assert "warning: No reading of reader A in round 2 was made, so agreement and report refuse this study" in said
    assert Study.open(small.folder).unblinding().anchor_not_compared is not None
    warned = [line for line in said.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 3
    assert main(["study", "status", str(small.folder)]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")] == warned
    assert main(["study", "status", str(small.folder), "--json"]) == 0
    assert [f"warning: {each}" for each in json.loads(capsys.readouterr().out)["unblinding_notices"]] == warned
    assert main(["study", "unblind", str(tmp_path / "compared"), *call, "--expect", kept["anchor"], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["anchor_not_compared"] is None
    assert told["anchor"] == read_anchor(kept["anchor"]).words
    assert len(told["lacking"]) == 2


def test_a_reading_s_own_line_pins_it_and_all_before_it(small):
    words = line_words(small.read(A1).audit)
    assert verify(small.folder, read_anchor(words)).is_intact
    small.read(ReadingKey(lymph_node="LN1", reader="B"))
    assert verify(small.folder, read_anchor(words)).is_intact
    cut = f"{words.rpartition(':')[0]}:{'0' * 16}"
    assert "line-changed" in {found.code for found in verify(small.folder, read_anchor(cut)).problems}
