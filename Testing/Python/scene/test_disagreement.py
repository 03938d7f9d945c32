"""Two readings, their scores' plot and a coloured boundary in Slicer's own MRML: what is there, and what is left."""

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from vtk.util.numpy_support import vtk_to_numpy

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")

from RLNResponseLib.agreement.overlap import differing_voxels, overlap  # noqa: E402
from RLNResponseLib.analysis.disagreement import Disagreement, ReadingComparison, ReadingPair  # noqa: E402
from RLNResponseLib.common.errors import DataRefusedError  # noqa: E402
from RLNResponseLib.demo.phantom import make_phantom  # noqa: E402
from RLNResponseLib.demo.readers import READERS, draw  # noqa: E402
from RLNResponseLib.modelling.counterfactual import counterfactuals, effect_at  # noqa: E402
from RLNResponseLib.modelling.lesion import score_contour  # noqa: E402
from RLNResponseLib.modelling.model_card import published_models  # noqa: E402

PAIR = ReadingPair(("A", 1), ("B", 1))


@pytest.fixture
def scene():
    made = slicer.vtkMRMLScene()
    logics = (slicer.vtkSlicerSegmentationsModuleLogic(), slicer.vtkMRMLColorLogic(), slicer.vtkMRMLSliceLogic())
    for logic in logics:
        logic.SetMRMLScene(made)
    logics[1].AddDefaultColorNodes()
    logics[2].AddSliceNode("Red")
    yield made
    made.Clear(True)
    logics[2].SetMRMLScene(None)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3, size=(128, 128, 40))


@pytest.fixture(scope="module")
def comparison(phantom):
    spacing = phantom.ct.image.GetSpacing()
    first, second = (draw(phantom.truth[1], spacing, (40, 128, 128), reader, 1, 5) for reader in READERS)
    return ReadingComparison(
        lymph_node="LN7",
        patient="P7",
        pair=PAIR,
        ct=phantom.ct,
        first=dataclasses.replace(first, name="reader A round 1"),
        second=dataclasses.replace(second, name="reader B round 1"),
        differing=differing_voxels(first, second),
        overlap=overlap(first, second, spacing[::-1]),
        scores=(),
    )


def opened_at_once(scene, comparison):
    from RLNResponseLib.scene.disagreement import open_disagreement
    from RLNResponseLib.scene.volumes import in_one_go

    return in_one_go(open_disagreement(scene, comparison, sitk.GetArrayViewFromImage(comparison.ct.image)))


def nodes(scene):
    return [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]


def test_both_contours_are_outlines_and_what_differs_is_shaded(scene, comparison):
    from RLNResponseLib.scene.segmentations import contour_of, segments
    from RLNResponseLib.scene.volumes import ct_from_volume

    opened = opened_at_once(scene, comparison)
    names = tuple(name for _identifier, name in segments(opened.segmentation))
    assert names == ("reader A round 1", "reader B round 1", "differing voxels")
    display = opened.segmentation.GetDisplayNode()
    core = opened.segmentation.GetSegmentation()
    ct = ct_from_volume(opened.volume)
    shape = ct.image.GetSize()[::-1]
    assert (sitk.GetArrayFromImage(ct.image) == sitk.GetArrayFromImage(comparison.ct.image)).all()
    drawn, colours = [], set()
    for (identifier, _), expected in zip(
        segments(opened.segmentation), (comparison.first, comparison.second, comparison.differing), strict=True
    ):
        drawn.append(contour_of(opened.segmentation, identifier, ct).full_grid(shape))
        assert (drawn[-1] == expected.full_grid(shape)).all()
        is_shade = expected is comparison.differing
        assert display.GetSegmentVisibility2DFill(identifier) == is_shade
        assert display.GetSegmentVisibility2DOutline(identifier) == (not is_shade)
        colours.add(core.GetSegment(identifier).GetColor())
    assert len(colours) == 3
    assert ((drawn[0] != drawn[1]) == drawn[2].astype(bool)).all()


