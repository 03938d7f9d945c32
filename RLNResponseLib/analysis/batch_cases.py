"""The cases of a batch: the rows of a table, or the folders in which nnU-Net keeps images and labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.row_cells import WorkTable
from RLNResponseLib.common.wording import one_line

CASE_COLUMNS = ("case", "image", "mask")
CASE_OPTIONS = ("segment", "component", "threshold", "series", "acquisition")
DATASET = "dataset.json"
_FOLDERS = (("imagesTr", "labelsTr"), ("imagesTs", "labelsTs"))
_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
_CHANNEL = re.compile(r"(.+)_(\d{4})", re.DOTALL)
_MAXIMUM_BYTES = 20_000_000
# Of nnU-Net's labels: what is no structure.
_NO_STRUCTURE = ("ignore",)
_CT = "ct"


@dataclass(frozen=True, kw_only=True)
class BatchCase:
    """One CT with one contour, or with all labels of a mask.

    Attributes
    ----------
    where
        As the user finds it: "cases.csv, row 4", "imagesTr, case_007".
    name
        Of the case.
    image, mask
        The files; None where the row does not say.
    segment, component, threshold, series, acquisition
        As `score` takes them.
    all_labels
        Every label of the mask is scored, as nnU-Net's masks hold several.
    label_names
        Of the labels, by number, where they have names.
    shown
        Image and mask as the table writes them.
    refusal
        Why it cannot be done at all; None where it can be tried.
    """

    where: str
    name: str
    image: Path | None = None
    mask: Path | None = None
    segment: str | None = None
    component: int | None = None
    threshold: float | None = None
    series: str | None = None
    acquisition: int | None = None
    all_labels: bool = False
    label_names: Mapping[int, str] = field(default_factory=dict)
    shown: tuple[str, str] = ("", "")
    refusal: DataRefusedError | None = None


def cases_of_table(work: WorkTable) -> tuple[BatchCase, ...]:
    """The cases that a table lists, one a row; a row that says something impossible carries its refusal.

    Parameters
    ----------
    work
        With `CASE_COLUMNS` and, where they are needed, `CASE_OPTIONS`.

    Returns
    -------
    tuple of BatchCase
    """
    return tuple(_case_of_row(work, row) for row in range(len(work.table.rows)))


def _case_of_row(work: WorkTable, row: int) -> BatchCase:
    cells, where = work.table.rows[row], work.where(row)
    name, shown = work.stated(row, "case") or "", (cells["image"], cells["mask"])
    try:
        return BatchCase(
            where=where,
            name=work.text(row, "case"),
            image=work.path(row, "image"),
            mask=work.path(row, "mask"),
            segment=work.stated(row, "segment"),
            component=work.whole_number(row, "component"),
            threshold=work.fraction(row, "threshold"),
            series=work.stated(row, "series"),
            acquisition=work.whole_number(row, "acquisition"),
            shown=shown,
        )
    except DataRefusedError as refusal:
        return BatchCase(where=where, name=name, shown=shown, refusal=refusal)


def cases_of_folder(folder: Path) -> tuple[tuple[BatchCase, ...], tuple[str, ...]]:
    """The cases of nnU-Net's folders: imagesTr with labelsTr, imagesTs with labelsTs.

    An image is <case>_0000.nii.gz (the four digits are its channel), its labels <case>.nii.gz. Where dataset.json lies
    beside, it names the labels, the channels and the files' ending.

    Parameters
    ----------
    folder
        That holds these folders.

    Returns
    -------
    tuple of BatchCase, and tuple of str
        By name, and what is to be said of the folder. Labels without an image, and images without labels beside
        others that have them, carry their refusal.

    Raises
    ------
    DataRefusedError
        no-cases, bad-dataset.
    """
    labels, channels, ending = _dataset(folder / DATASET)
    cases: list[BatchCase] = []
    notes: list[str] = []
    for images_name, labels_name in _FOLDERS:
        masks = _files(folder / labels_name, ending)
        if not masks:
            continue
        images: dict[str, dict[int, Path]] = {}
        for stem, path in _files(folder / images_name, ending).items():
            parts = _CHANNEL.fullmatch(stem)
            if parts is None:
                notes.append(f"{images_name}/{path.name} is no image of nnU-Net (<case>_0000) and was left out.")
            else:
                images.setdefault(parts[1], {})[int(parts[2])] = path
        for name in sorted({*images, *masks}):
            cases.append(_nnunet_case(name, images.get(name), masks.get(name), channels, labels, images_name))
    if not cases:
        raise DataRefusedError(
            f"{folder.name} holds no cases of nnU-Net: images in imagesTr with labels in labelsTr, or in imagesTs and "
            "labelsTs; name such a folder, or a table of cases.",
            "no-cases",
        )
    only = channels.get(0, "") if len(channels) == 1 else ""
    if only and only.casefold() != _CT:
        notes.append(f"{DATASET} calls the only channel '{one_line(only)}'; it is read as a CT in HU.")
    return tuple(cases), tuple(notes)


def _files(folder: Path, ending: str | None) -> dict[str, Path]:
    """The files of a folder by their names without the ending, which may have two parts; none where there is none."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        own = next((each for each in (_ENDINGS if ending is None else (ending,)) if path.name.endswith(each)), None)
        if own is not None and not path.name.startswith("."):
            found[path.name.removesuffix(own)] = path
    return found


