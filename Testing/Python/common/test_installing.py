"""What pip is asked, and what its own words are taken to mean: a real pip says them here, to this machine alone."""

import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile

import pytest

from RLNResponseLib.common import installing, requirements
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import ANALYSIS, PURPOSES, Lack, Requirement, lacking, need

# Nobody's package, so that no registry is asked for one of ours.
OURS = Lack(
    Requirement(
        name="rlnresponse-test-wheel", versions=">=3.1", module="rlnresponse_test_wheel", download_mb=1, disk_mb=2
    ),
    None,
)


def pip(arguments, *more):
    """What pip printed and said, and its exit code. Nothing but this machine is asked."""
    pytest.importorskip("pip", reason="this environment has no pip")
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("PIP_") and "PROXY" not in name.upper()
    }
    closed = {**ours, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "5"}
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, *more], env=closed, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def wheel(folder, version="3.1.9"):
    name = "rlnresponse_test_wheel"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", f"version = {version!r}\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: rlnresponse-test-wheel\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def constraints(tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text(installing.kept_versions([OURS]))
    return path


def test_a_folder_of_wheels_is_enough(tmp_path, constraints):
    folder = tmp_path / "wheels with a space"
    folder.mkdir()
    wheel(folder)
    code, said = pip(installing.pip_arguments([OURS], constraints, folder), "--target", str(tmp_path / "python"))
    assert code == 0, said
    assert (tmp_path / "python" / "rlnresponse_test_wheel" / "__init__.py").is_file()
    assert installing.is_putting_in_place(said)


@pytest.mark.parametrize("has_old", [False, True])
def test_a_folder_that_lacks_a_wheel_is_named_with_the_package(tmp_path, constraints, has_old):
    folder = tmp_path / "wheels"
    folder.mkdir()
    if has_old:
        wheel(folder, "3.0")
    code, said = pip(installing.pip_arguments([OURS], constraints, folder), "--target", str(tmp_path / "python"))
    assert code == 1
    assert installing.pip_refusal(said, True) == (
        "The folder has no wheel of rlnresponse-test-wheel for this system and Python; fill it again as docs/slicer.md "
        "says, Set-up without internet."
    )


def test_no_network_and_a_proxy_that_is_not_there_are_told_apart(tmp_path, constraints):
    arguments = [*installing.pip_arguments([OURS], constraints), "--target", str(tmp_path / "python")]
    code, said = pip(arguments, "--index-url", "http://127.0.0.1:9/simple")
    assert code == 1
    assert installing.pip_refusal(said, False).startswith(
        "The registry of packages could not be reached: check the network, "
    )
    assert "HTTPS_PROXY" in installing.pip_refusal(said, False)
    code, said = pip(arguments, "--index-url", "https://index.invalid/simple", "--proxy", "http://127.0.0.1:9")
    assert code == 1
    assert installing.pip_refusal(said, False).startswith("The network's proxy refused the connection: set HTTPS_PROXY")


def test_a_certificate_of_the_proxys_own_says_what_to_set(tmp_path, constraints):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on this machine, and nothing else makes a certificate")
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    make = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([openssl, *make.split(), "-keyout", key, "-out", own], check=True, capture_output=True)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *request: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        index = f"https://localhost:{server.server_port}/simple"
        code, said = pip(
            [*installing.pip_arguments([OURS], constraints), "--target", str(tmp_path)], "--index-url", index
        )
    finally:
        server.shutdown()
        server.server_close()
    assert code == 1
    assert installing.pip_refusal(said, False) == (
        "The connection was refused because the network's proxy has a certificate of its own: set PIP_CERT and "
        "REQUESTS_CA_BUNDLE to its file (.pem) and start Slicer again, or install from a folder of wheels."
    )


def test_what_slicer_bundles_is_not_replaced_but_for_what_is_lacking():
    import numpy

    kept = installing.kept_versions([OURS])
    assert f"numpy=={numpy.__version__}\n" in kept
    assert "highdicom==" in kept
    highdicom = next(each for each in requirements.BASE.requirements if each.name == "highdicom")
    assert "highdicom==" not in installing.kept_versions([Lack(highdicom, "0.22.0")])


def test_progress_is_what_pip_says_it_fetches():
    said = (
        "Collecting matplotlib>=3.8\n  Downloading matplotlib-3.10.0-cp312-cp312-win_amd64.whl.metadata (11 kB)\n"
        "  Downloading matplotlib-3.10.0-cp312-cp312-win_amd64.whl (8.0 MB)\n"
        "Downloading jinja2-3.1.6-py3-none-any.whl (134 kB)\n"
    )
    assert installing.fetched_mb(said) == pytest.approx(8.145)


def test_versions_are_judged_and_not_names(monkeypatch):
    monkeypatch.setattr(requirements, "_version", lambda name: "0.22.0" if name == "highdicom" else "99")
    requirements._judged.cache_clear()
    with pytest.raises(DataRefusedError) as refused:
        need("highdicom.seg")
    assert refused.value.code == "missing-package"
    assert str(refused.value) == (
        "Exporting a DICOM SEG or SR needs highdicom 0.27 or newer, and 0.22.0 is installed here; update it, unless "
        "another extension of Slicer holds that version (in Slicer: RLNResponse's section Set-up; elsewhere: pip install "
        "'highdicom>=0.27')."
    )


@pytest.mark.parametrize(
    ("version", "serves"), [("0.27.0", True), ("0.28.2", True), ("0.27.0rc1", False), ("x", False)]
)
def test_which_versions_serve(version, serves):
    assert requirements._serves(version, ">=0.27") is serves


def test_a_package_that_is_missing_or_broken_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(
        DataRefusedError, match="The study's page needs jinja2, which is not installed here; install it"
    ):
        need("jinja2")
    # Set-up does not offer it, so it is not named.
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataRefusedError) as refused:
        need("pyarrow")
    assert str(refused.value) == (
        "A Parquet table needs pyarrow, which is not installed here; install it (pip install 'pyarrow>=15'), or use "
        "the CSV with the same rows."
    )
    (tmp_path / "jinja2").mkdir()
    (tmp_path / "jinja2" / "__init__.py").write_text("import no_such_thing_inside\n")
    monkeypatch.delitem(sys.modules, "jinja2")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        DataRefusedError, match=r"cannot be loaded \(No module named 'no_such_thing_inside'\); install it again"
    ):
        need("jinja2")


def test_nothing_is_imported_by_looking():
    code = (
        "import sys; from RLNResponseLib.common.requirements import PURPOSES, lacking; [lacking(purpose.requirements) "
        "for purpose in PURPOSES]; "
        "print({'matplotlib', 'pyarrow', 'highdicom', 'SimpleITK', 'numpy'} & sys.modules.keys())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_every_purpose_says_what_it_takes():
    for purpose in PURPOSES:
        if purpose.in_slicer and purpose is not requirements.BASE:
            assert all(each.download_mb > 0 and each.disk_mb > 0 for each in purpose.requirements), purpose.title
    assert installing.megabytes([Lack(each, None) for each in ANALYSIS.requirements]) == (43, 167)
    assert lacking([OURS.requirement]) == (OURS,)
