"""A score's p-value on the rows that chose its cutoff, or its formula, and beside it the one that allows for that."""

from __future__ import annotations

from typing import Literal

from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import p_words
from RLNResponseLib.survival.comparison import Comparison
from RLNResponseLib.survival.group_tests import LogRank
from RLNResponseLib.survival.maximally_selected import SelectedCutoff


def compare_cutoff(name: str, test: LogRank, selected: SelectedCutoff, rule: Literal[">", "<"] = ">") -> Comparison:
    """The log-rank p at a cutoff chosen on the same data, beside the corrected one.

    Parameters
    ----------
    name
        The score, for the sentence.
    test
        The log-rank test.
    selected
        The cutoff that was searched, with its corrected p.
    rule
        On which side of it the named group lies.

    Returns
    -------
    Comparison
    """
    return Comparison(
        "cutoff",
        f"{label(name, unit=False)} {rule} {selected.cutoff:g}: log-rank {p_words(test.p)}",
        f"{p_words(selected.corrected_p)} among {selected.candidates} cutoffs ({selected.permutations} permutations)",
    )


def compare_out_of_fold(name: str, test: LogRank, unseen: LogRank | None) -> Comparison:
    """The log-rank p of a score on the rows that it was fitted on, beside the one by scores that had not seen them.

    Parameters
    ----------
    name
        The score, for the sentence.
    test
        The log-rank test on the rows that made the score.
    unseen
        The log-rank test out of fold; None where there is none.

    Returns
    -------
    Comparison
    """
    corrected = (
        "none on these rows"
        if unseen is None
        else f"{label(name, unit=False)}, out of fold: log-rank {p_words(unseen.p)}"
    )
    published = f"{label(name, unit=False)} on the rows that made it: log-rank {p_words(test.p)}"
    return Comparison("out-of-fold", published, corrected)
