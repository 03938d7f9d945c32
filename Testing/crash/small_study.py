"""A small study that writers can be let loose on: one CT, many lymph nodes, one contour for all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
# What a writer is told when another was faster: nothing is wrong then.
BEATEN = {"already-locked", "not-open", "record-exists", "no-draft", "already-so"}


def small_ct() -> CTImage:
    """24 × 24 × 12 voxels of noise."""
    image = sitk.GetImageFromArray(np.random.default_rng(1).normal(60, 20, (12, 24, 24)).astype(np.int16))
    image.SetSpacing((0.7, 0.7, 2.5))
    return CTImage(image=image, acquisition=Acquisition(modality="CT"), name="CT1")


def small_contour() -> Contour:
    """A block of 4 × 8 × 8 voxels."""
    return Contour(name="LN", voxels=np.ones((4, 8, 8), dtype=bool), corner=(3, 8, 8))


def clinical_tables(lymph_nodes: int, others: int = 0, age: int = 60) -> ClinicalTables:
    """LN0 on, all of P1; so many patients X0 on who have none; and their age, by which two imports differ."""
    names = ("patient", "age_years")
    patients = tuple(
        dict(zip(names, (name, str(age)), strict=True)) for name in ("P1", *map("X{}".format, range(others)))
    )
    columns = LYMPH_NODE_HEADER[:3]
    rows = tuple(dict(zip(columns, (f"LN{number}", "P1", "CT1"), strict=True)) for number in range(lymph_nodes))
    return parse_clinical(
        Table(name="patients.csv", columns=names, rows=patients),
        Table(name="lymph_nodes.csv", columns=columns, rows=rows),
    )


def make_study(folder: Path, lymph_nodes: int, others: int = 0) -> Study:
    """A study with one reader, one CT and so many lymph nodes, LN0 on, and patients who have none, X0 on."""
    study = Study.create(folder, Protocol(title="Stress", readers=plan_readers(["A"], [])), NOW)
    ct = small_ct()
    add_image(study, "CT1", "P1", lambda path: sitk.WriteImage(ct.image, str(path)), {"modality": "CT"}, (), {}, NOW)
    import_clinical(study, clinical_tables(lymph_nodes, others), NOW)
    return study


def read_one(study: Study, key: ReadingKey) -> bool:
    """Open, contour and lock one reading; False where another writer was faster."""
    ct, contour = small_ct(), small_contour()
    try:
        open_reading(study, key, NOW)
        save_draft(study, key, lambda path: write_seg_nrrd(path, contour, ct), minutes=1, source="stress", software={})
        lock_reading(study, key, (), NOW)
    except DataRefusedError as refusal:
        if refusal.code in BEATEN:
            return False
        raise
    return True
