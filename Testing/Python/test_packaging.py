"""What a wheel carries: the package with its model cards, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_module_and_card(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {str(path.relative_to(ROOT).as_posix()) for path in (ROOT / "RLNResponseLib").rglob("*.py")}
    resources = {f"RLNResponseLib/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "Resources").rglob("*.json")}
    assert modules | resources | {"RLNResponseLib/py.typed"} <= names
    assert not [name for name in names if name.startswith(("Testing", "docs"))]


def test_the_cards_are_found_after_installation(wheel, tmp_path):
    """Unpacked as pip does, away from the clone, the package finds its cards by itself."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "from RLNResponseLib.modelling.model_card import published_models as p; print(*[m.id for m in p()])"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["gu2021-response", "gu2021-local-control-2y"]
