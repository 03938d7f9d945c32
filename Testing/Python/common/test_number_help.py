"""docs/numbers.md: every number that a result has a column or a line for has a section, and each says four things."""

import ast
import re
from pathlib import Path

import pytest

from RLNResponseLib.common import number_help
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.number_help import column_anchors, number_sections, score_anchors
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.text.result_tables import _MEASURES

ROOT = Path(__file__).resolve().parents[3]
# Names and words, of which no section speaks.
NO_NUMBERS = {"Regression", "Feature", "Score", "Readings", "Passes", "Why not", "Lymph node"}


def all_headers():
    """Every header of a table of results, as the source has it."""
    tree = ast.parse((ROOT / "RLNResponseLib" / "report" / "text" / "result_tables.py").read_text(encoding="utf-8"))
    found = {title for _measure, title, _form in _MEASURES}
    for node in ast.walk(tree):
        named = isinstance(node, ast.keyword) and node.arg == "headers"
        named |= isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "headers"
        if named and isinstance(node.value, ast.Tuple):
            found |= {each.value for each in node.value.elts if isinstance(each, ast.Constant)}
    return found


def test_each_section_says_what_it_means_what_not_the_paper_and_where():
    for anchor, section in number_sections().items():
        assert re.search(r"\*\*(It does|They do) not show\*\*", section.text), anchor
        assert "**In the paper:**" in section.text, anchor
        computed = section.text.partition("**Computed in**")[2]
        named = re.findall(r"`([\w/.-]+/[\w.-]+)`", computed)
        assert named, anchor
        assert all((ROOT / path).is_file() for path in named), named
        assert section.text.index("**") > 60, f"{anchor}: what it means comes first"


def test_anchors_are_those_of_the_site():
    slugify = pytest.importorskip("markdown.extensions.toc", reason="the site's tools are not installed").slugify
    sections = number_sections()
    assert {anchor: slugify(section.title, "-") for anchor, section in sections.items()} == {
        each: each for each in sections
    }
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [section.title for section in sections.values()] == headings
    assert len(sections) == len(headings)


def test_every_column_of_results_that_is_a_number_has_a_section():
    sections, headers = number_sections(), all_headers()
    assert headers == {*number_help._OF_COLUMN, *NO_NUMBERS}
    assert all(set(column_anchors([header])) <= set(sections) for header in headers)
    assert not any(column_anchors([header]) for header in NO_NUMBERS)


def test_both_published_scores_have_sections_of_their_own():
    assert [score_anchors(model.id)[0] for model in published_models()] == ["rad-score", "rad-score-2-year"]
    assert {anchor for model in published_models() for anchor in score_anchors(model.id)} <= set(number_sections())


def test_figures_of_the_paper_are_those_of_the_cards():
    sections = number_sections()
    for model in published_models():
        said = " ".join(sections[anchor].text for anchor in score_anchors(model.id)).replace("−", "-")
        assert f"{model.cutoff.value:g}" in said
        for group in model.group_means:
            if group.set == "training":
                assert f"{group.mean:.3f} ± {group.sd:.3f}" in said


def test_without_the_page_one_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(number_help, "_NAME", "no-such-page.md")
    with pytest.raises(DataRefusedError, match="install it again") as refused:
        number_sections()
    assert refused.value.code == "no-resources"
