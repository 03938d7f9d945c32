"""Patients and lymph nodes of a study: what is known before treatment, and apart from it what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sex = Literal["female", "male"]
TStage = Literal["T1-2", "T3-4"]
RecistCategory = Literal["CR", "PR", "SD", "PD"]
# Of a second CT of a lymph node: nothing happened since the first, or treatment did.
Occasion = Literal["retest", "after"]

# RECIST 1.1 one month after treatment: complete and partial response respond.
RESPONDING: frozenset[RecistCategory] = frozenset({"CR", "PR"})


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One enrolled patient with the variables of Table 1 that are known before treatment. None is unknown.

    Attributes
    ----------
    id
        The pseudonym.
    site
        The centre that treated the patient, by its code.
    gender
        As Table 1 calls it.
    age_years
        At treatment, years.
    t_stage
        Of the esophageal cancer.
    n_involved
        Lymph nodes were involved at the esophagectomy (N+).
    months_to_recurrence
        From the esophagectomy to the lymph node recurrence.
    postoperative_chemotherapy
        After the esophagectomy (POCT).
    concurrent_chemotherapy
        With the salvage radiotherapy.
    dose_gy
        Of the salvage radiotherapy, Gy.

    """

    id: str
    site: str | None = None
    gender: Sex | None = None
    age_years: float | None = None
    t_stage: TStage | None = None
    n_involved: bool | None = None
    months_to_recurrence: float | None = None
    postoperative_chemotherapy: bool | None = None
    concurrent_chemotherapy: bool | None = None
    dose_gy: float | None = None


@dataclass(frozen=True)
class PatientOutcome:
    """What became of a patient; hidden until unblinding.

    Attributes
    ----------
    patient
        Whose outcome.
    died
        By the end of follow-up.
    follow_up_months
        From the end of the (chemo)radiotherapy to death or last contact.

    """

    patient: str
    died: bool | None = None
    follow_up_months: float | None = None


@dataclass(frozen=True, kw_only=True)
class LymphNode:
    """One recurrent lymph node: whose it is, on which image it is contoured, at which station it lies.

    Attributes
    ----------
    id
        Identifier of the lymph node.
    patient, image
        Identifiers of its patient and of the CT it is contoured on.
    scanner
        Of the CT, by its code.
    station
        Where it lies, in the words of the table.
    site_left_mm, site_posterior_mm, site_superior_mm
        A point in it, mm in the image's DICOM coordinates (+ is left, posterior, superior): where a reader's slice
        views begin.

    """

    id: str
    patient: str
    image: str
    scanner: str | None = None
    station: str | None = None
    site_left_mm: float | None = None
    site_posterior_mm: float | None = None
    site_superior_mm: float | None = None

    @property
    def site_mm(self) -> tuple[float, float, float] | None:
        """The marked point in LPS, None where it was not marked."""
        if self.site_left_mm is None or self.site_posterior_mm is None or self.site_superior_mm is None:
            return None
        return self.site_left_mm, self.site_posterior_mm, self.site_superior_mm


@dataclass(frozen=True, kw_only=True)
class LymphNodeOutcome:
    """What became of a lymph node; hidden until unblinding.

    Attributes
    ----------
    lymph_node
        Whose outcome.
    recist
        RECIST 1.1 category one month after treatment.
    local_control_months
        From the end of the (chemo)radiotherapy to the second recurrence or last contact.
    local_recurrence
        It recurred (the event of local control).
    repeat_of, occasion
        Of a row that is a second CT of a lymph node (`occasions.py`): the row of its first CT, and what the second is.

    """

    lymph_node: str
    recist: RecistCategory | None = None
    local_control_months: float | None = None
    local_recurrence: bool | None = None
    repeat_of: str | None = None
    occasion: Occasion | None = None

    @property
    def responded(self) -> bool | None:
        """CR or PR; None where the category is unknown."""
        return None if self.recist is None else self.recist in RESPONDING
