"""A simplified neck and mediastinum after esophagectomy: which HU is where, slice by slice.

Coordinates are the patient's: x to the left, y to the back, z to the head, in mm; z = 0 is the carina. Positions and
sizes are those of a textbook adult, rounded; HU are those of the late arterial phase (25 s after the contrast agent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

AIR_HU = -1000.0
LUNG_HU = -860.0
FAT_HU = -95.0
MUSCLE_HU = 58.0
ARTERY_HU = 265.0
VEIN_HU = 150.0
CORTICAL_HU = 620.0
SPONGY_HU = 190.0
STOMACH_WALL_HU = 62.0
FLUID_HU = 12.0


@dataclass(frozen=True, kw_only=True)
class Tube:
    """A vessel or airway: a polyline of centres with a radius, filled with one HU.

    Attributes
    ----------
    points_mm
        (x, y, z) of the centres.
    radius_mm
        Of the inside; the wall lies around it.
    hu
        Inside.
    wall_mm, wall_hu
        Of the wall: its thickness and HU.
    """

    points_mm: tuple[tuple[float, float, float], ...]
    radius_mm: float
    hu: float
    wall_mm: float = 0.0
    wall_hu: float = MUSCLE_HU


TUBES: tuple[Tube, ...] = (
    # Descending aorta, arch and ascending aorta as one.
    Tube(
        points_mm=((28, 44, -150), (28, 42, 20), (24, 24, 37), (8, -6, 42), (-10, -26, 32), (-14, -32, 0)),
        radius_mm=12.5,
        hu=ARTERY_HU,
    ),
    Tube(points_mm=((-14, -32, 0), (-6, -36, -60), (4, -40, -150)), radius_mm=15.0, hu=ARTERY_HU),
    # Pulmonary trunk and its two branches.
    Tube(points_mm=((16, -30, -60), (18, -28, -12), (22, -2, -6)), radius_mm=12.0, hu=ARTERY_HU - 60),
    Tube(points_mm=((18, -24, -14), (-8, -8, -16), (-42, 2, -18)), radius_mm=9.5, hu=ARTERY_HU - 60),
    # Superior vena cava and the brachiocephalic veins.
    Tube(
        points_mm=((-30, -24, -60), (-30, -22, 30), (-27, -24, 52), (-34, -18, 90), (-38, -8, 190)),
        radius_mm=8.0,
        hu=VEIN_HU,
    ),
    Tube(points_mm=((-27, -25, 50), (0, -36, 58), (28, -26, 74), (36, -8, 190)), radius_mm=6.0, hu=VEIN_HU),
    # Brachiocephalic trunk, carotids, subclavian arteries.
    Tube(
        points_mm=((-2, -16, 42), (-12, -12, 62), (-20, -6, 85), (-27, -2, 110), (-29, 0, 190)),
        radius_mm=5.0,
        hu=ARTERY_HU,
    ),
    Tube(points_mm=((10, -4, 42), (14, -6, 70), (24, -3, 105), (28, 0, 190)), radius_mm=4.0, hu=ARTERY_HU),
    Tube(points_mm=((20, 10, 40), (24, 8, 72), (40, 4, 98), (58, 8, 103), (84, 20, 100)), radius_mm=4.5, hu=ARTERY_HU),
    Tube(points_mm=((-20, -4, 86), (-40, 2, 99), (-58, 8, 103), (-84, 20, 100)), radius_mm=4.5, hu=ARTERY_HU),
    # Trachea and main bronchi, with their wall.
    Tube(points_mm=((0, 8, 0), (0, 4, 60), (0, -2, 110), (0, -6, 190)), radius_mm=8.5, hu=AIR_HU, wall_mm=1.6),
    Tube(points_mm=((0, 8, 2), (-26, 14, -26), (-44, 16, -34)), radius_mm=6.5, hu=AIR_HU, wall_mm=1.4),
    Tube(points_mm=((0, 8, 2), (30, 16, -30), (48, 18, -40)), radius_mm=6.0, hu=AIR_HU, wall_mm=1.4),
)


def draw_plane(x: Plane, y: Plane, z: float) -> Plane:
    """HU without noise at height `z` on the coordinates `x` [1, i] and `y` [j, 1]; returns [j, i].

    Parameters
    ----------
    x
        Position to the left of the midline, mm.
    y
        Position behind the centre, mm.
    z
        Position along the body axis, mm.

    Returns
    -------
    Plane
    """
    plane = np.full(np.broadcast_shapes(x.shape, y.shape), AIR_HU, dtype=np.float32)
    body = _body(x, y, z)
    plane[body < 0] = FAT_HU
    plane[body < -_fat_thickness(z)] = MUSCLE_HU
    _draw_chest(plane, x, y, z, body)
    _draw_neck(plane, x, y, z)
    _draw_spine(plane, x, y, z)
    _draw_gastric_tube(plane, x, y, z)
    _draw_tubes(plane, x, y, z)
    return plane


def _blend(z: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, smooth between."""
    t = min(1.0, max(0.0, (z - low) / (high - low)))
    return t * t * (3 - 2 * t)


