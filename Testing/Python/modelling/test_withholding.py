"""A group only where one can be given, and the same answer wherever a score is shown."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import current_software
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Acquisition, CTImage
from RLNResponseLib.modelling.lesion import score_contour, with_second_reader, with_uncertainty
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import WITHHELD, apply_model
from RLNResponseLib.modelling.withholding import WITHHOLDING_FINDINGS, withhold
from RLNResponseLib.report.text.score import score_columns, score_rows, score_table, score_text

MODELS = published_models()


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(1, size=(256, 256, 60))


def lesion(folder, name):
    ct = read_ct(folder / f"{name}_image.nrrd")
    return ct, read_contour(folder / f"{name}_label.nrrd", ct)


def assert_withheld(result, part):
    for score in result.scores:
        assert score.group is None
        assert score.probability is None
        assert part in score.withheld
    for answer in result.as_json()["scores"]:
        assert (answer["group"], answer["probability"]) == (None, None)
        assert part in answer["withheld"]


def test_lung1_lies_far_outside_the_published_groups(pyradiomics_data):
    result = score_contour(*lesion(pyradiomics_data, "lung1"), MODELS)
    assert_withheld(result, "Rad-score 6.81 lies outside -1.03 to 3.57")
    assert "probability" not in score_text(result)
    for text in (score_text(result), score_table([result])):
        assert "responder" not in text
        assert "high (" not in text
        assert WITHHELD in text
        assert "No group is given" in text


def test_lung2_and_the_phantoms_lymph_nodes_keep_their_groups(pyradiomics_data, phantom):
    results = [score_contour(*lesion(pyradiomics_data, "lung2"), MODELS)]
    results += [score_contour(phantom.ct, contour, MODELS) for contour in phantom.truth]
    for result in results:
        for score in result.scores:
            assert score.withheld is None
            assert score.group == score.model.cutoff.group(score.score)
            assert score.as_json()["withheld"] is None
            assert 0 < score.probability < 1


def test_three_real_lymph_nodes_keep_their_groups_and_a_lung_lesion_does_not(shared_data):
    from RLNResponseLib.imaging.connectivity import connected_components

    folder = shared_data / "4dlung-ln-rtstruct"
    ct = read_ct(folder / "dicom_ct")
    for part in connected_components(read_contour(folder / "RTSTRUCT_1-1.dcm", ct, "LN_c40")):
        assert all(score.group for score in score_contour(ct, part, MODELS).scores)
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder / "dicom")
    assert_withheld(score_contour(ct, read_contour(folder / "mask_reader1.nrrd", ct), MODELS), "Rad-score 15.4")


@pytest.mark.parametrize(("mean", "sd"), [(300, 120), (80, 15), (600, 5)])
def test_mr_like_noise_is_caught(phantom, mean, sd):
    size = phantom.ct.image.GetSize()[::-1]
    image = sitk.GetImageFromArray(np.random.default_rng(0).normal(mean, sd, size).astype(np.int16))
    image.CopyInformation(phantom.ct.image)
    assert_withheld(score_contour(CTImage(image=image), phantom.truth[0], MODELS), "No group is given")


def test_soft_tissue_alone_around_the_contour_is_caught_though_the_ct_has_lung(phantom):
    array = sitk.GetArrayFromImage(phantom.ct.image)
    contour = phantom.truth[0]
    k, j, i = (slice(max(0, part.start - 40), part.stop + 40) for part in contour.box)
    array[k, j, i] = np.clip(array[k, j, i], -40, 200)
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(phantom.ct.image)
    result = score_contour(CTImage(image=image), contour, MODELS)
    assert "values-not-hu" not in {finding.code for finding in result.findings}
    assert_withheld(result, "fat, lung or air, where every lymph node")


def test_a_ct_shifted_by_50_mm_is_caught(phantom):
    """The contour of LN3 lies half in lung then: a score of no published group."""
    caught = 0
    for contour in phantom.truth:
        for axis in range(3):
            for sign in (-1, 1):
                shift = [0, 0, 0]
                shift[axis] = sign * round(50 / phantom.ct.image.GetSpacing()[2 - axis])
                array = np.roll(sitk.GetArrayFromImage(phantom.ct.image), shift, axis=(0, 1, 2))
                image = sitk.GetImageFromArray(array)
                image.CopyInformation(phantom.ct.image)
                result = score_contour(CTImage(image=image, acquisition=Acquisition(modality="CT")), contour, MODELS)
                groups = {score.group is None for score in result.scores}
                assert len(groups) == 1
                caught += groups == {True}
    assert caught > 0


def test_the_second_readers_group_and_the_share_that_changes_group_are_withheld_too(pyradiomics_data):
    ct, contour = lesion(pyradiomics_data, "lung1")
    result = with_second_reader(score_contour(ct, contour, MODELS), ct, contour, contour)
    result = with_uncertainty(result, ct, contour, n=5)
    for answer in result.as_json()["scores"]:
        assert answer["second_reader"]["group"] is None
        assert answer["second_reader"]["withheld"] == answer["withheld"]
        assert answer["uncertainty"]["p_other_group"] is None
    assert "would change" not in score_text(result)


def test_the_row_for_a_spreadsheet_says_why(pyradiomics_data):
    from RLNResponseLib.modelling.live_scores import LiveScore

    result = score_contour(*lesion(pyradiomics_data, "lung1"), MODELS)
    (row,) = score_rows([LiveScore(name="lung1", result=result)], MODELS)
    assert tuple(row) == score_columns(MODELS)
    for model in MODELS:
        assert row[f"{model.id}_group"] is None
        assert row[f"{model.id}_probability"] is None
        assert row[f"{model.id}_withheld"].startswith("No group is given")


def test_the_range_is_four_sd_around_the_outermost_published_groups():
    low, high = MODELS[0].published_range
    assert low == pytest.approx(0.698 - 4 * 0.433)
    assert high == pytest.approx(1.303 + 4 * 0.566)
    assert MODELS[1].published_range is None


def scores_with(response):
    """Both models' results, the first with the given score."""
    values = {name: 1.0 for model in MODELS for name in model.coefficients}
    vector = FeatureVector(values, ExtractionSettings(), current_software())
    plain = [apply_model(model, vector) for model in MODELS]
    coefficient = MODELS[0].coefficients["original_firstorder_90Percentile"]
    values["original_firstorder_90Percentile"] += (response - plain[0].score) / coefficient
    return [apply_model(model, vector) for model in MODELS]


@given(
    st.floats(-50, 50),
    st.lists(
        st.sampled_from([*sorted(WITHHOLDING_FINDINGS), "air-inside", "small-lymph-node", "thick-slices"]), max_size=4
    ),
)
def test_a_group_is_given_exactly_where_nothing_withholds_it(response, codes):
    findings = [Finding(code=code, severity="warning", message=f"The {code}.") for code in codes]
    results = withhold(scores_with(response), findings)
    low, high = MODELS[0].published_range
    expected = bool(WITHHOLDING_FINDINGS & set(codes)) or not low <= results[0].score <= high
    for result in results:
        assert (result.group is None) == (result.probability is None) == (result.withheld is not None) == expected
        assert (result.group_words == WITHHELD) == expected
