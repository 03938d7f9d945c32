"""CT and contours through the real MRML libraries of Slicer (slicer-core), there and back."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def make_ct(shape=(12, 20, 24), spacing=(0.7, 0.8, 2.5), angle=0.3, origin=(-31.0, 12.5, 100.25)):
    import SimpleITK as sitk

    from RLNResponseLib.imaging.records import CTImage

    voxels = np.random.default_rng(3).integers(-200, 300, shape).astype(np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    c, s = np.cos(angle), np.sin(angle)
    image.SetDirection((c, -s, 0, s, c, 0, 0, 0, 1))
    return CTImage(image=image, name="test CT")


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi])
def test_a_ct_comes_back_as_it_was(scene, angle):
    import SimpleITK as sitk

    from RLNResponseLib.scene.volumes import add_ct, ct_from_volume

    ct = make_ct(angle=angle)
    back = ct_from_volume(add_ct(scene, ct, "CT"))
    assert (sitk.GetArrayViewFromImage(back.image) == sitk.GetArrayViewFromImage(ct.image)).all()
    for part in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(back.image, part)() == pytest.approx(getattr(ct.image, part)(), abs=1e-12)


def test_no_window_is_looked_for_among_all_voxels(scene):
    import vtk

    from RLNResponseLib.scene.volumes import LEVEL, WINDOW, add_volume

    image = vtk.vtkImageData()
    image.SetDimensions(400, 400, 200)
    image.AllocateScalars(vtk.VTK_SHORT, 1)
    image.GetPointData().GetScalars().Fill(40)
    begun = time.process_time()
    display = add_volume(scene, image, make_ct(), "CT").GetDisplayNode()
    # A fifth of a second where the display was made beside the voxels; of this process, whatever else runs.
    assert time.process_time() - begun < 0.05
    assert (display.GetAutoWindowLevel(), display.GetWindow(), display.GetLevel()) == (0, WINDOW, LEVEL)


def test_slicer_puts_the_voxels_where_simpleitk_does(scene):
    from RLNResponseLib.scene.volumes import add_ct

    ct = make_ct()
    volume = add_ct(scene, ct, "CT")
    matrix = slicer.vtkMRMLScalarVolumeNode.GetIJKToRASMatrix
    import vtk

    to_ras = vtk.vtkMatrix4x4()
    matrix(volume, to_ras)
    left, posterior, superior = ct.image.TransformIndexToPhysicalPoint((7, 5, 3))
    assert to_ras.MultiplyPoint((7, 5, 3, 1))[:3] == pytest.approx((-left, -posterior, superior), abs=1e-9)


@settings(max_examples=40)
@given(st.data())
def test_a_contour_comes_back_as_it_was(data):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import add_segmentation, contour_of, show_contour
    from RLNResponseLib.scene.volumes import add_ct, ct_from_volume

    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    ct = make_ct(angle=data.draw(st.floats(-3, 3)))
    shape = ct.image.GetSize()[::-1]
    mask = np.zeros(shape, dtype=bool)
    for _ in range(data.draw(st.integers(1, 6))):
        mask[tuple(data.draw(st.integers(0, size - 1)) for size in shape)] = True
    contour = Contour.from_full_grid(mask, "Lymph node")
    volume = add_ct(scene, ct, "CT")
    segmentation, segment_id = add_segmentation(scene, volume, "LN")
    show_contour(segmentation, segment_id, contour, ct)
    back = contour_of(segmentation, segment_id, ct_from_volume(volume))
    assert back.corner == contour.corner
    assert (back.voxels == contour.voxels).all()
    assert back.findings == ()
    # Slicer's own reading of the segment, exported to the volume's grid.
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert logic.ExportSegmentsToLabelmapNode(segmentation, [segment_id], labels, volume)
    exported = slicer.util.arrayFromVolume(labels)
    assert (exported.astype(bool) == mask).all()


def test_segments_that_share_a_label_map_are_told_apart(scene):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, contour_of, show_contour
    from RLNResponseLib.scene.volumes import add_ct, ct_from_volume

    ct = make_ct()
    volume = add_ct(scene, ct, "CT")
    segmentation, first = add_segmentation(scene, volume, "LN")
    second = add_segment(segmentation, "Another")
    masks = np.zeros((2, *ct.image.GetSize()[::-1]), dtype=bool)
    masks[0, 2:5, 3:9, 4:8] = True
    masks[1, 6:9, 10:15, 12:20] = True
    for segment_id, mask in zip((first, second), masks, strict=True):
        show_contour(segmentation, segment_id, Contour.from_full_grid(mask, "x"), ct)
    core = segmentation.GetSegmentation()
    core.CollapseBinaryLabelmaps(False)
    assert core.GetNumberOfLayers() == 1
    for segment_id, mask in zip((first, second), masks, strict=True):
        back = contour_of(segmentation, segment_id, ct_from_volume(volume))
        assert (back.full_grid(mask.shape).astype(bool) == mask).all()


def test_a_segment_is_a_lymph_node_by_its_terminology(scene):
    from RLNResponseLib.imaging.segments import lymph_node_terminology
    from RLNResponseLib.scene.segmentations import add_segmentation
    from RLNResponseLib.scene.volumes import add_ct

    segmentation, segment_id = add_segmentation(scene, add_ct(scene, make_ct(), "CT"), "LN")
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    import vtk

    text = vtk.mutable("")
    assert segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), text)
    assert logic.DeserializeTerminologyEntry(str(text), entry)
    assert entry.GetTypeObject().GetCodeValue() == "59441001"
    assert entry.GetTypeObject().GetCodingSchemeDesignator() == "SCT"
    assert str(text) == lymph_node_terminology()


def test_the_score_by_the_scene_is_the_score_by_the_files(scene, shared_data):
    from RLNResponseLib.imaging.load import read_contour, read_ct
    from RLNResponseLib.modelling.lesion import score_contour
    from RLNResponseLib.modelling.model_card import published_models
    from RLNResponseLib.scene.reading_nodes import open_reading_nodes
    from RLNResponseLib.scene.segmentations import contour_of
    from RLNResponseLib.scene.volumes import ct_from_volume

    folder = shared_data / "lidc-4readers"
    image = next(path for path in sorted(folder.rglob("*.nrrd")) if "seg" not in path.name.lower())
    mask = next(path for path in sorted(folder.rglob("*.nrrd")) if path != image)
    ct = read_ct(image)
    contour = read_contour(mask, ct)
    nodes = open_reading_nodes(scene, ct, "LN1", contour)
    by_scene = ct_from_volume(nodes.volume)
    scored = score_contour(by_scene, contour_of(nodes.segmentation, nodes.segment_id, by_scene), published_models())
    expected = score_contour(ct, contour, published_models())
    assert [score.score for score in scored.scores] == [score.score for score in expected.scores]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("empty", "empty-volume"),
        ("vector", "not-scalar"),
        ("bent", "non-linear-transform"),
        ("sheared", "sheared"),
    ],
)
def test_a_volume_that_is_no_ct_is_refused(scene, spoil, code):
    import vtk

    from RLNResponseLib.common.errors import DataRefusedError
    from RLNResponseLib.scene.volumes import add_ct, ct_from_volume

    volume = add_ct(scene, make_ct(), "CT")
    if spoil == "empty":
        volume.SetAndObserveImageData(None)
    elif spoil == "vector":
        image = vtk.vtkImageData()
        image.SetDimensions(4, 4, 4)
        image.AllocateScalars(vtk.VTK_SHORT, 3)
        volume.SetAndObserveImageData(image)
    elif spoil == "bent":
        transform = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
        transform.SetAndObserveTransformToParent(slicer.vtkOrientedBSplineTransform())
        volume.SetAndObserveTransformNodeID(transform.GetID())
    else:
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 1, 0.4)
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        transform.SetMatrixTransformToParent(matrix)
        volume.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(DataRefusedError) as refused:
        ct_from_volume(volume)
    assert refused.value.code == code
    assert "CT" in str(refused.value)


def test_a_reading_is_not_saved_with_a_scene_and_leaves_nothing(scene, tmp_path):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.reading_nodes import close_reading_nodes, open_reading_nodes, reading_nodes_in

    ct = make_ct()
    before = scene.GetNumberOfNodes()
    contour = Contour(name="LN", voxels=np.ones((2, 3, 4), dtype=bool), corner=(1, 2, 3))
    nodes = open_reading_nodes(scene, ct, "LN1", contour)
    assert {node.GetAttribute("RLNResponse.reading") for node in reading_nodes_in(scene)} == {"LN1"}
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    assert "LN1" not in (tmp_path / "scene.mrml").read_text()
    close_reading_nodes(scene, nodes)
    assert reading_nodes_in(scene) == ()
    assert scene.GetNumberOfNodes() == before


def test_a_ct_of_the_scene_is_made_again_only_when_it_changed(scene):
    import vtk

    from RLNResponseLib.scene.volumes import VolumeCT, add_ct

    volume = add_ct(scene, make_ct(), "CT")
    cache = VolumeCT()
    first = cache.of(volume)
    assert cache.of(volume) is first
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 10.0)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    moved = cache.of(volume)
    assert moved is not first
    assert moved.image.GetOrigin()[0] == pytest.approx(first.image.GetOrigin()[0] - 10)
    slicer.util.arrayFromVolume(volume)[0, 0, 0] += 1
    slicer.util.arrayFromVolumeModified(volume)
    assert cache.of(volume) is not moved
