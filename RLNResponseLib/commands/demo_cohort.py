"""`rlnresponse demo --cohort`: the whole paper on a simulated cohort."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from RLNResponseLib.clock import now
from RLNResponseLib.commands.progress import TimedProgress, progress_bar
from RLNResponseLib.commands.report import write_report
from RLNResponseLib.demo.cohort import SimulatedCohort, simulate_cohort
from RLNResponseLib.features.cohort import extract_study
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.modelling.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.report.analysis_tables import control_table, lymph_node_table, patient_table
from RLNResponseLib.report.flow import flow_csv, flow_text, study_flow
from RLNResponseLib.report.study_page import refuse_unwritable
from RLNResponseLib.report.study_sets import SPLIT_FILE
from RLNResponseLib.report.table1 import table1
from RLNResponseLib.report.table1_comparison import comparison_csv, comparison_markdown, table1_beside_published
from RLNResponseLib.report.table1_margins import Cohort
from RLNResponseLib.report.table1_text import table1_csv, table1_text
from RLNResponseLib.report.words import counted
from RLNResponseLib.study.tables import Table, csv_text
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

PAGE_NAME = "report.html"


def run_cohort(output: Path, seed: int) -> None:
    """Make the study, extract, analyse; say what was written."""
    refuse_unwritable(output / PAGE_NAME)
    print(f"A simulated cohort (seed {seed}): phantom CT, no patients.\n")
    cohort = simulate_cohort(output, seed, now(), report=partial(progress_bar, label="simulating"))
    made = extract_study(cohort.study, TimedProgress("extracting"), workers=None)
    counts = f"{counted(len(cohort.true_scores), 'lymph node')} of {counted(len(cohort.sets), 'patient')}"
    print(f"{counted(made.rows, 'reading')} of {counts}, {len(made.failures)} unreadable.\n")
    print(flow_text(study_flow(cohort.study)))
    written = [cohort.study.folder, cohort.split_file, *made.files, *write_cohort_tables(cohort, output)]
    use_split(cohort)
    written += write_report(cohort.study.folder, output / PAGE_NAME, CORRECTION_RESAMPLES)
    print("\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def use_split(cohort: SimulatedCohort) -> None:
    """Let the analysis of the study split its patients as they were simulated."""
    folder = cohort.study.folder / "results"
    folder.mkdir(exist_ok=True)
    write_text_atomically(folder / SPLIT_FILE, cohort.split_file.read_text(encoding="utf-8"))


def write_cohort_tables(cohort: SimulatedCohort, output: Path) -> tuple[Path, ...]:
    """Flow, joined tables, Table 1 by set, controlled against failed lymph nodes, and Table 1 beside the paper's.

    Raises DataRefusedError where a group of a small cohort is empty (few-groups).
    """
    folder = output / "tables"
    folder.mkdir(exist_ok=True)
    tables = cohort.study.outcomes()
    title = cohort.study.protocol.title
    makers = (patient_table, lymph_node_table, control_table)
    patients, lymph_nodes, control = (make(tables, cohort.sets, title) for make in makers)
    by_set, by_set_lymph_nodes = table1(patients, "set"), table1(lymph_nodes, "set")
    by_control = table1(control, TWO_YEAR_CONTROL)
    scores = {name: both[0] for name, both in cohort.true_scores.items()}
    beside = table1_beside_published(Cohort(tables, cohort.sets), scores)
    texts = {
        "simulated-flow.csv": flow_csv(study_flow(cohort.study), title),
        "simulated-patients.csv": _csv(patients),
        "simulated-lymph-nodes.csv": _csv(lymph_nodes),
        "simulated-table1.csv": table1_csv(by_set),
        "simulated-table1-lymph-nodes.csv": table1_csv(by_set_lymph_nodes),
        "simulated-controlled-against-failed.csv": table1_csv(by_control),
        "simulated-beside-published.csv": comparison_csv(beside, title),
        "simulated-beside-published.md": comparison_markdown(beside, f"{title}: Table 1 beside the paper's"),
    }
    for name, text in texts.items():
        write_text_atomically(folder / name, text)
    print(f"\n{table1_text(by_set)}")
    return tuple(folder / name for name in texts)


def _csv(table: Table) -> str:
    return csv_text(table.columns, table.rows)