def _nnunet_case(
    name: str,
    channels_found: Mapping[int, Path] | None,
    mask: Path | None,
    channels: Mapping[int, str],
    labels: Mapping[int, str],
    images_name: str,
) -> BatchCase:
    where = f"{images_name}, {name}"
    image, fault = None, ""
    if channels_found:
        wanted = [number for number in channels_found if channels.get(number, "").casefold() == _CT]
        if len(channels_found) == 1:
            wanted = list(channels_found)
        if len(wanted) == 1:
            image = channels_found[wanted[0]]
        else:
            fault = (
                f"The case has {len(channels_found)} channels, and {DATASET} does not say which one of them is the CT "
                '("channel_names"); say it there, or list the cases in a table.'
            )
    else:
        fault = f"There is no image {name}_0000 in {images_name}; add it, or take the labels away."
    if mask is None and not fault:
        fault = f"There are no labels for the case in {images_name.replace('images', 'labels')}; add them."
    return BatchCase(
        where=where,
        name=name,
        image=image,
        mask=mask,
        all_labels=True,
        label_names=labels,
        shown=tuple(f"{file.parent.name}/{file.name}" if file else "" for file in (image, mask)),  # type: ignore[arg-type]
        refusal=DataRefusedError(fault, "incomplete-case") if fault else None,
    )


def _dataset(path: Path) -> tuple[dict[int, str], dict[int, str], str | None]:
    """Labels and channels by number, and the files' ending, as dataset.json states them; "" names what is ignored."""
    if not path.exists():
        return {}, {}, None
    try:
        if not path.is_file() or path.stat().st_size > _MAXIMUM_BYTES:
            raise ValueError
        data = json.loads(path.read_bytes())
        labels = dict(_numbered(data.get("labels", {})))
        channels = dict(_numbered(data.get("channel_names", data.get("modality", {}))))
        ending = data.get("file_ending")
        if ending is not None and (not isinstance(ending, str) or not ending.startswith(".")):
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise DataRefusedError(
            f"{DATASET} does not hold what nnU-Net writes there; correct it, or take it away.", "bad-dataset"
        ) from None
    structures = {number: name for number, name in labels.items() if number and name not in _NO_STRUCTURE}
    ignored = {number: "" for number, name in labels.items() if name in _NO_STRUCTURE}
    return {**structures, **ignored}, channels, ending


def _numbered(stated: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Number and name, as nnU-Net 1 ({"1": "tumour"}) and nnU-Net 2 ({"tumour": 1}) write them."""
    for key, value in stated.items():
        if isinstance(value, list):
            raise DataRefusedError(
                f"{DATASET} makes the region '{one_line(key)}' of several labels, which are not joined here; list the "
                "cases in a table, with the label that is meant as their segment.",
                "bad-dataset",
            )
        number, name = (value, key) if isinstance(value, int) and not isinstance(value, bool) else (int(key), value)
        if not isinstance(name, str) or not name.strip():
            raise TypeError
        yield number, name
