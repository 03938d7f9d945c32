"""`rlnresponse segments`, and how `score`, `features` and `study import-reading` are told which contour is meant."""

import json

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib import score
from RLNResponseLib.cli import main
from RLNResponseLib.commands.options import add_contour_choice
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import make_phantom

EVIL = "LN2\x1b[31m\x07 of\r\nX"


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(1, size=(144, 144, 44))


@pytest.fixture(scope="module")
def folder(phantom, tmp_path_factory):
    """The CT; two lymph nodes as a label map in three formats and as a .seg.nrrd; two readers' segments; one segment
    in three parts, the last a single voxel."""
    folder = tmp_path_factory.mktemp("segments")
    shape = phantom.ct.image.GetSize()[::-1]
    first, second = (phantom.truth[number].full_grid(shape) for number in (0, 1))
    sitk.WriteImage(phantom.ct.image, folder / "ct.nrrd")

    def write(name, array, **metadata):
        image = sitk.GetImageFromArray(array.astype(np.uint8))
        image.CopyInformation(phantom.ct.image)
        for key, value in metadata.items():
            image.SetMetaData(key, value)
        sitk.WriteImage(image, folder / name, True)

    for name in ("labels.nrrd", "labels.nii.gz", "labels.mha"):
        write(name, first + 7 * second)
    write(
        "named.seg.nrrd",
        first + 2 * second,
        Segment0_ID="Segment_1",
        Segment0_Name="LN1",
        Segment0_LabelValue="1",
        Segment0_Layer="0",
        Segment0_Tags="TerminologyEntry:General~SCT^85756007^Tissue~SCT^59441001^Lymph node~^^~A~^^~^^|",
        Segment1_ID="Segment_2",
        Segment1_Name="LN2\x1b[31m of X",
        Segment1_LabelValue="2",
        Segment1_Layer="0",
    )
    eroded = sitk.GetArrayFromImage(sitk.BinaryErode(sitk.GetImageFromArray(first), (1, 1, 0)))
    readers = sitk.GetImageFromArray(np.stack([eroded, first], axis=-1), isVector=True)
    readers.CopyInformation(phantom.ct.image)
    for layer, name in enumerate("AB"):
        for key, value in {"ID": f"S{name}", "Name": f"reader {name}", "LabelValue": "1", "Layer": str(layer)}.items():
            readers.SetMetaData(f"Segment{layer}_{key}", value)
    sitk.WriteImage(readers, folder / "readers.seg.nrrd", True)
    parts = (first + second).astype(np.uint8)
    parts[0, 0, 0] = 1
    write("parts.nrrd", parts)
    write("pair.nrrd", first + second)
    return folder


def run(capsys, *words, code=0):
    found = main([str(word) for word in words])
    said = capsys.readouterr()
    assert found == code, said.err
    if code:
        assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err if code else said.out


def listed(capsys, path):
    answer = json.loads(run(capsys, "segments", path, "--json"))
    assert answer["file"] == path.name
    return answer["segments"]


def middle(phantom, number):
    """The mean of the voxels' centres, by SimpleITK's own measure."""
    shape = phantom.ct.image.GetSize()[::-1]
    mask = sitk.GetImageFromArray(phantom.truth[number].full_grid(shape))
    mask.CopyInformation(phantom.ct.image)
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(mask)
    return shapes.GetNumberOfPixels(1), shapes.GetCentroid(1)


@pytest.mark.parametrize("name", ["labels.nrrd", "labels.nii.gz", "labels.mha"])
def test_a_label_map_lists_its_labels(folder, phantom, capsys, name):
    found = listed(capsys, folder / name)
    assert [(entry["number"], entry["name"], entry["type"]) for entry in found] == [
        (1, "label 1", "label"),
        (7, "label 7", "label"),
    ]
    for entry, number in zip(found, (0, 1), strict=True):
        voxels, centre = middle(phantom, number)
        assert entry["voxels"] == voxels
        assert entry["place_mm"] == pytest.approx(centre, abs=2e-3)


