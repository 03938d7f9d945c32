"""A clinician with one patient: no study, a CT and a contour in the scene, the scores beside it."""

import csv

import pytest


@pytest.fixture
def clinician(host):
    """The panel with the sample loaded, which is chosen by itself, and every segment scored."""
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(height=1600)
    volume, segmentation = load_phantom(host.scene)
    count = segmentation.GetSegmentation().GetNumberOfSegments()
    host.until(lambda: len(panel.score.scores) == count)
    return panel, volume, segmentation


def details(host, panel):
    panel.score._ui.detailsButton.collapsed = False
    host.process()


def expected(volume, segmentation, segment_id):
    """The scores by the library, from what the scene holds."""
    from RLNResponseLib.modelling.lesion import score_contour
    from RLNResponseLib.modelling.model_card import published_models
    from RLNResponseLib.scene.segmentations import contour_of
    from RLNResponseLib.scene.volumes import ct_from_volume

    ct = ct_from_volume(volume)
    return score_contour(ct, contour_of(segmentation, segment_id, ct), published_models())


def test_a_first_time_user_scores_a_lymph_node(host, clinician):
    from RLNResponseLib.scene.segmentations import segments

    panel, volume, segmentation = clinician
    ui = panel.score._ui
    rows = host.rows(ui.scoreTable)
    for (segment_id, name), row in zip(segments(segmentation), rows, strict=True):
        result = expected(volume, segmentation, segment_id)
        assert row[2] == name
        assert row[5] == ("⚠" if result.warnings else "")
        for cell, score in zip(row[3:5], result.scores, strict=True):
            side = "▶" if score.distance_to_cutoff > 0 else "◀"
            assert cell == f"{score.score:.3f} {side}\n{score.group}".replace("-", "−", score.score < 0)
    host.choose_row(ui.scoreTable, 1, 2)
    result = expected(volume, segmentation, segments(segmentation)[1][0])
    for line, score in zip(panel.score._detail.lines, result.scores, strict=True):
        assert f"{score.model.title} {score.score:.3f}".replace("-0", "−0").replace("-1.", "−1.") in line.label.text
        assert score.group_said in line.label.text
        assert f"{score.probability:.2f} (derived)" in host.tip(line.label)
        assert line.strip.isVisible()
    assert "not a medical device" in ui.researchLabel.text
    assert ui.detailsButton.collapsed
    details(host, panel)
    heading = panel.score._detail.blocks[0].heading.text
    assert f"{result.scores[0].score:.3f}" in heading
    assert result.scores[0].group in heading
    assert f"P(response) {result.scores[0].probability:.2f} (derived)" in panel.score._detail.blocks[0].detail.text
    assert panel.score._detail.blocks[0].gauge.isVisible()
    features = {row[0]: row[1] for row in host.rows(ui.featureTable)}
    assert set(features) == {name for score in result.scores for name in score.model.coefficients}
    assert float(features["original_shape_Sphericity"]) == pytest.approx(
        result.features["original_shape_Sphericity"], rel=1e-5
    )
    assert "10.21203/rs.3.rs-174078/v1" in ui.noticeLabel.text


