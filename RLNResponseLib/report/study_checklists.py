"""CLEAR and TRIPOD+AI, filled only where the study folder holds the evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping

from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling.fit import Fit
from RLNResponseLib.report.page_parts import PageTable, Section, heading, tabled, text
from RLNResponseLib.report.study_analysis import StudyAnalysis
from RLNResponseLib.resources import resources_folder
from RLNResponseLib.software import current_software
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

NOT_HERE = "not in the study folder; to be filled in by hand"
CHECKLISTS = ("clear", "tripod-ai")


def checklist_section(study: Study, found: StudyAnalysis) -> Section:
    """Both checklists."""
    evidence = study_evidence(study, found)
    parts = [
        text(
            "Items are filled from the study folder alone; an empty one says so. Nothing here vouches for the manuscript."
        )
    ]
    for name in CHECKLISTS:
        content = json.loads((resources_folder() / "report" / f"{name}.json").read_text(encoding="utf-8"))
        rows = tuple(
            (item["item"], item["section"], item["topic"], evidence.get(item["evidence"] or "", NOT_HERE))
            for item in content["items"]
        )
        parts += [
            heading(content["source"]),
            tabled(PageTable(name, ("item", "section", "topic", "evidence"), rows, (content["note"],))),
        ]
    return Section("checklists", "Reporting checklists", tuple(parts))


def study_evidence(study: Study, found: StudyAnalysis) -> Mapping[str, str]:
    """A sentence for each kind of evidence that this study holds; what it lacks has no entry."""
    return {**_of_cohort(study, found), **_of_extraction(study, found), **_of_models(found)}


def _of_cohort(study: Study, found: StudyAnalysis) -> dict[str, str]:
    sets = list(found.sets.values())
    readers = ", ".join(plan.code for plan in study.protocol.readers)
    missing = [row for row in found.cases.rows if not row["response"] or not row[TWO_YEAR_CONTROL]]
    evidence = {
        "checklists": "CLEAR and TRIPOD+AI, this section.",
        "flow": "Section Patients and lymph nodes: the flow of exclusions, counted from the study folder.",
        "pipeline": "Section Methods.",
        "split": f"By patient (results/split.csv): {sets.count('training')} training, {sets.count('validation')} validation patients.",
        "segmentation": "Manual, with Segment Editor or imported; each locked reading records its source.",
        "readers": f"Readers {readers}, by code; who they are is not in the folder.",
        "blinding": "Readers saw neither each other's contours nor outcomes until unblinding (audit/).",
        "missing": f"Rows without a value are left out and counted; {len(missing)} lymph nodes lack response or the two-year endpoint.",
        "protocol": "The protocol in the study folder, frozen at unblinding; its hash is in section Methods.",
        "clusters": "Lymph nodes of a patient are kept together in folds, resamples and robust errors.",
        "input_checks": "Images and contours were checked at import and at locking; findings stand in the readings.",
    }
    if found.by_set is not None:
        evidence["baseline"] = "Section Patients and lymph nodes: Table 1 by set."
        evidence["clinical"] = "Variables of patients.csv, as in Table 1."
    if any(row["recist"] for row in found.cases.rows):
        evidence["outcome"] = (
            "RECIST 1.1 one month after treatment (CR and PR respond); local control in months with death competing."
        )
    if study.images():
        evidence["imaging"] = "Acquisition facts of each image, where its header held them (images/*.json)."
    return evidence


def _of_extraction(study: Study, found: StudyAnalysis) -> dict[str, str]:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction)
    software = current_software()
    spacing = settings.resampled_spacing_mm
    names = found.agreement.features.names
    number = settings.bin_count
    discretised = f"Fixed bin width {settings.bin_width:g}." if number is None else f"Fixed bin number {number}."
    classes = sorted({name.split("_")[1] for name in names if name.count("_") > 1})
    return {
        "preprocessing": f"Normalised: {'yes' if settings.normalize else 'no'}; resegmented: {settings.resegment_range or 'no'}.",
        "resampling": "Not resampled." if spacing is None else f"To {spacing} mm.",
        "discretisation": discretised,
        "image_types": ", ".join(settings.image_types) + ".",
        "extraction": f"{software.engine}, by pyradiomics' definitions; first reader's first contours.",
        "feature_classes": ", ".join(classes) + ".",
        "feature_number": f"{len(names)}.",
        "settings": "Every setting in section Methods; defaults are pyradiomics' own.",
        "reliability": "Section Reader agreement: inter- and intra-reader ICC with intervals, overlap, decisions.",
        "feature_statistics": f"Section Reader agreement: {len(found.agreement.features.passed)} of {len(names)} features pass.",
        "sharing_features": "features/readings.csv (and .parquet, with the same rows) in the study folder.",
        "code": f"RLNResponse {software.rlnresponse}, open source (Apache-2.0).",
    }


def _of_models(found: StudyAnalysis) -> dict[str, str]:
    response = sum(row["response"] == "yes" for row in found.cases.rows)
    evidence = {
        "imbalance": f"{response} of {len(found.cases.rows)} lymph nodes respond; nothing was resampled to balance classes.",
        "testing": "Internal: on training and validation patients of the same study, section Rad-scores.",
        "metrics": "AUC, sensitivity, specificity, calibration, decision curve; figures in section Rad-scores.",
        "uncertainty": "95% intervals throughout; scores between readers.",
        "comparison": "DeLong's paired test against the volume alone.",
        "volume": "Volume alone beside every score, section Rad-scores.",
        "output": "Log-odds, derived probability and group at the cutoff.",
        "performance": "Section Rad-scores: the published scores on training and validation lymph nodes.",
        "numbers": "Section Rad-scores, the table above each score.",
    }
    fitted = [models.fitted for models in (found.response, found.control) if models.fitted is not None]
    return {**evidence, **_of_fits(fitted)} if fitted else evidence


def _of_fits(fitted: list[Fit]) -> dict[str, str]:
    sizes = [f"{fit.sample.needed} needed, {fit.sample.available} there" for fit in fitted if fit.sample is not None]
    evidence = {
        "testing": "Internal: corrected by resampling, and on validation patients of the same study.",
        "uncertainty": "95% intervals throughout; instability over resamples; scores between readers.",
        "performance": "Section Rad-scores: apparent, corrected and validation figures together.",
        "scaling": "Standardised inside the path, as glmnet; coefficients are for raw values.",
        "selection": "ICC filter, then LASSO.",
        "algorithm": "LASSO logistic regression, glmnet's path.",
        "tuning": f"Cross-validated AUC over {fitted[0].options.recipe.folds} folds of patients, λ.{fitted[0].options.recipe.rule}.",
        "model_selection": "One algorithm, one rule; both fixed before the fit.",
        "formula": "Section Rad-scores: every coefficient; results/fitted-*.json.",
        "model_file": "results/fitted-*.json, model cards.",
        "interpretability": "A linear score: contributions of each feature are shown beside the contour.",
    }
    return {**evidence, "sample_size": f"Riley et al. 2020: {'; '.join(sizes)} (lymph nodes)."} if sizes else evidence
