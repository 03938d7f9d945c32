"""The methods in words and the results in a paragraph, as a paper has them; and what a result can be traced to:
settings, versions, seed, hashes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from RLNResponseLib.analysis.cases import sets_are_dealt
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.common.names import label
from RLNResponseLib.common.software import current_software
from RLNResponseLib.common.wording import counted
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.features.cohort.run import TABLE_NAME
from RLNResponseLib.features.settings import ExtractionSettings, differing, images_words
from RLNResponseLib.modelling.card_features import card_settings
from RLNResponseLib.modelling.fitting.development import Recipe
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.report.page.parts import PageTable, Section, heading, listed, section, tabled, text
from RLNResponseLib.report.page.protocol import protocol_table
from RLNResponseLib.report.text.abbreviations import abbreviation_lines
from RLNResponseLib.report.text.agreement import icc_names
from RLNResponseLib.report.text.blinding import blinding_sentences
from RLNResponseLib.report.text.outcomes import outcome_sentences
from RLNResponseLib.report.text.paragraph import results_paragraph
from RLNResponseLib.report.text.references import Citations, Reference
from RLNResponseLib.study.anchor import anchor_now
from RLNResponseLib.study.blinding_evidence import blinding_evidence
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS


def methods_section(study: Study, analysis: StudyAnalysis) -> Section:
    """What was done, and what came out, in words that can be pasted.

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
    return section(
        "methods",
        "Methods and results in words",
        (
            heading("Methods"),
            *(text(" ".join(paragraph)) for paragraph in _paragraphs(study, analysis, Citations()) if paragraph),
            heading("What counts as recurrence" + (", and how it was simulated" if analysis.simulated else "")),
            *map(text, outcome_sentences(simulated=analysis.simulated)),
            heading("Results"),
            *(text(paragraph) for paragraph in results_paragraph(analysis)),
        ),
    )


def methods_sources(study: Study, analysis: StudyAnalysis) -> tuple[Reference, ...]:
    """What the methods of this study cite.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.

    Returns
    -------
    tuple of Reference
    """
    cite = Citations()
    _paragraphs(study, analysis, cite)
    return cite.sources