def test_a_slicer_segmentation_lists_its_segments(folder, phantom, capsys):
    found = listed(capsys, folder / "named.seg.nrrd")
    assert [(entry["number"], entry["id"], entry["meaning"]) for entry in found] == [
        (1, "Segment_1", "Lymph node"),
        (2, "Segment_2", None),
    ]
    assert [entry["voxels"] for entry in found] == [middle(phantom, number)[0] for number in (0, 1)]
    text = run(capsys, "segments", folder / "named.seg.nrrd")
    assert text.splitlines()[0] == "named.seg.nrrd: 2 segments"
    assert "Segment_2" in text
    assert all(sign.isprintable() for sign in text.replace("\n", ""))


def test_overlapping_segments_lie_in_layers(tmp_path, capsys):
    array = np.zeros((4, 5, 6, 2), dtype=np.uint8)
    array[1, 1, 1:4, 0] = array[1, 1, 2:5, 1] = 1
    image = sitk.GetImageFromArray(array, isVector=True)
    for layer, name in enumerate("AB"):
        for key, value in {"ID": f"S{name}", "Name": name, "LabelValue": "1", "Layer": str(layer)}.items():
            image.SetMetaData(f"Segment{layer}_{key}", value)
    sitk.WriteImage(image, tmp_path / "two.seg.nrrd")
    found = listed(capsys, tmp_path / "two.seg.nrrd")
    assert [(entry["name"], entry["voxels"], entry["place_mm"]) for entry in found] == [
        ("A", 3, [2.0, 1.0, 1.0]),
        ("B", 3, [3.0, 1.0, 1.0]),
    ]


def test_a_turned_nifti_lists_the_same_place(folder, phantom, tmp_path, capsys):
    turned = nibabel.as_closest_canonical(nibabel.load(folder / "labels.nii.gz"))
    nibabel.save(turned, tmp_path / "turned.nii")
    for here, there in zip(
        listed(capsys, folder / "labels.nrrd"), listed(capsys, tmp_path / "turned.nii"), strict=True
    ):
        assert here["voxels"] == there["voxels"]
        assert here["place_mm"] == pytest.approx(there["place_mm"], abs=0.01)


