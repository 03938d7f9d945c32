"""What the terminal prints is what page and panel show: one list of sentences for each result, numbers in one form."""

import math
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import formatted, limits_words, p_cell, p_words, with_limits
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.figures.score import _brief
from RLNResponseLib.report.page import models as page
from RLNResponseLib.report.text import fitting as text
from RLNResponseLib.report.text.score import lesion_sentences, score_sentences, score_text
from RLNResponseLib.report.text.sentences import Sentence, columns, printed, texts


@pytest.fixture(scope="module")
def lesion():
    phantom = make_phantom(1, size=(128, 128, 40))
    return score_contour(phantom.ct, phantom.truth[0], published_models())


def test_a_statement_reaches_the_page_whatever_its_first_word(monkeypatch):
    said = (
        Sentence(kind="figure", text="Selected in: a figure"),
        Sentence(kind="statement", text="Nobody expects this word."),
    )
    monkeypatch.setattr(text, "fit_sentences", lambda fit: said)
    monkeypatch.setattr(page, "fit_sentences", lambda fit: said)
    fit = SimpleNamespace()
    assert page._lines(fit) == ["Nobody expects this word."]
    assert text.fit_text(fit).split("\n") == [sentence.text for sentence in said]


def test_a_p_value_has_one_form():
    assert [p_words(p) for p in (0.0, 0.00099, 0.001, 0.0304)] == ["p < 0.001", "p < 0.001", "p = 0.001", "p = 0.030"]
    assert [p_cell(p) for p in (0.0, 0.0304, None, float("nan"))] == ["<0.001", "0.030", "–", "–"]


def test_what_is_not_defined_is_a_dash():
    assert formatted(math.nan) == formatted(math.inf) == with_limits(math.nan, 0, 1) == "–"
    assert with_limits(0.5, math.nan, 0.7) == "0.500 (–)"
    assert with_limits(0.5, 0.25, 0.75, ".2f") == "0.50 (0.25 to 0.75)"
    assert limits_words(0, math.inf) == "–"


def test_a_median_that_is_not_reached_keeps_the_limit_that_is():
    nan = math.nan
    assert with_limits(nan, 4.6, nan, "g", undefined="not reached") == "not reached (4.6 to not reached)"


def test_only_statements_are_broken_into_lines_and_only_a_terminal_hears_of_an_option():
    long = " ".join(["word"] * 30)
    lines = printed(
        (
            Sentence(kind="figure", text=long, indent=2),
            Sentence(kind="statement", text="a", indent=2, terminal=f"b {long}"),
        ),
        40,
    )
    assert lines[0] == f"  {long}"
    assert lines[1].startswith("  b word")
    assert all(len(line) <= 40 and line.startswith("    word") for line in lines[2:])
    assert texts((Sentence(kind="statement", text="a", indent=2, terminal="b"),)) == ["a"]


def test_the_columns_of_a_terminal_hold_their_widest_cell():
    assert columns([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc  d"]


def test_everything_that_is_said_of_a_lesion_is_in_its_text(lesion):
    found = replace(
        lesion, findings=(Finding(code="x", severity="warning", message="It is small; look.", terminal="with `--x`"),)
    )
    flat = " ".join(score_text(found).split())
    for sentence in lesion_sentences(found):
        assert " ".join((sentence.terminal or sentence.text).split()) in flat
    own = [sentence for score in found.scores for sentence in score_sentences(found, score)]
    assert [sentence for sentence in lesion_sentences(found) if sentence in own] == own
    assert "warning: It is small; look." in texts(lesion_sentences(found))
    assert texts(lesion_sentences(found), "notice") == [found.notice]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_factor_is_what_python_prints_with_a_short_exponent(value):
    words = _brief(value).replace("−", "-")
    assert Decimal(words) == Decimal(f"{value:.3g}")
    assert ("e" in words) == ("e" in f"{value:.3g}")
    assert "e-0" not in words
    assert "+" not in words
