"""What is said of readers' agreement, and its rows for a CSV file and the panel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from RLNResponseLib.agreement.components import COMPONENTS, VarianceComponents
from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, FeatureComparison
from RLNResponseLib.agreement.icc import RANDOM, SHROUT_FLEISS, Form
from RLNResponseLib.agreement.overlap import ReaderOverlap
from RLNResponseLib.analysis.agreement import AgreementResult
from RLNResponseLib.analysis.provenance import provenance_sentences
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, formatted, text_of_lines, with_limits
from RLNResponseLib.report.text.model_agreement import model_agreement_sentences
from RLNResponseLib.report.text.reader_accuracy import reader_accuracy_sentences
from RLNResponseLib.report.text.sentences import Sentence, printed, warning_sentences

COLUMNS = (
    "feature", "inter_icc", "inter_lower", "inter_upper", "intra_icc", "intra_lower", "intra_upper", "form", "passes",
    "reason",
    *(f"{kind}_{part}" for kind in ("inter", "intra") for part in (
        "bias", "agreement_lower", "agreement_upper", "agreement_margin", "smallest_detectable_change",
    )),
    "reml_icc_inter", "reml_icc_inter_lower", "reml_icc_inter_upper", "reml_icc_intra",
    *(f"variance_{name}" for name in COMPONENTS),
)  # fmt: skip
_MOST_NAMED = 8
_MEASURES = (
    ("dice", "Dice"),
    ("surface_dice_1mm", "surface Dice at 1 mm"),
    ("surface_dice_2mm", "surface Dice at 2 mm"),
    ("surface_dice_3mm", "surface Dice at 3 mm"),
    ("hd95_mm", "HD95, mm"),
    ("added_path_length_mm", "added path length, mm"),
)
# By whether there are more than two readers: coverage in Testing/simulations/results/icc_coverage.txt.
_SIMULATED = {
    False: "where two readers differ these limits in 98%, F in 69 to 78%, the bootstrap by patient in 34 to 52%; where "
    "they are alike 99.8, 95 and 94%. More than 95% since a variance of the readers that comes out below 0 is taken as "
    "0, and the limits do not narrow with it",
    True: "where readers differ these limits in 97%, F in 81% (three readers) and 88% (five), the bootstrap by patient "
    "in 45 and 54%",
}


def agreement_text(result: AgreementResult) -> str:
    """What a person reads first: how many features pass, who changes group, how the contours overlap.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    str
    """
    return text_of_lines(printed(agreement_sentences(result)))


def agreement_sentences(result: AgreementResult) -> tuple[Sentence, ...]:
    """What is said of readers' agreement, in order, for every surface.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    tuple of Sentence
    """
    features = result.features
    rule = features.rule
    return (
        Sentence(
            kind="statement",
            text=f"{len(features.passed)} of {len(features.names)} features pass: inter and intra "
            f"{icc_names(features.inter.icc.form)} above {rule.threshold:g} on the {rule.judged}.",
        ),
        *components_sentences(features),
        Sentence(kind="statement", text=f"inter: {_compared(features.inter)}", indent=2),
        *(
            Sentence(kind="statement", text=f"intra (re-contouring of the same CT): {_compared(intra)}", indent=2)
            for intra in (features.intra, *features.other_intra)
        ),
        *_failed(features),
        *_without_icc(features),
        *_without_lower_limit(features),
        *(sentence for each in result.scores for sentence in model_agreement_sentences(each)),
        *(sentence for each in result.accuracy for sentence in reader_accuracy_sentences(each)),
        *(sentence for kind, overlap in result.overlaps.items() for sentence in _of_contours(kind, overlap)),
        *_of_provenance(result),
        *warning_sentences(result.warnings),
        Sentence(kind="figure", text=""),
        Sentence(kind="figure", text="Features that pass:"),
        *(Sentence(kind="figure", text=name, indent=2) for name in features.passed),
        Sentence(kind="figure", text=""),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def _of_provenance(result: AgreementResult) -> list[Sentence]:
    said = () if result.provenance is None else provenance_sentences(result.provenance)
    return [Sentence(kind="statement", text=sentence) for sentence in said]


def interval_words(interval: str) -> str:
    """An interval with what it takes as random, and what that costs where readers differ.

    Parameters
    ----------
    interval
        As `ICC.interval` says it.

    Returns
    -------
    str

    Examples
    --------
    >>> interval_words("bootstrap by patient")
    'bootstrap by patient, which takes patients random, readers (or rounds) fixed, these and no others'
    """
    return f"{interval}, which takes {RANDOM[interval]}"


def components_sentences(features: FeatureAgreement) -> tuple[Sentence, ...]:
    """What the variance components are of, and what their limits count.

    Parameters
    ----------
    features
        The agreement of the features.

    Returns
    -------
    tuple of Sentence
    """
    known = [found for found in features.components if found.design is not None]
    if not known:
        reasons = dict.fromkeys(found.reason for found in features.components)
        return tuple(
            Sentence(kind="statement", text=f"No variance components: {reason}", indent=2) for reason in reasons
        )
    design = max((found.design for found in known if found.design), key=lambda one: one.readings)
    shares = [found.icc_inter for found in known if found.icc_inter is not None]
    value, lower, upper = (
        float(np.median([getattr(each, name) for each in shares])) for name in ("value", "lower", "upper")
    )
    readers = counted(design.readers, "reader")
    return (
        Sentence(
            kind="statement",
            text=f"Variance components by REML, {' + '.join(name.replace('_', ' ') for name in design.df)}, take all "
            f"{counted(design.readings, 'reading')}: {counted(design.lymph_nodes, 'lymph node')} of "
            f"{counted(design.patients, 'patient')}, {readers}, {counted(design.repeats, 'repeat')}. Their limits "
            f"take patients, lymph nodes and readers as random and count {readers} as "
            f"{counted(design.df['reader'], 'degree')} of freedom. Medians over the features: ICC of one reading by "
            f"any reader {formatted(value)}, its lower limit {formatted(lower)}, its upper limit {formatted(upper)}.",
            indent=2,
        ),
        Sentence(
            kind="statement",
            text="How often 95% limits of the ICC hold the truth, in simulated studies of the paper's size: "
            f"{_SIMULATED[design.readers > 2]}.",
            indent=2,
        ),
    )


def agreement_rows(result: AgreementResult) -> list[dict[str, Any]]:
    """One row a feature, by COLUMNS.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    list[dict[str, Any]]
    """
    features = result.features
    rows = []
    for position, verdict in enumerate(features.verdicts):
        row: dict[str, Any] = {
            "feature": verdict.name,
            "form": features.inter.icc.form,
            "passes": "yes" if verdict.passes else "no",
            "reason": verdict.reason,
        }
        for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
            found = comparison.icc
            row[f"{kind}_icc"] = _cell(found.estimate[position])
            row[f"{kind}_lower"] = _cell(found.lower[position])
            row[f"{kind}_upper"] = _cell(found.upper[position])
            if comparison.limits is not None:
                limits = comparison.limits
                row[f"{kind}_bias"] = _cell(limits.bias[position])
                row[f"{kind}_agreement_lower"] = _cell(limits.lower[position])
                row[f"{kind}_agreement_upper"] = _cell(limits.upper[position])
                row[f"{kind}_agreement_margin"] = _cell(limits.margin[position])
                row[f"{kind}_smallest_detectable_change"] = _cell(limits.smallest_detectable_change[position])
        rows.append({name: row.get(name) for name in COLUMNS} | _components_cells(features.components[position]))
    return rows


def _components_cells(found: VarianceComponents) -> dict[str, float | None]:
    cells: dict[str, float | None] = {f"variance_{name}": _cell(each.value) for name, each in found.variances.items()}
    if found.icc_inter is not None:
        share = found.icc_inter
        cells |= {
            "reml_icc_inter": _cell(share.value),
            "reml_icc_inter_lower": _cell(share.lower),
            "reml_icc_inter_upper": _cell(share.upper),
        }
    if found.icc_intra is not None:
        cells["reml_icc_intra"] = _cell(found.icc_intra.value)
    return cells


def icc_names(form: Form) -> str:
    """McGraw and Wong's name with Shrout and Fleiss's: "ICC(A,1) (Shrout and Fleiss's ICC(2,1))".

    Parameters
    ----------
    form
        McGraw and Wong's name of the ICC.

    Returns
    -------
    str
    """
    return f"{form} (Shrout and Fleiss's {SHROUT_FLEISS[form]})"


def _failed(features: FeatureAgreement) -> list[Sentence]:
    failed = features.failed
    words = f"{counted(len(failed), 'reading')} without features: {', '.join(failed)}"
    return [Sentence(kind="statement", text=words, indent=2)] if failed else []


def _without_icc(features: FeatureAgreement) -> list[Sentence]:
    """Which features have no ICC, and why; they never pass."""
    by_reason: dict[str, list[str]] = {}
    for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
        for name, reason in zip(features.names, comparison.icc.reasons, strict=True):
            if reason:
                by_reason.setdefault(f"{kind} ICC, {reason}", []).append(name)
    return [
        Sentence(
            kind="figure",
            text=f"no {reason}: {', '.join(names[:_MOST_NAMED])}{_and_more(len(names), _MOST_NAMED)}",
            indent=2,
        )
        for reason, names in by_reason.items()
    ]


def _without_lower_limit(features: FeatureAgreement) -> list[Sentence]:
    """Which features' mean of readings has no finite lower limit, and why."""
    sentences = []
    for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
        open_ended = np.flatnonzero(np.isneginf(comparison.icc.lower))
        if open_ended.size:
            names = [features.names[place] for place in open_ended]
            sentences.append(
                Sentence(
                    kind="figure",
                    text=f"{kind} {comparison.icc.form} without a lower limit (minus infinity, left empty): "
                    f"{', '.join(names[:_MOST_NAMED])}{_and_more(len(names), _MOST_NAMED)}. The limit of one reading "
                    f"lies at or below −1/(k − 1), k = {comparison.icc.k}, from where the mean of k readings can be "
                    "nothing but their errors: such readings set no bound.",
                    indent=2,
                )
            )
    return sentences


