"""`rlnresponse demo`: score something real at once, with pictures; with --cohort, the whole paper on a simulated
cohort.
"""

from __future__ import annotations

import argparse
import json
import re
import textwrap
from functools import partial
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.cases import control_table, lymph_node_table, patient_table
from RLNResponseLib.analysis.flow import study_flow
from RLNResponseLib.analysis.table1 import table1
from RLNResponseLib.analysis.table1_comparison import Cohort, table1_beside_published
from RLNResponseLib.commands.demo_registration import compare_demo, register_demo
from RLNResponseLib.commands.options import TimedProgress, progress_bar
from RLNResponseLib.commands.report import write_report
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import Table, csv_text
from RLNResponseLib.common.wording import counted
from RLNResponseLib.demo.cohort import SimulatedCohort, simulate_cohort
from RLNResponseLib.demo.phantom import phantom_lymph_nodes, real_lesions
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.figures.lesion import write_lesion_figure
from RLNResponseLib.report.page.page import refuse_unwritable
from RLNResponseLib.report.text.flow import flow_csv, flow_text
from RLNResponseLib.report.text.score import score_table
from RLNResponseLib.report.text.table1 import comparison_csv, comparison_markdown, table1_csv, table1_text
from RLNResponseLib.study.split import SPLIT_FILE
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

PAGE_NAME = "report.html"


def _run_cohort(output: Path, seed: int) -> None:
    """Make the study, extract, analyse; say what was written."""
    refuse_unwritable(output / PAGE_NAME)
    print(f"A simulated cohort (seed {seed}): phantom CT, no patients.\n")
    registered: list[Path] = []
    cohort = simulate_cohort(
        output,
        seed,
        now(),
        progress=partial(progress_bar, label="simulating"),
        before=lambda study, moment: registered.extend(register_demo(output, study, moment)),
    )
    made = extract_study(cohort.study, TimedProgress("extracting"), workers=None)
    counts = f"{counted(len(cohort.true_scores), 'lymph node')} of {counted(len(cohort.sets), 'patient')}"
    print(f"{counted(made.rows, 'reading')} of {counts}, {len(made.failures)} unreadable.\n")
    print(flow_text(study_flow(cohort.study)))
    written = [cohort.study.folder, *registered, cohort.split_file, *made.files, *_write_cohort_tables(cohort, output)]
    _use_split(cohort)
    written += write_report(cohort.study.folder, output / PAGE_NAME, CORRECTION_RESAMPLES)
    written += compare_demo(output, cohort.study)
    print("\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def _use_split(cohort: SimulatedCohort) -> None:
    """Let the analysis of the study split its patients as they were simulated."""
    folder = cohort.study.folder / "results"
    folder.mkdir(exist_ok=True)
    write_text_atomically(folder / SPLIT_FILE, cohort.split_file.read_text(encoding="utf-8"))


def _write_cohort_tables(cohort: SimulatedCohort, output: Path) -> tuple[Path, ...]:
    """Flow, joined tables, Table 1 by set, controlled against failed lymph nodes, and Table 1 beside the paper's.

    Raises DataRefusedError where a group of a small cohort is empty (few-groups).
    """
    folder = output / "tables"
    folder.mkdir(exist_ok=True)
    tables = cohort.study.outcomes()
    title = cohort.study.protocol.title
    makers = (patient_table, lymph_node_table, control_table)
    patients, lymph_nodes, control = (make(tables, cohort.sets, title) for make in makers)
    by_set, by_set_lymph_nodes = (table1(each, "set", dealt=True) for each in (patients, lymph_nodes))
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
    return csv_text(table.columns, table.rows, figures=True)


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="score the demonstration lesions and draw them, or run a whole simulated cohort",
        description="Score a phantom's lymph nodes, and two real lesions where their files are, and draw each. With "
        "--cohort: make a simulated study of the paper's size, from phantom CT and contours on.",
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("demo-output"), help="where the files go (demo-output)"
    )
    parser.add_argument("--cohort", action="store_true", help="a simulated study of 77 patients with 129 lymph nodes")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the simulated cohort (1)")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """The simulated cohort; or score the lesions, print the tables, write the pictures, name the files.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    if call.cohort:
        _run_cohort(call.output, call.seed)
        return
    need("matplotlib")
    models = published_models()
    real = real_lesions()
    call.output.mkdir(parents=True, exist_ok=True)
    results, written = [], []
    for demonstration in (phantom_lymph_nodes(), real):
        if demonstration is None:
            print("\nThe two real CT that could follow are not on this machine (`make demo` in a clone gets them).")
            continue
        of_these = [score_contour(ct, contour, models) for ct, contour in demonstration.lesions]
        print(f"{textwrap.fill(demonstration.origin, 100)}\n\n{score_table(of_these)}\n")
        for (ct, contour), result in zip(demonstration.lesions, of_these, strict=True):
            picture = call.output / f"{_file_stem(contour.name)}.png"
            write_lesion_figure(picture, ct, contour, result)
            written.append(picture)
        results += of_these
    scores = call.output / "scores.json"
    write_text_atomically(scores, json.dumps([result.as_json() for result in results], indent=2) + "\n")
    written.append(scores)
    print(f"{results[0].notice}\n\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def _file_stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
