"""Makes the pictures of the docs: python tools/pictures.py. Everything in them is simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from matplotlib.figure import Figure

from RLNResponseLib.demo.cohort_patients import plan_cohort
from RLNResponseLib.demo.cohort_study import read_patient
from RLNResponseLib.demo.phantom import SPACING_MM, make_phantom
from RLNResponseLib.demo.readers import READERS, draw
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.figures.drawing import drawing_style, save_figure
from RLNResponseLib.report.figures.lesion import write_lesion_figure
from RLNResponseLib.study.records import ReadingKey

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WINDOW = {"cmap": "gray", "vmin": -135, "vmax": 215}


def phantom_levels() -> None:
    """Eight levels of the phantom at full size, from the heart to the neck."""
    phantom = make_phantom(1)
    array = sitk.GetArrayFromImage(phantom.ct.image)
    figure = Figure(figsize=(12, 6.2), layout="constrained")
    for axes, k in zip(figure.subplots(2, 4).flat, (8, 30, 35, 44, 58, 66, 80, 95), strict=True):
        axes.imshow(array[k], **WINDOW)
        axes.set_axis_off()
        axes.set_title(f"k = {k}", fontsize=9)
        for contour in phantom.truth:
            mask = contour.full_grid(array.shape)[k]
            if mask.any():
                axes.contour(mask, [0.5], colors="#f0e442", linewidths=1)
    save_figure(figure, FOLDER / "phantom.png")


def readings() -> None:
    """Five slices of each lymph node: the truth, reader A twice, reader B once."""
    phantom = make_phantom(1, size=(160, 160, 44))
    array = sitk.GetArrayFromImage(phantom.ct.image)
    figure = Figure(figsize=(10, 8.4), layout="constrained")
    for row, truth in zip(figure.subplots(4, 5), phantom.truth, strict=True):
        drawn = [
            draw(truth, SPACING_MM, array.shape, r, n, 7)
            for r, n in ((READERS[0], 1), (READERS[0], 2), (READERS[1], 1))
        ]
        k, j, i = truth.box
        view = (slice(max(0, j.start - 14), j.stop + 14), slice(max(0, i.start - 14), i.stop + 14))
        for axes, level in zip(row, np.linspace(k.start, k.stop - 1, 5).astype(int), strict=True):
            axes.imshow(array[level][view], **WINDOW)
            axes.set_axis_off()
            for contour, colour in zip((truth, *drawn), ("white", "#f0e442", "#e69f00", "#56b4e9"), strict=True):
                mask = contour.full_grid(array.shape)[level][view]
                if mask.any():
                    axes.contour(mask, [0.5], colors=colour, linewidths=1.3)
        row[0].set_title(truth.name, fontsize=9, loc="left")
    save_figure(figure, FOLDER / "readers.png")


def cohort() -> None:
    """Twelve lymph nodes of simulated patients, the middle slice of each: reader A twice, reader B once."""
    plan = [patient for patient in plan_cohort(77, np.random.default_rng(1)) if len(patient.lymph_nodes) == 3][:4]
    figure = Figure(figsize=(7.5, 5.9), layout="constrained")
    row = iter(figure.subplots(3, 4).T.flat)
    for patient in plan:
        read = read_patient(patient, 1)
        array = sitk.GetArrayFromImage(read.ct.image)
        for name in patient.lymph_nodes:
            axes = next(row)
            first = read.contours[ReadingKey(lymph_node=name, reader="A")]
            k = (first.box[0].start + first.box[0].stop) // 2
            axes.imshow(array[k], **WINDOW)
            axes.set_axis_off()
            axes.set_title(f"{name}, Rad-score {read.scores[name][0]:.2f}", fontsize=6)
            for (reader, number), colour in zip(
                (("A", 1), ("A", 2), ("B", 1)), ("#f0e442", "#e69f00", "#56b4e9"), strict=True
            ):
                mask = read.contours[ReadingKey(lymph_node=name, reader=reader, round=number)].full_grid(array.shape)[k]
                if mask.any():
                    axes.contour(mask, [0.5], colors=colour, linewidths=0.9)
    save_figure(figure, FOLDER / "cohort.png")


def lesion() -> None:
    """The picture that the README shows."""
    phantom = make_phantom(1, size=(256, 256, 60))
    contour = phantom.truth[2]
    result = score_contour(phantom.ct, contour, published_models())
    write_lesion_figure(FOLDER / "lesion.png", phantom.ct, contour, result)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with drawing_style():
        phantom_levels()
        readings()
        cohort()
    lesion()
