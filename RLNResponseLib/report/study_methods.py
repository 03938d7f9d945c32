"""The methods in words, and what a result can be traced to: settings, versions, seed, hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from RLNResponseLib.features.cohort import TABLE_NAME
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.report.agreement_text import icc_names
from RLNResponseLib.report.page_parts import PageTable, Section, heading, listed, tabled
from RLNResponseLib.report.study_analysis import StudyAnalysis
from RLNResponseLib.report.table1_margins import published_table1
from RLNResponseLib.software import current_software
from RLNResponseLib.study.study import Study


def methods_section(study: Study, found: StudyAnalysis) -> Section:
    """What was done, what it rests on, and what the paper left open."""
    return Section(
        "methods",
        "Methods",
        (
            listed(_sentences(study, found)),
            heading("Settings"),
            tabled(_settings(study)),
            heading("What the numbers can be traced to"),
            tabled(_provenance(study)),
            heading("What the paper leaves open"),
            listed(_open_questions(found)),
        ),
    )


def _sentences(study: Study, found: StudyAnalysis) -> list[str]:
    protocol = study.protocol
    rule = found.agreement.features.rule
    readers = ", ".join(f"{plan.code} (rounds {', '.join(map(str, plan.rounds))})" for plan in protocol.readers)
    sentences = [
        f"Readers {readers} contoured blinded to each other and to the outcomes; a repeat was offered {protocol.washout_days} days "
        "after the first reading, in a new order. The first reader's first contours go into the models.",
        f"{len(found.agreement.features.names)} pyradiomics features of the original image; a feature is used where inter- and "
        f"intra-reader {icc_names(rule.form)} both exceed {rule.threshold:g} "
        f"({rule.on}), for a fitted score on training patients only.",
        "Scores: LASSO logistic regression as R's glmnet, AUC as the cross-validation measure, λ.1se; folds deal patients, stratified, "
        "five times over.",
        "Corrected figures: .632+ bootstrap of patients, with ICC filter, LASSO and cutoff repeated in every resample; interval by the "
        "jackknife after bootstrap. Validation patients took no part in any choice.",
        "AUC intervals by DeLong, and beside them by resampling patients; sensitivity, specificity and flip rates with exact "
        "(Clopper-Pearson) limits. DeLong's and the exact limits take lymph nodes as independent, which those of one patient are not.",
        "Local control: Kaplan-Meier with log-log limits, log-rank, Cox with Efron's ties and robust errors by patient, proportional "
        "hazards as cox.zph; death as a competing event by Aalen-Johansen and Gray's test; response from a landmark one month after "
        "treatment, which leaves out lymph nodes watched for no longer than that.",
        "The probability of a published score is derived: the score read as log-odds.",
        f"Seed of every split, deal and resample: {protocol.seed}.",
    ]
    unblinding = study.unblinding()
    if unblinding is not None:
        sentences.append(
            f"The protocol was frozen and the study unblinded on {unblinding.unblinded_at.date().isoformat()}."
        )
    return sentences


def _settings(study: Study) -> PageTable:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction).as_mapping()
    rows = tuple((name, _in_words(value)) for name, value in settings.items())
    return PageTable("settings", ("setting", "value"), rows)


def _in_words(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _provenance(study: Study) -> PageTable:
    rows = [(name, value) for name, value in current_software().as_json().items()]
    rows.append(("protocol, SHA-256", study.protocol_and_digest()[1]))
    for file in (study.folder / "features" / TABLE_NAME, study.folder / "results" / "lymph_nodes.csv"):
        if file.is_file():
            rows.append((f"{file.name}, SHA-256", _sha256(file)))
    for card in sorted((study.folder / "results").glob("fitted-*.json")):
        rows.append((f"{card.name}, SHA-256", _sha256(card)))
    return PageTable("provenance", ("what", "which"), tuple(rows))


def _open_questions(found: StudyAnalysis) -> list[str]:
    questions = list(dict.fromkeys(line for model in found.published for line in model.assumptions))
    return [*questions, *published_table1().disagreements]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
