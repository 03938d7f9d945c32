"""The methods in words, what a result can be traced to (settings, versions, seed, hashes), and the checklists CLEAR and
TRIPOD+AI, filled only where the study folder holds the evidence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from RLNResponseLib.analysis.cases import sets_are_dealt
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.analysis.without_outcome import without_outcome
from RLNResponseLib.common.software import current_software, resources_folder
from RLNResponseLib.common.wording import counted
from RLNResponseLib.features.cohort.run import TABLE_NAME
from RLNResponseLib.features.settings import ExtractionSettings, differing
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.score_model import card_settings
from RLNResponseLib.report.page.parts import PageTable, Section, heading, listed, tabled, text
from RLNResponseLib.report.text.agreement import icc_names
from RLNResponseLib.report.text.blinding import blinding_sentences
from RLNResponseLib.study.anchor import anchor_now
from RLNResponseLib.study.blinding_evidence import blinding_evidence
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL


def methods_section(study: Study, analysis: StudyAnalysis) -> Section:
    """What was done, what it rests on, and what the paper left open.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    return Section(
        "methods",
        "Methods",
        (
            listed(_sentences(study, analysis)),
            heading("Settings"),
            tabled(_settings(study)),
            heading("What the numbers can be traced to"),
            tabled(_provenance(study)),
            heading("What the paper leaves open"),
            listed(_open_questions(analysis)),
        ),
    )


def _sentences(study: Study, analysis: StudyAnalysis) -> list[str]:
    protocol = study.protocol
    rule = analysis.agreement.features.rule
    readers = ", ".join(
        f"{plan.code} (round{'s' if len(plan.rounds) > 1 else ''} {', '.join(map(str, plan.rounds))})"
        for plan in protocol.readers
    )
    sentences = [
        f"Readers {readers} were assigned every lymph node; a repeat was offered "
        f"{counted(protocol.washout_days, 'day')} after the first reading, in a new order. The first reader's first "
        "contours go into the models.",
        *blinding_sentences(blinding_evidence(study)),
        f"{len(analysis.agreement.features.names)} pyradiomics features of the original image; a feature is used where "
        f"inter- and intra-reader {icc_names(rule.form)} both exceed {rule.threshold:g} "
        f"(on the {rule.judged}), for a fitted score on training patients only. Intra-reader is one reader's "
        "re-contouring of the same CT.",
        "Scores: LASSO logistic regression as R's glmnet, AUC as the cross-validation measure, λ.1se; folds deal "
        "patients, stratified, five times over.",
        "Corrected figures: .632+ bootstrap of patients, each weighed by its own overfitting, with ICC filter, LASSO "
        "and cutoff repeated in every resample; interval by the jackknife after bootstrap. Validation patients took no "
        "part in any choice.",
        "AUC intervals by DeLong, and beside them by resampling patients; sensitivity, specificity and flip rates with "
        "exact (Clopper-Pearson) limits. DeLong's and the exact limits take lymph nodes as independent, which those of "
        "one patient are not.",
        "Local control: Kaplan-Meier with log-log limits, log-rank, Cox with Efron's ties and robust errors by "
        "patient, proportional hazards as cox.zph; death as a competing event by Aalen-Johansen and Gray's test; "
        "response from a landmark one month after treatment, which leaves out lymph nodes watched for no longer than "
        "that.",
        "The probability of a published score is derived: the score read as log-odds.",
        "No p-value of this page is corrected for the number of tests; of many, one in twenty is below 0.05 by chance. "
        "Training and validation are compared by standardised differences, without a test.",
        f"Seed of every split, deal and resample: {protocol.seed}.",
    ]
    unblinding = study.unblinding()
    sentences += _other_settings(analysis, ExtractionSettings.from_mapping(protocol.extraction))
    if unblinding is not None:
        sentences.append(
            f"The protocol was frozen and the study unblinded on {unblinding.unblinded_at.date().isoformat()}."
        )
    return sentences


def _other_settings(analysis: StudyAnalysis, own: ExtractionSettings) -> list[str]:
    """A sentence for each score whose card has other settings than the table of settings shows."""
    sentences = []
    for each in analysis.agreement.scores:
        settings = card_settings(each.model, own)
        names = [name for name in differing(own, settings) if name not in ("image_types", "log_sigma_mm")]
        differs = [f"{name} {_in_words(getattr(settings, name))}" for name in names]
        types = [name for name in settings.image_types if name not in own.image_types]
        differs += [f"image types {', '.join(types)}"] if types else []
        if differs:
            sentences.append(f"{each.model.title} has its own features, by its card: {'; '.join(differs)}.")
    return sentences


