"""What the name of a table's column says it holds: a feature of pyradiomics, an identifier, an outcome or a time."""

from __future__ import annotations

import re
from typing import Literal

from RLNResponseLib.common.tables import NAMING_COLUMNS, ORIGINS, is_row_names

NameKind = Literal["identifier", "outcome", "time", "diagnostics", "origin"]

_CLASS = r"(?:shape|shape2D|firstorder|glcm|glszm|ngtdm|gldm|glrlm)"
_FILTERS = r"square|squareroot|logarithm|exponential|gradient|lbp-2D|lbp-3D-(?:m\d+|k)"
_IMAGES = r"original|log-sigma-[\d.-]+-mm-[23]D|wavelet\d?-[HL]{1,3}"
# Whatever they spell, these are features: original_glcm_Id is no identifier.
_OF_A_CLASS = re.compile(rf".+_{_CLASS}_\w+")
# On the three images that are always meant, any name that says nothing else; on the others a name with its class.
_FEATURE = re.compile(rf"(?:(?:{_IMAGES}|{_FILTERS})_{_CLASS}_\w+|(?:{_IMAGES})_\w+)(?P<digest>@\w+)?")
_OUTCOME_WORDS = frozenset(
    ("outcome", "response", "responder", "recist", "label", "target", "event", "status", "control")
) | {"death", "dead", "died", "survival", "recurrence", "progression", "relapse", "os", "pfs", "dfs", "rfs", "efs"}
_TIME_WORDS = frozenset({"followup", "months", "days", "date", "ttp", "ttr", "lrfs", "dmfs"})
_IDENTIFIER_WORDS = frozenset(("id", "patient", "patientid", "reader", "round", "foldid", "fold", "row", "index")) | {
    "mrn",
    "uid",
    "uuid",
    "pid",
    "accession",
    "caseid",
    "subjectid",
    "lesionid",
    "recordid",
}
_IDENTIFIER = re.compile(
    r"(case|subject|lesion|node|lymph_?node|record|serial|exam|scan|study|series|sample|image|name|pseudonym)"
    r"_?(no|nr|num|number|code|key|name)?|no|nr|number"
)
_TIME = re.compile(r"times?|time_to_\w+|datetime|year|timestamp")


def is_feature_name(name: str) -> bool:
    """Whether pyradiomics or a score model gives a name: original_…, log-sigma-…, wavelet-…, with a digest or without.

    Parameters
    ----------
    name
        Of a column.

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_feature_name(name) for name in ("original_glcm_Id", "original_id", "diagnostics_Image-original_Mean")]
    [True, False, False]
    """
    return _FEATURE.fullmatch(name) is not None and name_kind(name) is None


def names_other_settings(name: str) -> bool:
    """Whether a feature's name carries the digest of other settings than its table's rows state.

    Parameters
    ----------
    name
        Of a column.

    Returns
    -------
    bool
    """
    found = _FEATURE.fullmatch(name)
    return found is not None and found["digest"] is not None


def name_kind(name: str) -> NameKind | None:
    """What a column's name says it is, where that is no feature.

    Parameters
    ----------
    name
        Of a column.

    Returns
    -------
    NameKind or None

    Examples
    --------
    >>> [name_kind(name) for name in ("MRN", "case_no", "OS_days", "exam_date", "age_years", "original_glcm_Id")]
    ['identifier', 'identifier', 'outcome', 'time', None, None]
    """
    if name.startswith("diagnostics_"):
        return "diagnostics"
    if _OF_A_CLASS.fullmatch(name.partition("@")[0]):
        return None
    if name in ORIGINS:
        return "origin"
    if name in NAMING_COLUMNS or is_row_names(name):
        return "identifier"
    plain = name.strip().lower()
    # patientId, OSdays and OS_days alike.
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z]{2})(?<![^A-Za-z][A-Z])(?<!^[A-Z])", "_", name).lower()
    words = {word for text in (plain, parted) for word in re.split(r"[^a-z]+", text)}
    whole = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if words & _OUTCOME_WORDS:
        return "outcome"
    if words & _TIME_WORDS or _TIME.fullmatch(whole):
        return "time"
    if words & _IDENTIFIER_WORDS or _IDENTIFIER.fullmatch(whole):
        return "identifier"
    return None
