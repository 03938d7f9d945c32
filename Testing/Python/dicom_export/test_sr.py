"""The structured report's words: identity of the models, hostile and long texts, undefined features."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import highdicom
import numpy as np
import pydicom
import pytest

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.software import ENGINE
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.dicom_export.ct import ct_slices
from RLNResponseLib.dicom_export.drawn import DrawnContour
from RLNResponseLib.dicom_export.identity import ExamIdentity, TextLimits
from RLNResponseLib.dicom_export.seg import segmentation
from RLNResponseLib.dicom_export.sr import ScoredReading, structured_report
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.modelling.cutoff import Cutoff
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.study.records import AuditRef, Reading, ReadingKey, StoredFile

EXAM = ExamIdentity(
    patient="P1", image="CT1", study_uid="2.25.1", frame_of_reference_uid="2.25.2", ct_series_uid="2.25.3"
)
LOG = "log: ward-0001:7:3fa98b12c0de4711"
HOSTILE = "\u202eنتيجة\\<script>alert('x')</script>\x00\n" * 3


@pytest.fixture(scope="module")
def lesion():
    """CT, contour and features of a phantom's lymph node."""
    phantom = make_phantom(1, size=(128, 128, 40))
    return phantom.ct, phantom.truth[0], extract_features(phantom.ct, phantom.truth[0])


@pytest.fixture
def report_of(lesion, tmp_path):
    """Write SEG and SR of the lesion scored with `models`, and give the report's path and the notices."""

    def make(models, features=None, reader="A", findings=()):
        ct, contour, extracted = lesion
        features = features or extracted
        moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        key, file, audit = ReadingKey(lymph_node="LN1", reader=reader), StoredFile("c", "1"), AuditRef("w", 1, "3")
        reading = Reading(
            key=key,
            opened_at=moment,
            locked_at=moment,
            minutes=None,
            image="CT1",
            image_sha256="0",
            contour=file,
            sealed=None,
            findings_in_record=(),
            software={},
            protocol_sha256="2",
            replaces=None,
            reason=None,
            after_unblinding=False,
            clock_behind=None,
            audit=audit,
        )
        limits = TextLimits()
        slices = list(ct_slices(ct, EXAM, limits))
        seg = segmentation(slices, contour, DrawnContour.of_reading(reading), EXAM, 1, limits)
        scores = tuple(apply_model(model, features) for model in models)
        cards = {model.id: "f" * 64 for model in models}
        report = structured_report(
            ScoredReading(reading=reading, findings=findings, features=features, scores=scores, cards=cards),
            seg,
            slices,
            EXAM,
            1,
            limits,
        )
        report.save_as(tmp_path / "sr.dcm")
        return tmp_path / "sr.dcm", limits.notices

    return make


def group_of(path):
    (group,) = highdicom.sr.srread(path).content.get_volumetric_roi_measurement_groups()
    return group


def groups_of(path):
    """The evaluations; highdicom counts the finding's category among them."""
    evaluations = group_of(path).get_qualitative_evaluations()
    return [each for each in evaluations if each.name.scheme_designator == "99RLNRESPONSE"]


def items(dataset, name):
    """The values of the text items with this code meaning, anywhere in the report."""
    return [
        str(item.TextValue)
        for item in dataset.iterall()
        if item.VR == "SQ" and item.keyword == "ContentSequence"
        for item in item.value
        if item.ValueType == "TEXT" and item.ConceptNameCodeSequence[0].CodeMeaning == name
    ]


