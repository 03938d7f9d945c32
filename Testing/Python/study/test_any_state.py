"""Whatever state a study folder is in, `study verify`, `status` and `worklist` answer: in a sentence, soon, in bounded
memory; and `verify` names the damage.

RLNRESPONSE_MUTATIONS sets how many random mutations are tried: in the suite 100, and each value at a place or two of a
record; from 300 on, as `make crash` asks for, every value at every place.
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import socket
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from whole_study import on, play, put, tree

from RLNResponseLib import cli
from RLNResponseLib.cli import main
from RLNResponseLib.study.verify.verify import verify

pytestmark = pytest.mark.long

MUTATIONS = int(os.environ.get("RLNRESPONSE_MUTATIONS", "100"))
MANY = MUTATIONS >= 300
SECONDS, WAITED_S = 5, 120
PARSER = functools.cache(cli.build_parser)
# What makes a value another one, as JSON; the last two drop a key and name it twice.
VALUES = (
    "null",
    "[]",
    "{}",
    '""',
    '"\\u0000"',
    "true",
    "-1",
    "0.5",
    str(10**9),
    str(10**400),
    "1" + "0" * 5000,
    "1e999",
    "Infinity",
    "NaN",
    "[" * 90_000,
    "dropped",
    "twice",
)
# One of each kind of record.
RECORDS = (
    "clinical/1.json",
    "exclusions/patient-P2-1.json",
    "images/CT1.json",
    "protocol-frozen.json",
    "readings/LN1/A-1.open.json",
    "readings/LN2/A-1-c2.json",
    "readings/LN2/A-1-c3.given-up.json",
    "recoveries/1.json",
    "unblinding.json",
)
# Nothing vouches for these: they are as their reader left them, or lie in a place of derived files.
UNVOUCHED = ("templates/", "set-aside/", "features/", "results/")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study with every kind of record, as bytes, and what verification says of it."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    play(folder)
    assert verify(folder).problems == ()
    return folder


class Asked:
    """A copy of the study that is damaged, asked, and mended again."""

    def __init__(self, whole, folder, monkeypatch, capsys):
        self.folder, self.files = folder, tree(whole)
        shutil.copytree(whole, folder)
        self._capsys = capsys
        # An error that no one foresaw is raised, not put into words.
        monkeypatch.setenv("RLNRESPONSE_DEBUG", "1")
        monkeypatch.setenv("RLNRESPONSE_TODAY", on(60).today.isoformat())
        # Thousands of calls: a quarter of their time went into parsers that are all the same.
        monkeypatch.setattr(cli, "build_parser", PARSER)

    def asks(self, *words):
        """The answer of a command: its exit code and what it prints."""
        self._capsys.readouterr()
        began, worked = time.perf_counter(), time.process_time()
        code = main(["study", words[0], str(self.folder), *words[1:]])
        took, worked = time.perf_counter() - began, time.process_time() - worked
        said = self._capsys.readouterr()
        assert code in (0, 1), words
        assert said.err.count("\n") == code, said.err
        assert "Traceback" not in said.err
        # Nor work without end, nor wait for what does not come; a busy machine is neither.
        assert worked < SECONDS, (words, worked)
        assert took < WAITED_S, (words, took)
        return code, said.out

    def all(self):
        """The problems that verify names, after the three commands have answered."""
        self.asks("status")
        self.asks("worklist", "--reader", "A", "--round", "2")
        _, out = self.asks("verify", "--json")
        return json.loads(out)["problems"] if out else [{"kind": "changed", "code": "refused", "where": ""}]

    def names(self):
        return {(problem["kind"], problem["code"], problem["where"]) for problem in self.all()}

    def mend(self):
        put(self.folder, self.files)


@pytest.fixture
def asked(whole, tmp_path, monkeypatch, capsys):
    return Asked(whole, tmp_path / "study", monkeypatch, capsys)


def is_damage(problems):
    return any(kind not in ("leftover", "note") for kind, _, _ in problems)


def places(value, at=()):
    """Where something stands in JSON: each key of each mapping, the first and last item of each list."""
    if isinstance(value, dict):
        for key in value:
            yield (*at, key)
            yield from places(value[key], (*at, key))
    elif isinstance(value, list) and value:
        yield (*at, 0)
        yield from places(value[0], (*at, 0))


def mutated(content, at, token):
    """JSON with another value at a place, as bytes."""
    data = json.loads(content)
    holder = data
    for step in at[:-1]:
        holder = holder[step]
    if token == "dropped":
        del holder[at[-1]]
        return json.dumps(data).encode()
    before = holder[at[-1]]
    holder[at[-1]] = "@@@"
    text = json.dumps(data)
    if token == "twice":
        token = f'"x"{", " + json.dumps(at[-1]) + ": " if isinstance(at[-1], str) else ", "}{json.dumps(before)}'
    return text.replace('"@@@"', token).encode()


def cases(content):
    """Each value of JSON with each of VALUES in turn: all of them where it is asked for, else one for a place."""
    everything = list(places(json.loads(content)))
    # In the suite, of what is long, every other place.
    chosen = everything if MANY or len(everything) < 20 else everything[::2]
    for number, at in enumerate(chosen):
        tokens = VALUES if MANY else [VALUES[number % len(VALUES)]]
        for token in tokens:
            yield at, token, mutated(content, at, token)


@pytest.mark.parametrize("path", RECORDS)
def test_a_record_with_any_value_at_any_place_is_named(asked, path):
    content = asked.files[path]
    for at, token, damaged in cases(content):
        if json.loads(content) != _loaded(damaged):
            (asked.folder / path).write_bytes(damaged)
            names = asked.names()
            assert is_damage(names), (path, at, token[:20])
            assert any(where == path for _, _, where in names), (path, at, token[:20], names)
    asked.mend()
    assert {code for _, code, _ in asked.names()} <= {"time-to-come"}


@pytest.mark.parametrize("token", ["[]", "{}", "null", "true", "1e999"])
def test_a_recovery_that_says_no_words_of_what_it_found_is_named(asked, token):
    path = "recoveries/1.json"
    for word in ("code", "where"):
        damaged = mutated(asked.files[path], ("leftovers", 0, word), token)
        (asked.folder / path).write_bytes(damaged)
        assert is_damage(asked.names()), (word, token)


@pytest.mark.parametrize("log", ["ward-0001", "ward-0008", "desk-0004", "desk-0005"])
def test_a_line_with_any_value_at_any_place_is_named(asked, log):
    path = f"audit/{log}.jsonl"
    lines = asked.files[path].splitlines()
    for number, line in enumerate(lines):
        for at, token, damaged in cases(line):
            (asked.folder / path).write_bytes(b"\n".join([*lines[:number], damaged, *lines[number + 1 :], b""]))
            names = asked.names()
            assert is_damage(names), (path, number, at, token[:20])


def test_a_line_that_comes_after_a_number_beyond_reason_is_named_at_once(asked):
    """What came before it is looked up among the lines that are there, not counted through."""
    path = "audit/ward-0008.jsonl"
    lines = asked.files[path].splitlines()
    number = next(number for number, line in enumerate(lines) if json.loads(line)["after"])
    writer = next(iter(json.loads(lines[number])["after"]))
    damaged = mutated(lines[number], ("after", writer, 0), str(10**9))
    (asked.folder / path).write_bytes(b"\n".join([*lines[:number], damaged, *lines[number + 1 :], b""]))
    assert is_damage(asked.names())


def _loaded(content):
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


HUGE = (str(10**9), str(10**400), "1" + "0" * 5000, "1e999", "Infinity", "NaN")
NUMBERED = (*RECORDS, "audit/ward-0001.jsonl", "audit/ward-0008.jsonl", "heads/ward-0008.json")


@pytest.mark.parametrize("token", HUGE, ids=["billion", "10^400", "10^5000", "1e999", "Infinity", "NaN"])
def test_a_number_beyond_reason_is_named_at_once_and_takes_no_memory(asked, token):
    found = 0
    for path in NUMBERED:
        content = asked.files[path].replace(b'": ', b'":')
        for key in (b'"sequence":', b'"number":', b'"revision":', b'"round":', b'"count":'):
            if key in content:
                first, _, rest = content.partition(key)
                (asked.folder / path).write_bytes(first + key + token.encode() + rest.lstrip(b" 0123456789"))
                names = asked.names()
                assert any(where.startswith((path, "audit")) for _, _, where in names), (path, key, names)
                assert is_damage(names) or path.startswith("heads/")
                asked.mend()
                found += 1
    assert found > 20
    (asked.folder / "audit/ward-0001.jsonl").write_bytes(
        asked.files["audit/ward-0001.jsonl"].replace(b'"sequence":1', b'"sequence":' + token[:15].encode())
    )
    tracemalloc.start()
    verify(asked.folder)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


# A file of each kind.
KINDS = (
    *RECORDS,
    "audit/ward-0001.jsonl",
    "audit/ward-0008.jsonl",
    "heads/ward-0008.json",
    "images/CT1.nrrd",
    "lymph_nodes.csv",
    "readings/LN1/A-2.draft.json",
    "readings/LN1/A-2.draft.seg.nrrd",
    "readings/LN2/A-1.sealed",
    "readings/LN2/A-1.seg.nrrd",
    "study.toml",
)


def is_draft(path):
    return ".draft." in path


def pipe(path):
    os.mkfifo(path)


def plug(path):
    # A socket's path has little room.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as plugged:
            plugged.bind(path.name)
    finally:
        os.chdir(before)


def a_folder(path):
    path.mkdir()


def empty(path):
    path.write_bytes(b"")


def zeros(path):
    path.write_bytes(bytes(500))


def no_text(path):
    path.write_bytes(b"\xff\xfe{}\x00")


def leads_to_itself(path):
    path.symlink_to(path)


def leads_out(path):
    path.symlink_to("/dev/zero")


def sparse(path):
    with path.open("wb") as file:
        file.truncate(200 << 20)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("instead", [pipe, plug, a_folder, empty, zeros, no_text, leads_to_itself, leads_out, sparse])
def test_what_is_no_such_file_is_named_and_not_waited_for(asked, instead):
    # Of 200 MB, only where it is read at all.
    for path in (
        KINDS if instead is not sparse else ("audit/ward-0008.jsonl", "readings/LN2/A-1.json", "unblinding.json")
    ):
        (asked.folder / path).unlink()
        instead(asked.folder / path)
        names = asked.names()
        assert names or is_draft(path), path
        assert is_damage(names) or is_draft(path) or path.startswith("heads/"), (path, names)
        if (asked.folder / path).is_dir():
            (asked.folder / path).rmdir()
        else:
            (asked.folder / path).unlink()
        asked.mend()


def test_folders_by_the_thousand_in_each_other_are_named_once(asked):
    before = Path.cwd()
    for place in ("readings", "audit", "images/CT9"):
        (asked.folder / place).mkdir(exist_ok=True)
        os.chdir(asked.folder / place)
        try:
            for _ in range(1_200):
                Path("n").mkdir()
                os.chdir("n")
            Path("A-1.json").write_text("{}")
            names = asked.names()
        finally:
            os.chdir(before)
        deep = [where for _, code, where in names if code == "unreadable"]
        assert len(deep) == 1
        assert deep[0].startswith(place)
        # What walks such a tree to remove it fails.
        os.chdir(asked.folder / place)
        for _ in range(1_200):
            os.chdir("n")
        Path("A-1.json").unlink()
        for _ in range(1_200):
            os.chdir("..")
            Path("n").rmdir()
        os.chdir(before)


@pytest.mark.parametrize("unreadable", ["readings/LN2", "audit", "heads", "images", "clinical"])
def test_a_folder_that_cannot_be_read_is_named(asked, monkeypatch, unreadable):
    hidden, scandir, listdir, read = asked.folder / unreadable, os.scandir, os.listdir, Path.read_bytes

    def refusing(of):
        def look(path=".", *more):
            if Path(path) == hidden or hidden in Path(path).parents:
                raise PermissionError(13, "Permission denied", str(path))
            return of(path, *more)

        return look

    monkeypatch.setattr(os, "scandir", refusing(scandir))
    monkeypatch.setattr(os, "listdir", refusing(listdir))
    monkeypatch.setattr(Path, "read_bytes", refusing(read))
    names = asked.names()
    assert ("changed", "unreadable", unreadable) in names


@pytest.mark.parametrize("unreadable", [path for path in KINDS if not is_draft(path)])
def test_a_file_that_cannot_be_read_is_named(asked, monkeypatch, unreadable):
    hidden, opening = asked.folder / unreadable, Path.open

    def refusing(path, *more, **options):
        if path == hidden:
            raise PermissionError(13, "Permission denied", str(path))
        return opening(path, *more, **options)

    monkeypatch.setattr(Path, "open", refusing)
    names = asked.names()
    assert names
    assert is_damage(names) or unreadable.startswith("heads/")


NOT_UTF8 = [
    b"A-1\xff.json",
    b"\xe4.jsonl",
    b"ward-0001\xff.jsonl",
    b"\xed\xa0\x80",
    b"B-1.seg\xfe.nrrd",
    b"a\nb\x1b[31m.json",
]


@pytest.mark.parametrize("place", ["readings/LN1", "readings", "audit", "heads", "images", "exclusions", "clinical"])
def test_a_name_that_is_no_text_is_named(asked, place):
    for name in NOT_UTF8:
        try:
            added = asked.folder / place / os.fsdecode(name)
            added.write_bytes(b"{}")
        except OSError:
            pytest.skip("this disk takes no such name")
        names = asked.names()
        assert is_damage(names), (place, name)
        asked.asks("verify")
        added.unlink()


COPIES = (
    "{stem} (reader's conflicted copy 2026-01-12){suffix}",  # Dropbox
    "{stem} (in Konflikt stehende Kopie von Praxis 2026-01-12){suffix}",
    "{stem}-DESKTOP-7K2M4QX{suffix}",  # OneDrive
    "{stem} (conflicted copy 2026-01-12 101500){suffix}",  # Nextcloud
    "{stem}.sync-conflict-20260112-101500-ABCDEFG{suffix}",  # Syncthing
    "{stem} (1){suffix}",  # Google Drive
)


@pytest.mark.parametrize(
    "path",
    [
        "images/CT1.json",
        "images/CT1.nrrd",
        "readings/LN2/A-1.json",
        "readings/LN2/A-1.open.json",
        "readings/LN2/A-1.seg.nrrd",
        "exclusions/patient-P2-1.json",
        "clinical/1.json",
        "audit/ward-0008.jsonl",
        "heads/ward-0008.json",
    ],
)
def test_a_conflicted_copy_of_a_sync_client_is_named(asked, path):
    folder, _, last = path.rpartition("/")
    stem, _, suffix = last.partition(".")
    for copy in COPIES:
        name = f"{folder}/{copy.format(stem=stem, suffix=f'.{suffix}')}"
        (asked.folder / name).write_bytes(asked.files[path])
        names = asked.names()
        assert [(kind, where) for kind, _, where in names] == [("added", name)], names
        (asked.folder / name).unlink()


@pytest.mark.parametrize("path", [path for path in KINDS if path.endswith((".json", ".jsonl", ".toml", ".csv"))])
def test_line_ends_of_windows_are_named(asked, path):
    (asked.folder / path).write_bytes(asked.files[path].replace(b"\n", b"\r\n"))
    names = asked.names()
    if asked.files[path].count(b"\n") and not is_draft(path):
        assert is_damage(names)


def test_a_folder_of_which_any_part_is_gone_is_named(asked):
    for gone in ("audit", "heads", "readings", "images", "clinical", "exclusions", "recoveries", "study.toml"):
        shutil.move(asked.folder / gone, asked.folder.parent / "gone")
        names = asked.names()
        assert is_damage(names) or gone == "heads"
        shutil.move(asked.folder.parent / "gone", asked.folder / gone)
    shutil.rmtree(asked.folder)
    asked.folder.mkdir()
    assert asked.asks("status")[0] == 1
    assert is_damage(asked.names())


def flip(content, chance):
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def cut(content, chance):
    return content[: chance.randrange(len(content))]


def swap(content, chance):
    one, other = sorted(chance.sample(range(len(content)), 2))
    length = min(chance.randrange(1, 40), other - one, len(content) - other)
    return b"".join(
        (
            content[:one],
            content[other : other + length],
            content[one + length : other],
            content[one : one + length],
            content[other + length :],
        )
    )


def double(content, chance):
    place = chance.randrange(len(content))
    return content[:place] + content[max(0, place - chance.randrange(1, 60)) :]


def test_random_damage_of_any_file_is_named(asked):
    chance = random.Random(20260110)
    paths = sorted(path for path, content in asked.files.items() if not path.startswith(UNVOUCHED) and len(content) > 1)
    for number in range(MUTATIONS):
        path = chance.choice(paths)
        act = chance.choice([flip, flip, cut, swap, double])
        damaged = act(asked.files[path], chance)
        if damaged == asked.files[path]:
            continue
        (asked.folder / path).write_bytes(damaged)
        names = asked.names()
        assert is_damage(names) or is_draft(path) or path.startswith("heads/"), (number, path, act.__name__)
        assert names or is_draft(path), (number, path, act.__name__)
        (asked.folder / path).write_bytes(asked.files[path])
