"""Whether a DICOM contour states the coordinate system of the CT."""

from __future__ import annotations

from RLNResponseLib.findings import Finding
from RLNResponseLib.imaging.records import CTImage


def check_frame_of_reference(stated: str, ct: CTImage, name: str) -> tuple[Finding, ...]:
    """The warning other-frame-of-reference where the contour `name` states another UID than the CT.

    Nothing where either states none ("" or None). A warning, not an error: de-identification often gives both new UIDs, and not the same.
    """
    if not stated or ct.frame_of_reference is None or stated == ct.frame_of_reference:
        return ()
    return (
        Finding(
            "other-frame-of-reference",
            "warning",
            f"The contour '{name}' states another DICOM frame of reference than the CT {ct.name}, so it may belong to another "
            "scan or patient; look at it on the CT before trusting the score.",
        ),
    )
