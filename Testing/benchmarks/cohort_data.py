"""Studies of phantom CT for bench_cohort.py, and the same files as pyradiomics' batch command wants them named."""

from __future__ import annotations

import csv
import filecmp
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.tables import Table
from RLNResponseLib.demo.phantom import Phantom, make_phantom
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
SIZE = (512, 512, 120)
PER_CT = 3
# CT of different noise; a larger cohort imports them again for other patients, and its copies are links to the same
# bytes, so that they take no more room. Records cannot be linked: what the log does not announce is refused.
OWN_CT = 14


def image_name(number: int) -> str:
    """The identifier of a CT."""
    return f"CT{number:04d}"


def lymph_node_name(number: int, which: int) -> str:
    """The identifier of a lymph node on a CT."""
    return f"LN{number:04d}-{which}"


def make_study(folder: Path, cts: int) -> Study:
    """An unblinded study of so many CT with three locked readings each."""
    study = Study.create(folder, Protocol(title="Benchmark", readers=plan_readers(["A"], [])), NOW)
    phantom = make_phantom(1, size=SIZE)
    for number in range(cts):
        _import_ct(study, phantom, number, folder.parent)
    _import_tables(study, cts)
    for number in range(cts):
        for which in range(PER_CT):
            _lock(study, phantom, number, which)
    unblind(study, NOW)
    return study


def write_batch(study: Study, folder: Path, segmentations: int) -> Path:
    """The CSV that pyradiomics' batch command takes: the study's own CT files, the contours as label maps."""
    folder.mkdir()
    rows = []
    for position in range(segmentations):
        number, which = divmod(position, PER_CT)
        locked = study.contour_file(ReadingKey(lymph_node=lymph_node_name(number, which), reader="A"))
        mask = folder / f"{lymph_node_name(number, which)}.nrrd"
        sitk.WriteImage(sitk.ReadImage(str(locked)), str(mask), useCompression=True)
        rows.append({"Image": study.image_file(image_name(number)), "Mask": mask})
    path = folder / "batch.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("Image", "Mask"))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _import_ct(study: Study, phantom: Phantom, number: int, temporary: Path) -> None:
    """The phantom with noise of its own, so that no two of the first CT have the same bytes."""
    first = number % OWN_CT
    array = sitk.GetArrayFromImage(phantom.ct.image)
    array += np.random.default_rng(first).integers(-3, 4, array.shape, dtype=array.dtype)
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(phantom.ct.image)
    file = temporary / "ct.nrrd"
    sitk.WriteImage(image, str(file))
    import_ct(study, file, f"P{number:04d}", image_name(number), NOW)
    file.unlink()
    own, same = (study.image_file(image_name(each), compared=False) for each in (number, first))
    if first != number and filecmp.cmp(own, same, shallow=False):
        own.unlink()
        os.link(same, own)


def _import_tables(study: Study, cts: int) -> None:
    patients = tuple({"patient": f"P{number:04d}"} for number in range(cts))
    names = LYMPH_NODE_HEADER[:3]
    lymph_nodes = tuple(
        dict(zip(names, (lymph_node_name(number, which), f"P{number:04d}", image_name(number)), strict=True))
        for number in range(cts)
        for which in range(PER_CT)
    )
    tables = parse_clinical(
        Table(name="patients.csv", columns=PATIENT_HEADER[:1], rows=patients),
        Table(name="lymph_nodes.csv", columns=names, rows=lymph_nodes),
    )
    import_clinical(study, tables, NOW)


def _lock(study: Study, phantom: Phantom, number: int, which: int) -> None:
    key = ReadingKey(lymph_node=lymph_node_name(number, which), reader="A")
    open_reading(study, key, NOW)
    ct = CTImage(image=phantom.ct.image)
    save_draft(
        study,
        key,
        lambda path: write_seg_nrrd(path, phantom.truth[which], ct),
        minutes=1,
        source="benchmark",
        software={},
    )
    lock_reading(study, key, (), NOW)
