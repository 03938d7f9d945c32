"""The results in words, as a paper has them."""

from __future__ import annotations

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.wording import counted
from RLNResponseLib.report.text.result_lines import Result, enrolled_and_analysed
from RLNResponseLib.report.text.results import known_sets, study_results

_BEGINNINGS = {
    "response": "The AUC for response was",
    "two-year-control": "The AUC for recurrence within two years was",
    "high-against-low": "Local control above and below the published cutoff of Rad-score-2-year was",
    "features": "Of the features,",
    "decisions": "The group of a lymph node changed with the reader in",
}


def results_paragraph(analysis: StudyAnalysis) -> list[str]:
    """The flow, then the five results with their limits; what could not be analysed is said.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    list of str
        Paragraphs.
    """
    first, last = enrolled_and_analysed(analysis)
    sets = " and ".join(
        f"{counted(lymph_nodes, 'lymph node')} of {counted(patients, 'patient')} for {name}"
        for name, (patients, lymph_nodes) in known_sets(analysis).items()
    )
    known = [row["response"] for row in analysis.cases.rows if row["response"]]
    flow = [f"Of {first}, {last} ({sets})." if sets else f"Of {first}, {last}."]
    if analysis.simulated:
        flow.append("Their outcomes were drawn from the published scores, and say nothing of the scores' worth.")
    if known:
        flow.append(f"{sum(each == 'yes' for each in known)} of {counted(len(known), 'lymph node')} responded.")
    return [" ".join(flow), *(_in_words(result) for result in study_results(analysis))]


def _in_words(result: Result) -> str:
    if not result.lines:
        return result.means
    figures = "; ".join(f"{line.here} ({', '.join(filter(None, (line.what, line.units)))})" for line in result.lines)
    return f"{_BEGINNINGS[result.name]} {figures}. {result.means}"
