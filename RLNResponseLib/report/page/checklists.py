"""The checklists CLEAR and TRIPOD+AI, and METRICS, RQS 2.0 and PROBAST+AI beside them, filled only where the study
folder holds the evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from RLNResponseLib.analysis.cases import sets_are_dealt
from RLNResponseLib.analysis.models import OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.without_outcome import without_outcome
from RLNResponseLib.common.software import current_software, resources_folder
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.features.settings import images_words
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.planning.registered import noted_registrations
from RLNResponseLib.report.page.methods import experience_words
from RLNResponseLib.report.page.parts import PageTable, Part, Section, section, tabled, text
from RLNResponseLib.report.text.blinding import blinding_sentences
from RLNResponseLib.report.text.metrics_score import metrics_score, metrics_sentences
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.study.blinding_evidence import BlindingEvidence, blinding_evidence
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

_WITH_INTERVALS = (
    "AUC, sensitivity, specificity, ICC, mean overlap, share of changed groups, control over time and hazard ratios"
)
_WITHOUT_INTERVALS = "Decision curves, calibration curves, and corrected figures other than the AUC have none."
CHECKLISTS = ("clear", "tripod-ai", "metrics", "rqs-2", "probast-ai")


def checklist_section(study: Study, analysis: StudyAnalysis) -> Section:
    """Every checklist.

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
    parts: list[Part] = [
        text("Items are filled from the study folder alone. Nothing here vouches for the manuscript."),
    ]
    for name in CHECKLISTS:
        content = json.loads((resources_folder() / "report" / f"{name}.json").read_text(encoding="utf-8"))
        items = [(item, evidence.get(item["evidence"] or "")) for item in content["items"]]
        rows = tuple((item["item"], item["section"], item["topic"], found) for item, found in items if found)
        missing = ", ".join(item["item"] for item, found in items if not found and item.get("applies", True))
        header = ("item", "section", "topic", "evidence")
        source = content.get("read_in")
        read_in = () if source is None else (f"Items as read in {source}.",)
        notes = (content["note"], *read_in, f"Not in the study folder, left to the authors: items {missing}.")
        if name == "metrics":
            notes += tuple(texts(metrics_sentences(metrics_score(content["items"], evidence))))
        parts.append(tabled(PageTable(name=name, title=content["source"], header=header, rows=rows, notes=notes)))
    return section("checklists", "Reporting checklists", tuple(parts), "appendix")


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
    return {**_of_cohort(study, analysis), **_of_plan(study), **_of_extraction(study, analysis), **_of_models(analysis)}


def _of_plan(study: Study) -> dict[str, str]:
    """What was planned before the first reading, by the study's log."""
    planned = [each.registration for each in noted_registrations(study) if each.before_readings]
    if not planned or not planned[-1].plans:
        return {}
    kinds, day = ", ".join(planned[-1].plans), planned[-1].day
    return {"planned_numbers": f"Planned and registered on {day}, before the first reading, by the log: {kinds}."}


