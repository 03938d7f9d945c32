"""What readers and clinicians do, as calls of the command, on a simulated CT: for a Python that has only what Slicer
bundles."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

OLD_STUDY = Path(__file__).resolve().parents[1] / "Python" / "study" / "old_study"
READING = ("--lymph-node", "LN1", "--reader", "A", "--round", "1")


def make_inputs(folder: Path) -> None:
    """A phantom CT, a contour on it in two formats, clinical tables, an XLSX, a card from elsewhere, a study made
    before study.toml."""
    import SimpleITK as sitk

    from RLNResponseLib.common.software import resources_folder
    from RLNResponseLib.demo.phantom import make_phantom
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd

    phantom = make_phantom(1, size=(128, 128, 40))
    contour = phantom.truth[0]
    sitk.WriteImage(phantom.ct.image, str(folder / "ct.nrrd"))
    mask = sitk.GetImageFromArray(contour.full_grid(phantom.ct.image.GetSize()[::-1]).astype("uint8"))
    mask.CopyInformation(phantom.ct.image)
    sitk.WriteImage(mask, str(folder / "mask.nii.gz"))
    write_seg_nrrd(folder / "mask.seg.nrrd", contour, phantom.ct)
    (folder / "patients.csv").write_text("patient,gender\nP1,male\n")
    (folder / "lymph_nodes.csv").write_text("lymph_node,patient,image,recist\nLN1,P1,CT1,PR\n")
    (folder / "table.csv").write_text("patient,x,response\nP1,1.0,yes\nP2,2.0,no\n")
    features = "original_firstorder_InterquartileRange,original_glrlm_RunPercentage"
    rows = [f"P{case},{case % 3 // 2},{case},{case * 7 % 31}" for case in range(40)]
    (folder / "cases.csv").write_text("\n".join([f"patient,response,{features}", *rows]))
    shutil.copy(resources_folder() / "models" / "gu2021-response.json", folder / "card.json")
    (folder / "table.parquet").write_bytes(b"PAR1")
    (folder / "missing.csv").write_text("lymph_node,reader,round,reason\nLN1,B,1,left the department\n")
    with zipfile.ZipFile(folder / "patients.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    shutil.copytree(OLD_STUDY, folder / "old")


def study_calls(folder: Path) -> list[list[str]]:
    """A study made, filled, read, locked, verified and unblinded."""
    study = str(folder / "study")
    return [
        ["study", "create", study, "--readers", "A,B", "--title", "Recurrent \"lymph nodes\" שלום"],
        ["study", "import-clinical", study, "--patients", str(folder / "patients.csv"),
         "--lymph-nodes", str(folder / "lymph_nodes.csv")],
        ["study", "import-ct", study, str(folder / "ct.nrrd"), "--patient", "P1", "--image", "CT1"],
        ["study", "worklist", study, "--reader", "A", "--round", "1"],
        ["study", "import-reading", study, str(folder / "mask.seg.nrrd"), *READING, "--minutes", "4"],
        ["study", "lock", study, *READING],
        ["study", "status", study, "--json"],
        ["study", "worklist", study, "--reader", "A", "--round", "1", "--json"],
        ["study", "verify", study],
        ["study", "unblind", study, "--missing", str(folder / "missing.csv")],
    ]  # fmt: skip


def score_calls(folder: Path) -> list[list[str]]:
    """One patient: scores, uncertainty, CSV, from both kinds of contour."""
    ct = str(folder / "ct.nrrd")
    return [
        ["score", ct, str(folder / "mask.seg.nrrd")],
        ["score", ct, str(folder / "mask.nii.gz"), "--uncertainty", "--json"],
        ["features", ct, str(folder / "mask.seg.nrrd"), "--output", str(folder / "features.csv")],
    ]


def analysis_calls(folder: Path) -> list[list[str]]:
    """What works without anything more, on the study unblinded: the table of features, its DICOM, and a score from
    that."""
    study = str(folder / "study")
    return [
        ["extract", study],
        ["export", study, "--dicom", str(folder / "dicom")],
        ["score", str(folder / "dicom/P1/CT1/ct"), str(folder / "dicom/P1/CT1/seg/LN1-A-1.dcm")],
    ]


def refused_calls(folder: Path) -> list[tuple[list[str], str]]:
    """What needs more, each with the package that its one sentence must name."""
    study, table, cases = str(folder / "study"), str(folder / "table.csv"), str(folder / "cases.csv")
    of_cases = ["--outcome", "response", "--group", "patient"]
    return [
        (["score", str(folder / "ct.nrrd"), str(folder / "mask.seg.nrrd"), "--model", str(folder / "card.json")], "jsonschema"),
        (["agreement", study], "matplotlib"),
        (["report", study, "--output", str(folder / "report.html")], "jinja2"),
        (["fit", table, "--outcome", "response", "--group", "patient", "--output", str(folder / "m.json"),
          "--figures", str(folder / "figures")], "matplotlib"),
        (["fit", cases, *of_cases, "--output", str(folder / "m.json")], "scikit-learn"),
        (["validate", cases, *of_cases, "--model", "gu2021-local-control-2y"], "scikit-learn"),
        (["demo", "--output", str(folder / "demo")], "matplotlib"),
        (["table1", str(folder / "table.parquet"), "--by", "x"], "pyarrow"),
        (["study", "import-clinical", study, "--patients", str(folder / "patients.xlsx"),
          "--lymph-nodes", str(folder / "lymph_nodes.csv")], "openpyxl"),
        (["extract", study, "--dask", "tcp://127.0.0.1:1"], "distributed"),
        (["study", "status", str(folder / "old")], "ruamel.yaml"),
    ]  # fmt: skip
