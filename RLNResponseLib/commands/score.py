"""`rlnresponse score`: from a CT and a contour to the Rad-scores and the groups."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.batch import ScoreTask
from RLNResponseLib.analysis.reader_distance import study_reader_distance
from RLNResponseLib.api import score
from RLNResponseLib.commands.batch import add_batch, do_batch, refuse_without_batch
from RLNResponseLib.commands.options import add_image_and_mask, progress_bar, read_image_and_mask
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import text_of_lines
from RLNResponseLib.features.perturbation import DEFAULT_NUMBER, DEFAULT_SD_MM
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.uneven import spaced_at
from RLNResponseLib.modelling.components import score_parts
from RLNResponseLib.modelling.counterfactual import Counterfactual, counterfactuals
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_models
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.report.figures.boundary import write_boundary_figure
from RLNResponseLib.report.figures.drawing import refuse_undrawable
from RLNResponseLib.report.figures.lesion import write_lesion_figure
from RLNResponseLib.report.text.counterfactual import counterfactual_sentences
from RLNResponseLib.report.text.score import parts_text, score_text
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.study.study import Study

_WIDTH = 100


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "score",
        help="the Rad-scores of one contour",
        description="The Rad-scores of one contour on a CT, with groups, contributions and warnings.",
    )
    image_and_mask = add_image_and_mask(parser)
    add_batch(parser, image_and_mask)
    parser.add_argument(
        "--components", action="store_true", help="score each connected component, largest first, below a table"
    )
    parser.add_argument(
        "--model",
        metavar="ID",
        nargs="+",
        action="extend",
        help="score models: IDs or model cards (.json); the paper's two by default",
    )
    parser.add_argument(
        "--uncertainty",
        action="store_true",
        help=f"how far a second reader's contour would move the scores: {DEFAULT_NUMBER} redrawn contours, 95 %%",
    )
    parser.add_argument(
        "--sd-mm",
        metavar="MM",
        type=float,
        help=f"SD of one reader's boundary, for --uncertainty: two readers' distance / √2 ({DEFAULT_SD_MM:g} mm by "
        "default)",
    )
    parser.add_argument(
        "--study",
        metavar="STUDY",
        type=Path,
        help="an unblinded study whose readers' own distance is taken in place of --sd-mm, for --uncertainty",
    )
    parser.add_argument("--seed", metavar="N", type=int, help="of the redrawn contours (0 by default)")
    parser.add_argument(
        "--what-would-change",
        action="store_true",
        help="the least redrawing of the contour that would change each score's group, and what moving its boundary "
        "does by place; a --picture then shows these",
    )
    parser.add_argument(
        "--second-reader", metavar="MASK", type=Path, help="another reader's contour, to be scored beside this one"
    )
    parser.add_argument(
        "--second-segment",
        metavar="NAME",
        help="the second reader's segment, in --second-reader's file or, without it, in MASK; as --segment takes it",
    )
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="draw the contour on its slice with the scores: .png, .svg or .pdf"
    )
    parser.add_argument("--output", metavar="FILE.csv", type=Path, help="of a batch: write the table, do not print it")
    parser.add_argument("--json", action="store_true", help="print one JSON object (with --components, a list)")
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Score, and print the text or the JSON.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        components-and-reader; model-named-twice of a batch; few-pairs, no-distance of a study's readers; what
        reading and scoring refuse.

    """
    _refuse_wrong_calls(call)
    models = find_models(call.model or PUBLISHED_MODELS)
    if call.batch is not None:
        do_batch(
            call,
            _task(call, models, _sd_mm(call)),
            "scored",
            not_beside=("components", "second_reader", "second_segment", "picture", "what_would_change"),
        )
        return
    if call.picture is not None:
        refuse_undrawable(call.picture)
    ct, contour = read_image_and_mask(call)
    second = call.mask if call.second_reader is None and call.second_segment is not None else call.second_reader
    if second is not None and call.components:
        raise DataRefusedError(
            "A second reader's contour is compared with one contour, not with components; leave out --components.",
            "components-and-reader",
        )

    sd_mm = _sd_mm(call)

    def scored(part: Contour) -> LesionResult:
        return score(
            ct,
            part,
            call.segment,
            models,
            all_features=call.json,
            uncertainty=call.uncertainty,
            sd_mm=sd_mm,
            seed=call.seed or 0,
            second_reader=second,
            second_segment=call.second_segment,
            threshold=call.threshold,
        )

    if call.components:
        parts = score_parts(ct, contour, scored)
        answer: Any = [part.as_json() for part in parts] if call.json else parts_text(parts)
    else:
        result = scored(contour)
        found = counterfactuals(result, spaced_at(ct, contour), contour) if call.what_would_change else None
        answer = _answer(result, found, call.json)
        if call.picture is not None and found is not None:
            write_boundary_figure(call.picture, ct, contour, result, found)
        elif call.picture is not None:
            write_lesion_figure(call.picture, ct, contour, result)
    print(json.dumps(answer, indent=2, allow_nan=False) if call.json else answer)
    if call.picture is not None:
        print(f"Wrote {call.picture}", file=sys.stderr if call.json else sys.stdout)


