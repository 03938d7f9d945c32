"""A small study to extract from: six CT with two lymph nodes each, unblinded."""

import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.tables import Table
from RLNResponseLib.imaging.records import Contour, CTImage
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
CTS = 6
PER_CT = 2


def noise_ct(seed):
    """48 × 40 × 20 voxels of noise, oblique to the axes."""
    image = sitk.GetImageFromArray(np.random.default_rng(seed).normal(60, 20, (20, 40, 48)).astype(np.int16))
    image.SetSpacing((0.7, 0.7, 2.5))
    image.SetOrigin((-31.25, 12.5, 1003.7))
    turn = np.array([[np.cos(0.1), -np.sin(0.1), 0], [np.sin(0.1), np.cos(0.1), 0], [0, 0, 1]])
    image.SetDirection(turn.ravel().tolist())
    return CTImage(image=image)


def blob(seed):
    """A ragged contour somewhere in it, from one slice to the CT's border."""
    rng = np.random.default_rng(seed)
    k, j, i = np.ogrid[:20, :40, :48]
    centre = rng.uniform((2, 8, 8), (18, 32, 40))
    radius = rng.uniform((1.5, 4, 4), (4, 8, 8))
    far = sum(((axis - c) / r) ** 2 for axis, c, r in zip((k, j, i), centre, radius, strict=True))
    return Contour.from_full_grid(far + rng.uniform(0, 0.4, (20, 40, 48)) <= 1, f"drawn {seed}")


@pytest.fixture(scope="session")
def made_cohort_study(tmp_path_factory):
    return make_cohort_study(tmp_path_factory.mktemp("cohort") / "study")


@pytest.fixture
def cohort_study(made_cohort_study, tmp_path):
    """A copy of its own."""
    shutil.copytree(made_cohort_study.folder, tmp_path / "study")
    return Study.open(tmp_path / "study")


def make_cohort_study(folder):
    study = Study.create(folder, Protocol(title="Small", readers=plan_readers(["A"], [])), NOW)
    owners = {f"LN{ct}{which}": ct for ct in range(CTS) for which in range(PER_CT)}
    for ct in range(CTS):
        file = folder.parent / "ct.nrrd"
        sitk.WriteImage(noise_ct(ct).image, str(file))
        import_ct(study, file, f"P{ct}", f"CT{ct}", NOW)
    patients = Table(
        name="patients.csv", columns=PATIENT_HEADER[:1], rows=tuple({"patient": f"P{ct}"} for ct in range(CTS))
    )
    names = LYMPH_NODE_HEADER[:3]
    rows = tuple(dict(zip(names, (name, f"P{ct}", f"CT{ct}"), strict=True)) for name, ct in owners.items())
    import_clinical(study, parse_clinical(patients, Table(name="lymph_nodes.csv", columns=names, rows=rows)), NOW)
    for seed, (name, ct) in enumerate(owners.items()):
        key = ReadingKey(lymph_node=name, reader="A")
        open_reading(study, key, NOW)
        contour = blob(seed)
        write = lambda path, contour=contour, ct=ct: write_seg_nrrd(path, contour, noise_ct(ct))  # noqa: E731
        save_draft(study, key, write, minutes=1, source="test", software={})
        lock_reading(study, key, (), NOW)
    unblind(study, NOW)
    return study
