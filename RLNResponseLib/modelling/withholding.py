"""Where a group is withheld that a score would have: what the image says, and one score of the others'.

Where the image or a score says that a lymph node is not like those of the paper, the scores are shown and the groups
are withheld, and the probabilities that are derived from them (docs/checks.md, "No group").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.modelling.score_model import ScoreResult

# Findings after which the values are no lymph node's HU: no CT, not in HU, or not in a body.
WITHHOLDING_FINDINGS = frozenset({"not-ct", "values-not-hu", "rescale-not-hu", "no-light-tissue-near"})


def withhold(scores: Sequence[ScoreResult], findings: Sequence[Finding]) -> tuple[ScoreResult, ...]:
    """The scores of one contour, each without its group where one must not be given.

    A finding on the image, or one score far outside its card's published groups, withholds the groups of all: what
    makes one formula's input unlike the paper's makes the other's. A lymph node far from what one fitted card was made
    from says nothing of another card's, so that reason stays with its score.

    Parameters
    ----------
    scores
        The scores of one contour.
    findings
        What the checks found.

    Returns
    -------
    tuple of ScoreResult
    """
    of_all = _of_findings(findings) or next((score.withheld for score in scores if score.is_out_of_range), None)
    return tuple(replace(score, withheld=of_all or score.withheld) for score in scores)


def _of_findings(findings: Sequence[Finding]) -> str | None:
    for finding in findings:
        if finding.code in WITHHOLDING_FINDINGS:
            return f"No group is given: {finding.message[:1].lower()}{finding.message[1:]}"
    return None
