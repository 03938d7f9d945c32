"""`host`: Slicer's Qt layer as Testing/host provides it, with an empty scene."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def host(tmp_path):
    try:
        from host.drive import running
    except ImportError as missing:  # also where a library that Qt needs is not on this machine
        pytest.skip(f"the panel's host cannot run here: {missing}")
    pytest.importorskip("slicer", reason="slicer-core is not installed")
    with running(tmp_path / "settings") as host:
        # Of somebody who has worked with it before; test_tour.py is of who has not.
        host.slicer.app.userSettings().setValue("RLNResponse/ToursSeen", "patient study")
        yield host


@pytest.fixture(scope="session")
def phantom():
    """A small simulated CT with its lymph nodes."""
    from RLNResponseLib.demo.phantom import make_phantom

    return make_phantom(1, size=(128, 128, 40))


@pytest.fixture
def study_folder(make_study):
    """A study of readers A (twice) and B, with three lymph nodes on one CT and nothing read."""
    return make_study()


@pytest.fixture
def make_study(tmp_path, phantom):
    """Make the study of `study_folder`, with more of a protocol; its folder."""
    return lambda **protocol: _made(tmp_path, phantom, protocol)


def _made(tmp_path, phantom, protocol):
    from datetime import UTC, datetime

    import SimpleITK as sitk

    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.common.table_file import parse_csv
    from RLNResponseLib.study.clinical import parse_clinical
    from RLNResponseLib.study.imports import import_clinical, import_ct
    from RLNResponseLib.study.protocol import Protocol, plan_readers
    from RLNResponseLib.study.study import Study

    now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
    study = Study.create(
        tmp_path / "study",
        Protocol(title="Three lymph nodes", readers=plan_readers(["A", "B"], ["A"]), **protocol),
        now,
    )
    rows = []
    for number, contour in enumerate(phantom.truth[:3], start=1):
        k, j, i = (start + size // 2 for start, size in zip(contour.corner, contour.voxels.shape, strict=True))
        left, posterior, superior = phantom.ct.image.TransformIndexToPhysicalPoint((i, j, k))
        rows.append(f"LN{number},P1,CT1,4R,{left},{posterior},{superior}")
    header = "lymph_node,patient,image,station,site_left_mm,site_posterior_mm,site_superior_mm"
    lymph_nodes = parse_csv("\n".join([header, *rows]).encode(), "lymph_nodes.csv")
    import_clinical(study, parse_clinical(parse_csv(b"patient\nP1\n", "patients.csv"), lymph_nodes), now)
    file = tmp_path / "ct.nrrd"
    sitk.WriteImage(phantom.ct.image, str(file))
    import_ct(study, file, "P1", "CT1", now)
    return study.folder


@pytest.fixture
def load_patient(host, phantom):
    """Bring a small CT with three contoured lymph nodes into the scene, as a sample comes; its two nodes."""

    def load():
        from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, show_contour
        from RLNResponseLib.scene.views import show_in_slices
        from RLNResponseLib.scene.volumes import add_ct

        volume = add_ct(host.scene, phantom.ct, "CT")
        segmentation, first = add_segmentation(host.scene, volume, "Lymph nodes")
        for number, contour in enumerate(phantom.truth[:3], start=1):
            segment_id = first if number == 1 else add_segment(segmentation, "another")
            segmentation.GetSegmentation().GetSegment(segment_id).SetName(f"LN{number}")
            show_contour(segmentation, segment_id, contour, phantom.ct)
        show_in_slices(host.scene, volume)
        return volume, segmentation

    return load


@pytest.fixture
def study_door(host):
    """Open the module, and in it the door Reader study; the panel."""

    def open_it(**size):
        panel = host.open_module(**size)
        host.click(panel.doors.buttons["study"])
        return panel

    return open_it


@pytest.fixture
def open_session(host, study_folder, study_door, monkeypatch):
    """Open the module, the study, and sit down as reader A."""
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")

    def sit_down():
        panel = study_door()
        host.type_path(panel.study._ui.folderEdit, study_folder)
        host.select(panel.study._ui.readerBox, "A")
        return panel

    return sit_down
