"""What of a CT may enter the study: the voxels with their geometry, and acquisition facts in words that are on a list.

Nothing is removed from a header; nothing of a header is taken but what is named here. Free text ("kernel", "model")
may hold a person's name where nobody expects it, so a text is written anew from known words (`imaging.known_words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.known_words import known_acquisition
from RLNResponseLib.imaging.records import Acquisition

# Digits behind the point that a scanner means; more of them could spell a date.
_DECIMALS = 3
# Of names: from so many signs on, one is no part of a word by chance, and a number none of a measurement.
_LONGER_THAN_PARTS, _LONGER_THAN_FIGURES = 4, 6


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
    spellings = sorted({name, one_line(name)} - {""}, key=len, reverse=True)
    if not spellings:
        return tuple(findings)
    stands = re.compile("|".join(map(_where_it_stands, spellings)))

    def reworded(text: str) -> str:
        return stands.sub(lambda _: pseudonym, text)

    return tuple(
        replace(
            finding,
            message=reworded(finding.message),
            numbers={
                key: reworded(value) if isinstance(value, str) else value for key, value in finding.numbers.items()
            },
        )
        for finding in findings
    )


def _where_it_stands(name: str) -> str:
    """The pattern of a name in a sentence. A short one takes no other word with it, a small number no figure."""
    sign = re.escape(name)
    if len(name) < _LONGER_THAN_FIGURES and not any(map(str.isalpha, name)):
        return f"(?<=')(?:{sign})(?=')"
    if len(name) < _LONGER_THAN_PARTS and name.isascii():
        return f"(?<![A-Za-z0-9])(?:{sign})(?![A-Za-z0-9])"
    return f"(?:{sign})"