def _ellipse(x: Plane, y: Plane, centre: tuple[float, float], axes: tuple[float, float]) -> Plane:
    """About the signed distance to an ellipse in mm: negative inside."""
    radius: Plane = np.sqrt(((x - centre[0]) / axes[0]) ** 2 + ((y - centre[1]) / axes[1]) ** 2)
    return (radius - 1) * np.float32(min(axes))


def _body(x: Plane, y: Plane, z: float) -> Plane:
    neck = _blend(z, 85, 140)
    wide, deep = 168 - 98 * neck, 108 - 40 * neck
    return _ellipse(x, y, (0.0, 12 * (1 - neck) + 8 * neck), (wide, deep))


def _fat_thickness(z: float) -> float:
    return 12 - 6 * _blend(z, 85, 140)


def _draw_chest(plane: Plane, x: Plane, y: Plane, z: float, body: Plane) -> None:
    """Mediastinal fat, the lungs with their small vessels, ribs and sternum."""
    if z > 110:
        return
    inner = body + _fat_thickness(z) + 14
    apex = np.sqrt(max(0.0, 1 - (max(0.0, z + 40) / 138) ** 2))
    plane[(_ellipse(x, y, (0.0, -4.0), (38.0, 64.0)) < 0) & (inner < 6)] = FAT_HU
    for side in (-1, 1):
        if apex > 0.1:
            lung = _ellipse(x, y, (side * 80.0, 18.0), (54 * apex, 84 * apex))
            inside = (lung < 0) & (inner < 0)
            branches = np.sin(x * 0.62 + z * 0.19) * np.sin(y * 0.57 - z * 0.23) * np.sin((x + y) * 0.21 + z * 0.31)
            plane[inside] = LUNG_HU + 40 * (y + 0 * x)[inside] / 80
            plane[inside & (branches > 0.93)] = 20.0
    if z < -28:
        size = float(np.sqrt(1 - min(1.0, (z + 85) / 57) ** 2)) if z > -85 else 1.0
        plane[_ellipse(x, y, (14.0, -24.0), (54 * size + 2, 40 * size + 2)) < 0] = MUSCLE_HU + 35
        plane[_ellipse(x, y, (32.0, -22.0), (24 * size + 1, 22 * size + 1)) < 0] = ARTERY_HU - 15
        plane[_ellipse(x, y, (-12.0, -30.0), (22 * size + 1, 24 * size + 1)) < 0] = VEIN_HU
    angle = np.arctan2(y - 12, x)
    rib = (np.abs(inner - 1.5) < 4.5) & (np.sin(0.21 * z + 3.2 * np.abs(np.abs(angle) - 0.7)) > 0.35) & (np.abs(x) > 34)
    plane[rib] = SPONGY_HU
    plane[rib & (np.abs(np.abs(inner - 1.5) - 3.8) < 0.9)] = CORTICAL_HU
    if z < 72:
        sternum = _ellipse(x, y, (0.0, -74.0 + 0.12 * max(0.0, z)), (19.0, 7.0))
        plane[sternum < 0] = CORTICAL_HU
        plane[sternum < -1.8] = SPONGY_HU
    else:
        for side in (-1, 1):
            clavicle = _ellipse(x, y, (side * (40.0 + 1.8 * (z - 72)), -52.0 + 0.6 * (z - 72)), (17.0, 6.0))
            plane[(clavicle < 0) & (body < -8)] = CORTICAL_HU
            plane[(clavicle < -2) & (body < -10)] = SPONGY_HU