def _settings(study: Study) -> PageTable:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction).as_mapping()
    rows = tuple((name, _in_words(value)) for name, value in settings.items())
    return PageTable(name="settings", header=("setting", "value"), rows=rows)


def _in_words(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _provenance(study: Study) -> PageTable:
    rows = [(name, value) for name, value in current_software().as_json().items()]
    rows.append(("protocol, SHA-256", study.protocol_and_digest()[1]))
    rows.append(("the study's log when this was made (study verify --expect takes it)", anchor_now(study).words))
    for file in (study.folder / "features" / TABLE_NAME, study.folder / "results" / "lymph_nodes.csv"):
        if file.is_file():
            rows.append((f"{file.name}, SHA-256", _sha256(file)))
    for card in sorted((study.folder / "results").glob("fitted-*.json")):
        rows.append((f"{card.name}, SHA-256", _sha256(card)))
    return PageTable(name="provenance", header=("what", "which"), rows=tuple(rows))


def _open_questions(analysis: StudyAnalysis) -> list[str]:
    questions = list(dict.fromkeys(line for model in analysis.published for line in model.assumptions))
    return [*questions, *published_table1().disagreements]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


_WITH_INTERVALS = (
    "AUC, sensitivity, specificity, ICC, mean overlap, share of changed groups, control over time and hazard ratios"
)
_WITHOUT_INTERVALS = "Decision curves, calibration curves and the coefficients of the LASSO have none."
NOT_HERE = "not in the study folder; to be filled in by hand"
CHECKLISTS = ("clear", "tripod-ai")


def checklist_section(study: Study, analysis: StudyAnalysis) -> Section:
    """Both checklists.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    evidence = study_evidence(study, analysis)
    parts = [
        text(
            "Items are filled from the study folder alone; an empty one says so. Nothing here vouches for the "
            "manuscript."
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
            tabled(
                PageTable(
                    name=name, header=("item", "section", "topic", "evidence"), rows=rows, notes=(content["note"],)
                )
            ),
        ]
    return Section("checklists", "Reporting checklists", tuple(parts))


def study_evidence(study: Study, analysis: StudyAnalysis) -> Mapping[str, str]:
    """A sentence for each kind of evidence that this study holds; what it lacks has no entry.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.

    Returns
    -------
    Mapping[str, str]
    """
    return {**_of_cohort(study, analysis), **_of_extraction(study, analysis), **_of_models(analysis)}


def _of_cohort(study: Study, analysis: StudyAnalysis) -> dict[str, str]:
    sets = list(analysis.sets.values())
    readers = ", ".join(plan.code for plan in study.protocol.readers)
    evidence = {
        "checklists": "CLEAR and TRIPOD+AI, this section.",
        "flow": "Section Patients and lymph nodes: the flow of exclusions, counted from the study folder.",
        "pipeline": "Section Methods.",
        "split": f"By patient (results/split.csv): {sets.count('training')} training, "
        f"{counted(sets.count('validation'), 'validation patient')}; {_division(study)}.",
        "segmentation": "Manual, with Segment Editor or imported; each locked reading records its source.",
        "readers": f"Readers {readers}, by code; who they are is not in the folder.",
        "blinding": " ".join(blinding_sentences(blinding_evidence(study))),
        "missing": _missing(analysis),
        "protocol": "The protocol in the study folder, frozen at unblinding; its hash is in section Methods.",
        "clusters": "Lymph nodes of a patient are kept together in folds, resamples and robust errors.",
        "input_checks": "Images and contours were checked at import and at locking; findings stand in the readings.",
    }
    if analysis.by_set is not None:
        evidence["baseline"] = "Section Patients and lymph nodes: Table 1 by set."
        evidence["clinical"] = "Variables of patients.csv, as in Table 1."
    if any(row["recist"] for row in analysis.cases.rows):
        evidence["outcome"] = (
            "RECIST 1.1 one month after treatment (CR and PR respond); local control in months with death competing."
        )
    if study.images():
        evidence["imaging"] = "Acquisition facts of each image, where its header held them (images/*.json)."
    return evidence


def _division(study: Study) -> str:
    if sets_are_dealt(study):
        return "dealt by the study's seed"
    return "as that file has them, not as the study's seed deals them now: who divided the patients so is not recorded"


def _missing(analysis: StudyAnalysis) -> str:
    """What is not known, and apart from it the lymph nodes without the two-year endpoint whose patient died: their
    outcome is known, and competes.
    """
    response = without_outcome(analysis.cases, "response").unknown
    control = without_outcome(analysis.cases, TWO_YEAR_CONTROL)
    died, unknown = len(control.died_first), len(control.unknown)
    return (
        f"Rows without a value are left out of the figure that needs it. Response is not known of "
        f"{counted(len(response), 'lymph node')}. The two-year endpoint as published leaves out "
        f"{counted(died + unknown, 'lymph node')}: {died} whose patient died before, which is no missing value, and "
        f"{unknown} not followed for two years or without months. Section Rad-scores names them."
    )


def _of_extraction(study: Study, analysis: StudyAnalysis) -> dict[str, str]:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction)
    software = current_software()
    spacing = settings.resampled_spacing_mm
    names = analysis.agreement.features.names
    number = settings.bin_count
    discretised = f"Fixed bin width {settings.bin_width:g}." if number is None else f"Fixed bin number {number}."
    classes = sorted({name.split("_")[1] for name in names if name.count("_") > 1})
    return {
        "preprocessing": f"Normalised: {'yes' if settings.normalize else 'no'}; "
        f"resegmented: {settings.resegment_range or 'no'}.",
        "resampling": "Not resampled." if spacing is None else f"To {spacing} mm.",
        "discretisation": discretised,
        "image_types": ", ".join(settings.image_types) + ".",
        "extraction": f"{software.engine}, by pyradiomics' definitions; first reader's first contours.",
        "feature_classes": ", ".join(classes) + ".",
        "feature_number": f"{len(names)}.",
        "settings": "Every setting in section Methods; defaults are pyradiomics' own.",
        "reliability": "Section Reader agreement: inter- and intra-reader ICC with intervals, overlap, decisions.",
        "feature_statistics": f"Section Reader "
        f"agreement: {len(analysis.agreement.features.passed)} of {len(names)} features pass.",
        "sharing_features": "features/readings.csv (and .parquet, with the same rows) in the study folder.",
        "code": f"RLNResponse {software.rlnresponse}, open source (Apache-2.0).",
    }


def _of_models(analysis: StudyAnalysis) -> dict[str, str]:
    response = sum(row["response"] == "yes" for row in analysis.cases.rows)
    evidence = {
        "imbalance": f"{response} of {counted(len(analysis.cases.rows), 'lymph node')} respond; nothing was resampled "
        "to balance classes.",
        "testing": "Internal: on training and validation patients of the same study, section Rad-scores.",
        "metrics": "AUC, sensitivity, specificity, calibration, decision curve; figures in section Rad-scores.",
        "uncertainty": f"95% intervals of {_WITH_INTERVALS}; scores between readers. {_WITHOUT_INTERVALS}",
        "comparison": "DeLong's paired test against the volume alone.",
        "volume": "Volume alone beside every score, section Rad-scores.",
        "output": "Log-odds, derived probability and group at the cutoff.",
        "performance": "Section Rad-scores: the published scores on training and validation lymph nodes.",
        "numbers": "Section Rad-scores, the table above each score.",
    }
    fitted = [models.fitted for models in (analysis.response, analysis.control) if models.fitted is not None]
    return {**evidence, **_of_fits(fitted)} if fitted else evidence


def _folds(fitted: list[Fit]) -> str:
    """How many folds each score had, once where they had as many."""
    return " and ".join(map(str, dict.fromkeys(fit.folds for fit in fitted)))


def _of_fits(fitted: list[Fit]) -> dict[str, str]:
    sizes = [f"{fit.sample.needed} needed, {fit.sample.available} there" for fit in fitted if fit.sample is not None]
    evidence = {
        "testing": "Internal: corrected by resampling, and on validation patients of the same study.",
        "uncertainty": f"95% intervals of {_WITH_INTERVALS}; instability over resamples; scores between readers. "
        f"{_WITHOUT_INTERVALS}",
        "performance": "Section Rad-scores: apparent, corrected and validation figures together.",
        "scaling": "Standardised inside the path, as glmnet; coefficients are for raw values.",
        "selection": "ICC filter, then LASSO.",
        "algorithm": "LASSO logistic regression, glmnet's path.",
        "tuning": f"Cross-validated AUC over {_folds(fitted)} folds of patients, λ.{fitted[0].options.recipe.rule}.",
        "model_selection": "One algorithm, one rule; both fixed before the fit.",
        "formula": "Section Rad-scores: every coefficient; results/fitted-*.json.",
        "model_file": "results/fitted-*.json, model cards.",
        "interpretability": "A linear score: contributions of each feature are shown beside the contour.",
    }
    return {**evidence, "sample_size": f"Riley et al. 2020: {'; '.join(sizes)} (lymph nodes)."} if sizes else evidence
