"""What of a CT may enter the study: the voxels with their geometry, and acquisition facts in words that are on a list.

Nothing is removed from a header; nothing of a header is taken but what is named here. Free text ("kernel", "model")
may hold a person's name where nobody expects it, so a text is written anew from known words (`imaging.known_words`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.known_words import known_acquisition
from RLNResponseLib.imaging.records import Acquisition

# Digits behind the point that a scanner means; more of them could spell a date.
_DECIMALS = 3


def bare_image(image: Any) -> Any:
    """The voxels and geometry of an image, without the metadata that its file may have carried.

    Parameters
    ----------
    image
        A SimpleITK image.

    Returns
    -------
    SimpleITK.Image
        A copy with the same spacing, origin and direction.

    """
    import SimpleITK as sitk

    bare = sitk.GetImageFromArray(sitk.GetArrayViewFromImage(image))
    bare.SetSpacing(image.GetSpacing())
    bare.SetOrigin(image.GetOrigin())
    bare.SetDirection(image.GetDirection())
    return bare


def kept_acquisition(acquisition: Acquisition) -> Acquisition:
    """The acquisition in known words and plausible numbers of at most three decimals.

    Parameters
    ----------
    acquisition
        As the headers state it.

    Returns
    -------
    Acquisition
        A text of which no word is known is "other", a number that no scanner states None.

    """
    known = known_acquisition(acquisition)
    rounded: dict[str, Any] = {
        field.name: round(value, _DECIMALS)
        for field in fields(Acquisition)
        if isinstance(value := getattr(known, field.name), float)
    }
    return replace(known, **rounded)


def without_name(findings: Iterable[Finding], name: str, pseudonym: str) -> tuple[Finding, ...]:
    """Findings that say the pseudonym instead of a name.

    Parameters
    ----------
    findings
        Of reading the image or contour.
    name
        The file's, folder's or segment's own.
    pseudonym
        What stands in its place.

    Returns
    -------
    tuple of Finding
        The same findings, their sentences and numbers reworded.

    """
    if not name:
        return tuple(findings)
    return tuple(
        replace(
            finding,
            message=finding.message.replace(name, pseudonym),
            numbers={
                key: value.replace(name, pseudonym) if isinstance(value, str) else value
                for key, value in finding.numbers.items()
            },
        )
        for finding in findings
    )
