"""The extension's own files: everything that the module needs is in the package, and the catalogue entry is valid."""

import json
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The rules of Slicer's slicer-extension-catalog-entry-schema-v1.0.2.json.
SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.2.json#"
)
NEEDED = {"$schema", "category", "scm_url"}
ALLOWED = NEEDED | {
    "scm_revision",
    "scm_type",
    "build_dependencies",
    "dicom_support_rule",
    "build_subdirectory",
    "enabled",
    "tier",
}


def globbed():
    """What the globs of RLNResponse/CMakeLists.txt take, as CMake reads them: below a folder, at any depth."""
    text = (ROOT / "RLNResponse" / "CMakeLists.txt").read_text()
    found = set()
    for folder, name in re.findall(r'"\$\{_root\}/([\w/]+)/(\*?[.\w]*)"', text):
        found |= {path for path in (ROOT / folder).rglob(name) if path.is_file()}
    for folder, name in re.findall(r'"(Resources/[\w/]+)/(\*[.\w]*)"', text):
        found |= {path for path in (ROOT / "RLNResponse" / folder).rglob(name) if path.is_file()}
    return found


def test_no_file_of_the_library_is_left_out_of_the_package():
    needed = {*(ROOT / "RLNResponseLib").rglob("*.py"), ROOT / "RLNResponseLib" / "py.typed"}
    needed |= {
        path
        for path in (ROOT / "Resources").rglob("*")
        if path.is_file() and path.relative_to(ROOT / "Resources").parts[0] != "Screenshots"
    }
    needed |= {path for path in (ROOT / "RLNResponse" / "Resources").rglob("*") if path.is_file()}
    # The panel opens its sections.
    needed.add(ROOT / "docs" / "numbers.md")
    packaged = {path for path in globbed() if "__pycache__" not in path.parts}
    assert needed - packaged == set()
    assert packaged - needed == set()


def test_the_library_holds_nothing_but_python_and_its_mark_for_type_checkers():
    others = [
        path for path in (ROOT / "RLNResponseLib").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert others == [ROOT / "RLNResponseLib" / "py.typed"]


def test_the_catalogue_entry_keeps_to_the_schema():
    entry = json.loads((ROOT / "RLNResponse.json").read_text())
    assert set(entry) >= NEEDED
    assert set(entry) <= ALLOWED
    assert entry["$schema"] == SCHEMA
    assert entry["scm_url"].startswith("https://github.com/")
    assert 1 <= entry["tier"] <= 5
    assert all(isinstance(name, str) for name in entry["build_dependencies"])


@pytest.mark.parametrize("file", ["CMakeLists.txt", "RLNResponse.s4ext"])
def test_the_description_spells_out_what_it_is_for(file):
    text = (ROOT / file).read_text()
    assert "recurrent lymph node" in text
    assert "not a medical device" in text


def test_nothing_is_needed_or_recommended_that_is_not_there_on_every_platform():
    text = (ROOT / "CMakeLists.txt").read_text()
    assert 'set(EXTENSION_RECOMMENDS "NA")' in text
    assert 'set(EXTENSION_DEPENDS "NA")' in text


@pytest.mark.parametrize("file", ["CMakeLists.txt", "RLNResponse.s4ext", "README.md"])
def test_patents_are_mentioned(file):
    assert "No related patents are known" in (ROOT / file).read_text(encoding="utf-8")


def test_the_homepage_has_what_the_extensions_index_asks_for():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    top = text[: text.index("## From a terminal")]
    for part in ("](Resources/Screenshots/", "Additional module paths", "doi.org/10.21203/rs.3.rs-174078/v1", "Apache"):
        assert part in top
    for module in (ROOT / "RLNResponse").glob("*.py"):
        assert f"**{module.stem}**" in top
    assert re.findall(r"^(\d)\. ", top[top.index("## Your first score") :], re.MULTILINE)[:5] == list("12345")


def test_no_page_says_that_it_is_in_the_extensions_manager_already():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for sentence in re.split(r"(?<=[.:])\s", page.read_text(encoding="utf-8")):
            assert "Extensions Manager" not in sentence or "not yet" in sentence or "once" in sentence, (
                page.name,
                sentence,
            )


def test_every_picture_that_is_named_is_there():
    text = (ROOT / "CMakeLists.txt").read_text() + (ROOT / "RLNResponse.s4ext").read_text()
    names = re.findall(r"SlicerRLNResponse/main/(\S+?\.png)", text)
    assert names
    for name in names:
        assert (ROOT / name).is_file(), name


def test_the_entry_file_is_short():
    assert len((ROOT / "RLNResponse" / "RLNResponse.py").read_text().splitlines()) < 200


def test_slicer_is_told_the_same_requirements_as_pip():
    from RLNResponseLib.common.requirements import BASE, CLUSTER, DOCUMENTS, PRINT, PURPOSES

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    analysis = [purpose for purpose in PURPOSES if purpose not in (BASE, CLUSTER, PRINT, DOCUMENTS)]
    assert sorted(each.specifier for each in BASE.requirements) == sorted(project["dependencies"])
    assert sorted(
        specifier for purpose in analysis for each in purpose.requirements for specifier in each.specifiers
    ) == sorted(extras["analysis"])
    assert [each.specifier for each in CLUSTER.requirements] == extras["dask"]
    assert [each.specifier for each in PRINT.requirements] == extras["pdf"]
    assert [each.specifier for each in DOCUMENTS.requirements] == extras["docx"]


def test_every_dependency_has_its_line_in_the_docs():
    from RLNResponseLib.common.requirements import PURPOSES

    text = (ROOT / "docs" / "dependencies.md").read_text()
    for purpose in PURPOSES:
        for requirement in purpose.requirements:
            assert f"| {requirement.name} |" in text, requirement.name


def test_what_is_not_always_there_is_loaded_by_one_way():
    """Everywhere but under TYPE_CHECKING: by `requirements.need`, which refuses in a sentence. highdicom is there,
    in some version."""
    import ast

    from RLNResponseLib.common.requirements import BASE, PURPOSES

    bundled = {each.module for each in BASE.requirements} - {"highdicom"}
    guarded = {each.module.split(".")[0] for purpose in PURPOSES for each in purpose.requirements} - bundled
    found = []
    for path in (ROOT / "RLNResponseLib").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typed = {
            id(inner)
            for outer in ast.walk(tree)
            if isinstance(outer, ast.If) and ast.unparse(outer.test) == "TYPE_CHECKING"
            for inner in ast.walk(outer)
        }
        for each in ast.walk(tree):
            if id(each) in typed:
                continue
            names = [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
            names += [each.module or ""] if isinstance(each, ast.ImportFrom) else []
            found += [(path.name, name) for name in names if name.split(".")[0] in guarded]
    assert found == []


def test_forms_name_the_parameters_of_the_parameter_node():
    names = set()
    for form in (ROOT / "RLNResponse" / "Resources" / "UI").glob("*.ui"):
        for prop in ElementTree.parse(form).iter("property"):
            if prop.get("name") == "SlicerParameterName":
                names.add(prop.findtext("string"))
    assert names == {"ct", "segmentation"}


def test_no_folder_of_the_tests_takes_the_place_of_a_package():
    """Testing/ is on the path of the panel's tests; slicer-core takes in what lies in a folder of its name, fails there,
    and every test of the panel would be skipped."""
    names = {path.name for path in (ROOT / "Testing").iterdir() if path.is_dir()}
    assert not names & {"slicer", "qt", "ctk", "vtk", "PySide6", "RLNResponseLib", "numpy", "SimpleITK"}
