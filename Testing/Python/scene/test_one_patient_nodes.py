"""What is chosen by itself for one patient, and that each lymph node has a colour of its own."""

import colorsys
from itertools import combinations

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")


@pytest.fixture
def scene():
    made = slicer.vtkMRMLScene()
    logics = (slicer.vtkSlicerSegmentationsModuleLogic(), slicer.vtkMRMLColorLogic())
    for logic in logics:
        logic.SetMRMLScene(made)
    logics[1].AddDefaultColorNodes()
    yield made
    made.Clear(True)


def add_ct_node(scene, name):
    import SimpleITK as sitk

    from RLNResponseLib.imaging.records import CTImage
    from RLNResponseLib.scene.volumes import add_ct

    return add_ct(scene, CTImage(image=sitk.GetImageFromArray(np.zeros((4, 5, 6), dtype=np.int16)), name=name), name)


def test_the_volume_in_the_background_is_the_ct_unless_it_can_be_none_or_is_a_studys(scene):
    from RLNResponseLib.scene.preselection import background_ct
    from RLNResponseLib.scene.reading_nodes import MARK

    ct = add_ct_node(scene, "CT")
    assert background_ct(scene, ()) is None, "it is in no view"
    composite = scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    composite.SetBackgroundVolumeID(ct.GetID())
    assert background_ct(scene, ()) is ct
    assert background_ct(scene, [ct.GetID()]) is None
    ct.SetAttribute(MARK, "LN1")
    assert background_ct(scene, ()) is None
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    composite.SetBackgroundVolumeID(labels.GetID())
    assert background_ct(scene, ()) is None


def test_the_segmentation_that_refers_to_the_ct_is_taken_and_a_lone_one_that_refers_to_nothing(scene):
    from RLNResponseLib.scene.preselection import segmentation_on
    from RLNResponseLib.scene.reading_nodes import MARK
    from RLNResponseLib.scene.segmentations import add_segmentation

    ct, other = add_ct_node(scene, "CT"), add_ct_node(scene, "another")
    loose = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert segmentation_on(scene, ct) is loose
    on_other, _segment = add_segmentation(scene, other, "other")
    assert segmentation_on(scene, ct) is None
    first, _segment = add_segmentation(scene, ct, "first")
    assert segmentation_on(scene, ct) is first
    second, _segment = add_segmentation(scene, ct, "second")
    assert segmentation_on(scene, ct) is second
    second.SetAttribute(MARK, "LN1")
    assert segmentation_on(scene, ct) is first
    assert segmentation_on(scene, other) is on_other


def test_forty_lymph_nodes_have_forty_colours_the_first_being_slicers_own(scene):
    from RLNResponseLib.imaging.segments import LYMPH_NODE_COLOUR
    from RLNResponseLib.scene.segment_looks import colour_of
    from RLNResponseLib.scene.segmentations import add_segment, add_segmentation

    segmentation, first = add_segmentation(scene, add_ct_node(scene, "CT"), "many")
    identifiers = [first, *(add_segment(segmentation, f"LN{number}") for number in range(2, 41))]
    colours = [colour_of(segmentation, segment_id) for segment_id in identifiers]
    assert colours[0] == pytest.approx([part / 255 for part in LYMPH_NODE_COLOUR])
    assert min(max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in combinations(colours, 2)) > 0.02
    # The first dozen, which is more than a patient has, can be told apart at a glance.
    hues = [colorsys.rgb_to_hsv(*colour) for colour in colours[:12]]
    assert all(saturation > 0.3 for _hue, saturation, _value in hues)


def test_only_what_shares_a_colour_gets_another_and_reading_again_changes_nothing(scene):
    from RLNResponseLib.scene.segment_looks import colour_of, tell_apart
    from RLNResponseLib.scene.segmentations import add_segment, add_segmentation

    segmentation, first = add_segmentation(scene, add_ct_node(scene, "CT"), "same")
    identifiers = [
        first,
        add_segment(segmentation, "b"),
        add_segment(segmentation, "c"),
        add_segment(segmentation, "d"),
    ]
    core = segmentation.GetSegmentation()
    for segment_id, colour in zip(identifiers, ((0.5,) * 3, (0.2, 0.4, 0.6), (0.5,) * 3, (0.5,) * 3), strict=True):
        core.GetSegment(segment_id).SetColor(*colour)
    tell_apart(segmentation)
    told = [colour_of(segmentation, segment_id) for segment_id in identifiers]
    assert told[:2] == [(0.5,) * 3, (0.2, 0.4, 0.6)]
    assert len(set(told)) == 4
    tell_apart(segmentation)
    assert [colour_of(segmentation, segment_id) for segment_id in identifiers] == told
