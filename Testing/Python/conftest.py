"""Where the tests find real data: `shared_data` (../shared/data or RLNRESPONSE_DATA) and `pyradiomics_data` (the
set-up's cache)."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

# Before numpy and ITK are loaded, and in every process that a test starts. A worker of pytest-xdist is on every core
# already: threads of BLAS that wait for each other took up to seven times the work of one (common/processes.py).
for _variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
):
    os.environ.setdefault(_variable, "1")

# A hundred processes are started and the panel is imported for each of its tests: what is compiled is kept, as Python
# does where it is not told otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test is asserted by the clock; the same examples on every machine.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[2]


def pytest_configure(config):
    """Files of tests are taken in our order: pytest-xdist would take those of few tests last, however long each is."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """What takes long is begun first, so that no core waits at the end for another one's last file."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def oracle():
    """figures(name): the figures that one R script printed (Testing/oracle)."""
    return lambda name: json.loads(
        (ROOT / "Testing" / "oracle" / "figures" / f"{name}.json").read_text(encoding="utf-8")
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data for tests, or a skip that says where it was looked for."""
    named = os.environ.get("RLNRESPONSE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data: no ../shared/data and RLNRESPONSE_DATA names no folder")
    return folder


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of inputs that people had trouble with, beside the data, or a skip that says where it was looked for."""
    named = os.environ.get("RLNRESPONSE_DATA")
    folder = Path(named).parent / "cases" if named else ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("inputs of others: no ../shared/cases, nor a folder cases beside RLNRESPONSE_DATA")
    return folder


@pytest.fixture(scope="session")
def pyradiomics_data() -> Path:
    """pyradiomics' own lung1 and lung2, which `make` unpacks into the cache, or a skip."""
    folder = Path(os.environ.get("RLNRESPONSE_PYRADIOMICS_DATA", ROOT / ".cache" / "pyradiomics-data"))
    if not (folder / "lung1_image.nrrd").is_file():
        pytest.skip("pyradiomics' CT: run make test, or name their folder in RLNRESPONSE_PYRADIOMICS_DATA")
    return folder


@dataclass(frozen=True)
class HostileCohort:
    """A simulated study, unblinded and extracted, with hostile text in every field that takes text.

    texts  what the page must show as it is written here
    """

    folder: Path
    title: str
    texts: tuple[str, ...]


@pytest.fixture(scope="session")
def small_cohort(tmp_path_factory) -> HostileCohort:
    """Six simulated patients; read it only, or copy it first."""
    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.demo import cohort, cohort_patients, cohort_study
    from RLNResponseLib.features.cohort.run import extract_study

    hostile = (
        "<script>alert(1)</script>",
        "{{7*7}}{% raw %}",
        "שלום مرحبا",
        '"><img src=x onerror=alert(1)>',
        "x" * 200,
    )
    title = f"SIMULATED </title><script>alert(1)</script> {{{{7*7}}}} שלום \u202e & {'long ' * 100}end"
    stations = [
        (f"{hostile[number % len(hostile)][:190]} {number}", *each[1:])
        for number, each in enumerate(cohort_patients._STATIONS)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohort_study, "TITLE", title)
        patch.setattr(cohort, "LEFT_OUT", dict.fromkeys(hostile, 1))
        patch.setattr(cohort_patients, "_STATIONS", tuple(stations))
        now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
        made = cohort.simulate_cohort(tmp_path_factory.mktemp("cohort"), 3, now, patients=6)
    extract_study(made.study)
    used = {lymph_node.station for lymph_node in made.study.lymph_nodes()}
    assert any("<script>" in station for station in used)
    return HostileCohort(made.study.folder, title, (*hostile, *used))


@pytest.fixture(scope="session")
def as_written_before():
    """written(content, contour, ct): the bytes of a .seg.nrrd as the version wrote it that had place and size in the
    header."""
    import re
    import zlib

    def written(content, contour, ct):
        voxels = contour.full_grid(ct.image.GetSize()[::-1])
        k, j, i = contour.box
        stream = zlib.compressobj(wbits=31)
        before = stream.compress(voxels[: k.start].data) + stream.flush(zlib.Z_FULL_FLUSH)
        packed = before + stream.compress(voxels[k.start :].data) + stream.flush()
        header, _, _ = content.partition(b"\n\n")
        extent = " ".join(f"{part.start} {part.stop - 1}" for part in (i, j, k))
        header = re.sub(rb"Segment0_Extent:=.*", f"Segment0_Extent:={extent}".encode(), header)
        place = f"\nRLNResponse_ContourPlace:={len(before)} {contour.voxel_count}\n\n"
        return header + place.encode() + packed

    return written


@pytest.fixture(scope="module")
def any_feature_table():
    """A study's feature table is taken as it lies there: for tests that write one by hand and ask other things of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "RLNResponseLib.analysis.cases.checked_table", lambda study: study.folder / "features" / "readings.csv"
        )
        yield
