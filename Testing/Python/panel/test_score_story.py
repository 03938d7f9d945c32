"""A clinician with one patient: no study, a CT and a contour in the scene, the scores beside it."""


def test_a_first_time_user_scores_a_lymph_node(host):
    panel = host.open_module(height=1500)
    from RLNResponseLib.scene.phantom_sample import load_phantom

    volume, segmentation = load_phantom(host.scene)
    score = panel.score._ui
    host.select(score.ctSelector, volume.GetName())
    host.select(score.segmentationSelector, segmentation.GetName())
    host.process(1500)
    host.picture("/tmp/panel.png")
    print(host.rows(score.scoreTable), score.ctSelector.currentNode(), score.segmentationSelector.currentNode(), panel.score._observers.count)
    assert 0
