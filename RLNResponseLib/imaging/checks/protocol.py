"""Whether the CT was acquired as the paper's were; what the file does not say is unknown, not wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.known_words import UNRECOGNISED
from RLNResponseLib.imaging.records import Acquisition

# Tube voltages come in steps of 10 or 20 kV; the difference is only how the number was written.
KILOVOLTAGE_TOLERANCE_KV = 1.0

# Noise goes with 1/√mAs: twice or half the exposure changes it by 1.4. On the ACR phantom features that are reliable at
# 200 mAs are mostly not at 25 (GE, STANDARD and SOFT kernels; PMID 30854461).
EXPOSURE_FACTOR = 2.0

# The arterial and the venous phase are tens of seconds apart; nobody notes a delay more exactly than this.
SCAN_DELAY_TOLERANCE_S = 5.0

_NONE_GIVEN = re.compile(r"\b(?:no|none|nil|without|unenhanced|noncontrast|non[- ](?:contrast|enhanced))\b|w/o", re.I)
_NOT_INTRAVENOUS = {"oral", "po", "rectal", "and", "water", "barium", "gastro", "gastrografin", "gastrographin"}


@dataclass(frozen=True, kw_only=True)
class AcquisitionProtocol:
    """What the CT of a published score were acquired with.

    citation          who says so, for messages
    kilovoltage_kv    tube voltage
    exposure_mas      exposure
    kernel            reconstruction kernel, as the manufacturer names it
    scan_delay_s      from the start of the intravenous contrast agent to the scan
    manufacturer      the first word of the manufacturer's name
    model_name        the scanner's model
    """

    citation: str
    kilovoltage_kv: float
    exposure_mas: float
    kernel: str
    scan_delay_s: float
    manufacturer: str
    model_name: str


GU2021_PROTOCOL = AcquisitionProtocol(
    citation="Gu et al. 2021",
    kilovoltage_kv=120.0,
    exposure_mas=160.0,
    kernel="STANDARD",
    scan_delay_s=25.0,
    manufacturer="GE",
    model_name="LightSpeed VCT",
)


def check_protocol(acquisition: Acquisition, protocol: AcquisitionProtocol) -> tuple[Finding, ...]:
    """A warning for each fact that differs from the protocol, and one remark that lists those the file does not give.

    Parameters
    ----------
    acquisition
        What the file says of the scan; None where it does not say.
    protocol
        What the CT should have been acquired with.

    Returns
    -------
    tuple of Finding
        protocol-kilovoltage, -exposure, -kernel, -contrast, -delay and -scanner (warnings); protocol-unknown (info).
    """
    differing = (
        _voltage(acquisition, protocol),
        _exposure(acquisition, protocol),
        _kernel(acquisition, protocol),
        _contrast(acquisition, protocol),
        _delay(acquisition, protocol),
        _scanner(acquisition, protocol),
    )
    return (*(finding for finding in differing if finding), *_unknown(acquisition, protocol))


def is_enhanced(acquisition: Acquisition) -> bool | None:
    """Whether an intravenous contrast agent was given, by what the file says of agent and route.

    Parameters
    ----------
    acquisition
        What the file says of the scan.

    Returns
    -------
    bool or None
        None where the file says nothing of agent and route.
    """
    agent, route = acquisition.contrast_agent or "", acquisition.contrast_route or ""
    if _NONE_GIVEN.search(agent) or _NONE_GIVEN.search(route):
        return False
    agent_words, route_words = _words(agent), _words(route)
    if not agent_words and not route_words:
        return None
    if route_words:
        return not route_words <= _NOT_INTRAVENOUS
    return not agent_words <= _NOT_INTRAVENOUS


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _voltage(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    stated, wanted = acquisition.kilovoltage_kv, protocol.kilovoltage_kv
    if stated is None or abs(stated - wanted) <= KILOVOLTAGE_TOLERANCE_KV:
        return None
    return Finding(
        code="protocol-kilovoltage",
        severity="warning",
        message=f"The CT was acquired at {stated:g} kV, the CT of {protocol.citation} at {wanted:g} kV: HU of "
        f"contrast agent and bone differ.",
        numbers={"stated_kv": stated, "protocol_kv": wanted},
    )


def _exposure(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    stated, wanted = acquisition.exposure_mas, protocol.exposure_mas
    if stated is None or wanted / EXPOSURE_FACTOR <= stated <= wanted * EXPOSURE_FACTOR:
        return None
    numbers: dict[str, float | int | str] = {"stated_mas": stated, "protocol_mas": wanted}
    if acquisition.tube_current_ma is not None:
        numbers["tube_current_ma"] = acquisition.tube_current_ma
    return Finding(
        code="protocol-exposure",
        severity="warning",
        message=f"The file states an exposure of {stated:g} mAs, the CT of {protocol.citation} had {wanted:g} mAs: "
        f"noise, and with it texture, differ (some scanners write this number wrongly; check it).",
        numbers=numbers,
    )


def _kernel(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    stated, wanted = acquisition.kernel, protocol.kernel
    if stated is None or stated.strip().casefold() == wanted.casefold():
        return None
    words = "another kernel" if stated == UNRECOGNISED else f"the kernel {stated[:32]}"
    return Finding(
        code="protocol-kernel",
        severity="warning",
        message=f"The CT was reconstructed with {words}, the CT of {protocol.citation} with "
        f"{wanted}: noise and texture differ.",
        numbers={"stated_kernel": stated[:32], "protocol_kernel": wanted},
    )


def _contrast(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    if is_enhanced(acquisition) is not False:
        return None
    return Finding(
        code="protocol-contrast",
        severity="warning",
        message=f"The file states that no contrast agent was given into a vein, the CT of {protocol.citation} were "
        "contrast-enhanced: HU of the lymph node differ.",
    )


def _delay(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    stated, wanted = acquisition.scan_delay_s, protocol.scan_delay_s
    if stated is None or abs(stated - wanted) <= SCAN_DELAY_TOLERANCE_S:
        return None
    return Finding(
        code="protocol-delay",
        severity="warning",
        message=f"The CT was started {stated:g} s after the contrast agent, the CT of {protocol.citation} {wanted:g} "
        f"s after it: HU of the lymph node differ.",
        numbers={"stated_s": stated, "protocol_s": wanted},
    )


def _scanner(acquisition: Acquisition, protocol: AcquisitionProtocol) -> Finding | None:
    maker, model = acquisition.manufacturer, acquisition.model_name
    same_maker = maker is None or protocol.manufacturer.casefold() in maker.casefold().split()
    same_model = model is None or model.strip().casefold() == protocol.model_name.casefold()
    if same_maker and same_model:
        return None
    stated = " ".join(part[:32] for part in (maker, model) if part and part != UNRECOGNISED) or "another scanner"
    wanted = f"{protocol.manufacturer} {protocol.model_name}"
    return Finding(
        code="protocol-scanner",
        severity="warning",
        message=f"The CT comes from {stated}, the CT of {protocol.citation} from {wanted}: noise and texture may "
        f"differ.",
        numbers={"stated_scanner": stated, "protocol_scanner": wanted},
    )


def _unknown(acquisition: Acquisition, protocol: AcquisitionProtocol) -> tuple[Finding, ...]:
    facts = {
        "tube voltage": acquisition.kilovoltage_kv,
        "exposure": acquisition.exposure_mas,
        "kernel": acquisition.kernel,
        "contrast agent": is_enhanced(acquisition),
        "scan delay": acquisition.scan_delay_s,
        "manufacturer": acquisition.manufacturer,
        "model": acquisition.model_name,
    }
    missing = [name for name, value in facts.items() if value is None]
    if not missing:
        return ()
    listed = ", ".join(missing)
    return (
        Finding(
            code="protocol-unknown",
            severity="info",
            message=f"The file does not say: {listed}; whether they are those of {protocol.citation} is unknown.",
            numbers={"unknown": listed},
        ),
    )
