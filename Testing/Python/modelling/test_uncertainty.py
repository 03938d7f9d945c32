"""The interval of a score over plausible contours."""

import dataclasses
import json

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.perturbation import perturbed_contours
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import score_contour, with_second_reader, with_uncertainty
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.modelling.uncertainty import between_readers_sd_mm, score_uncertainty

MODELS = published_models()


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3, size=(128, 128, 40))


def test_the_interval_is_that_of_the_contours_scores(phantom):
    """Each score is that of extracting and scoring the moved contour; the ends are numpy's type 6 quantiles."""
    contour = phantom.truth[1]
    told = score_uncertainty(phantom.ct, contour, MODELS, n=8, level=0.5, seed=2)
    i, j, k = phantom.ct.image.GetSize()
    moved = perturbed_contours(contour, phantom.ct.image.GetSpacing(), (k, j, i), n=8, seed=2)
    vectors = [extract_features(phantom.ct, each, MODELS[0].settings) for each in moved]
    for model, uncertainty in zip(MODELS, told, strict=True):
        scores = [apply_model(model, vector).score for vector in vectors]
        assert uncertainty.scores == tuple(scores)
        assert uncertainty.n == 8
        ends = np.quantile(scores, [0.25, 0.75], method="weibull")
        assert (uncertainty.lower, uncertainty.upper) == tuple(ends)
        own = score_contour(phantom.ct, contour, [model]).scores[0]
        other = sum(model.cutoff.group(score) != own.group for score in scores)
        assert uncertainty.p_other_group == other / 8
        most = uncertainty.moved_most_by
        spread = np.std([model.coefficients[most.name] * v.values[most.name] for v in vectors], ddof=1)
        assert most.score_sd == pytest.approx(spread, rel=1e-9)
        assert all(most.score_sd >= movement.score_sd for movement in uncertainty.features)


def test_thirty_contours_at_95_percent_reach_from_lowest_to_highest(phantom):
    for told in score_uncertainty(phantom.ct, phantom.truth[0], MODELS):
        assert (told.n, told.level, told.sd_mm) == (30, 0.95, 1.0)
        assert (told.lower, told.upper) == (min(told.scores), max(told.scores))


def test_the_same_seed_the_same_interval(phantom):
    def ask(seed):
        return score_uncertainty(phantom.ct, phantom.truth[1], MODELS, n=5, seed=seed)

    assert ask(1) == ask(1)
    assert ask(1)[0].scores != ask(2)[0].scores


def test_a_larger_displacement_moves_the_score_further(phantom):
    narrow, wide = (score_uncertainty(phantom.ct, phantom.truth[0], MODELS, sd_mm=sd)[0] for sd in (0.3, 1.5))
    assert narrow.upper - narrow.lower < wide.upper - wide.lower


def test_a_cutoff_inside_the_interval_shows_the_chance_of_the_other_group(phantom):
    told = score_uncertainty(phantom.ct, phantom.truth[0], MODELS[:1], seed=7)[0]
    middle = float(np.median(told.scores))
    model = dataclasses.replace(MODELS[0], cutoff=dataclasses.replace(MODELS[0].cutoff, value=middle))
    assert score_uncertainty(phantom.ct, phantom.truth[0], [model], seed=7)[0].p_other_group == 0.5


def test_the_json_has_the_keys_that_the_issue_names(phantom):
    result = with_uncertainty(score_contour(phantom.ct, phantom.truth[0], MODELS), phantom.ct, phantom.truth[0])
    answer = json.loads(json.dumps(result.as_json(), allow_nan=False))
    for entry in answer["scores"]:
        assert set(entry["uncertainty"]) == {"lower", "upper", "level", "n", "sd_mm", "p_other_group"}
        assert entry["moved_most_by"]["feature"] in entry["contributions"]
    assert "uncertainty" not in score_contour(phantom.ct, phantom.truth[0], MODELS).as_json()["scores"][0]


def test_a_contour_no_larger_than_the_movement_is_scored_with_a_warning():
    rng = np.random.default_rng(0)
    ct = CTImage(image=sitk.GetImageFromArray(rng.normal(60, 20, (20, 40, 40)).astype(np.int16)))
    tiny = Contour(name="tiny", voxels=np.ones((3, 3, 3), dtype=bool), corner=(8, 18, 18))
    with pytest.raises(DataRefusedError, match=r"Only \d+ of 30 contours moved by 3 mm around 'tiny' give a score"):
        score_uncertainty(ct, tiny, MODELS, sd_mm=3)
    scored = score_contour(ct, tiny, MODELS)
    result = with_uncertainty(scored, ct, tiny, sd_mm=3)
    assert result.uncertainty == ()
    assert result.scores == scored.scores
    assert [finding.code for finding in result.warnings][-1] == "too-small-to-move"


def test_what_cannot_be_asked(phantom):
    with pytest.raises(DataRefusedError, match=r"a part between 0 and 1, not 95; use 0\.95"):
        score_uncertainty(phantom.ct, phantom.truth[0], MODELS, level=95)
    with pytest.raises(DataRefusedError, match="Contours cannot be moved by -1 mm"):
        with_uncertainty(score_contour(phantom.ct, phantom.truth[0], MODELS), phantom.ct, phantom.truth[0], sd_mm=-1)


def test_the_second_readers_scores_stand_beside(phantom):
    truth = phantom.truth[0]
    smaller = Contour.from_full_grid(truth.full_grid((40, 128, 128))[:, :, : truth.corner[2] + 15], "other")
    result = with_second_reader(score_contour(phantom.ct, truth, MODELS), phantom.ct, truth, smaller)
    own = score_contour(phantom.ct, smaller, MODELS)
    assert [entry["second_reader"]["score"] for entry in result.as_json()["scores"]] == [s.score for s in own.scores]
    with pytest.raises(DataRefusedError, match="shares no voxel"):
        with_second_reader(result, phantom.ct, truth, phantom.truth[1])


def test_the_sd_of_a_study_is_its_readers_root_mean_square_distance(phantom):
    """Between a contour and ones moved by 0.8 mm, on slices of 2.5 mm; 15 % for 2 × 20 contours and the slices'
    steps."""
    shape = phantom.ct.image.GetSize()[::-1]
    pairs = [
        (phantom.ct, truth, moved)
        for truth in phantom.truth[:2]
        for moved in perturbed_contours(truth, phantom.ct.image.GetSpacing(), shape, sd_mm=0.8, n=20, seed=1)
    ]
    assert between_readers_sd_mm(pairs) == pytest.approx(0.8, rel=0.15)
    with pytest.raises(DataRefusedError, match="No lymph node has been read by two readers"):
        between_readers_sd_mm([])
