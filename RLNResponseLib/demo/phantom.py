"""A contrast CT of neck and mediastinum with lymph nodes of known shape, texture and HU, simulated and never a patient;
and the real lesions that `rlnresponse demo` scores beside it.

The same seed gives the same CT: every number comes from numpy's PCG64, seeded with it. docs/phantom.md says how it is
made.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.anatomy import draw_plane
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage

SPACING_MM = (0.68, 0.68, 2.5)
SMALLEST_SIZE = (128, 128, 40)
# The middle of the CT lies this far above the carina, so that the smallest one still holds the default lymph nodes.
CENTRE_MM = (0.0, 2.0, 22.0)
NOISE_SD_HU = 9.0
# The standard kernel: neighbouring pixels of the noise are related over about a pixel.
NOISE_CORRELATION_PIXELS = 0.7
# The scanner's in-plane point spread, as the SD of a Gaussian.
BLUR_MM = 0.55

ACQUISITION = Acquisition(
    modality="CT",
    kilovoltage_kv=120.0,
    tube_current_ma=320.0,
    exposure_mas=160.0,
    kernel="STANDARD",
    slice_thickness_mm=2.5,
    contrast_agent="simulated, intravenous",
    contrast_route="IV",
    manufacturer="GE (simulated)",
    model_name="LightSpeed VCT",
    scan_delay_s=25.0,
)


@dataclass(frozen=True, kw_only=True)
class LymphNodeSpec:
    """One lymph node: an ellipsoid with lobes, a texture, and a darker core where it is necrotic.

    Attributes
    ----------
    station
        Name of the lymph node station.
    centre_mm
        (x, y, z), patient's left, back and head from the carina.
    semi_axes_mm
        Of the ellipsoid, before it is turned.
    rotation_deg
        In the axial plane.
    mean_hu
        Of the solid part.
    texture_sd_hu
        SD of the tissue's own texture; noise comes on top.
    texture_mm
        How far the texture is related (SD of its Gaussian filter).
    core_fraction
        The part of the radius that is necrotic, 0 for none.
    core_hu
        Of the necrotic part.
    lobulation
        How far the lobes go in and out, as a part of the radius.
    """

    station: str
    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    rotation_deg: float = 0.0
    mean_hu: float = 75.0
    texture_sd_hu: float = 8.0
    texture_mm: float = 1.5
    core_fraction: float = 0.0
    core_hu: float = 25.0
    lobulation: float = 0.06


LYMPH_NODES: tuple[LymphNodeSpec, ...] = (
    LymphNodeSpec(
        station="4R lower paratracheal",
        centre_mm=(-20, 0, 17),
        semi_axes_mm=(8, 10, 12),
        rotation_deg=25,
        mean_hu=88,
        texture_sd_hu=14,
    ),
    LymphNodeSpec(
        station="2R upper paratracheal",
        centre_mm=(-16, 10, 57),
        semi_axes_mm=(6, 7.5, 9),
        rotation_deg=-20,
        mean_hu=66,
        texture_sd_hu=4,
    ),
    LymphNodeSpec(
        station="7 subcarinal",
        centre_mm=(4, 20, -15),
        semi_axes_mm=(9, 6, 9),
        rotation_deg=10,
        mean_hu=72,
        core_fraction=0.55,
        texture_sd_hu=6,
    ),
    LymphNodeSpec(
        station="106recL left recurrent nerve",
        centre_mm=(15, 15, 62),
        semi_axes_mm=(5.5, 6.5, 7),
        rotation_deg=35,
        mean_hu=50,
        texture_sd_hu=1,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Phantom:
    """A made CT, and what is true of it.

    Attributes
    ----------
    ct
        The image.
    truth
        The true contour of each lymph node on its grid, in the order of `specs`.
    specs
        What each lymph node was made by.
    seed
        What the noise was drawn by.
    """

    ct: CTImage
    truth: tuple[Contour, ...]
    specs: tuple[LymphNodeSpec, ...]
    seed: int

    __repr__ = short_repr


def make_phantom(
    seed: int,
    lymph_nodes: Sequence[LymphNodeSpec] | None = None,
    size: tuple[int, int, int] = (512, 512, 100),
    spacing_mm: tuple[float, float, float] = SPACING_MM,
) -> Phantom:
    """The phantom of this seed.

    Parameters
    ----------
    seed
        What every random draw is derived from.
    lymph_nodes
        The default four where None.
    size
        (i, j, k) voxels, at least 128 × 128 × 40; a smaller CT shows less of the body, at the same scale.
    spacing_mm
        (x, y, z), mm.

    Returns
    -------
    Phantom
        HU as 16-bit integers, axes (left, back, head).

    Raises
    ------
    DataRefusedError
        small-phantom, outside-phantom where the size is too small or a lymph node not wholly inside.
    """
    if any(length < least for length, least in zip(size, SMALLEST_SIZE, strict=True)):
        raise DataRefusedError(
            f"A phantom of {size[0]} × {size[1]} × {size[2]} voxels is too small; make it at least 128 × 128 × 40.",
            "small-phantom",
        )
    specs = LYMPH_NODES if lymph_nodes is None else tuple(lymph_nodes)
    rng = np.random.default_rng(seed)
    x, y, z = _coordinates(size, spacing_mm)
    volume = np.stack([draw_plane(x, y, float(height)) for height in z])
    truth = tuple(_place(volume, spec, number, (x, y, z), spacing_mm, rng) for number, spec in enumerate(specs, 1))
    _blur_and_add_noise(volume, spacing_mm, rng)
    return Phantom(ct=_ct(volume, spacing_mm, (x, y, z)), truth=truth, specs=specs, seed=seed)


Axes = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def _coordinates(size: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Axes:
    """x [1, i], y [j, 1] and z [k] of the voxel centres in mm."""
    x, y, z = (
        ((np.arange(length) - (length - 1) / 2) * step + centre).astype(np.float32)
        for length, step, centre in zip(size, spacing_mm, CENTRE_MM, strict=True)
    )
    return x[None, :], y[:, None], z


def _place(
    volume: NDArray[np.float32],
    spec: LymphNodeSpec,
    number: int,
    axes: Axes,
    spacing_mm: tuple[float, float, float],
    rng: np.random.Generator,
) -> Contour:
    """Draw one lymph node into the volume and return its true contour."""
    from scipy.ndimage import gaussian_filter

    radius = _relative_radius(spec, axes)
    name = f"LN{number} {spec.station}"
    inside = radius < 1
    if not inside.any() or any(face.any() for face in _faces(inside)):
        raise DataRefusedError(
            f"The lymph node '{name}' is not wholly inside the phantom; move it or make the phantom larger.",
            "outside-phantom",
        )
    contour = Contour.from_full_grid(inside, name)
    sigma = [spec.texture_mm / step for step in spacing_mm[::-1]]
    texture = gaussian_filter(rng.standard_normal(contour.voxels.shape), sigma, mode="wrap")
    texture *= spec.texture_sd_hu / max(float(texture.std()), 1e-9)
    hu = spec.mean_hu + texture
    if spec.core_fraction:
        necrosis = 1 / (1 + np.exp((radius[contour.box] - spec.core_fraction) / 0.05))
        hu += necrosis * (spec.core_hu - spec.mean_hu)
    volume[contour.box][contour.voxels] = hu[contour.voxels]
    return contour


def _relative_radius(spec: LymphNodeSpec, axes: Axes) -> NDArray[np.float32]:
    """Distance from the centre as a part of the radius in that direction, [k, j, i]: below 1 inside."""
    x, y, z = axes[0][None] - spec.centre_mm[0], axes[1][None] - spec.centre_mm[1], axes[2] - spec.centre_mm[2]
    z = z[:, None, None]
    angle = np.deg2rad(np.float32(spec.rotation_deg))
    u = (x * np.cos(angle) + y * np.sin(angle)) / spec.semi_axes_mm[0]
    v = (y * np.cos(angle) - x * np.sin(angle)) / spec.semi_axes_mm[1]
    w = z / spec.semi_axes_mm[2]
    around = np.arctan2(v, u)
    squared = u * u + v * v + w * w
    # Lobes fade towards the poles, where their directions meet.
    equator = (u * u + v * v) / np.maximum(squared, np.float32(1e-6))
    lobes = 1 + spec.lobulation * equator * (np.sin(3 * around + 1.7 * w) + 0.5 * np.sin(5 * around - w))
    radius: NDArray[np.float32] = np.sqrt(squared) / lobes
    return radius


def _faces(inside: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    return [np.take(inside, end, axis=axis) for axis in range(3) for end in (0, -1)]


def _blur_and_add_noise(
    volume: NDArray[np.float32], spacing_mm: tuple[float, float, float], rng: np.random.Generator
) -> None:
    """The scanner's point spread and correlated noise of the stated SD, slice by slice in place."""
    from scipy.ndimage import gaussian_filter

    sigma = [BLUR_MM / spacing_mm[1], BLUR_MM / spacing_mm[0]]
    # The SD of white noise after the filter, from the filter's own weights.
    impulse = np.zeros((15, 15), dtype=np.float32)
    impulse[7, 7] = 1
    gain = float(np.sqrt((gaussian_filter(impulse, NOISE_CORRELATION_PIXELS) ** 2).sum()))
    for plane in volume:
        gaussian_filter(plane, sigma, output=plane)
        noise = gaussian_filter(rng.standard_normal(plane.shape, dtype=np.float32), NOISE_CORRELATION_PIXELS)
        plane += noise * np.float32(NOISE_SD_HU / gain)


