"""What Slicer's own readers and writers make of the same files, against the library's: two ways that share no code."""

import numpy as np
import pytest
import SimpleITK as sitk

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")

# Slicer keeps directions as float in places; half a micrometre over a whole CT.
POSITION_MM = 1e-9


@pytest.fixture
def scene():
    made = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(made)
    yield made
    made.Clear(True)


def read_by_slicer(scene, files):
    """A volume as Slicer's file dialog reads it."""
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "by Slicer")
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(str(files[0]))
    for file in files if len(files) > 1 else ():
        storage.AddFileName(str(file))
    assert storage.ReadData(volume)
    return volume


def read_segments_by_slicer(scene, file):
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "by Slicer")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(file))
    assert storage.ReadData(segmentation)
    return segmentation


def assert_same_ct(first, second):
    assert (sitk.GetArrayViewFromImage(first.image) == sitk.GetArrayViewFromImage(second.image)).all()
    far = [size - 1 for size in first.image.GetSize()]
    for corner in ([0, 0, 0], far):
        position = first.image.TransformIndexToPhysicalPoint(corner)
        assert second.image.TransformIndexToPhysicalPoint(corner) == pytest.approx(position, abs=POSITION_MM)


def test_a_dicom_series_read_by_slicer_is_the_same_ct(scene, shared_data):
    from RLNResponseLib.imaging.load import read_ct
    from RLNResponseLib.scene.volumes import ct_from_volume

    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001" / "dicom"
    files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    assert_same_ct(ct_from_volume(read_by_slicer(scene, files)), read_ct(folder))


def test_four_readers_contours_give_the_same_scores_by_slicer_s_readers(scene, shared_data, tmp_path):
    from RLNResponseLib.imaging.load import read_contour, read_ct
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
    from RLNResponseLib.modelling.lesion import score_contour
    from RLNResponseLib.modelling.model_card import published_models
    from RLNResponseLib.scene.segmentations import contour_of, segments
    from RLNResponseLib.scene.volumes import ct_from_volume

    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder / "crop_image.nrrd")
    by_slicer = ct_from_volume(read_by_slicer(scene, [folder / "crop_image.nrrd"]))
    assert_same_ct(by_slicer, ct)
    models = published_models()
    seen = set()
    for reader in (1, 2, 3, 4):
        contour = read_contour(folder / f"crop_mask_reader{reader}.nrrd", ct)
        file = tmp_path / f"{reader}.seg.nrrd"
        write_seg_nrrd(file, contour, ct)
        segmentation = read_segments_by_slicer(scene, file)
        ((segment_id, _name),) = segments(segmentation)
        found = contour_of(segmentation, segment_id, by_slicer)
        assert found.findings == ()
        assert found.corner == contour.corner
        assert (found.voxels == contour.voxels).all()
        scores = [score.score for score in score_contour(by_slicer, found, models).scores]
        # The direction that Slicer kept may differ in its last bits, and with it the mesh's sphericity.
        assert scores == pytest.approx(
            [score.score for score in score_contour(ct, contour, models).scores], rel=1e-15, abs=0
        )
        seen.add(tuple(scores))
    assert len(seen) == 4


@pytest.mark.parametrize("shared", [False, True], ids=["own label maps", "a shared label map"])
def test_segments_saved_by_slicer_are_read_by_the_library(scene, tmp_path, shared):
    from RLNResponseLib.imaging.load import read_contour
    from RLNResponseLib.imaging.records import Contour, CTImage
    from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, show_contour
    from RLNResponseLib.scene.volumes import add_ct

    image = sitk.GetImageFromArray(np.zeros((10, 14, 18), np.int16))
    image.SetSpacing((0.7, 0.9, 3.0))
    image.SetOrigin((12.0, -40.0, 700.5))
    image.SetDirection((0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1))
    ct = CTImage(image=image, name="CT")
    segmentation, first = add_segmentation(scene, add_ct(scene, ct, "CT"), "LN")
    second = add_segment(segmentation, "Another")
    drawn = {
        "Lymph node": Contour(
            name="Lymph node", voxels=np.random.default_rng(1).random((3, 4, 5)) > 0.4, corner=(1, 2, 3)
        ),
        "Another": Contour(name="Another", voxels=np.random.default_rng(2).random((2, 3, 4)) > 0.4, corner=(6, 8, 10)),
    }
    for segment_id, contour in zip((first, second), drawn.values(), strict=True):
        show_contour(segmentation, segment_id, contour, ct)
    if shared:
        segmentation.GetSegmentation().CollapseBinaryLabelmaps(False)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(tmp_path / "two.seg.nrrd"))
    assert storage.WriteData(segmentation)
    for name, contour in drawn.items():
        read = read_contour(tmp_path / "two.seg.nrrd", ct, segment=name)
        full = image.GetSize()[::-1]
        assert (read.full_grid(full) == contour.full_grid(full)).all()
