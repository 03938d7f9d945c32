"""Where two readings of a study disagree, from its locked files."""

import csv
import dataclasses
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.agreement.overlap import differing_voxels
from RLNResponseLib.analysis.agreement import study_agreement
from RLNResponseLib.analysis.comparisons import comparisons, lymph_node_comparison, reading_pairs, study_disagreements
from RLNResponseLib.analysis.disagreement import ReadingPair
from RLNResponseLib.analysis.handed_over import comparison_arguments, take_over
from RLNResponseLib.analysis.handed_over import main as compare_elsewhere
from RLNResponseLib.cli import main
from RLNResponseLib.commands import agreement as command
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.figures.disagreement import disagreement_figure, write_disagreement_figure
from RLNResponseLib.report.figures.drawing import drawing_style
from RLNResponseLib.report.text.disagreement import comparison_sentences, disagreements_text
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

PROJECT = Path(__file__).resolve().parents[3]
MODELS = published_models()
INTER, INTRA = ReadingPair(("A", 1), ("B", 1)), ReadingPair(("A", 1), ("A", 2))


@pytest.fixture(scope="module")
def study(small_cohort):
    return Study.open(small_cohort.folder)


@pytest.fixture(scope="module")
def found(study):
    return {pair: list(comparisons(study, MODELS, pair)) for pair in (INTER, INTRA)}


def test_the_pairs_of_a_study_are_its_readers_and_the_rounds_of_who_repeats(study):
    assert reading_pairs(study) == (INTER, INTRA)
    assert (INTER.name, INTRA.words) == ("A-1_B-1", ("reader A round 1", "reader A round 2"))


def test_scores_and_groups_are_those_of_the_agreement_and_overlap_is_its(study, found):
    agreement = study_agreement(study, MODELS)
    for kind, pair in (("inter", INTER), ("intra", INTRA)):
        for position, of_model in enumerate(agreement.scores):
            compared = getattr(of_model, kind)
            expected = dict(zip(compared.lymph_nodes, compared.scores, strict=True))
            rows = {each.lymph_node: each.rows()[position] for each in found[pair]}
            assert set(rows) == set(expected)
            for name, row in rows.items():
                assert row.scores == pytest.approx(tuple(expected[name]), rel=1e-12)
                assert row.model == of_model.model.id
                groups = [of_model.model.cutoff.group(score) for score in expected[name]]
                assert all(group in (None, own) for group, own in zip(row.groups, groups, strict=True))
            flips = {flip.lymph_node for flip in compared.agreement.flips}
            assert {name for name, row in rows.items() if row.changes_group} <= flips
        assert {each.lymph_node: each.overlap for each in found[pair]} == dict(agreement.overlaps[kind].by_lymph_node)


def test_the_list_is_sorted_by_how_far_the_scores_lie_apart(study, found):
    listed, *_ = study_disagreements(study, MODELS, INTER)
    expected = [each.rows()[0] for each in found[INTER]]
    assert sorted(listed.rows, key=lambda row: row.lymph_node) == sorted(expected, key=lambda row: row.lymph_node)
    apart = [abs(row.difference) for row in listed.rows]
    assert apart == sorted(apart, reverse=True)
    assert listed.left_out == ()


def test_what_the_features_contribute_adds_up_to_the_difference_of_the_log_odds(found):
    """In exact arithmetic, and in that of the machine to its last digits."""
    for each in (*found[INTER], *found[INTRA]):
        for score in each.scores:
            assert [feature.name for feature in score.features] != []
            assert {feature.name for feature in score.features} == set(score.model.coefficients)
            exact = sum(
                Fraction(feature.coefficient) * (Fraction(feature.second) - Fraction(feature.first))
                for feature in score.features
            )
            sides = [
                Fraction(score.model.intercept)
                + sum(Fraction(f.coefficient) * Fraction(getattr(f, side)) for f in score.features)
                for side in ("first", "second")
            ]
            assert exact == sides[1] - sides[0]
            assert float(exact) == pytest.approx(score.difference, abs=1e-13)
            assert sum(feature.contribution for feature in score.features) == pytest.approx(float(exact), abs=1e-13)
            sizes = [abs(feature.contribution) for feature in score.features]
            assert sizes == sorted(sizes, reverse=True)
            assert score.first.applicability.message
            assert score.second.applicability.message


