"""Who and what an exported DICOM object says it is: study codes, UIDs made from content, texts within their VR's
limits.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass, field
from typing import Any

from RLNResponseLib.common.about import __version__
from RLNResponseLib.study.records import ImageEntry

MANUFACTURER = "RLNResponse"
CHARACTER_SET = "ISO_IR 192"
SHORT_STRING, LONG_STRING = 16, 64
_CUT = "..."
# Categories of Unicode: control characters, halves of others, and marks that only steer how a line is shown.
_UNSEEN = ("Cc", "Cs", "Cf", "Zl", "Zp")
_DEIDENTIFICATION = "RLNResponse: of the header only listed acquisition facts"


def content_uid(*parts: str) -> str:
    """A UID that the same content always gets, and other content never: `2.25.` and a UUID (DICOM PS3.5 B.2, RFC 9562
    version 8) of the SHA-256 of `parts`.

    Returns
    -------
    str
    """
    digest = hashlib.sha256("\0".join(parts).encode("utf-8")).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76  # the version
    number = number & ~(0b11 << 62) | 0b10 << 62  # the variant
    return f"2.25.{uuid.UUID(int=number).int}"


def one_line(text: str) -> str:
    """`text` without the control characters that DICOM texts may not hold and those that turn the direction of
    writing, every run of blanks one space.

    Parameters
    ----------
    text
        A text of the study.

    Returns
    -------
    str
    """
    kept = "".join(" " if unicodedata.category(sign) in _UNSEEN else sign for sign in text)
    return " ".join(kept.split())


def decimal(number: float | None) -> Any:
    """A decimal string of DICOM (DS): at most 16 characters, as exact as they allow.

    Parameters
    ----------
    number
        None for an empty element.

    Returns
    -------
    object
        As pydicom takes it.
    """
    from pydicom.valuerep import DSfloat

    return None if number is None else DSfloat(float(number) + 0.0, auto_format=True)


@dataclass
class TextLimits:
    """Cuts texts to what their DICOM element may hold, and keeps a sentence for each that was cut.

    Attributes
    ----------
    notices
        The sentences, for the person who exports.
    """

    notices: list[str] = field(default_factory=list)

    def fit(self, text: str, limit: int, what: str) -> str:
        r"""`text` on one line without control characters or the value separator `\`, in at most `limit` bytes.

        what  names the text in the notice: "The title of score model X"

        DICOM counts characters, but dciodvfy and some archives count bytes; what fits both is cut at bytes.
        """
        clean = one_line(text).replace("\\", "/")
        encoded = clean.encode("utf-8")
        if len(encoded) <= limit:
            return clean
        sentence = (
            f"{what} has {len(clean)} characters, too many for its DICOM element, and is cut to {limit} bytes there."
        )
        if sentence not in self.notices:
            self.notices.append(sentence)
        return encoded[: limit - len(_CUT)].decode("utf-8", errors="ignore").rstrip() + _CUT


def coded_name(code: str) -> str:
    """A study code as a DICOM person name: a family name, since archives take a name of one component for a mistake.

    At most 64 characters with the separator; longer codes stand whole where they identify (PatientID, segment
    description).

    Parameters
    ----------
    code
        The pseudonym that stands in for the name.

    Returns
    -------
    str
    """
    return f"{code[: LONG_STRING - 1]}^"


@dataclass(frozen=True, kw_only=True)
class ExamIdentity:
    """One image of the study as a DICOM study with one coordinate system.

    The UIDs come from the patient's and the image's codes and the stored voxels, never from the hospital's UIDs: the
    study folder does not keep those.

    Attributes
    ----------
    patient, image
        Their codes in the study.
    study_uid
        Of the DICOM study.
    frame_of_reference_uid
        Of its coordinate system.
    ct_series_uid
        Of the series of CT files.
    """

    patient: str
    image: str
    study_uid: str
    frame_of_reference_uid: str
    ct_series_uid: str

    @classmethod
    def of_image(cls, entry: ImageEntry) -> ExamIdentity:
        """The identity of an image of the study."""
        seed = (entry.patient, entry.id, entry.file.sha256)
        return cls(
            patient=entry.patient,
            image=entry.id,
            study_uid=content_uid("study", *seed),
            frame_of_reference_uid=content_uid("frame of reference", *seed),
            ct_series_uid=content_uid("ct series", *seed),
        )

    def uid(self, *parts: str) -> str:
        """The UID of something that this version of the software makes of the exam."""
        return content_uid(self.study_uid, __version__, *parts)

    def describe(self, dataset: Any) -> None:
        """Set patient and study of a pydicom Dataset: codes, and nothing where a hospital would write a person or a
        date.
        """
        dataset.SpecificCharacterSet = CHARACTER_SET
        dataset.TimezoneOffsetFromUTC = "+0000"
        dataset.PatientID = self.patient
        dataset.PatientName = coded_name(self.patient)
        dataset.PatientBirthDate = dataset.PatientSex = ""
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = _DEIDENTIFICATION
        dataset.StudyInstanceUID = self.study_uid
        dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
        dataset.StudyID = self.image[:SHORT_STRING]
        # highdicom notes the moment of writing, and the same reading is to give the same file.
        for item in (dataset, *dataset.get("ContributingEquipmentSequence", ())):
            for keyword in ("InstanceCreationDate", "InstanceCreationTime", "ContributionDateTime"):
                item.pop(keyword, None)
