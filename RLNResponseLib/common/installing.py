"""How the panel asks pip for what is not installed: the call, the versions that stay, how far it is, and why it
refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from RLNResponseLib.common.requirements import Lack

# What Slicer 5.12 bundles: other extensions rely on it, so an installation never replaces one.
_BUNDLED = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "pillow", "packaging", "requests")
_DOWNLOAD = re.compile(r"^\s*Downloading \S+ \(([\d.]+) (kB|MB)\)", re.MULTILINE)
_NO_WHEEL = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)")
_LAST_ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)
_PUTTING_IN_PLACE = "Installing collected packages"

_PROXY = "set HTTPS_PROXY to the proxy's address (http://host:port)"
_FOLDER = "install from a folder of wheels"


def pip_arguments(lacks: Sequence[Lack], constraints: Path, wheels: Path | None = None) -> list[str]:
    """The arguments of `python -m pip` that install what is lacking, wheels only: nothing is compiled.

    Parameters
    ----------
    lacks
        What is not installed, or in a version that does not serve.
    constraints
        A file with `kept_versions`.
    wheels
        A folder of wheels instead of the registry: nothing is fetched then.

    Returns
    -------
    list of str
    """
    source = [] if wheels is None else ["--no-index", "--find-links", str(wheels)]
    return [
        "install", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--progress-bar=off",
        "--constraint", str(constraints), *source, *(each for lack in lacks for each in lack.requirement.specifiers),
    ]  # fmt: skip


def kept_versions(lacks: Sequence[Lack]) -> str:
    """Constraints for pip: what is installed of Slicer's own stays as it is, but for what itself is lacking.

    Parameters
    ----------
    lacks
        What is not installed, or in a version that does not serve.

    Returns
    -------
    str
    """
    lacking = {lack.requirement.name for lack in lacks}
    lines = []
    for name in _BUNDLED:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        if name not in lacking:
            lines.append(f"{name}=={version}\n")
    return "".join(lines)


def megabytes(lacks: Sequence[Lack]) -> tuple[int, int]:
    """What is to be fetched, and what it takes on the disk, about; at least 1 each.

    Parameters
    ----------
    lacks
        What is not installed, or in a version that does not serve.

    Returns
    -------
    tuple[int, int]
    """
    download = sum(lack.requirement.download_mb for lack in lacks)
    disk = sum(lack.requirement.disk_mb for lack in lacks)
    return max(1, round(download)), max(1, round(disk))


def fetched_mb(said: str) -> float:
    """The megabytes of the files that pip has said it is downloading.

    Parameters
    ----------
    said
        What pip has printed.

    Returns
    -------
    float
    """
    return sum(float(size) * (0.001 if unit == "kB" else 1) for size, unit in _DOWNLOAD.findall(said))


def is_putting_in_place(said: str) -> bool:
    """Whether pip has everything and writes into Python's own folder now, where it must not be stopped.

    Parameters
    ----------
    said
        What pip has printed.

    Returns
    -------
    bool
    """
    return _PUTTING_IN_PLACE in said


def pip_refusal(said: str, from_folder: bool) -> str:
    """Why pip failed and what to do, in one sentence, from everything that it said.

    Parameters
    ----------
    said
        What pip has printed.
    from_folder
        Whether pip took the packages from a folder.

    Returns
    -------
    str
    """
    if any(word in said for word in ("CERTIFICATE_VERIFY_FAILED", "SSLCertVerificationError", "SSLError")):
        return (
            "The connection was refused because the network's proxy has a certificate of its own: set PIP_CERT and "
            f"REQUESTS_CA_BUNDLE to its file (.pem) and start Slicer again, or {_FOLDER}."
        )
    if "ProxyError" in said or "Tunnel connection failed" in said:
        return f"The network's proxy refused the connection: {_PROXY} and start Slicer again, or {_FOLDER}."
    if "No space left" in said:
        return "The disk is full; make room and press the button again."
    if "Permission denied" in said or "Access is denied" in said:
        return "Slicer's own folder cannot be written; start Slicer once with the rights of whoever installed it."
    if "ResolutionImpossible" in said or "conflicting dependencies" in said:
        return (
            "Another extension of Slicer holds a version that does not go with these packages; use a Slicer of its own "
            "for RLNResponse."
        )
    missing = _NO_WHEEL.search(said)
    if missing is not None and from_folder:
        return (
            f"The folder has no wheel of {missing[1]} for this system and Python; fill it again as docs/slicer.md "
            f"says, Set-up without internet."
        )
    if missing is not None or "NewConnectionError" in said or "Failed to establish a new connection" in said:
        advice = f"check the network, {_PROXY} where there is one, or {_FOLDER}"
        return f"The registry of packages could not be reached: {advice}."
    errors = _LAST_ERROR.findall(said)
    reason = f" ({errors[-1][:150].rstrip('.')})" if errors else ""
    return f"The packages could not be installed{reason}; press the button again, or {_FOLDER}."
