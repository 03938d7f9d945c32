"""No page, picture or panel takes apart a text that another of ours wrote: what it needs to know is a field of a record.

A text is followed by name through a function: what a function of words returned (`fit_sentences`, `p_words`, `counted`),
a record's sentence (`reason`, `message`), an f-string, and whatever was assigned from one of them.
"""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "RLNResponseLib"
FILES = sorted([*(LIBRARY / "report").rglob("*.py"), *(LIBRARY / "panel").rglob("*.py")])
WORDING = {
    each.name
    for each in ast.parse((LIBRARY / "common" / "wording.py").read_text(encoding="utf-8")).body
    if isinstance(each, ast.FunctionDef)
}
WRITERS = {*WORDING, "texts", "printed", "words", "sentence"} - {"one_line"}  # which passes on what a person typed
ENDINGS = ("_text", "_sentences", "_words", "_cell")
SENTENCES = {"message", "at_terminal", "reason", "notice", "why", "withheld"}
TAKING_APART = {
    "startswith", "endswith", "partition", "rpartition", "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip",
    "removeprefix", "removesuffix", "find", "rfind",
}  # fmt: skip
PATTERNS = {"match", "fullmatch", "search", "findall", "finditer", "sub"}
SCOPES = ast.FunctionDef | ast.Lambda


def called(node):
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name


def is_of_ours(expression, known):
    """Whether a text of ours is in an expression; an f-string alone is one, inside a call it may be a file's name."""
    if isinstance(expression, ast.JoinedStr):
        return True
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and (called(node) in WRITERS or called(node).endswith(ENDINGS)):
            return True
        if isinstance(node, ast.Attribute) and (node.attr in SENTENCES or node.attr.endswith("_words")):
            return True
        if isinstance(node, ast.Name) and node.id in known:
            return True
    return False


def bindings(scope):
    """Each (targets, value) of a function: assignments and loops."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            yield node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
            yield [node.target], node.value
        elif isinstance(node, ast.For | ast.comprehension):
            yield [node.target], node.iter


def texts_of_ours(scope):
    known, before = set(), None
    while known != before:
        before = set(known)
        for targets, value in bindings(scope):
            if is_of_ours(value, known):
                known |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return known


def read_back(source):
    """Where a text of ours is taken apart: (line, how)."""
    found = set()
    for scope in (node for node in ast.walk(ast.parse(source)) if isinstance(node, SCOPES)):
        known = texts_of_ours(scope)
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                sought = [each for each in node.args if not isinstance(each, ast.JoinedStr)]
                if node.func.attr in TAKING_APART and any(
                    is_of_ours(each, known) for each in (node.func.value, *sought)
                ):
                    found.add((node.lineno, node.func.attr))
                if node.func.attr in PATTERNS and any(is_of_ours(each, known) for each in node.args):
                    found.add((node.lineno, node.func.attr))
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                sought, where = node.left, node.comparators[0]
                if isinstance(sought, ast.Constant | ast.JoinedStr) and is_of_ours(where, known):
                    found.add((node.lineno, "in"))
    return sorted(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_no_text_of_ours_is_taken_apart(path):
    assert read_back(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted((LIBRARY / "report" / "page").glob("*.py")), ids=lambda path: path.stem)
def test_a_page_is_made_of_sentences_not_of_a_terminals_text(path):
    taken = [
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("RLNResponseLib.report")
        for alias in node.names
    ]
    assert not [name for name in taken if name.endswith("_text")]


@pytest.mark.parametrize(
    ("line", "how"),
    [
        # Each of these was in the library once.
        ("return [line for line in fit_text(fit).splitlines() if line.startswith('Selected')]", "startswith"),
        ("return [line for line in fit_text(fit).splitlines() if line]", "splitlines"),
        ("mantissa = f'{value:.3g}'.partition('e')", "partition"),
        ("assert shown.startswith(number(score))", "startswith"),
        ("return [words for words in texts(found) if 'warning' in words]", "in"),
        ("code = re.match('[a-z]+', finding.message)", "match"),
        ("first = each.reason\n    return first.split('.')[0]", "split"),
    ],
)
def test_the_search_finds_what_it_is_for(line, how):
    assert how in {found for _, found in read_back(f"def show(fit):\n    {line}\n")}


@pytest.mark.parametrize(
    "line",
    ["return feature.removeprefix('original_')", "path = edit.text.strip()", "return [c for c in counted(1, 'row')]"],
)
def test_names_and_what_a_person_typed_may_be_taken_apart(line):
    assert read_back(f"def show(feature, edit):\n    {line}\n") == []
