"""Many readings asked at once stand as each does asked alone; nothing that is kept in memory answers for the files."""

import errno
import os
import random
import subprocess
import sys
from contextlib import suppress

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import study as study_module
from RLNResponseLib.study.corrections import correction, give_up_correction, latest
from RLNResponseLib.study.exclusions import exclude, excluded_lymph_nodes, flow
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.reading_states import ListedRecords, ReadingStates
from RLNResponseLib.study.readings import lock_reading, open_reading, repeat_day, state_of
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import missing_readings, progress, reading_order, worklist

ROUNDS = [("A", 1), ("A", 2), ("B", 1)]
LYMPH_NODES = ["LN1", "LN2", "LN3"]
MANY = "lymph_node,patient,image\nLN1,P1,CT1\nLN2,P1,CT1\nLN3,P2,CT2\nLN4,P2,CT9\n"
A1 = ReadingKey(lymph_node="LN1", reader="A")


def act_at_random(small, rng, day):
    """One thing that a reader or the coordinator may do, which may well be refused."""
    reader, number = rng.choice(ROUNDS)
    key = ReadingKey(lymph_node=rng.choice(LYMPH_NODES), reader=reader, round=number)
    what = rng.choice(["open", "open", "read", "read", "correct", "correct and lock", "give up", "exclude"])
    try:
        if what == "open":
            open_reading(small.study, key, small.on(day))
        elif what == "read":
            small.read(latest(small.study, key), day, content=rng.randbytes(8))
        elif what.startswith("correct"):
            key = correction(small.study, key)
            open_reading(small.study, key, small.on(day), "a vessel was in it")
            if what.endswith("lock"):
                small.draw(key, rng.randbytes(8))
                lock_reading(small.study, key, (), small.on(day))
        elif what == "give up":
            give_up_correction(small.study, key, "by mistake", small.on(day))
        else:
            exclude(small.study, "P2", "no consent", small.on(day), "LN3", excluded=rng.random() < 0.7)
    except DataRefusedError:
        return


def standing_alone(study, lymph_node, reader, number, today):
    """Where one lymph node stands on a list, each thing asked by itself."""
    key = ReadingKey(lymph_node=lymph_node.id, reader=reader, round=number)
    state = state_of(study, key)
    if state in ("locked", "superseded"):
        return "open" if state_of(study, latest(study, key)) == "open" else "locked", None, ""
    if state == "open":
        return "open", None, ""
    if lymph_node.image not in {image.id for image in study.images()}:
        return "waiting", None, "the image"
    day = repeat_day(study, lymph_node.id, reader, today) if number == 2 else today
    if day is None or today < day:
        return "waiting", day, "the first reading" if day is None else "the washout"
    return "available", None, ""


def list_alone(study, reader, number, today):
    lymph_nodes = {lymph_node.id: lymph_node for lymph_node in study.lymph_nodes()}
    order = reading_order(lymph_nodes, study.protocol.seed, reader, number)
    listed = [(name, *standing_alone(study, lymph_nodes[name], reader, number, today)) for name in order]
    return [each for each in listed if each[1] == "locked" or each[0] not in excluded_lymph_nodes(study)]


@pytest.mark.parametrize("seed", range(12))
def test_many_readings_stand_as_each_does_asked_alone_whatever_was_done(small, seed):
    rng = random.Random(seed)
    import_clinical(small.study, small.tables(lymph_nodes=MANY), small.on())
    for step in range(30):
        act_at_random(small, rng, day=3 * step)
    study, today = small.study, small.on(90).today
    states = ReadingStates.of(study)
    for lymph_node in study.lymph_nodes():
        for reader, number in ROUNDS:
            first = ReadingKey(lymph_node=lymph_node.id, reader=reader, round=number)
            assert states.latest(first) == latest(study, first)
            for revision in (first, first.next_revision, first.next_revision.next_revision):
                assert states.state_of(revision) == state_of(study, revision)
                assert states.reading(revision) == study.reading(revision)
    for each in progress(study, today):
        items = worklist(study, each.reader, each.round, today)
        alone = list_alone(study, each.reader, each.round, today)
        assert [(i.lymph_node, i.state, i.available_on, i.waits_for) for i in items] == alone
        assert (each.assigned, each.locked) == (len(alone), sum(state == "locked" for _, state, _, _ in alone))
        assert each.next_available_on == min((day for _, _, day, _ in alone if day), default=None)
    alone = {
        (key, state)
        for lymph_node in study.lymph_nodes()
        if lymph_node.id not in excluded_lymph_nodes(study)
        for reader, number in ROUNDS
        for key in [ReadingKey(lymph_node=lymph_node.id, reader=reader, round=number)]
        if (state := state_of(study, key)) in ("assigned", "open")
    }
    assert {(each.key, "open" if each.is_open else "assigned") for each in missing_readings(study)} == alone