def _of_cohort(study: Study, analysis: StudyAnalysis) -> dict[str, str]:
    sets = list(analysis.sets.values())
    readers, seen = ", ".join(plan.code for plan in study.protocol.readers), blinding_evidence(study)
    evidence = {
        "checklists": "CLEAR and TRIPOD+AI, this section; METRICS, RQS 2.0 and PROBAST+AI beside them.",
        "flow": "The flow on the page: exclusions, counted from the study folder.",
        "pipeline": "Methods in words.",
        "split": f"By patient (results/split.csv): {sets.count('training')} training, "
        f"{counted(sets.count('validation'), 'validation patient')}; {_division(study)}."
        if "training" in sets
        else "None: all patients are analysed together.",
        "segmentation": _segmentation(seen),
        "readers": f"Readers {readers}, by code. {experience_words(study.protocol)}",
        "blinding": " ".join(blinding_sentences(seen)),
        "missing": _missing(analysis),
        "protocol": "The protocol in the study folder, frozen at unblinding; its hash stands with the settings.",
        "clusters": "Lymph nodes of a patient are kept together in folds, resamples and robust errors; DeLong's and "
        "exact limits, medians, log-rank, Gray's, t and rank tests take them as independent.",
        "input_checks": "Images and contours were checked at import and at locking; findings stand in the readings.",
    }
    if analysis.by_set is not None:
        evidence["baseline"] = "Section Patients and lymph nodes: Table 1 by set."
        evidence["clinical"] = "Variables of patients.csv, as in Table 1."
    if any(row["recist"] for row in analysis.cases.rows):
        evidence["outcome"] = (
            "RECIST 1.1 one month after treatment (CR and PR respond); local control in months with death competing."
        )
    images = [lymph_node.image for lymph_node in study.lymph_nodes()]
    if images and len(set(images)) == len({lymph_node.patient for lymph_node in study.lymph_nodes()}):
        evidence["one_image"] = "One CT of each patient, and nothing else, is what features are of."
    if "validation" in sets:
        evidence["single_reader"] = "Validation lymph nodes, as all, are scored by the first reader's first contours."
        if sets_are_dealt(study):
            evidence["partition"] = (
                "By patient, 10 : 3, stratified by response, dealt by the study's seed before any feature is looked "
                "at; ICC filter, standardisation, selection and cutoff are made on training patients alone."
            )
    if study.images():
        evidence["imaging"] = "Acquisition facts of each image, where its header held them (images/*.json)."
    return evidence


def _division(study: Study) -> str:
    if sets_are_dealt(study):
        return "dealt by the study's seed"
    return "as that file has them, not as the study's seed deals them now: who divided the patients so is not recorded"


def _segmentation(evidence: BlindingEvidence) -> str:
    """By what each locked reading records of itself, never by what is usual."""
    sources = {
        "drawn with Segment Editor": evidence.drawn,
        "imported from files": evidence.imported,
        **{f"with the source '{one_line(source)}'": count for source, count in evidence.elsewhere.items()},
    }
    words = ", ".join(f"{counted(count, 'contour')} {how}" for how, count in sources.items() if count)
    return f"Of those locked before unblinding {words}." if words else "No contour was locked before unblinding."


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
        f"{unknown} not followed for two years or without months. Section Rad-scores names them.{_imputed(analysis)}"
    )


def _imputed(analysis: StudyAnalysis) -> str:
    """What was done where clinical covariates are missing."""
    found = [each.analysis.imputed for each in analysis.survival.analyses if each.analysis is not None]
    sets = [each.sets for each in found if each is not None]
    return (
        f" Clinical covariates of Cox's models were multiply imputed ({max(sets)} sets), beside the complete rows "
        "where these allow a model."
        if sets
        else ""
    )


def _of_extraction(study: Study, analysis: StudyAnalysis) -> dict[str, str]:
    own = study_extraction(study)
    settings, software = own.settings, current_software()
    spacing = settings.resampled_spacing_mm
    names = [name for name in own.names if name in analysis.cases.columns]
    number = settings.bin_count
    discretised = f"Fixed bin width {settings.bin_width:g}." if number is None else f"Fixed bin number {number}."
    classes = sorted({name.split("_")[1] for name in names if name.count("_") > 1})
    return {
        "preprocessing": f"Normalised: {'yes' if settings.normalize else 'no'}; "
        f"resegmented: {settings.resegment_range or 'no'}.",
        "resampling": "Not resampled." if spacing is None else f"To {spacing} mm.",
        "discretisation": discretised,
        "image_types": f"{images_words(settings)}.",
        "extraction": f"{software.engine}, by pyradiomics' definitions; first reader's first contours.",
        "feature_classes": ", ".join(classes) + ".",
        "feature_number": f"{len(names)}.",
        "settings": "Every setting in section Settings and sources; defaults are pyradiomics' own.",
        **_reliability(analysis),
        "sharing_features": "features/readings.csv (and .parquet, with the same rows) in the study folder.",
        "code": f"RLNResponse {software.rlnresponse}, open source (Apache-2.0).",
    }


