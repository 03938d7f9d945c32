"""What is said of how a score predicts at one time: the published way, and with the other event competing."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from RLNResponseLib.common.wording import NOT_DEFINED, are, counted, formatted, limits_words, percent, with_limits
from RLNResponseLib.report.text.sentences import Sentence, columns
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS, VERY_FEW_PATIENTS
from RLNResponseLib.survival.comparison import share_words
from RLNResponseLib.survival.cox import CoxTerm
from RLNResponseLib.survival.imputed_cox import ImputedTerm
from RLNResponseLib.survival.prediction import Measure, Prediction
from RLNResponseLib.survival.results import SurvivalAnalysis

WIDTH = 110


def prediction_rows(analysis: SurvivalAnalysis) -> list[tuple[str, str, str]]:
    """What the score is worth at the time that is judged, the published way and with the other event competing.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    list of tuple
        The header first: what, without those who died first, with death competing. Empty where nothing was judged.
    """
    judged, survivors = analysis.prediction, analysis.survivors
    if judged is None:
        return []
    header = (f"at {judged.months:g} months", "published way, without who died first", "death competing")
    auc = survivors.auc if survivors else None
    rows = [
        header,
        ("rows", str(survivors.rows) if survivors else NOT_DEFINED, str(judged.rows)),
        ("left out", str(survivors.left_out) if survivors else NOT_DEFINED, "0"),
        ("AUC", NOT_DEFINED if auc is None else with_limits(auc.value, auc.lower, auc.upper), _both(judged.auc)),
    ]
    if judged.risk is None:
        return rows
    brier, null = (survivors.brier, survivors.null_brier) if survivors else (None, None)
    plain = [NOT_DEFINED if each is None else formatted(each) for each in (brier, null)]
    ipa = judged.risk.ipa.shown
    ratio = judged.risk.observed_over_expected
    return [
        *rows,
        ("Brier score", plain[0], _both(judged.risk.brier)),
        ("Brier score of one risk for all", plain[1], formatted(judged.risk.null_brier.value)),
        (
            "scaled Brier score (IPA)",
            percent(survivors.skill) if survivors else NOT_DEFINED,
            f"{share_words(ipa)}",
        ),
        (
            "observed / expected events",
            NOT_DEFINED,
            f"{with_limits(ratio.value, ratio.lower, ratio.upper, '.2f')}; expected {percent(judged.risk.expected)}",
        ),
    ]


def _both(measure: Measure) -> str:
    """By patient, and rows as independent where that is another figure."""
    rows = measure.by_row
    words = with_limits(rows.value, rows.lower, rows.upper)
    if measure.by_patient is None:
        return words
    own = measure.by_patient
    beside = limits_words(rows.lower, rows.upper)
    return f"{with_limits(own.value, own.lower, own.upper)} by patient; rows independent {beside}"


def calibration_rows(analysis: SurvivalAnalysis) -> list[tuple[str, str, str, str]]:
    """Predicted risks beside what happened, by groups of predicted risk; the header first, empty where there are none.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    list of tuple
    """
    judged = analysis.prediction
    if judged is None or judged.risk is None:
        return []
    header = ("predicted risk", "rows", "mean predicted", f"happened by {judged.months:g} months (Aalen–Johansen)")
    return [
        header,
        *(
            (
                f"{percent(group.lowest)} to {percent(group.highest)}",
                str(group.observed.rows),
                percent(group.predicted),
                share_words(group.observed.event),
            )
            for group in judged.risk.groups
        ),
    ]


def prediction_lines(analysis: SurvivalAnalysis) -> list[str]:
    """The tables of the prediction and what is said of them, for the terminal.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    list of str
    """
    if analysis.prediction is None:
        return []
    lines = ["", *columns(prediction_rows(analysis))]
    calibration = calibration_rows(analysis)
    lines += ["", *columns(calibration)] if calibration else []
    for sentence in prediction_sentences(analysis):
        lines += textwrap.wrap(sentence.text, WIDTH)
    return lines


def prediction_sentences(analysis: SurvivalAnalysis) -> list[Sentence]:
    """What is said of the prediction.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    list of Sentence
    """
    judged = analysis.prediction
    if judged is None:
        return []
    words = [
        f"AUC({judged.months:g}) compares rows with the event by then with all others, those gone by the other event "
        f"first among them{_censored(judged)}."
    ]
    if _is_group(analysis):
        words.append(
            "Here the score stands as its group, so that AUC is the group's, the mean of sensitivity and specificity; "
            "it is not the AUC of the score."
        )
    if judged.patients is not None and judged.patients < ENOUGH_PATIENTS:
        few = judged.patients < VERY_FEW_PATIENTS
        simulated = (
            "18 patients 95% limits by patient held the truth of AUC(24) in 88%, of the Brier score in 92%"
            if few
            else "59 patients 95% limits by patient held the truth of AUC(24) in 92%, of the Brier score in 94%"
        )
        words.append(
            f"From {counted(judged.patients, 'patient')} the limits are {'' if few else 'somewhat '}too narrow, since "
            f"their errors are an approximation for many: in simulated sets of {simulated}."
        )
    if judged.risk is None:
        words.append("The score gives no probability of the event here, so only its order is judged.")
    elif judged.risk.ipa.value <= 0:
        words.append("The predicted risks are no better than giving every row the same one.")
    return [Sentence(kind="statement", text=each) for each in words]


def _is_group(analysis: SurvivalAnalysis) -> bool:
    """Whether the score is judged by its group alone, as out of fold, where it has no scale in common."""
    model = analysis.cox or analysis.imputed
    terms: Mapping[str, CoxTerm | ImputedTerm] = model.terms if model else {}
    return any(
        split.of_score and split.cutoff is None and split.name in terms and terms[split.name].two_values is not None
        for split in analysis.splits
    )


def _censored(judged: Prediction) -> str:
    if not judged.censored:
        return "; no row is censored before"
    return (
        f"; {counted(judged.censored, 'row')} censored before {are(judged.censored)} stood for by weights (inverse "
        "probability of censoring)"
    )