def test_the_score_follows_an_edit(host, clinician):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import contour_of, segments, show_contour
    from RLNResponseLib.scene.volumes import ct_from_volume

    panel, volume, segmentation = clinician
    ui = panel.score._ui
    segment_id, name = segments(segmentation)[0]
    ct = ct_from_volume(volume)
    contour = contour_of(segmentation, segment_id, ct)
    before = host.rows(ui.scoreTable)
    voxels = contour.voxels.copy()
    voxels[voxels.shape[0] // 2 :] = False
    show_contour(segmentation, segment_id, Contour.from_full_grid(_on_grid(voxels, contour, ct), name), ct)
    host.until(lambda: host.rows(ui.scoreTable)[0] != before[0], 2000)
    assert host.rows(ui.scoreTable)[1:] == before[1:]
    result = expected(volume, segmentation, segment_id)
    assert host.rows(ui.scoreTable)[0][3].startswith(f"{result.scores[0].score:.3f}".replace("-", "−"))


def _on_grid(voxels, contour, ct):
    from RLNResponseLib.imaging.records import Contour

    return Contour(name="edited", voxels=voxels, corner=contour.corner).full_grid(ct.image.GetSize()[::-1])


def test_an_empty_segment_says_so_and_gives_no_score(host, clinician):
    from RLNResponseLib.scene.segmentations import add_segment

    panel, _volume, segmentation = clinician
    add_segment(segmentation, "Not drawn yet")
    ui = panel.score._ui
    host.until(lambda: len(panel.score.scores) == 5)
    assert host.rows(ui.scoreTable)[4][2:] == ["Not drawn yet", "✗", "", ""]
    host.choose_row(ui.scoreTable, 4, 2)
    assert ui.saidLabel.text == "✗ 'Not drawn yet' is empty; draw it."
    assert not panel.score._detail.lines[0].label.visible
    assert not ui.detailsButton.visible
    assert panel.score.on_image == []


def test_how_far_redrawn_contours_move_the_score_is_told_once_the_editor_rests(host, clinician):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.modelling.lesion import with_uncertainty
    from RLNResponseLib.report.text.score import movement_words, uncertainty_words
    from RLNResponseLib.report.text.score_beside import redrawn_sentence
    from RLNResponseLib.scene.segmentations import contour_of, segments, show_contour
    from RLNResponseLib.scene.volumes import ct_from_volume

    panel, volume, segmentation = clinician
    details(host, panel)
    said = panel.score._ui.saidLabel
    assert said.text == "How far a redrawn contour would move it: being computed."
    host.until(lambda: said.text.startswith("95% of redrawn contours: "), 20_000)
    detail = panel.score._detail.blocks[0].detail
    segment_id, name = segments(segmentation)[0]
    ct = ct_from_volume(volume)
    contour = contour_of(segmentation, segment_id, ct)
    told = with_uncertainty(expected(volume, segmentation, segment_id), ct, contour)
    assert said.text == redrawn_sentence(told)
    for block, score, each in zip(panel.score._detail.blocks, told.scores, told.uncertainty, strict=True):
        assert uncertainty_words(score, each) in block.detail.text
        assert movement_words(each) in block.detail.text
    # An edit takes the old interval away with the old score.
    voxels = contour.voxels.copy()
    voxels[voxels.shape[0] // 2 :] = False
    show_contour(segmentation, segment_id, Contour.from_full_grid(_on_grid(voxels, contour, ct), name), ct)
    host.until(lambda: "of redrawn contours" not in detail.text, 2000)
    host.until(lambda: "of redrawn contours" in detail.text, 20_000)
    assert uncertainty_words(told.scores[0], told.uncertainty[0]) not in detail.text


def test_the_witness_is_named_under_the_details(host, clinician, monkeypatch):
    import sys
    from importlib.util import find_spec

    panel, volume, _segmentation = clinician
    details(host, panel)
    label = panel.score._ui.noticeLabel
    host.until(lambda: "Features by RLNResponse engine 1, " in label.text, 20_000)
    if find_spec("radiomics") is not None:
        assert "checked against pyradiomics 3.1.4: 8 of 8 equal." in label.text
    assert "Research use only" in label.text
    monkeypatch.setitem(sys.modules, "radiomics", None)
    host.select(panel.score._ui.ctSelector, "None")
    assert "Features by" not in label.text
    host.select(panel.score._ui.ctSelector, volume.GetName())
    host.until(lambda: "not checked against pyradiomics: it is not installed here." in label.text, 20_000)


def test_a_contour_too_small_to_be_moved_is_told_once(host, clinician):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import contour_of, segments, show_contour
    from RLNResponseLib.scene.volumes import ct_from_volume

    panel, volume, segmentation = clinician
    segment_id, name = segments(segmentation)[0]
    ct = ct_from_volume(volume)
    contour = contour_of(segmentation, segment_id, ct)
    voxels = contour.voxels.copy()
    k, j, i = (size // 2 for size in voxels.shape)
    voxels[:] = False
    voxels[k : k + 1, j : j + 2, i : i + 2] = True
    show_contour(segmentation, segment_id, Contour.from_full_grid(_on_grid(voxels, contour, ct), name), ct)
    findings, said = panel.score._ui.findingsLabel, panel.score._ui.saidLabel
    host.until(lambda: "uncertainty cannot be told" in findings.text or "✗" in said.text, 20_000)
    text = findings.text + said.text
    host.process(2500)
    assert findings.text + said.text == text


def test_an_own_model_card_stands_beside_the_published_scores(host, clinician, tmp_path):
    import json
    from pathlib import Path

    panel, _volume, _segmentation = clinician
    ui = panel.score._ui
    card = json.loads(
        (Path(__file__).resolve().parents[3] / "Resources" / "models" / "gu2021-response.json").read_text()
    )
    card |= {"id": "mine", "title": "My score", "cutoff": {**card["cutoff"], "value": 9.0}}
    (tmp_path / "mine.json").write_text(json.dumps(card))
    details(host, panel)
    host.type_path(ui.modelEdit, tmp_path / "mine.json")
    host.until(lambda: [row for row in host.rows(ui.scoreTable) if len(row) == 7 and "◀" in row[5]])
    row = host.rows(ui.scoreTable)[0]
    assert row[5].split()[0] == row[3].split()[0]
    assert row[5].endswith("◀\nnon-responder")
    assert "My score is shown" in panel.status._label.text
    (tmp_path / "broken.json").write_text("{")
    host.type_path(ui.modelEdit, tmp_path / "broken.json")
    assert "is not valid JSON" in panel.status._label.text
    host.type_path(ui.modelEdit, "")
    host.until(lambda: [row for row in host.rows(ui.scoreTable) if len(row) == 6])


def test_copy_and_export(host, clinician, tmp_path):
    from RLNResponseLib.scene.segmentations import segments

    panel, volume, segmentation = clinician
    ui = panel.score._ui
    host.answers.file = str(tmp_path / "scores.csv")
    host.click(ui.exportButton)
    with (tmp_path / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for (segment_id, name), row in zip(segments(segmentation), rows, strict=True):
        result = expected(volume, segmentation, segment_id)
        assert row["segment"] == name
        assert float(row["gu2021-response_score"]) == result.scores[0].score
        assert row["gu2021-response_group"] == result.scores[0].group
        assert "not a medical device" in row["notice"]
    host.click(ui.copyButton)
    pasted = host.slicer.app.clipboard().text().splitlines()
    assert pasted[0].split("\t")[0] == "segment"
    assert float(pasted[1].split("\t")[2]) == float(rows[0]["gu2021-response_score"])
    host.answers.file = str(tmp_path / "nowhere" / "scores.csv")
    host.click(ui.exportButton)
    assert (
        panel.status._label.text == "⚠ scores.csv cannot be written (No such file or directory); choose another folder."
    )
    host.answers.file = ""
    host.click(ui.exportButton)


def test_a_moved_segmentation_is_scored_where_it_lies(host, clinician):
    panel, _volume, segmentation = clinician
    ui = panel.score._ui
    before = host.rows(ui.scoreTable)
    transform = host.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = host.slicer.util.vtkMatrixFromArray(__import__("numpy").diag([1.0, 1.0, 1.0, 1.0]))
    matrix.SetElement(0, 3, 500.0)
    transform.SetMatrixTransformToParent(matrix)
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    host.until(lambda: host.rows(ui.scoreTable) != before, 3000)
    assert "outside the CT" in ui.saidLabel.text


def test_a_whole_organ_is_not_scored(host, clinician):
    import numpy as np

    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import segments, show_contour
    from RLNResponseLib.scene.volumes import ct_from_volume

    panel, volume, segmentation = clinician
    ct = ct_from_volume(volume)
    shape = ct.image.GetSize()[::-1]
    everything = Contour(name="LN1", voxels=np.ones(shape, dtype=bool), corner=(0, 0, 0))
    show_contour(segmentation, segments(segmentation)[0][0], everything, ct)
    host.until(lambda: host.rows(panel.score._ui.scoreTable)[0][3] == "✗", 3000)
    assert "no lymph node" in panel.score._ui.saidLabel.text
