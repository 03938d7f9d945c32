"""The packages that the library needs, by purpose: which versions serve, and what cannot be done without them.

Everything on the way to a score and a reading is in BASE, and Slicer 5.12 bundles all of it. `requirements.need` loads
the rest where its purpose begins.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One distribution.

    name      as pip takes it
    versions  that serve, as pip writes them: ">=0.27"
    module    the name it is imported by
    what      cannot be done without it: the beginning of the sentence "… needs matplotlib"
    instead   what to do where it cannot be had, "" where nothing else serves
    held_back  what comes with it and would come in a version that does not serve, as pip writes those that do
    download_mb, disk_mb  it and what comes with it beyond Slicer's own: the largest of the wheels for Python 3.12 on
    Windows,
              macOS and Linux, and what they take unpacked
    """

    name: str
    versions: str
    module: str
    what: str = "RLNResponse"
    instead: str = ""
    download_mb: float = 0
    disk_mb: float = 0
    held_back: tuple[str, ...] = ()

    @property
    def specifier(self) -> str:
        """Name and versions as pip takes them."""
        return self.name + self.versions

    @property
    def specifiers(self) -> tuple[str, ...]:
        """All that pip is asked for: what is held back too."""
        return (self.specifier, *self.held_back)


@dataclass(frozen=True)
class Purpose:
    """What some packages are needed for.

    title      for people: "agreement, models and report"
    in_slicer  whether Slicer's Set-up offers it
    """

    title: str
    requirements: tuple[Requirement, ...]
    in_slicer: bool = True


# The same as in pyproject.toml, which a test compares: Slicer does not install the package by pip, so the list is kept
# here.
BASE = Purpose(
    "scores and readings",
    (
        Requirement(name="numpy", versions=">=1.26", module="numpy"),
        Requirement(name="scipy", versions=">=1.11", module="scipy"),
        Requirement(name="SimpleITK", versions=">=2.3", module="SimpleITK"),
        Requirement(name="pydicom", versions=">=3.0", module="pydicom"),
        Requirement(
            name="highdicom",
            versions=">=0.27",
            module="highdicom",
            what="Exporting a DICOM SEG or SR",
            download_mb=3.8,
            disk_mb=37,
        ),
        Requirement(name="packaging", versions=">=23", module="packaging"),
    ),
)
ANALYSIS = Purpose(
    "agreement, models and report",
    (
        Requirement(
            name="matplotlib",
            versions=">=3.8",
            module="matplotlib",
            what="Drawing a figure",
            download_mb=17.7,
            disk_mb=77,
        ),
        Requirement(
            name="jinja2", versions=">=3.1", module="jinja2", what="The study's page", download_mb=0.2, disk_mb=2
        ),
        Requirement(
            name="jsonschema",
            versions=">=4.20",
            module="jsonschema",
            what="A model card of your own",
            download_mb=0.6,
            disk_mb=4,
        ),
        Requirement(
            name="scikit-learn", versions=">=1.6", module="sklearn", what="Judging a score", download_mb=10, disk_mb=35
        ),
        Requirement(
            name="lifelines",
            versions=">=0.30",
            module="lifelines",
            what="A survival analysis",
            download_mb=14.1,
            disk_mb=49,
            held_back=("autograd-gamma<0.5",),
        ),
    ),
)
WORKBOOKS = Purpose(
    "tables as XLSX",
    (
        Requirement(
            name="openpyxl",
            versions=">=3.1",
            module="openpyxl",
            what="An XLSX table",
            instead="save the table as CSV",
            download_mb=0.3,
            disk_mb=4,
        ),
    ),
)
PROCESSES = Purpose(
    "extraction in several processes",
    (
        Requirement(
            name="loky",
            versions=">=3.4",
            module="loky",
            what="Extraction in several processes",
            instead="leave out --workers",
            download_mb=0.1,
            disk_mb=1,
        ),
    ),
)
OLD_STUDIES = Purpose(
    "studies made before study.toml",
    (
        Requirement(
            name="ruamel.yaml",
            versions=">=0.18",
            module="ruamel.yaml",
            what="A YAML file (study.yaml, of a study made before study.toml, or pyradiomics' parameters)",
            download_mb=0.2,
            disk_mb=2,
        ),
    ),
)
WAVELETS = Purpose(
    "model cards with wavelet features",
    (
        Requirement(
            name="PyWavelets", versions=">=1.6", module="pywt", what="A wavelet feature", download_mb=4.5, disk_mb=10
        ),
    ),
)
PARQUET = Purpose(
    "tables as Parquet",
    (
        Requirement(
            name="pyarrow",
            versions=">=15",
            module="pyarrow",
            what="A Parquet table",
            instead="use the CSV with the same rows",
            download_mb=55,
            disk_mb=170,
        ),
    ),
    in_slicer=False,
)
DATA_FRAMES = Purpose(
    "results as pandas data frames",
    (Requirement(name="pandas", versions=">=2.0", module="pandas", what="A data frame", instead="use to_dict()"),),
    in_slicer=False,
)
CLUSTER = Purpose(
    "extraction on a cluster",
    (
        Requirement(
            name="distributed",
            versions=">=2024.1",
            module="distributed",
            what="Extraction on a Dask cluster",
            instead="leave out --dask",
        ),
    ),
    in_slicer=False,
)
# What Pango is to it no pip installs, so that Slicer's Set-up does not offer it.
PRINT = Purpose(
    "the report as PDF",
    (
        Requirement(
            name="weasyprint",
            versions=">=66",
            module="weasyprint",
            what="The report as PDF",
            instead="print the page from a browser",
        ),
    ),
    in_slicer=False,
)
DOCUMENTS = Purpose(
    "the report's tables for a word processor",
    (
        Requirement(
            name="python-docx",
            versions=">=1.1",
            module="docx",
            what="Tables as DOCX",
            instead="use --xlsx or the CSV files",
        ),
    ),
    in_slicer=False,
)
# In the order in which Set-up offers them.
PURPOSES = (
    BASE,
    ANALYSIS,
    WORKBOOKS,
    PROCESSES,
    OLD_STUDIES,
    WAVELETS,
    PARQUET,
    DATA_FRAMES,
    CLUSTER,
    PRINT,
    DOCUMENTS,
)
