"""What a REDCap project is made of, as its data dictionary writes it: forms, fields, types, choices.

The rules are those that docs/tables.md names; REDCap's own project is what judges them in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_COLUMNS, PATIENT_COLUMNS, Column

# The eighteen columns of a data dictionary, in REDCap's order and words.
DICTIONARY_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
RECORD = "record_id"
PATIENT_FORM, LYMPH_NODE_FORM, SCORE_FORM = "patient", "lymph_node", "rad_score"
_NO_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 100
_CHOICES = {"gender": ("female", "male"), "t_stage": ("T1-2", "T3-4")}
_FLAGS = ("n_involved", "postoperative_chemotherapy", "concurrent_chemotherapy")
# Their labels, and the least and the most of a number; read back by these labels, too.
_LABELS = {
    "site": ("Site", None),
    "gender": ("Gender", None),
    "age_years": ("Age (years)", (0, 120)),
    "t_stage": ("T stage", None),
    "n_involved": ("N involved", None),
    "months_to_recurrence": ("Months to recurrence", (0, 600)),
    "postoperative_chemotherapy": ("Postoperative chemotherapy", None),
    "concurrent_chemotherapy": ("Concurrent chemotherapy", None),
    "dose_gy": ("Dose (Gy)", (0, 200)),
    "scanner": ("Scanner", None),
    "station": ("Station", None),
    "site_left_mm": ("Site left (mm)", (-10_000, 10_000)),
    "site_posterior_mm": ("Site posterior (mm)", (-10_000, 10_000)),
    "site_superior_mm": ("Site superior (mm)", (-10_000, 10_000)),
}


@dataclass(frozen=True, kw_only=True)
class RedcapField:
    """One row of a data dictionary.

    Attributes
    ----------
    name
        The variable.
    form
        The instrument that it stands on.
    label
        What REDCap shows.
    kind
        text, notes, radio, yesno or descriptive.
    choices
        The words to choose from, of a radio.
    limits
        The least and the most, of a text that is a number; None of any other text.
    is_number
        A text that is a number.
    note
        Below the field.
    annotation
        REDCap's action tags.
    """

    name: str
    form: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    is_number: bool = False
    note: str = ""
    annotation: str = ""

    def as_row(self) -> dict[str, str]:
        """The row, with the columns that it fills."""
        least, most = ("", "") if self.limits is None else (f"{limit:g}" for limit in self.limits)
        filled = {
            "Variable / Field Name": self.name,
            "Form Name": self.form,
            "Field Type": self.kind,
            "Field Label": self.label,
            "Choices, Calculations, OR Slider Labels": " | ".join(
                f"{choice_code(word)}, {word.replace('|', '/')}" for word in self.choices
            ),
            "Field Note": self.note,
            "Text Validation Type OR Show Slider Number": "number" if self.is_number else "",
            "Text Validation Min": least,
            "Text Validation Max": most,
            "Field Annotation": self.annotation,
        }
        return {column: filled.get(column, "") for column in DICTIONARY_COLUMNS}


def choice_code(word: str) -> str:
    """The code under which REDCap keeps a word to choose: small letters, digits and underscores.

    Parameters
    ----------
    word
        As people read it.

    Returns
    -------
    str

    Examples
    --------
    >>> [choice_code(word) for word in ("T1-2", "non-responder", "female")]
    ['t1_2', 'non_responder', 'female']
    """
    return _NO_NAME.sub("_", word.lower()).strip("_") or "unnamed"


def field_name(text: str, ending: str = "", taken: Iterable[str] = ()) -> str:
    """A variable's name: small letters, digits and underscores, a letter first, at most 100, and no other's.

    Parameters
    ----------
    text
        What it is of, as a model's ID.
    ending
        What of it, as "score".
    taken
        Names that are others' already.

    Returns
    -------
    str

    Examples
    --------
    >>> field_name("gu2021-response", "score"), field_name("3D model", "score"), field_name("A", "b", ["a_b"])
    ('gu2021_response_score', 'm_3d_model_score', 'a_b_2')
    """
    stem = choice_code(text)
    stem = stem if stem[0].isalpha() else f"m_{stem}"
    last = f"_{ending}" if ending else ""
    others, number, name = set(taken), 1, f"{stem[: _LONGEST_NAME - len(last)].strip('_')}{last}"
    while name in others:
        number += 1
        tail = f"{last}_{number}"
        name = f"{stem[: _LONGEST_NAME - len(tail)].strip('_')}{tail}"
    return name


def clinical_fields() -> tuple[RedcapField, ...]:
    """The fields of both clinical forms. No outcome is among them: readers may see the project.

    Returns
    -------
    tuple of RedcapField
        The record's own field first, as REDCap wants it.
    """
    names = (
        RedcapField(name="lymph_node", form=LYMPH_NODE_FORM, label="Lymph node"),
        RedcapField(name="image", form=LYMPH_NODE_FORM, label="Image"),
    )
    return (
        RedcapField(name=RECORD, form=PATIENT_FORM, label="Record ID"),
        *(_field(column, PATIENT_FORM) for column in PATIENT_COLUMNS if not column.outcome),
        *names,
        *(_field(column, LYMPH_NODE_FORM) for column in LYMPH_NODE_COLUMNS if not column.outcome),
    )


def _field(column: Column, form: str) -> RedcapField:
    label, limits = _LABELS[column.name]
    choices = _CHOICES.get(column.name, ())
    return RedcapField(
        name=column.name,
        form=form,
        label=label,
        kind="radio" if choices else "yesno" if column.name in _FLAGS else "text",
        choices=choices,
        limits=limits,
        is_number=column.number,
    )


def dictionary_csv(fields: Sequence[RedcapField]) -> str:
    """The text of a data dictionary.

    Parameters
    ----------
    fields
        Of all forms, each form's together.

    Returns
    -------
    str
    """
    return csv_text(DICTIONARY_COLUMNS, [field.as_row() for field in fields])