def _and_more(count: int, shown: int) -> str:
    return f" and {count - shown} more" if count > shown else ""


def _compared(comparison: FeatureComparison) -> str:
    pairs = comparison.pairs
    lymph_nodes = counted(comparison.icc.n, "lymph node")
    text = f"{' against '.join(pairs.columns)}, {lymph_nodes}, interval {interval_words(comparison.icc.interval)}"
    return text + (f"; {len(pairs.left_out)} left out, without all readings" if pairs.left_out else "")


def _of_contours(kind: str, overlap: ReaderOverlap) -> list[Sentence]:
    sentences = []
    for measure, name in _MEASURES:
        if measure in overlap.summary:
            mean, worst = overlap.summary[measure].mean, overlap.summary[measure].worst
            words = f"mean {with_limits(mean.value, mean.lower, mean.upper, beside=mean.interval)}, worst {worst:.3f}"
            sentences.append(Sentence(kind="figure", text=f"{kind} {name}: {words}", indent=2))
    only = (
        ("only by the first", overlap.missed),
        ("only by the second", overlap.extra),
        ("by both, without a common voxel", overlap.apart),
    )
    return [
        *sentences,
        *(
            Sentence(kind="statement", text=f"{kind}: contoured {by}: {', '.join(names)}.", indent=2)
            for by, names in only
            if names
        ),
    ]


def _cell(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