def test_the_report_says_whose_formula_gave_which_group(report_of, lesion):
    path, notices = report_of(published_models())
    assert notices == []
    group = group_of(path)
    assert group.finding_type == pydicom.sr.coding.Code("59441001", "SCT", "Lymph node")
    assert group.tracking_identifier == "LN1"
    assert group.referenced_segment.referenced_segment_numbers == [1]
    groups = {(e.name.meaning, e.value.meaning) for e in groups_of(path)}
    response, local_control = (apply_model(model, lesion[2]) for model in published_models())
    assert groups == {("Rad-score: group", response.group), ("Rad-score-2-year: group", local_control.group)}
    dataset = pydicom.dcmread(path)
    comments = items(dataset, "Comment")
    assert comments[0] == "Research use only, not a medical device."
    assert (
        f"Rad-score {response.score:.6g}, group {response.group} (responder where the score is > 0.961" in comments[1]
    )
    assert items(dataset, "Algorithm Name") == [ENGINE, "gu2021-response", "gu2021-local-control-2y"]
    assert items(dataset, "Algorithm Version")[1:] == ["sha256:" + "f" * 64] * 2
    parameters = items(dataset, "Algorithm Parameters")
    assert sum("doi:10.21203/rs.3.rs-174078/v1" in text for text in parameters) == 2
    formula = next(json.loads(text.removeprefix("formula: ")) for text in parameters if text.startswith("formula: "))
    assert formula["coefficients"] == dict(published_models()[0].coefficients)
    assert dataset.VerificationFlag == "UNVERIFIED"
    assert dataset.PatientID == "P1"


def test_hostile_and_long_texts_of_a_model_card_stay_text(report_of, validate):
    model = published_models()[0]
    hostile = replace(
        model,
        id="m" * 64,
        title=HOSTILE,
        citation=HOSTILE * 9,
        cutoff=Cutoff(value=0.5, orientation="<", group_when_true=HOSTILE[:60], group_when_false=HOSTILE[:60]),
        status=f"{HOSTILE} research use only",
    )
    path, notices = report_of([hostile], reader="R" * 64)
    validate([path])
    assert [sentence.partition(" has ")[0] for sentence in notices] == [
        f"The series description of contour 'LN1 {'R' * 64}-1'",
        f"The title of score model '{'m' * 64}'",
        f"A group of score model '{'m' * 64}'",
        f"The series description of report 'LN1 {'R' * 64}-1'",
    ]
    for sentence, limit in zip(notices, (64, 42, 64, 64), strict=True):
        assert sentence.endswith(f"too many for its DICOM element, and is cut to {limit} bytes there.")
    dataset = pydicom.dcmread(path)
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    for element in dataset.iterall():
        if element.VR in ("LO", "SH"):
            for value in element.value if element.VM > 1 else [element.value]:
                assert len(str(value)) <= (64 if element.VR == "LO" else 16)
    assert any("نتيجة" in text and "<script>" in text for text in items(dataset, "Comment"))
    (evaluation,) = groups_of(path)
    assert "نتيجة/<script>" in evaluation.value.meaning


def test_undefined_features_are_named_and_not_numbers(report_of, lesion):
    features = lesion[2]
    values = MappingProxyType({**features.values, "original_firstorder_Skewness": float("nan")})
    path, _ = report_of(published_models(), replace(features, values=values))
    names = {m.name.value for m in group_of(path).get_measurements()}
    assert "KE2A" not in names
    assert "Q4LE" in names
    assert "Not defined for this contour: original_firstorder_Skewness." in items(pydicom.dcmread(path), "Comment")


def test_the_line_of_the_log_that_announced_the_reading_is_in_the_report(report_of):
    said = items(pydicom.dcmread(report_of(published_models())[0]), "Comment")[-1]
    assert said == "The line of the study's log that announced this reading: w:1:3."


def test_the_warnings_of_the_checks_go_with_the_scores(report_of):
    findings = (
        Finding(code="thin", severity="warning", message="The contour is thin."),
        Finding(code="note", severity="info", message="A remark."),
    )
    comments = items(pydicom.dcmread(report_of(published_models(), findings=findings)[0]), "Comment")
    assert "Warning: The contour is thin." in comments
    assert not any("A remark" in comment for comment in comments)


def test_another_number_makes_another_report(report_of, lesion):
    first = pydicom.dcmread(report_of(published_models())[0]).SOPInstanceUID
    assert pydicom.dcmread(report_of(published_models())[0]).SOPInstanceUID == first
    features = lesion[2]
    nudged = np.nextafter(features.values["original_firstorder_Mean"], np.inf)
    values = MappingProxyType({**features.values, "original_firstorder_Mean": float(nudged)})
    assert pydicom.dcmread(report_of(published_models(), replace(features, values=values))[0]).SOPInstanceUID != first


def test_no_score_model_gives_a_report_of_features(report_of):
    path, _ = report_of([])
    group = group_of(path)
    assert len(group.get_measurements()) == 106
    assert groups_of(path) == []
