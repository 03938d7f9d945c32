"""What the second CT of a study's lymph nodes is said to show."""

from __future__ import annotations

from collections import Counter

from RLNResponseLib.agreement.icc import ICC
from RLNResponseLib.analysis.rescans import Rescans
from RLNResponseLib.analysis.size_response import length_figures
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, listed
from RLNResponseLib.report.text.agreement import icc_names
from RLNResponseLib.report.text.sentences import Sentence, columns
from RLNResponseLib.report.text.size import PATIENT_RULE, RULE, WEAKNESS, change_words, non_target_words

_MOST_NAMED = 8
_NEW_ONES = (
    "Known of new lymph nodes are those that were contoured on a second CT of occasion after, in a row that repeats no "
    "other row; no other new lesion is looked for."
)


def rescan_sentences(found: Rescans) -> tuple[Sentence, ...]:
    """What is said of the second CT of a study's lymph nodes.

    Parameters
    ----------
    found
        Of `study_rescans`.

    Returns
    -------
    tuple of Sentence
    """
    occasions = Counter(scan.occasion for scan in found.scans)
    counts = " and ".join(f"{counted(count, 'lymph node')} of occasion {name}" for name, count in occasions.items())
    sentences = [
        Sentence(kind="statement", text=f"{counts}, first contours of reader {found.reader} on both CT."),
        *(Sentence(kind="figure", text=line, indent=2) for line in columns(size_rows(found))),
        Sentence(kind="statement", text=RULE),
        *_patients(found),
        Sentence(kind="statement", text=WEAKNESS),
        *_agreement(found),
        Sentence(
            kind="statement",
            text="The change of each feature, absolute and as a share of the first value's size, is in the table; both "
            "CT were extracted with the protocol's settings. A change smaller than test-retest differences is none.",
            terminal="The change of each feature, absolute and as a share of the first value's size, is written with "
            "--output; both CT were extracted with the protocol's settings. A change smaller than test-retest "
            "differences is none.",
        ),
    ]
    if found.left_out:
        sentences.append(
            Sentence(
                kind="statement",
                text="Left out, without contour or features on one of the two CT: "
                f"{listed(found.left_out, _MOST_NAMED)}.",
            )
        )
    return (*sentences, Sentence(kind="notice", text=RESEARCH_USE_ONLY))


def size_rows(found: Rescans) -> list[tuple[str, ...]]:
    """The sizes on both CT as a table, its header first.

    Parameters
    ----------
    found
        Of `study_rescans`.

    Returns
    -------
    list of tuple of str
    """
    rows: list[tuple[str, ...]] = [("lymph node", "second", "occasion", "short axis, mm", "change", "response by size")]
    for scan, size in zip(found.scans, found.sizes, strict=True):
        judged = size.category or f"none: {size.reason}"
        rows.append(
            (
                scan.repeat_of,
                scan.lymph_node,
                scan.occasion,
                " to ".join(length_figures(size.before.judged_mm, size.after.judged_mm)),
                change_words(size.change),
                judged if scan.occasion == "after" else "",
            )
        )
    return rows


def patient_rows(found: Rescans) -> list[tuple[str, ...]]:
    """The patients' sums on both CT as a table, its header first.

    Parameters
    ----------
    found
        Of `study_rescans`.

    Returns
    -------
    list of tuple of str
    """
    rows: list[tuple[str, ...]] = [
        ("patient", "targets", "sum of short axes, mm", "change", "targets'", "others'", "response by size")
    ]
    for patient, response in found.by_patient.items():
        known = response.change is not None
        rows.append(
            (
                patient,
                listed([each.name for each in response.of("target")], _MOST_NAMED) or "none",
                " to ".join(length_figures(response.sum_before_mm, response.sum_after_mm)) if known else "",
                change_words(response.change) if response.change is not None else "",
                response.target or "",
                non_target_words(response),
                "; ".join(part for part in (response.category or "none", response.reason) if part),
            )
        )
    return rows


def _patients(found: Rescans) -> list[Sentence]:
    if not found.by_patient:
        return []
    return [
        *(Sentence(kind="figure", text=line, indent=2) for line in columns(patient_rows(found))),
        Sentence(kind="statement", text=PATIENT_RULE),
        Sentence(kind="statement", text=_NEW_ONES),
    ]


def _agreement(found: Rescans) -> list[Sentence]:
    if found.retest is None:
        return [Sentence(kind="statement", text="Fewer than three lymph nodes of occasion retest: no test-retest ICC.")]
    passed = found.passed(found.retest)
    said = (
        f"Test-retest, two CT and two contours of {counted(found.retest.n, 'lymph node')}: "
        f"{_above(found, found.retest)}. Its limits take lymph nodes as independent, which those of one patient are "
        "not."
    )
    if found.recontouring is None:
        other = f"Reader {found.reader} contoured no CT twice, so there is nothing of re-contouring beside it."
    else:
        both = set(passed) & set(found.passed(found.recontouring))
        other = (
            f"Re-contouring one CT, {counted(found.recontouring.n, 'lymph node')}: "
            f"{_above(found, found.recontouring)}; {len(both)} in both. The study's rule asks for re-contouring alone, "
            "not for test-retest."
        )
    return [Sentence(kind="statement", text=said), Sentence(kind="statement", text=other)]


def _above(found: Rescans, of: ICC) -> str:
    rule = found.rule
    return (
        f"{len(found.passed(of))} of {len(found.names)} features have {icc_names(rule.form)} above {rule.threshold:g} "
        f"(on the {rule.judged})"
    )
