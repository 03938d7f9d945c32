"""What a reading was begun from: imported, painted over, imported again; counted, sealed, and allowed by the protocol."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from RLNResponseLib.agreement.consensus import consensus
from RLNResponseLib.analysis.agreement import contour_overlaps
from RLNResponseLib.analysis.provenance import provenance_sentences, provenance_summary
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study.beginnings import (
    Beginning,
    ContourChange,
    beginnings_from_json,
    beginnings_json,
    with_beginning,
)
from RLNResponseLib.study.blinding import ReaderView, unblind
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.contouring import import_reading, lock, study_ct
from RLNResponseLib.study.drafts import draft_beginnings, draft_file
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.protocol_file import parse_protocol
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

NOW = Now(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
LATER = Now(datetime(2026, 6, 1, 9, 30, tzinfo=UTC))
SIZE = (12, 40, 40)
KEY = ReadingKey(lymph_node="LN1", reader="A")
OF_B = ReadingKey(lymph_node="LN1", reader="B")
REPEAT = ReadingKey(lymph_node="LN1", reader="A", round=2)


def write(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(path))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A CT, and three contours of its lymph node."""
    folder = tmp_path_factory.mktemp("assistance")
    voxels = np.random.default_rng(1).normal(40, 30, SIZE).astype(np.int16)
    voxels[0], voxels[1], voxels[-1] = -1000, -100, -800
    write(folder / "ct.nrrd", voxels)
    for name, columns in (("proposal", (10, 22)), ("own", (12, 25)), ("other", (11, 24))):
        labels = np.zeros(SIZE, np.uint8)
        labels[3:8, 10:24, columns[0] : columns[1]] = 1
        write(folder / f"{name}.nrrd", labels)
    (folder / "p.csv").write_text("patient\nP1\n")
    (folder / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    return folder


@pytest.fixture
def make(files, tmp_path):
    def study(assistance):
        protocol = Protocol(title="T", readers=plan_readers(["A", "B"], ["A"]), assistance=assistance)
        made = Study.create(tmp_path / f"study-{assistance}", protocol, NOW)
        import_clinical(made, read_clinical_files(files / "p.csv", files / "l.csv"), NOW)
        import_ct(made, files / "ct.nrrd", "P1", "CT1", NOW)
        return made

    return study


def paint(study, key, change):
    """The reader changes the draft in Segment Editor."""
    view, ct = ReaderView(study, key.reader), study_ct(study, "CT1")
    opening = view.open(key.lymph_node, key.round, NOW)
    before = read_contour(view.draft_file(opening), ct)
    mask = before.full_grid(SIZE)
    change(mask)
    contour = Contour.from_full_grid(mask, "LN1")
    view.save_draft(
        opening,
        lambda path: write_seg_nrrd(path, contour, ct),
        minutes=1.0,
        source="Segment Editor",
        software={},
        seen=view.draft(opening).sha256,
    )


def add_two_and_erase_one(mask):
    mask[5, 30, 20:22], mask[5, 12, 15] = 1, 0


def test_imported_painted_over_and_imported_again(make, files, tmp_path):
    study = make("first")
    import_reading(study, KEY, files / "proposal.nrrd", NOW, proposal="TotalSegmentator 2.4")
    paint(study, KEY, add_two_and_erase_one)
    # Out of the study, and back: by itself that is the reader's own contour, and the proposal stays noted.
    shutil.copy(draft_file(study, KEY), tmp_path / "LN1.seg.nrrd")
    import_reading(study, KEY, tmp_path / "LN1.seg.nrrd", NOW)
    assert [each.kind for each in draft_beginnings(study, KEY)] == ["proposal", "own"]
    lock(study, KEY, NOW)
    part = sealed_part(study, study.reading(KEY))
    first, second = part.beginnings
    assert (first.kind, first.what, second.kind) == ("proposal", "TotalSegmentator 2.4", "own")
    assert first.start.voxel_count == 5 * 14 * 12
    assert part.change == ContourChange(added=2, removed=1, dice=2 * 839 / (840 + 841))
    # Nothing of it in what others see.
    record = next(study.folder.glob("readings/LN1/A-1.json")).read_bytes()
    logs = b"".join(path.read_bytes() for path in (study.folder / "audit").rglob("*") if path.is_file())
    for word in (b"proposal", b"totalsegmentator", b"beginnings", b"dice"):
        assert word not in record.lower()
        assert word not in logs.lower()
    assert not verify(study.folder).problems


@pytest.mark.parametrize(
    ("assistance", "key", "words"),
    [
        ("none", KEY, "allows no assistance (assistance: none), so the reading A-1 begins from no proposal"),
        ("first", REPEAT, "allows assistance in first readings alone (assistance: first), so the reading A-2 begins"),
    ],
)
def test_what_the_protocol_does_not_allow_is_not_begun(make, files, assistance, key, words):
    study = make(assistance)
    if key.round == 2:
        import_reading(study, KEY, files / "own.nrrd", NOW)
        lock(study, KEY, NOW)
    before = sorted(path for path in study.folder.rglob("*"))
    with pytest.raises(DataRefusedError) as refused:
        import_reading(study, key, files / "proposal.nrrd", LATER, proposal="nnInteractive")
    assert refused.value.code == "assistance-not-allowed"
    assert words in str(refused.value)
    assert sorted(path for path in study.folder.rglob("*")) == before
    import_reading(study, key, files / "own.nrrd", LATER)  # the reader's own is no proposal


def test_a_repeat_begins_from_a_proposal_where_the_protocol_says_so(make, files):
    study = make("repeats")
    import_reading(study, KEY, files / "own.nrrd", NOW)
    lock(study, KEY, NOW)
    import_reading(study, REPEAT, files / "proposal.nrrd", LATER, proposal="nnInteractive")
    lock(study, REPEAT, LATER)
    assert sealed_part(study, study.reading(REPEAT)).change.dice == 1
    assert sealed_part(study, study.reading(KEY)).change is None


def test_a_consensus_is_a_proposal_by_its_files_own_word(make, files, tmp_path):
    study = make("none")
    ct = study_ct(study, "CT1")
    made = consensus(
        [read_contour(files / f"{name}.nrrd", ct) for name in ("own", "other")], "AB", "majority", name="L"
    )
    write_seg_nrrd(tmp_path / "c.seg.nrrd", made.contour, ct, made.provenance)
    with pytest.raises(DataRefusedError, match="allows no assistance"):
        import_reading(study, KEY, tmp_path / "c.seg.nrrd", NOW)


def test_a_correction_goes_on_with_what_was_begun_before(make, files):
    study = make("first")
    import_reading(study, KEY, files / "proposal.nrrd", NOW, proposal="nnInteractive")
    lock(study, KEY, NOW)
    import_reading(study, KEY, files / "own.nrrd", NOW, reason="redrawn by hand")
    lock(study, KEY.next_revision, NOW)
    part = sealed_part(study, study.reading(KEY.next_revision))
    assert [each.kind for each in part.beginnings] == ["proposal", "own"]
    shared = 5 * 14 * 10
    assert part.change == ContourChange(added=5 * 14 * 3, removed=5 * 14 * 2, dice=2 * shared / (5 * 14 * 25))


def test_agreement_by_provenance(make, files):
    study = make("first")
    import_reading(study, KEY, files / "proposal.nrrd", NOW, proposal="nnInteractive")
    lock(study, KEY, NOW)
    import_reading(study, OF_B, files / "own.nrrd", NOW)
    lock(study, OF_B, NOW)
    import_reading(study, REPEAT, files / "other.nrrd", LATER)
    lock(study, REPEAT, LATER)
    with pytest.raises(DataRefusedError, match="What readings were begun from stay sealed"):
        provenance_summary(study, None)
    unblind(study, LATER)
    summary = provenance_summary(study, contour_overlaps(study, 1)["inter"])
    assert summary.readings == {"assisted": 1, "imported": 2}
    ((assisted, number, dice),) = [(each.assisted, each.lymph_nodes, each.mean_dice) for each in summary.groups]
    assert (assisted, number, dice) == (1, 1, pytest.approx(20 / 25))
    said = " ".join(provenance_sentences(summary))
    assert said.startswith("Of 3 readings 1 is assisted, begun from a proposal or written by an effect that draws by")
    assert "(Dice of start and locked contour: median 1.000; 1 locked as it came)" in said
    assert "0.800 where one of the two was (1 lymph node)" in said
    assert provenance_sentences(replace(summary, readings={"imported": 3})) == ()
    assert json.loads(json.dumps(summary.as_json()))["readings"] == {"assisted": 1, "imported": 2}


MASKS = arrays(bool, (3, 4, 5), elements=st.booleans()).filter(np.any)


@settings(max_examples=100)
@given(MASKS, MASKS)
def test_a_change_is_counted_voxel_by_voxel_and_a_start_comes_back(before, after):
    start, locked = (Contour.from_full_grid(mask, "LN1") for mask in (before, after))
    change = ContourChange.between(start, locked)
    assert (change.added, change.removed) == ((after & ~before).sum(), (before & ~after).sum())
    assert change.dice == pytest.approx(2 * (before & after).sum() / (before.sum() + after.sum()))
    (back,) = beginnings_from_json(
        json.loads(json.dumps(beginnings_json([Beginning(kind="effect", what="Threshold", start=start)])))
    )
    assert (back.kind, back.what, back.start.corner) == ("effect", "Threshold", start.corner)
    assert np.array_equal(back.start.voxels, start.voxels)


def test_what_is_kept_stays_small():
    """A threshold over a whole CT, used again and again, must not make the sealed part too large to be read."""
    whole = Contour(name="s", voxels=np.broadcast_to(np.True_, (100, 512, 512)), corner=(0, 0, 0))
    assert Beginning(kind="effect", what="Threshold", start=whole).start is None
    small = Contour.from_full_grid(np.ones((2, 2, 2)), "s")
    before = ()
    for kind, what in (
        ("effect", "Threshold"),
        ("effect", "Threshold"),
        ("proposal", "a"),
        ("own", "b"),
        ("effect", "c"),
    ):
        before = with_beginning(before, Beginning(kind=kind, what=what, start=small))
    assert [(each.what, each.start is None) for each in before] == [
        ("Threshold", True),
        ("a", True),
        ("b", True),
        ("c", False),
    ]


@pytest.mark.parametrize(
    "forged",
    [
        {"kind": "own"},
        {"kind": "miracle", "what": "x", "start": None},
        {"kind": "own", "what": "x", "start": {"corner": [0, 0, 0], "shape": [9, 9, 9], "voxels": "AA=="}},
        {"kind": "own", "what": "x", "start": {"corner": [0, 0, 0], "shape": [1 << 20, 1 << 20, 9], "voxels": "AA=="}},
        {"kind": "own", "what": "x", "start": {"corner": [0, 0, 0], "shape": [1, 1, 0], "voxels": ""}},
    ],
)
def test_a_forged_beginning_is_none(forged):
    with pytest.raises((KeyError, TypeError, ValueError)):
        beginnings_from_json([forged])


def test_the_protocol_says_it_and_one_of_before_reads_none():
    protocol = Protocol(title="T", readers=plan_readers(["A"], []), assistance="first")
    assert 'assistance = "first"\n' in protocol.as_toml()
    assert parse_protocol(protocol.as_toml().encode()) == protocol
    before = Protocol(title="T", readers=plan_readers(["A"], []))
    assert "assistance" not in before.as_toml()
    assert parse_protocol(before.as_toml().encode()).assistance == "none"
    with pytest.raises(DataRefusedError, match="has an assistance that is not one of none, first, repeats"):
        parse_protocol(protocol.as_toml().replace('"first"', '"often"').encode())
