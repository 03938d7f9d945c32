"""Imports go down only: the rooms of the design, held by a test."""

import ast
import graphlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "RLNResponseLib"
# The floors, from the bottom up. A file may import from its own floor and those below it; a room named with its house
# ("modelling.fitting") stands on a floor of its own.
FLOORS = [
    {"common"},
    {"statistics"},
    {"imaging"},
    {"imaging.checks"},
    {"study"},
    {"study.verify"},
    {"features"},
    {"features.cohort"},
    {"agreement"},
    {"modelling", "modelling.validation"},
    {"modelling.fitting"},
    {"modelling.score_validation"},
    {"survival", "dicom_export", "demo", "api", "planning"},
    {"analysis", "scene"},
    {"report", "report.figures", "report.text"},
    {"report.page"},
    {"panel.widgets", "commands"},
    {"panel", "panel.sections"},
    {"cli", "__main__"},
]
LONGEST_FILE = 400
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
SHARED_TYPES = (
    "NDArray[np.float64]",
    "NDArray[np.bool_]",
    "NDArray[np.intp]",
    "Callable[[int, int], object]",
)
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def floor(module):
    for prefix_length in (2, 1):
        prefix = ".".join(module.split(".")[:prefix_length])
        for height, rooms in enumerate(FLOORS):
            if prefix in rooms:
                return height
    return None


def imports(path):
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{path.name}: a relative import"
            if statement.module in ("RLNResponseLib", "RLNResponseLib.commands"):
                yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
            else:
                yield statement.module


def at_import(path):
    """What a file imports when it is imported itself: neither inside a function nor for type checkers only."""
    statements = [
        each
        for each in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(each, ast.ImportFrom | ast.Import)
    ]
    return [each.module if isinstance(each, ast.ImportFrom) else each.names[0].name for each in statements]


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_go_down_only(path):
    own = module_of(path)
    if own == "__init__":
        # The public face: what it names lies in any room, and is loaded when it is asked for.
        assert at_import(path) == ["typing", "RLNResponseLib.common.about"]
        return
    assert floor(own) is not None, f"{own} is in no room of the design"
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in SLICER or own.split(".")[0] in {"scene", "panel"}, f"{own} imports {name}"
        assert top not in QT or own.split(".")[0] == "panel", f"{own} imports {name}"
        inside = name.removeprefix("RLNResponseLib.")
        if top == "RLNResponseLib":
            assert floor(inside) is not None, f"{own} imports {inside} by the face, not from its room"
            assert floor(inside) <= floor(own), f"{own} imports {name}, which is above it"


def test_no_import_goes_in_a_circle():
    modules = {f"RLNResponseLib.{module_of(path)}": path for path in FILES if module_of(path) != "__init__"}
    # Raises CycleError, with the circle, where there is one.
    graphlib.TopologicalSorter({name: set(imports(path)) & set(modules) for name, path in modules.items()}).prepare()


def test_no_file_is_longer_than_a_newcomer_reads():
    lengths = {module_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_at_most_four_files_lie_flat_in_report():
    assert len(list((PACKAGE / "report").glob("*.py"))) <= 4


def test_no_import_of_the_test_host_goes_in_a_circle():
    host = PACKAGE.parent / "Testing" / "host"
    modules = {
        ".".join(("host", *path.relative_to(host).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in host.rglob("*.py")
    }

    def imported(name, path):
        """The host's modules that a file imports, anywhere in it: `from . import signals`, `from .signals import
        connect`."""
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(statement, ast.ImportFrom) and statement.level:
                parents = package.split(".")[: len(package.split(".")) - statement.level + 1]
                source = ".".join((*parents, *filter(None, [statement.module])))
                yield from {f"{source}.{alias.name}" for alias in statement.names} & set(modules) or {source}

    graph = {name: set(imported(name, path)) for name, path in modules.items()}
    assert graph["host.objects"] >= {"host.signals", "host.special"}
    graphlib.TopologicalSorter(graph).prepare()


def test_pyradiomics_is_imported_by_the_witness_alone():
    named = {module_of(path) for path in FILES if '"radiomics' in path.read_text(encoding="utf-8")}
    imported = {module_of(path) for path in FILES if any(name.split(".")[0] == "radiomics" for name in imports(path))}
    assert imported == set()
    assert named <= {"features.witness", "common.requirements"}


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


def test_a_name_is_one_thing():
    """One class of a name in the library, and the types of arrays and callbacks declared once."""
    classes: dict[str, list[str]] = {}
    aliases: dict[str, list[str]] = {}
    for path in FILES:
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
                classes.setdefault(statement.name, []).append(module_of(path))
            if isinstance(statement, ast.Assign) and ast.unparse(statement.value) in SHARED_TYPES:
                aliases.setdefault(ast.unparse(statement.value), []).append(module_of(path))
    assert {name: where for name, where in classes.items() if len(where) > 1} == {}
    assert {"Floats", "Bools", "Ints", "Progress"} & set(classes) == set()
    assert {name: len(where) for name, where in aliases.items()} == dict.fromkeys(SHARED_TYPES, 1)