DEEDS = {
    "lock": "small.read(ReadingKey(lymph_node='LN1', reader='A'))",
    "open": "open_reading(small.study, ReadingKey(lymph_node='LN1', reader='A'), small.on())",
    "exclude": "exclude(small.study, 'P2', 'no consent', small.on())",
    "import": f"import_clinical(small.study, small.tables(lymph_nodes={MANY!r}), small.on())",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_another_process_does_between_two_questions_is_in_the_second_answer(small, deed):
    study, today = small.study, small.on(1).today

    def answers(asked):
        return (
            progress(asked, today),
            flow(asked),
            worklist(asked, "A", 1, today),
            worklist(asked, "A", 2, today),
            missing_readings(asked),
            asked.clinical_tables(),
        )

    before = answers(study)
    assert answers(study) == before
    script = (
        "from conftest import SmallStudy\n"
        "from pathlib import Path\n"
        "from RLNResponseLib.study.exclusions import exclude\n"
        "from RLNResponseLib.study.imports import import_clinical\n"
        "from RLNResponseLib.study.readings import open_reading\n"
        "from RLNResponseLib.study.records import ReadingKey\n"
        "from RLNResponseLib.study.study import Study\n"
        f"small = SmallStudy(Study.open(Path({str(small.folder)!r}), 'office'))\n{DEEDS[deed]}\n"
    )
    here = os.pathsep.join([os.path.dirname(__file__), *filter(None, sys.path)])  # noqa: PTH120
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": here})
    after = answers(study)
    assert after != before
    assert after == answers(Study.open(small.folder, "ward"))


def test_a_cell_that_is_changed_in_the_folder_is_in_the_next_answer_though_size_and_time_stay(small):
    table = small.folder / "patients.csv"
    assert small.study.patients()[0].age_years == 61
    stat = table.stat()
    table.write_bytes(table.read_bytes().replace(b"61", b"62"))
    os.utime(table, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (table.stat().st_size, table.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    with suppress(DataRefusedError):  # a table that is not the one that was imported may be refused, never missed
        assert small.study.patients()[0].age_years == 62


def test_a_record_that_is_changed_in_the_folder_is_in_the_next_answer(small, refusal):
    small.read(A1)
    today = small.on(1).today
    assert {i.lymph_node: i.available_on for i in worklist(small.study, "A", 2, today)}["LN1"] == small.on(30).today
    record = small.folder / "readings" / "LN1" / "A-1.json"
    whole = record.read_text("utf-8")
    for change, code in (
        (lambda: record.write_text(whole.replace("2026-01-10", "2026-01-09")), "record-not-logged"),
        (lambda: record.write_text(whole[:100]), "damaged-record"),
        (record.unlink, "record-removed"),
    ):
        change()
        assert refusal(lambda: worklist(small.study, "A", 2, today)) == code
        assert refusal(lambda: state_of(small.study, A1)) == code


def test_a_study_parses_its_tables_once_until_their_bytes_change(small, monkeypatch):
    parsed = []

    def counting(content, name):
        parsed.append(name)
        return parse(content, name)

    parse = study_module.parse_csv
    monkeypatch.setattr(study_module, "parse_csv", counting)
    study = Study.open(small.folder)
    for _ in range(3):
        progress(study, small.on().today)
        flow(study)
        worklist(study, "A", 1, small.on().today)
    small.read(A1)
    assert study.lymph_node("LN2").patient == "P1"
    assert parsed == ["patients.csv", "lymph_nodes.csv"] * 2  # one study object here, another in `small`
    import_clinical(small.study, small.tables(lymph_nodes=MANY), small.on())
    assert study.lymph_node("LN4").patient == "P2"
    assert progress(study, small.on().today)[0].assigned == 4
    assert parsed == ["patients.csv", "lymph_nodes.csv"] * 3


def test_one_question_about_all_readers_and_rounds_lists_each_folder_once(small, monkeypatch):
    for lymph_node in LYMPH_NODES:
        for reader in ("A", "B"):
            small.read(ReadingKey(lymph_node=lymph_node, reader=reader))
    listed, scandir = [], os.scandir

    def counting(path="."):
        listed.append(os.path.basename(path))  # noqa: PTH119
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    progress(small.study, small.on().today)
    assert sorted(name for name in listed if name not in ("audit", "exclusions")) == [
        "LN1",
        "LN2",
        "LN3",
        "images",
        "readings",
    ]


def test_a_folder_that_cannot_be_read_is_refused_and_not_taken_for_fewer_readings(small, monkeypatch, refusal):
    small.read(A1)
    scandir = os.scandir

    def closed(path="."):
        if os.path.basename(path) == "LN1":  # noqa: PTH119
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert refusal(lambda: progress(small.study, small.on().today)) == "unreadable-study"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("linked", ["readings", "readings/LN1", "readings/LN1/A-1.json"])
def test_a_reading_that_a_link_takes_from_elsewhere_is_refused(small, tmp_path, refusal, linked):
    small.read(A1)
    (small.folder / linked).rename(tmp_path / "elsewhere")
    (small.folder / linked).symlink_to(tmp_path / "elsewhere")
    assert refusal(lambda: worklist(small.study, "A", 1, small.on().today)) == "link-out-of-study"


def test_a_damaged_record_is_refused_where_the_answer_needs_it(small, refusal):
    small.read(A1)
    record = small.folder / "readings" / "LN1" / "A-1.json"
    record.write_text(record.read_text("utf-8").replace("locked_at", "looked_at"))
    for _ in range(2):  # what is refused is not remembered as anything else
        assert refusal(lambda: worklist(small.study, "A", 1, small.on().today)) == "record-not-logged"
    assert len(worklist(small.study, "B", 1, small.on().today)) == 3


def test_what_is_no_record_is_not_listed(small):
    small.read(A1)
    folder = small.folder / "readings" / "LN1"
    for name in (".A-2.0123456789abcdef.tmp.open.json", "A-2.txt"):
        (folder / name).write_text("{}")
    (folder / "B-1.json").mkdir()
    names = ListedRecords.below(small.study, "readings", in_folders=True).names
    assert sorted(names) == ["readings/LN1/A-1.json", "readings/LN1/A-1.open.json"]
    assert ListedRecords.below(small.study, "nowhere").names == {}