def test_a_ct_comes_in_a_few_slices_a_step_and_nothing_before_the_last(scene, comparison):
    from RLNResponseLib.scene.disagreement import open_disagreement
    from RLNResponseLib.scene.volumes import copied_in_steps, ct_from_volume, in_one_go

    voxels = sitk.GetArrayViewFromImage(comparison.ct.image)
    a_slice, before = voxels[0].nbytes, nodes(scene)
    assert len(list(copied_in_steps(voxels, 7 * a_slice))) == 6
    assert len(list(copied_in_steps(voxels, 1))) == len(voxels) == 40
    for most in (1, 7 * a_slice, 1 << 40):
        image = in_one_go(copied_in_steps(voxels, most))
        assert image.GetScalarTypeAsString() == {2: "short", 4: "int"}[voxels.itemsize]
        assert (vtk_to_numpy(image.GetPointData().GetScalars()) == voxels.ravel()).all()
    steps = open_disagreement(scene, comparison, voxels)
    next(steps)
    assert nodes(scene) == before
    steps.close()
    assert nodes(scene) == before
    # Of the comparison's own CT the place is used, and nothing else.
    corner = dataclasses.replace(comparison.ct, image=comparison.ct.image[:1, :1, :1])
    opened = in_one_go(open_disagreement(scene, dataclasses.replace(comparison, ct=corner), voxels))
    ct = ct_from_volume(opened.volume).image
    assert (sitk.GetArrayFromImage(ct) == voxels).all()
    for asked in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(ct, asked)() == pytest.approx(getattr(comparison.ct.image, asked)())
    assert opened.centre_mm == pytest.approx(opened_at_once(scene, comparison).centre_mm)


def test_the_three_planes_through_the_centre_show_most_of_what_differs(scene, comparison):

    centre = opened_at_once(scene, comparison).centre_mm
    place = comparison.ct.image.TransformPhysicalPointToIndex(centre)[::-1]
    apart = comparison.differing.full_grid(comparison.ct.image.GetSize()[::-1])
    for axis in range(3):
        planes = apart.sum(axis=tuple(other for other in range(3) if other != axis))
        assert planes[place[axis]] == planes.max()


def test_closing_leaves_nothing_and_opening_another_takes_the_place(scene, comparison):
    from RLNResponseLib.scene.disagreement import close_disagreement, disagreement_nodes_in

    before = nodes(scene)
    opened_at_once(scene, comparison)
    count = scene.GetNumberOfNodes()
    opened_at_once(scene, dataclasses.replace(comparison, first=comparison.second, differing=None))
    assert scene.GetNumberOfNodes() <= count
    close_disagreement(scene)
    assert nodes(scene) == before
    assert disagreement_nodes_in(scene) == ()
    close_disagreement(scene)


def test_a_saved_scene_holds_nothing_of_it(scene, comparison, tmp_path):
    from RLNResponseLib.scene.boundary_effect import show_boundary_effect
    from RLNResponseLib.scene.score_plot import add_score_plot

    opened = opened_at_once(scene, comparison)
    add_score_plot(scene, "Rad-score", rows(comparison), 0.961)
    result = score_contour(comparison.ct, comparison.first, published_models())
    found = counterfactuals(result, comparison.ct, comparison.first)
    assert show_boundary_effect(scene, opened.volume, comparison.ct, comparison.first, found[0]) is not None
    scene.SetRootDirectory(str(tmp_path))
    scene.SetURL(str(tmp_path / "scene.mrml"))
    assert scene.Commit()
    saved = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    for words in ("LN7", "reader A", "reader B", "two readings", "Two readings", "differing", "Rad-score", "Boundary"):
        assert words not in saved