def test_an_rtstruct_lists_outlines_planes_and_the_middle_of_their_area(tmp_path, capsys):
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = RTStructureSetStorage, ExplicitVRLittleEndian
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    file = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID, file.Modality = RTStructureSetStorage, "1.2.3", "RTSTRUCT"
    roi, empty, contours, seen = Dataset(), Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName = 12, EVIL
    empty.ROINumber, empty.ROIName = 13, "Nothing"
    contours.ReferencedROINumber = seen.ReferencedROINumber = 12
    seen.RTROIInterpretedType = "GTV"
    contours.ContourSequence = []
    # An L of area 3 on two planes; many points on one of its sides move no middle.
    corners = [(0, 0), (0.2, 0), (0.4, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    for z in (5.0, 7.5):
        outline = Dataset()
        outline.ContourGeometricType, outline.NumberOfContourPoints = "CLOSED_PLANAR", len(corners)
        outline.ContourData = [f"{value:g}" for x, y in corners for value in (x, y, z)]
        contours.ContourSequence.append(outline)
    file.StructureSetROISequence, file.ROIContourSequence = [roi, empty], [contours]
    file.RTROIObservationsSequence = [seen]
    file.save_as(tmp_path / "rs.dcm")

    first, second = listed(capsys, tmp_path / "rs.dcm")
    assert (first["number"], first["type"], first["meaning"], first["voxels"]) == (12, "ROI", "GTV", None)
    assert (first["outlines"], first["slices"]) == (2, 2)
    assert first["place_mm"] == pytest.approx([5 / 6, 5 / 6, 6.25], abs=1e-3)
    assert (second["outlines"], second["place_mm"]) == (0, None)
    text = run(capsys, "segments", tmp_path / "rs.dcm")
    assert "2 outlines on 2 slices" in text
    assert all(sign.isprintable() for sign in text.replace("\n", ""))
    assert len(text.splitlines()) == 5


@pytest.mark.parametrize(
    ("name", "words"), [("ct.nrrd", "is no label map"), ("nowhere.nrrd", "is not there"), (".", "is a folder")]
)
def test_what_holds_no_segments_is_refused(folder, capsys, name, words):
    assert words in run(capsys, "segments", folder / name, code=1)


def scores(answer):
    return [entry["score"] for entry in answer["scores"]]


def test_a_pattern_names_the_segment(folder, phantom, capsys):
    found = json.loads(run(capsys, "score", folder / "ct.nrrd", folder / "named.seg.nrrd", "--segment", "*1", "--json"))
    assert (found["segment"], scores(found)) == (
        "LN1",
        [each.score for each in score(phantom.ct, phantom.truth[0]).scores],
    )
    said = run(capsys, "score", folder / "ct.nrrd", folder / "named.seg.nrrd", "--segment", "LN*", code=1)
    assert "holds 2 segments that fit 'LN*'" in said


def test_components_begin_with_a_table_and_a_stray_voxel_does_not_stop_them(folder, phantom, capsys):
    files = ("score", folder / "ct.nrrd", folder / "parts.nrrd", "--components")
    parts = json.loads(run(capsys, *files, "--json"))
    assert [(part["component"], part["voxels"]) for part in parts] == [
        (1, middle(phantom, 0)[0]),
        (2, middle(phantom, 1)[0]),
        (3, 1),
    ]
    for part, number in zip(parts, (0, 1), strict=False):
        assert part["place_mm"] == pytest.approx(middle(phantom, number)[1], abs=2e-3)
        assert scores(part) == [each.score for each in score(phantom.ct, phantom.truth[number]).scores]
    assert parts[2]["place_mm"] == [round(axis, 3) for axis in phantom.ct.image.GetOrigin()]
    assert parts[2]["refused"].startswith("The contour 'label 1 (3 of 3)'")
    assert "scores" not in parts[2]
    lines = run(capsys, *files).splitlines()
    assert lines[0].split() == [
        "part",
        "voxels",
        "volume",
        "mm³",
        "place",
        "(mm,",
        "LPS)",
        "Rad-score",
        "Rad-score-2-year",
    ]
    assert [line.split()[:2] for line in lines[2:5]] == [
        [str(part["component"]), str(part["voxels"])] for part in parts
    ]
    assert lines[4].split()[-2:] == ["refused", "refused"]


def test_where_every_part_is_refused_the_call_is(tmp_path, folder, phantom, capsys):
    array = np.zeros(phantom.ct.image.GetSize()[::-1], dtype=np.uint8)
    array[3, 3, 3] = array[9, 9, 9] = 1
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(phantom.ct.image)
    sitk.WriteImage(image, tmp_path / "dots.nrrd")
    said = run(capsys, "score", folder / "ct.nrrd", tmp_path / "dots.nrrd", "--components", code=1)
    assert "(1 of 2)" in said


def test_one_component_in_score_and_features(folder, phantom, capsys):
    files = (folder / "ct.nrrd", folder / "parts.nrrd", "--component", 2, "--json")
    found = json.loads(run(capsys, "score", *files))
    own = score(phantom.ct, phantom.truth[1])
    assert (found["segment"], scores(found)) == ("label 1 (2 of 3)", [each.score for each in own.scores])
    assert json.loads(run(capsys, "features", *files))["features"] == dict(own.features)
    refused = run(capsys, "score", folder / "ct.nrrd", folder / "parts.nrrd", "--component", 4, code=1)
    assert "has 3 parts, so there is no component 4" in refused


def test_a_second_readers_segment_in_the_same_file_keeps_its_findings(folder, capsys):
    files = ("score", folder / "ct.nrrd", folder / "readers.seg.nrrd", "--segment", "SA", "--second-segment", "*B")
    found = json.loads(run(capsys, *files, "--json"))
    alone = json.loads(run(capsys, *files[:3], "--segment", "SB", "--json"))
    assert found["segment"] == "reader A"
    assert found["second_reader"]["segment"] == "reader B"
    assert found["second_reader"]["volume_mm3"] == alone["volume_mm3"]
    assert found["second_reader"]["findings"] == alone["findings"]
    assert [entry["second_reader"]["score"] for entry in found["scores"]] == scores(alone)
    assert "second reader's contour 'reader B': " in run(capsys, *files)


def test_a_second_readers_segment_in_a_second_file(folder, capsys):
    files = ("score", folder / "ct.nrrd", folder / "named.seg.nrrd", "--segment", "LN1")
    found = json.loads(
        run(capsys, *files, "--second-reader", folder / "pair.nrrd", "--second-segment", "label 1", "--json")
    )
    codes = {finding["code"] for finding in found["second_reader"]["findings"]}
    assert "several-components" in codes
    assert "several-components" not in {finding["code"] for finding in found["findings"]}
    text = " ".join(run(capsys, *files, "--second-reader", folder / "pair.nrrd", "--second-segment", 1).split())
    assert "second reader's contour 'label 1': warning: The contour 'label 1' is in 2 separate parts" in text


def test_a_second_readers_segment_that_is_the_first_is_refused(folder, phantom, capsys):
    files = (
        "score",
        folder / "ct.nrrd",
        folder / "readers.seg.nrrd",
        "--segment",
        "SA",
        "--second-segment",
        "reader A",
    )
    assert "there is nothing to compare" in run(capsys, *files, code=1)
    with pytest.raises(DataRefusedError) as caught:
        score(folder / "ct.nrrd", folder / "readers.seg.nrrd", "SA", second_segment=9)
    assert caught.value.code == "no-such-segment"


@pytest.mark.parametrize(
    "options",
    [
        ["--sd-mm", "2"],
        ["--sd-mm", "1"],
        ["--seed", "0"],
        ["--component", "0"],
        ["--component", "one"],
        ["--component", "1", "--components"],
        ["--threshold", "0"],
        ["--threshold", "50"],
        ["--threshold", "half"],
    ],
)
def test_a_call_that_contradicts_itself_exits_2(capsys, options):
    with pytest.raises(SystemExit) as ended:
        main(["score", "a.nrrd", "b.nrrd", *options])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert options[0].removeprefix("--") in said.err


def test_a_part_of_a_contour_becomes_a_reading(folder, tmp_path, monkeypatch, capsys):
    from RLNResponseLib.imaging.load import read_contour, read_ct
    from RLNResponseLib.study.drafts import draft_file
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-01-10")
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN2,P1,CT1\n")
    study = tmp_path / "study"
    run(capsys, "study", "create", study, "--readers", "A,B", "--repeat", "A")
    run(
        capsys, "study", "import-clinical", study, "--patients", tmp_path / "p.csv", "--lymph-nodes", tmp_path / "l.csv"
    )
    run(capsys, "study", "import-ct", study, folder / "ct.nrrd", "--patient", "P1", "--image", "CT1")
    key = ("--lymph-node", "LN2", "--reader", "A", "--round", 1)
    words = ("study", "import-reading", study, folder / "parts.nrrd", *key, "--component")
    assert "there is no component 4" in run(capsys, *words, 4, code=1)
    run(capsys, *words, 2)
    opened = Study.open(study)
    ct = read_ct(folder / "ct.nrrd")
    draft = read_contour(draft_file(opened, ReadingKey(lymph_node="LN2", reader="A")), ct)
    expected = read_contour(folder / "labels.nrrd", ct, 7)
    assert np.array_equal(draft.voxels, expected.voxels)
    assert (draft.corner, draft.name) == (expected.corner, "LN2")


def test_the_choice_is_the_same_in_every_command():
    import argparse

    parser = argparse.ArgumentParser()
    add_contour_choice(parser)
    call = parser.parse_args(["--segment", "LN*", "--component", "2", "--threshold", "0.5"])
    assert (call.segment, call.component, call.threshold) == ("LN*", 2, 0.5)
