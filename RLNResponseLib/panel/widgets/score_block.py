"""One score model's block in the details of One patient: the number, the group in words, the picture."""

from __future__ import annotations

from typing import Any

import qt

from RLNResponseLib.common.number_help import score_anchors
from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.score_gauge import ScoreGauge
from RLNResponseLib.report.text.probability import probability_words
from RLNResponseLib.report.text.score import position_words, score_sentences
from RLNResponseLib.report.text.sentences import texts


class ScoreBlock:
    """Shows one score; made once for each model and filled again with every edit."""

    def __init__(self, layout: Any) -> None:
        self.heading = qt.QLabel()
        self.heading.wordWrap = True
        font = self.heading.font
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.heading.font = font
        self.detail = qt.QLabel()
        self.detail.wordWrap = True
        self.gauge = ScoreGauge()
        for widget in (self.heading, self.detail, self.gauge):
            layout.addWidget(widget)
        self.question = QuestionMark().beside(self.heading)
        self.uncertain = QuestionMark("uncertainty-interval").beside(self.detail)

    def show(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Fill the block."""
        self.heading.text = f"{result.model.title} {number(result.score)}   {sign(result)} {result.group_said}"
        self.heading.toolTip = result.model.outcome
        derived = "" if result.probability is None else f" · {probability_words(result)}"
        lines = [f"{position_words(result)}{derived}", *texts(score_sentences(lesion, result))]
        if result.withheld:
            lines.append(f"⚠ {result.withheld}")
        elif result.applicability.status not in ("unknown", "inside"):
            lines.append(f"⚠ {result.applicability.message}")
        self.detail.text = "\n".join(lines)
        self.detail.toolTip = result.applicability.message
        self.gauge.show_score(lesion, result)
        self.question.show(*score_anchors(result.model.id))
        self.visible(True)

    def clear(self) -> None:
        """Show nothing, and keep nothing that could be read."""
        for label in (self.heading, self.detail):
            label.text = label.toolTip = ""
        self.gauge.clear()
        self.visible(False)

    def visible(self, is_visible: bool) -> None:
        """Show or hide the whole block."""
        for widget in (self.heading, self.detail, self.gauge):
            widget.visible = is_visible


def score_cell(result: ScoreResult) -> str:
    """One score as a cell of the table of lymph nodes: the number with its side of the cutoff, below it the group.

    What the group means is in the cell's tool tip and beside the chosen lymph node.

    Parameters
    ----------
    result
        The score.

    Returns
    -------
    str

    """
    return "\n".join([" ".join(filter(None, [number(result.score), sign(result)])), result.group_words])


def sign(result: ScoreResult) -> str:
    """Which side of the cutoff a score lies on, as a shape.

    Parameters
    ----------
    result
        The score.

    Returns
    -------
    str
        "▶" above the cutoff, "◀" at or below it, "" where the group is withheld.

    """
    if result.withheld:
        return ""
    return "▶" if result.distance_to_cutoff > 0 else "◀"
