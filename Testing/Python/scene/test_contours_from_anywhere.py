"""Contours that a clinician brings along: moved, on other grids, made of surfaces, outside the CT, not there at all."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour, CTImage

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
vtk = pytest.importorskip("vtk")

SPACING = (0.75, 0.5, 2.0)
SIZE = (40, 36, 20)


def rotation(angles):
    """A rotation about the three axes."""
    turns = []
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        first, second = (number for number in range(3) if number != axis)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        turns.append(turn)
    return turns[0] @ turns[1] @ turns[2]


def ct_with(direction):
    image = sitk.GetImageFromArray(np.random.default_rng(5).integers(-200, 300, SIZE[::-1]).astype(np.int16))
    image.SetSpacing(SPACING)
    image.SetOrigin((20.5, -31.0, 640.0))
    image.SetDirection(np.asarray(direction).ravel().tolist())
    return CTImage(image=image, name="CT")


def new_scene():
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    return scene, logic


@pytest.fixture
def drawn():
    """A scene with a straight CT and a ball drawn on it: scene, ct, volume, segmentation, segment ID, contour."""
    from RLNResponseLib.scene.segmentations import add_segmentation, show_contour
    from RLNResponseLib.scene.volumes import add_ct

    scene, _logic = new_scene()
    ct = ct_with(np.eye(3))
    volume = add_ct(scene, ct, "CT")
    segmentation, segment_id = add_segmentation(scene, volume, "LN")
    k, j, i = np.mgrid[-5:6, -16:17, -11:12]
    inside = (k * 2.0) ** 2 + (j * 0.5) ** 2 + (i * 0.75) ** 2 <= 8**2
    ball = Contour(name="Lymph node", voxels=inside, corner=(4, 2, 8))
    show_contour(segmentation, segment_id, ball, ct)
    yield scene, ct, volume, segmentation, segment_id, ball
    scene.Clear(True)


def linear_transform(scene, build):
    moved = vtk.vtkTransform()
    build(moved)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(moved.GetMatrix())
    return transform.GetID()


@settings(max_examples=30)
@given(
    angles=st.tuples(*[st.floats(-3.2, 3.2)] * 3),
    mirrored=st.booleans(),
    moved=st.booleans(),
)
def test_voxels_stay_where_they_are_however_the_ct_lies(angles, mirrored, moved):
    from RLNResponseLib.scene.segmentations import add_segmentation, contour_of, show_contour
    from RLNResponseLib.scene.volumes import add_ct, ct_from_volume

    scene, _logic = new_scene()
    ct = ct_with(rotation(angles) @ np.diag([1.0, 1.0, -1.0 if mirrored else 1.0]))
    volume = add_ct(scene, ct, "CT")
    segmentation, segment_id = add_segmentation(scene, volume, "LN")
    contour = Contour(name="Lymph node", voxels=np.random.default_rng(1).random((3, 5, 7)) > 0.5, corner=(4, 6, 8))
    show_contour(segmentation, segment_id, contour, ct)
    if moved:

        def build(transform):
            transform.RotateX(17)
            transform.Translate(3, -5, 7)

        name = linear_transform(scene, build)
        volume.SetAndObserveTransformNodeID(name)
        segmentation.SetAndObserveTransformNodeID(name)
    by_scene = ct_from_volume(volume)
    back = contour_of(segmentation, segment_id, by_scene)
    shape = SIZE[::-1]
    assert (back.full_grid(shape) == contour.full_grid(shape)).all()
    assert back.findings == ()
    # Where MRML says that a voxel lies in the world is where the CT says it (RAS and LPS).
    box = [0.0] * 6
    volume.GetRASBounds(box)
    corners = [by_scene.image.TransformContinuousIndexToPhysicalPoint(index) for index in corners_of(SIZE)]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert box == pytest.approx([-high[0], -low[0], -high[1], -low[1], low[2], high[2]], abs=1e-9)
    scene.Clear(True)


def corners_of(size):
    return [
        [float(end) for end in ends]
        for ends in np.array(np.meshgrid(*[(-0.5, extent - 0.5) for extent in size])).reshape(3, -1).T
    ]


def test_a_contour_that_was_moved_alone_is_placed_anew_and_says_so(drawn):
    from RLNResponseLib.scene.segmentations import contour_of
    from RLNResponseLib.scene.volumes import ct_from_volume

    scene, _ct, volume, segmentation, segment_id, ball = drawn
    segmentation.SetAndObserveTransformNodeID(linear_transform(scene, lambda moved: moved.Translate(-0.75, 0, 0)))
    ct = ct_from_volume(volume)
    # One voxel to the patient's left, exactly: still the same grid.
    exact = contour_of(segmentation, segment_id, ct)
    shape = SIZE[::-1]
    assert (exact.full_grid(shape) == np.roll(ball.full_grid(shape), 1, axis=2)).all()
    assert exact.findings == ()
    segmentation.SetAndObserveTransformNodeID(linear_transform(scene, lambda moved: moved.Translate(-1, 0, 0)))
    between = contour_of(segmentation, segment_id, ct)
    assert [finding.code for finding in between.findings] == ["resampled-contour"]


def test_a_segment_of_surfaces_alone_is_made_a_label_map_on_the_ct_s_grid(drawn):
    from RLNResponseLib.scene.segmentations import contour_of
    from RLNResponseLib.scene.volumes import ct_from_volume

    scene, _ct, volume, *_rest = drawn
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(7)
    box = [0.0] * 6
    volume.GetRASBounds(box)
    sphere.SetCenter(*(np.array(box[::2]) + box[1::2]) / 2)
    sphere.SetThetaResolution(60)
    sphere.SetPhiResolution(60)
    sphere.Update()
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "RTSTRUCT")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment_id = segmentation.AddSegmentFromClosedSurfaceRepresentation(sphere.GetOutput(), "ball", [1, 0, 0])
    contour = contour_of(segmentation, segment_id, ct_from_volume(volume))
    assert contour.findings == ()
    # Voxels of 0.75 × 0.5 × 2 mm on a ball of 7 mm.
    assert contour.voxels.sum() * np.prod(SPACING) == pytest.approx(4 / 3 * np.pi * 7**3, rel=0.03)


def refusal(segmentation, segment_id, ct):
    from RLNResponseLib.scene.segmentations import contour_of

    with pytest.raises(DataRefusedError) as refused:
        contour_of(segmentation, segment_id, ct)
    return refused.value


def test_a_contour_of_another_scan_is_refused(drawn):
    _scene, ct, _volume, segmentation, segment_id, _ball = drawn
    other = CTImage(image=sitk.Image(ct.image), name="other CT")
    other.image.SetOrigin((420.5, -31.0, 640.0))
    refused = refusal(segmentation, segment_id, other)
    assert refused.code == "outside-ct"
    assert "belongs to another image" in str(refused)


def test_an_empty_segment_is_refused_by_its_name(drawn):
    from RLNResponseLib.scene.segmentations import add_segment, is_empty

    _scene, ct, _volume, segmentation, segment_id, _ball = drawn
    empty = add_segment(segmentation, "Station 4R")
    assert is_empty(segmentation, empty)
    assert not is_empty(segmentation, segment_id)
    refused = refusal(segmentation, empty, ct)
    assert refused.code == "empty-contour"
    assert str(refused).startswith("The contour 'Station 4R' is empty")


def test_an_erased_segment_is_empty_too(drawn):
    from RLNResponseLib.scene.segmentations import is_empty

    _scene, ct, _volume, segmentation, segment_id, _ball = drawn
    labels = segmentation.GetBinaryLabelmapInternalRepresentation(segment_id)
    labels.GetPointData().GetScalars().Fill(0)
    assert is_empty(segmentation, segment_id)
    assert refusal(segmentation, segment_id, ct).code == "empty-contour"


def test_a_segment_that_was_removed_meanwhile_is_refused(drawn):
    _scene, ct, _volume, segmentation, segment_id, _ball = drawn
    segmentation.GetSegmentation().RemoveSegment(segment_id)
    assert refusal(segmentation, segment_id, ct).code == "empty-contour"


@pytest.mark.parametrize("spoil", ["non-linear-transform", "sheared"])
def test_a_bent_or_sheared_segmentation_is_refused_with_what_to_do(drawn, spoil):
    scene, ct, _volume, segmentation, segment_id, _ball = drawn
    if spoil == "sheared":
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 1, 0.4)
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        transform.SetMatrixTransformToParent(matrix)
    else:
        transform = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
        transform.SetAndObserveTransformToParent(slicer.vtkOrientedBSplineTransform())
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    refused = refusal(segmentation, segment_id, ct)
    assert refused.code == spoil
    assert "harden" in str(refused)
