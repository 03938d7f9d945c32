"""A study's lymph nodes with scores and groups as a REDCap project: records to import and their data dictionary. No
outcome is in either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.types import Progress
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.study.contouring import locked_contour, refuse_changed_image, study_ct
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.patients import LymphNode, Patient
from RLNResponseLib.study.records import FIRST_ROUND, Reading
from RLNResponseLib.study.redcap_forms import (
    LYMPH_NODE_FORM,
    PATIENT_FORM,
    RECORD,
    SCORE_FORM,
    RedcapField,
    choice_code,
    clinical_fields,
    dictionary_csv,
    field_name,
)
from RLNResponseLib.study.study import Study

_INSTRUMENT, _INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
# REDCap's word for a form that nobody has looked over, and for one that is complete.
_UNVERIFIED, _COMPLETE = "1", "2"
# An action tag may stand anywhere; at the beginning of a cell a spreadsheet would take it for a formula.
_READ_ONLY = "Research use only @READONLY"


@dataclass(frozen=True, kw_only=True)
class RedcapProject:
    """Two files that REDCap imports.

    Attributes
    ----------
    records
        Of the Data Import Tool.
    dictionary
        The data dictionary.
    lymph_nodes, scored
        How many lymph nodes there are, and how many with scores.
    """

    records: str
    dictionary: str
    lymph_nodes: int
    scored: int


def redcap_project(study: Study, progress: Progress = lambda done, total: None) -> RedcapProject:
    """The lymph nodes that are not excluded, with the scores of the first reader's first contours.

    A record is a patient; its lymph nodes are a repeating instrument, and so are their scores, under the same instance.
    A group that is withheld is empty, and the reason stands beside it.

    Parameters
    ----------
    study
        An opened study.
    progress
        Is told how many contours are scored, out of how many.

    Returns
    -------
    RedcapProject

    Raises
    ------
    DataRefusedError
        blinded, no-lymph-nodes, contour-changed, image-changed, and what scoring refuses.
    """
    study.refuse_while_blinded("Scores and groups")
    scoring = StudyScoring.of_study(study)
    tables, out = study.clinical_tables(), excluded_lymph_nodes(study)
    lymph_nodes = [lymph_node for lymph_node in tables.lymph_nodes if lymph_node.id not in out]
    if not lymph_nodes:
        raise DataRefusedError(
            "The study has no lymph node that is not excluded; import the clinical tables first.", "no-lymph-nodes"
        )
    forms = _ScoreForm(scoring.models)
    fields = (*clinical_fields(), *forms.fields())
    scored = _scored(study, {lymph_node.id for lymph_node in lymph_nodes}, scoring, progress)
    rows = list(_rows(tables.patients, lymph_nodes, forms, scored, scoring.cards))
    stored = [field.name for field in fields if field.kind != "descriptive"]
    first, *others = stored
    complete = [f"{form}_complete" for form in (PATIENT_FORM, LYMPH_NODE_FORM, SCORE_FORM)]
    columns = (first, _INSTRUMENT, _INSTANCE, *others, *complete)
    return RedcapProject(
        records=csv_text(columns, [{column: row.get(column, "") for column in columns} for row in rows], figures=True),
        dictionary=dictionary_csv(fields),
        lymph_nodes=len(lymph_nodes),
        scored=len(scored),
    )


def _scored(
    study: Study, lymph_nodes: set[str], scoring: StudyScoring, progress: Progress
) -> dict[str, tuple[Reading, tuple[ScoreResult, ...]]]:
    reader = study.protocol.readers[0].code
    readings = [
        reading
        for reading in sorted(study.current_readings(), key=lambda reading: (reading.image, reading.key))
        if (reading.key.reader, reading.key.round) == (reader, FIRST_ROUND) and reading.key.lymph_node in lymph_nodes
    ]
    found = {}
    ct = None
    for number, reading in enumerate(readings, start=1):
        if ct is None or ct.name != reading.image:
            refuse_changed_image(study, reading)
            ct = study_ct(study, reading.image)
        found[reading.key.lymph_node] = (reading, scoring.scores(ct, locked_contour(study, reading, ct)))
        progress(number, len(readings))
    return found


class _ScoreForm:
    """The form of the scores: for each model its score, its group and why none is given."""

    def __init__(self, models: Sequence[ScoreModel]) -> None:
        self._models = models
        self._taken = {field.name for field in clinical_fields()} | {"rad_score_note", "reading", "software"}
        self._names: dict[str, tuple[str, str, str, str]] = {}
        for model in models:
            score, group, withheld, card = (
                self._new(model.id, ending) for ending in ("score", "group", "withheld", "card")
            )
            self._names[model.id] = (score, group, withheld, card)

    def _new(self, model: str, ending: str) -> str:
        name = field_name(model, ending, self._taken)
        self._taken.add(name)
        return name

    def fields(self) -> Iterator[RedcapField]:
        yield RedcapField(name="rad_score_note", form=SCORE_FORM, label=RESEARCH_USE_ONLY, kind="descriptive")
        yield self._field("reading", "Reading that was scored")
        yield self._field("software", "Software")
        for model in self._models:
            score, group, withheld, card = self._names[model.id]
            yield RedcapField(
                name=score,
                form=SCORE_FORM,
                label=f"{model.title} ({model.id})",
                is_number=True,
                note=RESEARCH_USE_ONLY,
                annotation=_READ_ONLY,
            )
            yield RedcapField(
                name=group,
                form=SCORE_FORM,
                label=f"Group by {model.title}",
                kind="radio",
                choices=(model.cutoff.group_when_true, model.cutoff.group_when_false),
                annotation=_READ_ONLY,
            )
            yield RedcapField(
                name=withheld,
                form=SCORE_FORM,
                label=f"Why no group by {model.title} is given",
                kind="notes",
                annotation=_READ_ONLY,
            )
            yield self._field(card, f"SHA-256 of the card of {model.title}")

    def _field(self, name: str, label: str) -> RedcapField:
        return RedcapField(name=name, form=SCORE_FORM, label=label, annotation=_READ_ONLY)

    def row(self, reading: Reading, scores: Sequence[ScoreResult], cards: Mapping[str, str]) -> dict[str, str]:
        cells = {"reading": reading.key.name, "software": f"RLNResponse {__version__}"}
        for each in scores:
            score, group, withheld, card = self._names[each.model.id]
            cells[score] = _plain(each.score)
            cells[group] = "" if each.group is None else choice_code(each.group)
            cells[withheld] = each.withheld or ""
            cells[card] = cards[each.model.id]
        return cells


def _rows(
    patients: Sequence[Patient],
    lymph_nodes: Sequence[LymphNode],
    forms: _ScoreForm,
    scored: Mapping[str, tuple[Reading, tuple[ScoreResult, ...]]],
    cards: Mapping[str, str],
) -> Iterator[dict[str, str]]:
    for patient in patients:
        own = [lymph_node for lymph_node in lymph_nodes if lymph_node.patient == patient.id]
        if not own:
            continue
        yield {**_cells(patient, PATIENT_FORM), RECORD: patient.id, f"{PATIENT_FORM}_complete": _COMPLETE}
        for instance, lymph_node in enumerate(own, start=1):
            named = {RECORD: patient.id, _INSTANCE: str(instance)}
            clinical = _cells(lymph_node, LYMPH_NODE_FORM)
            yield {
                **clinical,
                **named,
                _INSTRUMENT: LYMPH_NODE_FORM,
                "lymph_node": lymph_node.id,
                f"{LYMPH_NODE_FORM}_complete": _COMPLETE,
            }
            if lymph_node.id in scored:
                cells = forms.row(*scored[lymph_node.id], cards)
                yield {**cells, **named, _INSTRUMENT: SCORE_FORM, f"{SCORE_FORM}_complete": _UNVERIFIED}


def _cells(record: Patient | LymphNode, form: str) -> dict[str, str]:
    known = vars(record)
    cells = {}
    for field in clinical_fields():
        value = known.get(field.name)
        if field.form == form and value is not None:
            cells[field.name] = choice_code(str(value)) if field.choices else _cell(value)
    return cells


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return _plain(value) if isinstance(value, float) else str(value)


def _plain(value: float) -> str:
    """Every digit, and no exponent: REDCap's number is digits and a point."""
    return format(Decimal(repr(float(value))), "f")