def test_both_masks_are_the_locked_files_and_the_differing_voxels_those_of_one_alone(study, found):
    """The files are read by SimpleITK here."""
    for each in found[INTER]:
        masks = []
        for reader, contour in (("A", each.first), ("B", each.second)):
            file = study.contour_file(ReadingKey(lymph_node=each.lymph_node, reader=reader))
            stored = sitk.ReadImage(str(file))
            assert stored.GetSize() == each.ct.image.GetSize()
            masks.append(sitk.GetArrayFromImage(stored) != 0)
            assert (contour.full_grid(masks[0].shape) == masks[-1]).all()
            assert contour.name == f"reader {reader} round 1"
        assert (each.differing.full_grid(masks[0].shape) == (masks[0] ^ masks[1])).all()
        shared, sizes = np.count_nonzero(masks[0] & masks[1]), np.count_nonzero(masks[0]) + np.count_nonzero(masks[1])
        assert each.overlap.dice == pytest.approx(2 * shared / sizes)


def test_one_lymph_node_is_what_the_list_has_of_it(study, found):
    last = found[INTRA][-1]
    alone = lymph_node_comparison(study, MODELS, INTRA, last.lymph_node)
    assert alone.rows() == last.rows()
    assert [score.features for score in alone.scores] == [score.features for score in last.scores]
    with pytest.raises(DataRefusedError, match="has not both reader A round 1 and reader C round 1"):
        lymph_node_comparison(study, MODELS, ReadingPair(("A", 1), ("C", 1)), last.lymph_node)
    with pytest.raises(DataRefusedError, match="No lymph node has reader A round 1 and reader C round 1"):
        study_disagreements(study, MODELS, ReadingPair(("A", 1), ("C", 1)))


def test_a_comparison_made_in_another_process_is_the_same(study, found, tmp_path):
    last = found[INTRA][-1]
    called = [sys.executable, *comparison_arguments(study, MODELS[0].id, INTRA, last.lymph_node, tmp_path)]
    subprocess.run(called, check=True, cwd=PROJECT)
    handed = take_over(tmp_path)
    assert (handed.voxels == sitk.GetArrayViewFromImage(last.ct.image)).all()
    assert isinstance(handed.voxels, np.memmap)
    made = handed.comparison
    assert made.rows() == last.rows()[:1]
    assert [score.features for score in made.scores] == [last.scores[0].features]
    assert made.overlap == last.overlap
    for which in ("first", "second", "differing"):
        one, other = getattr(made, which), getattr(last, which)
        assert (one.name, one.corner) == (other.name, other.corner)
        assert (one.voxels == other.voxels).all()
    assert made.ct.image.GetSize() == (1, 1, 1)
    assert made.ct.image.GetOrigin() == last.ct.image.GetOrigin()
    assert made.ct.image.GetDirection() == last.ct.image.GetDirection()
    assert made.ct.image.GetSpacing() == last.ct.image.GetSpacing()


def test_another_process_says_in_one_sentence_why_not(study, tmp_path, capsys):
    called = comparison_arguments(study, MODELS[0].id, INTER, "nobody", tmp_path)
    assert compare_elsewhere(called[2:]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("The lymph node 'nobody' has not both")
    assert said.err.count("\n") == 1
    called = comparison_arguments(study, MODELS[0].id, INTER, study.lymph_nodes()[0].id, tmp_path / "gone")
    assert compare_elsewhere(called[2:]) == 1
    assert "cannot be read or written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_two_contours_that_are_the_same_differ_nowhere():
    box = Contour(name="one", voxels=np.ones((2, 2, 2), dtype=bool), corner=(3, 4, 5))
    assert differing_voxels(box, dataclasses.replace(box, name="other")) is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda study: reading_pairs(study),
        lambda study: study_disagreements(study, MODELS, INTER),
        lambda study: lymph_node_comparison(study, MODELS, INTER, "LN1"),
    ],
)
def test_nothing_is_said_while_the_study_is_blinded(tmp_path, ask):
    now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
    readers = plan_readers(["A", "B"], ["A"])
    study = Study.create(tmp_path / "study", Protocol(title="blinded", readers=readers, seed=1), now, workstation="w")
    with pytest.raises(DataRefusedError, match="The readers' disagreements stay sealed") as refused:
        ask(study)
    assert refused.value.code == "blinded"


