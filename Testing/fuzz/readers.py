"""The readers: what is spoilt of each, and the call that reads it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mutations
import structures

Words = list[str]
Change = Callable[[random.Random, bytes], tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One reader.

    name     in the table
    needs    the seeds, files or folders, that a case begins with
    spoil    changes one of them in the case's folder: which file, and how
    calls    of which one is tried: the words behind `rlnresponse`
    study    the study in the folder that must still verify whatever happened; None where there is none
    """

    name: str
    needs: tuple[str, ...]
    spoil: Callable[[random.Random, Path], tuple[Path, str]]
    calls: tuple[Words, ...]
    study: str | None = None

    def prepare(self, seeds: Path, folder: Path) -> None:
        """Copy the seeds into the folder of a case."""
        folder.mkdir()
        for name in self.needs:
            (shutil.copytree if (seeds / name).is_dir() else shutil.copy)(seeds / name, folder / name)


def _one_of(*files: tuple[str, Change]) -> Callable[[random.Random, Path], tuple[Path, str]]:
    def spoil(rng: random.Random, folder: Path) -> tuple[Path, str]:
        pattern, change = rng.choice(files)
        path = rng.choice(sorted(path for path in folder.glob(pattern) if path.is_file()))
        how, content = change(rng, path.read_bytes())
        path.write_bytes(content)
        return path, how

    return spoil


