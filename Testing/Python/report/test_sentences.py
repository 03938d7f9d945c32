"""What the terminal prints is what the page shows: one list of sentences, and one form of a p-value."""

from types import SimpleNamespace

from RLNResponseLib.common.wording import p_cell, p_words
from RLNResponseLib.report.page import models as page
from RLNResponseLib.report.text import models as text
from RLNResponseLib.report.text.models import Sentence


def test_a_statement_reaches_the_page_whatever_its_first_word(monkeypatch):
    said = (Sentence("figure", "Selected in: a figure"), Sentence("statement", "Nobody expects this word."))
    monkeypatch.setattr(text, "fit_sentences", lambda fit: said)
    monkeypatch.setattr(page, "fit_sentences", lambda fit: said)
    fit = SimpleNamespace()
    assert page._lines(fit) == ["Nobody expects this word."]
    assert text.fit_text(fit).split("\n") == [sentence.text for sentence in said]


def test_a_p_value_has_one_form():
    assert [p_words(p) for p in (0.0, 0.00099, 0.001, 0.0304)] == ["p < 0.001", "p < 0.001", "p = 0.001", "p = 0.030"]
    assert [p_cell(p) for p in (0.0, 0.0304, None, float("nan"))] == ["<0.001", "0.030", "–", "–"]
