"""METRICS (Kocak et al. 2024, doi 10.1186/s13244-023-01572-w) as far as a study folder answers it: a lower bound."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.wording import percent
from RLNResponseLib.report.text.sentences import Sentence

# The published tool's, in percent: below each limit, its name.
_CATEGORIES = ((20, "very low"), (40, "low"), (60, "moderate"), (80, "good"), (float("inf"), "excellent"))


@dataclass(frozen=True, kw_only=True)
class MetricsScore:
    """What the items that a folder answers add up to.

    Attributes
    ----------
    share
        The weights of the items that are answered yes, of those that apply; 0 to 1.
    answered, left, without
        The items that count, that are left to the authors, that do not apply.
    """

    share: float
    answered: tuple[str, ...]
    left: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def category(self) -> str:
        """The published name of the share, to the tenth of a percent that the published tool rounds to."""
        return next(name for limit, name in _CATEGORIES if round(100 * self.share, 1) < limit)


def metrics_score(items: Sequence[Mapping[str, Any]], evidence: Collection[str]) -> MetricsScore:
    """Add up the weights of the items whose evidence is a yes.

    Parameters
    ----------
    items
        Of Resources/report/metrics.json: "item", "weight", "evidence", "counts", "applies".
    evidence
        The kinds of evidence that there are.

    Returns
    -------
    MetricsScore

    Examples
    --------
    >>> items = [
    ...     {"item": "1", "weight": 0.3, "evidence": "flow", "counts": True, "applies": True},
    ...     {"item": "2", "weight": 0.1, "evidence": None, "counts": False, "applies": True},
    ...     {"item": "3", "weight": 0.6, "evidence": None, "counts": False, "applies": False},
    ... ]
    >>> score = metrics_score(items, {"flow"})
    >>> round(score.share, 2), score.category, score.left
    (0.75, 'good', ('2',))
    """
    applying = [item for item in items if item["applies"]]
    answered = [item for item in applying if item["counts"] and item["evidence"] in evidence]
    return MetricsScore(
        share=sum(item["weight"] for item in answered) / sum(item["weight"] for item in applying),
        answered=tuple(item["item"] for item in answered),
        left=tuple(item["item"] for item in applying if item not in answered),
        without=tuple(item["item"] for item in items if not item["applies"]),
    )


def metrics_sentences(score: MetricsScore) -> tuple[Sentence, ...]:
    """The score with what it is of.

    Parameters
    ----------
    score
        The sum.

    Returns
    -------
    tuple of Sentence
    """
    return (
        Sentence(
            kind="statement",
            text=f"METRICS: at least {percent(score.share)} by its published weights ('{score.category}' by the names "
            f"of its authors), from items {', '.join(score.answered) or 'none'}, which the folder answers with yes. "
            f"Items {', '.join(score.left) or 'none'} count as no here until the authors answer them, also where "
            "evidence stands beside them, since whether it is enough is a judgement.",
        ),
        Sentence(
            kind="statement",
            text=f"Items {', '.join(score.without)} do not apply: lymph nodes are contoured by readers, and nothing "
            "is learned from the image end to end.",
        ),
    )
