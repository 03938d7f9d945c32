"""A copy of a study's CT, and what was drawn on it, is told from everything else in a scene of Slicer's own nodes."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")


@pytest.fixture
def scene():
    made = slicer.vtkMRMLScene()
    logics = (slicer.vtkSlicerSegmentationsModuleLogic(), slicer.vtkMRMLColorLogic(), slicer.vtkSlicerVolumesLogic())
    for logic in logics:
        logic.SetMRMLScene(made)
    logics[1].AddDefaultColorNodes()
    made.logics = logics
    yield made
    made.Clear(True)


def make_ct(origin=(-31.0, 12.5, 100.25), seed=3):
    import SimpleITK as sitk

    from RLNResponseLib.imaging.records import CTImage

    image = sitk.GetImageFromArray(np.random.default_rng(seed).integers(-200, 300, (12, 20, 24)).astype(np.int16))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin(origin)
    c, s = np.cos(0.3), np.sin(0.3)
    image.SetDirection((c, -s, 0, s, c, 0, 0, 0, 1))
    return CTImage(image=image, name="CT1")


@pytest.fixture
def opened(scene):
    """The scene with a reading open in it, the CT, and the names of the copies."""
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.reading_nodes import open_reading_nodes
    from RLNResponseLib.scene.study_copies import copies_in_scene

    ct = make_ct()
    mask = np.zeros((12, 20, 24), dtype=bool)
    mask[3:7, 5:12, 6:14] = True
    nodes = open_reading_nodes(scene, ct, "LN1", Contour.from_full_grid(mask, "LN1"))
    return scene, ct, nodes, lambda own=nodes: [node.GetName() for node in copies_in_scene(scene, ct, own)]


def clone(scene, node, name, kind=None):
    """As the module Data clones: with every attribute, our mark among them."""
    made = scene.AddNewNodeByClass(kind or node.GetClassName())
    made.Copy(node)
    made.SetName(name)
    return made


def test_the_reading_alone_has_no_copy(opened):
    from RLNResponseLib.scene.reading_nodes import close_reading_nodes
    from RLNResponseLib.scene.study_copies import copies_finding

    scene, _ct, nodes, names = opened
    assert names() == []
    assert copies_finding([]) is None
    close_reading_nodes(scene, nodes)
    assert names(None) == []


def test_a_clone_of_the_ct_is_named_even_under_the_readings_own_name_and_mark(opened):
    _scene, _ct, nodes, names = opened
    scene = opened[0]
    made = clone(scene, nodes.volume, nodes.volume.GetName())
    assert made.GetAttribute("RLNResponse.reading") == "LN1"
    assert names() == ["CT being read"]


def test_a_clone_that_was_moved_is_known_by_its_voxels(opened):
    scene, _ct, nodes, names = opened
    clone(scene, nodes.volume, "moved").SetOrigin(0, 0, 0)
    assert names() == ["moved"]


@pytest.mark.parametrize("kind", ["vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode", "vtkMRMLScalarVolumeNode"])
@pytest.mark.parametrize(("off_mm", "is_named"), [(0.0, True), (0.0009, True), (0.0011, False), (2.5, False)])
def test_a_volume_of_any_kind_on_the_same_grid_is_named(opened, kind, off_mm, is_named):
    import vtk

    scene, _ct, nodes, names = opened
    image = vtk.vtkImageData()
    image.SetDimensions(24, 20, 12)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3 if "Vector" in kind else 1)
    image.GetPointData().GetScalars().Fill(1)
    volume = scene.AddNewNodeByClass(kind, "labels of B")
    volume.CopyOrientation(nodes.volume)
    volume.SetOrigin(*(part + off_mm for part in nodes.volume.GetOrigin()))
    volume.SetAndObserveImageData(image)
    assert names() == (["labels of B"] if is_named else [])
    image.SetDimensions(24, 20, 11)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    assert names() == []


def test_a_segmentation_drawn_on_the_ct_is_named_with_and_without_its_reference_and_cropped(opened):
    scene, ct, nodes, names = opened
    made = clone(scene, nodes.segmentation, "B's contour")
    assert names() == ["B's contour"]
    core = made.GetSegmentation()
    core.SetConversionParameter(slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(), "")
    assert names() == ["B's contour"]
    # Read from a file that holds the box of the contour alone, as ours do.
    labels = core.GetSegmentRepresentation(core.GetNthSegmentID(0), "Binary labelmap")
    extent = labels.GetExtent()
    left, posterior, superior = ct.image.TransformIndexToPhysicalPoint(extent[0::2])
    labels.SetExtent(*(part - extent[2 * (number // 2)] for number, part in enumerate(extent)))
    labels.SetOrigin(-left, -posterior, superior)
    assert names() == ["B's contour"]
    labels.SetOrigin(-left + 0.35, -posterior, superior)
    assert names() == []


def test_another_patients_ct_and_its_segmentation_are_not_named(opened):
    from RLNResponseLib.scene.segmentations import add_segmentation
    from RLNResponseLib.scene.volumes import add_ct

    scene, _ct, _nodes, names = opened
    other = add_ct(scene, make_ct(origin=(0.0, 0.0, 0.1), seed=4), "another CT")
    add_segmentation(scene, other, "of another")
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "without voxels")
    scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "without segments")
    assert names() == []


def test_one_sentence_names_them_and_nothing_is_deleted(opened):
    from RLNResponseLib.scene.study_copies import copies_finding, copies_in_scene

    scene, ct, nodes, _names = opened
    clone(scene, nodes.volume, "my\nCT")
    clone(scene, nodes.segmentation, "drawn")
    before = scene.GetNumberOfNodes()
    finding = copies_finding(copies_in_scene(scene, ct, nodes))
    assert finding.message == (
        "In the scene, 'my CT', 'drawn' lie on the CT of this study and can show another contour of the lymph node, or "
        "keep this one outside the study; delete in the module Data what you do not need."
    )
    assert (finding.severity, finding.numbers) == ("warning", {"copies": 2})
    assert scene.GetNumberOfNodes() == before
