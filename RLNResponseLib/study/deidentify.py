"""What of a CT may enter the study: the voxels with their geometry, and acquisition facts in words that are on a list.

Nothing is removed from a header; nothing of a header is taken but what is named here. Free text ("kernel", "model")
may hold a person's name where nobody expects it, so a text keeps only words that are known ones.

The key file, which patient of the hospital is which pseudonym, lies outside the study folder and never enters it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.imaging.records import Acquisition

# What a text becomes of which no word is known: something was stated, but it is not kept.
UNRECOGNISED = "other"

_WORDS = {
    "modality": "ct",
    "kernel": "standard soft bone boneplus lung detail edge chst ultra smooth sharp body b br bl bf bv hr hv qr i j "
    "fc fl lcd h t a c d e ya yb yc yd f s u g r",
    "contrast_agent": "iv intravenous oral po rectal and with without no none non yes contrast agent enhanced "
    "unenhanced ml cc mg mgi iodine iodinated omnipaque ultravist isovue iopamiron visipaque iohexol iopamidol "
    "iopromide iomeprol iodixanol ioversol optiray iomeron xenetix iobitridol imeron accupaque gastro omni "
    "gastrografin gastrographin barium water simulated",
    "contrast_route": "iv intravenous oral po rectal and with without no none",
    "manufacturer": "ge medical systems healthcare siemens healthineers philips toshiba canon hitachi neusoft united "
    "imaging uih shimadzu picker marconi elscint adac fujifilm simulated",
    "model_name": "lightspeed vct brightspeed discovery revolution optima hispeed ct apex evo gsi hd st ste rx pro "
    "plus ultra qx somatom sensation definition as edge flash force drive emotion scope go up top now all x vision "
    "perspective confidence biograph mct horizon brilliance ingenuity ict iqon mx big bore gemini tf aquilion one "
    "prime genesis lightning exceed lb cxl activion scenaria supria eclos neuviz uct pinnacle naeotom alpha pet "
    "spectral elite select open slice power",
}  # fmt: skip
_PIECES = re.compile(r"[a-z]+|\d{1,4}(?!\d)|\d+", re.IGNORECASE)
_LONGEST_TEXT = 64


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
    """The acquisition with every text reduced to known words; numbers stay.

    Parameters
    ----------
    acquisition
        As the headers state it.

    Returns
    -------
    Acquisition
        A text of which no word is known is "other".

    """
    texts: dict[str, Any] = {
        field.name: _known_words(value, _WORDS[field.name])
        for field in fields(Acquisition)
        if isinstance(value := getattr(acquisition, field.name), str)
    }
    return replace(acquisition, **texts)


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


_COLUMNS = ("patient", "source_patient_id")


def note_pseudonym(key_file: Path, study_folder: Path, patient: str, source_patient_id: str) -> None:
    """Check that a pseudonym and the hospital's patient belong together, and note the pair where it is new.

    No refusal names the hospital's identifier.

    Parameters
    ----------
    key_file
        CSV with the columns patient, source_patient_id; made where it is missing.
    study_folder
        Where the key file must not lie.
    patient
        The pseudonym.
    source_patient_id
        The hospital's.

    Raises
    ------
    DataRefusedError
        key-inside-study, bad-key-file, another-patient (the pseudonym belongs to another patient, or the patient has
        another pseudonym).

    """
    if key_file.resolve().is_relative_to(study_folder.resolve()):
        raise DataRefusedError(
            f"The key file {key_file.name} lies inside the study folder, where it would undo the pseudonyms; keep it "
            "elsewhere.",
            "key-inside-study",
        )
    pairs = _read(key_file)
    for known, source in pairs:
        if (known == patient) != (source == source_patient_id):
            raise DataRefusedError(
                f"By the key file {key_file.name} the pseudonym '{patient}' and this CT belong to different patients "
                f"(the entry of '{known}' disagrees); check which CT was meant.",
                "another-patient",
            )
    if (patient, source_patient_id) not in pairs:
        rows = [dict(zip(_COLUMNS, pair, strict=True)) for pair in [*pairs, (patient, source_patient_id)]]
        write_text_atomically(key_file, csv_text(_COLUMNS, rows))


def _read(key_file: Path) -> list[tuple[str, str]]:
    if not key_file.exists():
        return []
    try:
        table = parse_csv(key_file.read_bytes(), key_file.name)
    except OSError as error:
        raise DataRefusedError(
            f"The key file {key_file.name} cannot be read ({error.strerror}); check the path.", "bad-key-file"
        ) from None
    if table.columns != _COLUMNS:
        raise DataRefusedError(
            f"The key file {key_file.name} must have the columns {', '.join(_COLUMNS)}; correct it or name a new file.",
            "bad-key-file",
        )
    return [(row["patient"], row["source_patient_id"]) for row in table.rows]
