"""What of a CT may enter the study: the voxels with their geometry, and acquisition facts in words that are on a list.

Nothing is removed from a header; nothing of a header is taken but what is named here. Free text ("kernel", "model") may hold
a person's name where nobody expects it, so a text keeps only words that are known ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from RLNResponseLib.findings import Finding
from RLNResponseLib.imaging.records import Acquisition

# What a text becomes of which no word is known: something was stated, but it is not kept.
UNRECOGNISED = "other"

_WORDS = {
    "modality": "ct",
    "kernel": "standard soft bone boneplus lung detail edge chst ultra smooth sharp body b br bl bf bv hr hv qr i j fc fl lcd h t "
    "a c d e ya yb yc yd f s u g r",
    "contrast_agent": "iv intravenous oral po rectal and with without no none non yes contrast agent enhanced unenhanced ml cc mg "
    "mgi iodine iodinated omnipaque ultravist isovue iopamiron visipaque iohexol iopamidol iopromide iomeprol iodixanol ioversol "
    "optiray iomeron xenetix iobitridol imeron accupaque gastro omni gastrografin gastrographin barium water simulated",
    "contrast_route": "iv intravenous oral po rectal and with without no none",
    "manufacturer": "ge medical systems healthcare siemens healthineers philips toshiba canon hitachi neusoft united imaging uih "
    "shimadzu picker marconi elscint adac fujifilm simulated",
    "model_name": "lightspeed vct brightspeed discovery revolution optima hispeed ct apex evo gsi hd st ste rx pro plus ultra qx "
    "somatom sensation definition as edge flash force drive emotion scope go up top now all x vision perspective confidence biograph "
    "mct horizon brilliance ingenuity ict iqon mx big bore gemini tf aquilion one prime genesis lightning exceed lb cxl activion "
    "scenaria supria eclos neuviz uct pinnacle naeotom alpha pet spectral elite select open slice power",
}  # fmt: skip
_PIECES = re.compile(r"[a-z]+|\d{1,4}(?!\d)|\d+", re.IGNORECASE)
_LONGEST_TEXT = 64


def bare_image(image: Any) -> Any:
    """The voxels and geometry of a SimpleITK image, without the metadata that its file may have carried."""
    import SimpleITK as sitk

    bare = sitk.GetImageFromArray(sitk.GetArrayViewFromImage(image))
    bare.SetSpacing(image.GetSpacing())
    bare.SetOrigin(image.GetOrigin())
    bare.SetDirection(image.GetDirection())
    return bare


def kept_acquisition(acquisition: Acquisition) -> Acquisition:
    """The acquisition with every text reduced to known words ("other" where none is known); numbers stay."""
    texts: dict[str, Any] = {
        field.name: _known_words(value, _WORDS[field.name])
        for field in fields(Acquisition)
        if isinstance(value := getattr(acquisition, field.name), str)
    }
    return replace(acquisition, **texts)


def without_name(findings: Iterable[Finding], name: str, pseudonym: str) -> tuple[Finding, ...]:
    """Findings whose sentences say `pseudonym` instead of the file's, folder's or segment's own `name`."""
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


def _known_words(text: str, vocabulary: str) -> str:
    known = set(vocabulary.split())
    pieces = _PIECES.findall(text)
    words = [piece for piece in pieces if piece.isalpha()]
    kept = [word for word in words if word.lower() in known]
    if len(text) > _LONGEST_TEXT or not kept:
        return UNRECOGNISED
    # A number beside an unknown word may be a year of birth; beside known ones it is a kernel's or a model's.
    if len(kept) < len(words) or any(piece.isdigit() and len(piece) > 4 for piece in pieces):
        return " ".join(kept)
    return text.strip()
