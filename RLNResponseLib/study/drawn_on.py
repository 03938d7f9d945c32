"""Whether a DICOM contour was drawn on an image of the study, which keeps no UIDs: the CT's own files are asked."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.dicom_references import contour_references
from RLNResponseLib.imaging.load import read_ct
from RLNResponseLib.imaging.stored import voxels_digest
from RLNResponseLib.study.study import Study


def refuse_other_ct(study: Study, image: str, contour: Path, ct: Path) -> None:
    """Refuse a contour whose UIDs are not those of a CT, or a CT whose voxels are not the image's.

    Parameters
    ----------
    study
        An opened study.
    image
        Identifier of the image that the contour is imported for.
    contour
        A DICOM SEG or RTSTRUCT.
    ct
        The DICOM series that it was drawn on.

    Raises
    ------
    DataRefusedError
        no-references (the contour or the CT states no UIDs), other-ct (of the contour), not-the-study-ct, and what
        `read_ct` refuses.
    """
    name, folder = one_line(contour.name), one_line(ct.name)
    source = read_ct(ct)
    stated = contour_references(contour)
    if stated is None or not stated.series or source.series is None:
        which = folder if source.series is None else name
        raise DataRefusedError(
            f"{which} states no DICOM series, so it cannot be told whether the contour was drawn on this CT; leave out "
            "--ct, and look at the contour on the CT.",
            "no-references",
        )
    frame = source.frame_of_reference
    if source.series not in stated.series or (frame is not None and stated.frames and frame not in stated.frames):
        raise DataRefusedError(
            f"The contour {name} refers to another DICOM series or frame of reference than the CT {folder}; name the "
            "CT that it was drawn on.",
            "other-ct",
        )
    entry = study.image(image)
    stored = entry.voxels_sha256 or voxels_digest(read_ct(study.image_file(image)).image)
    if voxels_digest(source.image) != stored:
        raise DataRefusedError(
            f"The voxels of the CT {folder} are not those of the study's image '{image}'; name the CT that was "
            "imported as it, or the lymph node of this CT.",
            "not-the-study-ct",
        )
