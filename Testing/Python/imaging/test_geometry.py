"""Any scan and any contour of it, written in any format on any grid: the voxels inside are those that were drawn, or
the files are refused; never others in silence."""

import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import highdicom
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydicom.sr.codedict import codes

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import LATTICE_TOLERANCE
from RLNResponseLib.imaging.load import read_contour, read_ct

CT_FORMATS = ("dicom", "ct.nrrd", "ct.nii", "ct.nii.gz", "ct.mha")
MASK_FORMATS = ("rtstruct", "seg", "mask.seg.nrrd", "mask.nrrd", "mask.nii.gz", "mask.mha")
LABEL = 3


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A made-up scan and a contour of it: one box of voxels on each of some slices.

    affine  3 × 3, millimetres along each axis of the index
    origin  of voxel (0, 0, 0)
    hu      [k, j, i]
    mask    the same shape
    """

    affine: np.ndarray
    origin: np.ndarray
    hu: np.ndarray
    mask: np.ndarray

    @property
    def inside(self):
        """The values that must be found, in no order: a voxel's place is not part of it."""
        return np.sort(self.hu[self.mask])

    def at(self, i, j, k):
        return self.affine @ (i, j, k) + self.origin

    def turned(self, order, flips):
        """The same scan, its axes stored in another order and direction."""
        corner = [self.hu.shape[2 - axis] - 1 if flips[axis] else 0 for axis in range(3)]
        columns = self.affine * np.where(flips, -1, 1)
        store = [2 - axis for axis in order][::-1]
        backwards = tuple(slice(None, None, -1 if flips[2 - axis] else 1) for axis in range(3))
        return Scan(
            affine=columns[:, order],
            origin=self.at(*corner),
            hu=self.hu[backwards].transpose(store),
            mask=self.mask[backwards].transpose(store),
        )

    def image(self, array):
        image = sitk.GetImageFromArray(np.ascontiguousarray(array))
        spacing = np.linalg.norm(self.affine, axis=0)
        image.SetSpacing(spacing.tolist())
        image.SetDirection((self.affine / spacing).ravel().tolist())
        image.SetOrigin(self.origin.tolist())
        return image


@st.composite
def scans(draw):
    """Oblique, right- and left-handed grids of a few voxels, each with a value of its own."""
    turn = np.eye(3)
    for axis in range(3):
        angle = draw(st.one_of(st.sampled_from((0, np.pi / 2, np.pi)), st.floats(-3, 3)))
        one, other, step = (axis + 1) % 3, (axis + 2) % 3, np.eye(3)
        step[one, one] = step[other, other] = np.cos(angle)
        step[one, other], step[other, one] = -np.sin(angle), np.sin(angle)
        turn = turn @ step
    signs = [draw(st.sampled_from((1, -1))) for _ in range(3)]
    spacing = [draw(st.floats(0.4, 1.5)), draw(st.floats(0.4, 1.5)), draw(st.floats(0.6, 6))]
    size = [draw(st.integers(5, 8)) for _ in range(3)]
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    mask = np.zeros(size, dtype=bool)
    first, last = sorted(rng.choice(size[0], 2, replace=False))
    for k in range(first, last + 1):
        (j, below), (i, right) = (sorted(rng.choice(length + 1, 2, replace=False)) for length in size[1:])
        mask[k, j:below, i:right] = True
    return Scan(
        affine=turn * signs * spacing,
        origin=np.array([draw(st.floats(-300, 300)) for _ in range(3)]),
        hu=rng.permutation(mask.size).reshape(size).astype(np.int16) - 200,
        mask=mask,
    )


def numbers(values):
    return [f"{value:.9f}"[:16] for value in values]


def write_dicom(scan, folder, write_slice, rng, shifts=None):
    """The slices, in files and under numbers in any order; each may lie `shifts[k]` steps off its place."""
    folder.mkdir()
    names, slope = rng.permutation(len(scan.hu)), rng.choice((0.5, 1))
    slices = []
    for k, values in enumerate(scan.hu):
        intercept = rng.choice((-1024, -500, 0))
        stored = ((values - intercept) / slope).astype(np.int16)
        step = k + (0 if shifts is None else shifts[k])
        slices.append(
            write_slice(
                folder / f"{names[k]}.dcm",
                pixels=stored,
                InstanceNumber=str(rng.integers(1, 99)),
                ImagePositionPatient=numbers(scan.at(0, 0, step)),
                ImageOrientationPatient=numbers((scan.affine / np.linalg.norm(scan.affine, axis=0))[:, :2].T.ravel()),
                PixelSpacing=numbers(np.linalg.norm(scan.affine, axis=0)[1::-1]),
                SliceThickness=numbers(np.linalg.norm(scan.affine, axis=0))[2],
                RescaleSlope=str(slope),
                RescaleIntercept=str(intercept),
            )
        )
    return slices