def _reliability(analysis: StudyAnalysis) -> dict[str, str]:
    if analysis.agreement is None:
        return {}
    features = analysis.agreement.features
    return {
        "reliability": "Section Reader agreement: inter- and intra-reader ICC with intervals, overlap, decisions.",
        "feature_statistics": f"Section Reader agreement: {len(features.passed)} of {len(features.names)} pass.",
    }


def _of_models(analysis: StudyAnalysis) -> dict[str, str]:
    response = sum(row["response"] == "yes" for row in analysis.cases.rows)
    evidence = {
        "imbalance": f"{response} of {counted(len(analysis.cases.rows), 'lymph node')} respond; nothing was resampled "
        "to balance classes.",
        "testing": "Internal: on training and validation patients of the same study, tables of the scores.",
        "metrics": "AUC, sensitivity, specificity, calibration, decision curve; figures in tables of the scores.",
        "uncertainty": f"95% intervals of {_WITH_INTERVALS}; scores between readers. {_WITHOUT_INTERVALS}",
        "output": "Log-odds, derived probability and group at the cutoff.",
        "performance": "Tables of the scores: the published scores on training and validation lymph nodes.",
        "numbers": "Section Rad-scores, the lines of each score; section Local control, the tables of groups.",
    }
    judged = _judged(analysis)
    if not judged:
        evidence = {"imbalance": evidence["imbalance"]}
    evidence |= _of_validations(analysis, judged)
    if any(
        each.analysis is not None and (each.analysis.cox or each.analysis.imputed)
        for each in analysis.survival.analyses
    ):
        evidence["multivariable"] = "Cox's model of local control: clinical variables beside the score."
    both = (analysis.response, analysis.control)
    fitted = [models.fitted for models in both if models.fitted is not None]
    if any(models.validated is not None and models.validated.validation is not None for models in both):
        evidence["internal_test"] = (
            "Fitted scores are judged once on validation patients of the same study, who took no part in any choice."
        )
    return {**evidence, **_of_fits(fitted, both)} if fitted else evidence


def _judged(analysis: StudyAnalysis) -> list[Validation]:
    return [
        each.validation.validation
        for models in (analysis.response, analysis.control)
        for each in (*models.published, *(() if models.validated is None else (models.validated,)))
        if each.validation is not None
    ]


def _of_validations(analysis: StudyAnalysis, judged: list[Validation]) -> dict[str, str]:
    """What was judged, by what the judgements hold."""
    both = (analysis.response, analysis.control)
    evidence = {}
    if any(each.benchmark is not None for each in judged):
        evidence["comparison"] = "DeLong's paired test against the volume alone."
        evidence["volume"] = "Volume alone beside every score, tables of the scores."
    if any(each.calibration is not None for each in judged):
        evidence["calibration"] = "Intercept, slope, in the large and a smoothed curve, tables of the scores."
    if any(each.decision_curve is not None for each in judged):
        evidence["net_benefit"] = "Decision curves, where calibration does not contradict the probabilities."
    if any(models.fitted is not None and models.published for models in both):
        evidence["previous"] = "The published scores of Gu et al. 2021 on the same lymph nodes as the fitted ones."
    return evidence


def _folds(fitted: list[Fit]) -> str:
    """How many folds each score had, once where they had as many."""
    return " and ".join(map(str, dict.fromkeys(fit.folds for fit in fitted)))


def _selection(fit: Fit) -> str:
    recipe = fit.options.recipe
    redundant = "" if recipe.redundancy is None else f", one of features with |ρ| above {recipe.redundancy:g}"
    then = "then LASSO" if recipe.penalty == "lasso" else "no selection by the regression"
    return f"ICC filter{redundant}, {then}."


