"""A small study with a passed clock: two patients, three lymph nodes, two CT of 60 voxels, two readers of whom A
repeats."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import add_image, import_clinical
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import Reading, ReadingKey
from RLNResponseLib.study.study import Study

FIRST_DAY = datetime(2026, 1, 10, 12, tzinfo=UTC)
PATIENTS = "patient,gender,age_years,died,follow_up_months\nP1,male,61,no,30\nP2,female,58,yes,12.5\n"
LYMPH_NODES = (
    "lymph_node,patient,image,recist,local_control_months\nLN1,P1,CT1,PR,26.5\nLN2,P1,CT1,SD,9\nLN3,P2,CT2,CR,30\n"
)


class SmallStudy:
    """The study, and what tests do with it again and again. The CT and contours are written as bytes of a NRRD."""

    def __init__(self, study: Study) -> None:
        self.study, self.folder, self.store = study, study.folder, study.store

    def on(self, day: int = 0) -> Now:
        """Noon, so many days after the first."""
        return Now(FIRST_DAY + timedelta(days=day))

    def tables(self, patients: str = PATIENTS, lymph_nodes: str = LYMPH_NODES) -> ClinicalTables:
        """Clinical tables from their text."""
        return parse_clinical(
            parse_csv(patients.encode(), "patients.csv"), parse_csv(lymph_nodes.encode(), "lymph_nodes.csv")
        )

    def draw(self, key: ReadingKey, content: bytes = b"contour", minutes: float | None = 4) -> None:
        """Save a draft of an open reading."""
        save_draft(
            self.study, key, lambda path: path.write_bytes(content), minutes=minutes, source="a test", software={}
        )

    def read(self, key: ReadingKey, day: int = 0, reason: str | None = None, content: bytes = b"contour") -> Reading:
        """Open, draw and lock a reading."""
        open_reading(self.study, key, self.on(day), reason)
        self.draw(key, content)
        return lock_reading(self.study, key, (), self.on(day))

    def logs(self) -> dict[str, bytes]:
        """Every audit log, as it lies there."""
        return {path.name: path.read_bytes() for path in sorted((self.folder / "audit").glob("*.jsonl"))}

    def tree(self) -> dict[str, bytes]:
        """Every file of the folder, as it lies there."""
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


def code_of(act: Callable[[], object]) -> str:
    """The code with which `act` refuses."""
    with pytest.raises(DataRefusedError) as caught:
        act()
    assert str(caught.value).endswith(".")
    return caught.value.code


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, made once; tests get copies."""
    folder = tmp_path_factory.mktemp("made") / "study"
    small = SmallStudy(
        Study.create(folder, Protocol(title="Small", readers=plan_readers(["A", "B"], ["A"])), Now(FIRST_DAY), "ward")
    )
    ct = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    for image, patient in (("CT1", "P1"), ("CT2", "P2")):
        add_image(
            small.study,
            image,
            patient,
            lambda path: sitk.WriteImage(ct, str(path)),
            {"modality": "CT"},
            (),
            {},
            small.on(),
        )
    import_clinical(small.study, small.tables(), small.on())
    return folder


@pytest.fixture
def small(made: Path, tmp_path: Path) -> SmallStudy:
    """The study before any reading, opened by another process of the same workstation."""
    shutil.copytree(made, tmp_path / "study")
    return SmallStudy(Study.open(tmp_path / "study", "ward"))


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], str]:
    """`code_of`."""
    return code_of
