"""What is said of one score's agreement: its ICC, who changes group and which way, κ and AC1, equivalence."""

from __future__ import annotations

from RLNResponseLib.analysis.model_agreement import ComparedScores, ModelAgreement
from RLNResponseLib.common.wording import apart, counted, formatted, limits_words, p_words, with_limits
from RLNResponseLib.report.text.sentences import Sentence
from RLNResponseLib.statistics.estimates import Proportion

_MOST_FLIPS = 10


def model_agreement_sentences(each: ModelAgreement) -> list[Sentence]:
    """What is said of one score's agreement.

    Parameters
    ----------
    each
        Agreement of one score between the readings.

    Returns
    -------
    list of Sentence
    """
    if each.inter is None and each.intra is None:
        lacking = [Sentence(kind="figure", text=f"{each.model.title}: no score-level agreement. {each.reason}")]
        return [*lacking, *_components(each)]
    found = (("inter", each.inter), ("intra", each.intra))
    compared_scores = [
        sentence
        for kind, compared in found
        if compared is not None
        for sentence in _compared_scores(each, kind, compared)
    ]
    return [*_components(each), *compared_scores]


def _components(each: ModelAgreement) -> list[Sentence]:
    if each.components is None or each.components.icc_inter is None:
        return []
    found = each.components.icc_inter
    share = with_limits(found.value, found.lower, found.upper, beside="REML, limits that count the readers")
    words = f"{each.model.title}: ICC of one reading by any reader {share}; F is too narrow where readers differ."
    return [Sentence(kind="statement", text=words, indent=2)]


def _compared_scores(each: ModelAgreement, kind: str, compared: ComparedScores) -> list[Sentence]:
    found = compared.agreement
    icc = with_limits(found.icc.estimate[0], found.icc.lower[0], found.icc.upper[0], beside=found.icc.interval)
    words = f"{each.model.title}, {_called(kind)}: {found.icc.form} {icc}; {flip_words(found.flip_rate)}"
    at = each.model.cutoff.value
    cutoff = f"cutoff {at:g}"
    lines = [
        f"{flip.lymph_node}: {apart(flip.first_score, at)} and {apart(flip.second_score, at)}, {cutoff}"
        for flip in found.flips[:_MOST_FLIPS]
    ]
    if len(found.flips) > _MOST_FLIPS:
        lines.append(f"and {len(found.flips) - _MOST_FLIPS} more")
    return [
        Sentence(kind="figure", text=words),
        *(Sentence(kind="figure", text=line, indent=4) for line in lines),
        Sentence(kind="figure", text=f"limits of agreement {agreement_limits_words(compared)}", indent=4),
        Sentence(kind="figure", text=f"groups: {kappa_words(compared)}; {direction_words(compared)}", indent=4),
        *(
            Sentence(kind="statement", text=f"{each.model.title}, {_called(kind)}: {line}", indent=2)
            for line in equivalence_words(compared)
        ),
    ]


def _called(kind: str) -> str:
    return "intra (re-contouring of the same CT)" if kind == "intra" else kind


def agreement_limits_words(compared: ComparedScores) -> str:
    """Bland and Altman's limits of a score, with the 95% limits of each: "-0.275 to 0.391, each ± 0.051".

    Parameters
    ----------
    compared
        Scores of the same lymph nodes by two readings.

    Returns
    -------
    str
    """
    limits = compared.agreement.limits
    return f"{limits_words(limits.lower[0], limits.upper[0])}, each ± {formatted(limits.margin[0])}"


def kappa_words(compared: ComparedScores) -> str:
    """κ and AC1 of the groups, limits by patient.

    Parameters
    ----------
    compared
        Scores of the same lymph nodes by two readings.

    Returns
    -------
    str
    """
    groups = compared.agreement.groups
    return ", ".join(
        f"{name} {with_limits(found.value, found.lower, found.upper)}"
        for name, found in (("κ", groups.kappa), ("AC1", groups.ac1))
    )


def direction_words(compared: ComparedScores) -> str:
    """Which way lymph nodes change group, and whether chance would do that.

    Parameters
    ----------
    compared
        Scores of the same lymph nodes by two readings.

    Returns
    -------
    str
    """
    groups = compared.agreement.groups
    test = f", {p_words(groups.direction_p)} (McNemar, exact, by patient)" if groups.up + groups.down else ""
    return f"{groups.up} up, {groups.down} down{test}"


def equivalence_words(compared: ComparedScores) -> list[str]:
    """Whether the two readings' mean score is equivalent within the margin that was stated; [] where none was.

    Parameters
    ----------
    compared
        Scores of the same lymph nodes by two readings.

    Returns
    -------
    list[str]
    """
    tested = compared.agreement.equivalence
    if tested is None:
        return []
    mean = with_limits(
        tested.difference.value, tested.difference.lower, tested.difference.upper, beside="90% by patient"
    )
    verdict = "is shown" if tested.is_shown else "is not shown"
    return [
        f"the second reading's mean score less the first's is {mean}; equivalence within the stated margin of "
        f"±{tested.margin:g} {verdict} ({p_words(tested.p)}). It is of the mean: single lymph nodes may differ by more."
    ]


def flip_cell(rate: Proportion) -> str:
    """How many lymph nodes change group with the reader: "1 of 5: 20.0% (0.5% to 71.6%)".

    Parameters
    ----------
    rate
        Of the scores' agreement.

    Returns
    -------
    str
    """
    return f"{rate.count} of {rate.of}: {_in_percent(rate)}"


def flip_words(rate: Proportion) -> str:
    """`flip_cell` as the part of a sentence.

    Parameters
    ----------
    rate
        Of the scores' agreement.

    Returns
    -------
    str
    """
    return f"{rate.count} of {counted(rate.of, 'lymph node')} change group: {_in_percent(rate)}"


def _in_percent(rate: Proportion) -> str:
    return with_limits(rate.value, rate.lower, rate.upper, ".1%")