def _redundancy(fitted: list[Fit]) -> str:
    """What the filter of redundant features left out, as each fit recorded it; "" where one had none."""
    thresholds = [fit.options.recipe.redundancy for fit in fitted]
    if None in thresholds:
        return ""
    left_out = (f"{len(fit.stood_for)} of {fit.flow['kept_by_icc']}" for fit in fitted)
    above = " and ".join(f"{each:g}" for each in dict.fromkeys(thresholds))
    return (
        f"Of features with |ρ| (Spearman) above {above} one is kept, before the fit and in every resample: "
        f"{' and '.join(left_out)} reliable features left out, each with the one that stands for it on the card."
    )


def _of_coefficients(fit: Fit) -> str:
    """Whether the coefficients have limits: a penalty with λ gives none."""
    if fit.terms:
        return "Coefficients have the limits of the profile of Firth's penalised likelihood."
    return f"The coefficients of the {REGRESSIONS[fit.options.recipe.penalty].name} have none either."


def _against_overfitting(fit: Fit) -> str:
    name = REGRESSIONS[fit.options.recipe.penalty].name
    chosen = "" if fit.score.cross_validation is None else f" with λ.{fit.options.recipe.rule}, folds of patients"
    return f"{name[:1].upper()}{name[1:]}{chosen}; figures corrected by resampling, cutoff's range over resamples."


def _repeated(fit: Fit) -> str:
    recipe = fit.options.recipe
    redundant = "" if recipe.redundancy is None else "redundancy, "
    return (
        f"ICC filter, {redundant}{REGRESSIONS[recipe.penalty].name} and cutoff are repeated in every resample; "
        "patients are drawn, not lymph nodes."
    )


def _algorithm(fit: Fit) -> str:
    name = REGRESSIONS[fit.options.recipe.penalty].name
    path = "" if fit.score.cross_validation is None else ", glmnet's path"
    return f"{name[:1].upper()}{name[1:]}{path}."


def _tuning(fitted: list[Fit]) -> str:
    found = fitted[0].score.cross_validation
    if found is None:
        return "Nothing is tuned."
    measure = "AUC" if found.measure == "auc" else "deviance"
    return f"Cross-validated {measure} over {_folds(fitted)} folds of patients, λ.{fitted[0].options.recipe.rule}."


def _of_fits(fitted: list[Fit], both: tuple[OutcomeModels, ...]) -> dict[str, str]:
    sizes = [f"{fit.sample.needed} needed, {fit.sample.available} there" for fit in fitted if fit.sample is not None]
    evidence = {
        "testing": "Internal: corrected by resampling, and on validation patients of the same study.",
        "uncertainty": f"95% intervals of {_WITH_INTERVALS}; instability over resamples; scores between readers. "
        f"{_WITHOUT_INTERVALS} {_of_coefficients(fitted[0])}",
        "performance": "Tables of the scores: apparent, corrected and validation figures together.",
        "scaling": "Standardised inside the path, as glmnet; coefficients are for raw values.",
        "selection": _selection(fitted[0]),
        "algorithm": _algorithm(fitted[0]),
        "tuning": _tuning(fitted),
        "model_selection": "One algorithm, one rule of λ; the report tries no other."
        if not any(models.compared for models in both)
        else "One algorithm, chosen by the call; beside it the other two regressions, corrected by the same resamples.",
        "formula": "Tables of the scores: every coefficient; results/fitted-*.json.",
        "model_file": "results/fitted-*.json, model cards.",
        "overfitting": _against_overfitting(fitted[0]),
        "steps_repeated": _repeated(fitted[0]),
        "continuous": "Features enter as continuous values, linear in the log-odds; none is cut into categories.",
        "interpretability": "A linear score: contributions of each feature are shown beside the contour.",
    }
    redundancy = _redundancy(fitted)
    if redundancy:
        evidence["redundancy"] = redundancy
    if sizes:
        evidence["sample_size"] = f"Riley et al. 2020: {'; '.join(sizes)} (lymph nodes)."
        if all(fit.sample is not None and fit.sample.suffices for fit in fitted):
            evidence["dimensionality"] = evidence["sample_size"]
    return evidence