@pytest.fixture
def copied(small_cohort, tmp_path):
    shutil.copytree(small_cohort.folder, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_changed_file_is_named_and_nothing_is_left_out_silently(copied):
    study = Study.open(copied)
    name = study.lymph_nodes()[3].id
    contour = study.contour_file(ReadingKey(lymph_node=name, reader="B"))
    contour.chmod(0o644)
    content = bytearray(contour.read_bytes())
    content[-1] ^= 1
    contour.write_bytes(content)
    for ask in (
        lambda: study_disagreements(study, MODELS, INTER),
        lambda: lymph_node_comparison(study, MODELS, INTER, name),
    ):
        with pytest.raises(DataRefusedError, match=name) as refused:
            ask()
        assert refused.value.code == "contour-changed"
    assert study_disagreements(study, MODELS, INTRA)[0].rows


def test_a_changed_ct_is_named(copied):
    study = Study.open(copied)
    image = study.images()[1].id
    file = study.image_file(image)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(DataRefusedError, match=image) as refused:
        study_disagreements(study, MODELS, INTER)
    assert refused.value.code == "image-changed"


def test_the_command_writes_the_list_and_a_picture_of_each_lymph_node(small_cohort, tmp_path, capsys, monkeypatch):
    drawn = []
    monkeypatch.setattr(command, "_write", lambda result, folder: [])
    monkeypatch.setattr(command, "write_disagreement_figure", lambda path, each: drawn.append((path, each.lymph_node)))
    file, pictures = tmp_path / "disagreements.csv", tmp_path / "pictures"
    call = ["agreement", str(small_cohort.folder), "--figures", str(tmp_path), "--disagreements", str(file)]
    assert main([*call, "--disagreement-pictures", str(pictures), "--model", "gu2021-response", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)["disagreements"]
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    of_json = [row for listed in answer for row in listed["lymph_nodes"]]
    assert [row["lymph_node"] for row in rows] == [row["lymph_node"] for row in of_json]
    assert [float(row["difference"]) for row in rows] == [row["difference"] for row in of_json]
    assert {(path, name) for path, name in drawn} == {
        (pictures / f"{row['lymph_node']}_{pair}.png", row["lymph_node"])
        for row in rows
        for pair in ("A-1_B-1", "A-1_A-2")
    }


def test_the_list_in_words_counts_what_changed_and_names_what_is_left_out(study):
    listed, *_ = study_disagreements(study, MODELS, INTER)
    changed = sum(row.changes_group for row in listed.rows)
    printed = disagreements_text(dataclasses.replace(listed, left_out=(("LN9", "It cannot be scored."),)))
    assert f"Rad-score, reader A round 1 against reader B round 1: 10 lymph nodes, {changed} in another" in printed
    assert "left out: LN9: It cannot be scored." in printed
    lines = printed.splitlines()
    assert lines[3].split()[0] == listed.rows[0].lymph_node
    assert len(lines) == 3 + 10 + 1


def test_a_list_of_which_every_lymph_node_was_left_out_says_so(study):
    listed, *_ = study_disagreements(study, MODELS, INTER)
    printed = disagreements_text(dataclasses.replace(listed, rows=(), left_out=(("LN9", "It cannot be scored."),)))
    assert printed.splitlines() == [
        "Rad-score, reader A round 1 against reader B round 1: 0 lymph nodes, 0 in another group.",
        "  left out: LN9: It cannot be scored.",
    ]


def test_a_folder_is_no_list_and_is_refused_before_the_readers_are_compared(
    small_cohort, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(command, "study_agreement", lambda *_: pytest.fail("it was compared"))
    assert main(["agreement", str(small_cohort.folder), "--disagreements", str(tmp_path)]) == 1
    refused = capsys.readouterr().err
    assert f"cannot be written as {tmp_path.name}, which is a folder" in refused
    assert refused.count("\n") == 1


def test_the_picture_shows_both_outlines_and_scores_of_one_lymph_node(found, tmp_path):
    each = found[INTER][0]
    write_disagreement_figure(tmp_path / "one.svg", each)
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert drawn.count('id="outline') >= 4
    with drawing_style():
        images = [image for axes in disagreement_figure(each).axes for image in axes.images]
    assert sum(image.get_gid() == "shaded" for image in images) == 3
    for words in each.pair.words:
        assert words in drawn
    for number in (1, 2):
        assert drawn.count(f'id="score {number}') == len(each.scores)
    withheld = dataclasses.replace(
        each,
        scores=tuple(dataclasses.replace(s, first=dataclasses.replace(s.first, withheld="far")) for s in each.scores),
    )
    assert not any(score.changes_group for score in withheld.scores)
    with drawing_style():
        assert disagreement_figure(dataclasses.replace(withheld, differing=None))


def test_what_is_said_of_two_readings_names_both_scores_and_the_group_that_changes(found):
    changed = [(each, s) for each in (*found[INTER], *found[INTRA]) for s in each.scores if s.changes_group]
    assert changed
    for each, score in changed:
        said = texts(comparison_sentences(each))
        (line,) = [words for words in said if words.startswith(f"{score.model.title}: ")]
        assert score.first.group in line
        assert score.second.group in line
        assert line.endswith("another group")
        assert any(words.startswith("Dice ") for words in said)


def test_a_table_has_no_contours_to_disagree(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["agreement", "--table", "readings.csv", "--disagreements", str(tmp_path / "out.csv")])
    assert ended.value.code == 2
    assert "a table has none" in capsys.readouterr().err