def write_mask(scan, kind, folder, tools, slices):
    """The contour in one of `MASK_FORMATS`; `slices` are the headers of the scan as DICOM, where there are any."""
    if kind == "rtstruct":
        outlines = []
        for k in np.flatnonzero(scan.mask.any(axis=(1, 2))):
            j, i = (np.flatnonzero(scan.mask[k].any(axis=axis)) for axis in (1, 0))
            sides = (i[0] - 0.5, i[-1] + 0.5), (j[0] - 0.5, j[-1] + 0.5)
            corners = [(sides[0][x], sides[1][y]) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
            place = scan.at(0, 0, k) if slices is None else np.array(slices[k].ImagePositionPatient, dtype=float)
            outlines.append([scan.affine[:, :2] @ corner + place for corner in corners])
        tools.rng.shuffle(outlines)
        return tools.write_rtstruct(folder / "rt.dcm", {"LN": outlines})
    if kind == "seg":
        segment = highdicom.seg.SegmentDescription(1, "LN", codes.SCT.Tissue, codes.SCT.LymphNode, "MANUAL")
        uid = highdicom.UID
        mask = scan.mask.astype(np.uint8)
        seg = highdicom.seg.Segmentation(
            slices, mask, "BINARY", [segment], uid(), 1, uid(), 1, "m", "m", "1", "x", omit_empty_frames=tools.cropped
        )
        seg.save_as(folder / "seg.dcm")
        return folder / "seg.dcm"
    scan = scan.turned(tools.order, tools.flips)
    dtype = np.uint8 if kind.endswith("seg.nrrd") else tools.dtype
    image = scan.image(scan.mask.astype(dtype) * dtype(LABEL))
    if tools.cropped:
        box = [np.flatnonzero(scan.mask.any(axis=axes)) for axes in ((0, 1), (0, 2), (1, 2))]
        image = image[tuple(slice(int(hit[0]), int(hit[-1]) + 1) for hit in box)]
    image.SetOrigin((np.array(image.GetOrigin()) + scan.affine @ np.full(3, tools.shift)).tolist())
    if kind.endswith("seg.nrrd"):
        for key, value in {"ID": "Segment_1", "Name": "LN", "LabelValue": str(LABEL), "Layer": "0"}.items():
            image.SetMetaData(f"Segment0_{key}", value)
    sitk.WriteImage(image, str(folder / kind))
    return folder / kind


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scan=scans(),
    ct_format=st.sampled_from(CT_FORMATS),
    mask_format=st.sampled_from(MASK_FORMATS),
    # A contour's grid off the CT's, in voxels: kept, or said; and slices off their even places, in steps.
    shift=st.sampled_from((0, 0, 0, 0.004, -0.3, 0.45)),
    uneven=st.sampled_from((0, 0.08)),
    order=st.permutations(range(3)),
    flips=st.tuples(*[st.booleans()] * 3),
    dtypes=st.tuples(st.sampled_from((np.int16, np.int32, np.float32)), st.sampled_from((np.uint8, np.float32))),
    cropped=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_the_voxels_are_those_that_were_drawn_or_it_is_said(
    tmp_path_factory, write_slice, write_rtstruct, scan, ct_format, mask_format, shift, uneven, order, flips, dtypes,
    cropped, seed,
):  # fmt: skip
    folder, rng = tmp_path_factory.mktemp("scan"), np.random.default_rng(seed)
    tools = SimpleNamespace(
        rng=rng, write_rtstruct=write_rtstruct, order=order, flips=flips, dtype=dtypes[1], cropped=cropped, shift=shift
    )
    is_dicom, is_label_map = ct_format == "dicom", mask_format not in ("rtstruct", "seg")
    shifts = rng.uniform(-uneven, uneven, len(scan.hu)) if uneven and is_dicom else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom and highdicom on long numbers
        needed = is_dicom or mask_format == "seg"
        slices = write_dicom(scan, folder / "dicom", write_slice, rng, shifts) if needed else None
        mask = write_mask(scan, mask_format, folder, tools, slices)
    if not is_dicom:
        # Outlines lie in slices, so the slices of their CT must be stored as such.
        axes = (*rng.permutation(2), 2) if mask_format == "rtstruct" else tuple(rng.permutation(3))
        stored = scan.turned(axes, tuple(rng.random(3) < 0.5))
        sitk.WriteImage(stored.image(stored.hu.astype(dtypes[0])), str(folder / ct_format))
    on_the_ct = (shift == 0 or abs(shift) < LATTICE_TOLERANCE or not is_label_map) and shifts is None
    try:
        ct = read_ct(folder / ct_format)
        contour = read_contour(mask, ct)
    except DataRefusedError as refusal:
        event(f"refused: {refusal.code}")
        # Nothing that lies on the CT's own voxels is turned away.
        if on_the_ct:
            raise
        return
    found = np.sort(sitk.GetArrayViewFromImage(ct.image)[contour.box][contour.voxels])
    said = {finding.code for finding in (*ct.findings, *contour.findings)}
    event("uneven" if shifts is not None else "on the CT" if on_the_ct else "off the CT")
    if on_the_ct:
        assert said == set()
    if "resampled-contour" not in said:
        assert np.array_equal(found, scan.inside)
        figures = [scan.mask.sum(), scan.inside.mean(), scan.inside.min(), scan.inside.max()]
        assert [found.size, found.mean(), found.min(), found.max()] == pytest.approx(figures)