def test_no_other_contour_is_shown_beside_an_open_reading(scene, comparison):
    from RLNResponseLib.scene.boundary_effect import show_boundary_effect
    from RLNResponseLib.scene.reading_nodes import close_reading_nodes, open_reading_nodes

    reading = open_reading_nodes(scene, comparison.ct, "LN7", None)
    before = nodes(scene)
    with pytest.raises(DataRefusedError, match="close the reading first") as refused:
        opened_at_once(scene, comparison)
    assert refused.value.code == "reading-open"
    result = score_contour(comparison.ct, comparison.first, published_models())
    found = counterfactuals(result, comparison.ct, comparison.first)
    assert show_boundary_effect(scene, reading.volume, comparison.ct, comparison.first, found[0]) is None
    assert nodes(scene) == before
    close_reading_nodes(scene, reading)
    opened_at_once(scene, comparison)


def rows(comparison):
    made = []
    for number, scores in enumerate([(0.5, 0.7), (1.2, 0.9), (1.5, 1.4)], start=1):
        groups = tuple("responder" if score > 0.961 else "non-responder" for score in scores)
        made.append(
            Disagreement(
                lymph_node=f"LN{number}", patient="P1", pair=PAIR, model="gu2021-response", scores=scores,
                groups=groups, difference=scores[1] - scores[0], overlap=comparison.overlap,
            )
        )  # fmt: skip
    return made


def test_the_plot_has_a_point_a_lymph_node_and_both_cutoffs(scene, comparison):
    from RLNResponseLib.scene.score_plot import add_score_plot, lymph_node_of_point, remove_score_plot

    before = nodes(scene)
    add_score_plot(scene, "before", rows(comparison)[:1], 0.961)
    chart = add_score_plot(scene, "Rad-score", rows(comparison), 0.961)
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("reader A round 1", "reader B round 1")
    points, lines = {}, {}
    for number in range(chart.GetNumberOfPlotSeriesNodes()):
        series = chart.GetNthPlotSeriesNode(number)
        table = series.GetTableNode().GetTable()
        columns = [table.GetColumnByName(name) for name in (series.GetXColumnName(), series.GetYColumnName())]
        values = [tuple(column.GetValue(row) for column in columns) for row in range(table.GetNumberOfRows())]
        if series.GetMarkerStyle() == slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone:
            lines[series.GetName()] = values
        else:
            for row, value in enumerate(values):
                points[lymph_node_of_point(scene, series.GetID(), row)] = (value, series.GetName())
    assert points == {
        "LN1": ((0.5, 0.7), "same group"),
        "LN2": ((1.2, 0.9), "another group"),
        "LN3": ((1.5, 1.4), "same group"),
    }
    assert list(lines) == ["no difference", "cutoff"]
    # One across and one upright, apart by a point without a height.
    upright, apart, across = lines["cutoff"][:2], lines["cutoff"][2], lines["cutoff"][3:]
    assert [point[0] for point in upright] == [point[1] for point in across] == [0.961, 0.961]
    assert np.isnan(apart[1])
    assert chart.GetTitle() == "Rad-score\n(research use only)"
    assert lymph_node_of_point(scene, "nobody's", 0) == ""
    assert lymph_node_of_point(scene, chart.GetNthPlotSeriesNodeID(0), 99) == ""
    remove_score_plot(scene)
    assert nodes(scene) == before


