"""Who reads what in which order: each lymph node once, always the same, the repeat in another order and never too
early."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.readings import open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.worklist import missing_readings, next_item, progress, reading_order, worklist

NAMES = st.lists(st.from_regex(r"[A-Z][0-9]{1,3}", fullmatch=True), min_size=1, max_size=12, unique=True)
SEEDS = st.integers(0, 2**63 - 1)
READERS = st.sampled_from(["A", "B", "reader-3"])
FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC).date()
WASHED_OUT = date(2026, 2, 9)  # 30 days after 10 January: 21 to the end of January, 9 more


@given(NAMES, SEEDS, READERS, st.sampled_from([1, 2]), st.randoms(use_true_random=False))
def test_each_lymph_node_comes_once_and_the_order_of_the_table_does_not_matter(names, seed, reader, number, random):
    order = reading_order(names, seed, reader, number)
    assert sorted(order) == sorted(names)
    random.shuffle(names)
    assert reading_order(iter(names), seed, reader, number) == order


@given(NAMES, SEEDS, READERS)
def test_the_repeat_never_comes_in_the_order_of_the_first_round(names, seed, reader):
    assume(len(names) > 1)
    assert reading_order(names, seed, reader, 1) != reading_order(names, seed, reader, 2)


@given(NAMES, SEEDS, READERS)
def test_the_first_round_is_sorted_by_the_hash_that_the_documentation_says(names, seed, reader):
    by_hand = {hashlib.sha256(f"{seed}/{reader}/1/{name}".encode()).hexdigest(): name for name in names}
    assert list(reading_order(names, seed, reader, 1)) == [by_hand[sha256] for sha256 in sorted(by_hand)]


@given(NAMES, SEEDS, READERS)
def test_a_lymph_node_that_is_added_later_does_not_move_the_others(names, seed, reader):
    before = reading_order(names[:-1], seed, reader, 1)
    after = reading_order(names, seed, reader, 1)
    assert tuple(name for name in after if name != names[-1]) == before


def test_readers_and_seeds_have_orders_of_their_own():
    names = [f"LN{number}" for number in range(20)]
    orders = [reading_order(names, seed, reader, 1) for seed in (1, 2, 3) for reader in ("A", "B")]
    assert len(set(orders)) == 6


def test_an_empty_study_has_an_empty_order():
    assert reading_order([], 1, "A", 1) == reading_order([], 1, "A", 2) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(today=st.integers(-5, 60))
def test_no_repeat_is_offered_before_its_washout_and_each_is_after(half_read, today):
    items = worklist(half_read.study, "A", 2, FIRST + timedelta(days=today))
    assert sorted(item.lymph_node for item in items) == ["LN1", "LN2", "LN3"]
    standing = {item.lymph_node: (item.state, item.available_on, item.waits_for) for item in items}
    # LN1 was locked on day 0, LN2 on day 10; LN3 is not read yet.
    for lymph_node, locked in (("LN1", 0), ("LN2", 10)):
        if today < locked + 30:
            assert standing[lymph_node] == ("waiting", FIRST + timedelta(days=locked + 30), "the washout")
        else:
            assert standing[lymph_node] == ("available", None, "")
    assert standing["LN3"] == ("waiting", None, "the first reading")


@pytest.fixture
def half_read(small):
    """Reader A has read LN1 on day 0 and LN2 on day 10."""
    small.read(ReadingKey(lymph_node="LN1", reader="A"))
    small.read(ReadingKey(lymph_node="LN2", reader="A"), day=10)
    return small


def test_a_correction_of_the_first_reading_begins_the_washout_again(half_read):
    half_read.read(ReadingKey(lymph_node="LN1", reader="A", round=1, revision=2), day=20, reason="a vessel was in it")
    items = {item.lymph_node: item for item in worklist(half_read.study, "A", 2, WASHED_OUT)}
    assert (items["LN1"].state, items["LN1"].available_on) == ("waiting", date(2026, 3, 1))  # 30 January and 30 days


def test_the_open_one_is_next_then_the_first_available_then_nothing(half_read):
    study = half_read.study
    (last,) = (item for item in worklist(study, "A", 1, FIRST) if item.state == "available")
    assert last.lymph_node == "LN3"
    first_of_b = next_item(worklist(study, "B", 1, FIRST))
    assert first_of_b == worklist(study, "B", 1, FIRST)[0]
    other = worklist(study, "B", 1, FIRST)[2].lymph_node
    open_reading(study, ReadingKey(lymph_node=other, reader="B"), half_read.on())
    assert next_item(worklist(study, "B", 1, FIRST)).lymph_node == other
    assert next_item(worklist(study, "A", 2, FIRST)) is None
    assert next_item([]) is None


def test_an_excluded_lymph_node_leaves_the_list_unless_it_was_read(half_read):
    exclude(half_read.study, "P1", "no CT with contrast", half_read.on(11))
    assert {i.lymph_node: i.state for i in worklist(half_read.study, "A", 1, FIRST)} == {
        "LN1": "locked",
        "LN2": "locked",
        "LN3": "available",
    }
    assert [item.lymph_node for item in worklist(half_read.study, "B", 1, FIRST)] == ["LN3"]
    assert [item.lymph_node for item in worklist(half_read.study, "A", 2, WASHED_OUT)] == ["LN3"]


def test_a_lymph_node_without_its_image_waits_for_it(half_read):
    header = ",".join(LYMPH_NODE_HEADER[:3])
    rows = f"{header}\nLN1,P1,CT1\nLN2,P1,CT1\nLN3,P2,CT2\nLN4,P2,CT9\n"
    assert import_clinical(half_read.study, half_read.tables(lymph_nodes=rows), half_read.on(12))
    (item,) = (item for item in worklist(half_read.study, "B", 1, FIRST) if item.lymph_node == "LN4")
    assert (item.state, item.available_on, item.waits_for) == ("waiting", None, "the image")


@pytest.mark.parametrize(("reader", "number", "code"), [("C", 1, "no-such-reader"), ("B", 2, "not-assigned")])
def test_a_list_that_nobody_reads_is_refused(small, refusal, reader, number, code):
    assert refusal(lambda: worklist(small.study, reader, number, FIRST)) == code


@pytest.mark.parametrize("day", [0, 30, 35, 50])
def test_progress_counts_every_state_and_what_is_missing_is_what_is_not_locked(half_read, day):
    open_reading(half_read.study, ReadingKey(lymph_node="LN3", reader="A"), half_read.on(day))
    rows = {(row.reader, row.round): row for row in progress(half_read.study, FIRST + timedelta(days=day))}
    assert list(rows) == [("A", 1), ("A", 2), ("B", 1)]
    assert all(row.locked + row.open + row.available + row.waiting == row.assigned == 3 for row in rows.values())
    counts = {key: (row.locked, row.open, row.available, row.waiting) for key, row in rows.items()}
    washed_out = (day >= 30) + (day >= 40)
    assert counts == {("A", 1): (2, 1, 0, 0), ("A", 2): (0, 0, washed_out, 3 - washed_out), ("B", 1): (0, 0, 3, 0)}
    days = {0: FIRST + timedelta(30), 30: FIRST + timedelta(40), 35: FIRST + timedelta(40), 50: None}
    assert rows["A", 2].next_available_on == days[day]
    missing = {(each.key.lymph_node, each.key.name): each.is_open for each in missing_readings(half_read.study)}
    assert missing == {
        **{("LN3", "A-1"): True},
        **{(f"LN{number}", "A-2"): False for number in (1, 2, 3)},
        **{(f"LN{number}", "B-1"): False for number in (1, 2, 3)},
    }


def test_an_excluded_lymph_node_is_not_missing(small):
    exclude(small.study, "P1", "no consent", small.on())
    assert {each.key.lymph_node for each in missing_readings(small.study)} == {"LN3"}
