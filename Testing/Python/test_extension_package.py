"""The extension built and installed by CMake, as Slicer's extension build does: the package alone is enough to
score."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = Path("lib", "Slicer-5.12", "qt-scripted-modules")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The build folder; what goes into the package lies in its folder `package`."""
    cmake, compilers = shutil.which("cmake"), [shutil.which("cc"), shutil.which("c++")]
    if cmake is None or None in compilers:
        pytest.skip("CMake or a C++ compiler is not installed")
    folder = tmp_path_factory.mktemp("build")
    slicer = ROOT / "Testing" / "extension"
    run(cmake, "-S", ROOT, "-B", folder, f"-DSlicer_DIR={slicer}", "-DBUILD_TESTING=ON")
    run(cmake, "--install", folder, "--prefix", folder / "package", "--component", "RuntimeLibraries")
    return folder


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def needed():
    """What the module needs when it runs."""
    module, library = ROOT / "RLNResponse", ROOT / "RLNResponseLib"
    # The ? beside a number opens its section of the page.
    found = {"RLNResponse.py", "docs/numbers.md"} | {f"Resources/{name}" for name in files_below(module / "Resources")}
    found |= {f"RLNResponseLib/{name}" for name in files_below(library) if "__pycache__" not in name}
    return found | {
        f"Resources/{name}" for name in files_below(ROOT / "Resources") if not name.startswith("Screenshots/")
    }


def test_the_package_holds_every_file_and_no_other(built):
    assert files_below(built / "package" / INSTALLED) == needed()
    assert files_below(built / "package") == {f"{INSTALLED.as_posix()}/{name}" for name in needed()}


def test_the_build_folder_can_be_tried_without_installing(built):
    assert files_below(built / INSTALLED) == needed()


def test_the_packaged_library_finds_its_models_and_what_numbers_mean_without_the_clone(built):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import RLNResponseLib; from RLNResponseLib.modelling.model_card "
        "import published_models; print(RLNResponseLib.__file__); print(len(published_models())); "
        "from RLNResponseLib.common.number_help import number_sections; print(len(number_sections()) > 20)"
    )
    package = built / "package" / INSTALLED
    file, models, knows_numbers = run(sys.executable, "-B", "-P", "-c", code, package, cwd=built).split("\n")[:3]
    assert Path(file).is_relative_to(package)
    assert models == "2"
    assert knows_numbers == "True"


def test_slicer_runs_the_module_s_own_test(built):
    assert (built / "unittests.txt").read_text().split() == ["RLNResponse.py"]


def test_what_the_extensions_manager_shows(built):
    shown = dict(line.split("=", 1) for line in (built / "extension.txt").read_text().splitlines())
    assert "recurrent lymph node" in shown["DESCRIPTION"]
    assert shown["RECOMMENDS"] == "NA"
    assert shown["DEPENDS"] == "NA"
    assert ";" not in shown["DESCRIPTION"], "CMake would cut the description there"
    for address in [shown["ICONURL"], *shown["SCREENSHOTURLS"].split()]:
        assert address.startswith("https://raw.githubusercontent.com/RLNResponse/SlicerRLNResponse/main/")
