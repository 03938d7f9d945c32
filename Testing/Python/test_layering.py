"""Imports go down only: the rooms of the design, held by a test."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "RLNResponseLib"
# From the bottom up. A file may import from its own level and those below it.
LEVELS = [
    {"errors", "findings", "files", "clock", "resources", "software", "requirements", "installing", "report.words"},
    {"study.records", "study.identifiers"},
    {"imaging"},
    {"study"},
    {"features"},
    {"agreement", "modelling", "survival"},
    {"report", "demo", "scene"},
    {"commands", "panel"},
    {"cli", "__main__"},
]
SLICER = {"slicer", "vtk", "mrml"}
QT = {"qt", "ctk", "PySide6", "PyQt5"}
# What must not be loaded by importing the library: a panel or a `--help` should not wait for it.
HEAVY = {
    "pyarrow",
    "openpyxl",
    "ruamel",
    "matplotlib",
    "jinja2",
    "loky",
    "pywt",
    "packaging",
    "scipy",
    "highdicom",
    "radiomics",
    "jsonschema",
    "pandas",
    "sklearn",
    "lifelines",
    "SimpleITK",
    "pydicom",
}
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def level(module):
    for prefix_length in (2, 1):
        prefix = ".".join(module.split(".")[:prefix_length])
        for height, rooms in enumerate(LEVELS):
            if prefix in rooms:
                return height
    return None


def imports(path):
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{path.name}: a relative import"
            if statement.module in ("RLNResponseLib", *(f"RLNResponseLib.{room}" for room in ("commands",))):
                yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
            else:
                yield statement.module


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_go_down_only(path):
    own = module_of(path)
    if own == "__init__":
        assert list(imports(path)) == []
        return
    assert level(own) is not None, f"{own} is in no room of the design"
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in SLICER or own.split(".")[0] in {"scene", "panel"}, f"{own} imports {name}"
        assert top not in QT or own.split(".")[0] == "panel", f"{own} imports {name}"
        inside = name.removeprefix("RLNResponseLib.")
        if top == "RLNResponseLib" and level(inside) is not None:
            assert level(inside) <= level(own), f"{own} imports {name}, which is above it"


def test_pyradiomics_is_imported_by_the_witness_alone():
    named = {module_of(path) for path in FILES if '"radiomics' in path.read_text(encoding="utf-8")}
    imported = {module_of(path) for path in FILES if any(name.split(".")[0] == "radiomics" for name in imports(path))}
    assert imported == set()
    assert named <= {"features.witness", "requirements"}


def test_importing_the_command_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys; from RLNResponseLib.cli import build_parser; build_parser(); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert HEAVY & set(loaded) == set()