def _draw_neck(plane: Plane, x: Plane, y: Plane, z: float) -> None:
    """Fat between the muscles of neck and thoracic inlet, and the thyroid beside the trachea."""
    if z < 70:
        return
    spaces = _ellipse(x, y, (0.0, -4.0), (50.0 - 12 * _blend(z, 85, 140), 36.0))
    plane[spaces < 0] = FAT_HU
    for side in (-1, 1):
        strap = _ellipse(x, y, (side * 40.0, -22.0), (9.0, 13.0))
        plane[strap < 0] = MUSCLE_HU
        if 92 < z < 140:
            thyroid = _ellipse(x, y, (side * 15.0, -6.0), (8.0, 10.0 * np.sqrt(1 - ((z - 116) / 25) ** 2) + 0.5))
            plane[thyroid < 0] = 165.0


def _draw_spine(plane: Plane, x: Plane, y: Plane, z: float) -> None:
    disc = np.cos(2 * np.pi * z / 26) > 0.82
    body = _ellipse(x, y, (0.0, 62.0 - 14 * _blend(z, 85, 140)), (18.0, 15.0))
    centre = 62.0 - 14 * _blend(z, 85, 140)
    arch = _ellipse(x, y, (0.0, centre + 24), (15.0, 13.0))
    process = (np.abs(x) < 4.5) & (y > centre + 34) & (y < centre + 52) & (_body(x, y, z) < -_fat_thickness(z) - 2)
    plane[(arch < 0) | process] = CORTICAL_HU * 0.6
    plane[arch < -5] = 30.0
    plane[body < 0] = 85.0 if disc else CORTICAL_HU
    if not disc:
        plane[body < -1.6] = SPONGY_HU


def _draw_gastric_tube(plane: Plane, x: Plane, y: Plane, z: float) -> None:
    """The stomach pulled up behind the trachea, where the esophagus was: a wall, fluid, and air above it."""
    if z > 118:
        return
    width = 15 - 6 * _blend(z, 30, 100)
    centre = (-17.0 * (1 - _blend(z, 0, 80)), 36.0 - 14 * _blend(z, 30, 110))
    tube = _ellipse(x, y, centre, (width, width * 0.8))
    plane[tube < 0] = STOMACH_WALL_HU
    lumen = tube < -3.2
    plane[lumen] = FLUID_HU
    plane[lumen & (y < centre[1] - 1.5)] = AIR_HU + 20


def _draw_tubes(plane: Plane, x: Plane, y: Plane, z: float) -> None:
    reached = [(tube, distance) for tube in TUBES if (distance := _distance(tube, x, y, z)) is not None]
    # All walls before all lumens, so that a bronchus opens into the trachea.
    for tube, distance in reached:
        plane[distance < tube.radius_mm + tube.wall_mm] = tube.wall_hu
    for tube, distance in reached:
        plane[distance < tube.radius_mm] = tube.hu


def _distance(tube: Tube, x: Plane, y: Plane, z: float) -> Any:
    """Distance of every point of the plane at `z` to the tube's polyline, None where the plane is out of its reach."""
    nearest: Any = None
    reach = tube.radius_mm + tube.wall_mm
    for start, stop in zip(tube.points_mm, tube.points_mm[1:], strict=False):
        if not min(start[2], stop[2]) - reach < z < max(start[2], stop[2]) + reach:
            continue
        along = [b - a for a, b in zip(start, stop, strict=True)]
        length = sum(step * step for step in along)
        offset = (x - start[0]) * along[0] + (y - start[1]) * along[1] + (z - start[2]) * along[2]
        t = np.clip(offset / length, 0, 1)
        dx, dy, dz = (here - (start[axis] + t * along[axis]) for axis, here in ((0, x), (1, y), (2, np.float32(z))))
        distance = np.sqrt(dx * dx + dy * dy + dz * dz)
        nearest = distance if nearest is None else np.minimum(nearest, distance)
    return nearest
