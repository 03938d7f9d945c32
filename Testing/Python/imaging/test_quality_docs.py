"""docs/checks.md lists exactly the findings that the source can give, with its limits."""

import inspect
import re
from pathlib import Path

import pytest

from RLNResponseLib.imaging import dicom_geometry, grid
from RLNResponseLib.imaging.checks import contour, image, intensity, protocol

ROOT = Path(__file__).resolve().parents[3]
MODULES = (contour, image, intensity, protocol)
# Checks that a reader makes too lie beside what they check.
ALSO = (
    grid.check_placement,
    dicom_geometry.check_slice_positions,
    dicom_geometry._duplicates,
    dicom_geometry._missing_or_uneven,
)
IN_SOURCE = re.compile(r'Finding\(\s*code="([a-z0-9-]+)",\s*severity="(error|warning|info)"')
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)

# The limits that the third column must name.
LIMITS = {
    "few-voxels": [contour.MINIMUM_VOXELS],
    "one-slice-only": [contour.MINIMUM_EXTENT - 1],
    "not-three-dimensional": [contour.MINIMUM_EXTENT - 1],
    "small-lymph-node": [contour.NORMAL_SHORT_AXIS_MM],
    "large-lymph-node": [contour.LARGE_EQUIVALENT_DIAMETER_MM],
    "iqr-unlike-lymph-node": intensity.LYMPH_NODE_IQR_HU,
    "mean-unlike-lymph-node": intensity.LYMPH_NODE_MEAN_HU,
    "air-inside": [100 * intensity.AIR_FRACTION, intensity.AIR_HU],
    "metal-inside": [intensity.METAL_HU],
    "values-not-hu": [
        100 * image.TISSUE_FRACTION,
        *image.FAT_AND_LIGHTER_HU,
        *image.SOFT_TISSUE_HU,
    ],
    "duplicate-slice-positions": [dicom_geometry.SAME_POSITION_MM],
    "missing-slices": [dicom_geometry.MISSING_SLICE_STEPS],
    "uneven-slice-spacing": [100 * dicom_geometry.UNEVEN_SPACING_FRACTION, dicom_geometry.UNEVEN_SPACING_MM],
    "thick-slices": [image.THICK_SLICE_MM],
    "anisotropic-voxels": [image.ANISOTROPY],
    "protocol-kilovoltage": [
        protocol.KILOVOLTAGE_TOLERANCE_KV,
        protocol.GU2021_PROTOCOL.kilovoltage_kv,
    ],
    "protocol-exposure": [protocol.EXPOSURE_FACTOR, protocol.GU2021_PROTOCOL.exposure_mas],
    "protocol-delay": [protocol.SCAN_DELAY_TOLERANCE_S, protocol.GU2021_PROTOCOL.scan_delay_s],
}


READERS = "## While reading"


def rows():
    return {code: (severity, when) for code, severity, when, *_ in ROW.findall(page().split(READERS)[0])}


def page():
    return (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


def test_the_page_lists_exactly_the_findings_of_the_source():
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in MODULES)
    source += "".join(map(inspect.getsource, ALSO))
    findings = IN_SOURCE.findall(source)
    assert len(findings) == source.count("Finding(\n") > 20
    assert {code: severity for code, (severity, _) in rows().items()} == dict(findings)
    assert len(ROW.findall(page().split(READERS)[0])) == len(dict(findings)) == len(findings)


@pytest.mark.parametrize("code", LIMITS)
def test_the_page_names_the_limits_of_the_source(code):
    numbers = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", rows()[code][1])
    for limit in LIMITS[code]:
        assert f"{limit:g}" in numbers


def test_the_page_lists_exactly_the_findings_of_the_readers():
    folder = Path(image.__file__).parents[1]
    own = {Path(module.__file__) for module in MODULES}
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")) if path not in own)
    # A reader that finds a gap uses the check's own code, which stands in its table.
    found = {code: severity for code, severity in IN_SOURCE.findall(source) if code not in rows()}
    listed = {code: severity for code, severity, *_ in ROW.findall(page().split(READERS)[1])}
    assert listed == found
    assert len(found) >= 6