def test_the_differences_stand_against_their_means_with_bland_and_altmans_limits(scene, comparison):
    from RLNResponseLib.analysis.disagreement import difference_limits
    from RLNResponseLib.scene.score_plot import add_difference_plot, lymph_node_of_point, remove_score_plot

    before = nodes(scene)
    with pytest.raises(DataRefusedError, match="at least three lymph nodes") as refused:
        difference_limits(rows(comparison)[:2])
    assert refused.value.code == "few-ratings"
    chart = add_difference_plot(scene, "Rad-score", rows(comparison), difference_limits(rows(comparison)))
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("mean of both", "reader B round 1 less reader A round 1")
    points, lines = {}, {}
    for number in range(chart.GetNumberOfPlotSeriesNodes()):
        series = chart.GetNthPlotSeriesNode(number)
        table = series.GetTableNode().GetTable()
        columns = [table.GetColumnByName(name) for name in (series.GetXColumnName(), series.GetYColumnName())]
        values = [tuple(column.GetValue(row) for column in columns) for row in range(table.GetNumberOfRows())]
        if series.GetMarkerStyle() == slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone:
            lines[series.GetName()] = values
        else:
            for row, value in enumerate(values):
                points[lymph_node_of_point(scene, series.GetID(), row)] = pytest.approx(value)
    assert points == {"LN1": (0.6, 0.2), "LN2": (1.05, -0.3), "LN3": (1.45, -0.1)}
    # By hand: the differences 0.2, -0.3, -0.1 have the mean -1/15 and the SD 0.2516611.
    heights = {name: sorted({height for _mean, height in line if height == height}) for name, line in lines.items()}
    assert list(heights) == ["no difference", "bias", "95% limits"]
    assert [*heights["no difference"], *heights["bias"]] == pytest.approx([0, -1 / 15], abs=1e-6)
    assert heights["95% limits"] == pytest.approx([-0.559914, 0.426580], abs=1e-6)
    assert chart.GetYAxisRange()[0] < -0.559914
    assert chart.GetYAxisRange()[1] > 0.426580
    assert all(line[0][0] < 0.6 and line[-1][0] > 1.45 for line in lines.values())
    assert np.isnan(lines["95% limits"][2][1]), "nothing is drawn from one limit to the other"
    assert chart.GetTitle().endswith("(research use only)")
    # Names are saved with a scene: neither a score nor a lymph node is in them.
    ours = [node for node in nodes(scene) if node not in before]
    known = {"same group", "another group", "no difference", "bias", "95% limits"}
    assert {node.GetName() for node in ours} - known == {"Chart of RLNResponse", "Points of RLNResponse"}
    assert not any(node.GetSaveWithScene() for node in ours)
    remove_score_plot(scene)
    assert nodes(scene) == before


def test_the_boundary_is_coloured_by_the_effect_where_it_lies(scene, comparison):
    from vtk.util.numpy_support import vtk_to_numpy

    from RLNResponseLib.scene.boundary_effect import SCALARS, hide_boundary_effect, show_boundary_effect
    from RLNResponseLib.scene.volumes import add_ct

    ct, contour = comparison.ct, comparison.first
    volume = add_ct(scene, ct, "CT")
    before = nodes(scene)
    result = score_contour(ct, contour, published_models())
    found = next(each for each in counterfactuals(result, ct, contour) if each.smallest is not None)
    model = show_boundary_effect(scene, volume, ct, contour, found)
    points = vtk_to_numpy(model.GetPolyData().GetPoints().GetData())
    lps = points * [-1, -1, 1]
    scalars = vtk_to_numpy(model.GetPolyData().GetPointData().GetArray(SCALARS))
    assert np.allclose(scalars, effect_at(found, lps), atol=1e-9)
    mask = contour.full_grid(ct.image.GetSize()[::-1]).astype(bool)
    indices = np.array([ct.image.TransformPhysicalPointToContinuousIndex(p.tolist()) for p in lps])[:, ::-1]
    lower, upper = np.floor(indices + 1e-6).astype(int), np.ceil(indices - 1e-6).astype(int)
    # Half-way between a voxel inside and one outside.
    assert (mask[tuple(lower.T)] != mask[tuple(upper.T)]).all()
    display = model.GetDisplayNode()
    assert display.GetVisibility2D()
    assert display.GetScalarVisibility()
    low, high = display.GetScalarRange()
    assert high == -low == pytest.approx(abs(scalars).max())
    hide_boundary_effect(scene)
    assert nodes(scene) == before
    withheld = dataclasses.replace(found, withheld="No group is given.")
    assert show_boundary_effect(scene, volume, ct, contour, withheld) is None
    assert nodes(scene) == before
