"""`rlnresponse demo --cohort`: the whole paper on a simulated cohort."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.clock import now
from RLNResponseLib.commands.progress import TimedProgress, progress_bar
from RLNResponseLib.demo.cohort import SimulatedCohort, simulate_cohort
from RLNResponseLib.features.cohort import extract_study
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.report.analysis_tables import lymph_node_table, patient_table
from RLNResponseLib.report.flow import flow_csv, flow_text, study_flow
from RLNResponseLib.report.table1 import table1
from RLNResponseLib.report.table1_comparison import comparison_csv, comparison_markdown, table1_beside_published
from RLNResponseLib.report.table1_margins import Cohort
from RLNResponseLib.report.table1_text import table1_csv, table1_text
from RLNResponseLib.study.tables import Table, csv_text

_TITLE = "SIMULATED cohort: its Table 1 beside the paper's"


def run_cohort(output: Path, seed: int) -> None:
    """Make the study, extract, analyse; say what was written."""
    print(f"A simulated cohort (seed {seed}): phantom CT, no patients.\n")
    cohort = simulate_cohort(output, seed, now(), report=partial(progress_bar, label="simulating"))
    made = extract_study(cohort.study, TimedProgress("extracting"), workers=None)
    print(f"{made.rows} readings of {len(cohort.true_scores)} lymph nodes of {len(cohort.sets)} patients.\n")
    print(flow_text(study_flow(cohort.study)))
    written = [cohort.study.folder, cohort.split_file, *made.files, *write_cohort_tables(cohort, output)]
    print(f"\n{RESEARCH_USE_ONLY}\n\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def write_cohort_tables(cohort: SimulatedCohort, output: Path) -> tuple[Path, ...]:
    """Flow, joined tables, Table 1 by set, controlled against failed lymph nodes, and Table 1 beside the paper's.

    Raises DataRefusedError where a group of a small cohort is empty (few-groups).
    """
    folder = output / "tables"
    folder.mkdir(exist_ok=True)
    tables = cohort.study.outcomes()
    patients, lymph_nodes = patient_table(tables, cohort.sets), lymph_node_table(tables, cohort.sets)
    by_set, by_set_lymph_nodes = table1(patients, "set"), table1(lymph_nodes, "set")
    by_control = table1(lymph_nodes, "two_year_control")
    scores = {name: both[0] for name, both in cohort.true_scores.items()}
    beside = table1_beside_published(Cohort(tables, cohort.sets), scores)
    texts = {
        "simulated-flow.csv": flow_csv(study_flow(cohort.study)),
        "simulated-patients.csv": _csv(patients),
        "simulated-lymph-nodes.csv": _csv(lymph_nodes),
        "simulated-table1.csv": table1_csv(by_set),
        "simulated-table1-lymph-nodes.csv": table1_csv(by_set_lymph_nodes),
        "simulated-controlled-against-failed.csv": table1_csv(by_control),
        "simulated-beside-published.csv": comparison_csv(beside),
        "simulated-beside-published.md": comparison_markdown(beside, _TITLE),
    }
    for name, text in texts.items():
        write_text_atomically(folder / name, text)
    print(f"\n{table1_text(by_set)}")
    return tuple(folder / name for name in texts)


def _csv(table: Table) -> str:
    return csv_text(table.columns, table.rows)
