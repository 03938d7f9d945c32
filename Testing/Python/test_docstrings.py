"""Every public function says in numpydoc what it takes, what it returns and what it refuses; sixty show it by an
example."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "RLNResponseLib"
# They need Slicer or Qt to be imported, so that their examples would run in no terminal.
IN_SLICER = {"scene", "panel"}
EXAMPLES_NEEDED = 60
FILES = sorted(PACKAGE.rglob("*.py"))
SECTION = re.compile(r"^ *([A-Z][A-Za-z ]+)\n *-{3,}$", re.M)


def module_of(path):
    return ".".join(("RLNResponseLib", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def public_functions():
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(node, id=f"{module_of(path)}.{node.name}")


def sections(docstring):
    """Title → text of each numpydoc section."""
    pieces = SECTION.split(docstring)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def parameters(function):
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def returns_something(function):
    said = ast.unparse(function.returns) if function.returns else "None"
    return said not in {"None", "NoReturn"} and not is_context_manager(function)


def is_context_manager(function):
    return any("contextmanager" in ast.unparse(decorator) for decorator in function.decorator_list)


def refuses(function):
    """Whether its own body raises DataRefusedError."""
    return any(
        isinstance(node, ast.Raise) and node.exc is not None and "DataRefusedError" in ast.unparse(node.exc)
        for node in ast.walk(function)
    )


@pytest.mark.parametrize("function", list(public_functions()))
def test_a_public_function_is_documented_in_numpydoc(function):
    docstring = ast.get_docstring(function)
    assert docstring, "no docstring"
    said = sections(docstring)
    names = set(re.findall(r"^\s*([\w, *]+?)(?: : .*)?$", said.get("Parameters", ""), re.M))
    named = {name.strip(" *") for line in names for name in line.split(",")}
    assert not [name for name in parameters(function) if name not in named], "a parameter is not said"
    assert not returns_something(function) or {"Returns", "Yields"} & set(said), "what it returns is not said"
    assert not refuses(function) or "Raises" in said, "what it refuses is not said"


def with_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for path in FILES:
        if path.relative_to(PACKAGE).parts[0] in IN_SLICER or ">>>" not in path.read_text(encoding="utf-8"):
            continue
        module = importlib.import_module(module_of(path))
        yield from (test for test in finder.find(module) if test.examples)


@pytest.mark.parametrize("test", list(with_examples()), ids=lambda test: test.name)
def test_an_example_gives_what_it_says(test):
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(test)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_sixty_functions_show_an_example():
    assert len(list(with_examples())) >= EXAMPLES_NEEDED