def _ct(volume: NDArray[np.float32], spacing_mm: tuple[float, float, float], axes: Axes) -> CTImage:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.clip(np.rint(volume), -1024, 3071).astype(np.int16))
    image.SetSpacing(spacing_mm)
    image.SetOrigin([float(axes[0][0, 0]), float(axes[1][0, 0]), float(axes[2][0])])
    return CTImage(image=image, acquisition=ACQUISITION, name="phantom (simulated)")


FOLDER_VARIABLE = "RLNRESPONSE_PYRADIOMICS_DATA"
REAL_CASES = ("lung1", "lung2")
PHANTOM_SEED = 1
PHANTOM_SIZE = (256, 256, 60)


@dataclass(frozen=True)
class DemoLesions:
    """What to score, and one sentence on what it is.

    Attributes
    ----------
    origin
        One sentence on what it is.
    lesions
        CT and contour of each.
    """

    origin: str
    lesions: tuple[tuple[CTImage, Contour], ...]

    __repr__ = short_repr


def real_lesions_folder() -> Path | None:
    """The folder with pyradiomics' lung1 and lung2, which `make demo` fills in a clone; None where there is none.

    Returns
    -------
    Path or None
    """
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / ".cache" / "pyradiomics-data"
    files = [folder / f"{case}_{part}.nrrd" for case in REAL_CASES for part in ("image", "label")]
    return folder if all(file.is_file() for file in files) else None


def phantom_lymph_nodes() -> DemoLesions:
    """The lymph nodes of a small simulated chest CT.

    Returns
    -------
    DemoLesions
    """
    phantom = make_phantom(PHANTOM_SEED, size=PHANTOM_SIZE)
    return DemoLesions(
        "Lymph nodes of a simulated chest CT: the kind of lesion that the scores are made for.",
        tuple((phantom.ct, contour) for contour in phantom.truth),
    )


def real_lesions() -> DemoLesions | None:
    """pyradiomics' two real lung lesions; None where they are not on this machine.

    Returns
    -------
    DemoLesions or None
    """
    folder = real_lesions_folder()
    if folder is None:
        return None
    lesions = []
    for case in REAL_CASES:
        ct = read_ct(folder / f"{case}_image.nrrd")
        contour = read_contour(folder / f"{case}_label.nrrd", ct)
        lesions.append(
            (ct, Contour(name=case, voxels=contour.voxels, corner=contour.corner, findings=contour.findings))
        )
    return DemoLesions(
        "Two real CT from pyradiomics' source distribution, with lung lesions: tumours, not lymph nodes. A score can "
        "be computed for anything; lung1's lies so far from the paper's lymph nodes that no group is given.",
        tuple(lesions),
    )
