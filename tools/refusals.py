"""Writes docs/refusals.md: every refusal of the library by its code, with its sentence, as the source has them.

usage: python tools/refusals.py           writes the page
A test compares the page with the source (Testing/Python/test_refusals.py).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "refusals.md"
HEAD = """# Refusals by code

Research use only, not a medical device.

Data that cannot be used are refused with one sentence: what is wrong, where, and what to do. A program tells refusals apart by their code:
`error.code` of `DataRefusedError` in Python; the command line prints the sentence and exits 1. A code stays what it is from one version to
the next; sentences may get better. "…" stands for what the sentence names. Findings of the checks (errors that refuse a score, and
warnings) have a page of their own: [checks and their limits](checks.md).

This page is written by `python tools/refusals.py`; a test holds it to the source.

| code | sentence | raised in |
|---|---|---|
"""


def refusals() -> dict[str, list[tuple[str, str]]]:
    """Each code with its sentences and the file that raises them."""
    table: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((ROOT / "RLNResponseLib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not _name(node.func).endswith(("RefusedError", "RefusedValueError")):
                continue
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            code = node.args[1] if len(node.args) > 1 else given.get("code")
            if isinstance(code, ast.Constant):
                place = path.relative_to(ROOT / "RLNResponseLib").as_posix()
                table[code.value].append((_sentence(node.args[0]), place))
    return dict(sorted(table.items()))


def page() -> str:
    """The text of docs/refusals.md."""
    rows = []
    for code, raised in refusals().items():
        sentences = dict.fromkeys(sentence.replace("|", "\\|") for sentence, _ in raised)
        places = dict.fromkeys(f"`{place}`" for _, place in raised)
        rows.append(f"| `{code}` | {'<br>'.join(sentences)} | {', '.join(places)} |")
    return HEAD + "\n".join(rows) + "\n"


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _sentence(node: ast.expr) -> str:
    """The literal text of a sentence, "…" for each value in it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_sentence(part) if isinstance(part, ast.Constant) else _value(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _sentence(node.left) + _sentence(node.right)
    return "…"


def _value(part: ast.expr) -> str:
    """What stands for a value: `Table.where` names a row, and with its second argument a column."""
    call = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(call, ast.Call) and _name(call.func) == "where":
        return ", ".join(["…", "row …", "column …"][: len(call.args) + 1])
    return "…"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