def settings_section(study: Study, analysis: StudyAnalysis) -> Section:
    """What a result can be traced to, what the paper leaves open, and the sources of the methods.

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
    return section(
        "settings",
        "Settings and sources",
        (
            tabled(protocol_table(study)),
            tabled(_settings(study)),
            tabled(_provenance(study)),
            heading("What the paper leaves open"),
            listed(_open_questions(analysis)),
            heading("References, by the keys of references.bib"),
            listed([source.words for source in methods_sources(study, analysis)]),
            heading("Abbreviations"),
            listed(abbreviation_lines()),
        ),
        "appendix",
    )


def _paragraphs(study: Study, analysis: StudyAnalysis, cite: Citations) -> tuple[list[str], ...]:
    return (
        _of_readers(study),
        _of_features(study, analysis, cite),
        _of_scores(analysis, cite),
        _of_control(analysis, cite),
        _of_all(study, analysis, cite),
    )


def experience_words(protocol: Protocol) -> str:
    """Who the readers were, as CLEAR and TRIPOD+AI ask, or that it is not recorded.

    Parameters
    ----------
    protocol
        Of the study.

    Returns
    -------
    str
    """
    stated = [f"{plan.code} {plan.experience}" for plan in protocol.readers if plan.experience]
    silent = [plan.code for plan in protocol.readers if not plan.experience]
    if not stated:
        were = "reader was" if len(protocol.readers) == 1 else "readers were"
        return (
            f"Who the {were} (specialty, years of experience, training) is not recorded in the protocol; the authors "
            "must say it."
        )
    missing = f" Of {' and '.join(silent)} it says nothing." if silent else ""
    return f"Experience, as the protocol states it: {'; '.join(stated)}.{missing}"


def _of_readers(study: Study) -> list[str]:
    protocol, unblinding = study.protocol, study.unblinding()
    readers = ", ".join(
        f"{plan.code} (round{'s' if len(plan.rounds) > 1 else ''} {', '.join(map(str, plan.rounds))})"
        for plan in protocol.readers
    )
    repeats = any(len(plan.rounds) > 1 for plan in protocol.readers)
    offered = (
        f"; a repeat was offered {counted(protocol.washout_days, 'day')} after the first reading, in a new order"
        if repeats
        else ""
    )
    several = len(protocol.readers) > 1
    sentences = [
        f"Reader{'s' if several else ''} {readers} {'were' if several else 'was'} assigned every lymph node{offered}. "
        "The first reader's first contours go into the models.",
        experience_words(protocol),
        *blinding_sentences(blinding_evidence(study)),
    ]
    if unblinding is not None:
        sentences.append(
            f"The protocol was frozen and the study unblinded on {unblinding.unblinded_at.date().isoformat()}."
        )
    return sentences


def _of_features(study: Study, analysis: StudyAnalysis, cite: Citations) -> list[str]:
    rule = study.protocol.icc_rule()
    own = study_extraction(study)
    number = sum(name in analysis.cases.columns for name in own.names)
    sentences = [
        f"{number} pyradiomics features {cite('vangriethuysen2017')} of {images_words(own.settings)}"
        + ("." if analysis.agreement is None else "; "),
    ]
    if analysis.agreement is not None:
        sentences[0] += (
            f"a feature is used where inter- and intra-reader {icc_names(rule.form)} {cite('mcgraw1996')} both exceed "
            f"{rule.threshold:g} (on the {rule.judged}), for a fitted score on training patients only. Intra-reader is "
            "one reader's re-contouring of the same CT. Scores of two readings are compared by limits of agreement "
            f"{cite('bland1999')}."
        )
    return [*sentences, *_other_settings(study, own.settings)]


def _of_scores(analysis: StudyAnalysis, cite: Citations) -> list[str]:
    fitted = analysis.response.fitted or analysis.control.fitted
    sentences = []
    if fitted is not None:
        recipe = fitted.options.recipe
        before = "ICC filter" if recipe.redundancy is None else "ICC filter, redundancy"
        sentences += [
            f"Scores: {_regression(recipe, cite)}; cutoff by Youden's index {cite('youden1950')}; sample size by the "
            f"criteria of Riley et al. {cite('riley2020')}.",
            f"Corrected figures: .632+ bootstrap {cite('efron1997')} of patients, each weighed by its own overfitting, "
            f"with {before}, regression and cutoff repeated in every resample; the AUC's interval by the jackknife "
            f"after bootstrap {cite('efron1992')}, never narrower than judging alone {cite('obuchowski1997')}. "
            f"Instability over the same resamples {cite('riley2023')}. Validation patients took no part in any choice.",
            f"What a score adds to clinical variables: Wald's test with patients as clusters by CR2 "
            f"{cite('pustejovsky2018')}, and the likelihood ratio, which counts lymph nodes as independent; "
            f"differences of AUC and scaled Brier corrected by resampling patients {cite('noma2021')}.",
        ]
    return [
        *sentences,
        f"AUC intervals by DeLong {cite('delong1988')}, and beside them by resampling patients; sensitivity, "
        f"specificity and flip rates with exact limits {cite('clopper1934')}. DeLong's and the exact limits take lymph "
        "nodes as independent, which those of one patient are not. Probabilities are judged by the scaled Brier score "
        f"{cite('kattan2018')} and, where the outcomes do not contradict them, by decision curves "
        f"{cite('vickers2006')}.",
        f"The published scores are those of Gu et al. {cite('gu2021')}; their probability is derived: the score read "
        f"as log-odds. Response is RECIST 1.1's {cite('eisenhauer2009')}: CR and PR respond.",
    ]


def _regression(recipe: Recipe, cite: Citations) -> str:
    """Which regression, how its λ was chosen, and what was left out before it."""
    dealt = "folds deal patients, stratified, five times over"
    ways = {
        "lasso": lambda: (
            f"LASSO logistic regression as R's glmnet {cite('friedman2010')}, AUC as the cross-validation "
            f"measure, λ.1se; {dealt}"
        ),
        "ridge": lambda: (
            f"ridge logistic regression {cite('lecessie1992')} as R's glmnet {cite('friedman2010')}, "
            f"deviance as the cross-validation measure, λ.min; {dealt}"
        ),
        "firth": lambda: (
            f"Firth's logistic regression {cite('firth1993')}, limits and tests by the profile of the "
            f"penalised likelihood {cite('heinze2002')}, the intercept giving as many events as there are "
            f"{cite('puhr2017')}"
        ),
    }
    redundant = ""
    if recipe.redundancy is not None:
        redundant = (
            f"; before it, of features with |ρ| (Spearman) above {recipe.redundancy:g} one is kept, by no outcome"
        )
    return f"{ways[recipe.penalty]()}{redundant}"


def _of_control(analysis: StudyAnalysis, cite: Citations) -> list[str]:
    if not any(each.analysis for each in analysis.survival.analyses):
        return []
    return [
        f"Local control: Kaplan-Meier {cite('kaplan1958')} with log-log limits, log-rank {cite('mantel1966')}, Cox "
        f"{cite('cox1972')} with Efron's ties {cite('efron1977')} and errors by patient {cite('lin1989')} (CR2 with "
        f"Satterthwaite's degrees of freedom under {ENOUGH_PATIENTS} patients "
        f"{cite('pustejovsky2018')}), proportional hazards as cox.zph {cite('grambsch1994')}; "
        f"death as a competing event by Aalen-Johansen and Gray's test {cite('gray1988')}, and in AUC(t) "
        f"{cite('blanche2013')}; response from a landmark one month after treatment {cite('anderson1983')}, which "
        "leaves out lymph nodes watched for no longer than that."
    ]


def _of_all(study: Study, analysis: StudyAnalysis, cite: Citations) -> list[str]:
    return [
        "No p-value of this report is corrected for the number of tests; where nothing is related, one in twenty is "
        "below 0.05 by chance. "
        f"Training and validation are compared by standardised differences {cite('austin2009')}, without a test. "
        f"Checklists: CLEAR {cite('kocak2023')} and TRIPOD+AI {cite('collins2024')}; for appraisal METRICS "
        f"{cite('kocak2024')}, RQS 2.0 {cite('lambin2025')} and PROBAST+AI {cite('moons2025')}.",
        _seed_words(study, analysis),
    ]


def _seed_words(study: Study, analysis: StudyAnalysis) -> str:
    if "training" not in analysis.sets.values() or sets_are_dealt(study):
        return f"Seed of every split, deal and resample: {study.protocol.seed}."
    return (
        f"Seed of every fold and resample: {study.protocol.seed}. The sets are not as it deals them: who divided the "
        "patients so is not recorded."
    )


def _other_settings(study: Study, own: ExtractionSettings) -> list[str]:
    """A sentence for each score whose card has other settings than the table of settings shows."""
    sentences = []
    for model in (find_model(name) for name in study.protocol.score_models):
        settings = card_settings(model, own)
        names = [name for name in differing(own, settings) if name not in ("image_types", "log_sigma_mm")]
        differs = [f"{label(name)} {_in_words(getattr(settings, name))}" for name in names]
        types = [name for name in settings.image_types if name not in own.image_types]
        differs += [f"image types {', '.join(types)}"] if types else []
        if differs:
            sentences.append(f"{model.title} has its own features, by its card: {'; '.join(differs)}.")
    return sentences


def _settings(study: Study) -> PageTable:
    settings = ExtractionSettings.from_mapping(study.protocol.extraction).as_mapping()
    rows = tuple((label(name), _in_words(value)) for name, value in settings.items())
    return PageTable(name="settings", title="Settings of the extraction", header=("setting", "value"), rows=rows)


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
    title = "What the numbers can be traced to"
    return PageTable(name="provenance", title=title, header=("what", "which"), rows=tuple(rows))


def _open_questions(analysis: StudyAnalysis) -> list[str]:
    whose: dict[str, list[str]] = {}
    for model in analysis.published:
        for line in model.assumptions:
            whose.setdefault(line, []).append(model.title)
    return [*(f"{' and '.join(of)}: {line}" for line, of in whose.items()), *published_table1().disagreements]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
