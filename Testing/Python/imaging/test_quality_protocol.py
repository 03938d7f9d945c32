"""The acquisition against the paper's protocol: different is a warning, unstated is unknown."""

from dataclasses import replace

import pydicom
import pytest

from RLNResponseLib.imaging.checks.image import check_modality
from RLNResponseLib.imaging.checks.protocol import GU2021_PROTOCOL, check_protocol, is_enhanced
from RLNResponseLib.imaging.records import Acquisition

AS_THE_PAPER = Acquisition(
    modality="CT",
    kilovoltage_kv=120.0,
    tube_current_ma=320.0,
    exposure_mas=160.0,
    kernel="STANDARD",
    slice_thickness_mm=2.5,
    contrast_agent="OMNIPAQUE 350",
    contrast_route="IV",
    manufacturer="GE MEDICAL SYSTEMS",
    model_name="LightSpeed VCT",
    scan_delay_s=25.0,
)


def found(acquisition):
    return {finding.code: finding for finding in check_protocol(acquisition, GU2021_PROTOCOL)}


def test_the_papers_own_acquisition_has_no_finding():
    assert found(AS_THE_PAPER) == {}


@pytest.mark.parametrize(
    ("change", "code", "numbers"),
    [
        ({"kilovoltage_kv": 100.0}, "protocol-kilovoltage", {"stated_kv": 100.0, "protocol_kv": 120.0}),
        (
            {"exposure_mas": 40.0},
            "protocol-exposure",
            {"stated_mas": 40.0, "protocol_mas": 160.0, "tube_current_ma": 320.0},
        ),
        (
            {"exposure_mas": 321.0, "tube_current_ma": None},
            "protocol-exposure",
            {"stated_mas": 321.0, "protocol_mas": 160},
        ),
        ({"kernel": "B30f"}, "protocol-kernel", {"stated_kernel": "B30f", "protocol_kernel": "STANDARD"}),
        ({"contrast_agent": "NONE"}, "protocol-contrast", {}),
        ({"scan_delay_s": 70.0}, "protocol-delay", {"stated_s": 70.0, "protocol_s": 25.0}),
        (
            {"manufacturer": "SIEMENS", "model_name": "Sensation 16"},
            "protocol-scanner",
            {"stated_scanner": "SIEMENS Sensation 16", "protocol_scanner": "GE LightSpeed VCT"},
        ),
        (
            {"manufacturer": "Generic"},
            "protocol-scanner",
            {"stated_scanner": "Generic LightSpeed VCT", "protocol_scanner": "GE LightSpeed VCT"},
        ),
        (
            {"model_name": "LightSpeed16"},
            "protocol-scanner",
            {"stated_scanner": "GE MEDICAL SYSTEMS LightSpeed16", "protocol_scanner": "GE LightSpeed VCT"},
        ),
    ],
)
def test_a_fact_that_differs_is_one_warning(change, code, numbers):
    (finding,) = check_protocol(replace(AS_THE_PAPER, **change), GU2021_PROTOCOL)
    assert (finding.code, finding.severity, dict(finding.numbers)) == (code, "warning", numbers)


@pytest.mark.parametrize(
    "change",
    [
        {"kilovoltage_kv": 120.4},
        {"exposure_mas": 80.0},
        {"exposure_mas": 320.0},
        {"kernel": " Standard "},
        {"manufacturer": "GE Healthcare"},
        {"model_name": "LIGHTSPEED VCT "},
        {"scan_delay_s": 30.0},
    ],
)
def test_what_is_written_otherwise_or_is_within_tolerance_is_not_different(change):
    assert found(replace(AS_THE_PAPER, **change)) == {}


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("kilovoltage_kv", "tube voltage"),
        ("exposure_mas", "exposure"),
        ("kernel", "kernel"),
        ("scan_delay_s", "scan delay"),
        ("manufacturer", "manufacturer"),
        ("model_name", "model"),
    ],
)
def test_an_absent_fact_is_unknown_and_not_wrong(field, name):
    (finding,) = check_protocol(replace(AS_THE_PAPER, **{field: None}), GU2021_PROTOCOL)
    assert (finding.code, finding.severity) == ("protocol-unknown", "info")
    assert finding.numbers["unknown"] == name


def test_a_file_that_says_nothing_gives_one_remark():
    (finding,) = check_protocol(Acquisition(), GU2021_PROTOCOL)
    assert finding.message == (
        "The file does not say: tube voltage, exposure, kernel, contrast agent, scan delay, manufacturer, model; "
        "whether they are those of Gu et al. 2021 is unknown."
    )


