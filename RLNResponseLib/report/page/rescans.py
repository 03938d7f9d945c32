"""The appendix on lymph nodes with a second CT; nothing in a study that has none."""

from __future__ import annotations

from RLNResponseLib.agreement.icc import ICC
from RLNResponseLib.analysis.rescans import Rescans
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.wording import with_limits
from RLNResponseLib.report.page.parts import FIRST_ROWS, PageTable, Section, listed, section, tabled
from RLNResponseLib.report.text.rescans import patient_rows, rescan_sentences, size_rows
from RLNResponseLib.report.text.sentences import texts


def rescans_sections(analysis: StudyAnalysis) -> tuple[Section, ...]:
    """Response by size, and test-retest beside re-contouring.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    tuple of Section
        One, or none.
    """
    found = analysis.rescans
    if found is None:
        return ()
    header, *rows = size_rows(found)
    sizes = PageTable(
        name="second-ct",
        title="Short axis on both CT, and response by size",
        header=header,
        rows=tuple(rows),
    )
    parts = [listed(texts(rescan_sentences(found))), tabled(sizes)]
    if found.by_patient:
        header, *rows = patient_rows(found)
        sums = PageTable(
            name="second-ct-patients",
            title="Response by size of each patient: the sum of the targets' short axes",
            header=header,
            rows=tuple(rows),
        )
        parts.append(tabled(sums))
    if found.retest is not None:
        parts.append(tabled(_agreement_table(found, found.retest)))
    return (section("second-ct", "Lymph nodes on a second CT", tuple(parts), "appendix"),)


def _agreement_table(found: Rescans, retest: ICC) -> PageTable:
    rows = []
    for number, name in enumerate(found.names):
        recontouring = "" if found.recontouring is None else _limits(found.recontouring, number)
        rows.append((feature_label(name), _limits(retest, number), recontouring))
    return PageTable(
        name="test-retest",
        title="Test-retest of every feature, beside re-contouring",
        header=("feature", f"test-retest, n {retest.n} (95%, F)", "re-contouring of one CT (95%, F)"),
        rows=tuple(rows),
        first=FIRST_ROWS,
    )


def _limits(of: ICC, number: int) -> str:
    return with_limits(float(of.estimate[number]), float(of.lower[number]), float(of.upper[number]))
