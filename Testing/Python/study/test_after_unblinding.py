"""What is done after unblinding is counted and named, by the order of the log's lines."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.study import layout
from RLNResponseLib.study.after_unblinding import (
    AfterUnblinding,
    after_unblinding,
    deeds_after_unblinding,
    history_of,
)
from RLNResponseLib.study.audit_lines import NOTHING_BEFORE, compose_line, parse_line
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.records import AuditRef, ReadingKey
from RLNResponseLib.study.records_tree import RecordsTree
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify
from RLNResponseLib.study.worklist import missing_readings

A1 = ReadingKey(lymph_node="LN1", reader="A")
LYMPH_NODES = (
    "lymph_node,patient,image,recist,local_control_months\nLN1,P1,CT1,PR,26.5\nLN2,P1,CT1,CR,29\nLN3,P2,CT2,CR,30\n"
)


def unblinded(small, day=1):
    small.read(A1)
    unblind(small.study, small.on(day), {missing.key: "no time" for missing in missing_readings(small.study)})


def correct(small, day, content):
    key = ReadingKey(lymph_node="LN1", reader="A", revision=2)
    return small.read(key, day, "the border was wrong", content)


def everything_late(small):
    """Each deed once, after unblinding."""
    correct(small, 2, b"another contour")
    exclude(small.study, "P2", "second thoughts", small.on(2))
    exclude(small.study, "P2", "third thoughts", small.on(2), excluded=False)
    exclude(small.study, "P1", "too small", small.on(2), "LN2")
    import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on(2))
    add_image(small.study, "CT3", "P1", lambda path: path.write_bytes(b"ct"), {}, (), {}, small.on(2))


ALL = AfterUnblinding(
    corrections=("LN1/A-1-c2",),
    exclusions=("P2", "LN2"),
    taken_in_again=("P2",),
    clinical_imports=("clinical/2.json",),
    images=("CT3",),
)


def test_every_deed_after_unblinding_is_named(small):
    unblinded(small)
    assert not after_unblinding(small.study)
    everything_late(small)
    assert after_unblinding(small.study) == ALL


def test_what_was_done_before_is_not_though_clocks_say_that_it_came_later(small):
    small.read(A1)
    exclude(small.study, "P2", "poor follow-up", small.on(300))
    import_clinical(small.study, small.tables(lymph_nodes=LYMPH_NODES), small.on(300))
    unblind(small.study, small.on(1), {missing.key: "no time" for missing in missing_readings(small.study)})
    assert after_unblinding(small.study) == AfterUnblinding()


def test_what_comes_after_by_a_clock_that_is_behind_is_after(small):
    unblinded(small, day=30)
    exclude(Study.open(small.folder, "clinic"), "P2", "second thoughts", small.on(2))
    assert after_unblinding(small.study).exclusions == ("P2",)


@pytest.mark.parametrize(("flag", "late"), [(True, False), (False, True)])
def test_a_record_that_contradicts_the_log_is_counted_either_way(small, flag, late):
    content = {
        "kind": "exclusion",
        "patient": "P2",
        "lymph_node": None,
        "excluded": True,
        "reason": "second thoughts",
        "decided_at": small.on().moment.isoformat(),
        "after_unblinding": flag,
        "number": 1,
    }
    if late:
        unblinded(small)
    small.store.commit("excluded", layout.exclusion_path("P2", None, 1), content, small.on())
    if not late:
        unblinded(small)
    assert after_unblinding(small.study).exclusions == ("P2",)


@pytest.mark.parametrize(("unblinding_saw_it", "named"), [(True, ()), (False, ("P2",))])
def test_two_computers_at_one_moment_count_as_after(unblinding_saw_it, named):
    now, none = Now(datetime(2026, 1, 10, tzinfo=UTC)), RecordsTree().root()

    def line(before, event, details, after=()):
        heads = {head.writer: (head.sequence, head.sha256) for head in after}
        return parse_line(compose_line(before, event, details, heads, now, none))

    created = line(AuditRef("a-0001", 0, NOTHING_BEFORE), "study-created", {})
    exclusion = {"record": "exclusions/patient-P2-1.json", "content": {"patient": "P2", "lymph_node": None}}
    excluded = line(AuditRef("b-0001", 0, NOTHING_BEFORE), "excluded", exclusion, [created.ref])
    opened = {"record": layout.UNBLINDING, "content": {}}
    unblinding = line(created.ref, "unblinded", opened, [excluded.ref] if unblinding_saw_it else [])
    logs = {"a-0001": [created, unblinding], "b-0001": [excluded]}
    assert deeds_after_unblinding(logs, lambda path: True).exclusions == named


def test_verify_notes_each_kind_and_the_study_stays_intact(small):
    unblinded(small)
    everything_late(small)
    report = verify(small.folder)
    assert report.is_intact
    assert sorted(found.sentence for found in report.problems if found.code == "after-unblinding") == [
        "After unblinding: 1 CT imported (CT3).",
        "After unblinding: 1 correction (LN1/A-1-c2).",
        "After unblinding: 1 import of clinical tables (clinical/2.json).",
        "After unblinding: 1 taken in again (P2).",
        "After unblinding: 2 exclusions (P2, LN2).",
    ]


def test_status_says_it_in_words_and_in_json(small, capsys, monkeypatch):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-02-01")
    unblinded(small)
    assert main(["study", "status", str(small.folder)]) == 0
    assert "after unblinding" not in capsys.readouterr().out
    everything_late(small)
    assert main(["study", "status", str(small.folder)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("after unblinding: ")]
    assert all(phrase in line for phrase in ALL.phrases())
    assert main(["study", "status", str(small.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["after_unblinding"] == ALL.as_json()


def test_a_sentence_names_the_first_five_and_counts_all():
    late = AfterUnblinding(exclusions=tuple(f"P{number}" for number in range(1, 9)))
    assert late.sentence == "after unblinding: 8 exclusions (P1, P2, P3, P4, P5 and 3 more)"


WRITERS = ("a-0001", "b-0001", "c-0001")


@given(st.lists(st.tuples(st.sampled_from(WRITERS), st.sets(st.sampled_from(WRITERS))), min_size=1, max_size=25))
@settings(max_examples=60)
def test_a_line_s_history_is_everything_that_is_reached_from_it(steps):
    now, none = Now(datetime(2026, 1, 10, tzinfo=UTC)), RecordsTree().root()
    logs, parents = {writer: [] for writer in WRITERS}, {}
    for writer, seen in steps:
        own = logs[writer]
        before = own[-1].ref if own else AuditRef(writer, 0, NOTHING_BEFORE)
        after = {other: (logs[other][-1].sequence, logs[other][-1].sha256) for other in seen - {writer} if logs[other]}
        line = parse_line(compose_line(before, "noted", {}, after, now, none))
        parents[line.writer, line.sequence] = {(other, number) for other, (number, _) in after.items()} | (
            {(writer, line.sequence - 1)} if own else set()
        )
        own.append(line)
    last = logs[steps[-1][0]][-1]

    def ancestors(place):
        return {place}.union(*(ancestors(parent) for parent in parents[place]))

    reached = ancestors((last.writer, last.sequence))
    expected = {writer: max(n for w, n in reached if w == writer) for writer in {w for w, _ in reached}}
    assert history_of(last, logs) == expected
    assert len(reached) == sum(expected.values())