@pytest.mark.parametrize(
    ("agent", "route", "enhanced"),
    [
        (None, None, None),
        ("", "", None),
        ("100", None, None),
        ("ISOVUE300/100", "IV", True),
        ("GASTRO & OMNI", "Oral & IV", True),
        ("IV", None, True),
        (None, "INTRAVENOUS", True),
        ("OMNIPAQUE 300, NON-IONIC", None, True),
        ("APPLIED", None, True),
        ("GASTROGRAFIN", "ORAL", False),
        ("Oral", None, False),
        ("CE", "ORAL", False),
        ("none", None, False),
        ("NO CONTRAST", None, False),
        ("Non-contrast", "IV", False),
        ("W/O CONTRAST", None, False),
        ("OMNIPAQUE", "NONE", False),
    ],
)
def test_contrast_agent_and_route_as_departments_write_them(agent, route, enhanced):
    assert is_enhanced(Acquisition(contrast_agent=agent, contrast_route=route)) is enhanced


def test_modality():
    assert check_modality(AS_THE_PAPER) == ()
    (unknown,) = check_modality(Acquisition())
    assert (unknown.code, unknown.severity) == ("modality-unknown", "info")
    assert check_modality(Acquisition(modality="ct ")) == ()
    assert [finding.code for finding in check_modality(Acquisition(modality="CR"))] == ["not-ct"]
    (other,) = check_modality(Acquisition(modality="MR"))
    assert (other.code, other.severity) == ("not-ct", "error")
    assert other.message == "The image is of modality MR, not CT; the scores are for CT only."


def test_no_finding_repeats_a_whole_free_text_tag():
    long = replace(AS_THE_PAPER, kernel="K" * 500, manufacturer="M" * 500, model_name="N" * 500)
    for finding in check_protocol(long, GU2021_PROTOCOL):
        assert len(finding.message) < 250


REAL = {
    "crlm1004_1-20.dcm": (
        {"protocol-exposure", "protocol-scanner", "protocol-unknown"},
        "scan delay",
    ),
    "crlm1006_1-20.dcm": ({"protocol-scanner", "protocol-unknown"}, "exposure, kernel, scan delay"),
    "lidc0002_noncontrast.dcm": (
        {"protocol-exposure", "protocol-scanner", "protocol-unknown"},
        "contrast agent, scan delay",
    ),
    "pydicom_CT_small.dcm": ({"protocol-scanner", "protocol-unknown"}, "scan delay"),
    "r01-001_no_manufacturer.dcm": (
        {"protocol-kernel", "protocol-unknown"},
        "contrast agent, scan delay, manufacturer, model",
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_real_headers(shared_data, name):
    findings = found(acquisition_of(shared_data / "headers-enhanced-ct" / name))
    codes, unknown = REAL[name]
    assert set(findings) == codes
    assert findings["protocol-unknown"].numbers["unknown"] == unknown


def test_a_real_planning_ct_without_acquisition_tags(shared_data):
    findings = found(acquisition_of(next((shared_data / "4dlung-ln-rtstruct" / "dicom_ct").glob("*.dcm"))))
    assert set(findings) == {"protocol-scanner", "protocol-unknown"}
    assert (
        findings["protocol-unknown"].numbers["unknown"] == "tube voltage, exposure, kernel, contrast agent, scan delay"
    )


def test_what_the_reader_did_not_know_is_not_named():
    unknown = Acquisition(modality="CT", manufacturer="other", model_name="other", kernel="other")
    findings = {finding.code: finding.message for finding in check_protocol(unknown, GU2021_PROTOCOL)}
    assert findings["protocol-scanner"].startswith("The CT comes from another scanner, the CT of")
    assert findings["protocol-kernel"].startswith("The CT was reconstructed with another kernel, the CT of")


def acquisition_of(file):
    """The tags as pydicom gives them; the reader's own function is tested with the reader."""
    data = pydicom.dcmread(file, stop_before_pixels=True)

    def number(tag):
        value = data.get(tag)
        return None if value is None else float(value)

    return Acquisition(
        modality=data.Modality,
        kilovoltage_kv=number("KVP"),
        tube_current_ma=number("XRayTubeCurrent"),
        exposure_mas=number("Exposure"),
        kernel=data.get("ConvolutionKernel"),
        contrast_agent=data.get("ContrastBolusAgent"),
        contrast_route=data.get("ContrastBolusRoute"),
        manufacturer=data.get("Manufacturer"),
        model_name=data.get("ManufacturerModelName"),
    )
