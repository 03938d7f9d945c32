"""Figures of the library's structure: how long files are, who calls what, and whether imports go in a circle.

usage: python tools/structure.py [FOLDER]     a checkout; this one by default
"""

from __future__ import annotations

import ast
import graphlib
import statistics
import sys
from collections import Counter
from pathlib import Path


def main(root: Path) -> None:
    """Print the figures of the checkout in `root`."""
    paths = [path for path in sorted((root / "RLNResponseLib").rglob("*.py")) if path.name != "__init__.py"]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    print(f"files (without __init__.py)              {len(paths)}")
    print(f"lines                                    {sum(lengths)}")
    print(
        f"lines a file: mean, median, longest     "
        f" {statistics.mean(lengths):.0f}, {statistics.median(lengths):g}, {max(lengths)}"
    )
    print(f"files of 50 lines or fewer               {sum(length <= 50 for length in lengths)}")
    print(f"files of one public function, no class   {sum(_one_function(tree) for tree in trees.values())}")
    private, one_caller = (sum(column) for column in zip(*map(_private_functions, trees.values()), strict=True))
    print(f"private functions, with one caller       {private}, {one_caller} ({one_caller / private:.0%})")
    try:
        graphlib.TopologicalSorter(_imports(root, trees)).prepare()
        print("circles of imports                       none")
    except graphlib.CycleError as circle:
        print(f"circles of imports                       {' > '.join(circle.args[1])}")


def _one_function(tree: ast.Module) -> bool:
    kinds = [
        type(node) for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
    ]
    return kinds == [ast.FunctionDef]


def _private_functions(tree: ast.Module) -> tuple[int, int]:
    """How many functions and methods are private, and how many of them are named in one place only."""
    named = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    named.update(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    private = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and not node.name.startswith("__")
    ]
    return len(private), sum(named[name] == 1 for name in private)


def _imports(root: Path, trees: dict[Path, ast.Module]) -> dict[str, set[str]]:
    modules = {".".join(path.relative_to(root).with_suffix("").parts): tree for path, tree in trees.items()}
    graph = {}
    for module, tree in modules.items():
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {statement.module for statement in statements}
        names |= {f"{statement.module}.{alias.name}" for statement in statements for alias in statement.names}
        graph[module] = names & modules.keys()
    return graph


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1])
