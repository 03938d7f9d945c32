"""The first page: who was studied, the five results, and the picture that tells most."""

from __future__ import annotations

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.wording import counted
from RLNResponseLib.report.page.parts import PageTable, Part, Section, pictured, section, text
from RLNResponseLib.report.text.result_lines import Result, enrolled_and_analysed, result_words
from RLNResponseLib.report.text.results import known_sets, study_results

OVERVIEW = "overview"


def answer_section(analysis: StudyAnalysis) -> Section:
    """The flow in a line, the five results, the figure.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    results = study_results(analysis)
    parts = (
        text(question_line(analysis)),
        text(flow_line(analysis)),
        Part(
            kind="results",
            results=results,
            table=_as_table(results, result_words(analysis)),
            name="results",
            label="The five results",
        ),
        pictured(OVERVIEW, label="The figure"),
    )
    return section("answer", "The answer", parts, "first")


def question_line(analysis: StudyAnalysis) -> str:
    """What is asked, of whom, and which outcomes the scores are of.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    str
    """
    scores = "; ".join(f"{card.title}: {card.outcome[0].lower()}{card.outcome[1:]}" for card in analysis.published)
    return f"Asked: does a score of CT features of a recurrent lymph node tell its outcome? {scores}."


def flow_line(analysis: StudyAnalysis) -> str:
    """Who was enrolled, left out and analysed, in one line.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    str
    """
    first, last = enrolled_and_analysed(analysis)
    out = [step for step in analysis.flow if step.is_out]
    patients, lymph_nodes = (sum(getattr(step, of) or 0 for step in out) for of in ("patients", "lymph_nodes"))
    left_out = [counted(patients, "patient")] if patients else []
    left_out += [counted(lymph_nodes, "lymph node")] if lymph_nodes else []
    sets = ", ".join(
        f"{name} {counted(number, 'patient')} with {counted(of, 'lymph node')}"
        for name, (number, of) in known_sets(analysis).items()
    )
    words = [first, *([f"{' and '.join(left_out)} left out"] if left_out else []), last]
    return f"{' → '.join(words)} ({sets})." if sets else f"{' → '.join(words)}."


def _as_table(results: tuple[Result, ...], words: str) -> PageTable:
    """The same as a table, for its CSV."""
    rows = []
    for result in results:
        lines = [(line.what, line.here, line.units, line.paper) for line in result.lines] or [("", "", "", "")]
        rows += [(result.question, *line, result.means, result.not_shown) for line in lines]
    header = (
        "question",
        "of what",
        "this study (95% limits)",
        "limits",
        "the paper",
        "what it means",
        "what it does not show",
    )
    return PageTable(name="results", title="The five results", header=header, rows=tuple(rows), notes=(words,))
