"""The sources of the methods: each key that is cited is there, each source is cited, and each is a whole entry."""

import ast
import re
from pathlib import Path

import pytest

from RLNResponseLib.report.text.references import Citations, bibtex, references

LIBRARY = Path(__file__).resolve().parents[3] / "RLNResponseLib"
DOCS = LIBRARY.parent / "docs"


def keys_in_the_code():
    keys = set()
    for file in LIBRARY.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "cite":
                keys |= {argument.value for argument in call.args if isinstance(argument, ast.Constant)}
    return keys


def test_every_key_that_is_cited_exists_and_every_source_is_cited():
    assert keys_in_the_code() == set(references())


def test_the_bibtex_has_every_field_of_every_entry():
    text = bibtex(references().values())
    entries = re.findall(r"^@(\w+)\{(\w+),\n(.*?)\n\}$", text, re.MULTILINE | re.DOTALL)
    assert [(kind, key) for kind, key, _ in entries] == [(each.type, each.key) for each in references().values()]
    for _, key, body in entries:
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", body, re.MULTILINE))
        assert {name: value.replace("\\&", "&") for name, value in fields.items()} == references()[key].fields
        assert len(body.splitlines()) == len(fields)


@pytest.mark.parametrize("source", references().values(), ids=lambda source: source.key)
def test_a_source_says_who_when_and_what(source):
    assert {"author", "title", "year"} <= source.fields.keys()
    assert "journal" in source.fields or source.type == "misc"
    assert source.key.endswith(source.fields["year"])
    first = source.fields["author"].split(",")[0].split(" and ")[0]
    assert source.key.startswith(re.sub(r"\W", "", first).lower())
    assert source.bibtex.count("{") == source.bibtex.count("}")
    assert source.fields["year"] in source.words


def test_sources_that_the_docs_or_the_code_name_have_the_same_doi():
    text = "".join(file.read_text(encoding="utf-8") for file in [*DOCS.glob("*.md"), *LIBRARY.rglob("*.py")])
    text = re.sub(r"\s+", " ", text)
    known = [source for source in references().values() if source.fields.get("doi", "-") in text]
    # The others: the log-rank test, which has no DOI, Cox's model, and the checklists, whose DOIs stand in Resources.
    assert {source.key for source in references().values()} - {source.key for source in known} <= {
        "mantel1966", "cox1972", "kocak2023", "collins2024", "kocak2024", "lambin2025", "moons2025",
    }  # fmt: skip


def test_a_text_cites_in_order_and_once():
    cite = Citations()
    words = f"One {cite('gray1988', 'cox1972')}. Two {cite('cox1972')}."
    assert words == "One [@gray1988; @cox1972]. Two [@cox1972]."
    assert [source.key for source in cite.sources] == ["gray1988", "cox1972"]
    with pytest.raises(KeyError):
        cite("nobody2000")