def _nrrd(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    return mutations.of_header(rng, data, data.index(b"\n\n") + 1)


def _metaimage(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    marks = (b"ElementDataFile = LOCAL\n", b"ElementDataFile = mask.raw\n")
    end = next(data.index(mark) + len(mark) for mark in marks if mark in data)
    return mutations.of_header(rng, data, end)


def _table_calls(file: str) -> tuple[Words, ...]:
    return (
        ["table1", file, "--by", "response"],
        ["endpoint", file, "--time", "months", "--event", "event", "--death", "death", "--output", "new.csv"],
        ["survival", file, "--time", "months", "--event", "event", "--group", "stage"],
        ["table1", file, "--by", "stage", "--json"],
    )


def _seen_by(image: str, mask: str) -> tuple[Words, ...]:
    return (["score", image, mask], ["segments", mask], ["score", image, mask, "--json", "--components"])


_SMALL_TEXT = ("study.toml", "patients.csv", "lymph_nodes.csv", "templates/*.csv")
_OF_READING = ("--lymph-node", "LN1", "--reader", "A", "--round", "1")

READERS: tuple[Reader, ...] = (
    Reader(
        name="NRRD",
        needs=("ct.nrrd", "mask.nrrd"),
        spoil=_one_of(("ct.nrrd", _nrrd), ("mask.nrrd", _nrrd)),
        calls=_seen_by("ct.nrrd", "mask.nrrd"),
    ),
    Reader(
        name=".seg.nrrd",
        needs=("ct.nrrd", "mask.seg.nrrd"),
        spoil=_one_of(("mask.seg.nrrd", _nrrd)),
        calls=_seen_by("ct.nrrd", "mask.seg.nrrd"),
    ),
    Reader(
        name="NIfTI",
        needs=("ct.nii", "mask.nii.gz"),
        spoil=_one_of(("ct.nii", structures.of_nifti), ("mask.nii.gz", structures.of_nifti)),
        calls=_seen_by("ct.nii", "mask.nii.gz"),
    ),
    Reader(
        name="MetaImage",
        needs=("ct.mha", "mask.mhd", "mask.raw"),
        spoil=_one_of(("ct.mha", _metaimage), ("mask.mhd", _metaimage), ("mask.raw", mutations.of_bytes)),
        calls=_seen_by("ct.mha", "mask.mhd"),
    ),
    Reader(
        name="DICOM CT",
        needs=("ct", "mask.nrrd"),
        spoil=_one_of(("ct/*.dcm", structures.of_dicom)),
        calls=(["score", "ct", "mask.nrrd"],),
    ),
    Reader(
        name="RTSTRUCT",
        needs=("ct.nrrd", "rs.dcm"),
        spoil=_one_of(("rs.dcm", structures.of_dicom)),
        calls=(["score", "ct.nrrd", "rs.dcm", "--segment", "LN1"], ["segments", "rs.dcm"]),
    ),
    Reader(
        name="DICOM SEG",
        needs=("ct.nrrd", "seg.dcm"),
        spoil=_one_of(("seg.dcm", structures.of_dicom)),
        calls=_seen_by("ct.nrrd", "seg.dcm"),
    ),
    Reader(
        name="CSV",
        needs=("table.csv",),
        spoil=_one_of(("table.csv", mutations.of_text)),
        calls=_table_calls("table.csv"),
    ),
    Reader(
        name="XLSX",
        needs=("table.xlsx",),
        spoil=_one_of(("table.xlsx", structures.of_workbook)),
        calls=_table_calls("table.xlsx"),
    ),
    Reader(
        name="Parquet",
        needs=("table.parquet",),
        spoil=_one_of(("table.parquet", structures.of_parquet)),
        calls=_table_calls("table.parquet"),
    ),
    Reader(
        name="clinical tables",
        needs=("empty-study", "patients.csv", "lymph_nodes.csv"),
        spoil=_one_of(("patients.csv", mutations.of_text), ("lymph_nodes.csv", mutations.of_text)),
        calls=(["study", "import-clinical", "empty-study", "--patients", "patients.csv", "--lymph-nodes", "lymph_nodes.csv"],),
        study="empty-study",
    ),
    Reader(
        name="CT into a study",
        needs=("study", "ct"),
        spoil=_one_of(("ct/*.dcm", structures.of_dicom)),
        calls=(["study", "import-ct", "study", "ct", "--patient", "P2", "--image", "CT2"],),
        study="study",
    ),
    Reader(
        name="contour into a study",
        needs=("study", "mask.seg.nrrd"),
        spoil=_one_of(("mask.seg.nrrd", _nrrd)),
        calls=(["study", "import-reading", "study", "mask.seg.nrrd", "--lymph-node", "LN2", "--reader", "A", "--round", "1"],),
        study="study",
    ),
    Reader(
        name="key file",
        needs=("study", "ct", "key.csv"),
        spoil=_one_of(("key.csv", mutations.of_text)),
        calls=(["study", "import-ct", "study", "ct", "--patient", "P2", "--image", "CT2", "--key-file", "key.csv"],),
        study="study",
    ),
    Reader(
        name="study files",
        needs=("study", "mask.nrrd"),
        spoil=_one_of(
            ("study/study.toml", mutations.of_text),
            ("study/audit/*.jsonl", structures.of_json),
            ("study/audit/*.jsonl", mutations.of_text),
            ("study/**/*.json", structures.of_json),
            ("study/*.csv", mutations.of_text),
            ("study/readings/**/*.nrrd", _nrrd),
            ("study/readings/**/*.sealed", mutations.of_bytes),
            ("study/images/*.nrrd", _nrrd),
        ),
        calls=(
            ["study", "verify", "study"],
            ["study", "verify", "study", "--json"],
            ["study", "status", "study", "--json"],
            ["study", "worklist", "study", "--reader", "B", "--round", "1"],
            ["study", "lock", "study", "--lymph-node", "LN1", "--reader", "B", "--round", "1"],
            ["study", "exclude", "study", "--patient", "P2", "--reason", "not squamous"],
            ["study", "import-reading", "study", "mask.nrrd", "--lymph-node", "LN2", "--reader", "A", "--round", "1"],
        ),
    ),
    Reader(
        name="model card",
        needs=("ct.nrrd", "mask.nrrd", "card.json"),
        spoil=_one_of(("card.json", structures.of_json)),
        calls=(["score", "ct.nrrd", "mask.nrrd", "--model", "card.json"],),
    ),
)  # fmt: skip
