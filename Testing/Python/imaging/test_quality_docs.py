"""docs/checks.md lists exactly the findings that the source can give, with its limits."""

import re
from pathlib import Path

import pytest

from RLNResponseLib.imaging import (
    contour_checks,
    image_checks,
    intensity_checks,
    protocol_checks,
    size_checks,
    slice_checks,
)

ROOT = Path(__file__).resolve().parents[3]
MODULES = (contour_checks, image_checks, intensity_checks, protocol_checks, size_checks, slice_checks)
IN_SOURCE = re.compile(r'Finding\(\s*"([a-z0-9-]+)",\s*"(error|warning|info)"')
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)

# The limits that the third column must name.
LIMITS = {
    "few-voxels": [contour_checks.MINIMUM_VOXELS],
    "one-slice-only": [contour_checks.MINIMUM_EXTENT - 1],
    "not-three-dimensional": [contour_checks.MINIMUM_EXTENT - 1],
    "small-lymph-node": [size_checks.NORMAL_SHORT_AXIS_MM],
    "large-lymph-node": [size_checks.LARGE_EQUIVALENT_DIAMETER_MM],
    "iqr-unlike-lymph-node": intensity_checks.LYMPH_NODE_IQR_HU,
    "mean-unlike-lymph-node": intensity_checks.LYMPH_NODE_MEAN_HU,
    "air-inside": [100 * intensity_checks.AIR_FRACTION, intensity_checks.AIR_HU],
    "metal-inside": [intensity_checks.METAL_HU],
    "values-not-hu": [
        100 * image_checks.TISSUE_FRACTION,
        *image_checks.FAT_AND_LIGHTER_HU,
        *image_checks.SOFT_TISSUE_HU,
    ],
    "duplicate-slice-positions": [slice_checks.SAME_POSITION_MM],
    "missing-slices": [slice_checks.MISSING_SLICE_STEPS],
    "uneven-slice-spacing": [100 * slice_checks.UNEVEN_SPACING_FRACTION, slice_checks.UNEVEN_SPACING_MM],
    "thick-slices": [image_checks.THICK_SLICE_MM],
    "anisotropic-voxels": [image_checks.ANISOTROPY],
    "protocol-kilovoltage": [
        protocol_checks.KILOVOLTAGE_TOLERANCE_KV,
        protocol_checks.GU2021_PROTOCOL.kilovoltage_kv,
    ],
    "protocol-exposure": [protocol_checks.EXPOSURE_FACTOR, protocol_checks.GU2021_PROTOCOL.exposure_mas],
    "protocol-delay": [protocol_checks.SCAN_DELAY_TOLERANCE_S, protocol_checks.GU2021_PROTOCOL.scan_delay_s],
}


READERS = "## While reading"


def rows():
    return {code: (severity, when) for code, severity, when, *_ in ROW.findall(page().split(READERS)[0])}


def page():
    return (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


def test_the_page_lists_exactly_the_findings_of_the_source():
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in MODULES)
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
    folder = Path(slice_checks.__file__).parent
    own = {Path(module.__file__) for module in MODULES}
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")) if path not in own)
    # A reader that finds a gap uses the check's own code, which stands in its table.
    found = {code: severity for code, severity in IN_SOURCE.findall(source) if code not in rows()}
    listed = {code: severity for code, severity, *_ in ROW.findall(page().split(READERS)[1])}
    assert listed == found
    assert len(found) >= 6
