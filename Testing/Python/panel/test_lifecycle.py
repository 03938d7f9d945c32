"""Enter, exit, scene close, reload, clean-up: nothing of the module stays behind."""

import sys


def counts(host):
    from host.drive import observers_of

    slicer, scene = host.slicer, host.scene
    segment_events = ("SourceRepresentationModified", "SegmentModified", "SegmentAdded", "SegmentRemoved")
    events = [getattr(slicer.vtkSegmentation, name) for name in segment_events]
    events += [
        slicer.vtkMRMLScalarVolumeNode.ImageDataModifiedEvent,
        slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
    ]
    nodes = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
    return {"scene": observers_of(scene, events), **{node.GetID(): observers_of(node, events) for node in nodes}}


def test_observers_and_connections_are_gone_after_cleanup(host):
    from RLNResponseLib.scene.sample import load_phantom

    volume, segmentation = load_phantom(host.scene)
    before = counts(host)
    assert before["scene"] > 0, "the logics of the host watch the scene, or nothing is counted"
    panel = host.open_module()
    assert panel.score._ui.segmentationSelector.currentNode() is segmentation
    host.process(200)
    during = counts(host)
    assert len(during[segmentation.GetID()]) == 5
    assert len(during[volume.GetID()]) == 2
    assert during["scene"] > before["scene"]
    host.exit()
    host.enter()
    host.process(100)
    assert counts(host) == during
    host.quit()
    after = counts(host)
    # The module's own parameter and editor nodes stay, as in Slicer; what was there before is as it was.
    assert {name: after[name] for name in before} == before
    # Quitting disconnects; what is left is the registration of sample data at start-up.
    assert host.connection_count(host.slicer.app) == 1


def test_scene_close_leaves_no_observer_of_a_removed_node(host):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module()
    load_phantom(host.scene)
    host.process(200)
    assert panel.score._scoring.observer_count == 7
    host.scene.Clear(False)
    host.process()
    assert panel.score._scoring.observer_count == 0
    assert panel.score.on_image == []
    assert host.rows(panel.score._ui.scoreTable) == []
    load_phantom(host.scene)


def test_reload_takes_the_library_with_it(host):
    host.open_module()
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "RLNResponseLib"}
    panel = host.widget.panel
    host.widget.onReload()
    assert "RLNResponseLib.panel.widgets.status" in before
    assert not [name for name, module in before.items() if sys.modules.get(name) is module]
    assert host.widget.panel is not panel


def test_saved_scene_remembers_what_is_scored(host):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module()
    volume, segmentation = load_phantom(host.scene)
    host.process(50)
    node = host.scene.GetSingletonNode("RLNResponse", "vtkMRMLScriptedModuleNode")
    assert node.GetNodeReferenceID("ct") == volume.GetID()
    assert node.GetNodeReferenceID("segmentation") == segmentation.GetID()
    host.exit()
    panel.score._ui.ctSelector.setCurrentNode(None)
    assert node.GetNodeReferenceID("ct") == volume.GetID(), (
        "while the module is not shown, its parameters are left alone"
    )
