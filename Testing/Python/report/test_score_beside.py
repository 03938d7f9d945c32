"""The short words beside a contour say what the full ones say, of the same numbers."""

from dataclasses import replace

import pytest

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.modelling.lesion import score_contour, with_uncertainty
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.text.score import uncertainty_words
from RLNResponseLib.report.text.score_beside import (
    ON_THE_IMAGE,
    card_words,
    details_heading,
    feature_rows,
    image_lines,
    redrawn_sentence,
    severest_first,
)


@pytest.fixture(scope="module")
def scored():
    from RLNResponseLib.demo.phantom import make_phantom

    phantom = make_phantom(1, size=(128, 128, 40))
    result = score_contour(phantom.ct, phantom.truth[0], published_models())
    return with_uncertainty(result, phantom.ct, phantom.truth[0])


def test_one_sentence_tells_the_limits_and_the_shares_of_all_scores(scored):
    sentence = redrawn_sentence(scored)
    assert sentence.endswith(".")
    assert sentence.count(";") == 1
    for score, told in zip(scored.scores, scored.uncertainty, strict=True):
        in_full = uncertainty_words(score, told)
        limits = in_full[in_full.index("contours: ") + len("contours: ") : in_full.index("; a second")]
        share = in_full[in_full.rindex(" ") + 1 :]
        assert f"{score.model.title} {limits}" in sentence
        assert f"{score.model.title} in {share}" in sentence


def test_numbers_below_zero_have_one_minus_sign(scored):
    below = tuple(replace(told, lower=-0.09, upper=1.43) for told in scored.uncertainty)
    score = replace(scored.scores[0], score=-1.154)
    assert "Rad-score −0.09 to 1.43" in redrawn_sentence(replace(scored, uncertainty=below))
    assert uncertainty_words(score, below[0]).startswith("−1.15; 95% of redrawn contours: −0.09 to 1.43")


def test_a_withheld_group_has_no_share_and_nothing_is_said_before_it_is_known(scored):
    withheld = replace(scored, scores=tuple(replace(score, withheld="Why.") for score in scored.scores))
    assert "group" not in redrawn_sentence(withheld)
    assert redrawn_sentence(withheld).startswith("95% of redrawn contours: Rad-score ")
    assert redrawn_sentence(replace(scored, uncertainty=())) == ""


def test_the_image_tells_name_scores_groups_and_what_it_is_for(scored):
    lines = image_lines(replace(scored, segment="Lymph\nnode"))
    assert lines[0] == "Lymph node"
    assert lines[-1] == ON_THE_IMAGE
    text = "\n".join(lines)
    for score in scored.scores:
        assert f"{score.model.title} {score.score:.3f}" in text
        assert score.group_said in text
    assert text.isascii(), "fonts of 3D views have little more"


def test_findings_come_by_severity_and_warnings_are_counted(scored):
    findings = tuple(
        Finding(code=code, severity=severity, message=code, numbers={})
        for code, severity in (("a", "info"), ("b", "warning"), ("c", "error"), ("d", "warning"))
    )
    assert [finding.code for finding in severest_first(findings)] == ["c", "b", "d", "a"]
    assert details_heading(replace(scored, findings=findings)) == "2 warnings"
    assert details_heading(replace(scored, findings=())) == ""
    assert details_heading(None) == ""


def test_the_features_of_all_scores_stand_once_each_and_cards_name_their_paper(scored):
    rows = dict(feature_rows(scored))
    assert set(rows) == {name for score in scored.scores for name in score.model.coefficients}
    assert all(float(value) == pytest.approx(scored.features[name], rel=1e-5) for name, value in rows.items())
    for score in scored.scores:
        assert score.model.id in card_words(score.model)
        assert "10.21203/rs.3.rs-174078/v1" in card_words(score.model)