def _answer(result: LesionResult, found: Sequence[Counterfactual] | None, as_json: bool) -> Any:
    if as_json:
        answer = result.as_json()
        for score, each in zip(answer["scores"], found or (), strict=found is not None):
            score["what_would_change"] = each.as_json()
        return answer
    sentences = [
        sentence
        for score, each in zip(result.scores, found or (), strict=found is not None)
        for sentence in counterfactual_sentences(score, each)
    ]
    if not sentences:
        return score_text(result)
    return f"{score_text(result)}\n\n{text_of_lines(['What would change the group:', *printed(sentences, _WIDTH)])}"


def _sd_mm(call: argparse.Namespace) -> float:
    """The SD that contours are redrawn with; a study's is told on stderr, for who wants to give it the next time."""
    if call.study is None:
        return DEFAULT_SD_MM if call.sd_mm is None else float(call.sd_mm)
    distance = study_reader_distance(Study.open(call.study), progress_bar)
    print(
        f"SD of one reader's boundary in {call.study}: {distance.sd_mm:.3f} mm, from {distance.pairs} pairs of "
        "contours (--sd-mm)",
        file=sys.stderr,
    )
    return distance.sd_mm


def _task(call: argparse.Namespace, models: Sequence[ScoreModel], sd_mm: float) -> ScoreTask:
    """What is done with each case of a batch: plain values, which go to other processes."""
    twice = [name for name, count in Counter(model.id for model in models).items() if count > 1]
    if twice:
        raise DataRefusedError(
            f"Two of the score models have the id '{twice[0]}', which names a column of the table; name one of them.",
            "model-named-twice",
        )
    return ScoreTask(
        models=tuple(call.model or PUBLISHED_MODELS),
        uncertainty=call.uncertainty,
        sd_mm=sd_mm,
        seed=call.seed or 0,
        threshold=call.threshold,
    )


def _refuse_wrong_calls(call: argparse.Namespace) -> None:
    """End a call whose options contradict one another (exit 2)."""
    for option in ("sd_mm", "study", "seed"):
        if getattr(call, option) is not None and not call.uncertainty:
            call.parser.error(f"--{option.replace('_', '-')} is for --uncertainty, which is not asked for")
    if call.sd_mm is not None and call.study is not None:
        call.parser.error("--study takes the study's SD and --sd-mm names one; leave out one of the two")
    if call.components and call.component is not None:
        call.parser.error("--component takes one part and --components scores them all; leave out one of the two")
    if call.components and call.picture is not None:
        call.parser.error("--picture draws one contour and --components scores several; name one with --component N")
    if call.components and call.what_would_change:
        call.parser.error("--what-would-change is of one contour; name one with --component N")
    if call.batch is None:
        refuse_without_batch(call.parser, call)
        if call.output is not None:
            call.parser.error("--output is for --batch, which is not given")
