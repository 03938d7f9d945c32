"""What is said of a study's blinding: as much as its log shows, and what it cannot show."""

from __future__ import annotations

from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.blinding_evidence import BlindingEvidence


def blinding_sentences(evidence: BlindingEvidence) -> tuple[str, ...]:
    """Who was blinded to what, what came after unblinding, and what the log cannot tell.

    Parameters
    ----------
    evidence
        Of an unblinded study.

    Returns
    -------
    tuple of str
        Each begins with a capital letter and ends with a full stop.
    """
    sentences = [*_of_readings(evidence), *_of_work(evidence)]
    if evidence.after:
        sentences.append(f"{evidence.after.sentence[:1].upper()}{evidence.after.sentence[1:]}.")
    else:
        sentences.append(
            "After unblinding nothing was corrected, left out, taken in again or imported, by the study's log."
        )
    return tuple(sentences)


def _of_readings(evidence: BlindingEvidence) -> list[str]:
    sentences = []
    if evidence.drawn:
        sentences.append(
            f"{counted(evidence.drawn, 'contour')} {_was(evidence.drawn)} drawn in this software and locked before "
            "unblinding, by the study's log: until then it showed no reader another reader's contours, outcomes or "
            "scores."
        )
    if evidence.imported:
        sentences.append(
            f"{counted(evidence.imported, 'contour')} {_was(evidence.imported)} imported from files and locked before "
            "unblinding, by the study's log; what their readers had seen when they drew them was not recorded, so "
            "their blinding is not shown here."
        )
    for source, count in evidence.elsewhere.items():
        sentences.append(
            f"{counted(count, 'contour')} {_was(count)} locked before unblinding with the source '{source}'; what was "
            "seen when drawing them was not recorded, so their blinding is not shown here."
        )
    sentences.append(
        "The log tells what this software showed and did, not whether somebody opened the folder's files otherwise."
    )
    return sentences


def _of_work(evidence: BlindingEvidence) -> list[str]:
    sentences = []
    if evidence.other_round:
        sentences.append(
            f"{counted(evidence.other_round, 'correction')} {_was(evidence.other_round)} made while the study was "
            "blinded by readers who could see their own contour of the other round."
        )
    if evidence.other_protocols:
        sentences.append(
            f"{counted(evidence.other_protocols, 'reading')} {_was(evidence.other_protocols)} locked under another "
            "text of the protocol than the frozen one; the log holds each text."
        )
    unblinding = evidence.unblinding
    if unblinding is not None:
        if unblinding.missing:
            count = len(unblinding.missing)
            sentences.append(
                f"{counted(count, 'assigned reading')} {_was(count)} let through as missing at unblinding."
            )
        if unblinding.despite is not None:
            sentences.append(f"It was unblinded although study verify found problems, because: {unblinding.despite}")
        if unblinding.anchor is not None:
            sentences.append(f"Before unblinding the log was compared with the anchor {unblinding.anchor}.")
        if unblinding.anchor_not_compared is not None:
            sentences.append(
                f"An anchor was taken on {unblinding.anchor_not_compared} and was not compared before unblinding."
            )
    return sentences


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
